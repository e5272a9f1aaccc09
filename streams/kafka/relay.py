"""The relay inside a worker: publishes what its transactions put into the outbox, in order, until acknowledged."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import islice

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential_jitter

from connectors.kafka_client import KafkaConnection
from connectors.kafka_producer import Producer
from connectors.kafka_records import publication_record
from connectors.postgres_store import Place, Publication
from monitoring.metrics import Metrics

MOST_AT_ONCE = 1_000
BYTES_AT_ONCE = 30_000_000
MOST_WAITING = 5_000
MOST_BYTES_WAITING = 100_000_000
"""What may wait before its worker takes nothing more in."""

_NOWHERE: Place = (0, 0, 0)

logger = structlog.get_logger()


class Relay:
    """Publishes what is put into it. What was published is told by `published`, for a later transaction to forget.

    A crash between publishing and forgetting publishes again: readers know an id they have seen.
    """

    def __init__(self, connection: KafkaConnection, producer: Producer, metrics: Metrics) -> None:
        self._connection = connection
        self._producer = producer
        self._metrics = metrics
        self._waiting: deque[Publication] = deque()
        self._bytes = 0
        self._published: dict[int, Place] = {}
        self._more = asyncio.Event()
        self._less = asyncio.Event()
        self._less.set()

    def put(self, publications: Sequence[Publication]) -> None:
        """Publish these after what waits already, but for what was published by us before."""
        new = [one for one in publications if one.place > self._published.get(one.place[0], _NOWHERE)]
        self._waiting.extend(new)
        self._bytes += sum(len(one.value) for one in new)
        self._note()

    def reset(self) -> None:
        """Let nothing wait: its worker reads its outbox anew."""
        self._waiting = deque()
        self._bytes = 0
        self._note()

    def published(self) -> dict[int, Place]:
        """Per partition of the log, up to where everything is published."""
        return dict(self._published)

    def forgotten(self, published: dict[int, Place]) -> None:
        """What was told by `published` is durably forgotten."""
        for partition, place in published.items():
            if self._published.get(partition) == place:
                del self._published[partition]

    async def room(self, seconds: float) -> bool:
        """Wait until not too much waits; False when it takes too long."""
        try:
            async with asyncio.timeout(seconds):
                await self._less.wait()
        except TimeoutError:
            return False
        return True

    async def emptied(self, seconds: float) -> bool:
        """Wait until nothing waits; False when it takes too long."""
        try:
            async with asyncio.timeout(seconds):
                while self._waiting:
                    await asyncio.sleep(0.05)
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        """Close what it publishes with."""
        await self._producer.close()

    async def run(self) -> None:
        """Publish for ever, or until cancelled. What fails is tried again, from the first that is unacknowledged."""
        while True:
            await self._more.wait()
            waiting = self._waiting
            some = self._some()
            await self._try_again(some)
            for one in some:
                self._published[one.place[0]] = one.place
            if waiting is self._waiting:
                for one in some:
                    waiting.popleft()
                    self._bytes -= len(one.value)
            self._note()

    def _some(self) -> list[Publication]:
        some: list[Publication] = []
        size = 0
        for one in islice(self._waiting, MOST_AT_ONCE):
            size += len(one.value)
            if some and size > BYTES_AT_ONCE:
                break
            some.append(one)
        return some

    async def _try_again(self, some: Sequence[Publication]) -> None:
        records = [publication_record(self._connection, one) for one in some]
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(Exception),  # a relay that ended would leave a worker that never publishes
            wait=wait_exponential_jitter(multiplier=0.2, max=10),
            before_sleep=self._note_failure,
        )
        await retrying(self._producer.send, records)

    def _note(self) -> None:
        self._metrics.outbox.set(len(self._waiting))
        _set(self._more, bool(self._waiting))
        _set(self._less, len(self._waiting) < MOST_WAITING and self._bytes < MOST_BYTES_WAITING)

    def _note_failure(self, state: RetryCallState) -> None:
        self._metrics.store_errors.inc()
        error = state.outcome.exception() if state.outcome else None
        cause = type(error.__cause__ or error).__name__ if error else None
        logger.error("publishing failed, trying again", error=cause, count=state.attempt_number)


def _set(event: asyncio.Event, on: bool) -> None:
    if on:
        event.set()
    else:
        event.clear()
