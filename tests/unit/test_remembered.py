"""How SQLite finds what is asked: never by reading a whole table, and with the same work for what nobody may see."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.sqlite_store import SqliteStore
from streams.core.effects import Deliver, Judged
from streams.core.envelope import Envelope, envelope_id, output_id
from streams.core.ports import Entry, Step

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def envelope(number: int) -> Envelope:
    return Envelope(
        id=envelope_id("haarlem", f"r{number}", b"<a/>"),
        received_at=NOON,
        source="http",
        party="haarlem",
        reference=f"r{number}",
        bericht="JW301",
        relation="0392:65656001",
        receiver="65656001",
        body=b"<a/>",
    )


def passed_on(entry: Entry) -> Step:
    deliver = Deliver(id=output_id(entry.envelope.id, 1), receiver="zorg", bericht="JW301")
    return Step(entry=entry, effects=(Judged(outcome="accepted", bericht="JW301"), deliver), decided_at=NOON)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hub.sqlite"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    """A hub that passed on some messages."""
    made = SqliteStore(path)
    await made.append([envelope(number) for number in range(50)])
    entries = await made.read({0: 0}, 50)
    await made.commit({0: 0}, [passed_on(entry) for entry in entries])
    yield made
    await made.close()


class Work:
    """The steps that SQLite's machine took."""

    def __init__(self) -> None:
        self.count = 0

    def step(self) -> int:
        self.count += 1
        return 0

    def taken(self) -> int:
        count, self.count = self.count, 0
        return count


async def test_a_message_of_others_takes_the_work_of_one_that_is_not_there(store: SqliteStore) -> None:
    work = Work()
    await store._run(store._connection.set_progress_handler, work.step, 1)
    taken = {}
    for name, party, id in (
        ("own", "haarlem", envelope(7).id),
        ("of others", "velsen", envelope(7).id),
        ("none", "velsen", envelope(99).id),
    ):
        await store.trace_for(party, id)  # the first time the statement is prepared
        work.taken()
        await store.trace_for(party, id)
        taken[name] = work.taken()
    # Whether a row is of another party, or there is none, is two or three steps.
    assert abs(taken["of others"] - taken["none"]) <= 4
    assert taken["own"] > taken["none"] + 50


async def test_nothing_is_found_by_reading_a_whole_table(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = output_id(envelope(1).id, 1)
    asked = []
    monkeypatch.setattr(store, "_ask", lambda statement, *values: _asked(asked, statement, values))
    await store.trace(envelope(1).id)
    await store.trace_for("zorg", envelope(1).id)
    await store.outputs("zorg", "delivered", 9)
    await store.outputs("zorg", "acknowledged", 9)
    await store.output("zorg", id)
    await store.sent_under("zorg", "r")
    await store.undelivered()
    await store.mail_for("zorg", 9)
    await store.unanswered(NOON)
    with pytest.raises(ValueError, match="not enough values"):
        await store.by_reference("zorg", "r")
    assert len(asked) == 10
    with closing(sqlite3.connect(path)) as db:
        scanned = [line for statement, values in asked for line in plan(db, statement, values)]
    assert [line for line in scanned if line.startswith("SCAN") and line.split()[1] in "olmvgsa"] == []


async def test_mail_is_summed_from_what_waits_only(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, Sequence[object]]] = []
    monkeypatch.setattr(store, "_ask", lambda statement, *values: _asked(asked, statement, values))
    await store.mail(9)
    with closing(sqlite3.connect(path)) as db:
        reads = [line for line in plan(db, *asked[0]) if line.split()[1] == "o"]
    assert (
        reads
        == ["SCAN o USING INDEX output_not_delivered"] + ["SEARCH o USING INDEX output_not_delivered (receiver=?)"] * 2
    )


async def _asked(asked: list[tuple[str, Sequence[object]]], statement: str, values: Sequence[object]) -> list[object]:
    asked.append((statement, values))
    return []


def plan(db: sqlite3.Connection, statement: str, values: Sequence[object]) -> Iterator[str]:
    named = {str(number): str(value) for number, value in enumerate(values, 1)}
    return (line for *_, line in db.execute(f"EXPLAIN QUERY PLAN {statement}", named))
