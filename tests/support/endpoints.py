"""A hub at work with its HTTP interface in this process, and a client that holds every answer to its description."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import SecretStr

from streams.core.ports import StoreError
from streams.hub.app import Hub, open_hub
from streams.hub.settings import Settings
from tests.support.connected import parties_file, until

VIEWER = "a token of a viewer"


@dataclass(frozen=True)
class Endpoints:
    """The hub, and a client for everybody."""

    hub: Hub
    client: httpx.AsyncClient

    async def post(
        self, who: str | None, path: str, content: bytes, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        return await self.client.post(path, content=content, headers={**(headers or {}), **bearer(who)})

    async def get(self, who: str | None, path: str, **query: str | int) -> httpx.Response:
        return await self.client.get(path, params=query or None, headers=bearer(who))

    async def delete(self, who: str, path: str) -> httpx.Response:
        return await self.client.delete(path, headers=bearer(who))

    def rows(self, select: str, *values: object) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.hub.settings.sqlite_file) as connection:
            return connection.execute(select, values).fetchall()

    @property
    def noted(self) -> list[tuple[Any, ...]]:
        """The audit log."""
        return self.rows("SELECT actor, action, place, subject, reason FROM audit ORDER BY number")

    async def processed(self) -> None:
        """Wait until nothing waits to be decided."""

        async def done() -> bool:
            return not (await self.hub.store.waiting())[0].count

        await until(done, "everything is processed")


def bearer(who: str | None) -> dict[str, str]:
    return {"authorization": f"Bearer {who}"} if who else {}


@asynccontextmanager
async def endpoints(folder: Path, **parties: Mapping[str, Any]) -> AsyncIterator[Endpoints]:
    """A hub at work; `parties` is what is said more of each party than tests.support.connected says."""
    settings = Settings(
        parties=parties_file(folder, parties), data=folder / "data", viewer_token=SecretStr(VIEWER), look_every=0.02
    )
    async with open_hub(settings) as hub:
        work = asyncio.create_task(hub.run())
        try:
            async with _client(hub.app) as client:
                yield Endpoints(hub, client)
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)


def _client(app: FastAPI) -> httpx.AsyncClient:
    async def described(response: httpx.Response) -> None:
        await response.aread()
        is_described(app, response)

    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://hub", event_hooks={"response": [described]}
    )


def is_described(app: FastAPI, response: httpx.Response) -> None:
    """Every answer is one that the description of its operation names, in the media type that it tells."""
    path, method = response.request.url.path, response.request.method.lower()
    for route in app.routes:
        if isinstance(route, APIRoute) and route.path_regex.match(path) and method.upper() in route.methods:
            described = app.openapi()["paths"][route.path][method]["responses"][str(response.status_code)]
            media_type = response.headers.get("content-type", "").partition(";")[0]
            assert (media_type in described.get("content", {})) == bool(response.content), (path, media_type)
            return


async def fails(*_: object, **__: object) -> Any:
    """In the place of something that the storage does."""
    raise StoreError("no")
