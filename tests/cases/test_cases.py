"""Runs every case of every rule: the files beside this one. Their notation: tests/support/cases.py and editing.py."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from schemas.ijw_3_2.dossier.history import Moment
from schemas.ijw_3_2.dossier.keys import rows_needed
from schemas.ijw_3_2.dossier.rows import Draft, Key, Row
from schemas.ijw_3_2.findings import Finding
from schemas.ijw_3_2.outside import Sources, supplied
from schemas.ijw_3_2.reading import Message, Schemas, Unreadable
from schemas.ijw_3_2.rules.checking import Assessed, check_inside
from schemas.ijw_3_2.rules.registry import RULES
from streams.core.answering import answer, answer_name
from streams.core.envelope import Made
from streams.core.sources import load_sources
from streams.core.verdicts import assess, memory
from tests.support.cases import CASES, LAST_DAY, MESSAGES, Case, Step, all_cases

OFFICIAL = Path(__file__).parents[3] / "shared" / "ijw" / "xsd_usable"
CHAIN = ("JW301", "JW305", "JW317", "JW319", "JW307", "JW323", "JW325", "JW315")


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: f"{case.rule}: {case.name}")
def test_case(case: Case) -> None:
    dossiers: Dossiers = {}
    moment = Moment(case.as_of, given(case.sources))
    for earlier in case.before:
        found = receive(read(case, earlier), dossiers, moment).findings
        refused = {finding.rule for finding in found}
        assert bool(refused) == (earlier.expect == "fail"), f"{case.where}: {earlier.message} before: {refused}"

    message = read(case, case.step)
    assessed = receive(message, dossiers, moment)
    found = check_inside(message) if RULES[case.rule].level == 2 else assessed.findings

    fails = {case.rule} if case.step.expect == "fail" else set()
    assert {finding.rule for finding in found} == fails | case.also, f"{case.where}: {told(found)}"
    undecided = {one.rule for one in assessed.not_checked}
    assert (case.rule in undecided) == (case.step.expect == "undecided"), f"{case.where}: not checked: {undecided}"
    places = [finding.path for finding in found if finding.rule == case.rule]
    expected = case.at or places[:1]
    assert len(places) == len(expected), f"{case.where}: found at {places}"
    assert all(place.endswith(f"/{end}") or place == end for place, end in zip(places, expected, strict=True)), (
        f"{case.where}: found at {places}, expected at {expected}"
    )
    assert {finding.retourcode for finding in found if finding.rule == case.rule} <= {RULES[case.rule].code}
    assert_answered_validly(message, found)


def assert_answered_validly(message: Message, findings: Sequence[Finding]) -> None:
    name = answer_name(message.name)
    if name is None:
        return
    made = Made(identificatie="000000000001", dagtekening=LAST_DAY)
    tree = etree.fromstring(answer(message, findings, made, schemas()))  # answer() holds it against our own schema
    for oracle in official():
        assert oracle.accepts(name, tree), f"{name} for {message.name} does not satisfy the official schema"


@pytest.mark.parametrize("schemas_used", ["ours and official" if OFFICIAL.exists() else "ours: no official ones here"])
def test_the_answer_of_every_case_is_held_against_schemas(schemas_used: str) -> None:
    """Says in its name which schemas those are; test_case does it."""
    assert len(official()) == (schemas_used == "ours and official")


def test_the_base_messages_are_one_clean_chain() -> None:
    """What the cases start from breaks no rule, also when all of it is exchanged one after the other."""
    assert sorted(CHAIN) == sorted(path.stem for path in MESSAGES.glob("*.xml"))
    dossiers: Dossiers = {}
    for name in CHAIN:
        message = schemas().read((MESSAGES / f"{name}.xml").read_bytes())
        assert isinstance(message, Message), f"{name}: {told(message.findings)}"
        found = receive(message, dossiers, Moment(LAST_DAY, supplied())).findings
        assert not found, f"{name}: {told(found)}"


@pytest.mark.parametrize("name", CHAIN)
def test_a_base_message_holds_invented_persons_only(name: str) -> None:
    """Every number that could be a BSN lies in the range that is set apart for tests."""
    digits = re.findall(r"(?<!\d)\d{9}(?!\d)", (MESSAGES / f"{name}.xml").read_text(encoding="utf-8"))
    assert all("999900006" <= number <= "999999990" for number in digits)


# --- receiving, as a hub would ---------------------------------------------------------------------

Relation = frozenset[str]
Dossiers = dict[Relation, dict[Key, Row]]


def receive(message: Message, dossiers: Dossiers, moment: Moment) -> Assessed:
    """Check a message on levels 2, 3 and 4, and remember it in the dossier of its relation."""
    header = message.bericht.Header
    dossier = dossiers.setdefault(frozenset((header.Afzender, header.Ontvanger)), {})
    draft = Draft(dossier)
    needed = rows_needed(message)
    assessed = assess(message, needed, check_inside(message), draft, moment)
    dossier.update(memory(message, needed, draft, assessed.findings, envelope_id="", sender_party=header.Afzender))
    return assessed


def given(names: frozenset[str]) -> Sources:
    """The outside sources that a case names, and the gemeenten that are always there."""
    return replace(supplied(), **{name: getattr(all_sources(), name) for name in names})


@cache
def official() -> tuple[Schemas, ...]:
    return (Schemas(OFFICIAL),) if OFFICIAL.exists() else ()


@cache
def all_sources() -> Sources:
    return load_sources(CASES / "sources" / "sources.yaml")


def read(case: Case, step: Step) -> Message:
    message = schemas().read(case.data(step))
    assert not isinstance(message, Unreadable), f"{case.where}: not valid on level 1: {told(message.findings)}"
    assert message.name == step.message
    return message


@cache
def schemas() -> Schemas:
    return Schemas()


def told(findings: tuple[Finding, ...]) -> str:
    return "; ".join(f"{finding.rule} at {finding.path}: {finding.text}" for finding in findings) or "nothing found"
