"""With the commands of `ijwhub topics acls` a party on Kafka can use its own topics, and nothing of anybody else's."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import yaml
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
)
from aiokafka.protocol.admin import CreateAclsRequest
from typer.testing import CliRunner

from connectors.kafka_client import KafkaConnection
from connectors.kafka_topics import apply
from deploy.finding import HOST, free_port, missing_for_kafka
from deploy.servers import Kafka
from streams.cli.app import app
from streams.core.topics import EVENTS, IN, OUT, TOPICS, Topic, party_topics
from tests.support.kafka import PSEUDONYM_KEY
from tests.support.services import require, require_jars, running

PASSWORD = "geheim-7c2e"
USERS = ("hub", "zorg", "haarlem")
ZORG_IN, ZORG_OUT = party_topics("zorg")
HAARLEM_IN, HAARLEM_OUT = party_topics("haarlem")
ALL = (*TOPICS, ZORG_IN, ZORG_OUT, HAARLEM_IN, HAARLEM_OUT)
PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"


class GuardedKafka(Kafka):
    """Kafka with users who may do nothing unless they are allowed to; without a password one is its administrator."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, free_port())
        self.users_port = free_port()

    def _write_settings(self) -> Path:
        path = super()._write_settings()
        own = dict(re.findall(r"(?m)^([\w.]+)=(.*)$", path.read_text()))
        users = " ".join(f'user_{name}="{PASSWORD}"' for name in USERS)
        settings = {
            "listeners": f"{own['listeners']},USERS://{HOST}:{self.users_port}",
            "advertised.listeners": f"{own['advertised.listeners']},USERS://{HOST}:{self.users_port}",
            "listener.security.protocol.map": own["listener.security.protocol.map"] + ",USERS:SASL_PLAINTEXT",
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.users.plain.sasl.jaas.config": f"{PLAIN} required {users};",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
        }
        with path.open("a") as file:
            file.writelines(f"{name}={value}\n" for name, value in settings.items())
        return path


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedKafka]:
    require(missing_for_kafka())
    require_jars()
    server = GuardedKafka(tmp_path_factory.mktemp("guarded"))
    with running(server):
        yield server


@pytest.fixture
async def topics(guarded: GuardedKafka, prefix: str) -> KafkaConnection:
    """All topics of a hub with two parties on Kafka, made by the administrator."""
    administrator = KafkaConnection(servers=guarded.address, prefix=prefix)
    await apply(administrator, {administrator.topic(topic): topic for topic in ALL})
    return administrator


@pytest.fixture
async def allowed(guarded: GuardedKafka, topics: KafkaConnection, tmp_path: Path) -> None:
    """What the commands allow, carried out."""
    await carry_out(guarded, commands(topics, tmp_path))


def commands(connection: KafkaConnection, folder: Path) -> list[str]:
    """What `ijwhub topics acls` prints for a hub with three parties, of which two are on Kafka."""
    path = folder / "parties.yaml"
    kafka = {"soort": "kafka"}
    parties = [
        {"id": "zorg", "kind": "aanbieder", "code": "65656001", "name": "Zorg", "delivery": kafka},
        {"id": "haarlem", "kind": "gemeente", "code": "0392", "name": "Haarlem", "delivery": kafka},
        {"id": "bloemendaal", "kind": "gemeente", "code": "0377", "name": "Bloemendaal"},
    ]
    path.write_text(yaml.safe_dump({"parties": parties}))
    environment = {
        "IJWHUB_KAFKA": connection.servers,
        "IJWHUB_KAFKA_PREFIX": connection.prefix,
        "IJWHUB_DATABASE": "postgresql://nobody@localhost/none",
        "IJWHUB_PSEUDONYM_KEY": PSEUDONYM_KEY,
    }
    told = CliRunner().invoke(app, ["topics", "acls", "--parties", str(path), "--hub", "hub"], env=environment)
    assert told.exit_code == 0, told.output
    assert "bloemendaal" not in told.output
    return told.output.splitlines()


async def carry_out(guarded: GuardedKafka, lines: Sequence[str]) -> None:
    """Do what Kafka's own tool would do with these commands; that tool is not among the jars."""
    client = AIOKafkaClient(bootstrap_servers=guarded.address)
    await client.bootstrap()
    try:
        for line in lines:
            answer = await client.send(client.get_random_node(), CreateAclsRequest(*asked(line)))
            assert [code for code, *_ in answer.creation_responses] == [0], (line, answer)
    finally:
        await client.close()


KINDS = {"topic": 2, "group": 3}
OPERATIONS = {"Read": 3, "Write": 4, "DescribeConfigs": 10}
LITERAL, PREFIXED, ALLOW = 3, 4, 3


