"""PostgreSQL through a pool of connections; everything that fails is a StoreError, told without any value."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from connectors.migrating import refuse_other, version_of
from streams.core.ports import Fenced, StoreError, Unstorable

PATIENCE = 60
"""Seconds that a statement may take."""


_UNSTORABLE = (asyncpg.DataError, asyncpg.ProgramLimitExceededError, UnicodeError, OverflowError)


class Postgres:
    """The database at a URL. Connections that break are replaced; the statement that met it raises StoreError."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @classmethod
    async def opened(cls, url: str, most: int = 8) -> Postgres:
        """Connect, with at most so many connections. Raises StoreError, also for tables of another version."""
        async with _told():
            pool = await asyncpg.create_pool(
                url, min_size=1, max_size=most, command_timeout=PATIENCE, server_settings={"application_name": "ijwhub"}
            )
        try:
            async with _told(), pool.acquire() as connection:
                refuse_other(await version_of(connection), "the database of the hub")
        except BaseException:
            await pool.close()
            raise
        return cls(pool)

    async def close(self) -> None:
        """Close all connections; those that do not answer are dropped."""
        try:
            async with asyncio.timeout(5):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    async def fetch(self, statement: str, *values: object) -> list[Any]:
        """The rows of one statement, which is a transaction of its own."""
        async with self._connection() as connection:
            found: list[Any] = await connection.fetch(statement, *values)
            return found

    async def changed(self, statement: str, *values: object) -> int:
        """How many rows one statement changed."""
        async with self._connection() as connection:
            status: str = await connection.execute(statement, *values)
            return int(status.rpartition(" ")[2])

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        """A connection, in a transaction that ends with it."""
        async with self._connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        async with _told(), self._pool.acquire() as connection:
            try:
                yield connection
            except asyncpg.PostgresError:
                raise
            except BaseException:
                connection.terminate()  # in what state it is, nobody knows
                raise


@asynccontextmanager
async def _told() -> AsyncIterator[None]:
    """An error of PostgreSQL may quote the values it stumbled on: only its kind and the constraint are passed on.

    Our statements divide by zero to undo themselves when another worker came first. A connection that broke makes the
    driver raise more than its own kinds of errors, so all are taken for failures.
    """
    try:
        yield
    except StoreError:
        raise
    except Exception as error:
        if isinstance(error, asyncpg.DivisionByZeroError):
            raise Fenced("what a statement expected is not so any more") from error
        if isinstance(error, _UNSTORABLE):
            raise Unstorable(f"PostgreSQL cannot hold this: {type(error).__name__}") from error
        constraint = getattr(error, "constraint_name", None)
        where = f" ({constraint})" if constraint else ""
        raise StoreError(f"PostgreSQL failed: {type(error).__name__}{where}") from error
