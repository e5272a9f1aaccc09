"""All 303 rules of the standard: what carries each out, how far, and what the rest of it needs.

Rules that are code tell it themselves (registry.py); other_rules.yaml tells it of the others. `python -m` with this
module writes the count into the README.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from schemas.ijw_3_2.findings import Level
from schemas.ijw_3_2.rules import checking
from schemas.ijw_3_2.rules.registry import RULES, SOURCES, Rule
from schemas.ijw_3_2.structure import Elements, structure

Kind = Literal["TR", "CD", "CS", "RS", "OP", "IV", "UP"]
Status = Literal["implemented", "partly", "not executable"]

KINDS: tuple[Kind, ...] = get_args(Kind)
STATUSES: tuple[Status, ...] = get_args(Status)
MEANING: dict[Kind, str] = {
    "TR": "technical",
    "CD": "conditions",
    "CS": "constraints",
    "RS": "restrictions",
    "OP": "business",
    "IV": "filling in",
    "UP": "principles",
}

REPOSITORY = Path(checking.__file__).parents[3]
OTHER_RULES = Path(__file__).parent / "other_rules.yaml"
README = REPOSITORY / "README.md"
BEGIN, END = "<!-- rules -->", "<!-- /rules -->"


@dataclass(frozen=True, slots=True)
class Coverage:
    """One rule of the standard.

    level     1 to 4; process for rules that belong to no control level (OP, IV, UP).
    reason    what is missing for the whole of it; None when nothing is.
    where     what carries it out: a place in this repository, the schema, the rules that `by` names, or nowhere.
    by        rules in code, types and elements of the structure that carry it out.
    elements  what it looks at.
    """

    id: str
    kind: Kind
    level: Level | Literal["process"]
    messages: tuple[str, ...]
    says: str
    status: Status
    reason: str | None
    where: str
    by: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()


@cache
def coverage() -> Mapping[str, Coverage]:
    """Every rule by id, kind by kind."""
    other = yaml.safe_load(OTHER_RULES.read_text(encoding="utf-8"))
    rows = [*map(_in_code, RULES.values()), *(_other(id, body) for id, body in other.items())]
    return {row.id: row for row in sorted(rows, key=lambda row: (KINDS.index(row.kind), row.id))}


def carried_out_by(id: str) -> tuple[str, ...]:
    """The rules without code of their own that this rule carries out, wholly or in part."""
    return tuple(row.id for row in coverage().values() if id in row.by)


def counts(rows: Iterable[Coverage]) -> dict[Kind, dict[Status, int]]:
    """How many rules there are of each kind that occurs, by status."""
    counted: dict[Kind, dict[Status, int]] = {}
    for row in rows:
        counted.setdefault(row.kind, dict.fromkeys(STATUSES, 0))[row.status] += 1
    return counted


def is_in_structure(name: str) -> bool:
    """Whether this names a type (LDT_..., CDT_...) or an element of a class (Class.Element)."""
    return name in structure().leaves or name in structure().composites or name in _class_elements()


# --- one row ---------------------------------------------------------------------------------------


def _in_code(rule: Rule) -> Coverage:
    reason = rule.undecided or (SOURCES[rule.source] if rule.source else None)
    return Coverage(
        id=rule.id,
        kind=_kind(rule.id),
        level=rule.level,
        messages=rule.berichten,
        says=rule.says,
        status="partly" if reason else "implemented",
        reason=reason,
        where=_place(rule),
        elements=rule.elements,
    )


def _place(rule: Rule) -> str:
    code = rule.check.__code__
    file = Path(code.co_filename)
    shown = file.relative_to(REPOSITORY) if file.is_relative_to(REPOSITORY) else file
    return f"{shown.as_posix()}:{code.co_firstlineno}"


def _other(id: str, body: Mapping[str, Any]) -> Coverage:
    kind = _kind(id)
    by = tuple(body.get("by", ()))
    on_level_1 = kind in ("RS", "CS")
    return Coverage(
        id=id,
        kind=kind,
        level=1 if on_level_1 else "process",
        messages=tuple(body["messages"]),
        says=body["says"],
        status=body["status"],
        reason=body.get("reason"),
        where=body["where"],
        by=by,
        elements=tuple(_elements_of(by)) if on_level_1 else tuple(body.get("elements", ())),
    )


def _kind(id: str) -> Kind:
    return next(kind for kind in KINDS if id.startswith(kind))


# --- names in the structure ------------------------------------------------------------------------


def _elements_of(names: tuple[str, ...]) -> Iterator[str]:
    """The elements that are named, and those of the types that are named, each once."""
    found = {element.name: None for elements in _all_elements() for element in elements if element.type in names}
    yield from (name for name in names if "." in name)
    yield from found


@cache
def _class_elements() -> frozenset[str]:
    classes = (klasse for bericht in structure().berichten.values() for klasse in bericht.klassen.items())
    return frozenset(f"{name}.{element.name}" for name, elements in classes for element in elements)


def _all_elements() -> Iterator[Elements]:
    for bericht in structure().berichten.values():
        yield from bericht.klassen.values()
    yield from structure().composites.values()


# --- the README ------------------------------------------------------------------------------------


def with_counts(readme: str) -> str:
    """The README with the count between its markers. Raises ValueError when it has no markers."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"README.md has no {BEGIN} with {END} after it; put both where the count belongs")
    return f"{before}{BEGIN}\n{counted_text()}{END}{after}"


def counted_text() -> str:
    """What the README says about the rules, as Markdown."""
    rows = coverage().values()
    lines = [
        f"The {len(rows)} rules of iJw 3.2 in numbers; `ijwhub rules` lists them, with what each still needs:",
        "",
        f"| rules | {' | '.join(STATUSES)} | all |",
        f"| --- |{' ---: |' * (len(STATUSES) + 1)}",
        *(_line(f"{kind}, {MEANING[kind]}", by_status) for kind, by_status in counts(rows).items()),
        _line("all", {status: sum(row.status == status for row in rows) for status in STATUSES}),
    ]
    return "\n".join(lines) + "\n"


def _line(name: str, by_status: Mapping[Status, int]) -> str:
    numbers = [*by_status.values(), sum(by_status.values())]
    return f"| {name} | {' | '.join(map(str, numbers))} |"


def main() -> None:
    """Write the count into the README."""
    README.write_text(with_counts(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
