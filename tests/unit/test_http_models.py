"""The states of a message as a party sees them, each apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from connectors.http_models import Status, status_for
from streams.core.effects import Judged
from streams.core.parties import Directory, Party
from streams.core.ports import OutputHead, Trace

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
ID = "0f5e2c0a-5b1d-5c7e-9d55-1c2b3a4d5e6f"


def at(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def party(id: str, kind: str, **keys: Any) -> Party:
    return Party.model_validate({"id": id, "kind": kind, "name": id, **keys})


PARTIES = Directory(
    (
        party("haarlem", "gemeente", code="0392"),
        party("zorg", "aanbieder", code="65656001", delivery={"soort": "push", "url": "https://x", "adapter": "a"}),
        party("office", "indiener", mandates=[{"aanbieder": "65656001", "berichten": "all"}]),
        party("cjg", "cjg", mandates=[{"gemeente": "0392", "berichten": "all"}]),
    )
)


def output(number: int, receiver: str, **keys: Any) -> OutputHead:
    defaults = {"kind": "bericht", "bericht": "JW301", "copy": False, "created_at": at(1)}
    moments = {"delivered_at": None, "acknowledged_at": None}
    return OutputHead(id=f"{ID}.{number}", envelope_id=ID, receiver=receiver, **{**defaults, **moments, **keys})


def trace(*outputs: OutputHead, **keys: Any) -> Trace:
    return Trace(
        partition=0,
        position=1,
        id=ID,
        received_at=NOW,
        source="http",
        party="haarlem",
        reference="order-1",
        bericht="JW301",
        relation="0392:65656001",
        decided_at=at(1),
        judged=Judged(outcome="accepted", bericht="JW301"),
        reason=None,
        outputs=outputs,
        **keys,
    )


def seen(by: str, of: Trace) -> Status | None:
    asking = PARTIES.by_id(by)
    assert asking is not None
    return status_for(asking, of, PARTIES)


def told(by: str, of: Trace) -> Status:
    found = seen(by, of)
    assert found is not None
    return found


def test_what_is_fetched_and_what_is_brought_are_told_apart() -> None:
    moments = {"delivered_at": at(2), "acknowledged_at": at(3)}
    both = trace(output(1, "zorg", **moments), output(2, "cjg", copy=True, **moments), output(3, "gone", **moments))
    brought, fetched, unknown = told("haarlem", both).ontvangers or []
    for one in (brought, fetched, unknown):
        assert (one.klaargezet, one.afgeleverd, one.bevestigd) == (at(1), at(2), at(3))
    assert (brought.opgehaald, fetched.opgehaald, unknown.opgehaald) == (None, at(2), None)


def test_what_could_not_be_delivered_is_told() -> None:
    (one,) = told("haarlem", trace(output(1, "zorg", attempts=7, undeliverable_at=at(9), reason="x"))).ontvangers or []
    assert (one.afgeleverd, one.pogingen, one.onbestelbaar) == (None, 7, at(9))


@pytest.mark.parametrize("outcome", ["accepted", "partly", "refused"])
def test_answered_and_what_the_answer_says(outcome: str) -> None:
    waits = told("haarlem", trace(output(1, "zorg")))
    assert (waits.beantwoord, waits.antwoord) == (None, None)
    fault = output(5, "haarlem", kind="fout", created_at=at(4))
    answer = output(6, "haarlem", bericht="JW302", created_at=at(5), outcome=outcome)
    answered = told("haarlem", trace(output(1, "zorg"), answered_by=(fault, answer)))
    assert (answered.beantwoord, answered.antwoord) == (at(5), outcome)
    faulty = told("haarlem", trace(output(1, "zorg"), answered_by=(fault,)))
    assert (faulty.beantwoord, faulty.antwoord) == (None, None)


def test_a_receiver_sees_its_own_side_and_others_see_nothing() -> None:
    both = trace(output(1, "zorg", delivered_at=at(2)), output(2, "cjg", copy=True))
    found = told("zorg", both)
    assert (found.referentie, found.ontvangers) == (None, None)
    assert [(one.id, one.afgeleverd, one.opgehaald) for one in found.uitvoer] == [(f"{ID}.1", at(2), None)]
    assert seen("office", both) is None, "it may send for zorg, and sent nothing here"
    assert seen("office", msgspec.structs.replace(both, answered_by=(output(7, "office"),))) is None
