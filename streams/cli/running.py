"""`ijwhub run`, and what it shares with other commands: settings, schemas and errors told in plain words."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from lxml import etree
from pydantic import ValidationError

from monitoring import libraries, logs
from schemas.ijw_3_2.outside import Sources
from schemas.ijw_3_2.reading import Schemas
from streams.cli.output import complain, fail
from streams.core.parties import ConfigurationError
from streams.core.ports import Fenced, StoreError
from streams.core.sources import load_sources
from streams.hub.roles import Role
from streams.hub.settings import Settings

Known = ConfigurationError | StoreError | OSError
_KNOWN = (ConfigurationError, StoreError, OSError)


def run_hub(roles: Sequence[Role], **options: object) -> None:
    """Run a hub until it is told to stop, on Kafka in these roles. Options that are None come from the environment."""
    settings = settings_of(**options)
    if settings.on_kafka is None and roles:
        fail("--role divides a hub on Kafka over processes; an embedded hub is one. Set IJWHUB_KAFKA, or leave it out.")
    logs.configure(style=settings.log_style)
    libraries.configure()
    usable_schemas(settings.schemas)
    refuse_taken_port(settings.host, settings.port)
    with told_plainly(settings):
        asyncio.run(_serve(settings, frozenset(roles or Role)))


async def _serve(settings: Settings, roles: frozenset[Role]) -> None:
    from streams.hub.app import open_hub, serve

    if settings.on_kafka is None:
        return await serve(open_hub(settings))
    from streams.kafka.app import open_kafka_hub

    await serve(open_kafka_hub(settings, roles))


def settings_of(**options: object) -> Settings:
    """The settings, from the environment where an option is None. Ends the command when they cannot be used."""
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        for fault in error.errors():
            name = "_".join(str(step) for step in fault["loc"]).upper()
            where = f"IJWHUB_{name}" if name else "environment variables IJWHUB_..."
            complain(f"{where}: {fault['msg']}. Correct or remove it.")
        fail("the settings cannot be used.")


def usable_schemas(folder: Path) -> Schemas:
    """The schemas in a folder. Ends the command when they cannot be used."""
    try:
        return Schemas(folder)
    except (etree.LxmlError, OSError) as error:
        fail(
            f"the schemas in {folder} cannot be used: {error}\n"
            "Expected a folder with basisschema.xsd and JW301.xsd ... JW325.xsd; correct --schemas, or leave it out "
            "to use our own."
        )


def usable_sources(path: Path | None) -> Sources:
    """The outside sources named in a file, or those supplied. Ends the command when the file cannot be used."""
    try:
        return load_sources(path)
    except ConfigurationError as error:
        fail(str(error))


def refuse_taken_port(host: str, port: int) -> None:
    """End the command when nothing can listen on this address."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, proto) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        fail(
            f"cannot listen on {host} port {port}: {error.strerror}. Stop what listens there, or give --port or --host."
        )


@contextmanager
def told_plainly(settings: Settings) -> Iterator[None]:
    """Turn errors of configuration and infrastructure into text on stderr and exit code 2."""
    try:
        yield
    except Exception as error:
        known = _first_known(error)
        if known is None:
            raise
        _tell(known, settings)


def _first_known(error: BaseException) -> Known | None:
    if isinstance(error, BaseExceptionGroup):
        return next((found for one in error.exceptions if (found := _first_known(one))), None)
    return error if isinstance(error, _KNOWN) else None


def _tell(error: Known, settings: Settings) -> NoReturn:
    match error:
        case ConfigurationError():
            for problem in error.problems:
                complain(problem)
            fail("the hub cannot start with this. Correct it, or name another file (--parties, IJWHUB_MONITORING).")
        case Fenced():
            fail(f"another hub works on {settings.sqlite_file}. Stop it, or give this one another folder with --data.")
        case StoreError():
            where = "" if settings.on_kafka else f" Check the folder given with --data: {settings.data}."
            fail(f"{error}.{where}")
        case _:
            fail(f"{error.filename or 'a file'}: {error.strerror}. Check its name and rights.")
