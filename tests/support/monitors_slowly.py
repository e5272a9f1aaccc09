"""A monitor that waits between folding and committing, with or without the compare-and-set: for aimed stalls.

python -m tests.support.monitors_slowly fenced|unfenced monitor --port ...
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from connectors.postgres_folds import PostgresFolds
from connectors.records import json_text
from streams.cli import main
from streams.core.fold_ports import FoldCommit

SLOWLY = 0.3
"""Seconds between folding and committing."""

_PROGRESS = """
INSERT INTO fold_progress (fold, partition, position, version, seen) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (fold, partition) DO UPDATE SET position = $3, version = $4, seen = $5
"""
_ROWS = """
INSERT INTO fold_row (fold, partition, key, row) SELECT $1, $2, * FROM unnest($3::text[], $4::bytea[])
ON CONFLICT (fold, partition, key) DO UPDATE SET row = excluded.row
"""

_fenced = PostgresFolds.commit_folds


async def fenced(self: PostgresFolds, partition: int, commits: Sequence[FoldCommit]) -> None:
    await asyncio.sleep(SLOWLY)
    await _fenced(self, partition, commits)


async def unfenced(self: PostgresFolds, partition: int, commits: Sequence[FoldCommit]) -> None:
    await asyncio.sleep(SLOWLY)
    for one in commits:
        progress = (one.progress.position, one.progress.version, json_text(one.progress.seen))
        await self._database.fetch(_PROGRESS, one.fold, partition, *progress)
        await self._database.fetch(_ROWS, one.fold, partition, list(one.rows), list(one.rows.values()))


if __name__ == "__main__":
    PostgresFolds.commit_folds = {"fenced": fenced, "unfenced": unfenced}[sys.argv.pop(1)]  # type: ignore[method-assign]
    main()
