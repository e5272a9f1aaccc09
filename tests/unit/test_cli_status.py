"""`ijwhub status` of an embedded hub; tests/system/test_moving.py asks one on Kafka."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from connectors.migrating import HEAD
from connectors.sqlite_store import SqliteStore
from streams.cli.app import app
from streams.cli.files import _database
from streams.cli.status import _age
from tests.support.moving import FOLD, OFFERED, PROCESSED, embedded_hub, go_on, offered, persons

AGES = 10**9
"""A limit above the age of what waits in the hub of these tests."""


def status(folder: Path, *words: object) -> Result:
    result = CliRunner().invoke(app, ["status", "--data", str(folder), *map(str, words)])
    assert not [word for word in persons() if word in result.output]
    return result


def for_machines(folder: Path, *words: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(status(folder, "--json", *words).stdout)
    return found


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a hub that nothing here changes."""
    folder = tmp_path_factory.mktemp("hub")
    asyncio.run(embedded_hub(folder / "hub.sqlite"))
    return folder


def test_a_hub_without_anything_is_well(tmp_path: Path) -> None:
    asyncio.run(SqliteStore(tmp_path / "hub.sqlite").close())

    result = status(tmp_path)

    assert result.exit_code == 0, result.output
    assert "quarantine  empty" in result.stdout
    assert result.stdout.splitlines()[-1].split() == ["0", "0", "0", "-", "-"]


def test_what_waits_too_long_stands_out(hub: Path) -> None:
    result = status(hub)

    assert result.exit_code == 1
    assert f"partition 0: {OFFERED - PROCESSED} messages wait, the oldest for" in result.stderr
    assert "more than 1 min 0 s is not expected" in result.stderr


def test_what_does_not_wait_too_long_is_well(hub: Path) -> None:
    result = status(hub, "--oldest", AGES)

    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    assert "2 messages" in result.stdout


def test_for_machines_it_holds_everything(hub: Path) -> None:
    found = for_machines(hub)

    (partition,) = found["partitions"]
    assert (partition["partition"], partition["position"]) == (0, PROCESSED + 1)
    assert partition["waiting"] == OFFERED - PROCESSED
    assert partition["since"] == offered()[PROCESSED].received_at.isoformat().replace("+00:00", "Z")
    assert partition["seconds"] > 60
    assert (found["tables"], found["quarantine"], found["groups"]) == (HEAD, 2, [])
    assert found["folds"] == [{"fold": FOLD, "partition": 0, "position": 7, "end": None}]
    assert found["undelivered"] > 0
    assert found["where"] == str(hub / "hub.sqlite")
    assert len(found["stands_out"]) == 1


def test_nothing_waits_when_all_is_processed(tmp_path: Path) -> None:
    async def made() -> None:
        await embedded_hub(tmp_path / "hub.sqlite")
        store = SqliteStore(tmp_path / "hub.sqlite")
        await go_on(store)
        await store.close()

    asyncio.run(made())

    (partition,) = for_machines(tmp_path)["partitions"]
    assert (partition["waiting"], partition["since"], partition["seconds"]) == (0, None, None)
    assert partition["position"] == OFFERED + 1
    assert status(tmp_path).exit_code == 0


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_a_hub_that_is_not_there_is_told(tmp_path: Path, words: list[str]) -> None:
    result = status(tmp_path / "absent", *words)

    assert result.exit_code == 2
    assert "there is no database" in result.stderr
    assert result.stdout == ""


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "hub.sqlite").write_bytes(b"no database" * 1000)

    result = status(tmp_path)

    assert result.exit_code == 2
    assert "--data" in result.stderr


def test_a_hub_that_works_can_be_asked(hub: Path) -> None:
    beside = SqliteStore(hub / "hub.sqlite")

    result = status(hub, "--oldest", AGES)

    asyncio.run(beside.close())
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(None, "-"), (0.4, "0 s"), (59.9, "59 s"), (61, "1 min 1 s"), (3_661, "1 h 1 min"), (90_000, "1 d 1 h")],
)
def test_ages_are_told_in_two_units(seconds: float | None, told: str) -> None:
    assert _age(seconds) == told


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://u:pw@db:5432/hub", "database hub on db:5432"),
        ("postgres://u@db/hub?sslmode=require&password=pw", "database hub on db"),
        ("postgresql://db-1.example:5432,db-2.example:5433/hub", "database hub on db-1.example:5432,db-2.example:5433"),
        ("postgresql://u:pw@[::1]:5432/hub", "database hub on [::1]:5432"),
        ("postgresql://u:p/w@db/hub", "the database of IJWHUB_DATABASE"),
        ("postgresql://u:1/w@db/hub", "the database of IJWHUB_DATABASE"),
        ("postgresql://u:1?w@db/hub", "the database of IJWHUB_DATABASE"),
        ("postgresql://u:p@w@db/hub", "the database of IJWHUB_DATABASE"),
        ("postgresql://u:p#w@db/hub", "the database of IJWHUB_DATABASE"),
        ("postgresql://u:pw@/hub?host=/run", "the database of IJWHUB_DATABASE"),
        ("pw", "the database of IJWHUB_DATABASE"),
        ("", "the database of IJWHUB_DATABASE"),
    ],
)
def test_of_a_url_nothing_secret_is_told(url: str, told: str) -> None:
    assert _database(url) == told
