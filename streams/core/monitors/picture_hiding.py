"""Of the region picture: what is hidden, so that neither it nor pictures of other periods tell of few youths.

What is a stock depends on the last day of a period only, and so does what is hidden of it: it is decided first and by
itself. What is an event, or who was in care, came and left, is hidden in a period when it is in any of its quarters:
then each period can be explained by the same other numbers of that quarter as the quarter itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise

from streams.core.monitors.picture_between import between_sums
from streams.core.monitors.picture_care import BEFOREHAND, care_sums
from streams.core.monitors.picture_ends import ends_sums, turning_sums
from streams.core.monitors.picture_tables import ALL, Table
from streams.core.monitors.picture_waiting import waiting_sums
from streams.core.monitors.suppression import Group, Sum, group_of, hidden_groups

STOCKS = frozenset(
    {
        "stand",
        "stand-maand",
        "wachtenden",
        "wachtenden-netto",
        "wachtenden-overbrugd",
        "wachtduur",
        "wachtenden-aanbieder",
        "wachttijd-mediaan",
        "boven-norm",
        "langer-dan-norm",
        "zeventien-en-half",
        "zeventien-zonder-vervolg",
        "zeventien-met-vervolg",
    }
)
"""Tables that are the same for every period with this last day."""
_STAND = frozenset({BEFOREHAND, "stand"})
_FLOWS = ("in-zorg", "instroom", "uitstroom")


def hidden_of(
    tables: Sequence[Table], unseen: Sequence[Table], of_quarters: Collection[Group], below: int
) -> frozenset[Group]:
    """What to hide of the tables of a picture. of_quarters: what is hidden of any of its quarters by itself."""
    return _hidden(tables, unseen, of_quarters, tuple(_sums((*tables, *unseen))), below)


def hidden_events(tables: Sequence[Table], below: int) -> frozenset[Group]:
    """What to hide of a quarter by itself, of its tables of events."""
    return hidden_groups(tables, below, tuple(ends_sums(tables)))


def hidden_care(tables: Sequence[Table], unseen: Sequence[Table], below: int) -> frozenset[Group]:
    """What to hide of a quarter by itself, of the tables of who was in care, came and left; not of its stocks."""
    hidden = _hidden(tables, unseen, (), tuple(care_sums(tables)), below)
    return hidden - _groups(one for one in tables if one.id in STOCKS)


def _hidden(
    tables: Sequence[Table], unseen: Sequence[Table], also: Collection[Group], sums: Sequence[Sum], below: int
) -> frozenset[Group]:
    stocks = [one for one in tables if one.id in STOCKS]
    fixed = _groups(stocks)
    settled = hidden_groups(stocks, below, sums, unseen=unseen)
    small = {*settled, *also, *_in_months(tables, unseen, below)}
    # Hidden alike, the figures that tie stocks together need no others: so this comes before what follows from sums.
    parts = [one for one in tables if one.figure != "in-zorg"]
    first = hidden_groups(parts, below, sums, also=small, settled=fixed, unseen=unseen)
    alike = first | _flows((*first, *also, *_unseen_stocks(unseen, below)))
    return hidden_groups(tables, below, sums, also=alike, settled=fixed, unseen=unseen)


def _flows(hidden: Iterable[Group]) -> frozenset[Group]:
    """Stock before and who came are stock after and who left, and who was in care is one or the other: of a place
    where any of it is hidden all that flows is, for the stocks are shown by pictures of other periods."""
    places = {place for figure, place in hidden if figure in {*_STAND, *_FLOWS}}
    return frozenset((figure, place) for figure in _FLOWS for place in places)


def _unseen_stocks(unseen: Sequence[Table], below: int) -> frozenset[Group]:
    """What the picture of the period before hides of its stand, and what would be hidden of that of aanbieders."""
    return hidden_groups([one for one in unseen if one.figure in _STAND], below)


def _in_months(tables: Sequence[Table], unseen: Sequence[Table], below: int) -> Iterator[Group]:
    """The same of each month in the whole region, as its own picture hides it; and the sum of months with it."""
    by_id = {one.id: one for one in (*tables, *unseen)}
    if not {"stand-maand", BEFOREHAND} <= by_id.keys():
        return
    came, left = by_id["instroom-maand"], by_id["uitstroom-maand"]
    stock = [by_id[BEFOREHAND].cell(ALL, ALL), *by_id["stand-maand"].rows]
    for (before, after), *flows in zip(pairwise(stock), came.rows, left.rows, strict=True):
        if any(0 < cell.youths < below for cell in (before, after, *flows)):
            yield from (group_of(table, after.place) for table in (came, left))
            yield from ((figure, ()) for figure in _FLOWS)


def _sums(tables: Sequence[Table]) -> Iterator[Sum]:
    for sums in (care_sums, ends_sums, waiting_sums, between_sums, turning_sums):
        yield from sums(tables)


def _groups(tables: Iterable[Table]) -> frozenset[Group]:
    return frozenset(group_of(table, cell.place) for table in tables for cell in table.rows)
