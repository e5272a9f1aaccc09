"""Figures by place (region, gemeente, segment, aanbieder), without those that would tell about few youths. Pure.

Every place has series of its own, because youths do not add up: one in two gemeenten counts in both, and once in the
region. What is not shown leaves no value; the words are those of monitoring/definitions.md, under Suppression.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from msgspec import Struct

from streams.core.monitors.exposed_hiding import Spot, hidden_of
from streams.core.monitors.exposed_metrics import PLACES, Sample
from streams.core.regions import Monitoring


class Fact(Struct, frozen=True, gc=False):
    """Something that counts once, or for `value`, about one youth.

    is_open  the value is what there is so far: it may become more.
    """

    youth: str
    region: str
    relation: str
    segment: str
    value: float = 1
    is_open: bool = False

    def spots(self) -> tuple[Spot, ...]:
        """Where it counts, once in every place."""
        gemeente, _, aanbieder = self.relation.partition(":")
        return (
            ("", (self.region, gemeente, self.segment)),
            ("_gemeente", (self.region, gemeente)),
            ("_segment", (self.region, self.segment)),
            ("_region", (self.region,)),
            ("_aanbieder", (aanbieder,)),
        )


class OfYouth(Protocol):
    """Anything about one youth that has a place."""

    @property
    def youth(self) -> str:
        """The pseudonym."""

    @property
    def region(self) -> str:
        """The id of the region."""

    @property
    def relation(self) -> str:
        """gemeente:aanbieder."""

    @property
    def segment(self) -> str:
        """Its name."""


Spots = Mapping[Spot, Sequence[Fact]]
"""The facts of each spot."""


class Frame(Struct, frozen=True):
    """What figures are about: the period up to and with the peildatum `tot`, the settings, and the known gemeenten.

    now        the moment, with time zone, of which `tot` is the Dutch day.
    gemeenten  region and code of each: where nothing counts a figure is 0, and not absent.
    """

    now: datetime
    van: date
    tot: date
    monitoring: Monitoring
    gemeenten: Collection[tuple[str, str]]

    @property
    def least(self) -> int:
        """Figures of fewer youths are not shown."""
        return self.monitoring.suppress_below

    def spots(self) -> set[Spot]:
        """The regions and gemeenten."""
        regions: set[Spot] = {("_region", (region,)) for region, _ in self.gemeenten}
        return regions | {("_gemeente", place) for place in self.gemeenten}


def fact_of(one: OfYouth, value: float = 1, is_open: bool = False) -> Fact:
    """The fact that this is there."""
    return Fact(one.youth, one.region, one.relation, one.segment, value, is_open)


def by_spot(facts: Iterable[Fact]) -> dict[Spot, list[Fact]]:
    """The facts of every spot; each stands at one spot of every place."""
    found: dict[Spot, list[Fact]] = defaultdict(list)
    for fact in facts:
        for spot in fact.spots():
            found[spot].append(fact)
    return dict(found)


def total(facts: Iterable[Fact]) -> float:
    """The sum of their values."""
    return sum(fact.value for fact in facts)


def youths(facts: Iterable[Fact]) -> int:
    """How many different youths they are about."""
    return len({fact.youth for fact in facts})


def enough(facts: Iterable[Fact], least: int) -> Mapping[Spot, Sequence[Fact]]:
    """The spots where a figure that adds up to nothing (a median, a share) is made of enough youths."""
    return {spot: some for spot, some in by_spot(facts).items() if youths(some) >= least}


def shown(
    figures: Mapping[str, Sequence[Fact]], least: int, within: Sequence[tuple[str, str]] = ()
) -> Mapping[str, Spots]:
    """Of each figure the spots that may be shown: not of few youths, and telling nothing about few others.

    within  figures with one that holds all their facts: what is left of it may be of few youths as well.
    """
    few: dict[str, set[Spot]] = defaultdict(set)
    for part, whole in within:
        left = by_spot(_without(figures[whole], figures[part]))
        few[part] |= {spot for spot, facts in left.items() if youths(facts) < least}
    return {name: _shown(by_spot(facts), least, few[name]) for name, facts in figures.items()}


def _shown(spots: Spots, least: int, also: Iterable[Spot]) -> Spots:
    hidden = hidden_of({spot: youths(facts) for spot, facts in spots.items()}, least, also)
    return {spot: facts for spot, facts in spots.items() if spot not in hidden}


def _without(whole: Iterable[Fact], part: Iterable[Fact]) -> Sequence[Fact]:
    taken = {id(fact) for fact in part}
    return [fact for fact in whole if id(fact) not in taken]


def told(
    metric: str, extra: Mapping[str, str], spots: Spots, value: Callable[[Sequence[Fact]], float | None] = total
) -> Iterator[Sample]:
    """A sample for every spot that has a value."""
    for (place, key), facts in spots.items():
        worth = value(facts)
        if worth is not None:
            yield Sample(f"{metric}{place}", {**dict(zip(PLACES[place], key, strict=True)), **extra}, worth)


def zeros(counted: Iterable[Fact], among: Iterable[Spot]) -> Spots:
    """Of these spots those where none of the facts is: a figure that is hidden elsewhere does not become 0."""
    return dict.fromkeys(set(among) - by_spot(counted).keys(), ())
