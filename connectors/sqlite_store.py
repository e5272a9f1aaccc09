"""Log, store and archive in one SQLite file: embedded, durable, one process on one machine."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.records import (
    ASIDE,
    ENVELOPE,
    MOST_BYTES,
    OUTPUT,
    OutputRecord,
    Written,
    aside_values,
    columns,
    differing,
    envelope_values,
    moved_to,
    written,
)
from connectors.remembered import Remembered
from connectors.sqlite_file import SqliteFile, as_text, moment, plain
from schemas.ijw_3_2.dossier.rows import Row, decoded
from streams.core.envelope import Envelope
from streams.core.ports import (
    Appended,
    Backlog,
    Entry,
    Fenced,
    Positions,
    Progress,
    RelationKey,
    Step,
)

PARTITION = 0
"""The only partition of the embedded log."""

_LONGEST = 500
"""Keys in one SELECT: SQLite takes a limited number of parameters."""


def _marks(count: int) -> str:
    return ", ".join("?" * count)


_INSERT_OUTPUT = f"INSERT INTO output ({columns(OUTPUT)}) VALUES ({_marks(len(OUTPUT))})"


class SqliteStore(Remembered, SqliteFile):
    """Keeps the contracts Log, Store and Archive (streams.core.ports) in the file at `path`.

    Raises StoreError when the file cannot be used, or holds tables of another version.
    """

    # --- Log ---------------------------------------------------------------------------------------

    async def append(self, envelopes: Sequence[Envelope]) -> tuple[Appended, ...]:
        """Make envelopes durable in one transaction (contract: Log)."""
        return await self._run(self._append, envelopes)

    def _append(self, envelopes: Sequence[Envelope]) -> tuple[Appended, ...]:
        with self._transaction():
            ((last,),) = self._select("SELECT coalesce(max(position), 0) FROM log WHERE partition = ?", PARTITION)
            made: list[Appended] = []
            for envelope in envelopes:
                made.append(self._append_one(envelope, last + 1))
                last = max(last, made[-1].position)
            return tuple(made)

    def _append_one(self, envelope: Envelope, position: int) -> Appended:
        found = self._select(
            "SELECT position, id FROM log WHERE party = ? AND reference = ?", envelope.party, envelope.reference
        )
        if found:
            ((before, known),) = found
            return Appended(before, "repeat" if known == envelope.id else "conflict", known)
        self._connection.execute(
            f"INSERT INTO log ({columns(ENVELOPE)}, partition, position, body) VALUES ({_marks(len(ENVELOPE) + 3)})",
            (*plain(envelope_values(envelope)), PARTITION, position, envelope.body),
        )
        return Appended(position, "new", envelope.id)

    async def partitions(self) -> tuple[int, ...]:
        """The one partition (contract: Log)."""
        return (PARTITION,)

    async def read(self, after: Positions, limit: int) -> tuple[Entry, ...]:
        """The next entries of the log (contract: Log)."""
        if PARTITION not in after:
            return ()
        return await self._run(self._read, after[PARTITION], limit)

    def _read(self, after: int, limit: int) -> tuple[Entry, ...]:
        """At most so many, and no more bytes than may be held at once."""
        select = (
            f"SELECT position, {columns(ENVELOPE)}, body FROM log WHERE partition = ? AND position > ? "
            "ORDER BY position LIMIT ?"
        )
        entries: list[Entry] = []
        size = 0
        for position, *values in self._connection.execute(select, (PARTITION, after, limit)):
            size += len(values[-1])
            if entries and size > MOST_BYTES:
                break
            entries.append(Entry(position, envelope_of(values), PARTITION))
        return tuple(entries)

    # --- Store -------------------------------------------------------------------------------------

    async def progress(self, partitions: Collection[int]) -> Mapping[int, Progress]:
        """How far the log has been processed (contract: Store)."""
        found = await self._all("SELECT partition, position, decided_at FROM progress")
        known = {partition: Progress(position, moment(at)) for partition, position, at in found}
        return {partition: known.get(partition, Progress()) for partition in partitions}

    async def rows(self, keys: Iterable[RelationKey]) -> Mapping[RelationKey, Row]:
        """The rows that exist among these keys (contract: Store)."""
        return await self._run(self._rows, tuple(keys))

    def _rows(self, keys: tuple[RelationKey, ...]) -> Mapping[RelationKey, Row]:
        select = "SELECT row FROM dossier WHERE relation = ? AND key = ?"
        found = ((k, self._connection.execute(select, k).fetchone()) for k in keys)
        return {key: decoded(row[0]) for key, row in found if row is not None}

    async def decided(self, envelope_ids: Collection[str]) -> frozenset[str]:
        """Those with a verdict (contract: Store)."""
        return await self._run(self._decided, tuple(envelope_ids))

    def _decided(self, ids: tuple[str, ...]) -> frozenset[str]:
        found: set[str] = set()
        for start in range(0, len(ids), _LONGEST):
            some = ids[start : start + _LONGEST]
            select = f"SELECT envelope_id FROM verdict WHERE envelope_id IN ({_marks(len(some))})"
            found.update(id for (id,) in self._select(select, *some))
        return frozenset(found)

    async def commit(self, expected: Positions, steps: Sequence[Step]) -> None:
        """Make steps and positions durable in one transaction, or raise Fenced (contract: Store)."""
        await self._run(self._commit, expected, steps)

    def _commit(self, expected: Positions, steps: Sequence[Step]) -> None:
        with self._transaction():
            for partition, (position, at) in moved_to(steps).items():
                if not self._move(partition, expected[partition], position, at):
                    raise Fenced(f"{self._path}: {differing(expected, steps)}")
            self._write(written(steps))

    def _move(self, partition: int, expected: int, position: int, at: datetime) -> bool:
        self._connection.execute(
            "INSERT INTO progress (partition, position) VALUES (?, 0) ON CONFLICT DO NOTHING", (partition,)
        )
        moved = self._connection.execute(
            "UPDATE progress SET position = ?, decided_at = ? WHERE partition = ? AND position = ?",
            (position, as_text(at), partition, expected),
        )
        return moved.rowcount == 1

    def _write(self, made: Written) -> None:
        many = self._connection.executemany
        many(
            "INSERT INTO verdict (envelope_id, decided_at, judged, reason) VALUES (?, ?, ?, ?)",
            map(plain, made.verdicts),
        )
        many(
            "INSERT INTO dossier (relation, key, row) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET row = excluded.row",
            ((*key, row) for key, row in made.rows.items()),
        )
        many(_INSERT_OUTPUT, map(plain, made.outputs))
        # Outputs need no publishing here: the hub that decides them is the one that delivers them.
        many(
            "INSERT INTO outbox (partition, position, number, id, topic, key, value) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (record for record in made.outbox if record[-1] is not None),
        )
        many(
            f"INSERT INTO aside ({columns(ASIDE)}) VALUES ({_marks(len(ASIDE))}) ON CONFLICT DO NOTHING",
            map(plain, map(aside_values, made.aside)),
        )

    async def _give_up(self, id: str, at: datetime, reason: str, told: Sequence[OutputRecord]) -> bool:
        return await self._run(self._given_up, id, at, reason, told)

    def _given_up(self, id: str, at: datetime, reason: str, told: Sequence[OutputRecord]) -> bool:
        update = "UPDATE output SET undeliverable_at = ?, reason = ? WHERE id = ? AND undeliverable_at IS NULL"
        with self._transaction() as connection:
            changed = connection.execute(update, (as_text(at), reason, id)).rowcount == 1
            if changed:
                connection.executemany(f"{_INSERT_OUTPUT} ON CONFLICT DO NOTHING", map(plain, told))
            return changed

    # --- Archive -----------------------------------------------------------------------------------

    async def waiting(self) -> tuple[Backlog, ...]:
        """How the one partition stands (contract: Archive)."""
        ((position, count, since),) = await self._all(
            "SELECT p.position, (SELECT count(*) FROM log WHERE partition = p.partition AND position > p.position), "
            "(SELECT received_at FROM log WHERE partition = p.partition AND position > p.position "
            "ORDER BY position LIMIT 1) "
            "FROM (SELECT ? AS partition, coalesce(max(position), 0) AS position FROM progress WHERE partition = ?) p",
            PARTITION,
            PARTITION,
        )
        return (Backlog(partition=PARTITION, position=position, count=count, since=moment(since)),)

    # --- statements that are the same in every database --------------------------------------------

    async def _ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return await self._run(lambda: self._connection.execute(statement, _numbered(values)).fetchall())

    async def _note(self, statement: str, *values: object) -> int:
        return await self._run(self._noted, statement, _numbered(values))

    def _noted(self, statement: str, values: Mapping[str, object]) -> int:
        with self._transaction() as connection:
            return connection.execute(statement, values).rowcount


def envelope_of(values: Sequence[Any]) -> Envelope:
    """An envelope from its columns ENVELOPE and body."""
    known = dict(zip((*ENVELOPE, "body"), values, strict=True))
    return Envelope(**{**known, "received_at": datetime.fromisoformat(known["received_at"])})


def _numbered(values: Sequence[object]) -> dict[str, object]:
    """Values by the names that their numbers are to SQLite."""
    return {str(number): value for number, value in enumerate(plain(values), 1)}
