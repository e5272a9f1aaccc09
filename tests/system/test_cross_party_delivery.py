"""What the hub itself brings: each party gets its own mail, and over its topic it can say nothing of another's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from adapters.contract import Packed
from adapters.registry import adapter
from connectors.kafka_client import KafkaConnection
from connectors.kafka_producer import Producer, Record
from connectors.kafka_records import texts
from streams.core.envelope import wire_reference
from streams.core.topics import party_topics
from streams.hub.roles import Role
from tests.support.kafka import prepared
from tests.support.neighbours import CONNECTED, HAARLEM, VELSEN, ZORG, Region, embedded, message, region, uuid4_for
from tests.support.neighbours_kafka import on_kafka
from tests.support.partner_server import PartnerServer, partner_server
from tests.support.route_cases import answer_to, fault_about

OVER_TOPICS = {"haarlem": VELSEN, "zorg": HAARLEM, "cjg": VELSEN}
"""Who sends and receives over topics on Kafka, and in whose name it may not send. Others are pushed to."""
FORMAT = adapter("kafka_direct")
UNDELIVERED = "SELECT 1 FROM output WHERE delivered_at IS NULL"

Got = tuple[Mapping[str, str], bytes]
"""Headers and body of a push or a record."""


@dataclass(frozen=True)
class Site:
    """A region of which nobody fetches; `connection` is None where there are no topics."""

    here: Region
    partners: Mapping[str, PartnerServer]
    connection: KafkaConnection | None

    async def got(self, party: str) -> list[Got]:
        """All that came to a party."""
        if party in self.partners:
            return [(one.headers, one.body) for one in self.partners[party].received]
        return [(texts(one.headers), one.value) for one in await self._records(party)]

    async def _records(self, party: str) -> list[Any]:
        assert self.connection is not None
        place, found = TopicPartition(self.connection.topic(party_topics(party)[1]), 0), list[Any]()
        consumer = AIOKafkaConsumer(**self.connection.options())
        await consumer.start()
        try:
            consumer.assign([place])
            await consumer.seek_to_beginning(place)
            end = (await consumer.end_offsets([place]))[place]
            while await consumer.position(place) < end:
                found += (await consumer.getmany(timeout_ms=100)).get(place, ())
            return found
        finally:
            await consumer.stop()

    async def told(self, party: str, count: int) -> list[Mapping[str, str]]:
        """What a party is told of what it sent, when it is told of so many."""
        async with asyncio.timeout(60):
            while len(found := [body for headers, body in await self.got(party) if not _is_output(headers)]) < count:
                await asyncio.sleep(0.1)
        return [json.loads(body) for body in found]

    async def send(self, party: str, *sent: Packed) -> None:
        """Let a party produce to its topic, in this order."""
        assert self.connection is not None
        topic = self.connection.topic(party_topics(party)[0])
        producer = Producer(self.connection)
        await producer.send([Record(topic=topic, key="", value=o.body, headers=_coded(o.headers)) for o in sent])
        await producer.close()


def _coded(headers: Mapping[str, str]) -> list[tuple[str, bytes]]:
    return [(name, text.encode()) for name, text in headers.items()]


@asynccontextmanager
async def site(request: pytest.FixtureRequest, runtime: str) -> AsyncIterator[Site]:
    """The site after the story, when all is delivered; on Kafka by a process in every role."""
    connection, opening = None, embedded
    if runtime == "kafka":
        connection = KafkaConnection(
            servers=request.getfixturevalue("kafka").address, prefix=request.getfixturevalue("prefix")
        )
        url = request.getfixturevalue("database")
        await prepared(connection, url, more=tuple(topic for party in OVER_TOPICS for topic in party_topics(party)))
        opening = on_kafka(connection, url, *Role)
    async with AsyncExitStack() as stack:
        pushed = [party for party in CONNECTED if connection is None or party not in OVER_TOPICS]
        partners = {party: await stack.enter_async_context(partner_server()) for party in pushed}
        more = {party: {"delivery": _way(partners.get(party))} for party in CONNECTED}
        here = await stack.enter_async_context(region(request.getfixturevalue("tmp_path"), opening, more=more))
        await here.nothing_left(UNDELIVERED)
        yield Site(here, partners, connection)


def _way(partner: PartnerServer | None) -> Mapping[str, str]:
    return {"soort": "push", "url": partner.url, "adapter": "mailbox"} if partner else {"soort": "kafka"}


@pytest.mark.parametrize("runtime", ["embedded", "kafka"])
async def test_a_party_is_brought_its_own_mail_and_nothing_else(request: pytest.FixtureRequest, runtime: str) -> None:
    async with site(request, runtime) as made:
        for party in CONNECTED:
            own = {wire_reference(id): id for id in made.here.own(party, "output")}
            got = {number_of(headers): (headers, body) for headers, body in await made.got(party)}
            assert set(got) == set(own), party
            for number, (headers, body) in got.items():
                assert body == made.here.bodies[own[number]] or b"urn:ijwhub:fout" in body
                told = f"{dict(headers)} {body.decode()}"
                assert not [secret for secret in made.here.secrets(party) if secret in told], party


def number_of(headers: Mapping[str, str]) -> str:
    return wire_reference(headers["id"]) if "id" in headers else headers["idempotency-key"]


REFUSALS = ["cross-reference", "cross-reference", "not-your-message"]


async def test_over_its_topic_a_party_can_say_nothing_of_anothers_mail(request: pytest.FixtureRequest) -> None:
    """Refuse it, answer it, or send in another's name: it is told the same as of what is nowhere."""
    async with site(request, "kafka") as made:
        before, came = await made.here.rows(), await mail(made)
        for party in OVER_TOPICS:
            numbers = sorted({id for of in ("number", "output") for id, _ in made.here.of_others(party, of)})
            sent = [one for number in (uuid4_for("nobody's"), *numbers) for one in said_of(number, party)]
            await made.send(party, *sent)
            told = [without_reference(one) for one in await made.told(party, len(sent))]
            assert told == told[:3] * (len(numbers) + 1)
            assert [one["type"].rpartition(":")[2] for one in told[:3]] == REFUSALS
        assert (await made.here.rows(), await mail(made)) == (before, came)
        await is_refused_by_its_own(made)


async def mail(made: Site) -> Mapping[str, list[Got]]:
    """What came to each party, but for what it is told of what it sent."""
    return {party: [one for one in await made.got(party) if _is_output(one[0])] for party in CONNECTED}


def _is_output(headers: Mapping[str, str]) -> bool:
    """Whether it was brought; a record that tells of what was sent has no id."""
    return "id" in headers or "idempotency-key" in headers


def said_of(number: str, party: str) -> Iterator[Packed]:
    """A refusal of it, an answer to it, and a message under this number in the name of another."""
    yield FORMAT.pack(fault_about(number))
    yield FORMAT.pack(answer_to(number, party))
    yield Packed(body=message("JW301", OVER_TOPICS[party], ZORG), headers={"reference": number})


def without_reference(told: Mapping[str, str]) -> Mapping[str, str]:
    return {name: text for name, text in told.items() if name != "reference"}


async def is_refused_by_its_own(made: Site) -> None:
    """The control: whoever got it may refuse it."""
    (id, *_) = made.here.own("zorg", "output")
    await made.send("zorg", FORMAT.pack(fault_about(wire_reference(id))))
    await made.here.nothing_left(f"SELECT 1 FROM output WHERE id = '{id}' AND undeliverable_at IS NULL")
