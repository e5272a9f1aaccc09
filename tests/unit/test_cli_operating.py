"""`ijwhub deliveries` and `freeze`, and what commands note in the audit log before they show or do something."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from connectors.sqlite_audit import SqliteAudit
from connectors.sqlite_store import SqliteStore
from streams.cli.app import app
from streams.core.auditing import Act
from streams.core.intake import Rejection
from streams.core.ports import OutputHead, Rejected, StoreError
from tests.support.operating import (
    DELIVERED,
    FOR_NOBODY,
    NOON,
    OUTPUT,
    PARTIES,
    PASSED_ON,
    REASON,
    SECRET,
    UNANSWERED,
    WAITING,
    fill,
    wait,
)

JW301 = Path(__file__).parents[1] / "cases" / "messages" / "JW301.xml"


class Place:
    """A folder with a hub, and the commands on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "hub.sqlite"
        (folder / "parties.yaml").write_text(PARTIES)
        asyncio.run(fill(self.file))

    def run(self, *arguments: str, freezes: str | None = None) -> Result:
        """Run ijwhub on this hub."""
        environment = {"IJWHUB_PARTIES": str(self.folder / "parties.yaml")}
        if freezes is not None:
            (self.folder / "freezes.yaml").write_text(freezes)
            environment["IJWHUB_FREEZES"] = str(self.folder / "freezes.yaml")
        return CliRunner().invoke(app, [*arguments, "--data", str(self.folder)], env=environment)

    def acts(self) -> list[tuple[str, str, str, str, str]]:
        """What the audit log holds: who, how, what, where and about what."""

        async def asked() -> list[Act]:
            log = SqliteAudit(self.file)
            try:
                return [entry.act for entry in await log.entries(0, 100)]
            finally:
                await log.close()

        return [(a.actor, a.credential, a.action, a.where, a.subject) for a in asyncio.run(asked())]

    def undelivered(self) -> list[OutputHead]:
        """What is undeliverable."""

        async def asked() -> list[OutputHead]:
            store = SqliteStore(self.file)
            try:
                return list(await store.undelivered())
            finally:
                await store.close()

        return asyncio.run(asked())

    def let_wait(self) -> None:
        """Let something wait for a party, and for one that is not in the file."""

        async def done() -> None:
            store = SqliteStore(self.file)
            try:
                await wait(store)
            finally:
                await store.close()

        asyncio.run(done())

    def set_aside(self) -> str:
        """Set a message aside that may enter by now; returns its id."""
        body = JW301.read_bytes()
        rejected = Rejected(
            id="0f5e2c0a-5b1d-5c7e-9d55-1c2b3a4d5e6f",
            at=NOON,
            source="http",
            party="haarlem",
            reference="r-1",
            rejection=Rejection(reason="unknown-receiver", title="Unknown", detail="Unknown.", bericht="JW301"),
            reason="Unknown",
            envelope_id=None,
            size=len(body),
            body=body,
        )

        async def kept() -> None:
            store = SqliteStore(self.file)
            try:
                await store.set_aside(rejected)
            finally:
                await store.close()

        asyncio.run(kept())
        return rejected.id


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


# --- deliveries ------------------------------------------------------------------------------------


def test_deliveries_names_what_was_given_up_for_whom_how_often_and_why(place: Place) -> None:
    result = place.run("deliveries", "list")

    header, row, *_ = result.stdout.splitlines()
    assert result.exit_code == 0, result.output
    assert header.split() == ["id", "receiver", "what", "failed", "since", "reason"]
    assert row.startswith(f"{OUTPUT} ambulant bericht")
    assert "10-05 14:00" in row


def test_deliveries_for_machines(place: Place) -> None:
    (told,) = json.loads(place.run("deliveries", "list", "--json").stdout)

    assert (told["id"], told["receiver"], told["attempts"], told["reason"]) == (OUTPUT, "ambulant", 1, REASON)
    assert told["undeliverable_at"] == "2026-05-10T12:00:00Z"


def test_waiting_tells_per_party_how_much_since_when_and_what_went_wrong(place: Place) -> None:
    assert place.run("deliveries", "waiting").stdout == "Nothing waits: every party has got what is for it.\n"
    place.let_wait()

    result = place.run("deliveries", "waiting")

    assert result.exit_code == 0, result.output
    rows = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert rows == [
        "party gets it by waiting failed oldest since last failure",
        "vertrokken nothing: unknown 1 0 2026-05-04 14:21 -",
        f"ambulant folder 2 1 2026-05-04 14:21 2026-05-04 15:00 {REASON}",
    ]


