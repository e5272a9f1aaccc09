"""The exchange loop: from the log, through the pure core, into the store; one transaction per batch."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_exponential_jitter

from monitoring.faults import kind_and_place
from monitoring.metrics import Metrics
from schemas.ijw_3_2.dossier import Key, Row
from streams.core.effects import Effects, Judged, Remember
from streams.core.envelope import Envelope
from streams.core.exchange import Exchange, Opened, set_aside
from streams.core.ports import Entry, Fenced, Log, RelationKey, Step, Store, StoreError

BATCH = 200
LOOK_ANYWAY = 1.0
"""Seconds after which the log is read without being woken: another process may have released a message into it."""
T = TypeVar("T")

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RelationRows:
    """The rows of one relation that were fetched for a batch, with what the batch changed so far."""

    relation: str
    rows: dict[RelationKey, Row]
    fetched: Collection[RelationKey]

    def get(self, key: Key) -> Row | None:
        """The row with this key. Raises KeyError for a key that was not asked for beforehand."""
        if (self.relation, key) not in self.fetched:
            raise KeyError(f"a row of kind {key.kind} was not asked for beforehand")
        return self.rows.get((self.relation, key))


class Worker:
    """Processes the log in batches. Infrastructure that fails is tried again; a fenced worker stops."""

    def __init__(
        self, exchange: Exchange, log: Log, store: Store, clock: Callable[[], datetime], metrics: Metrics
    ) -> None:
        self._exchange = exchange
        self._log = log
        self._store = store
        self._clock = clock
        self._metrics = metrics
        # Schemas must stay on one thread, and HTTP must go on while a large message is checked.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="exchange")

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
        expected = await self._store.position()
        entries = await self._log.read(expected, BATCH)
        if not entries:
            return ()
        started = time.perf_counter()
        opened = await self._in_thread(lambda: [self._open(entry.envelope) for entry in entries])
        keys = {(o.envelope.relation, key) for o in opened if isinstance(o, Opened) for key in o.keys}
        rows = dict(await self._store.rows(keys))
        steps = await self._in_thread(lambda: self._decide_all(entries, opened, rows, keys))
        await self._store.commit(expected, steps)
        self._count(steps, (time.perf_counter() - started) / len(steps))
        return steps

    async def _in_thread(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function)

    def _open(self, envelope: Envelope) -> Opened | Effects:
        try:
            return self._exchange.open(envelope)
        except Exception as error:
            return _set_aside(envelope, error)

    def _decide_all(
        self,
        entries: Sequence[Entry],
        opened: Sequence[Opened | Effects],
        rows: dict[RelationKey, Row],
        fetched: Collection[RelationKey],
    ) -> list[Step]:
        steps = []
        for entry, one in zip(entries, opened, strict=True):
            now = self._clock()
            dossier = RelationRows(entry.envelope.relation, rows, fetched)
            effects = self._decide(one, dossier, now) if isinstance(one, Opened) else one
            rows.update(_changed(effects))
            steps.append(Step(entry=entry, effects=effects, decided_at=now))
        return steps

    def _decide(self, opened: Opened, dossier: RelationRows, now: datetime) -> Effects:
        try:
            return self._exchange.decide(opened, dossier, now)
        except Exception as error:
            return _set_aside(opened.envelope, error)

    def _count(self, steps: Sequence[Step], seconds: float) -> None:
        for step in steps:
            judged = next(effect for effect in step.effects if isinstance(effect, Judged))
            level = "none" if judged.level is None else str(judged.level)
            self._metrics.messages.labels(step.entry.envelope.bericht, judged.outcome, level).inc()
            self._metrics.processing.labels(step.entry.envelope.bericht).observe(seconds)
        self._metrics.position.set(steps[-1].entry.position)

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
        logger.error("store failed, trying again", error=type(error).__name__, count=state.attempt_number)


def _changed(effects: Effects) -> Iterable[tuple[RelationKey, Row]]:
    return [((e.relation, e.key), e.row) for e in effects if isinstance(e, Remember)]


def _set_aside(envelope: Envelope, error: Exception) -> Effects:
    reason = kind_and_place(error)
    logger.error("quarantined", envelope=envelope.id, bericht=envelope.bericht, reason=reason)
    return set_aside(envelope, reason)
