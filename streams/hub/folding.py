"""Folding events into the rows that monitors read, with the truth in a FoldStore; the same under every runtime.

Every fold has its own progress, and what all of them make of some events is one commit. A fold that is ahead of the
others, as the old ones are when a new one comes, passes over what it has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from streams.core.fold_ports import FoldCommit, FoldProgress, FoldStore
from streams.core.folding import Batch, Fold, Folded, Occurrence, Poison, fold_batch, moved_to, open_batch
from streams.core.folds.berichten import BerichtenFold
from streams.core.folds.care import CareFold
from streams.core.folds.claims import ClaimsFold

FOLDS: tuple[Fold[Any], ...] = (CareFold(), ClaimsFold(), BerichtenFold())
"""Everything that monitors keep."""
MOST_ROWS = 5_000
"""Rows of one fold and partition that are kept in memory."""

SetAside = Callable[[Sequence[Poison]], Awaitable[None]]


@dataclass(slots=True)
class _Memory:
    """What is known of a fold in a partition without asking the store; worth nothing once another commits to it."""

    fold: Fold[Any]
    progress: FoldProgress
    rows: dict[str, Any] = field(default_factory=dict)


class Counted(Struct, frozen=True):
    """What became of events: how many were folded, came again, or could not be folded."""

    folded: int
    doubles: int
    poison: int


class Folding:
    """Folds the partitions that it is asked to. A partition must be folded by one task at a time."""

    def __init__(self, folds: Sequence[Fold[Any]], store: FoldStore) -> None:
        self._folds = folds
        self._store = store
        self._memory: dict[int, list[_Memory]] = {}

    def forget(self) -> None:
        """Forget all progress and rows that are remembered: others may have gone on."""
        self._memory = {}

    async def stored(self, partitions: Collection[int]) -> Mapping[int, Mapping[str, int]]:
        """The durable position of each fold in each partition. Raises StoreError."""
        known = {fold.name: await self._store.fold_progress(fold.name, partitions) for fold in self._folds}
        return {p: {name: progress[p].position for name, progress in known.items()} for p in partitions}

    async def position(self, partition: int) -> int:
        """Where to go on in this partition: the position of the fold that is furthest behind. Raises StoreError."""
        return min(memory.progress.position for memory in await self._remembered(partition))

    async def fold(
        self, partition: int, occurrences: Sequence[Occurrence], set_aside: SetAside, after: int = 0
    ) -> Counted:
        """Fold events, and make the outcome durable together with the position behind them, and behind `after`.

        What cannot be folded is given to `set_aside` first, once for all folds. Raises StoreError, and what `set_aside`
        raises. What is remembered is trusted again only when it succeeds: a commit that fails may have been done.
        """
        memories = await self._remembered(partition)
        del self._memory[partition]
        batches = await asyncio.to_thread(_opened, memories, occurrences)
        for memory, batch in zip(memories, batches, strict=True):
            await self._fetch(partition, memory, batch.keys)
        folded = await asyncio.to_thread(_folded, memories, batches)
        poison = {one.offset: one for made in folded for one in made.poison}
        if poison:
            await set_aside([poison[offset] for offset in sorted(poison)])
        await self._commit(partition, memories, [moved_to(batch.progress, after) for batch in batches], folded)
        self._memory[partition] = memories
        return _counted(batches, len(poison))

    async def _commit(
        self, partition: int, memories: Sequence[_Memory], progress: Sequence[FoldProgress], folded: Sequence[Folded]
    ) -> None:
        """Make durable what the folds that moved came to, and remember it."""
        made = [
            (memory, moved, one)
            for memory, moved, one in zip(memories, progress, folded, strict=True)
            if moved.position > memory.progress.position
        ]
        if made:
            await self._store.commit_folds(partition, [_commit_of(*one) for one in made])
        for memory, moved, one in made:
            memory.progress = moved
            memory.rows.update(one.rows)

    async def _remembered(self, partition: int) -> list[_Memory]:
        if partition not in self._memory:
            self._memory[partition] = [
                _Memory(fold, (await self._store.fold_progress(fold.name, [partition]))[partition])
                for fold in self._folds
            ]
        return self._memory[partition]

    async def _fetch(self, partition: int, memory: _Memory, keys: frozenset[str]) -> None:
        if len(memory.rows) > MOST_ROWS:
            memory.rows = {}
        if missing := keys - memory.rows.keys():
            found = await self._store.fold_rows(memory.fold.name, partition, missing)
            memory.rows.update((key, memory.fold.decode(row)) for key, row in found.items())

    async def totals(self) -> Mapping[str, Any]:
        """The rows of each fold added up, of all partitions, whoever folds them. Raises StoreError."""
        return {fold.name: await self._totals(fold) for fold in self._folds}

    async def _totals(self, fold: Fold[Any]) -> Any:
        rows = await self._store.fold_totals(fold.name)
        return await asyncio.to_thread(lambda: fold.totals([(key, fold.decode(row)) for key, row in rows]))


def _opened(memories: Sequence[_Memory], occurrences: Sequence[Occurrence]) -> list[Batch]:
    return [open_batch(memory.fold, occurrences, memory.progress) for memory in memories]


def _folded(memories: Sequence[_Memory], batches: Sequence[Batch]) -> list[Folded]:
    return [fold_batch(one.fold, batch, one.rows) for one, batch in zip(memories, batches, strict=True)]


def _commit_of(memory: _Memory, moved: FoldProgress, folded: Folded) -> FoldCommit:
    return FoldCommit(
        fold=memory.fold.name,
        expected=memory.progress.version,
        progress=moved,
        rows={key: memory.fold.encode(row) for key, row in folded.rows.items()},
    )


def _counted(batches: Sequence[Batch], poison: int) -> Counted:
    """By the fold that was furthest behind: the others passed over some."""
    behind = max(batches, key=lambda batch: batch.fresh + batch.doubles)
    return Counted(behind.fresh - poison, behind.doubles, poison)
