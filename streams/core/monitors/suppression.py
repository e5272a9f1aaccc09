"""Suppression: hides figures about few youths, and enough others that the hidden ones cannot be calculated.

Everything is about groups of youths, not about cells: a number that stands in two tables is one group, so that it is
hidden in both. Groups are tied by sums: the parts of a row and its total, and sums that go over tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from streams.core.monitors.picture_tables import ALL, NOT_OF_YOUTHS, Cell, Place, Table

Group = tuple[str, tuple[tuple[str, str], ...]]
"""A figure, and where: its dimensions that are not all together, sorted."""


class Sum(Struct, frozen=True):
    """Groups that add up: those of `parts` together are those of `whole` together."""

    parts: tuple[Group, ...]
    whole: tuple[Group, ...]

    @property
    def members(self) -> tuple[Group, ...]:
        """All of them."""
        return (*self.parts, *self.whole)


def group_of(table: Table, place: Place) -> Group:
    """The group that stands at a place of a table."""
    named = dict(zip(table.dimensions, place, strict=True)) | dict(table.within)
    return table.figure, tuple(sorted((name, value) for name, value in named.items() if value != ALL))


def suppressed(tables: Sequence[Table], below: int, sums: Iterable[Sum] = ()) -> tuple[Table, ...]:
    """The tables without figures about fewer youths than `below`, and without what would give those away.

    `sums` are what adds up over tables; the totals of each table are found here. Cells that are no figure about youths
    stay as they are. Raises nothing.
    """
    youths = _youths(tables)
    ties = [one for one in (*_totals(tables), *sums) if all(group in youths for group in one.members)]
    hidden = Hiding(youths, ties, below).hidden()
    return tuple(replace(table, rows=tuple(_rows(table, hidden))) for table in tables)


def _youths(tables: Iterable[Table]) -> dict[Group, int]:
    """The youths of each group; of cells that differ the fewest, but 0 only when all have none."""
    found: dict[Group, int] = {}
    for table in tables:
        for cell in table.rows:
            if cell.youths != NOT_OF_YOUTHS:
                group = group_of(table, cell.place)
                found[group] = min(found.get(group) or cell.youths, cell.youths or found.get(group, 0))
    return found


def _rows(table: Table, hidden: Collection[Group]) -> Iterator[Cell]:
    for cell in table.rows:
        is_hidden = cell.youths != NOT_OF_YOUTHS and group_of(table, cell.place) in hidden
        yield Cell(cell.place, None, 0, True) if is_hidden else cell


def _totals(tables: Iterable[Table]) -> Iterator[Sum]:
    for table in tables:
        for index in range(len(table.dimensions)):
            yield from _totals_over(table, index)


def _totals_over(table: Table, index: int) -> Iterator[Sum]:
    rows: defaultdict[Place, list[Place]] = defaultdict(list)
    for cell in table.rows:
        if cell.youths != NOT_OF_YOUTHS:
            rows[(*cell.place[:index], *cell.place[index + 1 :])].append(cell.place)
    for places in rows.values():
        parts = tuple(group_of(table, place) for place in places if place[index] != ALL)
        whole = tuple(group_of(table, place) for place in places if place[index] == ALL)
        if parts and whole:
            yield Sum(parts, whole)


class Hiding:
    """Chooses what to hide: what is small, and then, as few and as small as it goes, what would give it away."""

    def __init__(self, youths: Mapping[Group, int], sums: Sequence[Sum], below: int) -> None:
        self._youths = youths
        self._sums = sums
        self._below = below
        self._hidden = {group for group, count in youths.items() if 0 < count < below}

    def hidden(self) -> frozenset[Group]:
        """The groups to hide."""
        while self._hide_in_sums() or self._hide_over_sums():
            pass
        return frozenset(self._hidden)

    def _hide_in_sums(self) -> bool:
        found = False
        for one in self._sums:
            while self._is_telling(one) and (other := self._smallest_shown(one)) is not None:
                self._hidden.add(other)
                found = True
        return found

    def _hide_over_sums(self) -> bool:
        found = False
        for ways in given_away(self._hidden, self._sums).values():
            shown = [group for group in ways if group not in self._hidden]
            if shown:
                self._hidden.add(min(shown, key=self._worth))
                found = True
        return found

    def _is_telling(self, one: Sum) -> bool:
        """Whether subtraction gives a hidden number, or a number below the limit for some hidden ones together."""
        parts = [group for group in one.parts if group in self._hidden]
        whole = [group for group in one.whole if group in self._hidden]
        if len(parts) + len(whole) == 1:
            return True
        one_sided = bool(parts) != bool(whole)
        return one_sided and sum(self._youths[group] for group in (*parts, *whole)) < self._below

    def _smallest_shown(self, one: Sum) -> Group | None:
        shown = (group for group in one.members if group not in self._hidden)
        return min(shown, key=self._worth, default=None)

    def _worth(self, group: Group) -> tuple[int, bool, int, Group]:
        """What would be missed least comes first: parts before totals, of those the smallest, and zeros last."""
        return -len(group[1]), self._youths[group] == 0, self._youths[group], group


def given_away(hidden: Collection[Group], sums: Iterable[Sum]) -> dict[Group, list[Group]]:
    """The hidden groups that all sums together determine, each with the other groups that it is calculated from."""
    found: dict[Group, list[Group]] = {}
    for unknown, some in _connected(hidden, sums):
        found |= _given_away(unknown, some)
    return dict(sorted(found.items()))


def _connected(hidden: Collection[Group], sums: Iterable[Sum]) -> Iterator[tuple[list[Group], list[Sum]]]:
    """The sums with hidden groups, those that have such groups in common together."""
    bundles: dict[Group, list[Sum]] = {}
    for one in sums:
        unknown = [group for group in one.members if group in hidden]
        touched = {id(bundle): bundle for group in unknown if (bundle := bundles.get(group)) is not None}
        joined = [one, *(known for bundle in touched.values() for known in bundle)] if unknown else []
        bundles |= {group: joined for known in joined for group in known.members if group in hidden}
    for bundle in {id(bundle): bundle for bundle in bundles.values()}.values():
        yield sorted({group for one in bundle for group in one.members if group in hidden}), bundle


def _given_away(unknown: list[Group], sums: list[Sum]) -> dict[Group, list[Group]]:
    """Solve the sums: a group is determined when some combination of them leaves nothing unknown but it."""
    from scipy.linalg import pinv  # scipy takes a third of a second to import, and few processes suppress

    matrix = _matrix(unknown, sums)
    combinations = pinv(matrix)
    others = sorted({group for one in sums for group in one.members} - set(unknown))
    left, used = combinations @ matrix, combinations @ _matrix(others, sums)
    left[range(len(unknown)), range(len(unknown))] -= 1
    return {
        group: [other for other, weight in zip(others, used[row], strict=True) if abs(weight) > _ZERO]
        for row, group in enumerate(unknown)
        if (abs(left[row]) < _ZERO).all()
    }


def _matrix(groups: list[Group], sums: list[Sum]) -> Any:
    from numpy import array

    parts_and_wholes = [(frozenset(one.parts), frozenset(one.whole)) for one in sums]
    return array([[(group in parts) - (group in whole) for group in groups] for parts, whole in parts_and_wholes])


_ZERO = 1e-9
