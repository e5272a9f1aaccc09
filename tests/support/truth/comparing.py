"""The figures of the monitors beside those of the truth: every difference as a line of text, without any person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from streams.core.monitors import discontinuity as monitor_discontinuity
from streams.core.monitors import turning as monitor_turning
from streams.core.monitors import waiting as monitor_waiting
from streams.core.monitors import waiting_summary as monitor_summary
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import File, files
from streams.core.regions import Monitoring
from streams.simulating.truth import Truth
from streams.simulating.world import Sent
from tests.support.truth import burden, deadlines, discontinuity, waiting
from tests.support.truth.care import Traject, World, world_of
from tests.support.truth.days import Period
from tests.support.truth.running import KEY

WEEKS = (1, 4, 9)
Differences = Iterator[str]
Choose = Callable[[Any], bool]


@dataclass(eq=False, repr=False)
class Both:
    """The truth, and what the monitors read."""

    world: World
    rows: Rows
    monitoring: Monitoring

    @cached_property
    def files(self) -> Sequence[File]:
        """What the monitors make of the rows."""
        return files(self.rows.clients, self.monitoring)

    @cached_property
    def selections(self) -> Mapping[str, Choose]:
        """All together, and each gemeente, region, aanbieder and segment; of things that tell those themselves."""
        places = [one.place for youth in self.world.youths for one in youth.toewijzingen]
        found: dict[str, Choose] = {"all": lambda _: True}
        for dimension in ("gemeente", "region", "aanbieder", "segment"):
            for value in sorted({getattr(place, dimension) for place in places}):
                found[f"{dimension} {value}"] = _with(dimension, value)
        return found

    @property
    def aanbieders(self) -> list[str]:
        """Every aanbieder."""
        return [one.code for one in self.world.truth.aanbieders]

    @cached_property
    def waits(self) -> list[waiting.Wait]:
        """Every wait, in truth."""
        return waiting.waits_of(self.world)

    @cached_property
    def duties(self) -> list[deadlines.Duty]:
        """Every duty, in truth."""
        return deadlines.duties(self.world)

    @cached_property
    def late(self) -> Counter[tuple[str, str]]:
        """What came late, in truth."""
        return burden.late(self.world)


def _with(dimension: str, value: str) -> Choose:
    return lambda one: bool(getattr(one, dimension) == value)


def both(truth: Truth, sents: Iterable[Sent], rows: Rows, monitoring: Monitoring) -> Both:
    """The truth of a simulation with what it sent, and the rows that this gave."""
    return Both(world_of(truth, monitoring, KEY, sents), rows, monitoring)


# --- telling differences -------------------------------------------------------------------------------


def of_counts(what: str, expected: Iterable[Hashable], found: Iterable[Hashable]) -> Differences:
    """What one of two collections has more often than the other."""
    wanted, got = Counter(expected), Counter(found)
    for one in sorted(map(repr, (wanted - got).elements())):
        yield f"{what}: only in truth: {one}"
    for one in sorted(map(repr, (got - wanted).elements())):
        yield f"{what}: only in the monitor: {one}"


def of_values(what: str, expected: Any, found: Any) -> Differences:
    """Where two values differ; nested ones are followed by their keys."""
    if isinstance(expected, Mapping):
        for key in sorted(expected.keys() | found.keys()):
            yield from of_values(f"{what}, {key}", expected.get(key), found.get(key))
    elif not _same(expected, found):
        yield f"{what}: in truth {expected!r}, in the monitor {found!r}"


def _same(expected: Any, found: Any) -> bool:
    if isinstance(expected, float) and isinstance(found, int | float):
        return abs(expected - found) < 1e-6
    return bool(expected == found)


# --- waiting list --------------------------------------------------------------------------------------


def waiting_items(all: Both, tot: date) -> Differences:
    """Every wait, one by one, as it is on a day."""
    expected = [_of_wait(one, tot) for one in all.waits if one.since <= tot]
    found = [_of_item(one, tot) for one in monitor_waiting.items(all.files, tot)]
    yield from of_counts(f"waits on {tot}", expected, found)


def _of_wait(one: waiting.Wait, tot: date) -> Hashable:
    where = (one.fase, one.youth.name, one.place.relation, one.place.region, one.place.segment, str(one.since))
    if one.deleted or one.retroactive:
        return (*where, "deleted" if one.deleted else "retroactive")
    if one.ended_by(tot):
        return (*where, "ended", str(one.end), one.days, one.bridged(tot))
    if one.left_by(tot):
        return (*where, "left", *(str(part) for part in one.out or ()), one.bridged(tot))
    return (*where, "waiting", (tot - one.since).days, one.bridged(tot))


def _of_item(one: monitor_waiting.Item, tot: date) -> Hashable:
    where = (one.fase, one.youth, one.relation, one.region, one.segment, str(one.begin))
    match one.state(tot):
        case "ended":
            return (*where, "ended", str(one.end), one.wait, one.bridged)
        case "left":
            return (*where, "left", str(one.left), str(one.left_as), one.bridged)
        case "waiting":
            return (*where, "waiting", one.age(tot), one.bridged)
        case other:
            return (*where, other)


def waiting_figures(all: Both, period: Period) -> Differences:
    """The figures of the waiting list of a period, of every selection and phase."""
    van, tot = period
    items = monitor_waiting.items(all.files, tot)
    for name, chosen in all.selections.items():
        for fase in waiting.FASEN:
            waits = [one for one in all.waits if one.fase == fase and chosen(one.place)]
            some = [one for one in items if one.fase == fase and chosen(one)]
            expected = waiting.figures(waits, van, tot, WEEKS)
            found = _of_summary(monitor_summary.summary(some, van, tot, WEEKS))
            yield from of_values(f"waiting list, {name}, {fase}, {van}/{tot}", expected, found)


def _pair(count: monitor_summary.Count) -> tuple[int, int]:
    return count.items, count.youths


def _of_summary(one: monitor_summary.Waiting) -> dict[str, Any]:
    pairs = ("bridged", "rejected", "lapsed", "retroactive", "deleted")
    return {
        "gross": _of_figures(one.gross),
        "net": _of_figures(one.net),
        **{name: _pair(getattr(one, name)) for name in pairs},
        "survival": {name: getattr(one.survival, name) for name in ("size", "ended", "median", "longer")},
    }


def _of_figures(one: monitor_summary.Figures) -> dict[str, Any]:
    return {
        "ended": _pair(one.ended),
        "mean": one.mean,
        "median": one.median,
        "within": one.within,
        "stock": _pair(one.stock),
        "over": {weeks: _pair(count) for weeks, count in one.over.items()},
        "by_age": [_pair(count) for count in one.by_age.values()],
    }


def waiting_coverage(all: Both, tot: date) -> Differences:
    """Of how much the waiting list tells, for every selection."""
    trajecten = [(youth, one) for youth in all.world.youths for one in youth.toewijzingen]
    for name, chosen in all.selections.items():
        some = ((youth, one) for youth, one in trajecten if chosen(one.place))
        found = monitor_summary.coverage(all.files, tot, chosen)
        told = {"toewijzingen": _pair(found.toewijzingen), "requested": found.requested, "ahead": found.ahead}
        yield from of_values(f"coverage, {name}, {tot}", waiting.coverage(all.world, some, tot), told)


# --- discontinuity -------------------------------------------------------------------------------------


def discontinuity_on(all: Both, day: date) -> Differences:
    """What stands open on a day: pauses, care that did not start, youths of 17½."""
    world, monitoring = all.world, all.monitoring
    pauses = [(*_traject(one), str(since), days) for one, since, days in discontinuity.pauses(world, day)]
    found_pauses = monitor_discontinuity.pauses(all.files, day, monitoring)
    yield from of_counts(f"pauses on {day}", pauses, map(_since, found_pauses))
    no_starts = [(*_traject(one), str(since), days) for one, since, days in discontinuity.no_starts(world, day)]
    found = monitor_discontinuity.no_start(all.files, day, monitoring)
    yield from of_counts(f"no start on {day}", no_starts, map(_since, found))
    expected = [(*_traject(one), without) for _, one, without in discontinuity.seventeen_and_a_half(world, day)]
    turning = monitor_turning.seventeen_and_a_half(all.files, day)
    yield from of_counts(f"17½ on {day}", expected, ((*_item(one), one.without_successor) for one in turning))


def discontinuity_in(all: Both, period: Period) -> Differences:
    """What happened in a period: ends, switches, breaks, returns, youths of 18."""
    van, tot = period
    where = f"in {van}/{tot}"
    ends = [(*_traject(e.traject), str(e.day), e.reden, discontinuity.BY_WHOM[e.reden]) for e in _ends(all, period)]
    endings = monitor_discontinuity.endings(all.files, van, tot)
    yield from of_counts(f"ends {where}", ends, ((*_item(e), str(e.day), e.reden, e.by_whom) for e in endings))
    yield from _switches(f"switches {where}", discontinuity.switches(all.world, van, tot), all, period)
    yield from _breaks(f"breaks {where}", discontinuity.breaks(all.world, van, tot), _found_breaks(all, period))
    back = monitor_discontinuity.returns(all.files, van, tot, all.monitoring)
    yield from _breaks(f"returns {where}", discontinuity.returns(all.world, van, tot), back)
    turned = [_traject(one) for _, one in discontinuity.eighteen(all.world, van, tot)]
    yield from of_counts(f"18 {where}", turned, map(_item, monitor_turning.eighteen(all.files, van, tot)))


def _ends(all: Both, period: Period) -> list[discontinuity.End]:
    return discontinuity.ends(all.world, *period)


def _found_breaks(all: Both, period: Period) -> Sequence[Any]:
    return monitor_discontinuity.breaks(all.files, *period)


def _breaks(what: str, expected: Sequence[list[discontinuity.Followed]], found: Sequence[Any]) -> Differences:
    """Of several ends on one day the page does not say which one counts: any of them will do."""
    told = {(one.youth, str(one.day), str(one.begin), one.days): _item(one) for one in found}
    wanted = {_break(some[0]): [_traject(one.end.traject) for one in some] for some in expected}
    yield from of_counts(what, wanted.keys(), ((one.youth, str(one.day), str(one.begin), one.days) for one in found))
    for one in wanted.keys() & told.keys():
        if told[one] not in wanted[one]:
            yield f"{what}: {one} is told of another traject"


def _break(one: discontinuity.Followed) -> tuple[str, str, str, int]:
    return one.end.youth.name, str(one.end.day), str(one.begin), one.days


def _switches(what: str, expected: Sequence[list[discontinuity.Followed]], all: Both, period: Period) -> Differences:
    """Of several that begin on the same day the page does not say which one counts: any of them will do."""
    found = monitor_discontinuity.switches(all.files, *period)
    told = {(*_item(one), str(one.day), one.reden, str(one.begin), one.days): one.to.relation for one in found}
    wanted = {_switch(some[0]): [one.to.place.relation for one in some] for some in expected}
    yield from of_counts(what, wanted.keys(), told.keys())
    for key in wanted.keys() & told.keys():
        if told[key] not in wanted[key]:
            yield f"{what}: {key} goes to {told[key]}"


def _switch(one: discontinuity.Followed) -> tuple[Any, ...]:
    end = one.end
    return *_traject(end.traject), str(end.day), end.reden, str(one.begin), one.days


def _traject(one: Traject) -> tuple[Any, ...]:
    return one.youth, one.place.relation, one.place.region, one.place.segment, one.truth.nummer


def _item(one: Any) -> tuple[Any, ...]:
    return one.youth, one.relation, one.region, one.segment, one.traject.nummer


def _since(one: Any) -> tuple[Any, ...]:
    return *_item(one), str(one.since), one.days
