"""Reading the events from their partitions themselves, without a group: what Faust passed over, and where they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from connectors.kafka_client import KafkaConnection
from connectors.kafka_using import end_if_cancelled
from streams.core.ports import StoreError
from streams.core.topics import EVENTS, LARGEST

PATIENCE = 15
"""Seconds that one read may take."""
LOOK = 500
"""Milliseconds to wait for records at a time."""
WAIT = 50
"""Milliseconds that a broker may hold a request: one for the last partition holds up the one for the next."""


class EventsReader:
    """Reads any partition of the events from any position. A client that failed is thrown away."""

    def __init__(self, connection: KafkaConnection) -> None:
        self._connection = connection
        self._topic = connection.topic(EVENTS)
        self._client: AIOKafkaConsumer | None = None
        self._lock = asyncio.Lock()

    async def ends(self, partitions: Collection[int]) -> Mapping[int, int]:
        """The position after the last event of each partition. Raises StoreError."""
        async with self._using() as client:
            ends = await client.end_offsets([TopicPartition(self._topic, partition) for partition in partitions])
            return {place.partition: end for place, end in ends.items()}

    async def read(self, partition: int, position: int, before: int, limit: int) -> tuple[Sequence[Any], int]:
        """At most so many records from `position` on that stand before another position, and where to read on.

        What is no longer kept is passed over: then the first record stands beyond `position`. Raises StoreError.
        """
        place = TopicPartition(self._topic, partition)
        async with self._using() as client:
            client.assign([place])
            client.seek(place, position)
            while await client.position(place) < before:
                found = await client.getmany(place, timeout_ms=LOOK, max_records=limit)
                if records := [record for record in found.get(place, ()) if record.offset < before]:
                    return records, records[-1].offset + 1
            return (), before

    async def close(self) -> None:
        """Close the client."""
        async with self._lock:
            await self._throw_away()

    @asynccontextmanager
    async def _using(self) -> AsyncIterator[AIOKafkaConsumer]:
        async with self._lock:
            try:
                async with asyncio.timeout(PATIENCE):
                    yield await self._started()
            except (KafkaError, OSError, TimeoutError) as error:
                await self._throw_away()
                end_if_cancelled()
                raise StoreError(f"Kafka ({self._connection.servers}) failed: {type(error).__name__}") from error
            except BaseException:
                await self._throw_away()
                raise

    async def _started(self) -> AIOKafkaConsumer:
        if self._client is None:
            client = AIOKafkaConsumer(
                **self._connection.options(),
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                max_partition_fetch_bytes=LARGEST,
                fetch_max_wait_ms=WAIT,
            )
            self._client = client
            await client.start()
        return self._client

    async def _throw_away(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(KafkaError, OSError, TimeoutError):
                async with asyncio.timeout(5):
                    await client.stop()
