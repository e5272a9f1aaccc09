"""The region on Kafka and PostgreSQL: the story happens once, and every test gets a copy of the database after it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from connectors.kafka_client import KafkaConnection
from deploy.servers import PostgreSQL
from streams.hub.roles import Role
from streams.hub.settings import Settings
from streams.kafka.app import KafkaHub, open_kafka_hub
from tests.support.kafka import PSEUDONYM_KEY, prepared
from tests.support.neighbours import Opening, region
from tests.support.services import fresh_database


def on_kafka(connection: KafkaConnection, url: str, *roles: Role) -> Opening:
    """A process of a hub in these roles."""

    def opened(parties: Path) -> AbstractAsyncContextManager[KafkaHub]:
        settings = Settings(
            parties=parties,
            kafka=connection.servers,
            kafka_prefix=connection.prefix,
            kafka_session=3,
            database=url,
            pseudonym_key=PSEUDONYM_KEY,
            look_every=0.05,
        )
        return open_kafka_hub(settings, frozenset(roles))

    return opened


@dataclass(frozen=True)
class Told:
    """Where the story happened, by a process in every role that has ended since."""

    connection: KafkaConnection
    server: PostgreSQL
    url: str

    @contextmanager
    def copied(self) -> Iterator[Opening]:
        """A process that takes in, on a database of its own in which the story is there already.

        Nothing is decided beside it: the log holds what other tests sent.
        """
        with fresh_database(self.server, self.url.rpartition("/")[2]) as url:
            yield on_kafka(self.connection, url, Role.INTAKE)


@contextmanager
def told(connection: KafkaConnection, server: PostgreSQL, folder: Path) -> Iterator[Told]:
    """Let the story happen."""

    async def happen(url: str) -> None:
        await prepared(connection, url)
        async with region(folder, on_kafka(connection, url, *Role)):
            pass

    with fresh_database(server) as url:
        asyncio.run(happen(url))
        yield Told(connection, server, url)
