"""Of the region picture: who was in care, who came and who left, and for how long."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

from msgspec import Struct

from streams.core.monitors.picture_tables import ALL, Cell, Place, Table, Tally, grid, percentage, scopes, table
from streams.core.monitors.picture_view import View
from streams.core.monitors.suppression import Group, Sum, group_of
from streams.core.monitors.trajecten import DAY, Traject

BEFORE = timedelta(31)
"""Who was in care in the days before a begin does not come in with it."""
STAY = ("43", "44")
"""ProductCategorieën of care with stay."""
BEFOREHAND = "stand-vooraf"

Where = Callable[[Traject], Place | None]
"""The place of a traject; None when it does not count."""


class Course(Struct, frozen=True):
    """A traject with the stretches of days on which it is in care; first and last day, both included."""

    traject: Traject
    stretches: tuple[tuple[date, date], ...]

    def touches(self, van: date, tot: date) -> bool:
        """Whether it is in care on any of these days."""
        return any(first <= tot and van <= last for first, last in self.stretches)


def course(traject: Traject) -> Course:
    """The course of a traject: whether it is in care changes on few days, and between those it is the same."""
    days = sorted(_turning_days(traject))
    lasts = [*(day - DAY for day in days[1:]), date.max]
    return Course(traject, tuple(one for one in zip(days, lasts, strict=True) if traject.in_care(one[0])))


def _turning_days(traject: Traject) -> set[date]:
    ends = (traject.einde, *(one.eind for one in traject.deliveries))
    days = {traject.ingang, *(one.begin for one in traject.deliveries), *(day + DAY for day in ends if day)}
    return {day for day in days if day is not None}


class Flows(Struct, frozen=True):
    """Youths by place: in care in a period and on its last day, come in and gone out."""

    in_care: Tally
    stock: Tally
    came: Tally
    left: Tally


Youths = Mapping[str, Sequence[Course]]
"""The courses of each youth, as far as they are of the region."""


def courses_of(view: View) -> Youths:
    """Every youth with a traject in the region."""
    found: dict[str, Sequence[Course]] = {}
    for file in view.files:
        if own := [course(one) for one in file.trajecten if one.region == view.region.id]:
            found[file.youth] = own
    return found


def flows(youths: Youths, van: date, tot: date, where: Where) -> Flows:
    """Count youths over a period, each at every place of a traject of theirs."""
    counted = Flows(Tally(), Tally(), Tally(), Tally())
    for youth, courses in youths.items():
        at: defaultdict[Place, list[Course]] = defaultdict(list)
        for one in courses:
            for place in scopes(where(one.traject) or ()):
                at[place].append(one)
        at.pop((), None)
        for place, there in at.items():
            _count(counted, youth, place, there, van, tot)
    return counted


def _count(counted: Flows, youth: str, place: Place, there: Sequence[Course], van: date, tot: date) -> None:
    is_in_stock = any(one.touches(tot, tot) for one in there)
    if any(one.touches(van, tot) for one in there):
        counted.in_care.add([place], youth)
    if is_in_stock:
        counted.stock.add([place], youth)
    elif _left(there, van, tot):
        counted.left.add([place], youth)
    if _came(there, van, tot):
        counted.came.add([place], youth)


def _came(there: Sequence[Course], van: date, tot: date) -> bool:
    begins = (one.traject.first_begin for one in there)
    return any(
        begin is not None
        and van <= begin <= tot
        and not any(other.touches(begin - BEFORE, begin - DAY) for other in there)
        for begin in begins
    )


def _left(there: Sequence[Course], van: date, tot: date) -> bool:
    was_in_care = any(one.touches(van - DAY, tot) for one in there)
    return was_in_care and any(_ended(one.traject, van, tot) for one in there)


def _ended(traject: Traject, van: date, tot: date) -> bool:
    """Whose last day is the day before the period was in stock then, and leaves in it."""
    end = traject.end(tot)
    return end is not None and van - DAY <= end.day


def care_tables(view: View, youths: Youths) -> Iterator[Table]:
    """In care, come and gone: by gemeente and segment, by aanbieder and by month; those with stay apart."""
    by_place = flows(youths, view.van, view.tot, lambda one: (one.gemeente, one.segment))
    places = grid(view.gemeenten, view.segments)
    dimensions = ("gemeente", "segment")
    yield table("in-zorg", dimensions, by_place.in_care.cells(places))
    yield table("stand", dimensions, by_place.stock.cells(places))
    yield table("instroom", dimensions, by_place.came.cells(places))
    yield table("uitstroom", dimensions, by_place.left.cells(places))
    yield from _share_of_residents(view, by_place.in_care)
    yield from _by_aanbieder(view, youths)
    yield from _by_month(view, youths)
    yield from _stay(view, youths)


def unseen_stocks(view: View, youths: Youths) -> Iterator[Table]:
    """Who was in care on the day before the period, which the picture before this one shows; and of aanbieders also on
    its last day, which no picture shows and which follows from who was in care and who left.
    """
    day = view.van - DAY
    places = _stock(youths, day, lambda one: (one.gemeente, one.segment)).cells(grid(view.gemeenten, view.segments))
    yield Table(BEFOREHAND, "", "", "", ("gemeente", "segment"), tuple(places), BEFOREHAND)
    for figure, at in ((BEFOREHAND, day), ("stand", view.tot)):
        stock = _stock(youths, at, lambda one: (one.aanbieder,))
        cells = stock.cells(grid(stock.seen(0)))
        yield Table(f"{figure}-aanbieder", "", "", "", ("aanbieder",), tuple(cells), figure)


def _stock(youths: Youths, day: date, where: Callable[[Traject], Place]) -> Tally:
    tally = Tally()
    for youth, courses in youths.items():
        there = {place for one in courses if one.touches(day, day) for place in scopes(where(one.traject))}
        tally.add(there, youth)
    return tally


def _share_of_residents(view: View, in_care: Tally) -> Iterator[Table]:
    residents = {code: view.monitoring.population.get(code, {}).get(view.tot.year) for code in view.gemeenten}
    known = [number for number in residents.values() if number is not None]
    whole = {**residents, ALL: sum(known) if len(known) == len(residents) else None}
    if known:
        cells = in_care.cells([(code, ALL) for code in whole], lambda at: percentage(in_care.youths(at), whole[at[0]]))
        yield table("aandeel", ("gemeente",), (Cell((c.place[0],), c.value, c.youths) for c in cells), "in-zorg")


def _by_aanbieder(view: View, youths: Youths) -> Iterator[Table]:
    counted = flows(youths, view.van, view.tot, lambda one: (one.aanbieder,))
    places = grid(sorted({*counted.in_care.seen(0), *counted.left.seen(0)}))
    yield table("in-zorg-aanbieder", ("aanbieder",), counted.in_care.cells(places), "in-zorg")
    yield table("instroom-aanbieder", ("aanbieder",), counted.came.cells(places), "instroom")
    yield table("uitstroom-aanbieder", ("aanbieder",), counted.left.cells(places), "uitstroom")


def _by_month(view: View, youths: Youths) -> Iterator[Table]:
    stock, came, left = [], [], []
    for van, tot in view.months:
        counted = flows(youths, van, tot, lambda _: (ALL,))
        at = (f"{tot:%Y-%m}",)
        stock.append(_moved(counted.stock, at))
        came.append(_moved(counted.came, at))
        left.append(_moved(counted.left, at))
    yield table("stand-maand", ("maand",), stock)
    yield table("instroom-maand", ("maand",), came)
    yield table("uitstroom-maand", ("maand",), left)


def _moved(tally: Tally, place: Place) -> Cell:
    return Cell(place, tally.youths((ALL,)), tally.youths((ALL,)))


def _stay(view: View, youths: Youths) -> Iterator[Table]:
    counted = flows(youths, view.van, view.tot, lambda one: (one.gemeente,) if one.categorie in STAY else None)
    places = grid(view.gemeenten)
    segment = view.segment_of(STAY)
    within = {"segment": segment} if segment else {}
    kinds = ("in-zorg", "instroom") if segment else (None, None)
    yield table("verblijf", ("gemeente",), counted.in_care.cells(places), kinds[0], within)
    yield table("verblijf-nieuw", ("gemeente",), counted.came.cells(places), kinds[1], within)


def care_sums(tables: Sequence[Table]) -> Iterator[Sum]:
    """What adds up over tables: who was in care is still there or left; a month's stock follows from the one before."""
    by_id = {one.id: one for one in tables}
    for cell in by_id["in-zorg"].rows:
        stays, leaves = (group_of(by_id[id], cell.place) for id in ("stand", "uitstroom"))
        yield Sum((stays, leaves), (group_of(by_id["in-zorg"], cell.place),))
    yield from _sums_of_months(by_id)


def _sums_of_months(by_id: Mapping[str, Table]) -> Iterator[Sum]:
    stock, came, left = (by_id[id] for id in ("stand-maand", "instroom-maand", "uitstroom-maand"))
    places = [cell.place for cell in stock.rows]
    for before, after in pairwise(places):
        yield Sum((group_of(stock, before), group_of(came, after)), (group_of(stock, after), group_of(left, after)))
    yield from (Sum((group_of(stock, last),), (("stand", ()),)) for last in places[-1:])
    for figure, months in (("instroom", came), ("uitstroom", left)):
        whole: Group = (figure, ())
        yield Sum(tuple(group_of(months, cell.place) for cell in months.rows), (whole,))
