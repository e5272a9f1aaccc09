"""What this machine has of what Kafka and PostgreSQL need, and fetching Kafka's jars."""

# ruff: noqa: S603, S607 - every command is put together here, from programs that the machine's PATH names

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import random
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KAFKA = ROOT / "deploy" / "kafka"
LIBS = ROOT / "var" / "kafka" / "libs"
HOST = "127.0.0.1"

NO_JAVA = "java 17 or later (apt-get install openjdk-17-jre-headless, or a later one)"
NO_MAVEN = "mvn, Maven, which fetches Kafka's jars (apt-get install maven)"
NO_POSTGRESQL = "the PostgreSQL server's programs initdb and postgres (apt-get install postgresql)"
NO_USER = "a user named postgres, as which PostgreSQL runs when root starts it (apt-get install postgresql makes it)"
NO_PS = "ps, which tells what runs (apt-get install procps)"


class ServiceError(Exception):
    """What went wrong and what to do about it, in words for the person who started a service."""


def missing() -> tuple[str, ...]:
    """Say what this machine lacks to run both services, one phrase each; empty when all is there."""
    return tuple(dict.fromkeys(missing_for_kafka() + missing_for_postgresql()))


def missing_for_kafka() -> tuple[str, ...]:
    """Say what this machine lacks to run Kafka: Maven is not asked for once the jars are there."""
    lacks = {NO_JAVA: java() is None, NO_MAVEN: not (has_jars() or shutil.which("mvn")), NO_PS: not shutil.which("ps")}
    return tuple(phrase for phrase, lacking in lacks.items() if lacking)


def missing_for_postgresql() -> tuple[str, ...]:
    """Say what this machine lacks to run PostgreSQL, which refuses to run as root."""
    without_user = postgresql_user() is not None and not user_exists("postgres")
    lacks = {NO_POSTGRESQL: postgresql_programs() is None, NO_USER: without_user, NO_PS: not shutil.which("ps")}
    return tuple(phrase for phrase, lacking in lacks.items() if lacking)


def java() -> str | None:
    """Find a java of version 17 or later, in JAVA_HOME or on the PATH: Kafka 4 runs on nothing older."""
    for program in (shutil.which("java", path=f"{os.environ.get('JAVA_HOME', '')}/bin"), shutil.which("java")):
        if program is None:
            continue
        said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stderr
        version = re.search(r'version "(\d+)', said)
        if version is not None and int(version[1]) >= 17:
            return program
    return None


def postgresql_programs() -> Path | None:
    """Find the folder of PostgreSQL's programs: Debian keeps those of a server off the PATH; the newest wins."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name), reverse=True)
    on_path = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    for folder in (*debian, *on_path):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


def free_port() -> int:
    """Choose a port on loopback that nobody listens on.

    It lies below the range from which systems take the port of a connection: a client that keeps trying a stopped
    server on a port within that range now and then gets the same number itself, is connected to itself, and holds
    the port against the server that wants to start again.
    """
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311 - which one does not matter
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return port


def postgresql_user() -> str | None:
    """Return the user as whom PostgreSQL must run; None when that is the one who runs this."""
    return "postgres" if os.geteuid() == 0 else None


def user_exists(name: str) -> bool:
    """Tell whether this machine has a user of that name."""
    return subprocess.run(["id", name], capture_output=True, check=False).returncode == 0


# Kafka's jars


def fetch_jars() -> Path:
    """Fetch Kafka's jars unless they are there, and return their folder; a fetch that broke off is done again."""
    if has_jars():
        return LIBS
    with only_one(LIBS.parent / "lock"):
        if not has_jars():
            shutil.rmtree(LIBS, ignore_errors=True)
            _run_maven()
            (LIBS / "finished").write_text(_wanted_jars())
    return LIBS


def _run_maven() -> None:
    command = ["mvn", "--quiet", "--batch-mode", "dependency:copy-dependencies", f"-DoutputDirectory={LIBS}"]
    try:
        done = subprocess.run(command, cwd=KAFKA, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise ServiceError(f"Kafka's jars are not there yet, and this machine lacks {NO_MAVEN}") from None
    if done.returncode != 0:
        said = (done.stdout + done.stderr)[-2000:]
        raise ServiceError(f"Maven could not fetch Kafka's jars; is there a network? Start again later.\n{said}")


def has_jars() -> bool:
    """Tell whether the jars that pom.xml asks for now were fetched to the last one."""
    finished = LIBS / "finished"
    return finished.exists() and finished.read_text() == _wanted_jars()


def _wanted_jars() -> str:
    return hashlib.sha256((KAFKA / "pom.xml").read_bytes()).hexdigest()


@contextlib.contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Let one process at a time do what follows; the lock goes with the process, however it ends."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
