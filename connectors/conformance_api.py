"""The conformance kit over HTTP: every way into a hub, for one vendor and without a credential, and how far it is.

It listens on loopback alone, so whoever reaches it is the vendor.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from connectors import stuf_api, vsp_api
from connectors.access import Gate, open_to_all
from connectors.access_credentials import Credentials
from connectors.adapter_api import adapters_router
from connectors.conformance_desk import KitDesk, break_off
from connectors.conformance_report import Waiting, as_page
from connectors.http_api import create_app
from monitoring.metrics import Metrics
from streams.conformance.report import Report
from streams.core.access_file import Access
from streams.core.auditing import Act

TOKEN = "conformance"  # noqa: S105 - it opens nothing but the kit, on loopback
TOKEN_SHA256 = hashlib.sha256(TOKEN.encode()).hexdigest()
ADAPTERS = ("mailbox", "stuf_ggk", "vsp_rest")
"""What is listened for over HTTP."""

SoFar = Callable[[], tuple[Report, Waiting | None]]
"""The report as it stands, and what the run waits for; None when it is over."""


class _NoTrail:
    """Nothing is noted: there is one vendor, and no person exists."""

    async def note(self, act: Act) -> None:
        """Note nothing (contract: Trail)."""


def kit_app(desk: KitDesk, clock: Callable[[], datetime], so_far: SoFar) -> ASGIApp:
    """The app that serves the kit."""
    gate = Gate(Credentials(desk.directory, Access()), _NoTrail(), clock)
    more = [adapters_router(ADAPTERS, clock), vsp_api.router, stuf_api.router, _progress(so_far)]
    return _as_vendor(create_app(desk, Metrics(), gate, more=more))


def _progress(so_far: SoFar) -> APIRouter:
    router = APIRouter(dependencies=[Depends(open_to_all)], include_in_schema=False)

    @router.get("/")
    async def page() -> HTMLResponse:
        return HTMLResponse(as_page(*so_far()))

    @router.get("/v1/proef")
    async def state() -> dict[str, Any]:
        report, waiting = so_far()
        return told(report, waiting)

    return router


def told(report: Report, waiting: Waiting | None) -> dict[str, Any]:
    """How far a run is, for systems that play along."""
    asked = {"scenario": waiting.scenario, "vraag": waiting.says, "opdracht": waiting.wish} if waiting else None
    return {
        "klaar": waiting is None,
        "geslaagd": report.passed if waiting is None else None,
        "wacht_op": {**asked, "gegevens": waiting.facts} if asked and waiting else None,
        "scenarios": {chapter.id: chapter.outcome for chapter in report.chapters if chapter.applies},
    }


def _as_vendor(app: ASGIApp) -> ASGIApp:
    """Whoever shows no credential is the vendor; a scenario may break a connection off."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            break_off.set(scope.get("extensions", {}).get("break_off"))
            if all(name != b"authorization" for name, _ in scope["headers"]):
                own = (b"authorization", f"Bearer {TOKEN}".encode())
                scope = {**scope, "headers": [*scope["headers"], own]}
        await app(scope, receive, send)

    return serve


class BreakableProtocol(H11Protocol):
    """Lets the app end a connection at once, without an answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Contract: asyncio.Protocol."""
        super().connection_made(transport)
        self.app = _breakable(self.app, transport.abort)


def _breakable(app: Any, abort: Callable[[], None]) -> Any:
    async def serve(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "extensions": {**scope.get("extensions", {}), "break_off": abort}}, receive, send)

    return serve
