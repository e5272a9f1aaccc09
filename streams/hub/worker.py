"""The exchange loop of the embedded hub: from the log, through the pure core, into the store; a transaction a batch."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_exponential_jitter

from monitoring.metrics import Metrics
from streams.core.ports import Fenced, Log, Step, Store, StoreError
from streams.hub.deciding import BATCH, Decider

LOOK_ANYWAY = 1.0
"""Seconds after which the log is read without being woken: another process may have released a message into it."""

logger = structlog.get_logger()


class Worker:
    """Processes the log in batches. Infrastructure that fails is tried again; a fenced worker stops."""

    def __init__(self, decider: Decider, log: Log, store: Store, metrics: Metrics) -> None:
        self._decider = decider
        self._log = log
        self._store = store
        self._metrics = metrics
        self._left: dict[int, int] = {}

    async def run(self, more: asyncio.Event, done: Callable[[Sequence[Step]], None]) -> None:
        """Process for ever, or until cancelled. `more` wakes it at once; `done` is told of every durable batch.

        Raises Fenced when another worker has taken over.
        """
        while True:
            more.clear()
            steps = await self._try_again(self.process_batch)
            done(steps)
            if not steps:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_ANYWAY):
                        await more.wait()

    async def process_batch(self) -> Sequence[Step]:
        """Process the next entries of the log, at most BATCH. Raises StoreError; nothing is half done then."""
        progress = await self._store.progress(await self._log.partitions())
        expected = {partition: one.position for partition, one in progress.items()}
        entries = await self._log.read(expected, BATCH)
        if not entries:
            return ()
        if expected != self._left:
            self._decider.forget()  # another worker was here: what is remembered may be old
        try:
            steps = await self._decider.decide(entries, {p: one.decided_at for p, one in progress.items()})
            await self._store.commit(expected, steps)
        except BaseException:
            self._decider.forget()
            raise
        self._left = {**expected, steps[-1].entry.partition: steps[-1].entry.position}
        self._metrics.position.labels(str(steps[-1].entry.partition)).set(steps[-1].entry.position)
        return steps

    async def _try_again(self, attempt: Callable[[], Awaitable[Sequence[Step]]]) -> Sequence[Step]:
        retrying = AsyncRetrying(
            retry=retry_if_exception(lambda e: isinstance(e, StoreError) and not isinstance(e, Fenced)),
            wait=wait_exponential_jitter(multiplier=0.1, max=30),
            before_sleep=self._note_failure,
        )
        return await retrying(attempt)

    def _note_failure(self, state: RetryCallState) -> None:
        self._metrics.store_errors.inc()
        error = state.outcome.exception() if state.outcome else None
        cause = type(error.__cause__ or error).__name__ if error else None
        logger.error("store failed, trying again", error=cause, count=state.attempt_number)
