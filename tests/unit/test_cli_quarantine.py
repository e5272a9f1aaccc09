"""`ijwhub quarantine` and `trace`: looking at what the hub holds, and offering again what was set aside."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml
from typer.testing import CliRunner, Result

from connectors.sqlite_store import SqliteStore
from monitoring.metrics import Metrics
from schemas.ijw_3_2.reading import Schemas
from streams.cli.app import app
from streams.cli.journeys import Step, journeys
from streams.cli.scene import PEOPLE
from streams.core.effects import Judged, Quarantine
from streams.core.envelope import Envelope
from streams.core.exchange import Exchange
from streams.core.intake import Rejection, admit
from streams.core.parties_file import load_directory
from streams.core.ports import Entry, Rejected, Trace
from streams.core.ports import Step as Done
from streams.hub.deciding import Decider
from streams.hub.desk import HubDesk
from streams.hub.worker import Worker

NOON = datetime(2026, 11, 20, 11, 0, 0, tzinfo=UTC)
STEPS = [step for journey in journeys(date(2026, 11, 20), 815) for step in journey.steps]
STRANGER = next(step for step in STEPS if step.ending.outcome == "set aside")
START = next(step for step in STEPS if step.bericht == "JW305")
CODES = {"voorbeeld-crisis": "65656003", "voorbeeld-dagbehandeling": "65656005", "haarlem": "0392"}
T = TypeVar("T")


class Place:
    """A folder with a database and a file of parties, and the commands on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write_parties(CODES)
        self.on_store(lambda store: store.progress([0]))

    def write_parties(self, codes: dict[str, str]) -> None:
        """Make these the parties; the hub answers for all of them."""
        kinds = {4: "gemeente", 8: "aanbieder"}
        made = [
            {"id": id, "kind": kinds[len(code)], "code": code, "name": id, "answers": "hub"}
            for id, code in codes.items()
        ]
        (self.folder / "parties.yaml").write_text(yaml.safe_dump({"parties": made}))

    def on_store(self, act: Callable[[SqliteStore], Coroutine[Any, Any, T]]) -> T:
        """What a coroutine on the store gives; the store is opened for it alone."""

        async def acted() -> T:
            store = SqliteStore(self.folder / "hub.sqlite")
            try:
                return await act(store)
            finally:
                await store.close()

        return asyncio.run(acted())

    def set_aside(self, step: Step, body: bytes | None = None) -> str:
        """Offer a message that intake sets aside; returns its id in quarantine."""
        body = step.body if body is None else body

        async def offered(store: SqliteStore) -> str:
            directory = load_directory(self.folder / "parties.yaml")
            desk = HubDesk(store, store, store, directory, lambda: NOON, Metrics())
            party = directory.by_id(step.party)
            assert party is not None
            result = await desk.submit(body, party, source="http", reference=step.reference)
            assert isinstance(result, Rejection)
            return (await store.aside())[0].id

        return self.on_store(offered)

    def envelope(self, step: Step, reference: str | None = None, body: bytes | None = None) -> Envelope:
        """A message as intake makes it."""
        directory = load_directory(self.folder / "parties.yaml")
        party = directory.by_id(step.party)
        assert party is not None
        reference = reference or step.reference
        made = admit(body or step.body, party, directory, source="http", reference=reference, now=NOON)
        assert isinstance(made, Envelope)
        return made

    def quarantined(self, step: Step, reference: str | None = None) -> str:
        """A message that was taken in, and set aside by the exchange; returns its id."""
        envelope = self.envelope(step, reference)

        async def failed(store: SqliteStore) -> None:
            expected = {0: (await store.progress([0]))[0].position}
            (appended,) = await store.append([envelope])
            effects = (Judged(outcome="quarantined", bericht="JW305"), Quarantine(reason="KeyError in some.py:7"))
            done = Done(entry=Entry(appended.position, envelope), effects=effects, decided_at=NOON)
            await store.commit(expected, [done])

        self.on_store(failed)
        return envelope.id

    def logged(self) -> Sequence[Envelope]:
        """Everything in the log."""
        return [entry.envelope for entry in self.on_store(lambda store: store.read({0: 0}, 100))]

    def aside(self) -> Sequence[Rejected]:
        """What is set aside and not released."""
        return self.on_store(lambda store: store.aside())

    def quarantine(self, command: str, *arguments: object) -> Result:
        """Run a command of `ijwhub quarantine`."""
        parties = ["--parties", str(self.folder / "parties.yaml")] if command == "release" else []
        where = ["--data", str(self.folder), *parties]
        return CliRunner().invoke(app, ["quarantine", command, *map(str, arguments), *where])

    def trace(self, *arguments: str) -> Result:
        """Run `ijwhub trace`."""
        return CliRunner().invoke(app, ["trace", *arguments, "--data", str(self.folder)])


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


# --- list and show ---------------------------------------------------------------------------------


def test_nothing_set_aside_is_said(place: Place) -> None:
    result = place.quarantine("list")

    assert (result.exit_code, result.stdout) == (0, "Nothing is set aside.\n")


