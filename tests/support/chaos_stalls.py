"""Stalling a worker (SIGSTOP, SIGCONT) while it is busy, until another one has taken over and gone further."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from connectors.kafka_client import KafkaConnection
from streams.core.topics import IN
from tests.support.chaos_traffic import Traffic
from tests.support.chaos_workers import WorkerProcess, Workers

AWAY: tuple[type[Exception], ...] = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, KafkaError, TimeoutError)
HELD_UP_AT = ("dossier", "verdict", "outbox")
"""The tables that workers are held up at, in turn: when they read rows, when they ask what was decided before, and
when they commit. What was committed in spite of the stall is published late, beside the new owner."""
LONGEST = 30
"""Seconds that one look at the servers, or one take-over, may take before the run goes on without it."""


class Staller:
    """Stalls workers, and looks how far the work is."""

    def __init__(
        self, url: str, connection: KafkaConnection, traffic: Traffic, workers: Workers, chance: Random
    ) -> None:
        self._url = url
        self._connection = connection
        self._traffic = traffic
        self._workers = workers
        self._chance = chance
        self._aimed = 0

    async def stall(self, messages: int, *, aimed: bool) -> None:
        """Stall a worker that has work; so many messages are sent before, during and after, to its partitions."""
        await self._settled(range(IN.partitions))
        while not (working := self._workers.working()):
            await asyncio.sleep(0.1)
        victim = self._chance.choice(working)
        partitions = victim.partitions
        third = messages // 3
        if aimed:
            await self._stop_in_a_batch(victim, third, partitions)
        else:
            await self._stop_at_any_moment(victim, third, partitions)
        try:
            await self._traffic.send(third, among=partitions)
            await self._settled(partitions)
        finally:
            if not victim.ended:
                victim.signal(signal.SIGCONT)
        await self._traffic.send(messages - 2 * third)

    async def _stop_at_any_moment(self, victim: WorkerProcess, messages: int, partitions: Collection[int]) -> None:
        sending = asyncio.create_task(self._traffic.send(messages, among=partitions))
        await asyncio.sleep(self._chance.uniform(0, 0.2))
        victim.signal(signal.SIGSTOP)
        await sending

    async def _stop_in_a_batch(self, victim: WorkerProcess, messages: int, partitions: Collection[int]) -> None:
        """A lock holds the worker up after it took a batch; PostgreSQL's answer finds it stopped."""
        table = HELD_UP_AT[self._aimed % len(HELD_UP_AT)]
        self._aimed += 1
        async with self._locked(table) as db:
            await self._traffic.send(messages, among=partitions)
            for _ in range(200):
                if await db.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                    break
                await asyncio.sleep(0.02)
            victim.signal(signal.SIGSTOP)

    @asynccontextmanager
    async def _locked(self, table: str) -> AsyncIterator[Any]:
        db = await asyncpg.connect(self._url)
        try:
            async with db.transaction():
                await db.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
                yield db
        finally:
            await db.close()

    async def _settled(self, partitions: Collection[int]) -> None:
        """Until these partitions are processed to their end, or have had their time."""
        for _ in range(LONGEST * 5):
            if await self._processed(partitions):
                return
            await asyncio.sleep(0.2)

    async def _processed(self, partitions: Collection[int]) -> bool:
        try:
            async with asyncio.timeout(LONGEST):
                positions = dict(await self._rows("SELECT partition, position FROM progress"))
                ends = await self._ends(partitions)
        except AWAY:
            return False
        return all(positions.get(partition, 0) >= end for partition, end in ends.items())

    async def nothing_left(self, sent: int) -> bool:
        """Whether everything sent has its verdict, every partition is at its end, and the outbox is empty."""
        try:
            ((verdicts, outbox),) = await self._rows(
                "SELECT (SELECT count(*) FROM verdict), (SELECT count(*) FROM outbox)"
            )
        except AWAY:
            return False
        return verdicts >= sent and not outbox and await self._processed(range(IN.partitions))

    async def _rows(self, select: str) -> list[Any]:
        db = await asyncpg.connect(self._url, timeout=5)
        try:
            found: list[Any] = await db.fetch(select, timeout=10)
            return found
        finally:
            await db.close(timeout=5)

    async def _ends(self, partitions: Collection[int]) -> dict[int, int]:
        consumer = AIOKafkaConsumer(**self._connection.options())
        try:
            await consumer.start()
            topic = self._connection.topic(IN)
            found = await consumer.end_offsets([TopicPartition(topic, partition) for partition in partitions])
        finally:
            await consumer.stop()
        return {place.partition: end for place, end in found.items()}
