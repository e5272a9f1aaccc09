"""`ijwhub explain`: every rule in code, every other rule of the standard, and every other id."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from schemas.ijw_3_2.rules.coverage import coverage
from schemas.ijw_3_2.rules.registry import RULES
from streams.cli import explaining
from streams.cli.app import app

SOURCE = Path(__file__).parents[2]


def explain(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["explain", *arguments])


def explained(id: str) -> dict[str, Any]:
    result = explain(id, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize("id", sorted(RULES))
def test_every_rule_tells_what_it_says_and_where_it_is(id: str) -> None:
    found = explained(id)

    assert (found["says"], found["level"], found["retourcode"]) == (RULES[id].says, RULES[id].level, RULES[id].code)
    assert found["messages"]
    assert found["classes"]
    assert bool(found["meaning"]) == bool(found["retourcode"])
    file, line = found["source"].rsplit(":", 1)
    assert (SOURCE / file).read_text(encoding="utf-8").splitlines()[int(line) - 1].startswith("@rule(")


def test_text_is_a_list_of_facts() -> None:
    result = explain("TR018")

    assert result.exit_code == 0
    first, *rest = result.stdout.splitlines()
    assert first == "TR018  A stop does not end before it began."
    facts = dict(line.split(maxsplit=1) for line in rest[:7])
    assert facts["level"] == "2, inside the message"
    assert (facts["messages"], facts["classes"]) == ("JW307", "StopProduct")
    assert facts["elements"] == "Einddatum, Begindatum"
    assert facts["code"].startswith("0001: ")
    assert facts["status"] == "implemented"
    assert all(line == line.rstrip() for line in rest)
    assert "\x1b" not in result.stdout


def test_id_may_be_written_in_small_letters() -> None:
    assert explained("tr018")["rule"] == "TR018"


def test_cases_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explaining, "CASES", tmp_path)
    cases = """
    - {name: a case, message: JW307, expect: fail}
    - {name: no, message: JW307, expect: pass}
    - {name: maybe, message: JW307, expect: undecided}
    """
    (tmp_path / "TR018.yaml").write_text(f"rule: TR018\ncases:\n{cases}")

    assert explained("TR018")["cases"] == [
        {"name": "a case", "message": "JW307", "expect": "fail"},
        {"name": "no", "message": "JW307", "expect": "pass"},
        {"name": "maybe", "message": "JW307", "expect": "undecided"},
    ]
    assert [line.split() for line in explain("TR018").stdout.splitlines()[-3:]] == [
        ["a", "case", "JW307", "is", "refused"],
        ["no", "JW307", "holds"],
        ["maybe", "JW307", "is", "not", "decided"],
    ]


def test_without_the_source_tree_there_are_no_cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explaining, "CASES", tmp_path / "absent")

    assert explained("TR018")["cases"] == []
    assert "none found" in explain("TR018").stdout


@pytest.mark.parametrize("id", [id for id in coverage() if id not in RULES])
def test_every_other_rule_tells_what_carries_it_out_and_what_that_lacks(id: str) -> None:
    found, row = explained(id), coverage()[id]

    assert (found["rule"], found["says"], found["level"]) == (id, row.says, row.level)
    assert (found["status"], found["needs"], found["source"]) == (row.status, row.reason, row.where)
    assert (found["retourcode"], found["meaning"], found["classes"], found["cases"]) == (None, None, [], [])
    assert tuple(found["by"]) == row.by


@pytest.mark.parametrize(
    ("id", "told"),
    [
        ("TR019", ["level 3, against", "partly", "needs the contract", "carries out OP"]),
        ("OP033x2", ["level process", "messages JW305, JW307", "carried out by CS058"]),
        ("RS017", ["level 1, the schema", "elements IdentificatieRetour, ", "by LDT_IdentificatieBericht"]),
        ("OP271", ["not executable", "nowhere", "deadline ledger, not built yet"]),
        ("OP179", ["25 MB", "implemented", "schemas/ijw_3_2/safe_xml.py"]),
        ("UP019", ["UP019 What is best", "needs human judgement"]),
    ],
)
def test_text_tells_what_a_rule_needs_and_what_carries_it_out(id: str, told: list[str]) -> None:
    result = explain(id)

    assert result.exit_code == 0
    text = " ".join(result.stdout.split())
    assert [part for part in told if part not in text] == []
    assert "none found" not in text


def test_what_a_rule_carries_out_is_what_names_it() -> None:
    assert "OP289" in explained("TR326")["carries_out"]
    assert "TR326" in explained("OP289")["by"]
    assert explained("OP289")["carries_out"] == []


@pytest.mark.parametrize(
    ("id", "told"),
    [
        ("XSD", "the schema of the message"),
        ("XML", "XML that may not be read"),
        ("RS003", "Near it: RS"),
        ("TR017", "Near it: "),
        ("zomaar", "'ZOMAAR' is not a rule"),
        ("", "'' is not a rule"),
    ],
)
def test_other_ids_are_exit_code_2_with_a_clear_message(id: str, told: str) -> None:
    result = explain(id)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert told in result.stderr


def test_near_ids_are_named() -> None:
    assert "TR018" in explain("TR18").stderr
