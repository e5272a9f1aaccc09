"""Reading what figures are made of, for makers that keep what they made until something changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from time import monotonic
from typing import Protocol

from streams.core.fold_ports import Behind
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import File
from streams.core.regions import Monitoring

KEPT = 10.0
"""Seconds that what was made is given again at least, also when something changed."""
REST = 10
"""How many times as long as it took it is given again at least: messages come first."""


class FigureSource(Protocol):
    """Where figures come from: the folds of the hub that serves them.

    The files that `read` gives are one and the same object as long as nothing changed: what is made is kept until then.
    """

    @property
    def monitoring(self) -> Monitoring:
        """What monitors are told beforehand."""
        ...

    async def read(self) -> tuple[Rows, Sequence[File]]:
        """Everything that is known. Raises StoreError, and Behind while that is not nearly all."""
        ...

    def now(self) -> datetime:
        """The moment, with time zone."""
        ...


class Reading:
    """What a source gave last. `version` is raised whenever something changed."""

    def __init__(self, source: FigureSource) -> None:
        self._source = source
        self.files: Sequence[File] = ()
        self.version = 0

    async def read(self) -> tuple[Rows, Sequence[File]]:
        """Everything that is known. Raises what the source raises."""
        rows, files = await self._source.read()
        if files is not self.files or not self.version:
            self.files, self.version = files, self.version + 1
        return rows, files

    async def will_do(self, version: int, until: float) -> bool:
        """Whether what was made from a version may be given again: up to a moment (monotonic) whatever happens."""
        if monotonic() < until:
            return True
        try:
            await self.read()
        except Behind:
            return True  # it is whole, and says when it was made
        return version == self.version


def rested(began: float) -> float:
    """Until when (monotonic) something is given again that was begun then and is made now."""
    ended = monotonic()
    return ended + max(KEPT, REST * (ended - began))
