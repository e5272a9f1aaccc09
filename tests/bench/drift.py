"""`python -m tests.bench.drift`: how often drift signals without reason, and how soon it does with one.

Aanbieders are drawn day by day, at the level of counts. A stable one has constant rates and independent events; the
scenarios after that are aanbieders that are well, but not so simple. Looks are monthly, with the default settings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from streams.core.monitors.drift import chance_of
from streams.core.monitors.drift_counts import KINDS, Counts, Kind
from streams.core.regions import Drift

Days = NDArray[np.int64]
DRIFT = Drift()
LOOK_DAYS, YEARS, WARM = 30, 3, 240
SIZES = (2, 5, 10, 20, 50, 100)
"""First starts in eight weeks."""
CARE_DAYS, MESSAGES, TERMED, SUMMER = 280, 12, 2, range(190, 232)
"""Length of a traject; for each start, messages and, of those, answers and stops; days of the year of the summer."""
SHARES: Mapping[Kind, float] = {"ends": 0.05, "refused": 0.05, "late": 0.10, "unclaimed": 0.03}
"""Of the trajecten, messages, answers and stops, months of care."""
CHANGED: Mapping[Kind, float] = {"starts": 0.5, "ends": 5, "refused": 3, "late": 3, "unclaimed": 5}
"""By what the rate is multiplied for an aanbieder that fails."""


class Series(NamedTuple):
    """Of many aanbieders (rows), day by day: how often something was seen, and out of how much."""

    seen: Days
    out_of: Days


def drawn(kind: Kind, size: float, aanbieders: int, factor: NDArray[np.float64], chance: np.random.Generator) -> Series:
    """Aanbieders of one size, of which the rate is multiplied by `factor` on each day."""
    shape, daily = (aanbieders, len(factor)), size / DRIFT.recent_days
    if kind == "starts":
        return Series(chance.poisson(daily * factor, shape), np.ones(shape, np.int64))
    if kind == "ends":
        in_care = np.full(shape, round(daily * CARE_DAYS))
        return Series(chance.poisson(daily * SHARES[kind] * factor, shape), in_care)
    if kind == "unclaimed":
        months = np.zeros(shape, np.int64)
        months[:, ::LOOK_DAYS] = round(daily * CARE_DAYS)
        return Series(chance.binomial(months, np.minimum(1, SHARES[kind] * factor)), months)
    sent = chance.poisson(daily * (MESSAGES if kind == "refused" else TERMED), shape)
    return Series(chance.binomial(sent, np.minimum(1, SHARES[kind] * factor)), sent)


def looks(series: Series, first: int) -> Iterator[list[Counts]]:
    """At each monthly look from day `first` on, the counts of every aanbieder."""
    sums = [np.pad(one.cumsum(axis=1), ((0, 0), (1, 0))) for one in series]
    for day in range(first, sums[0].shape[1], LOOK_DAYS):
        recent, past = day - DRIFT.recent_days, day - DRIFT.recent_days - DRIFT.history_days
        spans = [((one[:, day] - one[:, recent]), (one[:, recent] - one[:, past])) for one in sums]
        (seen, before), (out_of, out_of_before) = spans
        yield [Counts(*map(int, four)) for four in zip(seen, out_of, before, out_of_before, strict=True)]


def signalled(kind: Kind, counts: Counts) -> bool | None:
    """Whether it is a signal; None when nothing can be said."""
    chance = chance_of(kind, counts, DRIFT)
    return None if chance is None else chance < DRIFT.chance


class Rate(NamedTuple):
    """Looks, those at which something could be said, signals, and signals that were none at the look before."""

    looks: int
    said: int
    signals: int
    fresh: int


def rate(kind: Kind, series: Series) -> Rate:
    """Signals over all monthly looks after the first 240 days."""
    before: list[bool | None] = [None] * len(series.seen)
    total = np.zeros(4, np.int64)
    for counts in looks(series, WARM):
        now = [signalled(kind, one) for one in counts]
        fresh = sum(bool(one) and not old for one, old in zip(now, before, strict=True))
        total += (len(now), sum(one is not None for one in now), sum(map(bool, now)), fresh)
        before = now
    return Rate(*map(int, total))


def delays(kind: Kind, size: float, aanbieders: int, chance: np.random.Generator) -> list[int | None]:
    """Days from the failing of each aanbieder to its first signal within a year; None for none.

    The first look comes 0 to 29 days after it. Days for which starts, ends or claims are not yet told come on top.
    """
    phase = int(chance.integers(LOOK_DAYS))
    factor = np.ones(WARM + 365 + phase)
    factor[WARM:] = CHANGED[kind]
    found: list[int | None] = [None] * aanbieders
    for number, counts in enumerate(looks(drawn(kind, size, aanbieders, factor, chance), WARM + phase)):
        for aanbieder, one in enumerate(counts):
            if found[aanbieder] is None and signalled(kind, one):
                found[aanbieder] = phase + number * LOOK_DAYS
    return found


# --- aanbieders that are well, but not so simple ---------------------------------------------------


def growing(size: float, aanbieders: int, chance: np.random.Generator, by_days: bool) -> Series:
    """Care that doubles in 240 days, and so on; the rate of ends for each day of care is constant."""
    in_care = np.round(size / DRIFT.recent_days * CARE_DAYS * 2 ** (np.arange(WARM + 365) / WARM)).astype(np.int64)
    seen = chance.poisson(in_care * SHARES["ends"] / CARE_DAYS, (aanbieders, len(in_care)))
    return Series(seen, np.ones_like(seen) if by_days else np.broadcast_to(in_care, seen.shape))


def summer(size: float, aanbieders: int, chance: np.random.Generator) -> Series:
    """Half the starts in six weeks of summer."""
    factor = np.where(np.isin(np.arange(YEARS * 365) % 365, SUMMER), 0.5, 1.0)
    return drawn("starts", size, aanbieders, factor, chance)


def clumps(size: float, aanbieders: int, chance: np.random.Generator) -> Series:
    """Refusals come five at a time: one fault in software refuses all that is sent that day."""
    sent = chance.poisson(size / DRIFT.recent_days * MESSAGES, (aanbieders, YEARS * 365))
    faults = chance.poisson(size / DRIFT.recent_days * MESSAGES * SHARES["refused"] / 5, sent.shape)
    return Series(np.minimum(sent, 5 * faults), sent)


def forgotten(size: float, aanbieders: int, chance: np.random.Generator) -> Series:
    """Trajecten without a claim never have one, for all their nine months."""
    shape = (aanbieders, YEARS * 365)
    months, seen = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    monthly = size / DRIFT.recent_days * LOOK_DAYS
    begun = chance.poisson(monthly, (aanbieders, shape[1] // LOOK_DAYS + 10))
    never = chance.binomial(begun, SHARES["unclaimed"])
    for month, day in enumerate(range(0, shape[1], LOOK_DAYS)):
        months[:, day], seen[:, day] = begun[:, month : month + 9].sum(axis=1), never[:, month : month + 9].sum(axis=1)
    return Series(seen, months)


SCENARIOS: Mapping[str, tuple[Kind, Callable[[float, int, np.random.Generator], Series]]] = {
    "care doubles in 240 days, ends by days of care": ("ends", partial(growing, by_days=False)),
    "the same, ends by calendar days": ("ends", partial(growing, by_days=True)),
    "half the starts in six weeks of summer": ("starts", summer),
    "refusals five at a time": ("refused", clumps),
    "trajecten that are never claimed on": ("unclaimed", forgotten),
}


def main() -> None:
    """Print the tables."""
    console, chance = Console(width=120), np.random.default_rng(20260501)
    console.print(_stable(chance))
    console.print(_scenarios(chance))
    console.print(_power(chance))


def _stable(chance: np.random.Generator, aanbieders: int = 500) -> Table:
    table = Table(title="Signals of stable aanbieders, per 10,000 looks (looks at which something could be said)")
    for column in ("starts in 8 weeks", *KINDS, "any, per look", "new, per aanbieder-year"):
        table.add_column(column, justify="right")
    for size in SIZES:
        rates = [rate(kind, drawn(kind, size, aanbieders, np.ones(YEARS * 365), chance)) for kind in KINDS]
        cells = [f"{1e4 * one.signals / one.looks:.1f} ({one.said / one.looks:.0%})" for one in rates]
        per_look = sum(one.signals / one.looks for one in rates)
        per_year = sum(one.fresh / one.looks for one in rates) * 365 / LOOK_DAYS
        table.add_row(str(size), *cells, f"{per_look:.4f}", f"{per_year:.4f}")
    return table


def _scenarios(chance: np.random.Generator, aanbieders: int = 500) -> Table:
    table = Table(title="Signals per 10,000 looks of aanbieders that are well, but not so simple")
    for column in ("", *(f"{size} starts" for size in SIZES[2:])):
        table.add_column(column, justify="right" if column else "left")
    for name, (kind, draw) in SCENARIOS.items():
        rates = [rate(kind, draw(size, aanbieders, chance)) for size in SIZES[2:]]
        table.add_row(f"{name} ({kind})", *(f"{1e4 * one.signals / one.looks:.1f}" for one in rates))
    return table


def _power(chance: np.random.Generator, aanbieders: int = 40, times: int = 10) -> Table:
    table = Table(title="Signalled within a year of failing, median of days until then")
    for column in ("starts in 8 weeks", *(f"{kind} × {CHANGED[kind]:g}" for kind in KINDS)):
        table.add_column(column, justify="right")
    for size in SIZES:
        found = [[one for _ in range(times) for one in delays(kind, size, aanbieders, chance)] for kind in KINDS]
        table.add_row(str(size), *map(_told, found))
    return table


def _told(found: list[int | None]) -> str:
    days = [one for one in found if one is not None]
    return f"{len(days) / len(found):.0%}" + (f", {np.median(days):.0f} d" if days else "")


if __name__ == "__main__":
    main()