def test_waiting_for_machines(place: Place) -> None:
    place.let_wait()

    stranger, party = json.loads(place.run("deliveries", "waiting", "--json").stdout)

    assert (stranger["receiver"], stranger["way"], stranger["oldest"]) == ("vertrokken", "unknown", FOR_NOBODY)
    assert party == {
        "receiver": "ambulant",
        "way": "folder",
        "count": 2,
        "failed": 1,
        "since": "2026-05-04T12:21:00Z",
        "oldest": WAITING,
        "failed_at": "2026-05-04T13:00:00Z",
        "reason": REASON,
    }


def test_waiting_for_one_party_tells_each_output(place: Place) -> None:
    place.let_wait()

    header, first, second = place.run("deliveries", "waiting", "--party", "ambulant").stdout.splitlines()

    assert header.split() == ["id", "what", "since", "failed", "reason"]
    assert " ".join(first.split()) == f"{WAITING} bericht JW301 2026-05-04 14:21 1 {REASON}"
    assert second.split()[3:] == ["2026-05-04", "14:21", "0", "-"]
    (told,) = json.loads(place.run("deliveries", "waiting", "--party", "vertrokken", "--json").stdout)
    assert (told["id"], told["receiver"]) == (FOR_NOBODY, "vertrokken")
    assert place.run("deliveries", "waiting", "--party", "x").stdout == "Nothing waits for a party with this id.\n"


