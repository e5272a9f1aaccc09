"""Apache Kafka and PostgreSQL on this machine, for people and for tests, without containers.

    python deploy/services.py start     # both, with their data under var/services; start again as often as you like
    python deploy/services.py status
    python deploy/services.py stop

Kafka's jars are fetched once with Maven; PostgreSQL comes from the system's packages. Nothing but the standard
library is needed, so that this runs before anything is installed. Both listen on loopback only, without passwords.
"""

# ruff: noqa: S603, S607 - every command is put together here, from programs that the machine's PATH names

from __future__ import annotations

import argparse
import base64
import contextlib
import fcntl
import hashlib
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import uuid
from abc import ABC, abstractmethod
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


# What this machine has


def missing() -> tuple[str, ...]:
    """Say what this machine lacks to run both services, one phrase each; empty when all is there."""
    return tuple(dict.fromkeys(missing_for_kafka() + missing_for_postgresql()))


def missing_for_kafka() -> tuple[str, ...]:
    """Say what this machine lacks to run Kafka: Maven is not asked for once the jars are there."""
    lacks = {NO_JAVA: java() is None, NO_MAVEN: not (_fetched() or shutil.which("mvn")), NO_PS: not shutil.which("ps")}
    return tuple(phrase for phrase, lacking in lacks.items() if lacking)


def missing_for_postgresql() -> tuple[str, ...]:
    """Say what this machine lacks to run PostgreSQL, which refuses to run as root."""
    without_user = _owner() is not None and not _user_exists("postgres")
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


def _owner() -> str | None:
    """Return the user as whom PostgreSQL must run; None when that is the one who runs this."""
    return "postgres" if os.geteuid() == 0 else None


def _user_exists(name: str) -> bool:
    return subprocess.run(["id", name], capture_output=True, check=False).returncode == 0


# Kafka's jars


def fetch_jars() -> Path:
    """Fetch Kafka's jars unless they are there, and return their folder; a fetch that broke off is done again."""
    if _fetched():
        return LIBS
    with _only_one(LIBS.parent / "lock"):
        if not _fetched():
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


def _fetched() -> bool:
    """Tell whether the jars that pom.xml asks for now were fetched to the last one."""
    finished = LIBS / "finished"
    return finished.exists() and finished.read_text() == _wanted_jars()


def _wanted_jars() -> str:
    return hashlib.sha256((KAFKA / "pom.xml").read_bytes()).hexdigest()


