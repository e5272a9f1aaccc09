"""`ijwhub simulate`: a region that does not exist, as files, or played on a running hub."""

from __future__ import annotations

import asyncio
import base64
import logging
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import httpx
import msgspec
import typer
from msgspec import Struct
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from monitoring import logs
from streams.cli.output import console, facts, fail, show, this_command
from streams.cli.running import settings_of, told_plainly
from streams.core.parties import ConfigurationError
from streams.core.workdays import local_day
from streams.hub.clock import now
from streams.simulating.configuration import Simulation, load_simulation
from streams.simulating.region import parties_yaml
from streams.simulating.simulation import Simulated, simulate
from streams.simulating.truth import truth_encoded
from streams.simulating.world import Sent

PARTIES, BERICHTEN, TRUTH = "parties.yaml", "berichten.jsonl", "truth.json"
HUB = "hub.sqlite"
STEPS = 1000
"""How finely the progress through the year is shown."""
REFUSED_AT_THE_DOOR = frozenset({400, 403, 409, 413, 422})
"""HTTP statuses with which a hub sets a message aside: some are sent so on purpose."""


class Line(Struct, frozen=True, kw_only=True):
    """A message as a line of berichten.jsonl; `body` in base64."""

    at: str
    party: str
    reference: str
    bericht: str
    body: str


def run_simulation(
    seed: int,
    out: Path,
    config: Path | None,
    given: Mapping[str, object],
    hub: str | None,
    speed: float,
    data: Path | None,
) -> None:
    """Simulate a region: write its parties, messages and truth into a folder.

    given  settings of the simulation in place of those in `config`, where they are not None.
    hub    the URL of a hub on which it is played; then a region that is in `out` already is played as it is.
    speed  how many times faster than real time it is played, 0 as fast as it goes.
    data   the folder of a new embedded hub that gets all of it, as if it had run all the time.
    """
    if speed and hub is None:
        fail("--speed tells how fast a region is played on a running hub. Name that with --hub, or leave --speed out.")
    again = hub is not None and data is None and (out / TRUTH).exists()  # which was written last
    if not again:
        _refuse_another(out)
    simulation = _simulation(config, given, until_now=data is not None and config is None)
    if data is not None:
        _refuse_data(data, out, simulation)
    if again:
        typer.echo(f"{out} holds a region already: that one is played.")
    else:
        _write(simulation, seed, out)
    if hub is not None:
        _play(hub, speed, out)
    if data is not None:
        _fill(data, out, simulate(simulation, seed))


def _write(simulation: Simulation, seed: int, out: Path) -> None:
    simulated = simulate(simulation, seed)
    out.mkdir(parents=True, exist_ok=True)
    (out / PARTIES).write_text(parties_yaml(simulated.directory), encoding="utf-8")
    with (out / BERICHTEN).open("wb") as lines:
        sent = _written(simulated, lines)
    (out / TRUTH).write_bytes(truth_encoded(simulated.truth))
    _summary(out, simulation, sent)


def _simulation(config: Path | None, given: Mapping[str, object], until_now: bool) -> Simulation:
    """`until_now`: without a start it goes on until yesterday."""
    try:
        simulation = load_simulation(config) if config else Simulation()
    except ConfigurationError as error:
        fail(str(error))
    simulation = simulation.model_copy(update={name: value for name, value in given.items() if value is not None})
    if until_now and given["start"] is None:
        return simulation.model_copy(update={"start": local_day(now()) - timedelta(simulation.days)})
    return simulation


def _refuse_another(out: Path) -> None:
    """End the command when there are files of another region, which may be those of a hub."""
    there = [str(out / name) for name in (PARTIES, BERICHTEN, TRUTH) if (out / name).exists()]
    if there:
        fail(f"there is a region already: {', '.join(there)}. Name another folder with --out, or remove them.")


def _refuse_data(data: Path, out: Path, simulation: Simulation) -> None:
    """End the command when this region cannot be put into a hub there."""
    if (data / HUB).exists():
        fail(f"{data / HUB} is there already: a region is put into a new hub. Name another folder with --data.")
    last = simulation.start + timedelta(simulation.days - 1)
    if last >= local_day(now()):
        fail(f"the region goes on until {last}, and a hub cannot have what is still to come. Give an earlier --start.")
    if settings_of(data=data, parties=out / PARTIES).on_kafka is not None:
        fail("--data fills an embedded hub, and the environment names one on Kafka. Remove IJWHUB_KAFKA to use it.")