def test_no_more_is_listed_than_a_person_reads(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.let_wait()
    monkeypatch.setattr("streams.cli.delivering.MOST_LISTED", 1)

    parties, outputs = place.run("deliveries", "waiting"), place.run("deliveries", "waiting", "--party", "ambulant")

    assert "vertrokken" in parties.stdout
    assert "ambulant" not in parties.stdout
    assert "These are 1 of 2 parties" in parties.stdout
    assert outputs.stdout.count("JW301") == 1
    assert "These are the oldest 1; there may be more." in outputs.stdout


def test_without_a_file_of_parties_waiting_cannot_be_told_and_status_says_so(place: Place) -> None:
    place.let_wait()
    missing = str(place.folder / "missing.yaml")

    result = place.run("deliveries", "waiting", "--parties", missing)
    status = place.run("status", "--parties", missing)

    assert result.exit_code == 2
    assert "missing.yaml" in result.stderr
    assert status.exit_code == 0, status.output
    assert "the file of parties cannot be read" in status.stdout


def test_mail_for_nobody_stands_out_in_status(place: Place) -> None:
    assert place.run("status").exit_code == 0
    place.let_wait()

    result, told = place.run("status"), json.loads(place.run("status", "--json").stdout)

    assert result.exit_code == 1
    assert "1 outputs wait since 2026-05-04 14:21:00 for parties that are not in the file" in result.stderr
    assert "(vertrokken)" in result.stderr
    assert [(one["receiver"], one["count"]) for one in told["strangers"]] == [("vertrokken", 1)]


def test_retrying_is_noted_and_brings_it_back(place: Place) -> None:
    result = place.run("deliveries", "retry", OUTPUT)

    assert result.exit_code == 0, result.output
    assert "to ambulant again" in result.stdout
    assert place.undelivered() == []
    assert place.acts() == [("operator", "command line", "retried", "ijwhub deliveries retry", OUTPUT)]
    assert place.run("deliveries", "list").stdout == "Nothing is undeliverable.\n"


@pytest.mark.parametrize("id", [DELIVERED, PASSED_ON.id, f"{PASSED_ON.id}.9", "999900006"])
def test_what_is_not_undeliverable_cannot_be_retried_and_is_not_noted(place: Place, id: str) -> None:
    result = place.run("deliveries", "retry", id)

    assert result.exit_code == 1
    assert "999900006" not in result.output
    assert place.acts() == []
    assert [head.id for head in place.undelivered()] == [OUTPUT]


# --- freeze ----------------------------------------------------------------------------------------


def freezes() -> str:
    """One that is over, one that goes on, and one that comes."""
    now = datetime.now(UTC)
    times = {"over": (-9, -8), "now": (-1, 1), "later": (5, 6)}
    made = (
        f"  - {{name: {name}, berichten: [JW323, JW301], gemeenten: all, "
        f"from: {(now + timedelta(first)).isoformat()}, until: {(now + timedelta(last)).isoformat()}}}\n"
        for name, (first, last) in times.items()
    )
    return "freezes:\n" + "".join(made)


def test_freeze_tells_what_is_closed_what_comes_and_who_waits_for_whom(place: Place) -> None:
    result = place.run("freeze", "--since", "2026-05-01", freezes=freezes())

    assert result.exit_code == 0, result.output
    rows = [line.split() for line in result.stdout.splitlines()]
    assert [row[:2] for row in rows[1:3]] == [["now", "closed"], ["later", "coming"]]
    assert "over" not in result.stdout
    assert "JW301, JW323" in result.stdout
    (waits,) = [line for line in result.stdout.splitlines() if line.startswith("0392:65656001")]
    assert "Haarlem and" in waits
    assert "JW301" in waits


def test_freeze_for_machines(place: Place) -> None:
    told = json.loads(place.run("freeze", "--since", "2026-05-01", "--json", freezes=freezes()).stdout)

    assert [one["name"] for one in told["closed"]] == ["now"]
    assert [one["name"] for one in told["coming"]] == ["later"]
    assert told["closed"][0]["berichten"] == ["JW301", "JW323"]
    (waits,) = told["unanswered"]
    assert (waits["relation"], waits["bericht"], waits["count"]) == ("0392:65656001", "JW301", 1)
    assert waits["oldest"] == UNANSWERED.id


def test_without_freezes_and_with_nobody_waiting(place: Place) -> None:
    result = place.run("freeze", "--since", "2026-05-05")

    assert result.stdout == "Nothing is closed, and nothing will be.\n\nNo message waits for its answer.\n"


def test_freezes_that_cannot_be_read_are_told(place: Place) -> None:
    result = place.run("freeze", freezes="freezes: [{name: x}]")

    assert result.exit_code == 2
    assert "freezes.yaml" in result.stderr


# --- what is noted ---------------------------------------------------------------------------------


def test_looking_at_what_was_set_aside_is_not_noted_and_reading_the_message_is(place: Place) -> None:
    id = place.set_aside()
    assert place.run("quarantine", "show", id).exit_code == 0
    assert place.acts() == []

    result = place.run("quarantine", "show", id, "--body", str(place.folder / "message.xml"))

    assert result.exit_code == 0, result.output
    assert (place.folder / "message.xml").stat().st_size
    assert place.acts() == [("operator", "command line", "read", "ijwhub quarantine show --body", id)]


def test_releasing_is_noted(place: Place) -> None:
    id = place.set_aside()

    result = place.run("quarantine", "release", id)

    assert result.exit_code == 0, result.output
    assert place.acts() == [("operator", "command line", "released", "ijwhub quarantine release", id)]


def test_an_export_is_noted(place: Place) -> None:
    result = place.run("export", str(place.folder / "export"))

    assert result.exit_code == 0, result.output
    assert place.acts() == [("operator", "command line", "exported", "ijwhub export", "")]


def test_nothing_is_read_when_it_cannot_be_noted(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> None:
        raise StoreError("the disk is full")

    id = place.set_aside()
    monkeypatch.setattr(SqliteAudit, "note", full)
    results = [
        place.run("quarantine", "show", id, "--body", str(place.folder / "message.xml")),
        place.run("quarantine", "release", id),
        place.run("deliveries", "retry", OUTPUT),
        place.run("export", str(place.folder / "export")),
    ]

    assert [result.exit_code for result in results] == [2, 2, 2, 2]
    assert not (place.folder / "message.xml").exists()
    assert not (place.folder / "export").exists()
    assert [head.id for head in place.undelivered()] == [OUTPUT]


def test_no_command_shows_what_is_in_a_message(place: Place) -> None:
    place.let_wait()
    waiting = ["deliveries", "waiting"]
    listing = (["deliveries", "list"], ["deliveries", "list", "--json"], waiting, [*waiting, "--party", "ambulant"])
    for command in (*listing, ["freeze", "--since", "2026-05-01"], ["audit", "list"], ["trace", PASSED_ON.id]):
        result = place.run(*command)
        assert result.exit_code == 0, result.output
        assert SECRET.decode() not in result.stdout
        assert "999900006" not in result.stdout
