"""A monitor that waits between folding and committing, with or without the compare-and-set: for aimed stalls.

python -m tests.support.monitors_slowly fenced|unfenced monitor --port ...
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping

from connectors.postgres_folds import PostgresFolds
from connectors.records import json_text
from streams.cli import main
from streams.core.ports import FoldProgress

SLOWLY = 0.3
"""Seconds between folding and committing."""

_UNFENCED = """
WITH moved AS (
  INSERT INTO fold_progress (fold, partition, position, version, seen) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (fold, partition) DO UPDATE SET position = $3, version = $4, seen = $5
)
INSERT INTO fold_row (fold, partition, key, row) SELECT $1, $2, * FROM unnest($6::text[], $7::bytea[])
ON CONFLICT (fold, partition, key) DO UPDATE SET row = excluded.row
"""

_fenced = PostgresFolds.commit_fold


async def fenced(
    self: PostgresFolds, fold: str, partition: int, expected: int, progress: FoldProgress, rows: Mapping[str, bytes]
) -> None:
    await asyncio.sleep(SLOWLY)
    await _fenced(self, fold, partition, expected, progress, rows)


async def unfenced(
    self: PostgresFolds, fold: str, partition: int, expected: int, progress: FoldProgress, rows: Mapping[str, bytes]
) -> None:
    await asyncio.sleep(SLOWLY)
    values = (progress.position, progress.version, json_text(progress.seen), list(rows), list(rows.values()))
    await self._database.fetch(_UNFENCED, fold, partition, *values)


if __name__ == "__main__":
    PostgresFolds.commit_fold = {"fenced": fenced, "unfenced": unfenced}[sys.argv.pop(1)]  # type: ignore[method-assign]
    main()
