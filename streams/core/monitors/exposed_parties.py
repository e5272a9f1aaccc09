"""Figures about gemeenten and aanbieders as samples: terms, burden and drift. Pure.

They count messages and duties, not youths, so that nothing is suppressed in them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

from msgspec.structs import replace

from streams.core.monitors import burden, deadlines
from streams.core.monitors.drift import KINDS, signals
from streams.core.monitors.exposed_cells import Frame
from streams.core.monitors.exposed_metrics import Sample
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import File

RUNNING = frozenset({"open", "at_risk"})
STATES: tuple[deadlines.State, ...] = get_args(deadlines.State)
"""All are told, those of none as 0: what grows from nothing must be seen to grow."""
GEMEENTE_CODE = 4
"""Digits of the code of a gemeente; that of an aanbieder has 8."""


def terms(rows: Rows, files: Sequence[File], frame: Frame) -> Iterator[Sample]:
    """Terms by state: those that opened in the period, and all that still run."""
    ledger = _ledger(rows, files, frame)
    by_rule = deadlines.summed(ledger, lambda duty: (duty.rule, duty.what, _role(duty.responsible)))
    for (rule, what, role), states in by_rule.items():
        for state in STATES:
            labels = {"regel": rule, "what": what, "rol": role, "state": state}
            yield Sample("ijwhub_termijnen", labels, states[state])
    for (rule, party), states in deadlines.summed(ledger, lambda duty: (duty.rule, duty.responsible)).items():
        for state, count in states.items():
            yield _of_party("ijwhub_termijnen_partij", party, count, frame, regel=rule, state=state)


def _ledger(rows: Rows, files: Sequence[File], frame: Frame) -> deadlines.Ledger:
    """The ledger without what opened before the period and ended; of answered messages only their day is known."""
    answered = [replace(row, awaited={}) for row in rows.berichten if row.day >= frame.van]
    counts = deadlines.ledger((), Rows(berichten=tuple(answered)), frame.now, frame.monitoring)
    every = deadlines.terms(files, rows, frame.tot, frame.monitoring)
    told = (one for one in every if one.opened_at >= frame.van or one.state_on(frame.tot) in RUNNING)
    others = deadlines.tick(told, frame.tot)
    return {duty: Counter(counts.get(duty, {})) + Counter(others.get(duty, {})) for duty in {*counts, *others}}


def burdens(rows: Rows, frame: Frame) -> Iterator[Sample]:
    """Messages of the period, and the rework they brought, of who sent them."""
    lines = burden.burden_lines(rows, frame.van, frame.tot, frame.monitoring)
    for party, counts in burden.totals(lines, lambda line: line.afzender).items():
        for rule, count in counts.rules.items():
            yield _of_party("ijwhub_berichten_afgekeurd", party, count, frame, regel=rule)
        for kind, minutes in burden.minutes(counts, frame.monitoring.rework).items():
            yield _of_party("ijwhub_herstelwerk_minuten", party, minutes, frame, soort=kind)
        if counts.first_time_right is not None:
            yield _of_party("ijwhub_in_een_keer_goed_ratio", party, counts.first_time_right, frame)
    for (party, bericht), counts in burden.totals(lines, lambda line: (line.afzender, line.bericht)).items():
        yield _of_party("ijwhub_berichten_verstuurd", party, counts.messages, frame, bericht=bericht)


def drift(rows: Rows, files: Sequence[File], frame: Frame) -> Iterator[Sample]:
    """The aanbieders that depart from their own past."""
    found = [one for one in signals(files, rows, frame.tot, frame.monitoring) if one.signalled]
    many = Counter(one.kind for one in found)
    for one in found:
        yield Sample("ijwhub_signaal_aanbieder", {"aanbieder": one.aanbieder, "signaal": one.kind}, 1)
    for kind in KINDS:
        yield Sample("ijwhub_aanbieders_met_signaal", {"signaal": kind}, many[kind])


def _role(code: str) -> str:
    return "gemeente" if len(code) == GEMEENTE_CODE else "aanbieder"


def _of_party(metric: str, party: str, value: float, frame: Frame, **extra: str) -> Sample:
    if _role(party) == "aanbieder":
        return Sample(f"{metric}_aanbieder", {"aanbieder": party, **extra}, value)
    place: Mapping[str, str] = {"region": frame.monitoring.region_of(party).id, "gemeente": party}
    return Sample(f"{metric}_gemeente", {**place, **extra}, value)
