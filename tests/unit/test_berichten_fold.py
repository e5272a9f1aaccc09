"""Berichten: what the events about messages of one relation, type and day come to."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import reduce

import msgspec
import pytest

from streams.core.events import PREFIX, SOURCE, CloudEvent, Data
from streams.core.folds.berichten import Awaited, Berichten, BerichtenFold
from streams.core.happenings import Corrected, Decided, Late, Refused, Requested, Returned

FOLD = BerichtenFold()
RECEIVED = datetime(2026, 6, 1, 12, tzinfo=UTC)
KEY = "0392:65656001|JW305|2026-06-01"
BLANK = Berichten("0392:65656001", "JW305", date(2026, 6, 1), "65656001", "0392")
ABOUT = {
    "relation": "0392:65656001",
    "message": "m1",
    "bericht": "JW305",
    "afzender": "65656001",
    "ontvanger": "0392",
    "received_at": RECEIVED,
    "identificatie": "I1",
}


def event(what: str, data: Data) -> CloudEvent:
    subject = data.relation
    return CloudEvent(id="m1.e0", source=SOURCE, type=PREFIX + what, time=RECEIVED, subject=subject, data=data)


def decided(**changed: object) -> CloudEvent:
    plain = {"outcome": "accepted", "level": None, "rules": (), "awaits": False, "answers": None}
    return event("bericht.decided", Decided(**{**ABOUT, **plain, **changed}))  # type: ignore[arg-type]


def returned(at: datetime, **changed: object) -> CloudEvent:
    data = Returned(**{**ABOUT, "by": "ontvanger", "at": at, "due": date(2026, 6, 4), "refused": False, **changed})  # type: ignore[arg-type]
    return event("bericht.answered", data)


def folded(*events: CloudEvent) -> dict[str, Berichten]:
    return reduce(lambda rows, one: {**rows, **FOLD.fold(one, rows)}, events, {})


def row(**changed: object) -> dict[str, Berichten]:
    fields = {name: getattr(BLANK, name) for name in BLANK.__struct_fields__}
    return {KEY: Berichten(**{**fields, **changed})}


def test_messages_are_counted_by_outcome() -> None:
    events = [decided(), decided(), decided(outcome="refused", level=3), decided(outcome="quarantined")]
    assert folded(*events) == row(outcomes={"accepted": 2, "refused": 1, "quarantined": 1}, right=2)


def test_new_attempts_and_duplicates_are_counted() -> None:
    assert folded(decided(resend=True), decided(duplicate=True), decided()) == row(
        outcomes={"accepted": 3}, resends=1, duplicates=1, right=1
    )


def test_what_an_operator_let_in_is_counted_but_not_twice_when_it_is_set_aside_again() -> None:
    events = [decided(released=True), decided(released=True, outcome="refused"), decided()]
    assert folded(*events) == row(outcomes={"accepted": 2, "refused": 1}, right=2, released=2)
    assert folded(decided(released=True, outcome="quarantined")) == row(outcomes={"quarantined": 1})


def test_a_message_that_fails_its_schema_is_never_answered() -> None:
    assert folded(decided(outcome="refused", level=1)) == row(outcomes={"refused": 1}, returned={"failed": 1})


def test_a_message_waits_until_its_answer_comes() -> None:
    waits = decided(awaits=True)
    assert folded(waits) == row(outcomes={"accepted": 1}, awaited={"m1": Awaited(RECEIVED, "I1", True)}, right=1)
    other = decided(awaits=True, message="m2", identificatie=None)
    answer = returned(RECEIVED)
    left = row(outcomes={"accepted": 2}, awaited={"m2": Awaited(RECEIVED, None, True)}, returned={"met": 1}, right=2)
    assert folded(waits, other, answer) == left


@pytest.mark.parametrize(
    ("sent", "right"), [({}, 0), ({"resend": True}, 0), ({"duplicate": True}, 0), ({"outcome": "refused"}, 0)]
)
def test_what_its_receiver_refuses_was_not_right_the_first_time(sent: dict[str, object], right: int) -> None:
    refused = Refused(**ABOUT, by="ontvanger", whole=True, codes=("9018",))  # type: ignore[arg-type]
    events = [decided(awaits=True, **sent), event("bericht.refused", refused), returned(RECEIVED, refused=True)]
    assert folded(*events)[KEY].right == right


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        (datetime(2026, 6, 4, 21, 59, tzinfo=UTC), "met"),
        (datetime(2026, 6, 4, 22, 0, tzinfo=UTC), "late"),  # the next day in the Netherlands
    ],
)
def test_an_answer_is_in_time_up_to_and_with_the_last_day(at: datetime, outcome: str) -> None:
    assert folded(returned(at)) == row(returned={outcome: 1})


def test_refusals_are_counted_by_rule_level_code_and_by_whom() -> None:
    by_hub = Refused(**ABOUT, by="hub", whole=True, level=3, rules=("TR018", "TR056"))  # type: ignore[arg-type]
    by_receiver = Refused(**ABOUT, by="ontvanger", whole=True, codes=("9018",))  # type: ignore[arg-type]
    refusals = [event("bericht.refused", one) for one in (by_hub, by_hub, by_receiver)]
    assert folded(*refusals) == row(
        rules={"TR018": 2, "TR056": 2}, codes={"9018": 1}, refused_by={"hub": 2, "ontvanger": 1}, levels={"3": 2}
    )


def test_corrections_are_counted_by_kind() -> None:
    data = Corrected(**ABOUT, kinds={"start ingetrokken": 2, "creditregel": 1})  # type: ignore[arg-type]
    twice = [event("bericht.corrected", data)] * 2
    assert folded(*twice) == row(corrections={"creditregel": 2, "start ingetrokken": 4})


def test_lateness_is_counted_by_rule() -> None:
    data = Late(**ABOUT, rule="OP272", responsible="65656001", due=date(2026, 5, 29), days=3)  # type: ignore[arg-type]
    assert folded(event("bericht.late", data)) == row(late={"OP272": 1})


def test_a_row_is_that_of_the_dutch_day_of_receipt() -> None:
    late = decided(received_at=datetime(2026, 6, 1, 22, 30, tzinfo=UTC))
    assert [one.day for one in folded(decided(), late).values()] == [date(2026, 6, 1), date(2026, 6, 2)]
    assert FOLD.keys(late) == ("0392:65656001|JW305|2026-06-02",)


def test_events_about_care_are_not_counted_here() -> None:
    asked = Requested(
        relation="0392:65656001",
        message="m1",
        bericht="JW315",
        received_at=RECEIVED,
        referentie="R1",
        dagtekening=date(2026, 6, 1),
    )
    care = event("zorg.requested", asked)
    assert FOLD.keys(care) == ()
    assert FOLD.fold(care, {}) == {}


def test_a_row_is_read_as_it_was_kept_and_counted() -> None:
    rows = folded(decided(awaits=True), decided(message="m2", outcome="refused", rules=("TR018",)))
    assert FOLD.decode(FOLD.encode(rows[KEY])) == rows[KEY]
    assert FOLD.totals(list(rows.items())) == {"messages": 2, "awaited": 1}


def test_a_row_that_was_kept_before_releases_were_counted_has_none() -> None:
    (kept,) = folded(decided()).values()
    older = msgspec.msgpack.encode(msgspec.to_builtins(kept)[:-1])
    assert FOLD.decode(older) == kept
