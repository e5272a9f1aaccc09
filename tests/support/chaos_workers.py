"""Exchange workers as real processes that may be killed, stalled, added and removed at any moment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from deploy.finding import ROOT, free_port

FENCED: Sequence[str] = ("streams.cli",)
"""The module, with its first options, that is the hub as it is."""
UNFENCED: Sequence[str] = ("tests.support.unfenced",)
ONLY_KEYS: Sequence[str] = ("tests.support.unfenced", "--keys")


class WorkerProcess:
    """One process; its log is a file of its own, so that what it knew and when can be read afterwards."""

    def __init__(self, log: Path, parties: Path, environment: Mapping[str, str], module: Sequence[str]) -> None:
        self.log = log
        self.asked_to_end = False
        command = [sys.executable, "-m", *module, "run", "--role", "exchange", "--port", str(free_port())]
        with log.open("ab") as into:
            self.process = subprocess.Popen(
                [*command, "--parties", str(parties)],
                stdout=into,
                stderr=into,
                cwd=ROOT,
                env={**os.environ, "NO_COLOR": "1", **environment},
            )

    def lines(self) -> Iterator[Mapping[str, Any]]:
        """What it logged so far; a line cut off by a kill is left out."""
        for line in self.log.read_text(errors="replace").splitlines():
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if isinstance(found, dict):
                yield found

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    @property
    def started(self) -> bool:
        return any(line.get("event") == "started" for line in self.lines())

    @property
    def partitions(self) -> frozenset[int]:
        """Those that it last said to work on."""
        told = [line for line in self.lines() if line.get("event") == "partitions"]
        return (
            frozenset(map(int, told[-1]["partitions"].split(","))) if told and told[-1]["partitions"] else frozenset()
        )

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self.asked_to_end = True
        self.signal(signal.SIGKILL)
        self.process.wait()


class Workers:
    """All workers of a run. One that ended by itself is noted and started again, as a service manager does."""

    def __init__(
        self, folder: Path, parties: Path, environment: Mapping[str, str], module: Sequence[str], chance: Random
    ) -> None:
        self._folder = folder
        self._given = (parties, environment, module)
        self._chance = chance
        self.alive: list[WorkerProcess] = []
        self.all: list[WorkerProcess] = []
        self.faults: list[str] = []
        self.ended_alone = 0

    def start(self) -> WorkerProcess:
        """Start one more."""
        one = WorkerProcess(self._folder / f"worker-{len(self.all) + 1:03}.log", *self._given)
        self.alive.append(one)
        self.all.append(one)
        return one

    def kill(self) -> None:
        """kill -9 of any of them, also of one that is only starting."""
        one = self._chance.choice(self.alive)
        self.alive.remove(one)
        one.kill()

    def working(self) -> list[WorkerProcess]:
        """Those that have partitions, as far as they told."""
        return [one for one in self.alive if not one.ended and one.partitions]

    def remove(self, one: WorkerProcess, seconds: float = 40) -> None:
        """SIGTERM; it must end in good order."""
        self.alive.remove(one)
        one.asked_to_end = True
        one.signal(signal.SIGTERM)
        try:
            code = one.process.wait(seconds)
        except subprocess.TimeoutExpired:
            one.kill()
            self.faults.append(f"a worker told to stop did not within {seconds:g} s ({one.log.name})")
            return
        if code != 0:
            self.faults.append(f"a worker told to stop ended with exit code {code}, expected 0 ({one.log.name})")

    def look_after(self) -> None:
        """Start again what ended by itself: allowed where its servers were away when it started, a fault later."""
        for one in [one for one in self.alive if one.ended]:
            self.alive.remove(one)
            self.ended_alone += 1
            if one.started:
                self.faults.append(f"a worker ended by itself, exit code {one.process.returncode} ({one.log.name})")
            self.start()

    def remove_all(self) -> None:
        """SIGTERM to all that have started, and the end of the others."""
        until = time.monotonic() + 20
        while any(not one.started and not one.ended for one in self.alive) and time.monotonic() < until:
            time.sleep(0.1)
        for one in list(self.alive):
            if one.started:
                self.remove(one)
        self.end()

    def end(self) -> None:
        """Nothing stays behind, however the run ended."""
        for one in self.all:
            if not one.ended:
                one.kill()
        self.alive.clear()

    def told(self, event: str) -> int:
        """How often any of them logged this event."""
        return sum(line.get("event") == event for one in self.all for line in one.lines())
