"""Deadlines: what opens a term, what meets it, and how it stands as days pass. The months are those of 2026."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from streams.core.folds.care import Client, Toewijzing, Verzoek
from streams.core.folds.claims import Line
from streams.core.monitors.deadlines import Duty, ledger, obligations, summed, terms, tick
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import files
from streams.core.regions import Calendar, Monitoring
from tests.support.terms import PLACE, REGION, YOUTH, asked, at, care, claim, d, found, seen, sent, start, stop, versie

# --- requests (OP274, OP346, OP359) ----------------------------------------------------------------


@pytest.mark.parametrize(("bericht", "rule"), [("JW315", "OP274"), ("JW317", "OP346")])
@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ((), "breached"),
        ((("06-08", "1", "3"),), "met"),
        ((("06-08", "2", None),), "met"),
        ((("06-09", "1", "3"),), "late"),
        ((("06-09", "2", None), ("06-08", "2", None)), "met"),
    ],
)
def test_a_request_is_answered_within_five_working_days(
    bericht: str, rule: str, answers: tuple[tuple[str, str, str | None], ...], state: str
) -> None:
    client = Client(None, (), (asked(bericht, "06-01", *answers),))
    assert found(client, "06-30", rule)[0] == ("verzoek", "06-08", state)


@pytest.mark.parametrize(
    ("granted", "referentie", "relation", "state"),
    [
        ("06-08", "REF", PLACE, "met"),
        ("06-09", "REF", PLACE, "late"),
        ("06-08", "OTHER", PLACE, "breached"),
        ("06-08", "REF", "0392:65656002", "breached"),
        ("06-08", "REF", "0392:65656001", "met"),
    ],
)
def test_an_assignment_with_its_reference_answers_a_request(
    granted: str, referentie: str, relation: str, state: str
) -> None:
    toewijzing = Toewijzing(relation, 7, None, None, (versie(granted, "07-01", referentie=referentie),))
    client = Client(None, (toewijzing,), (asked("JW315", "06-01"),))
    assert found(client, "06-30", "OP274") == [("verzoek", "06-08", state)]


def test_an_assignment_that_was_deleted_later_was_an_answer() -> None:
    versies = (versie("06-08", "07-01", referentie="REF"), versie("06-20", "07-01", "07-01", reden="13"))
    client = Client(None, (Toewijzing(PLACE, 7, None, None, versies),), (asked("JW315", "06-01"),))
    assert found(client, "06-30", "OP274") == [("verzoek", "06-08", "met")]


@pytest.mark.parametrize(
    ("decision", "state"),
    [((), "breached"), ((("07-24", "1", "3"),), "met"), ((("07-27", "1", "3"),), "late")],
)
def test_what_is_examined_is_decided_on_eight_weeks_after_the_date_of_the_request(
    decision: tuple[tuple[str, str, str | None], ...], state: str
) -> None:
    request = asked("JW315", "06-01", ("06-03", "2", None), *decision, dagtekening="05-29")
    told = found(Client(None, (), (request,)), "08-31", "OP274")
    assert told == [("verzoek", "06-08", "met"), ("onderzoek", "07-24", state)]


def test_an_assignment_decides_on_what_was_examined() -> None:
    toewijzing = Toewijzing(PLACE, 7, None, None, (versie("07-24", "08-01", referentie="REF"),))
    request = asked("JW317", "06-01", ("06-03", "2", None))
    told = found(Client(None, (toewijzing,), (request,)), "08-31", "OP346")
    assert told == [("verzoek", "06-08", "met"), ("onderzoek", "07-27", "met")]


def test_another_gemeente_is_named_within_two_weeks_of_a_jw315() -> None:
    met = Client(None, (), (asked("JW315", "06-01", ("06-03", "2", None), ("06-15", "1", "8")),))
    late = Client(None, (), (asked("JW315", "06-01", ("06-16", "1", "8")),))
    change = Client(None, (), (asked("JW317", "06-01", ("06-16", "1", "8")),))
    none = Client(None, (), (asked("JW315", "06-01", ("06-16", "1", "3")),))
    assert found(met, "06-30", "OP359") == [("woonplaatsbeginsel", "06-15", "met")]
    assert found(late, "06-30", "OP359") == [("woonplaatsbeginsel", "06-15", "late")]
    assert found(change, "06-30", "OP359") == found(none, "06-30", "OP359") == []


@pytest.mark.parametrize(
    ("dagtekening", "due"),
    [
        ("2026-05-29", "07-24"),  # eight weeks later is a Friday
        ("2026-05-30", "07-27"),  # Saturday
        ("2026-05-31", "07-27"),
        ("2026-02-06", "04-07"),  # Good Friday
        ("2026-03-10", "05-06"),  # 5 May
    ],
)
def test_eight_weeks_do_not_end_on_a_day_off(dagtekening: str, due: str) -> None:
    request = asked("JW315", "06-01", ("06-03", "2", None), dagtekening=dagtekening)
    change = asked("JW317", "06-01", ("06-03", "2", None), dagtekening=dagtekening)
    for client, rule in ((Client(None, (), (request,)), "OP274"), (Client(None, (), (change,)), "OP346")):
        assert found(client, "08-31", rule)[1][:2] == ("onderzoek", due)


@pytest.mark.parametrize(
    ("received", "answered", "expected"),
    [
        ("05-30", "06-15", ("06-15", "met")),  # Saturday
        ("05-30", "06-16", ("06-15", "late")),
        ("05-11", "05-26", ("05-26", "met")),  # Whit Monday
        ("05-12", "05-27", ("05-26", "late")),
    ],
)
def test_two_weeks_do_not_end_on_a_day_off(received: str, answered: str, expected: tuple[str, str]) -> None:
    client = Client(None, (), (asked("JW315", received, (answered, "1", "8")),))
    assert found(client, "06-30", "OP359") == [("woonplaatsbeginsel", *expected)]


def test_closing_days_do_not_lengthen_terms_of_calendar_days() -> None:
    monitoring = Monitoring(calendar=Calendar(version="ours", closed=frozenset({d("06-15")})))
    client = Client(None, (), (asked("JW315", "06-01", ("06-16", "1", "8")),))
    assert found(client, "06-30", "OP359", monitoring=monitoring) == [("woonplaatsbeginsel", "06-15", "late")]


def test_an_answer_to_a_request_that_is_not_known_asks_for_nothing() -> None:
    unasked = Verzoek(PLACE, "REF", "", "", at("06-03"), d("06-03"), None, None, None, None, ())
    assert list(seen(Client(None, (), (unasked,)), "12-01")) == []


# --- claims (OP354) --------------------------------------------------------------------------------


RAN = (versie("01-02", "01-10"), start("01-12", "01-10"), stop("03-06", "01-10", "03-04"))


def test_each_month_of_care_is_claimed_before_the_end_of_the_next() -> None:
    claims = [claim("02-28", "01-10", "01-31"), claim("04-01", "02-01", "02-28")]
    months = [("declaratie", "02-28", "met"), ("declaratie", "03-31", "late"), ("declaratie", "04-30", "breached")]
    assert found(care(*RAN), "05-01", "OP354", claims) == months


def test_a_month_has_no_term_before_it_ended() -> None:
    assert found(care(*RAN), "01-31", "OP354") == []
    assert found(care(*RAN), "02-01", "OP354") == [("declaratie", "02-28", "open")]
    assert [due for _, due, _ in found(care(*RAN), "03-31", "OP354")] == ["02-28", "03-31"]


@pytest.mark.parametrize(
    ("line", "state"),
    [
        (claim("02-10", "01-31", "01-31"), "met"),
        (claim("02-10", "01-01", "01-01"), "met"),
        (claim("02-10", "2025-12-01", "2025-12-31"), "breached"),
        (claim("02-10", "01-10", "01-31", "claimed"), "met"),
        (claim("02-10", "01-10", "01-31", "refused"), "breached"),
        (claim("02-10", "01-10", "01-31", bedrag=-100), "breached"),
        (claim("02-10", "02-01", "02-28"), "breached"),
    ],
)
def test_a_claim_counts_when_it_touches_the_month_and_is_not_refused(line: Line, state: str) -> None:
    assert found(care(*RAN), "03-01", "OP354", [line])[0] == ("declaratie", "02-28", state)


@pytest.mark.parametrize(
    ("first", "dues"),
    [
        ("2025-06-01", ["02-28", "03-31", "04-30"]),
        ("02-01", ["03-31", "04-30"]),
        ("02-02", ["04-30"]),
        ("04-10", []),
    ],
)
def test_months_from_before_its_aanbieder_was_known_here_are_not_due(first: str, dues: list[str]) -> None:
    elsewhere = replace(sent("JW301", "2020-01-01"), relation="0392:65656002")
    received = replace(sent("JW301", first), relation="0453:65656001")
    berichten = (elsewhere, sent("JW305", "05-01"), received)
    found_dues = [due for _, due, _ in found(care(*RAN), "05-01", "OP354", berichten=berichten)]
    assert found_dues == dues


def test_a_month_that_ends_on_a_day_off_is_not_lengthened() -> None:
    client = care(versie("04-01", "04-01"), start("04-01", "04-01"), stop("04-30", "04-01", "04-30"))
    assert found(client, "06-01", "OP354") == [("declaratie", "05-31", "breached")]  # a Sunday


def test_care_outside_its_assignment_is_not_claimed() -> None:
    client = care(versie("01-02", "02-01", "02-28"), start("01-12", "01-10"))
    assert [due for _, due, _ in found(client, "12-01", "OP354")] == ["03-31"]


def test_care_that_began_after_its_assignment_ended_is_not_claimed() -> None:
    client = care(versie("01-02", "01-01", "01-10"), start("01-12", "01-20"))
    assert found(client, "12-01", "OP354") == []


def test_care_that_goes_on_is_claimed_every_month_and_a_pause_is_not() -> None:
    told = (start("11-01", "2025-11-05"), stop("11-20", "2025-11-05", "2025-11-20", "20"), start("01-07", "01-07"))
    client = care(versie("2025-11-01", "2025-11-05"), *told)
    dues = [f"{one.due}" for one in seen(client, "04-15") if one.rule == "OP354"]
    assert dues == ["2025-12-31", "2026-02-28", "2026-03-31", "2026-04-30"]


# --- messages (OP090, OP090x4) ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bericht", "now", "due", "state"),
    [
        ("JW305", "06-02", "06-04", "open"),
        ("JW305", "06-03", "06-04", "at_risk"),
        ("JW305", "06-04", "06-04", "at_risk"),
        ("JW305", "06-05", "06-04", "breached"),
        ("JW323", "06-11", "06-15", "open"),
        ("JW323", "06-12", "06-15", "at_risk"),
        ("JW323", "06-16", "06-15", "breached"),
    ],
)
def test_a_message_that_awaits_its_answer_stands_as_days_pass(bericht: str, now: str, due: str, state: str) -> None:
    rows = Rows(berichten=(sent(bericht, "06-01", awaited=1),))
    (one,) = obligations((), rows, at(now), REGION)
    assert (one.due, one.state, one.met_on) == (d(due), state, None)
    assert (one.responsible, one.counterparty, one.region) == ("0392", "65656001", "ijmond")
    assert (one.rule, one.reference) == ("OP090x4" if bericht == "JW323" else "OP090", f"{bericht}-0")


def test_a_message_that_has_yet_to_come_awaits_nothing() -> None:
    rows = Rows(berichten=(sent("JW305", "06-02", awaited=1),))
    assert list(obligations((), rows, at("06-01"), REGION)) == []


def test_the_receiver_of_a_jw301_is_the_aanbieder() -> None:
    (one,) = obligations((), Rows(berichten=(sent("JW301", "06-01", awaited=1),)), at("06-01"), REGION)
    assert (one.responsible, one.counterparty) == ("65656001", "0392")


def test_the_ledger_counts_what_was_answered_with_what_still_waits() -> None:
    rows = Rows(
        berichten=(
            sent("JW305", "06-01", {"met": 5, "late": 1}, awaited=2),
            sent("JW305", "06-03", {"met": 1, "failed": 2}, awaited=1),
            sent("JW301", "06-03", {"met": 4}),
            sent("JW306", "06-03", {"failed": 3}),
            sent("JW305", "06-06", {"met": 50}, awaited=50),
        )
    )
    counts = ledger((), rows, at("06-05"), REGION)
    assert counts == {
        Duty("OP090", "JW305", PLACE, "0392"): {"met": 6, "late": 1, "failed": 2, "breached": 2, "at_risk": 1},
        Duty("OP090", "JW301", PLACE, "65656001"): {"met": 4},
    }
    assert summed(counts, lambda duty: duty.rule) == {
        "OP090": {"met": 10, "late": 1, "failed": 2, "breached": 2, "at_risk": 1}
    }


# --- calendars and time ----------------------------------------------------------------------------


def test_closing_days_and_days_at_risk_are_configured() -> None:
    monitoring = Monitoring(calendar=Calendar(version="ours", closed=frozenset({d("06-03")})), at_risk_days=0)
    rows = Rows(berichten=(sent("JW305", "06-01", awaited=1),))
    told = {day: next(obligations((), rows, at(day), monitoring)) for day in ("06-04", "06-05")}
    assert [(f"{one.due:%m-%d}", one.state) for one in told.values()] == [("06-05", "open"), ("06-05", "at_risk")]


def test_the_last_day_ends_with_the_dutch_day() -> None:
    rows = Rows(berichten=(sent("JW305", "06-01", awaited=1),))
    states = [
        next(obligations((), rows, datetime(2026, 6, 4, hour, 30, tzinfo=UTC), REGION)).state for hour in (21, 22)
    ]
    assert states == ["at_risk", "breached"]


def test_years_pass_by_asking_for_other_days() -> None:
    clients = {YOUTH: care(versie("01-02", "01-10"), start("01-12", "01-10"))}
    rows = Rows(clients, (), (sent("JW305", "01-05", awaited=1),))
    known = files(clients, REGION)
    made = tuple(terms(known, rows, d("2036-01-01"), REGION))
    for passed in range(0, 3650, 97):
        day = d("01-05") + timedelta(passed)
        now = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=12)
        assert tick(made, day) == ledger(known, rows, now, REGION)
    states: Counter[str] = sum(tick(made, d("2036-01-01")).values(), Counter())
    assert states == {"met": 1, "breached": 1 + 118, "open": 1}  # January began before it was known here
