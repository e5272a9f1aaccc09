"""An export of an embedded hub, put into a hub on Kafka that has nothing yet.

What was processed goes into PostgreSQL in one transaction, under a partition that no log on Kafka has. Its events are
published, and folded there anew. What waits is appended to the log in its old order, with its own moments of receipt,
and is processed there. A note in PostgreSQL tells how far this came, so an import that broke off is done again with
the same file and completes it: rows are there at once or not at all, events that are published twice are known by
their place, and messages that are there already are repeats.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal

import asyncpg

from connectors import tables
from connectors.kafka_client import KafkaConnection
from connectors.kafka_groups import ends
from connectors.kafka_log import KafkaLog
from connectors.kafka_producer import Producer
from connectors.kafka_records import publication_record
from connectors.migrating import SERVER, refuse_other, version_of
from connectors.moving import ORDER, Export, Row, typed
from connectors.postgres import Postgres
from connectors.postgres_store import Publication, arrays, as_columns
from connectors.records import ENVELOPE, columns
from streams.core.envelope import Envelope
from streams.core.fold_ports import KEY_CHECK
from streams.core.ports import StoreError
from streams.core.topics import EVENTS, IN, OUT

MOVED = -1
"""The partition of all that was processed before the hub moved to Kafka; its positions are those it had then."""

NOTE = "ijwhub import"
"""The name under which fold_row holds the note: its key is the digest of the file, its row the stage reached."""

Stage = Literal["nothing", "tables", "events", "done"]
Ends = Mapping[str, Mapping[int, int]]
"""Where the partitions of topics end, by name and number."""

_TABLES = {table.name: table for table in ORDER}
_COLUMNS = {name: [column.name for column in table.columns] for name, table in _TABLES.items()}
_KEPT = ("log", "verdict", "dossier", "output", "aside", "fold_progress", "fold_row", "audit")
"""What goes over row by row. Folds begin anew there with all events: of theirs only what tells the key goes over."""
_BYTES_AT_ONCE = 16_000_000
_ROWS_AT_ONCE = 500
_PATIENCE = 600
"""Seconds that one statement may take."""

_LOOKS = 10
"""How often is looked whether a hub that was just stopped is gone."""

_LOCK = 0x696D706F7274
"""The advisory lock of imports: the letters of import."""

_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'ijwhub'
"""

_ANYTHING = """
SELECT EXISTS (SELECT FROM log) OR EXISTS (SELECT FROM verdict) OR EXISTS (SELECT FROM dossier)
  OR EXISTS (SELECT FROM output) OR EXISTS (SELECT FROM aside) OR EXISTS (SELECT FROM outbox)
  OR EXISTS (SELECT FROM audit)
  OR EXISTS (SELECT FROM fold_row WHERE fold <> 'pseudonym key')
  OR EXISTS (SELECT FROM fold_progress WHERE fold <> 'pseudonym key')
  OR EXISTS (SELECT FROM progress WHERE position > 0)
"""

# An embedded hub leaves the bytes of a message that it passed on in its log; here every output has its own.
_OUTPUTS = f"""
INSERT INTO output ({columns(_COLUMNS["output"])})
SELECT {columns(_COLUMNS["output"][:-1], "o.")}, coalesce(o.body, l.body)
FROM unnest({arrays(tables.output, _COLUMNS["output"], 1)}) AS o({columns(_COLUMNS["output"])})
LEFT JOIN log l ON l.id = o.envelope_id
"""

# Time does not go back within a partition: what is decided on Kafka comes after what was decided before the move.
_START = """
INSERT INTO progress (partition, position, decided_at) SELECT unnest($1::int[]), 0, $2::timestamptz
ON CONFLICT (partition) DO UPDATE SET decided_at = excluded.decided_at
"""


