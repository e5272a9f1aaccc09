"""The cases of the rules: tests/cases/<RULE>.yaml, read and checked for form.

rule: TR018                  the rule in the file's name
cases:
  - name: ends on the day it began
    before:                  messages that came earlier, in order; only for rules of level 3
      - JW301
      - message: JW305
        change: {...}
      - message: JW305
        change: {...}
        expect: fail         this one was refused; otherwise it must have been accepted
    message: JW307           the base message in tests/cases/messages
    copy: ...                see editing.py
    change: ...              see editing.py
    sources: [contracten]    outside sources that are at hand (tests/cases/sources); gemeenten always are
    as_of: 2026-05-01        the day of receipt; otherwise a day after every message
    expect: pass             or fail, or undecided: not checked, for want of something
    at: StopProduct/Einddatum          where the finding points, as the end of its path; several as a list
    also: [CS003]            other rules that cannot but fail with it
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from lxml import etree

from tests.support.editing import EditError, Value, edited

CASES = Path(__file__).parents[1] / "cases"
MESSAGES = CASES / "messages"
LAST_DAY = date(2027, 12, 31)

_PARSER = etree.XMLParser(remove_blank_text=True)


class CaseError(Exception):
    """A case that is not written as it should be; the text names file and case."""


@dataclass(frozen=True)
class Step:
    """One message of a case: a base message and what is changed in it."""

    message: str
    copy: Sequence[str]
    change: Mapping[str, Value]
    expect: Literal["pass", "fail", "undecided"]

    def data(self) -> bytes:
        """The message as bytes. Raises EditError."""
        base = etree.parse(MESSAGES / f"{self.message}.xml", _PARSER).getroot()
        return etree.tostring(edited(base, copy=self.copy, change=self.change))


@dataclass(frozen=True)
class Case:
    """One case of a rule. `where` names it in errors: file and name."""

    rule: str
    name: str
    where: str
    before: Sequence[Step]
    step: Step
    at: Sequence[str]
    also: frozenset[str]
    sources: frozenset[str]
    as_of: date

    def data(self, step: Step) -> bytes:
        """The bytes of one of its messages. Raises CaseError with file, case and path."""
        try:
            return step.data()
        except EditError as error:
            raise CaseError(f"{self.where}: {error}") from None


@cache
def all_cases() -> tuple[Case, ...]:
    """Every case in every file. Raises CaseError."""
    return tuple(case for path in sorted(CASES.glob("*.yaml")) for case in _file(path))


def _file(path: Path) -> Iterator[Case]:
    # BaseLoader leaves every value as it is written: 04 stays 04, and a date stays text.
    body: Any = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    _only(path.name, body, {"rule", "cases"})
    if body["rule"] != path.stem:
        raise CaseError(f"{path.name}: the rule is {body['rule']}, but the file is named after another one")
    for number, entry in enumerate(body["cases"], 1):
        where = f"{path.name}: {entry.get('name', f'case {number}')}"
        _only(where, entry, {"name", "before", "message", "copy", "change", "expect", "at", "also", "sources", "as_of"})
        yield Case(
            rule=path.stem,
            name=entry["name"],
            where=where,
            before=[_before(where, earlier) for earlier in entry.get("before", [])],
            step=_step(where, entry),
            at=_texts(entry.get("at", [])),
            also=frozenset(_texts(entry.get("also", []))),
            sources=frozenset(_texts(entry.get("sources", []))),
            as_of=date.fromisoformat(entry["as_of"]) if "as_of" in entry else LAST_DAY,
        )


def _before(where: str, entry: Any) -> Step:
    if isinstance(entry, str):
        return Step(entry, (), {}, "pass")
    _only(where, entry, {"message", "copy", "change", "expect"})
    return _step(where, {"expect": "pass", **entry})


def _step(where: str, entry: Mapping[str, Any]) -> Step:
    expect = entry.get("expect")
    if expect not in ("pass", "fail", "undecided"):
        raise CaseError(f"{where}: expect is {expect}; write pass, fail or undecided")
    return Step(entry["message"], _texts(entry.get("copy", [])), entry.get("change", {}), expect)


def _texts(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else value


def _only(where: str, entry: Mapping[str, Any], allowed: set[str]) -> None:
    unknown = set(entry) - allowed
    if unknown:
        raise CaseError(f"{where}: unknown {', '.join(sorted(unknown))}; allowed are {', '.join(sorted(allowed))}")
