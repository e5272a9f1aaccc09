"""`ijwhub replay`: the same again when nothing changed, exactly what differs when something did, and figures anew."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from typer.testing import CliRunner, Result

from connectors import moving, sqlite_replaying, tables
from connectors.sqlite_replaying import FOLDER, past, workplace
from connectors.sqlite_store import SqliteStore
from schemas.ijw_3_2.dossier.rows import decoded, encoded
from streams.cli.app import app
from streams.core.events import event_of, pseudonym
from streams.core.fold_ports import KEY_CHECK
from streams.core.ports import StoreError
from streams.hub import replaying
from streams.hub.pseudonym_key import NAME
from tests.support.load import stream, taken_in
from tests.support.moving import (
    AANBIEDERS,
    GEMEENTEN,
    NOW,
    PARTIES,
    RELATIONS,
    embedded_hub,
    go_on,
    offered,
    persons,
    poison,
)
from tests.support.process import write_parties

FIGURES = ("outbox", "fold_progress", "fold_row")
OTHERS = [table.name for table in moving.ORDER if table.name not in (*FIGURES, "audit")]
DECIDED = 81
"""Messages of the hub that have a verdict: 80 that were processed, and one on which the exchange failed."""


class Hub:
    """A hub of its own for a test, and the command on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "hub.sqlite"
        self.parties = folder.parent / "parties.yaml"
        write_parties(self.parties, GEMEENTEN, AANBIEDERS)

    def replay(self, *options: object) -> Result:
        where = ["--data", str(self.folder), "--parties", str(self.parties)]
        return CliRunner().invoke(app, ["replay", *where, *map(str, options)])

    def told(self, *options: object) -> dict[str, Any]:
        result = self.replay("--json", *options)
        assert result.exit_code in (0, 1), result.output
        found: dict[str, Any] = json.loads(result.stdout)
        assert result.exit_code == (0 if found["replaced"] or not any(found["differences"].values()) else 1)
        return found

    def differs(self) -> dict[str, list[str]]:
        return {one["id"]: one["differs"] for one in self.told()["differences"]["messages"]}

    def change(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.file)) as connection, connection:
            connection.execute(statement, values)

    def rows(self, statement: str) -> list[Any]:
        with closing(sqlite3.connect(self.file)) as connection:
            return connection.execute(statement).fetchall()

    def tables(self, *names: str) -> dict[str, list[Any]]:
        return {name: sorted(self.rows(f"SELECT * FROM {name}"), key=repr) for name in names}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "hub"
    asyncio.run(embedded_hub(folder / "hub.sqlite"))
    return folder


@pytest.fixture
def hub(made: Path, tmp_path: Path) -> Hub:
    """Processed, waiting, delivered, undeliverable, and one message that was set aside for a fault that is mended."""
    return Hub(Path(shutil.copytree(made, tmp_path / "hub")))


@pytest.fixture
def same(hub: Hub) -> Hub:
    """One that decides the same again: what was set aside was released since."""
    hub.change("UPDATE aside SET released_at = ? WHERE id = ?", NOW.isoformat(), poison().id)
    return hub


# --- the proof -----------------------------------------------------------------------------------------


def test_nothing_differs_where_nothing_changed(same: Hub) -> None:
    before = same.tables(*OTHERS, *FIGURES)

    result = same.replay()

    assert result.exit_code == 0, result.output
    assert f"Decided {DECIDED} messages" in result.stdout
    assert "All of it is the same" in result.stdout
    assert same.tables(*OTHERS, *FIGURES) == before
    assert [one.name for one in same.folder.iterdir()] == ["hub.sqlite"]
    assert same.rows("SELECT action, place FROM audit ORDER BY number")[-1] == ("read", "ijwhub replay")


def test_a_fault_that_is_mended_is_told(hub: Hub) -> None:
    """It was set aside and waits there; what would be decided now is worth knowing."""
    (found,) = hub.told()["differences"]["messages"]

    assert (found["id"], found["position"]) == (poison().id, DECIDED)
    assert found["was"]["reason"] == "KeyError in some.py:7"
    assert (found["would_be"]["outcome"], found["would_be"]["findings"]) == ("refused", {"TR056": 1})
    assert found["differs"] == ["verdict", "findings", "reason", "outputs"]


