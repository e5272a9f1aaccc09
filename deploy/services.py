"""Apache Kafka and PostgreSQL on this machine, for people and for tests, without containers.

    python -m deploy.services start     # both, with their data under var/services; start again as often as you like
    python -m deploy.services status
    python -m deploy.services stop

Kafka's jars are fetched once with Maven; PostgreSQL comes from the system's packages. Nothing but the standard
library is needed, so that this runs before anything is installed. Both listen on loopback only, without passwords.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from deploy.finding import ROOT, ServiceError, has_jars, missing
from deploy.servers import Kafka, PostgreSQL, Server


def main(arguments: list[str] | None = None) -> int:
    """Start, stop or look at the services of this repository."""
    parser = argparse.ArgumentParser(description="Kafka and PostgreSQL on this machine, for people.")
    parser.add_argument("what", choices=["start", "stop", "status", "missing"])
    parser.add_argument("--data", type=Path, default=ROOT / "var" / "services", help="folder of their data")
    parser.add_argument("--kafka-port", type=int, default=9092)
    parser.add_argument("--postgresql-port", type=int, default=5432)
    given = parser.parse_args(arguments)
    kafka = Kafka(given.data / "kafka", given.kafka_port, stays=True)
    postgresql = PostgreSQL(given.data / "postgresql", given.postgresql_port, stays=True)
    try:
        return {"start": _start, "stop": _stop, "status": _status, "missing": _missing}[given.what](kafka, postgresql)
    except ServiceError as error:
        say(str(error))
        return 1


def say(line: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(f"{line}\n")


def _missing(kafka: Kafka, postgresql: PostgreSQL) -> int:
    """Say what must be installed; ends with 1 when that is anything, which is what .ci/run asks."""
    lacks = missing()
    for phrase in lacks:
        say(f"this machine lacks {phrase}")
    return 1 if lacks else 0


def _start(kafka: Kafka, postgresql: PostgreSQL) -> int:
    """Start both at once and wait for both."""
    if _missing(kafka, postgresql):
        return 1
    servers: tuple[Server, ...] = (kafka, postgresql)
    for server in servers:
        _refuse_other_port(server)
    if not has_jars():
        say("fetching Kafka's jars, once")
    for server in servers:
        server.start()
    for server in servers:
        server.ready()
    return _status(kafka, postgresql)


def _refuse_other_port(server: Server) -> None:
    """A server that runs keeps its port; saying nothing would leave a person waiting at another one."""
    if server.pid is not None and server.remembered_port() != server.port:
        running = f"{server.name} runs already, on port {server.remembered_port()}"
        raise ServiceError(f"{running}; stop it first to give it port {server.port}")


def _stop(kafka: Kafka, postgresql: PostgreSQL) -> int:
    """End both in good order; the data stay."""
    for server in (kafka, postgresql):
        was = server.pid
        server.stop()
        say(f"{server.name} {'stopped' if was else 'did not run'}; its data stay in {server.folder}")
    return 0


def _status(kafka: Kafka, postgresql: PostgreSQL) -> int:
    """Say what runs and how the hub is told; ends with 1 when one of them does not run."""
    for server in (kafka, postgresql):
        server.port = server.remembered_port() or server.port
        state = f"runs on {server.address} (process {server.pid})" if server.pid else "does not run"
        say(f"{server.name} {state}; data and log in {server.folder}")
    if not (kafka.pid and postgresql.pid):
        return 1
    say(f"\nexport IJWHUB_KAFKA={kafka.address}\nexport IJWHUB_DATABASE={postgresql.url}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
