"""Of the region picture: what happened in each of its quarters, which decides what may be shown of them together.

Counts of events add up, and so do who came and who left but for the few that did so twice: what is hidden in a quarter
would follow from two periods that differ by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec.structs import replace

from streams.core.monitors.picture_care import Youths, care_tables, unseen_stocks
from streams.core.monitors.picture_ends import eighteen_table, reason_tables
from streams.core.monitors.picture_money import EARLIER, a_year_before, cost_tables, referrer_tables
from streams.core.monitors.picture_tables import Table
from streams.core.monitors.picture_view import View
from streams.core.monitors.picture_waiting import outside_table

Quarter = tuple[Table, ...]


def event_tables(view: View) -> Iterator[Table]:
    """The tables of events of the period: numbers that are the sum of those of its quarters."""
    yield from reason_tables(view)
    yield outside_table(view)
    yield from cost_tables(view)
    yield from referrer_tables(view)
    yield eighteen_table(view)


def quarters_of_events(view: View) -> Iterator[Quarter]:
    """Those tables for each quarter by itself, and those of costs for each quarter of a year before."""
    for van, tot in view.quarters:
        yield tuple(event_tables(view.during(van, tot)))
        yield _a_year_before(view, van, tot)


def quarters_of_care(view: View, youths: Youths) -> Iterator[tuple[Quarter, Quarter]]:
    """Of each quarter the tables of who was in care, came and left, and beside these what they tell of stocks.

    None of a period of one quarter: what is hidden of that is hidden of its own tables.
    """
    for van, tot in view.quarters if len(view.quarters) > 1 else ():
        during = view.during(van, tot)
        yield tuple(care_tables(during, youths)), tuple(unseen_stocks(during, youths))


def _a_year_before(view: View, van: date, tot: date) -> Quarter:
    """All of those of costs, as the picture of that quarter hides them, under the name that they have in this one."""
    tables = cost_tables(view.during(a_year_before(van), a_year_before(tot)))
    return tuple(replace(table, figure=EARLIER) for table in tables)
