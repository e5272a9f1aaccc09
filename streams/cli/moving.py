"""`ijwhub export` and `import`: a whole embedded hub into one file, and from there into a new hub."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import typer

from connectors.moving import Export, Header, export, into_sqlite
from connectors.sqlite_audit import SqliteAudit
from streams.cli.auditing import by_operator
from streams.cli.files import is_embedded, refuse_absent, told_on_kafka, where_on_kafka
from streams.cli.output import fail, this_command
from streams.cli.running import settings_of
from streams.core.ports import StoreError
from streams.hub.settings import Settings

PERSONAL = "It holds personal data: let nobody else read it, and remove it when you are done."


def export_hub(file: Path, data: Path | None, running: bool) -> None:
    """Write an embedded hub to a file, and tell what is in it."""
    settings = settings_of(data=data)
    if not is_embedded(settings, data):
        fail(
            "this hub is on Kafka, and only an embedded hub can be exported: from Kafka there is no way back into one "
            "file. Name the folder of an embedded hub with --data. For a backup of this one use PostgreSQL's own tools."
        )
    refuse_absent(settings.sqlite_file)
    with _told():
        asyncio.run(_note_export(settings))
        header = export(settings.sqlite_file, file, datetime.now(UTC), running=running)
    typer.echo(f"{file} holds the hub in {settings.sqlite_file} up to position {header.last} of its log.")
    typer.echo(_contents(header))
    if running:
        typer.echo(f"What came in after position {header.last}, and what became of messages since, is not in it.")
    typer.echo(PERSONAL)


async def _note_export(settings: Settings) -> None:
    """An export holds every message, so it is read here as far as the audit log goes."""
    audit = SqliteAudit(settings.sqlite_file)
    try:
        await audit.note([by_operator("exported", "export")])
    finally:
        await audit.close()


def import_hub(file: Path, data: Path | None) -> None:
    """Put an export into the hub of the settings, which must be new, and tell what is in it."""
    settings = settings_of(data=data)
    with _told():
        found = Export(file)
        if is_embedded(settings, data):
            into_sqlite(found, settings.sqlite_file)
            typer.echo(f"The hub in {settings.sqlite_file} was made from {file}.")
        else:
            _into_kafka(found, settings)
    typer.echo(_contents(found.header))
    typer.echo(PERSONAL.replace("It", str(file), 1))


def _into_kafka(found: Export, settings: Settings) -> None:
    from connectors.kafka_moving import into_kafka

    assert settings.on_kafka is not None, "settings without Kafka"
    assert settings.postgres is not None, "settings without a database"
    with told_on_kafka(settings):
        before = asyncio.run(into_kafka(found, settings.on_kafka, settings.postgres))
    where = where_on_kafka(settings)
    said = {
        "nothing": f"The hub {where} has all that was in {found.path}.",
        "done": f"The hub {where} had all that was in {found.path} already; there was nothing to do.",
    }
    typer.echo(said.get(before, f"The hub {where} has all that was in {found.path}; an earlier import was completed."))
    typer.echo(f"Start its processes now; {this_command()} status tells how far they are.")
    if found.header.counts["outbox"]:
        typer.echo(
            "Give them as IJWHUB_PSEUDONYM_KEY what stands in pseudonym.key beside the database of before (or the "
            "IJWHUB_PSEUDONYM_KEY it had): events know clients by pseudonyms made with it."
        )


def _contents(header: Header) -> str:
    counts = header.counts
    processed = counts["log"] - header.waiting
    return (
        f"Messages: {processed} processed, {header.waiting} waiting. Outputs: {counts['output']}. "
        f"Rows of dossiers: {counts['dossier']}. Set aside: {counts['aside']}."
    )


@contextmanager
def _told() -> Iterator[None]:
    """Turn errors into text on stderr and exit code 2."""
    try:
        yield
    except StoreError as error:
        fail(f"{error}.")
    except OSError as error:
        fail(f"{error.filename or 'a file'}: {error.strerror}. Check its name, its rights and the room on the disk.")
