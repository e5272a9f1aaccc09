"""The database of a hub, opened by a command beside the hub."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from connectors.sqlite_store import SqliteStore
from streams.cli.output import fail
from streams.cli.running import settings_of, told_plainly


@asynccontextmanager
async def opened_store(data: Path | None) -> AsyncIterator[tuple[SqliteStore, Path]]:
    """The store in a folder and its file; the hub may be running on it. Ends the command when there is none."""
    settings = settings_of(data=data)
    if not settings.sqlite_file.is_file():
        fail(f"there is no database {settings.sqlite_file}. Give the folder of the hub with --data.")
    with told_plainly(settings):
        store = SqliteStore(settings.sqlite_file)
        try:
            yield store, settings.sqlite_file
        finally:
            await store.close()
