"""The files of a party in a folder of this machine, written so that nobody ever sees half a file."""

from __future__ import annotations

import asyncio
import os
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
        with suppress(FileNotFoundError):  # the partner took it back between two calls
            if entry.is_file(follow_symlinks=False):
                stat = entry.stat()
                yield entry.name, (stat.st_size, stat.st_mtime_ns)


def _read(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most)
