"""Monitor workers as processes that are killed, stalled, added and taken away, and what they should have come to."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.kafka_client import KafkaConnection
from connectors.kafka_producer import Producer
from connectors.kafka_records import place_of
from connectors.postgres import Postgres
from streams.core.topics import EVENTS
from streams.hub.folding import FOLDS
from streams.kafka.monitor_reading import EventsReader
from tests.support.kafka import environment
from tests.support.monitors import Kept, clean_fold, everything, published, record
from tests.support.monitors_story import Place
from tests.support.process import free_port

PARTITIONS = range(EVENTS.partitions)
ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = ("streams.cli",)
STALL = 5.0
"""Seconds that a worker stands still: beyond its session of 3, so that another one takes its partitions."""


class Worker:
    """`ijwhub monitor` as a process, by a module that may be another than the command line's own."""

    def __init__(self, folder: Path, variables: dict[str, str], command: Sequence[str] = COMMAND) -> None:
        self.port = free_port()
        self.log = folder / f"monitor-{self.port}.log"
        words = [sys.executable, "-m", *command, "monitor", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(words, stdout=log, stderr=log, env={**os.environ, **variables}, cwd=ROOT)

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        self._process.terminate()
        return self._process.wait(timeout=40)

    def stall(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def cpu(self) -> float:
        """Seconds of processor time that it has used."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Fleet:
    """Workers on the same topics and tables."""

    connection: KafkaConnection
    url: str
    folder: Path
    chance: random.Random
    command: Sequence[str] = COMMAND
    workers: list[Worker] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    _deck: list[Callable[[int], Awaitable[None]]] = field(default_factory=list)

    def add(self) -> None:
        self.workers.append(Worker(self.folder, environment(self.connection, self.url), self.command))

    async def disturb(self, most: int) -> None:
        """Do something to one of them."""
        if not self._deck:
            self._deck = [self._kill, self._stall, self._stall, self._add, self._remove]
            self.chance.shuffle(self._deck)
        doing = self._deck.pop()
        await doing(most)
        self.done.append(doing.__name__)

    async def _kill(self, _most: int) -> None:
        self.chance.choice(self.workers).kill()
        self._drop_dead()
        self.add()

    async def _stall(self, _most: int) -> None:
        one = self.chance.choice(self.workers)
        one.stall()
        await asyncio.sleep(self.chance.choice([0.5, STALL, STALL + 2]))
        one.go_on()

    async def _add(self, most: int) -> None:
        if len(self.workers) < most:
            self.add()

    async def _remove(self, _most: int) -> None:
        if len(self.workers) > 1:
            one = self.workers.pop(self.chance.randrange(len(self.workers)))
            code = await asyncio.to_thread(one.stop)
            log = one.log.read_text()
            assert code == 0 or (code == -signal.SIGTERM and not log), f"exit code {code}: {log[-2000:]}"

    def _drop_dead(self) -> None:
        self.workers = [one for one in self.workers if one._process.poll() is None]

    def close(self) -> None:
        for one in self.workers:
            one.go_on()
            one.kill()


@dataclass
class Stream:
    """Publishes events of several partitions of the log, in chunks, without end."""

    connection: KafkaConnection
    producer: Producer
    logs: int = 6
    doubles: float = 0.2
    count: int = 0

    def __post_init__(self) -> None:
        self._left = [published(log, 1_000_000, random.Random(log), self.doubles) for log in range(self.logs)]

    async def publish(self, chunk: int) -> None:
        """So many of every partition of the log, in turns."""
        some = [next(log) for _ in range(chunk) for log in self._left]
        await self.producer.send([record(self.connection, place, made) for place, made in some])
        self.count += len(some)


async def settled(connection: KafkaConnection, database: Postgres, seconds: float = 90) -> None:
    """Until all positions of all folds are where the events end."""
    reader = EventsReader(connection)
    query = "SELECT fold, partition, position FROM fold_progress"
    try:
        async with asyncio.timeout(seconds):
            ends = {p: end for p, end in (await reader.ends(PARTITIONS)).items() if end}
            wanted = {(fold.name, p, end) for fold in FOLDS for p, end in ends.items()}
            while {tuple(row) for row in await database.fetch(query)} != wanted:
                await asyncio.sleep(0.2)
    finally:
        await reader.close()


async def found(database: Postgres) -> dict[int, Kept]:
    """The rows of every partition, as they are kept."""
    folds = {fold.name: fold for fold in FOLDS}
    by_partition: dict[int, Kept] = {}
    for name, partition, key, row in await database.fetch("SELECT fold, partition, key, row FROM fold_row"):
        kept = by_partition.setdefault(partition, {fold: {} for fold in folds})
        kept[name][key] = folds[name].decode(row)
    return by_partition


async def expected(connection: KafkaConnection) -> dict[int, Kept]:
    """The rows of every partition, from the topic itself."""
    by_partition: dict[int, list[Any]] = {}
    for one in await everything(connection):
        by_partition.setdefault(one.partition, []).append(one)
    return {partition: clean_fold(records) for partition, records in by_partition.items()}


async def seen(database: Postgres, fold: str) -> dict[int, dict[int, list[int]]]:
    """Per partition of the events and of the log, the last place that a fold has had."""
    rows = await database.fetch("SELECT partition, seen FROM fold_progress WHERE fold = $1", fold)
    return {p: {int(log): place for log, place in json.loads(text).items()} for p, text in rows}


async def last_places(connection: KafkaConnection) -> dict[int, dict[int, list[int]]]:
    """Per partition of the events and of the log, the last place that came."""
    last: dict[int, dict[int, list[int]]] = {}
    for one in await everything(connection):
        place: Place | None = place_of(one.headers)
        assert place is not None
        log, *within = place
        logs = last.setdefault(one.partition, {})
        logs[log] = max(logs.get(log, [-1, -1]), within)
    return last
