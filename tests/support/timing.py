"""Whether two ways to ask differ in how long the answer takes, on a machine that does other things as well.

In every round both are measured, in an order by chance, and so is a control: the first with DELAY added, beside the
first again. Rounds go on until the control is caught, so that whatever noise there is, a difference as large would
be. When to stop does not depend on what is compared, so a false alarm has the probability ALPHA and no more.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from scipy.stats import binomtest

ALPHA = 1e-6
DELAY = 0.0003
"""Seconds."""
FEWEST, MOST = 300, 4000
"""Rounds."""
WARMING, LOOK_EVERY = 10, 50

Ask = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Compared:
    """difference: median of the differences, in seconds. p: how probable signs as these are without a difference."""

    rounds: int
    difference: float
    p: float
    control: float

    @property
    def differs(self) -> bool:
        """Whether the time tells which of both was asked."""
        return self.p < ALPHA

    @property
    def would_show(self) -> bool:
        """Whether a difference of DELAY was caught under the same noise."""
        return self.control < ALPHA


async def compared(one: Ask, other: Ask) -> Compared:
    """Measure both until a difference of DELAY would be seen."""

    async def delayed() -> None:
        until = perf_counter() + DELAY
        while perf_counter() < until:
            pass
        await one()

    chance = random.Random(7)
    for ask in (one, other) * WARMING:
        await ask()
    found: list[float] = []
    control: list[float] = []
    while len(found) < MOST and (len(found) < FEWEST or p_of(control) >= ALPHA):
        for _ in range(LOOK_EVERY):
            taken = await _round((one, other, one, delayed), chance)
            found.append(taken[1] - taken[0])
            control.append(taken[3] - taken[2])
    return Compared(len(found), median(found), p_of(found), p_of(control))


async def _round(asks: Sequence[Ask], chance: random.Random) -> list[float]:
    taken = [0.0] * len(asks)
    for place in chance.sample(range(len(asks)), len(asks)):
        began = perf_counter()
        await asks[place]()
        taken[place] = perf_counter() - began
    return taken


def p_of(differences: Sequence[float]) -> float:
    """The sign test: how probable it is that so many or more have one sign, when both are as likely."""
    signs = [difference > 0 for difference in differences if difference]
    return float(binomtest(sum(signs), len(signs)).pvalue) if signs else 1.0
