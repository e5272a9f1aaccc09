"""Terms: working days beside a naive count, and states that only go forward while nothing comes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import holidays
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.folds.berichten import Awaited, Berichten
from streams.core.folds.care import Antwoord, Client, Levering, Toewijzing, Versie, Verzoek
from streams.core.folds.claims import Claims, Line
from streams.core.monitors.burden import was_in_care
from streams.core.monitors.deadlines import ledger, obligations, terms, tick
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import DAY, files
from streams.core.regions import Calendar, Monitoring
from streams.core.workdays import WorkingDays, lengthened

FIRST = date(2026, 1, 1)
PLACE = "0392:65656001"
YOUTH = "a" * 32
HOLIDAYS = holidays.country_holidays("NL", categories=("public", "optional"))
FORWARD = {
    *(("open", "at_risk"), ("open", "met")),
    *(("at_risk", "met"), ("at_risk", "breached"), ("at_risk", "late")),
    ("breached", "late"),
}
"""From at risk straight to late: it came on the day after the last."""
checked = settings(max_examples=100)
days = st.integers(0, 150).map(lambda number: FIRST + timedelta(number))
moments = days.map(lambda day: datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=12))
some_day = st.dates(date(2020, 1, 1), date(2035, 12, 31))

# --- working days ----------------------------------------------------------------------------------


def naive(day: date, closed: set[date]) -> bool:
    return f"{day:%a}" not in ("Sat", "Sun") and day not in HOLIDAYS and day not in closed


@checked
@given(start=some_day, count=st.integers(0, 15), closed=st.sets(st.integers(1, 20), max_size=4))
def test_a_term_ends_with_its_last_working_day(start: date, count: int, closed: set[int]) -> None:
    shut = {start + timedelta(number) for number in closed}
    due = WorkingDays("ours", shut).due(start, count)
    passed = [start + timedelta(number) for number in range(1, (due - start).days + 1)]
    assert sum(naive(day, shut) for day in passed) == count
    assert due == start if count == 0 else naive(due, shut)


@checked
@given(last=some_day)
def test_a_term_of_calendar_days_ends_on_the_first_day_that_is_no_day_off(last: date) -> None:
    end = lengthened(last)
    assert naive(end, set())
    assert not any(naive(last + timedelta(number), set()) for number in range((end - last).days))


@checked
@given(start=some_day, length=st.integers(-20, 60))
def test_working_days_between_two_days_are_those_counted_one_by_one(start: date, length: int) -> None:
    after = [start + timedelta(number) for number in range(1, length + 1)]
    assert WorkingDays().between(start, start + timedelta(length)) == sum(naive(day, set()) for day in after)


@checked
@given(received=some_day, at_risk_days=st.integers(0, 3), bericht=st.sampled_from(["JW305", "JW323"]))
def test_a_term_is_at_risk_when_few_working_days_are_left(received: date, at_risk_days: int, bericht: str) -> None:
    monitoring = Monitoring(at_risk_days=at_risk_days, calendar=Calendar(closed=frozenset({received + 2 * DAY})))
    moment = datetime.combine(received, datetime.min.time(), UTC) + timedelta(hours=12)
    waiting = {"m1": Awaited(moment, None)}
    rows = Rows(berichten=(Berichten(PLACE, bericht, received, "65656001", "0392", awaited=waiting),))
    for passed in range(20):
        (one,) = obligations((), rows, moment + passed * DAY, monitoring)
        left = sum(naive(day, {received + 2 * DAY}) for day in _after(received + passed * DAY, one.due))
        assert (one.state in ("open", "at_risk")) == (received + passed * DAY <= one.due)
        assert one.state != "at_risk" or left <= at_risk_days
        assert one.state != "open" or left > at_risk_days


def _after(day: date, last: date) -> list[date]:
    return [day + timedelta(number) for number in range(1, (last - day).days + 1)]


# --- states ----------------------------------------------------------------------------------------


@st.composite
def versies(draw: st.DrawFn) -> tuple[Versie, ...]:
    made = []
    for received in sorted(draw(st.lists(moments, max_size=2))):
        ingang = draw(days)
        einde = draw(st.none() | days.filter(lambda day: day >= ingang))  # noqa: B023 - drawn at once
        told = (draw(st.sampled_from([None, "13"])), draw(st.sampled_from([None, "R1", "R2"])))
        made.append(Versie("v", received, received.replace(tzinfo=None), ingang, einde, "45", None, *told))
    return tuple(made)


@st.composite
def leveringen(draw: st.DrawFn) -> Levering:
    begin, reden = draw(days), draw(st.sampled_from([None, "20", "31"]))
    eind = begin + timedelta(draw(st.integers(0, 60))) if reden else None
    withdrawn = draw(st.sampled_from([(), (), ("w",)]))
    return Levering("l", draw(moments), begin, eind, reden, "45", None, withdrawn)


@st.composite
def verzoeken(draw: st.DrawFn, referentie: str) -> Verzoek:
    received = draw(moments)
    told = st.tuples(moments, st.sampled_from(["1", "2"]), st.sampled_from([None, "3", "8"]))
    antwoorden = tuple(Antwoord("a", *one, None) for one in draw(st.lists(told, max_size=3)))
    kind = (draw(st.sampled_from(["JW315", "JW317"])), draw(st.sampled_from(["", "m"])))
    asked = (received.date(), None, None, None, None, ())
    return Verzoek(PLACE, referentie, *kind, received, *asked, antwoorden)


@st.composite
def worlds(draw: st.DrawFn) -> Rows:
    toewijzingen = tuple(
        Toewijzing(PLACE, nummer, "45", None, draw(versies()), tuple(draw(st.lists(leveringen(), max_size=4))))
        for nummer in (None, 7, 8)
    )
    client = Client(None, toewijzingen, (draw(verzoeken("R1")), draw(verzoeken("R2"))))
    received = draw(st.lists(moments, max_size=2))
    berichten = tuple(
        Berichten(
            PLACE, "JW305", one.date(), "65656001", "0392", returned={"met": 2}, awaited={"m": Awaited(one, None)}
        )
        for one in received
    )
    lines = tuple(draw(st.lists(claim_lines(), max_size=3)))
    return Rows({YOUTH: client}, ((YOUTH, Claims(PLACE, 7, lines)),), berichten)


@st.composite
def claim_lines(draw: st.DrawFn) -> Line:
    van, claimed = draw(days), draw(moments)
    outcome = draw(st.sampled_from(["claimed", "granted", "refused"]))
    period = (van, van + timedelta(draw(st.integers(0, 27))))
    return Line("m", "R", "D", van, "45", "45A04", *period, 100, None, outcome, claimed, None, ())


@checked
@given(rows=worlds())
def test_states_only_go_forward(rows: Rows) -> None:
    known = files(rows.clients, Monitoring())
    for term in terms(known, rows, FIRST + timedelta(300), Monitoring()):
        states = [term.state_on(term.opened_at + number * DAY) for number in range(300)]
        assert {(one, other) for one, other in pairwise(states) if one != other} <= FORWARD
        met = term.met_on is not None
        assert states[-1] in (("void",) if term.void else ("met", "late") if met else ("open", "at_risk", "breached"))


@checked
@given(rows=worlds(), passed=st.integers(0, 260))
def test_terms_made_once_stand_on_every_day_as_those_made_that_day(rows: Rows, passed: int) -> None:
    known, day = files(rows.clients, Monitoring()), FIRST + timedelta(passed)
    now = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=12)
    counts = tick(terms(known, rows, FIRST + timedelta(300), Monitoring()), day)
    told = list(obligations(known, rows, now, Monitoring()))
    assert sum(sum(states.values()) for states in counts.values()) == len(told)
    answered = sum(row.returned["met"] for row in rows.berichten if row.day <= day)
    assert (
        sum(sum(states.values()) for states in ledger(known, rows, now, Monitoring()).values()) == len(told) + answered
    )
    for one in told:
        assert one.opened_at <= day
        assert one.met_on is None or one.met_on <= day
        assert counts[one.rule, one.what, one.relation, one.responsible][one.state] > 0  # type: ignore[index]
        assert {one.responsible, one.counterparty} == set(PLACE.split(":"))


@checked
@given(rows=worlds(), begin=st.integers(0, 230), length=st.integers(0, 40))
def test_a_traject_was_in_care_when_it_was_on_some_day(rows: Rows, begin: int, length: int) -> None:
    van, tot = FIRST + timedelta(begin), FIRST + timedelta(begin + length)
    for traject in files(rows.clients, Monitoring())[0].trajecten:
        each = [traject.in_care(van + timedelta(number)) for number in range(length + 1)]
        assert was_in_care(traject, van, tot) == any(each)
