"""Noting acts in the audit log, and telling the ordinary log how far it is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from monitoring.metrics import Metrics
from streams.core.auditing import BEGINNING, Act, Anchor, AuditLog
from streams.core.ports import StoreError

MOST_AT_ONCE = 200

TELL_EVERY = 600.0
"""Seconds between two looks whether the ordinary log must be told a new anchor."""

_Offered = tuple[Act, asyncio.Future[None]]

logger = structlog.get_logger()


class AuditTrail:
    """Keeps the contract Trail (streams.core.auditing).

    Acts that are noted at the same time become durable in one transaction; until it runs, each in its own. What stands
    last is told to the ordinary log, which is kept elsewhere: a chain that was made anew, or cut off at its end, does
    not fit that anchor.
    """

    def __init__(self, log: AuditLog, metrics: Metrics) -> None:
        self._log = log
        self._metrics = metrics
        self._offered: asyncio.Queue[_Offered] = asyncio.Queue()
        self._at_work = self._stopped = False
        self._last = self._told = BEGINNING

    async def note(self, act: Act) -> None:
        """Make an act durable (contract: Trail)."""
        if self._stopped:
            raise StoreError("the hub stops and notes nothing in the audit log")
        durable: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._at_work:
            await self._offered.put((act, durable))
        else:
            await self._note_group([(act, durable)])
        await durable

    async def run(self, tell_every: float = TELL_EVERY) -> None:
        """Note what is offered, all that waits in one go; ends only by cancellation."""
        self._at_work, self._stopped = True, False
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._note_groups())
                tasks.create_task(self._tell_regularly(tell_every))
        finally:
            self._stop()

    async def _note_groups(self) -> None:
        while True:
            group = [await self._offered.get()]
            while not self._offered.empty() and len(group) < MOST_AT_ONCE:
                group.append(self._offered.get_nowait())
            await self._note_group(group)

    async def _note_group(self, group: Sequence[_Offered]) -> None:
        try:
            self._last = await self._log.note([act for act, _ in group])
        except StoreError as error:
            self._metrics.store_errors.inc()
            return _fail(group, error)
        except BaseException:
            _fail(group, StoreError("the hub stopped while it noted this in the audit log"))
            raise
        for act, durable in group:
            self._metrics.audited.labels(act.action, act.reason).inc()
            if not durable.done():
                durable.set_result(None)

    async def _tell_regularly(self, every: float) -> None:
        """Ask how far the log is, for commands and other processes note as well."""
        while True:
            try:
                self._tell(await self._log.last())
            except StoreError:
                self._metrics.store_errors.inc()
            await asyncio.sleep(every)

    def _tell(self, last: Anchor) -> None:
        if last.number > self._told.number:
            logger.info("audit log", anchor=str(last))
            self._told = last

    def _stop(self) -> None:
        """Nobody may wait for ever for a note that does not come."""
        self._at_work, self._stopped = False, True
        while not self._offered.empty():
            _fail([self._offered.get_nowait()], StoreError("the hub stopped before it noted this in the audit log"))
        self._tell(self._last)


def _fail(group: Sequence[_Offered], error: StoreError) -> None:
    for _, durable in group:
        if not durable.done():
            durable.set_exception(error)
