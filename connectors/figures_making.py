"""Work that takes long, for many who ask: the same once for all of them, one at a time, and few waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Generic, TypeVar

from connectors.http_problems import Problem

MOST_WAITING = 4
"""Pieces of work that may wait beside the one that is done."""
_BUSY = {"Retry-After": "10"}
_DETAIL = "The hub makes other pictures now, and messages come first. Try again in a while."

T = TypeVar("T")


class OneAtATime(Generic[T]):
    """Does pieces of work in turn."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)
        self._under_way: dict[Hashable, asyncio.Task[T]] = {}

    async def done(self, what: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """What the work gives; who asks for the same while it waits or is done gets that too.

        Raises what the work raises, and Problem when too much waits. Who goes away does not stop it for the others.
        """
        task = self._under_way.get(what)
        if task is None:
            if len(self._under_way) > MOST_WAITING:
                raise Problem("unavailable", detail=_DETAIL, headers=_BUSY)
            task = self._under_way[what] = asyncio.create_task(self._in_turn(work))
            task.add_done_callback(partial(self._forget, what))
        return await asyncio.shield(task)

    async def _in_turn(self, work: Callable[[], Awaitable[T]]) -> T:
        async with self._turn:
            return await work()

    def _forget(self, what: Hashable, task: asyncio.Task[T]) -> None:
        del self._under_way[what]
        if not task.cancelled():
            task.exception()  # looked at: of one that nobody waits for any more, asyncio would print the text
