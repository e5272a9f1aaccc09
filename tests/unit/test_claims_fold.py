"""Claims: what the events about claim lines of one assignment come to."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import reduce

import msgspec

from streams.core.events import PREFIX, SOURCE, CloudEvent, Data
from streams.core.folds.claims import Claims, ClaimsFold
from streams.core.happenings import Claimed, ClaimLine, Retracted

FOLD = ClaimsFold()
CLAIMED_AT, ANSWERED_AT = datetime(2026, 2, 3, 12, tzinfo=UTC), datetime(2026, 2, 9, 12, tzinfo=UTC)
YOUTH = "a" * 32


def line(referentie: str, toewijzing: int = 7, bedrag: int = 500, **more: object) -> ClaimLine:
    return ClaimLine(
        referentie=referentie,
        toewijzing=toewijzing,
        categorie="45",
        code="45A04",
        van=date(2026, 1, 1),
        tot=date(2026, 1, 31),
        volume=5,
        eenheid="04",
        bedrag=bedrag,
        **more,  # type: ignore[arg-type]
    )


def event(
    what: str, *lines: ClaimLine, message: str = "m1", at: datetime = CLAIMED_AT, received_at: datetime = CLAIMED_AT
) -> CloudEvent:
    data = Claimed(
        relation="0392:65656001",
        message=message,
        bericht="JW323",
        received_at=received_at,
        declaratie="D1",
        periode=date(2026, 1, 1),
        lines=lines,
    )
    return made(what, data, at)


def made(what: str, data: Data, at: datetime = CLAIMED_AT) -> CloudEvent:
    return CloudEvent(id="m1.e0", source=SOURCE, type=PREFIX + what, time=at, subject=YOUTH, data=data)


def folded(*events: CloudEvent) -> dict[str, Claims]:
    return reduce(lambda rows, one: {**rows, **FOLD.fold(one, rows)}, events, {})


def of(rows: dict[str, Claims]) -> list[tuple[str, str, str, datetime, datetime | None]]:
    return [
        (one.message, one.referentie, one.outcome, one.claimed_at, one.answered_at)
        for row in rows.values()
        for one in row.lines
    ]


def test_lines_are_kept_by_assignment() -> None:
    claimed = event("zorg.claimed", line("R1"), line("R2", 8), line("R3"))
    rows = folded(claimed)
    assert set(rows) == set(FOLD.keys(claimed)) == {f"{YOUTH}|0392:65656001|7", f"{YOUTH}|0392:65656001|8"}
    assert [one.referentie for one in rows[f"{YOUTH}|0392:65656001|7"].lines] == ["R1", "R3"]


def test_a_line_is_open_until_it_is_granted_or_refused() -> None:
    claimed = event("zorg.claimed", line("R1"), line("R2"))
    assert of(folded(claimed)) == [("m1", one, "claimed", CLAIMED_AT, None) for one in ("R1", "R2")]
    granted = event("zorg.granted", line("R1"), at=ANSWERED_AT, received_at=ANSWERED_AT)
    refused = event("zorg.refused", line("R2", codes=("9304",)), at=ANSWERED_AT)
    rows = folded(claimed, granted, refused)
    assert of(rows) == [
        ("m1", "R1", "granted", CLAIMED_AT, ANSWERED_AT),
        ("m1", "R2", "refused", CLAIMED_AT, ANSWERED_AT),
    ]
    assert [one.codes for row in rows.values() for one in row.lines] == [(), ("9304",)]
    assert FOLD.totals(list(folded(claimed, granted).items())) == {"lines": 2, "open": 1}


def test_a_refused_line_may_come_again_in_another_message() -> None:
    first = [event("zorg.claimed", line("R1")), event("zorg.refused", line("R1"), at=ANSWERED_AT)]
    again = [event("zorg.claimed", line("R1", bedrag=400), message="m2")]
    rows = folded(*first, *again)
    assert of(rows) == [("m1", "R1", "refused", CLAIMED_AT, ANSWERED_AT), ("m2", "R1", "claimed", CLAIMED_AT, None)]
    assert [one.bedrag for row in rows.values() for one in row.lines] == [500, 400]


def test_a_line_keeps_all_that_was_told_of_it() -> None:
    rows = folded(event("zorg.claimed", line("R2", bedrag=-500, credit_van="R1")))
    ((row,),) = (rows.values(),)
    (one,) = row.lines
    told = line("R2", bedrag=-500, credit_van="R1")
    for name in ("referentie", "categorie", "code", "van", "tot", "bedrag", "credit_van"):
        assert getattr(one, name) == getattr(told, name)
    assert (one.declaratie, one.periode) == ("D1", date(2026, 1, 1))
    assert FOLD.decode(FOLD.encode(row)) == row


def test_other_events_change_nothing() -> None:
    about = msgspec.structs.asdict(event("zorg.claimed").data)
    common = {name: about[name] for name in ("relation", "message", "bericht", "received_at")}
    other = made("zorg.retracted", Retracted(**common, retracts="m0"))
    assert FOLD.keys(other) == ()
    assert FOLD.fold(other, {}) == {}
