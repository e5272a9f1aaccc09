"""`ijwhub conformance`: a counterpart for the system of a vendor, and what came of meeting it."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import httpx
import uvicorn
from rich.console import Console

from adapters.contract import Adapter
from adapters.registry import UnknownAdapter, adapter
from connectors.conformance_api import TOKEN_SHA256, BreakableProtocol, kit_app, told
from connectors.conformance_desk import KitDesk
from connectors.conformance_report import OUTCOMES, Waiting, as_junit, as_page
from connectors.conformance_target import FolderTarget, MailboxTarget, PushTarget, Target, drive, signed_off
from connectors.folders import LocalFiles
from connectors.pushing import Endpoint, PushOutbox
from monitoring import logs
from schemas.ijw_3_2.reading import Schemas
from streams.cli.output import console, fail, plain, show, table
from streams.cli.running import refuse_taken_port
from streams.conformance import aanbieder, gemeente
from streams.conformance.casus import Role, Run
from streams.conformance.counterpart import counterpart
from streams.conformance.playing import Kit, Playing, Tell, playing
from streams.conformance.report import Report, report_of
from streams.conformance.scenarios import Scenario
from streams.hub.clock import now

HOST = "127.0.0.1"
_REACHED_WITHIN = 10
"""Seconds in which the system under test must take a connection."""
PAGE, JUNIT, WANTED = "conformance.html", "junit.xml", "opdracht.json"
SCENARIOS: dict[Role, Sequence[Scenario]] = {"aanbieder": aanbieder.SCENARIOS, "gemeente": gemeente.SCENARIOS}
Format = Literal["stuf_ggk", "vsp_rest", "mailbox"]


@dataclass(frozen=True)
class Wanted:
    """What was asked for on the command line.

    role       of the system under test.
    patience   seconds in which an answer or a message that was asked for must come.
    report     the folder for the reports; None: none are written.
    only       the scenarios to play, by id; none: all.
    quiet      seconds in which nothing more must come after a repeat.
    format     of messages over HTTP; `options` of its adapter, as party files have them.
    """

    role: Role
    gemeente: str
    aanbieder: str
    patience: float
    port: int
    report: Path | None
    only: Sequence[str] = ()
    quiet: float = 5
    format: Format = "mailbox"
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass
class _Meeting:
    """A kit that meets a system."""

    wanted: Wanted
    playing: Playing
    desk: KitDesk
    left_out: Sequence[Scenario] = ()
    way: str = ""
    asked: Tell | None = None
    is_over: bool = False
    out: Console = field(default_factory=console)

    def report(self) -> Report:
        return report_of(self.playing, self.left_out, self.way, version("ijwhub"))

    def so_far(self) -> tuple[Report, Waiting | None]:
        return self.report(), None if self.is_over else self._waiting()

    def _waiting(self) -> Waiting:
        for story in self.playing.stories:
            for played in story.steps:
                if played.state == "waiting":
                    says = story.casus.told(played.step.says)
                    if self.asked is not None and self.asked.ask is played.step:
                        return _wish(story.scenario.title, self.asked)
                    return Waiting(story.scenario.title, f"{says} De proef wacht op het antwoord van het systeem.")
        return Waiting("de proef", "De proef begint zodra het systeem zich meldt, of wacht op wat nog na komt.")

    def tell(self, asked: Tell) -> None:
        """Pass on what people must do."""
        self.asked = asked
        self.out.print(f"Gevraagd: {asked.says}")
        if self.wanted.report is not None:
            text = json.dumps(told(*self.so_far()), ensure_ascii=False, indent=2)
            (self.wanted.report / WANTED).write_text(text, encoding="utf-8")

    async def meet(self, target: Target) -> int:
        """Play everything and write the reports; returns the exit code."""
        self.out.print(f"De proef is begonnen: {len(self.playing.stories)} scenario's.")
        try:
            await drive(self.playing, target, self.tell, now)
            await signed_off(self.playing, target)
            self.is_over = True
        finally:
            self._write()
        _show(self.out, self.report())
        return 0 if self.report().passed else 1

    def _write(self) -> None:
        """Write the reports, also of a run that is broken off."""
        if self.wanted.report is not None:
            (self.wanted.report / PAGE).write_text(as_page(self.report()), encoding="utf-8")
            (self.wanted.report / JUNIT).write_bytes(as_junit(self.report()))
            (self.wanted.report / WANTED).unlink(missing_ok=True)


def _wish(title: str, asked: Tell) -> Waiting:
    facts = {name: str(fact) for name, fact in asked.facts.items()}
    return Waiting(title, asked.says, asked.ask.wish, facts)


def run_over_folder(wanted: Wanted, folder: Path) -> int:
    """Drive a system over a folder; returns the exit code."""
    return asyncio.run(_over_folder(_meeting(wanted), folder))


def run_over_http(wanted: Wanted, endpoint: Endpoint) -> int:
    """Drive a system that listens for HTTP; returns the exit code."""
    return asyncio.run(_over_http(_meeting(wanted), endpoint))


def target_of(target: str, format: str | None) -> Path | str:
    """A folder, or a URL. Ends the command when it is none, or the format does not go with it."""
    is_url = target.startswith(("http://", "https://"))
    if "://" in target and not is_url:
        fail(
            f"{target[:40]!r} cannot be a target; expected a folder, or an address that begins with http:// or https://"
        )
    if format is not None and (format == "file_drop") == is_url:
        fail(f"{format} does not go with this target; expected file_drop with a folder, and another with a URL")
    return target if is_url else Path(target)


def options_of(words: Sequence[str]) -> dict[str, str]:
    """Options of an adapter, each written as name=value."""
    if wrong := [word for word in words if "=" not in word]:
        fail(f"{wrong[0][:40]!r} is no option of an adapter; expected name=value, such as fault_list=2018")
    return dict(word.split("=", 1) for word in words)


def serve_conformance(wanted: Wanted) -> int:
    """Wait for a system that comes by itself and fetches; returns the exit code."""
    return asyncio.run(_served(_meeting(wanted)))


def _meeting(wanted: Wanted) -> _Meeting:
    logs.configure(sys.stderr, "text", logging.ERROR)
    if wanted.report is not None:
        _made(wanted.report)
    schemas, at = Schemas(), now()
    run = Run(wanted.role, wanted.gemeente, wanted.aanbieder, at)
    _spoken(wanted)
    kit = Kit(run, counterpart(run, schemas, TOKEN_SHA256, {wanted.format: wanted.options}), schemas)
    patience, quiet = timedelta(seconds=wanted.patience), timedelta(seconds=wanted.quiet)
    return _Meeting(wanted, playing(kit, _chosen(wanted), at, patience, quiet), KitDesk(kit, now))


def _made(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"{folder}: {error.strerror}. Name a folder that can be written to.")


def _spoken(wanted: Wanted) -> Adapter:
    try:
        return adapter(wanted.format, wanted.options)
    except UnknownAdapter as unknown:
        fail(str(unknown))


def _chosen(wanted: Wanted) -> list[Scenario]:
    known = {one.id: one for one in SCENARIOS[wanted.role]}
    unknown = [one for one in wanted.only if one not in known]
    if unknown:
        fail(f"there is no scenario {unknown[0][:40]!r} for {wanted.role}; expected one of {', '.join(known)}")
    return [one for id, one in known.items() if not wanted.only or id in wanted.only]


def _keep_what_applies(meeting: _Meeting, target: Target) -> None:
    """Leave out the scenarios that this way of delivery cannot show."""
    stories = meeting.playing.stories
    meeting.way = target.name
    meeting.left_out = [one.scenario for one in stories if one.scenario.needs not in target.gives]
    stories[:] = [one for one in stories if one.scenario.needs in target.gives]


async def _over_folder(meeting: _Meeting, folder: Path) -> int:
    target = FolderTarget(LocalFiles(folder), meeting.desk, adapter("file_drop"))
    _keep_what_applies(meeting, target)
    async with asyncio.TaskGroup() as both:
        watching = both.create_task(target.watch())
        code = await meeting.meet(target)
        watching.cancel()
    return code


async def _refuse_absent(endpoint: Endpoint) -> None:
    """A play with a system that is not there would wait for each of its answers, and say little of why."""
    where = httpx.URL(endpoint.url)
    try:
        async with asyncio.timeout(_REACHED_WITHIN):
            _, writer = await asyncio.open_connection(
                where.host, where.port or (443 if where.scheme == "https" else 80)
            )
        writer.close()
    except OSError as error:  # TimeoutError is one
        reason = error.strerror or "no answer"
        at = f"{where.host}:{where.port or where.scheme}"
        fail(f"nothing listens at {at}: {reason}. Start the system, or correct --target.")


async def _over_http(meeting: _Meeting, endpoint: Endpoint) -> int:
    await _refuse_absent(endpoint)
    outbox = PushOutbox(endpoint, _spoken(meeting.wanted))
    target = PushTarget(meeting.wanted.format, outbox, meeting.desk, now, meeting.playing.patience)
    _keep_what_applies(meeting, target)
    async with _listening(meeting):
        try:
            return await meeting.meet(target)
        finally:
            await outbox.close()


async def _served(meeting: _Meeting) -> int:
    target = MailboxTarget(meeting.desk)
    _keep_what_applies(meeting, target)
    async with _listening(meeting) as server:
        await meeting.desk.visited.wait()
        meeting.playing.now = now()
        code = await meeting.meet(target)
        if meeting.wanted.report is None:
            meeting.out.print(f"Het verslag staat op http://{HOST}:{meeting.wanted.port}/ tot u stopt (Ctrl-C).")
            while not server.should_exit:
                await asyncio.sleep(0.1)
        return code


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the command."""
        yield


