"""Survival: how long waiting lasts, when those that still wait count too (Kaplan–Meier). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

_ROUNDING = 1e-9
"""The estimate is a product of fractions: what should be exactly one half may come out this much above it."""


class Survival(Struct, frozen=True):
    """How long waiting lasts.

    size    how many waits were looked at; ended: how many of those came to their end.
    median  in days: the first day by which half has ended; None when that is not reached.
    longer  per norm in weeks: the estimated share (0-1) that waits longer; None when no wait was followed that long.
    """

    size: int
    ended: int
    median: int | None
    longer: Mapping[int, float | None]


def survival(ended: Sequence[int], censored: Sequence[int], weeks: Sequence[int]) -> Survival:
    """The Kaplan–Meier estimate of waits in days: those that ended, and those not seen to end (source: scipy.stats)."""
    from scipy.stats import CensoredData, ecdf  # here: it takes longer to import than the hub to start

    estimate = ecdf(CensoredData(uncensored=ended, right=censored)).sf
    days = [int(day) for day in estimate.quantiles]
    shares = [float(share) for share in estimate.probabilities]
    halved = (day for day, share in zip(days, shares, strict=True) if share <= 0.5 + _ROUNDING)
    return Survival(
        size=len(ended) + len(censored),
        ended=len(ended),
        median=next(halved, None),
        longer={norm: _longer(days, shares, 7 * norm) for norm in weeks},
    )


def _longer(days: Sequence[int], shares: Sequence[float], limit: int) -> float | None:
    """The share that waits longer than the limit; beyond the longest wait it is known only if all of them ended."""
    if not days or (limit > days[-1] and shares[-1] > 0):
        return None
    return next((share for day, share in zip(reversed(days), reversed(shares), strict=True) if day <= limit), 1.0)
