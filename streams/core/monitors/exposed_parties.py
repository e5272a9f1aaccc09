"""Figures about gemeenten and aanbieders as samples: terms, burden and drift. Pure.

They count messages and duties, and nothing is suppressed in them but terms that youths have one by one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import get_args

from msgspec.structs import replace

from streams.core.monitors import burden, deadlines
from streams.core.monitors.drift import KINDS, signals
from streams.core.monitors.exposed_cells import Frame
from streams.core.monitors.exposed_hiding import Spot, few_of, hide_in_sum
from streams.core.monitors.exposed_metrics import Sample
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import File

STANDING = frozenset({"open", "at_risk", "breached"})
"""Who has to send something has to until it is there, however long ago the term began."""
STATES: tuple[deadlines.State, ...] = get_args(deadlines.State)
"""All are told, those of none as 0: what grows from nothing must be seen to grow."""
OF_YOUTHS: Collection[str] = ("OP271", "OP272", "OP354")
"""The rules of which each start, stop or month of care of a youth is a term: to count them is to count youths."""
GEMEENTE_CODE = 4
"""Digits of the code of a gemeente; that of an aanbieder has 8."""


def terms(rows: Rows, files: Sequence[File], frame: Frame) -> Iterator[Sample]:
    """Terms by state: all that were not met, and what became of the others that opened in the period."""
    known = _known(rows, files, frame)
    ledger = _ledger(rows, known, frame)
    hidden = _hidden(known, files, frame)
    by_rule = deadlines.summed(ledger, lambda duty: (duty.rule, duty.what, _role(duty.responsible)))
    for (rule, what, role), states in by_rule.items():
        for state in STATES:
            if _whole(rule, state, what) not in hidden:
                labels = {"regel": rule, "what": what, "rol": role, "state": state}
                yield Sample("ijwhub_termijnen", labels, states[state])
    for (rule, party), states in deadlines.summed(ledger, lambda duty: (duty.rule, duty.responsible)).items():
        for state, count in states.items():
            if _part(rule, state, party) not in hidden:
                yield _of_party("ijwhub_termijnen_partij", party, count, frame, regel=rule, state=state)


def _known(rows: Rows, files: Sequence[File], frame: Frame) -> Sequence[deadlines.Term]:
    every = deadlines.terms(files, rows, frame.tot, frame.monitoring)
    return [one for one in every if one.opened_at >= frame.van or one.state_on(frame.tot) in STANDING]


def _ledger(rows: Rows, known: Iterable[deadlines.Term], frame: Frame) -> deadlines.Ledger:
    """The ledger without what opened before the period and is over; of answered messages only their day is known."""
    answered = [replace(row, awaited={}) for row in rows.berichten if row.day >= frame.van]
    counts = deadlines.ledger((), Rows(berichten=tuple(answered)), frame.now, frame.monitoring)
    others = deadlines.tick(known, frame.tot)
    return {duty: Counter(counts.get(duty, {})) + Counter(others.get(duty, {})) for duty in {*counts, *others}}


def _part(rule: str, state: str, party: str) -> Spot:
    return "party", (rule, state, party)


def _whole(rule: str, state: str, what: str) -> Spot:
    return "what", (rule, state, what)


def _hidden(known: Iterable[deadlines.Term], files: Sequence[File], frame: Frame) -> Collection[Spot]:
    """Of terms that youths have one by one those of few youths, and what those of all parties together give away."""
    youths = _youths_of_terms(known, files, frame)
    hidden = few_of(youths, frame.least)
    sums: dict[tuple[str, str], dict[str, list[Spot]]] = defaultdict(lambda: {"party": [], "what": []})
    for spot in sorted(youths):
        place, (rule, state, _) = spot
        sums[rule, state][place].append(spot)
    for sides in sums.values():
        hide_in_sum(sides["party"], sides["what"], youths, frame.least, hidden)
    return hidden


def _youths_of_terms(known: Iterable[deadlines.Term], files: Sequence[File], frame: Frame) -> Mapping[Spot, int]:
    whose = _whose(files)
    found: dict[Spot, set[str]] = defaultdict(set)
    for one in known:
        if one.rule in OF_YOUTHS:
            state = one.state_on(frame.tot)
            youths = whose.get((one.relation, one.reference), ())
            for spot in (_part(one.rule, state, one.responsible), _whole(one.rule, state, one.what)):
                found[spot].update(youths)
    return {spot: len(some) for spot, some in found.items()}


def _whose(files: Sequence[File]) -> Mapping[tuple[str, str], Collection[str]]:
    """By relation and reference of a term: its youths, several when it is task-based care."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for file in files:
        for one in file.client.toewijzingen:
            reference = str(one.nummer) if one.nummer is not None else f"{one.categorie or ''}/{one.code or ''}"
            found[one.relation, reference].add(file.youth)
    return found


def burdens(rows: Rows, frame: Frame) -> Iterator[Sample]:
    """Messages of the period, and the rework they brought, of who sent them."""
    lines = burden.burden_lines(rows, frame.van, frame.tot, frame.monitoring)
    for party, counts in burden.totals(lines, lambda line: line.afzender).items():
        codes = {f"retourcode {code}": count for code, count in counts.codes.items()}
        for rule, count in {**counts.rules, **codes}.items():
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
