"""Deadlines as they must be: what each of the two owes the other, and how that stands at the end of a day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from streams.simulating.truth import Levering, Verzoek
from tests.support.truth.care import TEMPORARY, Traject, World, Youth, standing
from tests.support.truth.days import DAY, Workdays, each_day, first_of_month, last_of_month, local, months_later
from tests.support.truth.waiting import told_on

RETURNED = ("JW301", "JW305", "JW307", "JW315", "JW317", "JW319")


@dataclass(frozen=True)
class Duty:
    """What somebody has to send. `awaits` is as the monitors call it; `met` the day on which it was there."""

    rule: str
    awaits: str
    relation: str
    responsible: str
    reference: str
    opened: date
    due: date
    met: date | None = None
    failed: bool = False
    void: bool = False

    def state(self, today: date, workdays: Workdays, at_risk_days: int) -> str:
        """How it stands at the end of this day."""
        if self.failed or self.void:
            return "failed" if self.failed else "void"
        if self.met is not None and self.met <= today:
            return "met" if self.met <= self.due else "late"
        if today > self.due:
            return "breached"
        return "at_risk" if workdays.left(today, self.due) <= at_risk_days else "open"


def duties(world: World) -> list[Duty]:
    """Everything that is owed, was owed or will be."""
    workdays = Workdays(world.monitoring.calendar.closed)
    found = list(_answers(world, workdays))
    for youth in world.youths:
        for verzoek in youth.verzoeken:
            found += _on_request(youth, verzoek, workdays)
        for traject in youth.toewijzingen:
            found += [*_starts(traject, workdays), *_stops(traject, workdays), *_passed(traject, workdays)]
            if not traject.is_deleted and traject.truth.nummer is not None:
                since = world.known_since[traject.place.aanbieder]
                found += [duty for month, duty in _claims(youth, traject) if month >= since]
    return found


def _gemeente(relation: str) -> str:
    return relation.partition(":")[0]


# --- messages ------------------------------------------------------------------------------------------


def _answers(world: World, workdays: Workdays) -> Iterator[Duty]:
    for one in world.truth.berichten:
        if one.relation is None or one.bericht not in (*RETURNED, "JW323"):
            continue
        claim = one.bericht == "JW323"
        day, receiver = local(one.received_at), one.ontvanger
        assert receiver is not None
        yield Duty(
            rule="OP090x4" if claim else "OP090",
            awaits=one.bericht,
            relation=one.relation,
            responsible=receiver,
            reference=one.id,
            opened=day,
            due=workdays.after(day, 10 if claim else 3),
            met=local(one.answered.at) if one.answered else None,
            failed=one.level == 1,
        )


# --- requests ------------------------------------------------------------------------------------------


def _on_request(youth: Youth, one: Verzoek, workdays: Workdays) -> Iterator[Duty]:
    rule = "OP274" if one.bericht == "JW315" else "OP346"
    day, told = local(one.received_at), told_on(youth, one)
    answered = [(local(answer.received_at), answer) for answer in one.antwoorden]

    def duty(rule: str, awaits: str, opened: date, due: date, met: Iterable[date]) -> Duty:
        gemeente = _gemeente(one.relation)
        return Duty(rule, awaits, one.relation, gemeente, one.referentie, opened, due, min(met, default=None))

    grants = [told] if told else []
    yield duty(rule, "verzoek", day, workdays.after(day, 5), [*grants, *(when for when, _ in answered)])
    examined = [when for when, answer in answered if answer.code == "2"]
    if examined:
        rejected = [when for when, answer in answered if answer.code == "1"]
        yield duty(
            rule, "onderzoek", min(examined), workdays.ending(one.dagtekening + timedelta(56)), [*grants, *rejected]
        )
    elsewhere = [when for when, answer in answered if answer.reden == "8"]
    if elsewhere and one.bericht == "JW315":
        yield duty("OP359", "woonplaatsbeginsel", day, workdays.ending(day + timedelta(14)), elsewhere)


# --- care ----------------------------------------------------------------------------------------------


def _reference(one: Traject) -> str:
    return str(one.truth.nummer) if one.truth.nummer is not None else f"{one.truth.categorie}/{one.truth.code}"


def _of_care(one: Traject, rule: str, awaits: str) -> Callable[[date, date, date | None], Duty]:
    relation = one.place.relation

    def duty(opened: date, due: date, met: date | None) -> Duty:
        who, what = one.place.aanbieder, _reference(one)
        return Duty(rule, awaits, relation, who, what, opened, due, met, void=one.is_deleted)

    return duty


def _starts(one: Traject, workdays: Workdays) -> Iterator[Duty]:
    duty = _of_care(one, "OP271", "start")
    for delivery in one.deliveries:
        first = delivery is one.deliveries[0]
        since = max(delivery.begin, one.received) if first and one.received else delivery.begin
        yield duty(since, workdays.after(since, 5), delivery.told)


def _told_stops(one: Traject) -> list[Levering]:
    return [told for told in standing(one.truth) if told.eind is not None]


def has_term(one: Traject, stop: Levering) -> bool:
    """Whether a stop has a term of its own: not a final one of care that was stopped for a time already."""
    others = {told.reden for told in _told_stops(one) if told.begin == stop.begin}
    return stop.reden == TEMPORARY or TEMPORARY not in others


def _stops(one: Traject, workdays: Workdays) -> Iterator[Duty]:
    duty = _of_care(one, "OP272", "stop")
    days: dict[tuple[date, date, str | None], list[date]] = {}
    for told in _told_stops(one):
        if told.eind is not None and has_term(one, told):
            days.setdefault((told.begin, told.eind, told.reden), []).append(local(told.received_at))
    for (_, eind, _), received in days.items():
        known = end_told(one) if eind == one.einde else None
        since = known if known and eind < known <= min(received) else eind
        yield duty(since, workdays.after(since, 5), min(received))


def end_told(one: Traject) -> date | None:
    """The day on which the aanbieder heard that the assignment ends when it does; None when it has no end."""
    told: date | None = None
    before: date | None = None
    for versie in sorted(one.truth.versies, key=lambda versie: versie.toegewezen_op):
        received = local(versie.received_at)
        told = min(told, received) if told and versie.einde == before else received
        before = versie.einde
    return told if before else None


def _passed(one: Traject, workdays: Workdays) -> Iterator[Duty]:
    """An assignment that passed while nobody had told that its care was stopped for good."""
    duty = _of_care(one, "OP272", "einde toewijzing")
    begun = [delivery.begin for delivery in one.deliveries if one.einde and delivery.begin <= one.einde]
    if one.einde is not None and begun:
        finals = [told for told in _told_stops(one) if told.begin == begun[-1] and told.reden != TEMPORARY]
        received = [local(told.received_at) for told in finals]
        since = max(one.einde, end_told(one) or one.einde)
        if not any(has_term(one, told) for told in finals) and not any(day <= since for day in received):
            yield duty(max(since, one.einde + DAY), workdays.after(since, 5), min(received, default=None))


def _claims(youth: Youth, one: Traject) -> Iterator[tuple[date, Duty]]:
    """By month. No claim can name task-based care, so of that none is owed."""
    duty = _of_care(one, "OP354", "declaratie")
    claimed = [
        (line.van, line.tot, local(line.claimed_at))
        for line in youth.regels
        if (line.relation, line.toewijzing) == (one.place.relation, one.truth.nummer)
        and line.outcome != "refused"
        and line.credit_van is None
    ]
    for month in sorted({first_of_month(day) for day in one.running}):
        last = last_of_month(month)
        if any(day in one.running for day in each_day(month, last)):
            days = [day for van, tot, day in claimed if van <= last and month <= tot]
            yield month, duty(last + DAY, months_later(month, 2) - DAY, min(days, default=None))
