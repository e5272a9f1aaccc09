"""Log, store and archive in one SQLite file: embedded, durable, one process on one machine."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.records import (
    ASIDE,
    ENVELOPE,
    HEAD,
    MOST_BYTES,
    TRACE,
    Written,
    aside_values,
    columns,
    differing,
    envelope_values,
    head_of,
    moved_to,
    rejected_of,
    trace_of,
    written,
)
from connectors.sqlite_file import SqliteFile, as_text, moment, moments, plain
from schemas.ijw_3_2.dossier.rows import Row, decoded
from streams.core.envelope import Envelope
from streams.core.ports import (
    Appended,
    Backlog,
    Entry,
    Fenced,
    OutputBody,
    OutputHead,
    OutputState,
    Positions,
    Progress,
    Rejected,
    RelationKey,
    Step,
    Trace,
)

PARTITION = 0
"""The only partition of the embedded log."""

_LONGEST = 500
"""Keys in one SELECT: SQLite takes a limited number of parameters."""


class SqliteStore(SqliteFile):
    """Keeps the contracts Log, Store, Archive and FoldStore (streams.core.ports) in the file at `path`.

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
            f"INSERT INTO log ({columns(ENVELOPE)}, partition, position, body) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
            entries.append(Entry(position, _envelope(values), PARTITION))
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
            marks = ", ".join("?" * len(some))
            found.update(
                id for (id,) in self._select(f"SELECT envelope_id FROM verdict WHERE envelope_id IN ({marks})", *some)
            )
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
        many(
            "INSERT INTO output (id, partition, position, number, envelope_id, receiver, kind, bericht, copy, "
            "created_at, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            map(plain, made.outputs),
        )
        # Outputs need no publishing here: the hub that decides them is the one that delivers them.
        many(
            "INSERT INTO outbox (partition, position, number, id, topic, key, value) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (record for record in made.outbox if record[-1] is not None),
        )
        for rejected in made.aside:
            self._put_aside(rejected)

    async def outputs(self, receiver: str, not_yet: OutputState, limit: int) -> tuple[OutputHead, ...]:
        """The outputs for a party that have not reached a state, oldest first (contract: Store)."""
        found = await self._all(
            f"SELECT {columns(HEAD)} FROM output WHERE receiver = ? AND {not_yet}_at IS NULL "
            "ORDER BY created_at, partition, position, number LIMIT ?",
            receiver,
            limit,
        )
        return tuple(_head(values) for values in found)

    async def output(self, receiver: str, id: str) -> OutputBody | None:
        """One output with its bytes, for its receiver only (contract: Store)."""
        found = await self._all(
            f"SELECT {columns(HEAD, 'o.')}, coalesce(o.body, l.body) "
            "FROM output o LEFT JOIN log l ON l.id = o.envelope_id WHERE o.receiver = ? AND o.id = ?",
            receiver,
            id,
        )
        return OutputBody(head=_head(found[0][:-1]), body=found[0][-1]) if found else None

    async def mark(self, receiver: str, id: str, state: OutputState, at: datetime) -> bool:
        """Note the first time that an output reached a state (contract: Store)."""
        column = f"{state}_at"
        update = f"UPDATE output SET {column} = coalesce({column}, ?) WHERE receiver = ? AND id = ?"
        return bool(await self._run(self._change, update, as_text(at), receiver, id))

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

    async def trace(self, envelope_id: str) -> Trace | None:
        """Everything known about one envelope (contract: Archive)."""
        found = await self._all(
            f"SELECT {columns(TRACE, 'l.')}, v.decided_at, v.judged, v.reason "
            "FROM log l LEFT JOIN verdict v ON v.envelope_id = l.id WHERE l.id = ?",
            envelope_id,
        )
        if not found:
            return None
        heads = await self._all(
            f"SELECT {columns(HEAD)} FROM output WHERE envelope_id = ? ORDER BY number", envelope_id
        )
        return trace_of(moments(found[0], TRACE.index("received_at"), len(TRACE)), map(_head, heads))

    async def set_aside(self, rejected: Rejected) -> None:
        """Keep a message that could not be taken in (contract: Archive)."""
        await self._run(self._set_aside, rejected)

    def _set_aside(self, rejected: Rejected) -> None:
        with self._transaction():
            self._put_aside(rejected)

    def _put_aside(self, rejected: Rejected) -> None:
        insert = f"INSERT INTO aside ({columns(ASIDE)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
        self._connection.execute(insert, plain(aside_values(rejected)))

    async def aside(self, limit: int = 100) -> tuple[Rejected, ...]:
        """What was set aside and not released, newest first (contract: Archive)."""
        select = f"SELECT {columns(ASIDE)} FROM aside WHERE released_at IS NULL ORDER BY at DESC, id LIMIT ?"
        return tuple(_rejected(values) for values in await self._all(select, limit))

    async def set_aside_by_id(self, id: str) -> Rejected | None:
        """One message that was set aside, or None (contract: Archive)."""
        found = await self._all(f"SELECT {columns(ASIDE)} FROM aside WHERE id = ?", id)
        return _rejected(found[0]) if found else None

    async def released(self, id: str, at: datetime) -> None:
        """Note that a message set aside was offered again (contract: Archive)."""
        await self._run(self._change, "UPDATE aside SET released_at = ? WHERE id = ?", as_text(at), id)


def _envelope(values: Sequence[Any]) -> Envelope:
    known = dict(zip((*ENVELOPE, "body"), values, strict=True))
    return Envelope(**{**known, "received_at": datetime.fromisoformat(known["received_at"])})


def _head(values: Sequence[Any]) -> OutputHead:
    return head_of(moments(values, *(HEAD.index(name) for name in HEAD if name.endswith("_at"))))


def _rejected(values: Sequence[Any]) -> Rejected:
    return rejected_of(moments(values, ASIDE.index("at")))
