"""The backends that must keep the contracts of streams.core.ports. A new one is added here, and only here."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass

import pytest

from connectors.sqlite_folds import SqliteFolds
from connectors.sqlite_store import SqliteStore
from streams.core.effects import Event
from streams.core.ports import Archive, FoldStore, Log, Store


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


BACKENDS: dict[str, Callable[[pytest.FixtureRequest], Opener]] = {"sqlite": sqlite}
