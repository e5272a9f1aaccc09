"""The whole HTTP interface of an embedded hub, with the routes of every connector."""

from __future__ import annotations

from fastapi import FastAPI

from adapters.registry import names
from connectors.adapter_api import adapters_router
from connectors.figures_api import figures_router
from connectors.http_api import create_app
from connectors.operator_api import auditor_router, operator_router
from connectors.sqlite_audit import SqliteAudit
from connectors.stuf_api import router as stuf_router
from connectors.vsp_api import router as vsp_router
from streams.hub.app import Hub
from streams.hub.clock import now


def whole_app(hub: Hub) -> FastAPI:
    """The app of a hub, with all that it can serve."""
    more = [
        figures_router(hub.figures),
        operator_router(hub.store, hub.desk.directory, (), now),
        auditor_router(SqliteAudit(hub.settings.sqlite_file)),
        adapters_router(names(), now),
        vsp_router,
        stuf_router,
    ]
    return create_app(hub.desk, hub.metrics, hub.gate, more=more)
