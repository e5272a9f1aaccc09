"""A hub's own SQLite file beside one in which its log was decided anew: what differs, and new figures for the old."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from connectors import tables
from connectors.moving import reading
from connectors.records import ENVELOPE, MOST_BYTES, columns
from connectors.sqlite_store import PARTITION, envelope_of
from schemas.ijw_3_2.dossier.rows import decoded
from streams.core.effects import Judged
from streams.core.envelope import UNDELIVERED
from streams.core.ports import Entry, StoreError

FOLDER = ".replay"
"""Where a log is decided anew, in the folder of the hub's data: it holds persons, and needs room on the same disk."""

_DECIDED = "FROM log l JOIN verdict v ON v.envelope_id = l.id WHERE l.partition = ?"

# What was released took the place of what was set aside; without that it would be decided a second time.
_ENTRIES = f"""
SELECT l.position, v.decided_at,
  (SELECT v.reason FROM aside a WHERE a.id = l.id AND a.envelope_id = l.id AND a.released_at IS NOT NULL),
  {columns(ENVELOPE, "l.")}, l.body
{_DECIDED} ORDER BY l.position
"""

_VERDICTS = """
SELECT t.envelope_id, t.judged, n.judged, t.reason IS NOT n.reason
FROM main.verdict t JOIN now.verdict n ON n.envelope_id = t.envelope_id
WHERE t.judged IS NOT n.judged OR t.reason IS NOT n.reason
"""

# Faults about what could not be delivered were made by the delivery. What an output answers, what that says, its size
# and its digest were not kept before tables of version 0003.
_SAID = "t.kind IS NOT n.kind OR t.bericht IS NOT n.bericht OR t.copy IS NOT n.copy OR t.number IS NOT n.number"
_LATER = "t.size IS NOT NULL AND (t.answers IS NOT n.answers OR t.outcome IS NOT n.outcome)"
_BYTES = "t.body IS NOT n.body OR t.size IS NOT NULL AND t.sha256 IS NOT n.sha256"
_OUTPUTS = f"""
SELECT * FROM (
  SELECT t.envelope_id, n.id IS NULL OR {_SAID} OR {_LATER} AS outputs, {_BYTES} AS bytes,
    t.receiver, n.receiver AS other
  FROM main.output t LEFT JOIN now.output n ON n.id = t.id WHERE t.number < {UNDELIVERED}
) WHERE outputs OR bytes OR receiver <> other
UNION ALL
SELECT n.envelope_id, 1, 0, NULL, NULL
FROM now.output n LEFT JOIN main.output t ON t.id = n.id WHERE t.id IS NULL
"""

_DOSSIERS = """
SELECT t.relation, t.row, n.row
FROM main.dossier t LEFT JOIN now.dossier n ON n.relation = t.relation AND n.key = t.key WHERE t.row IS NOT n.row
UNION ALL
SELECT n.relation, NULL, n.row
FROM now.dossier n LEFT JOIN main.dossier t ON t.relation = n.relation AND t.key = n.key WHERE t.row IS NULL
"""

_FIGURES = (tables.outbox, tables.fold_progress, tables.fold_row)

_ASPECTS = ("verdict", "findings", "not checked", "remarks", "reason", "outputs", "receivers", "bytes")


class Decision(Struct, frozen=True, kw_only=True):
    """What was decided about a message, without anything of a person.

    level                            the lowest level that failed; None when none did.
    findings, not_checked, remarks   how often each rule was found broken, was not checked, or was broken by an answer.
    reason                           why it was set aside; None when it was not.
    outputs                          what went to whom, in order.
    """

    outcome: str
    level: int | None
    findings: dict[str, int]
    not_checked: dict[str, int]
    remarks: dict[str, int]
    reason: str | None
    outputs: tuple[str, ...]


class Difference(Struct, frozen=True, kw_only=True):
    """A message about which now something else would be decided. `differs` names in what (among _ASPECTS)."""

    id: str
    position: int
    decided_at: datetime
    relation: str
    bericht: str
    differs: tuple[str, ...]
    was: Decision
    would_be: Decision


class DossierDifference(Struct, frozen=True, kw_only=True):
    """A relation of which the dossier would not be the same; `rows` counts by kind those that differ."""

    relation: str
    rows: dict[str, int]


class Differences(Struct, frozen=True):
    """All that would not be the same."""

    messages: tuple[Difference, ...] = ()
    dossiers: tuple[DossierDifference, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.messages or self.dossiers)


@contextmanager
def workplace(data: Path) -> Iterator[Path]:
    """An empty folder for this process and its user only, gone afterwards; what a killed one left there goes too.

    Raises StoreError when another replay is at work, OSError when it cannot be made.
    """
    folder = data / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _empty(folder)
        try:
            yield folder
        finally:
            shutil.rmtree(folder)
    except BlockingIOError:
        raise StoreError(f"another replay is at work in {folder}. Wait until it is done") from None
    finally:
        os.close(descriptor)


def _empty(folder: Path) -> None:
    folder.chmod(0o700)
    for leftover in folder.iterdir():
        leftover.unlink()


@contextmanager
def past(database: Path, *, alone: bool) -> Iterator[Past]:
    """A hub as it stands at one moment.

    alone  no hub may be at work on it until this is done; only then its figures can be replaced.
    Raises StoreError for a database that cannot be used, or of which the log is not whole.
    """
    way_out = "Stop it first: figures are replaced while nothing else works on them" if alone else "Try again later"
    with reading(database, not alone, way_out) as connection:
        yield Past(connection, database)


