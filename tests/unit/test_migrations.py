"""Migrations: they lead to exactly the tables of connectors.tables, and carry over all that an older file holds."""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Integer, MetaData, create_engine
from typer.testing import CliRunner, Result

from connectors import migrating, tables
from connectors.migrating import HEAD, VERSIONS, Upgraded, created, refuse_other, upgrade, version_at
from connectors.sqlite_store import SqliteStore
from schemas.ijw_3_2.dossier.rows import Key, Received, encoded
from streams.cli.app import app
from streams.core.effects import Answer, Deliver, Judged, Remember
from streams.core.envelope import Envelope, envelope_id, output_id, wire_reference
from streams.core.intake import Rejection
from streams.core.ports import Entry, Progress, Step, StoreError

RELATION = "0392:65656001"
KEY = Key("received 65656001 JW305 A1")
NOON = datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=UTC)
LATER = datetime(2026, 5, 4, 12, 5, tzinfo=UTC)
FIRST, SECOND = (envelope_id("aanbieder", name, b"<a/>") for name in ("r1", "r2"))
REJECTION = Rejection(reason="unknown-receiver", title="Unknown receiver", detail="No party has this code.")

OLD_TABLES = """
CREATE TABLE aside (id TEXT NOT NULL, at TEXT NOT NULL, source TEXT NOT NULL, party TEXT NOT NULL,
    reference TEXT NOT NULL, reason TEXT NOT NULL, rejection TEXT, envelope_id TEXT, size INTEGER NOT NULL,
    body BLOB NOT NULL, released_at TEXT, PRIMARY KEY (id));
CREATE TABLE dossier (relation TEXT NOT NULL, "key" TEXT NOT NULL, "row" BLOB NOT NULL, PRIMARY KEY (relation, "key"))
    WITHOUT ROWID;
CREATE TABLE log (position INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, received_at TEXT NOT NULL,
    source TEXT NOT NULL, party TEXT NOT NULL, reference TEXT NOT NULL, bericht TEXT NOT NULL, relation TEXT NOT NULL,
    receiver TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (party, reference), UNIQUE (id));
CREATE TABLE output (id TEXT NOT NULL, position INTEGER NOT NULL, number INTEGER NOT NULL, envelope_id TEXT NOT NULL,
    receiver TEXT NOT NULL, kind TEXT NOT NULL, bericht TEXT, copy BOOLEAN NOT NULL, created_at TEXT NOT NULL,
    body BLOB, delivered_at TEXT, acknowledged_at TEXT, PRIMARY KEY (id));
CREATE INDEX output_by_envelope ON output (position);
CREATE INDEX output_by_receiver ON output (receiver, acknowledged_at, position, number);
CREATE TABLE progress (name TEXT NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (name));
CREATE TABLE verdict (position INTEGER NOT NULL, decided_at TEXT NOT NULL, judged TEXT NOT NULL, reason TEXT,
    PRIMARY KEY (position));
"""


def envelope(reference: str, at: datetime = NOON) -> Envelope:
    return Envelope(
        id=envelope_id("aanbieder", reference, b"<a/>"),
        received_at=at,
        source="http",
        party="aanbieder",
        reference=reference,
        bericht="JW305",
        relation=RELATION,
        receiver="0392",
        body=b"<a/>",
    )


def _old_log(position: int, one: Envelope) -> dict[str, object]:
    known = {name: value for name, value in msgspec.structs.asdict(one).items() if name != "software"}
    return {"position": position, **known, "received_at": one.received_at.isoformat()}


def _old_output(number: int, **values: object) -> dict[str, object]:
    known = {"id": output_id(FIRST, number), "position": 3, "number": number, "envelope_id": FIRST, "copy": False}
    moments = {"created_at": LATER.isoformat(), "delivered_at": None, "acknowledged_at": None}
    return known | moments | values


