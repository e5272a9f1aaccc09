"""What a partner is told of a message that could not be taken in: a fault, and as problem details (RFC 9457). Pure."""

from __future__ import annotations

from adapters.contract import Fault, Kind, Parcel
from streams.core.intake import Reason, Rejection
from streams.core.ports import ReferenceUsed

PROBLEM = "urn:ijwhub:fout:"
"""What the type of a problem begins with; its kind follows."""

_KINDS: dict[Reason, Kind] = {
    "too-large": "too-large",
    "unreadable": "payload",
    "not-your-message": "not-your-message",
    "unknown-sender": "unknown-sender",
    "unknown-receiver": "unknown-receiver",
    "wrong-way": "wrong-way",
    "mismatch": "mismatch",
    "cross-reference": "cross-reference",
    "closed": "closed",
}


def fault_of(refused: Rejection | ReferenceUsed, parcel: Parcel | None = None) -> Fault:
    """Why the hub did not take a message in. `parcel`: the envelope it came in; None when it had none."""
    around = parcel or Parcel(body=b"")
    kind, title, detail, bericht = _reason(refused)
    return Fault(
        kind=kind,
        title=title,
        detail=detail,
        reference=around.reference,
        sender=around.sender,
        receiver=around.receiver,
        bericht=around.bericht or bericht,
    )


def _reason(refused: Rejection | ReferenceUsed) -> tuple[Kind, str, str, str | None]:
    if isinstance(refused, Rejection):
        kind = "ill-formed" if refused.ill_formed else _KINDS[refused.reason]
        return kind, refused.title, refused.detail, refused.bericht
    return (
        "reference-used",
        "This reference was used before",
        "The same party used it before, for a message with other bytes. Expected a reference of its own for every "
        "message; offer this message under another one.",
        None,
    )


def problem_of(fault: Fault, **where: str) -> dict[str, str]:
    """A fault as problem details; `where` tells which message, in members of their own."""
    return {"type": PROBLEM + fault.kind, "title": fault.title, "detail": fault.detail, **where}


def problem(refused: Rejection | ReferenceUsed, used_before: tuple[str, str], **where: str) -> dict[str, str]:
    """The problem. `used_before` is title and detail of a reference that was used; `where` tells which message."""
    if isinstance(refused, ReferenceUsed):
        (title, detail), kind = used_before, "reference-used"
    else:
        title, detail, kind = refused.title, refused.detail, refused.reason
    return {"type": f"{PROBLEM}{kind}", "title": title, "detail": detail, **where}
