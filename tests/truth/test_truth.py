"""Every figure of the monitors equals the truth of a simulated region, counted by hand (tests/support/truth)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date

import pytest

from streams.simulating.configuration import Simulation
from tests.support.truth.comparing import (
    Both,
    discontinuity_in,
    discontinuity_on,
    waiting_coverage,
    waiting_figures,
    waiting_items,
)
from tests.support.truth.comparing_rest import (
    burden_in,
    claims_in,
    costs_a_year_later,
    deadlines_on,
    drift_on,
    picture_in,
)
from tests.support.truth.days import Period, each_day, periods
from tests.support.truth.kinds import ALL, kinds, missing
from tests.support.truth.running import doubled, interleaved, rows_of
from tests.support.truth.scenery import Scene, scene

SMALL = {
    "half a year": (Simulation(youths=250, days=181), 1),
    "in the middle of April": (Simulation(youths=150, days=107), 2),
}
ON_DAYS = {
    "waits": waiting_items,
    "coverage": waiting_coverage,
    "discontinuity": discontinuity_on,
    "deadlines": deadlines_on,
    "drift": drift_on,
}
OFTEN = ("waits", "discontinuity", "deadlines")
IN_PERIODS = {
    "waiting list": waiting_figures,
    "discontinuity": discontinuity_in,
    "burden": burden_in,
    "claims": claims_in,
    "picture": picture_in,
}
MOST_TOLD = 25
LEAST_MESSAGES = 50_000


@pytest.fixture(scope="module", params=list(SMALL))
def small(request: pytest.FixtureRequest) -> Scene:
    """A small region."""
    return scene(*SMALL[request.param])


@pytest.fixture(scope="module")
def year() -> Scene:
    """A whole region for a year."""
    return scene(Simulation(), 1)


@pytest.fixture(scope="module")
def kinds_of_year(year: Scene) -> Counter[str]:
    """What happens in that year."""
    return kinds(year)


def same(differences: Iterator[str]) -> None:
    """Fails with the first differences."""
    found = list(differences)
    assert not found, f"{len(found)} differences:\n" + "\n".join(found[:MOST_TOLD])


def on_days(one: Scene, compare: Callable[[Both, date], Iterator[str]]) -> Iterator[str]:
    """The differences on some days."""
    return (difference for day in one.days for difference in compare(one.both, day))


def often(one: Scene, compare: Callable[[Both, date], Iterator[str]]) -> Iterator[str]:
    """The differences on every ninth day."""
    days = list(each_day(one.truth.first, one.truth.last))[::9]
    return (difference for day in days for difference in compare(one.both, day))


def in_periods(one: Scene, compare: Callable[[Both, Period], Iterator[str]], most: int) -> Iterator[str]:
    """The differences in all months, quarters and the whole; of pictures in the last of them."""
    some = periods(one.truth.first, one.truth.last)
    chosen = some if compare is not picture_in else [(one.truth.first, one.truth.last), *some[-most:]]
    return (difference for period in chosen for difference in compare(one.both, period))


@pytest.mark.parametrize("what", ON_DAYS)
def test_every_figure_of_a_day_is_true(small: Scene, what: str) -> None:
    same(on_days(small, ON_DAYS[what]))


@pytest.mark.parametrize("what", IN_PERIODS)
def test_every_figure_of_a_period_is_true(small: Scene, what: str) -> None:
    same(in_periods(small, IN_PERIODS[what], 2))


@pytest.mark.parametrize("what", OFTEN)
def test_every_figure_is_true_often(small: Scene, what: str) -> None:
    same(often(small, ON_DAYS[what]))


def test_discontinuity_of_every_single_day_is_true(small: Scene) -> None:
    days = each_day(small.truth.first, small.truth.last)
    same(difference for day in days for difference in discontinuity_in(small.both, (day, day)))


def test_costs_of_a_year_ago_are_true(small: Scene) -> None:
    same(costs_a_year_later(small.both, (small.truth.first, small.truth.last)))


def test_events_that_come_twice_change_nothing(small: Scene) -> None:
    assert rows_of(doubled(small.told, random.Random(5))) == small.both.rows


def test_the_order_between_relations_changes_nothing(small: Scene) -> None:
    assert rows_of(interleaved(small.told, random.Random(6))) == small.both.rows


def test_a_small_region_has_most_kinds_of_care_and_messages(small: Scene) -> None:
    lacking = missing(kinds(small), ALL)
    assert len(lacking) < len(ALL) / 4, lacking


@pytest.mark.full
def test_a_year_has_every_kind_of_care_and_messages(year: Scene, kinds_of_year: Counter[str]) -> None:
    assert len(year.sents) >= LEAST_MESSAGES
    assert missing(kinds_of_year, ALL) == []


@pytest.mark.full
@pytest.mark.parametrize("what", ON_DAYS)
def test_every_figure_of_a_day_is_true_in_a_year(year: Scene, what: str) -> None:
    same(on_days(year, ON_DAYS[what]))


@pytest.mark.full
@pytest.mark.parametrize("what", IN_PERIODS)
def test_every_figure_of_a_period_is_true_in_a_year(year: Scene, what: str) -> None:
    same(in_periods(year, IN_PERIODS[what], 1))
