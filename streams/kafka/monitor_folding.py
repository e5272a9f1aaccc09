"""Folding with the truth in SQL: rows and progress of a partition are one commit, by compare-and-set on their versions.

Whoever hands events over is not relied upon: what was folded before is passed over, what is missing before an event is
read from the partition itself, and a look at the ends finds what never came. A worker that lost a partition without
knowing it is fenced: its commit finds the version raised and changes nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import structlog
from msgspec import Struct

from connectors.kafka_client import KafkaConnection
from connectors.kafka_producer import Producer
from connectors.kafka_records import place_of, quarantine_record
from monitoring.faults import kind_and_place
from monitoring.metrics import Metrics
from streams.core.folding import Occurrence, Poison
from streams.core.ports import Fenced, StoreError
from streams.hub.folding import Folding
from streams.kafka.monitor_reading import EventsReader

READ_AT_ONCE = 500
"""Events that are read from a partition itself and folded in one commit."""
LONGEST_WAIT = 5.0
"""Seconds between two tries while the infrastructure fails."""

logger = structlog.get_logger()
Job = Callable[[], Awaitable[None]]


class Standing(Struct, frozen=True, kw_only=True):
    """How a partition stood when it was looked at: up to where each fold is, and where it ends."""

    partition: int
    folds: Mapping[str, int]
    end: int

    @property
    def position(self) -> int:
        """Up to where all folds are."""
        return min(self.folds.values())

    @property
    def lag(self) -> int:
        """How many events wait."""
        return max(self.end - self.position, 0)


class Folder:
    """Folds the partitions that are given to it. Its methods raise nothing for an event, a broker or a database."""

    def __init__(
        self, folding: Folding, reader: EventsReader, producer: Producer, connection: KafkaConnection, metrics: Metrics
    ) -> None:
        self._folding = folding
        self._reader = reader
        self._producer = producer
        self._connection = connection
        self._metrics = metrics
        self._assigned: frozenset[int] = frozenset()
        self._locks: dict[int, asyncio.Lock] = {}
        self._looked: dict[int, Standing] = {}
        self._tried: dict[int, Standing] = {}
        self._looked_at = -float("inf")

    # --- whose partitions -----------------------------------------------------------------------------

    def assign(self, partitions: Collection[int]) -> None:
        """Work on exactly these partitions from now on, with nothing remembered of any."""
        self._assigned = frozenset(partitions)
        self._folding.forget()
        self._looked = {}
        self._tried = {}
        self._metrics.tell_monitor(())
        logger.info("partitions", count=len(partitions), partitions=",".join(map(str, sorted(partitions))))

    async def stored(self, partitions: Collection[int]) -> Mapping[int, int]:
        """The durable position of each partition, up to where all folds are. Raises StoreError."""
        return {partition: min(folds.values()) for partition, folds in (await self._folding.stored(partitions)).items()}

    async def drain(self, seconds: float) -> None:
        """Take nothing more on, and wait until what is under way is committed."""
        self._assigned = frozenset()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                for lock in tuple(self._locks.values()):
                    async with lock:
                        pass

    # --- folding --------------------------------------------------------------------------------------

    async def fold(self, records: Iterable[Any]) -> None:
        """Fold records of any partitions that came, whether or not others should have come before them."""
        by_partition: dict[int, list[Any]] = {}
        for record in records:
            by_partition.setdefault(record.partition, []).append(record)
        await asyncio.gather(*(self._fold_delivered(partition, some) for partition, some in by_partition.items()))

    async def _fold_delivered(self, partition: int, records: Sequence[Any]) -> None:
        ordered = sorted(records, key=lambda record: record.offset)

        async def job() -> None:
            for run in _runs(ordered, await self._folding.position(partition)):
                if not await self._fill(partition, run[0].offset):
                    return
                await self._commit(partition, run)

        await self._persist(partition, job)

    async def catch_up(self) -> None:
        """Fold what waits in partitions that stood still since the last time: it was lost on its way here."""
        for standing in tuple(self._looked.values()):
            before = self._tried.get(standing.partition)
            self._tried[standing.partition] = standing
            if before is not None and before.position == standing.position < before.end:
                await self._persist(standing.partition, self._filling(standing))

    def _filling(self, standing: Standing) -> Job:
        async def job() -> None:
            await self._fill(standing.partition, standing.end)

        return job

    async def _persist(self, partition: int, job: Job) -> None:
        """Do it as often as the infrastructure fails, until the partition is no longer ours."""
        async with self._locks.setdefault(partition, asyncio.Lock()):
            failures = 0
            while partition in self._assigned and not await self._done(partition, job, failures):
                failures += 1

    async def _done(self, partition: int, job: Job, failures: int) -> bool:
        """Try it; False when the infrastructure failed and it must be tried again."""
        try:
            await job()
        except Fenced as fenced:  # whoever has it folds this; if that is us, a later event or look does
            self._metrics.fenced.inc()
            logger.warning("fenced", reason=str(fenced), partition=partition)
        except StoreError as error:
            await self._failed(error, failures + 1)
            return False
        except Exception as error:  # noqa: BLE001 - an agent that raises loses its event
            self._metrics.store_errors.inc()
            logger.error("folding failed by a fault of its own", error=kind_and_place(error), partition=partition)
        return True

    async def _failed(self, error: StoreError, times: int) -> None:
        self._metrics.store_errors.inc()
        cause = type(error.__cause__ or error).__name__
        logger.error("infrastructure failed, trying again", error=cause, count=times)
        await asyncio.sleep(min(LONGEST_WAIT, 0.1 * 2**times))

    async def _fill(self, partition: int, before: int) -> bool:
        """Read and fold what stands between the durable position and another one; False when it was broken off."""
        position = await self._folding.position(partition)
        while position < before and partition in self._assigned:
            records, after = await self._reader.read(partition, position, before, READ_AT_ONCE)
            first = records[0].offset if records else after
            if first > position:
                logger.error(
                    "events are no longer kept", partition=partition, position=position, count=first - position
                )
            self._metrics.monitor_events.labels("read by itself").inc(len(records))
            await self._commit(partition, records, after)
            position = after
        return position >= before

    async def _commit(self, partition: int, records: Sequence[Any], after: int = 0) -> None:
        """Fold records, and make the outcome durable together with the position behind them."""
        occurrences = [_occurrence(record) for record in records]
        counted = await self._folding.fold(partition, occurrences, partial(self._set_aside, records), after)
        self._metrics.count_events(counted.folded, counted.doubles, counted.poison)

    async def _set_aside(self, records: Sequence[Any], poison: Sequence[Poison]) -> None:
        at = {record.offset: record for record in records}
        told = [(at[one.offset], kind_and_place(one.error)) for one in poison]
        await self._producer.send([quarantine_record(self._connection, record, reason) for record, reason in told])
        for record, reason in told:
            logger.warning("quarantined", partition=record.partition, position=record.offset, reason=reason)

    # --- looking --------------------------------------------------------------------------------------

    async def look(self) -> None:
        """Note how every partition stands, for health, metrics and `catch_up`."""
        assigned = self._assigned
        try:
            ends = await self._reader.ends(assigned) if assigned else {}
            positions = await self._folding.stored(assigned)
        except StoreError as error:
            await self._failed(error, 1)
            return
        if assigned == self._assigned:
            self._note([Standing(partition=p, folds=positions[p], end=ends[p]) for p in sorted(assigned)])

    def _note(self, standings: Sequence[Standing]) -> None:
        for one in standings:
            if one.position > one.end and self._looked.get(one.partition) != one:
                logger.error("folded beyond the end: is this the topic it was?", partition=one.partition)
        self._looked = {one.partition: one for one in standings}
        self._looked_at = time.monotonic()
        self._metrics.tell_monitor([(one.partition, one.position, one.lag) for one in standings])

    @property
    def standings(self) -> Sequence[Standing]:
        """How the partitions stood at the last look."""
        return tuple(self._looked.values())

    @property
    def looked(self) -> float:
        """Seconds since the last look that succeeded."""
        return time.monotonic() - self._looked_at


def _occurrence(record: Any) -> Occurrence:
    return Occurrence(record.offset, place_of(record.headers or ()), record.value or b"")


def _runs(records: Sequence[Any], position: int) -> Iterator[Sequence[Any]]:
    """The records from a position on, each once, in stretches without a gap."""
    run: list[Any] = []
    for record in records:
        if record.offset < position:
            continue
        if run and record.offset > position:
            yield run
            run = []
        run.append(record)
        position = record.offset + 1
    if run:
        yield run
