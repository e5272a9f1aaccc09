"""Of the region picture: the waiting list of the period, by phase."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from streams.core.monitors.picture_tables import (
    ALL,
    Cell,
    Place,
    Table,
    Tally,
    Value,
    grid,
    scopes,
    share,
    smaller_side,
    table,
)
from streams.core.monitors.picture_view import View
from streams.core.monitors.suppression import Sum, group_of
from streams.core.monitors.waiting import FASEN, Item
from streams.core.monitors.waiting_summary import AGES, Waiting, summary, weeks_for

_PLACE = ("fase", "gemeente", "segment")
_BY_NORM = ("fase", "weken", "segment")
_OUTSIDE = ("afgewezen", "vervallen", "terugwerkend", "verwijderd")

Selection = Mapping[Place, Sequence[Item]]
Summaries = Mapping[Place, Waiting]


def waiting_tables(view: View) -> Iterator[Table]:
    """Who waits, for how long those waited that no longer do, and who is outside the waiting time."""
    yield from _stock(view, [one for one in view.waits if one.waits(view.tot)])
    yield outside_table(view)
    chosen = _selection(view.waits)
    summaries = {at: summary(some, view.van, view.tot, _weeks(view, at)) for at, some in chosen.items()}
    yield from _waits(view, chosen, summaries)
    yield from _norms(view, chosen, summaries)


def waiting_sums(tables: Sequence[Table]) -> Iterator[Sum]:
    """What adds up over tables: who waits is bridged or not."""
    by_id = {one.id: one for one in tables}
    for cell in by_id["wachtenden"].rows:
        parts = (group_of(by_id[id], cell.place) for id in ("wachtenden-netto", "wachtenden-overbrugd"))
        yield Sum(tuple(parts), (group_of(by_id["wachtenden"], cell.place),))


def _weeks(view: View, at: Place) -> tuple[int, ...]:
    fase = next(one for one in FASEN if one == at[0])
    return weeks_for(view.region, at[2], fase)


def _by_phase(*dimensions: Sequence[str]) -> tuple[Place, ...]:
    return tuple((fase, *place) for fase in FASEN for place in grid(*dimensions))


def _at(one: Item) -> list[Place]:
    return [(one.fase, *place) for place in scopes((one.gemeente, one.segment))]


def _selection(own: Sequence[Item]) -> Selection:
    chosen: defaultdict[Place, list[Item]] = defaultdict(list)
    for one in own:
        for place in _at(one):
            chosen[place].append(one)
    return chosen


def _stock(view: View, waiting: Sequence[Item]) -> Iterator[Table]:
    gross, net, bridged, by_age, by_aanbieder = (Tally() for _ in range(5))
    for one in waiting:
        gross.add(_at(one), one.youth)
        (bridged if one.bridged else net).add(_at(one), one.youth)
        by_age.add([(one.fase, _class(one.age(view.tot))), (one.fase, ALL)], one.youth)
        by_aanbieder.add([(one.fase, one.aanbieder), (one.fase, ALL)], one.youth)
    places = _by_phase(view.gemeenten, view.segments)
    yield table("wachtenden", _PLACE, gross.cells(places, gross.count))
    yield table("wachtenden-netto", _PLACE, net.cells(places, net.count))
    yield table("wachtenden-overbrugd", _PLACE, bridged.cells(places, bridged.count))
    aanbieders = _by_phase(by_aanbieder.seen(1))
    yield table("wachtduur", ("fase", "duur"), by_age.cells(_by_phase(tuple(AGES)), by_age.count), "wachtenden")
    yield table(
        "wachtenden-aanbieder", ("fase", "aanbieder"), by_aanbieder.cells(aanbieders, by_aanbieder.count), "wachtenden"
    )


def _class(age: int) -> str:
    return next(name for name, (first, last) in AGES.items() if first <= age and (last is None or age <= last))


def outside_table(view: View) -> Table:
    """Who left without care or has no waiting time, by why."""
    tally = Tally()
    for one in view.waits:
        if (why := _why(view, one)) is not None:
            tally.add([(one.fase, why)], one.youth)
    places = [(fase, why) for fase in FASEN for why in _OUTSIDE]
    return table("buiten-wachttijd", ("fase", "waarom"), tally.cells(places, tally.count))


def _why(view: View, one: Item) -> str | None:
    """Why it has no waiting time in this period; None when it has one, or belongs to another period."""
    state = one.state(view.tot)
    day = one.left if state == "left" else one.begin
    if day is None or not view.van <= day <= view.tot:
        return None
    return {"left": one.left_as, "retroactive": "terugwerkend", "deleted": "verwijderd"}.get(state)


def _waits(view: View, chosen: Selection, summaries: Summaries) -> Iterator[Table]:
    ended = {at: [one for one in some if _ended(view, one)] for at, some in chosen.items()}
    timed = {at: [one for one in some if _is_timed(view, one)] for at, some in chosen.items()}
    for id, youths, value in (
        ("wachttijd", _youths(ended), lambda one: _rounded(one.gross.mean)),
        ("wachttijd-netto", _unbridged(ended), lambda one: _rounded(one.net.mean)),
        ("wachttijd-mediaan", _youths(timed), lambda one: one.survival.median),
    ):
        yield _told(view, id, youths, summaries, value)


def _youths(made_of: Selection) -> Mapping[Place, int]:
    return {at: len({one.youth for one in some}) for at, some in made_of.items()}


def _unbridged(ended: Selection) -> Mapping[Place, int]:
    """The mean of all and the mean without those that are bridged tell the bridged together: both must be many."""
    parts = {at: ([one for one in some if not one.bridged], some) for at, some in ended.items()}
    return {at: smaller_side(_of(net), _of(one for one in some if one.bridged)) for at, (net, some) in parts.items()}


def _of(some: Iterable[Item]) -> set[str]:
    return {one.youth for one in some}


def _rounded(days: float | None) -> float | None:
    """With one decimal: more would tell of how many it is the mean."""
    return None if days is None else round(days, 1)


def _told(
    view: View, id: str, youths: Mapping[Place, int], summaries: Summaries, value: Callable[[Waiting], Value]
) -> Table:
    cells = (
        Cell(at, value(summaries[at]) if at in summaries else None, youths.get(at, 0))
        for at in _by_phase(view.gemeenten, view.segments)
    )
    return table(id, _PLACE, cells)


def _ended(view: View, one: Item) -> bool:
    return one.end is not None and view.van <= one.end and one.state(view.tot) == "ended"


def _is_timed(view: View, one: Item) -> bool:
    return one.state(view.tot) in ("ended", "left") or one.waits(view.tot)


def _norms(view: View, chosen: Selection, summaries: Summaries) -> Iterator[Table]:
    within, over, longer = list[Cell](), list[Cell](), list[Cell]()
    for fase in FASEN:
        for segment in (*view.segments, ALL):
            some = chosen.get((fase, ALL, segment), ())
            for weeks in weeks_for(view.region, segment, fase):
                at = (fase, str(weeks), segment)
                within.append(_within(view, at, some, weeks))
                over.append(_over(view, at, some, weeks))
                longer.append(_longer(view, at, some, summaries.get((fase, ALL, segment)), weeks))
    if within:
        yield table("binnen-norm", _BY_NORM, within)
        yield table("boven-norm", _BY_NORM, over)
        yield table("langer-dan-norm", _BY_NORM, longer)


def _within(view: View, at: Place, some: Sequence[Item], weeks: int) -> Cell:
    ended = [(number, one) for number, one in enumerate(some) if _ended(view, one)]
    met = {f"{one.youth}|{number}" for number, one in ended if (one.wait or 0) <= 7 * weeks}
    return share(at, met, {f"{one.youth}|{number}" for number, one in ended})


def _over(view: View, at: Place, some: Sequence[Item], weeks: int) -> Cell:
    waiting = [one for one in some if one.waits(view.tot)]
    over = [one for one in waiting if one.age(view.tot) > 7 * weeks]
    within = (one for one in waiting if one.age(view.tot) <= 7 * weeks)
    return Cell(at, len(over), smaller_side(_of(over), _of(within)))


def _longer(view: View, at: Place, some: Sequence[Item], told: Waiting | None, weeks: int) -> Cell:
    part = told.survival.longer[weeks] if told else None
    timed = [one for one in some if _is_timed(view, one)]
    longer = _of(one for one in timed if _lasted(view, one) > 7 * weeks)
    within = _of(one for one in timed if _lasted(view, one) <= 7 * weeks)
    return Cell(at, None if part is None else round(100 * part, 1), smaller_side(longer, within))


def _lasted(view: View, one: Item) -> int:
    """For how many days it was seen to wait."""
    until = {"ended": one.end, "left": one.left}.get(one.state(view.tot)) or view.tot
    return (until - one.begin).days
