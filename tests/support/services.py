"""Kafka and PostgreSQL for the tests: started once for a test run, private to it, gone with it.

A test that needs one asks for the fixture `kafka`, `postgres` or `database` of tests/conftest.py. Where the machine
lacks something such a test is skipped, and the last lines of the run say so; with IJWHUB_REQUIRE_SERVICES=1, as in
.ci/run, it fails.
"""

from __future__ import annotations

import os
import secrets
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import pytest
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from deploy.finding import ServiceError, fetch_jars, postgresql_programs
from deploy.servers import PostgreSQL, Server

LACKS = "this machine lacks "


def require(lacks: Sequence[str]) -> None:
    """Go on when nothing is lacking; otherwise skip the test, or fail it where services are required."""
    if not lacks:
        return
    text = LACKS + "; ".join(lacks)
    if os.environ.get("IJWHUB_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{text} (IJWHUB_REQUIRE_SERVICES is 1)", pytrace=False)
    pytest.skip(text)


def require_jars() -> None:
    """Fetch Kafka's jars; a machine that cannot is one without Kafka, and its person is told why."""
    try:
        fetch_jars()
    except ServiceError as error:
        require([f"Kafka's jars: {error}"])


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """Start a server and wait for it; afterwards it and its data are gone."""
    try:
        server.start()
        server.ready()
        yield server
    finally:
        server.remove()


def sql(server: PostgreSQL, statement: str, database: str = "postgres") -> str:
    """Run a statement with psql, in no transaction and no event loop; returns what it prints."""
    programs = postgresql_programs()
    assert programs is not None
    command = [str(programs / "psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", statement]
    done = subprocess.run([*command, server.database_url(database)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{statement}: {done.stderr}"
    return done.stdout.strip()


@contextmanager
def fresh_database(server: PostgreSQL, template: str = "template1") -> Iterator[str]:
    """Create a database, empty or a copy, and give its URL; afterwards it is dropped, whoever is still connected."""
    name = f"t{secrets.token_hex(4)}"
    sql(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield server.database_url(name)
    finally:
        _drop(server, name)


@retry(retry=retry_if_exception_type(AssertionError), stop=stop_after_delay(10), wait=wait_fixed(0.2), reraise=True)
def _drop(server: PostgreSQL, name: str) -> None:
    """Not even FORCE may end a vacuum that PostgreSQL itself began there; it is over in a moment."""
    sql(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def skipped_for_lack(reports: Iterable[pytest.TestReport]) -> list[str]:
    """Say how many tests were skipped for lack of what, a line each."""
    reasons = (report.longrepr[2] for report in reports if isinstance(report.longrepr, tuple))
    lacking = Counter(reason.removeprefix("Skipped: ") for reason in reasons)
    return [
        f"{times} {'test was' if times == 1 else 'tests were'} skipped: {reason}"
        for reason, times in lacking.items()
        if reason.startswith(LACKS)
    ]
