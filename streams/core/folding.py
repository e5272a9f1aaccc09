"""Folding events into rows that monitors read. Pure: the runtime keeps rows and progress, and commits both in one go.

A batch is of one partition of the events, and of one fold; several folds may open batches of the same events. It is
opened first, which leaves out what was folded before and tells which rows the rest needs; with those rows it is folded.
Neither step raises: an event that cannot be read or folded is handed back as poison, and what follows it goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from streams.core.events import CloudEvent, event_of
from streams.core.fold_ports import FoldProgress

R = TypeVar("R")


class Fold(Protocol[R]):
    """A way to sum events up in rows of type R. Pure; all events that a row is made of have the same subject.

    name  what its rows and progress are kept under: another meaning needs another name, and begins anew.
    """

    @property
    def name(self) -> str:
        """Its name."""

    def keys(self, event: CloudEvent) -> Collection[str]:
        """The keys of the rows that this event needs; none for an event that changes nothing."""

    def fold(self, event: CloudEvent, rows: Mapping[str, R]) -> Mapping[str, R]:
        """The rows that change, as they are after this event. A key without a row has none yet."""

    def encode(self, row: R) -> bytes:
        """A row as it is kept."""

    def decode(self, row: bytes) -> R:
        """A row from what is kept."""

    def totals(self, rows: Sequence[tuple[str, R]]) -> Any:
        """All rows added up, for people."""


class Occurrence(Struct, frozen=True, dict=True):
    """An event as it stands in a partition of the events; it is read once, however many folds it concerns.

    offset  where it stands in that partition.
    place   of the event in the log (partition, position, number), None when it does not tell: what comes twice has the
            same place, and first times come in order of it.
    """

    offset: int
    place: tuple[int, int, int] | None
    body: bytes

    @cached_property
    def event(self) -> CloudEvent:
        """The event itself. Raises NoPlace, and what `event_of` raises."""
        if self.place is None:
            raise NoPlace
        return event_of(self.body)


class Poison(Struct, frozen=True):
    """An event that cannot be read or folded. Only kind and place of the error may be told: it may quote the event."""

    offset: int
    error: Exception


class Batch(Struct, frozen=True, kw_only=True):
    """What is to be folded.

    progress  how far the fold is when that is done.
    events    those that concern it, with their offsets; keys: the rows that they need.
    fresh     how many events come for the first time, whether they concern it or not; doubles: how many do not.
    """

    progress: FoldProgress
    events: tuple[tuple[int, CloudEvent], ...]
    keys: frozenset[str]
    poison: tuple[Poison, ...]
    fresh: int
    doubles: int


class Folded(Struct, frozen=True, kw_only=True):
    """What a batch came to: the rows that changed, and what could not be folded."""

    rows: Mapping[str, Any]
    poison: tuple[Poison, ...]


class NoPlace(Exception):
    """An event does not tell its place in the log, so nobody can say whether it was folded before."""


def open_batch(fold: Fold[R], occurrences: Sequence[Occurrence], progress: FoldProgress) -> Batch:
    """Read what comes after `progress`, in the order in which it stands in its partition, each offset once."""
    seen = dict(progress.seen)
    later = [one for one in occurrences if one.offset >= progress.position]
    fresh = [one for one in later if not _is_double(one, seen)]
    read = [_read(fold, one) for one in fresh]
    events = [one for one in read if not isinstance(one, Poison)]
    position = later[-1].offset + 1 if later else progress.position
    return Batch(
        progress=FoldProgress(position, progress.version + 1, seen),
        events=tuple((offset, event) for offset, event, keys in events if keys),
        keys=frozenset(key for _, _, keys in events for key in keys),
        poison=tuple(one for one in read if isinstance(one, Poison)),
        fresh=len(fresh),
        doubles=len(later) - len(fresh),
    )


def _is_double(one: Occurrence, seen: dict[int, tuple[int, int]]) -> bool:
    """Whether it came before; otherwise its place is noted, and it is the one that came."""
    if one.place is None:
        return False
    partition, *within = one.place
    place = (within[0], within[1])
    if place <= seen.get(partition, (-1, -1)):
        return True
    seen[partition] = place
    return False


def _read(fold: Fold[R], one: Occurrence) -> tuple[int, CloudEvent, Collection[str]] | Poison:
    try:
        return one.offset, one.event, fold.keys(one.event)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one event, the next one goes on
        return Poison(one.offset, error)


def fold_batch(fold: Fold[R], batch: Batch, rows: Mapping[str, R]) -> Folded:
    """Fold a batch into the rows that it needs: those of its keys that are among these, and there are no others."""
    current = {key: rows[key] for key in batch.keys if key in rows}
    changed: dict[str, R] = {}
    poison = list(batch.poison)
    for offset, event in batch.events:
        try:
            made = fold.fold(event, current)
        except Exception as error:  # noqa: BLE001 - as above
            poison.append(Poison(offset, error))
            continue
        current.update(made)
        changed.update(made)
    return Folded(rows=changed, poison=tuple(sorted(poison, key=lambda one: one.offset)))


def moved_to(progress: FoldProgress, position: int) -> FoldProgress:
    """The progress when what stands before `position` is gone and can no longer be read."""
    return replace(progress, position=max(position, progress.position))
