"""The backends that must keep the contracts of streams.core.ports. A new one is added here, and only here."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass

import pytest

from connectors.kafka_client import KafkaConnection
from connectors.kafka_log import KafkaLog
from connectors.kafka_producer import Producer
from connectors.postgres import Postgres
from connectors.postgres_folds import PostgresFolds
from connectors.postgres_store import KafkaArchive
from connectors.records import EVENTS
from connectors.sqlite_folds import SqliteFolds
from connectors.sqlite_store import SqliteStore
from streams.core.effects import Event
from streams.core.fold_ports import FoldStore
from streams.core.ports import Archive, Log, Store
from tests.support.kafka import prepared


@dataclass(frozen=True)
class Backend:
    """The four contracts of one backend; `events` are those that are durable and not yet published."""

    log: Log
    store: Store
    archive: Archive
    folds: FoldStore
    events: Callable[[], Awaitable[list[Event]]]
    close: Callable[[], Awaitable[None]]


Opener = Callable[[], Awaitable[Backend]]
"""Opens a backend; opening it a second time finds what the first left."""


def sqlite(request: pytest.FixtureRequest) -> Opener:
    """One file."""
    path = request.getfixturevalue("tmp_path") / "hub.sqlite"

    async def opened() -> Backend:
        store, folds = SqliteStore(path), SqliteFolds(path)

        async def events() -> list[Event]:
            with closing(sqlite3.connect(path)) as db:
                return [Event(id=i, key=k, body=v) for i, k, v in db.execute("SELECT id, key, value FROM outbox")]

        async def close() -> None:
            await store.close()
            await folds.close()

        return Backend(store, store, store, folds, events, close)

    return opened


def kafka(request: pytest.FixtureRequest) -> Opener:
    """Topics and a database of their own, on servers shared by the run."""
    connection = KafkaConnection(
        servers=request.getfixturevalue("kafka").address, prefix=request.getfixturevalue("prefix")
    )
    url = request.getfixturevalue("database")

    async def opened() -> Backend:
        await prepared(connection, url)
        database, producer = await Postgres.opened(url, most=2), Producer(connection)
        log = KafkaLog(connection, database, producer)
        store = KafkaArchive(database, log.backlog)

        async def events() -> list[Event]:
            found = await store.unpublished(await log.partitions(), (-1, 0, 0))
            return [Event(id=one.id, key=one.key, body=one.value) for one in found if one.topic == EVENTS]

        async def close() -> None:
            await producer.close()
            await database.close()

        return Backend(log, store, store, PostgresFolds(database), events, close)

    return opened


BACKENDS: dict[str, Callable[[pytest.FixtureRequest], Opener]] = {"sqlite": sqlite, "kafka": kafka}