def asked(line: str) -> tuple[int, str, int, str, str, int, int]:
    """A command as the request that the tool would make of it."""
    tool, *words = shlex.split(line)
    assert tool == "kafka-acls.sh"
    words.remove("--add")
    given = dict(zip(words[::2], words[1::2], strict=True))
    (kind,) = [kind for kind in KINDS if f"--{kind}" in given]
    pattern = PREFIXED if given.get("--resource-pattern-type") == "prefixed" else LITERAL
    operation = OPERATIONS[given["--operation"]]
    return KINDS[kind], given[f"--{kind}"], pattern, given["--allow-principal"], "*", operation, ALLOW


def as_user(guarded: GuardedKafka, prefix: str, name: str) -> KafkaConnection:
    return KafkaConnection(
        servers=f"{HOST}:{guarded.users_port}",
        prefix=prefix,
        security="SASL_PLAINTEXT",
        mechanism="PLAIN",
        username=name,
        password=PASSWORD,
    )


async def sends(connection: KafkaConnection, topic: Topic) -> bool:
    """Whether this user may produce to a topic."""
    producer = AIOKafkaProducer(**connection.options(), enable_idempotence=True)
    try:
        await producer.start()
        async with asyncio.timeout(20):
            await producer.send_and_wait(connection.topic(topic), b"<a/>")
        return True
    except (TopicAuthorizationFailedError, ClusterAuthorizationFailedError):  # the latter of who may write nowhere
        return False
    finally:
        await producer.stop()


async def reads(connection: KafkaConnection, topic: Topic, group: str) -> bool:
    """Whether this user may consume a record from a topic with a group (its name without the prefix)."""
    async with _reader(connection, topic, group) as reader:
        try:
            async with asyncio.timeout(20):
                await reader.start()
                await reader.getone()
                await reader.commit()
            return True
        except (TopicAuthorizationFailedError, GroupAuthorizationFailedError):
            return False


@asynccontextmanager
async def _reader(connection: KafkaConnection, topic: Topic, group: str) -> AsyncIterator[AIOKafkaConsumer]:
    made = AIOKafkaConsumer(
        connection.topic(topic),
        **connection.options(),
        group_id=connection.group(group),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    try:
        yield made
    finally:
        with suppress(KafkaError):
            await made.stop()


async def filled(administrator: KafkaConnection) -> None:
    """A record in every topic, so that a reader that finds nothing was refused."""
    for topic in ALL:
        assert await sends(administrator, topic)


async def test_without_the_commands_nobody_may_do_anything(
    guarded: GuardedKafka, topics: KafkaConnection, prefix: str
) -> None:
    for name in USERS:
        assert not await sends(as_user(guarded, prefix, name), ZORG_IN)
        assert not await reads(as_user(guarded, prefix, name), ZORG_OUT, f"party.{name}.own")


@pytest.mark.usefixtures("allowed")
async def test_a_party_sends_and_receives_over_its_own_topics(
    guarded: GuardedKafka, topics: KafkaConnection, prefix: str
) -> None:
    await filled(topics)
    for name, sent, received in (("zorg", ZORG_IN, ZORG_OUT), ("haarlem", HAARLEM_IN, HAARLEM_OUT)):
        party = as_user(guarded, prefix, name)
        assert await sends(party, sent)
        assert await reads(party, received, f"party.{name}.own")


@pytest.mark.usefixtures("allowed")
async def test_a_party_can_use_nothing_else(guarded: GuardedKafka, topics: KafkaConnection, prefix: str) -> None:
    await filled(topics)
    zorg = as_user(guarded, prefix, "zorg")
    for topic in (HAARLEM_IN, HAARLEM_OUT, ZORG_OUT, IN, OUT, EVENTS):
        assert not await sends(zorg, topic), topic.name
    for topic in (HAARLEM_IN, HAARLEM_OUT, ZORG_IN, IN, OUT, EVENTS):
        assert not await reads(zorg, topic, "party.zorg.own"), topic.name
    for group in ("party.zorg", "party.haarlem.own", "party.haarlem", "delivery"):
        assert not await reads(zorg, ZORG_OUT, group), group


@pytest.mark.usefixtures("allowed")
async def test_the_hub_can_use_all_of_its_own(guarded: GuardedKafka, topics: KafkaConnection, prefix: str) -> None:
    hub = as_user(guarded, prefix, "hub")
    for topic in (IN, OUT, EVENTS, ZORG_OUT):
        assert await sends(hub, topic)
    assert await sends(as_user(guarded, prefix, "zorg"), ZORG_IN)
    assert await reads(hub, ZORG_IN, "party.zorg")
    assert await reads(hub, OUT, "delivery")
