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
            ("_aanbieder", (self.region, aanbieder)),
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

    @property
    def regions(self) -> set[str]:
        """Their ids."""
        return {region for region, _ in self.gemeenten}

    def spots(self, among: Collection[str] | None = None) -> set[Spot]:
        """The regions and gemeenten, all of them or those of some regions."""
        regions = self.regions if among is None else self.regions & set(among)
        whole: set[Spot] = {("_region", (region,)) for region in regions}
        return whole | {("_gemeente", place) for place in self.gemeenten if place[0] in regions}


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


class Shown:
    """Of each figure the spots that may be shown: not of few youths, and telling nothing about few others.

    figures  the facts of each, by name.
    within   a figure and one that holds all its facts: what it leaves of that is never told, but who knows both can
             calculate it. So that is a figure too: where it is hidden the part is, and the other way round.
    """

    def __init__(
        self, figures: Mapping[str, Sequence[Fact]], least: int, within: Sequence[tuple[str, str]] = ()
    ) -> None:
        self._spots = {name: by_spot(facts) for name, facts in figures.items()}
        rests: dict[str, list[Spots]] = defaultdict(list)
        for part, whole in within:
            rests[part].append(by_spot(_without(figures[whole], figures[part])))
        self._hidden = {name: _hidden([spots, *rests[name]], least) for name, spots in self._spots.items()}

    def of(self, name: str, nobody: Iterable[Spot] = ()) -> Spots:
        """The spots to show of a figure; of the spots `nobody` also those where none of its facts is."""
        spots, hidden = self._spots[name], self._hidden[name]
        own: dict[Spot, Sequence[Fact]] = {spot: facts for spot, facts in spots.items() if spot not in hidden}
        return own | dict.fromkeys(set(nobody) - spots.keys() - hidden, ())


def _hidden(figures: Sequence[Spots], least: int) -> set[Spot]:
    """What to hide of figures that hide together."""
    everywhere = {spot for spots in figures for spot in spots}
    counts = [{spot: youths(spots.get(spot, ())) for spot in everywhere} for spots in figures]
    hidden: set[Spot] = set()
    before = -1
    while before < len(hidden):
        before = len(hidden)
        for one in counts:
            hidden |= hidden_of(one, least, hidden)
    return hidden


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
