"""The reports of the kit: what they hold, that a build can read them, and that they tell of no person."""

from __future__ import annotations

import re
from functools import cache

import msgspec
import pytest
from lxml import etree, html

from connectors.conformance_report import Waiting, as_junit, as_page
from schemas.ijw_3_2.findings import passes_elfproef
from streams.conformance.checks import Check, Checks
from streams.conformance.playing import Listen, Now
from streams.conformance.report import Chapter, Report, report_of
from tests.conformance.broken_answering import AcceptsEverything
from tests.conformance.broken_sending import NeverSends
from tests.support.conformance import SCENARIOS, Simulated, run_kit, schemas
from tests.support.vendor import Vendor


@cache
def of_careless() -> Report:
    """The report on a system that accepts everything."""
    return run_kit(AcceptsEverything("gemeente", schemas()))


def cells(page: str) -> list[list[str]]:
    """The rows of all tables of checks."""
    return [
        [" ".join(cell.text_content().split()) for cell in row] for row in html.fromstring(page).xpath("//tbody/tr")
    ]


def test_the_page_tells_per_rule_what_was_seen_and_what_is_asked() -> None:
    rows = cells(as_page(of_careless()))
    row = next(row for row in rows if row[0] == "TR338")
    assert row[1] == "fout"
    assert "9338" in row[2]
    assert row[3] == "A Prestatie refers to an assignment that this gemeente issued to this aanbieder."


def test_the_page_needs_nothing_from_elsewhere() -> None:
    page = as_page(of_careless())
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=\"(?!#|data:)", page)
    assert "url(" not in page


def test_no_report_tells_of_a_person() -> None:
    simulated = Simulated(Vendor("gemeente", schemas()), SCENARIOS["gemeente"])
    simulated.run()
    youths = {story.casus.youth for story in simulated.playing.stories}
    for text in (as_page(of_careless()), as_junit(of_careless()).decode()):
        assert not [digits for digits in re.findall(r"(?<!\d)\d{9}(?!\d)", text) if passes_elfproef(digits)]
        assert not [one for one in youths if one.bsn in text or one.achternaam in text or one.voornamen in text]


def test_texts_of_a_vendor_are_escaped() -> None:
    report = of_careless()
    check = Check("TR056", "failed", "<b>&")
    chapter = Chapter(id="een", title="<i>", why="&", required=True, others=(check,))
    page = as_page(msgspec.structs.replace(report, chapters=(chapter,)))
    assert "&lt;b&gt;&amp;" in page
    assert "<b>" not in page


def test_junit_has_a_case_per_rule_and_counts_its_failures() -> None:
    report = of_careless()
    root = etree.fromstring(as_junit(report))
    cases = list(root.iter("testcase"))
    assert len(cases) == sum(report.counts.values())
    assert len(list(root.iter("failure"))) == report.counts["failed"] > 0
    for suite in root:
        assert int(suite.get("tests")) == len(suite)
        assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))


def test_what_is_required_and_not_shown_fails_in_junit_too() -> None:
    report = run_kit(NeverSends("aanbieder", schemas()), ["toewijzing-tot-declaratie", "verzoek-om-wijziging"])
    root = etree.fromstring(as_junit(report))
    types = {suite.get("name"): {one.get("type") for one in suite.iter("failure")} for suite in root}
    assert types == {"toewijzing-tot-declaratie": {"not shown"}, "verzoek-om-wijziging": set()}
    assert not report.passed


def test_a_run_without_what_is_not_required_passes() -> None:
    report = run_kit(NeverSends("aanbieder", schemas()), ["verzoek-om-wijziging", "buiten-het-schema"])
    assert {chapter.outcome for chapter in report.chapters} == {"not shown", "passed"}
    assert report.passed


def test_a_run_that_goes_on_says_what_it_waits_for() -> None:
    waiting = Waiting("Een scenario", "Meld de start.", "start", {"begin": "2026-10-03"})
    page = as_page(of_careless(), waiting)
    assert "Nu aan de beurt: Een scenario" in page
    assert "2026-10-03" in page
    assert "Geslaagd" not in page


def test_what_may_still_come_has_not_failed() -> None:
    simulated = Simulated(Vendor("aanbieder", schemas()), SCENARIOS["aanbieder"])
    acts = simulated.playing.play()
    act = next(acts)
    while not isinstance(act, Listen):
        act = acts.send(Now(simulated.now))
    report = report_of(simulated.playing, (), "in memory", "0")
    assert "waiting" in {step.state for chapter in report.chapters for step in chapter.steps}
    assert report.counts["failed"] == 0


@pytest.mark.parametrize(
    ("outcomes", "worst"),
    [(["passed", "failed"], "failed"), (["failed", "passed"], "failed"), (["passed", "not judged"], "passed")],
)
def test_a_rule_keeps_the_worst_that_was_seen(outcomes: list, worst: str) -> None:
    checks = Checks()
    for outcome in outcomes:
        checks.add("TR056", outcome, outcome)
    assert checks.found["TR056"].outcome == worst


def test_failures_of_one_rule_are_all_told() -> None:
    checks = Checks()
    checks.add("TR056", "failed", "Dit.")
    checks.add("TR056", "failed", "Dat.")
    assert checks.found["TR056"].seen == "Dit. Dat."
