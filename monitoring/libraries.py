"""The logs of Faust, mode and aiokafka: only that something went wrong, of what kind and where, never their text.

Their texts may quote keys and values, and their debugging is dear even where nobody reads it.
"""

from __future__ import annotations

import logging
import time

import structlog

EVERY = 10.0
"""Seconds between two lines about the same place: a client whose broker is away complains many times a second."""

logger = structlog.get_logger()


class ByKind(logging.Handler):
    """Writes a warning of theirs as one of ours."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._told: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Tell the kind of the error, if there is one, and where it was logged."""
        place = f"{record.filename}:{record.lineno}"
        if time.monotonic() - self._told.get(place, -EVERY) < EVERY:
            return
        self._told[place] = time.monotonic()
        kind = record.exc_info[0] if record.exc_info else None
        tell = logger.error if record.levelno >= logging.ERROR else logger.warning
        tell("library", source=record.name, reason=place, error=kind.__name__ if kind else None)


def configure() -> None:
    """Let every logger of this process that is not ours go through `ByKind`."""
    logging.disable(logging.DEBUG)
    root = logging.getLogger()
    root.handlers = [ByKind()]
    root.setLevel(logging.WARNING)
