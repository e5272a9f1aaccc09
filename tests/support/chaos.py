"""The fault test of the exchange on Kafka: real workers, killed, stalled, added and removed while messages flow.

    python -m tests.support.chaos                 # short
    python -m tests.support.chaos --full          # as `make chaos`
    python -m tests.support.chaos --control       # workers without their fence, which must be caught
    python -m tests.support.chaos --control-keys  # only the compare-and-set is off

Chance comes from one seed, and what happens how often is fixed; when exactly it hits differs from run to run.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Literal

from connectors.kafka_log import KafkaLog
from connectors.kafka_producer import Producer
from connectors.postgres import Postgres
from streams.core.parties import Directory
from tests.support.chaos_checks import doubles, embedded, evidence, faults
from tests.support.chaos_site import Site, on_own_servers
from tests.support.chaos_stalls import Staller
from tests.support.chaos_traffic import Traffic, envelopes
from tests.support.chaos_workers import FENCED, ONLY_KEYS, UNFENCED, Workers
from tests.support.kafka import PSEUDONYM_KEY, environment

Act = Literal[
    "kill", "stall", "aimed stall", "come", "go", "kafka kill", "kafka stop", "kafka stall", "postgresql kill"
]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What happens how often.

    aimed     of the stalls, those that surely hit a worker between taking a batch and hearing that it is committed.
    patience  seconds that the workers get at the end to decide and publish everything.
    """

    messages: int
    gemeenten: int
    aanbieders: int
    workers: int = 3
    kills: int = 0
    stalls: int = 0
    aimed: int = 0
    comings: int = 0
    kafka_kills: int = 0
    kafka_stops: int = 0
    kafka_stalls: int = 0
    postgresql_kills: int = 0
    patience: float = 90
    module: Sequence[str] = FENCED

    def acts(self, chance: Random) -> list[Act]:
        """Everything that happens, in an order of chance; who goes came before."""
        counts: dict[Act, int] = {
            "kill": self.kills,
            "stall": self.stalls - self.aimed,
            "aimed stall": self.aimed,
            "come": 2 * self.comings,
            "kafka kill": self.kafka_kills,
            "kafka stop": self.kafka_stops,
            "kafka stall": self.kafka_stalls,
            "postgresql kill": self.postgresql_kills,
        }
        acts = [act for act, times in counts.items() for _ in range(times)]
        chance.shuffle(acts)
        turns = [number for number, act in enumerate(acts) if act == "come"]
        for number in turns[1::2]:
            acts[number] = "go"
        return acts


SHORT = Plan(
    messages=2_000,
    gemeenten=4,
    aanbieders=10,
    kills=5,
    stalls=2,
    aimed=2,
    comings=1,
    kafka_kills=1,
    postgresql_kills=1,
)
FULL = Plan(
    messages=20_000,
    gemeenten=10,
    aanbieders=20,
    kills=32,
    stalls=8,
    aimed=6,
    comings=4,
    kafka_kills=1,
    kafka_stops=1,
    kafka_stalls=1,
    postgresql_kills=1,
    patience=180,
)
CONTROL = Plan(messages=800, gemeenten=3, aanbieders=8, workers=2, stalls=2, aimed=2, patience=15, module=UNFENCED)
FLOW = 1.5
"""Seconds over which the messages beside an act are spread, or"""
CROWD = 0.25
"""within which a worker is killed when they all come at once: about the time that they take."""
STOPPED = 35.0
"""Seconds that a broker which was stopped in order is away: longer than producers have patience."""
STALLED = 8.0
"""Seconds that a broker stands still: longer than the session of a worker."""
LONGEST = 15 * 60
"""Seconds after which a run is stopped as failed."""


