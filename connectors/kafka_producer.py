"""Producing to Kafka with acks=all and idempotence: a group of records, of which the places are known at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, TypeVar

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError
from aiokafka.partitioner import murmur2
from msgspec import Struct

from connectors.kafka_client import KafkaConnection
from connectors.kafka_using import end_if_cancelled
from streams.core.ports import StoreError
from streams.core.topics import LARGEST

BATCH_BYTES = 1_000_000
"""Of one request to one partition, unless a single record is larger."""
PATIENCE = 30
"""Seconds that a group may take, from sending to the last acknowledgement."""


class Record(Struct, frozen=True, kw_only=True):
    """A record to be produced."""

    topic: str
    key: str
    value: bytes
    headers: Sequence[tuple[str, bytes]]


TOPIC_PATIENCE = 5
"""Seconds to wait for a topic that the client does not know yet."""
T = TypeVar("T")
Placed = tuple[int, int]
"""Partition and offset."""


@lru_cache(maxsize=100_000)
def partition_of(key: str, partitions: int) -> int:
    """The partition of a key: what every Kafka client does by default (murmur2)."""
    return int(murmur2(key.encode()) & 0x7FFFFFFF) % partitions


class _NoTopic(Exception):
    """There is no such topic, or no server to ask."""


class Producer:
    """Sends groups of records. A client that failed is thrown away and the next group gets a new one.

    An idempotent client cannot be trusted after a failure: a batch that expired leaves a hole in its numbering, and
    every later one is refused.
    """

    def __init__(self, connection: KafkaConnection) -> None:
        self._connection = connection
        self._client: AIOKafkaProducer | None = None
        self._lock = asyncio.Lock()

    async def send(self, records: Sequence[Record]) -> list[Placed]:
        """Produce all; returns their places when each is acknowledged.

        Raises StoreError when not all are known to be durable; some may be: sending again may double those.
        """
        return await self._with_client(lambda client: self._send(client, records))

    async def partitions(self, topic: str) -> tuple[int, ...]:
        """The numbers of the partitions of a topic. Raises StoreError, also when there is no such topic."""
        return tuple(sorted(await self._with_client(lambda client: _partitions(client, topic))))

    async def _with_client(self, use: Callable[[AIOKafkaProducer], Awaitable[T]]) -> T:
        async with self._lock:
            try:
                async with asyncio.timeout(PATIENCE):
                    return await use(await self._started())
            except _NoTopic as error:
                await self._throw_away()
                raise StoreError(f"the topic {error} is not there. Make the topics: ijwhub topics apply") from error
            except Exception as error:  # a client that breaks raises more than Kafka's own kinds
                await self._throw_away()
                end_if_cancelled()
                raise StoreError(f"Kafka ({self._connection.servers}) failed: {type(error).__name__}") from error
            except BaseException:
                await self._throw_away()
                raise

    async def _started(self) -> AIOKafkaProducer:
        if self._client is None:
            client = AIOKafkaProducer(
                **self._connection.options(),
                acks="all",
                enable_idempotence=True,
                compression_type="lz4",
                max_batch_size=BATCH_BYTES,
                max_request_size=LARGEST,
                request_timeout_ms=PATIENCE * 1000,
            )
            try:
                await client.start()
            except BaseException:
                await _stopped(client)
                raise
            self._client = client
        return self._client

    async def _send(self, client: AIOKafkaProducer, records: Sequence[Record]) -> list[Placed]:
        partitions = {topic: len(await _partitions(client, topic)) for topic in {one.topic for one in records}}
        groups: dict[tuple[str, int], list[int]] = {}
        for number, record in enumerate(records):
            to = record.topic, partition_of(record.key, partitions[record.topic])
            groups.setdefault(to, []).append(number)
        places: list[Placed] = [(0, 0)] * len(records)
        sending = [_send_group(client, *to, numbers, records, places) for to, numbers in groups.items()]
        for failed in await asyncio.gather(*sending, return_exceptions=True):
            if failed is not None:
                raise failed
        return places

    async def _throw_away(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await _stopped(client)

    async def close(self) -> None:
        """Close the client; what was not sent is not waited for."""
        await self._throw_away()


async def _send_group(
    client: AIOKafkaProducer,
    topic: str,
    partition: int,
    numbers: Sequence[int],
    records: Sequence[Record],
    places: list[Placed],
) -> None:
    """Send the records of one partition, in order; notes the place of each."""
    waiting: list[tuple[Any, list[int]]] = []
    batch = client.create_batch()
    inside: list[int] = []
    for number in numbers:
        record = records[number]
        kept = {"key": record.key.encode(), "value": record.value, "timestamp": None, "headers": list(record.headers)}
        if batch.append(**kept) is None:
            waiting.append((await client.send_batch(batch, topic, partition=partition), inside))
            batch, inside = client.create_batch(), []
            batch.append(**kept)
        inside.append(number)
    waiting.append((await client.send_batch(batch, topic, partition=partition), inside))
    for sent, some in waiting:
        first = (await sent).offset
        for more, number in enumerate(some):
            places[number] = (partition, first + more)


async def _partitions(client: AIOKafkaProducer, topic: str) -> set[int]:
    """The partitions of a topic. A client waits long for one that is not there; this does not."""
    try:
        async with asyncio.timeout(TOPIC_PATIENCE):
            found: set[int] = await client.partitions_for(topic)
            return found
    except (UnknownTopicOrPartitionError, TimeoutError) as error:
        raise _NoTopic(topic) from error


async def _stopped(client: AIOKafkaProducer) -> None:
    """Stop a client that may be in any state, at once.

    Its own `stop` sends what is left first: a record of which the sender was told that it failed would still be
    written when the broker is back, behind newer ones.
    """
    client._closed = True
    with suppress(KafkaError, OSError, TimeoutError):
        async with asyncio.timeout(5):
            try:
                if client._sender is not None:
                    await client._sender.close()
            finally:
                await client.client.close()
