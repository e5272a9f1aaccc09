"""The whole HTTP interface of a hub: for parties in every format, for operators and auditors, and the figures."""

from __future__ import annotations

from typing import Protocol

from fastapi import FastAPI

from adapters.registry import names
from connectors import stuf_api, vsp_api
from connectors.access import Gate
from connectors.adapter_api import adapters_router
from connectors.figures_api import figures_router
from connectors.http_api import create_app
from connectors.ledger_api import ledger_router
from connectors.operator_api import auditor_router, operator_router
from monitoring.metrics import Metrics
from streams.core.auditing import AuditLog
from streams.core.ports import Archive
from streams.hub.clock import now
from streams.hub.configured import Configured
from streams.hub.desk import HubDesk
from streams.hub.figures import Figures

OTHER_WAYS = frozenset(["file_drop", "kafka_direct"])
"""Adapters that have a way of their own into the hub, and need none over HTTP."""


class Served(Protocol):
    """A hub, as far as its HTTP interface needs it."""

    @property
    def configured(self) -> Configured:
        """What its files tell."""

    @property
    def desk(self) -> HubDesk:
        """Where messages are handed in and fetched."""

    @property
    def archive(self) -> Archive:
        """What operators ask."""

    @property
    def audit(self) -> AuditLog:
        """What auditors read."""

    @property
    def gate(self) -> Gate:
        """Who may ask."""

    @property
    def metrics(self) -> Metrics:
        """What /metrics tells."""


def whole_app(hub: Served, figures: Figures) -> FastAPI:
    """Everything that a hub serves."""
    known = hub.configured
    routers = (
        figures_router(figures),
        ledger_router(figures),
        operator_router(hub.archive, known.directory, known.freezes, now),
        auditor_router(hub.audit),
        adapters_router((name for name in names() if name not in OTHER_WAYS), now),
        vsp_api.router,
        stuf_api.router,
    )
    return create_app(hub.desk, hub.metrics, hub.gate, more=routers)
