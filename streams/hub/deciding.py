"""From entries of the log to steps: the pure core with the rows it asks for. The same under every runtime."""

from __future__ import annotations

import asyncio
import gc
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TypeVar

import structlog

from monitoring.faults import kind_and_place
from monitoring.metrics import Metrics
from schemas.ijw_3_2.dossier.rows import Key, Row, RowsWanted
from streams.core.course import Course, reports
from streams.core.effects import Effects, Judged, Remember
from streams.core.envelope import Envelope
from streams.core.events import events_of
from streams.core.exchange import Exchange, Opened, set_aside
from streams.core.ports import Entry, RelationKey, Step, Store, StoreError
from streams.core.workdays import WorkingDays

BATCH = 200
MOST_KEPT = 100_000
"""Rows kept from one batch to the next; above it all are forgotten, and fetched again when asked for."""
MOST_AHEAD = timedelta(minutes=1)
"""Between the clocks of two machines."""
EARLIEST = datetime.min.replace(tzinfo=UTC)
T = TypeVar("T")

logger = structlog.get_logger()


def relieve_collector() -> None:
    """Look for garbage in cycles less often: messages make very many objects and no cycles, so it finds nothing."""
    gc.set_threshold(100_000, 50, 100)


Fetched = dict[str, dict[Key, Row | None]]
"""The rows at hand, by relation, with what was changed so far. None: fetched, and not there."""

Found = Opened | Effects
"""What opening an envelope gave: something to decide, or its effects at once."""


@dataclass(frozen=True, slots=True)
class RelationRows:
    """The rows of one relation that are at hand."""

    rows: Mapping[Key, Row | None]

    def get(self, key: Key) -> Row | None:
        """The row with this key. Raises RowsWanted for a key that was not fetched."""
        try:
            return self.rows[key]
        except KeyError:
            raise RowsWanted((key,)) from None


