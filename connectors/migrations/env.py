"""What Alembic runs: the migrations, on the connection and in the transaction of connectors.migrating."""

from __future__ import annotations

from alembic import context

from connectors.tables import metadata


def _migrate() -> None:
    # Alembic takes SQLite's changes of tables for something that cannot be undone. Begun by hand, they can.
    context.configure(
        connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True
    )
    with context.begin_transaction():
        context.run_migrations()


_migrate()
