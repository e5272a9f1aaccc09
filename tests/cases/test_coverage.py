"""That the rules in code, the other rules, the cases and the facts about the standard cover the same 303 rules."""

from __future__ import annotations

import csv
import re
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from schemas.ijw_3_2.rules.coverage import (
    OTHER_RULES,
    README,
    REPOSITORY,
    STATUSES,
    Coverage,
    counts,
    coverage,
    is_in_structure,
    with_counts,
)
from schemas.ijw_3_2.rules.registry import RULES
from schemas.ijw_3_2.structure import LeafType, structure
from tests.support.cases import CASES, all_cases

FACTS_CSV = Path(__file__).parents[3] / "shared" / "ijw" / "rules.csv"
FACTS_TXT = CASES / "rule_ids.txt"
OTHERS = [row for row in coverage().values() if row.id not in RULES]
DEADLINES = ("OP090", "OP090x4", "OP271", "OP272", "OP274", "OP346", "OP359")


class Fact(NamedTuple):
    """What the standard says about a rule, apart from its content."""

    id: str
    level: str
    code: str | None
    messages: tuple[str, ...]


def facts_in_txt() -> dict[str, Fact]:
    lines = [line.split() for line in FACTS_TXT.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    facts = [Fact(i, level, None if c == "-" else c, _listed(m.strip("-"))) for i, level, c, m in lines]
    return {fact.id: fact for fact in facts}


def rows_in_csv() -> list[dict[str, str]]:
    """The rows of the full list of facts, which is kept beside the repository; none when it is not there."""
    if not FACTS_CSV.exists():
        return []
    with FACTS_CSV.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(";")) if cell else ()


# --- the same rules everywhere ---------------------------------------------------------------------


def test_the_committed_facts_are_those_of_the_full_list() -> None:
    for row in rows_in_csv():
        fact = Fact(row["id"], row["level"], row["retour_code"] or None, _listed(row["messages"]))
        assert facts_in_txt().get(fact.id) == fact
        assert fact.id.startswith(row["kind"])
    assert len(facts_in_txt()) == (len(rows_in_csv()) or 303)


def test_every_rule_of_the_standard_is_in_code_or_among_the_others() -> None:
    others = yaml.safe_load(OTHER_RULES.read_text(encoding="utf-8"))
    assert not set(RULES) & set(others)
    assert set(RULES) | set(others) == set(facts_in_txt()) == set(coverage())
    assert {id for id, fact in facts_in_txt().items() if fact.level in ("2", "3", "4")} == set(RULES)


@pytest.mark.parametrize("row", coverage().values(), ids=lambda row: row.id)
def test_a_rule_has_the_level_and_messages_of_the_standard(row: Coverage) -> None:
    fact = facts_in_txt()[row.id]
    assert (str(row.level), row.messages) == (fact.level, fact.messages)
    assert row.id in RULES or fact.code is None


@pytest.mark.parametrize("id", RULES)
def test_a_rule_in_code_has_the_code_of_the_standard(id: str) -> None:
    assert RULES[id].code == facts_in_txt()[id].code


# --- what is said of the other rules ---------------------------------------------------------------


def test_the_others_are_written_once_and_with_known_fields() -> None:
    text = OTHER_RULES.read_text(encoding="utf-8")
    ids = re.findall(r"^(\w+):", text, re.MULTILINE)
    assert len(ids) == len(set(ids)) == len(OTHERS)
    fields = {"says", "status", "where", "by", "messages", "elements", "reason"}
    for id, body in yaml.safe_load(text).items():
        assert {"says", "status", "where", "messages"} <= set(body) <= fields, id


@pytest.mark.parametrize("row", OTHERS, ids=lambda row: row.id)
def test_an_other_rule_is_carried_out_by_what_there_is(row: Coverage) -> None:
    assert row.status in STATUSES
    for name in row.by:
        assert name in RULES or is_in_structure(name), name
    places = row.where.split(", ")
    assert ("rules" in places) <= bool(set(row.by) & set(RULES))
    for place in places:
        assert place in ("schema", "rules", "nowhere") or (REPOSITORY / place).is_file(), place


@pytest.mark.parametrize("row", OTHERS, ids=lambda row: row.id)
def test_the_status_of_an_other_rule_fits_what_is_said_of_it(row: Coverage) -> None:
    assert bool(row.reason) == (row.status != "implemented")
    assert (row.where == "nowhere") == (row.status == "not executable")
    if row.status == "not executable":
        assert not row.by
    if row.status == "implemented":
        assert {coverage()[name].status for name in row.by if name in RULES} <= {"implemented"}


@pytest.mark.parametrize("row", OTHERS, ids=lambda row: row.id)
def test_what_an_other_rule_looks_at_is_in_the_structure(row: Coverage) -> None:
    known = _names_in_structure()
    assert all(step in known for element in row.elements for step in element.split("."))
    assert row.level != 1 or row.elements


def _names_in_structure() -> set[str]:
    standard = structure()
    classes = [klasse for bericht in standard.berichten.values() for klasse in bericht.klassen.items()]
    names = {name for name, _ in classes}
    groups = [elements for _, elements in classes] + list(standard.composites.values())
    return names | {element.name for elements in groups for element in elements}