@asynccontextmanager
async def _listening(meeting: _Meeting) -> AsyncIterator[uvicorn.Server]:
    """The kit's own endpoints, as long as the block runs."""
    port = meeting.wanted.port
    refuse_taken_port(HOST, port)
    app = kit_app(meeting.desk, now, meeting.so_far)
    server = _Server(uvicorn.Config(app, host=HOST, port=port, log_config=None, http=BreakableProtocol, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():
        await asyncio.sleep(0.02)
    meeting.out.print(f"De tegenpartij luistert op http://{HOST}:{port}/; daar staat ook hoe ver de proef is.")
    try:
        yield server
    finally:
        server.should_exit = True
        await serving


def _show(out: Console, report: Report) -> None:
    listed = table("scenario", "uitkomst", "")
    for chapter in report.chapters:
        outcome = OUTCOMES[chapter.outcome] if chapter.applies else "niet van toepassing"
        wrong = [check for check in chapter.checks if check.outcome == "failed"]
        listed.add_row(chapter.id, outcome, ", ".join(dict.fromkeys(check.rule for check in wrong)))
    show(out, listed)
    for chapter in report.chapters:
        for check in chapter.checks:
            if check.outcome == "failed":
                out.print(plain(f"{chapter.id}  {check.rule}: {check.seen}"), soft_wrap=True)
    out.print("Geslaagd." if report.passed else "Niet geslaagd.")
