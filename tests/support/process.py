"""The real hub as a process of its own, and a client that does not give up."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx
import yaml


def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_parties(
    path: Path, gemeenten: list[str], aanbieders: list[str], folders: frozenset[str] = frozenset()
) -> None:
    """A configuration in which the hub answers for everybody; the token of a party is its code."""

    def party(code: str, kind: str) -> dict[str, object]:
        token = hashlib.sha256(code.encode()).hexdigest()
        made: dict[str, object] = {"id": f"p-{code}", "kind": kind, "code": code, "name": f"Party {code}"}
        made |= {"answers": "hub", "token_sha256": token, "limits": {"per_minute": 1_000_000}}
        if code in folders:
            made["delivery"] = {"soort": "folder", "path": f"folders/{code}"}
        return made

    parties = [party(code, "gemeente") for code in gemeenten] + [party(code, "aanbieder") for code in aanbieders]
    path.write_text(yaml.safe_dump({"parties": parties}, sort_keys=False))


class HubProcess:
    """`ijwhub run` on a folder; may be killed and started again on the same one."""

    def __init__(
        self, folder: Path, port: int, environment: Mapping[str, str] | None = None, options: Sequence[str] = ()
    ) -> None:
        self.folder = folder
        self.port = port
        self._environment = {**os.environ, "NO_COLOR": "1", **(environment or {})}
        self._options = options
        self.url = f"http://127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process; returns at once."""
        command = [sys.executable, "-m", "streams.cli", "run", "--parties", str(self.folder / "parties.yaml")]
        command += ["--data", str(self.folder / "data"), "--port", str(self.port), *self._options]
        with (self.folder / "hub.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=self._environment)

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(timeout=30)

    def wait_until_ready(self, seconds: float = 30) -> None:
        """Block until it takes messages; fails with its log when that takes too long or it ends."""
        assert self._process is not None
        until = time.monotonic() + seconds
        while time.monotonic() < until and self._process.poll() is None:
            try:
                if httpx.get(f"{self.url}/health/ready", timeout=1).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.02)
        raise AssertionError(f"the hub does not start:\n{(self.folder / 'hub.log').read_text()[-2000:]}")


async def offer_until_taken(
    client: httpx.AsyncClient, url: str, token: str, reference: str, body: bytes
) -> httpx.Response:
    """Offer a message until the hub says something about it, as a partner's software should."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/xml",
        "Idempotency-Key": reference,
    }
    while True:
        try:
            response = await client.post(f"{url}/v1/berichten", content=body, headers=headers)
        except httpx.TransportError:
            await asyncio.sleep(0.02)
            continue
        if response.status_code < 500:
            return response
        await asyncio.sleep(0.02)
