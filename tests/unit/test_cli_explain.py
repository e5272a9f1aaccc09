"""`ijwhub explain`: every rule that is checked, every rule that is not, and every other id."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from schemas.ijw_3_2.rules import checking  # noqa: F401 - it registers the rules
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
    facts = dict(line.split(maxsplit=1) for line in rest[:6])
    assert facts["level"] == "2, inside the message"
    assert (facts["messages"], facts["classes"]) == ("JW307", "StopProduct")
    assert facts["elements"] == "Einddatum, Begindatum"
    assert facts["code"].startswith("0001: ")
    assert all(line == line.rstrip() for line in rest)
    assert "\x1b" not in result.stdout


def test_id_may_be_written_in_small_letters() -> None:
    assert explained("tr018")["rule"] == "TR018"


def test_cases_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explaining, "CASES", tmp_path)
    cases = "- {name: a case, message: JW307, expect: fail}\n- {name: no, message: JW307, expect: pass}\n"
    (tmp_path / "TR018.yaml").write_text(f"rule: TR018\ncases:\n{cases}")

    assert explained("TR018")["cases"] == [
        {"name": "a case", "message": "JW307", "expect": "fail"},
        {"name": "no", "message": "JW307", "expect": "pass"},
    ]
    assert [line.split() for line in explain("TR018").stdout.splitlines()[-2:]] == [
        ["a", "case", "JW307", "is", "refused"],
        ["no", "JW307", "holds"],
    ]


def test_without_the_source_tree_there_are_no_cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explaining, "CASES", tmp_path / "absent")

    assert explained("TR018")["cases"] == []
    assert "none found" in explain("TR018").stdout


def test_a_rule_that_is_not_code_yet_says_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = tmp_path / "not_implemented.yaml"
    listed.write_text('TR999: {level: 3, needs: "the claims of next year"}\n')
    monkeypatch.setattr(explaining, "NOT_IMPLEMENTED", listed)

    assert (explained("TR999")["level"], explained("TR999")["needs"]) == (3, "the claims of next year")
    told = explain("TR999").stdout
    assert "TR999  is not checked yet" in told
    assert "the claims of next year" in told


def test_every_listed_rule_can_be_explained() -> None:
    for id in explaining.not_implemented():
        assert explained(id)["needs"]


@pytest.mark.parametrize(
    ("id", "told"),
    [
        ("XSD", "the schema of the message"),
        ("XML", "XML that may not be read"),
        ("OP179", "25 MB"),
        ("OP192", "UTF-8"),
        ("RS003", "facets in the schema"),
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
