"""Turning 17½ and 18: youths in care for whom a plan is due, and those whose care ends without a successor.

Birth is known by its month, so ages are counted in whole months. Words: definitions.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from streams.core.monitors.discontinuity import DIED, Item, endings_of
from streams.core.monitors.trajecten import DAY, File

HALF_YEAR, YEARS_18 = 6, 18 * 12


class Turning(Item, frozen=True, kw_only=True):
    """A traject in care of a youth who turns 18.

    eighteen           the first day of the month of the 18th birthday.
    without_successor  no toewijzing of the youth covers the first day of the month after it.
    """

    eighteen: date
    without_successor: bool


def seventeen_and_a_half(files: Sequence[File], peildatum: date) -> tuple[Turning, ...]:
    """The youths in care on the peildatum who are 17½ and not 18 in its month; one for each traject in care."""
    month = _month_of(peildatum)
    found: list[Turning] = []
    for file in files:
        turns = _turns_18(file)
        if turns is not None and turns - HALF_YEAR <= month < turns:
            found += _in_care(file, peildatum, turns)
    return tuple(found)


def eighteen(files: Sequence[File], van: date, tot: date) -> tuple[Turning, ...]:
    """The youths without a successor whose month of turning 18 lies wholly in the period; one for each traject in care.

    In care on the first day of that month, and not those who died. `tot` is not in the future: what is not known yet
    cannot be missed.
    """
    found: list[Turning] = []
    for file in files:
        turns = _turns_18(file)
        if turns is None or _first_day(turns) < van or _first_day(turns + 1) - DAY > tot or _died(file):
            continue
        found += (one for one in _in_care(file, _first_day(turns), turns) if one.without_successor)
    return tuple(found)


def _in_care(file: File, day: date, turns: int) -> Iterator[Turning]:
    after = _first_day(turns + 1)
    without = not any(one.covers(after) for one in file.toewijzingen)
    for traject in file.trajecten:
        if traject.in_care(day):
            yield Turning(traject=traject, eighteen=_first_day(turns), without_successor=without)


def _died(file: File) -> bool:
    return any(one.reden == DIED for traject in file.trajecten for one in endings_of(traject))


def _turns_18(file: File) -> int | None:
    born = file.client.geboren
    return _month_of(date.fromisoformat(f"{born}-01")) + YEARS_18 if born is not None else None


def _month_of(day: date) -> int:
    return day.year * 12 + day.month - 1


def _first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)