def _old_aside(id: str, **values: object) -> dict[str, object]:
    known = {"id": id, "at": NOON.isoformat(), "source": "folder", "party": "aanbieder", "reference": f"f-{id}"}
    return (
        known
        | {"reason": "unknown-receiver", "rejection": None, "envelope_id": None, "size": 3, "body": b"\x00\xff<"}
        | values
    )


OLD_ROWS: dict[str, list[dict[str, object]]] = {
    "log": [_old_log(3, envelope("r1")), _old_log(7, envelope("r2", LATER))],
    "progress": [{"name": "exchange", "position": 3}],
    "verdict": [
        {
            "position": 3,
            "decided_at": LATER.isoformat(),
            "judged": msgspec.json.encode(Judged(outcome="accepted", bericht="JW305")).decode(),
            "reason": None,
        }
    ],
    "dossier": [
        {
            "relation": RELATION,
            "key": str(KEY),
            "row": encoded(Received(envelope_id=FIRST, sender_party="aanbieder", accepted=True)),
        }
    ],
    "output": [
        _old_output(1, receiver="haarlem", kind="bericht", bericht="JW305", body=None),
        _old_output(
            2,
            receiver="aanbieder",
            kind="antwoord",
            bericht="JW306",
            body=b"<antwoord/>",
            delivered_at=LATER.isoformat(),
            acknowledged_at=LATER.isoformat(),
        ),
        _old_output(3, receiver="cjg", kind="bericht", bericht="JW305", copy=True, body=None),
    ],
    "aside": [
        _old_aside("a1", rejection=msgspec.json.encode(REJECTION).decode(), released_at=None),
        _old_aside("a2", at=LATER.isoformat(), envelope_id=SECOND, released_at=LATER.isoformat()),
    ],
}
"""What the tables of version 0001 hold: two messages, of which the hub processed the first."""


def new_rows() -> dict[str, list[dict[str, Any]]]:
    """The same in the tables of this version, with moments as text."""
    rows = {name: [dict(row) for row in found] for name, found in OLD_ROWS.items()}
    for row in rows["log"]:
        row |= {"partition": 0, "software": None}
    for row in rows["output"]:
        answers = FIRST if row["kind"] == "antwoord" else None
        row |= {"partition": 0, "reference": wire_reference(str(row["id"])), "answers": answers}
        row |= {"outcome": "accepted" if answers else None, "size": None, "sha256": None, "attempts": 0}
        row |= {"failed_at": None, "reason": None, "undeliverable_at": None}
    rows["progress"] = [{"partition": 0, "position": 3, "decided_at": LATER.isoformat()}]
    for row in rows["verdict"]:
        row["envelope_id"] = FIRST
        del row["position"]
    return rows | {"outbox": [], "fold_progress": [], "fold_row": [], "audit": []}


def _output_0002(number: int, **values: object) -> dict[str, object]:
    return _old_output(number) | {"partition": 4} | values


ROWS_0002: dict[str, list[dict[str, object]]] = {
    "log": [
        {**_old_log(3, envelope("r1")), "partition": 4, "body": None},
        {**_old_log(0, envelope("r2")), "partition": None, "position": None, "body": None},
    ],
    "verdict": [
        {
            "envelope_id": FIRST,
            "decided_at": LATER.isoformat(),
            "judged": msgspec.json.encode(Judged(outcome="partly", bericht="JW323")).decode(),
            "reason": None,
        }
    ],
    "output": [
        _output_0002(1, receiver="haarlem", kind="bericht", bericht="JW323", body=b"<a/>"),
        _output_0002(2, receiver="aanbieder", kind="antwoord", bericht="JW325", body=b"<antwoord/>"),
        _output_0002(3, receiver="aanbieder", kind="fout", bericht=None, body=b"{}", envelope_id="of no log"),
        *(_output_0002(n, receiver="haarlem", kind="bericht", bericht="JW323", body=None) for n in range(4, 2500)),
    ],
}
"""What tables of version 0002 hold on Kafka: another partition, a message without place, many outputs."""


