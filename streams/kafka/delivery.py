"""Delivery on Kafka: whoever has the partition of a party in `out` looks after its folder or its topics.

What to deliver, and whether it was delivered, stands in the database, where each party is looked at regularly; the
partitions of `out` divide the parties over the processes. Its records are for others to read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from connectors.kafka_client import KafkaConnection
from connectors.kafka_party import KafkaInbox, KafkaOutbox
from connectors.kafka_producer import Producer, partition_of
from connectors.kafka_using import stopped_after
from monitoring.metrics import Metrics
from streams.core.parties import FolderDelivery, KafkaDelivery, Party
from streams.core.ports import Desk, Store
from streams.core.topics import OUT
from streams.hub.delivery import Deliveries, FolderTraffic, attempted

GROUP = "delivery"
AGAIN = 1.0
"""Seconds until something that failed is tried again, and between two looks at the partitions."""

logger = structlog.get_logger()


class Traffic(Protocol):
    """The traffic of one party."""

    async def run(self, every: float) -> None:
        """Take in and deliver until cancelled, looking every so many seconds; what fails is tried again."""


class KafkaTraffic:
    """The traffic of one party over topics of its own."""

    def __init__(self, party: Party, inbox: KafkaInbox, deliveries: Deliveries, metrics: Metrics) -> None:
        self._party = party
        self._inbox = inbox
        self._deliveries = deliveries
        self._metrics = metrics

    async def run(self, every: float) -> None:
        """Take in and deliver until cancelled (contract: Traffic)."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._again(self._inbox.run, AGAIN))
            tasks.create_task(self._again(self._deliveries.deliver, every))

    async def _again(self, work: Callable[[], Awaitable[object]], every: float) -> None:
        while True:
            await attempted(work, "topic of a party failed, trying again", self._party, self._metrics)
            await asyncio.sleep(every)


class DeliveryWorker:
    """Looks after the parties of the partitions that Kafka gives it."""

    def __init__(self, connection: KafkaConnection, traffic: Mapping[str, Traffic], every: float) -> None:
        self._connection = connection
        self._traffic = traffic
        self._every = every
        self._running: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Work until cancelled; a broker that is away is waited for."""
        try:
            while True:
                try:
                    await self._consume()
                except (KafkaError, OSError) as error:
                    logger.error("delivery failed, trying again", error=type(error).__name__)
                self._look_after(frozenset())
                await asyncio.sleep(AGAIN)
        finally:
            self._look_after(frozenset())

    async def _consume(self) -> None:
        topic = self._connection.topic(OUT)
        consumer = AIOKafkaConsumer(
            topic,
            **self._connection.options(),
            group_id=self._connection.group(GROUP),
            enable_auto_commit=False,
            auto_offset_reset="latest",
        )
        async with stopped_after(consumer):
            await consumer.start()
            while True:
                consumer.pause(*consumer.assignment())
                count = len(consumer.partitions_for_topic(topic) or ())
                own = {place.partition for place in consumer.assignment()}
                self._look_after({party for party in self._traffic if count and partition_of(party, count) in own})
                await consumer.getmany(timeout_ms=int(AGAIN * 1000))  # raises what became of the group

    def _look_after(self, parties: Collection[str]) -> None:
        """Let exactly these parties have their traffic running; what ended by itself begins again."""
        self._running = {party: task for party, task in self._running.items() if not task.done()}
        for party in set(self._running) - set(parties):
            self._running.pop(party).cancel()
        for party in set(parties) - set(self._running):
            self._running[party] = asyncio.create_task(self._traffic[party].run(self._every))


def traffic_of(
    connection: KafkaConnection,
    parties: Sequence[Party],
    desk: Desk,
    store: Store,
    producer: Callable[[], Producer],
    clock: Callable[[], datetime],
    metrics: Metrics,
) -> dict[str, Traffic]:
    """The traffic of every party with a folder or topics, by its id."""
    made: dict[str, Traffic] = {}
    for party in parties:
        match party.delivery:
            case FolderDelivery(path=path):
                made[party.id] = FolderTraffic(party, path, desk, store, clock, metrics)
            case KafkaDelivery():
                own = producer()  # a topic that is not there may not keep others waiting
                inbox = KafkaInbox(connection, party, desk, own)
                outbox = KafkaOutbox(connection, party, own)
                deliveries = Deliveries(party, "kafka", outbox, store, clock, metrics)
                made[party.id] = KafkaTraffic(party, inbox, deliveries, metrics)
    return made
