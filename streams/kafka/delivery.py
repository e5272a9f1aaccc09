"""Delivery on Kafka: whoever has the partition of a party in `out` looks after its folder or its topics.

What to deliver, and whether it was delivered, stands in the database, where each party is looked at regularly; the
partitions of `out` divide the parties over the processes. Its records are for others to read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from connectors.kafka_client import KafkaConnection
from connectors.kafka_party import KafkaInbox, KafkaOutbox
from connectors.kafka_producer import Producer, partition_of
from connectors.kafka_using import stopped_after
from monitoring.metrics import Metrics
from streams.core.parties import KafkaDelivery, Party
from streams.core.topics import OUT
from streams.hub.deliveries import Deliveries
from streams.hub.delivery import Carrier, Traffic, adapter_of, attempted
from streams.hub.delivery import traffic_of as traffic_elsewhere

GROUP = "delivery"
AGAIN = 1.0
"""Seconds until something that failed is tried again, and between two looks at the partitions."""

logger = structlog.get_logger()


class KafkaTraffic:
    """The traffic of one party over topics of its own."""

    def __init__(self, party: Party, inbox: KafkaInbox, deliveries: Deliveries, metrics: Metrics) -> None:
        self._party = party
        self._inbox = inbox
        self._deliveries = deliveries
        self._metrics = metrics

    async def run(self, every: float) -> None:
        """Take in and deliver until cancelled (contract: Traffic)."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._again(self._inbox.run, AGAIN))
                tasks.create_task(self._again(self._deliveries.deliver, every))
        finally:
            await self._deliveries.close()

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
    parties: Sequence[Party], carrier: Carrier, connection: KafkaConnection, producer: Callable[[], Producer]
) -> dict[str, Traffic]:
    """The traffic of every party that does not fetch from a mailbox, by its id. Raises as streams.hub.delivery does."""
    over_topics = [party for party in parties if isinstance(party.delivery, KafkaDelivery)]
    return {
        **traffic_elsewhere(parties, carrier),
        # A producer for each: a topic that is not there may not keep others waiting.
        **{party.id: _over_topics(party, carrier, connection, producer()) for party in over_topics},
    }


def _over_topics(party: Party, carrier: Carrier, connection: KafkaConnection, producer: Producer) -> KafkaTraffic:
    format = adapter_of(party, KafkaDelivery.adapter)
    inbox = KafkaInbox(connection, party, carrier.taker(party, "kafka", format), producer)
    deliveries = carrier.deliveries(party, "kafka", KafkaOutbox(connection, party, format, producer))
    return KafkaTraffic(party, inbox, deliveries, carrier.metrics)
