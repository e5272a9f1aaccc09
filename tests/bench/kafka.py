"""What Kafka and PostgreSQL add to a message: worker CPU per message, measured in turns in one run on this machine.

raw      consume with aiokafka and send the same bytes on with `send_batch`, nothing else.
raw out  the same, but send what a worker publishes for a message: on average 2.5 records.
core     the pure exchange with its events, on rows in memory, without any I/O.
worker   the exchange worker end to end: consume, decide, one transaction a batch, publish.
monitor  a monitor worker end to end: consume, fold by all folds, one statement a batch and partition.

Each runs in a process of its own, and only that process's CPU counts, not that of the servers. The aim: a worker costs
no more than the core and 1.4 times raw (of the same bytes out), and at batches of 200 no more than the core / 0.6.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from rich.console import Console
from rich.table import Table

from connectors.kafka_client import KafkaConnection
from connectors.kafka_log import KafkaLog
from connectors.kafka_producer import BATCH_BYTES, Producer, partition_of
from connectors.kafka_records import publication_record
from connectors.postgres import Postgres
from connectors.postgres_folds import PostgresFolds
from connectors.postgres_store import PostgresStore, publications, with_bodies
from deploy.finding import free_port
from deploy.servers import Kafka, PostgreSQL
from monitoring.metrics import Metrics
from schemas.ijw_3_2.dossier.rows import Key, Row
from schemas.ijw_3_2.reading import Schemas
from streams.core.course import reports
from streams.core.effects import Remember
from streams.core.envelope import Envelope
from streams.core.events import events_of
from streams.core.exchange import Exchange
from streams.core.parties import Directory, Party
from streams.core.ports import Entry
from streams.core.regions import Monitoring
from streams.core.topics import IN, LARGEST, OUT, Topic
from streams.core.workdays import WorkingDays
from streams.hub.deciding import Decider, relieve_collector
from streams.hub.folding import FOLDS
from streams.kafka.exchange import ExchangeWorker
from streams.kafka.monitor import put_together
from streams.kafka.monitor_app import Serving
from streams.kafka.monitor_reading import EventsReader
from streams.kafka.relay import Relay
from tests.bench.__main__ import full_toewijzing
from tests.support.kafka import prepared
from tests.support.load import Offered, Relation, admitted, stream
from tests.support.monitors import record as event_record
from tests.support.monitors_story import story
from tests.support.services import fresh_database, running

NOW = datetime(2026, 5, 7, 9, tzinfo=UTC)
KEY = b"a secret of the bench"
GEMEENTEN = [f"{number:04}" for number in range(392, 402)]
AANBIEDERS = [f"6565{number:04}" for number in range(1, 21)]
RELATIONS = [Relation(g, a) for g in GEMEENTEN for a in AANBIEDERS]
PARTIES = Directory(
    (
        *(Party(id=f"p-{code}", kind="gemeente", code=code, name=code, answers="hub") for code in GEMEENTEN),
        *(Party(id=f"p-{code}", kind="aanbieder", code=code, name=code, answers="hub") for code in AANBIEDERS),
    )
)
PER_RELATION = 50
ROUNDS = 3
BATCHES = (200, 50, 1)
STORIES = 6
"""Partitions of the log of which a monitor folds events."""
EVENTS_EACH = 10_000
Sent = tuple[str, Any, list[tuple[str, bytes]]]
"""Topic, something with key and value, headers."""
Sending = Callable[[Callable[[Topic], str], list[Any]], list[Sent]]
Site = dict[str, str]
"""Servers, prefix and database of a run, as the processes get them."""


def assignments(relation: Relation) -> Iterator[Offered]:
    """JW301 with four products, each with numbers of its own."""
    body = full_toewijzing()
    ends = {rb"(Afzender>)\d+": relation.gemeente, rb"(Ontvanger>)\d+": relation.aanbieder}
    for pattern, code in ends.items():
        body = re.sub(pattern, rb"\g<1>" + code.encode(), body)
    for number in count(1):
        named = re.sub(rb"(<[^/]*Identificatie>)[^<]+<", rb"\g<1>A%d<" % number, body)
        numbers = iter(range(number * 4, number * 4 + 4))
        made = re.sub(rb"(ToewijzingNummer>)\d+", lambda found: found[1] + b"%d" % next(numbers), named)  # noqa: B023
        yield Offered(relation.gemeente, f"{relation.gemeente}-{relation.aanbieder}-{number}", made)


MIXES = {"a journey of five messages": stream, "JW301 with four products": assignments}


def envelopes(site: Site, each: int = PER_RELATION) -> list[Envelope]:
    """So many messages of every relation, in turn."""
    return admitted(map(MIXES[site["mix"]], RELATIONS), PARTIES, each, NOW)


# --- what is measured, each in a process of its own -------------------------------------------------


async def raw(site: Site, batch: int, total: int) -> float:
    """CPU seconds to consume, and to send the same bytes on: one record for each."""
    return await _raw(site, batch, total, lambda topic, records: [(topic(OUT), r, list(r.headers)) for r in records])


async def raw_out(site: Site, batch: int, total: int) -> float:
    """CPU seconds to consume, and to send what a worker publishes: made beforehand, 2.5 records for each."""
    connection = KafkaConnection(servers=site["servers"], prefix=site["prefix"])
    made = await _published_by_a_worker(connection, envelopes(site))
    return await _raw(site, batch, total, lambda _, records: [one for r in records for one in made[_id(r)]])


async def _published_by_a_worker(connection: KafkaConnection, some: Sequence[Envelope]) -> dict[str, list[Sent]]:
    decider = Decider(Exchange(Schemas(), PARTIES), _NoRows(), lambda: NOW, Metrics(), KEY)  # type: ignore[arg-type]
    made: dict[str, list[Sent]] = defaultdict(list)
    offered = [Entry(number, envelope) for number, envelope in enumerate(some, 1)]
    for one in publications(with_bodies(await decider.decide(offered, {}))):
        record = publication_record(connection, one)
        kept = SimpleNamespace(key=record.key.encode(), value=record.value)
        made[one.id.partition(".")[0]].append((record.topic, kept, list(record.headers)))
    return made


class _NoRows:
    async def rows(self, keys: object) -> dict[object, object]:
        return {}

    async def decided(self, ids: object) -> frozenset[str]:
        return frozenset()


def _id(record: Any) -> str:
    return str(dict(record.headers)["id"].decode())


async def _raw(
    site: Site, batch: int, total: int, sent: Callable[[Callable[[Topic], str], list[Any]], list[Sent]]
) -> float:
    connection = KafkaConnection(servers=site["servers"], prefix=site["prefix"])
    reading = {"auto_offset_reset": "earliest", "max_partition_fetch_bytes": LARGEST, "enable_auto_commit": False}
    writing = {"acks": "all", "enable_idempotence": True, "compression_type": "lz4", "max_batch_size": BATCH_BYTES}
    consumer = AIOKafkaConsumer(connection.topic(IN), **connection.options(), **reading)
    producer = AIOKafkaProducer(**connection.options(), **writing)
    await consumer.start()
    await producer.start()
    started, done = time.process_time(), 0
    while done < total:
        found = await consumer.getmany(timeout_ms=500, max_records=batch)
        records = [record for some in found.values() for record in some]
        done += len(records)
        groups: dict[tuple[str, int], list[Sent]] = defaultdict(list)
        for one in sent(connection.topic, records):
            groups[one[0], partition_of(one[1].key.decode(), 12)].append(one)
        await asyncio.gather(*(_send_on(producer, *to, some) for to, some in groups.items()))
    used = time.process_time() - started
    await producer.stop()
    await consumer.stop()
    return used


async def _send_on(producer: AIOKafkaProducer, topic: str, partition: int, records: Sequence[Sent]) -> None:
    batch = producer.create_batch()
    for _, record, headers in records:
        kept = {"key": record.key, "value": record.value, "timestamp": None, "headers": headers}
        if batch.append(**kept) is None:
            await (await producer.send_batch(batch, topic, partition=partition))
            batch = producer.create_batch()
            batch.append(**kept)
    await (await producer.send_batch(batch, topic, partition=partition))


async def core(site: Site, batch: int, total: int) -> float:
    """CPU seconds of the pure core."""
    exchange = Exchange(Schemas(), PARTIES)
    offered = envelopes(site)[:total]
    dossiers: dict[str, dict[Key, Row]] = defaultdict(dict)
    started = time.process_time()
    for envelope in offered:
        opened = exchange.open(envelope)
        course = exchange.course(opened, dossiers[envelope.relation], NOW)
        events_of(reports(envelope, opened.read, course, NOW, WorkingDays()), envelope.id, KEY, NOW)
        for effect in course.effects:
            if isinstance(effect, Remember):
                dossiers[effect.relation].update(effect.rows)
    return time.process_time() - started


async def worker(site: Site, batch: int, total: int) -> float:
    """CPU seconds of an exchange worker, from its partitions to the last thing published."""
    connection = KafkaConnection(servers=site["servers"], prefix=site["prefix"])
    database = await Postgres.opened(site["database"])
    store, metrics = PostgresStore(database), Metrics()
    decider = Decider(Exchange(Schemas(), PARTIES), store, lambda: NOW, metrics, KEY)
    relay = Relay(connection, Producer(connection), metrics)
    made = ExchangeWorker(connection, decider, store, relay, metrics, batch=batch)
    stop = asyncio.Event()
    task = asyncio.create_task(made.run(stop))
    while not made.partitions:
        await asyncio.sleep(0.01)
    started = time.process_time()
    while _processed(metrics) < total:
        await asyncio.sleep(0.2)
    stop.set()
    await task
    used = time.process_time() - started
    await database.close()
    return used


def _processed(metrics: Metrics) -> float:
    samples = (sample for metric in metrics.messages.collect() for sample in metric.samples)
    return sum(sample.value for sample in samples if sample.name.endswith("_total"))


async def share(site: Site, batch: int, total: int) -> float:
    """Work beside others until told to stop."""
    connection = KafkaConnection(servers=site["servers"], prefix=site["prefix"])
    database = await Postgres.opened(site["database"])
    store, metrics = PostgresStore(database), Metrics()
    decider = Decider(Exchange(Schemas(), PARTIES), store, lambda: NOW, metrics, KEY)
    made = ExchangeWorker(connection, decider, store, Relay(connection, Producer(connection), metrics), metrics)
    stop = asyncio.Event()
    task = asyncio.create_task(made.run(stop))
    await asyncio.to_thread(sys.stdin.readline)
    stop.set()
    await task
    await database.close()
    return 0.0


async def monitor(site: Site, batch: int, total: int) -> float:
    """CPU seconds of a monitor worker that folds so many events by all folds, its figures included."""
    connection = KafkaConnection(servers=site["servers"], prefix=site["prefix"])
    database, producer = await Postgres.opened(site["database"]), Producer(connection)
    reader, stop = EventsReader(connection), asyncio.Event()
    with tempfile.TemporaryDirectory() as scratch:
        serving = Serving("127.0.0.1", free_port(), 10, scratch)
        made = put_together(connection, PostgresFolds(database), producer, reader, serving, Monitoring())
        started, task = time.process_time(), asyncio.create_task(made.run(stop))
        while await _unfolded(database, total):
            await asyncio.sleep(0.2)
        used = time.process_time() - started
        stop.set()
        await task
    await reader.close()
    await producer.close()
    await database.close()
    return used


async def _unfolded(database: Postgres, total: int) -> bool:
    found = await database.fetch("SELECT coalesce(sum(position), 0)::bigint FROM fold_progress GROUP BY fold")
    return [position for (position,) in found] != [total] * len(FOLDS)


MEASURES: dict[str, Callable[[Site, int, int], Awaitable[float]]] = {
    "raw": raw,
    "raw out": raw_out,
    "core": core,
    "worker": worker,
}
PROCESSES = {**MEASURES, "share": share, "monitor": monitor}


def measured(what: str, site: Site, batch: int, count: int) -> float:
    """Microseconds of CPU per message, of a process that does nothing else."""
    command = [sys.executable, "-m", "tests.bench.kafka", what, json.dumps(site), str(batch), str(count)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout.strip().splitlines()[-1]) / count * 1e6


# --- the tables --------------------------------------------------------------------------------------


def costs(site: Site, fresh: Callable[[], Site], console: Console) -> None:
    """Worker CPU per message: raw, core and worker in turns."""
    some = envelopes(site, 5)
    size = sum(len(envelope.body) for envelope in some) / len(some) / 1000
    title = f"{site['mix']}, {size:.1f} KB: CPU of a process per message, microseconds (median of runs)"
    table = Table(title=title)
    columns = ("batch", *MEASURES, "core + 1.4 raw", "core + 1.4 raw out", "core / worker (aim 60 % at 200)")
    for column in columns:
        table.add_column(column, justify="right")
    total = PER_RELATION * len(RELATIONS)
    for batch in BATCHES:
        part = total if batch > 1 else total // 10
        taken: dict[str, list[float]] = defaultdict(list)
        for _ in range(ROUNDS):
            for what in MEASURES:
                taken[what].append(measured(what, fresh() if what == "worker" else site, batch, part))
        each = {what: statistics.median(some) for what, some in taken.items()}
        aims = [each["core"] + 1.4 * each[what] for what in ("raw", "raw out")]
        cells = (f"{value:.0f}" for value in (*each.values(), *aims))
        table.add_row(str(batch), *cells, f"{each['core'] / each['worker']:.0%}")
    console.print(table)


def scaling(site: Site, fresh: Callable[[], Site], console: Console) -> None:
    """Wall time of the same log with more workers; servers and workers share this machine's cores."""
    table = Table(title=f"Throughput with more workers, messages a second ({os.cpu_count()} cores, servers included)")
    for column in ("workers", "messages/s", "ratio"):
        table.add_column(column, justify="right")
    total = PER_RELATION * len(RELATIONS)
    first = None
    for workers in (1, 2, 3):
        speeds = [_together(fresh(), workers, total) for _ in range(ROUNDS)]
        speed = statistics.median(speeds)
        first = first or speed
        table.add_row(str(workers), f"{speed:.0f}", f"{speed / first:.2f}")
    console.print(table)


