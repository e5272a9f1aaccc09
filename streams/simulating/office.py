"""The offices of a region, which act on each other's messages. They are made together and know each other by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from streams.simulating.book import Book
from streams.simulating.chance import Chance
from streams.simulating.configuration import Product, Simulation
from streams.simulating.region import Provider, Youth
from streams.simulating.world import World

if TYPE_CHECKING:
    from streams.simulating.assigning import Assigning
    from streams.simulating.delivering import Delivering
    from streams.simulating.extras import Extras
    from streams.simulating.lives import Lives
    from streams.simulating.post import Post
    from streams.simulating.reporting import Reporting
    from streams.simulating.requesting import Requesting


@dataclass
class Journey:
    """One course of care: a product of a provider for a youth, at a gemeente (code).

    is_running   it began before the simulation, on `began`.
    tries        how often its request was put off.
    """

    youth: Youth
    gemeente: str
    provider: Provider
    product: Product
    began: date | None = None
    tries: int = 0

    @property
    def relation(self) -> str:
        """gemeente:aanbieder."""
        return f"{self.gemeente}:{self.provider.code}"


class Offices:
    """Who does what; set once, when all are made."""

    requesting: Requesting
    assigning: Assigning
    delivering: Delivering
    reporting: Reporting
    extras: Extras
    lives: Lives

    def __init__(self, world: World, post: Post) -> None:
        self.world = world
        self.post = post


class Office:
    """One of the offices, with what all of them use."""

    def __init__(self, offices: Offices) -> None:
        self.offices = offices

    @property
    def world(self) -> World:
        """The region in time."""
        return self.offices.world

    @property
    def post(self) -> Post:
        """Who sends letters."""
        return self.offices.post

    @property
    def book(self) -> Book:
        """What is known of every youth."""
        return self.offices.world.book

    @property
    def chance(self) -> Chance:
        """The source of chance."""
        return self.offices.world.chance

    @property
    def simulation(self) -> Simulation:
        """The configuration."""
        return self.offices.world.simulation

    def local_now(self) -> datetime:
        """The moment in Dutch time, without a zone."""
        return self.world.now.replace(tzinfo=None)
