"""`ijwhub explain`: what a rule says, what carries it out, what it cannot decide, and its cases."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Literal

import typer
import yaml
from rich.table import Table

from schemas.ijw_3_2.findings import Level
from schemas.ijw_3_2.rules.coverage import REPOSITORY, Coverage, carried_out_by, coverage
from schemas.ijw_3_2.rules.registry import RULES
from schemas.ijw_3_2.structure import codelijst
from streams.cli.output import console, facts, fail, show, table

CASES = REPOSITORY / "tests" / "cases"

LEVELS = {
    1: "1, the schema",
    2: "2, inside the message",
    3: "3, against earlier messages",
    4: "4, against outside sources",
    "process": "process",
}
LEVEL_1 = {
    "XSD": "stands for the schema of the message (level 1): what check prints beside it tells what is wrong.",
    "XML": "stands for XML that may not be read (level 1): what check prints beside it tells what is wrong.",
}
EXPECTED = {"pass": "holds", "fail": "is refused", "undecided": "is not decided"}


@dataclass(frozen=True)
class Explanation:
    """All that is known about a rule.

    source       what carries it out.
    needs        what it cannot do without, or cannot decide; None when it always can.
    by           what carries it out, for a rule that is not code itself.
    carries_out  the rules without code of their own that it carries out.
    """

    rule: str
    kind: str
    says: str
    level: Level | Literal["process"]
    status: str
    messages: tuple[str, ...]
    classes: tuple[str, ...]
    elements: tuple[str, ...]
    retourcode: str | None
    meaning: str | None
    source: str
    needs: str | None
    by: tuple[str, ...]
    carries_out: tuple[str, ...]
    cases: tuple[Mapping[str, str], ...]


def explain_rule(id: str, as_json: bool) -> None:
    """Print what is known about a rule. Ends the command with code 2 when there is no such rule."""
    found = explanation(id.strip().upper())
    if found is None:
        fail(_unknown(id.strip().upper()))
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False))
    else:
        _show(found)


def explanation(id: str) -> Explanation | None:
    """What is known about the rule with this id, in capitals; None when the standard has no such rule."""
    by_capitals = {known.upper(): row for known, row in coverage().items()}
    return _explained(by_capitals[id]) if id in by_capitals else None


def _explained(row: Coverage) -> Explanation:
    rule = RULES.get(row.id)
    code = rule.code if rule else None
    return Explanation(
        rule=row.id,
        kind=row.kind,
        says=row.says,
        level=row.level,
        status=row.status,
        messages=row.messages,
        classes=tuple(dict.fromkeys(klasse.__name__ for klasse in rule.classes)) if rule else (),
        elements=row.elements,
        retourcode=code,
        meaning=codelijst("WJ001").get(code) if code else None,
        source=row.where,
        needs=row.reason,
        by=row.by,
        carries_out=carried_out_by(row.id),
        cases=tuple(_cases(row.id)),
    )


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
    near = get_close_matches(id, coverage(), n=3, cutoff=0.6)
    what = f"'{id[:20]}' is not a rule of iJw 3.2. Expected an id such as TR018; `ijwhub rules` lists them all."
    return f"{what} Near it: {', '.join(near)}." if near else what


def _show(found: Explanation) -> None:
    out = console()
    out.print(f"{found.rule}  {found.says}", style="bold")
    listed = facts()
    for name, value in _rows(found):
        if value:
            listed.add_row(name, value)
    show(out, listed)
    if found.cases:
        show(out, _case_table(found))


def _rows(found: Explanation) -> Iterable[tuple[str, str | None]]:
    yield "level", LEVELS[found.level]
    yield "messages", ", ".join(found.messages)
    yield "classes", ", ".join(found.classes)
    yield "elements", ", ".join(found.elements)
    yield "code", f"{found.retourcode}: {found.meaning}" if found.retourcode else "none in the standard"
    yield "status", found.status
    yield "source", found.source
    yield "needs", found.needs
    yield "carried out by", ", ".join(found.by)
    yield "carries out", ", ".join(found.carries_out)
    if found.rule in RULES and not found.cases:
        yield "cases", "none found; they stand in the source tree, under tests/cases"


def _case_table(found: Explanation) -> Table:
    cases = table("case", "message", "expected")
    for case in found.cases:
        cases.add_row(case["name"], case["message"], EXPECTED.get(case["expect"], case["expect"]))
    return cases