def _together(site: Site, workers: int, count: int) -> float:
    """Messages a second of so many workers, from a fifth of the log on: by then all have their partitions."""
    command = [sys.executable, "-m", "tests.bench.kafka", "share", json.dumps(site), "200", str(workers)]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(workers)
    ]
    speed = asyncio.run(_speed(site["database"], count))
    for one in started:
        one.communicate("stop\n")
    return speed


def monitors(site: Site, console: Console) -> None:
    """Events that a monitor worker folds, from their partitions to rows in the database."""
    asyncio.run(_publish_events(site))
    each = [measured("monitor", _unfolded_again(site), 0, STORIES * EVENTS_EACH) for _ in range(ROUNDS)]
    rate = 1e6 / statistics.median(each)
    console.print(f"A monitor folds {rate:,.0f} events per CPU-second ({statistics.median(each):.0f} µs each).")


async def _publish_events(site: Site) -> None:
    connection = KafkaConnection(servers=site["servers"], prefix=site["prefix"])
    await prepared(connection, site["database"])
    producer = Producer(connection)
    for log in range(STORIES):
        told = list(islice(story(log, random.Random(log)), EVENTS_EACH))
        for start in range(0, EVENTS_EACH, 1_000):
            await producer.send([event_record(connection, place, made) for place, made in told[start : start + 1_000]])
    await producer.close()


