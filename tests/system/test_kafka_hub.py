"""The whole hub on Kafka as processes: HTTP, a folder and topics of a party, and the largest message there is."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from aiokafka import AIOKafkaConsumer

from connectors.kafka_client import KafkaConnection
from connectors.kafka_producer import Producer, Record
from deploy.servers import Kafka
from schemas.ijw_3_2.safe_xml import MAX_BYTES
from streams.core.topics import LARGEST, party_topics
from tests.support.kafka import environment, prepared
from tests.support.load import Offered, Relation, stream
from tests.support.process import HubProcess, free_port, offer_until_taken, write_parties

RELATION = Relation("0392", "65656001")
OTHER = Relation("0392", "65656002")
KAFKA_PARTY = "p-65656001"
FOLDER_PARTY = "p-65656002"


@pytest.fixture
async def connection(kafka: Kafka, database: str, prefix: str) -> KafkaConnection:
    made = KafkaConnection(servers=kafka.address, prefix=prefix)
    await prepared(made, database, more=party_topics(KAFKA_PARTY))
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Parties: a gemeente with a mailbox, an aanbieder on topics of its own, one with a folder."""
    path = tmp_path / "parties.yaml"
    write_parties(path, ["0392"], ["65656001", "65656002"], folders=frozenset(["65656002"]))
    parties = yaml.safe_load(path.read_text())
    next(party for party in parties["parties"] if party["id"] == KAFKA_PARTY)["delivery"] = {"soort": "kafka"}
    path.write_text(yaml.safe_dump(parties, sort_keys=False))
    return tmp_path


def hub(folder: Path, connection: KafkaConnection, database: str, *roles: str) -> HubProcess:
    options = [word for role in roles for word in ("--role", role)]
    return HubProcess(folder, free_port(), environment(connection, database), options)


@pytest.fixture
def processes(folder: Path, connection: KafkaConnection, database: str) -> Iterator[list[HubProcess]]:
    """One process takes in, one decides, one delivers."""
    made = [hub(folder, connection, database, role) for role in ("intake", "exchange", "delivery")]
    for one in made:
        one.start()
    for one in made:
        one.wait_until_ready()
    yield made
    assert [one.stop() for one in made] == [0, 0, 0], "a process did not stop in order"


def messages(relation: Relation, count: int) -> list[Offered]:
    return list(islice(stream(relation), count))


async def records(connection: KafkaConnection, topic: str, count: int) -> list[Any]:
    """So many records of a topic, from its beginning."""
    options = {"auto_offset_reset": "earliest", "max_partition_fetch_bytes": LARGEST}
    consumer = AIOKafkaConsumer(topic, **connection.options(), **options)
    await consumer.start()
    found: list[Any] = []
    try:
        async with asyncio.timeout(60):
            while len(found) < count:
                for some in (await consumer.getmany(timeout_ms=500)).values():
                    found += some
    finally:
        await consumer.stop()
    return found


async def test_a_message_goes_from_http_to_topics_folder_and_mailbox(
    processes: list[HubProcess], connection: KafkaConnection, folder: Path
) -> None:
    intake = processes[0].url
    producer = Producer(connection)
    async with httpx.AsyncClient() as client:
        assignment, start, *_ = messages(RELATION, 5)
        taken = await offer_until_taken(client, intake, "0392", assignment.reference, assignment.body)
        assert taken.status_code == 202
        (delivered,) = await records(connection, connection.topic(party_topics(KAFKA_PARTY)[1]), 1)
        assert delivered.value == assignment.body
        await producer.send([sent(connection, start)])
        await _waits(client, intake, "0392", {"JW305", "JW302"})
        other = messages(OTHER, 1)[0]
        await offer_until_taken(client, intake, "0392", other.reference, other.body)
        await _appears(folder / "folders" / "65656002" / "out", "JW301-*.xml")
    answers = await records(connection, connection.topic(party_topics(KAFKA_PARTY)[1]), 2)
    assert dict(answers[1].headers)["bericht"] == b"JW306"
    await producer.close()


def sent(connection: KafkaConnection, message: Offered) -> Record:
    """A message as the party on Kafka sends it."""
    topic = connection.topic(party_topics(KAFKA_PARTY)[0])
    return Record(topic=topic, key="", value=message.body, headers=[("reference", message.reference.encode())])


