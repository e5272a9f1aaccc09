"""A hub at work over TLS with three parties, for tests of the ways in and out; and what a way is to them."""

from __future__ import annotations

import asyncio
import sqlite3
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import httpx
import yaml

from schemas.ijw_3_2.reading import Message, Schemas
from streams.core.answering import answer
from streams.core.envelope import Made
from streams.hub.app import Hub, open_hub, running
from streams.hub.settings import Settings
from tests.support.certificates import DAY, Authority, Pair
from tests.support.process import free_port

JW301 = (Path(__file__).parents[1] / "cases" / "messages" / "JW301.xml").read_bytes()
MESSAGE = JW301.replace(b"\n", b"\r\n") + "<!-- é -->\r\n\t ".encode()
"""A message that whoever tidies it up would change."""
SENDER, RECEIVER, STRANGER = "haarlem", "ambulant", "zandvoort"
"""Who sends the JW301, who gets it, and a gemeente that is neither."""
_CODES = {SENDER: ("gemeente", "0392"), RECEIVER: ("aanbieder", "65656001"), STRANGER: ("gemeente", "0473")}
_COMMENT = b"<!--" + b" " * 992 + b"-->\n"
PATIENCE = 15.0
"""Seconds within which whatever is waited for must have happened."""


def oin(party: str) -> str:
    """The OIN in the certificate of a party."""
    return f"00000099{_CODES[party][1]:0>12}"


async def until(happened: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait until something is so; fails when it takes too long."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not await happened():
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"it did not happen: {what}") from None


@cache
def jw302() -> bytes:
    """The return message with which the receiver says that nothing is wrong with JW301."""
    schemas = Schemas()
    read = schemas.read(JW301)
    assert isinstance(read, Message), read
    return answer(read, [], Made(identificatie="A1", dagtekening=date(2026, 3, 21)), schemas)


def padded(content: bytes, size: int) -> bytes:
    """As much XML, with comments and blanks behind it to so many bytes; as it is when it is larger."""
    return (content + max(0, size - len(content)) // len(_COMMENT) * _COMMENT).ljust(size)


@dataclass(frozen=True)
class Said:
    """What a party was told of what it offered: a receipt (the same again for the same message), or a code."""

    receipt: str | None = None
    code: str | None = None


class Way(Protocol):
    """How a party exchanges with a hub. Whatever it gives is read off from what the party itself sees.

    place     the hub.
    name      as tests call it.
    codes     what a party is told for a kind of fault.
    largest   bytes of the largest message; what is around it may make that smaller than 25 MB.
    numbered  whether a message has a number of its sender's own.
    zips      whether a message may come in a zip.
    refuses   whether a party can refuse what it got.
    """

    place: Place
    name: str
    codes: Mapping[str, str]
    largest: int
    numbered: bool
    zips: bool
    refuses: bool

    async def offer(
        self, party: str, body: bytes, number: str, *, skew: timedelta = timedelta(), size: int = 0
    ) -> Said:
        """Hand a message in; returns when the hub said what it has to say.

        `skew` is how much the clock of the party differs. With `size` there are so many bytes, of the message or of
        the envelope that it goes in, with blanks at the end.
        """

    async def got(self, party: str) -> list[bytes]:
        """All messages that a party has got or can fetch."""

    def refuse_from_now_on(self, party: str) -> None:
        """Let a party refuse what it is brought, where it answers at once."""

    async def refuse_what_came(self, party: str) -> None:
        """Let a party refuse what it got, where it says so later."""

    async def told(self, party: str, number: str) -> bool:
        """Whether a party was told that its message was refused or could not be delivered."""


async def came(way: Way, party: str) -> None:
    """Wait until a party got something."""

    async def there() -> bool:
        return bool(await way.got(party))

    await until(there, f"{party} got something")


@dataclass(frozen=True)
class Place:
    """A hub that listens, and what there is to reach it with and to look into it."""

    hub: Hub
    authority: Authority
    clients: Mapping[str, httpx.AsyncClient]

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.hub.settings.port}"

    def rows(self, select: str, *values: object) -> list[tuple[Any, ...]]:
        """What stands in the database of the hub."""
        with sqlite3.connect(self.hub.settings.sqlite_file) as connection:
            return connection.execute(select, values).fetchall()

    @property
    def taken_in(self) -> int:
        """How many messages are in the log."""
        return int(self.rows("SELECT count(*) FROM log")[0][0])

    async def processed(self) -> None:
        """Wait until nothing waits to be decided."""

        async def done() -> bool:
            return not (await self.hub.store.waiting())[0].count

        await until(done, "everything is processed")

    def expired(self) -> httpx.AsyncClient:
        """A client with the certificate that the sender had until yesterday."""
        return _client(self.authority, self.authority.client(oin(SENDER), since=-2 * DAY, until=-DAY), self.url)


@asynccontextmanager
async def hub_at_work(folder: Path, parties: Mapping[str, Mapping[str, Any]]) -> AsyncIterator[Place]:
    """A hub with the three parties; `parties` is what the file of parties says more of each."""
    authority, port = Authority(folder), free_port()
    server = authority.server()
    settings = Settings(
        parties=parties_file(folder, parties),
        data=folder / "data",
        port=port,
        look_every=0.02,
        certificate=server.certificate,
        certificate_key=server.key,
        client_ca=authority.certificate,
    )
    url = f"https://127.0.0.1:{port}"
    async with open_hub(settings) as hub, running(hub):
        clients = {party: _client(authority, authority.client(oin(party)), url) for party in _CODES}
        try:
            yield Place(hub, authority, clients)
        finally:
            for client in clients.values():
                await client.aclose()


def parties_file(folder: Path, more: Mapping[str, Mapping[str, Any]]) -> Path:
    """The file of the three parties, with what is said more of each; the token of a party is its id."""
    parties = [
        {
            "id": id,
            "kind": kind,
            "code": code,
            "name": id,
            "oin": oin(id),
            "token_sha256": sha256(id.encode()).hexdigest(),
        }
        | {**more.get(id, {})}
        for id, (kind, code) in _CODES.items()
    ]
    path = folder / "parties.yaml"
    path.write_text(yaml.safe_dump({"parties": parties}))
    return path


def _client(authority: Authority, pair: Pair, url: str) -> httpx.AsyncClient:
    context = ssl.create_default_context(cafile=authority.certificate)
    context.load_cert_chain(pair.certificate, pair.key)
    return httpx.AsyncClient(base_url=url, verify=context, timeout=60, trust_env=False)
