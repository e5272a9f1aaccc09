"""The messages of a fault test, and a partner who offers them until they are taken."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from random import Random

from connectors.kafka_client import KafkaConnection
from connectors.kafka_log import KafkaLog
from connectors.kafka_producer import Producer, partition_of
from connectors.kafka_records import envelope_record
from streams.core.envelope import Envelope
from streams.core.parties import Directory
from streams.core.ports import StoreError
from streams.core.topics import IN
from tests.support.load import Relation, stream, taken_in

SMALL_GROUP = 40
"""Most messages offered at once."""
DIES_BETWEEN = 0.03
"""How often the first intake that is offered a group dies between producing it and noting its places."""


def codes(gemeenten: int, aanbieders: int) -> tuple[list[str], list[str]]:
    return [f"{392 + n:04}" for n in range(gemeenten)], [f"6565{n + 1:04}" for n in range(aanbieders)]


def envelopes(directory: Directory, relations: Sequence[Relation], count: int, chance: Random) -> list[Envelope]:
    """So many messages, relations mingled by chance, each relation in its own order."""
    now = datetime.now(UTC)
    streams = [stream(relation) for relation in relations]
    turns = [number % len(relations) for number in range(count)]
    chance.shuffle(turns)
    return [taken_in(next(streams[turn]), directory, now) for turn in turns]


def home(envelope: Envelope) -> int:
    """The partition that a message belongs in."""
    return partition_of(envelope.relation, IN.partitions)


class Traffic:
    """Offers messages, in the order of each relation, one group at a time."""

    def __init__(
        self, log: KafkaLog, connection: KafkaConnection, messages: Sequence[Envelope], chance: Random
    ) -> None:
        self._log = log
        self._connection = connection
        self._producer = Producer(connection)
        self._chance = chance
        self._waiting = deque(messages)
        self.sent: list[Envelope] = []
        self.retries = 0
        self.tell: Callable[[int], None] = lambda sent: None

    @property
    def left(self) -> int:
        return len(self._waiting)

    async def send(self, count: int, among: Collection[int] | None = None) -> None:
        """Offer so many of what waits, of these partitions only, as fast as they are taken."""
        await self._send(self._taken(count, among), SMALL_GROUP, 0)

    async def flow(self, count: int, seconds: float) -> None:
        """Offer so many of what waits, spread over some seconds."""
        size = max(2, count // 10)
        await self._send(self._taken(count, None), size, seconds / 10)

    async def _send(self, offered: list[Envelope], most: int, rest: float) -> None:
        while offered:
            size = self._chance.randint(1, most)
            group, offered = offered[:size], offered[size:]
            await self._offer_until_taken(group)
            self.sent += group
            self.tell(len(self.sent))
            await asyncio.sleep(self._chance.uniform(0, rest))

    def _taken(self, count: int, among: Collection[int] | None) -> list[Envelope]:
        taken: list[Envelope] = []
        stays: deque[Envelope] = deque()
        for envelope in self._waiting:
            wanted = len(taken) < count and (among is None or home(envelope) in among)
            (taken if wanted else stays).append(envelope)
        self._waiting = stays
        return taken

    async def _offer_until_taken(self, group: Sequence[Envelope]) -> None:
        dies = self._chance.random() < DIES_BETWEEN
        while True:
            try:
                if dies:
                    await self._producer.send([envelope_record(self._connection, one) for one in group])
                dies = False
                await self._log.append(group)
                return
            except StoreError:
                self.retries += 1
                await asyncio.sleep(0.1)

    async def close(self) -> None:
        await self._producer.close()

    def by_relation(self) -> dict[str, list[str]]:
        """The ids that were sent, in order."""
        found: dict[str, list[str]] = defaultdict(list)
        for envelope in self.sent:
            found[envelope.relation].append(envelope.id)
        return found
