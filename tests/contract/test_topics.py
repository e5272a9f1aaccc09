"""Topics are read from Apache Kafka, made and mended there: never deleted, never moved, and only what is declared."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from msgspec import structs
from typer.testing import CliRunner, Result

from connectors.kafka_client import KafkaConnection
from connectors.kafka_producer import Producer, Record
from connectors.kafka_topics import Outcome, apply, read
from connectors.topic_differences import (
    Difference,
    FewerCopies,
    FewerPartitions,
    Missing,
    MorePartitions,
    OtherSetting,
    differences,
    settings_of,
)
from deploy.finding import HOST, free_port
from deploy.servers import Kafka
from streams.cli.app import app
from streams.core.ports import StoreError
from streams.core.topics import IN, TOPICS, Topic

Declared = dict[str, Topic]


@pytest.fixture
def connection(kafka: Kafka, prefix: str) -> KafkaConnection:
    return KafkaConnection(servers=kafka.address, prefix=prefix)


@pytest.fixture
def declared(connection: KafkaConnection) -> Declared:
    return {connection.topic(topic): topic for topic in TOPICS}


async def admin(connection: KafkaConnection, act: Callable[[AIOKafkaAdminClient], Awaitable[Any]]) -> Any:
    client = AIOKafkaAdminClient(**connection.options())
    await client.start()
    try:
        return await act(client)
    finally:
        await client.close()


async def created(connection: KafkaConnection, partitions: int, **settings: str) -> None:
    """Make the topic `in`, otherwise than declared."""
    given = {**settings_of(IN, 1), **{name.replace("_", "."): value for name, value in settings.items()}}
    await admin(
        connection, lambda it: it.create_topics([NewTopic(connection.topic(IN), partitions, 1, topic_configs=given)])
    )


async def found(connection: KafkaConnection, declared: Declared, replication: int | None = None) -> list[Difference]:
    return differences(declared, await read(connection, declared), replication)


def refusals(outcomes: list[Outcome]) -> list[str]:
    return [one.refused for one in outcomes if one.refused]


async def test_made_and_then_as_declared(connection: KafkaConnection, declared: Declared) -> None:
    assert {type(one) for one in await found(connection, declared)} == {Missing}
    outcomes = await apply(connection, declared)
    assert [one.difference.topic for one in outcomes] == list(declared)
    assert refusals(outcomes) == []
    assert await found(connection, declared) == []
    assert await apply(connection, declared) == []


async def test_looking_makes_no_topic(connection: KafkaConnection, declared: Declared) -> None:
    await read(connection, declared)
    there = await admin(connection, lambda it: it.list_topics())
    assert not set(declared) & set(there)


async def test_setting_is_mended_and_others_are_left_alone(connection: KafkaConnection, declared: Declared) -> None:
    await created(connection, IN.partitions, retention_ms="1000", segment_ms="86400000")
    one, *missing = await found(connection, declared)
    assert one == OtherSetting(
        topic=connection.topic(IN), name="retention.ms", found="1000", expected=str(IN.retention)
    )
    assert len(missing) == len(TOPICS) - 1
    assert refusals(await apply(connection, declared)) == []
    assert await found(connection, declared) == []
    assert (await settings(connection))["segment.ms"] == "86400000"


async def settings(connection: KafkaConnection) -> dict[str, str]:
    asked = [ConfigResource(ConfigResourceType.TOPIC, connection.topic(IN))]
    (answer,) = await admin(connection, lambda it: it.describe_configs(asked))
    return {entry[0]: entry[1] for entry in answer.resources[0][4]}


async def test_partitions_of_a_new_topic_are_added(connection: KafkaConnection, declared: Declared) -> None:
    await created(connection, 4)
    assert (await found(connection, declared))[0] == FewerPartitions(
        topic=connection.topic(IN), found=4, expected=12, used=False
    )
    assert refusals(await apply(connection, declared)) == []
    assert await found(connection, declared) == []


async def test_partitions_of_a_used_topic_stay(connection: KafkaConnection, declared: Declared) -> None:
    await created(connection, 4, retention_ms="1000")
    await produced(connection)
    (refusal,) = refusals(await apply(connection, declared))
    assert "has held records" in refusal
    (left,) = await found(connection, declared)
    assert left == FewerPartitions(topic=connection.topic(IN), found=4, expected=12, used=True)


async def test_a_topic_that_was_emptied_counts_as_used(connection: KafkaConnection, declared: Declared) -> None:
    await created(connection, 1)
    await produced(connection)
    await emptied(connection)
    assert len(refusals(await apply(connection, declared))) == 1


async def produced(connection: KafkaConnection) -> None:
    producer = Producer(connection)
    try:
        await producer.send([Record(topic=connection.topic(IN), key="0392:65656001", value=b"<a/>", headers=[])])
    finally:
        await producer.close()


async def emptied(connection: KafkaConnection) -> None:
    """Remove all records of the one partition, as time does."""
    from aiokafka.admin import RecordsToDelete

    place = TopicPartition(connection.topic(IN), 0)
    await admin(connection, lambda it: it.delete_records({place: RecordsToDelete(before_offset=1)}))
    consumer = AIOKafkaConsumer(**connection.options())
    await consumer.start()
    try:
        assert await consumer.beginning_offsets([place]) == await consumer.end_offsets([place]) == {place: 1}
    finally:
        await consumer.stop()


async def test_more_partitions_stay(connection: KafkaConnection, declared: Declared) -> None:
    await created(connection, 24)
    assert len(refusals(await apply(connection, declared))) == 1
    assert await found(connection, declared) == [MorePartitions(topic=connection.topic(IN), found=24, expected=12)]


async def test_more_copies_than_brokers(connection: KafkaConnection, declared: Declared) -> None:
    outcomes = await apply(connection, declared, 3)
    assert len(refusals(outcomes)) == len(TOPICS)
    assert "InvalidReplicationFactorError" in refusals(outcomes)[0]
    assert {type(one) for one in await found(connection, declared)} == {Missing}


async def test_copies_stay(connection: KafkaConnection, declared: Declared) -> None:
    await apply(connection, declared)
    outcomes = await apply(connection, declared, 3)
    assert {type(one.difference) for one in outcomes} == {FewerCopies}
    assert len(refusals(outcomes)) == len(TOPICS)


async def test_what_cannot_be_done_does_not_keep_the_rest(connection: KafkaConnection, declared: Declared) -> None:
    wrong = structs.replace(TOPICS[1], retention=-5)
    outcomes = await apply(connection, {**declared, connection.topic(TOPICS[1]): wrong})
    (refusal,) = refusals(outcomes)
    assert "the broker refused" in refusal
    assert [type(one) for one in await found(connection, declared)] == [Missing]


async def test_prefix_that_is_none(connection: KafkaConnection) -> None:
    with pytest.raises(StoreError, match="IJWHUB_KAFKA_PREFIX"):
        await read(connection, {"geen prefix/in": IN})


async def test_broker_that_is_away() -> None:
    away = f"{HOST}:{free_port()}"
    start = time.monotonic()
    with pytest.raises(StoreError, match=f"{away} is a place where nothing listens: start the broker"):
        await read(KafkaConnection(servers=away), {})
    assert time.monotonic() - start < 5


# The command line


def call(connection: KafkaConnection, *arguments: str) -> Result:
    env = {
        "IJWHUB_KAFKA": connection.servers,
        "IJWHUB_KAFKA_PREFIX": connection.prefix,
        "IJWHUB_DATABASE": "postgresql://nobody@localhost/none",
        "IJWHUB_PSEUDONYM_KEY": "a secret of the tests",
    }
    return CliRunner().invoke(app, ["topics", *arguments], env=env)


def test_commands(connection: KafkaConnection) -> None:
    before = call(connection, "diff")
    assert before.exit_code == 1
    assert before.stdout.count("is not there") == len(TOPICS)
    first = call(connection, "apply")
    assert (first.exit_code, first.stdout.count("created with")) == (0, len(TOPICS)), first.output
    again = call(connection, "apply", "--replication", "1")
    assert (again.exit_code, again.stdout) == (0, "All 4 topics were as declared; there was nothing to do.\n")
    after = call(connection, "diff")
    assert (after.exit_code, after.stdout) == (0, "All 4 topics are as declared.\n")
    more = call(connection, "apply", "--replication", "3")
    assert more.exit_code == 1
    assert "kafka-reassign-partitions" in more.stderr


def test_topics_of_parties(connection: KafkaConnection, tmp_path: Path) -> None:
    party = {"id": "haarlem", "kind": "gemeente", "code": "0392", "name": "Haarlem", "delivery": {"soort": "kafka"}}
    file = tmp_path / "parties.yaml"
    file.write_text(yaml.safe_dump({"parties": [party]}))
    made = call(connection, "apply", "--parties", str(file))
    assert made.exit_code == 0
    assert f"{connection.prefix}party.haarlem.in: created with 1 partition, 1 copy" in made.stdout
    assert call(connection, "diff", "--parties", str(file)).stdout == "All 6 topics are as declared.\n"


def test_parties_that_are_not_there(connection: KafkaConnection) -> None:
    assert call(connection, "diff", "--parties", "geen.yaml").exit_code == 2


def test_command_when_the_broker_is_away() -> None:
    told = call(KafkaConnection(servers=f"{HOST}:{free_port()}"), "diff")
    assert told.exit_code == 2
    assert "nothing listens" in told.stderr
