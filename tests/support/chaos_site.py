"""The servers of a fault test, which it may kill, with the topics, tables and parties of a hub on them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from connectors.kafka_client import KafkaConnection
from deploy.finding import free_port
from deploy.servers import Kafka, PostgreSQL
from streams.core.parties import Directory
from streams.core.parties_file import load_directory
from tests.support.chaos_traffic import codes
from tests.support.kafka import prepared
from tests.support.load import Relation
from tests.support.process import write_parties
from tests.support.services import running


@dataclass(kw_only=True)
class Site:
    """A hub on these servers. `folder` is for the parties, and for what is left to look at afterwards."""

    kafka: Kafka
    postgresql: PostgreSQL
    url: str
    connection: KafkaConnection
    folder: Path

    async def prepare(self, gemeenten: int, aanbieders: int) -> tuple[Directory, list[Relation]]:
        """Make topics, tables and so many parties; every gemeente has a relation with every aanbieder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        some, others = codes(gemeenten, aanbieders)
        write_parties(self.folder / "parties.yaml", some, others)
        await prepared(self.connection, self.url)
        directory = load_directory(self.folder / "parties.yaml")
        return directory, [Relation(g, a) for g in some for a in others]


@contextmanager
def on_own_servers(folder: Path | None = None) -> Iterator[Site]:
    """Kafka and PostgreSQL of its own; their data go at the end, the logs of the workers stay."""
    home = folder or Path(tempfile.mkdtemp(prefix="ijwhub-chaos-"))
    kafka = Kafka(home / "kafka", free_port())
    postgresql = PostgreSQL(home / "postgresql", free_port(), fsync=False)
    for server in (kafka, postgresql):
        server.folder.mkdir(parents=True)
    with running(kafka), running(postgresql):
        connection = KafkaConnection(servers=kafka.address, prefix="chaos.")
        yield Site(kafka=kafka, postgresql=postgresql, url=postgresql.url, connection=connection, folder=home / "run")