async def into_kafka(found: Export, connection: KafkaConnection, url: str) -> Stage:
    """Put an export into a hub on Kafka, or complete what an earlier try of the same file began.

    Returns how far an earlier try had come: "done" when there was nothing to do any more. Raises StoreError, also for a
    hub that has anything else; doing it again goes on from there.
    """
    topics = await ends(connection, (IN, OUT, EVENTS))
    before = await _into_tables(found, topics, url)
    producer = Producer(connection)
    try:
        if before in ("nothing", "tables"):
            await _publish(found, connection, producer)
            await _note(url, "events")
        if before != "done":
            await _append(found, connection, url, producer)
            await _note(url, "done")
    finally:
        await producer.close()
    return before


# --- the tables ----------------------------------------------------------------------------------------


async def _into_tables(found: Export, topics: Ends, url: str) -> Stage:
    """Fill the tables in one transaction, unless they were filled from this file before."""
    async with _connected(url) as database, database.transaction():
        await database.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        refuse_other(await version_of(database), SERVER)
        await _refuse_running(database)
        stage = await _stage(database, found)
        if stage == "nothing":
            await _refuse_used(database, topics)
            for table in ("fold_row", "fold_progress"):  # whatever key it had, it used it for nothing
                await database.execute(f"DELETE FROM {table}")
            await _fill(database, found)
            await _start(database, found, list(topics[IN.name]))
            await database.execute(
                "INSERT INTO fold_row (fold, partition, key, row) VALUES ($1, $2, $3, $4)",
                *(NOTE, MOVED, found.sha256, b"tables"),
            )
        return stage


async def _refuse_running(database: asyncpg.Connection) -> None:
    others: int = await database.fetchval(_OTHERS)
    for _ in range(_LOOKS):
        if not others:
            return
        await asyncio.sleep(0.2)  # one that has just stopped is seen for a moment longer
        await database.execute("SELECT pg_stat_clear_snapshot()")
        others = await database.fetchval(_OTHERS)
    raise StoreError(
        f"{SERVER} is in use by a hub or another command, over {others} connections. Stop every hub on it, and "
        "run the import again: what waits must come before anything new"
    )


async def _stage(database: asyncpg.Connection, found: Export) -> Stage:
    note = await database.fetchrow("SELECT key, row FROM fold_row WHERE fold = $1", NOTE)
    if note is None:
        return "nothing"
    if note["key"] != found.sha256:
        raise StoreError(
            f"this hub has what another file held, and {found.path} is not that file. An import goes into a hub that "
            "has nothing; give the file that was imported before to complete that import"
        )
    stage: Stage = bytes(note["row"]).decode()  # type: ignore[assignment]
    return stage


async def _refuse_used(database: asyncpg.Connection, topics: Ends) -> None:
    used = [name for name, places in topics.items() if any(places.values())]
    if await database.fetchval(_ANYTHING):
        raise StoreError(
            "this hub is not empty: there are messages in its database, or an audit log. An import goes "
            "into a hub that has nothing: give a new database and another IJWHUB_KAFKA_PREFIX"
        )
    if used:
        raise StoreError(
            f"this hub is not empty: its topics {', '.join(used)} held records. An import goes into a hub that has "
            "nothing: give another IJWHUB_KAFKA_PREFIX, and make the topics with ijwhub topics apply"
        )


async def _fill(database: asyncpg.Connection, found: Export) -> None:
    for name, rows in _batches(found.rows(*_KEPT), lambda name, row: _kept(found, name, row)):
        if name == "output":
            await database.execute(_OUTPUTS, *as_columns(rows))
        else:
            await database.copy_records_to_table(name, records=rows, columns=_COLUMNS[name])


def _kept(found: Export, name: str, row: Row) -> Row | None:
    """A row as it goes into the tables; None for a message that waits: it is appended to the log instead."""
    values = dict(zip(_COLUMNS[name], typed(_TABLES[name], row), strict=True))
    if name == "log" and values["position"] > found.header.position:
        return None
    if name.startswith("fold_"):
        return list(values.values()) if values["fold"] == KEY_CHECK else None
    if "partition" in values:
        values["partition"] = MOVED - values["partition"]
    return list(values.values())


