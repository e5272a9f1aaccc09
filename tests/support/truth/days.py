"""Days, counted one by one: the calendar of the truth test, which shares nothing with that of the monitors."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

DAY = timedelta(1)
NETHERLANDS = ZoneInfo("Europe/Amsterdam")
Period = tuple[date, date]


def local(moment: datetime) -> date:
    """The day of a moment in the Netherlands."""
    return moment.astimezone(NETHERLANDS).date()


def each_day(first: date, last: date) -> Iterator[date]:
    """Every day from the first up to and with the last."""
    while first <= last:
        yield first
        first += DAY


@cache
def _public_holidays(year: int) -> frozenset[date]:
    return frozenset({*holidays.country_holidays("NL", years=year), date(year, 5, 5)})


class Workdays:
    """Working days, with closing days over and above the public holidays."""

    def __init__(self, closed: Collection[date] = ()) -> None:
        self._closed = closed

    def works(self, day: date) -> bool:
        """Whether people work on this day."""
        return self._is_open(day) and day not in self._closed

    def _is_open(self, day: date) -> bool:
        return day.isoweekday() <= 5 and day not in _public_holidays(day.year)

    def ending(self, day: date) -> date:
        """The day on which a term of calendar days ends that would end on this one; closing days do not count."""
        return next(one for one in each_day(day, day + timedelta(10)) if self._is_open(one))

    def after(self, start: date, count: int) -> date:
        """The working day that is this many working days after a day."""
        day = start
        while count:
            day += DAY
            if self.works(day):
                count -= 1
        return day

    def left(self, today: date, last: date) -> int:
        """How many working days there are after today, up to and with the last day."""
        return sum(self.works(day) for day in each_day(today + DAY, last))


def first_of_month(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def months_later(month: date, count: int) -> date:
    """The first day of the month that comes so many months after that of a day."""
    number = month.year * 12 + month.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)


def last_of_month(day: date) -> date:
    """The last day of its month."""
    return months_later(day, 1) - DAY


def periods(first: date, last: date) -> list[Period]:
    """The months that lie in these days, their quarters, and all of them."""
    found: set[Period] = {(first, last)}
    month = first_of_month(first)
    while month <= last:
        for start, length in ((month, 1), (months_later(month, -((month.month - 1) % 3)), 3)):
            van, tot = start, months_later(start, length) - DAY
            found.add((max(van, first), min(tot, last)))
        month = months_later(month, 1)
    return sorted(found)
