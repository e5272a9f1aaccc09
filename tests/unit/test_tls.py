"""TLS on a real server: who shows which certificate, and what is noted of those that are refused."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
import yaml
from structlog.testing import capture_logs

from connectors.access import Gate
from connectors.access_limits import HANDSHAKES
from connectors.http_api import create_app
from connectors.sqlite_audit import SqliteAudit
from connectors.tls import TlsProtocol, server_context
from monitoring.metrics import Metrics
from streams.core.parties import ConfigurationError, Directory, Party
from streams.core.ports import StoreError
from streams.hub.app import open_hub, running
from streams.hub.settings import Settings
from tests.support.access import Notes, gate
from tests.support.certificates import DAY, Authority, Pair
from tests.support.process import free_port

OIN, OTHER, NOBODY = "00000001003214345000", "00000004003214345001", "00000009009999999999"
WORD = "een-lang-woord"
PARTIES = Directory(
    (
        Party(id="haarlem", kind="gemeente", code="0392", name="Haarlem", oin=OIN),
        Party(
            id="ambulant",
            kind="aanbieder",
            code="65656001",
            name="Ambulant",
            oin=OTHER,
            token_sha256=sha256(WORD.encode()).hexdigest(),
        ),
    )
)
BEARER = {"Authorization": f"Bearer {WORD}"}


class Desk:
    """As much of the contract Desk as a mailbox needs; remembers who looked."""

    directory = PARTIES

    def __init__(self) -> None:
        self.looked: list[str] = []

    async def mailbox(self, party: Party, _limit: int) -> tuple[()]:
        self.looked.append(party.id)
        return ()


@dataclass
class Server:
    """A server at work, and what came of it."""

    address: str
    authority: Authority
    desk: Desk
    notes: Notes
    refused: list[str] = field(default_factory=list)

    async def get(self, pair: Pair | None = None, **headers: str) -> httpx.Response:
        context = ssl.create_default_context(cafile=self.authority.certificate)
        if pair:
            context.load_cert_chain(pair.certificate, pair.key)
        async with httpx.AsyncClient(verify=context, base_url=self.address) as client:
            return await client.get("/v1/postbus", headers=headers)

    async def noted(self, count: int) -> list[tuple[str, ...]]:
        async with asyncio.timeout(5):
            while len(self.notes.acts) < count:
                await asyncio.sleep(0.01)
        return [(one.actor, one.credential, one.action, one.where, one.reason) for one in self.notes.acts]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    authority = Authority(tmp_path)
    pair, desk, notes = authority.server(), Desk(), Notes()
    guard = gate(PARTIES, notes=notes)
    refused: list[str] = []
    tasks: list[asyncio.Task[None]] = []

    def note(why: str) -> None:
        refused.append(why)
        tasks.append(asyncio.get_running_loop().create_task(guard.handshake_failed(why)))

    context = server_context(pair.certificate, pair.key, authority.certificate, note)
    app = create_app(desk, Metrics(), guard)  # type: ignore[arg-type]
    async with listening(app, context) as address:
        yield Server(address, authority, desk, notes, refused)


@asynccontextmanager
async def listening(app: Any, context: ssl.SSLContext) -> AsyncIterator[str]:
    config = uvicorn.Config(app, log_config=None, http=TlsProtocol, ssl_context_factory=lambda *_: context)
    serving = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        work = asyncio.create_task(serving.serve(sockets=[listener]))
        try:
            yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            serving.should_exit = True
            await work


async def test_a_certificate_lets_in_the_party_of_its_oin(server: Server) -> None:
    assert (await server.get(server.authority.client(OIN))).status_code == 200
    assert (await server.get(server.authority.client(OTHER))).status_code == 200
    assert server.desk.looked == ["haarlem", "ambulant"]
    assert server.notes.acts == []


async def test_who_shows_none_needs_a_token(server: Server) -> None:
    assert (await server.get()).status_code == 401
    assert (await server.get(**BEARER)).status_code == 200
    assert server.desk.looked == ["ambulant"]
    assert await server.noted(1) == [("unknown", "none", "refused", "GET /v1/postbus", "not-authenticated")]


@pytest.mark.parametrize("oins", [(NOBODY,), (), (OIN, OTHER), (OIN[:19],), (f" {OIN}",)], ids=str)
async def test_a_certificate_of_nobody_lets_nobody_in(server: Server, oins: tuple[str, ...]) -> None:
    pair = server.authority.client(*oins)
    assert (await server.get(pair)).status_code == 401
    assert (await server.get(pair, **BEARER)).status_code == 401, "a token made up for a certificate of nobody"
    assert server.desk.looked == []
    assert await server.noted(2) == [("unknown", "certificate", "refused", "GET /v1/postbus", "not-authenticated")] * 2


async def test_certificate_and_token_must_be_of_the_same_party(server: Server) -> None:
    assert (await server.get(server.authority.client(OIN), **BEARER)).status_code == 401
    assert (await server.get(server.authority.client(OTHER), Authorization="Bearer anders")).status_code == 401
    assert (await server.get(server.authority.client(OTHER), **BEARER)).status_code == 200
    assert server.desk.looked == ["ambulant"]


async def refused_in_the_handshake(server: Server, pair: Pair) -> str:
    with pytest.raises(httpx.TransportError):
        await server.get(pair)
    assert await server.noted(1) == [("unknown", "certificate", "refused", "TLS", "not-authenticated")]
    assert server.desk.looked == []
    assert (await server.get(server.authority.client(OIN))).status_code == 200, "others suffer from it"
    return server.refused[0]


async def test_an_expired_certificate_is_refused_and_noted(server: Server) -> None:
    pair = server.authority.client(OIN, since=-3 * DAY, until=timedelta(seconds=-1))
    assert "expired" in await refused_in_the_handshake(server, pair)


async def test_a_certificate_that_is_not_valid_yet_is_refused_and_noted(server: Server) -> None:
    pair = server.authority.client(OIN, since=timedelta(minutes=5))
    assert "not yet valid" in await refused_in_the_handshake(server, pair)


async def test_a_certificate_of_another_authority_is_refused_and_noted(server: Server, tmp_path: Path) -> None:
    assert "certificate" in await refused_in_the_handshake(server, Authority(tmp_path, "vreemd").client(OIN))


async def test_an_authority_of_the_same_name_is_another_one(server: Server, tmp_path: Path) -> None:
    (tmp_path / "na").mkdir()
    await refused_in_the_handshake(server, Authority(tmp_path / "na").client(OIN))


async def test_an_authority_is_trusted_without_the_one_above_it(tmp_path: Path) -> None:
    """So the authority of PKIoverheid for servers can be named, and not all that are below its root."""
    root = Authority(tmp_path)
    pair, desk, notes = root.server(), Desk(), Notes()
    below = Authority(tmp_path, "servers", above=root)
    context = server_context(pair.certificate, pair.key, below.certificate, lambda _: None)
    app = create_app(desk, Metrics(), gate(PARTIES, notes=notes))  # type: ignore[arg-type]
    async with listening(app, context) as address:
        server = Server(address, root, desk, notes)
        assert (await server.get(below.client(OIN))).status_code == 200
        for other in (root, Authority(tmp_path, "personen", above=root)):
            with pytest.raises(httpx.TransportError):
                await server.get(other.client(OIN))
    assert desk.looked == ["haarlem"]


async def test_a_client_that_does_nothing_holds_up_no_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.tls.GOODBYE", 0.1)
    authority = Authority(tmp_path)
    pair = authority.server()
    app = create_app(Desk(), Metrics(), gate(PARTIES))  # type: ignore[arg-type]
    context = server_context(pair.certificate, pair.key, None, print)
    async with asyncio.timeout(20):  # asyncio itself waits 30 seconds for the goodbye
        async with listening(app, context) as address:
            idle = await asyncio.to_thread(asked_once, address, authority)
    idle.close()


def asked_once(address: str, authority: Authority) -> ssl.SSLSocket:
    """A connection that had its answer, and on which nobody reads or says anything any more."""
    host, port = address.removeprefix("https://").split(":")
    context = ssl.create_default_context(cafile=authority.certificate)
    made = context.wrap_socket(socket.create_connection((host, int(port))), server_hostname=host)
    made.sendall(b"GET /health/live HTTP/1.1\r\nHost: hub\r\n\r\n")
    assert made.recv(4096).startswith(b"HTTP/1.1 200")
    return made


async def test_what_is_no_certificate_is_not_noted(server: Server) -> None:
    host, port = server.address.removeprefix("https://").split(":")
    for nonsense in (b"GET / HTTP/1.1\r\n\r\n", b"", b"\x16\x03\x01\x00\x05hello"):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(nonsense)
        writer.write_eof()
        await reader.read()
        writer.close()
    assert (await server.get(**BEARER)).status_code == 200
    assert server.refused == server.notes.acts == []


def test_older_versions_of_tls_are_not_spoken(tmp_path: Path) -> None:
    pair = Authority(tmp_path).server()
    assert server_context(pair.certificate, pair.key, None, print).minimum_version == ssl.TLSVersion.TLSv1_2


# --- a whole hub -----------------------------------------------------------------------------------


def parties_in(folder: Path) -> Path:
    parties = [
        {"id": "haarlem", "kind": "gemeente", "code": "0392", "name": "Haarlem", "oin": OIN},
        {"id": "ambulant", "kind": "aanbieder", "code": "65656001", "name": "Ambulant", "oin": OTHER},
    ]
    (folder / "parties.yaml").write_text(yaml.safe_dump({"parties": parties}), encoding="utf-8")
    return folder / "parties.yaml"


async def test_a_hub_serves_tls_and_keeps_what_it_refused(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair = authority.server()
    settings = Settings(
        parties=parties_in(tmp_path),
        data=tmp_path / "data",
        port=free_port(),
        certificate=pair.certificate,
        certificate_key=pair.key,
        client_ca=authority.certificate,
    )
    async with open_hub(settings) as hub, running(hub):
        server = Server(f"https://127.0.0.1:{settings.port}", authority, Desk(), Notes())
        assert (await server.get(authority.client(OIN))).status_code == 200
        assert (await server.get()).status_code == 401
        with pytest.raises(httpx.TransportError):
            await server.get(authority.client(OIN, until=timedelta(seconds=-1)))
        log = SqliteAudit(settings.sqlite_file)
        async with asyncio.timeout(5):
            while len(kept := await log.entries(0, 10)) < 2:
                await asyncio.sleep(0.01)
        await log.close()
    assert [(one.act.where, one.act.reason) for one in kept] == [
        ("GET /v1/postbus", "not-authenticated"),
        ("TLS", "not-authenticated"),
    ]


@pytest.mark.parametrize(("host", "told"), [("127.0.0.1", []), ("0.0.0.0", ["served without TLS"])])
async def test_a_hub_that_others_reach_without_tls_says_so(tmp_path: Path, host: str, told: list[str]) -> None:
    settings = Settings(
        parties=parties_in(tmp_path), data=tmp_path / "data", host=host, port=free_port(), viewer_token="kijker"
    )
    with capture_logs() as logs:
        async with open_hub(settings) as hub, running(hub):
            pass
    assert [log["event"] for log in logs if log["log_level"] == "warning"] == told


# --- what is noted ---------------------------------------------------------------------------------


async def test_handshakes_cannot_flood_the_audit_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limits.aio.storage.memory.time.time", lambda: 1_800_000_000.0)  # no window ends meanwhile
    notes = Notes()
    guard = gate(notes=notes)
    with capture_logs() as logs:
        for _ in range(HANDSHAKES + 20):
            await guard.handshake_failed("certificate has expired")
    assert len(notes.acts) == len(logs) == HANDSHAKES


async def test_a_handshake_that_cannot_be_noted_is_told_in_the_ordinary_log() -> None:
    class Full(Notes):
        async def note(self, act: object) -> None:
            raise StoreError("no")

    guard: Gate = gate(notes=Full())
    with capture_logs() as logs:
        await guard.handshake_failed("certificate has expired")
    assert [log["log_level"] for log in logs] == ["warning", "error"]


def test_files_that_cannot_be_used_are_told_by_their_setting(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair, other = authority.server(), authority.client(OIN)
    empty = tmp_path / "leeg.pem"
    empty.touch()
    for certificate, key, ca, setting in (
        (tmp_path / "weg.pem", pair.key, None, "IJWHUB_CERTIFICATE: .*weg.pem"),
        (pair.certificate, other.key, None, "IJWHUB_CERTIFICATE: "),
        (empty, pair.key, None, "IJWHUB_CERTIFICATE: "),
        (pair.certificate, pair.key, tmp_path / "weg.pem", "IJWHUB_CLIENT_CA: .*weg.pem"),
        (pair.certificate, pair.key, empty, "IJWHUB_CLIENT_CA: "),
    ):
        with pytest.raises(ConfigurationError, match=setting):
            server_context(certificate, key, ca, print)
