"""The waiting list as samples: who waits, with which norm, for how long, of every place. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from statistics import fmean

from streams.core.monitors.exposed_cells import Fact, Frame, Shown, by_spot, enough, fact_of, told
from streams.core.monitors.exposed_hiding import Spot
from streams.core.monitors.exposed_metrics import Sample
from streams.core.monitors.survival import survival
from streams.core.monitors.trajecten import File
from streams.core.monitors.waiting import FASEN, Fase, Item, items
from streams.core.monitors.waiting_summary import weeks_for
from streams.core.regions import Monitoring

WAITING, NET = "ijwhub_wachtenden", "ijwhub_wachtenden_netto"
NORMED, OVER = "ijwhub_wachtenden_met_norm", "ijwhub_wachtenden_boven_norm"
DECIMALS = 3
"""Of a share: more would tell of how many it is one."""
Weeks = Mapping[int, Sequence[Fact]]
"""By norm in weeks, who has that norm or waits longer than it."""


def waiting(files: Sequence[File], frame: Frame) -> Iterator[Sample]:
    """Every phase of the waiting list; regions one by one, since nothing is told of several together."""
    every = items(files, frame.tot)
    for fase in FASEN:
        some = [one for one in every if one.fase == fase]
        for region in sorted(frame.regions | {one.region for one in some}):
            yield from _of_region([one for one in some if one.region == region], region, fase, frame)


def _of_region(some: Sequence[Item], region: str, fase: Fase, frame: Frame) -> Iterator[Sample]:
    norms = _norms(some, fase, frame.monitoring)
    yield from _stock([one for one in some if one.waits(frame.tot)], norms, region, fase, frame)
    yield from _medians(some, fase, frame)
    yield from _within(some, norms, fase, frame)


Norms = Mapping[tuple[str, str], Sequence[int]]
"""By region and segment, the weeks of the norms."""


def _norms(some: Sequence[Item], fase: Fase, monitoring: Monitoring) -> Norms:
    gemeenten = {(one.region, one.segment): one.gemeente for one in some}
    return {
        (region, segment): weeks_for(monitoring.region_of(gemeente), segment, fase)
        for (region, segment), gemeente in gemeenten.items()
    }


def _weeks(norms: Norms) -> Sequence[int]:
    return sorted({week for weeks in norms.values() for week in weeks})


def _stock(some: Sequence[Item], norms: Norms, region: str, fase: Fase, frame: Frame) -> Iterator[Sample]:
    facts = [fact_of(one) for one in some]
    pairs = list(zip(some, facts, strict=True))
    normed = {week: [fact for one, fact in pairs if week in norms[one.region, one.segment]] for week in _weeks(norms)}
    late = {week: {id(fact) for one, fact in pairs if one.age(frame.tot) > 7 * week} for week in normed}
    over = {week: [fact for fact in some if id(fact) in late[week]] for week, some in normed.items()}
    net = [fact for one, fact in pairs if not one.bridged]
    yield from _Stock(fase, frame, facts, net, normed, over).samples(region)


class _Stock:
    """Who waits in a region, and the parts of it that are told: each may tell about few youths by what it leaves."""

    def __init__(
        self, fase: Fase, frame: Frame, facts: Sequence[Fact], net: Sequence[Fact], normed: Weeks, over: Weeks
    ) -> None:
        self._fase = fase
        self._frame = frame
        self._weeks = sorted(normed)
        figures = {
            WAITING: facts,
            NET: net,
            **{f"{NORMED} {week}": some for week, some in normed.items()},
            **{f"{OVER} {week}": some for week, some in over.items()},
        }
        self._shown = Shown(figures, frame.least, _within_each_other(figures))

    def samples(self, region: str) -> Iterator[Sample]:
        """All that may be shown; nobody is told as 0 where there is somebody in the whole, and of places always."""
        everywhere = self._shown.of(WAITING, self._frame.spots([region]))
        yield from told(WAITING, {"fase": self._fase}, everywhere)
        yield from told(NET, {"fase": self._fase}, self._shown.of(NET, everywhere))
        for week in self._weeks:
            extra = {"fase": self._fase, "weken": str(week)}
            normed = self._shown.of(f"{NORMED} {week}")
            yield from told(NORMED, extra, normed)
            yield from told(OVER, extra, self._shown.of(f"{OVER} {week}", normed))


def _within_each_other(figures: Mapping[str, Sequence[Fact]]) -> Sequence[tuple[str, str]]:
    """Every figure with each that holds all of it and more: any two that are told can be subtracted."""
    members = {name: {id(fact) for fact in facts} for name, facts in figures.items()}
    return [(part, whole) for part, whole in permutations(figures, 2) if members[part] < members[whole]]


def _medians(some: Sequence[Item], fase: Fase, frame: Frame) -> Iterator[Sample]:
    facts = [fact for one in some if (fact := _lasted(one, frame)) is not None]
    yield from told("ijwhub_wachttijd_mediaan_dagen", {"fase": fase}, enough(facts, frame.least), _median)


def _lasted(one: Item, frame: Frame) -> Fact | None:
    """How long it waited, or has waited so far; None for what is in no waiting time."""
    match one.state(frame.tot):
        case "ended" if one.wait is not None:
            return fact_of(one, one.wait)
        case "left" if one.left is not None:
            return fact_of(one, max(0, (one.left - one.begin).days), is_open=True)
        case "waiting" if one.begin <= frame.tot:
            return fact_of(one, one.age(frame.tot), is_open=True)
    return None


def _median(facts: Sequence[Fact]) -> float | None:
    ended = [int(fact.value) for fact in facts if not fact.is_open]
    return survival(ended, [int(fact.value) for fact in facts if fact.is_open], ()).median


def _within(some: Sequence[Item], norms: Norms, fase: Fase, frame: Frame) -> Iterator[Sample]:
    ended = (one for one in some if one.end is not None and frame.van <= one.end and one.state(frame.tot) == "ended")
    waits = [(one, one.wait) for one in ended if one.wait is not None]
    for week in _weeks(norms):
        facts = [fact_of(one, float(wait <= 7 * week)) for one, wait in waits if week in norms[one.region, one.segment]]
        extra = {"fase": fase, "weken": str(week)}
        yield from told("ijwhub_binnen_norm_ratio", extra, _shares(facts, frame.least), _share)


def _shares(facts: Sequence[Fact], least: int) -> Mapping[Spot, Sequence[Fact]]:
    """Where a share may be shown: it tells who met the norm and, with that, who did not."""
    met = [fact for fact in facts if fact.value]
    spots = by_spot(facts)
    may = Shown({"all": facts, "met": met}, least, [("met", "all")]).of("met", spots)
    return {spot: spots[spot] for spot in may}


def _share(facts: Sequence[Fact]) -> float:
    return round(fmean(fact.value for fact in facts), DECIMALS)
