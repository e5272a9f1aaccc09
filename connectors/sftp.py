"""The files of a party on an SFTP server: the server proves who it is by its key, the hub by its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path, PurePosixPath

import asyncssh
from asyncssh.constants import FILEXFER_TYPE_REGULAR
from msgspec import Struct

from connectors.files import FOLDERS, Look, Unreachable

TO_CONNECT = 15
"""Seconds to connect and log in."""
PATIENCE = 120
"""Seconds that one file may take, of 25 MB too."""

# On the levels below it names files and users, of which a partner chose the names.
logging.getLogger("asyncssh").setLevel(logging.WARNING)


class Server(Struct, frozen=True, kw_only=True):
    """Where the files are, and how both sides prove who they are.

    key          the file with the hub's private key; the server knows its public one.
    known_hosts  the file with the public keys of servers, as OpenSSH writes it; another key is refused.
    path         the folder of the party there; a relative one starts in the home of the user.
    """

    host: str
    port: int
    username: str
    key: Path
    known_hosts: Path
    path: str


class SftpFiles:
    """Keeps the contract Files (connectors.files) on an SFTP server.

    One connection is kept while it works. After any failure of it the next call makes a new one.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._root = PurePosixPath(server.path)
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None

    async def looks(self, folder: str) -> Mapping[str, Look]:
        """The files in a folder (contract: Files)."""
        async with self._using() as client:
            found = await client.readdir(self._root / folder)
        looks = {str(one.filename): _look(one.attrs) for one in found}
        return {name: look for name, look in looks.items() if look is not None}

    async def look(self, folder: str, name: str) -> Look | None:
        """One of them (contract: Files)."""
        async with self._using() as client:
            with suppress(asyncssh.SFTPNoSuchFile):
                return _look(await client.lstat(self._root / folder / name))
        return None

    async def read(self, folder: str, name: str, most: int) -> bytes:
        """The first bytes of a file (contract: Files)."""
        async with self._using() as client, client.open(self._root / folder / name, "rb", encoding=None) as file:
            found: bytes = await file.read(most)
            return found

    async def write(self, folder: str, name: str, data: bytes) -> None:
        """Write a file whole (contract: Files)."""
        hidden = self._root / folder / f".{name}.tmp"
        async with self._using() as client:
            async with client.open(hidden, "wb") as file:
                await file.write(data)
                with suppress(asyncssh.SFTPOpUnsupported):  # then it is as durable as that server makes it
                    await file.fsync()
            await _replace(client, hidden, self._root / folder / name)

    async def move(self, folder: str, name: str, to: str, new_name: str) -> None:
        """Move a file (contract: Files)."""
        async with self._using() as client:
            await _replace(client, self._root / folder / name, self._root / to / new_name)

    async def close(self) -> None:
        """Close the connection; the server is not waited for."""
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            connection.abort()

    @asynccontextmanager
    async def _using(self) -> AsyncIterator[asyncssh.SFTPClient]:
        """The client, connected. What goes wrong becomes Unreachable, or the OSError of one file."""
        try:
            async with asyncio.timeout(PATIENCE):
                yield self._client or await self._connected()
        except (asyncssh.SFTPNoConnection, asyncssh.SFTPConnectionLost) as error:
            raise await self._lost(error) from error
        except asyncssh.SFTPError as error:
            if self._client is None:  # it is about the folders, without which there is no place
                raise await self._lost(error) from error
            raise OSError(f"the SFTP server refuses something about a file: {type(error).__name__}") from error
        except (asyncssh.Error, OSError, ValueError) as error:  # ValueError: a key file that holds no key
            raise await self._lost(error) from error
        except asyncio.CancelledError:
            await self.close()
            raise

    async def _lost(self, error: Exception) -> Unreachable:
        await self.close()
        return Unreachable(f"the SFTP server {self._server.host}:{self._server.port} failed: {type(error).__name__}")

    async def _connected(self) -> asyncssh.SFTPClient:
        self._connection = await asyncssh.connect(
            self._server.host,
            self._server.port,
            username=self._server.username,
            client_keys=[str(self._server.key)],
            known_hosts=str(self._server.known_hosts),
            config=None,  # what stands in the home of whoever runs the hub must not matter
            agent_path=None,
            preferred_auth="publickey",
            connect_timeout=TO_CONNECT,
            login_timeout=TO_CONNECT,
            keepalive_interval=TO_CONNECT,
        )
        # A name may be any bytes, as on a disk.
        client = await self._connection.start_sftp_client(path_errors="surrogateescape")
        for folder in FOLDERS:
            await client.makedirs(self._root / folder, exist_ok=True)
        self._client = client
        return client


def _look(attrs: asyncssh.SFTPAttrs) -> Look | None:
    return (attrs.size or 0, attrs.mtime or 0, 0) if attrs.type == FILEXFER_TYPE_REGULAR else None


async def _replace(client: asyncssh.SFTPClient, old: PurePosixPath, new: PurePosixPath) -> None:
    """Rename, also onto a name that is taken; SFTP's own rename refuses that."""
    try:
        await client.posix_rename(old, new)
    except asyncssh.SFTPOpUnsupported:
        with suppress(asyncssh.SFTPNoSuchFile):
            await client.remove(new)
        await client.rename(old, new)
