"""Periods of pictures: one or four calendar quarters that are over. Few: what two differ by tells what is hidden."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from typing import NamedTuple

from connectors.http_problems import Problem

EARLIEST = date(2015, 1, 1)
"""The first day of the Jeugdwet: no message is about care before it."""
LENGTHS = {"3": "1 kwartaal", "12": "4 kwartalen"}
"""How many months a period may have, with the words for it."""
SHORTEST = "3"
"""What is shown when nothing is asked: of more quarters more is hidden."""
QUARTER = 3
IMPOSSIBLE = (
    "The period cannot be shown. Expected tot, the last month of a quarter, as YYYY-MM, and maanden, 3 or 12 months up "
    "to and with that one; all of them over, and none before 2015. Correct them."
)
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")


class Period(NamedTuple):
    """First and last day."""

    van: date
    tot: date

    @property
    def months(self) -> str:
        """How many months it has, as it stands in an address."""
        return str(_number(self.tot) - _number(self.van) + 1)

    @property
    def query(self) -> str:
        """What asks for it in an address."""
        return f"tot={self.tot:%Y-%m}&maanden={self.months}"

    @property
    def name(self) -> str:
        """As it stands in the name of a file."""
        return f"{self.tot:%Y-%m}-{LENGTHS[self.months].replace(' ', '-')}"


def period_of(tot: str | None, maanden: str | None, ended: date) -> Period:
    """The period that parameters ask for, when `ended` is in the last month that is over. Raises Problem."""
    months = SHORTEST if maanden is None else maanden
    last = _number(latest(ended)) if tot is None else _asked(tot)
    # Compared as numbers of months, before there is a date: not every month that can be written is one of a date.
    ends_a_quarter = last % QUARTER == QUARTER - 1
    in_time = months in LENGTHS and _number(EARLIEST) <= last - int(months) + 1 <= last <= _number(ended)
    if not (ends_a_quarter and in_time):
        raise Problem("invalid-parameter", detail=IMPOSSIBLE)
    first, end = _first_day(last - int(months) + 1), _first_day(last)
    return Period(first, end.replace(day=monthrange(end.year, end.month)[1]))


def latest(ended: date) -> date:
    """A day in the last month of the last quarter that is over, when `ended` is in the last month that is."""
    number = _number(ended)
    return _first_day(number - (number + 1) % QUARTER)


def _asked(month: str) -> int:
    found = _MONTH.fullmatch(month)
    if found is None or not 1 <= int(found[2]) <= 12:
        raise Problem("invalid-parameter", detail=IMPOSSIBLE)
    return 12 * int(found[1]) + int(found[2]) - 1


def _number(day: date) -> int:
    return 12 * day.year + day.month - 1


def _first_day(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)
