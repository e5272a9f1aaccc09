"""`ijwhub explain`: what a rule says, where it is checked, and its cases."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path

import typer
import yaml
from rich.table import Table

from schemas.ijw_3_2.rules import checking  # it registers the rules
from schemas.ijw_3_2.rules.registry import RULES, Rule
from schemas.ijw_3_2.structure import codelijst
from streams.cli.output import console, facts, fail, show, table

SOURCE = Path(__file__).parents[2]
CASES = SOURCE / "tests" / "cases"
NOT_IMPLEMENTED = Path(checking.__file__).parent / "not_implemented.yaml"

LEVELS = {
    1: "the schema",
    2: "inside the message",
    3: "against earlier messages",
    4: "against outside sources",
}
LEVEL_1 = {
    "XSD": "stands for the schema of the message (level 1): what check prints beside it tells what is wrong.",
    "XML": "stands for XML that may not be read (level 1): what check prints beside it tells what is wrong.",
    "OP179": "limits a message to 25 MB. It is checked before anything is read (level 1).",
    "OP192": "asks for UTF-8. It is checked before anything is read (level 1).",
}


@dataclass(frozen=True)
class Explanation:
    """All that is known about a rule. `needs` is what one that is not implemented waits for."""

    rule: str
    says: str | None
    level: int
    messages: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    retourcode: str | None = None
    meaning: str | None = None
    source: str | None = None
    cases: tuple[Mapping[str, str], ...] = ()
    needs: str | None = None


def explain_rule(id: str, as_json: bool) -> None:
    """Print what is known about a rule. Ends the command with code 2 when there is nothing."""
    found = explanation(id.strip().upper())
    if found is None:
        fail(_unknown(id.strip().upper()))
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False))
    else:
        _show(found)


def explanation(id: str) -> Explanation | None:
    """What is known about the rule with this id; None when nothing is."""
    if id in RULES:
        return _implemented(RULES[id])
    return not_implemented().get(id)


def not_implemented() -> Mapping[str, Explanation]:
    """The rules that are not code yet, by id."""
    if not NOT_IMPLEMENTED.exists():
        return {}
    listed = yaml.safe_load(NOT_IMPLEMENTED.read_text(encoding="utf-8")) or {}
    return {id: Explanation(rule=id, says=None, level=one["level"], needs=one["needs"]) for id, one in listed.items()}


def _implemented(rule: Rule) -> Explanation:
    return Explanation(
        rule=rule.id,
        says=rule.says,
        level=rule.level,
        messages=rule.berichten,
        classes=tuple(dict.fromkeys(klasse.__name__ for klasse in rule.classes)),
        elements=rule.elements,
        retourcode=rule.code,
        meaning=codelijst("WJ001").get(rule.code) if rule.code else None,
        source=_place(rule),
        cases=tuple(_cases(rule.id)),
    )


def _place(rule: Rule) -> str:
    code = rule.check.__code__
    file = Path(code.co_filename)
    shown = file.relative_to(SOURCE) if file.is_relative_to(SOURCE) else file
    return f"{shown}:{code.co_firstlineno}"


def _cases(id: str) -> Iterable[Mapping[str, str]]:
    """Its cases in the source tree; none when that is not there."""
    path = CASES / f"{id}.yaml"
    if not path.exists():
        return
    # BaseLoader leaves values as they are written: `pass` and `no` stay text.
    body = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506 - builds text only
    for case in body["cases"]:
        yield {name: str(case.get(name, "")) for name in ("name", "message", "expect")}


def _unknown(id: str) -> str:
    if id in LEVEL_1:
        return f"{id} {LEVEL_1[id]} There is no more to explain."
    near = get_close_matches(id, [*RULES, *not_implemented()], n=3, cutoff=0.6)
    what = (
        f"{id} is a restriction (RS): those are facets in the schema, checked on level 1."
        if id.startswith("RS")
        else f"'{id[:20]}' is not a rule that is checked here. Expected an id of level 2 to 4, such as TR018."
    )
    return f"{what} Near it: {', '.join(near)}." if near else what


def _show(found: Explanation) -> None:
    out = console()
    out.print(f"{found.rule}  {found.says or 'is not checked yet'}", style="bold")
    listed = facts()
    for name, value in _rows(found):
        if value:
            listed.add_row(name, value)
    show(out, listed)
    if found.cases:
        show(out, _case_table(found))


def _rows(found: Explanation) -> Iterable[tuple[str, str | None]]:
    yield "level", f"{found.level}, {LEVELS[found.level]}"
    yield "messages", ", ".join(found.messages)
    yield "classes", ", ".join(found.classes)
    yield "elements", ", ".join(found.elements)
    if found.needs is None:
        yield "code", f"{found.retourcode}: {found.meaning}" if found.retourcode else "none in the standard"
    yield "source", found.source
    yield "needs", found.needs
    if found.needs is None and not found.cases:
        yield "cases", "none found; they stand in the source tree, under tests/cases"


def _case_table(found: Explanation) -> Table:
    cases = table("case", "message", "expected")
    for case in found.cases:
        cases.add_row(case["name"], case["message"], "holds" if case["expect"] == "pass" else "is refused")
    return cases
