"""The audit log in the SQLite file of the hub."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from connectors.audit_records import COLUMNS, LAST, audit_entry, audit_values
from connectors.sqlite_file import SqliteFile, plain
from streams.core.auditing import BEGINNING, Act, Anchor, AuditEntry, chained, place_of


class SqliteAudit(SqliteFile):
    """Keeps the contract AuditLog (streams.core.auditing) in the file at `path`."""

    async def note(self, acts: Sequence[Act]) -> Anchor:
        """Make acts durable in one transaction (contract: AuditLog)."""
        return await self._run(self._note, acts)

    def _note(self, acts: Sequence[Act]) -> Anchor:
        # The transaction has the file to itself from its start, so no other process can note in between.
        with self._transaction() as connection:
            entries = chained(self._last(), acts)
            connection.executemany(
                f"INSERT INTO audit ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (plain(audit_values(entry)) for entry in entries),
            )
        return place_of(entries[-1])

    async def last(self) -> Anchor:
        """The place of the last entry (contract: AuditLog)."""
        return await self._run(self._last)

    def _last(self) -> Anchor:
        found = self._select(LAST)
        return Anchor(*found[0]) if found else BEGINNING

    async def entries(self, after: int, limit: int) -> tuple[AuditEntry, ...]:
        """The next entries (contract: AuditLog)."""
        select = f"SELECT {COLUMNS} FROM audit WHERE number > ? ORDER BY number LIMIT ?"
        return tuple(_entry(values) for values in await self._all(select, after, limit))


def _entry(values: Sequence[Any]) -> AuditEntry:
    number, at, *texts = values
    try:
        at = datetime.fromisoformat(at)
    except (TypeError, ValueError):
        at = None
    return audit_entry((number, at, *texts))
