"""Administrative burden: counts of a period, what was right the first time, minutes of rework, and what ranks first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from streams.core.folds.berichten import Berichten
from streams.core.folds.care import Client, Levering, Toewijzing
from streams.core.monitors.burden import (
    Counts,
    Line,
    Ranked,
    burden_lines,
    minutes,
    per_traject,
    ranking_of_parties,
    ranking_of_rules,
    rework,
    total,
    totals,
    trajecten_in_care,
)
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import files
from streams.core.regions import Monitoring, Region, Rework

MONITORING = Monitoring(
    regions=(Region(id="ijmond", name="IJmond", gemeenten=("0392",)),), contract_forms={"65656001": "taak"}
)
PRICES = Rework(refusal=20, correction=15, resend=10, duplicate=5, late=1, manual=30)


def row(bericht: str, day: date, relation: str = "0392:65656001", **counts: Mapping[str, int] | int) -> Berichten:
    """Messages of the aanbieder, or JW301 of the gemeente."""
    gemeente, aanbieder = relation.split(":")
    parties = (gemeente, aanbieder) if bericht == "JW301" else (aanbieder, gemeente)
    return Berichten(relation, bericht, day, *parties, **counts)  # type: ignore[arg-type]


def lines(*rows: Berichten) -> tuple[Line, ...]:
    return burden_lines(Rows(berichten=rows), date(2026, 6, 1), date(2026, 7, 31), MONITORING)


BUSY = row(
    "JW307",
    date(2026, 6, 2),
    outcomes={"accepted": 10, "refused": 4, "quarantined": 1},
    rules={"TR074": 3, "TR056": 1},
    codes={"9074": 1},
    refused_by={"hub": 4, "ontvanger": 1},
    levels={"3": 4},
    corrections={"stop ingetrokken": 2, "start ingetrokken": 1},
    resends=2,
    duplicates=1,
    right=7,
    late={"OP272": 6},
    released=2,
)


def test_a_line_knows_its_place_and_counts() -> None:
    (one,) = lines(BUSY)
    assert (one.gemeente, one.aanbieder, one.region, one.contract_form) == ("0392", "65656001", "ijmond", "taak")
    assert (one.month, one.afzender, one.ontvanger) == (date(2026, 6, 1), "65656001", "0392")
    assert (one.counts.messages, one.counts.refusals, one.counts.manual) == (14, 5, 3)
    assert (one.counts.outcomes, one.counts.levels) == (BUSY.outcomes, BUSY.levels)
    (other,) = lines(row("JW301", date(2026, 6, 2), "0453:65656002"))
    assert (other.region, other.contract_form) == ("overig", "onbekend")


def test_a_line_belongs_to_the_period_in_which_its_messages_came() -> None:
    days = [date(2026, 5, 31), date(2026, 6, 1), date(2026, 7, 31), date(2026, 8, 1)]
    assert [one.day for one in lines(*(row("JW305", day) for day in days))] == days[1:3]


def test_counts_are_added_up_by_any_dimension() -> None:
    some = lines(
        row("JW305", date(2026, 6, 2), outcomes={"accepted": 3}, right=3, rules={"TR018": 1}),
        row("JW305", date(2026, 6, 3), outcomes={"accepted": 1, "refused": 2}, right=1, rules={"TR018": 1, "CS050": 1}),
        row("JW301", date(2026, 7, 1), outcomes={"accepted": 7}),
        row("JW305", date(2026, 7, 1), "0392:65656002", outcomes={"accepted": 9}),
    )
    by_type = totals(some, lambda one: (one.relation, one.bericht))
    assert by_type["0392:65656001", "JW305"] == Counts(
        messages=6, outcomes={"accepted": 4, "refused": 2}, rules={"CS050": 1, "TR018": 2}, firsts=6, right=4
    )
    assert {key: one.messages for key, one in totals(some, lambda one: one.aanbieder).items()} == {
        "65656001": 13,
        "65656002": 9,
    }
    assert {key: one.messages for key, one in totals(some, lambda one: one.contract_form).items()} == {
        "taak": 13,
        "onbekend": 9,
    }
    assert {key: one.messages for key, one in totals(some, lambda one: one.month).items()} == {
        date(2026, 6, 1): 6,
        date(2026, 7, 1): 16,
    }
    assert total(some).messages == 22
    assert total(()) == Counts()


def test_first_time_right_leaves_out_resends_and_duplicates() -> None:
    (one,) = lines(BUSY)
    assert (one.counts.firsts, one.counts.right) == (11, 7)
    assert one.counts.first_time_right == 7 / 11


def test_only_messages_that_ask_for_an_answer_can_be_right() -> None:
    counts = total(lines(row("JW306", date(2026, 6, 2), outcomes={"accepted": 5})))
    assert (counts.messages, counts.first_time_right) == (5, None)


def test_minutes_are_those_of_each_kind() -> None:
    counts = total(lines(BUSY))
    assert rework(counts) == {"refusal": 5, "correction": 3, "resend": 2, "duplicate": 1, "late": 6, "manual": 3}
    assert minutes(counts, PRICES) == {
        "refusal": 100,
        "correction": 45,
        "resend": 20,
        "duplicate": 5,
        "late": 6,
        "manual": 90,
    }


def test_rules_are_ranked_by_the_minutes_they_cost() -> None:
    assert ranking_of_rules(lines(BUSY), PRICES) == (
        Ranked(name="TR074", count=3, minutes=60),
        Ranked(name="TR056", count=1, minutes=20),
        Ranked(name="retourcode 9074", count=1, minutes=20),
        Ranked(name="OP272", count=6, minutes=6),
    )


def test_parties_are_ranked_by_the_rework_of_what_they_sent() -> None:
    some = lines(
        BUSY,
        row("JW301", date(2026, 6, 2), refused_by={"ontvanger": 14}),
        row("JW305", date(2026, 6, 2), "0392:65656002", outcomes={"accepted": 100}),
    )
    assert ranking_of_parties(some, PRICES) == (
        Ranked(name="0392", count=14, minutes=280),
        Ranked(name="65656001", count=20, minutes=266),
    )


def test_messages_are_told_for_each_traject_in_care() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    paused = (
        Levering("m", noon, date(2026, 1, 1), None, None, "45", None),
        Levering("m", noon, date(2026, 1, 1), date(2026, 3, 1), "20", "45", None),
    )
    ended = (paused[0], Levering("m", noon, date(2026, 1, 1), date(2026, 5, 31), "31", "45", None))
    later = (Levering("m", noon, date(2026, 8, 1), None, None, "45", None),)
    told = [("0392:65656001", paused), ("0392:65656002", ended), ("0392:65656003", later)]
    toewijzingen = tuple(Toewijzing(relation, 7, None, None, (), leveringen) for relation, leveringen in told)
    known = files({"y": Client(None, toewijzingen)}, MONITORING)
    assert trajecten_in_care(known, date(2026, 6, 1), date(2026, 7, 31)) == {"0392:65656001": 1}
    assert trajecten_in_care(known, date(2026, 5, 31), date(2026, 5, 31)) == {"0392:65656001": 1, "0392:65656002": 1}
    assert per_traject(Counts(messages=9), 2) == 4.5
    assert per_traject(Counts(messages=9), 0) is None