def rows_0003() -> dict[str, list[dict[str, Any]]]:
    """The same three tables in version 0003, with moments as text."""
    none = dict.fromkeys(("answers", "outcome", "size", "sha256", "failed_at", "reason", "undeliverable_at"))
    rows = {name: [dict(row) for row in found] for name, found in ROWS_0002.items()}
    rows["log"] = [row | {"software": None} for row in rows["log"]]
    rows["output"] = [
        row | none | {"attempts": 0, "reference": wire_reference(str(row["id"]))} for row in rows["output"]
    ]
    rows["output"][1] |= {"answers": FIRST, "outcome": "partly"}
    rows["output"][2] |= {"answers": "of no log"}
    return rows


def rows_in(path: Path) -> dict[str, list[dict[str, Any]]]:
    with closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        return {name: [dict(row) for row in db.execute(f"SELECT * FROM {name}")] for name in tables.metadata.tables}


def definitions(path: Path) -> dict[str, str]:
    """What SQLite keeps of every table and index, the WHERE of partial ones included."""
    with closing(sqlite3.connect(path)) as db:
        found = db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'sqlite_sequence'")
        return {name: "".join(sql.split()) for name, sql in found}


def differences(path: Path, metadata: MetaData = tables.metadata) -> list[Any]:
    with closing(sqlite3.connect(path)) as db:
        engine = create_engine("sqlite://", creator=lambda: db)
        with engine.connect() as connection:
            found: list[Any] = compare_metadata(MigrationContext.configure(connection), metadata)
        return found


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    path = tmp_path / "hub.sqlite"
    path.touch()
    return path


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A file of the released version 2, as a hub left it that was killed: what it wrote stands in the WAL only."""
    made, path = tmp_path / "made.sqlite", tmp_path / "hub.sqlite"
    with closing(sqlite3.connect(made)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(OLD_TABLES)
        for table, rows in OLD_ROWS.items():
            for row in rows:
                marks = ", ".join("?" * len(row))
                db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
        db.execute("PRAGMA user_version = 2")
        db.commit()
        for end in ("", "-wal"):
            shutil.copy(f"{made}{end}", f"{path}{end}")
    return path


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    path = tmp_path / "fresh.sqlite"
    with closing(sqlite3.connect(path)) as db:
        created(db)
        db.commit()
    return path


# --- The tables ----------------------------------------------------------------------------------------


def test_every_migration_is_in_the_list_of_versions() -> None:
    script = ScriptDirectory.from_config(migrating._config())
    assert tuple(sorted(one.revision for one in script.walk_revisions())) == VERSIONS
    assert script.get_current_head() == HEAD


async def test_the_migrations_lead_to_the_tables_as_they_are_defined(empty: Path, fresh: Path) -> None:
    assert await upgrade(empty) == Upgraded(None, HEAD)
    assert differences(empty) == []
    assert definitions(empty) == definitions(fresh)


def test_a_new_file_has_the_tables_as_they_are_defined(fresh: Path) -> None:
    assert differences(fresh) == []


async def test_an_upgraded_file_is_no_different_from_a_new_one(old: Path, fresh: Path) -> None:
    assert await upgrade(old) == Upgraded("0001", HEAD)
    assert differences(old) == []
    assert definitions(old) == definitions(fresh)
    assert marks(old) == marks(fresh)


def marks(path: Path) -> tuple[int, str]:
    with closing(sqlite3.connect(path)) as db:
        ((mark,),) = db.execute("PRAGMA user_version")
        ((version,),) = db.execute("SELECT version_num FROM alembic_version")
        return mark, version


def test_a_change_of_the_tables_without_a_migration_is_noticed(fresh: Path) -> None:
    changed = MetaData()
    for table in tables.metadata.tables.values():
        table.to_metadata(changed)
    changed.tables["outbox"].append_column(Column("attempts", Integer))
    assert [found[0] for found in differences(fresh, changed)] == ["add_column"]


async def test_the_first_migration_makes_the_tables_as_they_were(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "HEAD", "0001")
    await upgrade(empty)
    by_hand = tmp_path / "by_hand.sqlite"
    with closing(sqlite3.connect(by_hand)) as db:
        db.executescript(OLD_TABLES)
    made = definitions(empty)
    del made["alembic_version"]
    assert made == definitions(by_hand)


def test_there_is_no_way_back() -> None:
    script = ScriptDirectory.from_config(migrating._config())
    for one in script.walk_revisions():
        with pytest.raises(NotImplementedError, match=f"no way back from version {one.revision}; put a backup"):
            one.module.downgrade()


# --- What is in them -----------------------------------------------------------------------------------


async def test_every_row_is_carried_over(old: Path) -> None:
    await upgrade(old)
    assert rows_in(old) == new_rows()


async def test_the_second_version_is_carried_over_whole(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(migrating, "HEAD", "0002")
        await upgrade(empty)
    with closing(sqlite3.connect(empty)) as db:
        for table, rows in ROWS_0002.items():
            names = rows[0].keys()
            insert = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"
            db.executemany(insert, rows)
        db.commit()
    assert await upgrade(empty) == Upgraded("0002", HEAD)
    found = rows_in(empty)
    expected = rows_0003()
    assert {name: sorted(found[name], key=itemgetter("id")) for name in ("log", "output")} == {
        name: sorted(expected[name], key=itemgetter("id")) for name in ("log", "output")
    }
    assert found["verdict"] == expected["verdict"]


async def test_the_audit_log_of_an_upgraded_file_takes_no_change(old: Path) -> None:
    await upgrade(old)
    with closing(sqlite3.connect(old)) as db:
        db.execute("INSERT INTO audit VALUES (1, 'now', 'a', 'token', 'read', 'GET /', '', '', '0', '1')")
        for change in ("UPDATE audit SET actor = 'b'", "DELETE FROM audit"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                db.execute(change)


async def test_upgrading_twice_is_harmless(old: Path) -> None:
    await upgrade(old)
    once = (rows_in(old), old.read_bytes())
    assert await upgrade(old) == Upgraded(HEAD, HEAD)
    assert (rows_in(old), old.read_bytes()) == once


async def test_several_files_at_once_in_one_process_do_no_harm(old: Path, fresh: Path) -> None:
    assert await version_at(old) == "0001"  # leaves everything in the file itself
    copies = [Path(shutil.copy(old, old.with_name(f"copy-{n}.sqlite"))) for n in range(4)]
    assert await asyncio.gather(*map(upgrade, copies)) == [Upgraded("0001", HEAD)] * 4
    assert [definitions(copy) for copy in copies] == [definitions(fresh)] * 4
    assert [rows_in(copy) for copy in copies] == [new_rows()] * 4


async def test_the_store_finds_everything_after_an_upgrade(old: Path) -> None:
    await upgrade(old)
    store = SqliteStore(old)
    assert await store.read({0: 0}, 10) == (Entry(3, envelope("r1")), Entry(7, envelope("r2", LATER)))
    assert await store.progress([0]) == {0: Progress(3, LATER)}
    assert await store.decided([FIRST, SECOND]) == {FIRST}
    assert (await store.rows([(RELATION, KEY)]))[RELATION, KEY].accepted  # type: ignore[union-attr]
    (waiting,) = await store.waiting()
    assert (waiting.position, waiting.count, waiting.since) == (3, 1, LATER)
    await store.close()


async def test_traces_and_outputs_are_there_after_an_upgrade(old: Path) -> None:
    await upgrade(old)
    store = SqliteStore(old)
    first, second = await store.trace(FIRST), await store.trace(SECOND)
    assert first is not None
    assert second is not None
    assert (first.partition, first.position, first.received_at, first.decided_at) == (0, 3, NOON, LATER)
    assert first.judged == Judged(outcome="accepted", bericht="JW305")
    assert [(head.receiver, head.copy, head.acknowledged_at) for head in first.outputs] == [
        ("haarlem", False, None),
        ("aanbieder", False, LATER),
        ("cjg", True, None),
    ]
    assert (second.position, second.judged) == (7, None)
    bodies = [await store.output(head.receiver, head.id) for head in first.outputs]
    assert [found.body for found in bodies if found] == [b"<a/>", b"<antwoord/>", b"<a/>"]
    await store.close()


async def test_what_was_set_aside_is_there_after_an_upgrade(old: Path) -> None:
    await upgrade(old)
    store = SqliteStore(old)
    (waits,) = await store.aside()
    assert (waits.id, waits.at, waits.rejection, waits.body) == ("a1", NOON, REJECTION, b"\x00\xff<")
    released = await store.set_aside_by_id("a2")
    assert released is not None
    assert released.envelope_id == SECOND
    await store.close()


async def test_the_hub_goes_on_after_an_upgrade(old: Path) -> None:
    await upgrade(old)
    store = SqliteStore(old)
    repeat, new = await store.append([envelope("r1"), envelope("r3")])
    assert [(one.outcome, one.position) for one in (repeat, new)] == [("repeat", 3), ("new", 8)]
    entries = await store.read({0: 3}, 10)
    await store.commit({0: 3}, [accepted(entry) for entry in entries])
    assert await store.progress([0]) == {0: Progress(8, LATER)}
    waiting = await store.outputs("haarlem", "acknowledged", 10)
    assert [head.envelope_id for head in waiting] == [FIRST, SECOND, envelope("r3").id]
    assert await store.mark("haarlem", waiting[0].id, "acknowledged", LATER)
    await store.released("a1", LATER)
    assert await store.aside() == ()
    await store.close()


def accepted(entry: Entry) -> Step:
    id = entry.envelope.id
    row = Received(envelope_id=id, sender_party="aanbieder", accepted=True)
    effects = (
        Judged(outcome="accepted", bericht="JW305"),
        Deliver(id=output_id(id, 1), receiver="haarlem", bericht="JW305"),
        Answer(id=output_id(id, 2), receiver="aanbieder", bericht="JW306", body=b"<antwoord/>"),
        Remember(relation=RELATION, rows={KEY: row}),
    )
    return Step(entry=entry, effects=effects, decided_at=LATER)


# --- What cannot be upgraded ---------------------------------------------------------------------------


async def test_a_hub_refuses_an_older_file_and_says_what_to_do(old: Path) -> None:
    with pytest.raises(StoreError) as refused:
        SqliteStore(old)
    assert str(refused.value) == (
        f"{old} holds tables of version 0001; this hub works with version {HEAD}. "
        "Stop the hub, make a backup, and run: ijwhub db upgrade"
    )


async def test_a_newer_file_is_refused_by_the_hub_and_by_an_upgrade(fresh: Path) -> None:
    with closing(sqlite3.connect(fresh)) as db:
        db.execute("UPDATE alembic_version SET version_num = '0815'")
        db.commit()
    text = "holds tables of version 0815; .* A newer ijwhub made them: start that one"
    with pytest.raises(StoreError, match=text):
        SqliteStore(fresh)
    before = fresh.read_bytes()
    with pytest.raises(StoreError, match=text):
        await upgrade(fresh)
    assert fresh.read_bytes() == before


async def test_version_1_is_refused_by_the_hub_and_by_an_upgrade(old: Path) -> None:
    with closing(sqlite3.connect(old)) as db:
        db.execute("PRAGMA user_version = 1")
    text = "holds tables of version 1; .* cannot be upgraded. Start the ijwhub that made it"
    with pytest.raises(StoreError, match=text):
        SqliteStore(old)
    with pytest.raises(StoreError, match=text):
        await upgrade(old)


async def test_tables_of_something_else_are_left_alone(empty: Path) -> None:
    with closing(sqlite3.connect(empty)) as db:
        db.execute("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(StoreError, match="holds tables that are not of the hub"):
        await upgrade(empty)


async def test_what_is_no_database_is_refused(empty: Path) -> None:
    empty.write_bytes(b"<bericht/>" * 200)
    with pytest.raises(StoreError, match="cannot be used: file is not a database"):
        await upgrade(empty)


async def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no database"):
        await upgrade(tmp_path / "hub.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_no_tables_at_all_has_a_text_of_its_own() -> None:
    with pytest.raises(StoreError, match=r"the database of the hub has no tables of the hub yet; run: ijwhub db up"):
        refuse_other(None, "the database of the hub")


async def test_a_file_that_does_not_fit_is_left_as_it_was(old: Path) -> None:
    with closing(sqlite3.connect(old)) as db:
        db.execute("INSERT INTO verdict VALUES (99, '2026-05-04T12:00:00+00:00', '{}', NULL)")
        db.commit()
    with pytest.raises(StoreError, match=r"table verdict has 2 rows, of which only 1 fit .* Nothing was changed"):
        await upgrade(old)
    assert await version_at(old) == "0001"
    assert len(rows_in_old(old, "log")) == 2
    assert {name for name in definitions(old) if name.endswith("_0001")} == set()


def rows_in_old(path: Path, table: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(f"SELECT * FROM {table}").fetchall()


@pytest.fixture
def busy(old: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """A hub of the old version that has the file open and waits for messages."""
    monkeypatch.setattr(migrating, "_PATIENCE", 0.1)
    with closing(sqlite3.connect(old, isolation_level=None)) as hub:
        hub.execute("SELECT * FROM log").fetchall()
        yield hub


async def test_a_file_that_a_hub_has_open_is_not_touched(old: Path, busy: sqlite3.Connection) -> None:
    with pytest.raises(StoreError, match=r"is in use by a hub or another command\. Stop it, and run again"):
        await upgrade(old)
    assert await version_at(old) == "0001"
    busy.execute("UPDATE progress SET position = 7")
    busy.close()
    assert await upgrade(old) == Upgraded("0001", HEAD)
    assert rows_in(old)["progress"][0]["position"] == 7


async def test_an_old_hub_refuses_what_was_upgraded_by_the_number_it_knows(old: Path, fresh: Path) -> None:
    await upgrade(old)
    assert marks(old)[0] == marks(fresh)[0] == 3


# --- The commands --------------------------------------------------------------------------------------


def ijwhub(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"IJWHUB_DATABASE": None, "IJWHUB_KAFKA": None})


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_upgrade_tells_from_which_version_to_which(old: Path) -> None:
    told = ijwhub("db", "upgrade", "--data", str(old.parent))
    assert (told.exit_code, told.stdout) == (0, f"{old} went from version 0001 to version {HEAD}.\n")
    again = ijwhub("db", "upgrade", "--data", str(old.parent))
    assert (again.exit_code, again.stdout) == (0, f"{old} is of version {HEAD} already; there was nothing to do.\n")


def test_upgrade_of_an_empty_file_makes_the_tables(empty: Path) -> None:
    told = ijwhub("db", "upgrade", "--data", str(empty.parent))
    assert (told.exit_code, told.stdout) == (0, f"{empty} had no tables yet; they were made, of version {HEAD}.\n")


def test_version_tells_whether_this_hub_works_with_it(old: Path) -> None:
    before = ijwhub("db", "version", "--data", str(old.parent))
    assert before.exit_code == 1
    assert "holds tables of version 0001" in flat(before.stderr)
    assert "run: ijwhub db upgrade" in flat(before.stderr)
    asyncio.run(upgrade(old))
    after = ijwhub("db", "version", "--data", str(old.parent))
    assert (after.exit_code, after.stdout) == (0, f"{old} is of version {HEAD}, which this hub works with.\n")


@pytest.mark.parametrize("command", ["upgrade", "version"])
def test_a_folder_without_a_database_is_refused(command: str, tmp_path: Path) -> None:
    told = ijwhub("db", command, "--data", str(tmp_path))
    assert told.exit_code == 2
    assert "there is no database" in told.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_upgrade_beside_a_hub_is_refused(old: Path, busy: sqlite3.Connection) -> None:
    told = ijwhub("db", "upgrade", "--data", str(old.parent))
    assert told.exit_code == 2
    assert "is in use by a hub or another command" in told.stderr
