"""Using a client of Kafka: its failures are StoreErrors, and it is stopped whatever state it is in.

Apart from `kafka_client`, which the settings and so every command read: loading aiokafka takes a moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from connectors.kafka_client import KafkaConnection
from streams.core.ports import StoreError

LAST_WORDS = 10
"""Seconds that a consumer gets to leave its group."""


@asynccontextmanager
async def told_as_store_error(connection: KafkaConnection) -> AsyncIterator[None]:
    """Turn what goes wrong into a StoreError; a client that breaks raises more than Kafka's own kinds."""
    try:
        yield
    except StoreError:
        raise
    except Exception as error:
        raise StoreError(f"Kafka ({connection.servers}) failed: {type(error).__name__}") from error


@asynccontextmanager
async def stopped_after(consumer: AIOKafkaConsumer) -> AsyncIterator[None]:
    """Stop a consumer at the end, whatever state it is in; one that does not stop is not waited for."""
    try:
        yield
    finally:
        with suppress(KafkaError, OSError):
            async with asyncio.timeout(LAST_WORDS):
                await consumer.stop()
        end_if_cancelled()


def end_if_cancelled() -> None:
    """Raise CancelledError when this task was cancelled: a client of aiokafka that stops may have swallowed that."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
