"""Which figures are not shown: those of few youths, and enough others that those cannot be calculated. Pure.

A figure of one region stands in a table: gemeenten down, segments across, and totals at both ends. Every sum is a row
or a column. See rows and columns as points and what is hidden as lines between them: a hidden figure can be calculated
exactly when its line is a bridge, the only way from one side to the other. So a table of any size is made safe by
hiding, for each bridge, one more figure that leads across. `suppression` solves any sums for a picture; this is for
metrics, which are made again and again, of tens of thousands of figures. The aanbieders of a region are one more sum
to the same total.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

Key = tuple[str, ...]
"""The values of the labels of a place, in its order."""
Spot = tuple[str, Key]
"""A place (a key of exposed_metrics.PLACES) with the values of its labels."""
Point = tuple[str, str]
"""A row (gemeente) or column (segment) of a table; TOTAL is that of the totals."""
TOTAL = "*"

_ACROSS: Mapping[str, tuple[int, int]] = {"": (1, 2), "_gemeente": (1, -1), "_segment": (-1, 1), "_region": (-1, -1)}
"""By place, which label names the row and which the column; below 0 it is that of the totals."""


def hidden_of(youths: Mapping[Spot, int], least: int, also: Iterable[Spot] = ()) -> set[Spot]:
    """What to hide of one figure, of which every spot has so many youths; `also` is hidden whatever its youths."""
    hidden = few_of(youths, least) | (youths.keys() & set(also))
    for spots in _by_region(youths).values():
        if not hidden.isdisjoint(spots):
            _hide_in_region(spots, youths, least, hidden)
    return hidden


def few_of(youths: Mapping[Spot, int], least: int) -> set[Spot]:
    """The spots of few youths; nobody is not few."""
    return {spot for spot, count in youths.items() if 0 < count < least}


def _by_region(spots: Iterable[Spot]) -> Mapping[str, list[Spot]]:
    found: dict[str, list[Spot]] = defaultdict(list)
    for spot in sorted(spots):
        found[spot[1][0]].append(spot)
    return found


def _hide_in_region(spots: Sequence[Spot], youths: Mapping[Spot, int], least: int, hidden: set[Spot]) -> None:
    table = _Table(youths, [spot for spot in spots if spot[0] in _ACROSS], least)
    aanbieders, whole = ([spot for spot in spots if spot[0] == place] for place in ("_aanbieder", "_region"))
    before = -1
    while before < len(hidden):
        before = len(hidden)
        hide_in_sum(aanbieders, whole, youths, least, hidden)
        table.hide(hidden)


def hide_in_sum(
    parts: Sequence[Spot], wholes: Sequence[Spot], youths: Mapping[Spot, int], least: int, hidden: set[Spot]
) -> None:
    """Hide more, until the sum of `parts`, which is that of `wholes`, tells nothing that is hidden of either."""
    while _is_telling(parts, wholes, youths, least, hidden):
        shown = [spot for some in (parts, wholes) for spot in some if spot not in hidden]
        if not shown:
            return
        hidden.add(min(shown, key=lambda spot: (spot in wholes, *_worth(spot, youths))))


def _is_telling(
    parts: Sequence[Spot], wholes: Sequence[Spot], youths: Mapping[Spot, int], least: int, hidden: set[Spot]
) -> bool:
    """Whether it tells the one figure that is hidden in it, or few youths of some together on one side."""
    sides = [[spot for spot in some if spot in hidden] for some in (parts, wholes)]
    some = [spot for side in sides for spot in side]
    return len(some) == 1 or (bool(some) and not all(sides) and sum(youths[spot] for spot in some) < least)


def _worth(spot: Spot, youths: Mapping[Spot, int]) -> tuple[int, bool, int, Spot]:
    """What would be missed least comes first: parts before totals, of those the smallest, and zeros last."""
    return -len(spot[1]), youths[spot] == 0, youths[spot], spot


class _Table:
    """A figure of one region."""

    def __init__(self, youths: Mapping[Spot, int], spots: Sequence[Spot], least: int) -> None:
        self._youths = youths
        self._least = least
        self._ends: Mapping[Spot, tuple[Point, Point]] = {spot: _ends(spot) for spot in spots}

    def hide(self, hidden: set[Spot]) -> None:
        """Hide more, until nothing that is hidden can be calculated."""
        while more := {spot for shown in self._ways_out(hidden) if (spot := self._least_missed(shown)) is not None}:
            hidden |= more

    def _ways_out(self, hidden: set[Spot]) -> Iterator[Collection[Spot]]:
        """Of each hidden figure that is given away the shown ones that give it away: one of them is to be hidden."""
        lines = {spot: ends for spot, ends in self._ends.items() if spot in hidden}
        shown = {spot: ends for spot, ends in self._ends.items() if spot not in hidden}
        for side in bridges(lines).values():
            yield [spot for spot, (row, column) in shown.items() if (row in side) != (column in side)]
        for point, some in _at_points(lines).items():
            if self._is_few(point, some):
                yield [spot for spot, ends in shown.items() if point in ends]

    def _is_few(self, point: Point, some: Collection[Spot]) -> bool:
        """Whether a sum that is shown tells together what is hidden of it, and that is of few youths."""
        others = (end for spot in some for end in self._ends[spot] if end != point)
        is_shown = all(name != TOTAL for _, name in others)
        return is_shown and sum(self._youths[spot] for spot in some) < self._least

    def _least_missed(self, shown: Collection[Spot]) -> Spot | None:
        return min(shown, key=lambda spot: _worth(spot, self._youths), default=None)


def _ends(spot: Spot) -> tuple[Point, Point]:
    place, key = spot
    row, column = (key[one] if one >= 0 else TOTAL for one in _ACROSS[place])
    return ("row", row), ("column", column)


def _at_points(lines: Mapping[Spot, tuple[Point, Point]]) -> Mapping[Point, list[Spot]]:
    found: dict[Point, list[Spot]] = defaultdict(list)
    for spot, ends in lines.items():
        for point in ends:
            found[point].append(spot)
    return found


def bridges(lines: Mapping[Spot, tuple[Point, Point]]) -> Mapping[Spot, Collection[Point]]:
    """The lines that are the only way across, each with the points on one side of it (Tarjan, 1974)."""
    walk = _Walk(lines)
    for point in _at_points(lines):
        if point not in walk.order:
            walk.on_from(point, None)
    return walk.found


class _Walk:
    """Goes along every line once, deepest first, and notes which were the only way to where they led."""

    def __init__(self, lines: Mapping[Spot, tuple[Point, Point]]) -> None:
        self.found: dict[Spot, Collection[Point]] = {}
        self.order: dict[Point, int] = {}
        self._lines = lines
        self._at = _at_points(lines)

    def on_from(self, point: Point, came: Spot | None) -> tuple[int, list[Point]]:
        """How early a point one gets back to from here but by the line one came, and all points found on the way."""
        earliest = self.order[point] = len(self.order)
        beyond = [point]
        for line in self._at[point]:
            if line == came:
                continue
            other = next(end for end in self._lines[line] if end != point)
            if other in self.order:
                earliest = min(earliest, self.order[other])
                continue
            back, points = self.on_from(other, line)
            if back > self.order[point]:
                self.found[line] = frozenset(points)
            earliest = min(earliest, back)
            beyond += points
        return earliest, beyond
