"""The waiting list as samples: who waits, with which norm, for how long, of every place. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean

from streams.core.monitors.exposed_cells import Fact, Frame, enough, fact_of, shown, told, zeros
from streams.core.monitors.exposed_metrics import Sample
from streams.core.monitors.survival import survival
from streams.core.monitors.trajecten import File
from streams.core.monitors.waiting import FASEN, Fase, Item, items
from streams.core.monitors.waiting_summary import weeks_for
from streams.core.regions import Monitoring

WAITING, NET = "ijwhub_wachtenden", "ijwhub_wachtenden_netto"
NORMED, OVER = "ijwhub_wachtenden_met_norm", "ijwhub_wachtenden_boven_norm"
Weeks = Mapping[int, Sequence[Fact]]
"""By norm in weeks, who has that norm or waits longer than it."""


def waiting(files: Sequence[File], frame: Frame) -> Iterator[Sample]:
    """Every phase of the waiting list."""
    every = items(files, frame.tot)
    for fase in FASEN:
        some = [one for one in every if one.fase == fase]
        norms = _norms(some, fase, frame.monitoring)
        yield from _stock([one for one in some if one.waits(frame.tot)], norms, fase, frame)
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


def _stock(some: Sequence[Item], norms: Norms, fase: Fase, frame: Frame) -> Iterator[Sample]:
    facts = [fact_of(one) for one in some]
    pairs = list(zip(some, facts, strict=True))
    normed = {week: [fact for one, fact in pairs if week in norms[one.region, one.segment]] for week in _weeks(norms)}
    late = {week: {id(fact) for one, fact in pairs if one.age(frame.tot) > 7 * week} for week in normed}
    over = {week: [fact for fact in some if id(fact) in late[week]] for week, some in normed.items()}
    net = [fact for one, fact in pairs if not one.bridged]
    yield from _Stock(fase, frame, facts, net, normed, over).samples()


class _Stock:
    """Who waits, and the parts of it that are told: each may tell about few youths by what it leaves."""

    def __init__(
        self, fase: Fase, frame: Frame, facts: Sequence[Fact], net: Sequence[Fact], normed: Weeks, over: Weeks
    ) -> None:
        self._fase = fase
        self._frame = frame
        self._weeks = sorted(normed)
        self._figures = {
            WAITING: facts,
            NET: net,
            **{f"{NORMED} {week}": some for week, some in normed.items()},
            **{f"{OVER} {week}": some for week, some in over.items()},
        }

    def samples(self) -> Iterator[Sample]:
        """All that may be shown."""
        spots = shown(self._figures, self._frame.least, [*self._within()])
        everywhere = {**spots[WAITING], **zeros(self._figures[WAITING], self._frame.spots())}
        yield from told(WAITING, {"fase": self._fase}, everywhere)
        yield from told(NET, {"fase": self._fase}, {**spots[NET], **zeros(self._figures[NET], everywhere)})
        for week in self._weeks:
            extra = {"fase": self._fase, "weken": str(week)}
            normed, over = f"{NORMED} {week}", f"{OVER} {week}"
            yield from told(NORMED, extra, spots[normed])
            yield from told(OVER, extra, {**spots[over], **zeros(self._figures[over], spots[normed])})

    def _within(self) -> Iterator[tuple[str, str]]:
        yield NET, WAITING
        for week in self._weeks:
            yield f"{NORMED} {week}", WAITING
            yield f"{OVER} {week}", f"{NORMED} {week}"
        for shorter, longer in zip(self._weeks, self._weeks[1:], strict=False):
            if _holds(self._figures[f"{OVER} {shorter}"], self._figures[f"{OVER} {longer}"]):
                yield f"{OVER} {longer}", f"{OVER} {shorter}"


def _holds(whole: Sequence[Fact], part: Sequence[Fact]) -> bool:
    return {id(fact) for fact in part} <= {id(fact) for fact in whole}


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
        met = [fact_of(one, float(wait <= 7 * week)) for one, wait in waits if week in norms[one.region, one.segment]]
        extra = {"fase": fase, "weken": str(week)}
        yield from told("ijwhub_binnen_norm_ratio", extra, enough(met, frame.least), _share)


def _share(facts: Sequence[Fact]) -> float:
    return fmean(fact.value for fact in facts)
