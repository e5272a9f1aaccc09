"""Suppression over periods: who sees every picture that the hub offers of two years learns nothing of few youths."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache

import pytest
from msgspec.structs import replace

from streams.core.monitors.picture import Picture, picture, shown
from streams.core.monitors.suppression import Group, group_of
from streams.core.monitors.trajecten import files
from streams.core.regions import Monitoring, Region
from tests.support.onlooking import FLOWS, Onlooker, Pictures, offered, once_in_care, quarters

REGION = Region(id="r", name="R", gemeenten=("0001", "0002", "0003", "0004"))
SET = Monitoring(regions=(REGION,))
CATEGORIES = ("46", "48", "44", "54", "45")
NOW = datetime(2026, 2, 1, tzinfo=UTC)
QUARTERS = quarters(date(2024, 1, 1), 8)
YOUTHS = [300, 1000]


@cache
def whole(youths: int) -> Pictures:
    rows = once_in_care(youths, REGION.gemeenten, CATEGORIES, date(2023, 7, 1), seed=youths)
    known = files(rows.clients, SET)
    return {at: picture(known, rows, REGION, at.van, at.tot, NOW, SET) for at in offered(QUARTERS)}


def onlooker(pictures: Pictures) -> Onlooker:
    return Onlooker({at: shown(one, SET) for at, one in pictures.items()}, pictures)


def hidden_flows(picture: Picture) -> set[Group]:
    tables = (one for one in picture.tables if one.figure in FLOWS and one.id.startswith(FLOWS))
    return {group_of(one, cell.place) for one in tables for cell in one.rows
            if cell.suppressed and "maand" not in one.dimensions}  # fmt: skip


@pytest.mark.parametrize("youths", YOUTHS)
def test_nothing_of_few_youths_follows_from_all_pictures_together(youths: int) -> None:
    seen = onlooker(whole(youths))
    assert len(seen.few) > 100
    assert seen.calculated() == set()
    assert seen.enclosed() == set()


@pytest.mark.parametrize("youths", YOUTHS)
def test_the_sums_of_onlookers_are_exact_here(youths: int) -> None:
    assert onlooker(whole(youths)).untrue == []


@pytest.mark.parametrize("youths", YOUTHS)
def test_without_looking_at_quarters_a_year_would_tell_one(youths: int) -> None:
    """What the first test looks for is there to be found."""
    seen = onlooker({at: replace(one, care=()) for at, one in whole(youths).items()})
    assert seen.calculated()
    assert seen.enclosed()


@pytest.mark.parametrize("youths", YOUTHS)
def test_what_is_hidden_in_a_quarter_is_hidden_in_each_year_with_it_and_flows_are_hidden_alike(youths: int) -> None:
    hidden = {at: hidden_flows(shown(one, SET)) for at, one in whole(youths).items()}
    for year in set(hidden) - set(QUARTERS):
        assert hidden[year] >= {
            one for at in QUARTERS if year.van <= at.van <= at.tot <= year.tot for one in hidden[at]
        }
    for some in hidden.values():
        assert {(flow, place) for flow in FLOWS for _, place in some} == some
