"""The traffic of parties that the hub itself must go to, or look at: over a folder. Mailboxes wait to be fetched."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

import structlog

from connectors.folders import FolderInbox, FolderOutbox
from monitoring.faults import kind_and_place
from monitoring.metrics import Metrics
from streams.core.parties import FolderDelivery, Party
from streams.core.ports import Desk, OutputBody, Store

logger = structlog.get_logger()
MOST_AT_ONCE = 100


class Outbox(Protocol):
    """Brings outputs to one party."""

    async def write(self, output: OutputBody) -> None:
        """Bring one output; returns when the party has it. Raises OSError or StoreError."""


async def attempted(work: Callable[[], Awaitable[object]], failed: str, party: Party, metrics: Metrics) -> None:
    """Do something for a party. Whatever goes wrong is told and counted: the next time it may succeed."""
    try:
        await work()
    except Exception as error:
        metrics.store_errors.inc()
        logger.error(failed, party=party.id, error=kind_and_place(error.__cause__ or error))


class Deliveries:
    """What waits for one party, brought to it oldest first."""

    def __init__(
        self, party: Party, way: str, outbox: Outbox, store: Store, clock: Callable[[], datetime], metrics: Metrics
    ) -> None:
        self._party = party
        self._way = way
        self._outbox = outbox
        self._store = store
        self._clock = clock
        self._metrics = metrics

    async def deliver(self) -> int:
        """Bring what waits for this party; returns how many. Raises OSError and StoreError.

        A crash between bringing and noting it brings the same once more, under the same id.
        """
        waiting = await self._store.outputs(self._party.id, "delivered", MOST_AT_ONCE)
        for head in waiting:
            output = await self._store.output(self._party.id, head.id)
            assert output is not None, "an output of this party vanished"
            await self._outbox.write(output)
            await self._store.mark(self._party.id, head.id, "delivered", self._clock())
            self._metrics.delivered.labels(head.kind, self._way).inc()
        return len(waiting)


class FolderTraffic:
    """The traffic of one party over a folder: what it drops goes in, what waits for it goes out."""

    def __init__(
        self, party: Party, folder: Path, desk: Desk, store: Store, clock: Callable[[], datetime], metrics: Metrics
    ) -> None:
        self._party = party
        self._inbox = FolderInbox(folder, party, desk)
        self._deliveries = Deliveries(party, "folder", FolderOutbox(folder), store, clock, metrics)
        self._metrics = metrics

    async def run(self, every: float) -> None:
        """Look and deliver every so many seconds; what fails is tried again at the next look."""
        while True:
            for work in (self._inbox.look, self.deliver):  # a file that cannot be taken may not hold up deliveries
                await attempted(work, "folder failed, trying again", self._party, self._metrics)
            await asyncio.sleep(every)

    async def deliver(self) -> int:
        """Write what waits for this party (see Deliveries)."""
        return await self._deliveries.deliver()


def folder_parties(parties: Sequence[Party]) -> list[tuple[Party, Path]]:
    """The parties that exchange over a folder, and that folder."""
    return [(party, party.delivery.path) for party in parties if isinstance(party.delivery, FolderDelivery)]
