"""What monitors need from the outside: the events, and a store that remembers what they were folded into.

Kept by SQLite and by PostgreSQL, as streams.core.ports is, with one suite for both. Errors are its StoreError.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

KEY_CHECK = "pseudonym key"
"""The name under which a FoldStore keeps, in partition -1, what tells the key of pseudonyms from another one."""


class Behind(Exception):
    """Figures would tell of a part as if it were all: so many events (`waiting`) are not folded yet."""

    def __init__(self, waiting: int) -> None:
        super().__init__(f"{waiting} events are not folded yet")
        self.waiting = waiting


class FoldProgress(Struct, frozen=True):
    """How far a fold is in one partition of the events.

    position  where it goes on: that of the last event that it folded and one more, 0 before the first.
    version   raised by every commit; a commit says which one it expects.
    seen      per partition of the log, the place of the last event of it that was folded: events may be published
              twice, and those of one partition of the log come in order.
    """

    position: int = 0
    version: int = 0
    seen: Mapping[int, tuple[int, int]] = {}


class FoldCommit(Struct, frozen=True, kw_only=True):
    """What a fold came to in a partition: how far it is now, and the rows that changed.

    expected  the version that its progress has until then, as far as whoever folds knows.
    """

    fold: str
    expected: int
    progress: FoldProgress
    rows: Mapping[str, bytes]


class FoldStore(Protocol):
    """What monitors remember: the rows of every fold, apart for every partition of the events."""

    async def fold_progress(self, fold: str, partitions: Collection[int]) -> Mapping[int, FoldProgress]:
        """How far this fold is in each of these partitions."""

    async def fold_versions(self) -> Mapping[tuple[str, int], int]:
        """The version of every fold in every partition in which it has begun: the same again when nothing changed."""

    async def fold_rows(self, fold: str, partition: int, keys: Collection[str]) -> Mapping[str, bytes]:
        """The rows that exist among these keys."""

    async def fold_totals(self, fold: str) -> tuple[tuple[str, bytes], ...]:
        """All rows of all partitions, with their keys: a key comes once for every partition that has it."""

    async def commit_folds(self, partition: int, commits: Sequence[FoldCommit]) -> None:
        """Replace rows and progress of these folds in a partition, in one go.

        Raises Fenced, and changes nothing, when the version of one of them is not the one expected any more.
        """


class StoredEvent(Struct, frozen=True):
    """An event that an embedded hub holds, and where: position and number of what told it, in the only partition."""

    position: int
    number: int
    body: bytes


class EventLog(Protocol):
    """The events of an embedded hub, in the order in which they became durable; on Kafka they are a topic."""

    async def events(self, since: tuple[int, int], limit: int) -> tuple[StoredEvent, ...]:
        """At most so many of the events from this position and number on."""

    async def waiting_events(self, since: tuple[int, int], most: int) -> int:
        """How many events there are from this position and number on; `most` when they are more."""