def test_list_names_id_moment_source_party_message_and_reason(place: Place) -> None:
    first = place.set_aside(STRANGER)
    second = place.quarantined(START)

    header, *rows = [line.split() for line in place.quarantine("list").stdout.splitlines()]

    assert header == ["id", "when", "source", "party", "message", "reason"]
    text = {row[0]: row for row in rows}
    assert text[first][1:] == ["20-11", "12:00", "http", "voorbeeld-crisis", "JW315", "unknown-receiver"]
    assert text[second][1:4] == ["20-11", "12:00", "http"]


def test_show_tells_everything_but_the_message(place: Place) -> None:
    id = place.set_aside(STRANGER)

    told = place.quarantine("show", id).stdout

    assert id in told
    assert "unknown-receiver: The receiver is not known here" in told
    assert STRANGER.reference in told
    assert f"JW315, {len(STRANGER.body):,} bytes" in told
    assert "<" not in told
    assert not [name for person in PEOPLE for name in person.split() if name in told]


def test_show_writes_the_message_only_when_asked(place: Place, tmp_path: Path) -> None:
    id = place.set_aside(STRANGER)

    result = place.quarantine("show", id, "--body", tmp_path / "body.xml")

    assert (tmp_path / "body.xml").read_bytes() == STRANGER.body
    assert (tmp_path / "body.xml").stat().st_mode & 0o077 == 0, "others on this machine can read it"
    assert "personal data" in result.stdout


def test_body_that_cannot_be_written_is_told(place: Place, tmp_path: Path) -> None:
    result = place.quarantine("show", place.set_aside(STRANGER), "--body", tmp_path)

    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_reference_cannot_steer_the_terminal_nor_tell_a_bsn(place: Place) -> None:
    bsn = re.search(rb"Bsn>(\d{9})", STRANGER.body)
    assert bsn is not None
    id = place.quarantined(START, f"\x1b[2J {bsn[1].decode()}.xml")

    told = place.quarantine("show", id).stdout + place.trace(id).stdout + place.trace(id, "--json").stdout

    assert "\x1b" not in told
    assert bsn[1].decode() not in told


@pytest.mark.parametrize("command", ["show", "release"])
def test_unknown_id_is_told(place: Place, command: str) -> None:
    result = place.quarantine(command, "nonsense")

    assert result.exit_code == 1
    assert "nothing with id nonsense was set aside" in result.stderr


@pytest.mark.parametrize("command", [["quarantine", "list"], ["quarantine", "show", "x"], ["trace", "x"]])
def test_without_a_database_nothing_is_made(tmp_path: Path, command: list[str]) -> None:
    result = CliRunner().invoke(app, [*command, "--data", str(tmp_path / "absent")])

    assert result.exit_code == 2
    assert "there is no database" in result.stderr
    assert not (tmp_path / "absent").exists()


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "hub.sqlite").write_bytes(b"no database" * 1000)

    result = CliRunner().invoke(app, ["quarantine", "list", "--data", str(tmp_path)])

    assert result.exit_code == 2
    assert "--data" in result.stderr
    assert "Traceback" not in result.output


# --- release ---------------------------------------------------------------------------------------


def test_release_offers_what_intake_set_aside_under_its_own_reference(place: Place) -> None:
    id = place.set_aside(STRANGER)
    place.write_parties({**CODES, "amsterdam": "0363"})

    result = place.quarantine("release", id)

    assert result.exit_code == 0, result.output
    (envelope,) = place.logged()
    assert (envelope.reference, envelope.body, envelope.source) == (STRANGER.reference, STRANGER.body, "cli")
    assert envelope.received_at > NOON
    assert envelope.id in result.stdout
    assert place.aside() == ()


def test_release_that_still_fails_says_why_and_leaves_it(place: Place) -> None:
    id = place.set_aside(STRANGER)

    result = place.quarantine("release", id)

    assert result.exit_code == 1
    assert "The receiver is not known here" in result.stderr
    assert "0363" in result.stderr
    assert [one.id for one in place.aside()] == [id]
    assert place.logged() == []


def test_release_of_what_the_exchange_set_aside_is_a_delivery_of_its_own(place: Place) -> None:
    id = place.quarantined(START)

    assert place.quarantine("release", id).exit_code == 0

    first, second = place.logged()
    assert second.reference == f"{first.reference}/vrijgave-1"
    assert second.body == first.body
    assert second.received_at == first.received_at == NOON
    assert second.id != first.id
    assert place.aside() == ()


def test_each_release_counts_on(place: Place) -> None:
    id = place.quarantined(START, "R/vrijgave-9")

    place.quarantine("release", id)

    assert [envelope.reference for envelope in place.logged()] == ["R/vrijgave-9", "R/vrijgave-10"]


def test_released_twice_is_taken_in_once(place: Place) -> None:
    id = place.quarantined(START)
    place.quarantine("release", id)

    again = place.quarantine("release", id)

    assert again.exit_code == 0
    assert "Was released before" in again.stdout
    assert len(place.logged()) == 2


