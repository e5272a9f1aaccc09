"""Deadlines: what gemeente and aanbieder owe each other within a term, as it stands on any day. Pure.

Terms are made once and then looked at on as many days as one likes: time passes by asking for another day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple, TypeVar

from streams.core.folds.berichten import Berichten
from streams.core.monitors.deadlines_care import care_terms
from streams.core.monitors.deadlines_terms import Maker, Obligation, Rule, State, Term, What
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import File
from streams.core.regions import Monitoring
from streams.core.terms import ANSWER_TERMS
from streams.core.workdays import local_day

__all__ = ["Duty", "Ledger", "Obligation", "State", "Term", "ledger", "obligations", "summed", "terms", "tick"]

_ANSWERS: Mapping[str, State] = {"met": "met", "late": "late", "failed": "failed"}

Key = TypeVar("Key", bound=Hashable)


class Duty(NamedTuple):
    """What is counted together: rule, what is awaited, between whom, and the code of who has to send it."""

    rule: Rule
    what: What
    relation: str
    responsible: str


Ledger = Mapping[Duty, Mapping[State, int]]


def terms(files: Iterable[File], rows: Rows, until: date, monitoring: Monitoring) -> Iterator[Term]:
    """Every term known one by one that opens on or before `until`; of messages those that still await their answer."""
    maker = Maker(monitoring)
    yield from _awaited(rows, until, maker)
    yield from care_terms(files, rows, until, maker)


def _awaited(rows: Rows, until: date, maker: Maker) -> Iterator[Term]:
    for row in rows.berichten:
        if row.bericht in ANSWER_TERMS and row.day <= until:
            rule, what, days = ANSWER_TERMS[row.bericht]
            due = maker.due(row.day, days)
            for message in row.awaited:
                yield maker.term(rule, what, row.relation, row.ontvanger, message, row.day, due)


def obligations(files: Sequence[File], rows: Rows, now: datetime, monitoring: Monitoring) -> Iterator[Obligation]:
    """Every obligation known one by one, as it stands at the end of the Dutch day of `now` (with time zone).

    Those of messages that were answered, or could not be (level 1), are only counted: see `ledger`.
    """
    today = local_day(now)
    return (term.on(today) for term in terms(files, rows, today, monitoring))


def ledger(files: Sequence[File], rows: Rows, now: datetime, monitoring: Monitoring) -> Ledger:
    """How many obligations stand in each state, at the end of the Dutch day of `now` (with time zone)."""
    today = local_day(now)
    counts = tick(terms(files, rows, today, monitoring), today)
    for row in rows.berichten:
        if row.bericht in ANSWER_TERMS and row.day <= today:
            _count_answers(counts, row)
    return counts


def tick(some: Iterable[Term], day: date) -> dict[Duty, Counter[State]]:
    """How many of these terms stand in each state at the end of a day; those that open later are not there yet."""
    counts: dict[Duty, Counter[State]] = {}
    for term in some:
        if term.opened_at <= day:
            duty = Duty(term.rule, term.what, term.relation, term.responsible)
            counts.setdefault(duty, Counter())[term.state_on(day)] += 1
    return counts


def _count_answers(counts: dict[Duty, Counter[State]], row: Berichten) -> None:
    rule, what, _ = ANSWER_TERMS[row.bericht]
    duty = Duty(rule, what, row.relation, row.ontvanger)
    for outcome, count in row.returned.items():
        counts.setdefault(duty, Counter())[_ANSWERS[outcome]] += count


def summed(counts: Ledger, by: Callable[[Duty], Key]) -> dict[Key, Counter[State]]:
    """The ledger by anything that a duty tells: `lambda duty: duty.responsible`, or rule and relation together."""
    sums: dict[Key, Counter[State]] = {}
    for duty, states in counts.items():
        sums.setdefault(by(duty), Counter()).update(states)
    return sums
