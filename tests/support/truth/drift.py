"""Provider drift as it must be: what an aanbieder did lately beside its own past, and how likely that is by chance."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from math import comb

from streams.simulating.truth import Bericht
from tests.support.truth import burden, discontinuity
from tests.support.truth.care import Traject, World, Youth
from tests.support.truth.days import DAY, Period, each_day, first_of_month, last_of_month, local

KINDS = ("starts", "ends", "refused", "late", "unclaimed")
ENDS_BEFORE = {"starts": 14, "ends": 14, "refused": 0, "late": 0, "unclaimed": 63}
"""How many days before the peildatum the recent window ends."""
TERMED = ("JW302", "JW306", "JW307", "JW308", "JW316", "JW318", "JW320", "JW325")
LEAST_PAST = 28
Count = tuple[int, int]
"""How often, out of how much."""


@dataclass(frozen=True)
class Signal:
    """What one comparison of an aanbieder says; `chance` is None when nothing can be said."""

    aanbieder: str
    kind: str
    recent: Count
    past: Count
    chance: float | None
    signalled: bool


def signals(world: World, peildatum: date) -> list[Signal]:
    """Every comparison of every aanbieder."""
    looking = Looking(world, peildatum)
    return [looking.signal(aanbieder, kind) for aanbieder in sorted(looking.messages) for kind in KINDS]


class Looking:
    """Looks at aanbieders on a day."""

    def __init__(self, world: World, peildatum: date) -> None:
        self.world = world
        self.peildatum = peildatum
        self.late = {message for message, _ in burden.late(world)}
        self.messages: dict[str, list[Bericht]] = {}
        for one in world.truth.berichten:
            if one.relation is not None:
                self.messages.setdefault(one.relation.partition(":")[2], []).append(one)
        self.counting: dict[str, Callable[[str, Period], Count]] = {
            "starts": self._starts,
            "ends": self._ends,
            "refused": self._refused,
            "late": self._late,
            "unclaimed": self._unclaimed,
        }

    def signal(self, aanbieder: str, kind: str) -> Signal:
        """One comparison."""
        recent, past = self._windows(aanbieder, kind)
        counts = self.counting[kind](aanbieder, recent), self.counting[kind](aanbieder, past)
        chance = None
        if (past[1] - past[0]).days + 1 >= LEAST_PAST and self._is_enough(*counts):
            chance = _chance(kind, *counts)
        signalled = chance is not None and chance < self.world.monitoring.drift.chance
        return Signal(aanbieder, kind, *counts, chance, signalled)

    def _windows(self, aanbieder: str, kind: str) -> tuple[Period, Period]:
        settings = self.world.monitoring.drift
        until = self.peildatum - timedelta(ENDS_BEFORE[kind])
        since = until - timedelta(settings.recent_days - 1)
        past = max(self.world.known_since[aanbieder], since - timedelta(settings.history_days))
        return (since, until), (past, since - DAY)

    def _is_enough(self, recent: Count, past: Count) -> bool:
        expected = past[0] / past[1] * recent[1] if past[1] else 0.0
        return recent[1] > 0 and past[1] > 0 and max(recent[0], expected) >= self.world.monitoring.drift.least

    # --- counting ----------------------------------------------------------------------------------------

    def _own(self, aanbieder: str) -> Iterator[tuple[Youth, Traject]]:
        return (pair for pair in self.world.trajecten if pair[1].place.aanbieder == aanbieder)

    def _starts(self, aanbieder: str, period: Period) -> Count:
        van, tot = period
        begins = [one.deliveries[0].begin for _, one in self._own(aanbieder)]
        return sum(van <= begin <= tot for begin in begins), max(0, (tot - van).days + 1)

    def _ends(self, aanbieder: str, period: Period) -> Count:
        ends = [end for end in discontinuity.ends(self.world, *period) if end.reden == "33"]
        days = frozenset(each_day(*period))
        care = sum(len(one.running & days) for _, one in self._own(aanbieder))
        return sum(end.traject.place.aanbieder == aanbieder for end in ends), care

    def _refused(self, aanbieder: str, period: Period) -> Count:
        asking = self._sent(aanbieder, period, burden.ASKING)
        return sum(burden.is_refused(one) for one in asking), len(asking)

    def _late(self, aanbieder: str, period: Period) -> Count:
        termed = self._sent(aanbieder, period, TERMED)
        return sum(one.id in self.late for one in termed), len(termed)

    def _sent(self, aanbieder: str, period: Period, types: Collection[str]) -> list[Bericht]:
        own = [one for one in self.messages[aanbieder] if one.afzender == aanbieder and one.bericht in types]
        return [one for one in own if period[0] <= local(one.received_at) <= period[1]]

    def _unclaimed(self, aanbieder: str, period: Period) -> Count:
        """A month counts on its last day. Claims of months that began before it was known may have gone another way."""
        months = [
            (youth, one, month)
            for youth, one in self._own(aanbieder)
            if one.truth.nummer is not None
            for month in {first_of_month(day) for day in one.running}
            if period[0] <= last_of_month(month) <= period[1] and month >= self.world.known_since[aanbieder]
        ]
        return sum(not _is_claimed(*month) for month in months), len(months)


def _is_claimed(youth: Youth, one: Traject, month: date) -> bool:
    return any(
        (line.relation, line.toewijzing) == (one.place.relation, one.truth.nummer)
        and line.outcome != "refused"
        and line.credit_van is None
        and line.van <= last_of_month(month)
        and month <= line.tot
        for line in youth.regels
    )


# --- chance --------------------------------------------------------------------------------------------


def _chance(kind: str, recent: Count, past: Count) -> float:
    """How often so much of a difference, or more, comes by chance."""
    if kind in ("starts", "ends"):
        seen = range(recent[0] + 1) if kind == "starts" else range(recent[0], recent[0] + past[0] + 1)
        return sum(_binomial(number, recent[0] + past[0], recent[1] / (recent[1] + past[1])) for number in seen)
    most = min(recent[0] + past[0], recent[1])
    return sum(_hypergeometric(number, recent, past) for number in range(recent[0], most + 1))


def _binomial(number: int, of: int, share: float) -> float:
    return float(comb(of, number) * share**number * (1 - share) ** (of - number))


def _hypergeometric(number: int, recent: Count, past: Count) -> float:
    """The chance of so many in the recent window, when all were dealt out blindly over both."""
    together = recent[0] + past[0]
    return comb(recent[1], number) * comb(past[1], together - number) / comb(recent[1] + past[1], together)
