"""Pictures that may be shown, and their pages: made in a thread, one at a time, and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from time import monotonic
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool

from connectors.figures_making import OneAtATime
from connectors.figures_page import picture_page
from connectors.figures_periods import Period, period_of
from connectors.figures_reading import FigureSource, Reading, rested
from connectors.http_problems import Problem
from streams.core.fold_ports import Behind
from streams.core.monitors.picture import Picture, picture, regions_of, shown
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import File
from streams.core.regions import Monitoring, Region
from streams.core.workdays import local_day

MOST_KEPT = 60
_BEHIND = "{:,} events or more are not in the figures yet, and would tell of a part as if of all. Try again later."


class _Place(NamedTuple):
    """What a picture is of. ended: its page tells which month may be asked for."""

    region: str
    period: Period
    ended: date


@dataclass(slots=True)
class _Kept:
    """A picture, from which version of the files, and until when it is given again whatever happens."""

    picture: Picture
    version: int
    until: float
    page: str | None = None

    def rest(self, began: float) -> None:
        """Be given again for a while: making it, or its page, began then and took up to now."""
        self.until = max(self.until, rested(began))


class Pictures:
    """Gives the same picture, and its page, until something changes and some time has passed."""

    def __init__(self, source: FigureSource) -> None:
        self._source = source
        self._reading = Reading(source)
        self._regions: tuple[int, tuple[Region, ...]] = (0, ())
        self._kept: dict[_Place, _Kept] = {}
        self._making: OneAtATime[_Kept] = OneAtATime()

    @property
    def monitoring(self) -> Monitoring:
        """What monitors are told beforehand."""
        return self._source.monitoring

    async def regions(self) -> tuple[Region, ...]:
        """Every region. Raises StoreError, and Problem while figures are behind."""
        _, files = await self._read()
        version, regions = self._reading.version, self._regions
        if regions[0] != version:
            regions = self._regions = (version, await run_in_threadpool(regions_of, files, self.monitoring))
        return regions[1]

    async def picture(self, region: str, tot: str | None, maanden: str | None) -> Picture:
        """The picture of a region in so many months up to and with YYYY-MM.

        Raises StoreError, and Problem for an unknown region, an impossible period, when too many are asked for,
        or while figures are behind.
        """
        return (await self._found(region, tot, maanden, paged=False)).picture

    async def page(self, region: str, tot: str | None, maanden: str | None) -> str:
        """The page of that picture. Raises what `picture` raises."""
        page = (await self._found(region, tot, maanden, paged=True)).page
        assert page is not None, "it was asked for"
        return page

    async def _found(self, region: str, tot: str | None, maanden: str | None, *, paged: bool) -> _Kept:
        ended = local_day(self._source.now()).replace(day=1) - timedelta(1)
        place = _Place(region, period_of(tot, maanden, ended), ended)
        kept = self._kept.get(place)
        if kept is not None and (kept.page is not None or not paged) and await self._will_do(kept):
            return kept
        known = next((one for one in await self.regions() if one.id == region), None)
        if known is None:
            raise Problem("not-found", detail="No region of this hub has this id. Take a link from /v1/beelden.")
        return await self._making.done((place, paged), partial(self._made, place, known, paged))

    async def _read(self) -> tuple[Rows, Sequence[File]]:
        try:
            return await self._reading.read()
        except Behind as behind:
            raise Problem("figures-behind", detail=_BEHIND.format(behind.waiting)) from behind

    async def _will_do(self, kept: _Kept) -> bool:
        return await self._reading.will_do(kept.version, kept.until)

    async def _made(self, place: _Place, region: Region, paged: bool) -> _Kept:
        kept = self._kept.get(place)
        if kept is None or not await self._will_do(kept):
            kept = await self._drawn_up(place, region)
        if paged and kept.page is None:
            began = monotonic()
            kept.page = await run_in_threadpool(picture_page, kept.picture, self.monitoring, place.ended)
            kept.rest(began)
        return kept

    async def _drawn_up(self, place: _Place, region: Region) -> _Kept:
        rows, files = await self._read()
        version, began = self._reading.version, monotonic()
        made = await run_in_threadpool(self._shown, rows, files, region, place.period)
        self._kept.pop(place, None)
        while len(self._kept) >= MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        kept = self._kept[place] = _Kept(made, version, began)
        kept.rest(began)
        return kept

    def _shown(self, rows: Rows, files: Sequence[File], region: Region, period: Period) -> Picture:
        made = picture(files, rows, region, period.van, period.tot, self._source.now(), self.monitoring)
        return shown(made, self.monitoring)
