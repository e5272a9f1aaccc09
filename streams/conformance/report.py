"""The report of a run as data: per scenario and step, each rule with what was seen and what is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from streams.conformance.checks import WORST_FIRST, Check, Checks, Outcome
from streams.conformance.judging import Judge, judge_for, judge_others
from streams.conformance.playing import Playing
from streams.conformance.record import Played, State, Story
from streams.conformance.scenarios import Scenario


class Step(Struct, frozen=True, kw_only=True):
    """A step as it was played. `bericht` is empty where it is about no new message."""

    bericht: str
    says: str
    state: State
    checks: tuple[Check, ...]


class Chapter(Struct, frozen=True, kw_only=True):
    """A scenario as it was played. `applies`: whether the way of delivery has what it is about."""

    id: str
    title: str
    why: str
    required: bool
    applies: bool = True
    steps: tuple[Step, ...] = ()
    others: tuple[Check, ...] = ()

    @property
    def checks(self) -> tuple[Check, ...]:
        """Those of all its steps."""
        return (*(check for step in self.steps for check in step.checks), *self.others)

    @property
    def outcome(self) -> Outcome:
        """The worst of its checks; not judged when it does not apply."""
        found = {check.outcome for check in self.checks}
        return next((one for one in WORST_FIRST if one in found), "not judged")


class Report(Struct, frozen=True, kw_only=True):
    """A whole run. `way` is how messages travelled; `patience` in seconds."""

    role: Literal["gemeente", "aanbieder"]
    gemeente: str
    aanbieder: str
    way: str
    started: datetime
    ended: datetime
    patience: float
    version: str
    chapters: tuple[Chapter, ...]

    @property
    def counts(self) -> Counter[Outcome]:
        """How many checks came out how."""
        return Counter(check.outcome for chapter in self.chapters for check in chapter.checks)

    @property
    def passed(self) -> bool:
        """Whether nothing failed, and all that is required was shown."""
        return all(
            chapter.outcome in ("passed", "not judged") or (chapter.outcome == "not shown" and not chapter.required)
            for chapter in self.chapters
        )


def report_of(playing: Playing, left_out: Sequence[Scenario], way: str, version: str) -> Report:
    """The report, so far. `left_out`: the scenarios that do not apply to this way of delivery."""
    run = playing.kit.run
    return Report(
        role=run.role,
        gemeente=run.gemeente,
        aanbieder=run.aanbieder,
        way=way,
        started=run.started,
        ended=playing.now,
        patience=playing.patience.total_seconds(),
        version=version,
        chapters=(*_chapters(playing), *(_chapter(one, applies=False) for one in left_out)),
    )


def _chapters(playing: Playing) -> list[Chapter]:
    judge = judge_for(playing)
    return [
        msgspec.structs.replace(
            _chapter(story.scenario),
            steps=tuple(_step(story, played, judge) for played in story.steps),
            others=_in_order(judge_others(story)),
        )
        for story in playing.stories
    ]


def _chapter(scenario: Scenario, applies: bool = True) -> Chapter:
    return Chapter(id=scenario.id, title=scenario.title, why=scenario.why, required=scenario.required, applies=applies)


def _step(story: Story, played: Played, judge: Judge) -> Step:
    return Step(
        bericht=getattr(played.step, "bericht", ""),
        says=story.casus.told(played.step.says),
        state=played.state,
        checks=_in_order(judge.step(played), played.state == "waiting"),
    )


def _in_order(checks: Checks, is_waiting: bool = False) -> tuple[Check, ...]:
    """The worst first. `is_waiting`: what lacks may still come, so nothing failed yet."""
    found = list(checks.found.values())
    if is_waiting:
        found = [msgspec.structs.replace(one, outcome="not shown") if one.outcome == "failed" else one for one in found]
    return tuple(sorted(found, key=lambda check: WORST_FIRST.index(check.outcome)))
