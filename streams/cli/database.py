"""`ijwhub db`: the version of the tables in the hub's database, and bringing them up to date."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import typer

from connectors.migrating import HEAD, SERVER, Where, refuse_other, upgrade, version_at
from streams.cli.output import complain, fail
from streams.cli.running import settings_of, told_plainly
from streams.core.ports import StoreError
from streams.hub.settings import Settings

T = TypeVar("T")


def upgrade_database(data: Path | None) -> None:
    """Bring the tables to the version of this hub, and tell what was done."""
    settings = settings_of(data=data)
    where, name = _database(settings)
    done = _done(upgrade(where), settings)
    if done.before == done.after:
        typer.echo(f"{name} is of version {HEAD} already; there was nothing to do.")
    elif done.before is None:
        typer.echo(f"{name} had no tables yet; they were made, of version {done.after}.")
    else:
        typer.echo(f"{name} went from version {done.before} to version {done.after}.")


def tell_version(data: Path | None) -> int:
    """Tell the version of the tables; returns 0 when it is the one of this hub, otherwise 1 and says what to do."""
    settings = settings_of(data=data)
    where, name = _database(settings)
    version = _done(version_at(where), settings)
    try:
        refuse_other(version, name)
    except StoreError as error:
        complain(f"{error}.")
        return 1
    typer.echo(f"{name} is of version {version}, which this hub works with.")
    return 0


def _database(settings: Settings) -> tuple[Where, str]:
    """The database of these settings, and what it is called."""
    if settings.postgres is not None:
        return settings.postgres, SERVER
    if not settings.sqlite_file.is_file():
        fail(f"there is no database {settings.sqlite_file}. Give the folder of the hub with --data.")
    return settings.sqlite_file, str(settings.sqlite_file)


def _done(work: Coroutine[Any, Any, T], settings: Settings) -> T:
    with told_plainly(settings):
        try:
            return asyncio.run(work)
        except StoreError as error:
            fail(f"{error}.")
