"""The log on Kafka: every envelope in `in`, keyed by relation; PostgreSQL knows which deliveries there were.

An envelope is first noted in PostgreSQL, which tells repeats and conflicts apart, then produced, then its place is
noted. Only an envelope with a place has a receipt. A crash in between leaves one without: it is produced when it is
offered again, perhaps a second time, which the exchange recognises.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from msgspec import Struct

from connectors import tables
from connectors.kafka_client import KafkaConnection
from connectors.kafka_producer import Producer
from connectors.kafka_records import entry_of, envelope_record
from connectors.kafka_using import stopped_after, told_as_store_error
from connectors.postgres import Postgres
from connectors.postgres_store import arrays, as_columns
from connectors.records import ENVELOPE, columns, envelope_values
from streams.core.envelope import Envelope
from streams.core.ports import Appended, Backlog, Entry, Positions
from streams.core.topics import IN, LARGEST

PATIENCE = 15
"""Seconds that a look into the log may take."""

_INSERT = f"""
WITH offered AS (
  SELECT * FROM unnest({arrays(tables.log, ENVELOPE, 1)}) AS o({columns(ENVELOPE)})
)
INSERT INTO log ({columns(ENVELOPE)}) SELECT * FROM offered ON CONFLICT DO NOTHING RETURNING id
"""

_KNOWN = """
SELECT l.id, l.party, l.reference, l.received_at, l.partition, l.position
FROM unnest($1::text[], $2::text[]) AS o(party, reference)
CROSS JOIN LATERAL (SELECT * FROM log WHERE party = o.party AND reference = o.reference OFFSET 0) l
"""

_PLACE = """
UPDATE log l SET partition = p.partition, position = p.position
FROM unnest($1::text[], $2::int[], $3::bigint[]) AS p(id, partition, position)
WHERE l.id = p.id AND l.position IS NULL
"""


class _Known(Struct):
    """A delivery as PostgreSQL knows it."""

    id: str
    received_at: datetime
    partition: int | None
    position: int | None


class KafkaLog:
    """Keeps the contract Log (streams.core.ports), and tells what waits."""

    def __init__(self, connection: KafkaConnection, database: Postgres, producer: Producer) -> None:
        self._connection = connection
        self._database = database
        self._producer = producer
        self._topic = connection.topic(IN)

    # --- appending ---------------------------------------------------------------------------------

    async def append(self, envelopes: Sequence[Envelope]) -> tuple[Appended, ...]:
        """Make envelopes durable on Kafka (contract: Log)."""
        new = {id for (id,) in await self._database.fetch(_INSERT, *as_columns(map(envelope_values, envelopes)))}
        known = await self._known(envelopes)
        offered = {envelope.id: (envelope, known[_delivery(envelope)]) for envelope in envelopes}
        await self._produce([(e, k) for e, k in offered.values() if k.id == e.id and k.position is None])
        return tuple(_appended(envelope, known[_delivery(envelope)], new) for envelope in envelopes)

    async def _known(self, envelopes: Sequence[Envelope]) -> Mapping[tuple[str, str], _Known]:
        offered = as_columns({_delivery(envelope) for envelope in envelopes})
        found = await self._database.fetch(_KNOWN, *offered)
        return {(party, reference): _Known(id, *rest) for id, party, reference, *rest in found}

    async def _produce(self, missing: Sequence[tuple[Envelope, _Known]]) -> None:
        """Produce what has no place yet, under its first moment of receipt, and note the places."""
        if not missing:
            return
        first = [msgspec.structs.replace(envelope, received_at=known.received_at) for envelope, known in missing]
        places = await self._producer.send([envelope_record(self._connection, envelope) for envelope in first])
        for (_, known), (partition, offset) in zip(missing, places, strict=True):
            known.partition, known.position = partition, offset + 1
        await self._database.changed(_PLACE, *as_columns((k.id, k.partition, k.position) for _, k in missing))

    # --- reading -----------------------------------------------------------------------------------

    async def partitions(self) -> tuple[int, ...]:
        """The partitions of `in` (contract: Log)."""
        return await self._producer.partitions(self._topic)

    async def read(self, after: Positions, limit: int) -> tuple[Entry, ...]:
        """The next entries of these partitions (contract: Log)."""
        async with self._reading() as consumer:
            ends = await self._ends(consumer, after)
            behind = [TopicPartition(self._topic, p) for p, position in after.items() if ends[p] > position]
            if not behind:
                return ()
            consumer.assign(behind)
            for one in behind:
                consumer.seek(one, after[one.partition])
            found: dict[Any, Any] = {}
            while not found:
                found = await consumer.getmany(timeout_ms=500, max_records=limit)
            return tuple(entry_of(record) for records in found.values() for record in records)

    async def backlog(self) -> tuple[Backlog, ...]:
        """How every partition stands: what was processed, from PostgreSQL, beside what there is."""
        found = await self._database.fetch("SELECT partition, position FROM progress")
        known = {one["partition"]: one["position"] for one in found}
        reached = {partition: known.get(partition, 0) for partition in await self.partitions()}
        async with self._reading(most=1) as consumer:  # the first record of each partition tells enough
            ends = await self._ends(consumer, reached)
            begins = await consumer.beginning_offsets([TopicPartition(self._topic, p) for p in reached])
            kept = {place.partition: first for place, first in begins.items()}
            behind = {p: position for p, position in reached.items() if ends[p] > max(position, kept[p])}
            since = await self._since(consumer, behind)
        return tuple(
            Backlog(partition=p, position=position, count=ends[p] - position, since=since.get(p))
            for p, position in reached.items()
        )

    async def _since(self, consumer: AIOKafkaConsumer, behind: Positions) -> Mapping[int, datetime]:
        """When the first entry beyond each position was received."""
        since: dict[int, datetime] = {}
        places = {TopicPartition(self._topic, p): position for p, position in behind.items()}
        consumer.assign(list(places))
        for place, position in places.items():
            consumer.seek(place, position)
        while places:
            found = await consumer.getmany(*places, timeout_ms=500, max_records=len(places))
            for place, records in found.items():
                since[place.partition] = entry_of(records[0]).envelope.received_at
                del places[place]
        return since

    async def _ends(self, consumer: AIOKafkaConsumer, partitions: Positions) -> dict[int, int]:
        ends = await consumer.end_offsets([TopicPartition(self._topic, p) for p in partitions])
        return {one.partition: end for one, end in ends.items()}

    @asynccontextmanager
    async def _reading(self, most: int = LARGEST) -> AsyncIterator[AIOKafkaConsumer]:
        """A consumer without a group that fetches at most so many bytes of a partition, but always one record."""
        async with told_as_store_error(self._connection):
            consumer = AIOKafkaConsumer(
                **self._connection.options(),
                enable_auto_commit=False,
                max_partition_fetch_bytes=most,
                auto_offset_reset="earliest",
            )
            async with stopped_after(consumer), asyncio.timeout(PATIENCE):
                await consumer.start()
                yield consumer


def _delivery(envelope: Envelope) -> tuple[str, str]:
    return envelope.party, envelope.reference


def _appended(envelope: Envelope, known: _Known, new: set[str]) -> Appended:
    """What became of one offered envelope; the first of several equal ones in a batch is the new one."""
    position = known.position or 0
    if known.id != envelope.id:
        return Appended(position, "conflict", known.id)
    if envelope.id in new:
        new.remove(envelope.id)
        return Appended(position, "new", envelope.id)
    return Appended(position, "repeat", envelope.id)
