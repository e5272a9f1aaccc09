"""Totals of claims always balance: every debit is granted, credited, refused or open, whatever they are added up by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.folds.claims import Claims, Line
from streams.core.monitors.claiming import ClaimedLine, claim_lines, costs, costs_by_month, received_in, total, totals
from streams.core.monitors.rows import Rows
from streams.core.regions import Monitoring

CLAIMED_AT = datetime(2026, 2, 3, 12, tzinfo=UTC)
checked = settings(max_examples=100)
outcomes = st.sampled_from(["claimed", "granted", "refused"])
months = st.integers(1, 12).map(lambda month: date(2026, month, 1))


@st.composite
def lines(draw: st.DrawFn, number: int) -> list[Line]:
    """A debit, and perhaps a credit of it."""
    bedrag, van = draw(st.integers(0, 10_000_000)), draw(months)
    categorie = draw(st.sampled_from(["45", "43", "99"]))

    def line(referentie: str, amount: int, credit_van: str | None) -> Line:
        claimed = CLAIMED_AT.replace(month=draw(st.integers(1, 12)))
        place = ("m", referentie, "D", van, categorie, "45A04", van, van.replace(day=28), amount, credit_van)
        return Line(*place, draw(outcomes), claimed, None, ())

    debit = line(f"R{number}", bedrag, None)
    credits = [line(f"C{number}", -bedrag, f"R{number}")] if draw(st.booleans()) else []
    return [debit, *credits]


@st.composite
def claimed(draw: st.DrawFn) -> tuple[ClaimedLine, ...]:
    some = []
    for number in range(draw(st.integers(0, 5))):
        relation = draw(st.sampled_from(["0392:65656001", "0392:65656002", "0453:65656001"]))
        mine = [line for pair in range(draw(st.integers(0, 3))) for line in draw(lines(pair))]
        some.append((draw(st.sampled_from(["y", "z"])), Claims(relation, number, tuple(mine))))
    return claim_lines(Rows(claims=tuple(some)), Monitoring())


DIMENSIONS: dict[str, Callable[[ClaimedLine], object]] = {
    "gemeente": lambda line: line.gemeente,
    "aanbieder": lambda line: line.aanbieder,
    "segment": lambda line: line.segment,
    "month": lambda line: line.received.month,
    "gemeente and segment": lambda line: (line.gemeente, line.segment),
    "nothing": lambda line: None,
}
AMOUNTS = ("claimed", "granted", "credited", "refused", "open", "refused_credits", "open_credits", "lines")


@pytest.mark.parametrize("dimension", sorted(DIMENSIONS))
@checked
@given(some=claimed())
def test_what_was_claimed_is_granted_credited_refused_or_open(dimension: str, some: tuple[ClaimedLine, ...]) -> None:
    parts = totals(some, DIMENSIONS[dimension])
    for one in parts.values():
        assert one.claimed == one.granted + one.credited + one.refused + one.open
    whole = total(some)
    assert whole.claimed == sum(line.bedrag for line in some if not line.is_credit)
    for amount in AMOUNTS:
        assert getattr(whole, amount) == sum(getattr(one, amount) for one in parts.values())


@checked
@given(some=claimed())
def test_every_signed_amount_is_somewhere(some: tuple[ClaimedLine, ...]) -> None:
    whole = total(some)
    signed = whole.granted + whole.refused - whole.refused_credits + whole.open - whole.open_credits
    assert sum(line.bedrag for line in some) == signed


@checked
@given(some=claimed())
def test_periods_take_each_line_once_and_costs_come_to_what_was_granted(some: tuple[ClaimedLine, ...]) -> None:
    halves = [
        received_in(some, date(2026, 1, 1), date(2026, 6, 30)),
        received_in(some, date(2026, 7, 1), date(2026, 12, 31)),
    ]
    assert sum(len(half) for half in halves) == len(some)
    whole = total(some)
    assert sum(one.cents for one in costs_by_month(some).values()) == whole.granted
    assert costs(some, date(2026, 1, 1), date(2026, 12, 31)).cents == whole.granted
