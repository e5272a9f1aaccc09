"""An SFTP server in the test process, on loopback, that can be stopped, and made to fail as servers do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

from connectors.sftp import Server

HOST = "127.0.0.1"
USER = "ijwhub"


@dataclass
class SftpServer:
    """Where its files are, how to reach it, and what goes wrong at it.

    failing   the operations that it refuses: rename, write, fsync, ...
    die_at    the operation at which it closes every connection, once.
    """

    root: Path
    server: Server
    keys: Path
    failing: set[str] = field(default_factory=set)
    unsupported: set[str] = field(default_factory=set)
    die_at: str | None = None
    logins: int = 0
    channels: list[asyncssh.SSHServerChannel[bytes]] = field(default_factory=list)
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list)
    _listening: asyncssh.SSHAcceptor | None = None

    @property
    def folder(self) -> Path:
        """The folder of the party, as the test sees it."""
        return self.root / self.server.path

    async def start(self) -> None:
        """Listen; the port stays the same when it is started again."""
        self._listening = await asyncssh.listen(
            HOST,
            self.server.port,
            server_factory=lambda: _Greeter(self),
            server_host_keys=[str(self.keys / "host")],
            authorized_client_keys=str(self.keys / "authorized"),
            sftp_factory=lambda channel: _Files(self, channel),
        )

    async def stop(self) -> None:
        """As when it is killed: it listens no more and every connection breaks."""
        if self._listening is not None:
            self._listening.close()
            await self._listening.wait_closed()
        self.drop()

    def drop(self) -> None:
        """Break every connection."""
        for connection in self.connections:
            connection.abort()
        self.connections.clear()

    def meets(self, operation: str) -> None:
        """Go wrong at an operation, if a test wants so."""
        if self.die_at == operation:
            self.die_at = None
            self.drop()
            raise asyncssh.SFTPConnectionLost("gone")
        if operation in self.unsupported:
            raise asyncssh.SFTPOpUnsupported("not here")
        if operation in self.failing:
            raise asyncssh.SFTPFailure("no")


class _Greeter(asyncssh.SSHServer):
    def __init__(self, place: SftpServer) -> None:
        self._place = place

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._place.connections.append(conn)

    def auth_completed(self) -> None:
        self._place.logins += 1


class _Files(asyncssh.SFTPServer):
    def __init__(self, place: SftpServer, channel: asyncssh.SSHServerChannel[bytes]) -> None:
        super().__init__(channel, chroot=str(place.root).encode())
        self._place = place
        place.channels.append(channel)

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        self._place.meets("open")
        return super().open(path, pflags, attrs)

    def write(self, file_obj: object, offset: int, data: bytes) -> Any:
        self._place.meets("write")
        return super().write(file_obj, offset, data)

    def fsync(self, file_obj: object) -> Any:
        self._place.meets("fsync")
        return super().fsync(file_obj)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
        self._place.meets("posix_rename")
        return super().posix_rename(oldpath, newpath)

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        self._place.meets("rename")
        return super().rename(oldpath, newpath)


def new_key(path: Path) -> asyncssh.SSHKey:
    """A key in a file."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(path))
    return key


def know(path: Path, port: int, key: asyncssh.SSHKey) -> None:
    """Write a file known_hosts with the key of the server on this port."""
    path.write_text(f"[{HOST}]:{port} {key.export_public_key().decode()}")


@asynccontextmanager
async def sftp_server(folder: Path, port: int) -> AsyncIterator[SftpServer]:
    """A server with one user, who has a key, and a folder `zorg` for a party."""
    keys, root = folder / "keys", folder / "root"
    keys.mkdir(parents=True)
    root.mkdir()
    host, user = new_key(keys / "host"), new_key(keys / "user")
    know(keys / "known_hosts", port, host)
    user.write_public_key(str(keys / "authorized"))
    server = Server(
        host=HOST, port=port, username=USER, key=keys / "user", known_hosts=keys / "known_hosts", path="zorg"
    )
    place = SftpServer(root, server, keys)
    await place.start()
    try:
        yield place
    finally:
        await place.stop()
