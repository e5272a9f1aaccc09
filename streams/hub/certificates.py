"""The certificates that a hub is given in files, and telling in time that one of them runs out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import structlog
from msgspec import Struct

from connectors.certificates import expires_at
from monitoring.metrics import Metrics
from streams.core.parties import Directory, PushDelivery
from streams.hub.clock import now
from streams.hub.settings import Settings

EARLY = timedelta(days=30)
"""How long before it runs out a certificate is told of: buying another takes weeks."""
LOOKS = 3600.0
"""Seconds between two looks at files that are read anew while the hub runs."""

Use = Literal["hub", "client-ca", "kafka", "party"]
"""Towards whoever calls the hub; the authorities of clients; towards Kafka; towards parties that are pushed."""

logger = structlog.get_logger()


class Certificate(Struct, frozen=True):
    """A file with certificates, and what they are for."""

    use: Use
    path: Path


class Expiry(Struct, frozen=True):
    """Until when a file with certificates holds; None when it cannot be read."""

    certificate: Certificate
    at: datetime | None

    def problem(self, at: datetime) -> str | None:
        """What is wrong with it at a moment, and what to do; None when it holds for long enough."""
        what = f"{self.certificate.path} ({self.certificate.use})"
        if self.at is None:
            return f"certificate {what} cannot be read; expected a file in PEM. Look at its name and rights"
        if self.at - at >= EARLY:
            return None
        left = "has run out" if self.at <= at else f"runs out in {(self.at - at).days} days"
        return f"certificate {what} {left}, {self.at:%Y-%m-%d %H:%M} UTC. Put a new one in place"


def of_hub(settings: Settings) -> tuple[Certificate, ...]:
    """The files of the settings, which a process reads when it starts."""
    files: tuple[tuple[Use, Path | None], ...] = (
        ("hub", settings.certificate),
        ("client-ca", settings.client_ca),
        ("kafka", settings.kafka_certificate),
        ("kafka", settings.kafka_ca),
    )
    return tuple(Certificate(use, path) for use, path in files if path is not None)


def of_parties(directory: Directory) -> tuple[Certificate, ...]:
    """The files named with parties, each once; they are read anew when a delivery failed."""
    return tuple(Certificate("party", path) for path in dict.fromkeys(_paths(directory)))


def _paths(directory: Directory) -> Iterator[Path]:
    for party in directory.parties:
        if isinstance(party.delivery, PushDelivery):
            yield from (path for path in (party.delivery.certificate, party.delivery.ca) if path is not None)


def expiries(certificates: tuple[Certificate, ...]) -> tuple[Expiry, ...]:
    """Until when each holds."""
    return tuple(Expiry(one, _expires(one.path)) for one in certificates)


def _expires(path: Path) -> datetime | None:
    try:
        return expires_at(path)
    except (OSError, ValueError):
        return None


async def watch_certificates(settings: Settings, directory: Directory, metrics: Metrics) -> None:
    """Tell metrics until when certificates hold, until cancelled; at the start the log too, of what soon does not.

    Of the hub's own it is told once: a new file does nothing before the next start.
    """
    own, theirs = await asyncio.to_thread(expiries, of_hub(settings)), of_parties(directory)
    found = (*own, *await asyncio.to_thread(expiries, theirs))
    for problem in filter(None, (one.problem(now()) for one in found)):
        logger.warning("a certificate needs attention", hint=problem)
    while True:
        metrics.tell_certificates((one.certificate.use, one.at) for one in found if one.at)
        await asyncio.sleep(LOOKS)
        found = (*own, *await asyncio.to_thread(expiries, theirs))
