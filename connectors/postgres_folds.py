"""What monitors remember, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from connectors.postgres import Postgres
from connectors.records import fold_progress_of, json_text
from streams.core.fold_ports import FoldCommit, FoldProgress
from streams.core.ports import Fenced

# As in the store: the division fails, and with it the statement, when one version is not the one expected.
_COMMIT = """
WITH moved AS (
  UPDATE fold_progress AS p SET position = c.position, version = p.version + 1, seen = c.seen
  FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[]) AS c(fold, expected, position, seen)
  WHERE p.fold = c.fold AND p.partition = $1 AND p.version = c.expected RETURNING 1
), rows AS (
  INSERT INTO fold_row (fold, partition, key, row)
  SELECT r.fold, $1, r.key, r.row FROM unnest($6::text[], $7::text[], $8::bytea[]) AS r(fold, key, row)
  ON CONFLICT (fold, partition, key) DO UPDATE SET row = excluded.row
)
SELECT 1 / (SELECT count(*) = cardinality($2::text[]) FROM moved)::int
"""

_BEGIN = """
INSERT INTO fold_progress (fold, partition, position, version, seen) SELECT fold, $1, 0, 0, '{}'
FROM unnest($2::text[]) AS fold ON CONFLICT DO NOTHING
"""


class PostgresFolds:
    """Keeps the contract FoldStore (streams.core.fold_ports)."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    async def fold_progress(self, fold: str, partitions: Collection[int]) -> Mapping[int, FoldProgress]:
        """How far a fold is (contract: FoldStore)."""
        found = await self._database.fetch(
            "SELECT partition, position, version, seen FROM fold_progress WHERE fold = $1", fold
        )
        known = {partition: fold_progress_of(*values) for partition, *values in found}
        return {partition: known.get(partition, FoldProgress()) for partition in partitions}

    async def fold_versions(self) -> Mapping[tuple[str, int], int]:
        """The version of every fold (contract: FoldStore)."""
        found = await self._database.fetch("SELECT fold, partition, version FROM fold_progress")
        return {(fold, partition): version for fold, partition, version in found}

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

    async def commit_folds(self, partition: int, commits: Sequence[FoldCommit]) -> None:
        """Replace rows and progress in one statement, or raise Fenced (contract: FoldStore)."""
        if new := [one.fold for one in commits if one.expected == 0]:
            await self._database.changed(_BEGIN, partition, new)
        progress = [(one.fold, one.expected, one.progress.position, json_text(one.progress.seen)) for one in commits]
        rows = [(one.fold, key, row) for one in commits for key, row in one.rows.items()]
        try:
            await self._database.fetch(_COMMIT, partition, *_columns(progress, 4), *_columns(rows, 3))
        except Fenced as fenced:
            where = ", ".join(f"{one.fold} at {one.expected}" for one in commits)
            raise Fenced(f"partition {partition}: folds are not at these versions any more: {where}") from fenced


def _columns(records: Sequence[tuple[object, ...]], count: int) -> list[list[object]]:
    return [[record[column] for record in records] for column in range(count)]
