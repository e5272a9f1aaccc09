"""Outputs are posted to a party; what it answers is understood, limited, and never followed or logged."""

from __future__ import annotations

import gzip
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from msgspec.structs import replace

from adapters.contract import Fault, Packed
from adapters.registry import adapter
from connectors import pushing
from connectors.files import Unreachable
from connectors.pushing import Endpoint, PushOutbox
from deploy.finding import free_port
from streams.core.ports import OutputBody
from tests.support.books import Clock, MemoryBooks
from tests.support.certificates import Authority, Pair
from tests.support.partner_server import Answer, PartnerServer, partner_server

MAILBOX = adapter("mailbox")
RELATION = "0392:65656001"
OIN = "00000099000000001000"


@pytest.fixture
async def partner() -> AsyncIterator[PartnerServer]:
    async with partner_server() as made:
        yield made


@pytest.fixture
async def outbox(partner: PartnerServer) -> AsyncIterator[PushOutbox]:
    made = PushOutbox(Endpoint(url=partner.url), MAILBOX)
    yield made
    await made.close()


async def an_output(body: bytes = b"<a/>") -> OutputBody:
    books = MemoryBooks(Clock())
    found = await books.output("zorg", books.add(RELATION))
    assert found is not None
    return replace(found, body=body)


def told(status: int, body: bytes = b"", **headers: str) -> Packed:
    return Packed(body=body, headers=headers, status=status)


async def test_an_output_is_posted_in_the_format_of_the_adapter(partner: PartnerServer, outbox: PushOutbox) -> None:
    output = await an_output(b"<a>\xc3\xa9</a>")
    assert await outbox.bring(output) is None
    (received,) = partner.received
    assert (received.path, received.body) == ("/berichten", output.body)
    assert received.headers["idempotency-key"] == output.head.reference
    assert received.headers["content-type"] == "application/xml"
    assert "authorization" not in received.headers


async def test_the_largest_message_passes(partner: PartnerServer, outbox: PushOutbox) -> None:
    assert await outbox.bring(await an_output(b"x" * 25_000_000)) is None
    assert len(partner.received[0].body) == 25_000_000


async def test_what_does_not_fit_in_the_envelope_of_the_party_is_not_brought(partner: PartnerServer) -> None:
    """25 MB are 33 in base64, and a party of the GGk takes 25: its sender is told, and others are not held up."""
    outbox = PushOutbox(Endpoint(url=partner.url), adapter("stuf_ggk"))
    said = await outbox.bring(await an_output(b"x" * 25_000_000))
    assert said is not None
    assert (said.kind, said.side, partner.received) == ("too-large", "client", [])
    await outbox.close()


async def test_the_token_is_read_anew_for_every_message(partner: PartnerServer, tmp_path: Path) -> None:
    file = tmp_path / "token"
    outbox = PushOutbox(Endpoint(url=partner.url, token_file=file), MAILBOX)
    for token in ("first", "second"):
        file.write_text(f"{token}\n")
        await outbox.bring(await an_output())
    assert [one.headers["authorization"] for one in partner.received] == ["Bearer first", "Bearer second"]
    file.unlink()
    with pytest.raises(Unreachable):
        await outbox.bring(await an_output())
    await outbox.close()


@pytest.mark.parametrize(
    ("status", "side"), [(200, None), (204, None), (202, None), (422, "client"), (500, "server"), (503, "server")]
)
async def test_what_the_party_says_is_understood(
    partner: PartnerServer, outbox: PushOutbox, status: int, side: str | None
) -> None:
    partner.answer = lambda _: told(status)
    said = await outbox.bring(await an_output())
    assert (said.side if said else None) == side


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"nonsense\r\n\r\n",
        told(307, Location="/elsewhere"),
        told(200, b"x" * (pushing.LARGEST_ANSWER + 1)),
    ],
)
async def test_an_answer_that_is_none_counts_as_unreachable_and_the_next_message_passes(
    partner: PartnerServer, outbox: PushOutbox, answer: Answer
) -> None:
    partner.answer = lambda _: answer
    with pytest.raises(Unreachable):
        await outbox.bring(await an_output())
    assert len(partner.received) == 1, "a redirect is not followed"
    partner.answer = lambda _: told(204)
    assert await outbox.bring(await an_output()) is None


