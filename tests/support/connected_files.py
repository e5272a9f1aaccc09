"""The ways over files: what a party drops into its folder, here or on its own SFTP server, and what it finds there."""

from __future__ import annotations

import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from adapters.registry import adapter
from schemas.ijw_3_2.safe_xml import MAX_BYTES
from tests.support.connected import RECEIVER, SENDER, STRANGER, Place, Said, came, hub_at_work, padded, until
from tests.support.process import free_port
from tests.support.sftp_server import SftpServer, sftp_server
from tests.support.stuf import NUMBER, bare


class Folder:
    """Bare messages, each in a file; the name of the file is the number that its sender knows it by."""

    name = "file_drop, a folder"
    numbered = False
    zips = True
    refuses = True
    largest = MAX_BYTES

    def __init__(self, place: Place, roots: dict[str, Path]) -> None:
        self.place = place
        self.codes: Any = adapter("file_drop").capabilities.faults
        self._roots = roots

    def written(self, body: bytes, number: str) -> bytes:
        """What stands in the file."""
        return body

    async def offer(
        self, party: str, body: bytes, number: str, *, skew: timedelta = timedelta(), size: int = 0
    ) -> Said:
        name = self.drop(party, padded(self.written(body, number), size), number, skew)
        offered = self._roots[party] / "in" / name

        async def done() -> bool:
            return not offered.exists()

        await until(done, "the file is taken")
        for told in (self._roots[party] / "fout").glob(f"*-{name}.fout.json"):
            return Said(code=json.loads(told.read_bytes())["type"])
        (taken,) = (self._roots[party] / "klaar").glob(f"*-{name}")
        return Said(receipt=taken.name)

    def drop(self, party: str, content: bytes, number: str, skew: timedelta = timedelta()) -> str:
        """Put a file into in/ as partners do: under another name first. Returns its name."""
        folder = self._roots[party] / "in"
        hidden = folder / f".{number}"
        hidden.write_bytes(content)
        if skew:
            os.utime(hidden, times=(time.time() + skew.total_seconds(),) * 2)
        hidden.rename(folder / f"{number}.xml")
        return f"{number}.xml"

    async def got(self, party: str) -> list[bytes]:
        return [path.read_bytes() for path in sorted((self._roots[party] / "out").glob("*.xml"))]

    def refuse_from_now_on(self, party: str) -> None:
        """It refuses later."""

    async def refuse_what_came(self, party: str) -> None:
        await came(self, party)
        for path in (self._roots[party] / "out").glob("*.xml"):
            about = path.stem.removeprefix("JW301-")
            problem = json.dumps({"type": "urn:ijwhub:fout:payload", "reference": about})
            (self._roots[party] / "in" / f"{path.name}.fout.json").write_text(problem)

    async def told(self, party: str, number: str) -> bool:
        faults = [json.loads(path.read_bytes()) for path in (self._roots[party] / "fout").glob("*.fout.json")]
        return any(number in one.get("reference", "") for one in faults)


class Envelopes(Folder):
    """Messages in the municipal envelope, each in a file: they have a number of the sender's own."""

    name = "file_drop, envelopes in a folder"
    numbered = True
    zips = False
    largest = (MAX_BYTES - 10_000) // 4 * 3

    def written(self, body: bytes, number: str) -> bytes:
        return bare(payload=body).replace(NUMBER, number).encode()

    async def offer(
        self, party: str, body: bytes, number: str, *, skew: timedelta = timedelta(), size: int = 0
    ) -> Said:
        said = await super().offer(party, body, number, skew=skew, size=size)
        for told in (self._roots[party] / "fout").glob("*"):
            told.unlink()  # else a refusal would seem to be of the next file of that name
        return said


class Sftp(Folder):
    """As a folder, on a server of the party's own."""

    name = "file_drop, SFTP"

    def __init__(self, place: Place, roots: dict[str, Path], server: SftpServer) -> None:
        super().__init__(place, roots)
        self.server = server


@asynccontextmanager
async def folder_way(kind: type[Folder], folder: Path) -> AsyncIterator[Folder]:
    """A way over folders of this machine."""
    roots = {party: folder / "folders" / party for party in (SENDER, RECEIVER, STRANGER)}
    more = {party: {"delivery": {"soort": "folder", "path": str(root)}} for party, root in roots.items()}
    async with hub_at_work(folder, more) as place:
        yield kind(place, roots)


@asynccontextmanager
async def sftp_way(folder: Path) -> AsyncIterator[Sftp]:
    """A way over folders on an SFTP server."""
    async with sftp_server(folder / "sftp", free_port()) as server:
        roots = {party: server.root / party for party in (SENDER, RECEIVER, STRANGER)}
        async with hub_at_work(folder, {party: {"delivery": _sftp(server, party)} for party in roots}) as place:

            async def ready() -> bool:
                return all((root / "klaar").is_dir() for root in roots.values())

            await until(ready, "the hub makes its folders there")
            yield Sftp(place, roots, server)


def _sftp(there: SftpServer, party: str) -> dict[str, Any]:
    server = there.server
    keys = {"key": str(server.key), "known_hosts": str(server.known_hosts)}
    return {"soort": "sftp", "host": server.host, "port": server.port, "username": server.username, **keys} | {
        "path": party
    }
