"""A folder and an SFTP server are the same to the hub; whatever breaks, nobody sees half a file and none is lost."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace

from adapters.registry import adapter
from connectors.files import FOLDERS, FileInbox, FileOutbox, Files, Unreachable
from connectors.folders import LocalFiles
from connectors.sftp import Server, SftpFiles
from connectors.taking import Taker
from deploy.finding import free_port
from streams.core.intake import Rejection
from streams.core.parties import Party
from streams.core.ports import Receipt, StoreError
from tests.support.books import NOON, Clock, MemoryBooks
from tests.support.sftp_server import SftpServer, know, new_key, sftp_server

ZORG = Party(id="zorg", kind="aanbieder", code="65656001", name="Zorg")
LARGE = os.urandom(1_000_000)


@pytest.fixture
async def sftp(tmp_path: Path) -> AsyncIterator[SftpServer]:
    async with sftp_server(tmp_path, free_port()) as made:
        yield made


@asynccontextmanager
async def opened(server: Server) -> AsyncIterator[SftpFiles]:
    files = SftpFiles(server)
    try:
        yield files
    finally:
        await files.close()


@dataclass
class Place:
    folder: Path
    files: Files


@pytest.fixture(params=["folder", "sftp"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    if request.param == "folder":
        yield Place(tmp_path / "zorg", LocalFiles(tmp_path / "zorg"))
        return
    async with sftp_server(tmp_path / "server", free_port()) as made, opened(made.server) as files:
        yield Place(made.folder, files)


# The contract


async def test_the_folders_are_there(place: Place) -> None:
    assert await place.files.looks("in") == {}
    assert sorted(path.name for path in place.folder.iterdir()) == sorted(FOLDERS)


async def test_what_is_written_is_read_back(place: Place) -> None:
    await place.files.write("out", "a.xml", LARGE)
    assert (place.folder / "out" / "a.xml").read_bytes() == LARGE
    assert await place.files.read("out", "a.xml", len(LARGE) + 1) == LARGE
    assert await place.files.read("out", "a.xml", 10) == LARGE[:10]
    assert [path.name for path in (place.folder / "out").iterdir()] == ["a.xml"]


async def test_writing_and_moving_replace_what_is_there(place: Place) -> None:
    for body in (b"one", b"two"):
        await place.files.write("out", "a.xml", body)
    assert (place.folder / "out" / "a.xml").read_bytes() == b"two"
    await place.files.write("klaar", "b.xml", b"old")
    await place.files.move("out", "a.xml", "klaar", "b.xml")
    assert (place.folder / "klaar" / "b.xml").read_bytes() == b"two"
    assert list((place.folder / "out").iterdir()) == []


async def test_a_look_changes_when_the_file_does_and_only_ordinary_files_are_seen(place: Place) -> None:
    await place.files.looks("in")
    (place.folder / "in" / "a.xml").write_bytes(b"one")
    (place.folder / "in" / "folder").mkdir()
    (place.folder / "in" / "link.xml").symlink_to(place.folder / "in" / "a.xml")
    first = await place.files.looks("in")
    assert list(first) == ["a.xml"]
    assert await place.files.looks("in") == first
    (place.folder / "in" / "a.xml").write_bytes(b"longer")
    assert await place.files.looks("in") != first


async def test_any_name_will_do(place: Place) -> None:
    await place.files.looks("in")
    name = b"naam \xe9 \xc3\xa9 -rf $(x).xml"
    (place.folder / "in" / os.fsdecode(name)).write_bytes(b"one")
    (found,) = await place.files.looks("in")
    await place.files.move("in", found, "klaar", found)
    assert [os.fsencode(path.name) for path in (place.folder / "klaar").iterdir()] == [name]


async def test_a_file_that_is_not_there_is_an_error_of_that_file_only(place: Place) -> None:
    for work in (place.files.read("in", "a.xml", 1), place.files.move("in", "a.xml", "klaar", "a.xml")):
        with pytest.raises(OSError, match="file") as caught:
            await work
        assert not isinstance(caught.value, Unreachable)
    assert await place.files.looks("in") == {}


# What goes wrong at a server


async def test_one_connection_serves_until_it_breaks_and_then_another(sftp: SftpServer) -> None:
    async with opened(sftp.server) as files:
        for _ in range(3):
            await files.looks("in")
        assert sftp.logins == 1
        sftp.drop()
        with pytest.raises(Unreachable):
            await files.looks("in")
        await files.looks("in")
        assert sftp.logins == 2


async def test_a_server_that_ends_its_files_but_not_the_connection_is_connected_to_anew(sftp: SftpServer) -> None:
    async with opened(sftp.server) as files:
        await files.looks("in")
        sftp.channels[0].exit(1)
        await asyncio.sleep(0.05)
        with pytest.raises(Unreachable):
            await files.looks("in")
        await files.looks("in")


@pytest.mark.parametrize("operation", ["open", "write", "fsync", "posix_rename"])
async def test_a_server_that_dies_halfway_leaves_no_half_file_and_the_next_attempt_succeeds(
    sftp: SftpServer, operation: str
) -> None:
    async with opened(sftp.server) as files:
        await files.looks("out")
        sftp.die_at = operation
        with pytest.raises(Unreachable):
            await files.write("out", "a.xml", LARGE)
        assert set(await files.looks("out")) <= {".a.xml.tmp"}
        await files.write("out", "a.xml", LARGE)
    assert [path.name for path in (sftp.folder / "out").iterdir()] == ["a.xml"]
    assert (sftp.folder / "out" / "a.xml").read_bytes() == LARGE


async def test_a_rename_that_is_refused_leaves_the_old_name(sftp: SftpServer) -> None:
    async with opened(sftp.server) as files:
        await files.write("in", "a.xml", b"one")
        sftp.failing.add("posix_rename")
        with pytest.raises(OSError, match="SFTPFailure"):
            await files.move("in", "a.xml", "klaar", "a.xml")
        assert (sftp.folder / "in" / "a.xml").exists()
        sftp.failing.clear()
        await files.move("in", "a.xml", "klaar", "a.xml")
        assert sftp.logins == 1, "the connection was fine"


async def test_a_server_without_the_extensions_of_openssh_will_do(sftp: SftpServer) -> None:
    sftp.unsupported |= {"posix_rename", "fsync"}
    async with opened(sftp.server) as files:
        for body in (b"one", b"two"):
            await files.write("out", "a.xml", body)
    assert (sftp.folder / "out" / "a.xml").read_bytes() == b"two"


async def test_a_server_that_was_away_is_found_again(sftp: SftpServer) -> None:
    async with opened(sftp.server) as files:
        await files.looks("in")
        await sftp.stop()
        for _ in range(2):
            with pytest.raises(Unreachable):
                await files.looks("in")
        await sftp.start()
        assert await files.looks("in") == {}


async def test_a_server_without_a_place_for_the_folders_is_not_connected_to_over_and_over(sftp: SftpServer) -> None:
    sftp.folder.write_text("a file where the folder should be")
    async with opened(sftp.server) as files:
        for _ in range(3):
            with pytest.raises(Unreachable):
                await files.looks("in")
        await asyncio.sleep(0.05)
        assert sftp.logins == 3
        assert all(connection.is_closed() for connection in sftp.connections), "none is left behind"


# Who is who


async def test_a_server_with_another_key_is_refused_before_anything_is_sent(sftp: SftpServer) -> None:
    know(sftp.keys / "known_hosts", sftp.server.port, new_key(sftp.keys / "another"))
    async with opened(sftp.server) as files:
        with pytest.raises(Unreachable, match="HostKeyNotVerifiable"):
            await files.write("out", "a.xml", b"one")
    assert (sftp.logins, list(sftp.root.iterdir())) == (0, [])


async def test_a_server_that_nobody_wrote_down_is_refused(sftp: SftpServer) -> None:
    (sftp.keys / "known_hosts").write_text("")
    async with opened(sftp.server) as files:
        with pytest.raises(Unreachable, match="HostKeyNotVerifiable"):
            await files.looks("in")


async def test_a_key_that_the_server_does_not_know(sftp: SftpServer) -> None:
    new_key(sftp.keys / "stranger")
    async with opened(replace(sftp.server, key=sftp.keys / "stranger")) as files:
        with pytest.raises(Unreachable, match="PermissionDenied"):
            await files.looks("in")


@pytest.mark.parametrize("content", [None, "no key"])
async def test_a_key_file_that_cannot_be_used(sftp: SftpServer, content: str | None) -> None:
    path = sftp.keys / "broken"
    if content is not None:
        path.write_text(content)
    async with opened(replace(sftp.server, key=path)) as files:
        with pytest.raises(Unreachable):
            await files.looks("in")


# The traffic of a party over it


@dataclass
class Counter:
    """A desk that takes everything, unless it is told otherwise, and what it took; `meanwhile` happens then."""

    taken: list[tuple[str, bytes, str]] = field(default_factory=list)
    fails: bool = False
    refuses: bool = False
    meanwhile: Callable[[], object] = lambda: None

    async def submit(
        self, body: bytes, party: Party, *, source: str, reference: str, declared: object
    ) -> Receipt | Rejection:
        if self.fails:
            raise StoreError("full")
        self.taken.append((source, body, reference))
        self.meanwhile()
        if self.refuses:
            return Rejection(reason="unreadable", title="No", detail="It is wrong.")
        return Receipt(envelope_id=f"envelope-{len(self.taken)}", received_at=NOON, repeat=False)


def inbox(files: Files, desk: Counter) -> FileInbox:
    return FileInbox(files, Taker(ZORG, desk, adapter("file_drop"), "sftp"))  # type: ignore[arg-type]


async def test_a_file_that_is_still_being_written_is_not_taken(place: Place) -> None:
    desk = Counter()
    taking = inbox(place.files, desk)
    await taking.look()
    for size in (100, 200, 300):
        (place.folder / "in" / "a.xml").write_bytes(LARGE[:size])
        assert await taking.look() == 0
    assert await taking.look() == 1
    assert [body for _, body, _ in desk.taken] == [LARGE[:300]]
    assert [path.name for path in (place.folder / "klaar").iterdir()] == ["envelope-1-a.xml"]


def renamed_onto(path: Path, body: bytes) -> None:
    """Write a file as a careful partner does: under another name first."""
    hidden = path.with_name(f".{path.name}")
    hidden.write_bytes(body)
    os.utime(hidden, (1, 1) if body == b"second" else (2, 2))
    hidden.rename(path)


@pytest.mark.parametrize("refuses", [False, True])
async def test_a_message_that_takes_the_name_of_one_that_is_being_taken_is_taken_too(
    place: Place, refuses: bool
) -> None:
    desk = Counter(refuses=refuses)
    taking = inbox(place.files, desk)
    await taking.look()
    path = place.folder / "in" / "a.xml"
    renamed_onto(path, b"first.")
    desk.meanwhile = lambda: renamed_onto(path, b"second") if len(desk.taken) == 1 else None
    for _ in range(5):
        await taking.look()
    assert [body for _, body, _ in desk.taken] == [b"first.", b"second"]
    assert list((place.folder / "in").iterdir()) == []
    kept = sorted((place.folder / ("fout" if refuses else "klaar")).glob("*a.xml"))
    assert [one.read_bytes() for one in kept] == [b"second"]


async def test_a_file_that_its_partner_took_back_is_no_error(place: Place) -> None:
    desk = Counter(meanwhile=lambda: (place.folder / "in" / "a.xml").unlink())
    taking = inbox(place.files, desk)
    await taking.look()
    (place.folder / "in" / "a.xml").write_bytes(b"<a/>")
    await taking.look()
    assert await taking.look() == 1
    assert list((place.folder / "klaar").iterdir()) == []


async def test_refused_files_of_one_name_lie_beside_each_other_each_with_its_reason(place: Place) -> None:
    taking = inbox(place.files, Counter(refuses=True))
    await taking.look()
    for body in (b"one", b"two"):
        (place.folder / "in" / "a.xml").write_bytes(body)
        await taking.look()
        await taking.look()
    kept = sorted(path.name for path in (place.folder / "fout").iterdir())
    assert [name.partition("-")[2] for name in kept] == ["a.xml", "a.xml.fout.json"] * 2
    assert kept[1::2] == [f"{name}.fout.json" for name in kept[::2]]


async def test_one_file_looks_as_it_does_among_the_others(place: Place) -> None:
    await place.files.looks("in")
    (place.folder / "in" / "a.xml").write_bytes(b"one")
    (place.folder / "in" / "link.xml").symlink_to(place.folder / "in" / "a.xml")
    (place.folder / "in" / "folder").mkdir()
    assert {"a.xml": await place.files.look("in", "a.xml")} == await place.files.looks("in")
    for name in ("link.xml", "folder", "none.xml"):
        assert await place.files.look("in", name) is None


async def test_a_message_that_was_taken_and_could_not_be_put_away_is_the_same_delivery_again(sftp: SftpServer) -> None:
    desk = Counter()
    async with opened(sftp.server) as files:
        taking = inbox(files, desk)
        await taking.look()
        for name in ("a.xml", "b.xml"):
            (sftp.folder / "in" / name).write_bytes(name.encode())
        await taking.look()
        sftp.die_at = "posix_rename"
        with pytest.raises(Unreachable):
            await taking.look()
        assert sftp.logins == 1, "the next file is not tried at a server that is away"
        assert await taking.look() == 2
    first, again, second = desk.taken
    assert first == again != second
    assert list((sftp.folder / "in").iterdir()) == []


async def test_a_hub_that_cannot_store_leaves_the_file(place: Place) -> None:
    desk = Counter(fails=True)
    taking = inbox(place.files, desk)
    await taking.look()
    (place.folder / "in" / "a.xml").write_bytes(b"<a/>")
    await taking.look()
    with pytest.raises(StoreError):
        await taking.look()
    assert (place.folder / "in" / "a.xml").exists()


async def test_an_output_is_written_once_under_the_same_name(place: Place) -> None:
    books = MemoryBooks(Clock())
    output = await books.output("zorg", books.add("0392:65656001"))
    assert output is not None
    outbox = FileOutbox(place.files, adapter("file_drop"))
    for _ in range(2):
        await outbox.bring(output)
    (path,) = (place.folder / "out").iterdir()
    assert (path.name, path.read_bytes()) == (f"JW301-{output.head.id}.xml", output.body)


async def test_closing_ends_the_connection(sftp: SftpServer) -> None:
    async with opened(sftp.server) as files:
        await files.looks("in")
    async with asyncio.timeout(5):
        while any(not one.is_closed() for one in sftp.connections):
            await asyncio.sleep(0.01)
