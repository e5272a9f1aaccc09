"""Terms and claims for whoever may see them, page by page: made in a thread, one at a time, and kept for a while."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Any, NamedTuple, TypeVar, cast

from starlette.concurrency import run_in_threadpool

from connectors.figures_making import OneAtATime
from connectors.figures_reading import FigureSource, Reading, rested
from connectors.http_problems import Problem
from streams.core.fold_ports import Behind
from streams.core.monitors.book import Book, Sums, Wanted, book, chosen, messages_of
from streams.core.monitors.claimed import Claim, WantedClaims, chosen_claims, claims_of, together
from streams.core.monitors.claimed import Sums as ClaimSums
from streams.core.monitors.deadlines import Obligation
from streams.core.monitors.rows import Rows
from streams.core.monitors.sight import Sight
from streams.core.monitors.trajecten import File
from streams.core.regions import Monitoring
from streams.core.workdays import local_day

T = TypeVar("T")
Making = Callable[[Sequence[File], Rows, datetime, Monitoring], T]


class Part(NamedTuple):
    """Which part of a list: at most so many, after so many."""

    most: int
    after: int = 0

    @property
    def end(self) -> int:
        """After how many it ends, when there are so many."""
        return self.after + self.most

    def of(self, some: Sequence[T]) -> Sequence[T]:
        """The part."""
        return some[self.after : self.end]

    def more(self, some: Sequence[T]) -> int | None:
        """After how many the next part begins; None when there is nothing more."""
        return self.end if self.end < len(some) else None


class TermPage(NamedTuple):
    """Some terms, each with the id of the message behind it, out of so many; and sums of all of those.

    more  as Part.more.
    """

    made_at: datetime
    total: int
    more: int | None
    listed: tuple[tuple[Obligation, str | None], ...]
    sums: Sums


class ClaimPage(NamedTuple):
    """Some claims out of so many, and all of those together. more: as Part.more."""

    made_at: datetime
    total: int
    more: int | None
    listed: tuple[Claim, ...]
    sums: ClaimSums


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was made at a moment, from which version of the files, and until when it is given again whatever happens."""

    made: Any
    at: datetime
    version: int
    until: float


class Ledgers:
    """Terms and claims of a hub."""

    def __init__(self, source: FigureSource) -> None:
        self._source = source
        self._reading = Reading(source)
        self._kept: dict[Making[Any], _Kept] = {}
        self._turns: OneAtATime[Any] = OneAtATime()

    async def terms(self, wanted: Wanted, sight: Sight, part: Part) -> TermPage:
        """A part of the terms that are wanted and may be seen.

        Raises StoreError, and Problem when too many ask, or while events lack.
        """
        work = partial(self._page, book, _terms, wanted, sight, part)
        return cast(TermPage, await self._turns.done((wanted, sight, part), work))

    async def claims(self, wanted: WantedClaims, sight: Sight, part: Part) -> ClaimPage:
        """A part of the claims that are wanted and may be seen. Raises what `terms` raises."""
        work = partial(self._page, _claims_of, _claims, wanted, sight, part)
        return cast(ClaimPage, await self._turns.done((wanted, sight, part), work))

    async def _page(self, make: Making[Any], turn: Callable[..., Any], *asked: Any) -> Any:
        kept = await self._made(make)
        return await run_in_threadpool(turn, kept, self._reading.files, *asked)

    async def _made(self, make: Making[Any]) -> _Kept:
        kept, now = self._kept.get(make), self._source.now()
        if kept is not None and await self._will_do(kept, now):
            return kept
        return await self._anew(make, now)

    async def _will_do(self, kept: _Kept, now: datetime) -> bool:
        """How terms stand is of a day."""
        return local_day(kept.at) == local_day(now) and await self._reading.will_do(kept.version, kept.until)

    async def _anew(self, make: Making[Any], now: datetime) -> _Kept:
        try:
            rows, files = await self._reading.read()
        except Behind as behind:
            raise Problem("figures-behind") from behind
        began, version = monotonic(), self._reading.version
        self._kept.pop(make, None)  # so that never two of them are in memory
        made = await run_in_threadpool(make, files, rows, now, self._source.monitoring)
        kept = self._kept[make] = _Kept(made, now, version, rested(began))
        return kept


def _terms(kept: _Kept, files: Sequence[File], wanted: Wanted, sight: Sight, part: Part) -> TermPage:
    some: Book = kept.made
    terms, sums = chosen(some, wanted, sight)
    listed = part.of(terms)
    messages = messages_of(listed, files)
    return TermPage(kept.at, len(terms), part.more(terms), tuple((one, messages.get(one)) for one in listed), sums)


def _claims_of(files: Sequence[File], rows: Rows, now: datetime, monitoring: Monitoring) -> tuple[Claim, ...]:
    return claims_of(rows, monitoring)


def _claims(kept: _Kept, files: Sequence[File], wanted: WantedClaims, sight: Sight, part: Part) -> ClaimPage:
    claims = chosen_claims(kept.made, wanted, sight)
    return ClaimPage(kept.at, len(claims), part.more(claims), tuple(part.of(claims)), together(claims))
