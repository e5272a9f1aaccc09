"""`ijwhub monitor`: a worker that folds the events of a hub on Kafka."""

from __future__ import annotations

import asyncio
import socket

from monitoring import libraries, logs
from streams.cli.output import fail
from streams.cli.running import refuse_taken_port, settings_of, told_plainly


def run_monitor(**options: object) -> None:
    """Run a monitor until it is told to stop. Options that are None come from the environment."""
    settings = settings_of(**options)
    if settings.on_kafka is None:
        fail(
            "monitors fold the events of a hub on Kafka, and this hub is embedded: it does so itself, in `ijwhub run`. "
            "For a hub on Kafka, set IJWHUB_KAFKA, IJWHUB_DATABASE and IJWHUB_PSEUDONYM_KEY."
        )
    logs.configure(style=settings.log_style)
    libraries.configure()
    refuse_taken_port(settings.host, settings.port)
    if settings.port == 0:
        settings = settings.model_copy(update={"port": _free_port(settings.host)})
    from streams.kafka import monitor

    with told_plainly(settings):
        asyncio.run(monitor.run_monitor(settings))


def _free_port(host: str) -> int:
    """A port that nobody listens on now: Faust must be told a number."""
    family, kind, proto, _, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, proto) as probe:
        probe.bind(address)
        return int(probe.getsockname()[1])
