"""Logs as JSON lines, one event each. Only the fields named here are ever written, so a person cannot leak."""

from __future__ import annotations

import logging
import sys
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict

from schemas.ijw_3_2.findings import without_bsn

ALLOWED = frozenset(
    [
        "event",
        "level",
        "timestamp",
        "envelope",
        "party",
        "bericht",
        "relation",
        "outcome",
        "rule",
        "error",
        "path",
        "count",
        "position",
        "partition",
        "partitions",
        "source",
        "reason",
        "seconds",
        "address",
        "receiver",
        "output",
        "version",
        "folder",
        "hint",
        "anchor",
    ]
)


def configure(stream: TextIO | None = None, style: Literal["json", "text"] = "json", least: int = logging.INFO) -> None:
    """Send the logs of this process, from the level `least` on, to a stream (standard error by default)."""
    renderer = structlog.processors.JSONRenderer() if style == "json" else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_allowed,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def only_allowed(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Drop every field that is not on the list, and mask what looks like a BSN in the others."""
    return {k: without_bsn(v) if isinstance(v, str) else v for k, v in event.items() if k in ALLOWED}