@pytest.mark.parametrize("id", DEADLINES)
def test_what_depends_on_deadlines_is_not_called_implemented(id: str) -> None:
    row = coverage()[id]
    assert row.status != "implemented"
    assert (row.reason or "").startswith("deadline ledger, not built yet")


# --- level 1: what a restriction says is what the facets of its types say ---------------------------

LIMITS = {r"at most (\d+) characters?": "maxLength", r"at most (\d+)\.": "maxInclusive"}
NUMBERS = {"RS001": ("minInclusive", "0"), "RS002": ("maxInclusive", "99")}
PATTERNS = {
    "RS031": r"\s*\S[\s\S]*",
    "RS032": "[^:Z]*",
    "RS033": r".*[^\s].*",
    "RS034": "[^Z+-]+",
    "RS035": "[0-9]{4}",
    "RS036": "[0-9]{8}",
    "RS037": "[0-9]{9}",
    "RS045": "([a-zA-ZÀ-ỳ])+",
    "RS046": "[0-9]*",
    "RS048": r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)",
}
FIXED = ("RS047", "CS015", "CS025", "CS319")


def _facet(row: Coverage) -> tuple[str, str]:
    """The facet that a restriction stands for, and its value."""
    if row.id in PATTERNS:
        return "pattern", PATTERNS[row.id]
    if row.id in NUMBERS:
        return NUMBERS[row.id]
    found = [(facet, match[1]) for limit, facet in LIMITS.items() if (match := re.search(limit, row.says))]
    assert len(found) == 1, row.says
    return found[0]


@pytest.mark.parametrize("row", [r for r in OTHERS if r.level == 1 and r.id not in FIXED], ids=lambda row: row.id)
def test_a_restriction_is_a_facet_of_exactly_the_types_it_names(row: Coverage) -> None:
    facet, value = _facet(row)
    with_it = {leaf.name for leaf in structure().leaves.values() if _has(leaf, facet, value)}
    assert set(row.by) == with_it


def _has(leaf: LeafType, facet: str, value: str) -> bool:
    return leaf.facets.get(facet) == value


@pytest.mark.parametrize("id", FIXED)
def test_a_fixed_value_is_narrowed_in_the_element_that_is_named(id: str) -> None:
    (named,) = coverage()[id].by
    klasse, name = named.split(".")
    berichten = [structure().berichten[message] for message in coverage()[id].messages]
    found = [e for bericht in berichten for e in bericht.klassen[klasse] if e.name == name]
    assert len(found) == len(berichten)
    assert all(element.fixed or element.pattern for element in found)


# --- cases -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", RULES)
def test_a_rule_has_a_case_that_passes_and_a_case_that_fails(id: str) -> None:
    assert {case.step.expect for case in all_cases() if case.rule == id} >= {"pass", "fail"}


@pytest.mark.parametrize("id", RULES)
def test_a_rule_has_a_case_that_is_not_decided_when_there_can_be_one_and_only_then(id: str) -> None:
    undecided = [case for case in all_cases() if case.rule == id and case.step.expect == "undecided"]
    assert bool(undecided) == bool(RULES[id].undecided or RULES[id].source)


def test_cases_are_about_rules_and_have_names_of_their_own() -> None:
    named = [(case.rule, case.name) for case in all_cases()]
    assert {rule for rule, _ in named} <= set(RULES)
    assert len(named) == len(set(named))


# --- words of our own ------------------------------------------------------------------------------


@pytest.mark.parametrize("row", coverage().values(), ids=lambda row: row.id)
def test_a_rule_says_one_short_sentence_and_in_words_of_our_own_where_the_list_of_facts_is_there(row: Coverage) -> None:
    assert row.says.endswith(".")
    assert len(row.says) <= (120 if row.id in RULES else 140)
    assert [other.id for other in coverage().values() if other.says == row.says] == [row.id]
    for fact in rows_in_csv():
        assert row.says != fact["paraphrase"]
        # Of the rules in code some say so little that few words are left: CS336.
        if fact["id"] == row.id and row.id not in RULES:
            assert _likeness(row.says, fact["paraphrase"]) < 0.8


def _likeness(ours: str, theirs: str) -> float:
    return SequenceMatcher(None, ours.lower(), theirs.lower(), autojunk=False).ratio()


# --- the README ------------------------------------------------------------------------------------


def test_the_readme_holds_the_count_as_generated() -> None:
    readme = README.read_text(encoding="utf-8")
    assert with_counts(readme) == readme, "the count of rules in README.md is not as it is now: run `make generate`"
    assert f"| all | {' | '.join(map(str, _totals()))} | 303 |" in readme


def test_a_readme_without_markers_is_told() -> None:
    with pytest.raises(ValueError, match="has no <!-- rules -->"):
        with_counts("# ijwhub\n")


def _totals() -> list[int]:
    by_kind = counts(coverage().values()).values()
    return [sum(by_status[status] for by_status in by_kind) for status in STATUSES]
