"""Simulated regions for the truth test, and the settings under which they are looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from streams.core.regions import Calendar, Drift, Monitoring, Norms, Region
from streams.simulating.configuration import Simulation
from streams.simulating.simulation import simulate
from streams.simulating.truth import Truth, truth_decoded, truth_encoded
from streams.simulating.world import Sent
from tests.support.truth.comparing import Both, both
from tests.support.truth.days import last_of_month
from tests.support.truth.running import Told, rows_of, told_by

_CODES = [gemeente.code for gemeente in Simulation().gemeenten]
MONITORING = Monitoring(
    regions=(
        Region(
            id="noord",
            name="Noord",
            gemeenten=tuple(_CODES[:4]),
            norms={"*": Norms(toewijzing=(4,), start=(4, 9), totaal=(9,)), "crisis": Norms(start=(1,))},
        ),
        Region(
            id="zuid",
            name="Zuid",
            gemeenten=tuple(_CODES[4:-1]),
            segments={"thuis": ("40", "41", "42", "45", "50", "54"), "ergens anders": ("43", "44", "46")},
        ),
    ),
    population={code: {2026: 1000 + number} for number, code in enumerate(_CODES)},
    contract_forms={"65657001": "taak", "65657002": "inspanning"},
    calendar=Calendar(version="truth", closed=frozenset({date(2026, 2, 20), date(2026, 5, 15)})),
    drift=Drift(recent_days=42, history_days=90, chance=0.05, least=1),
    pause_days=20,
    no_start_days=40,
    return_days=25,
)
"""Two regions, one with segments of its own, and one gemeente in neither."""


@dataclass(frozen=True, repr=False)
class Scene:
    """A simulated region with what it sent, the events that this gave, and both sides of every figure.

    It has no repr, so that no failing test shows a BSN.
    """

    truth: Truth
    sents: list[Sent]
    told: list[Told]
    both: Both

    @property
    def days(self) -> list[date]:
        """Days to look at: some in the past, with all that is known since, and the last, as known on that day.

        Two are those on which the claims of a month just do and just do not have to be there (drift).
        """
        first, last = self.truth.first, self.truth.last
        claimed = last_of_month(last - timedelta(94)) + timedelta(62)
        length = (last - first).days
        return [*(first + timedelta(length * part // 7) for part in (2, 5)), claimed, claimed + timedelta(1), last]


def scene(simulation: Simulation, seed: int) -> Scene:
    """A region, simulated and taken through the hub."""
    simulated = simulate(simulation, seed)
    sents = list(simulated)
    truth = truth_decoded(truth_encoded(simulated.truth))
    told = told_by(sents, simulated.directory, MONITORING.calendar.working_days())
    return Scene(truth, sents, told, both(truth, sents, rows_of(told), MONITORING))
