"""Who is in a consumer group on Kafka, which partitions each has, how far it noted to be, and where topics end."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import KafkaError, for_code
from msgspec import Struct
from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_fixed

from connectors.kafka_client import KafkaConnection
from connectors.kafka_reaching import PATIENCE, options_of, reach
from connectors.kafka_using import stopped_after, told_as_store_error
from streams.core.ports import StoreError
from streams.core.topics import Topic


class Member(Struct, frozen=True, kw_only=True):
    """A process in a group, with its partitions of the topic that was asked about."""

    host: str
    id: str
    partitions: tuple[int, ...]


class Group(Struct, frozen=True, kw_only=True):
    """A consumer group beside one topic. `noted` is what it keeps on Kafka: position by partition."""

    name: str
    state: str
    members: tuple[Member, ...]
    noted: Mapping[int, int]


async def groups(connection: KafkaConnection, wanted: Mapping[str, Topic]) -> tuple[Group, ...]:
    """The groups with these names (without the prefix), each beside its topic. Raises StoreError."""
    options = options_of(connection)
    await reach(connection, options)
    async with told_as_store_error(connection), asyncio.timeout(3 * PATIENCE):
        admin = AIOKafkaAdminClient(**options, request_timeout_ms=PATIENCE * 1000)
        try:
            await admin.start()
            found = [
                await _group_soon(admin, connection.group(name), connection.topic(wanted[name])) for name in wanted
            ]
        finally:
            await admin.close()
    return tuple(found)


async def _group_soon(admin: AIOKafkaAdminClient, name: str, topic: str) -> Group:
    """As `_group`, waiting for the coordinator: a broker that never had a group has none when it is asked first."""
    retrying = AsyncRetrying(
        retry=retry_if_exception(lambda error: isinstance(error, KafkaError) and error.retriable),
        wait=wait_fixed(0.2),
        stop=stop_after_delay(PATIENCE),
        reraise=True,
    )
    return await retrying(_group, admin, name, topic)


async def _group(admin: AIOKafkaAdminClient, name: str, topic: str) -> Group:
    (answer,) = await admin.describe_consumer_groups([name])
    ((code, _, state, _, _, members, *_),) = answer.groups
    if code:
        raise for_code(code)()
    noted = await admin.list_consumer_group_offsets(name)
    return Group(
        name=name,
        state=state,
        members=tuple(sorted((_member(one, topic) for one in members), key=lambda m: (m.partitions, m.id))),
        noted={place.partition: at.offset for place, at in sorted(noted.items()) if place.topic == topic},
    )


def _member(told: Any, topic: str) -> Member:
    id, _, host, _, assignment = told
    assigned = ConsumerProtocolMemberAssignment.decode(assignment).partitions() if assignment else []
    partitions = tuple(sorted(one.partition for one in assigned if one.topic == topic))
    return Member(host=host.lstrip("/"), id=id, partitions=partitions)


async def ends(connection: KafkaConnection, topics: Collection[Topic]) -> dict[str, dict[int, int]]:
    """Where each partition of these topics ends, by the name of the topic without the prefix.

    Raises StoreError, also when one of them is not there.
    """
    options = options_of(connection)
    await reach(connection, options)
    async with told_as_store_error(connection), asyncio.timeout(3 * PATIENCE):
        places = await _partitions(connection, options, topics)
        consumer = AIOKafkaConsumer(**options, request_timeout_ms=PATIENCE * 1000)
        async with stopped_after(consumer):
            await consumer.start()
            found = await consumer.end_offsets([one for some in places.values() for one in some])
    return {name: {one.partition: found[one] for one in some} for name, some in places.items()}


async def _partitions(
    connection: KafkaConnection, options: Mapping[str, Any], topics: Collection[Topic]
) -> dict[str, list[TopicPartition]]:
    """The partitions of these topics, by name. Asked without a name: asking for one may make a broker create it."""
    client = AIOKafkaClient(**options, request_timeout_ms=PATIENCE * 1000)
    try:
        await client.bootstrap()
        cluster = await client.fetch_all_metadata()
    finally:
        await client.close()
    names = {topic.name: connection.topic(topic) for topic in topics}
    known = {name: sorted(cluster.partitions_for_topic(full) or ()) for name, full in names.items()}
    if missing := [names[name] for name, numbers in known.items() if not numbers]:
        raise StoreError(f"Kafka has no topic {', '.join(missing)}. Make the topics: ijwhub topics apply")
    return {name: [TopicPartition(names[name], number) for number in numbers] for name, numbers in known.items()}
