"""`ijwhub quarantine`: what was set aside, and offering it to the hub again."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import typer

from schemas.ijw_3_2.sniffing import sniff
from streams.cli.auditing import by_operator
from streams.cli.files import opened_hub
from streams.cli.output import console, facts, fail, moment, plain, show, table, this_command
from streams.cli.running import settings_of, told_plainly
from streams.core.envelope import RELEASE, RELEASED, Envelope
from streams.core.intake import Rejection, admit
from streams.core.parties import Directory
from streams.core.parties_file import load_directory
from streams.core.ports import Appended, Archive, Rejected

MOST_LISTED = 100


def list_aside(data: Path | None) -> None:
    """Print what was set aside and not released, newest first."""
    found = asyncio.run(_listed(data))
    out = console()
    if not found:
        out.print("Nothing is set aside.")
        return
    made = table("id", "when", "source", "party", "message", "reason", gap=1)
    for one in found:
        made.add_row(one.id, moment(one.at, "%d-%m %H:%M"), one.source, one.party, _bericht(one), _reason(one))
    show(out, made)
    if len(found) == MOST_LISTED:
        out.print(f"These are the newest {MOST_LISTED}; there may be more.")


async def _listed(data: Path | None) -> tuple[Rejected, ...]:
    async with opened_hub(data) as hub:
        return await hub.archive.aside(MOST_LISTED)


def show_aside(id: str, data: Path | None, body: Path | None) -> None:
    """Print everything but the message itself; with `body`, write that to a file, which the audit log notes first."""
    found = asyncio.run(_found(id, data, reading=body is not None))
    known = facts()
    for name, value in _known(found):
        known.add_row(name, plain(value))
    show(console(), known)
    if body is not None:
        _write(body, found.body)


async def _found(id: str, data: Path | None, reading: bool) -> Rejected:
    async with opened_hub(data) as hub:
        one = await _one(hub.archive, id)
        if reading:
            await hub.audit.note([by_operator("read", "quarantine show --body", one.id)])
        return one


async def _one(archive: Archive, id: str) -> Rejected:
    found = await archive.set_aside_by_id(id)
    if found is None:
        fail(f"nothing with id {plain(id)[:80]} was set aside. See: ijwhub quarantine list", code=1)
    return found


def _known(one: Rejected) -> list[tuple[str, str]]:
    detail = [("detail", one.rejection.detail)] if one.rejection else []
    envelope = [("envelope", one.envelope_id)] if one.envelope_id else []
    where = "by the exchange, after intake" if one.envelope_id else "at intake; the sender was told"
    return [
        ("id", one.id),
        ("set aside", f"{moment(one.at)}, {where}"),
        ("from", f"{one.party}, over {one.source}, reference {one.reference}"),
        ("message", f"{_bericht(one)}, {one.size:,} bytes"),
        ("reason", f"{one.rejection.reason}: {one.reason}" if one.rejection else one.reason),
        *detail,
        *envelope,
    ]


def _bericht(one: Rejected) -> str:
    # What the exchange set aside was admitted before, so it can be sniffed.
    return one.rejection.bericht or "-" if one.rejection else sniff(one.body).bericht


def _reason(one: Rejected) -> str:
    return one.rejection.reason if one.rejection else plain(one.reason)


def _write(file: Path, body: bytes) -> None:
    try:
        with open(file, "wb", opener=_for_nobody_else) as opened:
            opened.write(body)
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}. Give another file with --body.")
    typer.echo(f"The message is in {file}. It holds personal data: remove it when you are done.")


def _for_nobody_else(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


# --- release ---------------------------------------------------------------------------------------


def release_aside(id: str, data: Path | None, parties: Path | None) -> None:
    """Offer a message to the hub again, with the parties as they are configured now."""
    settings = settings_of(data=data, parties=parties)
    with told_plainly(settings):
        directory = load_directory(settings.parties)
    released, option = asyncio.run(_release(id, data, directory))
    before = "Was released before" if released.outcome == "repeat" else "Released"
    typer.echo(f"{before} as {released.envelope_id}. A hub that runs takes it up within a second, with the parties")
    typer.echo("that it read when it started. See how it goes:")
    typer.echo(f"    {this_command()} trace {released.envelope_id}{option}")


async def _release(id: str, data: Path | None, directory: Directory) -> tuple[Appended, str]:
    """Release it; returns what became of it, and the option with which other commands find this hub."""
    now = datetime.now(UTC)
    async with opened_hub(data) as hub:
        one = await _one(hub.archive, id)
        envelope = _admitted(one, directory, await _received_at(hub.archive, one, now))
        await hub.audit.note([by_operator("released", "quarantine release", one.id)])
        (appended,) = await hub.log.append([envelope])
        _refuse_conflict(appended, one)
        await hub.archive.released(one.id, now)
        return appended, hub.option


async def _received_at(archive: Archive, one: Rejected, now: datetime) -> datetime:
    """When the hub promised to handle it: at first receipt; for what it refused at intake, now."""
    trace = await archive.trace(one.envelope_id) if one.envelope_id else None
    return trace.received_at if trace else now


def _admitted(one: Rejected, directory: Directory, received_at: datetime) -> Envelope:
    """The envelope to append. Ends the command when the message still may not enter."""
    if len(one.body) != one.size:
        fail(f"{one.id} is too large: of {one.size:,} bytes only the first {len(one.body):,} were kept.", code=1)
    party = directory.by_id(one.party)
    if party is None:
        fail(f"{one.party} is no party of this hub any more. Add it to the file of parties first.", code=1)
    admitted = admit(one.body, party, directory, source=RELEASED, reference=reference_of(one), now=received_at)
    if isinstance(admitted, Rejection):
        fail(f"{one.id} still cannot enter. {admitted.title}: {admitted.detail} It stays set aside.", code=1)
    return admitted


def reference_of(one: Rejected) -> str:
    """The reference of a release. What the exchange set aside is in the log already: it becomes a delivery anew."""
    if one.envelope_id is None:
        return one.reference
    before = RELEASE.fullmatch(one.reference)
    first, number = (before["first"], int(before["number"])) if before else (one.reference, 0)
    return f"{first}/vrijgave-{number + 1}"


def _refuse_conflict(appended: Appended, one: Rejected) -> None:
    if appended.outcome == "conflict":
        fail(
            f"{one.party} used the reference of {one.id} again since, for another message: {appended.envelope_id}. "
            "That one took its place; this one stays set aside.",
            code=1,
        )
