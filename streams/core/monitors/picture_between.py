"""Of the region picture: who waits longer than one limit and not than the next. No table shows it, two tell it.

Limits are norms (boven-norm: longer than so many weeks) and, in the whole region, classes of age (wachtduur).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, product

from streams.core.monitors.picture_tables import ALL, Place, Table, Tally
from streams.core.monitors.picture_view import View
from streams.core.monitors.suppression import Group, Sum, group_of
from streams.core.monitors.waiting import FASEN
from streams.core.monitors.waiting_summary import AGES, weeks_for

BETWEEN = "wachtduur-tussen"
_DIMENSIONS = ("fase", "segment", "vanaf", "voor")


def between_tables(view: View) -> Iterator[Table]:
    """The waits between each two limits that follow on each other: a limit is a norm in weeks, or a class of age."""
    tally = Tally()
    places = [
        (fase, segment, first, last)
        for fase, segment in product(FASEN, (*view.segments, ALL))
        for first, last in _pairs(weeks_for(view.region, segment, fase), segment)
    ]
    waiting = [one for one in view.waits if one.waits(view.tot)]
    for fase, segment, first, last in places:
        for one in waiting:
            is_there = one.fase == fase and segment in (ALL, one.segment)
            if is_there and _day(first) <= one.age(view.tot) < _day(last):
                tally.add([(fase, segment, first, last)], one.youth)
    yield Table(BETWEEN, "", "", "", _DIMENSIONS, tuple(tally.cells(places, tally.count)), BETWEEN)


def between_sums(tables: Sequence[Table]) -> Iterator[Sum]:
    """Who waits for longer than a limit waits between it and the next, or for longer than that."""
    by_id = {one.id: one for one in tables}
    for cell in by_id[BETWEEN].rows if BETWEEN in by_id else ():
        fase, segment, first, last = cell.place
        between = (group_of(by_id[BETWEEN], cell.place),) if _day(first) < _day(last) else ()
        yield Sum((*_from(by_id, (fase, segment), last), *between), _from(by_id, (fase, segment), first))


def _pairs(weeks: Sequence[int], segment: str) -> Iterator[tuple[str, str]]:
    norms = [str(number) for number in sorted(set(weeks))]
    yield from pairwise(norms)
    for norm in norms if segment == ALL else ():
        yield max((name for name in AGES if _day(name) <= _day(norm)), key=_day), norm
        longer = [name for name in AGES if _day(name) > _day(norm)]
        yield from ((norm, name) for name in longer[:1])


def _day(limit: str) -> int:
    """From how many days of waiting on one is beyond it."""
    return AGES[limit][0] if limit in AGES else 7 * int(limit) + 1


def _from(by_id: Mapping[str, Table], at: Place, limit: str) -> tuple[Group, ...]:
    fase, segment = at
    if limit not in AGES:
        return (group_of(by_id["boven-norm"], (fase, limit, segment)),)
    return tuple(group_of(by_id["wachtduur"], (fase, name)) for name in AGES if _day(name) >= _day(limit))
