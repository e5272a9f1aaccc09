"""The hub of the settings, opened by a command beside it: one SQLite file, or Kafka and PostgreSQL."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.kafka_client import KafkaConnection
from connectors.sqlite_audit import SqliteAudit
from connectors.sqlite_store import SqliteStore
from streams.cli.output import fail
from streams.cli.running import settings_of, told_plainly
from streams.core.auditing import AuditLog
from streams.core.ports import Archive, Log, Store, StoreError
from streams.hub.settings import Settings

if TYPE_CHECKING:
    from connectors.postgres import Postgres

Select = Callable[[str], Awaitable[list[tuple[Any, ...]]]]
"""The rows of a SELECT that both databases understand."""

_URL = re.compile(
    r"postgres(?:ql)?://(?:[^@/?#]*@)?"
    r"(?P<hosts>(?:[\w.-]+|\[[0-9a-fA-F:]+\])(?::\d+)?(?:,(?:[\w.-]+|\[[0-9a-fA-F:]+\])(?::\d+)?)*)"
    r"/(?P<name>[^@/?#]+)(?:\?[^@]*)?"
)


@dataclass(frozen=True, slots=True)
class OpenedHub:
    """A hub as commands see it.

    where       what it is, for people.
    option      what a command on this same hub is given: --data, or nothing for one on Kafka.
    connection  how to reach Kafka; None for an embedded hub.
    """

    log: Log
    store: Store
    archive: Archive
    audit: AuditLog
    where: str
    option: str
    select: Select
    connection: KafkaConnection | None


@asynccontextmanager
async def opened_hub(data: Path | None) -> AsyncIterator[OpenedHub]:
    """The hub of the settings; with `data` the embedded one in that folder. It may be running meanwhile.

    Ends the command when there is none, and when it fails.
    """
    settings = settings_of(data=data)
    opening = _embedded(settings) if is_embedded(settings, data) else _on_kafka(settings)
    async with opening as hub:
        yield hub


def is_embedded(settings: Settings, data: Path | None) -> bool:
    """Whether a command is about an embedded hub: there is no Kafka in the settings, or a folder was asked for."""
    return data is not None or settings.on_kafka is None


def refuse_absent(file: Path) -> None:
    """End the command when there is no database of an embedded hub."""
    if not file.is_file():
        fail(f"there is no database {file}. Give the folder of the hub with --data.")


@asynccontextmanager
async def _embedded(settings: Settings) -> AsyncIterator[OpenedHub]:
    file = settings.sqlite_file
    refuse_absent(file)
    with told_plainly(settings):
        store, audit = SqliteStore(file), SqliteAudit(file)
        try:
            yield OpenedHub(
                log=store,
                store=store,
                archive=store,
                audit=audit,
                where=str(file),
                option=f" --data {settings.data}",
                select=lambda statement: asyncio.to_thread(_selected, file, statement),
                connection=None,
            )
        finally:
            await audit.close()
            await store.close()


def _selected(file: Path, statement: str) -> list[tuple[Any, ...]]:
    try:
        with closing(sqlite3.connect(file, timeout=10)) as connection:
            return connection.execute(statement).fetchall()
    except sqlite3.Error as error:
        raise StoreError(f"{file}: {error}") from error


@asynccontextmanager
async def _on_kafka(settings: Settings) -> AsyncIterator[OpenedHub]:
    from connectors.kafka_log import KafkaLog
    from connectors.kafka_producer import Producer
    from connectors.postgres_audit import PostgresAudit
    from connectors.postgres_store import KafkaArchive

    connection = settings.on_kafka
    assert connection is not None, "settings without Kafka"
    async with AsyncExitStack() as stack:
        stack.enter_context(told_on_kafka(settings))
        database = await postgres_of(settings)
        stack.push_async_callback(database.close)
        producer = Producer(connection)
        stack.push_async_callback(producer.close)
        log = KafkaLog(connection, database, producer)
        store = KafkaArchive(database, log.backlog)
        yield OpenedHub(
            log=log,
            store=store,
            archive=store,
            audit=PostgresAudit(database),
            where=where_on_kafka(settings),
            option="",
            select=_selecting(database),
            connection=connection,
        )


def _selecting(database: Postgres) -> Select:
    async def select(statement: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await database.fetch(statement)]

    return select


async def postgres_of(settings: Settings) -> Postgres:
    """The database of a hub on Kafka, to be closed. Raises StoreError."""
    from connectors.postgres import Postgres

    assert settings.postgres is not None, "settings without a database"
    try:
        return await Postgres.opened(settings.postgres, most=2)
    except ValueError as error:
        raise StoreError(f"IJWHUB_DATABASE is no URL that asyncpg takes ({type(error).__name__})") from None


@contextmanager
def told_on_kafka(settings: Settings) -> Iterator[None]:
    """Turn errors of Kafka and PostgreSQL into text on stderr and exit code 2."""
    try:
        yield
    except StoreError as error:
        fail(f"{error}. The hub is {where_on_kafka(settings)}.")


def where_on_kafka(settings: Settings) -> str:
    """Which servers, topics and database: never a user or a password."""
    database = _database(settings.postgres or "")
    return f"on Kafka {settings.kafka}, topics {settings.kafka_prefix}*, with {database}"


def _database(url: str) -> str:
    """Host, port and name in a URL; not even those when it is so unusual that a password could be among them."""
    known = _URL.fullmatch(url)
    return f"database {known['name']} on {known['hosts']}" if known else "the database of IJWHUB_DATABASE"
