"""The simulation: a region from a configuration and a seed, its messages in order of time, and the truth about them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from streams.core.parties import Directory
from streams.core.workdays import DUTCH_TIME
from streams.simulating.assigning import Assigning
from streams.simulating.chance import Chance
from streams.simulating.claiming import Claiming
from streams.simulating.configuration import Simulation
from streams.simulating.delivering import Delivering
from streams.simulating.extras import Extras
from streams.simulating.lives import Lives
from streams.simulating.mistakes import Dealer
from streams.simulating.office import Offices
from streams.simulating.post import Post
from streams.simulating.region import build_region
from streams.simulating.reporting import Reporting
from streams.simulating.requesting import Requesting
from streams.simulating.truth import Truth
from streams.simulating.world import Sent, World


class Simulated:
    """A run of a simulation: iterate over it once for its messages; after that `truth` tells what happened.

    Asking for `truth` halfway tells what happened up to then.
    """

    def __init__(self, simulation: Simulation, seed: int) -> None:
        self._seed = seed
        chance = Chance(seed)
        self._world = World(simulation, build_region(simulation, chance), chance)
        dealer = Dealer(simulation, chance)
        post = Post(self._world, dealer)
        dealer.post = post
        offices = Offices(self._world, post)
        offices.requesting, offices.assigning = Requesting(offices), Assigning(offices)
        offices.delivering, offices.reporting = Delivering(offices), Reporting(offices)
        offices.extras, offices.lives = Extras(offices), Lives(offices)
        offices.lives.begin()
        Claiming(offices).begin()
        last = simulation.start + timedelta(simulation.days)
        self._end = datetime.combine(last, time(), DUTCH_TIME)

    @property
    def directory(self) -> Directory:
        """The parties."""
        return self._world.region.directory

    @property
    def progress(self) -> float:
        """How much of the period has passed, from 0 to 1."""
        simulation = self._world.simulation
        first = datetime.combine(simulation.start, time(), DUTCH_TIME)
        return min(1.0, max(0.0, (self._world.now - first) / (self._end - first)))

    def __iter__(self) -> Iterator[Sent]:
        while self._world.step(self._end):
            while self._world.sent:
                yield self._world.sent.popleft()

    @property
    def truth(self) -> Truth:
        """What really happened until now."""
        simulation, region = self._world.simulation, self._world.region
        return Truth(
            seed=self._seed,
            first=simulation.start,
            last=simulation.start + timedelta(simulation.days - 1),
            jeugdigen=self._world.book.as_it_stands(),
            berichten=self._world.berichten,
            aanbieders=tuple(provider.truth() for provider in region.providers),
        )


def simulate(configuration: Simulation, seed: int) -> Simulated:
    """The messages of a simulated region, in order of time: the same configuration and seed give the same ones."""
    return Simulated(configuration, seed)
