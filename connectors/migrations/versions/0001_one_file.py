"""The tables of the first release: log and store of one hub in one SQLite file, there known as version 2."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _log()
    _store()
    _output()
    _aside()


def downgrade() -> None:
    """Not offered."""
    raise NotImplementedError("there is no way back from version 0001; put a backup in place instead")


def _log() -> None:
    op.create_table(
        "log",
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("received_at", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("party", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("bericht", sa.Text, nullable=False),
        sa.Column("relation", sa.Text, nullable=False),
        sa.Column("receiver", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("party", "reference"),
        sqlite_autoincrement=True,
    )


def _store() -> None:
    op.create_table(
        "progress",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
    )
    op.create_table(
        "verdict",
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("decided_at", sa.Text, nullable=False),
        sa.Column("judged", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
    )
    op.create_table(
        "dossier",
        sa.Column("relation", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("row", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )


def _output() -> None:
    op.create_table(
        "output",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("envelope_id", sa.Text, nullable=False),
        sa.Column("receiver", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("bericht", sa.Text),
        sa.Column("copy", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary),
        sa.Column("delivered_at", sa.Text),
        sa.Column("acknowledged_at", sa.Text),
    )
    op.create_index("output_by_receiver", "output", ["receiver", "acknowledged_at", "position", "number"])
    op.create_index("output_by_envelope", "output", ["position"])


def _aside() -> None:
    op.create_table(
        "aside",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("party", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("rejection", sa.Text),
        sa.Column("envelope_id", sa.Text),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("released_at", sa.Text),
    )
