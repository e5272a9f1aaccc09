"""Provider drift: an aanbieder of which the recent weeks differ from its own past. Words: definitions.md."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from streams.core.monitors.drift_counts import KINDS, Counts, Kind, Tally, Window, counted
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import File
from streams.core.regions import Drift, Monitoring

__all__ = ["KINDS", "Counts", "Kind", "Signal", "Window", "chance_of", "signals"]


class Signal(Struct, frozen=True, kw_only=True):
    """What one comparison of one aanbieder says.

    youths     of how many youths both counts are, the recent one first; None for counts of messages.
    chance     how often so much of a difference, or more, comes by chance; None when nothing can be said.
    signalled  the chance is below the setting.
    """

    aanbieder: str
    kind: Kind
    counts: Counts
    window: Window
    youths: tuple[int, int] | None
    chance: float | None
    signalled: bool


def signals(files: Sequence[File], rows: Rows, peildatum: date, monitoring: Monitoring) -> tuple[Signal, ...]:
    """Every comparison of every aanbieder that is seen in either span, signalled or not, by aanbieder and kind."""
    tally = counted(files, rows, peildatum, monitoring.drift)
    places = ((aanbieder, kind) for aanbieder in sorted(tally.aanbieders) for kind in KINDS)
    return tuple(_signal(tally, aanbieder, kind, monitoring.drift) for aanbieder, kind in places)


def chance_of(kind: Kind, counts: Counts, drift: Drift) -> float | None:
    """How often so much of a difference, or more, comes by chance; None when nothing can be said of so little.

    Starts and ends are binomial given both counts together (the conditional test of two Poisson rates); the others are
    shares (Fisher's exact test). Of starts fewer are looked for, of the others more.
    """
    if not counts.recent_of or not counts.past_of or max(counts.recent, counts.expected) < drift.least:
        return None
    if kind in ("starts", "ends"):
        return _chance_of_rate(counts, "less" if kind == "starts" else "greater")
    return _chance_of_share(counts)


def _chance_of_rate(counts: Counts, alternative: str) -> float:
    from scipy.stats import binomtest  # takes most of a second to load, so whoever draws no figures does not pay it

    share = counts.recent_of / (counts.recent_of + counts.past_of)
    return float(binomtest(counts.recent, counts.recent + counts.past, share, alternative).pvalue)


def _chance_of_share(counts: Counts) -> float:
    from scipy.stats import fisher_exact  # as above

    recent = (counts.recent, counts.recent_of - counts.recent)
    past = (counts.past, counts.past_of - counts.past)
    return float(fisher_exact((recent, past), "greater").pvalue)


def _signal(tally: Tally, aanbieder: str, kind: Kind, drift: Drift) -> Signal:
    window, counts = tally.window(aanbieder, kind), tally.counts(aanbieder, kind)
    chance = chance_of(kind, counts, drift) if window.has_past else None
    signalled = chance is not None and chance < drift.chance
    return Signal(
        aanbieder=aanbieder,
        kind=kind,
        counts=counts,
        window=window,
        youths=tally.youths(aanbieder, kind),
        chance=chance,
        signalled=signalled,
    )
