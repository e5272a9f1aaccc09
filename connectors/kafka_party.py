"""A party that speaks Kafka: it sends on one topic of its own and receives on another."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from adapters.checks import LONGEST_REFERENCE
from adapters.contract import Adapter, Packed
from connectors.kafka_client import KafkaConnection
from connectors.kafka_producer import Producer, Record
from connectors.kafka_records import output_headers, texts
from connectors.kafka_using import stopped_after, told_as_store_error
from connectors.packing import Refused, packed_for, told_to
from connectors.taking import Taker
from streams.core.parties import Party
from streams.core.ports import OutputBody, Receipt
from streams.core.topics import LARGEST, party_topics

REFERENCE = "reference"
"""The header with the party's own reference of a message; without it the place of the record is one."""
USED_BEFORE = "This reference was used before", "Send it with another one."


class KafkaInbox:
    """Takes in what a party produces to its topic, in order. The offset moves on only when a message is durable."""

    def __init__(self, connection: KafkaConnection, party: Party, taker: Taker, producer: Producer) -> None:
        self._connection = connection
        self._party = party
        self._taker = taker
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
        headers = {**texts(record.headers), REFERENCE: reference}
        taken = await self._taker.take(record.value or b"", headers, reference)
        if taken is not None and not isinstance(taken, Receipt):
            await self._producer.send([self._fault(taken, reference)])

    def _fault(self, refused: Refused, reference: str) -> Record:
        """What a refused message is told, on the topic of its sender, as problem details in JSON."""
        told = told_to(refused, USED_BEFORE, reference=reference)
        headers = _headers({"kind": "fout", REFERENCE: reference})
        return Record(topic=self._answers, key=reference, value=json.dumps(told).encode(), headers=headers)


class KafkaOutbox:
    """Produces outputs to the topic on which a party receives."""

    def __init__(self, connection: KafkaConnection, party: Party, adapter: Adapter, producer: Producer) -> None:
        self._topic = connection.topic(party_topics(party.id)[1])
        self._adapter = adapter
        self._producer = producer

    async def bring(self, output: OutputBody) -> None:
        """Produce one output; returns when it is durable. Producing it again repeats its id. Raises StoreError."""
        packed = packed_for(self._adapter, output)
        if packed is not None:
            await self._producer.send([self._record(output, packed)])

    def _record(self, output: OutputBody, packed: Packed) -> Record:
        known = {name: value.decode() for name, value in output_headers(output.head)}
        headers = _headers({**packed.headers, **known})
        return Record(topic=self._topic, key=output.head.envelope_id, value=packed.body, headers=headers)

    async def close(self) -> None:
        """The producer is closed by whoever made it."""


def _headers(known: Mapping[str, str]) -> list[tuple[str, bytes]]:
    return [(name, text.encode()) for name, text in known.items()]


def reference_of(record: Any) -> str:
    """The party's reference of a message, or the place of its record when it gives none that can be used."""
    given = texts(record.headers).get(REFERENCE, "")
    usable = 0 < len(given) <= LONGEST_REFERENCE and given.isprintable()
    return given if usable else f"{record.topic}/{record.partition}/{record.offset}"
