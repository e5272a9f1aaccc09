"""Suppression: hides figures about few youths, and enough others that the hidden ones cannot be calculated.

Everything is about groups of youths, not about cells: a number that stands in two tables is one group, so that it is
hidden in both. Groups are tied by sums: the parts of a row and its total, and sums that go over tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from streams.core.monitors.picture_tables import ALL, NOT_OF_YOUTHS, Cell, Place, Table
from streams.core.monitors.suppression_solving import PRIME, Solved

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
    return without(tables, hidden_groups(tables, below, sums))


def hidden_groups(
    tables: Sequence[Table],
    below: int,
    sums: Iterable[Sum] = (),
    *,
    also: Collection[Group] = (),
    settled: Collection[Group] = (),
    unseen: Sequence[Table] = (),
) -> frozenset[Group]:
    """What to hide of tables.

    also     hidden whatever its youths.
    settled  decided before: what is shown of it stays shown.
    unseen   figures that no table shows and that sums tell all the same: only those of few youths must not follow.
    """
    youths, aside = _youths(tables), _youths(unseen)
    known = youths.keys() | aside.keys()
    ties = [one for one in (*_totals(tables), *sums) if known.issuperset(one.members)]
    loose = {group for group, count in aside.items() if group not in youths and not 0 < count < below}
    hiding = Hiding({**aside, **youths}, ties, below, also=youths.keys() & set(also), settled=settled, loose=loose)
    return hiding.hidden() & youths.keys()


def without(tables: Iterable[Table], hidden: Collection[Group]) -> tuple[Table, ...]:
    """The tables without the figures of these groups."""
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
        groups = {cell.place: group_of(table, cell.place) for cell in table.rows if cell.youths != NOT_OF_YOUTHS}
        for index in range(len(table.dimensions)):
            yield from _totals_over(groups, index)


def _totals_over(groups: Mapping[Place, Group], index: int) -> Iterator[Sum]:
    rows: defaultdict[Place, tuple[list[Group], list[Group]]] = defaultdict(lambda: ([], []))
    for place, group in groups.items():
        rows[(*place[:index], *place[index + 1 :])][place[index] == ALL].append(group)
    for parts, whole in rows.values():
        if parts and whole:
            yield Sum(tuple(parts), tuple(whole))


class Hiding:
    """Chooses what to hide: what is small, and then, as few and as small as it goes, what would give it away.

    `also`, `settled`: as hidden_groups says. `loose`: what is not known, and may follow.
    """

    def __init__(
        self,
        youths: Mapping[Group, int],
        sums: Sequence[Sum],
        below: int,
        *,
        also: Collection[Group] = (),
        settled: Collection[Group] = (),
        loose: Collection[Group] = (),
    ) -> None:
        self._youths = youths
        self._sums = sums
        self._below = below
        self._settled = frozenset(settled)
        self._loose = frozenset(loose)
        self._hidden = {group for group, count in youths.items() if 0 < count < below} | {*also, *loose}

    def hidden(self) -> frozenset[Group]:
        """The groups to hide."""
        while self._hide_in_sums() or self._hide_over_sums():
            pass
        return frozenset(self._hidden)

    def _hide_in_sums(self) -> bool:
        found = False
        for one in self._sums:
            while self._is_telling(one) and (other := self._least_missed(one.members)) is not None:
                self._hidden.add(other)
                found = True
        return found

    def _hide_over_sums(self) -> bool:
        before = frozenset(self._hidden)
        for group, ways in given_away(before, self._sums).items():
            # What was hidden just now for another may well be enough for this one: the next round tells.
            is_changed = any(way in self._hidden for way in ways)
            if group not in self._loose and not is_changed and (other := self._least_missed(ways)) is not None:
                self._hidden.add(other)
        return len(before) < len(self._hidden)

    def _is_telling(self, one: Sum) -> bool:
        """Whether subtraction gives a hidden number, or a number below the limit for some hidden ones together."""
        parts = [group for group in one.parts if group in self._hidden]
        whole = [group for group in one.whole if group in self._hidden]
        if self._loose.issuperset((*parts, *whole)):
            return False
        if len(parts) + len(whole) == 1:
            return True
        one_sided = bool(parts) != bool(whole)
        return one_sided and sum(self._youths[group] for group in (*parts, *whole)) < self._below

    def _least_missed(self, groups: Iterable[Group]) -> Group | None:
        shown = (group for group in groups if group not in self._hidden and group not in self._settled)
        return min(shown, key=self._worth, default=None)

    def _worth(self, group: Group) -> tuple[int, bool, int, Group]:
        """What would be missed least comes first: parts before totals, of those the smallest, and zeros last."""
        return -len(group[1]), self._youths[group] == 0, self._youths[group], group


def given_away(hidden: Collection[Group], sums: Iterable[Sum]) -> dict[Group, list[Group]]:
    """The hidden groups that all sums together determine, each with the other groups that it is calculated from."""
    unknown = {group: number for number, group in enumerate(sorted(hidden))}
    factors = [some for one in sums if (some := _factors(one)).keys() & unknown.keys()]
    solved = Solved([{unknown[group]: by for group, by in some.items() if group in unknown} for some in factors])
    groups = list(unknown)
    return {groups[one]: _ways(solved.made_of(one), factors, unknown) for one in solved.determined()}


def _factors(one: Sum) -> dict[Group, int]:
    """What is no more than itself (a group that is both part and whole) has no say."""
    parts, whole = frozenset(one.parts), frozenset(one.whole)
    return dict.fromkeys(parts - whole, 1) | dict.fromkeys(whole - parts, -1)


def _ways(taken: Mapping[int, int], factors: Sequence[Mapping[Group, int]], unknown: Collection[Group]) -> list[Group]:
    together: defaultdict[Group, int] = defaultdict(int)
    for number, times in taken.items():
        for group, by in factors[number].items():
            together[group] += times * by
    return sorted(group for group, times in together.items() if times % PRIME and group not in unknown)
