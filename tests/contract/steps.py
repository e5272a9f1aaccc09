"""Envelopes and steps for the suite of contracts, and how a worker reads and commits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from schemas.ijw_3_2.dossier.rows import Key, Received
from streams.core.effects import Answer, Deliver, Effects, Judged, Remember
from streams.core.envelope import Envelope, envelope_id, output_id
from streams.core.ports import Entry, Step
from tests.contract.backends import Backend

NOON = datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=UTC)
RELATION = "0392:65656001"
KEY = Key("received 65656001 JW305 A1")


def envelope(reference: str, body: bytes = b"<a/>", party: str = "aanbieder", minutes: int = 0) -> Envelope:
    return Envelope(
        id=envelope_id(party, reference, body),
        received_at=NOON + timedelta(minutes=minutes),
        source="http",
        party=party,
        reference=reference,
        bericht="JW305",
        relation=RELATION,
        receiver="0392",
        body=body,
    )


def accepted(one: Envelope) -> Effects:
    row = Received(envelope_id=one.id, sender_party=one.party, accepted=True)
    return (
        Judged(outcome="accepted", bericht="JW305"),
        Deliver(id=output_id(one.id, 1), receiver="haarlem", bericht="JW305"),
        Answer(id=output_id(one.id, 2), receiver=one.party, bericht="JW306", body=b"<antwoord/>"),
        Remember(relation=RELATION, rows={KEY: row}),
    )


def step(entry: Entry, effects: Effects | None = None) -> Step:
    return Step(entry=entry, effects=effects or accepted(entry.envelope), decided_at=NOON)


async def entries_of(backend: Backend, limit: int = 100, after: dict[int, int] | None = None) -> tuple[Entry, ...]:
    """What stands in the log. Reading may give less than there is, so it goes on until nothing comes."""
    places = dict.fromkeys(await backend.log.partitions(), 0) | (after or {})
    found: list[Entry] = []
    while len(found) < limit and (more := await backend.log.read(places, limit - len(found))):
        found += more
        places |= {entry.partition: entry.position for entry in more}
    return tuple(found)


def place(entry: Entry) -> dict[int, int]:
    return {entry.partition: entry.position}


async def commit(backend: Backend, steps: list[Step], after: int = 0) -> None:
    """As a worker does: it asks for the progress first."""
    await backend.store.progress({one.entry.partition for one in steps})
    await backend.store.commit({one.entry.partition: after for one in steps}, steps)
