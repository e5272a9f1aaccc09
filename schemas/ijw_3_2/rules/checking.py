"""Runs the rules over a message, level by level."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from msgspec import Struct

from schemas.ijw_3_2.berichten import Bericht
from schemas.ijw_3_2.dossier import Draft, History, is_remembered, remember
from schemas.ijw_3_2.findings import Finding, Level
from schemas.ijw_3_2.reading import Message
from schemas.ijw_3_2.rules import level_2, level_3
from schemas.ijw_3_2.rules.registry import RULES, Rule
from schemas.ijw_3_2.rules.walking import has_element, key_text, parts, shown_value, walk

RULE_MODULES = (level_2, level_3)
"""Imported so that their rules are registered."""

Fault = tuple[Rule, Struct]


def check_inside(message: Message) -> tuple[Finding, ...]:
    """Level 2: everything that can be seen inside the message itself."""
    faults: list[Fault] = []
    _check(message.bericht, _plan(type(message.bericht), 2), message.bericht, faults)
    return _findings(message.bericht, faults)


def check_history(message: Message, draft: Draft) -> tuple[Finding, ...]:
    """Levels 3 and 4, class by class; each class without fault is remembered in the draft at once.

    Withdrawals (StatusAanlevering 3) come before deliveries (IV008), otherwise the order of the message
    counts, so that the second of two starts in one message meets the first.
    """
    faults: list[Fault] = []
    history = History(message.name, message.bericht, draft)
    for node in _in_order(message.bericht):
        rules = _history_rules(type(node), _withdraws(node))
        broken = [(rule, node) for rule in rules if not rule.check(node, history)]
        faults += broken
        if not broken:
            remember(node, history)
    return _findings(message.bericht, faults)


def _in_order(bericht: Bericht) -> Iterable[Struct]:
    nodes = list(_with_history(bericht))
    return sorted(nodes, key=_delivers) if any(map(_withdraws, nodes)) else nodes


def _with_history(node: Struct) -> Iterator[Struct]:
    """The classes that have rules of level 3 or 4, or that are remembered, in the order of the message."""
    if _is_history(type(node)):
        yield node
    for field, many, klasse in parts(type(node)):
        if _leads_to_history(klasse):
            inner = getattr(node, field)
            for member in inner if many else (inner,):
                if member is not None:
                    yield from _with_history(member)


@cache
def _is_history(klasse: type[Struct]) -> bool:
    return bool(_rules(klasse, 3)) or is_remembered(klasse)


@cache
def _leads_to_history(klasse: type[Struct]) -> bool:
    return _is_history(klasse) or any(_leads_to_history(part) for _, _, part in parts(klasse))


def _delivers(node: Struct) -> bool:
    return not _withdraws(node)


def _withdraws(node: Struct) -> bool:
    return getattr(node, "StatusAanlevering", None) == "3"


@cache
def _history_rules(klasse: type[Struct], withdrawn: bool) -> tuple[Rule, ...]:
    return tuple(rule for rule in _rules(klasse, 3) if (rule.status == "3") == withdrawn)


# --- level 2, on every message, so compiled once per class -----------------------------------------


@dataclass(frozen=True, slots=True)
class _Plan:
    rules: tuple[tuple[Callable[..., Any], Rule], ...]
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
        rules=tuple((rule.check, rule) for rule in bound if not rule.among),
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
    for check, rule in plan.rules:
        if not check(node, bericht):
            faults.append((rule, node))
    for check, rule in plan.sets:
        faults.extend((rule, member) for member in check(node, bericht))
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
    return tuple(_finding(rule, node, places[id(node)]) for rule, node in faults)


def _finding(rule: Rule, node: Struct, path: str) -> Finding:
    elements = [element for element in rule.elements if has_element(type(node), element)]
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