def test_what_was_released_is_not_decided_a_second_time(same: Hub) -> None:
    """Its release stands in the log under a reference of its own, and is decided where it stands."""
    again = msgspec.structs.replace(poison(), id="00000000-0000-5000-8000-000000000002", reference="poison/vrijgave-1")

    async def release() -> None:
        store = SqliteStore(same.file)
        await store.append([again])
        await go_on(store)
        await store.close()

    asyncio.run(release())
    found = same.told()

    assert found["position"] == DECIDED + 30 + 1
    assert found["differences"] == {"messages": [], "dossiers": []}


def test_a_delivery_that_came_twice_is_one(same: Hub) -> None:
    async def offer() -> None:
        store = SqliteStore(same.file)
        assert [one.outcome for one in await store.append(offered()[:3])] == ["repeat"] * 3
        await store.close()

    asyncio.run(offer())

    assert same.told()["position"] == DECIDED


@pytest.mark.parametrize(
    ("statement", "differs"),
    [
        ("UPDATE verdict SET judged = json_set(judged, '$.outcome', 'partly') WHERE envelope_id = ?", ["verdict"]),
        ("UPDATE verdict SET judged = json_remove(judged, '$.not_checked') WHERE envelope_id = ?", ["not checked"]),
        ("UPDATE verdict SET reason = 'another' WHERE envelope_id = ?", ["reason"]),
        ("UPDATE output SET body = x'00' WHERE kind = 'antwoord' AND envelope_id = ?", ["bytes"]),
        ("UPDATE output SET sha256 = 'other' WHERE kind = 'bericht' AND envelope_id = ?", ["bytes"]),
        ("UPDATE output SET outcome = 'partly' WHERE kind = 'antwoord' AND envelope_id = ?", ["outputs"]),
        ("UPDATE output SET copy = 1 WHERE kind = 'antwoord' AND envelope_id = ?", ["outputs"]),
        ("UPDATE output SET receiver = 'p-0397' WHERE kind = 'antwoord' AND envelope_id = ?", ["receivers"]),
        ("DELETE FROM output WHERE kind = 'antwoord' AND envelope_id = ?", ["outputs"]),
        ("UPDATE output SET id = id || 'x' WHERE kind = 'antwoord' AND envelope_id = ?", ["outputs"]),
    ],
    ids=["verdict", "not checked", "reason", "answer", "passed on", "outcome", "copy", "receiver", "lacks", "id"],
)  # fmt: skip
def test_a_difference_is_told_by_what_differs(same: Hub, statement: str, differs: list[str]) -> None:
    message = offered()[4].id
    same.change(statement, message)

    assert same.differs() == {message: differs}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE output SET delivered_at = '2026-06-01T00:00:00+00:00', attempts = 3, failed_at = NULL, reason = 'x'",
        "UPDATE output SET acknowledged_at = '2026-06-01T00:00:00+00:00', undeliverable_at = NULL",
        "UPDATE output SET size = NULL, sha256 = NULL, answers = NULL, outcome = NULL",
        "DELETE FROM output WHERE number > 1000000",
    ],
    ids=["delivered", "acknowledged", "from a version before 0.3", "told of what could not be delivered"],
)
def test_what_came_after_the_decision_is_not_compared(same: Hub, statement: str) -> None:
    same.change(statement)

    assert same.replay().exit_code == 0


def test_a_message_that_is_not_as_it_was_taken_in_is_found(same: Hub) -> None:
    message = offered()[0]
    same.change("UPDATE log SET body = ? WHERE id = ?", message.body + b" ", message.id)

    assert same.differs() == {message.id: ["bytes"]}


