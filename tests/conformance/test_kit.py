"""The kit passes a vendor that does well, and finds each that is wrong, by the scenario meant for it."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from schemas.ijw_3_2.rules.coverage import coverage
from streams.conformance.casus import Role
from streams.conformance.record import Story
from streams.conformance.report import Report
from streams.conformance.requirements import OWN, asked
from streams.conformance.scenarios import Send
from tests.conformance.broken import BROKEN, Broken
from tests.conformance.broken_answering import AnswersLate, NothingNotAssessed, RefusesEverything
from tests.support.conformance import SCENARIOS, Simulated, run_kit, schemas
from tests.support.vendor import Vendor

ROLES: tuple[Role, ...] = ("aanbieder", "gemeente")


@cache
def played(role: Role) -> tuple[Report, tuple[Story, ...]]:
    """The reference vendor, in all scenarios of its role."""
    simulated = Simulated(Vendor(role, schemas()), SCENARIOS[role])
    return simulated.run(), tuple(simulated.playing.stories)


@pytest.mark.parametrize("role", ROLES)
def test_the_reference_vendor_passes(role: Role) -> None:
    report, _ = played(role)
    assert {chapter.id: chapter.outcome for chapter in report.chapters} == dict.fromkeys(
        [one.id for one in SCENARIOS[role]], "passed"
    )
    assert report.passed
    assert report.counts["passed"] > 300


@pytest.mark.parametrize("role", ROLES)
def test_what_the_kit_sends_breaks_the_rules_it_says_and_no_others(role: Role) -> None:
    _, stories = played(role)
    for story in stories:
        for step in story.steps:
            if isinstance(step.step, Send):
                assert step.sent is not None
                found = {finding.rule for finding in step.sent.judged.findings}
                assert found == set(step.step.rules), f"{story.scenario.id}: {step.step.says}"


@pytest.mark.parametrize("role", ROLES)
def test_every_message_of_the_role_is_driven(role: Role) -> None:
    steps = [step for one in SCENARIOS[role] for step in one.steps]
    driven = Counter(getattr(step, "bericht", "") for step in steps)
    of_aanbieder = {"JW305", "JW307", "JW315", "JW317", "JW323"}
    of_gemeente = {"JW301", "JW319"}
    assert of_aanbieder | of_gemeente <= set(driven)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: f"{broken.name}-{broken.rule}")
def test_a_broken_vendor_is_found_by_the_scenario_meant_for_it(broken: Broken) -> None:
    vendor = broken.vendor(broken.role, schemas(), **(broken.how or {}))
    report = run_kit(vendor, [broken.scenario])
    found = {(check.rule, check.outcome) for chapter in report.chapters for check in chapter.checks}
    assert (broken.rule, broken.says) in found
    assert not report.passed


@pytest.mark.parametrize("role", ROLES)
def test_every_check_says_what_is_asked(role: Role) -> None:
    report, _ = played(role)
    rules = {check.rule for chapter in report.chapters for check in chapter.checks}
    assert {rule for rule in rules if not asked(rule)} == set()
    assert rules <= {*OWN, *coverage()}


def test_each_scenario_is_needed_to_find_some_vendor() -> None:
    for role in ROLES:
        finders = {broken.scenario for broken in BROKEN if broken.role == role}
        assert {one.id for one in SCENARIOS[role]} - finders <= {"verzoek-om-toewijzing"}


def test_a_code_that_is_missing_is_told_with_its_place_and_a_late_answer_with_its_delay() -> None:
    report = run_kit(NothingNotAssessed("gemeente", schemas()), ["twee-verzoeken-open"])
    seen = next(check.seen for check in report.chapters[0].checks if (check.rule, check.outcome) == ("IV032", "failed"))
    assert "Bericht/Client/AangevraagdeProducten/AangevraagdProduct[1]: code 0233 ontbreekt." in seen
    late = run_kit(AnswersLate("gemeente", schemas()), ["verzoek-fout-in-zichzelf"])
    assert "Antwoord na 33.0 s" in next(check.seen for check in late.chapters[0].checks if check.rule == "OP090")


def test_a_scenario_does_not_go_on_after_a_right_message_was_refused() -> None:
    report = run_kit(RefusesEverything("aanbieder", schemas()), ["toewijzing-tot-declaratie"])
    assert [step.state for step in report.chapters[0].steps] == ["done", *["not reached"] * 3]
