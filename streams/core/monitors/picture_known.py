"""Of the region picture: since when messages of the region are known, and which of its figures are incomplete."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from streams.core.monitors.drift_counts import CLAIMED_WITHIN
from streams.core.monitors.picture_texts import day_in_words, month_in_words
from streams.core.monitors.picture_view import View
from streams.core.workdays import local_day


def incomplete(view: View, now: datetime) -> Iterator[str]:
    """What readers must know before they take figures of this period for all that was, in Dutch."""
    yield _since(view)
    late = [last for _, last in view.months if last + CLAIMED_WITHIN >= local_day(now)]
    if late:
        yield _costs(late[0], late[-1])


def _since(view: View) -> str:
    if view.known_from is None:
        return "Deze hub kent nog geen berichten van deze regio: haar cijfers zeggen niets."
    since = f"Deze hub kent van deze regio berichten vanaf {day_in_words(view.known_from)}."
    if view.is_known_from(view.van):
        return f"{since} Wat alleen in eerdere berichten stond, is hier niet te zien."
    return f"{since} Deze periode begint eerder: haar cijfers zijn onvolledig."


def _costs(first: date, last: date) -> str:
    months = month_in_words(last) if first == last else f"{month_in_words(first)} tot en met {month_in_words(last)}"
    return f"De kosten van {months} zijn nog niet compleet: declaraties komen na de maand, tot twee maanden later."
