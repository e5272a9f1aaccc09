"""Apache Kafka and PostgreSQL as processes of this machine, on loopback, with their data in a folder."""

# ruff: noqa: S603, S607 - every command is put together here, from programs that the machine's PATH names

from __future__ import annotations

import base64
import contextlib
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import uuid
from abc import ABC, abstractmethod
from pathlib import Path

from deploy.finding import (
    HOST,
    KAFKA,
    NO_JAVA,
    ServiceError,
    fetch_jars,
    free_port,
    java,
    missing_for_postgresql,
    only_one,
    postgresql_programs,
    postgresql_user,
)


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
        with only_one(self.folder / "lock"):
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
        if self._process is not None:
            return self._process.pid if self._process.poll() is None else None
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
        return super()._spawn(command, postgresql_user())

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
        owner = postgresql_user()
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
        owner = postgresql_user()
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
