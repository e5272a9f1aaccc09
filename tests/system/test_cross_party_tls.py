"""Over real TLS: a client certificate gives its party what is its own, and nothing else to anybody."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn

from connectors.tls import TlsProtocol, server_context
from tests.support.certificates import DAY, Authority, Pair
from tests.support.neighbours import CONNECTED, Opened, Region, token, uuid4_for

OINS = {party: {"oin": f"000000990000000010{number:02}"} for number, party in enumerate(CONNECTED)}


@dataclass(frozen=True)
class Site:
    """The region behind a real server; `refused`: why handshakes were."""

    here: Region
    address: str
    authority: Authority
    refused: list[str]

    def client(self, pair: Pair | None) -> httpx.AsyncClient:
        context = ssl.create_default_context(cafile=self.authority.certificate)
        if pair:
            context.load_cert_chain(pair.certificate, pair.key)
        return httpx.AsyncClient(verify=context, base_url=self.address)

    def of(self, party: str) -> httpx.AsyncClient:
        return self.client(self.authority.client(OINS[party]["oin"]))


@pytest.fixture
async def site(neighbours: Opened, tmp_path: Path) -> AsyncIterator[Site]:
    async with neighbours(more=OINS) as here, _served(tmp_path, here) as made:
        yield made


@asynccontextmanager
async def _served(folder: Path, here: Region) -> AsyncIterator[Site]:
    authority, refused = Authority(folder), list[str]()
    pair = authority.server()
    context = server_context(pair.certificate, pair.key, authority.certificate, refused.append)
    config = uvicorn.Config(here.app, log_config=None, http=TlsProtocol, ssl_context_factory=lambda *_: context)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        work = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield Site(here, f"https://127.0.0.1:{listener.getsockname()[1]}", authority, refused)
        finally:
            server.should_exit = True
            await work


async def test_a_certificate_gives_its_party_its_own_mail_and_no_other(site: Site) -> None:
    nowhere = f"{uuid4_for('nobody')}.1"
    for party in CONNECTED:
        own = site.here.own(party, "output")
        async with site.of(party) as client:
            unknown = await client.get(f"/v1/postbus/{nowhere}")
            for output, body in site.here.bodies.items():
                response = await client.get(f"/v1/postbus/{output}")
                if output in own:
                    assert (response.status_code, response.content) == (200, body)
                else:
                    assert response.status_code == unknown.status_code == 404
                    assert response.text.replace(output, "ID") == unknown.text.replace(nowhere, "ID")
    read = {(actor, credential, subject) for actor, credential, action, _, subject, _ in site.here.noted() if subject}
    outputs = site.here.things["output"].items()
    assert read == {(party, "certificate", output) for output, parties in outputs for party in parties}


async def test_the_certificate_of_one_and_the_token_of_another_are_of_nobody(site: Site) -> None:
    for party in CONNECTED:
        async with site.of(party) as client:
            for other in CONNECTED:
                response = await client.get("/v1/postbus", headers=token(other))
                assert response.status_code == (200 if other == party else 401)
    acts = {(actor, credential, reason) for actor, credential, _, _, _, reason in site.here.noted()}
    assert acts == {("unknown", "certificate", "not-authenticated")}


async def test_a_certificate_that_is_not_to_be_trusted_reaches_nothing(site: Site, tmp_path: Path) -> None:
    """One that is over, one that is not valid yet, and one of another authority with the OIN of a party."""
    (tmp_path / "other").mkdir()
    stranger = Authority(tmp_path / "other", "vreemd")
    wrong = [
        site.authority.client(OINS["haarlem"]["oin"], since=-2 * DAY, until=-timedelta(minutes=1)),
        site.authority.client(OINS["haarlem"]["oin"], since=timedelta(hours=1)),
        stranger.client(OINS["haarlem"]["oin"]),
    ]
    for pair in wrong:
        async with site.client(pair) as client:
            with pytest.raises((httpx.ReadError, httpx.ConnectError, httpx.RemoteProtocolError)):
                await client.get("/v1/postbus", headers=token("haarlem"))
    assert len(site.refused) == len(wrong)
    async with site.client(None) as client:
        assert (await client.get("/v1/postbus")).status_code == 401
