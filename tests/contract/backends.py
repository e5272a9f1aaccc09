"""The backends that must keep the contracts of streams.core.ports. A new one is added here, and only here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from connectors.sqlite_store import SqliteStore

Backend = SqliteStore


async def sqlite(folder: Path) -> Backend:
    """A store on a file in this folder; opening it a second time finds what the first left."""
    return SqliteStore(folder / "hub.sqlite")


BACKENDS: dict[str, Callable[[Path], Awaitable[Backend]]] = {"sqlite": sqlite}
