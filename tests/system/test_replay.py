"""`ijwhub replay` on a region, as an operator types it: the same again, another product list, and another key."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from connectors.sqlite_folds import SqliteFolds
from connectors.sqlite_replaying import FOLDER
from streams.core.monitors.exposed import samples
from streams.core.monitors.trajecten import files
from streams.core.regions import Monitoring
from streams.hub.figures import Figures
from tests.support.process import HubProcess, free_port

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
PRODUCT = re.compile(rb"Categorie>(\w+)</[^>]+>\s*<[^>/]*?Code>(\w+)<")


def ijwhub(*words: object, settings: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("IJWHUB_")}
    command = [sys.executable, "-m", "streams.cli", *map(str, words)]
    environment = {**plain, **(settings or {})}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


def simulate(folder: Path, settings: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    of = ["--start", "2025-10-01", "--days", 90, "--youths", 80, "--out", folder, "--data", folder / "data"]
    return ijwhub("simulate", *of, settings=settings)


class Decided(NamedTuple):
    """All that a replay compares of a message."""

    outcome: str
    judged: str
    outputs: frozenset[tuple[Any, ...]]


class Region:
    """A hub that had a region for a quarter, in the folder of a hub as a process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"

    def replay(self, *options: object) -> subprocess.CompletedProcess[str]:
        return ijwhub("replay", "--data", self.data, "--parties", self.folder / "parties.yaml", *options)

    def rows(self, statement: str) -> list[Any]:
        with closing(sqlite3.connect(self.data / "hub.sqlite")) as connection:
            return connection.execute(statement).fetchall()

    def bodies(self, bericht: str) -> list[bytes]:
        return [body for (body,) in self.rows(f"SELECT body FROM log WHERE bericht = '{bericht}'")]

    def decided(self) -> dict[str, Decided]:
        outputs = defaultdict(set)
        for id, *told in self.rows(
            "SELECT envelope_id, id, kind, bericht, receiver, copy, outcome, sha256 FROM output"
        ):
            outputs[id].add(tuple(told))
        verdicts = self.rows("SELECT envelope_id, json_extract(judged, '$.outcome'), judged FROM verdict")
        return {id: Decided(outcome, judged, frozenset(outputs[id])) for id, outcome, judged in verdicts}

    def dossier(self) -> list[Any]:
        return self.rows("SELECT relation, key, row FROM dossier")

    def sources(self, products: Iterable[tuple[bytes, bytes]]) -> Path:
        """A file of sources, with only a list of these products."""
        listed = "".join(f"{category.decode()},{code.decode()},2020-01-01,\n" for category, code in products)
        (self.folder / "producten.csv").write_text(f"categorie,code,valid_from,valid_to\n{listed}")
        made = self.folder / "sources.yaml"
        made.write_text("producten: {file: producten.csv, version: '1'}\n")
        return made

    def figures(self) -> list[Any]:
        """Every figure that is told, as of one moment."""

        async def read() -> list[Any]:
            folds = SqliteFolds(self.data / "hub.sqlite")
            monitoring = Monitoring()
            rows, _ = await Figures(folds, monitoring, lambda: NOW).read()
            await folds.close()
            told = samples(rows, files(rows.clients, monitoring), NOW, monitoring)
            # Amounts are summed in the order of pseudonyms, which shows in their last digits.
            return sorted((sample.name, sorted(sample.labels.items()), sample.value) for sample in told)

        return asyncio.run(read())

    def clients(self) -> set[str]:
        return {key for (key,) in self.rows("SELECT key FROM fold_row WHERE fold = 'care'")}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("region")
    simulated = simulate(folder)
    assert simulated.returncode == 0, simulated.stderr
    return folder


@pytest.fixture
def region(made: Path, tmp_path: Path) -> Region:
    return Region(Path(shutil.copytree(made, tmp_path / "region")))


def test_decided_again_a_region_is_the_same_also_beside_a_hub_that_runs(region: Region) -> None:
    hub = HubProcess(region.folder, free_port())
    hub.start()
    try:
        hub.wait_until_ready()
        beside, figures = region.replay(), region.replay("--figures")
    finally:
        hub.stop()

    count = region.rows("SELECT count(*) FROM log")[0][0]
    assert count > 300
    assert beside.returncode == 0, beside.stderr
    assert f"Decided {count} messages" in beside.stdout
    assert "All of it is the same" in beside.stdout
    assert figures.returncode == 2
    assert "in use by a hub" in figures.stderr


def test_with_a_product_list_it_tells_what_a_hub_decides_that_had_it_from_the_start(region: Region) -> None:
    named = Counter(product for body in region.bodies("JW301") for product in PRODUCT.findall(body))
    (gone, _), *others = named.most_common()
    sources = region.sources([product for product, _ in others])
    with_it = Region(region.folder / "with-it")
    simulated = simulate(with_it.folder, {"IJWHUB_SOURCES": str(sources)})
    assert simulated.returncode == 0, simulated.stderr

    ran = region.replay("--json", "--sources", sources)

    assert ran.returncode == 1, ran.stderr
    found = json.loads(ran.stdout)["differences"]
    then, now = region.decided(), with_it.decided()
    assert {one["id"] for one in found["messages"]} == {id for id in then if then[id] != now[id]}
    assert all(one["would_be"]["outcome"] == now[one["id"]].outcome for one in found["messages"])
    refused = [one for one in found["messages"] if "TR381" in one["would_be"]["findings"]]
    assert 10 < len(refused) < len(found["messages"]) < len(then)
    assert {one["relation"] for one in found["dossiers"]} == {
        relation for relation, _, _ in set(region.dossier()) ^ set(with_it.dossier())
    }
    assert gone[1].decode() not in ran.stdout


def test_one_that_is_stopped_leaves_no_messages_behind(region: Region) -> None:
    where = ["--data", str(region.data), "--parties", str(region.folder / "parties.yaml")]
    process = subprocess.Popen([sys.executable, "-m", "streams.cli", "replay", *where], cwd=ROOT)
    until = time.monotonic() + 60
    while not (region.data / FOLDER / "hub.sqlite").exists():
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.005)
    process.terminate()

    assert process.wait(timeout=60) in (130, 0)  # 0: it was done before the signal came
    assert not (region.data / FOLDER).exists()


def test_under_another_key_the_figures_are_the_same_and_everybody_is_somebody_else(region: Region) -> None:
    before, clients = region.figures(), region.clients()
    (region.data / "pseudonym.key").rename(region.folder / "pseudonym.key.before")

    ran = region.replay("--figures")

    assert ran.returncode == 0, ran.stderr
    assert len(before) > 50
    assert region.figures() == before
    assert len(region.clients()) == len(clients) > 50
    assert not region.clients() & clients
    hub = HubProcess(region.folder, free_port())
    hub.start()
    hub.wait_until_ready()
    assert hub.stop() == 0
