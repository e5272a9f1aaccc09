"""Of the region picture: how care ends, how long it took, who comes back, and who turns 18."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from streams.core.monitors import discontinuity, turning
from streams.core.monitors.picture_care import Youths
from streams.core.monitors.picture_tables import ALL, Place, Table, Tally, grid, scopes, share, table
from streams.core.monitors.picture_view import View
from streams.core.monitors.suppression import Sum, group_of
from streams.core.monitors.trajecten import DAY

REASONS = tuple(discontinuity.BY_WHOM)
"""RedenBeeindiging (JZ588) of final stops, in the order in which they are shown."""
PLANNED, EARLY, OTHERWISE = "31", "voortijdig", "overig"
"""How care ended, coarsely: a reason, and two of several."""


def ends_tables(view: View, youths: Youths) -> Iterator[Table]:
    """Durations, ends by reason, and returns."""
    yield _durations(view, youths)
    yield from reason_tables(view)
    yield _returns(view)


def turning_tables(view: View) -> Iterator[Table]:
    """Youths who turn 17½ or 18, by gemeente."""
    half = [one for one in turning.seventeen_and_a_half(view.files, view.tot) if one.region == view.region.id]
    yield _by_gemeente(view, "zeventien-en-half", half)
    yield _by_gemeente(view, "zeventien-zonder-vervolg", (one for one in half if one.without_successor))
    yield _by_gemeente(view, "zeventien-met-vervolg", (one for one in half if not one.without_successor))
    yield eighteen_table(view)


def eighteen_table(view: View) -> Table:
    """Youths who turned 18 in the period and have no successor, by gemeente."""
    told = turning.eighteen(view.files, view.van, view.tot)
    return _by_gemeente(view, "achttien-zonder-vervolg", (one for one in told if one.region == view.region.id))


def turning_sums(tables: Sequence[Table]) -> Iterator[Sum]:
    """What adds up over tables: who is 17½ has a successor or not."""
    by_id = {one.id: one for one in tables}
    for cell in by_id["zeventien-en-half"].rows:
        parts = (group_of(by_id[id], cell.place) for id in ("zeventien-zonder-vervolg", "zeventien-met-vervolg"))
        yield Sum(tuple(parts), (group_of(by_id["zeventien-en-half"], cell.place),))


def _by_gemeente(view: View, id: str, items: Iterable[turning.Turning]) -> Table:
    tally = Tally()
    for one in items:
        tally.add(scopes((one.gemeente,)), one.youth)
    return table(id, ("gemeente",), tally.cells(grid(view.gemeenten)))


def _durations(view: View, youths: Youths) -> Table:
    tally = Tally()
    for youth, courses in youths.items():
        for one in (course.traject for course in courses):
            end, begin = one.end(view.tot + DAY), one.first_begin
            if end is not None and begin is not None and view.van <= end.day <= view.tot and begin <= end.day:
                tally.add(scopes((one.gemeente, one.segment)), youth, (end.day - begin).days + 1)
    places = grid(view.gemeenten, view.segments)
    return table("doorlooptijd", ("gemeente", "segment"), tally.cells(places, tally.mean))


def reason_tables(view: View) -> Iterator[Table]:
    """Ends by reason, by gemeente and by segment, and coarsely by gemeente."""
    by_gemeente, by_segment, coarse = Tally(), Tally(), Tally()
    for one in discontinuity.endings(view.files, view.van, view.tot):
        if one.region == view.region.id:
            by_gemeente.add(scopes((one.reden, one.gemeente)), one.youth)
            by_segment.add(scopes((one.reden, one.segment)), one.youth)
            coarse.add(scopes((_coarse(one.reden), one.gemeente)), one.youth)
    places = grid((PLANNED, EARLY, OTHERWISE), view.gemeenten)
    yield table("einde", ("reden", "gemeente"), coarse.cells(places, coarse.count), "beeindiging")
    reasons = (*REASONS, *(code for code in by_gemeente.seen(0) if code not in REASONS))
    for id, dimension, values, tally in (
        ("beeindiging", "gemeente", view.gemeenten, by_gemeente),
        ("beeindiging-segment", "segment", view.segments, by_segment),
    ):
        yield table(id, ("reden", dimension), tally.cells(grid(reasons, values), tally.count), "beeindiging")


def _coarse(reden: str) -> str:
    if reden == PLANNED:
        return PLANNED
    return EARLY if reden in discontinuity.EARLY else OTHERWISE


def ends_sums(tables: Sequence[Table]) -> Iterator[Sum]:
    """What adds up over tables: the coarse reasons, which are one figure with those that they consist of."""
    by_id = {one.id: one for one in tables}
    if not {"einde", "beeindiging"} <= by_id.keys():
        return
    whole, reasons = by_id["einde"], by_id["beeindiging"]
    for cell in whole.rows:
        name, gemeente = cell.place
        parts = [reden for reden in reasons.values("reden") if reden != ALL and _coarse(reden) == name != PLANNED]
        if parts:
            yield Sum(tuple(group_of(reasons, (one, gemeente)) for one in parts), (group_of(whole, cell.place),))


def _returns(view: View) -> Table:
    may_return: defaultdict[Place, set[str]] = defaultdict(set)
    returned: defaultdict[Place, set[str]] = defaultdict(set)
    ends = (one for one in discontinuity.endings(view.files, view.van, view.tot) if one.may_return)
    backs = discontinuity.returns(view.files, view.van, view.tot, view.monitoring)
    _gather(view, ends, may_return)
    _gather(view, backs, returned)
    places = grid(view.gemeenten, view.segments)
    cells = (share(place, returned[place], may_return[place]) for place in places)
    return table("terugkeer", ("gemeente", "segment"), cells)


def _gather(view: View, items: Iterable[discontinuity.Ending], found: defaultdict[Place, set[str]]) -> None:
    for one in items:
        if one.region == view.region.id:
            for place in scopes((one.gemeente, one.segment)):
                found[place].add(f"{one.youth}|{one.relation}|{one.traject.nummer}|{one.day}")
