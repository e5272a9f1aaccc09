"""The moment, what is still to happen, and what was sent. Everything happens in order of time."""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import date, datetime
from itertools import count
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from streams.core.envelope import envelope_id
from streams.core.parties import Party
from streams.simulating.book import Book
from streams.simulating.chance import Chance
from streams.simulating.configuration import Simulation
from streams.simulating.region import Region
from streams.simulating.truth import Bericht, Outcome

Action = Callable[[], None]
Place = tuple[str, str, str, str]
"""Relation, sender, type and Identificatie: what TR056 looks at."""


class Expectation(Struct, frozen=True, kw_only=True):
    """What must become of a message: the outcome, the lowest level that fails, and every rule that refuses it.

    `aside` tells why it cannot even be taken in.
    """

    outcome: Outcome
    level: int | None = None
    rules: tuple[str, ...] = ()
    aside: str | None = None


RIGHT = Expectation(outcome="accepted")


class Sent(Struct, frozen=True, kw_only=True):
    """A message that a party offers: when (Dutch time), under which reference, and what must become of it.

    expectation   None for the same bytes under the same reference once more.
    """

    at: datetime
    party: str
    reference: str
    bericht: str
    body: bytes
    expectation: Expectation | None


class World:
    """A region in time.

    used   whether a message under this Identificatie stands (True), or was refused (False).
    """

    def __init__(self, simulation: Simulation, region: Region, chance: Chance) -> None:
        self.simulation = simulation
        self.region = region
        self.chance = chance
        self.book = Book()
        self.now = chance.moment(simulation.start)
        self.berichten: list[Bericht] = []
        self.sent: deque[Sent] = deque()
        self._queue: list[tuple[datetime, int, Action]] = []
        self._order = count()
        self._references = count(1)
        self._numbers: defaultdict[str, count[int]] = defaultdict(lambda: count(1))
        self.used: dict[Place, bool] = {}

    @property
    def today(self) -> date:
        """The day of now."""
        return self.now.date()

    def at(self, moment: datetime, action: Action) -> None:
        """Let something happen at a moment; what lies in the past happens now."""
        heapq.heappush(self._queue, (max(moment, self.now), next(self._order), action))

    def in_days(self, days: float, action: Action) -> None:
        """Let something happen so many days from now, when people work."""
        self.at(self.chance.after(self.now, days), action)

    def on(self, day: date, action: Action) -> None:
        """Let something happen on a day, when people work."""
        self.at(self.chance.moment(day), action)

    def step(self, end: datetime) -> bool:
        """Let the next thing happen; tells whether there was one before `end`."""
        if not self._queue or self._queue[0][0] >= end:
            return False
        self.now, _, action = heapq.heappop(self._queue)
        action()
        return True

    def identificatie(self, sender: str) -> str:
        """A new Identificatie for this sender (code)."""
        return f"{'G' if len(sender) == 4 else 'A'}{next(self._numbers[sender]):07}"

    def number(self, series: str) -> int:
        """The next number of a series."""
        return next(self._numbers[series])

    def emit(self, name: str, party: Party, body: bytes, expectation: Expectation, **known: Any) -> Bericht:
        """Offer a message to the hub, and note it."""
        reference = f"sim-{next(self._references):07}"
        record = Bericht(
            id=envelope_id(party.id, reference, body),
            party=party.id,
            reference=reference,
            bericht=name,
            received_at=self.now,
            outcome=expectation.outcome,
            level=expectation.level,
            rules=expectation.rules,
            aside=expectation.aside,
            **{"relation": None, "identificatie": None, "afzender": None, "ontvanger": None, **known},
        )
        self.berichten.append(record)
        sent = Sent(at=self.now, party=party.id, reference=reference, bericht=name, body=body, expectation=expectation)
        self.sent.append(sent)
        if expectation.outcome != "set aside" and self.chance.often(self.simulation.faults.redelivered):
            self.in_days(self.chance.days(0.7), lambda: self._redeliver(sent, record))
        return record

    def _redeliver(self, sent: Sent, record: Bericht) -> None:
        record.deliveries += 1
        self.sent.append(replace(sent, at=self.now, expectation=None))