@pytest.mark.parametrize("change", ["lacks", "more", "other"])
def test_a_dossier_that_differs_is_told_by_relation_and_kind(same: Hub, change: str) -> None:
    relation, key, row = same.rows("SELECT relation, key, row FROM dossier ORDER BY relation, key LIMIT 1")[0]
    kind = type(decoded(row)).__name__
    statement = {
        "lacks": "DELETE FROM dossier WHERE relation = ? AND key = ?",
        "more": "INSERT INTO dossier SELECT relation, key || 'x', row FROM dossier WHERE relation = ? AND key = ?",
        "other": f"UPDATE dossier SET row = (SELECT row FROM dossier WHERE key <> '{key}' ORDER BY key DESC LIMIT 1) "
        "WHERE relation = ? AND key = ?",
    }[change]
    same.change(statement, relation, key)

    found = same.told()["differences"]

    assert [one["relation"] for one in found["dossiers"]] == [relation]
    assert found["messages"] == []
    assert sum(found["dossiers"][0]["rows"].values()) == 1
    assert change != "lacks" or found["dossiers"][0]["rows"] == {kind: 1}
    assert key not in same.replay().output


def test_the_same_row_in_other_bytes_is_the_same(same: Hub) -> None:
    """As a version with another layout would write it."""
    relation, key, row = same.rows("SELECT relation, key, row FROM dossier ORDER BY relation, key LIMIT 1")[0]
    other = msgspec.msgpack.encode({**msgspec.msgpack.decode(row), "field of later": 1})
    assert decoded(other) == decoded(row)
    assert encoded(decoded(other)) != other
    same.change("UPDATE dossier SET row = ? WHERE relation = ? AND key = ?", other, relation, key)

    assert same.replay().exit_code == 0


def test_a_party_that_is_connected_since_changes_nothing(same: Hub) -> None:
    parties = yaml.safe_load(same.parties.read_text())
    one = next(party for party in parties["parties"] if party["id"] == "p-65656001")
    one.update(via="office")
    del one["token_sha256"]
    office = {"id": "office", "kind": "indiener", "name": "Office"}
    same.parties.write_text(yaml.safe_dump({"parties": [*parties["parties"], office]}))
    same.change("UPDATE output SET receiver = 'office' WHERE receiver = 'p-65656001' AND delivered_at IS NULL")

    assert same.replay().exit_code == 0


def test_of_a_party_that_is_gone_everything_that_could_be_read_differs(same: Hub) -> None:
    write_parties(same.parties, GEMEENTEN, AANBIEDERS[1:])

    found = same.told()["differences"]["messages"]

    read = same.rows(
        "SELECT l.id FROM log l JOIN verdict v ON v.envelope_id = l.id "
        "WHERE l.relation LIKE '%:65656001' AND v.reason IS NULL AND json_extract(v.judged, '$.level') IS NOT 1"
    )
    assert {one["id"] for one in found} == {id for (id,) in read}
    set_aside = [one for one in found if one["would_be"]["reason"] is not None]
    assert {one["bericht"] for one in set_aside} == {"JW301"}


