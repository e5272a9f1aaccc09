"""A hub on Kafka for tests: its topics and tables."""

from __future__ import annotations

from connectors.kafka_client import KafkaConnection


async def prepared(connection: KafkaConnection, url: str) -> None:
    """Make topics and tables, where they are not there yet."""
    from aiokafka.admin import AIOKafkaAdminClient, NewTopic
    from sqlalchemy.ext.asyncio import create_async_engine
    import asyncpg
    from connectors import tables
    from streams.core.topics import TOPICS
    admin = AIOKafkaAdminClient(**connection.options())
    await admin.start()
    try:
        await admin.create_topics([NewTopic(connection.topic(t), t.partitions, 1, topic_configs=t.config()) for t in TOPICS])
    finally:
        await admin.close()
    engine = create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:"))
    async with engine.begin() as c:
        await c.run_sync(tables.metadata.create_all)
    await engine.dispose()
