"""An embedded hub that commits rows and progress of its folds apart, and dies once in between: for a control.

python -m tests.support.monitors_torn run ...
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence

from msgspec.structs import replace

from connectors.sqlite_folds import SqliteFolds
from streams.cli import main
from streams.core.fold_ports import FoldCommit

DIES = "dies-once"
"""A file beside the database: when it is there, it goes, and the hub kills itself between rows and progress."""

_commit = SqliteFolds._commit_folds


def torn(self: SqliteFolds, partition: int, commits: Sequence[FoldCommit]) -> None:
    with self._transaction() as connection:
        connection.executemany(
            "INSERT INTO fold_row (fold, partition, key, row) VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET row = excluded.row",
            [(one.fold, partition, key, row) for one in commits for key, row in one.rows.items()],
        )
    dies = self._path.with_name(DIES)
    if partition >= 0 and dies.exists():  # the check of the key is a commit too, in a partition of its own
        dies.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    _commit(self, partition, [replace(one, rows={}) for one in commits])


if __name__ == "__main__":
    SqliteFolds._commit_folds = torn  # type: ignore[method-assign]
    main()
