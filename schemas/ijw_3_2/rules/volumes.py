"""How much may be claimed: the largest volume in a ProductPeriode (TR321) and over a whole assignment (TR322).

    Frequentie      effort-based (inspanning)             output-based
    1 per day       v x days                              the same
    2 per week      v x ISO weeks touched                 v x Sundays, and v for a last week cut off by the end
    4 per month     v, for a broken month too             v; what a broken month allows is agreed between the parties
    6 in total      v over the whole assignment           the same

v is the Volume of the Omvang. Which of the two it is follows from the Eenheid (IV076-IV078). All days are included.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache

from schemas.ijw_3_2.berichten import basis, jw301
from schemas.ijw_3_2.outside import Needs

OUTPUT = ("82", "83")
"""The Eenheden of output-based care; all others are effort-based."""

AGREEMENT = Needs("what the parties agreed on output-based care in a broken month")
NO_SUNDAY = Needs("what the parties agreed on an output-based assignment without a Sunday")


def largest_in_period(
    assigned: jw301.ToegewezenProduct, omvang: basis.Omvang, period: basis.GeslotenPeriode
) -> int | Needs:
    """The most that one ProductPeriode allows, in the Eenheid of the assignment."""
    if omvang.Frequentie in ("4", "6"):
        return omvang.Volume
    return _by_day_or_week(assigned, omvang, period.Begindatum, period.Einddatum)


def largest_in_total(assigned: jw301.ToegewezenProduct, omvang: basis.Omvang) -> int | Needs | None:
    """The most that the whole assignment allows, in its Eenheid; None when it has no end."""
    if omvang.Frequentie == "6":
        return omvang.Volume
    first, last = assigned.Ingangsdatum, assigned.Einddatum
    if last is None:
        return None
    if omvang.Frequentie == "4":
        return omvang.Volume * months(first, last)
    return _by_day_or_week(assigned, omvang, first, last)


def _by_day_or_week(assigned: jw301.ToegewezenProduct, omvang: basis.Omvang, first: date, last: date) -> int | Needs:
    if omvang.Frequentie == "1":
        return omvang.Volume * days(first, last)
    if omvang.Eenheid not in OUTPUT:
        return omvang.Volume * weeks(first, last)
    if _has_no_sunday(assigned):
        return NO_SUNDAY
    return omvang.Volume * (sundays(first, last) + _holds_cut_week(assigned, first, last))


def is_agreed(omvang: basis.Omvang, period: basis.GeslotenPeriode) -> bool:
    """Whether the parties agree what fits in this period: no more than in a whole one, but how much less is theirs."""
    return omvang.Eenheid in OUTPUT and omvang.Frequentie == "4" and not is_whole_month(period)


def _has_no_sunday(assigned: jw301.ToegewezenProduct) -> bool:
    """Whether an assignment lies between two Sundays: by the formula it allows nothing, and the standard is silent."""
    return assigned.Einddatum is not None and sundays(assigned.Ingangsdatum, assigned.Einddatum) == 0


def is_whole_month(period: basis.GeslotenPeriode) -> bool:
    """Whether a period is a calendar month, all of it."""
    first, last = period.Begindatum, period.Einddatum
    return first.day == 1 and last == last_of_month(first)


@lru_cache(maxsize=1024)
def last_of_month(day: date) -> date:
    """The last day of the month that a day is in."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def days(first: date, last: date) -> int:
    """The days of a period."""
    return (last - first).days + 1


def weeks(first: date, last: date) -> int:
    """The ISO weeks that a period touches."""
    return (_monday(last) - _monday(first)).days // 7 + 1


def months(first: date, last: date) -> int:
    """The calendar months that a period touches."""
    return (last.year - first.year) * 12 + last.month - first.month + 1


def sundays(first: date, last: date) -> int:
    """The Sundays in a period."""
    # Sundays are the days whose ordinal is a multiple of seven.
    return last.toordinal() // 7 - (first.toordinal() - 1) // 7


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _holds_cut_week(assigned: jw301.ToegewezenProduct, first: date, last: date) -> bool:
    """Whether the period holds the last Sunday of an assignment that goes on for some days after it (IV077)."""
    end = assigned.Einddatum
    if end is None or end.isoweekday() == 7:
        return False
    last_sunday = end - timedelta(days=end.isoweekday())
    return max(first, assigned.Ingangsdatum) <= last_sunday <= last