@contextlib.contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    """Let one process at a time do what follows; the lock goes with the process, however it ends."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


# What both servers have in common


class Server(ABC):
    """A server with its data in a folder, which any process that knows the folder can start, stop and kill.

    One that does not stay dies with the process that started it, even if that is killed; one that stays is for people.
    """

    name: str
    polite: signal.Signals

    def __init__(self, folder: Path, port: int, *, stays: bool = False) -> None:
        self.folder = folder.resolve()
        self.port = port
        self.log = self.folder / f"{self.name.lower()}.log"
        self.stays = stays
        self._pid_file = self.folder / "pid"
        self._process: subprocess.Popen[bytes] | None = None
        self._leash: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Host and port, which for Kafka is what clients call the bootstrap server."""
        return f"{HOST}:{self.port}"

    def start(self) -> None:
        """Start it, preparing its folder the first time; does nothing when it runs. Returns before it is ready."""
        with _only_one(self.folder / "lock"):
            if self.pid is not None:
                return
            self._forget()
            self._refuse_taken_port()
            command = self._prepare()
            self._process = self._spawn(command)
            self._pid_file.write_text(f"{self._process.pid} {self.port}\n")
            if not self.stays:
                self._leash = _leash(self._process.pid, self.polite)

    def ready(self, seconds: float = 60) -> None:
        """Wait until it serves; says where its log is when that takes too long or it ends."""
        until = time.monotonic() + seconds
        while not self._serves():
            if self.pid is None:
                raise ServiceError(f"{self.name} ended while it was starting; {self._log_tail()}")
            if time.monotonic() > until:
                raise ServiceError(f"{self.name} is not ready after {seconds:g} seconds; {self._log_tail()}")
            time.sleep(0.05)

    def stop(self, seconds: float = 60) -> None:
        """Ask it to end in good order and wait for that; kills it when it takes longer than given."""
        pid = self.pid
        if pid is not None:
            family = [pid, *_children(pid)]
            _send(self.polite, pid)
            _send(signal.SIGCONT, pid)  # one that somebody paused would not hear it
            if not _gone(family, seconds):
                self.kill()
        self._forget()

    def kill(self) -> None:
        """kill -9 of the whole server, as when it crashes; returns when nothing of it is left."""
        pid = self.pid
        if pid is not None:
            _send(signal.SIGSTOP, pid)  # so that it makes no children that nobody counted
            family = [pid, *_children(pid)]
            _send(signal.SIGKILL, *family)
            if not _gone(family, 30):
                raise ServiceError(f"{self.name}, process {pid}, survives kill -9")
        self._forget()

    def remove(self) -> None:
        """End it and remove its folder with all data; for tests."""
        self.stop(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def pid(self) -> int | None:
        """The server's process, whoever started it; None when it does not run.

        A number in a file may meanwhile be another process's, so the process's command must name this folder.
        """
        if self._process is not None and self._process.poll() is not None:
            return None
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(self._pid_file.read_text().split()[0])
            return pid if self._mark() in _command(pid) else None
        return None

    def remembered_port(self) -> int | None:
        """The port on which it was last started in this folder, for who only knows the folder."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int(self._pid_file.read_text().split()[1])
        return None

    @abstractmethod
    def _prepare(self) -> list[str]:
        """Make the folder ready and return the command that starts the server."""

    @abstractmethod
    def _serves(self) -> bool:
        """Tell whether it answers now."""

    @abstractmethod
    def _mark(self) -> str:
        """Return the part of the command that no other process on this machine has."""

    def _spawn(self, command: list[str], user: str | None = None) -> subprocess.Popen[bytes]:
        """Start the server in a session of its own, so that Ctrl-C meant for a test run does not reach it."""
        groups: list[str | int] | None = None if user is None else []
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                user=user,
                group=user,
                extra_groups=groups,
            )

    def _refuse_taken_port(self) -> None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((HOST, self.port)) == 0:
                choice = f"stop that, or choose another port (--{self.name.lower()}-port)"
                raise ServiceError(f"{self.name} wants port {self.port}, which another program has: {choice}")

    def _forget(self) -> None:
        """Let go of a process that ended, or the leash would one day pull at whoever got its number."""
        self._pid_file.unlink(missing_ok=True)
        if self._process is not None:
            self._process.wait()
            self._process = None
        if self._leash is not None:
            self._leash.communicate(b"let go\n")
            self._leash = None

    def _log_tail(self) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        last = "\n".join(f"    {line}" for line in text.splitlines()[-10:])
        return f"its log is {self.log} and ends with:\n{last}"


def _send(what: signal.Signals, *pids: int) -> None:
    """Send a signal to those of the processes that are still there."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, what)


def _gone(pids: list[int], seconds: float) -> bool:
    """Wait until the processes are gone; False when the time is over first."""
    until = time.monotonic() + seconds
    while any(_command(pid) for pid in pids):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def _leash(pid: int, polite: signal.Signals) -> subprocess.Popen[bytes]:
    """Start a watcher that ends a server as soon as this process has ended without letting it go.

    It reads from a pipe of which only this process has the other end, so that kill -9 of a test run is noticed too.
    """
    watch = 'read word || { kill "-$2" "-$1"; sleep 5; kill -KILL "-$1"; }'
    return subprocess.Popen(
        ["sh", "-c", watch, "leash", str(pid), str(int(polite))],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _command(pid: int) -> str:
    """Return the command line of a process; empty when there is none, or when it ended and waits to be noticed."""
    ps = ["ps", "-ww", "-o", "stat=,command=", "-p", str(pid)]
    said = subprocess.run(ps, capture_output=True, text=True, check=False).stdout.strip()
    return "" if said.startswith("Z") else said


def _children(pid: int) -> list[int]:
    said = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=False).stdout
    pairs = [line.split() for line in said.splitlines()]
    return [int(child) for child, parent in pairs if int(parent) == pid]


# Kafka


class Kafka(Server):
    """One Apache Kafka server, broker and controller in one process."""

    name = "Kafka"
    polite = signal.SIGTERM

    def _prepare(self) -> list[str]:
        program = java()
        if program is None:
            raise ServiceError(f"this machine lacks {NO_JAVA}")
        (self.folder / "tmp").mkdir(exist_ok=True)
        settings = self._write_settings()
        run = [program, "-Xmx512m", f"-Djava.io.tmpdir={self.folder / 'tmp'}", "-cp", f"{fetch_jars()}/*"]
        run.append(f"-Dlog4j2.configurationFile={KAFKA / 'log4j2.properties'}")
        self._format([*run, "kafka.tools.StorageTool"], settings)
        return [*run, "kafka.Kafka", str(settings)]

    def _write_settings(self) -> Path:
        """Write the settings of this server: the common ones and what is its own; kept is the controller's port."""
        path = self.folder / "server.properties"
        kept = re.search(r"CONTROLLER://[\d.]+:(\d+)", path.read_text()) if path.exists() else None
        controller = f"{HOST}:{kept[1] if kept else free_port()}"
        own = f"""
listeners=PLAINTEXT://{self.address},CONTROLLER://{controller}
advertised.listeners=PLAINTEXT://{self.address},CONTROLLER://{controller}
controller.quorum.bootstrap.servers={controller}
log.dirs={self.folder / "data"}
"""
        path.write_text((KAFKA / "server.properties").read_text() + own)
        return path

    def _format(self, tool: list[str], settings: Path) -> None:
        """Give the data folder its identity, once."""
        if (self.folder / "data" / "meta.properties").exists():
            return
        identity = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().strip("=")
        asked = ["format", "--standalone", f"--cluster-id={identity}", "--config", str(settings)]
        with self.log.open("ab") as log:
            done = subprocess.run([*tool, *asked], stdout=log, stderr=log, check=False)
        if done.returncode != 0:
            raise ServiceError(f"Kafka's data folder could not be prepared; {self._log_tail()}")

    def _serves(self) -> bool:
        """Ask for the brokers: the port is open some time before the broker that it belongs to may be used."""
        body = struct.pack(">hhihi?", 3, 4, 1, -1, 0, False)  # Metadata, version 4, of no topic
        try:
            with socket.create_connection((HOST, self.port), timeout=2) as asked, asked.makefile("rb") as answer:
                asked.sendall(struct.pack(">i", len(body)) + body)
                _length, _number, _throttled, brokers = struct.unpack(">iiii", answer.read(16))
                return bool(brokers)
        except (OSError, struct.error):
            return False

    def _mark(self) -> str:
        return f"kafka.Kafka {self.folder / 'server.properties'}"


# PostgreSQL


class PostgreSQL(Server):
    """One PostgreSQL server with the role and the database ijwhub."""

    name = "PostgreSQL"
    polite = signal.SIGINT  # "fast": ends the connections instead of waiting for them

    def __init__(self, folder: Path, port: int, *, fsync: bool = True, stays: bool = False) -> None:
        super().__init__(folder, port, stays=stays)
        self.fsync = fsync

    @property
    def url(self) -> str:
        """The address of the database ijwhub."""
        return self.database_url("ijwhub")

    def database_url(self, database: str) -> str:
        """The address of any database of this server."""
        return f"postgresql://ijwhub@{self.address}/{database}"

    def remove(self) -> None:
        """End it and remove all data, also where they are outside the folder."""
        home = (self.folder / "home").resolve()
        super().remove()
        shutil.rmtree(home, ignore_errors=True)

    def _prepare(self) -> list[str]:
        lacks = missing_for_postgresql()
        programs = postgresql_programs()
        if lacks or programs is None:
            raise ServiceError(f"this machine lacks {'; '.join(lacks)}")
        data = self._home() / "data"
        if not data.exists():
            self._create(programs, data)
        given = {"listen_addresses": HOST, "unix_socket_directories": "", "max_connections": "200"}
        given["fsync"] = "on" if self.fsync else "off"
        settings = [part for key, value in given.items() for part in ("-c", f"{key}={value}")]
        # Without a locale that it knows PostgreSQL does not start on macOS; Java needs the person's own for its paths.
        return ["env", "LC_ALL=C", str(programs / "postgres"), "-D", str(data), "-p", str(self.port), *settings]

    def _spawn(self, command: list[str], user: str | None = None) -> subprocess.Popen[bytes]:
        return super()._spawn(command, _owner())

    def _home(self) -> Path:
        """Return where the data are: in the folder, or behind a link when PostgreSQL's user cannot reach that.

        A folder of root's may lie under one that nobody else may enter, as the temporary folders of tests do.
        """
        home = self.folder / "home"
        if not home.exists():
            home.unlink(missing_ok=True)
            home.mkdir(mode=0o700)
            if not self._give_away(home):
                home.rmdir()
                elsewhere = Path(tempfile.mkdtemp(prefix="ijwhub-postgresql-", dir="/var/tmp"))
                self._give_away(elsewhere)
                home.symlink_to(elsewhere)
        return home.resolve()

    def _give_away(self, folder: Path) -> bool:
        """Make PostgreSQL's user the owner of a folder; tells whether that user can also reach it."""
        owner = _owner()
        if owner is None:
            return True
        shutil.chown(folder, owner, owner)
        reach = ["test", "-w", str(folder)]
        return subprocess.run(reach, user=owner, group=owner, extra_groups=[], cwd="/", check=False).returncode == 0

    def _create(self, programs: Path, data: Path) -> None:
        """Make the data folder with the role and the database; under another name until that is done."""
        new = data.with_name("new")
        shutil.rmtree(new, ignore_errors=True)
        init = [
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--username=postgres",
            *([] if self.fsync else ["--no-sync"]),
        ]
        self._wait_for([str(programs / "initdb"), *init, "-D", str(new)])
        words = b"CREATE ROLE ijwhub LOGIN CREATEDB\nCREATE DATABASE ijwhub OWNER ijwhub\n"
        self._wait_for([str(programs / "postgres"), "--single", "-D", str(new), "postgres"], words)
        new.rename(data)

    def _wait_for(self, command: list[str], given: bytes = b"") -> None:
        owner = _owner()
        groups: list[str | int] | None = None if owner is None else []
        with self.log.open("ab") as log:
            done = subprocess.run(
                command,
                input=given,
                stdout=log,
                stderr=log,
                cwd="/",
                check=False,
                user=owner,
                group=owner,
                extra_groups=groups,
            )
        if done.returncode != 0:
            raise ServiceError(f"PostgreSQL's data folder could not be made; {self._log_tail()}")

    def _serves(self) -> bool:
        """Look at the state that the server keeps beside its data: an open port may still belong to a recovery."""
        with contextlib.suppress(OSError, IndexError):
            lines = (self._home() / "data" / "postmaster.pid").read_text().splitlines()
            return int(lines[0]) == self.pid and lines[7].strip() == "ready"
        return False

    def _mark(self) -> str:
        return f"-D {self._home() / 'data'}"


# For people


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
    if not _fetched():
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
