"""The waiting list, case by case as definitions.md tells it: what an item is, how it closes, and what figures say."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from msgspec.structs import replace

from streams.core.folds.care import Antwoord, Client, Levering, Toewijzing, Versie, Verzoek
from streams.core.monitors.survival import survival
from streams.core.monitors.trajecten import File, files
from streams.core.monitors.waiting import FASEN, Fase, Item, items
from streams.core.monitors.waiting_summary import AGES, Count, coverage, summary, weeks_for
from streams.core.regions import Monitoring, Norms, Region

HERE, THERE = "0392:65656001", "0453:65656002"
DAY_0 = date(2026, 1, 1)
NUMBERS = count(1)
REGION = Region(
    id="ijmond-zk",
    name="IJmond en Zuid-Kennemerland",
    gemeenten=("0392", "0453"),
    segments={"licht": ("45",), "zwaar": ("43", "44")},
    norms={"licht": Norms(toewijzing=(1,), start=(4, 9)), "*": Norms(totaal=(14,))},
)


def day(number: int) -> date:
    return DAY_0 + timedelta(number)


def noon(number: int) -> datetime:
    return datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(number)


def versie(received: int, ingang: int | None = None, einde: int | None = None, **more: Any) -> Versie:
    """Received on a day, and holding from that day on unless told otherwise."""
    told = {"categorie": "45", "code": "45A53", "reden": None, "referentie": None, **more}
    made = day(received if ingang is None else ingang)
    until = None if einde is None else day(einde)
    return Versie(f"m{next(NUMBERS)}", noon(received), noon(received).replace(tzinfo=None), made, until, **told)


def levering(begin: int, eind: int | None = None, reden: str | None = None) -> Levering:
    told = None if eind is None else day(eind)
    return Levering(f"m{next(NUMBERS)}", noon(begin), day(begin), told, reden, "45", "45A53")


def toewijzing(*known: Versie | Levering, relation: str = HERE, nummer: int | None = 1) -> Toewijzing:
    return Toewijzing(
        relation=relation,
        nummer=nummer,
        categorie=None,
        code=None,
        versies=tuple(one for one in known if isinstance(one, Versie)),
        leveringen=tuple(one for one in known if isinstance(one, Levering)),
    )


def verzoek(received: int, *answers: tuple[int, str], referentie: str = "R1", **more: Any) -> Verzoek:
    antwoorden = tuple(Antwoord(f"m{next(NUMBERS)}", noon(on), answer, None, None) for on, answer in answers)
    told: dict[str, Any] = {"bericht": "JW315", "categorie": "45", "relation": HERE, **more}
    return Verzoek(
        referentie=referentie,
        message=f"m{next(NUMBERS)}",
        received_at=noon(received),
        dagtekening=day(received),
        ingang=None,
        code="45A53",
        verwijzer="01",
        toewijzingen=(),
        antwoorden=antwoorden,
        **told,
    )


def file(*known: Toewijzing | Verzoek, youth: str = "a") -> File:
    client = Client(
        toewijzingen=tuple(one for one in known if isinstance(one, Toewijzing)),
        verzoeken=tuple(one for one in known if isinstance(one, Verzoek)),
    )
    return files({youth: client}, Monitoring(regions=(REGION,)))[0]


def of(fase: Fase, *known: Toewijzing | Verzoek, on: int = 100) -> tuple[Item, ...]:
    return tuple(one for one in items([file(*known)], day(on)) if one.fase == fase)


def only(fase: Fase, *known: Toewijzing | Verzoek, on: int = 100) -> Item:
    (item,) = of(fase, *known, on=on)
    return item


# --- from request to toewijzing --------------------------------------------------------------------


def test_a_request_waits_from_its_receipt_until_a_version_with_its_reference_is_received() -> None:
    later = versie(9, ingang=4)
    item = only("toewijzing", verzoek(2), toewijzing(versie(7, ingang=4, referentie="R1"), later))
    assert (item.begin, item.end, item.wait) == (day(2), day(7), 5)
    assert (item.gemeente, item.aanbieder, item.region, item.segment) == ("0392", "65656001", "ijmond-zk", "licht")
    assert (item.state(day(6)), item.state(day(7))) == ("waiting", "ended")


def test_days_are_dutch_days() -> None:
    late = replace(verzoek(2), received_at=datetime(2026, 1, 3, 23, 30, tzinfo=UTC))
    assert only("toewijzing", late).begin == date(2026, 1, 4)


@pytest.mark.parametrize(
    "granted",
    [
        toewijzing(versie(7, referentie="R2")),
        toewijzing(versie(7, referentie="R1"), relation=THERE),
        toewijzing(versie(7)),
    ],
)
def test_what_answers_another_request_does_not_end_it(granted: Toewijzing) -> None:
    item = only("toewijzing", verzoek(2), granted)
    assert (item.end, item.wait, item.state(day(100)), item.age(day(100))) == (None, None, "waiting", 98)


def test_being_examined_changes_nothing_and_a_rejection_makes_it_leave() -> None:
    assert only("toewijzing", verzoek(2, (4, "2"))).waits(day(100))
    for fase in ("toewijzing", "totaal"):
        item = only(fase, verzoek(2, (4, "2"), (6, "1"), (8, "1")))
        assert (item.left, item.left_as, item.end) == (day(6), "afgewezen", None)
        assert (item.waits(day(5)), item.waits(day(6)), item.state(day(6))) == (True, False, "left")


def test_the_first_to_come_closes_it_and_an_end_goes_before_a_leaving_on_the_same_day() -> None:
    granted = toewijzing(versie(7, referentie="R1"))
    assert only("toewijzing", verzoek(2, (6, "1")), granted).left == day(6)
    assert only("toewijzing", verzoek(2, (7, "1")), granted).end == day(7)


def test_a_request_for_change_and_one_known_by_its_answer_alone_do_not_wait() -> None:
    unasked = replace(verzoek(2, (3, "1"), referentie="R9"), message="")
    assert items([file(verzoek(2, bericht="JW317"), unasked)], day(100)) == ()


def test_a_request_is_in_the_segment_of_its_own_categorie() -> None:
    granted = toewijzing(versie(7, categorie="43", referentie="R1"), levering(9))
    assert {one.segment for one in of("totaal", verzoek(2), granted)} == {"licht"}
    assert only("start", granted).segment == "zwaar"
    assert only("toewijzing", verzoek(2, categorie=None)).segment == "onbekend"


# --- from toewijzing to start ----------------------------------------------------------------------


def test_a_toewijzing_waits_from_its_first_receipt_until_its_first_delivery_begins() -> None:
    item = only("start", toewijzing(versie(7), versie(9, ingang=7), levering(30), levering(20, 25, "31")))
    assert (item.begin, item.end, item.wait) == (day(7), day(20), 13)
    assert (item.waits(day(6)), item.waits(day(7)), item.waits(day(19)), item.waits(day(20))) == (0, 1, 1, 0)


def test_what_begins_in_the_future_still_waits() -> None:
    item = only("start", toewijzing(versie(7), levering(30)), on=20)
    assert (item.state(day(20)), item.end) == ("waiting", day(30))


def test_care_that_begins_before_its_toewijzing_is_received_waited_no_day() -> None:
    item = only("start", toewijzing(versie(7), levering(5)))
    assert (item.end, item.wait, item.retroactive) == (day(7), 0, False)


@pytest.mark.parametrize(
    ("einde", "begin", "left"), [(20, None, 20), (20, 21, 20), (20, 20, None), (20, 9, None), (None, None, None)]
)
def test_a_toewijzing_lapses_when_its_einddatum_comes_before_any_care(
    einde: int | None, begin: int | None, left: int | None
) -> None:
    known = [versie(7, einde=einde)] + ([levering(begin)] if begin is not None else [])
    item = only("start", toewijzing(*known))
    assert item.left == (None if left is None else day(left))
    assert item.left_as == (None if left is None else "vervallen")


def test_the_einddatum_that_lapses_is_that_of_the_current_version() -> None:
    assert only("start", toewijzing(versie(7, einde=20), versie(15, ingang=7, einde=50))).left == day(50)


def test_task_based_care_and_deliveries_without_a_known_toewijzing_do_not_wait() -> None:
    assert of("start", toewijzing(levering(3), nummer=None), toewijzing(levering(3), nummer=5)) == ()


def test_a_retroactive_toewijzing_has_no_waiting_time_but_its_request_waited_for_it() -> None:
    known = (verzoek(2), toewijzing(versie(7, ingang=6, referentie="R1"), levering(7)))
    for fase in ("start", "totaal"):
        item = only(fase, *known)
        assert (item.state(day(100)), item.wait, item.waits(day(7))) == ("retroactive", None, False)
    assert (only("toewijzing", *known).state(day(100)), only("toewijzing", *known).wait) == ("ended", 5)
    bridging = toewijzing(levering(1), nummer=None)
    assert [only(fase, *known, bridging).bridged for fase in FASEN] == [True, False, False]


def test_the_version_received_first_tells_whether_it_is_retroactive() -> None:
    assert not only("start", toewijzing(versie(7), versie(9, ingang=6), levering(6))).retroactive


@pytest.mark.parametrize("begin", [None, 8, 60])
def test_a_toewijzing_that_came_after_its_ingangsdatum_waits_while_care_has_yet_to_begin(begin: int | None) -> None:
    care = () if begin is None else (levering(begin),)
    known = (verzoek(2), toewijzing(versie(7, ingang=6, referentie="R1"), *care))
    for fase, since in (("start", day(7)), ("totaal", day(2))):
        item = only(fase, *known)  # type: ignore[arg-type]
        assert (item.begin, item.waits(day(7)), item.retroactive) == (since, True, False)
        assert item.wait == (None if begin is None else (day(begin) - since).days)
    assert coverage([file(*known)], day(100)).ahead == 1


# --- from request to start -------------------------------------------------------------------------


def test_a_request_waits_in_all_until_care_begins_on_the_lowest_toewijzing_granted_on_it() -> None:
    first = toewijzing(versie(9, referentie="R1"), levering(40), nummer=3)
    second = toewijzing(versie(7, referentie="R1"), levering(20), nummer=4)
    item = only("totaal", verzoek(2), second, first)
    assert (item.begin, item.end) == (day(2), day(40))
    assert only("toewijzing", verzoek(2), second, first).end == day(7)


def test_in_all_a_request_leaves_when_its_toewijzing_lapses() -> None:
    item = only("totaal", verzoek(2), toewijzing(versie(7, einde=20, referentie="R1")))
    assert (item.left, item.left_as, item.waits(day(19))) == (day(20), "vervallen", True)


def test_a_deleted_toewijzing_takes_its_request_along_in_every_phase() -> None:
    deleted = toewijzing(versie(7, referentie="R1"), versie(8, ingang=7, einde=7, reden="13"))
    made = items([file(verzoek(2), deleted)], day(100))
    assert sorted((one.fase, one.state(day(100)), one.begin) for one in made) == [
        ("start", "deleted", day(7)),
        ("toewijzing", "deleted", day(2)),
        ("totaal", "deleted", day(2)),
    ]
    assert all((one.end, one.left, one.wait, one.bridged) == (None, None, None, False) for one in made)


def test_a_request_granted_anew_after_a_deletion_counts_by_the_toewijzing_that_stands() -> None:
    deleted = toewijzing(versie(7, referentie="R1"), versie(8, ingang=7, einde=7, reden="13"))
    anew = toewijzing(versie(8, referentie="R1"), levering(20), nummer=2)
    assert only("toewijzing", verzoek(2), deleted, anew).end == day(8)
    assert only("totaal", verzoek(2), deleted, anew).end == day(20)


def test_what_begins_after_the_peildatum_is_not_there_yet() -> None:
    assert items([file(verzoek(20), toewijzing(versie(20)))], day(19)) == ()
    assert len(items([file(verzoek(20), toewijzing(versie(20)))], day(20))) == 3


# --- bridged ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "bridged"),
    [
        (levering(1), True),
        (levering(19), True),
        (levering(20), False),
        (levering(1, 19, "31"), True),
        (levering(1, 18, "31"), False),
        (levering(1, 18, "20"), False),
    ],
)
def test_a_wait_is_bridged_by_care_elsewhere_on_the_day_before_it_ends(other: Levering, bridged: bool) -> None:
    elsewhere = toewijzing(versie(1), other, relation=THERE)
    known = (verzoek(2), toewijzing(versie(7, referentie="R1"), levering(20)), elsewhere)
    assert next(one for one in of("start", *known) if one.relation == HERE).bridged is bridged
    assert only("totaal", *known).bridged is bridged


def test_while_it_waits_the_peildatum_is_what_counts() -> None:
    known = (toewijzing(versie(7), levering(60)), toewijzing(versie(1), levering(1, 30, "31"), relation=THERE))
    assert [one.bridged for one in of("start", *known, on=30)] == [True, False]
    assert [one.bridged for one in of("start", *known, on=31)] == [False, False]


def test_what_ends_on_the_peildatum_was_bridged_by_what_ran_the_day_before() -> None:
    known = (toewijzing(versie(7), levering(20)), toewijzing(levering(1, 19, "31"), relation=THERE, nummer=None))
    assert only("start", *known, on=20).bridged is True
    assert only("start", *known, on=19).bridged is True
    assert (
        only("start", toewijzing(versie(7), levering(20)), toewijzing(levering(20), nummer=None), on=20).bridged
        is False
    )


def test_the_toewijzing_waited_for_does_not_bridge_its_own_wait() -> None:
    granted = toewijzing(versie(7, ingang=1, referentie="R1"), levering(1))
    assert only("toewijzing", verzoek(2), granted).bridged is False
    assert only("toewijzing", verzoek(2), granted, toewijzing(levering(1), nummer=None)).bridged is True


# --- figures ---------------------------------------------------------------------------------------


def item(begin: int, end: int | None = None, youth: str = "a", **more: Any) -> Item:
    fixed = {"fase": "start", "relation": HERE, "region": "r", "segment": "licht", "categorie": None, "code": None}
    left = more.pop("left", None)
    days = {"begin": day(begin), "end": None if end is None else day(end), "left": None if left is None else day(left)}
    return Item(youth=youth, **{**fixed, **days, **more})


def test_waits_are_summed_up_gross_and_net() -> None:
    some = [item(10, 17), item(10, 18, "b", bridged=True), item(10, 40, "c"), item(5, 9), item(10, 41)]
    found = summary(some, day(10), day(40), (1, 2))
    assert (found.gross.ended, found.net.ended) == (Count(3, 3), Count(2, 2))
    assert (found.gross.mean, found.gross.median) == (15, 8)
    assert (found.net.mean, found.net.median) == (18.5, 18.5)
    assert found.gross.within == {1: 1 / 3, 2: 2 / 3}
    assert found.net.within == {1: 1 / 2, 2: 1 / 2}
    assert (found.gross.stock, found.bridged) == (Count(1, 1), Count(1, 1))


def test_the_stock_is_that_of_the_last_day_by_age_and_over_the_norm() -> None:
    edges = [edge for first, last in AGES.values() for edge in (first, last) if edge is not None]
    some = [item(200 - age, youth=str(age)) for age in edges] + [item(201), item(0, 200), item(0, 201, "0")]
    found = summary(some, day(100), day(200), (4, 26)).gross
    assert [count.items for count in found.by_age.values()] == [2, 2, 2, 2, 2]
    assert found.stock == Count(10, 9)
    assert found.over == {4: Count(7, 7), 26: Count(1, 1)}


def test_a_norm_is_met_on_its_last_day_and_passed_on_the_next() -> None:
    found = summary([item(0, 28), item(0, 29), item(72), item(71)], day(0), day(100), (4,)).gross
    assert (found.within, found.over) == ({4: 0.5}, {4: Count(1, 1)})


def test_what_has_no_waiting_time_is_counted_apart() -> None:
    some = [
        item(10, 12, retroactive=True),
        item(9, retroactive=True),
        item(20, deleted=True),
        item(10, left=15, left_as="afgewezen"),
        item(1, left=9, left_as="afgewezen"),
        item(10, left=20, left_as="vervallen"),
        item(10, left=21, left_as="vervallen"),
    ]
    found = summary(some, day(10), day(20), (1,))
    assert (found.retroactive, found.deleted) == (Count(1, 1), Count(1, 1))
    assert (found.rejected, found.lapsed) == (Count(1, 1), Count(1, 1))
    assert (found.gross.ended, found.gross.stock) == (Count(0, 0), Count(1, 1))
    assert (found.gross.mean, found.gross.median, found.gross.within) == (None, None, {1: None})


def test_survival_looks_at_every_wait_up_to_the_last_day() -> None:
    some = [
        item(0, 4),
        item(96),
        item(90, left=96, left_as="vervallen"),
        item(92, 101),
        item(101, 110),
        item(0, 1, retroactive=True),
        item(0, deleted=True),
    ]
    assert summary(some, day(50), day(100), (1,)).survival == survival([4], [4, 6, 8], (1,))


# --- survival --------------------------------------------------------------------------------------


def test_survival_by_hand() -> None:
    found = survival([3, 6, 6, 10], [5, 6, 12], (1, 2))
    # 6/7 after day 3 (of 7), then 3/5 of it after day 6 (of 5; the one censored that day still counts), 1/2 after 10.
    assert found.longer == {1: pytest.approx(6 / 7 * 3 / 5), 2: None}
    assert (found.median, found.size, found.ended) == (10, 7, 4)


def test_a_median_that_is_exactly_half_is_reached_whatever_is_rounded() -> None:
    """0.9 · 8/9 · 7/8 · 6/7 · 5/6 is one half, which no float makes of it for certain."""
    for size in range(2, 60, 2):
        ended = list(range(1, size // 2 + 1))
        assert survival(ended, [99] * (size // 2), ()).median == size // 2


def test_the_median_of_what_ended_altogether_is_among_it() -> None:
    found = survival([0, 0, 7], [], (1, 2))
    assert (found.median, found.longer) == (0, {1: 0, 2: 0})


@pytest.mark.parametrize("censored", [[], [0], [3, 400]])
def test_without_an_end_no_median_is_reached(censored: list[int]) -> None:
    found = survival([], censored, (1,))
    assert (found.median, found.ended) == (None, 0)
    assert found.longer == {1: 1.0 if 400 in censored else None}


def test_a_norm_shorter_than_any_wait_is_passed_by_all() -> None:
    assert survival([30], [], (4,)).longer == {4: 1.0}


# --- coverage and norms ----------------------------------------------------------------------------


def test_coverage_tells_how_many_toewijzingen_answer_a_request_and_how_many_came_in_advance() -> None:
    answering = toewijzing(versie(7, referentie="R1"))
    some = [
        file(verzoek(2), answering, toewijzing(versie(8, ingang=1, referentie="R7"), levering(1), nummer=2)),
        file(toewijzing(versie(9)), toewijzing(levering(1), nummer=None), youth="b"),
        file(toewijzing(versie(9), versie(10, reden="13")), toewijzing(versie(21), nummer=2), youth="c"),
        file(verzoek(2), toewijzing(versie(20, referentie="R1"), relation=THERE), youth="d"),
        file(verzoek(2, bericht="JW317"), toewijzing(versie(20, referentie="R1")), youth="e"),
    ]
    found = coverage(some, day(20))
    assert (found.toewijzingen, found.requested, found.ahead) == (Count(5, 4), 1, 4)
    assert (found.share("toewijzing"), found.share("start")) == (0.2, 0.8)
    elsewhere = coverage(some, day(20), lambda one: one.relation == THERE)
    assert (elsewhere.toewijzingen, elsewhere.share("toewijzing")) == (Count(1, 1), 0)
    assert coverage([], day(20)).share("start") is None


def test_norms_are_those_of_the_segment_and_phase() -> None:
    assert weeks_for(REGION, "licht", "toewijzing") == (1,)
    assert weeks_for(REGION, "licht", "start") == (4, 9)
    assert weeks_for(REGION, "licht", "totaal") == ()
    assert weeks_for(REGION, "zwaar", "totaal") == weeks_for(REGION, "*", "totaal") == (14,)
