"""Reading the topics on the broker, and mending what differs from the declaration where that does no harm.

aiokafka's admin client is left aside for the client below it: asking it for a topic by name can create that topic, its
AlterConfigs takes away every setting that is not named, and it hides why servers could not be reached.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, ClassVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, NodeNotReadyError, for_code
from aiokafka.protocol.admin import CreatePartitionsRequest, CreateTopicsRequest, DescribeConfigsRequest
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.protocol.types import Array, Boolean, Int8, Int16, Int32, Schema, String
from msgspec import Struct

from connectors.kafka_client import KafkaConnection
from connectors.kafka_reaching import PATIENCE, options_of, reach
from connectors.kafka_using import stopped_after
from connectors.topic_differences import (
    Cluster,
    Difference,
    FewerPartitions,
    Found,
    Missing,
    OtherSetting,
    differences,
    settings_of,
)
from streams.core.ports import StoreError
from streams.core.topics import Topic

_TOPIC, _SET = 2, 0
_UNKNOWN, _FORBIDDEN, _CLUSTER_FORBIDDEN, _EXISTS = 3, 29, 31, 36
_LEADERLESS = 5
_ANYWHERE: list[object] = []


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of a difference. `refused` tells why it is still there and what to do; None when it was mended."""

    difference: Difference
    refused: str | None = None


async def read(connection: KafkaConnection, declared: Mapping[str, Topic]) -> Cluster:
    """What the broker has of these topics. Raises StoreError."""
    async with _opened(connection) as broker:
        return await broker.read(declared)


async def apply(
    connection: KafkaConnection, declared: Mapping[str, Topic], replication: int | None = None
) -> list[Outcome]:
    """Create what is missing and set what differs; deletes nothing. Returns when every broker shows it.

    What stands in the way of one topic does not keep others from being mended. Raises StoreError; what was done by
    then stays, and doing it again does the rest.
    """
    async with _opened(connection) as broker:
        found = differences(declared, await broker.read(declared), replication)
        outcomes = [await broker.mend(one, declared[one.topic]) for one in found]
        mended = {one.difference for one in outcomes if one.refused is None}
        for each in await broker.each():
            while mended & set(differences(declared, await each.read(declared), replication)):
                await asyncio.sleep(0.05)
        return outcomes


@asynccontextmanager
async def _opened(connection: KafkaConnection) -> AsyncIterator[_Broker]:
    options = options_of(connection)
    await reach(connection, options)
    client = AIOKafkaClient(**options, request_timeout_ms=PATIENCE * 1000)
    try:
        await client.bootstrap()
        yield _Broker(connection, client)
    except NodeNotReadyError as error:
        raise StoreError(_elsewhere(connection, client)) from error
    except (KafkaError, OSError, TimeoutError) as error:
        raise StoreError(
            f"Kafka ({connection.servers}) could be reached but failed then: {type(error).__name__}. "
            "Look into the broker's log, and try again"
        ) from error
    finally:
        with suppress(KafkaError, OSError, TimeoutError):
            await client.close()


def _elsewhere(connection: KafkaConnection, client: AIOKafkaClient) -> str:
    names = ", ".join(sorted(f"{one.host}:{one.port}" for one in client.cluster.brokers()))
    return (
        f"Kafka ({connection.servers}) answers and says that its brokers are {names}, but none of those can be "
        "reached from here. Correct advertised.listeners of the brokers, or the network"
    )


