"""A simulated region in a real hub: no person anywhere but in the store of messages, and on Kafka the same figures."""

from __future__ import annotations

import asyncio
import io
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from connectors.kafka_client import KafkaConnection
from connectors.kafka_moving import into_kafka
from connectors.kafka_producer import Producer
from connectors.moving import Export, export
from connectors.postgres import Postgres
from connectors.postgres_folds import PostgresFolds
from connectors.sqlite_folds import SqliteFolds
from deploy.servers import Kafka
from monitoring import logs
from streams.cli.filling import fill
from streams.core.fold_ports import FoldStore
from streams.core.monitors.exposed import samples
from streams.core.monitors.trajecten import files
from streams.core.regions import load_monitoring
from streams.core.topics import EVENTS, QUARANTINE
from streams.hub.app import Hub, open_hub
from streams.hub.figures import Figures
from streams.hub.settings import Settings
from streams.kafka.monitor import put_together
from streams.kafka.monitor_app import Serving
from streams.kafka.monitor_reading import EventsReader
from streams.simulating.configuration import Faults, Simulation
from streams.simulating.region import parties_yaml
from streams.simulating.simulation import simulate
from streams.simulating.truth import Truth
from tests.support.kafka import prepared
from tests.support.process import free_port

ROOT = Path(__file__).parents[2]
REGIONS = ROOT / "deploy" / "example" / "regions.yaml"
NOW = datetime(2026, 6, 15, 9, 0, tzinfo=UTC)
MESSAGE_STORE = {("log", "body"), ("output", "body"), ("aside", "body"), ("dossier", "key"), ("dossier", "row")}
"""The columns that hold messages, and what the rules remember of them: nobody else reads those."""


@dataclass(frozen=True)
class Region:
    """A hub that had a region for half a year, and the words that may be told nowhere."""

    folder: Path
    settings: Settings
    truth: Truth
    logged: str
    persons: tuple[bytes, ...]

    def told_of(self, what: bytes) -> list[bytes]:
        return [word for word in self.persons if word in what]


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Region:
    folder = tmp_path_factory.mktemp("region")
    simulated = simulate(Simulation(start=date(2025, 12, 1), days=180, youths=260, faults=Faults(aside=0.02)), seed=11)
    (folder / "parties.yaml").write_text(parties_yaml(simulated.directory), encoding="utf-8")
    settings = Settings(data=folder / "hub", parties=folder / "parties.yaml", monitoring=REGIONS)
    logged = io.StringIO()
    logs.configure(logged)
    sents = list(simulated)
    asyncio.run(fill(settings, sents, lambda: None))
    bsns = {youth.bsn.encode() for youth in simulated.truth.jeugdigen}
    names = {word for sent in sents for word in words_of(sent.body)}
    assert len(bsns) > 200
    assert len(names) > 5
    return Region(folder, settings, simulated.truth, logged.getvalue(), (*sorted(bsns), *sorted(names)))


def words_of(body: bytes) -> Iterator[bytes]:
    """What stands in the elements that name a person or where one lives."""
    for element in (b"Achternaam", b"Voornamen", b"Straatnaam", b"Postcode"):
        for part in body.split(element + b">")[1::2]:
            word = part.partition(b"<")[0]
            if len(word) > 3:
                yield word


# --- embedded ----------------------------------------------------------------------------------------


def test_persons_are_looked_for_in_what_does_hold_them(region: Region) -> None:
    with closing(sqlite3.connect(region.settings.sqlite_file)) as database:
        bodies = b"".join(body for (body,) in database.execute("SELECT body FROM log"))
    assert len(region.told_of(bodies)) == len(region.persons)


def test_no_table_beside_the_store_of_messages_knows_a_person(region: Region) -> None:
    looked = 0
    with closing(sqlite3.connect(region.settings.sqlite_file)) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            for column in columns:
                if (table, column) in MESSAGE_STORE:
                    continue
                values = [value for (value,) in database.execute(f'SELECT "{column}" FROM "{table}"')]
                held = b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in values)
                assert region.told_of(held) == [], (table, column)
                looked += len(held)
    assert looked > 1_000_000


def test_no_log_knows_a_person(region: Region) -> None:
    assert "rejected" in region.logged
    assert region.told_of(region.logged.encode()) == []


async def test_no_page_metric_or_dashboard_knows_a_person(region: Region) -> None:
    async with figures_of(region) as client:
        for path in ("/metrics", "/beelden", "/v1/beelden", "/v1/openapi.json"):
            response = await client.get(path)
            assert response.status_code == 200, path
            assert region.told_of(response.content) == []
        for name in ("ijmond", "zuid-kennemerland"):
            period = "tot=2026-03&maanden=3"
            page = await client.get(f"/beelden/{name}?{period}")
            told = (await client.get(f"/v1/beelden/{name}?{period}")).json()
            tables = [(await client.get(table["csv"])).content for table in told["tabellen"]]
            assert len(tables) > 20
            assert region.told_of(page.content + msgspec.json.encode(told) + b"".join(tables)) == []
    for file in (ROOT / "deploy" / "grafana").rglob("*.json"):
        assert region.told_of(file.read_bytes()) == []


