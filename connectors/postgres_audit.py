"""The audit log in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.audit_records import COLUMNS, LAST, audit_entry, audit_values
from connectors.postgres import Postgres
from streams.core.auditing import BEGINNING, Act, Anchor, AuditEntry, chained, place_of

_LOCK = 0x696A776175646974
"""The advisory lock of who notes: the letters of ijwaudit."""


class PostgresAudit:
    """Keeps the contract AuditLog (streams.core.auditing)."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    async def note(self, acts: Sequence[Act]) -> Anchor:
        """Make acts durable in one transaction (contract: AuditLog)."""
        async with self._database.transaction() as connection:
            # A statement of its own, so that the next one sees what the holder before it committed.
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            found = await connection.fetchrow(LAST)
            entries = chained(Anchor(*found) if found else BEGINNING, acts)
            await connection.executemany(
                f"INSERT INTO audit ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                [audit_values(entry) for entry in entries],
            )
        return place_of(entries[-1])

    async def last(self) -> Anchor:
        """The place of the last entry (contract: AuditLog)."""
        found = await self._database.fetch(LAST)
        return Anchor(*found[0]) if found else BEGINNING

    async def entries(self, after: int, limit: int) -> tuple[AuditEntry, ...]:
        """The next entries (contract: AuditLog)."""
        select = f"SELECT {COLUMNS} FROM audit WHERE number > $1 ORDER BY number LIMIT $2"
        return tuple(audit_entry(tuple(row)) for row in await self._database.fetch(select, after, limit))
