"""Deadlines, burden, claims, drift and the region picture of the monitors beside those of the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import date, datetime, time
from typing import Any

from streams.core.monitors import burden as monitor_burden
from streams.core.monitors import claiming as monitor_claiming
from streams.core.monitors import deadlines as monitor_deadlines
from streams.core.monitors import drift as monitor_drift
from streams.core.monitors.picture import picture
from streams.core.monitors.picture_tables import Table
from streams.core.regions import Monitoring
from tests.support.truth import burden, claiming, deadlines, discontinuity, drift
from tests.support.truth.comparing import Both, Differences, of_counts, of_values
from tests.support.truth.days import NETHERLANDS, Period, Workdays
from tests.support.truth.picture import CELLS, View

# --- deadlines -----------------------------------------------------------------------------------------


def deadlines_on(all: Both, day: date) -> Differences:
    """Every duty as it stands on a day: one by one, and counted."""
    workdays, risk = Workdays(all.monitoring.calendar.closed), all.monitoring.at_risk_days
    now = datetime.combine(day, time(12), NETHERLANDS)
    known = [(one, all.world.truth.last if _is_only_counted(one) else day) for one in all.duties if one.opened <= day]
    standing = [(one, one.state(seen, workdays, risk)) for one, seen in known]
    counted: Counter[tuple[str, ...]] = Counter()
    counted.update((d.rule, d.awaits, d.relation, d.responsible, state) for d, state in standing)
    ledger = monitor_deadlines.ledger(all.files, all.rows, now, all.monitoring)
    found: dict[tuple[str, ...], int] = {
        (*duty, state): number for duty, states in ledger.items() for state, number in states.items() if number
    }
    for key in sorted(counted.keys() | found.keys()):
        yield from of_values(f"deadlines on {day}: {' '.join(key)}", counted[key], found.get(key, 0))
    one_by_one = [_of_duty(all, one, state, day) for one, state in standing if not _is_only_counted(one)]
    told = monitor_deadlines.obligations(all.files, all.rows, now, all.monitoring)
    yield from of_counts(f"duties on {day}", one_by_one, map(_of_obligation, told))


def _is_only_counted(one: deadlines.Duty) -> bool:
    """Of messages that were answered, or cannot be, it is counted how that went, on whatever day it is looked at."""
    return one.rule in ("OP090", "OP090x4") and (one.met is not None or one.failed)


def _of_duty(all: Both, one: deadlines.Duty, state: str, day: date) -> Hashable:
    met = one.met if one.met and one.met <= day else None
    gemeente, _, aanbieder = one.relation.partition(":")
    other = aanbieder if one.responsible == gemeente else gemeente
    region = all.monitoring.region_of(gemeente).id
    where = (one.rule, one.awaits, one.relation, region, one.responsible, other, one.reference)
    return (*where, str(one.opened), str(one.due), state, str(met))


def _of_obligation(one: Any) -> Hashable:
    where = (one.rule, one.what, one.relation, one.region, one.responsible, one.counterparty, one.reference)
    return (*where, str(one.opened_at), str(one.due), one.state, str(one.met_on))


# --- burden --------------------------------------------------------------------------------------------

_BY: Mapping[str, tuple[Callable[[Any], Any], Callable[[Any, Monitoring], Any]]] = {
    "all": (lambda line: "*", lambda one, _: "*"),
    "relation and type": (lambda line: (line.relation, line.bericht), lambda one, _: (one.relation, one.bericht)),
    "aanbieder": (lambda line: line.aanbieder, lambda one, _: one.relation.partition(":")[2]),
    "gemeente": (lambda line: line.gemeente, lambda one, _: one.relation.partition(":")[0]),
    "region": (lambda line: line.region, lambda one, of: of.region_of(one.relation.partition(":")[0]).id),
    "contract form": (
        lambda line: line.contract_form,
        lambda one, of: of.contract_forms.get(one.relation.partition(":")[2], "onbekend"),
    ),
    "sender": (lambda line: line.afzender, lambda one, _: one.afzender),
}


def burden_in(all: Both, period: Period) -> Differences:
    """What messages of a period brought about, by everything that they can be counted by."""
    van, tot = period
    lines = monitor_burden.burden_lines(all.rows, van, tot, all.monitoring)
    offered = burden.offered(all.world, van, tot)
    for name, (of_line, of_message) in _BY.items():
        groups: dict[Any, list[Any]] = {}
        for one in offered:
            groups.setdefault(of_message(one, all.monitoring), []).append(one)
        found = monitor_burden.totals(lines, of_line)
        for key in sorted(groups.keys() | found.keys()):
            expected = burden.counts(groups.get(key, []), all.late)
            yield from of_values(f"burden in {van}/{tot}, {name} {key}", expected, _of_burden(found.get(key)))
    in_care = monitor_burden.trajecten_in_care(all.files, van, tot)
    yield from of_counts(
        f"trajecten in care in {van}/{tot}",
        discontinuity.trajecten_in_care(all.world, van, tot).elements(),
        in_care.elements(),
    )


def _of_burden(found: monitor_burden.Counts | None) -> dict[str, Any]:
    counts = found or monitor_burden.Counts()
    mappings = ("outcomes", "rules", "levels", "refused_by", "corrections", "late")
    numbers = ("messages", "resends", "duplicates", "firsts", "right")
    counted = {name: {k: n for k, n in getattr(counts, name).items() if n} for name in mappings}
    return {**counted, **{name: getattr(counts, name) for name in numbers}}


# --- claims --------------------------------------------------------------------------------------------


def claims_in(all: Both, period: Period) -> Differences:
    """Claims of a period to the cent, of every selection, and what care of that period cost."""
    expected, found = claiming.lines(all.world), monitor_claiming.claim_lines(all.rows, all.monitoring)
    states = claiming.states(expected)
    yield from of_counts("claim lines", (_of_regel(*one) for one in states), map(_of_line, found))
    for name, chosen in all.selections.items():
        where = f"{name}, {period[0]}/{period[1]}"
        some, theirs = [one for one in expected if chosen(one.place)], [one for one in found if chosen(one)]
        sums = claiming.sums(one for one in some if period[0] <= one.received <= period[1])
        totals = monitor_claiming.total(monitor_claiming.received_in(theirs, *period))
        yield from of_values(f"claims, {where}", sums, {key: getattr(totals, key) for key in sums})
        cost, costs = claiming.costs(some, *period), monitor_claiming.costs(theirs, *period)
        yield from of_values(f"costs, {where}", cost, {key: getattr(costs, key) for key in cost})


def _of_regel(one: claiming.Line, state: str) -> Hashable:
    regel = one.regel
    where = (one.youth, one.place.relation, one.place.region, one.place.segment, regel.toewijzing, regel.message)
    period = (str(one.received), str(regel.van), str(regel.tot))
    return (*where, regel.referentie, *period, regel.bedrag, regel.bedrag < 0, state)


def _of_line(one: monitor_claiming.ClaimedLine) -> Hashable:
    where = (one.youth, one.relation, one.region, one.segment, one.toewijzing, one.message)
    period = (str(one.received), str(one.van), str(one.tot))
    return (*where, one.referentie, *period, one.bedrag, one.is_credit, one.state)


# --- region picture ------------------------------------------------------------------------------------

NOT_COMPARED = ("herstelwerk-regels", "signalen", "signalen-bewijs")
"""Tables that rank by the return codes of receivers, which the truth does not have, and those of drift."""


def picture_in(all: Both, period: Period) -> Differences:
    """Every cell of the picture of every region."""
    van, tot = period
    now = datetime.combine(all.world.truth.last, time(12), NETHERLANDS)
    for region in all.monitoring.regions:
        view = View(all.world, region, van, tot)
        made = picture(all.files, all.rows, region, van, tot, now, all.monitoring)
        for table in made.tables:
            if table.id not in NOT_COMPARED:
                where = f"picture of {region.id} {van}/{tot}: {table.id}"
                yield from _cells(where, view, table)
                yield from _aanbieders(where, view, table, all.aanbieders)


def costs_a_year_later(all: Both, period: Period) -> Differences:
    """What the picture of the same period a year later says that care cost now."""
    van, tot = (day.replace(year=day.year + 1) for day in period)
    now = datetime.combine(tot, time(12), NETHERLANDS)
    for region in all.monitoring.regions:
        made = picture(all.files, all.rows, region, van, tot, now, all.monitoring)
        for table in made.tables:
            if table.id.endswith("jaar-eerder"):
                yield from _cells(f"picture of {region.id} {van}/{tot}", View(all.world, region, van, tot), table)


def _cells(where: str, view: View, table: Table) -> Differences:
    for cell in table.rows:
        expected = CELLS[table.id](view, *cell.place)
        yield from of_values(f"{where} {' '.join(cell.place)}", expected, cell.value)


def _aanbieders(where: str, view: View, table: Table, known: Iterable[str]) -> Differences:
    """An aanbieder that has no cell has nothing to tell."""
    if table.dimensions[-1] == "aanbieder":
        first = sorted({cell.place[:-1] for cell in table.rows})
        there = {cell.place for cell in table.rows}
        for place in ((*before, one) for before in first for one in known):
            if place not in there and (expected := CELLS[table.id](view, *place)):
                yield f"{where} {' '.join(place)}: in truth {expected!r}, in the monitor no cell"


# --- drift ---------------------------------------------------------------------------------------------


def drift_on(all: Both, day: date) -> Differences:
    """Every comparison of every aanbieder with its own past of which something can be said."""
    told = monitor_drift.signals(all.files, all.rows, day, all.monitoring)
    found = {f"{one.aanbieder} {one.kind}": _of_signal(one) for one in told if one.chance is not None}
    true = drift.signals(all.world, day)
    expected = {f"{one.aanbieder} {one.kind}": _of_truth(one) for one in true if one.chance is not None}
    yield from of_values(f"drift on {day}", expected, found)


def _of_truth(one: drift.Signal) -> tuple[Any, ...]:
    return one.recent, one.past, round(one.chance or 0, 9), one.signalled


def _of_signal(one: monitor_drift.Signal) -> tuple[Any, ...]:
    recent, past = (one.counts.recent, one.counts.recent_of), (one.counts.past, one.counts.past_of)
    return recent, past, round(one.chance or 0, 9), one.signalled
