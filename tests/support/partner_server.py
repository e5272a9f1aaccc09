"""A partner's HTTP endpoint in the test process, which answers as a test says, or breaks off in ways of its own."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from adapters.contract import Packed


@dataclass(frozen=True)
class Received:
    """A request, and the subject of the client's certificate when it gave one."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    client: Mapping[str, str]


Answer = Packed | bytes | None
"""Packed is a whole answer, bytes are sent as they are and then it breaks off, None breaks off at once."""


@dataclass
class PartnerServer:
    """Where it is, what it got, and what it answers to each; `hangs` makes it answer only when that is unset."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answer: Callable[[Received], Answer] = lambda _: Packed(body=b"", status=204)
    hangs: bool = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await _read(reader, writer):
                self.received.append(request)
                while self.hangs:
                    await asyncio.sleep(0.01)
                answer = self.answer(request)
                writer.write(_written(answer))
                await writer.drain()
                if not isinstance(answer, Packed):
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Received | None:
    line = (await reader.readline()).decode()
    if not line:
        return None
    headers: dict[str, str] = {}
    while (header := (await reader.readline()).decode().strip()) != "":
        name, _, value = header.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Received(line.split()[1], headers, body, _subject(writer.get_extra_info("peercert")))


def _subject(certificate: Any) -> dict[str, str]:
    return {name: value for part in (certificate or {}).get("subject", ()) for name, value in part}


def _written(answer: Answer) -> bytes:
    if not isinstance(answer, Packed):
        return answer or b""
    headers = {**answer.headers, "Content-Length": str(len(answer.body))}
    lines = [f"HTTP/1.1 {answer.status} Told", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + answer.body


@asynccontextmanager
async def partner_server(tls: ssl.SSLContext | None = None) -> AsyncIterator[PartnerServer]:
    """A partner that listens on loopback, over TLS when given how."""
    partner = PartnerServer()
    server = await asyncio.start_server(partner.serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    partner.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}/berichten"
    try:
        yield partner
    finally:
        partner.hangs = False
        server.close()
