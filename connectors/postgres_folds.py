"""What monitors remember, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from connectors.postgres import Postgres
from connectors.records import fold_progress_of, json_text
from streams.core.ports import Fenced, FoldProgress

# As in the store: the division fails, and with it the statement, when the version is not the one expected.
_COMMIT = """
WITH moved AS (
  UPDATE fold_progress SET position = $4, version = version + 1, seen = $5
  WHERE fold = $1 AND partition = $2 AND version = $3 RETURNING 1
), rows AS (
  INSERT INTO fold_row (fold, partition, key, row) SELECT $1, $2, * FROM unnest($6::text[], $7::bytea[])
  ON CONFLICT (fold, partition, key) DO UPDATE SET row = excluded.row
)
SELECT 1 / (SELECT count(*) FROM moved)
"""


class PostgresFolds:
    """Keeps the contract FoldStore (streams.core.ports)."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    async def fold_progress(self, fold: str, partitions: Collection[int]) -> Mapping[int, FoldProgress]:
        """How far a fold is (contract: FoldStore)."""
        found = await self._database.fetch(
            "SELECT partition, position, version, seen FROM fold_progress WHERE fold = $1", fold
        )
        known = {partition: fold_progress_of(*values) for partition, *values in found}
        return {partition: known.get(partition, FoldProgress()) for partition in partitions}

    async def fold_rows(self, fold: str, partition: int, keys: Collection[str]) -> Mapping[str, bytes]:
        """The rows that exist among these keys (contract: FoldStore)."""
        found = await self._database.fetch(
            "SELECT key, row FROM fold_row WHERE fold = $1 AND partition = $2 AND key = ANY($3::text[])",
            fold,
            partition,
            list(keys),
        )
        return dict(tuple(values) for values in found)

    async def fold_totals(self, fold: str) -> tuple[tuple[str, bytes], ...]:
        """All rows of all partitions (contract: FoldStore)."""
        found = await self._database.fetch(
            "SELECT key, row FROM fold_row WHERE fold = $1 ORDER BY key, partition", fold
        )
        return tuple((key, row) for key, row in found)

    async def commit_fold(
        self, fold: str, partition: int, expected: int, progress: FoldProgress, rows: Mapping[str, bytes]
    ) -> None:
        """Replace rows and progress in one statement, or raise Fenced (contract: FoldStore)."""
        if expected == 0:
            await self._database.changed(
                "INSERT INTO fold_progress (fold, partition, position, version, seen) VALUES ($1, $2, 0, 0, '{}') "
                "ON CONFLICT DO NOTHING",
                fold,
                partition,
            )
        values = (progress.position, json_text(progress.seen), list(rows), list(rows.values()))
        try:
            await self._database.fetch(_COMMIT, fold, partition, expected, *values)
        except Fenced as fenced:
            raise Fenced(f"fold {fold}, partition {partition} is not at version {expected} any more") from fenced
