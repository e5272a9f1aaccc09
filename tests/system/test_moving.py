"""An embedded hub moved to Kafka, a hub on Kafka asked how it stands, and its commands."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import yaml
from aiokafka import AIOKafkaConsumer, TopicPartition
from typer.testing import CliRunner, Result

from connectors import kafka_moving
from connectors.kafka_client import KafkaConnection
from connectors.kafka_log import KafkaLog
from connectors.kafka_moving import MOVED, into_kafka
from connectors.kafka_producer import Producer
from connectors.kafka_records import place_of
from connectors.migrating import HEAD
from connectors.moving import Export, export
from connectors.postgres import Postgres
from connectors.postgres_audit import PostgresAudit
from connectors.postgres_folds import PostgresFolds
from connectors.postgres_store import KafkaArchive
from connectors.sqlite_store import SqliteStore
from deploy.servers import Kafka
from monitoring.metrics import Metrics
from streams.cli.app import app
from streams.core.folding import Occurrence, open_batch
from streams.core.folds.berichten import BerichtenFold
from streams.core.ports import StoreError, Trace
from streams.core.topics import EVENTS, IN
from streams.kafka.exchange import ExchangeWorker
from streams.kafka.relay import Relay
from tests.support.kafka import environment, prepared
from tests.support.moving import (
    FOLD,
    NOW,
    OFFERED,
    PARTIES,
    PROCESSED,
    decider,
    dossier_keys,
    embedded_hub,
    everything,
    go_on,
    offered,
    persons,
    places,
    poison,
    told,
)

WAITING = OFFERED - PROCESSED


@dataclass(frozen=True)
class Opened:
    """A hub on Kafka, opened by a test."""

    connection: KafkaConnection
    database: Postgres
    producer: Producer
    log: KafkaLog
    store: KafkaArchive
    folds: PostgresFolds
    audit: PostgresAudit

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        metrics, producer = Metrics(), Producer(self.connection)
        relay = Relay(self.connection, producer, metrics)
        made = ExchangeWorker(self.connection, decider(self.store), self.store, relay, metrics, session=6)
        stop = asyncio.Event()
        running = asyncio.create_task(made.run(stop))
        yield
        stop.set()
        await running
        await producer.close()

    async def processed(self) -> None:
        async with asyncio.timeout(60):
            while any(one.count for one in await self.store.waiting()):
                await asyncio.sleep(0.1)


@dataclass(frozen=True)
class Site:
    """Where a hub on Kafka is. The URL has a password, which may be told nowhere."""

    connection: KafkaConnection
    url: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return environment(self.connection, self.url)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Opened]:
        database, producer = await Postgres.opened(self.url, most=2), Producer(self.connection)
        log = KafkaLog(self.connection, database, producer)
        store = KafkaArchive(database, log.backlog)
        yield Opened(self.connection, database, producer, log, store, PostgresFolds(database), PostgresAudit(database))
        await producer.close()
        await database.close()

    async def command(self, *words: object) -> Result:
        """Run a command; nothing that may not be told is in what it says."""
        run: Callable[[], Result] = lambda: CliRunner().invoke(app, [*map(str, words)], env=self.environment)  # noqa: E731
        result = await asyncio.to_thread(run)
        assert not [word for word in persons() if word in result.output]
        return result


@pytest.fixture
async def site(kafka: Kafka, database: str, prefix: str, tmp_path: Path) -> Site:
    connection = KafkaConnection(servers=kafka.address, prefix=prefix)
    await prepared(connection, database)
    return Site(connection, database.replace("ijwhub@", "ijwhub:a-secret@"), tmp_path)


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """An export of the embedded hub in `tmp_path`."""
    await embedded_hub(tmp_path / "hub.sqlite")
    export(tmp_path / "hub.sqlite", tmp_path / "hub.export", NOW)
    return tmp_path / "hub.export"


async def records(connection: KafkaConnection, topic: str) -> list[Any]:
    """All records of a topic."""
    consumer = AIOKafkaConsumer(**connection.options(), auto_offset_reset="earliest")
    await consumer.start()
    try:
        found: list[Any] = []
        own = [TopicPartition(topic, number) for number in range(12)]
        ends = await consumer.end_offsets(own)
        consumer.assign(own)
        while len(found) < sum(ends.values()):
            for some in (await consumer.getmany(timeout_ms=500)).values():
                found += some
        return found
    finally:
        await consumer.stop()


async def outcomes(trace: Callable[[str], Any]) -> list[object]:
    found = [await trace(envelope.id) for envelope in offered()]
    return [(t.judged, t.received_at, tuple(o.id for o in t.outputs)) for t in found if isinstance(t, Trace)]


# --- the move ------------------------------------------------------------------------------------------


async def test_what_was_processed_is_equal_after_the_move(site: Site, file: Path) -> None:
    result = await site.command("import", file)

    assert result.exit_code == 0, result.output
    assert f"{WAITING} waiting" in result.stdout
    before = await everything(site.folder / "hub.sqlite")
    async with site.opened() as hub:
        after = await told(hub.store, hub.store, hub.folds, hub.audit, dossier_keys(site.folder / "hub.sqlite"))
        trace = await hub.store.trace(offered()[0].id)
        bodies = await hub.database.fetch("SELECT id, body FROM log WHERE partition = $1", MOVED)
    assert {name: after[name] for name in before} == {**before, "folds": after["folds"]}
    assert trace is not None
    assert (trace.partition, trace.position) == (MOVED, 1)
    assert dict(tuple(one) for one in bodies) == {e.id: e.body for e in (*offered()[:PROCESSED], poison())}


async def test_what_waited_is_processed_on_kafka_as_the_embedded_hub_would(site: Site, file: Path) -> None:
    await site.command("import", file)
    async with site.opened() as hub:
        assert sum(one.count for one in await hub.store.waiting()) == WAITING
        async with hub.worker():
            await hub.processed()
        found = await outcomes(hub.store.trace)

    store = SqliteStore(site.folder / "hub.sqlite")
    await go_on(store)
    expected = await outcomes(store.trace)
    await store.close()
    assert len(found) == OFFERED
    assert found == expected


async def test_a_message_offered_again_after_the_move_is_a_repeat(site: Site, file: Path) -> None:
    await site.command("import", file)

    async with site.opened() as hub:
        again = await hub.log.append(offered())
        waiting = sum(one.count for one in await hub.store.waiting())

    assert [(one.outcome, one.envelope_id) for one in again] == [("repeat", one.id) for one in offered()]
    assert waiting == WAITING


async def test_events_are_published_once_or_more_and_folded_anew(site: Site, file: Path) -> None:
    await site.command("import", file)
    await site.command("import", file)

    found = await records(site.connection, site.connection.topic(EVENTS))
    here = [(MOVED, *one) for one in places(site.folder / "hub.sqlite")]
    assert {place_of(one.headers) for one in found} == set(here)
    async with site.opened() as hub:
        progress = await hub.folds.fold_progress(FOLD, range(12))
        assert {one.version for one in progress.values()} == {0}
        assert await hub.store.unpublished([MOVED, *range(12)], (MOVED, 0, 0)) == ()
    batches = [
        open_batch(
            BerichtenFold(),
            [Occurrence(one.offset, place_of(one.headers), one.value) for one in found if one.partition == partition],
            progress[partition],
        )
        for partition in range(12)
    ]
    assert sum(one.fresh for one in batches) == len(here)
    assert sum(len(one.poison) for one in batches) == 0


async def test_what_waits_keeps_its_moment_of_receipt_and_its_order(site: Site, file: Path) -> None:
    await site.command("import", file)

    found = await records(site.connection, site.connection.topic(IN))
    by_relation: dict[str, list[str]] = {}
    for one in sorted(found, key=lambda record: (record.partition, record.offset)):
        by_relation.setdefault(one.key.decode(), []).append(dict(one.headers)["id"].decode())
    expected: dict[str, list[str]] = {}
    for envelope in offered()[PROCESSED:]:
        expected.setdefault(envelope.relation, []).append(envelope.id)
    assert by_relation == expected
    assert {dict(one.headers)["received_at"] for one in found} == {
        envelope.received_at.isoformat().encode() for envelope in offered()[PROCESSED:]
    }


# --- again, and refused --------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["_publish", "_append"])
async def test_an_import_that_broke_off_is_completed_by_the_same_file(
    site: Site, file: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    async def broken(*_: object) -> None:
        raise StoreError("the broker is away")

    with monkeypatch.context() as failing:
        failing.setattr(kafka_moving, step, broken)
        failed = await site.command("import", file)
    assert failed.exit_code == 2
    assert "the broker is away" in failed.stderr
    half = await site.command("status")
    assert half.exit_code == 1
    assert "an import into this hub is not complete" in half.stderr

    completed, again = await site.command("import", file), await site.command("import", file)

    assert (completed.exit_code, again.exit_code) == (0, 0), completed.output + again.output
    assert "an earlier import was completed" in completed.stdout
    assert "there was nothing to do" in again.stdout
    assert len(await records(site.connection, site.connection.topic(IN))) == WAITING
    published = await records(site.connection, site.connection.topic(EVENTS))
    assert len(published) == len(places(site.folder / "hub.sqlite"))


async def test_an_import_that_broke_off_while_it_appended_is_completed(
    site: Site, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_moving, "_ROWS_AT_ONCE", 7)
    append, times = KafkaLog.append, []

    async def twice(self: KafkaLog, envelopes: Any) -> Any:
        times.append(envelopes)
        if len(times) == 3:
            await append(self, envelopes)
            raise StoreError("the broker is away")
        return await append(self, envelopes)

    with monkeypatch.context() as failing:
        failing.setattr(KafkaLog, "append", twice)
        assert (await site.command("import", file)).exit_code == 2

    assert (await site.command("import", file)).exit_code == 0
    found = await records(site.connection, site.connection.topic(IN))
    assert sorted(dict(one.headers)["id"].decode() for one in found) == sorted(e.id for e in offered()[PROCESSED:])


async def test_nothing_is_in_the_tables_when_filling_them_failed(
    site: Site, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise asyncpg.PostgresConnectionError("0392 is away")

    with monkeypatch.context() as failing:
        failing.setattr(kafka_moving, "_start", broken)
        failed = await site.command("import", file)

    assert failed.exit_code == 2
    assert "PostgreSQL failed: PostgresConnectionError" in failed.stderr
    assert "database on 127.0.0.1" not in failed.stderr
    async with site.opened() as hub:
        assert await hub.database.fetch("SELECT id FROM log") == []
    assert (await site.command("import", file)).exit_code == 0


async def test_a_hub_that_has_anything_is_refused(site: Site, file: Path) -> None:
    async with site.opened() as hub:
        await hub.log.append(offered()[:1])

    result = await site.command("import", file)

    assert result.exit_code == 2
    assert "this hub is not empty" in result.stderr
    async with site.opened() as hub:
        assert await hub.database.fetch("SELECT 1 FROM verdict") == []


async def test_topics_that_held_records_are_refused(site: Site, file: Path) -> None:
    async with site.opened() as hub:
        await hub.log.append(offered()[:1])
        await hub.database.changed("DELETE FROM log")

    result = await site.command("import", file)

    assert result.exit_code == 2
    assert "its topics in held records" in result.stderr


async def test_another_file_is_refused_after_a_move(site: Site, file: Path) -> None:
    await site.command("import", file)
    store = SqliteStore(site.folder / "hub.sqlite")
    await go_on(store)
    await store.close()
    export(site.folder / "hub.sqlite", site.folder / "later.export", NOW)

    result = await site.command("import", site.folder / "later.export")

    assert result.exit_code == 2
    assert "is not that file" in result.stderr


async def test_a_hub_that_runs_is_refused(site: Site, file: Path) -> None:
    async with site.opened():
        result = await site.command("import", file)

    assert result.exit_code == 2
    assert "is in use by a hub" in result.stderr


async def test_without_topics_or_tables_is_told(kafka: Kafka, database: str, prefix: str, file: Path) -> None:
    site = Site(KafkaConnection(servers=kafka.address, prefix=prefix), database, file.parent)
    without_topics = await site.command("import", file)
    await prepared(site.connection, database)
    connection = await asyncpg.connect(database)
    await connection.execute("DROP TABLE alembic_version")
    await connection.close()
    without_tables = await site.command("import", file)

    assert (without_topics.exit_code, without_tables.exit_code) == (2, 2)
    assert "ijwhub topics apply" in without_topics.stderr
    assert "ijwhub db upgrade" in without_tables.stderr


async def test_a_damaged_file_is_refused_before_anything_is_done(site: Site, file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-50])

    result = await site.command("import", file)

    assert result.exit_code == 2
    assert "damaged or cut off" in result.stderr
    assert (await site.command("status")).exit_code == 0


async def test_an_import_of_a_hub_that_only_ever_waited(site: Site) -> None:
    store = SqliteStore(site.folder / "hub.sqlite")
    await store.append(offered()[:5])
    await store.close()
    export(site.folder / "hub.sqlite", site.folder / "file", NOW)

    assert await into_kafka(Export(site.folder / "file"), site.connection, site.url) == "nothing"

    async with site.opened() as hub:
        assert sum(one.count for one in await hub.store.waiting()) == 5


async def test_an_import_that_is_killed_again_and_again_is_complete_in_the_end(site: Site, file: Path) -> None:
    command = [sys.executable, "-m", "streams.cli", "import", str(file)]
    kills = 0
    for wait in (0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.2):
        process = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **site.environment}, stdout=DEVNULL, stderr=DEVNULL
        )
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), wait)
        if process.returncode is None:
            process.kill()
            kills += 1
        await process.wait()
    assert (await site.command("import", file)).exit_code == 0

    assert kills
    before = await everything(site.folder / "hub.sqlite")
    async with site.opened() as hub:
        async with hub.worker():
            await hub.processed()
        after = await told(hub.store, hub.store, hub.folds, hub.audit, [])
        found = await outcomes(hub.store.trace)
    assert [after[name] for name in ("traces", "bodies")] == [before[name] for name in ("traces", "bodies")]
    store = SqliteStore(site.folder / "hub.sqlite")
    await go_on(store)
    assert found == await outcomes(store.trace)
    await store.close()


# --- status --------------------------------------------------------------------------------------------


async def test_status_on_kafka_tells_what_waits_and_who_works(site: Site, file: Path) -> None:
    empty = await site.command("status")
    assert empty.exit_code == 0, empty.output
    assert "nobody" in empty.stdout
    await site.command("import", file)

    late = await site.command("status", "--json")
    assert late.exit_code == 1, late.output
    found = json.loads(late.stdout)
    assert sum(one["waiting"] for one in found["partitions"]) == WAITING
    assert max(one["seconds"] or 0 for one in found["partitions"]) > 60
    assert (found["quarantine"], found["tables"]) == (2, HEAD)
    assert found["folds"] == []

    async with site.opened() as hub, hub.worker():
        await hub.processed()
        at_work = json.loads((await site.command("status", "--json")).stdout)
        shown = await site.command("status")
    assert shown.exit_code == 0, shown.output
    assert at_work["stands_out"] == []
    exchange, delivery = at_work["groups"]
    assert (delivery["state"], delivery["members"]) == ("Dead", [])
    assert (exchange["state"], len(exchange["members"])) == ("Stable", 1)
    assert exchange["members"][0]["partitions"] == list(range(12))
    assert all(one["worker"] for one in at_work["partitions"])
    assert "nobody" not in shown.stdout
    assert f"database {site.url.rpartition('/')[2]} on 127.0.0.1:" in shown.stdout


async def test_status_tells_what_is_not_published(site: Site) -> None:
    async with site.opened() as hub:
        await hub.database.changed(
            "INSERT INTO outbox (partition, position, number, id, topic, key) VALUES (4, 1, 1, 'i', 'out', 'p')"
        )

    found = json.loads((await site.command("status", "--json")).stdout)

    assert {one["partition"]: one["unpublished"] for one in found["partitions"]}[4] == 1


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("IJWHUB_KAFKA", "127.0.0.1:1", "Kafka cannot be reached: 127.0.0.1:1 is a place where nothing listens"),
        ("IJWHUB_DATABASE", "postgresql://u:a-secret@127.0.0.1:1/x", "PostgreSQL failed: ConnectionRefusedError"),
        ("IJWHUB_DATABASE", "postgresql://u:a-secret/5?a-secret@127.0.0.1:1/x", "IJWHUB_DATABASE"),
        ("IJWHUB_DATABASE", "nonsense a-secret", "IJWHUB_DATABASE"),
    ],
)
@pytest.mark.parametrize("words", [["status"], ["trace", "x"], ["quarantine", "list"]])
async def test_what_cannot_be_reached_is_told_without_a_password(
    site: Site, name: str, value: str, expected: str, words: list[str]
) -> None:
    if name == "IJWHUB_KAFKA" and words != ["status"]:
        return  # PostgreSQL alone can answer these
    result = await asyncio.to_thread(CliRunner().invoke, app, words, env={**site.environment, name: value})

    assert result.exit_code == 2, result.output
    assert expected in result.stderr
    assert "a-secret" not in result.output


# --- the other commands --------------------------------------------------------------------------------


async def test_trace_and_quarantine_read_a_hub_on_kafka(site: Site, file: Path) -> None:
    await site.command("import", file)

    trace = await site.command("trace", offered()[0].id)
    listed = await site.command("quarantine", "list")
    shown = await site.command("quarantine", "show", poison().id)
    unknown = await site.command("trace", "nothing")

    assert trace.exit_code == 0, trace.output
    assert "position 1 in the log of the embedded hub that it was moved from" in trace.stdout
    assert poison().id in listed.stdout
    assert "KeyError in some.py:7" in shown.stdout
    assert unknown.exit_code == 1
    assert f"topics {site.connection.prefix}*" in unknown.stderr


async def test_release_on_kafka_offers_the_message_again(site: Site, file: Path) -> None:
    await site.command("import", file)
    parties = [{"id": p.id, "kind": p.kind, "code": p.code, "name": p.name, "answers": "hub"} for p in PARTIES.parties]
    (site.folder / "parties.yaml").write_text(yaml.safe_dump({"parties": parties}))

    released = await site.command("quarantine", "release", poison().id, "--parties", site.folder / "parties.yaml")

    assert released.exit_code == 0, released.output
    id = released.stdout.split("Released as ")[1].split(".")[0]
    assert f"trace {id}\n" in released.stdout
    async with site.opened() as hub:
        async with hub.worker():
            await hub.processed()
        trace = await hub.store.trace(id)
    assert trace is not None
    assert trace.judged is not None
    assert trace.reference == "poison/vrijgave-1"


async def test_with_data_a_command_is_about_the_embedded_hub(site: Site, file: Path) -> None:
    trace = await site.command("trace", offered()[0].id, "--data", site.folder)
    status = await site.command("status", "--data", site.folder, "--oldest", 10**9)

    assert trace.exit_code == 0
    assert "position 1 in the log\n" in trace.stdout
    assert status.exit_code == 0, status.output
    assert str(site.folder / "hub.sqlite") in status.stdout
