"""What monitors remember, in the SQLite file of the hub."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from connectors.records import fold_progress_of, json_text
from connectors.sqlite_file import SqliteFile
from streams.core.ports import Fenced, FoldProgress


class SqliteFolds(SqliteFile):
    """Keeps the contract FoldStore (streams.core.ports) in the file at `path`."""

    async def fold_progress(self, fold: str, partitions: Collection[int]) -> Mapping[int, FoldProgress]:
        """How far a fold is (contract: FoldStore)."""
        found = await self._all("SELECT partition, position, version, seen FROM fold_progress WHERE fold = ?", fold)
        known = {partition: fold_progress_of(*values) for partition, *values in found}
        return {partition: known.get(partition, FoldProgress()) for partition in partitions}

    async def fold_rows(self, fold: str, partition: int, keys: Collection[str]) -> Mapping[str, bytes]:
        """The rows that exist among these keys (contract: FoldStore)."""
        return await self._run(self._fold_rows, fold, partition, tuple(keys))

    def _fold_rows(self, fold: str, partition: int, keys: tuple[str, ...]) -> Mapping[str, bytes]:
        select = "SELECT row FROM fold_row WHERE fold = ? AND partition = ? AND key = ?"
        found = ((key, self._select(select, fold, partition, key)) for key in keys)
        return {key: rows[0][0] for key, rows in found if rows}

    async def fold_totals(self, fold: str) -> tuple[tuple[str, bytes], ...]:
        """All rows of all partitions (contract: FoldStore)."""
        found = await self._all("SELECT key, row FROM fold_row WHERE fold = ? ORDER BY key, partition", fold)
        return tuple((key, row) for key, row in found)

    async def commit_fold(
        self, fold: str, partition: int, expected: int, progress: FoldProgress, rows: Mapping[str, bytes]
    ) -> None:
        """Replace rows and progress in one transaction, or raise Fenced (contract: FoldStore)."""
        await self._run(self._commit_fold, fold, partition, expected, progress, rows)

    def _commit_fold(
        self, fold: str, partition: int, expected: int, progress: FoldProgress, rows: Mapping[str, bytes]
    ) -> None:
        with self._transaction() as connection:
            connection.execute(
                "INSERT INTO fold_progress (fold, partition, position, version, seen) VALUES (?, ?, 0, 0, '{}') "
                "ON CONFLICT DO NOTHING",
                (fold, partition),
            )
            moved = connection.execute(
                "UPDATE fold_progress SET position = ?, version = version + 1, seen = ? "
                "WHERE fold = ? AND partition = ? AND version = ?",
                (progress.position, json_text(progress.seen), fold, partition, expected),
            )
            if moved.rowcount != 1:
                raise Fenced(f"{self._path}: fold {fold}, partition {partition} is not at version {expected} any more")
            connection.executemany(
                "INSERT INTO fold_row (fold, partition, key, row) VALUES (?, ?, ?, ?) "
                "ON CONFLICT DO UPDATE SET row = excluded.row",
                ((fold, partition, key, row) for key, row in rows.items()),
            )
