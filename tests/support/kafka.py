"""A hub on Kafka for tests: its topics and tables, and the environment of its processes."""

from __future__ import annotations

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from connectors.kafka_client import KafkaConnection
from connectors.migrating import upgrade
from streams.core.topics import TOPICS, Topic

PSEUDONYM_KEY = "a secret of the tests"


async def prepared(connection: KafkaConnection, url: str, more: tuple[Topic, ...] = ()) -> None:
    """Make topics and tables, where they are not there yet."""
    admin = AIOKafkaAdminClient(**connection.options())
    await admin.start()
    try:
        topics = [*TOPICS, *more]
        await admin.create_topics(
            [NewTopic(connection.topic(t), t.partitions, 1, topic_configs=t.config()) for t in topics]
        )
    finally:
        await admin.close()
    await upgrade(url)


def environment(connection: KafkaConnection, url: str) -> dict[str, str]:
    """What a process of this hub finds in its environment."""
    return {
        "IJWHUB_KAFKA": connection.servers,
        "IJWHUB_KAFKA_PREFIX": connection.prefix,
        "IJWHUB_KAFKA_SESSION": "3",
        "IJWHUB_DATABASE": url,
        "IJWHUB_PSEUDONYM_KEY": PSEUDONYM_KEY,
    }
