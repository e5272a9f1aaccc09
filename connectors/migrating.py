"""The tables of a database: made, checked for their version, and brought further with Alembic.

A hub never changes tables by itself: it refuses those of another version, and `ijwhub db upgrade` changes them, in one
transaction and with the database to itself. A new SQLite file is made from the definition at once, which is faster
than all migrations and, as the tests see to, the same. What only an upgrade needs is imported by it.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
from msgspec import Struct
from sqlalchemy import Connection, create_engine, event, inspect, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable

from connectors import tables
from connectors.audit_table import SQLITE_TRIGGERS
from streams.core.ports import StoreError

if TYPE_CHECKING:
    from alembic.config import Config

VERSIONS = ("0001", "0002", "0003")
"""Every version that the tables ever had, oldest first: those under connectors/migrations/versions."""

HEAD = VERSIONS[-1]
"""The version of the tables that this hub works with."""

SERVER = "the database of the hub"
"""What a database on PostgreSQL is called: its URL holds a password."""

Where = Path | str
"""A SQLite file, or the URL of a database on PostgreSQL."""

_VERSION_1 = "1"
_FOREIGN = "unknown"
_MARKED = {1: _VERSION_1, 2: "0001"}
"""What SQLite's user_version says of a file from before Alembic."""

_MARK_NOW = 3
"""The user_version since Alembic: hubs from before it go by this number, and refuse the file in plain words."""

_PATIENCE = 3.0
"""Seconds that an upgrade waits for a SQLite file to be free."""

_LOCK = 0x696A77687562
"""The advisory lock of upgrades on PostgreSQL: the letters of ijwhub."""

