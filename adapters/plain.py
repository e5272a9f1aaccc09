"""What simple adapters share, so that a new one is short: receipts, refusals and notices in JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar, get_args

import msgspec
from msgspec import Struct

from adapters.checks import is_reference
from adapters.contract import SERVER_SIDE, Capabilities, Fault, Headers, Kind, Notice, Packed, Parcel
from adapters.outgoing import VERSION
from adapters.refusals import PROBLEM, problem_of
from schemas.ijw_3_2.safe_xml import MAX_BYTES
from schemas.ijw_3_2.structure import structure
from streams.core.ports import Receipt

PROBLEM_TYPE = "application/problem+json"
T = TypeVar("T")

KINDS: frozenset[Kind] = frozenset(get_args(Kind))
FAULTS: Mapping[Kind, str] = {kind: PROBLEM + kind for kind in KINDS}
"""The code of every kind of fault, for formats that have no list of their own."""

_STATUS: Mapping[Kind, int] = {
    "unreadable": 400,
    "envelope": 400,
    "reference": 400,
    "payload": 400,
    "ill-formed": 400,
    "not-authenticated": 401,
    "not-your-message": 403,
    "reference-used": 409,
    "too-large": 413,
    "too-often": 429,
    "failed": 500,
    "unavailable": 503,
}
_OTHERWISE = 422
_CONNECTION = frozenset([401, 403, 404, 405, 407, 408, 425, 429])
"""These speak of the connection or of this moment, not of the message: it is offered again."""
_LATER: frozenset[Kind] = frozenset(["not-authenticated", "too-often"])
NO_CONTENT = 204
_RETRY_AFTER = {"Retry-After": "5"}


def plain_capabilities(about: str, *, notices: bool = False, addressed: bool = False) -> Capabilities:
    """Those of an adapter for all messages of iJw 3.2 up to 25 MB, with our own codes and references of text."""
    return Capabilities(
        about=about,
        berichten=frozenset(structure().berichten),
        versions=frozenset([VERSION]),
        largest=MAX_BYTES,
        faults=FAULTS,
        notices=notices,
        addressed=addressed,
        references="text",
    )


class Plain:
    """An adapter that answers in JSON: a receipt, or problem details with an HTTP status. Add pack and unpack."""

    name: str
    capabilities: Capabilities

    def receipt(self, incoming: Parcel | Notice, receipt: Receipt) -> Packed:
        """What POST /v1/berichten gives: the id of the delivery and the moment of receipt (ISO 8601)."""
        told = {
            "id": receipt.envelope_id,
            "ontvangen": receipt.received_at,
            "herhaling": receipt.repeat,
            "status": f"/v1/berichten/{receipt.envelope_id}",
        }
        return Packed(body=msgspec.json.encode(told), headers={"Content-Type": "application/json"}, status=202)

    def refusal(self, fault: Fault, now: datetime) -> Packed:
        """Problem details; whoever reads them decides on their type."""
        status = status_of(fault)
        headers = {"Content-Type": PROBLEM_TYPE, **(_RETRY_AFTER if status in (429, 503) else {})}
        return Packed(body=msgspec.json.encode({**problem_of(fault), "status": status}), headers=headers, status=status)

    def reply(self, brought: Parcel | Notice, answer: Packed) -> Fault | None:
        """What the status says, and the type of the problem when it is one of ours. A page is no receipt."""
        if is_success(answer.status) and answer.status != NO_CONTENT and media_type(answer.headers) == "text/html":
            return no_receipt(answer.status, "any media type but text/html, which is that of a page for people")
        return fault_in_reply(answer.status, kind_told(answer.body))


def status_of(fault: Fault) -> int:
    """The HTTP status of a fault."""
    return _STATUS.get(fault.kind, _OTHERWISE)


def is_success(status: int) -> bool:
    """Whether this HTTP status tells of success."""
    return 200 <= status < 300


def no_receipt(status: int, expected: str) -> Fault:
    """The fault of a success that is no receipt: something in between answered, and the message is brought again."""
    return Fault(
        kind="unavailable",
        title="The receiver gave no receipt",
        detail=f"It answered with status {status}, and yet with no receipt. Expected {expected}; correct the address, "
        "or ask whoever operates the receiving system whether it is down.",
        code=f"HTTP{status}",
    )


def fault_in_reply(status: int, told: Kind | None) -> Fault | None:
    """What an HTTP status says, and the kind of fault that came with it; None when the partner has the message."""
    if is_success(status):
        return None
    return Fault(
        kind=_kind_in_reply(status, told),
        title="The receiver did not take the message",
        detail=f"It answered with status {status}{f' and the fault {told}' if told else ''}. Expected 200 to 299; ask "
        "whoever operates the receiving system why.",
    )


def _kind_in_reply(status: int, told: Kind | None) -> Kind:
    client_side = 400 <= status < 500
    if told is not None and told not in _LATER and (told not in SERVER_SIDE) == client_side:
        return told
    passing = not client_side or status in _CONNECTION or told in _LATER
    return "unavailable" if passing else "refused-by-receiver"


class _Problem(Struct):
    """Of the problem details of others as much as can be used."""

    type: str = ""
    soort: str = ""
    reference: str = ""
    bericht: str | None = None

    @property
    def kind(self) -> Kind | None:
        named = [self.soort, self.type.removeprefix(PROBLEM)]
        return next((name for name in named if name in KINDS), None)


def decoded(data: bytes, form: type[T]) -> T | None:
    """JSON of this form; None for everything else."""
    try:
        return msgspec.json.decode(data, type=form)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def kind_told(body: bytes) -> Kind | None:
    """The kind of fault that problem details tell; None when it is none of ours, or no problem at all."""
    found = decoded(body, _Problem)
    return found.kind if found else None


def notice_body(notice: Notice) -> bytes:
    """A later fault as problem details: those with every finding when there are, else made from the fault."""
    where = {"reference": notice.about, **({"bericht": notice.bericht} if notice.bericht else {})}
    return notice.problem or msgspec.json.encode(problem_of(notice.fault, **where))


def read_notice(body: bytes, reference: str, can: Capabilities) -> Notice | Fault:
    """A later fault that a partner tells in problem details under a reference of its own.

    Only the kind is taken over: the texts are the partner's, and could hold a person.
    """
    found = decoded(body, _Problem)
    if found is None or not is_reference(found.reference, can):
        return Fault(
            kind="unreadable",
            title="This fault does not tell which message it is about",
            detail="Expected problem details in JSON with, as reference, the number under which that message came. "
            "Write it so and send it again.",
        )
    bericht = found.bericht if found.bericht in can.berichten else None
    return Notice(fault=_refused(found, bericht), about=found.reference, reference=reference, bericht=bericht)


def _refused(found: _Problem, bericht: str | None) -> Fault:
    return Fault(
        kind=found.kind or "refused-by-receiver",
        title="The receiver refuses the message",
        detail=f"It took the message in, and refused it later ({found.kind or 'without a kind that is known here'}). "
        "Ask whoever operates the receiving system why; send a corrected message under another reference.",
        reference=found.reference,
        bericht=bericht,
    )


def media_type(headers: Headers) -> str:
    """The media type of what came or goes, in lower case and without parameters; empty when it is not told."""
    named = next((text for name, text in headers.items() if name.lower() == "content-type"), "")
    return named.partition(";")[0].strip().lower()