def test_release_after_a_party_was_removed_is_told(place: Place) -> None:
    id = place.set_aside(STRANGER)
    place.write_parties({"haarlem": "0392"})

    result = place.quarantine("release", id)

    assert result.exit_code == 1
    assert "voorbeeld-crisis is no party of this hub any more" in result.stderr


def test_release_of_a_reference_used_again_is_told(place: Place) -> None:
    id = place.set_aside(STRANGER)
    other = place.envelope(START, body=START.body)
    taken = place.envelope(START, STRANGER.reference)
    taken = Envelope(**{**{f: getattr(taken, f) for f in Envelope.__struct_fields__}, "party": STRANGER.party})
    place.on_store(lambda store: store.append([other, taken]))
    place.write_parties({**CODES, "amsterdam": "0363"})

    result = place.quarantine("release", id)

    assert result.exit_code == 1
    assert taken.id in result.stderr
    assert [one.id for one in place.aside()] == [id]


def test_what_was_too_large_cannot_be_released(place: Place) -> None:
    id = place.set_aside(STRANGER, STRANGER.body + b" " * 25_000_000)

    result = place.quarantine("release", id)

    assert result.exit_code == 1
    assert "too large" in result.stderr


def test_parties_that_cannot_be_read_are_told(place: Place) -> None:
    id = place.set_aside(STRANGER)
    (place.folder / "parties.yaml").write_text("parties: [")

    result = place.quarantine("release", id)

    assert result.exit_code == 2
    assert "parties.yaml:1" in result.stderr
    assert "--parties" in result.stderr


async def test_a_worker_that_runs_finds_what_another_process_released(place: Place) -> None:
    directory = load_directory(place.folder / "parties.yaml")
    store, beside = SqliteStore(place.folder / "hub.sqlite"), SqliteStore(place.folder / "hub.sqlite")
    worker = Worker(Decider(Exchange(Schemas(), directory), store, lambda: NOON, Metrics()), store, store, Metrics())
    work = asyncio.create_task(worker.run(asyncio.Event(), lambda _: None))
    envelope = place.envelope(START)
    try:
        await asyncio.sleep(0.2)
        await beside.append([envelope])

        async with asyncio.timeout(10):
            while (await _traced(store, envelope.id)).judged is None:
                await asyncio.sleep(0.05)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await store.close()
        await beside.close()


async def _traced(store: SqliteStore, id: str) -> Trace:
    found = await store.trace(id)
    assert found is not None
    return found


# --- trace -----------------------------------------------------------------------------------------


def processed(place: Place, step: Step) -> str:
    """A message that went through the exchange; returns its id."""
    envelope = place.envelope(step)

    async def done(store: SqliteStore) -> None:
        await store.append([envelope])
        exchange = Exchange(Schemas(), load_directory(place.folder / "parties.yaml"))
        await Worker(Decider(exchange, store, lambda: NOON, Metrics()), store, store, Metrics()).process_batch()

    place.on_store(done)
    return envelope.id


def test_trace_tells_where_a_message_stands(place: Place) -> None:
    id = processed(place, START)
    place.on_store(lambda store: store.mark("voorbeeld-dagbehandeling", f"{id}.1", "delivered", NOON))

    result = place.trace(id)

    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == f"JW305 {id}"
    assert "received  2026-11-20 12:00:00, position 1 in the log" in lines
    assert "checked   2026-11-20 12:00:00, refused on level 3" in lines
    assert any("TR019 9019" in line for line in lines)
    assert lines[-1].split() == [".1", "antwoord", "JW306", "voorbeeld-dagbehandeling", "20-11", "12:00:00", "-", "-"]


def test_trace_takes_the_id_of_an_output_as_well(place: Place) -> None:
    id = processed(place, START)

    assert place.trace(f"{id}.1").stdout == place.trace(id).stdout


def test_trace_of_a_message_that_waits(place: Place) -> None:
    envelope = place.envelope(START)
    place.on_store(lambda store: store.append([envelope]))

    assert "checked   not yet; it waits" in place.trace(envelope.id).stdout


def test_trace_of_what_the_exchange_set_aside_tells_the_reason(place: Place) -> None:
    assert "quarantined: KeyError in some.py:7" in place.trace(place.quarantined(START)).stdout


def test_trace_for_machines_holds_findings_as_check_does(place: Place) -> None:
    id = processed(place, START)

    told = json.loads(place.trace(id, "--json").stdout)

    assert (told["id"], told["judged"]["outcome"], told["judged"]["level"]) == (id, "refused", 3)
    (finding,) = told["judged"]["findings"]
    assert list(finding) == ["level", "rule", "retourcode", "class", "key", "path", "text"]
    assert [output["kind"] for output in told["outputs"]] == ["antwoord"]


def test_trace_of_an_unknown_id_says_what_to_do(place: Place) -> None:
    result = place.trace("00000000-0000-0000-0000-000000000000")

    assert result.exit_code == 1
    assert "--data" in result.stderr


def test_trace_of_what_never_entered_points_to_quarantine(place: Place) -> None:
    id = place.set_aside(STRANGER)

    result = place.trace(id)

    assert result.exit_code == 1
    assert f"ijwhub quarantine show {id}" in result.stderr
