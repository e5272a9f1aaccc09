"""Ways between the conformance kit and a vendor's system, and what carries out the acts of a play."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

from adapters.contract import Adapter, Fault
from adapters.file_drop.files import OUT, place_of
from connectors.conformance_desk import KitDesk
from connectors.files import FileInbox, FileOutbox, Files, Unreachable
from connectors.pushing import PushOutbox
from connectors.taking import Taker
from streams.conformance.counterpart import VENDOR
from streams.conformance.playing import Act, Listen, Now, Offer, Playing, Tell
from streams.conformance.scenarios import Needs
from streams.core.ports import OutputBody, StoreError

LOOK = 0.1
"""Seconds between two looks into a folder; a file is taken when it did not change in between."""
PAUSE = 1.0
"""Seconds before something is brought again to a vendor that was not available."""

Clock = Callable[[], datetime]


class Target(Protocol):
    """Where a vendor gets what is for it. `gives`: what this way has, beyond carrying messages (Scenario.needs)."""

    name: str
    gives: frozenset[Needs]

    async def bring(self, output: OutputBody) -> Fault | None:
        """Bring it; returns how the vendor refused it at once, None where it did not, or cannot tell."""

    async def kept(self) -> frozenset[str] | None:
        """The ids of what the vendor got and has not signed off; None where taking it is enough."""


class MailboxTarget:
    """The vendor fetches what waits for it."""

    name = "mailbox"
    gives: frozenset[Needs] = frozenset(["nothing", "receipt"])

    def __init__(self, desk: KitDesk) -> None:
        self._desk = desk

    async def bring(self, output: OutputBody) -> Fault | None:
        """Let it wait (contract: Target)."""
        self._desk.put(output)
        return None

    async def kept(self) -> frozenset[str]:
        """What was not acknowledged (contract: Target)."""
        return self._desk.kept()


class PushTarget:
    """The vendor's own endpoint. What it could not take is brought again, as long as the kit is patient."""

    gives: frozenset[Needs] = frozenset(["nothing", "receipt", "push"])

    def __init__(self, name: str, outbox: PushOutbox, desk: KitDesk, clock: Clock, patience: timedelta) -> None:
        self.name = name
        self._outbox = outbox
        self._desk = desk
        self._clock = clock
        self._patience = patience

    async def bring(self, output: OutputBody) -> Fault | None:
        """Post it (contract: Target)."""
        self._desk.put(output)
        end = self._clock() + self._patience
        while True:
            fault = await self._once(output)
            if fault is None or fault.side == "client" or self._clock() >= end:
                return fault
            await asyncio.sleep(PAUSE)

    async def kept(self) -> None:
        """Its receipt is enough (contract: Target)."""

    async def _once(self, output: OutputBody) -> Fault | None:
        try:
            return await self._outbox.bring(output)
        except Unreachable as unreachable:
            return Fault(kind="unavailable", title="The vendor's endpoint cannot be reached", detail=str(unreachable))


class FolderTarget:
    """A folder of the vendor, with the four folders that a party of a hub has: it hands in through in/."""

    name = "file_drop"
    gives: frozenset[Needs] = frozenset(["nothing"])

    def __init__(self, files: Files, desk: KitDesk, adapter: Adapter) -> None:
        vendor = desk.directory.by_id(VENDOR)
        assert vendor is not None
        self._desk = desk
        self._files = files
        self._written: dict[tuple[str, str], str] = {}
        self._outbox = FileOutbox(files, adapter)
        self._inbox = FileInbox(files, Taker(vendor, desk, adapter, "conformance"))

    async def bring(self, output: OutputBody) -> Fault | None:
        """Write it into out/, or into fout/ (contract: Target)."""
        self._desk.put(output)
        await self._outbox.bring(output)
        self._written[place_of(output.head)] = output.head.id
        return None

    async def kept(self) -> frozenset[str]:
        """What lies in out/ still (contract: Target); what lies in fout/ is for people to read."""
        there = await self._files.looks(OUT)
        return frozenset(id for (folder, name), id in self._written.items() if folder == OUT and name in there)

    async def watch(self) -> None:
        """Take in what the vendor puts into in/; ends only by cancellation."""
        while True:
            with suppress(StoreError, OSError):
                await self._inbox.look()
            await asyncio.sleep(LOOK)


async def drive(playing: Playing, target: Target, tell: Callable[[Tell], None], clock: Clock) -> None:
    """Carry out a whole play. `tell` passes on what people must do."""
    arrived = asyncio.Event()
    playing.kit.arrived = arrived.set
    acts = playing.play()
    with suppress(StopIteration):
        act = next(acts)
        while True:
            fault = await _done(act, playing, target, tell, clock, arrived)
            act = acts.send(Now(clock(), fault))


async def _done(
    act: Act, playing: Playing, target: Target, tell: Callable[[Tell], None], clock: Clock, arrived: asyncio.Event
) -> Fault | None:
    match act:
        case Offer():
            return await target.bring(act.output)
        case Listen():
            await _listened(playing, act.until, clock, arrived)
        case Tell():
            tell(act)
    return None


async def signed_off(playing: Playing, target: Target) -> None:
    """Wait at the end, for as long as nothing more must come, until all is signed off; note what is not."""
    left = playing.quiet.total_seconds()
    playing.kept = await target.kept()
    while playing.kept and left > 0:
        await asyncio.sleep(LOOK)
        left -= LOOK
        playing.kept = await target.kept()


async def _listened(playing: Playing, until: datetime, clock: Clock, arrived: asyncio.Event) -> None:
    while not playing.kit.inbox and (left := (until - clock()).total_seconds()) > 0:
        arrived.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(left):
                await arrived.wait()
