"""Which letters go wrong, and how: every fault in its turn, so that none stays out."""

from __future__ import annotations

from typing import Any

from schemas.ijw_3_2.writing import write
from streams.simulating.chance import Chance, Deck
from streams.simulating.configuration import Simulation
from streams.simulating.faults import Fault
from streams.simulating.faults_history import HISTORY, Play
from streams.simulating.faults_inside import BROKEN, INSIDE, Inside, broken
from streams.simulating.post import Letter, Post

SLOPPY = 3
"""How many times as often a sloppy provider makes mistakes."""


class Dealer:
    """Makes letters wrong as often as the configuration says."""

    def __init__(self, simulation: Simulation, chance: Chance) -> None:
        self._simulation = simulation
        self._chance = chance
        self._decks = {name: Deck(chance, cards) for name, cards in _cards().items()}
        self.post: Post | None = None

    def wrong(self, letter: Letter, bericht: Any) -> Fault | None:
        """This letter as it goes wrong; None when it does not."""
        share = self._simulation.faults.wrong * (SLOPPY if letter.provider.sloppy else 1)
        if letter.again is None or not self._chance.often(share):
            return None
        post = self.post
        assert post is not None
        return self._decks[letter.name].deal(lambda card: card(letter, bericht, post))


def _cards() -> dict[str, list[Play]]:
    cards: dict[str, list[Play]] = {}
    for name, play in HISTORY:
        cards.setdefault(name, []).append(play)
    for one in INSIDE:
        cards.setdefault(one.bericht, []).append(_inside(one))
    for some in cards.values():
        some += [_broken(number) for number in range(len(BROKEN))]
    return cards


def _inside(inside: Inside) -> Play:
    return lambda _letter, bericht, _post: inside.fault(bericht)


def _broken(number: int) -> Play:
    return lambda letter, bericht, _post: broken(write(letter.name, bericht), number)
