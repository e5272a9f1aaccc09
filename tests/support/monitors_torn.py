"""An embedded hub that commits rows and progress of its folds apart, a moment after each other: for a control.

python -m tests.support.monitors_torn run ...
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from msgspec.structs import replace

from connectors.sqlite_folds import SqliteFolds
from streams.cli import main
from streams.core.ports import FoldCommit

SLOWLY = 0.1
"""Seconds between the rows and the progress."""

_commit = SqliteFolds._commit_folds


def torn(self: SqliteFolds, partition: int, commits: Sequence[FoldCommit]) -> None:
    with self._transaction() as connection:
        connection.executemany(
            "INSERT INTO fold_row (fold, partition, key, row) VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET row = excluded.row",
            [(one.fold, partition, key, row) for one in commits for key, row in one.rows.items()],
        )
    time.sleep(SLOWLY)
    _commit(self, partition, [replace(one, rows={}) for one in commits])


if __name__ == "__main__":
    SqliteFolds._commit_folds = torn  # type: ignore[method-assign]
    main()
