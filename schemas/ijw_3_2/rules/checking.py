"""Runs the rules over a message, level by level."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any, get_args

from msgspec import Struct

from schemas.ijw_3_2.berichten import Bericht, jw305, jw307, jw317, jw323
from schemas.ijw_3_2.dossier.claims import is_credit
from schemas.ijw_3_2.dossier.facts import tells
from schemas.ijw_3_2.dossier.history import History, LinePast
from schemas.ijw_3_2.dossier.keys import Levering
from schemas.ijw_3_2.dossier.memory import Remember
from schemas.ijw_3_2.findings import Finding, Level
from schemas.ijw_3_2.outside import Needs, NotChecked
from schemas.ijw_3_2.reading import Message
from schemas.ijw_3_2.rules import level_2, level_3, level_4
from schemas.ijw_3_2.rules.registry import RULES, SOURCES, At, Given, Only, Rule, Source
from schemas.ijw_3_2.rules.walking import has_element, key_text, parts, shown_value, walk

RULE_MODULES = (level_2, level_3, level_4)
"""Imported so that their rules are registered."""

Fault = tuple[Rule, Struct, str]
"""A rule, the class that breaks it, and the element at fault where the rule itself tells that."""


def check_inside(message: Message) -> tuple[Finding, ...]:
    """Level 2: everything that can be seen inside the message itself."""
    faults: list[Fault] = []
    _check(message.bericht, _plan(type(message.bericht), 2), message.bericht, faults)
    return _findings(message.bericht, faults)


# --- levels 3 and 4 --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Assessed:
    """What levels 3 and 4 say of a message. `not_checked`: rules that could not be decided, which is not passed."""

    findings: tuple[Finding, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()


def check_history(message: Message, history: History, remember: Remember) -> Assessed:
    """Levels 3 and 4, from the header down, class by class.

    `remember` is told of each class that was assessed and whether it is at fault, before the next is checked, so that
    the second of two starts in one message meets the first. Within a message withdrawals come before deliveries (IV008)
    and credits before debits (OP366). A header at fault ends it; below another class at fault nothing is assessed, save
    below a Verzoek, whose products say something by themselves.
    """
    assessment = _Assessment(history, remember)
    nodes: Sequence[Struct] = (message.bericht,)
    while nodes:
        nodes = assessment.level(nodes)
    return Assessed(_findings(message.bericht, assessment.faults), tuple(assessment.not_checked.values()))


def is_assessed_below(klasse: str) -> bool:
    """Whether the classes below one at fault are assessed all the same (by the name of that class)."""
    return klasse == jw317.Verzoek.__name__


class _Assessment:
    """One message under way through levels 3 and 4."""

    def __init__(self, history: History, remember: Remember) -> None:
        self.history = history
        self.remember = remember
        self.faults: list[Fault] = []
        self.not_checked: dict[str, NotChecked] = {}
        self._sources = _missing(history)

    def level(self, nodes: Sequence[Struct]) -> Sequence[Struct]:
        """Assess classes of one depth; returns the classes directly below, as far as those are to be assessed."""
        below: list[Struct] = []
        for members, plan in self._in_order(nodes):
            self.not_checked.update((one.rule, one) for one in plan.missing)
            for node in members:
                at_fault = self._assess(node, plan)
                if at_fault and plan.name == "Header":
                    return ()
                if plan.below and (not at_fault or is_assessed_below(plan.name)):
                    below += _directly_below(node, plan)
        return below

    def _in_order(self, nodes: Sequence[Struct]) -> Iterator[tuple[Sequence[Struct], _HistoryPlan]]:
        """Classes of the same kind together, in the order of the message; those that take something back first."""
        for klasse, group in groupby(nodes, type):
            members = list(group)
            takes_back = _TAKES_BACK.get(klasse)
            if takes_back is not None and any(map(takes_back, members)):
                yield [node for node in members if takes_back(node)], _history_plan(klasse, True, self._sources)
                members = [node for node in members if not takes_back(node)]
            if members:
                yield members, _history_plan(klasse, False, self._sources)

    def _assess(self, node: Any, plan: _HistoryPlan) -> bool:
        past = self.history.of_line(node) if plan.on_line.each else None
        at_fault = not (past and plan.all_hold_for_line(node, past)) and self._check(plan, node, past)
        if plan.told:
            self.remember(node, at_fault)
        return at_fault

    def _check(self, plan: _HistoryPlan, node: Any, past: LinePast | None) -> bool:
        history = self.history
        at_fault = self._run(plan.checks, node, history)
        assigned = None
        if past is not None:
            at_fault |= self._run(plan.on_line, node, past)
            assigned = past.assigned
        elif plan.on_assignment.each:
            assigned = history.assigned(node.ToewijzingNummer)
        if assigned is not None:
            at_fault |= self._run(plan.on_assignment, node, assigned)
        for rule in plan.sets:
            self.faults += [(rule, member, "") for member in rule.check(node, history)]
        return at_fault

    def _run(self, checks: Checks, node: Struct, given: object) -> bool:
        at_fault = False
        for check, rule in checks.each:
            if (answer := check(node, given)) is not True:
                at_fault |= self._note(rule, node, answer)
        return at_fault

    def _note(self, rule: Rule, node: Struct, answer: object) -> bool:
        if isinstance(answer, Needs):
            self.not_checked.setdefault(rule.id, NotChecked(rule.id, answer.what))
            return False
        self.faults.append((rule, node, answer.element if isinstance(answer, At) else ""))
        return True


Missing = tuple[Source, ...]


def _missing(history: History) -> Missing:
    sources = history.moment.sources
    return tuple(name for name in SOURCES if getattr(sources, name) is None)


@dataclass(frozen=True, slots=True)
class _HistoryPlan:
    """What to do with a class: its rules, whether it changes the dossier, and which classes below it count.

    missing   the rules that cannot be checked at all, because a source is not there.
    """

    name: str
    checks: Checks
    on_line: Checks
    on_assignment: Checks
    sets: tuple[Rule, ...]
    missing: tuple[NotChecked, ...]
    told: bool
    below: tuple[tuple[str, bool], ...]

    def all_hold_for_line(self, node: Struct, past: LinePast) -> bool:
        """Whether a claim line breaks no rule: the usual case, told in two calls."""
        assigned = past.assigned
        return (
            assigned is not None and self.on_line.all_hold(node, past) and self.on_assignment.all_hold(node, assigned)
        )


@cache
def _history_plan(klasse: type[Struct], takes_back: bool, missing: Missing) -> _HistoryPlan:
    bound = [rule for rule in _rules(klasse, 3) if rule.only in _applying(klasse, takes_back)]
    rules = [rule for rule in bound if rule.source not in missing]
    return _HistoryPlan(
        name=klasse.__name__,
        checks=_given("history", rules),
        on_line=_given("line", rules),
        on_assignment=_given("assigned", rules),
        sets=tuple(rule for rule in rules if rule.among),
        missing=tuple(NotChecked(r.id, SOURCES[r.source]) for r in bound if r.source in missing and r.source),
        told=_is_told(klasse),
        below=tuple((field, many) for field, many, part in parts(klasse) if _leads_to_history(part)),
    )


def _applying(klasse: type[Struct], takes_back: bool) -> tuple[Only, ...]:
    if takes_back and klasse in get_args(Levering):
        return ("3",)  # of a withdrawal nothing else is checked (TR063)
    return ("", "C") if takes_back else ("", "D")


def _given(what: Given, rules: Iterable[Rule]) -> Checks:
    return _checks(rule for rule in rules if rule.given == what and not rule.among)


def _directly_below(node: Struct, plan: _HistoryPlan) -> Iterator[Struct]:
    for field, many in plan.below:
        inner = getattr(node, field)
        if many:
            yield from inner
        elif inner is not None:
            yield inner


@cache
def _is_told(klasse: type[Struct]) -> bool:
    return tells(klasse) or klasse in (jw323.Declaratie, jw323.Client, jw323.Prestatie)


@cache
def _leads_to_history(klasse: type[Struct]) -> bool:
    here = bool(_rules(klasse, 3)) or _is_told(klasse)
    return here or any(_leads_to_history(part) for _, _, part in parts(klasse))


_TAKES_BACK: Mapping[type[Struct], Callable[[Any], bool]] = {
    jw305.StartProduct: lambda node: node.StatusAanlevering == "3",
    jw307.StopProduct: lambda node: node.StatusAanlevering == "3",
    jw323.Prestatie: is_credit,
}
"""The classes of which some take back what was sent before."""


# --- several rules at once -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checks:
    """Rules for one class, each to ask by itself, and all together in one call: most classes have no fault at all."""

    each: tuple[tuple[Callable[..., Any], Rule], ...]
    all_hold: Callable[[Any, Any], bool]


def _checks(rules: Iterable[Rule]) -> Checks:
    each = tuple((rule.check, rule) for rule in rules)
    names = {f"rule_{number}": check for number, (check, _) in enumerate(each)}
    asked = " and ".join(f"{name}(node, given) is True" for name in names)
    # A loop over the rules costs as much as the rules themselves; the text is made of numbers alone.
    all_hold: Callable[[Any, Any], bool] = eval(f"lambda node, given: {asked or True}", names)  # noqa: S307
    return Checks(each, all_hold)


# --- level 2, on every message, so compiled once per class -----------------------------------------


@dataclass(frozen=True, slots=True)
class _Plan:
    rules: Checks
    sets: tuple[tuple[Callable[..., Any], Rule], ...]
    parts: tuple[tuple[str, bool, _Plan], ...]


@cache
def _plan(klasse: type[Struct], level: Level) -> _Plan | None:
    """The rules of a class and of the classes inside it; None when there are none."""
    bound = _rules(klasse, level)
    inner = [(field, many, _plan(part, level)) for field, many, part in parts(klasse)]
    kept = tuple((field, many, plan) for field, many, plan in inner if plan is not None)
    if not bound and not kept:
        return None
    return _Plan(
        rules=_checks(rule for rule in bound if not rule.among),
        sets=tuple((rule.check, rule) for rule in bound if rule.among),
        parts=kept,
    )


@cache
def _rules(klasse: type[Struct], level: Level) -> tuple[Rule, ...]:
    levels = (3, 4) if level == 3 else (level,)
    return tuple(rule for rule in RULES.values() if rule.level in levels and klasse in rule.classes)


def _check(node: Any, plan: _Plan | None, bericht: Bericht, faults: list[Fault]) -> None:
    if plan is None:
        return
    if not plan.rules.all_hold(node, bericht):
        faults += [(rule, node, "") for check, rule in plan.rules.each if not check(node, bericht)]
    for check, rule in plan.sets:
        faults.extend((rule, member, "") for member in check(node, bericht))
    for field, many, inner in plan.parts:
        part = getattr(node, field)
        if many:
            for member in part:
                _check(member, inner, bericht, faults)
        elif part is not None:
            _check(part, inner, bericht, faults)


# --- findings: built only when something is wrong --------------------------------------------------


def _findings(bericht: Bericht, faults: list[Fault]) -> tuple[Finding, ...]:
    if not faults:
        return ()
    places = {id(node): path for node, path in walk(bericht)}
    return tuple(_finding(rule, node, places[id(node)], element) for rule, node, element in faults)


def _finding(rule: Rule, node: Struct, path: str, at_fault: str) -> Finding:
    named = (at_fault,) if at_fault else rule.elements
    elements = [element for element in named if has_element(type(node), element)]
    return Finding(
        rule=rule.id,
        level=rule.level,
        retourcode=rule.code,
        klasse=type(node).__name__,
        path=f"{path}/{elements[0].replace('.', '/')}" if elements else path,
        key=key_text(node),
        text=f"{rule.says}{''.join(_found(node, elements))} {_ADVICE}",
    )


_ADVICE = "Correct this and send the message again with a new Identificatie."


def _found(node: Struct, elements: list[str]) -> Iterator[str]:
    values = [(path, shown_value(node, path)) for path in elements]
    told = [f"{path} {value}" for path, value in values if value is not None]
    if told:
        yield f" Found: {', '.join(told)}."