class Past:
    """What a hub decided, up to `position` in its log."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        found = connection.execute("SELECT position FROM progress WHERE partition = ?", (PARTITION,)).fetchone()
        self.position: int = found[0] if found else 0
        ((count,),) = connection.execute(f"SELECT count(*) {_DECIDED}", (PARTITION,))
        if count != self.position:
            raise StoreError(
                f"{path} was processed up to position {self.position} of its log, and has {count} messages with a "
                "verdict: not all is there any more, so it cannot be decided anew. Take a backup that is whole"
            )

    def batches(self, most: int) -> Iterator[list[Entry]]:
        """What was decided, in order, each with its moment; at most so many at once, and fewer of large ones."""
        batch: list[Entry] = []
        size = 0
        for values in self._connection.execute(_ENTRIES, (PARTITION,)):
            entry = _entry(*values)
            size += len(entry.envelope.body)
            if batch and (len(batch) == most or size > MOST_BYTES):
                yield batch
                batch, size = [], len(entry.envelope.body)
            batch.append(entry)
        if batch:
            yield batch

    def compare(self, now: Path, connection_of: Callable[[str], str]) -> Differences:
        """What differs in the file in which all was decided anew, which nobody may have open any more.

        connection_of  the party to whom goes what is for a party. A receiver that got a connection since is the same.
        """
        # With files in memory nothing is left in a folder for all.
        self._connection.execute("PRAGMA temp_store = MEMORY")
        self._connection.execute("ATTACH ? AS now", (str(now),))
        differing: dict[str, set[str]] = defaultdict(set)
        for id, judged, anew, reason in self._connection.execute(_VERDICTS):
            differing[id] |= _unlike(_judged(judged), _judged(anew)) | ({"reason"} if reason else set())
        for id, outputs, body, receiver, other in self._connection.execute(_OUTPUTS):
            moved = not outputs and connection_of(receiver) != connection_of(other)
            told = {"outputs": outputs, "bytes": body and not outputs, "receivers": moved}
            differing[id] |= {aspect for aspect, differs in told.items() if differs}
        messages = [self._difference(id, aspects) for id, aspects in differing.items() if aspects]
        return Differences(tuple(sorted(messages, key=lambda one: one.position)), self._dossiers())

    def _difference(self, id: str, aspects: set[str]) -> Difference:
        select = (
            "SELECT l.position, v.decided_at, l.relation, l.bericht "
            "FROM log l JOIN verdict v ON v.envelope_id = l.id WHERE l.id = ?"
        )
        position, at, relation, bericht = self._connection.execute(select, (id,)).fetchone()
        return Difference(
            id=id,
            position=position,
            decided_at=datetime.fromisoformat(at),
            relation=relation,
            bericht=bericht,
            differs=tuple(aspect for aspect in _ASPECTS if aspect in aspects),
            was=self._decision("main", id),
            would_be=self._decision("now", id),
        )

    def _decision(self, schema: str, id: str) -> Decision:
        select = f"SELECT judged, reason FROM {schema}.verdict WHERE envelope_id = ?"
        text, reason = self._connection.execute(select, (id,)).fetchone()
        judged = _judged(text)
        outputs = self._connection.execute(
            f"SELECT kind, bericht, receiver, copy FROM {schema}.output "
            f"WHERE envelope_id = ? AND number < {UNDELIVERED} ORDER BY number",
            (id,),
        )
        return Decision(
            outcome=judged.outcome,
            level=judged.level,
            findings=Counter(one.rule for one in judged.findings),
            not_checked=Counter(one.rule for one in judged.not_checked),
            remarks=Counter(one.rule for one in judged.remarks),
            reason=reason,
            outputs=tuple(_told_output(*one) for one in outputs),
        )

    def _dossiers(self) -> tuple[DossierDifference, ...]:
        counted: dict[str, Counter[str]] = defaultdict(Counter)
        for relation, row, anew in self._connection.execute(_DOSSIERS):
            was, is_now = (None if one is None else decoded(one) for one in (row, anew))
            if was != is_now:  # the same row may be written in another way by another version
                counted[relation][type(is_now if was is None else was).__name__] += 1
        return tuple(DossierDifference(relation=one, rows=dict(counted[one])) for one in sorted(counted))

    def replace_figures(self) -> None:
        """Put events and rows of monitors of the file that was compared in the place of the hub's own, in one go."""
        for table in _FIGURES:
            names = columns([column.name for column in table.columns])
            self._connection.execute(f"DELETE FROM main.{table.name}")
            self._connection.execute(f"INSERT INTO main.{table.name} ({names}) SELECT {names} FROM now.{table.name}")
        self._connection.execute("COMMIT")


def _entry(position: int, decided_at: str, set_aside: str | None, *envelope: Any) -> Entry:
    return Entry(position, envelope_of(envelope), PARTITION, set_aside, datetime.fromisoformat(decided_at))


def _judged(text: str) -> Judged:
    return msgspec.json.decode(text, type=Judged)


def _unlike(was: Judged, is_now: Judged) -> set[str]:
    pairs = {
        "verdict": ((was.outcome, was.bericht, was.level), (is_now.outcome, is_now.bericht, is_now.level)),
        "findings": (was.findings, is_now.findings),
        "not checked": (was.not_checked, is_now.not_checked),
        "remarks": (was.remarks, is_now.remarks),
    }
    return {aspect for aspect, (before, now) in pairs.items() if before != now}


def _told_output(kind: str, bericht: str | None, receiver: str, copy: bool) -> str:
    what = "fault" if kind == "fout" else bericht
    return f"{what} to {receiver}" + (" (copy)" if copy else "")
