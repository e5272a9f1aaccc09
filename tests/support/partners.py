"""Partners of a hub with software of their own, each connected in its own way: StUF, VECOZO, a mailbox, Kafka.

What they write is written here by hand, as their software would, and with nothing of the hub's adapters.
"""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from lxml import etree

from adapters.contract import Packed
from connectors.kafka_client import KafkaConnection
from streams.core.topics import LARGEST, party_topics
from tests.support.partner_server import Received

T = TypeVar("T")
GGK, STUF = "http://www.stufstandaarden.nl/koppelvlak/ggk0210", "http://www.egem.nl/StUF/StUF0301"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
PATIENCE = 60
"""Seconds until something that should come must have come."""


@dataclass(frozen=True)
class Mail:
    """A message as a partner got it. `number`: under which; `answers`: the number of what it answers, if it is told."""

    bericht: str
    body: bytes
    number: str
    answers: str | None = None
    sender: str | None = None


class Partner(Protocol):
    """One who sends and gets messages."""

    async def send(self, bericht: str, to: str, body: bytes, answers: str | None = None) -> str:
        """Send a message to a code; returns the number under which it was sent, when the hub has it."""

    async def get(self, bericht: str) -> Mail:
        """The next message of this type."""


async def until(look: Callable[[], Awaitable[T | None]]) -> T:
    """What a look gives in the end."""
    async with asyncio.timeout(PATIENCE):
        while (found := await look()) is None:
            await asyncio.sleep(0.05)
        return found


@dataclass
class StufPartner:
    """A gemeente with a back office that speaks to the GGk."""

    client: httpx.AsyncClient
    url: str
    code: str
    received: list[Mail] = field(default_factory=list)

    async def send(self, bericht: str, to: str, body: bytes, answers: str | None = None) -> str:
        number, kind = str(uuid.uuid4()), "Du01" if answers else "Di01"
        told = await self.client.post(
            f"{self.url}/stuf/ggk0210",
            content=_stuf(kind, self.code, to, number, answers, bericht, body),
            headers={
                "Content-Type": "text/xml; charset=utf-8",
                "SOAPAction": f'"{GGK}/ggk_{kind}"',
                "Authorization": f"Bearer {self.code}",
            },
        )
        receipt = etree.fromstring(told.content).find(f".//{{{STUF}}}Bv03Bericht")
        assert receipt is not None, told.text
        assert receipt.findtext(f".//{{{STUF}}}crossRefnummer") == number
        return number

    async def get(self, bericht: str) -> Mail:
        async def look() -> Mail | None:
            found = next((mail for mail in self.received if mail.bericht == bericht), None)
            if found:
                self.received.remove(found)
            return found

        return await until(look)

    def take(self, request: Received) -> Packed:
        """What its endpoint does: keep the message, and say so with a Bv03."""
        message = etree.fromstring(request.body).find(f"{{{_SOAP}}}Body")[0]  # type: ignore[index]

        def text(name: str, space: str = STUF) -> str | None:
            return message.findtext(f".//{{{space}}}{name}")

        number = text("referentienummer") or ""
        assert uuid.UUID(number).version == 4
        body = base64.b64decode(text("xmlBestand", GGK) or "")
        self.received.append(
            Mail(text("functie") or "", body, number, text("crossRefnummer"), text(f"zender/{{{STUF}}}organisatie"))
        )
        return Packed(body=_bv03(self.code, number), headers={"Content-Type": "text/xml"})


@dataclass
class VspPartner:
    """An aanbieder with software that speaks to VECOZO: it pushes what it sends, and pulls what it gets."""

    client: httpx.AsyncClient
    url: str
    code: str

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.code}"}

    async def send(self, bericht: str, to: str, body: bytes, answers: str | None = None) -> str:
        number = str(uuid.uuid4())
        references = {"conversatieId": answers or number, "traceerId": number}
        metadata = {
            "routeringgegevens": {
                "afzender": {"rol": "Instelling", "code": self.code},
                "geadresseerden": [{"rol": "Gemeente", "code": to}],
                "berichtstroom": {
                    "berichttype": "JW", "berichtsubtype": bericht, "berichtversie": 3, "berichtsubversie": 2,
                    "actie": "Verzenden",
                },
            },
            "referentiegegevens": {**references, **({"alsAntwoordOp": answers} if answers else {})},
        }  # fmt: skip
        parts = {
            "berichtMetadata": (None, json.dumps(metadata), "application/json"),
            "payload": ("bericht.xml", body, "application/xml"),
        }
        told = await self.client.post(f"{self.url}/vsp/v1/berichten", files=parts, headers=self._headers)
        assert told.status_code == 204, told.text
        return number

    async def get(self, bericht: str) -> Mail:
        async def look() -> Any:
            listed = (await self.client.get(f"{self.url}/vsp/v1/berichten", headers=self._headers)).json()
            return next(
                (one for one in listed if one["routeringgegevens"]["berichtstroom"]["berichtsubtype"] == bericht), None
            )

        waiting = await until(look)
        references = waiting["referentiegegevens"]
        payload = waiting["basisgegevens"]["payload"]["url"]
        body = (await self.client.get(payload, headers=self._headers)).content
        taken = await self.client.delete(
            f"{self.url}/vsp/v1/berichten/{references['traceerId']}", headers=self._headers
        )
        assert taken.status_code == 202
        sender = waiting["routeringgegevens"]["afzender"]["code"]
        return Mail(bericht, body, references["traceerId"], references.get("alsAntwoordOp"), sender)


