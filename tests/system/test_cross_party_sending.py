"""Sender on the envelope, in the header and in the credential: a message enters only when all three agree."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

import httpx
import pytest
from structlog.testing import capture_logs

from adapters.contract import Application, Packed, Parcel
from adapters.outgoing import VERSION
from adapters.registry import adapter, names
from connectors.adapter_api import adapters_router
from connectors.http_api import create_app
from streams.hub.clock import now
from tests.support.neighbours import (
    HAARLEM,
    HEEMSKERK,
    JB,
    KLEIN,
    PERSON,
    VELSEN,
    ZORG,
    Opened,
    Region,
    message,
    token,
    uuid4_for,
)
from tests.support.route_cases import Ask, handing_in, path_of

CODES = {"haarlem": HAARLEM, "velsen": VELSEN}
BARE, FILED = "bare", "stuf_ggk in a file"
WAYS = (BARE, FILED, *names())
A_PERSON = re.compile(f"{PERSON.pattern.decode()}|token-")


@pytest.fixture
async def here(neighbours: Opened) -> AsyncIterator[Region]:
    """The region, with every format over HTTP, also those that come in by ways of their own."""
    async with neighbours() as made:
        hub = made.hub
        app = create_app(hub.desk, hub.metrics, hub.gate, more=[adapters_router(names(), now)])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub") as client:
            yield replace(made, app=app, client=client)


@dataclass(frozen=True)
class Offer:
    """A message as it is offered: credential, sender on the envelope, and type and both ends in the header."""

    by: str
    envelope: str
    header: str
    receiver: str = ZORG
    bericht: str = "JW301"

    def ask(self, way: str) -> Ask:
        body = message(self.bericht, self.header, self.receiver)
        if way == BARE:
            return Ask("POST", "/v1/berichten", body, {"Content-Type": "application/xml", "Idempotency-Key": str(self)})
        packed = adapter("stuf_ggk" if way == FILED else way).pack(self._parcel(body))
        assert packed is not None
        return handing_in("file_drop", Packed(body=packed.body)) if way == FILED else handing_in(way, packed)

    def _parcel(self, body: bytes) -> Parcel:
        return Parcel(
            body=body,
            reference=uuid4_for(str(self)),
            bericht=self.bericht,
            version=VERSION,
            sender=self.envelope,
            receiver=self.receiver,
            application=Application("Zorgpakket"),
        )


def addressed(way: str) -> bool:
    return way == FILED or (way != BARE and adapter(way).capabilities.addressed)


def where(way: str) -> str:
    return "POST /v1/berichten" if way == BARE else f"POST {path_of('file_drop' if way == FILED else way)}"


async def offered(here: Region, way: str, offer: Offer) -> tuple[httpx.Response, list[Mapping[str, object]]]:
    with capture_logs() as logs:
        response = await offer.ask(way).by(here.client, token(offer.by))
    return response, [line for line in logs if line["event"] == "rejected"]


async def count(here: Region) -> int:
    return len((await here.rows())["log"])


async def is_refused(here: Region, way: str, offer: Offer, reason: str) -> None:
    before = await count(here)
    response, logs = await offered(here, way, offer)
    assert response.status_code >= 400, f"{way}: {offer} went in"
    assert await count(here) == before
    assert here.noted() == [(offer.by, "token", "refused", where(way), "", reason)]
    assert [(line["party"], line["reason"]) for line in logs] == [(offer.by, reason)]
    assert not A_PERSON.search(f"{response.text} {logs}")
    (aside,) = [one for one in await here.hub.store.aside(1) if one.party == offer.by]
    assert aside.rejection is not None
    assert aside.rejection.reason == reason


async def is_taken(here: Region, way: str, offer: Offer) -> None:
    before = await count(here)
    response, logs = await offered(here, way, offer)
    assert response.status_code < 300, f"{way}: {offer}: {response.text}"
    assert await count(here) == before + 1
    assert here.noted() == []
    assert logs == []


@pytest.mark.parametrize("way", WAYS)
async def test_a_message_enters_only_when_envelope_header_and_credential_agree(here: Region, way: str) -> None:
    envelopes = CODES if addressed(way) else {"": ""}
    taken = 0
    for by, envelope, header in product(CODES, envelopes, CODES):
        offer = Offer(by, CODES.get(envelope, CODES[header]), CODES[header])
        if envelope not in ("", header):
            await is_refused(here, way, offer, "mismatch")
        elif header != by:
            await is_refused(here, way, offer, "not-your-message")
        else:
            await is_taken(here, way, offer)
            taken += 1
    assert taken == 2


ALLOWED = {
    "a mandate of a gemeente": Offer("cjg", HAARLEM, HAARLEM),
    "a member of the joint office": Offer("joint", HEEMSKERK, HEEMSKERK),
    "an aanbieder on the line of an office": Offer("office", KLEIN, KLEIN, HAARLEM, "JW315"),
    "a mandate of an aanbieder": Offer("office", ZORG, ZORG, HAARLEM, "JW305"),
    "a gi": Offer("jb", JB, JB, HAARLEM, "JW315"),
}
FORBIDDEN = {
    "a mandate of another gemeente": Offer("cjg", VELSEN, VELSEN),
    "a mandate for another type": Offer("cjg", HAARLEM, HAARLEM, ZORG, "JW319"),
    "a mandate of an aanbieder for another type": Offer("office", ZORG, ZORG, HAARLEM, "JW307"),
    "a gemeente that is no member": Offer("joint", HAARLEM, HAARLEM),
    "a gemeente that gave a mandate to a third": Offer("joint", VELSEN, VELSEN),
    "an aanbieder for another": Offer("zorg", KLEIN, KLEIN, HAARLEM, "JW315"),
    "an aanbieder for a gi": Offer("zorg", JB, JB, HAARLEM, "JW315"),
    "an aanbieder for a gemeente": Offer("zorg", HAARLEM, HAARLEM),
    "a gemeente for an aanbieder": Offer("haarlem", ZORG, ZORG, HAARLEM, "JW315"),
    "a gi for a gemeente": Offer("jb", VELSEN, VELSEN),
}


@pytest.mark.parametrize("way", [BARE, "stuf_ggk", "vsp_rest"])
async def test_a_mandate_or_a_connection_lets_in_what_it_is_for(here: Region, way: str) -> None:
    for offer in ALLOWED.values():
        await is_taken(here, way, offer)
    for offer in FORBIDDEN.values():
        await is_refused(here, way, offer, "not-your-message")


@pytest.mark.parametrize("way", [BARE, "stuf_ggk", "vsp_rest"])
async def test_a_mandate_does_not_make_up_for_an_envelope_that_says_another(here: Region, way: str) -> None:
    for offer in ALLOWED.values() if addressed(way) else ():
        other = JB if len(offer.header) == 8 and offer.header != JB else ZORG if offer.header == JB else VELSEN
        await is_refused(here, way, replace(offer, envelope=other), "mismatch")


@pytest.mark.parametrize("way", WAYS)
async def test_without_a_credential_nothing_is_taken_or_set_aside(here: Region, way: str) -> None:
    before = await count(here), await here.hub.store.aside()
    response, _ = await offered(here, way, Offer("nobody", HAARLEM, HAARLEM))
    assert response.status_code in (401, 500)
    assert (await count(here), await here.hub.store.aside()) == before
    assert here.noted() == [("unknown", "none", "refused", where(way), "", "not-authenticated")]


async def test_the_number_of_another_party_is_free_and_ones_own_is_not(here: Region) -> None:
    number = uuid4_for("sent 1")
    for by, code, status in (("velsen", VELSEN, 409), ("haarlem", HAARLEM, 202)):
        body = message("JW301", code, JB, "T1")
        headers = {"Content-Type": "application/xml", "Idempotency-Key": number}
        response = await Ask("POST", "/v1/berichten", body, headers).by(here.client, token(by))
        assert response.status_code == status
