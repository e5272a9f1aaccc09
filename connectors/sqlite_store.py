"""Log, store and archive in one SQLite file: embedded, durable, one process on one machine.

WAL with synchronous=FULL: what is committed survives the death of the process and of the machine. All
statements run on one thread of their own, so that the event loop never waits for the disk.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import msgspec
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from connectors import tables
from schemas.ijw_3_2.dossier.rows import Row, decoded, encoded
from streams.core.effects import Answer, Deliver, Judged, Output, Quarantine, Refuse, Remember
from streams.core.envelope import Envelope
from streams.core.intake import Rejection
from streams.core.ports import (
    Appended,
    Entry,
    Fenced,
    OutputBody,
    OutputHead,
    OutputState,
    Rejected,
    RelationKey,
    Step,
    StoreError,
    Trace,
)

P = ParamSpec("P")
T = TypeVar("T")

_ENVELOPE = "id, received_at, source, party, reference, bericht, relation, receiver, body"
_HEAD = "id, envelope_id, receiver, kind, bericht, copy, created_at, delivered_at, acknowledged_at"
_ASIDE = "id, at, source, party, reference, rejection, reason, envelope_id, size, body"
_KINDS = {Deliver: "bericht", Answer: "antwoord", Refuse: "fout"}


class SqliteStore:
    """Keeps the contracts Log, Store and Archive (streams.core.ports) in the file at `path`.

    Raises StoreError when the file cannot be used, or holds tables of another version.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        self._connection = self._thread.submit(_open, path).result()

    async def close(self) -> None:
        """Finish what runs and close the file."""
        await self._run(self._connection.close)
        self._thread.shutdown()

    async def _run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, lambda: function(*args, **kwargs))
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: {error}") from error

    @contextmanager
    def _transaction(self) -> Any:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    # --- Log ---------------------------------------------------------------------------------------

    async def append(self, envelopes: Sequence[Envelope]) -> tuple[Appended, ...]:
        """Make envelopes durable in one transaction (contract: Log)."""
        return await self._run(self._append, envelopes)

    def _append(self, envelopes: Sequence[Envelope]) -> tuple[Appended, ...]:
        with self._transaction():
            return tuple([self._append_one(envelope) for envelope in envelopes])

    def _append_one(self, envelope: Envelope) -> Appended:
        found = self._connection.execute(
            "SELECT position, id FROM log WHERE party = ? AND reference = ?", (envelope.party, envelope.reference)
        ).fetchone()
        if found is not None:
            position, known = found
            return Appended(position, "repeat" if known == envelope.id else "conflict", known)
        values = (_at(v) if isinstance(v, datetime) else v for v in msgspec.structs.astuple(envelope))
        cursor = self._connection.execute(
            f"INSERT INTO log ({_ENVELOPE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", tuple(values)
        )
        return Appended(cursor.lastrowid or 0, "new", envelope.id)

    async def read(self, after: int, limit: int) -> tuple[Entry, ...]:
        """The next entries of the log (contract: Log)."""
        found = await self._run(
            self._all, f"SELECT position, {_ENVELOPE} FROM log WHERE position > ? ORDER BY 1 LIMIT ?", (after, limit)
        )
        return tuple(Entry(position, _envelope(*columns)) for position, *columns in found)

    # --- Store -------------------------------------------------------------------------------------

    async def position(self) -> int:
        """How far the log has been processed (contract: Store)."""
        found = await self._run(self._all, "SELECT position FROM progress WHERE name = 'exchange'", ())
        return int(found[0][0])

    async def rows(self, keys: Iterable[RelationKey]) -> Mapping[RelationKey, Row]:
        """The rows that exist among these keys (contract: Store)."""
        return await self._run(self._rows, tuple(keys))

    def _rows(self, keys: tuple[RelationKey, ...]) -> Mapping[RelationKey, Row]:
        select = "SELECT row FROM dossier WHERE relation = ? AND key = ?"
        found = ((k, self._connection.execute(select, k).fetchone()) for k in keys)
        return {key: decoded(row[0]) for key, row in found if row is not None}

    async def commit(self, expected: int, steps: Sequence[Step]) -> None:
        """Make steps and position durable in one transaction, or raise Fenced (contract: Store)."""
        await self._run(self._commit, expected, steps)

    def _commit(self, expected: int, steps: Sequence[Step]) -> None:
        with self._transaction() as connection:
            moved = connection.execute(
                "UPDATE progress SET position = ? WHERE name = 'exchange' AND position = ?",
                (steps[-1].entry.position, expected),
            )
            if moved.rowcount != 1:
                raise Fenced(f"{self._path}: the position is not {expected} any more; another worker moved it")
            for step in steps:
                self._commit_step(step)

    def _commit_step(self, step: Step) -> None:
        number = 0
        reason = next((e.reason for e in step.effects if isinstance(e, Quarantine)), None)
        for effect in step.effects:
            match effect:
                case Judged():
                    self._put_verdict(step, effect, reason)
                case Remember():
                    self._put_rows(effect)
                case Quarantine():
                    self._put_aside(_quarantined(step, effect))
                case _:
                    number += 1
                    self._put_output(step, effect, number)

    def _put_verdict(self, step: Step, judged: Judged, reason: str | None) -> None:
        self._connection.execute(
            "INSERT INTO verdict (position, decided_at, judged, reason) VALUES (?, ?, ?, ?)",
            (step.entry.position, _at(step.decided_at), _json(judged), reason),
        )

    def _put_rows(self, effect: Remember) -> None:
        self._connection.executemany(
            "INSERT INTO dossier (relation, key, row) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET row = excluded.row",
            ((effect.relation, key, encoded(row)) for key, row in effect.rows.items()),
        )

    def _put_output(self, step: Step, output: Output, number: int) -> None:
        self._connection.execute(
            "INSERT INTO output (id, position, number, envelope_id, receiver, kind, bericht, copy, created_at, body) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                output.id,
                step.entry.position,
                number,
                step.entry.envelope.id,
                output.receiver,
                _KINDS[type(output)],
                output.bericht,
                getattr(output, "copy", False),
                _at(step.decided_at),
                getattr(output, "body", None),
            ),
        )

    async def outputs(self, receiver: str, not_yet: OutputState, limit: int) -> tuple[OutputHead, ...]:
        """The outputs for a party that have not reached a state, oldest first (contract: Store)."""
        found = await self._run(
            self._all,
            f"SELECT {_HEAD} FROM output WHERE receiver = ? AND {not_yet}_at IS NULL ORDER BY position, number LIMIT ?",
            (receiver, limit),
        )
        return tuple(_head(*columns) for columns in found)

    async def output(self, receiver: str, id: str) -> OutputBody | None:
        """One output with its bytes, for its receiver only (contract: Store)."""
        columns = ", ".join(f"o.{name}" for name in _HEAD.split(", "))
        found = await self._run(
            self._all,
            f"SELECT {columns}, coalesce(o.body, l.body) FROM output o JOIN log l ON l.position = o.position "
            "WHERE o.receiver = ? AND o.id = ?",
            (receiver, id),
        )
        return OutputBody(head=_head(*found[0][:-1]), body=found[0][-1]) if found else None

    async def mark(self, receiver: str, id: str, state: OutputState, at: datetime) -> bool:
        """Note the first time that an output reached a state (contract: Store)."""
        return await self._run(self._mark, receiver, id, state, at)

    def _mark(self, receiver: str, id: str, state: str, at: datetime) -> bool:
        column = f"{state}_at"
        with self._transaction() as connection:
            changed = connection.execute(
                f"UPDATE output SET {column} = coalesce({column}, ?) WHERE receiver = ? AND id = ?",
                (_at(at), receiver, id),
            )
        return bool(changed.rowcount)

    # --- Archive -----------------------------------------------------------------------------------

    async def waiting_since(self) -> datetime | None:
        """When the oldest unprocessed envelope was received (contract: Archive)."""
        found = await self._run(
            self._all,
            "SELECT received_at FROM log WHERE position > (SELECT position FROM progress WHERE name = 'exchange') "
            "ORDER BY position LIMIT 1",
            (),
        )
        return _moment(found[0][0]) if found else None

    async def trace(self, envelope_id: str) -> Trace | None:
        """Everything known about one envelope (contract: Archive)."""
        return await self._run(self._trace, envelope_id)

    def _trace(self, envelope_id: str) -> Trace | None:
        found = self._connection.execute(
            "SELECT l.position, l.id, l.received_at, l.source, l.party, l.reference, l.bericht, l.relation, "
            "v.decided_at, v.judged, v.reason FROM log l LEFT JOIN verdict v ON v.position = l.position "
            "WHERE l.id = ?",
            (envelope_id,),
        ).fetchone()
        if found is None:
            return None
        heads = self._all(f"SELECT {_HEAD} FROM output WHERE position = ? ORDER BY number", (found[0],))
        names = ("position", "id", "received_at", "source", "party", "reference", "bericht", "relation")
        known: dict[str, Any] = dict(zip(names, found[:8], strict=True))
        known["received_at"] = datetime.fromisoformat(known["received_at"])
        return Trace(
            **known,
            decided_at=_moment(found[8]),
            judged=msgspec.json.decode(found[9], type=Judged) if found[9] else None,
            reason=found[10],
            outputs=tuple(_head(*columns) for columns in heads),
        )

    async def set_aside(self, rejected: Rejected) -> None:
        """Keep a message that could not be taken in (contract: Archive)."""
        await self._run(self._set_aside, rejected)

    def _set_aside(self, rejected: Rejected) -> None:
        with self._transaction():
            self._put_aside(rejected)

    def _put_aside(self, rejected: Rejected) -> None:
        self._connection.execute(
            f"INSERT INTO aside ({_ASIDE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                rejected.id,
                _at(rejected.at),
                rejected.source,
                rejected.party,
                rejected.reference,
                _json(rejected.rejection) if rejected.rejection else None,
                rejected.reason,
                rejected.envelope_id,
                rejected.size,
                rejected.body,
            ),
        )

    async def aside(self, limit: int = 100) -> tuple[Rejected, ...]:
        """What was set aside and not released, newest first (contract: Archive)."""
        select = f"SELECT {_ASIDE} FROM aside WHERE released_at IS NULL ORDER BY at DESC, id LIMIT ?"
        return tuple(_rejected(*columns) for columns in await self._run(self._all, select, (limit,)))

    async def set_aside_by_id(self, id: str) -> Rejected | None:
        """One message that was set aside, or None (contract: Archive)."""
        found = await self._run(self._all, f"SELECT {_ASIDE} FROM aside WHERE id = ?", (id,))
        return _rejected(*found[0]) if found else None

    async def released(self, id: str, at: datetime) -> None:
        """Note that a message set aside was offered again (contract: Archive)."""
        await self._run(self._released, id, at)

    def _released(self, id: str, at: datetime) -> None:
        with self._transaction() as connection:
            connection.execute("UPDATE aside SET released_at = ? WHERE id = ?", (_at(at), id))

    def _all(self, statement: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, values).fetchall()