@dataclass
class MailboxPartner:
    """A GI with a mailbox."""

    client: httpx.AsyncClient
    url: str
    code: str

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.code}"}

    async def send(self, bericht: str, to: str, body: bytes, answers: str | None = None) -> str:
        number = str(uuid.uuid4())
        headers = {**self._headers, "Content-Type": "application/xml", "Idempotency-Key": number}
        told = await self.client.post(f"{self.url}/v1/berichten", content=body, headers=headers)
        assert told.status_code == 202, told.text
        return number

    async def get(self, bericht: str) -> Mail:
        async def look() -> Any:
            listed = (await self.client.get(f"{self.url}/v1/postbus", headers=self._headers)).json()
            return next((one for one in listed if one["bericht"] == bericht), None)

        waiting = await until(look)
        body = (await self.client.get(f"{self.url}{waiting['link']}", headers=self._headers)).content
        assert (await self.client.delete(f"{self.url}{waiting['link']}", headers=self._headers)).status_code == 204
        return Mail(bericht, body, waiting["id"])


@dataclass
class KafkaPartner:
    """A region with a Kafka client: it sends and gets for each of its gemeenten over two topics."""

    connection: KafkaConnection
    id: str
    producer: AIOKafkaProducer
    consumer: AIOKafkaConsumer
    received: list[Mail] = field(default_factory=list)

    @staticmethod
    async def opened(connection: KafkaConnection, id: str) -> KafkaPartner:
        producer = AIOKafkaProducer(**connection.options(), max_request_size=LARGEST)
        consumer = AIOKafkaConsumer(
            connection.topic(party_topics(id)[1]), **connection.options(), auto_offset_reset="earliest"
        )
        await producer.start()
        await consumer.start()
        return KafkaPartner(connection, id, producer, consumer)

    async def close(self) -> None:
        await self.producer.stop()
        await self.consumer.stop()

    async def send(self, bericht: str, to: str, body: bytes, answers: str | None = None) -> str:
        number = str(uuid.uuid4())
        told = {
            "reference": number,
            "bericht": bericht,
            "ontvanger": to,
            **({"antwoord_op": answers} if answers else {}),
        }
        headers = [(name, value.encode()) for name, value in told.items()]
        await self.producer.send_and_wait(self.connection.topic(party_topics(self.id)[0]), body, headers=headers)
        return number

    async def get(self, bericht: str) -> Mail:
        async def look() -> Mail | None:
            for records in (await self.consumer.getmany(timeout_ms=100)).values():
                self.received += map(_mail_of, records)
            found = next((mail for mail in self.received if mail.bericht == bericht), None)
            if found:
                self.received.remove(found)
            return found

        return await until(look)


def _mail_of(record: Any) -> Mail:
    told = {name: value.decode() for name, value in record.headers}
    return Mail(told.get("bericht", ""), record.value, told["reference"], told.get("antwoord_op"), told.get("afzender"))


def _stuf(kind: str, sender: str, receiver: str, number: str, answers: str | None, functie: str, body: bytes) -> bytes:
    root = {"Di01": "envelopHeenbericht-ggk_Di01", "Du01": "envelopRetourbericht-ggk_Du01"}[kind]
    cross = f"<s:crossRefnummer>{answers}</s:crossRefnummer>" if answers else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{_SOAP}"><e:Body>'
        f'<g:{root} xmlns:g="{GGK}" xmlns:s="{STUF}"><g:stuurgegevens><s:berichtcode>{kind}</s:berichtcode>'
        f"<s:zender><s:organisatie>{sender}</s:organisatie><s:applicatie>Backoffice</s:applicatie></s:zender>"
        f"<s:ontvanger><s:organisatie>{receiver}</s:organisatie><s:applicatie>GGk</s:applicatie></s:ontvanger>"
        f"<s:referentienummer>{number}</s:referentienummer><s:tijdstipBericht>20261127101500</s:tijdstipBericht>"
        f"{cross}<s:functie>{functie}</s:functie></g:stuurgegevens><g:parameters>"
        "<g:applicatieVersie>0007</g:applicatieVersie><g:applicatieSubversie>0001</g:applicatieSubversie>"
        "<g:functieVersie>0003</g:functieVersie><g:functieSubversie>0002</g:functieSubversie><g:bericht>"
        f"<g:xmlBestand>{base64.b64encode(body).decode()}</g:xmlBestand></g:bericht></g:parameters></g:{root}>"
        "</e:Body></e:Envelope>"
    ).encode()


def _bv03(sender: str, about: str) -> bytes:
    return (
        f'<e:Envelope xmlns:e="{_SOAP}"><e:Body><s:Bv03Bericht xmlns:s="{STUF}"><s:stuurgegevens>'
        f"<s:berichtcode>Bv03</s:berichtcode><s:zender><s:organisatie>{sender}</s:organisatie>"
        "<s:applicatie>Backoffice</s:applicatie></s:zender><s:ontvanger><s:organisatie>ijwhub</s:organisatie>"
        "<s:applicatie>GGk</s:applicatie></s:ontvanger>"
        f"<s:referentienummer>{uuid.uuid4()}</s:referentienummer><s:tijdstipBericht>20261127101501</s:tijdstipBericht>"
        f"<s:crossRefnummer>{about}</s:crossRefnummer></s:stuurgegevens></s:Bv03Bericht></e:Body></e:Envelope>"
    ).encode()
