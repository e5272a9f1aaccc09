"""Suppression: what is hidden, and that no more is."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from time import process_time

from msgspec.structs import replace

from streams.core.monitors.picture_tables import ALL, NOT_OF_YOUTHS, Cell, Table
from streams.core.monitors.suppression import Sum, given_away, group_of, hidden_groups, suppressed
from tests.support.picturing import sums_of

BELOW = 10


def row(id: str = "stand", figure: str | None = None, **youths: int) -> Table:
    """A table of one dimension; `total` is all together."""
    places = {(ALL if name == "total" else name,): number for name, number in youths.items()}
    return table(("gemeente",), places, id, figure)


def table(
    dimensions: tuple[str, ...], youths: Mapping[tuple[str, ...], int], id: str = "stand", figure: str | None = None
) -> Table:
    cells = tuple(Cell(place, number, number) for place, number in youths.items())
    return Table(id, "", "", "jeugdigen", dimensions, cells, figure or id)


def crossed(rows: list[list[int]]) -> Table:
    """A table of two dimensions with every total."""
    names = [[*map(str, range(len(some))), ALL] for some in (rows, rows[0])]
    full = [[*one, sum(one)] for one in rows]
    full.append([sum(column) for column in zip(*full, strict=True)])
    return table(
        ("gemeente", "segment"), {(a, b): full[i][j] for i, a in enumerate(names[0]) for j, b in enumerate(names[1])}
    )


def hidden_in(table: Table) -> set[str]:
    return {"-".join(cell.place) for cell in table.rows if cell.suppressed}


def hidden(*tables: Table, sums: tuple[Sum, ...] = ()) -> list[set[str]]:
    return [hidden_in(one) for one in suppressed(tables, BELOW, sums)]


def test_from_one_to_nine_is_hidden_and_zero_and_ten_are_not() -> None:
    assert hidden(row(a=0, b=1, c=9, d=10, total=20)) == [{"b", "c"}]


def test_a_hidden_cell_keeps_neither_value_nor_youths() -> None:
    [one] = suppressed([row(a=5, b=5, c=12)], BELOW)
    assert one.rows[0] == Cell(("a",), None, 0, True)
    assert one.rows[2] == Cell(("c",), 12, 12)


def test_of_one_hidden_part_the_smallest_other_is_hidden_too() -> None:
    assert hidden(row(a=4, b=50, c=30, d=0, total=84)) == [{"a", "c"}]


def test_hidden_parts_of_fewer_than_ten_together_take_another_with_them() -> None:
    """The total less the shown parts would be a count of a few youths."""
    assert hidden(row(a=2, b=3, c=30, d=40, total=75)) == [{"a", "b", "c"}]


def test_a_total_of_few_is_hidden_with_its_parts() -> None:
    assert hidden(row(a=4, b=0, total=4)) == [{"a", ALL}]


def test_of_a_single_part_the_total_says_the_same() -> None:
    assert hidden(row(a=7, total=7), row("kosten", a=30, total=30)) == [{"a", ALL}, set()]


def test_without_a_total_nothing_more_is_hidden() -> None:
    assert hidden(row(a=4, b=50, c=30)) == [{"a"}]


def test_a_figure_that_is_not_about_youths_stays() -> None:
    cells = (Cell(("a",), 3, NOT_OF_YOUTHS), Cell((ALL,), 3, NOT_OF_YOUTHS))
    one = Table("herstelwerk", "", "", "minuten", ("gemeente",), cells, "herstelwerk")
    assert suppressed([one], BELOW) == (one,)


def test_a_value_is_hidden_by_its_youths_and_not_by_its_size() -> None:
    cells = (Cell(("a",), 250_000, 3), Cell(("b",), 4, 40))
    [one] = suppressed([Table("kosten", "", "", "eurocent", ("gemeente",), cells, "kosten")], BELOW)
    assert hidden_in(one) == {"a"}


def test_both_dimensions_keep_their_totals_from_giving_anything_away() -> None:
    """The first row loses a second cell, and so do the two columns concerned."""
    assert hidden(crossed([[4, 20, 90], [30, 40, 80], [50, 60, 70]])) == [{"0-0", "0-1", "1-0", "1-1"}]


def test_the_same_youths_in_another_table_are_hidden_there_as_well() -> None:
    """`aandeel` shows in-zorg in another way, and by itself it would hide nothing."""
    table_of_two = crossed([[4, 0], [30, 40]])
    by_gemeente = row("aandeel", "stand", **{"0": 12, "1": 70, "total": 82})
    first, second = hidden(table_of_two, by_gemeente)
    assert "0-*" in first
    assert "0" in second


def test_a_table_within_one_value_of_a_dimension_is_part_of_the_other() -> None:
    whole = table(("gemeente", "segment"), {("a", "verblijf"): 4, ("a", "crisis"): 40, ("a", ALL): 44}, "in-zorg")
    part = Table("verblijf", "", "", "", ("gemeente",), (Cell(("a",), 4, 4),), "in-zorg", {"segment": "verblijf"})
    assert group_of(part, ("a",)) == group_of(whole, ("a", "verblijf"))
    other = Table("crisis", "", "", "", ("gemeente",), (Cell(("a",), 40, 40),), "in-zorg", {"segment": "crisis"})
    assert hidden(whole, part, other) == [{"a-verblijf", "a-crisis"}, {"a"}, {"a"}]


def test_sums_over_tables_give_nothing_away() -> None:
    """Who was in care less who still is are those who left."""
    tables = (row("in-zorg", total=45), row("stand", total=42), row("uitstroom", total=3))
    assert hidden(*tables) == [set(), set(), {ALL}]
    sums = (Sum((("stand", ()), ("uitstroom", ())), (("in-zorg", ()),)),)
    assert hidden(*tables, sums=sums) == [set(), {ALL}, {ALL}]


def test_what_only_several_sums_together_give_away_is_found() -> None:
    """Two blocks of four and one cell between them: the first two rows less the first two columns are that cell."""
    blocks = {(0, 0), (0, 1), (1, 0), (1, 1), (2, 2), (2, 3), (3, 2), (3, 3)}
    rows = [[5 if (i, j) in {*blocks, (0, 2)} else 20 for j in range(4)] for i in range(4)]
    one = crossed(rows)
    sums = [
        *(
            Sum(tuple(group_of(one, (str(i), str(j))) for j in range(4)), (group_of(one, (str(i), ALL)),))
            for i in range(4)
        ),
        *(
            Sum(tuple(group_of(one, (str(i), str(j))) for i in range(4)), (group_of(one, (ALL, str(j))),))
            for j in range(4)
        ),
    ]
    few = {group_of(one, (str(i), str(j))) for i, j in {*blocks, (0, 2)}}
    assert list(given_away(few, sums)) == [group_of(one, ("0", "2"))]
    assert given_away(few - {group_of(one, ("0", "2"))}, sums) == {}
    [found] = hidden(one)
    assert len(found) > len(few)


def test_with_a_limit_of_zero_everything_is_shown() -> None:
    one = row(a=1, b=50, total=51)
    assert suppressed([one], 0) == (one,)


def test_what_is_hidden_whatever_its_youths_takes_another_with_it() -> None:
    found = hidden_groups([row(a=50, b=30, c=40, total=120)], BELOW, also=[("stand", (("gemeente", "a"),)), ("x", ())])
    assert found == {("stand", (("gemeente", name),)) for name in "ab"}


def test_what_is_settled_stays_shown() -> None:
    """Of in-zorg, stand and uitstroom the smallest would be hidden; with the stand settled it is in-zorg."""
    tables = (row("in-zorg", total=45), row("stand", total=42), row("uitstroom", total=3))
    sums = (Sum((("stand", ()), ("uitstroom", ())), (("in-zorg", ()),)),)
    assert hidden_groups(tables, BELOW, sums, settled=[("stand", ())]) == {("in-zorg", ()), ("uitstroom", ())}
    assert hidden_groups(tables, BELOW, sums, settled=[("stand", ()), ("in-zorg", ())]) == {("uitstroom", ())}


def test_what_no_table_shows_is_kept_only_when_it_is_few() -> None:
    """Over four weeks less over nine weeks are those between."""
    over = row("over", four=50, nine=41)
    sums = (Sum((("over", (("gemeente", "nine"),)), ("between", ())), (("over", (("gemeente", "four"),)),)),)
    assert hidden_groups([over], BELOW, sums, unseen=[row("between", total=9)]) == {("over", (("gemeente", "nine"),))}
    for many in (0, 10):
        assert hidden_groups([over], BELOW, sums, unseen=[row("between", total=many)]) == frozenset()


def test_what_no_table_shows_is_not_known_either() -> None:
    """A hidden figure does not follow from one that is not shown, however many youths that is of."""
    over = row("over", four=50, nine=4)
    sums = (Sum((("over", (("gemeente", "nine"),)), ("between", ())), (("over", (("gemeente", "four"),)),)),)
    assert hidden_groups([over], BELOW, sums, unseen=[row("between", total=46)]) == {("over", (("gemeente", "nine"),))}


def test_every_gemeente_of_the_country_in_one_region_takes_seconds() -> None:
    """It took minutes when all sums were solved as one matrix."""
    random = Random(1)
    rows = [[random.choice((0, 3, 12, 60)) for _ in range(7)] for _ in range(342)]
    stays, gone = (
        replace(crossed([[number * share // 4 for number in some] for some in rows]), id=id, figure=id)
        for id, share in (("stays", 4), ("gone", 8))
    )
    both = replace(crossed([[3 * number for number in some] for some in rows]), id="both", figure="both")
    sums = [Sum((group_of(stays, c.place), group_of(gone, c.place)), (group_of(both, c.place),)) for c in both.rows]
    began = process_time()
    found = hidden_groups([stays, gone, both], BELOW, sums)
    assert process_time() - began < 20
    assert given_away(found, [*sums, *(tie for one in (stays, gone, both) for tie in sums_of(one))]) == {}
    assert len(found) > 1000
