"""Folders: taking files in, and writing files out so that nobody ever sees half a file."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from adapters.file_drop import files as file_drop
from schemas.ijw_3_2.safe_xml import MAX_BYTES
from streams.core.parties import Party
from streams.core.ports import Desk, OutputBody, Receipt

_Look = tuple[int, int]
LONGEST_NAME = 200
"""Bytes of the name of a file that was taken; file systems take 255."""


class FolderInbox:
    """Takes in what a party puts into its in/. Call `look` regularly.

    A file is taken when it has not changed since the look before, so a partner need not rename.
    """

    def __init__(self, folder: Path, party: Party, desk: Desk) -> None:
        self._folder = folder
        self._party = party
        self._desk = desk
        self._seen: dict[str, _Look] = {}
        for name in (file_drop.IN, file_drop.OUT, file_drop.FOUT, file_drop.KLAAR):
            (folder / name).mkdir(parents=True, exist_ok=True)

    async def look(self) -> int:
        """Take in every file that is complete; returns how many.

        Raises StoreError, and, when all others are taken, the OSError of a file that cannot be.
        """
        now = await asyncio.to_thread(_files, self._folder / file_drop.IN)
        complete = sorted(name for name, look in now.items() if self._seen.get(name) == look)
        self._seen = now
        failed: list[OSError] = []
        for name in complete:
            try:
                await self._take(name)
            except OSError as error:
                failed.append(error)
        if failed:
            raise failed[0]
        return len(complete)

    async def _take(self, name: str) -> None:
        path = self._folder / file_drop.IN / name
        body = await asyncio.to_thread(_read_limited, path)
        # The same name with the same bytes is the same delivery, as after a crash between log and rename.
        reference = f"{shown(name)} {hashlib.sha256(body).hexdigest()[:16]}"
        result = await self._desk.submit(body, self._party, source="folder", reference=reference)
        await asyncio.to_thread(self._put_away, path, result)

    def _put_away(self, path: Path, result: object) -> None:
        if isinstance(result, Receipt):
            path.replace(self._folder / file_drop.KLAAR / f"{result.envelope_id}-{_short(path.name)}")
            return
        fout = self._folder / file_drop.FOUT
        write_whole(fout / file_drop.fault_name(_short(path.name)), file_drop.fault(result, shown(path.name)))  # type: ignore[arg-type]
        path.replace(fout / path.name)


def _short(name: str) -> str:
    """The end of a name that would be too long for the file system with what is put before or after it."""
    return os.fsdecode(os.fsencode(name)[-LONGEST_NAME:])


class FolderOutbox:
    """Writes outputs into a party's out/ and fout/."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def write(self, output: OutputBody) -> None:
        """Write one output; returns when the file is durable. Writing it again changes nothing. Raises OSError."""
        subfolder, name = file_drop.place_of(output.head)
        await asyncio.to_thread(write_whole, self._folder / subfolder / name, output.body)


def shown(name: str) -> str:
    """A file name as text: what is no UTF-8 in it, which a folder allows, becomes a question mark."""
    return name.encode("utf-8", "replace").decode()


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under a hidden name, make it durable, then give it its name."""
    hidden = path.with_name(f".{path.name}.tmp")
    with hidden.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    hidden.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make durable which files stand in a folder, and under which names. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _files(folder: Path) -> dict[str, _Look]:
    return dict(_looks(entry for entry in os.scandir(folder) if file_drop.is_offered(entry.name)))


def _looks(entries: Iterable[os.DirEntry[str]]) -> Iterable[tuple[str, _Look]]:
    for entry in entries:
        with suppress(FileNotFoundError):  # the partner took it back between two calls
            if entry.is_file(follow_symlinks=False):
                stat = entry.stat()
                yield entry.name, (stat.st_size, stat.st_mtime_ns)


def _read_limited(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)