class _Broker:
    """Questions and orders to one broker, or to whichever answers; it passes on what is for the controller."""

    def __init__(self, connection: KafkaConnection, client: AIOKafkaClient, node: int | None = None) -> None:
        self._connection = connection
        self._client = client
        self._node = node

    async def read(self, declared: Mapping[str, Topic]) -> Cluster:
        """What it has of these topics."""
        # Naming topics without forbidding it creates them on a broker that creates topics by itself.
        told = (await self._ask(MetadataRequest(list(declared), False))).to_object()
        there = {one["topic"]: one["partitions"] for one in told["topics"] if self._is_there(one)}
        closed = {one["topic"]: "DESCRIBE" for one in told["topics"] if one["error_code"] == _FORBIDDEN}
        settings = await self._settings(list(there), closed)
        topics = {name: await self._found(name, there[name], declared[name], settings[name]) for name in settings}
        return Cluster(brokers=len(told["brokers"]), topics=topics, closed=closed)

    def _is_there(self, told: Mapping[str, Any]) -> bool:
        code = told["error_code"]
        if code not in (0, _UNKNOWN, _FORBIDDEN, _LEADERLESS):
            raise StoreError(
                f"Kafka ({self._connection.servers}) tells nothing about the topic {told['topic']}: "
                f"{for_code(code).__name__}. Check IJWHUB_KAFKA_PREFIX, and try again"
            )
        return code in (0, _LEADERLESS)

    async def _settings(self, names: Sequence[str], closed: dict[str, str]) -> dict[str, dict[str, str]]:
        """The settings of topics that exist; those that may not be looked at are added to `closed`."""
        if not names:
            return {}
        told = await self._ask(DescribeConfigsRequest([(_TOPIC, name, None) for name in names]))
        made: dict[str, dict[str, str]] = {}
        for code, _, _, name, entries in told.resources:
            if code in (_FORBIDDEN, _CLUSTER_FORBIDDEN):
                closed[name] = "DESCRIBE_CONFIGS"
            elif code != _UNKNOWN:
                _raise_for(code)
                made[name] = {entry[0]: entry[1] for entry in entries}
        return made

    async def _found(
        self, name: str, partitions: Sequence[Mapping[str, Any]], topic: Topic, settings: Mapping[str, str]
    ) -> Found:
        return Found(
            partitions=len(partitions),
            copies=min(len(one["replicas"]) for one in partitions),
            settings=settings,
            used=len(partitions) < topic.partitions and await self._used(name, len(partitions)),
        )

    async def _used(self, name: str, partitions: int) -> bool:
        """Whether it ever held a record, even one that is gone by now: readers remember places."""
        consumer = AIOKafkaConsumer(**options_of(self._connection), request_timeout_ms=PATIENCE * 1000)
        async with stopped_after(consumer):
            await consumer.start()
            ends = await consumer.end_offsets([TopicPartition(name, number) for number in range(partitions)])
        return any(ends.values())

    async def mend(self, difference: Difference, topic: Topic) -> Outcome:
        """Mend a difference, unless that would do harm."""
        if difference.obstacle is not None:
            return Outcome(difference=difference, refused=difference.obstacle)
        code, said = await self._order(difference, topic)
        return Outcome(difference=difference, refused=_refusal(difference, code, said))

    async def _order(self, difference: Difference, topic: Topic) -> tuple[int, str | None]:
        """Give the order that mends a difference; returns the broker's code and words."""
        name, patience = difference.topic, PATIENCE * 1000
        match difference:
            case Missing(partitions=partitions, copies=copies):
                settings = list(settings_of(topic, copies).items())
                answer = await self._ask(
                    CreateTopicsRequest([(name, partitions, copies, _ANYWHERE, settings)], patience, False)
                )
                _, code, said, *_ = answer.topic_errors[0]
            case FewerPartitions(expected=expected):
                answer = await self._ask(CreatePartitionsRequest([(name, (expected, None))], patience, False))
                _, code, said, *_ = answer.topic_errors[0]
            case OtherSetting(name=setting, expected=value):
                answer = await self._ask(_SetRequest(name, setting, value))
                code, said, *_ = answer.resources[0]
            case _:
                raise AssertionError(f"nothing mends {type(difference).__name__}")
        return code, said

    async def each(self) -> list[_Broker]:
        """Every broker that can be reached, by itself: each learns from the controller with a delay of its own."""
        return [_Broker(self._connection, self._client, one) for one in self._nodes() if await self._client.ready(one)]

    async def _ask(self, request: Any) -> Any:
        """The answer of the first that can be reached: a broker that just died is still named among them."""
        for node in self._nodes():
            if await self._client.ready(node):
                return await self._client.send(node, request)
        raise NodeNotReadyError("none of the brokers")

    def _nodes(self) -> list[int]:
        return [one.nodeId for one in self._client.cluster.brokers()] if self._node is None else [self._node]


def _refusal(difference: Difference, code: int, said: str | None) -> str | None:
    """Why the broker did not do it and what to do; None when it is done, by this order or by somebody else's."""
    if code == 0 or (code == _EXISTS and isinstance(difference, Missing)):
        return None
    if code in (_FORBIDDEN, _CLUSTER_FORBIDDEN):
        needed = {Missing: "CREATE", FewerPartitions: "ALTER"}.get(type(difference), "ALTER_CONFIGS")
        return f"this hub lacks the permission {needed} on it; get that, or run this as an administrator"
    return f"the broker refused: {for_code(code).__name__}, {(said or 'without a reason').rstrip('.')}"


def _raise_for(code: int) -> None:
    if code:
        raise for_code(code)()


class _SetResponse(Response):  # type: ignore[misc]
    API_KEY: ClassVar[int] = 44
    API_VERSION: ClassVar[int] = 0
    _resource = (
        ("error_code", Int16),
        ("error_message", String("utf-8")),
        ("resource_type", Int8),
        ("resource_name", String("utf-8")),
    )
    SCHEMA: ClassVar[Any] = Schema(("throttle_time_ms", Int32), ("resources", Array(*_resource)))


class _SetStruct(RequestStruct):  # type: ignore[misc]
    API_KEY: ClassVar[int] = 44
    API_VERSION: ClassVar[int] = 0
    RESPONSE_TYPE: ClassVar[Any] = _SetResponse
    _entry = (("name", String("utf-8")), ("operation", Int8), ("value", String("utf-8")))
    _resource = (("type", Int8), ("name", String("utf-8")), ("entries", Array(*_entry)))
    SCHEMA: ClassVar[Any] = Schema(("resources", Array(*_resource)), ("validate_only", Boolean))


class _SetRequest(Request[_SetStruct]):  # type: ignore[misc]
    """IncrementalAlterConfigs, which aiokafka lacks: sets one setting of a topic and leaves the others alone."""

    API_KEY: ClassVar[int] = 44

    def __init__(self, topic: str, setting: str, value: str) -> None:
        self._resources = [(_TOPIC, topic, [(setting, _SET, value)])]

    def build(self, request_struct_class: type[Any]) -> Any:
        """The request of the version that the broker knows."""
        return request_struct_class(self._resources, False)
