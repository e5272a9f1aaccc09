"""What holds for every test: a long run is asked for, never stumbled upon, and Kafka and PostgreSQL run once."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import hypothesis
import pytest
import structlog

from deploy.finding import free_port, missing_for_kafka, missing_for_postgresql
from deploy.servers import Kafka, PostgreSQL
from tests.support.services import fresh_database, require, require_jars, running, skipped_for_lack

# Beside each other, processes of tests are told the width of the terminal; tables are made for pipes here.
os.environ.pop("COLUMNS", None)

# What lands is decided by the same examples everywhere; `make full` looks for new ones.
hypothesis.settings.register_profile("repeatable", deadline=None, derandomize=True)
hypothesis.settings.register_profile("searching", deadline=None)
hypothesis.settings.load_profile("repeatable")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests marked `full` unless `-m` names that mark; left out, not skipped: nothing is missing."""
    if "full" in config.getoption("markexpr"):
        return
    long_runs = [item for item in items if item.get_closest_marker("full")]
    if long_runs:
        config.hook.pytest_deselected(items=long_runs)
        items[:] = [item for item in items if not item.get_closest_marker("full")]


def pytest_runtest_teardown() -> None:
    """A command under test may say what is logged; the next test starts without that."""
    structlog.reset_defaults()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """End with what could not be tested on this machine, and how often, so that no skip is silent."""
    for line in skipped_for_lack(terminalreporter.getreports("skipped")):
        terminalreporter.write_line(line, yellow=True)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """Kafka for this test run, ready; who kills it starts it again."""
    require(missing_for_kafka())
    require_jars()
    server = Kafka(tmp_path_factory.mktemp("kafka"), free_port())
    with running(server):
        yield server


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQL]:
    """PostgreSQL for this test run, ready; it does not wait for the disk, so a power cut is the one thing not tried."""
    require(missing_for_postgresql())
    server = PostgreSQL(tmp_path_factory.mktemp("postgresql"), free_port(), fsync=False)
    with running(server):
        yield server


@pytest.fixture
def database(postgres: PostgreSQL) -> Iterator[str]:
    """The URL of an empty database for one test."""
    with fresh_database(postgres) as url:
        yield url


@pytest.fixture
def prefix() -> str:
    """What the topics and groups of one test begin with, so that tests can share a broker."""
    return f"t{secrets.token_hex(4)}."
