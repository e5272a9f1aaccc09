"""The ways over HTTP: what a party posts, and what it is pushed or fetches. What it posts is written by hand."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx

from adapters.contract import Fault, Notice, Packed, Parcel
from adapters.registry import adapter
from schemas.ijw_3_2.safe_xml import MAX_BYTES
from streams.core.ports import Receipt
from streams.core.workdays import DUTCH_TIME
from tests.support.connected import RECEIVER, SENDER, STRANGER, Place, Said, came, hub_at_work, padded
from tests.support.partner_server import PartnerServer, Received, partner_server
from tests.support.stuf import HEADERS, NUMBER, action, bare, soap

MADE = "20251024132514"
"""The moment in an envelope of tests.support.stuf."""


class HttpWay:
    """What all ways over HTTP share. `partners` are the endpoints to which the hub pushes; none where parties fetch."""

    format: str
    numbered = True
    zips = False
    refuses = True
    largest = MAX_BYTES

    def __init__(self, place: Place, partners: dict[str, PartnerServer]) -> None:
        self.place = place
        self.partners = partners
        self.adapter = adapter(self.format)
        self.codes: Any = self.adapter.capabilities.faults
        self._refusing = set[str]()
        for name, partner in partners.items():
            partner.answer = self._answering(name)

    def _answering(self, party: str) -> Any:
        return lambda received: self._answer(party, received)

    def _answer(self, party: str, received: Received) -> Packed:
        """What the software of a party answers to a push."""
        found = self.unpacked(received)
        if party in self._refusing:
            fault = Fault(kind="payload", title="No", detail="It is wrong. Correct it.", reference=number_of(found))
            return self.adapter.refusal(fault, datetime.now(UTC))
        receipt = Receipt(envelope_id=number_of(found), received_at=datetime.now(UTC), repeat=False)
        return self.adapter.receipt(found, receipt)

    def unpacked(self, received: Received) -> Parcel | Notice:
        found = self.adapter.unpack(received.body, received.headers)
        assert not isinstance(found, Fault), found
        return found

    def pushed(self, party: str) -> list[Parcel | Notice]:
        return [self.unpacked(one) for one in self.partners[party].received]

    async def got(self, party: str) -> list[bytes]:
        return [one.body for one in self.pushed(party) if isinstance(one, Parcel)]

    def refuse_from_now_on(self, party: str) -> None:
        self._refusing.add(party)

    async def refuse_what_came(self, party: str) -> None:
        """It was refused when it was pushed."""

    def client(self, party: str) -> httpx.AsyncClient:
        return self.place.clients[party]


def number_of(found: Parcel | Notice) -> str:
    assert found.reference is not None
    return found.reference


def dated(skew: timedelta) -> dict[str, str]:
    """The header Date of a client whose clock differs so much."""
    return {"date": format_datetime(datetime.now(UTC) + skew, usegmt=True)}


class StufGgk(HttpWay):
    name = "stuf_ggk"
    format = "stuf_ggk"
    largest = (MAX_BYTES - 10_000) // 4 * 3

    async def offer(
        self, party: str, body: bytes, number: str, *, skew: timedelta = timedelta(), size: int = 0
    ) -> Said:
        made = datetime.now(DUTCH_TIME) + skew if skew else None
        message = bare(payload=body).replace(NUMBER, number)
        message = message.replace(MADE, f"{made:%Y%m%d%H%M%S}") if made else message
        headers = {**HEADERS, "soapaction": action(message)}
        answer = await self.client(party).post("/stuf/ggk0210", content=padded(soap(message), size), headers=headers)
        if answer.status_code == 200:
            assert "<StUF:berichtcode>Bv03<" in answer.text
            return Said(receipt=answer.text)
        found = re.search("<StUF:code>([^<]*)<", answer.text)
        assert answer.status_code == 500, answer.text
        assert found, answer.text
        return Said(code=found[1])

    async def told(self, party: str, number: str) -> bool:
        return number in [one.about for one in self.pushed(party) if isinstance(one, Notice)]


class VspPush(HttpWay):
    """All are pushed to; who sent a message asks its status."""

    name = "vsp_rest, pushed"
    format = "vsp_rest"
    zips = True

    async def offer(
        self, party: str, body: bytes, number: str, *, skew: timedelta = timedelta(), size: int = 0
    ) -> Said:
        parts = {
            "berichtMetadata": (None, json.dumps(metadata(number)).encode(), "application/json"),
            "payload": (None, padded(body, size), "application/octet-stream"),
        }
        answer = await self.client(party).post("/vsp/v1/berichten", files=parts, headers=dated(skew))
        if answer.status_code == 204:
            return Said(receipt="204")
        return Said(code=answer.json()["code"])

    async def told(self, party: str, number: str) -> bool:
        answer = await self.client(party).get("/vsp/v1/berichtstatussen", params={"traceerId": number})
        return answer.is_success and answer.json()[0]["berichtstatus"] in ("AfgekeurdDoorDienst", "BezorgingAfgebroken")


def metadata(number: str) -> dict[str, Any]:
    """What goes with the JW301."""
    stream = {"berichttype": "JW", "berichtsubtype": "JW301", "berichtversie": 3, "berichtsubversie": 2}
    return {
        "routeringgegevens": {
            "afzender": {"rol": "Gemeente", "code": "0392"},
            "geadresseerden": [{"rol": "Instelling", "code": "65656001"}],
            "berichtstroom": {**stream, "actie": "Toewijzing"},
        },
        "referentiegegevens": {"conversatieId": number, "traceerId": number},
    }


class VspPull(VspPush):
    """The receiver fetches, and has no word for a refusal."""

    name = "vsp_rest, pulled"
    refuses = False

    def __init__(self, place: Place, partners: dict[str, PartnerServer]) -> None:
        super().__init__(place, partners)
        self._fetched: dict[str, list[bytes]] = {}

    async def got(self, party: str) -> list[bytes]:
        fetched = self._fetched.setdefault(party, [])
        for one in (await self.client(party).get("/vsp/v1/berichten")).json():
            fetched.append((await self.client(party).get(one["basisgegevens"]["payload"]["url"])).content)
            path = f"/vsp/v1/berichten/{one['referentiegegevens']['traceerId']}"
            assert (await self.client(party).delete(path)).status_code == 202
        return fetched


class Postbus(HttpWay):
    """Our own interface; what waits is fetched, and refused later."""

    name = "mailbox, /v1/berichten"
    format = "mailbox"
    path = "/v1/berichten"

    async def offer(
        self, party: str, body: bytes, number: str, *, skew: timedelta = timedelta(), size: int = 0
    ) -> Said:
        headers = {"content-type": "application/xml", "idempotency-key": number, **dated(skew)}
        answer = await self.client(party).post(self.path, content=padded(body, size), headers=headers)
        told = answer.json()
        if answer.status_code == 202:
            return Said(receipt=f"{told['id']} {told['ontvangen']}")
        return Said(code=told["type"])

    async def got(self, party: str) -> list[bytes]:
        return [(await self.client(party).get(one["link"])).content for one in await self._waits(party, "bericht")]

    async def refuse_what_came(self, party: str) -> None:
        await came(self, party)
        for one in await self._waits(party, "bericht"):
            problem = {"type": "urn:ijwhub:fout:payload", "reference": one["id"]}
            headers = {"content-type": "application/problem+json", "idempotency-key": "my fault 1"}
            answer = await self.client(party).post("/v1/adapters/mailbox", json=problem, headers=headers)
            assert answer.status_code == 202, answer.text

    async def told(self, party: str, number: str) -> bool:
        faults = [await self.client(party).get(one["link"]) for one in await self._waits(party, "fout")]
        return number in [one.json()["reference"] for one in faults]

    async def _waits(self, party: str, kind: str) -> list[dict[str, Any]]:
        return [one for one in (await self.client(party).get("/v1/postbus")).json() if one["soort"] == kind]


class Mailbox(Postbus):
    name = "mailbox, /v1/adapters/mailbox"
    path = "/v1/adapters/mailbox"


PUSHED: tuple[type[HttpWay], ...] = (StufGgk, VspPush)
FETCHED: tuple[type[HttpWay], ...] = (VspPull, Postbus, Mailbox)


@asynccontextmanager
async def pushed_way(kind: type[HttpWay], folder: Path) -> AsyncIterator[HttpWay]:
    """A way on which the hub pushes to every party."""
    async with AsyncExitStack() as stack:
        parties = (SENDER, RECEIVER, STRANGER)
        partners = {party: await stack.enter_async_context(partner_server()) for party in parties}
        more = {
            party: {"delivery": {"soort": "push", "url": partner.url, "adapter": kind.format}}
            for party, partner in partners.items()
        }
        async with hub_at_work(folder, more) as place:
            yield kind(place, partners)


@asynccontextmanager
async def fetched_way(kind: type[HttpWay], folder: Path) -> AsyncIterator[HttpWay]:
    """A way on which every party fetches."""
    async with hub_at_work(folder, {}) as place:
        yield kind(place, {})
