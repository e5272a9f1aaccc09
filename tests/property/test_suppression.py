"""Suppression: no hidden number follows from the shown ones, whatever the tables; decided by exact arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.core.monitors.picture_tables import ALL, Cell, Place, Table
from streams.core.monitors.suppression import Sum, given_away, group_of, suppressed

BELOW = 10
Equation = tuple[frozenset[Place], frozenset[Place]]


def tables(most: int = 5) -> st.SearchStrategy[Table]:
    """Additive tables of one to three dimensions, each with totals in some of them."""
    sizes = st.lists(st.integers(1, most), min_size=1, max_size=3).filter(lambda some: len(some) < 3 or max(some) < 4)
    return sizes.flatmap(_of_sizes)


def _of_sizes(sizes: list[int]) -> st.SearchStrategy[Table]:
    count = 1
    for size in sizes:
        count *= size
    numbers = st.lists(st.sampled_from((0, 0, 1, 2, 4, 9, 10, 11, 25, 60)), min_size=count, max_size=count)
    totals = st.lists(st.booleans(), min_size=len(sizes), max_size=len(sizes))
    return st.builds(lambda some, summed: _table(sizes, some, summed), numbers, totals)


def _table(sizes: Sequence[int], numbers: Sequence[int], summed: Sequence[bool]) -> Table:
    values = [[f"{number}" for number in range(size)] for size in sizes]
    inner = dict(zip(product(*values), numbers, strict=True))
    shown = product(*((*some, ALL) if add else some for some, add in zip(values, summed, strict=True)))
    cells = tuple(Cell(place, number, number) for place in shown for number in [_sum(inner, place)])
    return Table("t", "", "", "", ("a", "b", "c")[: len(sizes)], cells, "t")


def _sum(inner: dict[Place, int], place: Place) -> int:
    return sum(number for at, number in inner.items() if all(b in (ALL, a) for a, b in zip(at, place, strict=True)))


def equations(table: Table) -> Iterable[Equation]:
    """Every total with its parts, found without the code under test."""
    places = {cell.place for cell in table.rows}
    for place in places:
        for index, value in enumerate(place):
            if value == ALL:
                parts = {p for p in places if p[index] != ALL and (*p[:index], ALL, *p[index + 1 :]) == place}
                if parts:
                    yield frozenset(parts), frozenset([place])


def follows(hidden: set[Place], some: Iterable[Equation]) -> set[Place]:
    """Which hidden cells have one value only in all sums: Gauss-Jordan with fractions; a pivot row without others."""
    columns = sorted(hidden)
    rows = [[Fraction((place in parts) - (place in whole)) for place in columns] for parts, whole in some]
    found, pivots = set[Place](), list[list[Fraction]]()
    for column in range(len(columns)):
        pivot = next((row for row in rows if row[column]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        scaled = [value / pivot[column] for value in pivot]
        rows, pivots = ([_less(row, scaled, column) for row in some_rows] for some_rows in (rows, pivots))
        pivots.append(scaled)
    for row in pivots:
        if sum(value != 0 for value in row) == 1:
            found.add(columns[next(index for index, value in enumerate(row) if value)])
    return found


def _less(row: list[Fraction], pivot: list[Fraction], column: int) -> list[Fraction]:
    return [value - row[column] * other for value, other in zip(row, pivot, strict=True)]


def hidden_in(table: Table) -> set[Place]:
    return {cell.place for cell in table.rows if cell.suppressed}


@settings(max_examples=150)
@given(tables())
def test_no_hidden_number_can_be_calculated(table: Table) -> None:
    [shown] = suppressed([table], BELOW)
    assert follows(hidden_in(shown), equations(table)) == set()


@settings(max_examples=150)
@given(tables())
def test_no_total_less_its_shown_parts_is_a_few_youths(table: Table) -> None:
    [shown] = suppressed([table], BELOW)
    hidden, youths = hidden_in(shown), {cell.place: cell.youths for cell in table.rows}
    for parts, whole in equations(table):
        rest = sum(youths[place] for place in parts & hidden)
        assert whole & hidden or not parts & hidden or rest >= BELOW


@settings(max_examples=150)
@given(tables())
def test_what_is_few_is_hidden_and_the_rest_is_as_it_was_or_hidden(table: Table) -> None:
    [shown] = suppressed([table], BELOW)
    for before, after in zip(table.rows, shown.rows, strict=True):
        assert after.suppressed or (after == before and not 0 < before.youths < BELOW)
        assert after.value is None or not after.suppressed
    if not any(0 < cell.youths < BELOW for cell in table.rows):
        assert shown == table


@settings(max_examples=100)
@given(tables(4), st.data())
def test_tables_that_add_up_to_another_give_nothing_away(table: Table, data: st.DataObject) -> None:
    """Each number is divided over two more tables, as those in care are those that stay and those that go."""
    inner = [cell for cell in table.rows if ALL not in cell.place]
    part = {cell.place: data.draw(st.sampled_from((0, cell.youths, cell.youths // 2))) for cell in inner}
    stays = _like(table, "stays", part)
    gone = _like(table, "gone", {cell.place: cell.youths - part[cell.place] for cell in inner})
    again = replace(table, id="again")
    places = [cell.place for cell in table.rows]
    sums = [Sum((group_of(stays, place), group_of(gone, place)), (group_of(table, place),)) for place in places]
    shown, *others = suppressed([table, stays, gone, again], BELOW, sums)
    assert hidden_in(others[2]) == hidden_in(shown)
    hidden = {(one.id, *place) for one in (shown, *others[:2]) for place in hidden_in(one)}
    ties = [(frozenset([("stays", *p), ("gone", *p)]), frozenset([("t", *p)])) for p in places]
    assert follows(hidden, [*ties, *(one for some in (table, stays, gone) for one in _named(some))]) == set()


def _like(table: Table, id: str, inner: dict[Place, int]) -> Table:
    numbers = ((cell.place, _sum(inner, cell.place)) for cell in table.rows)
    return replace(table, id=id, figure=id, rows=tuple(Cell(place, number, number) for place, number in numbers))


def _named(table: Table) -> Iterable[Equation]:
    for some in equations(table):
        parts, whole = (frozenset((table.id, *place) for place in side) for side in some)
        yield parts, whole


MEMBERS = [("n", (("d", f"{number}"),)) for number in range(9)]
sums_of_any_kind = st.lists(
    st.builds(
        lambda some, parts: Sum(tuple(some[:parts]), tuple(some[parts:])),
        st.lists(st.sampled_from(MEMBERS), min_size=1, max_size=6, unique=True),
        st.integers(0, 6),
    ),
    max_size=9,
)


@settings(max_examples=300)
@given(sums_of_any_kind, st.sets(st.sampled_from(MEMBERS)))
def test_what_is_given_away_is_what_exact_fractions_say(sums: list[Sum], hidden: set[tuple[str, Place]]) -> None:
    ties: list[Equation] = [(frozenset(one.parts), frozenset(one.whole)) for one in sums]
    found = given_away(hidden, sums)
    assert set(found) == follows(hidden, ties)
    for group, ways in found.items():
        assert not hidden & set(ways)
        everything_else = {other for other in MEMBERS if other not in ways}
        assert group in follows(everything_else, ties), "it does not follow from the ways that were told"


def test_the_oracle_sees_what_hiding_only_the_few_gives_away() -> None:
    table = _table([2, 3], [4, 20, 30, 40, 50, 60], [True, True])
    assert follows({("0", "0")}, equations(table)) == {("0", "0")}
    assert follows({("0", "0"), ("0", "1")}, equations(table)) == {("0", "0"), ("0", "1")}
    assert follows({("0", "0"), ("0", "1"), ("1", "0"), ("1", "1")}, equations(table)) == set()
