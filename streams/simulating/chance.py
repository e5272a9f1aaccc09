"""Chance and the calendar of people who work: everything that is random comes from here, from one seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Generic, TypeVar

from streams.core.workdays import DUTCH_TIME, WorkingDays

C = TypeVar("C")
T = TypeVar("T")
WORKING = WorkingDays()
WEEKEND = 0.04
"""Of what would be sent on a day off, the share that is sent all the same."""


class Chance:
    """The one source of chance of a simulation: the same seed gives the same."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - it must be repeatable, and guards nothing

    def often(self, share: float) -> bool:
        """True in this share of times."""
        return self.random.random() < share

    def number(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return self.random.randint(least, most)

    def days(self, average: float, most: float = 3650) -> int:
        """A number of days: most are short, some are long."""
        return round(min(self.random.expovariate(1 / average) if average else 0, most))

    def one(self, among: Sequence[T]) -> T:
        """One of these."""
        return self.random.choice(among)

    def weighted(self, shares: Mapping[T, float]) -> T:
        """One of these, by its share."""
        return self.random.choices(list(shares), list(shares.values()))[0]

    def shuffled(self, some: Sequence[T]) -> list[T]:
        """These in another order."""
        return self.random.sample(some, len(some))

    def moment(self, day: date) -> datetime:
        """A moment on this day, or on the first working day after it; most within working hours."""
        if not WORKING.is_working_day(day) and not self.often(WEEKEND):
            day = WORKING.due(day, 1)
        hour = self.random.triangular(7.5, 18.5, 10.5) if self.often(0.93) else self.random.uniform(5, 22.5)
        return datetime.combine(day, time(5), DUTCH_TIME) + timedelta(seconds=round((hour - 5) * 3600))

    def after(self, now: datetime, days: float) -> datetime:
        """A moment at least an hour from now, so many days later or a little more."""
        found = self.moment((now + timedelta(days=days)).date())
        return found if found > now + timedelta(hours=1) else self.moment((now + timedelta(days=1)).date())


class Deck(Generic[C]):
    """Cards that are dealt in turn, each as often as the others: what is rare must happen too."""

    def __init__(self, chance: Chance, cards: Sequence[C]) -> None:
        self._chance = chance
        self._cards = tuple(cards)
        self._left: list[C] = []

    def deal(self, play: Callable[[C], T | None]) -> T | None:
        """What the first card gives that can be played now; None when none can."""
        if not self._left:
            self._left = self._chance.shuffled(self._cards)
        for place, card in enumerate(self._left):
            if (played := play(card)) is not None:
                del self._left[place]
                return played
        others = self._chance.shuffled(self._cards)
        return next((played for card in others if (played := play(card)) is not None), None)
