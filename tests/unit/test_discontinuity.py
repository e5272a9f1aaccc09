"""Pauses, ends, switches, breaks, returns and care that does not start: each limit from both sides, by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from streams.core.folds.care import Client, Levering, Toewijzing, Versie
from streams.core.monitors.discontinuity import (
    BY_WHOM,
    breaks,
    endings,
    endings_of,
    no_start,
    pauses,
    returns,
    switches,
)
from streams.core.monitors.trajecten import File, files
from streams.core.regions import Monitoring, Region

MONITORING = Monitoring(regions=(Region(id="ijmond", name="IJmond", gemeenten=("0453",)),))
E = date(2026, 3, 31)
"""The day on which care ends in most of these."""
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
Told = tuple[date, date | None, str | None]


def day(offset: int) -> date:
    """So many days after E."""
    return E + timedelta(offset)


def start(begin: date) -> Told:
    return begin, None, None


def stop(begin: date, eind: date, reden: str = "31") -> Told:
    return begin, eind, reden


def toewijzing(
    *told: Told,
    relation: str = "0453:65656001",
    nummer: int = 1,
    categorie: str = "45",
    ingang: date = date(2025, 1, 1),
    einde: date | None = None,
    received: date = date(2025, 1, 1),
    reden: str | None = None,
) -> Toewijzing:
    at = datetime.combine(received, time(12), UTC)
    versie = Versie("m0", at, at.replace(tzinfo=None), ingang, einde, categorie, None, reden, None)
    leveringen = tuple(Levering(f"m{n}", at, *one, categorie, None) for n, one in enumerate(told))
    return Toewijzing(relation, nummer, None, None, (versie,), leveringen)


def youths(*each: tuple[Toewijzing, ...]) -> tuple[File, ...]:
    return files({f"youth{n}": Client("2012-05", one) for n, one in enumerate(each)}, MONITORING)


def youth(*toewijzingen: Toewijzing) -> tuple[File, ...]:
    return youths(toewijzingen)


def elsewhere(*told: Told, categorie: str = "45") -> Toewijzing:
    return toewijzing(*told, relation="0392:65656002", nummer=2, categorie=categorie)


BEGAN = date(2025, 6, 1)


@pytest.mark.parametrize(("days", "told"), [(42, False), (43, True)])
def test_a_pause_is_told_after_so_many_days(days: int, told: bool) -> None:
    found = pauses(youth(toewijzing(stop(BEGAN, E, "20"))), day(days), MONITORING)
    assert [(one.since, one.days, one.region, one.segment) for one in found] == [(E, days, "ijmond", "ambulant")] * told


@pytest.mark.parametrize(
    "one",
    [
        toewijzing(stop(BEGAN, E, "20"), start(day(60))),
        toewijzing(stop(BEGAN, E, "20"), stop(BEGAN, day(1), "31")),
        toewijzing(stop(BEGAN, E, "20"), einde=day(50)),
        toewijzing(stop(BEGAN, E, "31")),
        toewijzing(start(BEGAN)),
    ],
    ids=["resumed", "stopped", "lapsed", "ended", "running"],
)
def test_what_is_no_longer_paused_is_not_told(one: Toewijzing) -> None:
    assert pauses(youth(one), day(100), MONITORING) == ()


def test_a_pause_counts_from_the_last_stop_and_a_start_that_is_still_to_come_leaves_it_open() -> None:
    again = toewijzing(stop(date(2025, 2, 1), BEGAN, "20"), stop(date(2025, 7, 1), E, "20"), start(day(51)))
    (found,) = pauses(youth(again), day(50), MONITORING)
    assert found.since == E
    assert pauses(youth(again), day(51), MONITORING) == ()


@pytest.mark.parametrize("reden", sorted(BY_WHOM))
def test_an_end_tells_its_reason_and_by_whom(reden: str) -> None:
    (found,) = endings(youth(toewijzing(stop(BEGAN, E, reden))), *YEAR)
    assert (found.day, found.reden, found.by_whom) == (E, reden, BY_WHOM[reden])
    assert found.is_early == (reden in {"32", "33", "34", "35"})
    assert found.may_return == (reden in {"31", "32", "33", "34", "35"})
    assert (found.youth, found.gemeente, found.aanbieder) == ("youth0", "0453", "65656001")


@pytest.mark.parametrize(
    ("van", "tot", "number"), [(E, E, 1), (day(1), day(9), 0), (day(-9), day(-1), 0), (day(-9), E, 1)]
)
def test_an_end_belongs_to_the_period_in_which_it_falls(van: date, tot: date, number: int) -> None:
    assert len(endings(youth(toewijzing(stop(BEGAN, E))), van, tot)) == number


def test_what_ends_without_a_final_stop_is_no_end() -> None:
    assert endings(youth(toewijzing(start(BEGAN), einde=E), toewijzing(stop(BEGAN, E, "20"))), *YEAR) == ()


def test_care_that_goes_on_the_next_day_has_not_ended_and_care_that_comes_back_later_has() -> None:
    on, later = toewijzing(stop(BEGAN, E), start(day(1))), toewijzing(stop(BEGAN, E), start(day(2)))
    assert endings(youth(on), *YEAR) == ()
    assert [one.day for one in endings(youth(later), *YEAR)] == [E]


def test_a_delivery_that_runs_beside_one_that_stopped_keeps_the_traject_going() -> None:
    assert endings(youth(toewijzing(stop(BEGAN, E), start(day(-20)))), *YEAR) == ()


def test_the_einddatum_of_the_toewijzing_ends_care_before_its_stop_does() -> None:
    (found,) = endings(youth(toewijzing(stop(BEGAN, day(20), "33"), einde=E)), *YEAR)
    assert (found.day, found.reden) == (E, "33")


def test_a_traject_can_end_more_than_once_but_not_twice_on_a_day() -> None:
    twice = toewijzing(stop(BEGAN, day(-80)), stop(day(-60), E, "33"))
    assert [one.day for one in endings(youth(twice), *YEAR)] == [day(-80), E]
    outside = toewijzing(stop(day(5), day(8)), stop(day(10), day(20), "33"), einde=E)
    assert [(one.day, one.reden) for one in endings(youth(outside), *YEAR)] == [(E, "33")]


def test_an_end_is_what_the_traject_says_on_the_day_after() -> None:
    """The two readings of an end, of the state on a day and of every stop, agree."""
    for one in (
        toewijzing(stop(BEGAN, E, "33")),
        toewijzing(stop(BEGAN, day(-90)), stop(day(-60), E, "34")),
        toewijzing(stop(BEGAN, E), start(day(1))),
        toewijzing(stop(BEGAN, E), start(day(-1))),
    ):
        ((traject,),) = (file.trajecten for file in youth(one))
        on_days = {
            end.day: end.reden for n in range(-400, 100) if (end := traject.end(day(n))) and end.day == day(n - 1)
        }
        assert {end.day: end.reden for end in endings_of(traject)} == on_days


@pytest.mark.parametrize(
    ("begin", "reden", "categorie", "found"),
    [
        (-30, "31", "45", True),
        (-31, "31", "45", False),
        (91, "31", "45", True),
        (92, "31", "45", False),
        (5, "31", "43", False),
        (5, "38", "43", True),
        (200, "38", "43", True),
        (-31, "38", "45", False),
        (5, "02", "45", False),
        (5, "37", "45", False),
    ],
)
def test_a_switch(begin: int, reden: str, categorie: str, found: bool) -> None:
    one = youth(toewijzing(stop(BEGAN, E, reden)), elsewhere(start(day(begin)), categorie=categorie))
    made = switches(one, *YEAR)
    assert [(one.day, one.days, one.to.aanbieder) for one in made] == [(E, begin - 1, "65656002")] * found


def test_the_same_aanbieder_for_another_gemeente_is_no_switch() -> None:
    other = toewijzing(start(day(5)), relation="0392:65656001", nummer=2)
    assert switches(youth(toewijzing(stop(BEGAN, E, "38")), other), *YEAR) == ()


def test_other_care_elsewhere_neither_makes_nor_hides_a_switch() -> None:
    ended = toewijzing(stop(BEGAN, E))
    other = toewijzing(start(day(3)), relation="0453:65656003", nummer=3, categorie="46")
    assert switches(youth(ended, other), *YEAR) == ()
    (found,) = switches(youth(ended, elsewhere(start(day(5))), other), *YEAR)
    assert (found.to.aanbieder, found.begin) == ("65656002", day(5))
    resumed = elsewhere(stop(day(-90), day(-60), "20"), start(day(5)))
    assert switches(youth(ended, resumed), *YEAR) == ()
    same_day = toewijzing(start(day(5)), relation="0377:65656003", nummer=3, categorie="46")
    (found,) = switches(youth(ended, elsewhere(start(day(5))), same_day), *YEAR)
    assert found.to.aanbieder == "65656002"


def test_a_switch_belongs_to_the_period_of_its_end() -> None:
    one = youth(toewijzing(stop(BEGAN, E)), elsewhere(start(day(5))))
    assert len(switches(one, E, E)) == 1
    assert switches(one, day(1), day(30)) == ()


@pytest.mark.parametrize(("begin", "days"), [(1, None), (2, 1), (400, 399)])
def test_a_break_is_a_day_without_care_at_least(begin: int, days: int | None) -> None:
    one = youth(toewijzing(stop(BEGAN, E)), elsewhere(start(day(begin))))
    found = [(one.day, one.begin, one.days) for one in breaks(one, E, date(2030, 1, 1))]
    assert found == ([(E, day(begin), days)] if days else [])


def test_other_care_that_runs_bridges_a_break_and_a_pause_does_not() -> None:
    ended, again = toewijzing(stop(BEGAN, E)), toewijzing(start(day(20)), nummer=3)
    assert breaks(youth(ended, again, elsewhere(stop(BEGAN, day(30)))), *YEAR) == ()
    assert len(breaks(youth(ended, again, elsewhere(stop(BEGAN, E, "20"))), *YEAR)) == 1
    assert breaks(youth(ended), *YEAR) == ()


def test_a_break_belongs_to_the_period_in_which_care_begins_again() -> None:
    one = youth(toewijzing(stop(BEGAN, E), start(day(20))))
    assert len(breaks(one, day(20), day(20))) == 1
    assert breaks(one, E, day(19)) == ()


@pytest.mark.parametrize("reden", ["02", "37"])
def test_death_and_change_are_no_break(reden: str) -> None:
    assert breaks(youth(toewijzing(stop(BEGAN, E, reden), start(day(20)))), *YEAR) == ()


def test_of_several_ends_on_one_day_the_lowest_reason_breaks() -> None:
    ended = toewijzing(stop(BEGAN, E, "34"), start(day(20)))
    other = elsewhere(stop(BEGAN, E, "36"))
    changed = toewijzing(stop(BEGAN, E, "02"), nummer=3)
    (found,) = breaks(youth(ended, other, changed), *YEAR)
    assert (found.reden, found.aanbieder) == ("34", "65656001")


def test_a_start_on_a_lapsed_toewijzing_neither_bridges_a_break_nor_ends_it_the_next_day() -> None:
    lapsed = toewijzing(start(day(1)), nummer=3, einde=day(-100))
    (found,) = breaks(youth(toewijzing(stop(BEGAN, E), start(day(20))), lapsed), *YEAR)
    assert found.begin == day(20)


@pytest.mark.parametrize(("begin", "found"), [(2, True), (365, True), (366, False)])
def test_a_return_comes_within_so_many_days(begin: int, found: bool) -> None:
    one = youth(toewijzing(stop(BEGAN, E, "32"), start(day(begin))))
    assert len(returns(one, E, E, MONITORING)) == found
    assert returns(one, day(1), date(2028, 1, 1), MONITORING) == ()


@pytest.mark.parametrize("reden", sorted(set(BY_WHOM) - {"31", "32", "33", "34", "35"}))
def test_after_other_reasons_there_is_no_return(reden: str) -> None:
    assert returns(youth(toewijzing(stop(BEGAN, E, reden), start(day(20)))), *YEAR, MONITORING) == ()


def test_a_switch_is_no_return() -> None:
    ended = toewijzing(stop(BEGAN, E))
    assert returns(youth(ended, elsewhere(start(day(20)))), *YEAR, MONITORING) == ()
    assert len(returns(youth(ended, elsewhere(start(day(120)))), *YEAR, MONITORING)) == 1


RECEIVED = date(2026, 1, 5)


@pytest.mark.parametrize(("days", "told"), [(56, False), (57, True)])
@pytest.mark.parametrize(
    ("ingang", "since"),
    [(date(2026, 2, 1), date(2026, 2, 1)), (date(2025, 11, 1), RECEIVED)],
    ids=["ahead", "told late"],
)
def test_no_start_counts_from_the_later_of_receipt_and_ingangsdatum(
    days: int, told: bool, ingang: date, since: date
) -> None:
    found = no_start(youth(toewijzing(ingang=ingang, received=RECEIVED)), since + timedelta(days), MONITORING)
    assert [(one.since, one.days) for one in found] == [(since, days)] * told


@pytest.mark.parametrize(
    ("one", "waits"),
    [
        (toewijzing(start(E), received=RECEIVED), False),
        (toewijzing(start(day(1)), received=RECEIVED), True),
        (toewijzing(einde=E, received=RECEIVED), False),
        (toewijzing(einde=day(1), received=RECEIVED), True),
        (toewijzing(start(day(9)), einde=day(-1), received=RECEIVED), False),
        (toewijzing(received=RECEIVED, reden="13"), False),
        (toewijzing(received=day(1), ingang=BEGAN), False),
    ],
    ids=[
        "begins today",
        "begins later",
        "lapses today",
        "lapses later",
        "lapsed before it begins",
        "deleted",
        "unknown",
    ],
)
def test_who_waits_for_a_start(one: Toewijzing, waits: bool) -> None:
    assert len(no_start(youth(one), E, MONITORING)) == waits


def test_care_by_task_waits_for_nothing() -> None:
    by_task = Toewijzing("0453:65656001", None, "45", None)
    assert no_start(youth(by_task), E, MONITORING) == ()


def test_each_youth_is_looked_at_by_itself() -> None:
    ended, again = toewijzing(stop(BEGAN, E)), toewijzing(start(day(20)), nummer=2)
    apart = youths((ended,), (again,))
    assert breaks(apart, *YEAR) == ()
    assert [one.youth for one in endings(apart, *YEAR)] == ["youth0"]
