"""A whole embedded hub as one file: written from its database, checked, and put into a new database.

The file is a gzip stream: a line that tells what it is, then records with their length before them: a header, the
rows table by table, and a footer with the SHA-256 of all that went before. Whoever reads one reads it to the end
first, so that nothing is done with a file that was cut off or damaged. The digest is no signature: it does not tell
who wrote the file.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct
from sqlalchemy import Table, func, select
from sqlalchemy.dialects import sqlite

from connectors import tables
from connectors.folders import sync_folder
from connectors.migrating import HEAD, created, refuse_other_version
from connectors.sqlite_file import moment
from streams.core.ports import StoreError

FORMAT = 1
"""The version of the file's own form."""

ORDER = (
    tables.progress,
    tables.log,
    tables.verdict,
    tables.dossier,
    tables.output,
    tables.aside,
    tables.outbox,
    tables.fold_progress,
    tables.fold_row,
    tables.audit,
)
"""All tables as they follow one another in the file. Outputs come after the log, where the bytes of many stand."""

_MAGIC = b"ijwhub export\n"
_LENGTH = 4
_LARGEST = 256 * 1024 * 1024
"""Bytes of a record that can be one of ours; above it, what stands there is no length."""
_QUICKLY = 1
"""XML shrinks well at gzip's lowest effort already, which is several times faster than its usual one."""
_DIALECT = sqlite.dialect()
_LEFTOVERS = ("", "-wal", "-shm", "-journal")
_WAY_OUT = "Stop it, or give --running for what there is now"

Row = list[Any]
"""The values of a row in the order of the columns of its table, as SQLite holds them."""


class Header(Struct, frozen=True, kw_only=True):
    """What an export is of.

    position  how far the log was processed; what stands beyond it waits.
    last      the last position of the log that is in the file.
    waiting   how many messages of the log wait.
    counts    the number of rows, by table.
    """

    format: int
    tables: str
    exported_at: datetime
    position: int
    decided_at: datetime | None
    last: int
    waiting: int
    counts: dict[str, int]


class _Footer(Struct, frozen=True, kw_only=True):
    """The end of a file, by which one that ends too soon is known."""

    counts: dict[str, int]
    sha256: str


# --- writing -------------------------------------------------------------------------------------------


def export(database: Path, file: Path, now: datetime, *, running: bool = False) -> Header:
    """Write the hub in a SQLite file to a new file, as it is at one moment; returns what is in it.

    running  a hub may be at work on it meanwhile; otherwise that is refused, and none can start before this is done.
    Raises StoreError for a database that cannot be used, OSError for a file that cannot be written.
    """
    if file.exists():
        raise StoreError(f"{file} is there already, and an export overwrites nothing. Give another name")
    with reading(database, running) as connection, _appearing(file) as raw:
        header = _header(connection, now)
        _write(connection, header, raw)
    return header


@contextmanager
def reading(path: Path, running: bool, way_out: str = _WAY_OUT) -> Iterator[sqlite3.Connection]:
    """A transaction that sees one moment of the database; without `running` it is the only one there can be.

    What it changed is undone at the end, unless it was committed. Raises StoreError, with `way_out` for a database in
    use.
    """
    with _told(path, way_out), closing(sqlite3.connect(path, isolation_level=None, timeout=3)) as connection:
        refuse_other_version(connection, path)
        if not running:
            # In WAL, BEGIN EXCLUSIVE alone does not notice a hub that has the file open and waits for messages.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN" if running else "BEGIN EXCLUSIVE")
        yield connection
        connection.rollback()


@contextmanager
def _told(path: Path, way_out: str = _WAY_OUT) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code is not None and code & 0xFF == sqlite3.SQLITE_BUSY:
            raise StoreError(f"{path} is in use by a hub or another command. {way_out}") from error
        raise StoreError(f"{path} cannot be used: {error}. Check the disk and the rights") from error


@contextmanager
def _appearing(file: Path) -> Iterator[BinaryIO]:
    """A file that only its owner may read, and that gets its name when it is whole and durable."""
    hidden = file.with_name(f".{file.name}.tmp")
    hidden.unlink(missing_ok=True)
    descriptor = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as raw:
            yield raw
            raw.flush()
            os.fsync(raw.fileno())
        hidden.rename(file)
    except BaseException:
        hidden.unlink(missing_ok=True)
        raise
    sync_folder(file.parent)


def _header(connection: sqlite3.Connection, now: datetime) -> Header:
    counts = {str(table.name): _count(connection, table) for table in ORDER}
    found = connection.execute("SELECT position, decided_at FROM progress WHERE partition = 0").fetchone()
    position, decided_at = found or (0, None)
    last, waiting = connection.execute(
        "SELECT coalesce(max(position), 0), count(*) FILTER (WHERE position > ?) FROM log", (position,)
    ).fetchone()
    return Header(
        format=FORMAT,
        tables=HEAD,
        exported_at=now,
        position=position,
        decided_at=moment(decided_at),
        last=last,
        waiting=waiting,
        counts=counts,
    )


def _write(connection: sqlite3.Connection, header: Header, raw: BinaryIO) -> None:
    digest = hashlib.sha256()
    with gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=_QUICKLY, mtime=0) as stream:

        def put(kind: str, value: object) -> None:
            payload = msgspec.msgpack.encode((kind, value))
            for part in (len(payload).to_bytes(_LENGTH), payload):
                digest.update(part)
                stream.write(part)

        stream.write(_MAGIC)
        put("header", header)
        for table in ORDER:
            for row in _selected(connection, table):
                put(str(table.name), row)
        put("footer", _Footer(counts=header.counts, sha256=digest.hexdigest()))


