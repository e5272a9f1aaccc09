"""Who sees every picture of a region that the hub offers, and calculates: what do they learn of few youths?

They take all sums for exact: a year is its quarters, a quarter its months, who was there and who came are who is there
and who left. The world below makes them so: a youth is in care once, and nobody's last day is that of a quarter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise, product
from math import inf
from random import Random
from typing import NamedTuple

from streams.core.folds.care import Client, Levering, Toewijzing, Versie
from streams.core.monitors.picture import Picture
from streams.core.monitors.picture_tables import Table
from streams.core.monitors.rows import Rows
from streams.core.monitors.suppression import Group, Sum, given_away, group_of
from tests.support.picturing import AANBIEDERS, at, sums_of

DAY = timedelta(1)
QUARTER_BEGINS = (1, 4, 7, 10)
FLOWS = ("in-zorg", "instroom", "uitstroom")
TABLES = ("stand", *(f"{flow}{over}" for flow in FLOWS for over in ("", "-aanbieder")), "stand-maand",
          "instroom-maand", "uitstroom-maand")  # fmt: skip
"""What onlookers look at: all that tells who is in care, who came and who left."""


class Period(NamedTuple):
    """First and last day."""

    van: date
    tot: date


Pictures = Mapping[Period, Picture]
Where = tuple[tuple[str, str], ...]


def quarters(first: date, count: int) -> list[Period]:
    """So many calendar quarters from this day on."""
    months = (first.month - 1 + 3 * number for number in range(count + 1))
    begins = [date(first.year + month // 12, month % 12 + 1, 1) for month in months]
    return [Period(van, after - DAY) for van, after in pairwise(begins)]


def offered(some: Sequence[Period]) -> list[Period]:
    """Each of these quarters, and each four that follow on each other."""
    return [*some, *(Period(first.van, last.tot) for first, last in zip(some, some[3:], strict=False))]


class Onlooker:
    """Knows what all pictures show. `whole`: the same pictures with every number, to tell whether it guessed right."""

    def __init__(self, shown: Pictures, whole: Pictures) -> None:
        absent = dict.fromkeys(_absent(whole), 0)
        self.truth = {**_numbers(whole), **absent}
        self.known = {group: number for group, number in (_numbers(shown) | absent).items() if number is not None}
        self._sums = list(_sums(whole))
        self.truth.update(dict(_unseen(whole, self.truth)) | self.truth)

    @property
    def untrue(self) -> list[Sum]:
        """The sums that they take for exact and that are not."""
        return [one for one in self._sums if self._total(one.parts) != self._total(one.whole)]

    def _total(self, groups: Iterable[Group]) -> float:
        return sum(self.truth.get(group) or 0 for group in groups)

    @property
    def few(self) -> set[Group]:
        """The groups of 1 to 9 youths."""
        return {group for group, number in self.truth.items() if number is not None and 0 < number < 10}

    def calculated(self) -> set[Group]:
        """Of few youths, which numbers follow from all shown ones together."""
        members = {group for one in self._sums for group in one.members}
        return self.few & given_away(members - self.known.keys(), self._sums).keys()

    def enclosed(self) -> set[Group]:
        """Of few youths, of which it is certain that they are: from the least and the most that each can be."""
        ends = self.ends()
        return {group for group in self.few if ends[group][0] >= 1 and ends[group][1] <= 9}

    def ends(self) -> Mapping[Group, tuple[float, float]]:
        """The least and the most that each number can be, one sum after another until nothing changes."""
        ends: defaultdict[Group, tuple[float, float]] = defaultdict(lambda: (0, inf))
        ends.update((group, (number, number)) for group, number in self.known.items())
        while sum(_narrowed(one, ends) for one in self._sums):
            pass
        return ends


def _narrowed(one: Sum, ends: defaultdict[Group, tuple[float, float]]) -> bool:
    before = [ends[group] for group in one.members]
    for own, others in ((one.parts, one.whole), (one.whole, one.parts)):
        for group in own:
            rest = [ends[other] for other in own if other != group]
            least = sum(ends[other][0] for other in others) - sum(most for _, most in rest)
            most = sum(ends[other][1] for other in others) - sum(least for least, _ in rest)
            ends[group] = max(ends[group][0], least), min(ends[group][1], most)
    return before != [ends[group] for group in one.members]


def _numbers(pictures: Pictures) -> dict[Group, float | None]:
    found: dict[Group, float | None] = {}
    for period, picture in pictures.items():
        for table in _tables(picture):
            for cell in table.rows:
                group = _named(table, cell.place, period)
                found[group] = cell.value if found.get(group) is None else found[group]
    return found


def _absent(pictures: Pictures) -> Iterator[Group]:
    """Of an aanbieder that a picture does not name there is nobody."""
    for period, picture in pictures.items():
        for flow, where in product(FLOWS, _aanbieders(*pictures.values()) - _aanbieders(picture)):
            yield _over(flow, where, period)


def _aanbieders(*pictures: Picture) -> set[Where]:
    tables = [one.table("in-zorg-aanbieder") for one in pictures]
    return {group_of(one, cell.place)[1] for one in tables if one is not None for cell in one.rows}


def _unseen(pictures: Pictures, truth: Mapping[Group, float | None]) -> Iterator[tuple[Group, float]]:
    """What no picture shows: who is in care in a month, with an aanbieder at both ends of a period, and at first."""
    for month in _months_in(pictures):
        stand, left = (truth[_over(figure, (), month)] or 0 for figure in ("stand", "uitstroom"))
        yield _over("in-zorg", (), month), stand + left
    for period, where in ((period, where) for period, one in pictures.items() for where in _places(pictures, one)):
        care, came, left = (truth[_over(flow, where, period)] or 0 for flow in FLOWS)
        for day, number in ((period.van - DAY, care - came), (period.tot, care - left)):
            yield _over("stand", where, Period(day, day)), number


def _places(pictures: Pictures, picture: Picture) -> set[Where]:
    tables = (one for one in _tables(picture) if "maand" not in one.dimensions)
    return _aanbieders(*pictures.values()) | {group_of(one, cell.place)[1] for one in tables for cell in one.rows}


def _tables(picture: Picture) -> list[Table]:
    return [one for id in TABLES if (one := picture.table(id)) is not None]


def _named(table: Table, place: tuple[str, ...], period: Period) -> Group:
    """A number under the same name in every picture that shows it."""
    figure, where = group_of(table, place)
    if "maand" in table.dimensions:
        figure, period, where = figure.removesuffix("-maand"), _month(place[0]), ()
    return _over(figure, where, period)


def _over(figure: str, where: Where, period: Period) -> Group:
    return (f"stand {period.tot}" if figure == "stand" else f"{figure} {period.van} {period.tot}"), where


def _month(name: str) -> Period:
    first = date(int(name[:4]), int(name[5:]), 1)
    return Period(first, (first + timedelta(31)).replace(day=1) - DAY)


def _sums(pictures: Pictures) -> Iterator[Sum]:
    months = _months_in(pictures)
    for period, picture in pictures.items():
        yield from _totals(picture, period)
        parts = [one for one in pictures if one != period and period.van <= one.van <= one.tot <= period.tot]
        for where in sorted(_places(pictures, picture)):
            yield from _balance(period, where)
            yield from _together(period, parts, where)
        yield from _together(period, [one for one in months if period.van <= one.van <= period.tot], ())
    for month in months:
        yield from _balance(month, ())


def _months_in(pictures: Pictures) -> list[Period]:
    tables = (table for one in pictures.values() for table in _tables(one) if "maand" in table.dimensions)
    return sorted({_month(name) for table in tables for name in table.values("maand")})


def _totals(picture: Picture, period: Period) -> Iterator[Sum]:
    for table in (one for one in _tables(picture) if "maand" not in one.dimensions):
        names = {group_of(table, cell.place): _named(table, cell.place, period) for cell in table.rows}
        for one in sums_of(table):
            yield Sum(*(tuple(names[group] for group in side) for side in (one.parts, one.whole)))


def _balance(period: Period, where: Where) -> Iterator[Sum]:
    care, came, left = (_over(flow, where, period) for flow in FLOWS)
    before, after = (_over("stand", where, Period(day, day)) for day in (period.van - DAY, period.tot))
    yield Sum((after, left), (care,))
    yield Sum((before, came), (care,))


def _together(period: Period, parts: Iterable[Period], where: Where) -> Iterator[Sum]:
    some = tuple(parts)
    for flow in FLOWS[1:] if some else ():
        yield Sum(tuple(_over(flow, where, part) for part in some), (_over(flow, where, period),))


def once_in_care(youths: int, gemeenten: Sequence[str], categories: Sequence[str], first: date, seed: int) -> Rows:
    """Youths with care once, begun in the two years and a half from `first` on; each next place has twice as many."""
    random = Random(seed)
    clients = (_client(random, gemeenten, categories, first) for _ in range(youths))
    return Rows({f"{number:032x}": one for number, one in enumerate(clients)})


def _client(random: Random, gemeenten: Sequence[str], categories: Sequence[str], first: date) -> Client:
    gemeente, categorie, aanbieder = (_one_of(random, some) for some in (gemeenten, categories, list(AANBIEDERS)))
    begin = first + timedelta(random.randrange(900))
    eind = begin + timedelta(random.randrange(30, 400))
    eind += timedelta((eind + DAY).day == 1 and (eind + DAY).month in QUARTER_BEGINS)
    versie = Versie("m", at(begin), at(begin).replace(tzinfo=None), begin, None, categorie, None, None, None)
    start = Levering("m", at(begin), begin, None, None, None, None)
    stop = Levering("m", at(eind), begin, eind, "31", None, None)
    return Client("2014-03", (Toewijzing(f"{gemeente}:{aanbieder}", 1, None, None, (versie,), (start, stop)),))


def _one_of(random: Random, some: Sequence[str]) -> str:
    return random.choices(some, [2**number for number in range(len(some))])[0]