def _open(path: Path) -> sqlite3.Connection:
    try:
        # What is in it is about children: nobody but the hub's own user may look.
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = sqlite3.connect(path, isolation_level=None, timeout=10)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        _prepare(connection, path)
        return connection
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"{path} cannot be opened as the hub's database: {error}") from error


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version not in (0, tables.VERSION):
        connection.execute("ROLLBACK")
        raise StoreError(
            f"{path} holds tables of version {version}; this hub works with version {tables.VERSION}. "
            "Start the version of ijwhub that made it, or give another file."
        )
    if version == 0:
        _create(connection)
    connection.execute("COMMIT")


def _create(connection: sqlite3.Connection) -> None:
    dialect = sqlite.dialect()
    for table in tables.metadata.sorted_tables:
        connection.execute(str(CreateTable(table).compile(dialect=dialect)))
        for index in sorted(table.indexes, key=lambda i: str(i.name)):
            connection.execute(str(CreateIndex(index).compile(dialect=dialect)))
    connection.execute("INSERT INTO progress (name, position) VALUES ('exchange', 0)")
    connection.execute(f"PRAGMA user_version = {tables.VERSION}")


def _at(moment: datetime) -> str:
    return moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _envelope(*columns: Any) -> Envelope:
    values = dict(zip(Envelope.__struct_fields__, columns, strict=True))
    return Envelope(**{**values, "received_at": datetime.fromisoformat(values["received_at"])})


def _head(*columns: Any) -> OutputHead:
    values = dict(zip(_HEAD.split(", "), columns, strict=True))
    moments = {name: _moment(value) for name, value in values.items() if name.endswith("_at")}
    return OutputHead(**{**values, **moments, "copy": bool(values["copy"])})


def _rejected(*columns: Any) -> Rejected:
    values = dict(zip(_ASIDE.split(", "), columns, strict=True))
    rejection = msgspec.json.decode(values["rejection"], type=Rejection) if values["rejection"] else None
    return Rejected(**{**values, "at": datetime.fromisoformat(values["at"]), "rejection": rejection})


def _quarantined(step: Step, effect: Quarantine) -> Rejected:
    envelope = step.entry.envelope
    return Rejected(
        id=envelope.id,
        at=step.decided_at,
        source=envelope.source,
        party=envelope.party,
        reference=envelope.reference,
        rejection=None,
        reason=effect.reason,
        envelope_id=envelope.id,
        size=len(envelope.body),
        body=envelope.body,
    )
