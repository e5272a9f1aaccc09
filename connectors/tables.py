"""The tables of the hub, defined once for SQLite and PostgreSQL. Alembic's migrations lead to exactly these."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    and_,
)

from connectors.audit_table import audit_table

metadata = MetaData()

# SQLite reads over all that stands before a column, so the bytes of messages come last in their tables.

# One row for each delivery. Embedded it is the log itself. On Kafka `body` is empty, for the bytes are in ijw.in;
# partition and position are empty too until the broker has them, and a delivery without them has no receipt.
log = Table(
    "log",
    metadata,
    Column("id", Text, primary_key=True),
    Column("partition", Integer),
    Column("position", BigInteger),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("source", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("bericht", Text, nullable=False),
    Column("relation", Text, nullable=False),
    Column("receiver", Text, nullable=False),
    Column("software", Text),
    Column("body", LargeBinary),
    UniqueConstraint("party", "reference", name="log_by_reference"),
    UniqueConstraint("partition", "position", name="log_by_position"),
    Index("log_by_received", "received_at"),
)

# How far each partition of the log is processed; moved by compare-and-set only.
progress = Table(
    "progress",
    metadata,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("decided_at", DateTime(timezone=True)),
)

verdict = Table(
    "verdict",
    metadata,
    Column("envelope_id", Text, primary_key=True),
    Column("decided_at", DateTime(timezone=True), nullable=False),
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

# Embedded, `body` is empty when the output is the envelope itself: its bytes stand in the log already.
output = Table(
    "output",
    metadata,
    Column("id", Text, primary_key=True),
    Column("partition", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("envelope_id", Text, nullable=False),
    Column("receiver", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("bericht", Text),
    Column("copy", Boolean, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("reference", Text, nullable=False),
    Column("answers", Text),
    Column("outcome", Text),
    Column("size", Integer),
    Column("sha256", Text),
    Column("delivered_at", DateTime(timezone=True)),
    Column("acknowledged_at", DateTime(timezone=True)),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("failed_at", DateTime(timezone=True)),
    Column("reason", Text),
    Column("undeliverable_at", DateTime(timezone=True)),
    Column("body", LargeBinary),
)
_waiting = (output.c.receiver, output.c.created_at, output.c.partition, output.c.position, output.c.number)
for _state in (output.c.delivered_at, output.c.acknowledged_at):
    _missing = and_(_state.is_(None), output.c.undeliverable_at.is_(None))
    Index(
        f"output_not_{_state.name.removesuffix('_at')}",
        *_waiting,
        sqlite_where=_missing,
        postgresql_where=_missing,
    )
Index("output_by_envelope", output.c.envelope_id, output.c.receiver)
Index("output_by_reference", output.c.receiver, output.c.reference, unique=True)
for _column in (output.c.answers, output.c.undeliverable_at):
    _given = _column.is_not(None)
    _name = f"output_by_{_column.name.removesuffix('_at')}"
    Index(_name, _column, sqlite_where=_given, postgresql_where=_given)

aside = Table(
    "aside",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("source", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("rejection", Text),
    Column("envelope_id", Text),
    Column("size", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("released_at", DateTime(timezone=True)),
)

# What is decided and must still be published: an output (its body stands in `output`), or an event with its value.
# `number` counts the outputs and events of one step; partition, position and number are the order of publishing.
outbox = Table(
    "outbox",
    metadata,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("value", LargeBinary),
)

# What monitors remember: the rows of a fold, and per partition of the events how far it is, by compare-and-set.
fold_progress = Table(
    "fold_progress",
    metadata,
    Column("fold", Text, primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("seen", Text, nullable=False),
)

fold_row = Table(
    "fold_row",
    metadata,
    Column("fold", Text, primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    Column("row", LargeBinary, nullable=False),
)

audit = audit_table(metadata)
