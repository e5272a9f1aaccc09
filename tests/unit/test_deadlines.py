"""Deadlines: what opens a term, what meets it, and how it stands as days pass. The months are those of 2026."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from streams.core.folds.berichten import Awaited, Berichten
from streams.core.folds.care import Antwoord, Client, Levering, Toewijzing, Versie, Verzoek
from streams.core.folds.claims import Claims, Line
from streams.core.monitors.deadlines import Duty, Obligation, ledger, obligations, summed, terms, tick
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import files
from streams.core.regions import Calendar, Monitoring, Region

PLACE = "0392:65656001"
YOUTH = "a" * 32
REGION = Monitoring(regions=(Region(id="ijmond", name="IJmond", gemeenten=("0392",)),))


def d(text: str) -> date:
    """A day of 2026 as month-day, or a whole date."""
    return date.fromisoformat(text if len(text) > 5 else f"2026-{text}")


def at(text: str) -> datetime:
    """Noon on that day."""
    return datetime.combine(d(text), datetime.min.time(), UTC) + timedelta(hours=12)


def versie(received: str, ingang: str, einde: str | None = None, **more: str | None) -> Versie:
    return Versie(
        message="v",
        received_at=at(received),
        toegewezen_op=at(received).replace(tzinfo=None),
        ingang=d(ingang),
        einde=d(einde) if einde else None,
        categorie="45",
        code="45A04",
        reden=more.get("reden"),
        referentie=more.get("referentie"),
    )


def start(received: str, begin: str) -> Levering:
    return Levering("s", at(received), d(begin), None, None, "45", "45A04")


def stop(received: str, begin: str, eind: str, reden: str = "31") -> Levering:
    return Levering("e", at(received), d(begin), d(eind), reden, "45", "45A04")


def care(*told: Versie | Levering, nummer: int | None = 7) -> Client:
    versies = tuple(one for one in told if isinstance(one, Versie))
    leveringen = tuple(one for one in told if isinstance(one, Levering))
    return Client(None, (Toewijzing(PLACE, nummer, "45", "45A04", versies, leveringen),))


def asked(
    bericht: str, received: str, *answers: tuple[str, str, str | None], dagtekening: str | None = None
) -> Verzoek:
    told = tuple(Antwoord("a", at(day), antwoord, reden, None) for day, antwoord, reden in answers)
    day = d(dagtekening or received)
    return Verzoek(PLACE, "REF", bericht, "m", at(received), day, None, "45", None, "01", (), told)


def found(
    client: Client, now: str, rule: str, claims: Sequence[Line] = (), monitoring: Monitoring = REGION
) -> list[tuple[str, str, str]]:
    """What is there of a rule on a day: what is awaited, its last day and its state."""
    return [
        (one.what, f"{one.due:%m-%d}", one.state) for one in seen(client, now, claims, monitoring) if one.rule == rule
    ]


def seen(
    client: Client, now: str, claims: Sequence[Line] = (), monitoring: Monitoring = REGION
) -> Iterator[Obligation]:
    clients = {YOUTH: client}
    rows = Rows(clients, ((YOUTH, Claims(PLACE, 7, tuple(claims))),), ())
    return obligations(files(clients, monitoring), rows, at(now), monitoring)


# --- starts (OP271) --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ((versie("06-01", "06-01"), start("06-08", "06-01")), ("06-08", "met")),
        ((versie("06-01", "06-01"), start("06-09", "06-01")), ("06-08", "late")),
        ((versie("06-10", "06-01"), start("06-17", "06-01")), ("06-17", "met")),  # retroactive: from its receipt
        ((versie("05-01", "06-01"), start("06-08", "06-01"), start("06-20", "06-01")), ("06-08", "met")),
        ((versie("06-01", "06-01"), stop("06-03", "06-01", "06-02")), ("06-08", "breached")),  # its start never came
        ((versie("06-01", "06-01"), start("05-20", "06-01")), ("06-08", "met")),  # told beforehand
        ((start("06-08", "06-01"),), ("06-08", "met")),  # an assignment that is not known here
    ],
)
def test_a_start_is_due_five_working_days_after_its_begin_or_the_assignment(
    told: tuple[Versie | Levering, ...], expected: tuple[str, str]
) -> None:
    assert found(care(*told), "06-30", "OP271") == [("start", *expected)]


def test_a_later_delivery_is_counted_from_its_begin_though_the_assignment_came_late() -> None:
    client = care(versie("07-20", "06-01"), start("07-21", "06-01"), start("07-21", "07-01"))
    assert found(client, "07-31", "OP271") == [("start", "07-27", "met"), ("start", "07-08", "late")]


def test_what_begins_later_is_not_there_yet() -> None:
    client = care(versie("06-01", "06-01"), start("06-02", "07-01"))
    assert found(client, "06-30", "OP271") == []
    assert found(client, "07-01", "OP271") == [("start", "07-08", "met")]


def test_task_based_care_has_terms_for_starts_and_stops_only() -> None:
    client = care(start("06-08", "06-01"), stop("06-12", "06-01", "06-10"), nummer=None)
    told = [(one.rule, one.reference, one.state) for one in seen(client, "2027-01-01")]
    assert told == [("OP271", "45/45A04", "met"), ("OP272", "45/45A04", "met")]


# --- stops (OP272) ---------------------------------------------------------------------------------


def test_every_stop_is_due_five_working_days_after_its_end() -> None:
    client = care(
        versie("06-01", "06-01"),
        start("06-01", "06-01"),
        stop("06-15", "06-01", "06-08", "20"),
        start("06-22", "06-22"),
        stop("07-25", "06-22", "07-10"),
        stop("07-20", "06-22", "07-10"),
    )
    assert found(client, "07-31", "OP272") == [("stop", "06-15", "met"), ("stop", "07-17", "late")]
    assert [one.met_on for one in seen(client, "07-31") if one.due == d("07-17")] == [d("07-20")]
    assert [one.met_on for one in seen(client, "07-19") if one.due == d("07-17")] == [None]


def test_the_time_before_a_late_stop_came_is_told_as_it_was() -> None:
    client = care(versie("06-01", "06-01"), start("06-01", "06-01"), stop("06-30", "06-01", "06-08"))
    days = ["06-07", "06-08", "06-12", "06-15", "06-16", "06-29", "06-30"]
    states = [[state for _, _, state in found(client, day, "OP272")] for day in days]
    assert states == [[], ["open"], ["at_risk"], ["at_risk"], ["breached"], ["breached"], ["late"]]


def test_a_final_stop_after_a_temporary_one_has_no_term_of_its_own() -> None:
    pause, final = stop("06-10", "06-01", "06-08", "20"), stop("09-01", "06-01", "06-08", "32")
    client = care(versie("06-01", "06-01"), start("06-01", "06-01"), pause, final)
    assert found(client, "12-01", "OP272") == [("stop", "06-15", "met")]


@pytest.mark.parametrize(
    ("stops", "expected"),
    [
        ((), [("einde toewijzing", "07-07", "breached")]),
        ((stop("07-06", "06-01", "06-30"),), [("stop", "07-07", "met")]),
        (
            (stop("06-10", "06-01", "06-08", "20"),),
            [("stop", "06-15", "met"), ("einde toewijzing", "07-07", "breached")],
        ),
        (
            (stop("06-10", "06-01", "06-08", "20"), stop("07-20", "06-01", "06-30", "32")),
            [("stop", "06-15", "met"), ("einde toewijzing", "07-07", "late")],
        ),
        ((stop("06-10", "06-01", "06-08", "20"), stop("06-30", "06-01", "06-30")), [("stop", "06-15", "met")]),
    ],
)
def test_the_end_of_an_assignment_asks_for_a_final_stop(
    stops: tuple[Levering, ...], expected: list[tuple[str, str, str]]
) -> None:
    client = care(versie("06-01", "06-01", "06-30"), start("06-01", "06-01"), *stops)
    assert found(client, "07-31", "OP272") == expected
    assert all(what == "stop" for what, _, _ in found(client, "06-30", "OP272"))


def test_care_that_was_paused_and_resumed_needs_one_final_stop() -> None:
    told = (start("06-01", "06-01"), stop("06-10", "06-01", "06-08", "20"), start("06-22", "06-22"))
    client = care(versie("06-01", "06-01", "06-30"), *told, stop("07-01", "06-22", "06-30"))
    assert found(client, "07-31", "OP272") == [("stop", "06-15", "met"), ("stop", "07-07", "met")]


def test_what_was_asked_by_a_deleted_assignment_is_void() -> None:
    deleted = versie("06-20", "06-01", "06-01", reden="13")
    client = care(versie("06-01", "06-01"), start("06-20", "06-01"), stop("07-20", "06-01", "06-30"), deleted)
    assert [(one.rule, one.state) for one in seen(client, "12-01")] == [("OP271", "void"), ("OP272", "void")]


def test_withdrawn_starts_and_stops_ask_for_nothing() -> None:
    sent = Levering("s", at("06-08"), d("06-01"), None, None, None, None)
    withdrawn = Levering("w", at("06-09"), d("06-01"), None, None, None, None, withdraws=True)
    assert list(seen(care(versie("06-01", "06-01"), sent, withdrawn), "12-01")) == []


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


def test_an_answer_to_a_request_that_is_not_known_asks_for_nothing() -> None:
    unasked = Verzoek(PLACE, "REF", "", "", at("06-03"), d("06-03"), None, None, None, None, ())
    assert list(seen(Client(None, (), (unasked,)), "12-01")) == []


# --- claims (OP354) --------------------------------------------------------------------------------


def claim(received: str, van: str, tot: str, outcome: str = "granted", bedrag: int = 100) -> Line:
    answered = at(received) if outcome != "claimed" else None
    credit_van = "R0" if bedrag < 0 else None
    place = ("m", f"R{van}", "D", d(van), "45", "45A04", d(van), d(tot), bedrag, credit_van)
    return Line(*place, outcome, at(received), answered, ())  # type: ignore[arg-type]


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


def sent(bericht: str, day: str, returned: dict[str, int] | None = None, awaited: int = 0) -> Berichten:
    """Messages from the aanbieder, or a JW301 or JW319 to it."""
    parties = ("0392", "65656001") if bericht in ("JW301", "JW319") else ("65656001", "0392")
    waiting = {f"{bericht}-{number}": Awaited(at(day), f"I{number}") for number in range(awaited)}
    return Berichten(PLACE, bericht, d(day), *parties, returned=returned or {}, awaited=waiting)


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
    assert states == {"met": 1, "breached": 1 + 119, "open": 1}
