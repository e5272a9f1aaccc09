"""The tables of log and store, defined once for every database."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

VERSION = 2
"""Raised with every change of these tables; a database of another version is refused."""

metadata = MetaData()

log = Table(
    "log",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("received_at", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("bericht", Text, nullable=False),
    Column("relation", Text, nullable=False),
    Column("receiver", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("party", "reference"),
    sqlite_autoincrement=True,
)

progress = Table(
    "progress",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", Integer, nullable=False),
)

verdict = Table(
    "verdict",
    metadata,
    Column("position", Integer, primary_key=True),
    Column("decided_at", Text, nullable=False),
    Column("judged", Text, nullable=False),
    Column("reason", Text),
)

dossier = Table(
    "dossier",
    metadata,
    Column("relation", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("row", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

# `body` is empty when the output is the envelope itself: its bytes stand in the log already.
output = Table(
    "output",
    metadata,
    Column("id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("envelope_id", Text, nullable=False),
    Column("receiver", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("bericht", Text),
    Column("copy", Boolean, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("body", LargeBinary),
    Column("delivered_at", Text),
    Column("acknowledged_at", Text),
)
Index("output_by_receiver", output.c.receiver, output.c.acknowledged_at, output.c.position, output.c.number)
Index("output_by_envelope", output.c.position)

aside = Table(
    "aside",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("rejection", Text),
    Column("envelope_id", Text),
    Column("size", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("released_at", Text),
)
