"""A simulated region in the data of an embedded hub, as if that had run all the time, by the clock of the region."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import groupby

from streams.core.workdays import local_day
from streams.hub.app import Hub, open_hub
from streams.hub.clock import now
from streams.hub.settings import Settings
from streams.simulating.world import Sent


class RegionClock:
    """Tells the moment that the region has reached; this moment itself before anything was sent."""

    def __init__(self) -> None:
        self.at = now()

    def __call__(self) -> datetime:
        """The moment, in UTC."""
        return self.at


async def fill(settings: Settings, sents: Iterable[Sent], told: Callable[[], None]) -> None:
    """Let a new embedded hub take in, decide and fold every message on its own day.

    `told` is called after each message. Raises what opening a hub raises, and StoreError.
    """
    clock = RegionClock()
    async with at_the_desk(settings, clock) as hub:
        await live_through(hub, clock, sents, told)


async def live_through(hub: Hub, clock: RegionClock, sents: Iterable[Sent], told: Callable[[], None]) -> None:
    """As `fill`, for a hub that is at the desk, with its clock."""
    for _, day in groupby(sents, lambda sent: local_day(sent.at)):
        await _take_in(hub, clock, day, told)
        while await hub.worker.process_batch():
            pass
        while await hub.folder.fold_some():
            pass


@asynccontextmanager
async def at_the_desk(settings: Settings, clock: RegionClock) -> AsyncIterator[Hub]:
    """A hub that takes in, and decides and folds when it is told to."""
    async with open_hub(settings, clock) as hub:
        desk = asyncio.create_task(hub.desk.run())
        try:
            yield hub
        finally:
            desk.cancel()
            await asyncio.gather(desk, return_exceptions=True)


async def _take_in(hub: Hub, clock: RegionClock, sents: Iterable[Sent], told: Callable[[], None]) -> None:
    """Offer the messages of a day in order, each at its own moment; they become durable together."""
    offered = []
    for sent in sents:
        clock.at = sent.at.astimezone(UTC)
        party = hub.desk.directory.by_id(sent.party)
        assert party is not None
        submitting = hub.desk.submit(sent.body, party, source="simulation", reference=sent.reference)
        offered.append(asyncio.create_task(submitting))
        await asyncio.sleep(0)  # so that it looks at the clock now
        told()
    await asyncio.gather(*offered)
