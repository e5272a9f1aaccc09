"""The loop of an embedded hub that folds the events it holds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential_jitter

from monitoring.faults import kind_and_place
from monitoring.metrics import Metrics
from streams.core.fold_ports import EventLog, StoredEvent
from streams.core.folding import Occurrence, Poison
from streams.hub.folding import Folding

PARTITION = 0
"""The only partition of the events of an embedded hub."""
SPAN = 2**20
"""Offsets that one position in the log has for its events."""
AT_ONCE = 200
"""Events that are folded in one commit at most; fewer when they are large."""
LOOK_ANYWAY = 1.0
"""Seconds after which is looked for events without being woken."""
MOST_COUNTED = 10_000
"""Waiting events are counted up to here: counting all of very many would take long."""

logger = structlog.get_logger()


class EmbeddedFolder:
    """Folds the events that an embedded hub holds. Nothing that goes wrong here may stop the hub."""

    def __init__(self, folding: Folding, events: EventLog, metrics: Metrics) -> None:
        self._folding = folding
        self._events = events
        self._metrics = metrics

    async def run(self, more: asyncio.Event) -> None:
        """Fold for ever, or until cancelled. `more` wakes it at once."""
        while True:
            more.clear()
            retrying = AsyncRetrying(
                retry=retry_if_exception_type(Exception),
                wait=wait_exponential_jitter(multiplier=0.1, max=30),
                before_sleep=self._note_failure,
            )
            if not await retrying(self.fold_some):
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_ANYWAY):
                        await more.wait()

    async def fold_some(self) -> int:
        """Fold the next events, at most AT_ONCE; returns how many. Raises StoreError; nothing is half done then."""
        found = await self._events.events(divmod(await self._folding.position(PARTITION), SPAN), AT_ONCE)
        if found:
            counted = await self._folding.fold(PARTITION, [_occurrence(one) for one in found], self._set_aside)
            self._metrics.count_events(counted.folded, counted.doubles, counted.poison)
        position = await self._folding.position(PARTITION)
        lag = await self._events.waiting_events(divmod(position, SPAN), MOST_COUNTED)
        self._metrics.tell_monitor([(PARTITION, position, lag)])
        return len(found)

    async def waiting(self) -> int:
        """How many events are not folded yet, at most MOST_COUNTED. Raises StoreError."""
        folds = (await self._folding.stored([PARTITION]))[PARTITION]
        return await self._events.waiting_events(divmod(min(folds.values()), SPAN), MOST_COUNTED)

    async def _set_aside(self, poison: Sequence[Poison]) -> None:
        """Tell of it; the events themselves stay where they are."""
        for one in poison:
            position = one.offset // SPAN
            reason = kind_and_place(one.error)
            logger.error("an event cannot be folded", partition=PARTITION, position=position, reason=reason)

    def _note_failure(self, state: RetryCallState) -> None:
        self._metrics.store_errors.inc()
        error = state.outcome.exception() if state.outcome else None
        told = kind_and_place(error.__cause__ or error) if error else None
        logger.error("folding failed, trying again", error=told, count=state.attempt_number)


def _occurrence(event: StoredEvent) -> Occurrence:
    offset = event.position * SPAN + event.number
    return Occurrence(offset, (PARTITION, event.position, event.number), event.body)
