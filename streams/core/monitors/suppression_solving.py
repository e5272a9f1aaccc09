"""Which unknown numbers follow from sums, and from which of those sums. Pure.

Sums touch few numbers each, so they are solved as such (a row holds only what is not 0), and the row that touches
fewest goes first: that keeps rows short. Arithmetic is modulo a prime far above any number of sums, so it is exact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush
from random import Random

PRIME = 2**61 - 1
Row = dict[int, int]
"""Of a sum: the numbers of the unknown, each with its factor."""


class Solved:
    """Sums (each a row that is 0 but for what is known), brought into steps.

    Each step is a row with an unknown that no later step has.
    """

    def __init__(self, rows: Sequence[Mapping[int, int]]) -> None:
        self._rows: list[Row] = [dict(row) for row in rows]
        self._steps: list[tuple[int, int]] = []
        self._subtracted: list[tuple[int, int, int]] = []
        self._having: defaultdict[int, set[int]] = defaultdict(set)
        for number, row in enumerate(self._rows):
            for unknown in row:
                self._having[unknown].add(number)
        self._unknown = sorted(self._having)
        self._bring_into_steps()

    def determined(self) -> tuple[int, ...]:
        """The unknown that have one value only.

        The others can differ without any sum seeing it. Of all such differences one is drawn: what has none in it has
        none at all, but for a chance of one in PRIME.
        """
        random = Random(1)  # noqa: S311 - no secret; always the same draw
        differs: dict[int, int] = {}
        stepped = {unknown for _, unknown in self._steps}
        differs.update((one, random.randrange(1, PRIME)) for one in self._unknown if one not in stepped)
        for number, unknown in reversed(self._steps):
            row = self._rows[number]
            rest = sum(factor * differs[other] for other, factor in row.items() if other != unknown)
            differs[unknown] = -rest * pow(row[unknown], -1, PRIME) % PRIME
        return tuple(one for one in self._unknown if not differs[one])

    def made_of(self, unknown: int) -> Row:
        """How often to take each sum so that only this unknown is left, which is determined."""
        left, taken = {unknown: 1}, dict[int, int]()
        for number, own in self._steps:
            if factor := left.get(own):
                row = self._rows[number]
                taken[number] = factor * pow(row[own], -1, PRIME) % PRIME
                _subtract(left, row, taken[number])
        for number, other, factor in reversed(self._subtracted):
            if number in taken:
                _subtract(taken, {other: 1}, taken[number] * factor)
        return taken

    def _bring_into_steps(self) -> None:
        waiting = [(len(row), number) for number, row in enumerate(self._rows)]
        heapify(waiting)
        done = set[int]()
        while waiting:
            size, number = heappop(waiting)
            row = self._rows[number]
            if row and size == len(row) and number not in done:  # else it has changed since, and waits elsewhere
                done.add(number)
                for other in self._step(number, row):
                    heappush(waiting, (len(self._rows[other]), other))

    def _step(self, number: int, row: Row) -> Sequence[int]:
        for unknown in row:
            self._having[unknown].discard(number)
        own = min(row, key=lambda unknown: (len(self._having[unknown]), unknown))
        self._steps.append((number, own))
        others = sorted(self._having.pop(own))
        for other in others:
            self._clear(other, own, number)
        return others

    def _clear(self, number: int, own: int, step: int) -> None:
        row, by = self._rows[number], self._rows[step]
        factor = row[own] * pow(by[own], -1, PRIME) % PRIME
        self._subtracted.append((number, step, factor))
        _subtract(row, by, factor)
        for unknown in by:
            if unknown != own:
                (self._having[unknown].add if unknown in row else self._having[unknown].discard)(number)


def _subtract(row: Row, other: Mapping[int, int], factor: int) -> None:
    for unknown, own in other.items():
        if left := (row.get(unknown, 0) - factor * own) % PRIME:
            row[unknown] = left
        else:
            row.pop(unknown, None)
