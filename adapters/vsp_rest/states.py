"""Where a message stands, in VECOZO's states (berichtstatus 3.0). Pure.

| ours | theirs |
| --- | --- |
| received, its place in the log not known yet | Ontvangen |
| received, waiting to be checked, or set aside by the hub | WordtVerwerkt |
| refused without an answer of the standard: level 1, or a return message that nothing waits for | AfgekeurdDoorDienst |
| checked, and there is nothing to bring to its receiver: the hub answered in its name | VerwerkingVoltooid |
| there for its receiver, not brought or fetched yet | WordtAangeboden |
| bringing it failed, and is tried again | AanbiedenMislukt |
| given up | BezorgingAfgebroken |
| delivered, fetched or acknowledged | Bezorgd |

What a message answers is known once it is passed on as an answer: before that, and when it is refused, it stands in a
conversation of its own. That it was answered, and what the answer says, is no state of the message: the answer stands
in the list itself.
DeelsOntvangen and DeelberichtAanleveringAfgekeurd are about messages in parts, which iJw does not have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from adapters.contract import Kind
from adapters.outgoing import VERSION
from adapters.vsp_rest.codes import CODES
from adapters.vsp_rest.metadata import Berichtstroom, Referentiegegevens, references_of, stream_of
from schemas.ijw_3_2.findings import without_bsn
from streams.core.intake import NO_XML
from streams.core.ports import OutputHead, Trace

State = Literal[
    "Ontvangen",
    "WordtVerwerkt",
    "AfgekeurdDoorDienst",
    "VerwerkingVoltooid",
    "WordtAangeboden",
    "Bezorgd",
    "AanbiedenMislukt",
    "BezorgingAfgebroken",
]
MOST_TOLD = 100


class Melding(Struct, frozen=True, kw_only=True):
    """Why a message was refused or not delivered: a code and words, without personal data."""

    code: str
    omschrijving: str
    toelichting: str


class Status(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where one message stands, and since when (with time zone)."""

    referentiegegevens: Referentiegegevens
    berichtstroom: Berichtstroom
    berichtstatus: State
    berichtstatusGewijzigdOp: datetime
    berichtOntvangenOp: datetime
    meldingen: tuple[Melding, ...] | None = None


def state_of(trace: Trace) -> tuple[State, datetime]:
    """The state of a message for its sender, and since when."""
    if trace.judged is None or trace.decided_at is None:
        return "Ontvangen" if trace.position is None else "WordtVerwerkt", trace.received_at
    if trace.judged.outcome == "quarantined":
        return "WordtVerwerkt", trace.decided_at
    brought = _to_receiver(trace)
    if brought is not None:
        return state_for(brought)
    refused = any(head.kind == "fout" for head in trace.outputs)
    return "AfgekeurdDoorDienst" if refused else "VerwerkingVoltooid", trace.decided_at


def state_for(head: OutputHead) -> tuple[State, datetime]:
    """How far one output is with its receiver, and since when; attempts have no moment of their own."""
    if head.undeliverable_at is not None:
        return "BezorgingAfgebroken", head.undeliverable_at
    if head.delivered_at is not None or head.acknowledged_at is not None:
        return "Bezorgd", head.delivered_at or head.acknowledged_at or head.created_at
    return "AanbiedenMislukt" if head.attempts else "WordtAangeboden", head.created_at


def statuses(trace: Trace, acties: Mapping[str, str], answers: str | None = None) -> tuple[Status, ...]:
    """Where a message stands, for its sender, and after it every answer that came to that sender.

    `answers`: the number under which its sender got or sent what it answers; None for what answers nothing yet.
    """
    state, since = state_of(trace)
    own = Status(
        referentiegegevens=references_of(trace.reference, answers),
        berichtstroom=stream_of(trace.bericht, VERSION, acties),
        berichtstatus=state,
        berichtstatusGewijzigdOp=since,
        berichtOntvangenOp=trace.received_at,
        meldingen=tuple(_told(trace))[:MOST_TOLD] or None,
    )
    replies = (head for head in trace.answered_by if head.receiver == trace.party and head.kind != "fout")
    return own, *(status_for(head, acties) for head in replies)


def status_for(head: OutputHead, acties: Mapping[str, str]) -> Status:
    """Where an output stands, for its receiver."""
    assert head.bericht is not None, "an output without a type"
    state, since = state_for(head)
    return Status(
        referentiegegevens=references_of(head.reference, head.answers_reference),
        berichtstroom=stream_of(head.bericht, VERSION, acties),
        berichtstatus=state,
        berichtstatusGewijzigdOp=since,
        berichtOntvangenOp=head.created_at,
    )


def _to_receiver(trace: Trace) -> OutputHead | None:
    """What brings the message to its receiver itself; copies do not count."""
    return next((head for head in trace.outputs if head.kind == "bericht" and not head.copy), None)


def _told(trace: Trace) -> Iterator[Melding]:
    state, _ = state_of(trace)
    if state == "AfgekeurdDoorDienst" and trace.judged is not None:
        kind: Kind = "payload" if trace.judged.level == 1 else "not-awaited"
        for finding in trace.judged.findings:
            code = CODES["ill-formed" if finding.rule == NO_XML else kind]
            yield Melding(code=code, omschrijving=f"Rule {finding.rule}", toelichting=without_bsn(finding.text))
    brought = _to_receiver(trace)
    if state == "BezorgingAfgebroken" and brought is not None:
        reason = brought.reason or "The receiver could not be reached in time."
        yield Melding(code=CODES["undeliverable"], omschrijving="Not delivered", toelichting=without_bsn(reason))