_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'ijwhub'
"""

_ALONE = threading.Lock()
"""Alembic keeps what it works on in globals, so a process upgrades one database at a time."""


class Upgraded(Struct, frozen=True):
    """What an upgrade found and what it left; None for a database without tables."""

    before: str | None
    after: str


# --- Versions ------------------------------------------------------------------------------------------


def created(connection: sqlite3.Connection) -> None:
    """Make the tables of this version in an empty SQLite file."""
    dialect = sqlite.dialect()
    for table in tables.metadata.sorted_tables:
        connection.execute(str(CreateTable(table).compile(dialect=dialect)))
        for index in sorted(table.indexes, key=lambda i: str(i.name)):
            connection.execute(str(CreateIndex(index).compile(dialect=dialect)))
    for trigger in SQLITE_TRIGGERS:
        connection.execute(trigger)
    connection.execute(
        "CREATE TABLE alembic_version "
        "(version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
    )
    connection.execute("INSERT INTO alembic_version VALUES (?)", (HEAD,))
    connection.execute(f"PRAGMA user_version = {_MARK_NOW}")


def refuse_other_version(connection: sqlite3.Connection, path: Path) -> None:
    """Raise StoreError when the tables in a SQLite file are not those of this version."""
    refuse_other(version_in(connection), str(path))


def refuse_other(version: str | None, where: str) -> None:
    """Raise StoreError, with what to do, when the version found in a database is not the one of this hub."""
    if version == HEAD:
        return
    _refuse_lost(version, where)
    if version is None:
        raise StoreError(f"{where} has no tables of the hub yet; run: ijwhub db upgrade")
    raise StoreError(
        f"{where} holds tables of version {version}; this hub works with version {HEAD}. "
        "Stop the hub, make a backup, and run: ijwhub db upgrade"
    )


def _refuse_lost(version: str | None, where: str) -> None:
    """Raise StoreError when no upgrade of this hub can help."""
    if version is None or version in VERSIONS:
        return
    found = f"{where} holds tables of version {version}; this hub works with version {HEAD}"
    if version == _VERSION_1:
        raise StoreError(f"{found}, and version 1 cannot be upgraded. Start the ijwhub that made it, or begin anew")
    if version == _FOREIGN:
        raise StoreError(f"{where} holds tables that are not of the hub. Give a database that is empty, or the hub's")
    raise StoreError(f"{found}. A newer ijwhub made them: start that one, or put a backup from before it in place")


def version_in(connection: sqlite3.Connection) -> str | None:
    """The version of the tables in a SQLite file; None when it has none."""
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "alembic_version" in names:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(found[0]) if found else _FOREIGN
    ((mark,),) = connection.execute("PRAGMA user_version").fetchall()
    return _MARKED.get(mark, _FOREIGN) if names else None


async def version_of(connection: Any) -> str | None:
    """The version of the tables on PostgreSQL, asked through asyncpg; None when there are none."""
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    found: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    return found


async def version_at(where: Where) -> str | None:
    """The version of the tables in a database, None when it has none. Raises StoreError when it cannot be read."""
    if isinstance(where, Path):
        return await asyncio.to_thread(_version_in_file, where)
    with _server_told():
        connection = await _connected(where)
        try:
            return await version_of(connection)
        finally:
            await connection.close()


def _version_in_file(path: Path) -> str | None:
    with _file_told(path), closing(_opened(path)) as connection:
        return version_in(connection)


def _opened(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise StoreError(f"there is no database {path}. Give the folder of the hub with --data")
    return sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE)


# --- Upgrades ------------------------------------------------------------------------------------------


async def upgrade(where: Where) -> Upgraded:
    """Bring the tables of a database to the version of this hub: all of it, or nothing.

    Raises StoreError when it is in use, cannot be reached, or holds tables from which no way leads here.
    """
    return await asyncio.to_thread(_upgraded, where)


def _upgraded(where: Where) -> Upgraded:
    with _ALONE:
        return _upgraded_file(where) if isinstance(where, Path) else asyncio.run(_upgraded_server(where))


def _upgraded_file(path: Path) -> Upgraded:
    before = _version_in_file(path)
    if before == HEAD:
        return Upgraded(before, HEAD)
    _refuse_lost(before, str(path))
    engine = create_engine("sqlite://", creator=lambda: _opened_alone(path), poolclass=NullPool)
    # Python's sqlite3 begins no transaction for a change of tables; without one a crash would leave half of it.
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN EXCLUSIVE"))
    with _file_told(path), engine.begin() as connection:
        return _migrated_file(connection, path)


def _opened_alone(path: Path) -> sqlite3.Connection:
    connection = _opened(path)
    # In WAL, BEGIN EXCLUSIVE alone lets a hub that only waits for messages keep the file open. An older hub would
    # then write into tables that it does not know, and its messages would have no place in the log.
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    return connection


def _migrated_file(connection: Connection, path: Path) -> Upgraded:
    file: Any = connection.connection.dbapi_connection
    before = version_in(file)
    _refuse_lost(before, str(path))
    with_alembic = inspect(connection).has_table("alembic_version")
    _migrate(connection, marked=None if with_alembic else before)
    return Upgraded(before, HEAD)


async def _upgraded_server(url: str) -> Upgraded:
    from sqlalchemy.ext.asyncio import create_async_engine

    # Connected by asyncpg itself, so that a URL means here exactly what it means to the hub.
    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: _connected(url), poolclass=NullPool)
    with _server_told():
        async with engine.begin() as connection:
            return await connection.run_sync(_migrated_server)


async def _connected(url: str) -> asyncpg.Connection:
    try:
        return await asyncpg.connect(url, server_settings={"application_name": "ijwhub db"})
    except ValueError as error:
        raise StoreError(
            f"{SERVER} cannot be used: IJWHUB_DATABASE is no URL that asyncpg takes ({type(error).__name__}). "
            "Expected postgresql://user:password@host:port/database, and after a question mark options of libpq"
        ) from None


def _migrated_server(connection: Connection) -> Upgraded:
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    before = _version_on_server(connection)
    _refuse_lost(before, SERVER)
    if before != HEAD:
        _refuse_running(connection)
        connection.execute(text("SET LOCAL lock_timeout = '30s'"))
        _migrate(connection)
    return Upgraded(before, HEAD)


def _version_on_server(connection: Connection) -> str | None:
    names = set(inspect(connection).get_table_names())
    if "alembic_version" in names:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return str(found) if found else _FOREIGN
    return _FOREIGN if names & set(tables.metadata.tables) else None


def _refuse_running(connection: Connection) -> None:
    others: int = connection.execute(text(_OTHERS)).scalar_one()
    if others:
        raise StoreError(f"{SERVER} is in use by a hub, over {others} connections. Stop every hub on it and run again")


def _migrate(connection: Connection, marked: str | None = None) -> None:
    """Run the migrations that are not there yet; `marked` is the version of tables of which Alembic knows nothing."""
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    if marked is not None:
        command.stamp(config, marked)
    command.upgrade(config, HEAD)


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    return config


# --- Errors --------------------------------------------------------------------------------------------


@contextmanager
def _file_told(path: Path) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        # Its own text holds the statement and its values.
        raise _file_error(path, getattr(error, "orig", None) or error) from error
    except sqlite3.Error as error:
        raise _file_error(path, error) from error


def _file_error(path: Path, error: BaseException) -> StoreError:
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & 0xFF == sqlite3.SQLITE_BUSY:
        return StoreError(f"{path} is in use by a hub or another command. Stop it, and run again; nothing was changed")
    what = str(error) if isinstance(error, sqlite3.Error) else type(error).__name__
    return StoreError(f"{path} cannot be used: {what}. Nothing was changed; check the disk and the rights")


@contextmanager
def _server_told() -> Iterator[None]:
    """PostgreSQL may quote values in an error, and asyncpg the URL: only the kind of error is passed on."""
    try:
        yield
    except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise StoreError(
            f"{SERVER} cannot be used: {_kind(error)}. Nothing was changed; check IJWHUB_DATABASE, the server and "
            "the rights of its user"
        ) from error


def _kind(error: BaseException) -> str:
    """The name of asyncpg's own error, which SQLAlchemy wraps twice."""
    own = getattr(error, "orig", None) or error
    return type(own.__cause__ if isinstance(own.__cause__, asyncpg.PostgresError) else own).__name__
