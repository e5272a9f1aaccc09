"""The exchange worker on a real broker and database: rebalances, poison, fencing, and broker or database away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer

from connectors.kafka_client import KafkaConnection
from connectors.kafka_log import KafkaLog
from connectors.kafka_producer import Producer
from connectors.kafka_records import envelope_record
from connectors.postgres import Postgres
from connectors.postgres_store import KafkaArchive
from connectors.sqlite_store import SqliteStore
from deploy.servers import Kafka, PostgreSQL
from monitoring.metrics import Metrics
from schemas.ijw_3_2.dossier.rows import Deliveries, Dossier, Key
from schemas.ijw_3_2.reading import Schemas
from streams.core.course import Course
from streams.core.effects import Remember
from streams.core.envelope import Envelope
from streams.core.exchange import Exchange, Opened
from streams.core.parties import Directory, Party
from streams.core.ports import StoreError, Trace
from streams.core.topics import EVENTS, OUT
from streams.hub.deciding import BATCH, Decider
from streams.hub.worker import Worker
from streams.kafka.exchange import ExchangeWorker
from streams.kafka.relay import Relay
from tests.support.kafka import prepared
from tests.support.load import Relation, admitted, stream
from tests.support.services import sql

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
KEY = b"a secret of the tests"
GEMEENTEN = ["0392", "0397", "0405"]
AANBIEDERS = ["65656001", "65656002"]
RELATIONS = [Relation(g, a) for g in GEMEENTEN for a in AANBIEDERS]
PARTIES = Directory(
    (
        *(Party(id=f"p-{code}", kind="gemeente", code=code, name=code, answers="hub") for code in GEMEENTEN),
        *(Party(id=f"p-{code}", kind="aanbieder", code=code, name=code, answers="hub") for code in AANBIEDERS),
    )
)


def envelopes(count: int) -> list[Envelope]:
    """So many messages of each relation, in turn."""
    return admitted(map(stream, RELATIONS), PARTIES, count, NOW)


@dataclass
class Site:
    """Topics, tables, and as many workers as a test starts."""

    connection: KafkaConnection
    database: Postgres
    log: KafkaLog
    store: KafkaArchive

    @asynccontextmanager
    async def worker(
        self, batch: int = BATCH, minutes: int = 0, exchange: Exchange | None = None
    ) -> AsyncIterator[ExchangeWorker]:
        """A worker at work; its clock differs so many minutes from the others."""
        metrics, now = Metrics(), NOW + timedelta(minutes=minutes)
        exchange = exchange or Exchange(Schemas(), PARTIES)
        decider = Decider(exchange, self.store, lambda: now, metrics, KEY)
        relay = Relay(self.connection, Producer(self.connection), metrics)
        made = ExchangeWorker(self.connection, decider, self.store, relay, metrics, batch=batch, session=6)
        stop = asyncio.Event()
        running = asyncio.create_task(made.run(stop))
        yield made
        stop.set()
        await running

    async def processed(self, seconds: float = 60) -> None:
        async with asyncio.timeout(seconds):
            while any(one.count for one in await self.store.waiting()):
                await asyncio.sleep(0.1)


@pytest.fixture
async def site(kafka: Kafka, database: str, prefix: str) -> AsyncIterator[Site]:
    connection = KafkaConnection(servers=kafka.address, prefix=prefix)
    await prepared(connection, database)
    postgres, producer = await Postgres.opened(database), Producer(connection)
    log = KafkaLog(connection, postgres, producer)
    yield Site(connection, postgres, log, KafkaArchive(postgres, log.backlog))
    await producer.close()
    await postgres.close()


async def outcomes(trace: Callable[[str], object], offered: list[Envelope]) -> list[object]:
    found = [await trace(envelope.id) for envelope in offered]
    return [(t.judged, tuple(o.id for o in t.outputs)) for t in found if isinstance(t, Trace)]


async def embedded(path: Path, offered: list[Envelope]) -> list[object]:
    """What a hub on one file says of the same messages."""
    store = SqliteStore(path)
    await store.append(offered)
    worker = Worker(Decider(Exchange(Schemas(), PARTIES), store, lambda: NOW, Metrics()), store, store, Metrics())
    while await worker.process_batch():
        pass
    found = await outcomes(store.trace, offered)
    await store.close()
    return found


async def test_a_worker_decides_what_the_embedded_hub_decides(site: Site, tmp_path: Path) -> None:
    offered = envelopes(40)
    await site.log.append(offered)
    async with site.worker():
        await site.processed()
    assert await outcomes(site.store.trace, offered) == await embedded(tmp_path / "hub.sqlite", offered)
    assert await site.store.unpublished(await site.log.partitions(), (-1, 0, 0)) == ()


async def test_two_workers_share_the_log_and_one_goes_on_alone(site: Site, tmp_path: Path) -> None:
    offered = envelopes(60)
    third = len(offered) // 3
    async with site.worker() as stays:
        await site.log.append(offered[:third])
        async with site.worker() as leaves:
            await _until(lambda: len(stays.partitions) == len(leaves.partitions) == 6)
            assert not set(stays.partitions) & set(leaves.partitions)
            await site.log.append(offered[third : 2 * third])
            await site.processed()
        await _until(lambda: len(stays.partitions) == 12)
        await site.log.append(offered[2 * third :])
        await site.processed()
    assert await outcomes(site.store.trace, offered) == await embedded(tmp_path / "hub.sqlite", offered)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.05)


async def test_a_record_that_is_no_envelope_is_set_aside_and_what_follows_goes_on(site: Site) -> None:
    first, second = envelopes(1)[:2]
    producer = Producer(site.connection)
    whole = envelope_record(site.connection, first)
    broken = [
        msgspec.structs.replace(whole, headers=[]),
        msgspec.structs.replace(whole, headers=[("received_at", b"gisteren"), *whole.headers[2:]], value=b"\xff\x00"),
        msgspec.structs.replace(whole, headers=[(name, None) for name, _ in whole.headers]),
    ]
    await producer.send([*broken, whole])
    await site.log.append([second])
    async with site.worker():
        await site.processed()
    kept = await site.store.aside()
    assert {one.body for one in kept} == {first.body, b"\xff\x00"}
    assert all(one.reason.startswith("a record in the log is no envelope") for one in kept)
    assert await site.store.decided([first.id, second.id]) == {first.id, second.id}
    await producer.close()


async def test_an_envelope_that_stands_in_the_log_twice_is_decided_once(site: Site, tmp_path: Path) -> None:
    """As after a crash between producing and noting its place: the partner had no receipt and offered it again."""
    offered = envelopes(5)
    producer = Producer(site.connection)
    for one in offered:
        await producer.send([envelope_record(site.connection, one)])
    await site.log.append(offered)
    async with site.worker(batch=7):
        await site.processed()
    assert await outcomes(site.store.trace, offered) == await embedded(tmp_path / "hub.sqlite", offered)
    assert sum(one.position for one in await site.store.waiting()) == 2 * len(offered)
    published = await _published(site)
    assert len(published) == len(set(published))
    await producer.close()


async def test_what_a_worker_left_unpublished_is_published_by_the_next(site: Site) -> None:
    offered = envelopes(2)
    await site.log.append(offered)
    entries = await site.log.read(dict.fromkeys(await site.log.partitions(), 0), 100)
    decider = Decider(Exchange(Schemas(), PARTIES), site.store, lambda: NOW, Metrics(), KEY)
    progress = await site.store.progress({entry.partition for entry in entries})
    steps = await decider.decide(entries, {})
    await site.store.commit({p: one.position for p, one in progress.items()}, steps)
    unpublished = await site.store.unpublished(await site.log.partitions(), (-1, 0, 0), limit=1000)
    assert len(unpublished) > len(entries)
    async with site.worker() as worker:
        await _until(lambda: len(worker.partitions) == 12)
    assert await site.store.unpublished(await site.log.partitions(), (-1, 0, 0)) == ()
    assert sorted(await _published(site)) == sorted(one.id for one in unpublished)


async def _published(site: Site) -> list[str]:
    """The ids of what was published to parties and monitors."""
    topics = [site.connection.topic(topic) for topic in (OUT, EVENTS)]
    consumer = AIOKafkaConsumer(*topics, **site.connection.options(), auto_offset_reset="earliest")
    await consumer.start()
    ends = await consumer.end_offsets(consumer.assignment())
    found: list[str] = []
    while len(found) < sum(ends.values()):
        for records in (await consumer.getmany(timeout_ms=500)).values():
            found += [dict(record.headers)["id"].decode() for record in records]
    await consumer.stop()
    return found


async def test_time_does_not_go_back_when_another_machine_takes_over(site: Site) -> None:
    first, second = (one for one in envelopes(2) if one.relation == "0392:65656001")
    await site.log.append([first])
    async with site.worker():
        await site.processed()
    await site.log.append([second])
    async with site.worker(minutes=-5):
        await site.processed()
    traces = [await site.store.trace(one.id) for one in (first, second)]
    assert [trace.decided_at for trace in traces if trace] == [NOW, NOW]


async def test_a_database_that_breaks_all_connections_is_come_back_to(
    site: Site, tmp_path: Path, postgres: PostgreSQL, database: str
) -> None:
    offered = envelopes(60)
    name = database.rpartition("/")[2]
    break_all = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    async with site.worker():
        for start in range(0, len(offered), 60):
            await _offered(site, offered[start : start + 60])
            await asyncio.to_thread(sql, postgres, break_all)
        await _retried(site.processed)
    assert await outcomes(site.store.trace, offered) == await embedded(tmp_path / "hub.sqlite", offered)


async def _offered(site: Site, some: list[Envelope]) -> None:
    await _retried(lambda: site.log.append(some))


async def _retried(work: Callable[[], Awaitable[object]]) -> None:
    while True:
        try:
            await work()
            return
        except StoreError:
            await asyncio.sleep(0.1)


async def test_a_hot_relation_does_not_stop_the_others(site: Site) -> None:
    """The others wait behind it only when they share its partition."""
    hot = [one for one in envelopes(1000) if one.relation == "0392:65656001"]
    others = [one for one in envelopes(5) if one.relation != "0392:65656001"]
    await site.log.append(hot)
    await site.log.append(others)
    ends = {one.partition: one.position + one.count for one in await site.store.waiting()}
    (of_hot,) = [partition for partition, end in ends.items() if end >= len(hot)]
    elsewhere = {partition: end for partition, end in ends.items() if partition != of_hot}
    async with site.worker(batch=20):
        async with asyncio.timeout(60):
            while (reached := await _positions(site, ends)) and any(reached[p] < elsewhere[p] for p in elsewhere):
                await asyncio.sleep(0.02)
        assert reached[of_hot] < ends[of_hot], "the hot relation was done before the others"
        await site.processed()


async def _positions(site: Site, partitions: dict[int, int]) -> dict[int, int]:
    return {p: one.position for p, one in (await site.store.progress(partitions)).items()}


class Overfull(Exchange):
    """An exchange whose outcome for one message is something that no database holds: a NUL in a text."""

    def course(self, opened: Opened, dossier: Dossier, now: datetime) -> Course:
        course = super().course(opened, dossier, now)
        if not opened.envelope.reference.endswith("-S1"):
            return course
        nothing = Remember(relation=opened.envelope.relation, rows={Key("line \0"): Deliveries()})
        return course._replace(effects=(*course.effects, nothing))


async def test_a_message_of_which_the_outcome_cannot_be_stored_is_set_aside(site: Site) -> None:
    offered = envelopes(5)
    await site.log.append(offered)
    async with site.worker(exchange=Overfull(Schemas(), PARTIES)):
        await site.processed()
    kept = await site.store.aside()
    assert {one.envelope_id for one in kept} == {one.id for one in offered if one.reference.endswith("-S1")}
    assert {one.reason for one in kept} == {
        "its outcome cannot be stored: PostgreSQL cannot hold this: CharacterNotInRepertoireError"
    }
    assert await site.store.decided([one.id for one in offered]) == {one.id for one in offered}
