"""The way over topics: what a party produces, and what it reads on its other topic."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from adapters.kafka_direct import KafkaDirect
from connectors.kafka_client import KafkaConnection
from connectors.kafka_party import KafkaInbox, KafkaOutbox
from connectors.kafka_producer import Producer
from schemas.ijw_3_2.safe_xml import MAX_BYTES
from streams.core.topics import LARGEST, party_topics
from streams.hub.clock import now
from streams.hub.delivery import Carrier
from streams.kafka.delivery import KafkaTraffic
from tests.support.connected import RECEIVER, SENDER, STRANGER, Place, Said, came, hub_at_work, padded, until


class Kafka:
    """Messages as records; whoever may write to the topic of a party is that party."""

    name = "kafka_direct"
    numbered = True
    zips = False
    refuses = True
    largest = MAX_BYTES

    def __init__(self, place: Place, connection: KafkaConnection, producer: AIOKafkaProducer) -> None:
        self.place = place
        self.codes: Any = KafkaDirect.capabilities.faults
        self._connection = connection
        self._producer = producer
        self._read: dict[str, list[Any]] = {}
        self._consumers: dict[str, AIOKafkaConsumer] = {}

    async def offer(
        self, party: str, body: bytes, number: str, *, skew: timedelta = timedelta(), size: int = 0
    ) -> Said:
        before = len(await self._refusals(party, number))
        await self._produced(
            party, padded(body, size), {"reference": number, "bericht": "JW301", "versie": "3.2"}, skew
        )
        faults = (await self._refusals(party, number))[before:]
        return Said(code=json.loads(faults[0].value)["type"]) if faults else Said(receipt="taken")

    async def _produced(self, party: str, value: bytes, headers: dict[str, str], skew: timedelta = timedelta()) -> None:
        """Produce a record, and wait until the hub has noted that it took it."""
        topic = self._connection.topic(party_topics(party)[0])
        moment = int((datetime.now(UTC) + skew).timestamp() * 1000)
        named = [(name, text.encode()) for name, text in headers.items()]
        placed = await self._producer.send_and_wait(topic, value, headers=named, timestamp_ms=moment)
        group = self._connection.group(f"party.{party}")
        admin = AIOKafkaAdminClient(**self._connection.options())
        await admin.start()

        async def taken() -> bool:
            offsets = await admin.list_consumer_group_offsets(group)
            return any(one.offset > placed.offset for one in offsets.values())

        try:
            await until(taken, "the record is taken")
        finally:
            await admin.close()

    async def got(self, party: str) -> list[bytes]:
        return [one.value for one in await self._records(party) if _headers(one).get("kind") == "bericht"]

    def refuse_from_now_on(self, party: str) -> None:
        """It refuses later."""

    async def refuse_what_came(self, party: str) -> None:
        await came(self, party)
        for one in await self._records(party):
            problem = {"type": "urn:ijwhub:fout:payload", "reference": _headers(one)["reference"]}
            await self._produced(party, json.dumps(problem).encode(), {"kind": "fout", "id": "my fault 1"})

    async def told(self, party: str, number: str) -> bool:
        return bool(await self._faults(party, number))

    async def _refusals(self, party: str, number: str) -> list[Any]:
        """What was refused at once: later faults are about a message that has an id here."""
        return [one for one in await self._faults(party, number) if "envelope_id" not in _headers(one)]

    async def _faults(self, party: str, number: str) -> list[Any]:
        found = [(one, _headers(one)) for one in await self._records(party)]
        return [one for one, has in found if has.get("kind") == "fout" and has.get("reference") == number]

    async def _records(self, party: str) -> list[Any]:
        """All records of the topic on which a party receives."""
        topic = TopicPartition(self._connection.topic(party_topics(party)[1]), 0)
        if party not in self._consumers:
            consumer = AIOKafkaConsumer(**self._connection.options(), max_partition_fetch_bytes=LARGEST)
            await consumer.start()
            consumer.assign([topic])
            await consumer.seek_to_beginning(topic)
            self._consumers[party], self._read[party] = consumer, []
        consumer, read = self._consumers[party], self._read[party]
        end = (await consumer.end_offsets([topic]))[topic]
        while await consumer.position(topic) < end:
            read += [one for some in (await consumer.getmany(timeout_ms=100)).values() for one in some]
        return read

    async def close(self) -> None:
        for consumer in self._consumers.values():
            await consumer.stop()


def _headers(record: Any) -> dict[str, str]:
    return {name: value.decode() for name, value in record.headers}


@asynccontextmanager
async def kafka_way(folder: Path, servers: str, prefix: str) -> AsyncIterator[Kafka]:
    """A way over topics; the log of the hub itself is a file."""
    connection = KafkaConnection(servers=servers, prefix=prefix)
    await _make_topics(connection)
    async with AsyncExitStack() as stack:
        place = await stack.enter_async_context(hub_at_work(folder, {}))
        sending = AIOKafkaProducer(**connection.options(), max_request_size=LARGEST)
        await sending.start()
        stack.push_async_callback(sending.stop)
        await stack.enter_async_context(_traffic(place, connection))
        way = Kafka(place, connection, sending)
        stack.push_async_callback(way.close)
        yield way


async def _make_topics(connection: KafkaConnection) -> None:
    topics = [topic for party in (SENDER, RECEIVER, STRANGER) for topic in party_topics(party)]
    admin = AIOKafkaAdminClient(**connection.options())
    await admin.start()
    try:
        await admin.create_topics([NewTopic(connection.topic(t), 1, 1, topic_configs=t.config()) for t in topics])
    finally:
        await admin.close()


@asynccontextmanager
async def _traffic(place: Place, connection: KafkaConnection) -> AsyncIterator[None]:
    """The traffic of the parties over their topics, as a hub on Kafka has it."""
    hub = place.hub
    carrier = Carrier(hub.desk, hub.store, hub.trail, now, hub.metrics)
    tasks, producers = [], []
    for party in hub.desk.directory.parties:
        producer = Producer(connection)
        producers.append(producer)
        inbox = KafkaInbox(connection, party, carrier.taker(party, "kafka", KafkaDirect()), producer)
        deliveries = carrier.deliveries(party, "kafka", KafkaOutbox(connection, party, KafkaDirect(), producer))
        tasks.append(asyncio.create_task(KafkaTraffic(party, inbox, deliveries, hub.metrics).run(0.02)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for producer in producers:
            await producer.close()
