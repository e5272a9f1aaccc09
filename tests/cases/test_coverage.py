"""That the rules in code, the cases and the facts about the standard cover the same rules."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

import schemas.ijw_3_2.rules.checking  # noqa: F401 - it registers the rules
from schemas.ijw_3_2 import rules
from schemas.ijw_3_2.rules.registry import RULES
from tests.support.cases import CASES, all_cases

FACTS_CSV = Path(__file__).parents[3] / "shared" / "ijw" / "rules.csv"
FACTS_TXT = CASES / "rule_ids.txt"
NOT_IMPLEMENTED = Path(rules.__file__).parent / "not_implemented.yaml"


class Fact(NamedTuple):
    """What the standard says about a rule of levels 2 to 4, apart from its content."""

    id: str
    level: int
    code: str | None
    messages: tuple[str, ...]


def facts_in_txt() -> dict[str, Fact]:
    lines = [line.split() for line in FACTS_TXT.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    facts = [Fact(i, int(level), None if c == "-" else c, tuple(m.split(";"))) for i, level, c, m in lines]
    return {fact.id: fact for fact in facts}


def rows_in_csv() -> list[dict[str, str]]:
    """The rows of the full list of facts, which is kept beside the repository; none when it is not there."""
    if not FACTS_CSV.exists():
        return []
    with FACTS_CSV.open(encoding="utf-8", newline="") as lines:
        checked = [row for row in csv.DictReader(lines) if row["kind"] in ("TR", "CD", "CS")]
    return [row for row in checked if row["level"] in ("2", "3", "4")]


def not_implemented() -> dict[str, dict[str, object]]:
    body: dict[str, dict[str, object]] = yaml.safe_load(NOT_IMPLEMENTED.read_text(encoding="utf-8"))
    return body


def test_the_committed_facts_are_those_of_the_full_list() -> None:
    for row in rows_in_csv():
        fact = Fact(row["id"], int(row["level"]), row["retour_code"] or None, tuple(row["messages"].split(";")))
        assert facts_in_txt().get(fact.id) == fact
    assert len(facts_in_txt()) == (len(rows_in_csv()) or len(facts_in_txt()))


def test_every_rule_is_either_implemented_or_waits_for_something() -> None:
    implemented, waiting, all_rules = set(RULES), set(not_implemented()), set(facts_in_txt())
    assert not implemented & waiting
    assert implemented | waiting == all_rules


def test_a_rule_that_waits_says_its_level_and_what_for() -> None:
    for id, entry in not_implemented().items():
        assert set(entry) == {"level", "needs"}, id
        assert entry["level"] == facts_in_txt()[id].level, id
        assert str(entry["needs"]).strip(), id


@pytest.mark.parametrize("id", RULES)
def test_a_rule_has_the_level_code_and_messages_of_the_standard(id: str) -> None:
    written = RULES[id]
    assert Fact(id, written.level, written.code, written.berichten) == facts_in_txt()[id]


@pytest.mark.parametrize("id", RULES)
def test_a_rule_has_a_case_that_passes_and_a_case_that_fails(id: str) -> None:
    assert {case.step.expect for case in all_cases() if case.rule == id} == {"pass", "fail"}


def test_cases_are_about_rules_and_have_names_of_their_own() -> None:
    named = [(case.rule, case.name) for case in all_cases()]
    assert {rule for rule, _ in named} <= set(RULES)
    assert len(named) == len(set(named))


@pytest.mark.parametrize("id", RULES)
def test_a_rule_says_one_short_sentence_in_words_of_our_own(id: str) -> None:
    says = RULES[id].says
    assert says.endswith(".")
    assert len(says) <= 120
    assert [other.id for other in RULES.values() if other.says == says] == [id]
    assert says not in {row["paraphrase"] for row in rows_in_csv()}
