"""The report of the conformance kit as a page to read and print, and as JUnit XML for a build."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from jinja2 import Environment, PackageLoader, StrictUndefined
from lxml import etree

from streams.conformance.checks import Check, Outcome
from streams.conformance.report import Chapter, Report
from streams.conformance.requirements import asked, is_of_standard
from streams.core.workdays import DUTCH_TIME

OUTCOMES: dict[Outcome, str] = {
    "passed": "goed",
    "failed": "fout",
    "not shown": "niet gezien",
    "not judged": "niet beoordeeld",
}
_pages = Environment(
    loader=PackageLoader("connectors", "pages"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)
_pages.globals.update(asked=asked, is_of_standard=is_of_standard, outcomes=OUTCOMES)


@dataclass(frozen=True)
class Waiting:
    """What a run that still goes on waits for.

    scenario   its title.
    says       in Dutch.
    wish       what people must do in one word, as Ask.wish; empty while an answer of the system is awaited.
    facts      numbers and days to use.
    """

    scenario: str
    says: str
    wish: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


def as_page(report: Report, waiting: Waiting | None = None) -> str:
    """One page without anything from elsewhere. `waiting`: of a run that goes on; the page then renews itself."""
    day = report.started.astimezone(DUTCH_TIME)
    return _pages.get_template("conformance.html").render(
        report=report,
        waiting=waiting,
        started=f"{day:%d-%m-%Y %H:%M}",
        seconds=round((report.ended - report.started).total_seconds()),
        counts=[(name, report.counts[outcome]) for outcome, name in OUTCOMES.items()],
    )


def as_junit(report: Report) -> bytes:
    """A suite per scenario, a case per rule of each step. What is required and not shown counts as a failure."""
    root = etree.Element("testsuites", name=f"ijwhub conformance {report.role}")
    for chapter in report.chapters:
        if chapter.applies:
            _suite(root, chapter)
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _suite(root: etree._Element, chapter: Chapter) -> None:
    suite = etree.SubElement(root, "testsuite", name=chapter.id)
    failures = 0
    for name, check in _cases(chapter):
        case = etree.SubElement(suite, "testcase", classname=chapter.id, name=name)
        failed = check.outcome == "failed" or (check.outcome == "not shown" and chapter.required)
        failures += failed
        if failed:
            told = etree.SubElement(case, "failure", type=check.outcome, message=check.seen)
            told.text = f"{check.rule}: {asked(check.rule)}"
        elif check.outcome != "passed":
            etree.SubElement(case, "skipped", message=check.seen)
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failures))


def _cases(chapter: Chapter) -> Iterator[tuple[str, Check]]:
    for number, step in enumerate(chapter.steps, 1):
        for check in step.checks:
            yield f"{number}. {step.bericht} {check.rule}".replace("  ", " "), check
    for check in chapter.others:
        yield f"onverwacht {check.rule}", check
