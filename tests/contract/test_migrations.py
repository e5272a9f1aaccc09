"""Migrations on PostgreSQL: the tables of connectors.tables, all data of an older version, upgrades side by side."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable
from typer.testing import CliRunner, Result

from connectors import migrating, tables
from connectors.migrating import HEAD, SERVER, Upgraded, refuse_other, upgrade, version_at, version_of
from connectors.postgres import Postgres
from connectors.postgres_store import PostgresStore
from deploy.servers import PostgreSQL
from streams.cli.app import app
from streams.core.ports import Progress, StoreError
from tests.unit.test_migrations import FIRST, LATER, NOON, OLD_ROWS, ROWS_0002, new_rows, rows_0003

MOMENTS = ("received_at", "decided_at", "created_at", "delivered_at", "acknowledged_at", "at", "released_at")

COLUMNS = """
SELECT table_name, ordinal_position, column_name, data_type, is_nullable, column_default
FROM information_schema.columns WHERE table_schema = $1 AND table_name <> 'alembic_version' ORDER BY 1, 2
"""
INDEXES = """
SELECT indexname, replace(indexdef, ' ' || $1 || '.', ' ') FROM pg_indexes
WHERE schemaname = $1 AND tablename <> 'alembic_version' ORDER BY 1
"""
CONSTRAINTS = """
SELECT conname, pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class t ON t.oid = conrelid
WHERE connamespace = $1::regnamespace AND contype <> 'n' AND t.relname <> 'alembic_version' ORDER BY 1
"""


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def differences(url: str) -> list[Any]:
    def compared(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), tables.metadata))

    engine = create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:", 1), poolclass=NullPool)
    async with engine.connect() as connection:
        return await connection.run_sync(compared)


async def described(connection: asyncpg.Connection, schema: str) -> list[list[tuple[Any, ...]]]:
    """All columns, indexes and constraints of the tables in a schema."""
    return [[tuple(row) for row in await connection.fetch(ask, schema)] for ask in (COLUMNS, INDEXES, CONSTRAINTS)]


async def make_as_defined(connection: asyncpg.Connection, schema: str) -> None:
    """Make the tables of connectors.tables in a schema of their own, without any migration."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    await connection.execute(f"CREATE SCHEMA {schema}; SET search_path TO {schema}")
    for table in tables.metadata.sorted_tables:
        await connection.execute(str(CreateTable(table).compile(dialect=dialect)))
        for index in table.indexes:
            await connection.execute(str(CreateIndex(index).compile(dialect=dialect)))
    await connection.execute("RESET search_path")


