"""The exchange worker on a real broker and database: rebalances, poison, fencing, and broker or database away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from connectors.kafka_client import KafkaConnection
from connectors.kafka_log import KafkaLog
from connectors.kafka_producer import Producer
from connectors.postgres import Postgres
from connectors.postgres_store import KafkaArchive
from connectors.sqlite_store import SqliteStore
from deploy.services import Kafka
from monitoring.metrics import Metrics
from schemas.ijw_3_2.reading import Schemas
from streams.core.envelope import Envelope
from streams.core.exchange import Exchange
from streams.core.intake import admit
from streams.core.parties import Directory, Party
from streams.core.ports import Trace
from streams.hub.deciding import Decider
from streams.hub.worker import Worker
from streams.kafka.exchange import ExchangeWorker
from streams.kafka.relay import Relay
from tests.support.kafka import prepared
from tests.support.load import Relation, stream

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
    streams = [list(islice(stream(relation), count)) for relation in RELATIONS]
    made = []
    for message in (one for turn in zip(*streams, strict=True) for one in turn):
        party = PARTIES.by_code(message.code)
        assert party is not None
        one = admit(message.body, party, PARTIES, source="test", reference=message.reference, now=NOW)
        assert isinstance(one, Envelope)
        made.append(one)
    return made


@dataclass
class Site:
    """Topics, tables, and as many workers as a test starts."""

    connection: KafkaConnection
    database: Postgres
    log: KafkaLog
    store: KafkaArchive

    @asynccontextmanager
    async def worker(self, **options: float) -> AsyncIterator[ExchangeWorker]:
        metrics, producer = Metrics(), Producer(self.connection)
        decider = Decider(Exchange(Schemas(), PARTIES), self.store, lambda: NOW, metrics, KEY)
        relay = Relay(self.connection, producer, metrics)
        made = ExchangeWorker(self.connection, decider, self.store, relay, metrics, session=6, **options)
        stop = asyncio.Event()
        running = asyncio.create_task(made.run(stop))
        yield made
        stop.set()
        await running
        await producer.close()

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