@dataclass(kw_only=True)
class Report:
    """What a run was, and what was wrong after it. `doubles` by topic: in, out, events."""

    seed: int
    messages: int
    seconds: float = 0
    acts: dict[str, int] = field(default_factory=dict)
    doubles: dict[str, int] = field(default_factory=dict)
    fenced: int = 0
    failures: int = 0
    retries: int = 0
    ended_alone: int = 0
    faults: list[str] = field(default_factory=list)
    folder: Path = Path()

    def __str__(self) -> str:
        acts = ", ".join(f"{times} x {act}" for act, times in sorted(self.acts.items()))
        many = ", ".join(f"{number} in {topic}" for topic, number in self.doubles.items())
        lines = [
            f"seed {self.seed}: {self.messages} messages in {self.seconds:.1f} s, "
            f"{self.messages / max(self.seconds, 0.1):.0f} messages/s; {acts}",
            f"doubles: {many}; {self.fenced} batches fenced, {self.failures} failures of infrastructure tried again, "
            f"{self.retries} offers repeated, {self.ended_alone} workers that ended by themselves",
            *(f"WRONG: {fault}" for fault in self.faults),
            f"logs of all workers: {self.folder}",
        ]
        return "\n".join(lines)


Tell = Callable[[str, int], None]
"""Told what happens now, and how many messages were sent so far."""


def silent(what: str, sent: int) -> None:
    """Tell nobody."""


class Chaos:
    """One run: sends the messages, a share of them beside each act, and has the workers finish."""

    def __init__(self, plan: Plan, seed: int, site: Site, traffic: Traffic, workers: Workers, tell: Tell) -> None:
        self._plan = plan
        self._chance = Random(f"{seed} acts")
        self._site = site
        self._traffic = traffic
        self._workers = workers
        self._tell = tell
        self.done: Counter[str] = Counter()
        self._staller = Staller(site.url, site.connection, traffic, workers, self._chance)

    async def run(self) -> None:
        for _ in range(self._plan.workers):
            self._workers.start()
        supervising = asyncio.create_task(self._supervise())
        try:
            await self._work_begins()
            await self._all_acts()
            await self._traffic.send(self._traffic.left)
            self._tell("finishing", len(self._traffic.sent))
            await self._finished()
        finally:
            supervising.cancel()
        await asyncio.to_thread(self._workers.remove_all)

    async def _supervise(self) -> None:
        while True:
            await asyncio.sleep(0.2)
            self._workers.look_after()

    async def _work_begins(self) -> None:
        """Every worker has told its partitions once, so that the first act hits work."""
        async with asyncio.timeout(60):
            while len(self._workers.working()) < self._plan.workers:
                await asyncio.sleep(0.1)

    async def _all_acts(self) -> None:
        acts = self._plan.acts(self._chance)
        for number, act in enumerate(acts):
            self._tell(act, len(self._traffic.sent))
            self.done[act] += 1
            share = self._traffic.left // (len(acts) - number + 1)
            if act in ("stall", "aimed stall"):
                await self._staller.stall(share, aimed=act == "aimed stall")
            else:
                await self._beside(act, share)

    async def _beside(self, act: Act, messages: int) -> None:
        """Let it happen while messages flow, or in the middle of a crowd of them."""
        crowd = act == "kill" and self._chance.random() < 0.5
        flow = self._traffic.send(messages) if crowd else self._traffic.flow(messages, FLOW)
        sending = asyncio.create_task(flow)
        await asyncio.sleep(self._chance.uniform(0, CROWD if crowd else FLOW / 2))
        await self._act(act)
        await sending

    async def _act(self, act: Act) -> None:
        match act:
            case "kill":
                self._workers.kill()
                await asyncio.sleep(self._chance.uniform(0, 0.5))
                self._workers.start()
            case "come":
                self._workers.start()
            case "go":
                await self._go()
            case _:
                await self._disturb_server(act)

    async def _go(self) -> None:
        while not (working := self._workers.working()):
            await asyncio.sleep(0.1)
        await asyncio.to_thread(self._workers.remove, self._chance.choice(working))

    async def _disturb_server(self, act: Act) -> None:
        """A worker is killed in the middle of it, and another must start while the server is away."""
        disturbing = asyncio.create_task(asyncio.to_thread(self._disturb, act))
        await asyncio.sleep(self._chance.uniform(0, 1))
        self.done["kill beside a server's"] += 1
        self._workers.kill()
        self._workers.start()
        await disturbing

    def _disturb(self, act: Act) -> None:
        kafka = self._site.kafka
        match act:
            case "kafka kill":
                kafka.kill()
            case "kafka stop":
                kafka.stop()
                time.sleep(STOPPED)
            case "kafka stall":
                assert kafka.pid is not None
                os.kill(kafka.pid, signal.SIGSTOP)
                time.sleep(STALLED)
                os.kill(kafka.pid, signal.SIGCONT)
            case "postgresql kill":
                self._site.postgresql.kill()
        for server in (kafka, self._site.postgresql):
            server.start()
            server.ready()

    async def _finished(self) -> None:
        """Until all is decided and published; the checks tell what is missing when that takes too long."""
        until = time.monotonic() + self._plan.patience
        while time.monotonic() < until:
            if await self._staller.nothing_left(len(self._traffic.sent)):
                return
            await asyncio.sleep(0.2)


