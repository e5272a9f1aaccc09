"""Deadlines of starts (OP271) and stops (OP272). The months are those of 2026."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from streams.core.folds.care import Levering, Versie
from tests.support.terms import at, care, d, found, seen, start, stop, versie

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


SHORTENED = (versie("06-01", "06-01", "08-31"), versie("07-20", "06-01", "06-30"))
"""It was told on 20 July that it ended on 30 June."""


@pytest.mark.parametrize(
    ("versies", "opened", "due"),
    [
        (["06-01 06-30"], "07-01", "07-07"),
        (["06-01 08-31", "06-20 06-30"], "07-01", "07-07"),  # told before it ended
        (["06-01 08-31", "06-30 06-30"], "07-01", "07-07"),
        (["06-01 08-31", "07-01 06-30"], "07-01", "07-08"),
        (["06-01 08-31", "07-20 06-30"], "07-20", "07-27"),
        (["06-01", "07-20 06-30"], "07-20", "07-27"),
        (["06-01 08-31", "07-20 06-30", "07-24 06-30"], "07-20", "07-27"),  # the same again
        (["06-01 06-30", "06-10 08-31", "07-20 06-30"], "07-20", "07-27"),  # another end in between
        (["07-20 06-30"], "07-20", "07-27"),
    ],
)
def test_an_end_that_was_told_afterwards_asks_for_its_stop_from_then_on(
    versies: Sequence[str], opened: str, due: str
) -> None:
    told = [versie(day, "06-01", einde or None) for day, _, einde in (one.partition(" ") for one in versies)]
    client = care(*told, start("06-01", "06-01"))
    terms_of = [one for one in seen(client, "12-01") if one.rule == "OP272"]
    assert [(one.what, one.opened_at, one.due, one.state) for one in terms_of] == [
        ("einde toewijzing", d(opened), d(due), "breached")
    ]


@pytest.mark.parametrize(
    ("stops", "expected"),
    [
        ([stop("07-27", "06-01", "06-30")], [("stop", "07-27", "met")]),
        ([stop("07-28", "06-01", "06-30")], [("stop", "07-27", "late")]),
        ([stop("07-20", "06-01", "06-30")], [("stop", "07-27", "met")]),
        ([stop("07-17", "06-01", "06-30")], [("stop", "07-07", "late")]),  # its aanbieder knew before
        ([stop("07-21", "06-01", "06-26")], [("stop", "07-03", "late")]),  # another end
    ],
)
def test_a_stop_that_follows_an_end_told_afterwards_has_the_whole_term(
    stops: Sequence[Levering], expected: list[tuple[str, str, str]]
) -> None:
    assert found(care(*SHORTENED, start("06-01", "06-01"), *stops), "12-01", "OP272") == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("07-17", []),
        ("07-20", []),
        ("07-27", [("einde toewijzing", "07-27", "met")]),
        ("07-28", [("einde toewijzing", "07-27", "late")]),
    ],
)
def test_care_that_was_paused_when_an_end_is_told_afterwards_has_the_whole_term(
    told: str, expected: list[tuple[str, str, str]]
) -> None:
    pause, final = stop("06-10", "06-01", "06-08", "20"), stop(told, "06-01", "06-08")
    client = care(*SHORTENED, start("06-01", "06-01"), pause, final)
    assert found(client, "12-01", "OP272") == [("stop", "06-15", "met"), *expected]


def test_a_start_or_stop_that_was_corrected_counts_from_when_it_was_told_anew() -> None:
    withdrawn = Levering("w", at("06-20"), d("06-01"), None, None, "45", "45A04", withdraws=True)
    client = care(versie("06-01", "06-01"), start("06-02", "06-01"), withdrawn, start("06-20", "06-01"))
    assert found(client, "06-30", "OP271") == [("start", "06-08", "late")]
    ended = stop("06-12", "06-01", "06-10")
    undone = replace(ended, received_at=at("06-30"), withdraws=True)
    client = care(versie("06-01", "06-01"), start("06-02", "06-01"), ended, undone, stop("06-30", "06-01", "06-11"))
    assert found(client, "06-30", "OP272") == [("stop", "06-18", "late")]


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