@pytest.fixture
async def old(database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database of version 0001 with data in it."""
    with monkeypatch.context() as patched:
        patched.setattr(migrating, "HEAD", "0001")
        assert await upgrade(database) == Upgraded(None, "0001")
    async with connected(database) as connection:
        for table, rows in OLD_ROWS.items():
            for row in rows:
                marks = ", ".join(f"${n}" for n in range(1, len(row) + 1))
                await connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", *row.values())
    return database


async def rows_in(url: str) -> dict[str, list[dict[str, Any]]]:
    async with connected(url) as connection:
        return {
            name: [dict(row) for row in await connection.fetch(f"SELECT * FROM {name}")]
            for name in tables.metadata.tables
        }


def with_moments(row: dict[str, Any]) -> dict[str, Any]:
    return {name: datetime.fromisoformat(v) if name in MOMENTS and v else v for name, v in row.items()}


# --- The tables ----------------------------------------------------------------------------------------


async def test_the_migrations_lead_to_the_tables_as_they_are_defined(database: str) -> None:
    assert await upgrade(database) == Upgraded(None, HEAD)
    assert await differences(database) == []


async def test_nothing_differs_from_tables_made_at_once(database: str) -> None:
    await upgrade(database)
    await assert_as_defined(database)


async def test_nothing_differs_after_an_upgrade_from_an_older_version(old: str) -> None:
    await upgrade(old)
    await assert_as_defined(old)


async def assert_as_defined(url: str) -> None:
    async with connected(url) as connection:
        await make_as_defined(connection, "defined")
        migrated, defined = await described(connection, "public"), await described(connection, "defined")
    assert migrated == defined
    assert any("WHERE ((acknowledged_at IS NULL) AND (undeliverable_at IS NULL))" in row[1] for row in migrated[1])


# --- What is in them -----------------------------------------------------------------------------------


async def test_every_row_is_carried_over(old: str) -> None:
    assert await upgrade(old) == Upgraded("0001", HEAD)
    assert await differences(old) == []
    assert await rows_in(old) == {name: [with_moments(row) for row in rows] for name, rows in new_rows().items()}


async def test_the_second_version_is_carried_over_whole(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(migrating, "HEAD", "0002")
        await upgrade(database)
    async with connected(database) as connection:
        for table, rows in ROWS_0002.items():
            values = [list(with_moments(row).values()) for row in rows]
            await connection.copy_records_to_table(table, records=values, columns=list(rows[0]))
    assert await upgrade(database) == Upgraded("0002", HEAD)
    found = await rows_in(database)
    for name, rows in rows_0003().items():
        expected = sorted((with_moments(row) for row in rows), key=str)
        assert sorted(({n: row[n] for n in rows[0]} for row in found[name]), key=str) == expected


async def test_the_audit_log_of_an_upgraded_database_takes_no_change(old: str) -> None:
    await upgrade(old)
    async with connected(old) as connection:
        for change in ("UPDATE audit SET actor = 'b'", "DELETE FROM audit", "TRUNCATE audit"):
            with pytest.raises(asyncpg.RaiseError, match="append-only"):
                await connection.execute(change)


async def test_upgrading_twice_is_harmless(old: str) -> None:
    await upgrade(old)
    once = await rows_in(old)
    assert await upgrade(old) == Upgraded(HEAD, HEAD)
    assert await rows_in(old) == once


async def test_the_store_works_after_an_upgrade(old: str) -> None:
    await upgrade(old)
    database = await Postgres.opened(old, most=1)
    store = PostgresStore(database)
    trace = await store.trace(FIRST)
    assert trace is not None
    assert (trace.position, trace.received_at, trace.decided_at) == (3, NOON, LATER)
    assert [head.receiver for head in trace.outputs] == ["haarlem", "aanbieder", "cjg"]
    assert await store.progress([0]) == {0: Progress(3, LATER)}
    assert [one.id for one in await store.aside()] == ["a1"]
    await database.close()


async def test_an_upgrade_that_fails_changes_nothing(old: str) -> None:
    async with connected(old) as connection:
        await connection.execute("INSERT INTO verdict VALUES (99, '2026-05-04T12:00:00+00:00', '{}', NULL)")
    with pytest.raises(StoreError, match=r"table verdict has 2 rows, of which only 1 fit .* Nothing was changed"):
        await upgrade(old)
    assert await version_at(old) == "0001"
    async with connected(old) as connection:
        assert await connection.fetchval("SELECT count(*) FROM log") == 2
        assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE tablename LIKE '%\\_0001'") == 0


async def test_an_error_tells_no_value(old: str) -> None:
    async with connected(old) as connection:
        await connection.execute("UPDATE log SET received_at = '999900006'")
    with pytest.raises(StoreError) as raised:
        await upgrade(old)
    assert str(raised.value).startswith(f"{SERVER} cannot be used: DatetimeFieldOverflowError. Nothing was changed")


# --- Versions ------------------------------------------------------------------------------------------


async def test_the_version_is_told_and_judged(database: str) -> None:
    async with connected(database) as connection:
        assert await version_of(connection) is None
        with pytest.raises(StoreError, match="has no tables of the hub yet; run: ijwhub db upgrade"):
            await Postgres.opened(database)
        await upgrade(database)
        refuse_other(await version_of(connection), SERVER)


async def test_an_older_database_is_refused_by_a_hub(old: str) -> None:
    with pytest.raises(StoreError, match=r"holds tables of version 0001; .* run: ijwhub db upgrade"):
        await Postgres.opened(old)


async def test_a_newer_database_is_refused_by_a_hub_and_by_an_upgrade(database: str) -> None:
    await upgrade(database)
    async with connected(database) as connection:
        await connection.execute("UPDATE alembic_version SET version_num = '0815'")
    for refusing in (Postgres.opened, upgrade):
        with pytest.raises(StoreError, match=r"version 0815; .* A newer ijwhub made them: start that one"):
            await refusing(database)


async def test_tables_of_something_else_are_left_alone(database: str) -> None:
    async with connected(database) as connection:
        await connection.execute("CREATE TABLE log (line text)")
    with pytest.raises(StoreError, match="holds tables that are not of the hub"):
        await upgrade(database)


@pytest.mark.parametrize(
    "break_url",
    [
        lambda url: url.replace("ijwhub@", "nobody:s3cret@"),
        lambda url: url.replace("ijwhub@", "ijwhub:s3cret@").rpartition(":")[0] + ":1/x",
        lambda url: "postgresql://ijwhub:s3cret@127.0.0.1:port/x",
    ],
)
async def test_a_database_that_cannot_be_reached_is_told_without_its_url(
    database: str, break_url: Callable[[str], str]
) -> None:
    for asking in (upgrade, version_at):
        with pytest.raises(StoreError) as raised:
            await asking(break_url(database))
        assert str(raised.value).startswith(f"{SERVER} cannot be used: ")
        assert "IJWHUB_DATABASE" in str(raised.value)
        assert "s3cret" not in str(raised.value)


# --- Side by side --------------------------------------------------------------------------------------


def started(url: str) -> subprocess.Popen[str]:
    program = (
        "import asyncio, sys; from connectors.migrating import upgrade; "
        "done = asyncio.run(upgrade(sys.stdin.readline().strip())); print(done.before, done.after)"
    )
    made = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert made.stdin is not None
    made.stdin.write(f"{url}\n")
    made.stdin.flush()
    return made


async def test_of_several_upgrades_at_once_one_does_it_and_all_end_well(old: str) -> None:
    async with connected(old) as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", migrating._LOCK)
        processes = [started(old) for _ in range(3)]
        async with asyncio.timeout(60):
            while await waiting_for_a_lock(connection) < len(processes):
                await asyncio.sleep(0.05)
    told = [await asyncio.to_thread(process.communicate, timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], told
    assert sorted(out.strip() for out, _ in told) == [f"0001 {HEAD}", f"{HEAD} {HEAD}", f"{HEAD} {HEAD}"]
    assert await rows_in(old) == {name: [with_moments(row) for row in rows] for name, rows in new_rows().items()}


async def waiting_for_a_lock(connection: asyncpg.Connection) -> int:
    count: int = await connection.fetchval(
        "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database "
        "WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted"
    )
    return count


async def test_several_upgrades_in_one_process_do_no_harm(old: str) -> None:
    done = await asyncio.gather(upgrade(old), upgrade(old))
    assert sorted(one.before or "" for one in done) == ["0001", HEAD]


async def test_a_database_that_a_hub_works_on_is_not_touched(old: str) -> None:
    hub = await asyncpg.connect(old, server_settings={"application_name": "ijwhub"})
    with pytest.raises(StoreError, match=r"is in use by a hub, over 1 connections\. Stop every hub on it"):
        await upgrade(old)
    await hub.close()
    assert await upgrade(old) == Upgraded("0001", HEAD)


# --- The commands --------------------------------------------------------------------------------------


def ijwhub(url: str, *arguments: str) -> Result:
    settings = {"DATABASE": url, "KAFKA": "127.0.0.1:1", "PSEUDONYM_KEY": "a key for this test alone"}
    return CliRunner().invoke(app, list(arguments), env={f"IJWHUB_{name}": value for name, value in settings.items()})


def test_the_commands_work_on_the_database_of_the_settings(database: str) -> None:
    before = ijwhub(database, "db", "version")
    assert (before.exit_code, before.stderr) == (
        1,
        f"ijwhub: {SERVER} has no tables of the hub yet; run: ijwhub db upgrade.\n",
    )
    made = ijwhub(database, "db", "upgrade")
    assert (made.exit_code, made.stdout) == (0, f"{SERVER} had no tables yet; they were made, of version {HEAD}.\n")
    again = ijwhub(database, "db", "upgrade")
    assert again.stdout == f"{SERVER} is of version {HEAD} already; there was nothing to do.\n"
    after = ijwhub(database, "db", "version")
    assert (after.exit_code, after.stdout) == (0, f"{SERVER} is of version {HEAD}, which this hub works with.\n")


def test_a_server_that_does_not_answer_is_told_plainly(postgres: PostgreSQL) -> None:
    told = ijwhub(postgres.url.replace(str(postgres.port), "1"), "db", "version")
    assert told.exit_code == 2
    assert f"{SERVER} cannot be used: " in told.stderr
