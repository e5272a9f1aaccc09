"""The region of tests.support.neighbours on both runtimes, for the tests that nobody reads another's mail."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import pytest

from connectors.kafka_client import KafkaConnection
from deploy.servers import Kafka, PostgreSQL
from tests.support.neighbours import Opened, Region, region
from tests.support.neighbours_kafka import Told, told


@pytest.fixture(scope="session")
def told_on_kafka(kafka: Kafka, postgres: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    connection = KafkaConnection(servers=kafka.address, prefix=f"t{secrets.token_hex(4)}.")
    with told(connection, postgres, tmp_path_factory.mktemp("told")) as made:
        yield made


@pytest.fixture(params=["embedded", "kafka"])
def neighbours(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    if request.param == "embedded":
        yield partial(region, tmp_path)
        return
    story: Told = request.getfixturevalue("told_on_kafka")
    with story.copied() as opening:
        yield partial(region, tmp_path, opening)


@pytest.fixture
async def here(neighbours: Opened) -> AsyncIterator[Region]:
    async with neighbours() as made:
        yield made
