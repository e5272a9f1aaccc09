"""Discontinuity: care that pauses, ends, moves, breaks off, comes back or never starts. Words: definitions.md.

Every function goes once through the youths and gives items, which callers filter and count; a count of youths is one
of different `youth`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import zip_longest
from operator import attrgetter

from msgspec import Struct

from streams.core.monitors.trajecten import DAY, Delivery, File, Traject
from streams.core.regions import Monitoring

BY_WHOM: Mapping[str, str] = {
    "31": "volgens plan",
    "32": "cliënt",
    "33": "aanbieder",
    "34": "in overleg",
    "35": "externe oorzaak",
    "36": "gemeente",
    "37": "wijziging",
    "38": "andere aanbieder",
    "39": "ander domein",
    "02": "overleden",
}
"""By whom care was ended, per RedenBeeindiging (JZ588) of a final stop."""

DIED, CHANGED, ELSEWHERE = "02", "37", "38"
EARLY = frozenset({"32", "33", "34", "35"})
MAY_RETURN = EARLY | {"31"}
SWITCH_BEFORE, SWITCH_AFTER = timedelta(30), timedelta(91)


class Item(Struct, frozen=True, kw_only=True):
    """Something about one traject, with the dimensions by which it is counted."""

    traject: Traject

    @property
    def youth(self) -> str:
        """The pseudonym."""
        return self.traject.youth

    @property
    def relation(self) -> str:
        """The relation, gemeente:aanbieder."""
        return self.traject.relation

    @property
    def gemeente(self) -> str:
        """The CBS code."""
        return self.traject.gemeente

    @property
    def aanbieder(self) -> str:
        """The AGB code."""
        return self.traject.aanbieder

    @property
    def region(self) -> str:
        """The id of the region of the gemeente."""
        return self.traject.region

    @property
    def segment(self) -> str:
        """The segment of the ProductCategorie."""
        return self.traject.segment


class Pause(Item, frozen=True, kw_only=True):
    """A pause that is still open. since  Einddatum of the temporary stop; days  from it to the peildatum."""

    since: date
    days: int


class Ending(Item, frozen=True, kw_only=True):
    """An end that a final stop tells. day  the last day of care; reden  its RedenBeeindiging (JZ588)."""

    day: date
    reden: str

    @property
    def by_whom(self) -> str:
        """Who ended it, in Dutch; `onbekend` for a code that the standard lacks."""
        return BY_WHOM.get(self.reden, "onbekend")

    @property
    def is_early(self) -> bool:
        """Whether care ended before its plan was done."""
        return self.reden in EARLY

    @property
    def may_return(self) -> bool:
        """Whether a return can follow: returns are a share of these ends."""
        return self.reden in MAY_RETURN


class _Followed(Ending, frozen=True, kw_only=True):
    begin: date

    @property
    def days(self) -> int:
        """The days between without this care; below 0 when both ran."""
        return (self.begin - self.day).days - 1


class Switch(_Followed, frozen=True, kw_only=True):
    """An end after which care began at another aanbieder. begin  of the delivery there; to  its traject."""

    to: Traject


class Break(_Followed, frozen=True, kw_only=True):
    """An end after which no care ran, until a later delivery. begin  of that delivery, at any aanbieder."""


class NoStart(Item, frozen=True, kw_only=True):
    """A toewijzing without a start. since  the later of receipt and Ingangsdatum; days  from it to the peildatum."""

    since: date
    days: int


def pauses(files: Sequence[File], peildatum: date, monitoring: Monitoring) -> tuple[Pause, ...]:
    """The trajecten that are paused on the peildatum, for longer than `pause_days`."""
    trajecten = (traject for file in files for traject in file.trajecten if traject.paused(peildatum))
    told = (_pause(traject, peildatum) for traject in trajecten)
    return tuple(one for one in told if one.days > monitoring.pause_days)


def endings(files: Sequence[File], van: date, tot: date) -> tuple[Ending, ...]:
    """The ends in the period. One without a stop is not among them."""
    return tuple(one for file in files for one in _endings(file) if van <= one.day <= tot)


def switches(files: Sequence[File], van: date, tot: date) -> tuple[Switch, ...]:
    """The ends in the period after which the youth went to another aanbieder; one for each end."""
    found = (_switch(one, file) for file in files for one in _endings(file) if van <= one.day <= tot)
    return tuple(one for one in found if one is not None)


def breaks(files: Sequence[File], van: date, tot: date) -> tuple[Break, ...]:
    """The breaks after which care began again in the period."""
    return tuple(one for file in files for one in _breaks(file) if van <= one.begin <= tot)


def returns(files: Sequence[File], van: date, tot: date, monitoring: Monitoring) -> tuple[Break, ...]:
    """The returns after an end in the period, whenever care began again; a share of the endings that `may_return`."""
    within = timedelta(monitoring.return_days)
    return tuple(
        one
        for file in files
        for one in _breaks(file)
        if van <= one.day <= tot and one.may_return and one.begin - one.day <= within and _switch(one, file) is None
    )


def no_start(files: Sequence[File], peildatum: date, monitoring: Monitoring) -> tuple[NoStart, ...]:
    """The toewijzingen that on the peildatum wait for a start, for longer than `no_start_days`."""
    toewijzingen = (one for file in files for one in file.toewijzingen if _waits(one, peildatum))
    told = (_no_start(one, peildatum) for one in toewijzingen)
    return tuple(one for one in told if one.days > monitoring.no_start_days)


def endings_of(traject: Traject) -> Iterable[Ending]:
    """The ends of a traject that a final stop tells, by day.

    Care that began again later does not undo an end; care that went on the next day does.
    """
    found: dict[date, Ending] = {}
    for one, following in zip_longest(traject.deliveries, traject.deliveries[1:]):
        ending = _ending(traject, one) if one.is_final else None
        if ending is not None and (following is None or following.begin > ending.day + DAY):
            found[ending.day] = ending
    return found.values()


def _ending(traject: Traject, delivery: Delivery) -> Ending:
    assert delivery.eind is not None
    day = delivery.eind if traject.einde is None else min(delivery.eind, traject.einde)
    return Ending(traject=traject, day=day, reden=delivery.reden or "")


def _endings(file: File) -> Iterator[Ending]:
    for traject in file.trajecten:
        yield from endings_of(traject)


def _pause(traject: Traject, peildatum: date) -> Pause:
    since = [one for one in traject.deliveries if one.begin <= peildatum][-1].eind
    assert since is not None
    return Pause(traject=traject, since=since, days=(peildatum - since).days)


def _switch(ending: Ending, file: File) -> Switch | None:
    if ending.reden in (DIED, CHANGED):
        return None
    fitting = [(one.deliveries[0].begin, one) for one in file.trajecten if _follows(one, ending)]
    if not fitting:
        return None
    begin, to = min(fitting, key=lambda one: (one[0], one[1].segment != ending.segment, one[1].relation))
    return Switch(traject=ending.traject, day=ending.day, reden=ending.reden, begin=begin, to=to)


def _follows(traject: Traject, ending: Ending) -> bool:
    """Whether this is care at another aanbieder in place of what ended."""
    begin = traject.deliveries[0].begin
    if traject.aanbieder == ending.aanbieder or begin < ending.day - SWITCH_BEFORE:
        return False
    return ending.reden == ELSEWHERE or (traject.segment == ending.segment and begin <= ending.day + SWITCH_AFTER)


def _breaks(file: File) -> Iterator[Break]:
    for ending in _one_a_day(_endings(file)):
        following = ending.day + DAY
        begins = [one.begin for traject in file.trajecten for one in traject.deliveries if one.begin > following]
        if begins and not file.runs(following):
            yield Break(traject=ending.traject, day=ending.day, reden=ending.reden, begin=min(begins))


def _one_a_day(ends: Iterable[Ending]) -> Iterable[Ending]:
    """Of the ends that a break can follow, for each day that with the lowest RedenBeeindiging."""
    found: dict[date, Ending] = {}
    for one in sorted(ends, key=attrgetter("day", "reden", "relation")):
        if one.reden not in (DIED, CHANGED):
            found.setdefault(one.day, one)
    return found.values()


def _waits(one: Traject, peildatum: date) -> bool:
    if one.received is None or one.received > peildatum:
        return False
    begin = one.first_begin
    lapses = one.einde is not None and one.einde <= peildatum and (begin is None or one.einde < begin)
    return not lapses and (begin is None or begin > peildatum)


def _no_start(one: Traject, peildatum: date) -> NoStart:
    assert one.received is not None
    since = max(one.received, one.ingang or one.received)
    return NoStart(traject=one, since=since, days=(peildatum - since).days)