class Decider:
    """Decides entries of the log. Keeps the rows it fetched: their partition must be its own until `forget`.

    pseudonym_key  makes the pseudonyms in events; without it no events are made.
    days           the working days on which terms run.
    """

    def __init__(
        self,
        exchange: Exchange,
        store: Store,
        clock: Callable[[], datetime],
        metrics: Metrics,
        pseudonym_key: bytes | None = None,
        days: WorkingDays = WorkingDays(),  # noqa: B008 - it is frozen
    ) -> None:
        self._exchange = exchange
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._pseudonym_key = pseudonym_key
        self._days = days
        self._rows: Fetched = defaultdict(dict)
        # Schemas must stay on one thread, and HTTP and heartbeats must go on while a large message is checked.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="exchange")

    def forget(self) -> None:
        """Forget all rows: what was decided was not committed, or a partition was lost."""
        self._rows.clear()

    async def decide(self, entries: Sequence[Entry], last: Mapping[int, datetime | None]) -> list[Step]:
        """The steps of these entries, in order. Raises StoreError; call `forget` when they are not committed.

        last  when the last entry of each partition was decided: time does not go back within a partition, whatever
              the clocks of the machines that own it in turn.
        """
        if sum(map(len, self._rows.values())) > MOST_KEPT:
            self.forget()
        self._tell_clock(last.values())
        started = time.perf_counter()
        opened = await self._in_thread(lambda: [self._open(entry) for entry in entries])
        again = await self._decided_before(entries)
        wanted = {(o.envelope.relation, key) for o in opened if isinstance(o, Opened) for key in o.keys}
        steps: list[Step] = []
        while len(steps) < len(entries):
            await self._fetch(wanted)
            wanted = await self._in_thread(lambda: self._decide_further(entries, opened, again, steps, last))
        self._count(steps, (time.perf_counter() - started) / len(steps))
        return steps

    def _tell_clock(self, last: Iterable[datetime | None]) -> None:
        """A clock that was wrong before binds those who come after, so somebody must hear of it."""
        ahead = max((at - self._clock() for at in last if at), default=timedelta())
        if ahead > MOST_AHEAD:
            logger.error("an earlier step was decided in the future", seconds=ahead.total_seconds())

    def set_aside(self, entry: Entry, reason: str, last: Mapping[int, datetime | None]) -> list[Step]:
        """The step of an entry that is set aside, whatever is in it."""
        now = max(self._clock(), last.get(entry.partition) or EARLIEST)
        effects = self._with_events(entry.envelope, None, Course(set_aside(entry.envelope, reason)), now)
        return [Step(entry=entry, effects=effects, decided_at=now)]

    async def _in_thread(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function)

    def _open(self, entry: Entry) -> Found:
        if entry.unreadable is not None:
            return set_aside(entry.envelope, entry.unreadable)
        try:
            return self._exchange.open(entry.envelope)
        except MemoryError as error:
            raise StoreError("there is not memory enough for this batch") from error
        except Exception as error:
            return _set_aside(entry.envelope, error)

    async def _decided_before(self, entries: Sequence[Entry]) -> set[int]:
        """The places in this batch of envelopes that were decided before, in it or earlier."""
        seen = set(await self._store.decided([entry.envelope.id for entry in entries]))
        again = set()
        for place, entry in enumerate(entries):
            if entry.envelope.id in seen:
                again.add(place)
            seen.add(entry.envelope.id)
        return again

    async def _fetch(self, wanted: Collection[RelationKey]) -> None:
        missing = [(relation, key) for relation, key in wanted if key not in self._rows[relation]]
        found = await self._store.rows(missing) if missing else {}
        for relation, key in missing:
            self._rows[relation][key] = found.get((relation, key))

    def _decide_further(
        self,
        entries: Sequence[Entry],
        opened: Sequence[Found],
        again: set[int],
        steps: list[Step],
        last: Mapping[int, datetime | None],
    ) -> set[RelationKey]:
        """Add the steps of the entries that have none yet; stops at one that wants more rows, and returns their keys.

        Most rows are known beforehand. The others (the lines of a claim that is answered) are named by rows that an
        earlier entry of this batch may change, so they can only be asked for here.
        """
        for entry, one in islice(zip(entries, opened, strict=True), len(steps), None):
            before = steps[-1].decided_at if steps else EARLIEST
            now = max(entry.decided_at or self._clock(), last.get(entry.partition) or EARLIEST, before)
            relation = entry.envelope.relation
            try:
                effects = () if len(steps) in again else self._decide(entry.envelope, one, now)
            except RowsWanted as wanted:
                return {(relation, key) for key in wanted.keys}
            for effect in effects:
                if isinstance(effect, Remember):
                    self._rows[relation].update(effect.rows)
            steps.append(Step(entry=entry, effects=effects, decided_at=now))
        return set()

    def _decide(self, envelope: Envelope, found: Found, now: datetime) -> Effects:
        if isinstance(found, Opened):
            return self._with_events(envelope, found, self._course(found, now), now)
        return self._with_events(envelope, None, Course(found), now)

    def _with_events(self, envelope: Envelope, opened: Opened | None, course: Course, now: datetime) -> Effects:
        if self._pseudonym_key is None:
            return course.effects
        try:
            happenings = reports(envelope, opened.read if opened else None, course, now, self._days)
            return (*course.effects, *events_of(happenings, envelope.id, self._pseudonym_key, now))
        except Exception as error:
            logger.error("no event was made", envelope=envelope.id, reason=kind_and_place(error))
            return course.effects

    def _course(self, opened: Opened, now: datetime) -> Course:
        try:
            return self._exchange.course(opened, RelationRows(self._rows[opened.envelope.relation]), now)
        except RowsWanted:
            raise
        except MemoryError as error:
            raise StoreError("there is not memory enough for this batch") from error
        except Exception as error:
            return Course(_set_aside(opened.envelope, error))

    def _count(self, steps: Sequence[Step], seconds: float) -> None:
        counted: Counter[tuple[str, str, str]] = Counter()
        for step in steps:
            for judged in step.effects:
                if isinstance(judged, Judged):
                    level = "none" if judged.level is None else str(judged.level)
                    counted[step.entry.envelope.bericht, judged.outcome, level] += 1
                    break
        for (bericht, outcome, level), times in counted.items():
            self._metrics.messages.labels(bericht, outcome, level).inc(times)
            processing = self._metrics.processing.labels(bericht)
            for _ in range(times):
                processing.observe(seconds)


def _set_aside(envelope: Envelope, error: Exception) -> Effects:
    reason = kind_and_place(error)
    logger.error("quarantined", envelope=envelope.id, bericht=envelope.bericht, reason=reason)
    return set_aside(envelope, reason)
