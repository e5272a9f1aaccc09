"""Drift: the statistic by hand and by simulation, what is counted and when, and the sentence that tells it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from math import comb

import numpy as np
import pytest

from streams.core.folds.berichten import Berichten
from streams.core.folds.care import Client, Levering, Toewijzing, Versie
from streams.core.folds.claims import Claims, Line, Outcome
from streams.core.monitors.drift import Signal, chance_of, signals
from streams.core.monitors.drift_counts import KINDS, Counts, Kind
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import files
from streams.core.regions import Drift, Monitoring

DRIFT = Drift()
AANBIEDER = "65656001"
RELATION = f"0453:{AANBIEDER}"
PEILDATUM = date(2026, 5, 1)
UNTIL = date(2026, 4, 17)
"""The last day of starts and ends."""
RECENT_FROM, PAST_FROM = UNTIL - timedelta(55), UNTIL - timedelta(237)
LONG_AGO = date(2020, 1, 1)


# --- the statistic ---------------------------------------------------------------------------------


def tail(successes: Iterable[int], number: int, share: float) -> float:
    return sum(comb(number, k) * share**k * (1 - share) ** (number - k) for k in successes)


def test_starts_and_ends_are_binomial_given_both_counts() -> None:
    share = 56 / 238
    assert chance_of("starts", Counts(3, 56, 40, 182), DRIFT) == pytest.approx(tail(range(4), 43, share))
    share = 1000 / 5000
    assert chance_of("ends", Counts(9, 1000, 11, 4000), DRIFT) == pytest.approx(tail(range(9, 21), 20, share))


def test_shares_are_hypergeometric_given_all_margins() -> None:
    ways = sum(comb(17, k) * comb(153, 40 - k) for k in range(12, 18))
    for kind in ("refused", "late", "unclaimed"):
        assert chance_of(kind, Counts(12, 40, 5, 130), DRIFT) == pytest.approx(ways / comb(170, 40))


def drawn(kind: Kind, chance: np.random.Generator, number: int) -> Iterator[Counts]:
    """What stable aanbieders come to, each independent of the others."""
    for _ in range(number):
        if kind in ("starts", "ends"):
            yield Counts(int(chance.poisson(50)), 56, int(chance.poisson(50 / 56 * 182)), 182)
        else:
            recent, past = int(chance.poisson(400)), int(chance.poisson(1300))
            yield Counts(int(chance.binomial(recent, 0.1)), recent, int(chance.binomial(past, 0.1)), past)


@pytest.mark.parametrize("kind", KINDS)
def test_stable_aanbieders_give_false_alarms_as_often_as_the_chance_says(kind: Kind) -> None:
    """Exact tests stay under the chance that is asked, by little at these counts; four standard errors are allowed."""
    made = [chance_of(kind, one, DRIFT) for one in drawn(kind, np.random.default_rng(1803), 2000)]
    chances = [one for one in made if one is not None]
    assert len(chances) == 2000
    for asked, least in ((0.05, 0.030), (0.2, 0.145)):
        share = sum(one < asked for one in chances) / len(chances)
        assert least < share < asked + 4 * (asked * (1 - asked) / 2000) ** 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_direction_that_worries_is_signalled(kind: Kind) -> None:
    fewer, more = Counts(20, 400, 200, 1200), Counts(130, 400, 200, 1200)
    worries, pleases = (fewer, more) if kind == "starts" else (more, fewer)
    worried, pleased = chance_of(kind, worries, DRIFT), chance_of(kind, pleases, DRIFT)
    assert worried is not None
    assert pleased is not None
    assert worried < 1e-4 < 0.99 < pleased


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (Counts(0, 100, 10, 200), True),
        (Counts(0, 100, 9, 200), False),
        (Counts(5, 100, 0, 200), True),
        (Counts(4, 100, 0, 200), False),
        (Counts(9, 100, 0, 0), False),
        (Counts(0, 0, 90, 200), False),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_said_when_both_what_is_seen_and_what_is_expected_are_few(
    kind: Kind, counts: Counts, said: bool
) -> None:
    assert (chance_of(kind, counts, DRIFT) is not None) == said


# --- what is counted -------------------------------------------------------------------------------


def care(
    begin: date,
    eind: date | None = None,
    reden: str = "31",
    *,
    nummer: int | None = 1,
    ingang: date | None = None,
    einde: date | None = None,
) -> Toewijzing:
    at = datetime.combine(begin, time(12), UTC)
    told = [Levering("m1", at, begin, None, None, "45", None)]
    if eind is not None:
        told.append(Levering("m2", at, begin, eind, reden, "45", None))
    versies = (Versie("m0", at, at.replace(tzinfo=None), ingang or begin, einde, "45", None, None, None),)
    return Toewijzing(RELATION, nummer, None if nummer else "45", None, versies if nummer else (), tuple(told))


def found(
    *toewijzingen: Toewijzing,
    berichten: tuple[Berichten, ...] = (),
    claims: tuple[tuple[str, Claims], ...] = (),
    peildatum: date = PEILDATUM,
    drift: Drift = DRIFT,
) -> Mapping[Kind, Signal]:
    """What is said of the aanbieder when each toewijzing is of another youth."""
    monitoring = Monitoring(drift=drift)
    clients = {f"youth{n}": Client("2012-05", (one,)) for n, one in enumerate(toewijzingen)}
    made = signals(files(clients, monitoring), Rows(clients, claims, berichten), peildatum, monitoring)
    assert {one.aanbieder for one in made} <= {AANBIEDER}
    return {one.kind: one for one in made}


SIDES = [
    (0, (1, 0)),
    (1, (0, 0)),
    (-55, (1, 0)),
    (-56, (0, 1)),
    (-237, (0, 1)),
    (-238, (0, 0)),
]
"""Days after the end of the window, and the counts to which something on that day comes."""


def sides(signal: Signal) -> tuple[int, int]:
    return signal.counts.recent, signal.counts.past


@pytest.mark.parametrize(("offset", "counts"), SIDES)
def test_first_starts_and_ends_count_until_two_weeks_ago(offset: int, counts: tuple[int, int]) -> None:
    on, running = UNTIL + timedelta(offset), care(LONG_AGO)
    made = found(care(on), running)
    assert sides(made["starts"]) == counts
    assert (made["starts"].counts.recent_of, made["starts"].counts.past_of) == (56, 182)
    assert sides(found(care(LONG_AGO, on, "33"), running)["ends"]) == counts
    assert sides(found(care(LONG_AGO, on, "32"), running)["ends"]) == (0, 0)


def test_a_start_after_a_pause_is_no_first_start() -> None:
    one = care(LONG_AGO, LONG_AGO + timedelta(30), "20")
    at = datetime.combine(UNTIL, time(12), UTC)
    again = Levering("m3", at, UNTIL, None, None, "45", None)
    resumed = Toewijzing(RELATION, 1, None, None, one.versies, (*one.leveringen, again))
    assert sides(found(resumed)["starts"]) == (0, 0)


def test_ends_are_out_of_the_days_of_care() -> None:
    made = found(care(LONG_AGO), care(RECENT_FROM - timedelta(10), RECENT_FROM + timedelta(4)))
    assert (made["ends"].counts.recent_of, made["ends"].counts.past_of) == (56 + 5, 182 + 10)


def test_care_counts_as_far_as_its_toewijzing_covers_it() -> None:
    clipped = care(LONG_AGO, ingang=RECENT_FROM - timedelta(3), einde=RECENT_FROM + timedelta(1))
    assert found(clipped)["ends"].counts == Counts(0, 2, 0, 3)
    lapsed = care(date(2026, 1, 20), ingang=LONG_AGO, einde=date(2026, 1, 10))
    assert found(lapsed)["unclaimed"].counts == Counts(0, 0, 0, 0)


def bericht(kind: str, day: date, sent: int, *, refused: int = 0, late: int = 0, received: bool = False) -> Berichten:
    afzender, ontvanger = ("0453", AANBIEDER) if received else (AANBIEDER, "0453")
    outcomes = {"accepted": sent - refused, "refused": refused}
    by = {"hub": refused} if refused else {}
    return Berichten(
        RELATION, kind, day, afzender, ontvanger, outcomes, refused_by=by, late={"OP272": late} if late else {}
    )


KNOWN = bericht("JW301", LONG_AGO, 1, received=True)
"""Since when messages of the aanbieder are known here."""


@pytest.mark.parametrize(("offset", "counts"), SIDES)
def test_messages_count_until_the_peildatum(offset: int, counts: tuple[int, int]) -> None:
    made = found(
        care(LONG_AGO), berichten=(KNOWN, bericht("JW307", PEILDATUM + timedelta(offset), 9, refused=1, late=1))
    )
    assert sides(made["refused"]) == sides(made["late"]) == counts
    assert (made["late"].counts.recent_of, made["late"].counts.past_of) == (counts[0] * 9, counts[1] * 9)


def test_only_what_the_aanbieder_sends_and_can_be_refused_or_late_counts() -> None:
    some = (
        KNOWN,
        bericht("JW301", PEILDATUM, 50, refused=50, received=True),
        bericht("JW302", PEILDATUM, 7, refused=1, late=2),
        bericht("JW305", PEILDATUM, 20, refused=3),
        bericht("JW323", PEILDATUM, 5, refused=2),
    )
    made = found(care(LONG_AGO), berichten=some)
    assert made["refused"].counts == Counts(5, 25, 0, 0)
    assert made["late"].counts == Counts(2, 7, 0, 0)


def test_what_was_refused_without_having_been_counted_as_sent_does_not_count() -> None:
    odd = Berichten(RELATION, "JW305", PEILDATUM, AANBIEDER, "0453", {"accepted": 1}, refused_by={"ontvanger": 3})
    assert found(berichten=(KNOWN, odd))["refused"].counts == Counts(1, 1, 0, 0)


def test_before_it_was_known_here_an_aanbieder_has_no_past() -> None:
    many = [care(RECENT_FROM - timedelta(n)) for n in range(1, 101)]
    for days, past, said in ((27, 27, False), (28, 28, True), (500, 100, True)):
        known = bericht("JW301", RECENT_FROM - timedelta(days), 1, received=True)
        made = found(*many, berichten=(known,))["starts"]
        assert (made.counts.past, made.counts.past_of) == (past, min(days, 182))
        assert (made.chance is not None, made.signalled) == (said, said)


# --- months of care without a claim ----------------------------------------------------------------


def claimed(
    van: date, tot: date, outcome: Outcome = "granted", credit_van: str | None = None
) -> tuple[tuple[str, Claims], ...]:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    bedrag = -100 if credit_van else 100
    line = Line("m9", "1", "1", van, "45", "45A04", van, tot, bedrag, credit_van, outcome, at, None, ())
    return (("youth0", Claims(RELATION, 1, (line,))),)


@pytest.mark.parametrize(("peildatum", "recent"), [(date(2026, 4, 3), 1), (date(2026, 4, 4), 2), (date(2026, 5, 1), 1)])
def test_the_months_that_ended_in_the_windows_count(peildatum: date, recent: int) -> None:
    """The recent windows end on 30 January, 31 January and 27 February."""
    made = found(care(LONG_AGO), peildatum=peildatum)["unclaimed"].counts
    assert made == Counts(recent, recent, 6, 6)


def test_a_month_is_looked_at_on_the_63rd_day_after_it() -> None:
    """February ends 62 days before the first of May, and 63 before the second."""
    one = care(date(2026, 2, 28))
    assert found(one, peildatum=date(2026, 5, 1))["unclaimed"].counts.recent_of == 0
    assert found(one, peildatum=date(2026, 5, 2))["unclaimed"].counts == Counts(1, 1, 0, 0)


@pytest.mark.parametrize(
    ("claims", "missing"),
    [
        (claimed(date(2026, 1, 1), date(2026, 1, 1)), 0),
        (claimed(date(2026, 1, 31), date(2026, 2, 28)), 0),
        (claimed(date(2026, 1, 10), date(2026, 1, 20), "claimed"), 0),
        (claimed(date(2026, 1, 10), date(2026, 1, 20), "refused"), 1),
        (claimed(date(2026, 1, 10), date(2026, 1, 20), "granted", "0"), 1),
        (claimed(date(2026, 2, 1), date(2026, 2, 28)), 1),
    ],
    ids=["first day", "last day", "open", "refused", "credit", "next month"],
)
def test_a_line_that_touches_the_month_claims_it(claims: tuple[tuple[str, Claims], ...], missing: int) -> None:
    one = care(date(2026, 1, 1), date(2026, 1, 31))
    assert found(one, claims=claims)["unclaimed"].counts == Counts(missing, 1, 0, 0)


def test_care_by_task_and_months_before_it_was_known_are_not_looked_at() -> None:
    assert found(care(LONG_AGO, nummer=None))["unclaimed"].counts == Counts(0, 0, 0, 0)
    known = bericht("JW301", date(2025, 11, 2), 1, received=True)
    assert found(care(LONG_AGO), berichten=(known,))["unclaimed"].counts == Counts(1, 1, 1, 1)


# --- through files and rows ------------------------------------------------------------------------


def years(chance: np.random.Generator, factor: float) -> tuple[tuple[Toewijzing, ...], Counts]:
    """Starts of an aanbieder day by day, multiplied by `factor` in the recent window, and what they come to."""
    days = [PAST_FROM + timedelta(n) for n in range(238)]
    daily = [int(chance.poisson(1.0 * (factor if day >= RECENT_FROM else 1))) for day in days]
    counts = Counts(sum(daily[182:]), 56, sum(daily[:182]), 182)
    return tuple(care(day) for day, number in zip(days, daily, strict=True) for _ in range(number)), counts


def test_a_stable_aanbieder_is_silent_and_one_that_loses_half_its_starts_is_not() -> None:
    chance = np.random.default_rng(7)
    for factor, signalled in ((1, 0), (0.5, 8)):
        made = [
            (found(*toewijzingen)["starts"], counts)
            for toewijzingen, counts in (years(chance, factor) for _ in range(10))
        ]
        assert all(signal.counts == counts for signal, counts in made)
        assert sum(signal.signalled for signal, _ in made) >= signalled
        assert any(signal.signalled for signal, _ in made) == bool(signalled)


def test_a_signal_is_given_below_the_chance_that_is_set() -> None:
    some = [care(RECENT_FROM - timedelta(1)) for _ in range(26)]
    chance = found(*some)["starts"].chance
    assert chance is not None
    assert not found(*some, drift=Drift(chance=chance))["starts"].signalled
    assert found(*some, drift=Drift(chance=chance * 1.0001))["starts"].signalled