def _unfolded_again(site: Site) -> Site:
    """The same events, of which nothing was folded yet."""
    asyncio.run(_emptied(site["database"], "fold_progress, fold_row"))
    return site


async def _speed(url: str, count: int) -> float:
    database = await Postgres.opened(url, most=1)
    begun, moment, done, position = 0, 0.0, 0.0, 0
    while position < count:
        ((position,),) = await database.fetch("SELECT coalesce(sum(position), 0)::bigint FROM progress")
        if not begun and position > count / 5:
            begun, moment = position, time.perf_counter()
        done = time.perf_counter()
        await asyncio.sleep(0.02)
    await database.close()
    return (count - begun) / (done - moment)


def main() -> None:
    """Start servers, fill a log, and print the tables."""
    if sys.argv[1:2] and sys.argv[1] in PROCESSES:
        relieve_collector()
        what, site, batch, count = sys.argv[1:]
        print(asyncio.run(PROCESSES[what](json.loads(site), int(batch), int(count))))  # type: ignore[arg-type]
        return
    console = Console(width=120)
    folder = Path(tempfile.mkdtemp(prefix="ijwhub-bench-"))
    with (
        running(Kafka(folder / "kafka", free_port())) as kafka,
        running(PostgreSQL(folder / "postgres", free_port(), fsync=True)) as postgres,
        fresh_database(postgres) as url,  # type: ignore[arg-type]
    ):
        for number, mix in enumerate(MIXES):
            site = {"servers": kafka.address, "prefix": f"bench{number}.", "database": url, "mix": mix}
            _again(asyncio.run(filled(site)))
            costs(site, lambda: _again(site), console)  # noqa: B023
        scaling(site, lambda: _again(site), console)
        monitors({**site, "prefix": "bench-monitor."}, console)


def _again(site: Site) -> Site:
    """The same log, of which nothing was processed yet."""
    asyncio.run(_emptied(site["database"], "progress, verdict, dossier, output, outbox, aside"))
    return site


async def _emptied(url: str, tables: str) -> None:
    database = await Postgres.opened(url, most=1)
    await database.fetch(f"TRUNCATE {tables}")
    await database.close()


async def filled(site: Site) -> Site:
    """Topics, tables, and a log with the messages of a mix."""
    connection = KafkaConnection(servers=site["servers"], prefix=site["prefix"])
    await prepared(connection, site["database"])
    database, producer = await Postgres.opened(site["database"]), Producer(connection)
    await database.fetch("TRUNCATE log")
    offered = envelopes(site)
    log = KafkaLog(connection, database, producer)
    for start in range(0, len(offered), 500):
        await log.append(offered[start : start + 500])
    await producer.close()
    await database.close()
    return site


if __name__ == "__main__":
    main()