def _fill(data: Path, out: Path, simulated: Simulated) -> None:
    from streams.cli.filling import fill  # it loads all of a hub, which writing files does not need

    logs.configure(style="text", least=logging.ERROR)
    settings = settings_of(data=data, parties=out / PARTIES)
    with _bar(_count(out), "Filling the hub") as bar, told_plainly(settings):
        asyncio.run(fill(settings, simulated, lambda: bar.advance(bar.task_ids[0])))
    typer.echo(f"Look at it: {this_command()} run --data {data} --parties {out / PARTIES}, then open /beelden.")


def _bar(total: float, what: str) -> Progress:
    out = console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=out, transient=True, disable=not out.is_terminal)
    bar.add_task(what, total=total)
    return bar


def _written(simulated: Simulated, lines: BinaryIO) -> int:
    """Write every message as a line; returns how many there are."""
    sent = 0
    with _bar(STEPS, "Simulating") as bar:
        for one in simulated:
            sent += 1
            lines.write(msgspec.json.encode(_line(one)) + b"\n")
            bar.update(bar.task_ids[0], completed=round(simulated.progress * STEPS))
    return sent


def _line(one: Sent) -> Line:
    return Line(
        at=one.at.isoformat(),
        party=one.party,
        reference=one.reference,
        bericht=one.bericht,
        body=base64.b64encode(one.body).decode(),
    )


def _summary(out: Path, simulation: Simulation, sent: int) -> None:
    told = facts()
    told.add_row("messages", f"{sent} in {simulation.days} days from {simulation.start}, of {simulation.youths} youths")
    told.add_row("parties", str(out / PARTIES))
    told.add_row("messages in", str(out / BERICHTEN))
    told.add_row("truth", str(out / TRUTH))
    show(console(), told)


# --- playing ---------------------------------------------------------------------------------------


def _play(hub: str, speed: float, out: Path) -> None:
    """Offer every message to a hub in order, as its party would, and say what became of them."""
    taken: Counter[bool] = Counter()
    try:
        with httpx.Client(base_url=hub, timeout=60, trust_env=False) as client, _bar(_count(out), "Playing") as bar:
            for line in _paced(out / BERICHTEN, speed):
                taken[_post(client, line)] += 1
                bar.advance(bar.task_ids[0])
    except httpx.TransportError as error:
        fail(
            f"{hub} cannot be reached ({type(error).__name__}). Start it with --parties {out / PARTIES}, and try again."
        )
    typer.echo(
        f"The hub took in {taken[True]} messages and refused {taken[False]} at its door; a few are sent wrong on"
    )
    typer.echo(
        f"purpose. It received them now, not on the days of the region: {out / TRUTH} does not hold for its figures."
    )


def _count(out: Path) -> int:
    """How many messages are written there."""
    with (out / BERICHTEN).open("rb") as lines:
        return sum(1 for _ in lines)


def _paced(lines: Path, speed: float) -> Iterator[Line]:
    """Each message when it is its turn."""
    begun, first = time.monotonic(), None
    decoder = msgspec.json.Decoder(Line)
    with lines.open("rb") as read:
        for text in read:
            line = decoder.decode(text)
            at = datetime.fromisoformat(line.at).timestamp()
            first = at if first is None else first
            if speed:
                time.sleep(max(0.0, (at - first) / speed - (time.monotonic() - begun)))
            yield line


def _post(client: httpx.Client, line: Line) -> bool:
    """Offer it; whether it was taken in. Ends the command when the hub cannot go on."""
    headers = {
        "Authorization": f"Bearer demo-{line.party}",
        "Content-Type": "application/xml",
        "Idempotency-Key": line.reference,
    }
    response = client.post("/v1/berichten", content=base64.b64decode(line.body), headers=headers)
    if response.status_code != httpx.codes.ACCEPTED and response.status_code not in REFUSED_AT_THE_DOOR:
        fail(f"The hub answered HTTP {response.status_code} to {line.reference} of {line.party}, and playing stopped.")
    return response.status_code == httpx.codes.ACCEPTED
