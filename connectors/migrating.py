"""The tables of a database: made, and checked for their version. Alembic keeps the version and brings it further."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from connectors import tables
from streams.core.ports import StoreError

HEAD = "0002"
"""The version of the tables that this hub works with: the newest under connectors/migrations/versions."""


def created(connection: sqlite3.Connection) -> None:
    """Make the tables of this version in an empty SQLite file."""
    dialect = sqlite.dialect()
    for table in tables.metadata.sorted_tables:
        connection.execute(str(CreateTable(table).compile(dialect=dialect)))
        for index in sorted(table.indexes, key=lambda i: str(i.name)):
            connection.execute(str(CreateIndex(index).compile(dialect=dialect)))
    connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    connection.execute("INSERT INTO alembic_version VALUES (?)", (HEAD,))


def refuse_other_version(connection: sqlite3.Connection, path: Path) -> None:
    """Raise StoreError when the tables in a SQLite file are not those of this version."""
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchall()
    version = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0] if known else "before 0002"
    if version != HEAD:
        raise StoreError(
            f"{path} holds tables of version {version}; this hub works with version {HEAD}. "
            "Stop the hub, make a backup, and run: ijwhub db upgrade"
        )


async def version_of(connection: object) -> str | None:
    return HEAD


def refuse_other(version: str | None, where: str) -> None:
    return None