def test_a_table_for_people_tells_what_was_and_what_would_be(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    hub.change("UPDATE output SET body = x'00' WHERE kind = 'antwoord' AND envelope_id = ?", offered()[4].id)

    result = hub.replay()

    assert result.exit_code == 1
    assert "Of 2 messages something would differ:" in result.stdout
    text = " ".join(result.stdout.split())
    assert poison().id in text
    assert "set aside: KeyError in some.py:7" in text
    assert "the same, but for bytes" in text
    assert not [word for word in persons() if word in result.output]


def test_the_first_hundred_are_shown_and_all_are_told_to_machines(hub: Hub) -> None:
    async def more() -> None:
        store = SqliteStore(hub.file)
        messages = [one for _, one in zip(range(60), stream(RELATIONS[0]), strict=False)]
        taken = [taken_in(one, PARTIES, NOW) for one in messages]
        await store.append(
            [msgspec.structs.replace(one, reference=f"more-{n}", id=f"id-{n}") for n, one in enumerate(taken)]
        )
        await go_on(store)
        await store.close()

    asyncio.run(more())
    hub.change("UPDATE verdict SET reason = 'another'")
    result, found = hub.replay(), hub.told()

    count = len(found["differences"]["messages"])
    assert count == DECIDED + 30 + 60
    assert f"Of {count} messages something would differ:" in result.stdout
    assert "These are the first 100; --json tells all of them." in result.stdout


# --- what it is done in, and beside --------------------------------------------------------------------


def test_a_hub_may_be_at_work_meanwhile_and_is_seen_at_one_moment(same: Hub) -> None:
    async def beside() -> None:
        store = SqliteStore(same.file)
        await go_on(store)
        await store.close()

    running = SqliteStore(same.file)
    with past(same.file, alone=False) as then:
        asyncio.run(beside())
        decided = sum(map(len, then.batches(7)))
    found = same.told()
    asyncio.run(running.close())

    assert (then.position, decided) == (DECIDED, DECIDED)
    assert found["position"] == DECIDED + 30
    assert found["differences"] == {"messages": [], "dossiers": []}


def test_batches_are_small_when_messages_are_large(same: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.sqlite_replaying.MOST_BYTES", 5_000)
    with past(same.file, alone=False) as then:
        batches = list(then.batches(200))

    entries = [entry for batch in batches for entry in batch]
    assert [entry.position for entry in entries] == list(range(1, DECIDED + 1))
    assert all(sum(len(one.envelope.body) for one in batch) <= 5_000 for batch in batches)
    assert max(map(len, batches)) > 1


def test_it_is_done_beside_the_data_by_nobody_else_and_what_was_left_there_goes(same: Hub) -> None:
    (same.folder / FOLDER).mkdir(mode=0o755)
    (same.folder / FOLDER / "hub.sqlite").write_text("of one that was killed")

    with workplace(same.folder) as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert list(folder.iterdir()) == []
        second = same.replay()
    assert second.exit_code == 2
    assert "another replay is at work" in second.stderr
    assert not folder.exists()


def test_one_that_fails_leaves_nothing_behind(same: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> None:
        assert (same.folder / FOLDER / "hub.sqlite").exists()
        raise StoreError("database or disk is full")

    monkeypatch.setattr(SqliteStore, "commit", full)
    result = same.replay()

    assert result.exit_code == 2
    assert "disk is full" in result.stderr
    assert [one.name for one in same.folder.iterdir()] == ["hub.sqlite"]


@pytest.mark.parametrize("table", ["log", "verdict"])
def test_a_log_that_is_not_whole_is_refused(same: Hub, table: str) -> None:
    column = {"log": "id", "verdict": "envelope_id"}[table]
    same.change(f"DELETE FROM {table} WHERE {column} = ?", offered()[4].id)

    result = same.replay()

    assert result.exit_code == 2
    assert f"position {DECIDED} of its log, and has {DECIDED - 1} messages" in result.stderr


def test_a_hub_that_decided_nothing_is_the_same(tmp_path: Path) -> None:
    hub = Hub(tmp_path / "hub")
    asyncio.run(SqliteStore(hub.file).close())

    assert hub.told()["position"] == 0


def test_what_cannot_be_done_is_refused(same: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    same.parties.write_text("parties: [nobody]")
    assert same.replay().exit_code == 2
    assert "goes with --figures" in same.replay("--accept-differences").stderr
    assert "there is no database" in CliRunner().invoke(app, ["replay", "--data", str(tmp_path / "absent")]).stderr
    monkeypatch.setenv("IJWHUB_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("IJWHUB_DATABASE", "postgresql://ijwhub:a-secret@127.0.0.1:1/ijwhub")
    monkeypatch.setenv("IJWHUB_PSEUDONYM_KEY", "a secret of the tests")
    on_kafka = CliRunner().invoke(app, ["replay"])
    assert on_kafka.exit_code == 2
    assert "this hub is on Kafka" in on_kafka.stderr


# --- figures anew --------------------------------------------------------------------------------------


@pytest.fixture
def keyed(same: Hub, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """With the key under which its events were made."""
    monkeypatch.setenv("IJWHUB_PSEUDONYM_KEY", "a secret of the tests")
    return same


def events(hub: Hub) -> Iterator[Any]:
    for (value,) in hub.rows("SELECT value FROM outbox ORDER BY position, number"):
        yield event_of(value)


def test_under_the_same_key_the_same_events_are_made(keyed: Hub) -> None:
    set_aside = f"WHERE position <> {DECIDED}"
    before, others = keyed.rows(f"SELECT * FROM outbox {set_aside} ORDER BY id"), keyed.tables(*OTHERS)

    result = keyed.replay("--figures")

    assert result.exit_code == 0, result.output
    assert "figures were replaced" in result.stdout
    assert len(before) > DECIDED
    assert keyed.rows(f"SELECT * FROM outbox {set_aside} ORDER BY id") == before
    assert keyed.tables(*OTHERS) == others
    assert {fold for (fold,) in keyed.rows("SELECT fold FROM fold_progress")} >= {"care", "claims", "berichten"}
    assert keyed.rows("SELECT count(*) FROM fold_row WHERE key IN ('waiting', 'started')") == [(0,)]
    assert keyed.rows("SELECT action, place FROM audit ORDER BY number")[-1] == ("read", "ijwhub replay --figures")


def test_figures_that_were_never_told_are_told(keyed: Hub) -> None:
    keyed.replay("--figures")
    before = keyed.tables("outbox", "fold_row")
    for table in FIGURES:
        keyed.change(f"DELETE FROM {table}")

    assert keyed.replay("--figures").exit_code == 0
    assert keyed.tables("outbox", "fold_row") == before


def test_under_another_key_clients_are_others_and_nothing_else_changes(same: Hub) -> None:
    """The key is made, for none is there: the old one was taken away."""
    keys = {one.subject for one in events(same) if ":" not in one.subject}

    assert same.replay("--figures").exit_code == 0

    after = list(events(same))
    key = (same.folder / NAME).read_bytes()
    assert len(key) == 64
    # By this a hub with yet another key is refused.
    assert same.rows(f"SELECT row FROM fold_row WHERE fold = '{KEY_CHECK}'") == [(pseudonym(key, KEY_CHECK).encode(),)]
    assert stat.S_IMODE((same.folder / NAME).stat().st_mode) == 0o600
    others = {one.subject for one in after if ":" not in one.subject}
    assert len(others) == len(keys) == len(RELATIONS)
    assert not others & keys
    assert same.replay("--figures").exit_code == 0
    assert list(events(same)) == after


def test_with_differences_figures_stay_unless_accepted(hub: Hub) -> None:
    before = hub.tables(*FIGURES)
    refused = hub.replay("--figures")
    left, key = hub.tables(*FIGURES), (hub.folder / NAME).exists()
    accepted = hub.replay("--figures", "--accept-differences")

    assert refused.exit_code == 1
    assert "would tell what did not happen" in refused.stderr
    assert poison().id in refused.stdout
    assert left == before
    assert not key, "a hub with another key than that of its events does not start"
    assert accepted.exit_code == 0, accepted.output
    assert poison().id in accepted.stdout
    assert (hub.folder / NAME).exists()


def test_figures_of_a_hub_that_runs_are_left_alone(keyed: Hub) -> None:
    running = SqliteStore(keyed.file)
    before = keyed.tables(*FIGURES)

    result = keyed.replay("--figures")

    after = keyed.tables(*FIGURES)
    asyncio.run(running.close())
    assert result.exit_code == 2
    assert "is in use by a hub" in result.stderr
    assert after == before


def test_no_hub_can_start_while_figures_are_made(keyed: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    fold = replaying._fold

    async def starting(*arguments: Any) -> None:
        try:
            with closing(sqlite3.connect(keyed.file, timeout=0)) as connection:
                connection.execute("SELECT count(*) FROM log")
        except sqlite3.OperationalError as error:
            tried.append(str(error))
        await fold(*arguments)

    monkeypatch.setattr(replaying, "_fold", starting)

    assert keyed.replay("--figures").exit_code == 0
    assert tried == ["database is locked"]


def test_figures_are_replaced_in_one_go(keyed: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """What breaks halfway leaves all as it was."""
    before = keyed.tables(*FIGURES)
    monkeypatch.setattr(sqlite_replaying, "_FIGURES", (tables.outbox, tables.fold_row, tables.metadata.tables["log"]))
    keyed.change("CREATE TRIGGER broken BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'broken'); END")
    result = keyed.replay("--figures")

    assert result.exit_code == 2
    assert keyed.tables(*FIGURES) == before
