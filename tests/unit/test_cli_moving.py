"""`ijwhub export` and `import` of an embedded hub: equal afterwards, and refused when anything is not as it must be."""

from __future__ import annotations

import asyncio
import errno
import gzip
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from connectors import moving, tables
from connectors.moving import Export
from connectors.sqlite_store import SqliteStore
from streams.cli.app import app
from tests.support.moving import NOW, embedded_hub, everything, persons

TABLES = [table.name for table in moving.ORDER]


def command(*words: object, folder: Path | None = None) -> Result:
    where = ["--data", str(folder)] if folder else []
    return CliRunner().invoke(app, [*map(str, words), *where])


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a hub that nothing here changes."""
    folder = tmp_path_factory.mktemp("hub")
    asyncio.run(embedded_hub(folder / "hub.sqlite"))
    return folder


@pytest.fixture
def file(hub: Path, tmp_path: Path) -> Path:
    made = tmp_path / "hub.export"
    result = command("export", made, folder=hub)
    assert result.exit_code == 0, result.output
    return made


def rows(folder: Path, table: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "hub.sqlite")) as connection:
        return sorted(connection.execute(f"SELECT * FROM {table}"), key=repr)


def test_every_table_is_moved() -> None:
    assert set(moving.ORDER) == set(tables.metadata.sorted_tables)


def test_an_export_is_a_file_for_its_owner_that_tells_what_it_holds(hub: Path, tmp_path: Path) -> None:
    file = tmp_path / "hub.export"

    result = command("export", file, folder=hub)

    assert result.exit_code == 0, result.output
    header = Export(file).header
    assert (header.last, header.position, header.waiting) == (header.counts["log"], header.last - 30, 30)
    assert f"up to position {header.last} of its log" in result.stdout
    assert f"Messages: {header.position} processed, 30 waiting." in result.stdout
    assert "personal data" in result.stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["hub.export"]


def test_a_hub_is_equal_after_an_import(hub: Path, file: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"

    result = command("import", file, folder=new)

    assert result.exit_code == 0, result.output
    assert {name: rows(new, name) for name in TABLES} == {name: rows(hub, name) for name in TABLES}
    assert all(rows(new, name) for name in TABLES)
    assert asyncio.run(everything(new / "hub.sqlite")) == asyncio.run(everything(hub / "hub.sqlite"))
    assert [one.name for one in new.iterdir() if "import" in one.name] == []
    assert command("db", "version", folder=new).exit_code == 0


def test_an_export_of_the_new_hub_holds_the_same_rows_and_that_it_was_exported(file: Path, tmp_path: Path) -> None:
    command("import", file, folder=tmp_path / "new")
    command("export", tmp_path / "again", folder=tmp_path / "new")

    *rows, (table, noted) = Export(tmp_path / "again").rows()
    assert rows == list(Export(file).rows())
    assert (table, noted[4:6]) == ("audit", ["exported", "ijwhub export"])


def test_an_empty_hub_can_be_moved_too(tmp_path: Path) -> None:
    asyncio.run(SqliteStore(tmp_path / "old" / "hub.sqlite").close())

    assert command("export", tmp_path / "file", folder=tmp_path / "old").exit_code == 0
    assert command("import", tmp_path / "file", folder=tmp_path / "new").exit_code == 0


def test_nothing_of_a_person_is_told(hub: Path, file: Path, tmp_path: Path) -> None:
    told = [
        command("export", tmp_path / "other", folder=hub),
        command("import", file, folder=tmp_path / "new"),
        command("import", file, folder=tmp_path / "new"),
        command("status", folder=hub),
        command("status", "--json", folder=hub),
    ]

    text = "".join(one.output for one in told)
    assert not [word for word in persons() if word in text]


# --- a hub that runs -----------------------------------------------------------------------------------


def test_a_hub_that_runs_is_not_exported_unless_asked(hub: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    command("export", tmp_path / "file", folder=hub)
    command("import", tmp_path / "file", folder=copy)
    running = SqliteStore(copy / "hub.sqlite")

    refused = command("export", tmp_path / "refused", folder=copy)
    allowed = command("export", tmp_path / "allowed", "--running", folder=copy)

    asyncio.run(running.close())
    assert refused.exit_code == 2
    assert "is in use by a hub" in refused.stderr
    assert "--running" in refused.stderr
    assert not (tmp_path / "refused").exists()
    assert allowed.exit_code == 0, allowed.output
    assert "is not in it" in allowed.stdout


def test_an_export_of_a_running_hub_is_of_one_moment(hub: Path, tmp_path: Path) -> None:
    with moving.reading(hub / "hub.sqlite", running=True) as connection:
        header = moving._header(connection, NOW)
        with closing(sqlite3.connect(hub / "hub.sqlite")) as beside:
            beside.execute("INSERT INTO fold_row (fold, partition, key, row) VALUES ('later', 0, 'k', x'00')")
            beside.commit()
        seen = [row[0] for row in moving._selected(connection, tables.fold_row)]
    with closing(sqlite3.connect(hub / "hub.sqlite")) as beside:
        beside.execute("DELETE FROM fold_row WHERE fold = 'later'")
        beside.commit()

    assert "later" not in seen
    assert header.counts["fold_row"] == len(seen)


# --- what is refused -----------------------------------------------------------------------------------


def refused(file: Path, tmp_path: Path) -> str:
    result = command("import", file, folder=tmp_path / "new")
    assert result.exit_code == 2
    assert not (tmp_path / "new" / "hub.sqlite").exists()
    assert "Traceback" not in result.output
    assert "fault of its own" not in result.output
    return result.stderr


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_refused(file: Path, tmp_path: Path, part: float) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * part)])

    assert "damaged or cut off" in refused(file, tmp_path)


@pytest.mark.parametrize("part", [0.01, 0.3, 0.7, 0.9999])
def test_a_file_with_another_byte_is_refused(file: Path, tmp_path: Path, part: float) -> None:
    changed = bytearray(file.read_bytes())
    changed[int(len(changed) * part)] ^= 0xFF
    file.write_bytes(changed)

    assert "damaged" in refused(file, tmp_path)


def unpacked(file: Path) -> bytes:
    return gzip.decompress(file.read_bytes())


@pytest.mark.parametrize(
    "change",
    [
        lambda plain: plain.replace(b"p-0392", b"p-0393", 1),
        lambda plain: plain[:-100],
        lambda plain: plain + b"\x00\x00\x00\x01\xc0",
        lambda plain: plain[:40] + b"\xff\xff\xff\xff" + plain[44:],
    ],
    ids=["another value", "no footer", "more", "nonsense"],
)
def test_a_file_that_was_changed_and_packed_again_is_refused(file: Path, tmp_path: Path, change: object) -> None:
    assert callable(change)
    file.write_bytes(gzip.compress(change(unpacked(file))))

    assert "damaged" in refused(file, tmp_path)


def test_a_file_without_one_row_is_refused(file: Path, tmp_path: Path) -> None:
    plain = unpacked(file)
    start = len(b"ijwhub export\n")
    start += 4 + int.from_bytes(plain[start : start + 4])
    end = start + 4 + int.from_bytes(plain[start : start + 4])
    file.write_bytes(gzip.compress(plain[:start] + plain[end:]))

    assert "damaged" in refused(file, tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"", b"something else", gzip.compress(b"something else", mtime=0), b"\x1f\x8bxx"],
    ids=["empty", "text", "compressed text", "cut off"],
)
def test_another_kind_of_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)

    assert str(tmp_path / "file") in refused(tmp_path / "file", tmp_path)


def test_a_file_of_another_version_is_refused(hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as other:
        other.setattr(moving, "HEAD", "0099")
        command("export", tmp_path / "tables", folder=hub)
    with monkeypatch.context() as other:
        other.setattr(moving, "FORMAT", 2)
        command("export", tmp_path / "form", folder=hub)

    assert "holds tables of version 0099; this ijwhub works with version" in refused(tmp_path / "tables", tmp_path)
    assert "is of form 2; this ijwhub reads form 1" in refused(tmp_path / "form", tmp_path)


def test_a_folder_with_a_hub_is_refused(hub: Path, file: Path) -> None:
    before = (hub / "hub.sqlite").read_bytes()

    result = command("import", file, folder=hub)

    assert result.exit_code == 2
    assert "is there already" in result.stderr
    assert (hub / "hub.sqlite").read_bytes() == before


def test_a_log_left_behind_by_a_database_is_refused(file: Path, tmp_path: Path) -> None:
    """SQLite would play it into the new database."""
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "hub.sqlite-wal").write_bytes(b"old")

    assert "hub.sqlite-wal is there already" in refused(file, tmp_path)


def test_an_import_that_broke_off_is_done_again(file: Path, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / ".hub.sqlite.import").write_bytes(b"half")

    assert command("import", file, folder=tmp_path / "new").exit_code == 0


def test_an_export_overwrites_nothing(hub: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")

    result = command("export", tmp_path / "file", folder=hub)

    assert result.exit_code == 2
    assert "overwrites nothing" in result.stderr
    assert (tmp_path / "file").read_text() == "mine"


def test_what_cannot_be_written_or_read_is_told(hub: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "absent" / "file"

    for result in (command("export", nowhere, folder=hub), command("import", nowhere, folder=tmp_path / "new")):
        assert result.exit_code == 2
        assert "No such file or directory" in result.stderr


def test_a_full_disk_leaves_nothing_behind(hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(moving.os, "fsync", full)
    result = command("export", tmp_path / "file", folder=hub)

    assert result.exit_code == 2
    assert "No space left on device" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_a_database_nothing_is_exported(tmp_path: Path) -> None:
    result = command("export", tmp_path / "file", folder=tmp_path / "absent")

    assert result.exit_code == 2
    assert "there is no database" in result.stderr


def test_from_kafka_there_is_no_way_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IJWHUB_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("IJWHUB_DATABASE", "postgresql://ijwhub:a-secret@127.0.0.1:1/ijwhub")
    monkeypatch.setenv("IJWHUB_PSEUDONYM_KEY", "a secret of the tests")

    result = command("export", tmp_path / "file")

    assert result.exit_code == 2
    assert "no way back" in result.stderr
    assert "a-secret" not in result.output


def test_a_record_of_an_export_is_read_as_it_was_written(file: Path) -> None:
    found = Export(file)

    names = {name for name, _ in found.rows()}

    assert names == set(TABLES)
    assert {name for name, _ in found.rows("log", "aside")} == {"log", "aside"}
    assert msgspec.json.encode(found.header)
