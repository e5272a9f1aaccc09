"""Who is told of an output that could not be delivered, and what. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

from schemas.ijw_3_2.findings import without_bsn
from schemas.ijw_3_2.structure import structure
from streams.core.ports import OutputHead, Told, Trace

Undelivered = Literal["undeliverable", "refused-by-receiver"]
"""Its receiver could not be reached in time, or refused what it was brought."""

_WHAT: dict[Undelivered, tuple[str, str, str]] = {
    "undeliverable": (
        "could not be delivered: its receiver was not reached in time",
        "Expected a receiver that answers; ask it when, then send this again under a new reference.",
        "Expected a receiver that answers; ask the hub's operator to bring it again.",
    ),
    "refused-by-receiver": (
        "was refused by its receiver, and was not processed there",
        "Expected a message that it takes; correct it, then send it again under a new reference.",
        "Expected an answer that it takes; ask it, and the hub's operator, how it can have one.",
    ),
}
"""What happened, and what to do next: with a message, and with an answer to one."""


def told_of(trace: Trace, output: OutputHead, soort: Undelivered, reason: str) -> Told | None:
    """What the sender of a message is told of it; None for a copy, an answer of the hub, or a fault.

    Nobody is told of those: the operator sees them. `trace` is that of the envelope that brought the output about;
    `reason` (without personal data) tells why, as seen by whoever tried to bring it.
    """
    if output.kind != "bericht" or output.copy:
        return None
    title, of_message, of_answer = _WHAT[soort]
    expected = of_answer if _answers(trace.bericht) else of_message
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


def _answers(bericht: str) -> bool:
    """Whether messages of this type answer one, which then waits for no second answer: the hub would refuse it."""
    return bericht == "JW325" or structure().berichten[bericht].heen is not None


def was_delivered(trace: Trace, output_id: str) -> bool:
    """Whether the output of this trace with this id was delivered."""
    return any(head.id == output_id and head.delivered_at for head in trace.outputs)


def given_up(trace: Trace | None, output_id: str) -> OutputHead | None:
    """The output with this id when it is undeliverable; None when it is not, or not of this trace."""
    heads = trace.outputs if trace else ()
    return next((head for head in heads if head.id == output_id and head.undeliverable_at), None)
