"""What a batch of steps writes into the tables, and what is read back from them: the same for every database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from schemas.ijw_3_2.dossier.rows import encoded
from streams.core.effects import Answer, Deliver, Event, Judged, Output, Quarantine, Refuse, Remember
from streams.core.envelope import Envelope
from streams.core.intake import Rejection
from streams.core.ports import FoldProgress, OutputHead, Positions, Rejected, RelationKey, Step, Trace

OUT = "out"
EVENTS = "events"

MOST_BYTES = 30_000_000
"""Of the messages in one batch, unless a single one is larger: 200 large ones are too much to hold, and to commit."""

HEAD = ("id", "envelope_id", "receiver", "kind", "bericht", "copy", "created_at", "delivered_at", "acknowledged_at")
ENVELOPE = ("id", "received_at", "source", "party", "reference", "bericht", "relation", "receiver")
ASIDE = ("id", "at", "source", "party", "reference", "rejection", "reason", "envelope_id", "size", "body")
TRACE = ("partition", "position", "id", "received_at", "source", "party", "reference", "bericht", "relation")

_KINDS = {Deliver: "bericht", Answer: "antwoord", Refuse: "fout"}

VerdictRecord = tuple[str, datetime, str, str | None]
"""envelope_id, decided_at, judged, reason."""
OutputRecord = tuple[str, int, int, int, str, str, str, str | None, bool, datetime, bytes | None]
"""id, partition, position, number, envelope_id, receiver, kind, bericht, copy, created_at, body."""
OutboxRecord = tuple[int, int, int, str, str, str, bytes | None]
"""partition, position, number, id, topic, key, value: None for an output, of which the body stands in `output`."""


@dataclass(slots=True)
class Written:
    """All that a batch writes beside the positions, as records of the tables."""

    verdicts: list[VerdictRecord] = field(default_factory=list)
    rows: dict[RelationKey, bytes] = field(default_factory=dict)
    outputs: list[OutputRecord] = field(default_factory=list)
    outbox: list[OutboxRecord] = field(default_factory=list)
    aside: list[Rejected] = field(default_factory=list)


def written(steps: Sequence[Step]) -> Written:
    """What these steps write. Of a row that several of them change, the last state only."""
    made = Written()
    for step in steps:
        _write_step(made, step)
    return made


def moved_to(steps: Sequence[Step]) -> dict[int, tuple[int, datetime]]:
    """Where these steps bring each partition, and when the last of them was decided."""
    return {step.entry.partition: (step.entry.position, step.decided_at) for step in steps}


def differing(expected: Positions, steps: Sequence[Step]) -> str:
    """The text of a Fenced: which partitions were expected where."""
    places = ", ".join(f"{p} at {expected[p]}" for p in sorted(moved_to(steps)))
    return f"not all partitions are where this worker left them ({places}); another worker moved them"


def _write_step(made: Written, step: Step) -> None:
    reason = next((e.reason for e in step.effects if isinstance(e, Quarantine)), None)
    entry = step.entry
    number = 0
    for effect in step.effects:
        match effect:
            case Judged():
                made.verdicts.append((entry.envelope.id, step.decided_at, json_text(effect), reason))
            case Remember(relation=relation):
                made.rows.update(((relation, key), encoded(row)) for key, row in effect.rows.items())
            case Quarantine():
                made.aside.append(_quarantined(step, effect))
            case Event():
                number += 1
                made.outbox.append(
                    (entry.partition, entry.position, number, effect.id, EVENTS, effect.key, effect.body)
                )
            case _:
                number += 1
                made.outputs.append(_output(step, effect, number))
                made.outbox.append((entry.partition, entry.position, number, effect.id, OUT, effect.receiver, None))


def _output(step: Step, output: Output, number: int) -> OutputRecord:
    return (
        output.id,
        step.entry.partition,
        step.entry.position,
        number,
        step.entry.envelope.id,
        output.receiver,
        _KINDS[type(output)],
        output.bericht,
        getattr(output, "copy", False),
        step.decided_at,
        getattr(output, "body", None),
    )


def _quarantined(step: Step, effect: Quarantine) -> Rejected:
    envelope = step.entry.envelope
    return Rejected(
        id=envelope.id,
        at=step.decided_at,
        source=envelope.source,
        party=envelope.party,
        reference=envelope.reference,
        rejection=None,
        reason=effect.reason,
        envelope_id=envelope.id,
        size=len(envelope.body),
        body=envelope.body,
    )


def json_text(value: object) -> str:
    """A value as text for a column."""
    return msgspec.json.encode(value).decode()


def envelope_values(envelope: Envelope) -> tuple[Any, ...]:
    """The columns ENVELOPE of an envelope."""
    return tuple(getattr(envelope, name) for name in ENVELOPE)


def aside_values(rejected: Rejected) -> tuple[Any, ...]:
    """The columns ASIDE of what was set aside."""
    rejection = json_text(rejected.rejection) if rejected.rejection else None
    return tuple(rejection if name == "rejection" else getattr(rejected, name) for name in ASIDE)


def head_of(columns: Sequence[Any]) -> OutputHead:
    """An output from its columns HEAD."""
    values = dict(zip(HEAD, columns, strict=True))
    return OutputHead(**{**values, "copy": bool(values["copy"])})


def rejected_of(columns: Sequence[Any]) -> Rejected:
    """What was set aside, from its columns ASIDE."""
    values = dict(zip(ASIDE, columns, strict=True))
    rejection = msgspec.json.decode(values["rejection"], type=Rejection) if values["rejection"] else None
    return Rejected(**{**values, "rejection": rejection})


def trace_of(columns: Sequence[Any], heads: Iterator[OutputHead]) -> Trace:
    """A trace from its columns TRACE, then decided_at, judged and reason of its verdict, and its outputs."""
    *known, decided_at, judged, reason = columns
    return Trace(
        **dict(zip(TRACE, known, strict=True)),
        decided_at=decided_at,
        judged=msgspec.json.decode(judged, type=Judged) if judged else None,
        reason=reason,
        outputs=tuple(heads),
    )


def fold_progress_of(position: int, version: int, seen: str) -> FoldProgress:
    """The progress of a fold from its columns."""
    return FoldProgress(position, version, msgspec.json.decode(seen, type=dict[int, tuple[int, int]]))


def columns(names: Sequence[str], alias: str = "") -> str:
    """Names of columns as they stand in a statement."""
    return ", ".join(f"{alias}{name}" for name in names)
