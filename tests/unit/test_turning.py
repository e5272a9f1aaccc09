"""Turning 17½ and 18: months of birth to the edge, in care or not, with a successor or without."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from streams.core.folds.care import Client, Levering, Toewijzing, Versie
from streams.core.monitors.trajecten import File, files
from streams.core.monitors.turning import eighteen, seventeen_and_a_half
from streams.core.regions import Monitoring

AT = datetime(2025, 1, 1, 12, tzinfo=UTC)
BEGAN = date(2025, 6, 1)
MAY = (date(2026, 5, 1), date(2026, 5, 31))


def toewijzing(
    einde: date | None, *, eind: date | None = None, reden: str | None = None, nummer: int = 1
) -> Toewijzing:
    """Care that began; with a stop when `eind` is given."""
    versie = Versie("m0", AT, AT.replace(tzinfo=None), BEGAN, einde, "45", None, None, None)
    levering = Levering("m1", AT, BEGAN, eind, reden, "45", None)
    return Toewijzing("0453:65656001", nummer, None, None, (versie,), (levering,))


def youth(geboren: str | None, *toewijzingen: Toewijzing) -> tuple[File, ...]:
    return files({"youth": Client(geboren, toewijzingen)}, Monitoring())


def successor(ingang: date, einde: date | None = None) -> Toewijzing:
    versie = Versie("m2", AT, AT.replace(tzinfo=None), ingang, einde, "45", None, None, None)
    return Toewijzing("0392:65656002", 2, None, None, (versie,), ())


@pytest.mark.parametrize(
    ("peildatum", "found"),
    [
        (date(2025, 10, 31), False),
        (date(2025, 11, 1), True),
        (date(2026, 4, 30), True),
        (date(2026, 5, 1), False),
    ],
)
def test_seventeen_and_a_half_lasts_until_the_month_of_turning_18(peildatum: date, found: bool) -> None:
    made = seventeen_and_a_half(youth("2008-05", toewijzing(None)), peildatum)
    assert [(one.youth, one.eighteen) for one in made] == [("youth", date(2026, 5, 1))] * found


def test_months_are_counted_over_the_turn_of_the_year() -> None:
    (found,) = seventeen_and_a_half(youth("2008-12", toewijzing(date(2026, 12, 31))), date(2026, 6, 15))
    assert (found.eighteen, found.without_successor) == (date(2026, 12, 1), True)
    (found,) = seventeen_and_a_half(youth("2008-12", toewijzing(date(2027, 1, 1))), date(2026, 6, 15))
    assert not found.without_successor


@pytest.mark.parametrize(
    ("one", "found"),
    [
        (toewijzing(None, eind=date(2026, 1, 1), reden="31"), False),
        (toewijzing(None, eind=date(2026, 1, 1), reden="20"), True),
        (toewijzing(date(2026, 1, 1)), False),
    ],
    ids=["ended", "paused", "lapsed"],
)
def test_only_who_is_in_care_counts(one: Toewijzing, found: bool) -> None:
    assert len(seventeen_and_a_half(youth("2008-05", one), date(2026, 3, 1))) == found


def test_without_a_month_of_birth_nothing_is_said() -> None:
    assert seventeen_and_a_half(youth(None, toewijzing(None)), date(2026, 3, 1)) == ()
    assert eighteen(youth(None, toewijzing(MAY[1])), *MAY) == ()


@pytest.mark.parametrize(
    ("van", "tot", "found"),
    [
        (*MAY, True),
        (date(2026, 5, 2), date(2026, 6, 30), False),
        (date(2026, 4, 1), date(2026, 5, 30), False),
        (date(2026, 1, 1), date(2026, 12, 31), True),
        (date(2026, 6, 1), date(2026, 12, 31), False),
    ],
)
def test_the_whole_month_of_turning_18_lies_in_the_period(van: date, tot: date, found: bool) -> None:
    made = eighteen(youth("2008-05", toewijzing(MAY[1])), van, tot)
    assert [(one.youth, one.without_successor) for one in made] == [("youth", True)] * found


@pytest.mark.parametrize(
    ("others", "found"),
    [
        ((successor(date(2026, 6, 1)),), False),
        ((successor(date(2026, 6, 2)),), True),
        ((successor(date(2026, 1, 1), date(2026, 5, 31)),), True),
        ((successor(date(2026, 1, 1), date(2026, 6, 1)),), False),
    ],
)
def test_any_toewijzing_on_the_first_of_the_next_month_is_a_successor(
    others: tuple[Toewijzing, ...], found: bool
) -> None:
    assert len(eighteen(youth("2008-05", toewijzing(MAY[1]), *others), *MAY)) == found


def test_who_was_not_in_care_on_the_first_of_the_month_does_not_count() -> None:
    ended = toewijzing(MAY[1], eind=date(2026, 4, 30), reden="31")
    lasted = toewijzing(MAY[1], eind=date(2026, 5, 1), reden="31")
    assert eighteen(youth("2008-05", ended), *MAY) == ()
    assert len(eighteen(youth("2008-05", lasted), *MAY)) == 1


def test_who_died_is_left_out() -> None:
    died = toewijzing(MAY[1], eind=date(2026, 5, 20), reden="02")
    assert eighteen(youth("2008-05", died), *MAY) == ()


def test_a_youth_is_told_for_each_traject_in_care() -> None:
    found = eighteen(youth("2008-05", toewijzing(MAY[1]), toewijzing(MAY[1], nummer=3)), *MAY)
    assert [(one.youth, one.traject.nummer) for one in found] == [("youth", 1), ("youth", 3)]
