"""The events of an embedded hub, put where its exchange puts them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from connectors.sqlite_file import SqliteFile
from streams.core.events import CloudEvent, encoded
from streams.core.topics import EVENTS
from tests.support.monitors_story import Place

Record = tuple[int, int, int, str, str, str, bytes]
INSERT = "INSERT INTO outbox (partition, position, number, id, topic, key, value) VALUES (?, ?, ?, ?, ?, ?, ?)"


def hold(path: Path, events: Iterable[tuple[Place, CloudEvent]]) -> None:
    """Make these durable as events of the hub with this file, in one transaction."""
    hold_records(path, [(*place, made.id, EVENTS.name, made.subject, encoded(made)) for place, made in events])


def hold_records(path: Path, records: Iterable[Record]) -> None:
    """The same, whatever is in them."""
    with closing(sqlite3.connect(path, timeout=30)) as database, database:
        database.executemany(INSERT, records)


async def emptied(path: Path) -> None:
    """Make the file with its tables, when it is not there."""
    await SqliteFile(path).close()
