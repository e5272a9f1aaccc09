"""Discontinuity as it must be: pauses, ends, switches, breaks, returns, care that never starts, and turning 18."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from tests.support.truth.care import Traject, World, Youth
from tests.support.truth.days import DAY, each_day, first_of_month, last_of_month, months_later

BY_WHOM = {
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
NO_BREAK = ("02", "37")


class End(NamedTuple):
    """A final stop that is the end of a traject."""

    youth: Youth
    traject: Traject
    day: date
    reden: str


class Followed(NamedTuple):
    """An end, and the traject and begin of care after it."""

    end: End
    to: Traject
    begin: date

    @property
    def days(self) -> int:
        """The days between; below 0 they overlap."""
        return (self.begin - self.end.day).days - 1


def pauses(world: World, peildatum: date) -> list[tuple[Traject, date, int]]:
    """The open pauses that are told: the traject, since when, and for how many days."""
    found = []
    for _, one in world.trajecten:
        if one.is_paused(peildatum):
            since = [delivery for delivery in one.deliveries if delivery.begin <= peildatum][-1].eind
            assert since is not None
            found.append((one, since, (peildatum - since).days))
    return [pause for pause in found if pause[2] > world.monitoring.pause_days]


def ends_of(youth: Youth) -> list[End]:
    """Every end of a youth that a final stop tells."""
    return [End(youth, one, day, reden) for one in youth.trajecten for day, reden in one.final_ends]


def ends(world: World, van: date, tot: date) -> list[End]:
    """The ends in a period."""
    return [end for youth in world.youths for end in ends_of(youth) if van <= end.day <= tot]


def switches(world: World, van: date, tot: date) -> list[list[Followed]]:
    """The ends in a period after which the youth went to another aanbieder; each as what it may have gone to."""
    found = (switch_after(end) for end in ends(world, van, tot))
    return [one for one in found if one]


def switch_after(end: End) -> list[Followed]:
    """The switch that an end is, if it is one; several when they begin on the same day."""
    found = []
    for to in end.youth.trajecten:
        begin, other = to.deliveries[0].begin, to.place.aanbieder != end.traject.place.aanbieder
        near = to.place.segment == end.traject.place.segment and begin <= end.day + timedelta(91)
        if other and begin >= end.day - timedelta(30) and (end.reden == "38" or near):
            found.append(Followed(end, to, begin))
    first = min((one.begin for one in found), default=None)
    return [one for one in found if one.begin == first and end.reden not in NO_BREAK]


def breaks_of(youth: Youth) -> Iterator[list[Followed]]:
    """Every break of a youth; each as the ends on that day of which it may be one: those with the lowest code."""
    counting = [end for end in ends_of(youth) if end.reden not in NO_BREAK]
    for day in sorted({end.day for end in counting}):
        later = [(d.begin, t) for t in youth.trajecten for d in t.deliveries if d.begin > day + DAY]
        if later and not youth.runs(day + DAY):
            begin = min(begin for begin, _ in later)
            to = next(one for b, one in later if b == begin)
            lowest = min(end.reden for end in counting if end.day == day)
            yield [Followed(end, to, begin) for end in counting if (end.day, end.reden) == (day, lowest)]


def breaks(world: World, van: date, tot: date) -> list[list[Followed]]:
    """The breaks after which care began again in a period."""
    found = (one for youth in world.youths for one in breaks_of(youth))
    return [one for one in found if van <= one[0].begin <= tot]


def returns(world: World, van: date, tot: date) -> list[list[Followed]]:
    """The returns after an end in a period; each as the ends of that day that make it one."""
    found = []
    for youth in world.youths:
        for one in breaks_of(youth):
            back = [f for f in one if _is_return(f, world.monitoring.return_days) and van <= f.end.day <= tot]
            found += [back] if back else []
    return found


def _is_return(one: Followed, days: int) -> bool:
    soon = (one.begin - one.end.day).days <= days
    return one.end.reden in ("31", "32", "33", "34", "35") and soon and not switch_after(one.end)


def no_starts(world: World, peildatum: date) -> list[tuple[Traject, date, int]]:
    """The assignments that wait too long for a start: since when, and for how many days."""
    found = []
    for youth in world.youths:
        for one in youth.toewijzingen:
            if one.received is None or one.ingang is None or one.is_deleted or one.received > peildatum:
                continue
            began = one.first_begin is not None and one.first_begin <= peildatum
            lapsed = one.einde is not None and one.einde <= peildatum
            since = max(one.received, one.ingang)
            if not began and not lapsed:
                found.append((one, since, (peildatum - since).days))
    return [one for one in found if one[2] > world.monitoring.no_start_days]


# --- 17½ and 18 ----------------------------------------------------------------------------------------


def covered(youth: Youth, day: date) -> bool:
    """Whether any assignment holds on this day."""
    return any(one.covers(day) for one in youth.toewijzingen)


def seventeen_and_a_half(world: World, peildatum: date) -> list[tuple[Youth, Traject, bool]]:
    """Trajecten in care of youths of 17½, and whether nothing holds after the month of their birthday."""
    found = []
    for youth in world.youths:
        if youth.geboren is None:
            continue
        month, eighteen = first_of_month(peildatum), months_later(youth.geboren, 18 * 12)
        if months_later(youth.geboren, 17 * 12 + 6) <= month < eighteen:
            without = not covered(youth, months_later(eighteen, 1))
            found += [(youth, one, without) for one in youth.trajecten if peildatum in one.in_care]
    return found


def eighteen(world: World, van: date, tot: date) -> list[tuple[Youth, Traject]]:
    """Trajecten in care of youths who turned 18 in a month of this period, after which nothing holds."""
    found = []
    for youth in world.youths:
        if youth.geboren is None:
            continue
        month = months_later(youth.geboren, 18 * 12)
        died = any(end.reden == "02" for end in ends_of(youth))
        if van <= month and last_of_month(month) <= tot and not died and not covered(youth, months_later(month, 1)):
            found += [(youth, one) for one in youth.trajecten if month in one.in_care]
    return found


# --- care in a period ----------------------------------------------------------------------------------


def trajecten_in_care(world: World, van: date, tot: date) -> Counter[str]:
    """By relation, how many trajecten were in care on any day of a period."""
    period = frozenset(each_day(van, tot))
    return Counter(one.place.relation for _, one in world.trajecten if not one.in_care.isdisjoint(period))
