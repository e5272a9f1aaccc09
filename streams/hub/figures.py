"""What figures are made of: the rows of all folds as they are kept, read now and then, and told to Prometheus."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import structlog

from monitoring.faults import kind_and_place
from monitoring.metrics import Metrics
from streams.core.fold_ports import KEY_CHECK, Behind, FoldStore
from streams.core.folds.berichten import BerichtenFold
from streams.core.folds.care import CareFold
from streams.core.folds.claims import ClaimsFold
from streams.core.monitors.exposed import samples
from streams.core.monitors.rows import Rows, rows_from
from streams.core.monitors.trajecten import File, files
from streams.core.ports import StoreError
from streams.core.regions import Monitoring

CARE, CLAIMS, BERICHTEN = CareFold(), ClaimsFold(), BerichtenFold()
FRESH = 5.0
"""Seconds that rows are given again without looking whether they changed."""
MOST_MISSING = 1_000
"""Events that may be missing: in a hub that keeps up they come within seconds."""
REST = 10
"""How many times as long as figures took is waited at least before they are made again: messages come first."""

logger = structlog.get_logger()
Read = tuple[Rows, tuple[File, ...]]


async def nothing_waits() -> int:
    """For a store into which nothing comes any more."""
    return 0


class Figures:
    """Reads the rows of a FoldStore; they are read again only when a fold has gone on.

    monitoring  what the region asks of its figures.
    now         this moment, with time zone.
    waiting     how many events are not folded yet; raises StoreError.
    """

    def __init__(
        self,
        store: FoldStore,
        monitoring: Monitoring,
        now: Callable[[], datetime],
        waiting: Callable[[], Awaitable[int]] = nothing_waits,
    ) -> None:
        self.monitoring = monitoring
        self.now = now
        self._store = store
        self._waiting = waiting
        self._lock = asyncio.Lock()
        self._versions: Mapping[tuple[str, int], int] = {}
        self._read: Read = (Rows(), ())
        self._missing = 0
        self._looked_at = -float("inf")

    async def read(self) -> Read:
        """All rows, and the files of all youths, at most FRESH seconds old. Raises StoreError, and Behind."""
        async with self._lock:
            if time.monotonic() - self._looked_at > FRESH:
                await self._look()
                self._looked_at = time.monotonic()
            if self._missing:
                raise Behind(self._missing)
            return self._read

    async def _look(self) -> None:
        """Read what changed, unless too much is missing: more than may be, or all that there is."""
        waiting = await self._waiting()
        versions = await self._store.fold_versions()  # before the rows: what comes meanwhile is read next time
        begun = any(fold != KEY_CHECK for fold, _ in versions)
        self._missing = waiting if waiting > (MOST_MISSING if begun else 0) else 0
        if not self._missing and versions != self._versions:
            self._read = await self._all_rows()
            self._versions = versions

    async def _all_rows(self) -> Read:
        care, claims, berichten = [await self._store.fold_totals(fold.name) for fold in (CARE, CLAIMS, BERICHTEN)]

        def made() -> Read:
            rows = rows_from(
                ((key, CARE.decode(row)) for key, row in care),
                ((key, CLAIMS.decode(row)) for key, row in claims),
                ((key, BERICHTEN.decode(row)) for key, row in berichten),
            )
            return rows, files(rows.clients, self.monitoring)

        return await asyncio.to_thread(made)


async def tell_figures(figures: Figures, metrics: Metrics) -> None:
    """Work the figures out once and tell them to Prometheus. What goes wrong is told and counted, not raised.

    While too much is missing nothing is told: those of before are whole, and say when they were made.
    """
    try:
        rows, youths = await figures.read()
        made = await asyncio.to_thread(samples, rows, youths, figures.now(), figures.monitoring)
        metrics.tell_figures(made)
        metrics.tell_open_returns(_awaited_by_type(rows))
    except Behind as behind:
        logger.info("figures wait for events", count=behind.waiting)
    except StoreError:
        metrics.store_errors.inc()
    except Exception as error:  # noqa: BLE001 - figures that cannot be made may not hold up messages
        logger.error("figures cannot be made", error=kind_and_place(error))


async def keep_telling(figures: Figures, metrics: Metrics, every: float) -> None:
    """Tell the figures to Prometheus every so many seconds, until cancelled; less often when they take long to make."""
    while True:
        started = time.monotonic()
        await tell_figures(figures, metrics)
        await asyncio.sleep(max(every, REST * (time.monotonic() - started)))


def _awaited_by_type(rows: Rows) -> Counter[str]:
    """How many messages of each type wait for an answer; 0 for a type of which none does."""
    counted: Counter[str] = Counter()
    for row in rows.berichten:
        counted[row.bericht] += len(row.awaited)
    return counted
