"""The real Kafka and PostgreSQL: what was written survives kill -9, and nothing stays behind.

Servers of their own, because the ones that the tests share are not for killing.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy import finding
from deploy.finding import free_port
from deploy.servers import Kafka, PostgreSQL, Server
from tests.support.services import require, require_jars, running, sql


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[Kafka]:
    require(finding.missing_for_kafka())
    require_jars()
    server = Kafka(tmp_path / "kafka", free_port())
    with running(server):
        yield server


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[PostgreSQL]:
    require(finding.missing_for_postgresql())
    server = PostgreSQL(tmp_path / "postgresql", free_port(), fsync=False)
    with running(server):
        yield server


async def test_kafka_keeps_its_topics_when_it_is_killed_and_when_it_is_stopped(own_kafka: Kafka) -> None:
    await _create_topic(own_kafka, "t.first")
    own_kafka.kill()
    _again(own_kafka)
    assert await _topics(own_kafka) == {"t.first"}
    await _create_topic(own_kafka, "t.second")
    own_kafka.stop()
    _again(own_kafka)
    assert await _topics(own_kafka) == {"t.first", "t.second"}


def test_postgresql_keeps_what_was_committed_when_it_is_killed_and_when_it_is_stopped(
    own_postgres: PostgreSQL,
) -> None:
    sql(own_postgres, "CREATE TABLE kept AS SELECT 1 AS number", "ijwhub")
    with _busy(own_postgres):
        own_postgres.kill()
    _again(own_postgres)
    sql(own_postgres, "INSERT INTO kept VALUES (2)", "ijwhub")
    own_postgres.stop()
    _again(own_postgres)
    assert sql(own_postgres, "SELECT string_agg(number::text, ' ' ORDER BY number) FROM kept", "ijwhub") == "1 2"


async def test_the_tests_share_servers_and_each_has_its_own_part(
    kafka: Kafka, postgres: PostgreSQL, database: str, prefix: str
) -> None:
    await _create_topic(kafka, f"{prefix}topic")
    assert f"{prefix}topic" in await _topics(kafka)
    name = database.rpartition("/")[2]
    sql(postgres, "CREATE TABLE of_this_test (number int)", name)
    assert database == postgres.database_url(name)


def test_a_server_ends_with_the_process_that_started_it_even_if_that_is_killed(tmp_path: Path) -> None:
    require(finding.missing_for_postgresql())
    server = PostgreSQL(tmp_path / "postgresql", free_port(), fsync=False)
    words = "import sys, time, pathlib; from deploy.servers import PostgreSQL;"
    words += "s = PostgreSQL(pathlib.Path(sys.argv[1]), int(sys.argv[2]), fsync=False); s.start(); s.ready();"
    words += "print('ready', flush=True); time.sleep(60)"
    command = [sys.executable, "-c", words, str(server.folder), str(server.port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=finding.ROOT) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"ready\n"
        assert server.pid is not None
        starter.kill()
    until = time.monotonic() + 10
    while server.pid is not None and time.monotonic() < until:
        time.sleep(0.05)
    assert server.pid is None
    server.remove()


def test_people_start_twice_and_stop_once(tmp_path: Path) -> None:
    require(finding.missing())
    require_jars()
    ports = {"kafka": free_port(), "postgresql": free_port()}
    options = ["--data", str(tmp_path)] + [part for name in ports for part in (f"--{name}-port", str(ports[name]))]
    servers: list[Server] = [Kafka(tmp_path / "kafka", 0), PostgreSQL(tmp_path / "postgresql", 0)]
    try:
        said = _command("start", *options)
        pids = [server.pid for server in servers]
        assert None not in pids
        assert f"export IJWHUB_KAFKA=127.0.0.1:{ports['kafka']}" in said
        assert f"export IJWHUB_DATABASE=postgresql://ijwhub@127.0.0.1:{ports['postgresql']}/ijwhub" in said
        assert _command("start", *options) == said
        assert [server.pid for server in servers] == pids
        _command("stop", "--data", str(tmp_path))
        assert [server.pid for server in servers] == [None, None]
        assert (
            str(tmp_path)
            not in subprocess.run(["ps", "-A", "-ww", "-o", "args"], capture_output=True, text=True).stdout
        )
    finally:
        for server in servers:
            server.remove()


def _again(server: Server) -> None:
    assert server.pid is None
    server.start()
    server.ready()


def _busy(server: PostgreSQL) -> subprocess.Popen[bytes]:
    """A client whose session computes for a minute, which a server's end alone does not interrupt."""
    programs = finding.postgresql_programs()
    assert programs is not None
    endless = "SELECT count(*) FROM generate_series(1, 1000000000)"
    client = subprocess.Popen(
        [str(programs / "psql"), "-Xqc", endless, server.url], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    running_now = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%generate_series(1, 1%'"
    while sql(server, f"{running_now} AND pid <> pg_backend_pid()") == "0":
        time.sleep(0.02)
    return client


async def _create_topic(kafka: Kafka, name: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, num_partitions=2, replication_factor=1)])
    finally:
        await admin.close()


async def _topics(kafka: Kafka) -> set[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
    await admin.start()
    try:
        return set(await admin.list_topics())
    finally:
        await admin.close()


def _command(*arguments: str) -> str:
    command = [sys.executable, "-m", "deploy.services", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=finding.ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
