"""Who is told of an output that could not be delivered, and what. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

from schemas.ijw_3_2.findings import without_bsn
from streams.core.ports import OutputHead, Told, Trace

Undelivered = Literal["undeliverable", "refused-by-receiver"]
"""Its receiver could not be reached in time, or refused what it was brought."""

_WHAT: dict[Undelivered, tuple[str, str]] = {
    "undeliverable": (
        "could not be delivered: its receiver was not reached in time",
        "Expected a receiver that can be reached; ask it when that will be, then send the message again under a new "
        "reference.",
    ),
    "refused-by-receiver": (
        "was refused by its receiver, and was not processed there",
        "Expected a message that its receiver takes; correct what it names, then send it again under a new reference.",
    ),
}


def told_of(trace: Trace, output: OutputHead, soort: Undelivered, reason: str) -> Told | None:
    """What the sender of a message is told of it; None for a copy, an answer of the hub, or a fault.

    Nobody is told of those: the operator sees them. `trace` is that of the envelope that brought the output about;
    `reason` (without personal data) tells why, as seen by whoever tried to bring it.
    """
    if output.kind != "bericht" or output.copy:
        return None
    title, expected = _WHAT[soort]
    problem = {
        "type": "urn:ijwhub:fout:niet-bezorgd",
        "title": f"This {trace.bericht} {title}.",
        "detail": f"Found: {without_bsn(reason)}. {expected}",
        "instance": trace.id,
        "reference": trace.reference,
        "bericht": trace.bericht,
        "soort": soort,
    }
    return Told(receiver=trace.party, bericht=trace.bericht, body=msgspec.json.encode(problem))


def given_up(trace: Trace | None, output_id: str) -> OutputHead | None:
    """The output with this id when it is undeliverable; None when it is not, or not of this trace."""
    heads = trace.outputs if trace else ()
    return next((head for head in heads if head.id == output_id and head.undeliverable_at), None)