async def test_what_a_party_sends_wrongly_over_its_topic_is_told_there(
    processes: list[HubProcess], connection: KafkaConnection
) -> None:
    producer = Producer(connection)
    stranger = messages(Relation("0397", "65656001"), 2)[1]
    await producer.send([sent(connection, stranger), sent(connection, Offered("", "leeg", b""))])
    faults = await records(connection, connection.topic(party_topics(KAFKA_PARTY)[1]), 2)
    told = [json.loads(record.value) for record in faults]
    assert [one["type"] for one in told] == ["urn:ijwhub:fout:unknown-receiver", "urn:ijwhub:fout:unreadable"]
    assert [one["reference"] for one in told] == [stranger.reference, "leeg"]
    await producer.close()


async def test_a_party_may_refuse_over_its_topic_what_it_got_there(
    processes: list[HubProcess], connection: KafkaConnection
) -> None:
    intake, producer = processes[0].url, Producer(connection)
    sent_here, received_here = (connection.topic(topic) for topic in party_topics(KAFKA_PARTY))
    async with httpx.AsyncClient() as client:
        assignment, start, *_ = messages(RELATION, 2)
        await offer_until_taken(client, intake, "0392", assignment.reference, assignment.body)
        (delivered,) = await records(connection, received_here, 1)
        known = {name: value.decode() for name, value in delivered.headers}
        assert (known["afzender"], known["ontvanger"], known["versie"]) == ("0392", "65656001", "3.2")
        refusal = json.dumps({"type": "urn:ijwhub:fout:payload", "reference": known["reference"]}).encode()
        headers = [("kind", b"fout"), ("id", b"nummer-1")]
        await producer.send([Record(topic=sent_here, key="", value=refusal, headers=headers)])
        await _waits(client, intake, "0392", {"JW302", "JW301"})
    wrong = [("reference", b"nummer-2"), ("afzender", b"65656009")]
    await producer.send([Record(topic=sent_here, key="", value=start.body, headers=wrong)])
    fault = (await records(connection, received_here, 2))[-1]
    assert json.loads(fault.value)["type"] == "urn:ijwhub:fout:mismatch"
    await producer.close()


async def test_a_message_of_25_mb_that_cannot_be_compressed_passes(
    processes: list[HubProcess], connection: KafkaConnection
) -> None:
    body = messages(RELATION, 1)[0].body
    before, _, end = body.rpartition(b"</")
    comments = (MAX_BYTES - len(body)) // 1_000_007
    noise = b"".join(b"<!--%s-->" % os.urandom(500_000).hex().encode() for _ in range(comments))
    rest = MAX_BYTES - len(body) - len(noise) - 7
    large = before + noise + b"<!--%s--></" % os.urandom(rest).hex()[:rest].encode() + end
    assert len(large) == MAX_BYTES
    async with httpx.AsyncClient(timeout=60) as client:
        taken = await offer_until_taken(client, processes[0].url, "0392", "groot", large)
        assert taken.status_code == 202
        await _waits(client, processes[0].url, "0392", {"JW302"})
    (passed_on,) = await records(connection, connection.topic(party_topics(KAFKA_PARTY)[1]), 1)
    assert passed_on.value == large


async def test_the_same_delivery_is_one_wherever_it_is_offered(
    processes: list[HubProcess], folder: Path, connection: KafkaConnection, database: str
) -> None:
    second = hub(folder, connection, database, "intake")
    second.start()
    second.wait_until_ready()
    message, other = messages(RELATION, 2)
    async with httpx.AsyncClient() as client:
        urls = [processes[0].url, second.url] * 5
        answers = await asyncio.gather(
            *(offer_until_taken(client, url, "0392", message.reference, message.body) for url in urls)
        )
        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.json()["id"] for answer in answers}) == 1
        conflict = await offer_until_taken(client, second.url, "65656001", message.reference, other.body)
        assert conflict.status_code == 202, "another party may use the same reference"
        conflict = await offer_until_taken(client, second.url, "65656001", message.reference, other.body + b" ")
        assert conflict.status_code == 409
        await _waits(client, second.url, "0392", {"JW305", "JW302"})
    assert second.stop() == 0


async def _waits(client: httpx.AsyncClient, url: str, code: str, berichten: set[str]) -> None:
    """Until exactly these wait in the mailbox of a party."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = await client.get(f"{url}/v1/postbus", headers={"Authorization": f"Bearer {code}"})
        if found.status_code == 200 and {item["bericht"] for item in found.json()} == berichten:
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"expected {berichten} in the mailbox, found {found.text}")


async def _appears(folder: Path, pattern: str) -> None:
    async with asyncio.timeout(60):
        while not list(folder.glob(pattern)):
            await asyncio.sleep(0.1)
