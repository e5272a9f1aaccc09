"""Connections on a real server: those without a request are closed, those with one are not."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from fastapi import FastAPI, Request

from connectors.patience import PatientProtocol

HEAD = b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n"
PATIENCE = 0.3

app = FastAPI()


@app.get("/")
async def at_once() -> str:
    return "at once"


@app.get("/slow")
async def slow() -> str:
    await asyncio.sleep(3 * PATIENCE)
    return "slow"


@app.post("/refused")
async def refused() -> str:
    return "not read"


@app.post("/read")
async def read(request: Request) -> int:
    return len(await request.body())


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr("connectors.patience.HEAD_WITHIN", PATIENCE)
    config = uvicorn.Config(app, log_config=None, http=PatientProtocol)
    serving = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        work = asyncio.create_task(serving.serve(sockets=[listener]))
        yield listener.getsockname()[1]
        serving.should_exit = True
        await work


async def said(port: int, first: bytes, trickle: bytes = b"", *, every: float = 0.05, count: int = 200) -> bytes:
    """What the server says until it closes: to bytes that come at once, and to more that come one by one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(first)

    async def trickling() -> None:
        for _ in range(count if trickle else 0):
            writer.write(trickle)
            await asyncio.sleep(every)

    more = asyncio.create_task(trickling())
    try:
        async with asyncio.timeout(5):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        more.cancel()
        writer.close()


@pytest.mark.parametrize(
    ("first", "trickle"),
    [(b"", b""), (HEAD[:-2], b""), (HEAD[:-2], b"a: b\r\n")],
    ids=["nothing", "half a head", "a head without end"],
)
async def test_a_connection_without_a_request_is_closed(port: int, first: bytes, trickle: bytes) -> None:
    assert await said(port, first, trickle) == b""


async def test_so_is_one_on_which_no_next_request_comes(port: int) -> None:
    assert (await said(port, HEAD + HEAD, b"G")).count(b"at once") == 2


async def test_a_body_that_nobody_reads_is_not_waited_for(port: int) -> None:
    head = b"POST /refused HTTP/1.1\r\nHost: hub\r\nContent-Length: 100000\r\n\r\n"
    async with asyncio.timeout(5):
        await said(port, head, b"x")


async def test_a_request_takes_as_long_as_it_takes(port: int) -> None:
    assert b"slow" in await said(port, HEAD.replace(b"/ ", b"/slow ", 1))
    head = b"POST /read HTTP/1.1\r\nHost: hub\r\nContent-Length: 20\r\n\r\n"
    assert (await said(port, head, b"x", count=20)).endswith(b"20")
