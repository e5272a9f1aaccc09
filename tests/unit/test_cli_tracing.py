"""`ijwhub trace`: the states of a message, each apart."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
import yaml
from typer.testing import CliRunner

from connectors.sqlite_store import SqliteStore
from monitoring.metrics import Metrics
from schemas.ijw_3_2.reading import Schemas
from streams.cli.app import app
from streams.core.envelope import Envelope
from streams.core.exchange import Exchange
from streams.core.intake import admit
from streams.core.parties_file import load_directory
from streams.hub.deciding import Decider
from streams.hub.worker import Worker

T = TypeVar("T")

JW305 = (Path(__file__).parents[1] / "cases" / "messages" / "JW305.xml").read_bytes()  # from 65656001 to 0392
NOON = datetime(2026, 11, 20, 11, tzinfo=UTC)
PARTIES = [
    {"id": "haarlem", "kind": "gemeente", "code": "0392", "name": "Haarlem"},
    {"id": "zorg", "kind": "aanbieder", "code": "65656001", "name": "Zorg", "delivery": {"soort": "kafka"}},
    {"id": "cjg", "kind": "cjg", "name": "CJG", "mandates": [{"gemeente": "0392", "berichten": "all"}]},
]


class Traced:
    """A start that was taken in and passed on to a gemeente and a CJG, and `ijwhub trace` about it."""

    def __init__(self, folder: Path, answers: str) -> None:
        self.folder = folder
        (folder / "parties.yaml").write_text(
            yaml.safe_dump({"parties": [PARTIES[0] | {"answers": answers}, *PARTIES[1:]]})
        )
        self.directory = load_directory(folder / "parties.yaml")
        zorg = self.directory.by_code("65656001")
        assert zorg is not None
        made = admit(JW305, zorg, self.directory, source="kafka", reference="start-1", now=NOON)
        assert isinstance(made, Envelope)
        self.envelope = made
        self.on_store(self._process)

    async def _process(self, store: SqliteStore) -> None:
        metrics = Metrics()
        await store.append([self.envelope])
        decider = Decider(Exchange(Schemas(), self.directory), store, lambda: NOON, metrics)
        await Worker(decider, store, store, metrics).process_batch()

    def on_store(self, act: Callable[[SqliteStore], Awaitable[T]]) -> T:
        async def acted() -> T:
            store = SqliteStore(self.folder / "hub.sqlite")
            try:
                return await act(store)
            finally:
                await store.close()

        return asyncio.run(acted())

    def lines(self, *arguments: str) -> list[str]:
        result = CliRunner().invoke(app, ["trace", self.envelope.id, *arguments, "--data", str(self.folder)])
        assert result.exit_code == 0
        return result.stdout.splitlines()

    def outputs(self) -> dict[str, list[str]]:
        """The moments of every output in the table, in its order of columns, by receiver."""
        rows = [line.split() for line in self.lines() if line.startswith(".") and "bericht" in line]
        return {row[3 + ("(copy)" in row)]: row[4 + ("(copy)" in row) :] for row in rows}


@pytest.fixture
def waiting(tmp_path: Path) -> Traced:
    return Traced(tmp_path, "self")


def test_fetched_and_brought_are_different_columns(waiting: Traced, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting.on_store(lambda store: store.mark("haarlem", f"{waiting.envelope.id}.1", "delivered", NOON))
    assert waiting.outputs() == {"haarlem": ["20-11", "12:00:00", "-", "-"], "cjg": ["-", "-", "-"]}

    monkeypatch.setenv("IJWHUB_PARTIES", str(waiting.folder / "parties.yaml"))
    assert waiting.outputs() == {"haarlem": ["-", "20-11", "12:00:00", "-"], "cjg": ["-", "-", "-"]}


def test_a_delivery_that_failed_and_one_that_was_given_up(waiting: Traced) -> None:
    id = waiting.envelope.id
    waiting.on_store(lambda store: store.failed(f"{id}.1", NOON, "HTTP 503"))
    waiting.on_store(lambda store: store.failed(f"{id}.2", NOON, "HTTP 503"))
    assert ".1 is tried again; attempts failed: 1, the last one with HTTP 503" in waiting.lines()

    waiting.on_store(lambda store: store.give_up(f"{id}.1", NOON + timedelta(days=5), "HTTP 500", None))
    told = waiting.lines()
    assert told[-2] == ".1 was given up 2026-11-25 12:00:00: HTTP 500; attempts failed: 1"
    assert told[-1] == ".2 is tried again; attempts failed: 1, the last one with HTTP 503"

    waiting.on_store(lambda store: store.mark("cjg", f"{id}.2", "delivered", NOON))
    assert waiting.lines()[-1] == told[-2], "what was delivered after all is no failure"


def test_answered_and_what_the_answer_says(waiting: Traced, tmp_path: Path) -> None:
    assert "answered  not yet, or there is no answer to it" in waiting.lines()
    (tmp_path / "hub").mkdir()
    answered = Traced(tmp_path / "hub", "hub")
    assert any(line.startswith("answered  2026-11-20 12:00:00, JW306: ") for line in answered.lines())
    told = json.loads(answered.lines("--json")[0])
    assert [(one["bericht"], one["outcome"]) for one in told["answered_by"] if not one["copy"]] == [
        ("JW306", told["judged"]["outcome"])
    ]
