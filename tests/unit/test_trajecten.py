"""Trajecten: which deliveries a toewijzing has, and on which day it runs, is paused, is in care or has ended."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from streams.core.folds.care import Client, Levering, Toewijzing, Versie, Verzoek
from streams.core.monitors.rows import Rows, rows_from
from streams.core.monitors.trajecten import Delivery, End, File, Traject, files
from streams.core.regions import OTHERS, Monitoring, Region

RELATION = "0392:65656001"
REGION = Region(id="zk", name="Zuid-Kennemerland", gemeenten=("0392",), segments={"licht": ("45",)})


def day(number: int) -> date:
    return date(2026, 1, 1) + timedelta(number)


def noon(number: int) -> datetime:
    return datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(number)


def versie(received: int, ingang: int, einde: int | None = None, **more: Any) -> Versie:
    told: dict[str, Any] = {"categorie": "45", "code": "45A53", "reden": None, "referentie": None, **more}
    at = noon(received)
    until = None if einde is None else day(einde)
    return Versie(f"v{received}", at, at.replace(tzinfo=None), day(ingang), until, **told)


def levering(begin: int, eind: int | None = None, reden: str | None = None, at: int = 0, **more: Any) -> Levering:
    told: dict[str, Any] = {"categorie": None, "code": None, **more}
    return Levering(f"l{at}", noon(at), day(begin), None if eind is None else day(eind), reden, **told)


def file(*toewijzingen: Toewijzing, verzoeken: tuple[Verzoek, ...] = ()) -> File:
    clients = {"a": Client("2010-05", toewijzingen, verzoeken)}
    return files(clients, Monitoring(regions=(REGION,)))[0]


def traject(*known: Versie | Levering, relation: str = RELATION, nummer: int | None = 1) -> Traject:
    versies = tuple(one for one in known if isinstance(one, Versie))
    leveringen = tuple(one for one in known if isinstance(one, Levering))
    return file(Toewijzing(relation, nummer, None, None, versies, leveringen)).toewijzingen[0]


def on_days(what: str, one: Traject, until: int = 60) -> list[int]:
    """The days, in one piece, on which a traject is that: the first and the last one."""
    days = [number for number in range(until) if getattr(one, what)(day(number))]
    assert days == list(range(days[0], days[-1] + 1)) if days else True
    return [days[0], days[-1]] if days else []


# --- deliveries ------------------------------------------------------------------------------------


def test_the_same_start_twice_is_one_delivery_received_at_the_first() -> None:
    found = traject(levering(5, at=7), levering(5, at=6), levering(2, at=9)).deliveries
    assert found == (Delivery(day(2), started_at=noon(9)), Delivery(day(5), started_at=noon(6)))


@pytest.mark.parametrize(
    ("stops", "eind", "reden", "stopped"),
    [
        ([(9, "20", 1), (9, "31", 2)], 9, "31", 2),
        ([(9, "31", 1), (12, "20", 2)], 9, "31", 1),
        ([(9, "31", 1), (12, "33", 2)], 12, "33", 2),
        ([(12, "33", 1), (9, "31", 2)], 12, "33", 1),
        ([(9, "20", 1), (12, "20", 2)], 12, "20", 2),
        ([(9, "31", 4), (9, "31", 2)], 9, "31", 2),
    ],
)
def test_the_stop_that_counts_is_final_then_latest_then_first_received(
    stops: list[tuple[int, str, int]], eind: int, reden: str, stopped: int
) -> None:
    known = [levering(5, at=0)] + [levering(5, day_, why, at) for day_, why, at in stops]
    assert traject(*known).deliveries == (Delivery(day(5), day(eind), reden, noon(0), noon(stopped)),)


def test_a_stop_alone_tells_a_delivery_and_a_withdrawn_one_tells_nothing() -> None:
    stop = levering(5, 9, "31", at=3)
    assert traject(stop).deliveries == (Delivery(day(5), day(9), "31", None, noon(3)),)
    withdrawn = (levering(5, 9, "31"), levering(5, 9, "31", withdraws=True))
    assert traject(levering(5), *withdrawn, levering(7), levering(7, withdraws=True)).deliveries == (
        Delivery(day(5), started_at=noon(0)),
    )


# --- the days of a traject -------------------------------------------------------------------------


def test_it_runs_from_begin_to_eind_while_the_toewijzing_covers() -> None:
    assert on_days("running", traject(versie(0, 3, 30), levering(5, 20, "31"))) == [5, 20]
    assert on_days("running", traject(versie(0, 3, 30), levering(5))) == [5, 30]
    assert on_days("running", traject(versie(0, 8), levering(5), levering(7))) == [8, 59]
    assert on_days("running", traject(versie(0, 3, 30), versie(1, 3, 15), levering(5))) == [5, 15]
    assert on_days("running", traject(levering(5, 20, "31"), nummer=None)) == [5, 20]
    assert on_days("running", traject(versie(0, 3))) == []


def test_it_is_paused_after_a_temporary_stop_until_care_resumes_or_the_toewijzing_ends() -> None:
    stopped = (levering(5), levering(5, 20, "20"))
    assert on_days("paused", traject(versie(0, 3, 30), *stopped)) == [21, 30]
    assert on_days("paused", traject(versie(0, 3, 30), *stopped, levering(26))) == [21, 25]
    assert on_days("in_care", traject(versie(0, 3, 30), *stopped, levering(26, 28, "31"))) == [5, 28]
    assert on_days("paused", traject(versie(0, 3, 30), *stopped, levering(5, 25, "31"))) == []
    assert on_days("paused", traject(versie(0, 3, 30), levering(3, 4, "31"), *stopped)) == [21, 30]


def test_it_ends_with_its_final_stop_or_with_the_toewijzing_whichever_is_first() -> None:
    stopped = traject(versie(0, 3, 30), levering(5, 20, "33"))
    assert [stopped.end(day(number)) for number in (4, 20, 21, 50)] == [None, None, *[End(day(20), "33")] * 2]
    passed = traject(versie(0, 3, 30), levering(5))
    assert [passed.end(day(number)) for number in (30, 31)] == [None, End(day(30), None)]
    paused = traject(versie(0, 3, 30), levering(5, 20, "20"))
    assert [paused.end(day(number)) for number in (30, 31)] == [None, End(day(30), None)]
    assert traject(versie(0, 3, 30)).end(day(50)) is None


def test_care_that_began_anew_has_not_ended() -> None:
    again = traject(versie(0, 3, 50), levering(5, 20, "31"), levering(25))
    assert [again.end(day(number)) for number in (24, 25, 51)] == [End(day(20), "31"), None, End(day(50), None)]


# --- what is known of it ---------------------------------------------------------------------------


def test_what_holds_is_of_the_current_version_and_when_it_came_of_the_one_received_first() -> None:
    overtaken, current = versie(4, 1, 30), versie(2, 5, 40, categorie="43", code="43A01")
    one = traject(overtaken, current)
    assert (one.ingang, one.einde, one.categorie, one.code) == (day(5), day(40), "43", "43A01")
    assert (one.first_ingang, one.received, one.received_at) == (day(5), day(2), noon(2))
    assert (one.gemeente, one.aanbieder) == ("0392", "65656001")


@pytest.mark.parametrize(
    ("ingang", "begin", "retroactive"),
    [(2, 2, True), (2, 3, True), (2, 4, False), (2, None, False), (3, 2, False), (4, 2, False)],
)
def test_it_is_retroactive_when_it_held_and_care_had_begun_before_it_came(
    ingang: int, begin: int | None, retroactive: bool
) -> None:
    care = [] if begin is None else [levering(9), levering(begin, at=20)]
    assert traject(versie(3, ingang), versie(9, 0), *care).is_retroactive is retroactive
    assert traject(levering(0, at=5)).is_retroactive is False


def test_care_that_was_withdrawn_had_not_begun() -> None:
    withdrawn = (levering(2), levering(2, at=1, withdraws=True))
    assert traject(versie(3, 2), *withdrawn).is_retroactive is False


def test_its_product_is_that_of_its_deliveries_when_no_version_is_known() -> None:
    withdrawn = tuple(levering(1, categorie="46", code="46A01", withdraws=withdraws) for withdraws in (False, True))
    assert traject(*withdrawn, levering(5, categorie="45", code="45A53")).categorie == "45"
    assert file(Toewijzing(RELATION, 1, None, None, (), withdrawn)).toewijzingen == ()


def test_region_and_segment_are_those_of_gemeente_and_categorie() -> None:
    here, elsewhere = traject(versie(0, 0)), traject(versie(0, 0), relation="0014:65656001")
    assert (here.region, here.segment) == ("zk", "licht")
    assert (elsewhere.region, elsewhere.segment) == (OTHERS, "ambulant")
    assert traject(versie(0, 0, categorie="43")).segment == "onbekend"


# --- a youth ---------------------------------------------------------------------------------------


def test_a_file_leaves_out_what_was_deleted_and_keeps_apart_what_has_no_delivery() -> None:
    deleted = Toewijzing(RELATION, 1, None, None, (versie(0, 3), versie(1, 3, 3, reden="13")), (levering(3),))
    bare = Toewijzing(RELATION, 2, None, None, (versie(0, 3),))
    runs = Toewijzing(RELATION, 3, None, None, (versie(0, 3, 9),), (levering(3),))
    made = file(deleted, bare, runs)
    assert [one.nummer for one in made.toewijzingen] == [2, 3]
    assert [one.nummer for one in made.trajecten] == [3]
    assert made.deleted == (deleted,)
    assert [made.runs(day(number)) for number in (2, 3, 9, 10)] == [False, True, True, False]
    assert not made.runs(day(3), but=made.trajecten[0])


def test_a_deletion_that_was_overruled_by_a_later_version_is_none() -> None:
    anew = Toewijzing(RELATION, 1, None, None, (versie(0, 3), versie(1, 3, 3, reden="13"), versie(2, 3)))
    assert (len(file(anew).toewijzingen), file(anew).deleted) == (1, ())


def test_a_request_known_by_its_answer_alone_was_not_received() -> None:
    asked = Verzoek(RELATION, "R1", "JW315", "m1", noon(1), day(1), None, None, None, None, ())
    unasked = Verzoek(RELATION, "R2", "", "", noon(1), day(1), None, None, None, None, ())
    assert file(verzoeken=(asked, unasked)).verzoeken == (asked,)


def test_rows_come_with_the_youth_from_their_keys() -> None:
    client = Client("2010-05")
    assert rows_from([("a", client)], [], []) == Rows(clients={"a": client})
