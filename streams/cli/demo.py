"""`ijwhub demo`: a hub for an example region, some journeys played on it, and where to look."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import httpx
import uvicorn
from rich.progress import Progress

from monitoring import logs
from streams.cli.demo_report import show_journeys, where_to_look
from streams.cli.journeys import Journey, journeys
from streams.cli.output import console, fail
from streams.cli.playing import Played, Player
from streams.cli.running import refuse_taken_port, settings_of, told_plainly, usable_schemas
from streams.cli.scene import RUNS
from streams.core.workdays import DUTCH_TIME
from streams.hub.app import Hub, open_hub, running
from streams.hub.delivery import folder_parties
from streams.hub.settings import Settings

EXAMPLE = Path(__file__).parents[2] / "deploy" / "example" / "parties.yaml"
LOG = "hub.log"

Plays = list[tuple[Journey, list[Played]]]


def show_demo(data: Path, port: int | None, once: bool) -> int:
    """Play the journeys and, unless `once`, keep the hub running; returns the exit code."""
    settings = settings_of(data=data, parties=data / "parties.yaml", host="127.0.0.1", port=_port(port), look_every=0.1)
    refuse_taken_port(settings.host, settings.port)
    usable_schemas(settings.schemas)
    with told_plainly(settings):
        _prepare(settings)
        with (data / LOG).open("a", encoding="utf-8") as log:
            logs.configure(log)
            return asyncio.run(_demo(settings, once))


def _port(wanted: int | None) -> int | None:
    if wanted != 0:
        return wanted
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _prepare(settings: Settings) -> None:
    """The folder of the demo with the example configuration in it; one that is there stays as it is."""
    if not EXAMPLE.exists():
        fail(f"{EXAMPLE} is not there. The demo works from the source tree: install with pip install -e .")
    settings.data.mkdir(parents=True, exist_ok=True)
    if not settings.parties.exists():
        # Folders start at this file, which is in the folder of the demo already.
        text = EXAMPLE.read_text(encoding="utf-8").replace("path: var/demo/", "path: ")
        settings.parties.write_text(text, encoding="utf-8")


async def _demo(settings: Settings, once: bool) -> int:
    out = console()
    to_play = journeys(datetime.now(DUTCH_TIME).date(), int(time.time()) % RUNS)
    async with open_hub(settings) as hub, running(hub) as server:
        async with _player(hub) as player:
            played = await _play(player, to_play, server)
        show_journeys(out, played)
        whole = all(one.as_written for _, plays in played for one in plays)
        complete = sum(len(plays) for _, plays in played) == sum(len(journey.steps) for journey in to_play)
        if complete:
            where_to_look(out, settings, played, stays=not once)
        while not once and not server.should_exit:
            await asyncio.sleep(0.1)
    return 0 if whole and complete else 1


@asynccontextmanager
async def _player(hub: Hub) -> AsyncIterator[Player]:
    folders = {party.id: folder for party, folder in folder_parties(hub.desk.directory.parties)}
    address = f"http://{hub.settings.host}:{hub.settings.port}"
    async with httpx.AsyncClient(base_url=address, timeout=30, trust_env=False) as client:
        yield Player(client, folders)


async def _play(player: Player, to_play: Sequence[Journey], server: uvicorn.Server) -> Plays:
    """Play everything in order, or until the hub is told to stop."""
    played: Plays = []
    bar = Progress(console=console(), transient=True, disable=not console().is_terminal)
    with bar:
        task = bar.add_task("Playing", total=sum(len(journey.steps) for journey in to_play))
        for journey in to_play:
            played.append((journey, []))
            for step in journey.steps:
                if server.should_exit:
                    return played
                played[-1][1].append(await player.play(step))
                bar.advance(task)
    return played
