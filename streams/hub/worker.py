"""The exchange loop: from the log, through the pure core, into the store; one transaction per batch."""

from __future__ import annotations

import asyncio
import gc
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TypeVar

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_exponential_jitter

from monitoring.faults import kind_and_place
from monitoring.metrics import Metrics
from schemas.ijw_3_2.dossier.rows import Key, Row, RowsWanted
from streams.core.effects import Effects, Judged, Remember
from streams.core.envelope import Envelope
from streams.core.exchange import Exchange, Opened, set_aside
from streams.core.ports import Entry, Fenced, Log, RelationKey, Step, Store, StoreError

BATCH = 200
LOOK_ANYWAY = 1.0
"""Seconds after which the log is read without being woken: another process may have released a message into it."""
T = TypeVar("T")


def relieve_collector() -> None:
    """Look for garbage in cycles less often: messages make very many objects and no cycles, so it finds nothing."""
    gc.set_threshold(100_000, 50, 100)


logger = structlog.get_logger()


Fetched = dict[str, dict[Key, Row | None]]
"""The rows that a batch has at hand, by relation, with what it changed so far. None: fetched, and not there."""


@dataclass(frozen=True, slots=True)
class RelationRows:
    """The rows of one relation that a batch has at hand."""

    rows: Mapping[Key, Row | None]

    def get(self, key: Key) -> Row | None:
        """The row with this key. Raises RowsWanted for a key that was not fetched."""
        try:
            return self.rows[key]
        except KeyError:
            raise RowsWanted((key,)) from None


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
        rows: Fetched = defaultdict(dict)
        wanted = {(o.envelope.relation, key) for o in opened if isinstance(o, Opened) for key in o.keys}
        steps: list[Step] = []
        while len(steps) < len(entries):
            await self._fetch(rows, wanted)
            wanted = await self._in_thread(lambda: self._decide_further(entries, opened, rows, steps))
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

    async def _fetch(self, rows: Fetched, wanted: Collection[RelationKey]) -> None:
        found = await self._store.rows(wanted)
        for relation, key in wanted:
            rows[relation][key] = found.get((relation, key))

    def _decide_further(
        self, entries: Sequence[Entry], opened: Sequence[Opened | Effects], rows: Fetched, steps: list[Step]
    ) -> set[RelationKey]:
        """Add the steps of the entries that have none yet; stops at one that wants more rows, and returns their keys.

        Most rows are known beforehand. The others (the lines of a claim that is answered) are named by rows that an
        earlier entry of this batch may change, so they can only be asked for here.
        """
        for entry, one in islice(zip(entries, opened, strict=True), len(steps), None):
            now = self._clock()
            relation = entry.envelope.relation
            try:
                effects = self._decide(one, RelationRows(rows[relation]), now)
            except RowsWanted as wanted:
                return {(relation, key) for key in wanted.keys}
            for effect in effects:
                if isinstance(effect, Remember):
                    rows[relation].update(effect.rows)
            steps.append(Step(entry=entry, effects=effects, decided_at=now))
        return set()

    def _decide(self, opened: Opened | Effects, dossier: RelationRows, now: datetime) -> Effects:
        if not isinstance(opened, Opened):
            return opened
        try:
            return self._exchange.decide(opened, dossier, now)
        except RowsWanted:
            raise
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


def _set_aside(envelope: Envelope, error: Exception) -> Effects:
    reason = kind_and_place(error)
    logger.error("quarantined", envelope=envelope.id, bericht=envelope.bericht, reason=reason)
    return set_aside(envelope, reason)
