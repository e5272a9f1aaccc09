"""A term between gemeente and aanbieder: from which day it runs, its last day, and how it stands on any day. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from msgspec import Struct

from streams.core.monitors.trajecten import Segments
from streams.core.regions import Monitoring

DAY = timedelta(1)

Rule = Literal["OP090", "OP090x4", "OP271", "OP272", "OP274", "OP346", "OP354", "OP359"]
State = Literal["open", "at_risk", "met", "late", "breached", "failed", "void"]
What = Literal[
    "JW301",
    "JW305",
    "JW307",
    "JW315",
    "JW317",
    "JW319",
    "JW323",
    "start",
    "stop",
    "einde toewijzing",
    "verzoek",
    "onderzoek",
    "woonplaatsbeginsel",
    "declaratie",
]
"""The message that awaits its answer (OP090, OP090x4), or what is awaited, in a Dutch word."""


class Obligation(Struct, frozen=True, kw_only=True, gc=False):
    """What somebody has to send, as it stands on one day.

    responsible   the code of the gemeente or aanbieder that has to; counterparty  the other of the relation.
    reference     OP090 and OP090x4: the message's id; requests: ReferentieAanbieder; else ToewijzingNummer, and for
                  task-based care its product (category/code).
    opened_at     the day from which it is there; due  its last day.
    met_on        the day on which it was met, as far as that day has come; it may lie before opened_at.
    """

    rule: Rule
    what: What
    relation: str
    region: str
    responsible: str
    counterparty: str
    reference: str
    opened_at: date
    due: date
    state: State
    met_on: date | None


class Term(Struct, frozen=True, kw_only=True, gc=False):
    """An obligation whatever the day; fields as in Obligation.

    at_risk_from  the first day on which it is at risk. void  what asked for it was deleted.
    """

    rule: Rule
    what: What
    relation: str
    region: str
    responsible: str
    counterparty: str
    reference: str
    opened_at: date
    due: date
    at_risk_from: date
    met_on: date | None
    void: bool

    def state_on(self, day: date) -> State:
        """How it stands at the end of this day, which is not before `opened_at`."""
        if self.void:
            return "void"
        if self.met_on is not None and self.met_on <= day:
            return "met" if self.met_on <= self.due else "late"
        if day > self.due:
            return "breached"
        return "at_risk" if day >= self.at_risk_from else "open"

    def on(self, day: date) -> Obligation:
        """The obligation as it stands at the end of this day, which is not before `opened_at`."""
        return Obligation(
            rule=self.rule,
            what=self.what,
            relation=self.relation,
            region=self.region,
            responsible=self.responsible,
            counterparty=self.counterparty,
            reference=self.reference,
            opened_at=self.opened_at,
            due=self.due,
            state=self.state_on(day),
            met_on=self.met_on if self.met_on is not None and self.met_on <= day else None,
        )


class Maker:
    """Makes terms: knows the calendar and the regions, and works out each last day once."""

    def __init__(self, monitoring: Monitoring) -> None:
        self._days = monitoring.calendar.working_days()
        self._at_risk_days = monitoring.at_risk_days
        self._regions = Segments(monitoring)
        self._due: dict[tuple[date, int], date] = {}
        self._at_risk_from: dict[date, date] = {}

    def due(self, start: date, days: int) -> date:
        """The last day of a term of so many working days after `start`."""
        place = (start, days)
        if place not in self._due:
            self._due[place] = self._days.due(start, days)
        return self._due[place]

    def term(
        self,
        rule: Rule,
        what: What,
        relation: str,
        responsible: str,
        reference: str,
        opened_at: date,
        due: date,
        met_on: date | None = None,
        void: bool = False,
    ) -> Term:
        """The term; `responsible` is the code of one of the two parties of the relation."""
        gemeente, _, aanbieder = relation.partition(":")
        return Term(
            rule=rule,
            what=what,
            relation=relation,
            region=self._regions.of(relation, None)[0],
            responsible=responsible,
            counterparty=aanbieder if responsible == gemeente else gemeente,
            reference=reference,
            opened_at=opened_at,
            due=due,
            at_risk_from=self._first_day_at_risk(due),
            met_on=met_on,
            void=void,
        )

    def _first_day_at_risk(self, due: date) -> date:
        if due not in self._at_risk_from:
            day, left = due, int(self._days.is_working_day(due))
            while left <= self._at_risk_days:
                day -= DAY
                left += self._days.is_working_day(day)
            self._at_risk_from[due] = day
        return self._at_risk_from[due]