def _count(connection: sqlite3.Connection, table: Table) -> int:
    count: int = connection.execute(str(select(func.count()).select_from(table))).fetchone()[0]
    return count


def _selected(connection: sqlite3.Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    """The rows of a table, those of the log, outputs and outbox in their order."""
    order = [c for c in table.columns if c.name in ("partition", "position", "number")] or [*table.primary_key.columns]
    statement = select(table).order_by(*order)
    return iter(connection.execute(str(statement.compile(dialect=_DIALECT))))


# --- reading -------------------------------------------------------------------------------------------


class Export:
    """An export that is whole. Making one reads the file to its end; raises StoreError when it cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        digest = ""
        for kind, value in _read(path):
            if kind == "header":
                self.header: Header = value
            elif kind == "footer":
                digest = value.sha256
        self.sha256 = digest

    def rows(self, *names: str) -> Iterator[tuple[str, Row]]:
        """The rows of these tables, or of all, with the names of their tables, as they follow in the file."""
        for kind, value in _read(self.path):
            if kind not in ("header", "footer") and (not names or kind in names):
                yield kind, value


def _read(path: Path) -> Iterator[tuple[str, Any]]:
    """The header, every row, and the footer. Raises StoreError, at the latest at the end, for a file not as written."""
    with _refused(path), gzip.open(path, "rb") as stream:
        if stream.read(len(_MAGIC)) != _MAGIC:
            raise StoreError(f"{path} is no export of a hub. Expected a file that ijwhub export made")
        digest = hashlib.sha256()
        header = _usable_header(path, *_record(stream, digest, path))
        yield "header", header
        counts = dict.fromkeys(header.counts, 0)
        before = digest.hexdigest()
        kind, value = _record(stream, digest, path)
        while kind != "footer":
            counts[kind] += 1
            yield kind, value
            before = digest.hexdigest()
            kind, value = _record(stream, digest, path)
        yield kind, _checked_footer(path, value, header, counts, before, stream.read(1))


def _record(stream: Any, digest: Any, path: Path) -> tuple[str, Any]:
    length = stream.read(_LENGTH)
    size = int.from_bytes(length)
    payload = stream.read(size) if size <= _LARGEST else b""
    if len(length) < _LENGTH or len(payload) != size:
        raise _damaged(path)
    digest.update(length)
    digest.update(payload)
    try:
        kind, value = msgspec.msgpack.decode(payload, type=tuple[str, Any])
    except (ValueError, TypeError, RecursionError) as error:  # all that damaged bytes make of it
        raise _damaged(path) from error
    return kind, value


def _usable_header(path: Path, kind: str, value: Any) -> Header:
    form = value.get("format") if kind == "header" and isinstance(value, dict) else None
    version = value.get("tables") if form else None
    if form != FORMAT:
        raise StoreError(f"{path} is of form {form}; this ijwhub reads form {FORMAT}. Use the ijwhub that wrote it")
    if version != HEAD:
        raise StoreError(
            f"{path} holds tables of version {version}; this ijwhub works with version {HEAD}. "
            "Run ijwhub db upgrade on the hub that it was made of, and export again"
        )
    return msgspec.convert(value, Header)


def _checked_footer(
    path: Path, value: Any, header: Header, counts: dict[str, int], sha256: str, beyond: bytes
) -> _Footer:
    footer = msgspec.convert(value, _Footer)
    if beyond or footer.sha256 != sha256 or not footer.counts == header.counts == counts:
        raise _damaged(path)
    return footer


def _damaged(path: Path) -> StoreError:
    return StoreError(
        f"{path} is damaged or cut off: not all that was written is in it. Copy it again, or export again"
    )


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    try:
        yield
    except gzip.BadGzipFile as error:
        # Also raised at the end, when the checksum of gzip differs.
        kind = "damaged" if "CRC" in str(error) or "Incorrect length" in str(error) else "no export of a hub"
        raise StoreError(f"{path} is {kind}. Expected a file as ijwhub export made it") from error
    except (EOFError, zlib.error, msgspec.MsgspecError, KeyError) as error:
        raise _damaged(path) from error


def typed(table: Table, row: Row) -> Row:
    """A row with moments and truth values as PostgreSQL takes them."""
    return [_AS.get(type(c.type).__name__, _same)(value) for c, value in zip(table.columns, row, strict=True)]


def _same(value: Any) -> Any:
    return value


def _truth(value: Any) -> bool | None:
    return None if value is None else bool(value)


_AS: Mapping[str, Callable[[Any], Any]] = {"DateTime": moment, "Boolean": _truth}

# --- into a new SQLite file ----------------------------------------------------------------------------


def into_sqlite(found: Export, database: Path) -> None:
    """Put an export into a new SQLite file: it has its name when all is in it. Raises StoreError and OSError."""
    for leftover in _LEFTOVERS:
        if (there := database.with_name(database.name + leftover)).exists():
            raise StoreError(f"{there} is there already. An import makes a new hub: give another folder with --data")
    database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    hidden = database.with_name(f".{database.name}.import")
    _remove(hidden)
    os.close(os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with _told(hidden), closing(sqlite3.connect(hidden, isolation_level=None)) as connection:
            _fill(connection, found)
        hidden.rename(database)
    finally:
        _remove(hidden)
    sync_folder(database.parent)


def _fill(connection: sqlite3.Connection, found: Export) -> None:
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("BEGIN EXCLUSIVE")
    created(connection)
    insert = {table.name: str(table.insert().compile(dialect=_DIALECT)) for table in ORDER}
    for name, row in found.rows():
        connection.execute(insert[name], row)
    connection.execute("COMMIT")


def _remove(hidden: Path) -> None:
    for leftover in _LEFTOVERS:
        with suppress(FileNotFoundError):
            hidden.with_name(hidden.name + leftover).unlink()
