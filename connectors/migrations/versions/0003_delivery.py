"""What adapters and delivery need to know of an output, the software that made a message, and the audit log.

The two tables that change are renamed, made anew and filled from the old ones, as in version 0002.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from alembic import op

from connectors.audit_table import POSTGRESQL_TRIGGERS, SQLITE_TRIGGERS, audit_table
from streams.core.envelope import wire_reference

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_LOG = "id, partition, position, received_at, source, party, reference, bericht, relation, receiver, body"
_OUTPUT = (
    "id, partition, position, number, envelope_id, receiver, kind, bericht, copy, created_at, body, delivered_at, "
    "acknowledged_at"
)
_REFERENCES_AT_ONCE = 1_000


def upgrade() -> None:
    """Make the two tables anew with all their rows, and the audit log."""
    _put_aside("log", ("log_by_reference", "log_by_position"))
    _put_aside("output", ())
    for name in ("output_not_delivered", "output_not_acknowledged", "output_by_envelope"):
        op.drop_index(name, "output_0002")
    _log()
    _output()
    op.execute(f"INSERT INTO log ({_LOG}) SELECT {_LOG} FROM log_0002 ORDER BY partition, position")
    _carry_outputs()
    for table in ("log", "output"):
        op.drop_table(f"{table}_0002")
    _indexes()
    _audit()


def downgrade() -> None:
    """Not offered: version 0002 has no place for the audit log and what could not be delivered."""
    raise NotImplementedError("there is no way back from version 0003; put a backup in place instead")


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _put_aside(table: str, constraints: Sequence[str]) -> None:
    old = f"{table}_0002"
    op.rename_table(table, old)
    if not _on_postgresql():
        return
    # Names of constraints are unique there, and the new table wants these.
    op.execute(f"ALTER TABLE {old} RENAME CONSTRAINT {table}_pkey TO {old}_pkey")
    for name in constraints:
        op.drop_constraint(name, old)


def _log() -> None:
    op.create_table(
        "log",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("partition", sa.Integer),
        sa.Column("position", sa.BigInteger),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("party", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("bericht", sa.Text, nullable=False),
        sa.Column("relation", sa.Text, nullable=False),
        sa.Column("receiver", sa.Text, nullable=False),
        sa.Column("software", sa.Text),
        sa.Column("body", sa.LargeBinary),
        sa.UniqueConstraint("party", "reference", name="log_by_reference"),
        sa.UniqueConstraint("partition", "position", name="log_by_position"),
    )


def _output() -> None:
    op.create_table(
        "output",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("envelope_id", sa.Text, nullable=False),
        sa.Column("receiver", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("bericht", sa.Text),
        sa.Column("copy", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("answers", sa.Text),
        sa.Column("outcome", sa.Text),
        sa.Column("size", sa.Integer),
        sa.Column("sha256", sa.Text),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("failed_at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.Text),
        sa.Column("undeliverable_at", sa.DateTime(timezone=True)),
        sa.Column("body", sa.LargeBinary),
    )


def _carry_outputs() -> None:
    """Every output gets the number under which it goes out; what answered its own envelope says so, and how."""
    references = op.create_table(
        "reference_0002", sa.Column("id", sa.Text, primary_key=True), sa.Column("made", sa.Text)
    )
    assert references is not None
    for ids in _pages():
        op.bulk_insert(references, [{"id": id, "made": wire_reference(id)} for id in ids])
    judged = "CAST(v.judged AS json)" if _on_postgresql() else "v.judged"
    op.execute(
        f"INSERT INTO output ({_OUTPUT}, reference, answers, outcome) "
        f"SELECT {', '.join(f'o.{name}' for name in _OUTPUT.split(', '))}, r.made, "
        "CASE WHEN o.kind IN ('antwoord', 'fout') THEN o.envelope_id END, "
        f"CASE WHEN o.kind = 'antwoord' THEN {judged} ->> 'outcome' END "
        "FROM output_0002 o JOIN reference_0002 r ON r.id = o.id LEFT JOIN verdict v ON v.envelope_id = o.envelope_id "
        "ORDER BY o.partition, o.position, o.number"
    )
    op.drop_table("reference_0002")


def _pages() -> Iterator[list[str]]:
    """The ids of all outputs, so many at a time."""
    ask = sa.text(f"SELECT id FROM output_0002 WHERE id > :last ORDER BY id LIMIT {_REFERENCES_AT_ONCE}")
    last = ""
    while found := [str(row.id) for row in op.get_bind().execute(ask, {"last": last})]:
        yield found
        last = found[-1]


def _indexes() -> None:
    op.create_index("log_by_received", "log", ["received_at"])
    waiting = ["receiver", "created_at", "partition", "position", "number"]
    deliverable = sa.column("undeliverable_at").is_(None)
    for state in ("delivered", "acknowledged"):
        missing = sa.and_(sa.column(f"{state}_at").is_(None), deliverable)
        op.create_index(f"output_not_{state}", "output", waiting, sqlite_where=missing, postgresql_where=missing)
    op.create_index("output_by_envelope", "output", ["envelope_id", "receiver"])
    op.create_index("output_by_reference", "output", ["receiver", "reference"], unique=True)
    for column in ("answers", "undeliverable_at"):
        given = sa.column(column).is_not(None)
        name = f"output_by_{column.removesuffix('_at')}"
        op.create_index(name, "output", [column], sqlite_where=given, postgresql_where=given)


def _audit() -> None:
    audit_table(sa.MetaData()).create(op.get_bind())
    for statement in POSTGRESQL_TRIGGERS if _on_postgresql() else SQLITE_TRIGGERS:
        op.execute(statement)
