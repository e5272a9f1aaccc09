"""A party that speaks Kafka: it sends on one topic of its own and receives on another."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from adapters.refusals import problem
from connectors.kafka_client import KafkaConnection
from connectors.kafka_producer import Producer, Record
from connectors.kafka_records import output_headers, texts
from connectors.kafka_using import stopped_after, told_as_store_error
from streams.core.intake import Rejection
from streams.core.parties import Party
from streams.core.ports import Desk, OutputBody, Receipt, ReferenceUsed
from streams.core.topics import LARGEST, party_topics

REFERENCE = "reference"
"""The header with the party's own reference of a message; without it the place of the record is one."""
LONGEST_REFERENCE = 200


class KafkaInbox:
    """Takes in what a party produces to its topic, in order. The offset moves on only when a message is durable."""

    def __init__(self, connection: KafkaConnection, party: Party, desk: Desk, producer: Producer) -> None:
        self._connection = connection
        self._party = party
        self._desk = desk
        self._producer = producer
        topics = party_topics(party.id)
        self._topic, self._answers = (connection.topic(topic) for topic in topics)

    async def run(self) -> None:
        """Take in until cancelled. Raises StoreError; what was not noted as taken is taken again, as a repeat."""
        async with self._consumer() as consumer:
            while True:
                found = await consumer.getmany(timeout_ms=1000, max_records=50)
                for place, records in found.items():
                    for record in records:
                        await self._take(record)
                    await consumer.commit({TopicPartition(self._topic, place.partition): records[-1].offset + 1})

    @asynccontextmanager
    async def _consumer(self) -> AsyncIterator[AIOKafkaConsumer]:
        async with told_as_store_error(self._connection):
            consumer = AIOKafkaConsumer(
                self._topic,
                **self._connection.options(),
                group_id=self._connection.group(f"party.{self._party.id}"),
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                max_partition_fetch_bytes=LARGEST,
            )
            async with stopped_after(consumer):
                await consumer.start()
                yield consumer

    async def _take(self, record: Any) -> None:
        reference = reference_of(record)
        result = await self._desk.submit(record.value or b"", self._party, source="kafka", reference=reference)
        if not isinstance(result, Receipt):
            await self._producer.send([self._fault(result, reference)])

    def _fault(self, refused: Rejection | ReferenceUsed, reference: str) -> Record:
        """What a refused message is told, on the topic of its sender, as problem details in JSON."""
        told = problem(refused, ("This reference was used before", "Send it with another one."), reference=reference)
        headers = [("kind", b"fout"), (REFERENCE, reference.encode())]
        return Record(topic=self._answers, key=reference, value=json.dumps(told).encode(), headers=headers)


class KafkaOutbox:
    """Produces outputs to the topic on which a party receives."""

    def __init__(self, connection: KafkaConnection, party: Party, producer: Producer) -> None:
        self._topic = connection.topic(party_topics(party.id)[1])
        self._producer = producer

    async def write(self, output: OutputBody) -> None:
        """Produce one output; returns when it is durable. Writing it again repeats its id. Raises StoreError."""
        headers = output_headers(output.head)
        record = Record(topic=self._topic, key=output.head.envelope_id, value=output.body, headers=headers)
        await self._producer.send([record])


def reference_of(record: Any) -> str:
    """The party's reference of a message, or the place of its record when it gives none that can be used."""
    given = texts(record.headers).get(REFERENCE, "")
    usable = 0 < len(given) <= LONGEST_REFERENCE and given.isprintable()
    return given if usable else f"{record.topic}/{record.partition}/{record.offset}"
