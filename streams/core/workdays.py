"""Dutch working days: on which days terms run, and on which day a term ends. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

DUTCH_TIME = ZoneInfo("Europe/Amsterdam")
SATURDAY = 5
SUPPLIED = "NL-holidays"


@lru_cache(maxsize=200)
def _public_holidays(year: int) -> frozenset[date]:
    """Those of the Algemene termijnenwet: 5 May is one of them each year, which the library calls optional."""
    return frozenset(holidays.country_holidays("NL", years=year, categories=("public", "optional")))


def is_day_off(day: date) -> bool:
    """Whether it is a Saturday, a Sunday or a public holiday."""
    return day.weekday() >= SATURDAY or day in _public_holidays(day.year)


def lengthened(last: date) -> date:
    """The last day of a term of calendar days that ends on `last`: the first day from then on that is no day off."""
    while is_day_off(last):
        last += timedelta(1)
    return last


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Monday to Friday, without Dutch public holidays and the closing days given.

    version  names this calendar in figures; change it together with `closed`.
    closed   days on which parties here do not work, over and above the public holidays.
    """

    version: str = SUPPLIED
    closed: Collection[date] = field(default=frozenset())

    def is_working_day(self, day: date) -> bool:
        """Whether terms run on this day."""
        return not is_day_off(day) and day not in self.closed

    def due(self, start: date, days: int) -> date:
        """The last day of a term of so many working days after `start`, which itself does not count."""
        day = start
        while days > 0:
            day += timedelta(1)
            days -= self.is_working_day(day)
        return day

    def between(self, start: date, end: date) -> int:
        """How many working days come after `start`, up to and with `end`; 0 when `end` is not later."""
        return sum(self.is_working_day(start + timedelta(n)) for n in range(1, (end - start).days + 1))


def local_day(moment: datetime) -> date:
    """The day of a moment in the Netherlands."""
    return moment.astimezone(DUTCH_TIME).date()
