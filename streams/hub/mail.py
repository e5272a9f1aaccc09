"""Watching what waits for parties: its numbers for Prometheus, and a word about mail for which nobody comes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from datetime import datetime

import structlog

from monitoring.metrics import Metrics
from streams.core.mail import MOST_RECEIVERS, PartyMail, by_party
from streams.core.parties import Directory
from streams.core.ports import Archive, StoreError

LOOKS = 60.0
"""Seconds between two looks."""
SHARE = 50
"""Of the time at most one part in so many is spent looking: with a million outputs that wait it takes seconds."""

logger = structlog.get_logger()


class MailWatch:
    """Looks at what waits for all parties of a hub, again and again."""

    def __init__(self, archive: Archive, directory: Directory, metrics: Metrics, clock: Callable[[], datetime]) -> None:
        self._archive = archive
        self._directory = directory
        self._metrics = metrics
        self._clock = clock
        self._told = set[str]()

    async def run(self) -> None:
        """Look until cancelled; a look that fails must not stop the hub."""
        while True:
            began = time.monotonic()
            try:
                await self.look()
            except StoreError:
                self._metrics.store_errors.inc()
            await asyncio.sleep(max(LOOKS, SHARE * (time.monotonic() - began)))

    async def look(self) -> None:
        """Tell metrics what waits now, and the log once of each party that is not known. Raises StoreError."""
        found = by_party(await self._archive.mail(MOST_RECEIVERS), self._directory)
        self._metrics.tell_mail(found, self._clock())
        self._tell_of_strangers(one for one in found if one.way == "unknown")

    def _tell_of_strangers(self, strangers: Iterable[PartyMail]) -> None:
        for one in strangers:
            if one.receiver not in self._told:
                self._told.add(one.receiver)
                logger.warning(
                    "mail waits for a party that is not in the file of parties",
                    party=one.receiver,
                    count=one.count,
                    hint="put it into the file, with a delivery or via another, and start again",
                )
