"""Of the region picture: administrative burden, and aanbieders of which the recent weeks differ from their past."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

from streams.core.monitors.burden import (
    Counts,
    Kind,
    Line,
    burden_lines,
    minutes,
    per_traject,
    ranking_of_parties,
    ranking_of_rules,
    total,
    totals,
)
from streams.core.monitors.drift import Signal, signals
from streams.core.monitors.drift_counts import KINDS
from streams.core.monitors.picture_care import Course, Youths
from streams.core.monitors.picture_tables import ALL, NOT_OF_YOUTHS, Cell, Place, Table, Tally, grid, scopes, table
from streams.core.monitors.picture_view import View
from streams.core.regions import Rework

MOST_RULES = 15
"""How many of the rules that cost most are shown."""
RAREST = 1e-6
"""No smaller chance is told."""
_KINDS: tuple[Kind, ...] = get_args(Kind)


def burden_tables(view: View, youths: Youths) -> Iterator[Table]:
    """Messages for each traject, what was right the first time, and minutes of rework."""
    lines = [one for one in burden_lines(view.rows, view.van, view.tot, view.monitoring) if _is_own(view, one)]
    courses = [one for some in youths.values() for one in some if one.touches(view.van, view.tot)]
    yield from _by(view, lines, courses, "gemeente", view.gemeenten)
    aanbieders = sorted({one.aanbieder for one in lines} | {one.traject.aanbieder for one in courses})
    yield from _by(view, lines, courses, "aanbieder", aanbieders)
    yield from _by_contract_form(view, lines)
    yield _rework(view, lines)
    yield from _ranked(view, lines)


def _is_own(view: View, line: Line) -> bool:
    return line.gemeente in view.gemeenten


def _by(
    view: View, lines: Sequence[Line], courses: Sequence[Course], dimension: str, values: Sequence[str]
) -> Iterator[Table]:
    counts = {**totals(lines, lambda line: str(getattr(line, dimension))), ALL: total(lines)}
    trajecten = Tally()
    for one in courses:
        trajecten.add(scopes((str(getattr(one.traject, dimension)),)), one.traject.youth)

    def messages(at: Place) -> float | None:
        told = per_traject(counts.get(at[0], Counts()), trajecten.count(at))
        return None if told is None else round(told, 1)

    suffix = "" if dimension == "gemeente" else f"-{dimension}"
    places = grid(values)
    yield table(f"berichten-per-traject{suffix}", (dimension,), trajecten.cells(places, messages), "in-zorg")
    yield table(f"in-een-keer-goed{suffix}", (dimension,), (_right(at, counts.get(at[0])) for at in places))


def _right(at: Place, counts: Counts | None) -> Cell:
    told = counts.first_time_right if counts else None
    return Cell(at, None if told is None else round(100 * told, 1))


def _rework(view: View, lines: Sequence[Line]) -> Table:
    counts = {**totals(lines, lambda line: line.gemeente), ALL: total(lines)}
    prices = view.monitoring.rework
    by_kind = {code: minutes(counts.get(code, Counts()), prices) for code in (*view.gemeenten, ALL)}
    cells = [Cell((kind, code), _hours(some[kind])) for kind in _KINDS for code, some in by_kind.items()]
    cells += [Cell((ALL, code), _hours(sum(some.values()))) for code, some in by_kind.items()]
    return table("herstelwerk", ("soort", "gemeente"), cells)


def _hours(minutes: float) -> float:
    return round(minutes / 60, 1)


def _by_contract_form(view: View, lines: Sequence[Line]) -> Iterator[Table]:
    counts = {**totals(lines, lambda line: line.contract_form), ALL: total(lines)}
    places = grid(sorted(counts.keys() - {ALL}))
    yield table("in-een-keer-goed-contractvorm", ("contractvorm",), (_right(at, counts[at[0]]) for at in places))
    prices = view.monitoring.rework
    per_message = (Cell(at, _per_message(counts[at[0]], prices)) for at in places)
    yield table("herstelwerk-contractvorm", ("contractvorm",), per_message)


def _per_message(counts: Counts, prices: Rework) -> float | None:
    return round(sum(minutes(counts, prices).values()) / counts.messages, 1) if counts.messages else None


def _ranked(view: View, lines: Sequence[Line]) -> Iterator[Table]:
    prices = view.monitoring.rework
    for id, dimension, ranked in (
        ("herstelwerk-partij", "partij", ranking_of_parties(lines, prices)),
        ("herstelwerk-regels", "regel", ranking_of_rules(lines, prices)[:MOST_RULES]),
    ):
        yield table(id, (dimension,), (Cell((one.name,), _hours(one.minutes)) for one in ranked))


def signal_tables(view: View) -> Iterator[Table]:
    """Which aanbieders of the region have a signal, over all gemeenten; 1 where one is given."""
    own = {one.aanbieder for one in view.toewijzingen}
    given = [one for one in signals(view.everybody, view.rows, view.tot, view.monitoring) if one.signalled]
    own_given = [one for one in given if one.aanbieder in own]
    told = {(one.aanbieder, one.kind) for one in own_given}
    aanbieders = sorted({aanbieder for aanbieder, _ in told})
    cells = (Cell((code, kind), int((code, kind) in told)) for code in aanbieders for kind in KINDS)
    yield table("signalen", ("aanbieder", "signaal"), cells)
    evidence = (cell for one in own_given for cell in _evidence(one))
    yield table("signalen-bewijs", ("aanbieder", "signaal", "maat"), evidence)


def _evidence(one: Signal) -> Iterator[Cell]:
    """What was seen, what was to be expected, and the chance, which tells the one by the other."""
    assert one.chance is not None, "a signal has one"
    recent, past = one.youths or (NOT_OF_YOUTHS, NOT_OF_YOUTHS)
    fewest = min((number for number in (recent, past) if number), default=0)
    place = (one.aanbieder, one.kind)
    yield Cell((*place, "gezien"), one.counts.recent, recent)
    yield Cell((*place, "verwacht"), round(one.counts.expected, 1), past)
    yield Cell((*place, "toeval"), _once_in(one.chance), fewest)


def _once_in(chance: float) -> int:
    """In how many times it comes once, told as precisely as it is worth."""
    return int(float(f"{1 / max(chance, RAREST):.2g}"))