async def test_an_answer_is_not_decompressed(partner: PartnerServer, outbox: PushOutbox) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < pushing.LARGEST_ANSWER
    partner.answer = lambda _: told(422, bomb, **{"Content-Encoding": "gzip"})
    said = await outbox.bring(await an_output())
    assert isinstance(said, Fault)
    assert partner.received[0].headers["accept-encoding"] == "identity"


async def test_nobody_there() -> None:
    outbox = PushOutbox(Endpoint(url=f"http://127.0.0.1:{free_port()}/"), MAILBOX)
    with pytest.raises(Unreachable, match="ConnectError"):
        await outbox.bring(await an_output())


async def test_a_party_that_says_nothing_is_not_waited_for_for_ever(
    partner: PartnerServer, outbox: PushOutbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "PATIENCE", 0.2)
    partner.hangs = True
    with pytest.raises(Unreachable, match="TimeoutError"):
        await outbox.bring(await an_output())


async def test_what_a_party_answers_is_never_logged_or_told(partner: PartnerServer, outbox: PushOutbox) -> None:
    partner.answer = lambda _: told(422, b'{"title": "999900006", "detail": "Jansen"}')
    with structlog.testing.capture_logs() as logs:
        said = await outbox.bring(await an_output())
    for word in ("999900006", "Jansen"):
        assert word not in f"{logs} {said}"


async def test_what_a_format_has_no_word_for_is_noted_and_not_sent(
    partner: PartnerServer, outbox: PushOutbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MAILBOX, "pack", lambda _: None)
    output = await an_output()
    with structlog.testing.capture_logs() as logs:
        assert await outbox.bring(output) is None
    assert partner.received == []
    assert [(one["event"], one["output"]) for one in logs] == [("not told", output.head.id)]


# Both sides prove who they are


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
async def secured(authority: Authority) -> AsyncIterator[PartnerServer]:
    """A partner over TLS that asks for a certificate of the same authority."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.certificate)
    server = authority.server()
    tls.load_cert_chain(server.certificate, server.key)
    tls.verify_mode = ssl.CERT_REQUIRED
    async with partner_server(tls) as made:
        yield made


def endpoint(partner: PartnerServer, authority: Authority, client: Pair) -> Endpoint:
    return Endpoint(
        url=partner.url, ca=authority.certificate, certificate=client.certificate, certificate_key=client.key
    )


async def said(to: Endpoint) -> Fault | None:
    outbox = PushOutbox(to, MAILBOX)
    try:
        return await outbox.bring(await an_output())
    finally:
        await outbox.close()


async def test_the_hub_shows_its_certificate(secured: PartnerServer, authority: Authority) -> None:
    assert await said(endpoint(secured, authority, authority.client(OIN))) is None
    assert secured.received[0].client["serialNumber"] == OIN


async def test_a_party_of_another_authority_gets_nothing(
    secured: PartnerServer, authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    right, other = endpoint(secured, authority, authority.client(OIN)), Authority(tmp_path / "other", "ander")
    for wrong in (replace(right, ca=other.certificate), replace(right, ca=None)):
        with pytest.raises(Unreachable):
            await said(wrong)
    assert secured.received == []


async def test_a_party_under_another_name_gets_nothing(secured: PartnerServer, authority: Authority) -> None:
    right = endpoint(secured, authority, authority.client(OIN))
    with pytest.raises(Unreachable):
        await said(replace(right, url=secured.url.replace("127.0.0.1", "localhost")))
    assert secured.received == []


async def test_an_expired_certificate_of_the_hub_and_none_count_as_unreachable(
    secured: PartnerServer, authority: Authority
) -> None:
    right = endpoint(secured, authority, authority.client(OIN))
    old = authority.client(OIN, until=-timedelta(hours=1))
    wrongs = (
        replace(right, certificate=old.certificate, certificate_key=old.key),
        replace(right, certificate=None, certificate_key=None),
    )
    for wrong in wrongs:
        with pytest.raises(Unreachable):
            await said(wrong)


async def test_a_certificate_that_is_replaced_is_used_after_the_failure(
    secured: PartnerServer, authority: Authority
) -> None:
    outbox = PushOutbox(endpoint(secured, authority, authority.client(OIN, until=-timedelta(hours=1))), MAILBOX)
    with pytest.raises(Unreachable):
        await outbox.bring(await an_output())
    authority.client(OIN)  # writes the same files
    assert await outbox.bring(await an_output()) is None
    await outbox.close()
