"""The files of a party in a folder of this machine, written so that nobody ever sees half a file."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from connectors.files import FOLDERS, Look


class LocalFiles:
    """Keeps the contract Files (connectors.files) in a folder, in which it makes the four folders that it needs."""

    def __init__(self, root: Path) -> None:
        self._root = root
        for name in FOLDERS:
            (root / name).mkdir(parents=True, exist_ok=True)

    async def looks(self, folder: str) -> Mapping[str, Look]:
        """The files in a folder (contract: Files)."""
        return await asyncio.to_thread(lambda: dict(_looks(os.scandir(self._root / folder))))

    async def look(self, folder: str, name: str) -> Look | None:
        """One of them (contract: Files)."""
        return await asyncio.to_thread(_look, self._root / folder / name)

    async def read(self, folder: str, name: str, most: int) -> bytes:
        """The first bytes of a file (contract: Files)."""
        return await asyncio.to_thread(_read, self._root / folder / name, most)

    async def write(self, folder: str, name: str, data: bytes) -> None:
        """Write a file whole (contract: Files)."""
        await asyncio.to_thread(write_whole, self._root / folder / name, data)

    async def move(self, folder: str, name: str, to: str, new_name: str) -> None:
        """Move a file (contract: Files)."""
        await asyncio.to_thread((self._root / folder / name).replace, self._root / to / new_name)

    async def close(self) -> None:
        """Nothing is held open (contract: Files)."""


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


def _looks(entries: Iterable[os.DirEntry[str]]) -> Iterable[tuple[str, Look]]:
    for entry in entries:
        look = _look(entry)
        if look is not None:
            yield entry.name, look


def _look(path: os.PathLike[str]) -> Look | None:
    with suppress(FileNotFoundError):  # its partner took it back
        found = os.lstat(path)
        if stat.S_ISREG(found.st_mode):
            return found.st_size, found.st_mtime_ns, found.st_ino
    return None


def _read(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most)
