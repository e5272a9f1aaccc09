"""How a rule of the standard is written down, and the list of all that are.

A rule is a function that reads like its page in the standard:

    @rule("TR018", level=2, code="0001", element="Einddatum", says="A stop does not end before it began.")
    def _(stop: jw307.StopProduct, bericht: Bericht) -> bool:
        return stop.Einddatum >= stop.Begindatum

The type of its first parameter binds it to message classes (a union binds it to several), and so to
messages. It returns True when the rule holds. A rule about a set (`among=True`) is bound to the class that
holds the set and returns the members at fault.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from msgspec import Struct

from schemas.ijw_3_2.findings import Level

Check = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the standard.

    id        the rule's id in the standard; rules.csv of the facts has the same.
    level     2 inside the message, 3 earlier messages, 4 outside sources.
    code      the retourcode; None when the standard gives none.
    says      the rule in one sentence of our own.
    elements  what it looks at, the one at fault first, as paths below the class; a class may lack some of them.
    classes   the message classes it is bound to.
    among     True when `check` returns the members at fault instead of a bool.
    status    for classes with StatusAanlevering, the value for which the rule applies (TR063).
    check     the expression.
    """

    id: str
    level: Level
    code: str | None
    says: str
    elements: tuple[str, ...]
    classes: tuple[type[Struct], ...]
    among: bool
    status: Literal["1", "3"]
    check: Check

    @property
    def berichten(self) -> tuple[str, ...]:
        """The messages it applies to, by name."""
        return tuple(sorted({c.__module__.rpartition(".")[2].upper() for c in self.classes}))


RULES: dict[str, Rule] = {}


def rule(
    id: str,
    *,
    level: Level,
    code: str | None,
    says: str,
    element: str = "",
    among: bool = False,
    status: Literal["1", "3"] = "1",
) -> Callable[[Check], Check]:
    """Register the decorated function as a rule. `element` may name several, separated by a blank."""

    def register(check: Check) -> Check:
        assert id not in RULES, f"{id} is written down twice"
        RULES[id] = Rule(id, level, code, says, tuple(element.split()), _classes(check), among, status, check)
        return check

    return register


def _classes(check: Check) -> tuple[type[Struct], ...]:
    bound = next(iter(get_type_hints(check).values()))
    return get_args(bound) if get_origin(bound) in (Union, UnionType) else (bound,)
