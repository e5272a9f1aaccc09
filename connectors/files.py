"""Files of a party, wherever they lie: taking in what it drops, and writing out what is for it.

The formats are an adapter's, the place is one of two: a folder of this machine (`folders`), or one on an SFTP server
(`sftp`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from typing import Protocol

from adapters.contract import Adapter
from adapters.file_drop import files as file_drop
from adapters.file_drop.adapter import FILE_NAME
from connectors.packing import packed_for
from connectors.taking import Taker
from schemas.ijw_3_2.safe_xml import MAX_BYTES
from streams.core.ports import OutputBody, Receipt

Look = tuple[int, int, int]
"""Size, moment of the last change, and number of the file (0 where it has none): what tells one file from the next."""
FOLDERS = (file_drop.IN, file_drop.OUT, file_drop.FOUT, file_drop.KLAAR)
LONGEST_NAME = 200
"""Bytes of the name of a file that was taken; file systems take 255."""


class Unreachable(OSError):
    """The place of a party cannot be reached at all, so nothing else of it is worth trying now."""


class Files(Protocol):
    """The four folders of a party, with their files by name. All raise OSError; Unreachable for the place itself."""

    async def looks(self, folder: str) -> Mapping[str, Look]:
        """The ordinary files in a folder (no links), and how each looks."""

    async def look(self, folder: str, name: str) -> Look | None:
        """How one of them looks; None when there is no ordinary file with that name."""

    async def read(self, folder: str, name: str, most: int) -> bytes:
        """The first so many bytes of a file."""

    async def write(self, folder: str, name: str, data: bytes) -> None:
        """Write a file under a hidden name, make it durable, then give it its name; replaces what has that name."""

    async def move(self, folder: str, name: str, to: str, new_name: str) -> None:
        """Move a file into another of the folders; replaces what has that name there."""

    async def close(self) -> None:
        """Let go of what is held open."""


class FileInbox:
    """Takes in what a party puts into its in/. Call `look` regularly.

    A file is taken when it has not changed since the look before, so a partner need not rename.
    """

    def __init__(self, files: Files, taker: Taker) -> None:
        self._files = files
        self._taker = taker
        self._seen: Mapping[str, Look] = {}

    async def look(self) -> int:
        """Take in every file that is complete; returns how many.

        Raises StoreError, Unreachable, and, when all others are taken, the OSError of a file that cannot be.
        """
        looks = await self._files.looks(file_drop.IN)
        now = {name: look for name, look in looks.items() if file_drop.is_offered(name)}
        complete = sorted(name for name, look in now.items() if self._seen.get(name) == look)
        self._seen = now
        failed: list[OSError] = []
        for name in complete:
            try:
                await self._take(name)
            except Unreachable:
                raise
            except OSError as error:
                failed.append(error)
        if failed:
            raise failed[0]
        return len(complete)

    async def _take(self, name: str) -> None:
        look = await self._files.look(file_drop.IN, name)
        if look is None:  # its partner took it back
            return
        body = await self._files.read(file_drop.IN, name, MAX_BYTES + 1)
        # The same name with the same bytes is the same delivery, as after a crash between log and rename.
        digest = hashlib.sha256(body).hexdigest()[:16]
        taken = await self._taker.take(body, {FILE_NAME: shown(name)}, f"{shown(name)} {digest}")
        if taken is None or isinstance(taken, Receipt):
            first = digest if taken is None else taken.envelope_id
            await self._put_away(name, look, file_drop.KLAAR, f"{first}-{_short(name)}")
        else:
            aside = f"{digest}-{_short(name)}"
            await self._files.write(file_drop.FOUT, file_drop.fault_name(aside), file_drop.fault(taken, shown(name)))
            await self._put_away(name, look, file_drop.FOUT, aside)

    async def _put_away(self, name: str, look: Look, to: str, new_name: str) -> None:
        """Move a file that was read, unless its partner put another under its name since: the next look takes that."""
        if await self._files.look(file_drop.IN, name) == look:
            await self._files.move(file_drop.IN, name, to, new_name)


class FileOutbox:
    """Writes outputs into a party's out/ and fout/."""

    def __init__(self, files: Files, adapter: Adapter) -> None:
        self._files = files
        self._adapter = adapter

    async def bring(self, output: OutputBody) -> None:
        """Write one output; returns when the file is durable. Writing it again changes nothing. Raises OSError."""
        packed = packed_for(self._adapter, output)
        if packed is not None:
            folder, name = file_drop.place_of(output.head)
            await self._files.write(folder, name, packed.body)

    async def close(self) -> None:
        """Let go of the place."""
        await self._files.close()


def _short(name: str) -> str:
    """The end of a name that would be too long for the file system with what is put before or after it."""
    return os.fsdecode(os.fsencode(name)[-LONGEST_NAME:])


def shown(name: str) -> str:
    """A file name as text: what is no UTF-8 in it, which a folder allows, becomes a question mark."""
    return name.encode("utf-8", "replace").decode()
