"""How a rule of the standard is written down, and the list of all that are.

A rule is a function that reads like its page in the standard:

    @rule("TR018", level=2, code="0001", element="Einddatum", says="A stop does not end before it began.")
    def _(stop: jw307.StopProduct, bericht: Bericht) -> bool:
        return stop.Einddatum >= stop.Begindatum

The type of its first parameter binds it to message classes (a union binds it to several), and so to
messages. It returns True when the rule holds. A rule about a set (`among=True`) is bound to the class that
holds the set and returns the members at fault.

The type of its second parameter says what else it looks at:

    Bericht             level 2: the message around it
    History             levels 3 and 4: what was exchanged before, and what lies outside
    ToegewezenProduct   the current version of the assignment that its ToewijzingNummer names; where there is none,
                        the rule has nothing to say (TR338, TR350 and TR351 refuse that)
    LinePast            for a claim line: its assignment, what was claimed on it, and earlier lines

A rule of level 3 or 4 may return Needs instead: it cannot be decided, and what is missing. It may return At instead of
False, where it depends on the message which element is at fault.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from msgspec import Struct

from schemas.ijw_3_2.berichten import jw301
from schemas.ijw_3_2.dossier.history import History, LinePast
from schemas.ijw_3_2.findings import Level

Check = Callable[..., Any]
Only = Literal["", "3", "D", "C"]
Given = Literal["bericht", "history", "assigned", "line"]
Source = Literal["gemeenten", "producten", "contracten"]

SOURCES: dict[Source, str] = {
    "gemeenten": "the list of gemeenten (CBS)",
    "producten": "the product code list that the parties use",
    "contracten": "the contract between gemeente and aanbieder",
}


@dataclass(frozen=True, slots=True)
class At:
    """The rule does not hold, and this element of the class is why."""

    element: str


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
    only      3: about withdrawals (StatusAanlevering), of which nothing else is checked (TR063); D, C: about debits or
              credits alone; empty: about all others.
    given     what the second parameter is.
    source    the outside source without which it cannot be checked at all; None when there is none.
    undecided what it needs in the cases that it cannot decide; empty when it always can.
    check     the expression.
    """

    id: str
    level: Level
    code: str | None
    says: str
    elements: tuple[str, ...]
    classes: tuple[type[Struct], ...]
    among: bool
    only: Only
    given: Given
    source: Source | None
    undecided: str
    check: Check

    @property
    def berichten(self) -> tuple[str, ...]:
        """The messages it applies to, by name."""
        return tuple(sorted({c.__module__.rpartition(".")[2].upper() for c in self.classes}))


RULES: dict[str, Rule] = {}

_GIVEN: dict[object, Given] = {
    History: "history",
    jw301.ToegewezenProduct: "assigned",
    LinePast: "line",
}


def rule(
    id: str,
    *,
    level: Level,
    code: str | None,
    says: str,
    element: str = "",
    among: bool = False,
    only: Only = "",
    source: Source | None = None,
    undecided: str = "",
) -> Callable[[Check], Check]:
    """Register the decorated function as a rule. `element` may name several, separated by a blank."""

    def register(check: Check) -> Check:
        assert id not in RULES, f"{id} is written down twice"
        RULES[id] = Rule(
            id=id,
            level=level,
            code=code,
            says=says,
            elements=tuple(element.split()),
            classes=_classes(check),
            among=among,
            only=only,
            given=_GIVEN.get(list(get_type_hints(check).values())[1], "bericht"),
            source=source,
            undecided=undecided,
            check=check,
        )
        return check

    return register


def _classes(check: Check) -> tuple[type[Struct], ...]:
    bound = next(iter(get_type_hints(check).values()))
    return get_args(bound) if get_origin(bound) in (Union, UnionType) else (bound,)
