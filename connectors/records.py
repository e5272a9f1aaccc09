"""What a batch of steps writes into the tables, and what is read back from them: the same for every database."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from schemas.ijw_3_2.dossier.rows import encoded
from streams.core.effects import Answer, Deliver, Event, Judged, Output, Quarantine, Refuse, Remember
from streams.core.envelope import UNDELIVERED, Envelope, undelivered_id, wire_reference
from streams.core.fold_ports import FoldProgress
from streams.core.intake import Rejection
from streams.core.ports import OutputHead, Positions, Rejected, RelationKey, Step, Told, Trace

OUT = "out"
EVENTS = "events"

MOST_BYTES = 30_000_000
"""Of the messages in one batch, unless a single one is larger: 200 large ones are too much to hold, and to commit."""

ENVELOPE = ("id", "received_at", "source", "party", "reference", "bericht", "relation", "receiver", "software")
HEAD = OutputHead.__struct_fields__
PUBLISHED = ("id", "envelope_id", "receiver", "kind", "bericht", "copy", "created_at")
ASIDE = ("id", "at", "source", "party", "reference", "rejection", "reason", "envelope_id", "size", "body")
TRACE = (
    "partition",
    "position",
    "id",
    "received_at",
    "source",
    "party",
    "reference",
    "bericht",
    "relation",
    "software",
)
UNDELIVERED_OF = ("id", "partition", "position", "number", "envelope_id")
VERDICT = ("decided_at", "reason", "judged")

_KINDS = {Deliver: "bericht", Answer: "antwoord", Refuse: "fout"}

VerdictRecord = tuple[str, datetime, str, str | None]
"""envelope_id, decided_at, judged, reason."""
OutboxRecord = tuple[int, int, int, str, str, str, bytes | None]
"""partition, position, number, id, topic, key, value: None for an output, of which the body stands in `output`."""


class OutputRecord(NamedTuple):
    """An output as it is written first; `body` None when it is the message of its envelope."""

    id: str
    partition: int
    position: int
    number: int
    envelope_id: str
    receiver: str
    kind: str
    bericht: str | None
    copy: bool
    created_at: datetime
    reference: str
    answers: str | None
    outcome: str | None
    size: int
    sha256: str
    body: bytes | None


OUTPUT = OutputRecord._fields


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
    digests: dict[bytes, str] = {}
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
                made.outputs.append(_output(step, effect, number, digests))
                made.outbox.append((entry.partition, entry.position, number, effect.id, OUT, effect.receiver, None))


def _output(step: Step, output: Output, number: int, digests: dict[bytes, str]) -> OutputRecord:
    """`digests` are those of the bodies of this step: several outputs may have the same."""
    envelope = step.entry.envelope
    own = None if isinstance(output, Deliver) else output.body
    body = envelope.body if own is None else own
    if body not in digests:
        digests[body] = hashlib.sha256(body).hexdigest()
    return OutputRecord(
        id=output.id,
        partition=step.entry.partition,
        position=step.entry.position,
        number=number,
        envelope_id=envelope.id,
        receiver=output.receiver,
        kind=_KINDS[type(output)],
        bericht=output.bericht,
        copy=getattr(output, "copy", False),
        created_at=step.decided_at,
        reference=wire_reference(output.id),
        answers=output.answers if isinstance(output, Deliver) else envelope.id,
        outcome=getattr(output, "outcome", None),
        size=len(body),
        sha256=digests[body],
        body=own,
    )


def undelivered(of: Sequence[Any], at: datetime, told: Told) -> OutputRecord:
    """What tells that an output could not be delivered; `of` are its columns UNDELIVERED_OF."""
    id, partition, position, number, envelope_id = of
    own = undelivered_id(id)
    return OutputRecord(
        id=own,
        partition=partition,
        position=position,
        number=number + UNDELIVERED,
        envelope_id=envelope_id,
        receiver=told.receiver,
        kind="fout",
        bericht=told.bericht,
        copy=False,
        created_at=at,
        reference=wire_reference(own),
        answers=envelope_id,
        outcome=None,
        size=len(told.body),
        sha256=hashlib.sha256(told.body).hexdigest(),
        body=told.body,
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
    values = _named(HEAD, columns)
    return OutputHead(**{**values, "copy": bool(values["copy"])})


def published_head(columns: Sequence[Any]) -> OutputHead:
    """An output as it is published, from its columns PUBLISHED: nothing that comes later is known of it."""
    return OutputHead(**dict(zip(PUBLISHED, columns, strict=True)), delivered_at=None, acknowledged_at=None)


def rejected_of(columns: Sequence[Any]) -> Rejected:
    """What was set aside, from its columns ASIDE."""
    values = _named(ASIDE, columns)
    rejection = msgspec.json.decode(values["rejection"], type=Rejection) if values["rejection"] else None
    return Rejected(**{**values, "rejection": rejection})


def trace_of(rows: Sequence[Sequence[Any]]) -> Trace:
    """A trace from rows (at least one) of the columns TRACE and VERDICT, and HEAD: of an output, or all empty."""
    *known, judged = rows[0][: len(TRACE) + len(VERDICT)]
    values = _named((*TRACE, *VERDICT[:-1]), known)
    heads = [head_of(row[-len(HEAD) :]) for row in rows if row[-len(HEAD)] is not None]
    return Trace(
        **values,
        judged=msgspec.json.decode(judged, type=Judged) if judged else None,
        outputs=tuple(head for head in heads if head.envelope_id == values["id"]),
        answered_by=tuple(head for head in heads if head.answers == values["id"]),
    )


def _named(names: Sequence[str], columns: Sequence[Any]) -> dict[str, Any]:
    pairs = zip(names, columns, strict=True)
    return {name: moment_of(value) if name.split("_")[-1] == "at" else value for name, value in pairs}


def moment_of(value: Any) -> Any:
    """A moment as a column gives it: SQLite holds it as text."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def fold_progress_of(position: int, version: int, seen: str) -> FoldProgress:
    """The progress of a fold from its columns."""
    return FoldProgress(position, version, msgspec.json.decode(seen, type=dict[int, tuple[int, int]]))


def columns(names: Sequence[str], alias: str = "") -> str:
    """Names of columns as they stand in a statement."""
    return ", ".join(f"{alias}{name}" for name in names)
