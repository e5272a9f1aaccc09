"""kill -9 while an embedded hub folds its events: afterwards its rows are those of a clean fold.

The control shows that the test can fail: with rows and progress in two transactions, kills count events twice.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from connectors.sqlite_folds import SqliteFolds
from streams.core.events import CloudEvent
from streams.hub.embedded_folding import SPAN
from streams.hub.folding import FOLDS
from tests.support.monitors import Kept, folded, rows
from tests.support.monitors_embedded import emptied, hold
from tests.support.monitors_story import story
from tests.support.monitors_torn import DIES
from tests.support.process import HubProcess, free_port, write_parties

Held = tuple[tuple[int, int, int], CloudEvent]
"""An event, and its place."""
EACH = 4_000
"""Events that come before each kill."""
ROOT = Path(__file__).parents[2]
POSITIONS = "SELECT coalesce(min(position), 0), count(*) FROM fold_progress WHERE partition = 0"


class Torn(HubProcess):
    """A hub that commits rows and progress apart, and dies in between when it folds first."""

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.support.monitors_torn", "run", "--port", str(self.port)]
        command += ["--parties", str(self.folder / "parties.yaml"), "--data", str(self.folder / "data")]
        with (self.folder / "hub.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=self._environment, cwd=ROOT)

    def kill(self) -> None:
        """Wait until it has died."""
        assert self._process is not None
        assert self._process.wait(timeout=60) == -signal.SIGKILL


def position(path: Path) -> int:
    """Up to where all folds are."""
    with closing(sqlite3.connect(path, timeout=30)) as database:
        ((least, count),) = database.execute(POSITIONS)
    return int(least) if count == len(FOLDS) else 0


def until(path: Path, least: int, seconds: float = 60) -> int:
    """Wait until all folds are so far; returns how far they are."""
    end = time.monotonic() + seconds
    while (now := position(path)) < least:
        assert time.monotonic() < end, f"the hub does not fold: it is at {now}, and {least} was expected"
        time.sleep(0.002)
    return now


def under_fire(folder: Path, kills: int) -> tuple[int, Kept, Kept]:
    """Kill a hub so often while it folds; returns how often it was half-way, its rows, and those of a clean fold."""
    hub, path, events = _prepared(folder, HubProcess, EACH * kills)
    chance, half_way = random.Random(20261127), 0
    for number in range(kills):
        some = events[number * EACH : (number + 1) * EACH]
        hold(path, some)
        before = position(path)
        hub.start()
        until(path, before + 1)
        time.sleep(chance.uniform(0, 0.1))
        hub.kill()
        half_way += position(path) <= _place(some[-1])
    return half_way, *_in_the_end(hub, path, events)


def _prepared(folder: Path, kind: type[HubProcess], count: int) -> tuple[HubProcess, Path, list[Held]]:
    write_parties(folder / "parties.yaml", ["0392"], ["65656001"])
    hub = kind(folder, free_port(), {"IJWHUB_PSEUDONYM_KEY": "a secret of the tests"})
    path = folder / "data" / "hub.sqlite"
    asyncio.run(emptied(path))
    return hub, path, list(islice(story(0, random.Random(1)), count))


def _in_the_end(hub: HubProcess, path: Path, events: list[Held]) -> tuple[Kept, Kept]:
    """Let the hub fold all that is left; its rows, and those of a clean fold."""
    hub.start()
    until(path, _place(events[-1]) + 1)
    assert hub.stop() == 0
    return asyncio.run(_rows(path)), folded(made for _, made in events)


def _place(event: Held) -> int:
    (_, at, number), _made = event
    return at * SPAN + number


async def _rows(path: Path) -> Kept:
    store = SqliteFolds(path)
    try:
        return await rows(store)
    finally:
        await store.close()


def test_kills_while_folding_lose_and_double_nothing(tmp_path: Path) -> None:
    half_way, kept, clean = under_fire(tmp_path, kills=6)
    assert half_way >= 3, "the hub was killed when it had nothing to do"
    assert kept == clean


@pytest.mark.full
def test_kills_lose_and_double_nothing_for_longer(tmp_path: Path) -> None:
    half_way, kept, clean = under_fire(tmp_path, kills=40)
    assert half_way >= 20
    assert kept == clean


def test_without_one_transaction_such_kills_are_caught(tmp_path: Path) -> None:
    hub, path, events = _prepared(tmp_path, Torn, EACH)
    hold(path, events)
    path.with_name(DIES).touch()
    hub.start()
    hub.kill()
    kept, clean = _in_the_end(hub, path, events)
    assert kept != clean
