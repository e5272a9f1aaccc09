"""A hub with one message of each sort that an operator asks about: delivered, undeliverable, answered, unanswered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.sqlite_store import SqliteStore
from streams.core.effects import Answer, Deliver, Effects, Judged
from streams.core.envelope import Envelope, envelope_id, output_id
from streams.core.ports import Entry, Step

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
RELATION = "0392:65656001"
PARTIES = """
parties:
  - {id: haarlem, kind: gemeente, code: "0392", name: Haarlem}
  - {id: ambulant, kind: aanbieder, code: "65656001", name: Ambulant, delivery: {soort: folder, path: ambulant}}
"""
SECRET = b"<toewijzing>Duinkerk 999900006</toewijzing>"


def envelope(reference: str, bericht: str = "JW301", minutes: int = 0) -> Envelope:
    """A message of haarlem for ambulant."""
    return Envelope(
        id=envelope_id("haarlem", reference, SECRET),
        received_at=NOON + timedelta(minutes=minutes),
        source="http",
        party="haarlem",
        reference=reference,
        bericht=bericht,
        relation=RELATION,
        receiver="65656001",
        body=SECRET,
    )


PASSED_ON = envelope("999900006")  # what looks like a BSN is a reference that its sender chose
ANSWERED = envelope("answered", minutes=5)
UNANSWERED = envelope("unanswered", minutes=10)
OUTPUT = output_id(PASSED_ON.id, 1)
DELIVERED = output_id(ANSWERED.id, 1)
ANSWER = output_id(ANSWERED.id, 2)
WAITS = envelope("waits", minutes=20)
WAITING, FOR_NOBODY = output_id(WAITS.id, 1), output_id(WAITS.id, 3)
REASON = "connection refused"


async def fill(file: Path) -> None:
    """Make the hub: the first message could not be delivered, two were, and one of these was answered."""
    store = SqliteStore(file)
    try:
        await _commit(store, PASSED_ON, (_accepted(), _passed_on(OUTPUT)))
        answer = Answer(id=ANSWER, receiver="haarlem", bericht="JW302", body=b"<retour/>", outcome="accepted")
        await _commit(store, ANSWERED, (_accepted(), _passed_on(DELIVERED), answer))
        unanswered = output_id(UNANSWERED.id, 1)
        await _commit(store, UNANSWERED, (_accepted(), _passed_on(unanswered)))
        await store.mark("ambulant", unanswered, "delivered", NOON + timedelta(hours=1))
        await store.failed(OUTPUT, NOON + timedelta(days=6), REASON)
        await store.give_up(OUTPUT, NOON + timedelta(days=6), REASON, None)
        await store.mark("ambulant", DELIVERED, "delivered", NOON + timedelta(hours=1))
        await store.mark("haarlem", ANSWER, "delivered", NOON + timedelta(hours=2))
        await store.mark("haarlem", ANSWER, "acknowledged", NOON + timedelta(hours=3))
    finally:
        await store.close()


async def wait(store: SqliteStore) -> None:
    """One more message: two outputs of it wait for ambulant, one of them tried in vain, and one for no party at all."""
    outputs = (_passed_on(WAITING), _passed_on(output_id(WAITS.id, 2)))
    await _commit(store, WAITS, (_accepted(), *outputs, Deliver(id=FOR_NOBODY, receiver="vertrokken", bericht="JW301")))
    await store.failed(WAITING, NOON + timedelta(hours=1), REASON)


def _accepted() -> Judged:
    return Judged(outcome="accepted", bericht="JW301")


def _passed_on(id: str) -> Deliver:
    return Deliver(id=id, receiver="ambulant", bericht="JW301")


async def _commit(store: SqliteStore, one: Envelope, effects: Effects) -> None:
    at = (await store.progress([0]))[0].position
    (appended,) = await store.append([one])
    step = Step(entry=Entry(appended.position, one), effects=effects, decided_at=one.received_at + timedelta(minutes=1))
    await store.commit({0: at}, [step])
