"""The fold `care`: what each event adds to the row of its client, and what a retraction takes out again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from streams.core.events import SOURCE, CloudEvent, Data
from streams.core.folds.care import CareFold, Client, Toewijzing
from streams.core.happenings import (
    Answered,
    Assigned,
    Claimed,
    Late,
    Levered,
    Requested,
    Retracted,
    Withdrawn,
)

FOLD = CareFold()
HERE, THERE = "0392:65656001", "0453:65656002"
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = date(2026, 1, 1)


def care(number: int, bericht: str, **more: Any) -> dict[str, Any]:
    """What every event about care tells; the message is named by its number, received on that day."""
    common = {"relation": HERE, "message": f"m{number}", "received_at": START + timedelta(number)}
    return {**common, "bericht": bericht, **more}


def requested(number: int, referentie: str = "R1", **more: Any) -> Requested:
    return Requested(referentie=referentie, dagtekening=DAY, categorie="45", **care(number, "JW315", **more))


def answered(number: int, antwoord: str = "2", referentie: str = "R1") -> Answered:
    return Answered(referentie=referentie, antwoord=antwoord, **care(number, "JW319"))


def assigned(number: int, toewijzing: int = 1, op: int | None = None, **more: Any) -> Assigned:
    at = (START + timedelta(number if op is None else op)).replace(tzinfo=None)
    return Assigned(toewijzing=toewijzing, toegewezen_op=at, ingang=DAY, **care(number, "JW301", **more))


def started(number: int, begin: date = DAY, toewijzing: int | None = 1, **more: Any) -> Levered:
    return Levered(toewijzing=toewijzing, begin=begin, **care(number, "JW305", **more))


def stopped(number: int, eind: date, reden: str = "31") -> Levered:
    return Levered(toewijzing=1, begin=DAY, eind=eind, reden=reden, **care(number, "JW307"))


def withdrawn(number: int, eind: date | None = None, reden: str | None = None) -> Withdrawn:
    what: Any = "start" if eind is None else "stop"
    return Withdrawn(toewijzing=1, begin=DAY, eind=eind, reden=reden, wat=what, **care(number, "JW305"))


def retracted(number: int, which: int, **more: Any) -> Retracted:
    return Retracted(retracts=f"m{which}", **care(number, "JW306", **more))


def event(data: Data, client: str = "a") -> CloudEvent:
    return CloudEvent(id="e", source=SOURCE, type="any", time=START, subject=client, data=data)


def folded(*told: Data, onto: Client | None = None) -> Client:
    rows = {} if onto is None else {"a": onto}
    for data in told:
        rows.update(FOLD.fold(event(data), rows))
    return FOLD.decode(FOLD.encode(rows["a"]))


def messages(known: Iterable[Any]) -> list[str]:
    return [one.message for one in known]


def only(client: Client) -> Toewijzing:
    (toewijzing,) = client.toewijzingen
    return toewijzing


# --- what is added ---------------------------------------------------------------------------------


def test_only_what_is_about_care_asks_for_a_row_and_claims_have_a_fold_of_their_own() -> None:
    claimed = Claimed(declaratie="D", periode=DAY, lines=(), **care(1, "JW323"))
    late = Late(rule="OP272", responsible="65656001", due=DAY, days=1, afzender="a", ontvanger="b", **care(1, "JW307"))
    for data in (claimed, late):
        assert (FOLD.keys(event(data)), FOLD.fold(event(data), {})) == ((), {})
    assert FOLD.keys(event(requested(1), "b")) == ("b",)
    assert set(FOLD.fold(event(requested(1), "b"), {"a": Client()})) == {"b"}


def test_a_request_keeps_the_answers_to_it_in_order() -> None:
    (verzoek,) = folded(requested(1), answered(2), answered(3, "1")).verzoeken
    assert (verzoek.message, verzoek.categorie, verzoek.bericht) == ("m1", "45", "JW315")
    assert [(one.message, one.antwoord) for one in verzoek.antwoorden] == [("m2", "2"), ("m3", "1")]


def test_an_answer_to_what_was_never_seen_makes_a_request_without_message_until_it_comes() -> None:
    (unasked,) = folded(answered(2)).verzoeken
    assert (unasked.message, unasked.bericht, messages(unasked.antwoorden)) == ("", "", ["m2"])
    (asked,) = folded(answered(2), requested(3)).verzoeken
    assert (asked.message, messages(asked.antwoorden)) == ("m3", ["m2"])


def test_the_same_reference_at_another_relation_is_another_request() -> None:
    assert [one.relation for one in folded(requested(2, relation=THERE), requested(1)).verzoeken] == [HERE, THERE]


def test_the_version_assigned_last_rules_whatever_came_last() -> None:
    toewijzing = only(folded(assigned(1, op=5), assigned(2, op=3, reden="13")))
    assert messages(toewijzing.versies) == ["m2", "m1"]
    assert toewijzing.current is toewijzing.versies[-1]
    assert (toewijzing.is_deleted, toewijzing.first_received) == (False, START + timedelta(1))
    assert only(folded(assigned(1), assigned(2, reden="13"))).is_deleted


def test_deliveries_without_a_number_are_kept_by_relation_and_product() -> None:
    care_of = [started(n, toewijzing=None, categorie=c, relation=r) for n, c, r in [(1, "46", HERE), (2, "45", HERE)]]
    made = folded(*care_of, started(3, toewijzing=None, categorie="45"), started(4, toewijzing=7, categorie="45"))
    kept = [(one.nummer, one.categorie, messages(one.leveringen)) for one in made.toewijzingen]
    assert kept == [(None, "45", ["m2", "m3"]), (None, "46", ["m1"]), (7, None, ["m4"])]


# --- what is withdrawn -----------------------------------------------------------------------------


def test_a_withdrawn_delivery_does_not_stand_and_a_new_one_under_its_key_does() -> None:
    eind = date(2026, 2, 1)
    toewijzing = only(folded(started(1), stopped(2, eind), withdrawn(3, eind, "31"), stopped(4, eind)))
    assert (messages(toewijzing.starts), messages(toewijzing.stops)) == (["m1"], ["m4"])


@pytest.mark.parametrize("other", [withdrawn(3, date(2026, 2, 2), "31"), withdrawn(3, date(2026, 2, 1), "20")])
def test_a_withdrawal_of_another_delivery_leaves_it_standing(other: Withdrawn) -> None:
    assert messages(only(folded(stopped(2, date(2026, 2, 1)), other)).stops) == ["m2"]


def test_a_withdrawal_takes_away_what_was_received_before_it_though_told_later() -> None:
    assert messages(only(folded(withdrawn(3), started(2))).starts) == []
    assert messages(only(folded(withdrawn(3), started(4))).starts) == ["m4"]


# --- what is retracted -----------------------------------------------------------------------------


def test_a_retracted_message_is_taken_out_everywhere_and_the_rest_stays() -> None:
    kept = folded(assigned(1), started(2))
    assert folded(assigned(1), started(2), assigned(3), assigned(3, toewijzing=2), retracted(9, 3)) == kept
    assert folded(started(5), requested(5), retracted(9, 5)) == Client()


def test_a_retracted_withdrawal_lets_the_delivery_stand_unless_another_one_withdrew_it_too() -> None:
    once = only(folded(started(1), withdrawn(2), retracted(9, 2)))
    assert messages(once.starts) == ["m1"]
    twice = only(folded(started(1), withdrawn(2), started(3), withdrawn(4), retracted(9, 2)))
    assert messages(twice.starts) == []
    assert twice == only(folded(started(1), started(3), withdrawn(4)))


def test_a_retracted_request_leaves_its_answer_as_if_it_alone_had_come() -> None:
    assert folded(requested(1), answered(2), retracted(9, 1)) == folded(answered(2))
    assert folded(answered(1), answered(2), retracted(9, 1)) == folded(answered(2))
    assert folded(answered(1), retracted(9, 1)) == Client()
    assert folded(requested(1), answered(2), retracted(9, 2)) == folded(requested(1))


def test_a_retraction_of_what_was_never_seen_changes_nothing() -> None:
    assert folded(started(1), retracted(9, 7, geboren="1999-01")) == folded(started(1))


# --- the month of birth ----------------------------------------------------------------------------


def test_the_earliest_month_of_birth_rules_until_what_told_it_is_retracted() -> None:
    told = [assigned(1, geboren="2010-05"), started(2, geboren="2001-05"), requested(3, geboren="2012-05")]
    assert folded(*told).geboren == "2001-05"
    assert folded(*told, retracted(9, 2, geboren="2001-05")).geboren == "2010-05"
    assert folded(*told, retracted(8, 2), retracted(9, 1)).geboren == "2012-05"
    assert folded(assigned(1)).geboren is None


def test_a_withdrawal_tells_no_month_of_birth_of_its_own() -> None:
    assert folded(started(1, geboren="2010-05"), withdrawn(2)).geboren == "2010-05"


# --- totals ----------------------------------------------------------------------------------------


def test_totals_count_clients_toewijzingen_and_requests() -> None:
    rows = [("a", folded(assigned(1), assigned(2, toewijzing=2), requested(3))), ("b", folded(requested(1)))]
    assert FOLD.totals(rows) == {"clients": 2, "toewijzingen": 2, "verzoeken": 2}
