"""Of the region picture: what care cost, and who referred to it."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from msgspec.structs import replace

from streams.core.folds.care import Verzoek
from streams.core.monitors.claiming import ClaimedLine
from streams.core.monitors.picture_tables import Cell, Place, Table, Tally, grid, scopes, table
from streams.core.monitors.picture_view import View
from streams.core.monitors.trajecten import File
from streams.core.workdays import local_day

REFERRERS = ("01", "02", "03", "04", "05", "06", "08")
"""Types of Verwijzer (COD327)."""
UNKNOWN, UNASKED = "onbekend", "zonder verzoek"
EARLIER = "kosten-jaar-eerder"
_REQUEST = "JW315"


def cost_tables(view: View) -> Iterator[Table]:
    """Costs by gemeente and segment, by aanbieder and by month."""
    current = [one for one in view.lines if view.van <= one.van <= view.tot]
    yield from _costs(view, current, "kosten", "kosten-per-traject")
    by_aanbieder, by_month = Tally(), Tally()
    for one in current:
        by_aanbieder.add(scopes((one.aanbieder,)), one.youth, one.bedrag)
        by_month.add(scopes((f"{one.van:%Y-%m}",)), one.youth, one.bedrag)
    aanbieders, months = grid(by_aanbieder.seen(0)), grid([f"{van:%Y-%m}" for van, _ in view.months])
    yield table("kosten-aanbieder", ("aanbieder",), by_aanbieder.cells(aanbieders, by_aanbieder.total), "kosten")
    yield table("kosten-maand", ("maand",), by_month.cells(months, by_month.total), "kosten")


def earlier_tables(view: View) -> Iterator[Table]:
    """Costs of a year before, by gemeente and segment; None when that began before messages were known here."""
    van, tot = a_year_before(view.van), a_year_before(view.tot)
    made = _costs(view, [one for one in view.lines if van <= one.van <= tot], EARLIER, "per-traject-jaar-eerder")
    yield from made if view.is_known_from(van) else map(_unknown, made)


def _unknown(table: Table) -> Table:
    return replace(table, rows=tuple(Cell(cell.place, None) for cell in table.rows))


def _costs(view: View, lines: Sequence[ClaimedLine], id: str, average_id: str) -> Iterator[Table]:
    costs = Tally()
    trajecten: defaultdict[Place, set[tuple[str, str, int]]] = defaultdict(set)
    for one in lines:
        places = scopes((one.gemeente, one.segment))
        costs.add(places, one.youth, one.bedrag)
        for place in places:
            trajecten[place].add(one.traject)

    def average(place: Place) -> int | None:
        return round(costs.total(place) / len(trajecten[place])) if trajecten[place] else None

    places = grid(view.gemeenten, view.segments)
    yield table(id, ("gemeente", "segment"), costs.cells(places, costs.total))
    yield table(average_id, ("gemeente", "segment"), costs.cells(places, average), id)


def a_year_before(day: date) -> date:
    """The same day of the year before; of a month that had no such day, its last. A last day of a month stays one."""
    last, was = monthrange(day.year, day.month)[1], monthrange(day.year - 1, day.month)[1]
    return day.replace(year=day.year - 1, day=was if day.day == last else min(day.day, was))


def referrer_tables(view: View) -> Iterator[Table]:
    """Requested products by type of referrer, and toewijzingen that nobody requested."""
    tally = Tally()
    for file in view.files:
        requests = [one for one in file.verzoeken if one.bericht == _REQUEST]
        for one in requests:
            _request(view, file, one, tally)
        _unasked(view, file, {(one.relation, one.referentie) for one in requests}, tally)
    others = tuple(code for code in tally.seen(0) if code not in (*REFERRERS, UNASKED))
    places = grid((*REFERRERS, *others, UNASKED), view.gemeenten)
    yield table("verwijzers", ("verwijzer", "gemeente"), tally.cells(places, tally.count))


def _request(view: View, file: File, one: Verzoek, tally: Tally) -> None:
    gemeente = one.relation.partition(":")[0]
    if gemeente in view.gemeenten and view.van <= local_day(one.received_at) <= view.tot:
        tally.add(scopes((one.verwijzer or UNKNOWN, gemeente)), file.youth)


def _unasked(view: View, file: File, asked: set[tuple[str, str]], tally: Tally) -> None:
    for one in file.toewijzingen:
        if one.region != view.region.id or one.received is None or not view.van <= one.received <= view.tot:
            continue
        answers = {(one.relation, versie.referentie) for versie in one.toewijzing.versies if versie.referentie}
        if not answers & asked:
            tally.add(scopes((UNASKED, one.gemeente)), file.youth)