@asynccontextmanager
async def figures_of(region: Region) -> AsyncIterator[httpx.AsyncClient]:
    async with open_hub(region.settings, lambda: NOW) as hub:
        await tell(hub)
        transport = httpx.ASGITransport(app=hub.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://hub", timeout=60) as client:
            yield client


async def tell(hub: Hub) -> None:
    rows, youths = await hub.figures.read()
    told = samples(rows, youths, NOW, hub.figures.monitoring)
    assert len({sample.name for sample in told}) > 20
    hub.metrics.tell_figures(told)


# --- the same on Kafka -------------------------------------------------------------------------------


async def test_on_kafka_it_has_the_same_rows_and_figures_and_no_person_either(
    region: Region, kafka: Kafka, database: str, prefix: str, tmp_path: Path
) -> None:
    connection = KafkaConnection(servers=kafka.address, prefix=prefix)
    await prepared(connection, database)
    export(region.settings.sqlite_file, tmp_path / "hub.export", NOW)
    await into_kafka(Export(tmp_path / "hub.export"), connection, database)
    postgres, producer, reader = await Postgres.opened(database), Producer(connection), EventsReader(connection)
    folds, embedded = PostgresFolds(postgres), SqliteFolds(region.settings.sqlite_file)
    try:
        await follow(connection, folds, producer, reader, tmp_path)
        assert await figures(folds) == await figures(embedded)
    finally:
        await reader.close()
        await producer.close()
        await embedded.close()
        tables = await everything_of(postgres)
        await postgres.close()
    for topic in (EVENTS, QUARANTINE):
        assert region.told_of(await held(connection, connection.topic(topic))) == []
    assert region.told_of(tables) == []


async def follow(
    connection: KafkaConnection, folds: PostgresFolds, producer: Producer, reader: EventsReader, scratch: Path
) -> None:
    """Let a monitor worker fold everything that was published."""
    serving = Serving("127.0.0.1", free_port(), 6, str(scratch), figures_every=1)
    monitor = put_together(connection, folds, producer, reader, serving, load_monitoring(REGIONS))
    stop = asyncio.Event()
    running = asyncio.create_task(monitor.run(stop))
    ends = await reader.ends(range(EVENTS.partitions))
    assert sum(ends.values()) > 5_000
    async with asyncio.timeout(120):
        while await positions(folds) != dict.fromkeys(("care", "claims", "berichten"), ends):
            await asyncio.sleep(0.3)
    stop.set()
    await running


async def positions(folds: FoldStore) -> dict[str, dict[int, int]]:
    found = {
        fold: await folds.fold_progress(fold, range(EVENTS.partitions)) for fold in ("care", "claims", "berichten")
    }
    return {fold: {partition: one.position for partition, one in of.items()} for fold, of in found.items()}


async def figures(folds: FoldStore) -> tuple[Any, ...]:
    """The rows in an order of their own, and every sample made of them."""
    monitoring = load_monitoring(REGIONS)
    rows, _ = await Figures(folds, monitoring, lambda: NOW).read()
    told = samples(rows, files(rows.clients, monitoring), NOW, monitoring)
    made = sorted((sample.name, sorted(sample.labels.items()), sample.value) for sample in told)
    plain = [sorted(map(repr, rows.clients.items())), sorted(map(repr, rows.claims)), sorted(map(repr, rows.berichten))]
    return plain, made


async def held(connection: KafkaConnection, topic: str) -> bytes:
    """All records of a topic: keys, headers and values."""
    consumer = AIOKafkaConsumer(**connection.options(), auto_offset_reset="earliest")
    await consumer.start()
    try:
        own = [TopicPartition(topic, number) for number in sorted(await partitions(consumer, topic))]
        ends = await consumer.end_offsets(own)
        consumer.assign(own)
        found: list[Any] = []
        while len(found) < sum(ends.values()):
            for some in (await consumer.getmany(timeout_ms=500)).values():
                found += some
    finally:
        await consumer.stop()
    return b"\n".join(b"%s %s %s" % (one.key or b"", repr(one.headers).encode(), one.value) for one in found)


async def partitions(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    await consumer.topics()
    return set(consumer.partitions_for_topic(topic) or ())


async def everything_of(postgres: Postgres) -> bytes:
    """Every column of every table beside the store of messages."""
    found = await postgres.fetch(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    )
    told = []
    for table, column in (tuple(row) for row in found):
        if (table, column) not in MESSAGE_STORE:
            told += [row[0] for row in await postgres.fetch(f'SELECT "{column}" FROM "{table}"')]
    assert len(told) > 5_000
    return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in told)
