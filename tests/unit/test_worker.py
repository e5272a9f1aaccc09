"""The exchange loop: batches, poison, failing infrastructure, and losing one's place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from connectors.sqlite_store import SqliteStore
from monitoring.metrics import Metrics
from schemas.ijw_3_2.dossier.rows import Account, Assignment, Dossier, Key, Line, RowsWanted
from schemas.ijw_3_2.reading import Schemas
from streams.core.course import Course
from streams.core.envelope import Envelope
from streams.core.exchange import Exchange, Opened
from streams.core.intake import admit
from streams.core.parties import Directory, Party
from streams.core.ports import Fenced, Positions, Step, StoreError
from streams.hub.deciding import Decider, RelationRows
from streams.hub.worker import Worker
from tests.support.load import Relation, stream

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
PARTIES = Directory(
    (
        Party(id="haarlem", kind="gemeente", code="0392", name="Haarlem", answers="hub"),
        Party(id="zorg", kind="aanbieder", code="65656001", name="Zorg", answers="hub"),
    )
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    made = SqliteStore(tmp_path / "hub.sqlite")
    yield made
    await made.close()


def envelopes(count: int) -> list[Envelope]:
    """The first messages of a relation: assignment, start, the same start again, pause, start."""
    found = []
    for message in islice(stream(Relation("0392", "65656001")), count):
        party = PARTIES.by_code(message.code)
        assert party is not None
        one = admit(message.body, party, PARTIES, source="test", reference=message.reference, now=NOW)
        assert isinstance(one, Envelope)
        found.append(one)
    return found


def worker(store: SqliteStore, exchange: Exchange | None = None, metrics: Metrics | None = None) -> Worker:
    return working(store, exchange or Exchange(Schemas(), PARTIES), NOW, metrics or Metrics())


def working(store: SqliteStore, exchange: Exchange, now: datetime, metrics: Metrics) -> Worker:
    return Worker(Decider(exchange, store, lambda: now, metrics), store, store, metrics)


async def reached(store: SqliteStore) -> int:
    return (await store.progress([0]))[0].position


async def outcomes(store: SqliteStore, offered: Sequence[Envelope]) -> list[str | None]:
    traces = [await store.trace(envelope.id) for envelope in offered]
    return [trace.judged.outcome if trace and trace.judged else None for trace in traces]


async def test_a_message_sees_what_the_one_before_it_in_the_batch_did(store: SqliteStore) -> None:
    offered = envelopes(5)
    await store.append(offered)
    assert len(await worker(store).process_batch()) == 5
    assert await outcomes(store, offered) == ["accepted", "accepted", "refused", "accepted", "accepted"]
    assert await reached(store) == 5


async def test_batches_of_one_give_the_same(store: SqliteStore) -> None:
    offered = envelopes(5)
    for envelope in offered:
        await store.append([envelope])
        await worker(store).process_batch()
    assert await outcomes(store, offered) == ["accepted", "accepted", "refused", "accepted", "accepted"]


async def test_nothing_to_do_changes_nothing(store: SqliteStore) -> None:
    assert await worker(store).process_batch() == ()


class PoisonedBy(Exchange):
    """An exchange with a fault of ours in it: it cannot handle one particular reference."""

    def open(self, envelope: Envelope) -> Opened:
        if envelope.reference.endswith("-S1"):
            raise ZeroDivisionError(f"999900006 in {envelope.reference}")
        return super().open(envelope)

    def course(self, opened: Opened, dossier: Dossier, now: datetime) -> Course:
        if opened.envelope.reference.endswith("-P1"):
            raise LookupError("999900006")
        return super().course(opened, dossier, now)


async def test_what_we_cannot_handle_is_set_aside_and_the_rest_goes_on(store: SqliteStore) -> None:
    offered = envelopes(5)
    await store.append(offered)
    metrics = Metrics()
    await worker(store, PoisonedBy(Schemas(), PARTIES), metrics).process_batch()
    # Without the poisoned first start the second is accepted, and so on: what follows is judged as usual.
    assert await outcomes(store, offered) == ["accepted", "quarantined", "accepted", "quarantined", "refused"]
    kept = await store.aside()
    assert {one.body for one in kept} == {offered[1].body, offered[3].body}
    assert all("999900006" not in one.reason for one in kept)
    assert {one.reason.split(" ")[0] for one in kept} == {"ZeroDivisionError", "LookupError"}
    counted = metrics.registry.get_sample_value(
        "ijwhub_messages_total", {"bericht": "JW305", "outcome": "quarantined", "level": "none"}
    )
    assert counted == 1


class FailsAtFirst(SqliteStore):
    """A database that refuses the first commits, before or after doing them."""

    failures = 2
    after_commit = False

    async def commit(self, expected: Positions, steps: Sequence[Step]) -> None:
        if self.failures and not self.after_commit:
            self.failures -= 1
            raise StoreError("the disk is away")
        await super().commit(expected, steps)
        if self.failures:
            self.failures -= 1
            raise StoreError("the answer to the commit was lost")


@pytest.mark.parametrize("after_commit", [False, True])
async def test_a_failing_store_is_tried_again_and_nothing_is_doubled(tmp_path: Path, after_commit: bool) -> None:
    store = FailsAtFirst(tmp_path / "hub.sqlite")
    store.after_commit = after_commit
    offered = envelopes(5)
    await store.append(offered)
    more, metrics = asyncio.Event(), Metrics()
    running = asyncio.create_task(worker(store, metrics=metrics).run(more, lambda steps: None))
    async with asyncio.timeout(10):
        while await reached(store) < 5 or (store.failures and not after_commit):
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await outcomes(store, offered) == ["accepted", "accepted", "refused", "accepted", "accepted"]
    assert len(await store.outputs("haarlem", "delivered", 100)) == 4
    assert metrics.registry.get_sample_value("ijwhub_store_errors_total") >= 1
    await store.close()


async def test_a_worker_that_lost_its_place_stops(store: SqliteStore, tmp_path: Path) -> None:
    await store.append(envelopes(2))

    class Overtaken(SqliteStore):
        async def commit(self, expected: Positions, steps: Sequence[Step]) -> None:
            await worker(store).process_batch()
            await super().commit(expected, steps)

    overtaken = Overtaken(tmp_path / "hub.sqlite")
    with pytest.raises(Fenced):
        await worker(overtaken).run(asyncio.Event(), lambda steps: None)
    assert len(await store.outputs("haarlem", "delivered", 100)) == 2
    await overtaken.close()


async def test_a_row_that_was_not_fetched_is_asked_for_and_never_taken_for_absent() -> None:
    rows = RelationRows({Key("assignment 2"): None})
    assert rows.get(Key("assignment 2")) is None
    with pytest.raises(RowsWanted) as wanted:
        rows.get(Key("assignment 1"))
    assert wanted.value.keys == (Key("assignment 1"),)


SELF = Directory(
    (
        Party(id="haarlem", kind="gemeente", code="0392", name="Haarlem", answers="self"),
        Party(id="zorg", kind="aanbieder", code="65656001", name="Zorg", answers="self"),
    )
)
BASE = Path(__file__).parents[1] / "cases" / "messages"


def admitted(party: str, body: bytes) -> Envelope:
    sender = SELF.by_id(party)
    assert sender is not None
    one = admit(body, sender, SELF, source="test", reference=f"{party}-{len(body)}", now=JULY)
    assert isinstance(one, Envelope)
    return one


JULY = datetime(2026, 7, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize("at_once", [True, False])
async def test_rows_that_only_other_rows_name_are_fetched_while_deciding(store: SqliteStore, at_once: bool) -> None:
    """The lines of a claim are named by the claim, whether that came in the same batch or long before."""
    offered = [
        admitted("haarlem", (BASE / "JW301.xml").read_bytes()),
        admitted("zorg", (BASE / "JW323.xml").read_bytes()),
        admitted("haarlem", (BASE / "JW325.xml").read_bytes()),
    ]
    one = working(store, Exchange(Schemas(), SELF), JULY, Metrics())
    if at_once:
        await store.append(offered)
        await one.process_batch()
    else:
        for envelope in offered:
            await store.append([envelope])
            await one.process_batch()
    assert await outcomes(store, offered) == ["accepted", "accepted", "accepted"]
    relation = offered[0].relation
    keys = [Key("line P0001"), Key("line P0002"), Key("line P0003"), Key("assignment 3920001")]
    rows = await store.rows([(relation, key) for key in keys])
    lines = [row.outcome for row in rows.values() if isinstance(row, Line)]
    assert lines[:2] == ["refused", "granted"]
    (assignment,) = (row for row in rows.values() if isinstance(row, Assignment))
    assert assignment.account == Account()