def _batches(rows: Iterable[tuple[str, Row]], made: Callable[[str, Row], Any]) -> Iterator[tuple[str, list[Any]]]:
    """What is made of rows, a table at a time, not too much at once. What becomes None is left out."""
    of, size = "", 0
    some: list[Any] = []
    for name, row in rows:
        if some and (name != of or len(some) >= _ROWS_AT_ONCE or size > _BYTES_AT_ONCE):
            yield of, some
            some, size = [], 0
        of = name
        if (one := made(name, row)) is not None:
            some.append(one)
            size += sum(len(value) for value in row if isinstance(value, bytes | str))
    if some:
        yield of, some


async def _start(database: asyncpg.Connection, found: Export, partitions: Sequence[int]) -> None:
    """Note where the log begins: that of Kafka at nothing, and what was moved at its end."""
    header = found.header
    await database.execute(_START, [*partitions], header.decided_at)
    await database.execute(
        "INSERT INTO progress (partition, position, decided_at) VALUES ($1, $2, $3)",
        *(MOVED, header.position, header.decided_at),
    )


async def _note(url: str, stage: Stage) -> None:
    async with _connected(url) as database:
        await database.execute("UPDATE fold_row SET row = $1 WHERE fold = $2", stage.encode(), NOTE)


# --- the topics ----------------------------------------------------------------------------------------


async def _publish(found: Export, connection: KafkaConnection, producer: Producer) -> None:
    """Publish the events of the embedded hub, all of which it keeps. Published again they are known by their place."""
    for _, some in _batches(found.rows("outbox"), _publication):
        await producer.send([publication_record(connection, one) for one in some])


def _publication(_: str, row: Row) -> Publication | None:
    values = dict(zip(_COLUMNS["outbox"], row, strict=True))
    if values["topic"] != EVENTS.name or values["value"] is None:
        return None
    place = (MOVED - values["partition"], values["position"], values["number"])
    return Publication(
        place=place, id=values["id"], topic=EVENTS.name, key=values["key"], value=values["value"], head=None
    )


async def _append(found: Export, connection: KafkaConnection, url: str, producer: Producer) -> None:
    """Append what waits, in the order of its receipt."""
    if not found.header.waiting:
        return
    database = await Postgres.opened(url, most=2)
    try:
        log = KafkaLog(connection, database, producer)
        for _, some in _batches(found.rows("log"), lambda _, row: _waiting(found, row)):
            for one in await log.append(some):
                if one.outcome == "conflict":
                    raise StoreError(
                        f"message {one.envelope_id} took the place of one that waits; it came in meanwhile"
                    )
    finally:
        await database.close()


def _waiting(found: Export, row: Row) -> Envelope | None:
    values = dict(zip(_COLUMNS["log"], typed(tables.log, row), strict=True))
    if values["position"] <= found.header.position:
        return None
    return Envelope(**{name: values[name] for name in ENVELOPE}, body=values["body"])


# --- PostgreSQL ----------------------------------------------------------------------------------------


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of its own; an error of PostgreSQL may quote values, so only its kind is passed on."""
    try:
        database = await _connect(url)
        try:
            yield database
        finally:
            await database.close(timeout=10)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        raise StoreError(f"PostgreSQL failed: {type(error).__name__}") from error


async def _connect(url: str) -> asyncpg.Connection:
    settings = {"application_name": "ijwhub import"}
    try:
        return await asyncpg.connect(url, command_timeout=_PATIENCE, server_settings=settings)
    except ValueError as error:
        raise StoreError(
            f"{SERVER} cannot be used: IJWHUB_DATABASE is no URL that asyncpg takes ({type(error).__name__})"
        ) from None
