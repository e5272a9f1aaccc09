"""The exchange worker: a consumer of the log, one of a group; each batch is one transaction of PostgreSQL.

The database is the truth. On every change of its partitions, and after every failure, a worker forgets all, reads its
positions and its outbox anew and goes on from there; the offsets that Kafka keeps are only a hint for people who look.
A worker that lost a partition without knowing it (it stood still, or the network was away) is fenced: its transaction
finds the position moved and changes nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from connectors.kafka_client import KafkaConnection
from connectors.kafka_records import entry_of
from connectors.kafka_using import stopped_after
from connectors.postgres_store import PostgresStore, publications, with_bodies
from connectors.records import MOST_BYTES
from monitoring.metrics import Metrics
from streams.core.ports import Entry, Fenced, Step, StoreError, Unstorable
from streams.core.topics import IN, LARGEST
from streams.hub.deciding import BATCH, Decider
from streams.kafka.relay import Relay

GROUP = "exchange"
LOOK = 0.5
"""Seconds to wait for records when there are none."""
HINT_EVERY = 5.0
"""Seconds between two notes of the position on Kafka, for tools that show its lag."""
LAST_PUBLISHING = 20
"""Seconds that publishing gets when a worker stops; what is left is published by whoever gets the partition."""

logger = structlog.get_logger()


class _Rebalanced(ConsumerRebalanceListener):  # type: ignore[misc]
    """Notes that partitions changed hands. Nothing more: an error in here would be swallowed."""

    def __init__(self) -> None:
        self.times = 0

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        self.times += 1

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self.times += 1


class ExchangeWorker:
    """Processes the partitions that Kafka gives it; a message, broker or database that fails does not end it.

    session  seconds without a sign of life after which its partitions go to another worker.
    """

    def __init__(
        self,
        connection: KafkaConnection,
        decider: Decider,
        store: PostgresStore,
        relay: Relay,
        metrics: Metrics,
        *,
        batch: int = BATCH,
        session: float = 10,
    ) -> None:
        self._connection = connection
        self._decider = decider
        self._store = store
        self._relay = relay
        self._metrics = metrics
        self._batch = batch
        self._size = batch
        self._session = session
        self._rebalanced = _Rebalanced()
        self._loaded: int | None = None
        self._positions: dict[int, int] = {}
        self._decided_at: dict[int, datetime | None] = {}
        self._hinted = 0.0
        self._served: frozenset[TopicPartition] = frozenset()

    @property
    def partitions(self) -> tuple[int, ...]:
        """The partitions that it works on now."""
        return tuple(sorted(self._positions))

    async def run(self, stop: asyncio.Event) -> None:
        """Process until told to stop; then finish the batch under way, publish what it brought about and leave."""
        try:
            async with asyncio.TaskGroup() as tasks:
                relaying = tasks.create_task(self._relay.run())
                while not stop.is_set():
                    await self._consume(stop)
                relaying.cancel()
        finally:
            await self._relay.close()

    async def _consume(self, stop: asyncio.Event) -> None:
        """Work with one consumer, until told to stop or until it fails and another must be made."""
        self._loaded = None
        try:
            consumer = self._consumer()
            async with stopped_after(consumer):
                await consumer.start()
                consumer.subscribe([self._connection.topic(IN)], listener=self._rebalanced)
                await self._work(consumer, stop)
                await self._drain()
        except (KafkaError, OSError) as error:
            await self._failed(error)

    def _consumer(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            **self._connection.options(),
            group_id=self._connection.group(GROUP),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=LARGEST,
            session_timeout_ms=int(self._session * 1000),
            heartbeat_interval_ms=int(self._session * 1000 / 4),
        )

    async def _work(self, consumer: AIOKafkaConsumer, stop: asyncio.Event) -> None:
        failures = 0
        while not stop.is_set():
            try:
                await self._turn(consumer, stop)
                failures = 0
            except Fenced as fenced:
                self._loaded = None
                self._metrics.fenced.inc()
                logger.warning("fenced", reason=str(fenced), count=len(self._positions))
                await asyncio.sleep(0.2)  # Kafka may still have to find out who owns what
            except StoreError as error:
                self._loaded = None
                self._size = max(1, self._size // 2)  # perhaps it is too much at once
                failures += 1
                await self._failed(error, failures)

    async def _failed(self, error: Exception, times: int = 1) -> None:
        self._metrics.store_errors.inc()
        cause = type(error.__cause__ or error).__name__
        logger.error("infrastructure failed, trying again", error=cause, count=times)
        await asyncio.sleep(min(5.0, 0.1 * 2**times))

    async def _turn(self, consumer: AIOKafkaConsumer, stop: asyncio.Event) -> None:
        """Process one batch, if there is one. Raises StoreError; what was remembered may be old then."""
        if not await self._relay.room(LOOK):
            return
        if self._loaded != self._rebalanced.times:
            await self._load(consumer, stop)
        if not self._positions:
            await consumer.getmany(timeout_ms=int(LOOK * 200))  # gives nothing, but raises what became of the group
            return
        of = self._rebalanced.times
        found = await self._fetch(consumer)
        if of != self._rebalanced.times:
            return  # these may be of partitions that are another's by now
        entries = self._in_order(consumer, found)
        if entries:
            await self._process(entries)
        else:
            await self._forget_published()
        await self._hint(consumer)

    async def _fetch(self, consumer: AIOKafkaConsumer) -> dict[TopicPartition, list[Any]]:
        """The next records, at most a batch. A partition that filled the last batch comes after the others.

        aiokafka goes on with one partition until what it fetched of it is used up: one that is hot would stop the rest.
        """
        owned = [TopicPartition(self._connection.topic(IN), partition) for partition in self._positions]
        first = [place for place in owned if place not in self._served]
        found = await consumer.getmany(*first, timeout_ms=0, max_records=self._size) if first else {}
        left = self._size - sum(map(len, found.values()))
        if left:
            wait = 0 if found else int(LOOK * 1000)
            for place, records in (await consumer.getmany(*owned, timeout_ms=wait, max_records=left)).items():
                found[place] = [*found.get(place, ()), *records]
        full = sum(map(len, found.values())) >= self._size
        self._served = frozenset(found) if full else frozenset()
        return dict(found)

    async def _load(self, consumer: AIOKafkaConsumer, stop: asyncio.Event) -> None:
        """Begin anew with what the database knows about the partitions that are ours now."""
        times = self._rebalanced.times
        assigned = consumer.assignment()
        partitions = sorted(one.partition for one in assigned)
        self._decider.forget()
        self._positions = {}
        progress = await self._store.progress(partitions)
        await self._load_outbox(partitions, stop)
        try:
            for one in assigned:
                consumer.seek(one, progress[one.partition].position)
        except IllegalStateError:
            return  # they changed hands meanwhile; the next turn loads again
        await self._tell_beyond(consumer, {one: progress[one.partition].position for one in assigned})
        self._positions = {partition: progress[partition].position for partition in partitions}
        self._decided_at = {partition: progress[partition].decided_at for partition in partitions}
        self._loaded = times
        self._metrics.partitions.set(len(partitions))
        logger.info("partitions", count=len(partitions), partitions=",".join(map(str, partitions)))

    async def _tell_beyond(self, consumer: AIOKafkaConsumer, positions: Mapping[TopicPartition, int]) -> None:
        """A position beyond the end is no delay: the topic was made anew, or lost its end, and the database was not."""
        for place, end in (await consumer.end_offsets(list(positions))).items():
            if positions[place] > end:
                self._metrics.store_errors.inc()
                logger.error("processed beyond the end", partition=place.partition, position=positions[place])

    async def _load_outbox(self, partitions: Collection[int], stop: asyncio.Event) -> None:
        """Queue what these partitions left unpublished, before anything new; page by page, as room comes."""
        self._relay.reset()
        after = (-1, 0, 0)
        while page := await self._store.unpublished(partitions, after):
            after = page[-1].place
            self._relay.put(page)
            while not await self._relay.room(LOOK):
                if stop.is_set():
                    return

    def _in_order(self, consumer: AIOKafkaConsumer, found: Mapping[TopicPartition, Sequence[Any]]) -> list[Entry]:
        """The entries that follow on our positions, as many as may be held at once. Others are fetched again."""
        entries: list[Entry] = []
        size = 0
        for place, records in found.items():
            following = self._positions[place.partition]
            for record in records:
                if record.offset < following:
                    continue
                size += len(record.value or b"")
                if record.offset > following or (entries and size > MOST_BYTES):
                    _again_from(consumer, place, following)
                    break
                entries.append(entry_of(record))
                following += 1
        return entries

    async def _process(self, entries: Sequence[Entry]) -> None:
        """Decide and commit; an entry of which the database cannot hold the outcome is found and set aside."""
        try:
            await self._commit(await self._decider.decide(entries, self._decided_at))
        except Unstorable as error:
            self._decider.forget()
            if len(entries) > 1:
                for entry in entries:
                    await self._process([entry])
            else:
                reason = f"its outcome cannot be stored: {error}"
                logger.error("quarantined", envelope=entries[0].envelope.id, reason=reason)
                await self._commit(self._decider.set_aside(entries[0], reason, self._decided_at))

    async def _commit(self, steps: Sequence[Step]) -> None:
        made = with_bodies(steps)
        published = self._relay.published()
        await self._store.commit_written(self._positions, steps, made, published.values())
        self._relay.forgotten(published)
        self._relay.put(publications(made))
        self._advance(steps)
        self._size = self._batch

    def _advance(self, steps: Sequence[Step]) -> None:
        for step in steps:
            self._positions[step.entry.partition] = step.entry.position
            self._decided_at[step.entry.partition] = step.decided_at
        for partition in {step.entry.partition for step in steps}:
            self._metrics.position.labels(str(partition)).set(self._positions[partition])

    async def _forget_published(self) -> None:
        if published := self._relay.published():
            await self._store.forget_published(published.values())
            self._relay.forgotten(published)

    async def _hint(self, consumer: AIOKafkaConsumer) -> None:
        if time.monotonic() - self._hinted < HINT_EVERY:
            return
        self._hinted = time.monotonic()
        topic = self._connection.topic(IN)
        with suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(2):
                await consumer.commit({TopicPartition(topic, p): at for p, at in self._positions.items()})

    async def _drain(self) -> None:
        """Publish what is decided, so that whoever gets the partitions need not do it again."""
        if not await self._relay.emptied(LAST_PUBLISHING):
            logger.warning("stopped before everything was published; the next worker publishes it")
        with suppress(StoreError):
            await self._forget_published()


def _again_from(consumer: AIOKafkaConsumer, place: TopicPartition, position: int) -> None:
    with suppress(IllegalStateError):  # it changed hands meanwhile
        consumer.seek(place, position)
