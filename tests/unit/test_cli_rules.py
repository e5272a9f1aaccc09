"""`ijwhub rules`: the table of all rules, as text and as JSON, and what it can be narrowed to."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from schemas.ijw_3_2.rules.coverage import KINDS, STATUSES, Coverage, coverage
from streams.cli.app import app

ALL = list(coverage().values())


def rules(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["rules", *arguments])


def listed(*arguments: str) -> dict[str, Any]:
    result = rules(*arguments, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def ids_in(text: str) -> list[str]:
    """The rules that begin a line of the first table."""
    first_words = [line.split(" ")[0] for line in text.split("\n\n")[0].splitlines()]
    return [word for word in first_words if word in coverage()]


def test_text_lists_every_rule_once_and_counts_them() -> None:
    result = rules()

    assert result.exit_code == 0
    assert ids_in(result.stdout) == [row.id for row in ALL]
    table, counted = result.stdout.split("\n\n")
    assert table.splitlines()[0].split() == ["rule", "level", "messages", "status", "needs"]
    lines = [line.split() for line in counted.splitlines()]
    assert lines[0] == ["kind", "implemented", "partly", "not", "executable", "all"]
    assert [line[0] for line in lines[1:]] == [*KINDS, "all"]
    assert lines[-1][1:] == [*(str(sum(row.status == status for row in ALL)) for status in STATUSES), "303"]


def test_text_is_plain_when_piped() -> None:
    lines = rules().stdout.splitlines()

    assert all(line == line.rstrip() and len(line) <= 100 for line in lines)
    assert not any("\x1b" in line for line in lines)


def test_a_line_tells_messages_status_and_what_is_needed() -> None:
    lines = [" ".join(line.split()) for line in rules().stdout.splitlines()]

    assert "TR018 2 307 implemented" in lines
    assert "OP271 process 305 not executable deadline ledger, not built yet" in lines
    assert "UP019 process - not executable human judgement" in lines


def test_json_holds_every_rule_and_the_count() -> None:
    found = listed()

    assert [rule["id"] for rule in found["rules"]] == [row.id for row in ALL]
    for rule, row in zip(found["rules"], ALL, strict=True):
        told = (rule["kind"], rule["level"], tuple(rule["messages"]), rule["says"], rule["status"])
        assert told == (row.kind, row.level, row.messages, row.says, row.status)
        assert (rule["reason"], rule["where"], tuple(rule["by"])) == (row.reason, row.where, row.by)
    assert sum(sum(by_status.values()) for by_status in found["counts"].values()) == 303


@pytest.mark.parametrize("status", STATUSES)
def test_status_narrows_the_list(status: str) -> None:
    wanted = [row.id for row in ALL if row.status == status]

    assert wanted
    assert [rule["id"] for rule in listed("--status", status)["rules"]] == wanted
    assert ids_in(rules("--status", status).stdout) == wanted


@pytest.mark.parametrize("kind", [*KINDS, "tr"])
def test_kind_narrows_the_list_in_capitals_or_not(kind: str) -> None:
    of_kind = [row for row in ALL if row.kind == kind.upper()]
    found = listed("--kind", kind)

    assert [rule["id"] for rule in found["rules"]] == [row.id for row in of_kind]
    assert found["counts"] == {kind.upper(): _by_status(of_kind)}


def _by_status(rows: list[Coverage]) -> dict[str, int]:
    return {status: sum(row.status == status for row in rows) for status in STATUSES}


def test_both_narrow_together() -> None:
    found = listed("--kind", "OP", "--status", "partly")["rules"]

    assert "OP259" in {rule["id"] for rule in found}
    assert {(rule["kind"], rule["status"]) for rule in found} == {("OP", "partly")}


def test_no_rule_is_no_fault() -> None:
    result = rules("--kind", "RS", "--status", "partly")

    assert (result.exit_code, result.stdout) == (0, "There is no RS that is partly.\n")
    assert listed("--kind", "RS", "--status", "partly") == {"rules": [], "counts": {}}


@pytest.mark.parametrize("arguments", [("--status", "done"), ("--kind", "XX")])
def test_what_does_not_exist_is_exit_code_2(arguments: tuple[str, str]) -> None:
    result = rules(*arguments)

    assert result.exit_code == 2
    assert arguments[1].lower() in result.stderr.lower()
