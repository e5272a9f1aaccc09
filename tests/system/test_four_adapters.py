"""A whole journey over four adapters, on real processes: nobody changes software, and everybody is understood.

A gemeente speaks StUF, an aanbieder speaks to VECOZO, a GI has a mailbox, and a region speaks Kafka for its gemeente.
Everybody answers for itself; the hub translates, routes and watches.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import httpx
import pytest
import yaml

from connectors.kafka_client import KafkaConnection
from deploy.servers import Kafka
from schemas.ijw_3_2.berichten import basis
from schemas.ijw_3_2.reading import Message, Schemas
from streams.cli.messages import Care, Person, declaratie, start, stop, toewijzing, verzoek
from streams.core.answering import answer
from streams.core.envelope import Made
from streams.core.topics import party_topics
from streams.simulating.letters import Head
from tests.support.kafka import environment, prepared
from tests.support.partner_server import partner_server
from tests.support.partners import KafkaPartner, Mail, MailboxPartner, Partner, StufPartner, VspPartner
from tests.support.process import HubProcess, free_port

GEMEENTE, IN_REGION, AANBIEDER, GI = "0392", "0377", "65656001", "65656002"
TODAY = date(2026, 11, 27)
CHILD = Person("999900006", "Voorbeeld", "Robin", "1", date(2014, 5, 1))
CARE = basis.Product(Categorie="45", Code="45A04")


@dataclass
class Site:
    """The hub at work, and its four partners."""

    hub: HubProcess
    gemeente: StufPartner
    aanbieder: VspPartner
    gi: MailboxPartner
    region: KafkaPartner
    environment: dict[str, str]


def parties(push: str) -> dict[str, object]:
    def one(id: str, kind: str, code: str | None, **more: object) -> dict[str, object]:
        return {"id": id, "kind": kind, "name": id.title(), **({"code": code} if code else {}), **more}

    def token(code: str) -> dict[str, str]:
        return {"token_sha256": hashlib.sha256(code.encode()).hexdigest()}

    stuf = {"soort": "push", "url": push, "adapter": "stuf_ggk"}
    return {
        "parties": [
            one("gemeente", "gemeente", GEMEENTE, delivery=stuf, **token(GEMEENTE)),
            one("regio", "samenwerkingsverband", None, delivery={"soort": "kafka"}),
            one("lid", "gemeente", IN_REGION, via="regio"),
            one("aanbieder", "aanbieder", AANBIEDER, **token(AANBIEDER)),
            one("gi", "gi", GI, **token(GI)),
        ]
    }


@pytest.fixture
async def site(kafka: Kafka, database: str, prefix: str, tmp_path: Path) -> AsyncIterator[Site]:
    connection = KafkaConnection(servers=kafka.address, prefix=prefix)
    await prepared(connection, database, more=party_topics("regio"))
    known = environment(connection, database)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=60))
        server = await stack.enter_async_context(partner_server())
        (tmp_path / "parties.yaml").write_text(yaml.safe_dump(parties(f"{server.url}/ontvang"), sort_keys=False))
        port = free_port()
        hubs = [
            HubProcess(tmp_path, at, known, [word for role in roles for word in ("--role", role)])
            for at, roles in ((port, ["intake"]), (free_port(), ["exchange", "delivery"]))
        ]
        for hub in hubs:
            hub.start()
        region = await KafkaPartner.opened(connection, "regio")
        stack.push_async_callback(region.close)
        for hub in hubs:
            hub.wait_until_ready()
        url = hubs[0].url
        gemeente = StufPartner(client, url, GEMEENTE)
        server.answer = gemeente.take
        yield Site(
            hubs[0], gemeente, VspPartner(client, url, AANBIEDER), MailboxPartner(client, url, GI), region, known
        )
        assert [hub.stop() for hub in hubs] == [0, 0], "a process did not stop in order"


class Writer:
    """Writes messages, each under an Identificatie of its own."""

    def __init__(self) -> None:
        self._schemas = Schemas()
        self._count = 0

    def head(self, sender: str, receiver: str) -> Head:
        self._count += 1
        return Head(sender, receiver, f"{self._count:012d}", TODAY)

    def answer(self, body: bytes) -> bytes:
        """The return message, or JW325, of a receiver that found nothing wrong."""
        message = self._schemas.read(body)
        assert isinstance(message, Message)
        self._count += 1
        return answer(message, (), Made(identificatie=f"{self._count:012d}", dagtekening=TODAY), self._schemas)


RETOUR = {"JW301": "JW302", "JW305": "JW306", "JW307": "JW308", "JW315": "JW316", "JW323": "JW325"}


@dataclass
class Story:
    """Messages on their way, each held against what its receiver got, and answered."""

    writer: Writer
    crossings: set[tuple[str, str]]

    async def exchange(
        self, sender: tuple[Partner, str], receiver: tuple[Partner, str], bericht: str, body: bytes
    ) -> None:
        """Send a message, let its receiver get it and answer it, and let its sender get that answer."""
        number = await sender[0].send(bericht, receiver[1], body)
        got = await receiver[0].get(bericht)
        assert got.body == body, "byte for byte"
        assert got.sender in (None, sender[1])
        retour = RETOUR[bericht]
        told = self.writer.answer(body)
        await receiver[0].send(retour, sender[1], told, got.number)
        heard: Mail = await sender[0].get(retour)
        assert heard.body == told
        assert isinstance(sender[0], MailboxPartner) or heard.answers == number, "it knows what is answered"
        self.crossings |= {(kind(sender[0]), kind(receiver[0])), (kind(receiver[0]), kind(sender[0]))}


def kind(partner: Partner) -> str:
    return type(partner).__name__


async def test_a_journey_over_four_adapters(site: Site) -> None:
    writer = Writer()
    story = Story(writer, set())
    gemeente, lid = (site.gemeente, GEMEENTE), (site.region, IN_REGION)
    aanbieder, gi = (site.aanbieder, AANBIEDER), (site.gi, GI)
    for number, (payer, provider) in enumerate(
        ((gemeente, gi), (lid, aanbieder), (gemeente, aanbieder), (lid, gi)), start=1
    ):
        asked = writer.head(provider[1], payer[1])
        care = Care(number, CARE, 10, "01", date(2026, 10, 5), referentie=asked.identificatie)
        await story.exchange(provider, payer, "JW315", verzoek(asked, CHILD, care))
        await story.exchange(payer, provider, "JW301", toewijzing(writer.head(payer[1], provider[1]), CHILD, care))
        to_payer = (provider[1], payer[1])
        begin = start(writer.head(*to_payer), CHILD, care, date(2026, 10, 5))
        await story.exchange(provider, payer, "JW305", begin)
        month = basis.GeslotenPeriode(Begindatum=date(2026, 10, 1), Einddatum=date(2026, 10, 31))
        claim = declaratie(writer.head(*to_payer), CHILD, care, month, 7500)
        await story.exchange(provider, payer, "JW323", claim)
        end = stop(writer.head(*to_payer), CHILD, care, date(2026, 10, 5), date(2026, 11, 20))
        await story.exchange(provider, payer, "JW307", end)
    ways = {"StufPartner", "VspPartner", "MailboxPartner", "KafkaPartner"}
    assert {one for pair in story.crossings for one in pair} == ways
    assert len(story.crossings) == 8, "each of two with each of two, both ways"
    _all_answered(site)


def _all_answered(site: Site) -> None:
    """Everything was answered, nothing was refused, and the audit log is whole: as the operator sees it."""
    for words, expected in (
        (["freeze", "--json"], '"unanswered":[]'),
        (["deliveries", "list"], "Nothing"),
        (["audit", "verify"], "as it was written"),
    ):
        said = subprocess.run(
            [sys.executable, "-m", "streams.cli", *words],
            env={**os.environ, **site.environment, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=True,
            cwd=site.hub.folder,
        )
        assert expected in said.stdout, said.stdout
