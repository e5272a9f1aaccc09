"""One SQLite file: opened safely, used on one thread of its own, so that the event loop never waits for the disk.

WAL with synchronous=FULL: what is committed survives the death of the process and of the machine.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from connectors.migrating import created, refuse_other_version
from streams.core.ports import StoreError

P = ParamSpec("P")
T = TypeVar("T")


class SqliteFile:
    """The file at `path`, made when it is not there. Raises StoreError when it cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        self._connection = self._thread.submit(_open, path).result()

    async def close(self) -> None:
        """Finish what runs and close the file."""
        await self._run(self._connection.close)
        self._thread.shutdown()

    async def _run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, lambda: function(*args, **kwargs))
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: {error}") from error

    async def _all(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return await self._run(self._select, statement, *values)

    def _select(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def _open(path: Path) -> sqlite3.Connection:
    try:
        # What is in it is about children: nobody but the hub's own user may look.
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = sqlite3.connect(path, isolation_level=None, timeout=10)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        _prepare(connection, path)
        return connection
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"{path} cannot be opened as the hub's database: {error}") from error


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        ((tables,),) = connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        if tables:
            refuse_other_version(connection, path)
        else:
            created(connection)
    finally:
        connection.execute("COMMIT")


def as_text(moment: datetime) -> str:
    """A moment as it stands in a column."""
    return moment.isoformat()


def moment(text: str | None) -> datetime | None:
    """The moment that a column holds."""
    return datetime.fromisoformat(text) if text else None


def plain(values: Iterable[object]) -> tuple[object, ...]:
    """Values as they stand in columns."""
    return tuple(value.isoformat() if isinstance(value, datetime) else value for value in values)
