"""The reference vendor on real wires: a folder, or HTTP in a format of an adapter. It reads what the kit asks for."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.contract import Adapter, Fault, Notice, Packed, Parcel
from adapters.registry import adapter
from streams.core.ports import Receipt
from tests.support.vendor import Out, Vendor

PAUSE = 0.05


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


class Wire:
    """Hands a vendor what comes and sends what it has, until it is cancelled."""

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self._asked: Any = None

    async def run(self) -> None:
        while True:
            await self.look()
            for out in [one for one in self.vendor.outbox if one.due <= now()]:
                self.vendor.outbox.remove(out)
                await self.send(out)
            await asyncio.sleep(PAUSE)

    async def look(self) -> None:
        """See what came, and what the kit asks for."""
        raise NotImplementedError

    async def send(self, out: Out) -> None:
        raise NotImplementedError

    def play_along(self, state: Mapping[str, Any]) -> None:
        """Do what the kit asks for, once."""
        wanted = state["wacht_op"]
        if wanted and wanted["opdracht"] and wanted != self._asked:
            self._asked = wanted
            self.vendor.asked(wanted["opdracht"], _facts(wanted["gegevens"]), now())


def _facts(told: Mapping[str, str]) -> dict[str, Any]:
    return {name: _day(value) for name, value in told.items()}


def _day(value: str) -> date | str:
    with suppress(ValueError):
        return date.fromisoformat(value)
    return value


class FolderWire(Wire):
    """Over the folders that a party of a hub has."""

    def __init__(self, vendor: Vendor, folder: Path, wanted: Path) -> None:
        super().__init__(vendor)
        self._folder = folder
        self._wanted = wanted

    async def look(self) -> None:
        if self._wanted.exists():
            with suppress(FileNotFoundError, json.JSONDecodeError):
                self.play_along(json.loads(self._wanted.read_text()))
        out = self._folder / "out"
        for path in sorted(out.glob("*.xml")) if out.exists() else ():
            self._take(path)

    def _take(self, path: Path) -> None:
        body = path.read_bytes()
        name = path.stem.partition("-")[2]
        self.take_away(path)
        fault = self.vendor.receive(Parcel(body=body, reference=name), now())
        if fault is not None:
            told = {"type": f"urn:ijwhub:fout:{fault.kind}", "reference": name}
            (self._folder / "in" / f"{path.name}.fout.json").write_text(json.dumps(told))

    def take_away(self, path: Path) -> None:
        """What was read need not lie there any more."""
        path.unlink()

    async def send(self, out: Out) -> None:
        digest = hashlib.sha256(out.parcel.body).hexdigest()[:8]
        (self._folder / "in" / f"{digest}-{out.parcel.reference}.xml").write_bytes(out.parcel.body)


class HttpWire(Wire):
    """Over HTTP: it listens itself, and hands in at the kit."""

    def __init__(self, vendor: Vendor, format: str, kit: str) -> None:
        super().__init__(vendor)
        self._adapter: Adapter = adapter(format)
        self._kit = kit
        path = self._adapter.capabilities.path or f"/v1/adapters/{format}"
        self._client = httpx.AsyncClient(base_url=kit, trust_env=False)
        self._path = path

    async def look(self) -> None:
        with suppress(httpx.HTTPError):
            self.play_along((await self._client.get("/v1/proef")).json())

    async def close(self) -> None:
        await self._client.aclose()

    async def send(self, out: Out) -> None:
        brought = self.vendor.addressed(out.parcel)
        packed = self._adapter.pack(brought)
        assert packed is not None
        try:
            answer = await self._client.post(self._path, content=packed.body, headers=dict(packed.headers))
        except httpx.HTTPError:
            return self.vendor.not_received(out, True, now())
        said = Packed(body=answer.content, headers=answer.headers, status=answer.status_code)
        fault = self._adapter.reply(brought, said)
        if fault is not None and fault.side == "server":
            self.vendor.not_received(out, False, now())
        return None

    async def take(self, request: Request) -> Response:
        found = self._adapter.unpack(await request.body(), dict(request.headers))
        fault = found if isinstance(found, Fault) else self.vendor.receive(found, now())
        if fault is not None:
            return _response(self._adapter.refusal(fault, now()))
        assert isinstance(found, Parcel | Notice)
        receipt = Receipt(envelope_id=str(found.reference), received_at=now(), repeat=False)
        return _response(self._adapter.receipt(found, receipt))

    @asynccontextmanager
    async def listening(self, port: int) -> AsyncIterator[None]:
        app = Starlette(routes=[Route("/in", self.take, methods=["POST"])])
        server = _Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off"))
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield
        finally:
            server.should_exit = True
            await serving
            await self.close()


class MailboxWire(HttpWire):
    """Over HTTP from its own side alone: it fetches what waits at the kit."""

    def __init__(self, vendor: Vendor, kit: str) -> None:
        super().__init__(vendor, "mailbox", kit)

    async def look(self) -> None:
        await super().look()
        with suppress(httpx.HTTPError):
            for one in (await self._client.get("/v1/postbus")).json():
                await self._fetch(one["id"])

    async def _fetch(self, id: str) -> None:
        found = await self._client.get(f"/v1/postbus/{id}")
        await self.sign_off(f"/v1/postbus/{id}")
        if found.headers["content-type"].startswith("application/xml"):
            fault = self.vendor.receive(Parcel(body=found.content, reference=id), now())
            if fault is not None:
                await self._refuse(fault, id)

    async def sign_off(self, path: str) -> None:
        """What was fetched need not be kept any more."""
        await self._client.delete(path)

    async def _refuse(self, fault: Fault, id: str) -> None:
        told = {"type": f"urn:ijwhub:fout:{fault.kind}", "reference": id}
        headers = {"Content-Type": "application/problem+json", "Idempotency-Key": f"fout-{id}"}
        await self._client.post(self._path, content=json.dumps(told).encode(), headers=headers)


class PullWire(HttpWire):
    """Over VSP from its own side alone. What it fetches it cannot refuse."""

    def __init__(self, vendor: Vendor, kit: str) -> None:
        super().__init__(vendor, "vsp_rest", kit)

    async def look(self) -> None:
        await super().look()
        with suppress(httpx.HTTPError):
            for one in (await self._client.get("/vsp/v1/berichten")).raise_for_status().json():
                await self._fetch(one["referentiegegevens"]["traceerId"])

    async def _fetch(self, number: str) -> None:
        path = f"/vsp/v1/berichten/{number}"
        found = await self._client.get(f"{path}/payload")
        await self._client.delete(path)
        self.vendor.receive(Parcel(body=found.content, reference=number), now())


class _Server(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        pass


def _response(packed: Packed) -> Response:
    return Response(packed.body, packed.status, dict(packed.headers))
