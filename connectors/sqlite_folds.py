"""What monitors remember, and the events that they fold, in the SQLite file of the hub."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from connectors.records import EVENTS, fold_progress_of, json_text
from connectors.sqlite_file import SqliteFile
from streams.core.fold_ports import FoldCommit, FoldProgress, StoredEvent
from streams.core.ports import Fenced

_EVENTS = "FROM outbox WHERE partition = 0 AND topic = ? AND (position, number) >= (?, ?)"

BYTES_AT_ONCE = 16_000_000
"""Of events that are read together: one of a large message can be megabytes, and all that are folded are in memory."""


class SqliteFolds(SqliteFile):
    """Keeps the contracts FoldStore and EventLog (streams.core.fold_ports) in the file at `path`."""

    async def fold_progress(self, fold: str, partitions: Collection[int]) -> Mapping[int, FoldProgress]:
        """How far a fold is (contract: FoldStore)."""
        found = await self._all("SELECT partition, position, version, seen FROM fold_progress WHERE fold = ?", fold)
        known = {partition: fold_progress_of(*values) for partition, *values in found}
        return {partition: known.get(partition, FoldProgress()) for partition in partitions}

    async def fold_versions(self) -> Mapping[tuple[str, int], int]:
        """The version of every fold (contract: FoldStore)."""
        found = await self._all("SELECT fold, partition, version FROM fold_progress")
        return {(fold, partition): version for fold, partition, version in found}

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

    async def commit_folds(self, partition: int, commits: Sequence[FoldCommit]) -> None:
        """Replace rows and progress in one transaction, or raise Fenced (contract: FoldStore)."""
        await self._run(self._commit_folds, partition, commits)

    def _commit_folds(self, partition: int, commits: Sequence[FoldCommit]) -> None:
        with self._transaction() as connection:
            for one in commits:
                self._move(partition, one)
                connection.executemany(
                    "INSERT INTO fold_row (fold, partition, key, row) VALUES (?, ?, ?, ?) "
                    "ON CONFLICT DO UPDATE SET row = excluded.row",
                    ((one.fold, partition, key, row) for key, row in one.rows.items()),
                )

    def _move(self, partition: int, one: FoldCommit) -> None:
        self._connection.execute(
            "INSERT INTO fold_progress (fold, partition, position, version, seen) VALUES (?, ?, 0, 0, '{}') "
            "ON CONFLICT DO NOTHING",
            (one.fold, partition),
        )
        moved = self._connection.execute(
            "UPDATE fold_progress SET position = ?, version = version + 1, seen = ? "
            "WHERE fold = ? AND partition = ? AND version = ?",
            (one.progress.position, json_text(one.progress.seen), one.fold, partition, one.expected),
        )
        if moved.rowcount != 1:
            raise Fenced(
                f"{self._path}: fold {one.fold}, partition {partition} is not at version {one.expected} any more"
            )

    # --- EventLog ----------------------------------------------------------------------------------

    async def events(self, since: tuple[int, int], limit: int) -> tuple[StoredEvent, ...]:
        """The events from a place on, not above BYTES_AT_ONCE together or else one (contract: EventLog)."""
        return await self._run(self._events, since, limit)

    def _events(self, since: tuple[int, int], limit: int) -> tuple[StoredEvent, ...]:
        select = f"SELECT position, number, value {_EVENTS} ORDER BY position, number LIMIT ?"
        found: list[StoredEvent] = []
        size = 0
        for values in self._connection.execute(select, (EVENTS, *since, limit)):
            one = StoredEvent(*values)
            size += len(one.body)
            if found and size > BYTES_AT_ONCE:
                break
            found.append(one)
        return tuple(found)

    async def waiting_events(self, since: tuple[int, int], most: int) -> int:
        """How many there are from a place on (contract: EventLog)."""
        ((count,),) = await self._all(f"SELECT count(*) FROM (SELECT 1 {_EVENTS} LIMIT ?)", EVENTS, *since, most)
        return int(count)
