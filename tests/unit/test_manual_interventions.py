"""What operators had to do by hand is counted: on a real hub, from setting aside to the figure."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streams.cli.app import app
from streams.cli.filling import RegionClock, at_the_desk
from streams.core.exchange import Exchange
from streams.core.intake import Rejection
from streams.core.monitors.burden import Counts, burden_lines, total
from streams.core.ports import Receipt
from streams.hub.settings import Settings
from tests.support.load import Offered, Relation, stream
from tests.support.process import write_parties

GEMEENTE, AANBIEDER, OTHER = "0392", "65656001", "65656002"


class Place:
    """A folder with a hub, of which the parties may change between one run and the next."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(data=folder / "data", parties=folder / "parties.yaml")
        self.given: Iterator[Offered] = stream(Relation(GEMEENTE, AANBIEDER))

    def parties(self, *aanbieders: str) -> None:
        write_parties(self.settings.parties, [GEMEENTE], list(aanbieders))

    def run(self, count: int) -> tuple[list[str], Counts]:
        """Offer so many messages, decide and fold all; returns what is set aside, and what figures say since."""
        return asyncio.run(self._run(list(islice(self.given, count))))

    async def _run(self, offered: list[Offered]) -> tuple[list[str], Counts]:
        async with at_the_desk(self.settings, RegionClock()) as hub:
            for one in offered:
                party = next(party for party in hub.desk.directory.parties if party.code == one.code)
                made = await hub.desk.submit(one.body, party, source="http", reference=one.reference)
                assert isinstance(made, Receipt | Rejection)
            while await hub.worker.process_batch():
                pass
            while await hub.folder.fold_some():
                pass
            rows, _ = await hub.figures.read()
            lines = burden_lines(rows, date.min, date.max, hub.figures.monitoring)
            return [one.id for one in await hub.archive.aside()], total(lines)

    def release(self, id: str) -> None:
        files = ["--data", str(self.settings.data), "--parties", str(self.settings.parties)]
        done = CliRunner().invoke(app, ["quarantine", "release", id, *files])
        assert done.exit_code == 0, done.output


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_what_intake_refused_is_an_intervention_once_it_was_released(place: Place) -> None:
    place.parties(OTHER)
    (id,), counts = place.run(1)
    assert (counts.messages, counts.manual) == (0, 0)  # its sender may as well send it again itself
    place.parties(AANBIEDER)
    place.release(id)
    aside, counts = place.run(0)
    assert (aside, counts.messages, counts.manual) == ([], 1, 1)
    _, counts = place.run(1)
    assert (counts.messages, counts.manual) == (2, 1)


def test_what_the_exchange_set_aside_is_one_intervention_with_its_release(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("a fault of ours")

    place.parties(AANBIEDER)
    with monkeypatch.context() as broken:
        broken.setattr(Exchange, "open", fail)
        (id,), counts = place.run(1)
    assert (counts.messages, counts.manual) == (0, 1)
    place.release(id)
    aside, counts = place.run(0)
    assert (aside, counts.messages, counts.manual) == ([], 1, 1)
