"""The outcome of one step: a state for each rule or requirement, with what was seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from msgspec import Struct

from schemas.ijw_3_2.findings import without_bsn

Outcome = Literal["failed", "not shown", "passed", "not judged"]
WORST_FIRST: tuple[Outcome, ...] = ("failed", "not shown", "passed", "not judged")


class Check(Struct, frozen=True):
    """A rule or requirement, and how a step came out for it. `seen` is in words and tells of no person."""

    rule: str
    outcome: Outcome
    seen: str


@dataclass
class Checks:
    """The checks of one step: one for each rule, with the worst that was seen."""

    found: dict[str, Check] = field(default_factory=dict)

    def add(self, rule: str, outcome: Outcome, seen: str) -> None:
        """Note what was seen for a rule. Failures are kept together; they put aside what went well."""
        seen, earlier = without_bsn(seen), self.found.get(rule)
        if earlier is not None and earlier.outcome == outcome == "failed":
            seen = f"{earlier.seen} {seen}"
        if earlier is None or WORST_FIRST.index(outcome) <= WORST_FIRST.index(earlier.outcome):
            self.found[rule] = Check(rule, outcome, seen)

    def all(self, rules: Iterable[str], outcome: Outcome, seen: str) -> None:
        """The same for several rules."""
        for rule in rules:
            self.add(rule, outcome, seen)

    def when(self, rule: str, holds: object, passed: str, failed: str) -> None:
        """Passed or failed, with what was seen in either case."""
        self.add(rule, "passed" if holds else "failed", passed if holds else failed)
