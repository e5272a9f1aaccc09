"""Monitor workers killed, stalled, added and taken away under load: rows equal a clean fold of the topic.

The control shows that the test can fail: without the compare-and-set, a worker that stood still writes old rows.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from connectors.kafka_client import KafkaConnection
from connectors.kafka_producer import Producer
from connectors.postgres import Postgres
from deploy.servers import Kafka
from streams.hub.folding import FOLDS
from tests.support.kafka import prepared
from tests.support.monitors_processes import (
    STALL,
    Fleet,
    Stream,
    expected,
    found,
    last_places,
    seen,
    settled,
)

AFTER = 6.0
"""Seconds in which a worker that stood still finds out that it was left behind."""


@dataclass
class Site:
    connection: KafkaConnection
    url: str
    database: Postgres
    stream: Stream
    folder: Path

    def fleet(self, seed: int, *command: str) -> Fleet:
        made = Fleet(self.connection, self.url, self.folder, random.Random(seed))
        made.command = command or made.command
        return made

    async def exact(self) -> None:
        """Fails when rows or progress are not those of one clean fold."""
        await settled(self.connection, self.database)
        rows, should = await found(self.database), await expected(self.connection)
        wrong = [p for p in should if rows.get(p) != should[p]]
        assert not wrong, f"partitions {wrong} are not those of a clean fold"
        assert rows == should
        last = await last_places(self.connection)
        for fold in FOLDS:
            assert await seen(self.database, fold.name) == last


@pytest.fixture
async def site(kafka: Kafka, database: str, prefix: str, tmp_path: Path) -> AsyncIterator[Site]:
    connection = KafkaConnection(servers=kafka.address, prefix=prefix)
    await prepared(connection, database)
    postgres, producer = await Postgres.opened(database), Producer(connection)
    yield Site(connection, database, postgres, Stream(connection, producer), tmp_path)
    await producer.close()
    await postgres.close()


async def _publish(stream: Stream, enough: asyncio.Event, chunk: int) -> None:
    while not enough.is_set():
        await stream.publish(chunk)
        await asyncio.sleep(0.1)


async def chaos(site: Site, seed: int, most: int, disturbances: int) -> Fleet:
    """Disturb workers so often while events come, then let those that are left finish."""
    fleet, enough = site.fleet(seed), asyncio.Event()
    publishing = asyncio.create_task(_publish(site.stream, enough, 25))
    try:
        for _ in range(most):
            fleet.add()
        while len(fleet.done) < disturbances:
            await asyncio.sleep(fleet.chance.uniform(0.3, 2.5))
            await fleet.disturb(most)
        enough.set()
        await publishing
        await settled(site.connection, site.database)
        await asyncio.sleep(AFTER)
        await site.exact()
        return fleet
    finally:
        enough.set()
        await asyncio.gather(publishing, return_exceptions=True)
        fleet.close()


async def test_workers_that_come_go_die_and_stall_lose_and_double_nothing(site: Site) -> None:
    fleet = await chaos(site, seed=20261125, most=3, disturbances=5)
    print(fleet.done, site.stream.count)
    assert len(set(fleet.done)) == 4, "every kind of disturbance comes in the first five"
    assert site.stream.count > 1_000


@pytest.mark.full
@pytest.mark.parametrize("seed", range(6))
async def test_workers_lose_and_double_nothing_for_longer(site: Site, seed: int) -> None:
    fleet = await chaos(site, seed=seed, most=2 + seed % 2, disturbances=25)
    print(fleet.done, site.stream.count)


async def stalled_between_fold_and_commit(site: Site, kind: str, rounds: int) -> str:
    """One of two workers stands still with rows that it is about to commit; the other one takes over meanwhile.

    Returns what they logged.
    """
    fleet = site.fleet(1, "tests.support.monitors_slowly", kind)
    try:
        fleet.add()
        fleet.add()
        await site.stream.publish(50)
        await settled(site.connection, site.database)
        for number in range(rounds):
            await _stall_while_folding(site, fleet, number % 2)
            await asyncio.sleep(AFTER)
            await site.exact()
        return "".join(one.log.read_text() for one in fleet.workers)
    finally:
        fleet.close()


async def _stall_while_folding(site: Site, fleet: Fleet, number: int) -> None:
    enough = asyncio.Event()
    publishing = asyncio.create_task(_publish(site.stream, enough, 10))
    await asyncio.sleep(3)
    fleet.workers[number].stall()
    await asyncio.sleep(STALL)
    enough.set()
    await publishing
    await settled(site.connection, site.database)
    fleet.workers[number].go_on()


async def test_a_stall_between_fold_and_commit_changes_nothing(site: Site) -> None:
    logs = await stalled_between_fold_and_commit(site, "fenced", rounds=1)
    assert '"event": "fenced"' in logs, "no worker stood still at the moment that was aimed at"


async def test_without_the_compare_and_set_such_a_stall_is_caught(site: Site) -> None:
    with pytest.raises(AssertionError, match="are not those of a clean fold"):
        await stalled_between_fold_and_commit(site, "unfenced", rounds=4)