async def run(plan: Plan, seed: int, site: Site, tell: Tell = silent) -> Report:
    """One run with its checks."""
    directory, relations = await site.prepare(plan.gemeenten, plan.aanbieders)
    messages = envelopes(directory, relations, plan.messages, Random(f"{seed} messages"))
    settings = environment(site.connection, site.url)
    workers = Workers(site.folder, site.folder / "parties.yaml", settings, plan.module, Random(f"{seed} workers"))
    report = Report(seed=seed, messages=plan.messages, folder=site.folder)
    async with AsyncExitStack() as stack:
        stack.enter_context(_told_where(site.folder))
        stack.callback(workers.end)
        database, producer = await Postgres.opened(site.url), Producer(site.connection)
        stack.push_async_callback(database.close)
        stack.push_async_callback(producer.close)
        log = KafkaLog(site.connection, database, producer)
        traffic = Traffic(log, site.connection, messages, Random(f"{seed} traffic"))
        stack.push_async_callback(traffic.close)
        traffic.tell = lambda sent: tell("", sent)
        started = time.monotonic()
        chaos = Chaos(plan, seed, site, traffic, workers, tell)
        await chaos.run()
        report.seconds = time.monotonic() - started
    tell("checking", len(traffic.sent))
    report.acts = dict(chaos.done)
    _count(report, traffic, workers)
    await _check(report, site, directory, traffic)
    report.faults += workers.faults
    return report


@contextmanager
def _told_where(folder: Path) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        error.add_note(f"logs of all workers: {folder}")
        raise


def _count(report: Report, traffic: Traffic, workers: Workers) -> None:
    report.fenced = workers.told("fenced")
    report.failures = workers.told("infrastructure failed, trying again") + workers.told(
        "publishing failed, trying again"
    )
    report.retries = traffic.retries
    report.ended_alone = workers.ended_alone


async def _check(report: Report, site: Site, directory: Directory, traffic: Traffic) -> None:
    alone = await embedded(site.folder / "alone.sqlite", directory, traffic.sent, PSEUDONYM_KEY.encode())
    seen = await evidence(site.url, site.connection, traffic.by_relation(), alone)
    report.doubles = {"in": doubles(seen.log), "out": doubles(seen.out), "events": doubles(seen.events)}
    report.faults += faults(seen)


# --- for people ------------------------------------------------------------------------------------


def main() -> int:
    """Run once on servers of its own, show how far it is, and tell what was found. Exit code 1: something was wrong."""
    from tests.support.chaos_showing import showing

    parser = argparse.ArgumentParser(description="The fault test of the exchange on Kafka.")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--control", action="store_true", help="without fence and keys: must be caught")
    parser.add_argument("--control-keys", action="store_true", help="without the fence, with the keys")
    parser.add_argument("--seed", type=int, default=20261125)
    given = parser.parse_args()
    plan = FULL if given.full else CONTROL if given.control or given.control_keys else SHORT
    if given.control_keys:
        plan = replace(plan, module=ONLY_KEYS)
    with showing(plan.messages) as tell, on_own_servers() as site:
        report = asyncio.run(bounded(run(plan, given.seed, site, tell)))
    sys.stdout.write(f"{report}\n")
    return 1 if report.faults else 0


async def bounded(running: Awaitable[Report]) -> Report:
    """A run that is stopped as failed when it takes too long."""
    async with asyncio.timeout(LONGEST):
        return await running


if __name__ == "__main__":
    sys.exit(main())
