"""`ijwhub deliveries`: what waits for parties, what could not be delivered, and trying it anew."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
import typer

from streams.cli.auditing import by_operator
from streams.cli.files import opened_hub
from streams.cli.output import console, fail, moment, plain, show, table
from streams.cli.running import settings_of, told_plainly
from streams.core.mail import MOST_RECEIVERS, Mail, PartyMail, Way, by_party
from streams.core.parties_file import load_directory
from streams.core.ports import OutputHead
from streams.core.undelivered import given_up

MOST_LISTED = 100

_WAYS: Mapping[Way, str] = {
    "push": "push",
    "folder": "folder",
    "sftp": "sftp",
    "kafka": "topic",
    "mailbox": "fetching it",
    "via": "its connection",
    "unknown": "nothing: unknown",
}
"""How a party gets what is for it, in words."""


def list_waiting(data: Path | None, parties: Path | None, receiver: str | None, as_json: bool) -> None:
    """Print what parties have not got yet: summed per party, or of one party each output."""
    if receiver is not None:
        _tell_outputs(asyncio.run(_waiting_for(data, receiver)), as_json)
        return
    settings = settings_of(data=data, parties=parties)
    with told_plainly(settings):
        directory = load_directory(settings.parties)
    _tell_parties(by_party(asyncio.run(_waiting(data)), directory), as_json)


async def _waiting(data: Path | None) -> tuple[Mail, ...]:
    async with opened_hub(data) as hub:
        return await hub.archive.mail(MOST_RECEIVERS)


async def _waiting_for(data: Path | None, receiver: str) -> tuple[OutputHead, ...]:
    async with opened_hub(data) as hub:
        return await hub.archive.mail_for(receiver, MOST_LISTED)


def _tell_parties(found: Sequence[PartyMail], as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(found[:MOST_LISTED]).decode())
        return
    out = console()
    if not found:
        out.print("Nothing waits: every party has got what is for it.")
        return
    made = table("party", "gets it by", "waiting", "failed", "oldest since", "last failure")
    for one in found[:MOST_LISTED]:
        failure = f"{_minute(one.failed_at)} {plain(one.reason or '')}".rstrip()
        made.add_row(one.receiver, _WAYS[one.way], str(one.count), str(one.failed), _minute(one.since), failure)
    show(out, made)
    if len(found) > MOST_LISTED:
        out.print(f"These are {MOST_LISTED} of {len(found)} parties: those who are unknown, then who waits longest.")


def _tell_outputs(found: Sequence[OutputHead], as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    out = console()
    if not found:
        out.print("Nothing waits for a party with this id.")
        return
    made = table("id", "what", "since", "failed", "reason", gap=1)
    for head in found:
        made.add_row(head.id, _what(head), _minute(head.created_at), str(head.attempts), plain(head.reason or "-"))
    show(out, made)
    if len(found) == MOST_LISTED:
        out.print(f"These are the oldest {MOST_LISTED}; there may be more.")


def _minute(at: datetime | None) -> str:
    return moment(at, "%Y-%m-%d %H:%M")


def _what(head: OutputHead) -> str:
    return f"{head.kind} {head.bericht or ''}".rstrip()


def list_deliveries(data: Path | None, as_json: bool) -> None:
    """Print what could not be delivered, newest first."""
    found = asyncio.run(_undelivered(data))
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    out = console()
    if not found:
        out.print("Nothing is undeliverable.")
        return
    made = table("id", "receiver", "what", "failed", "since", "reason", gap=1)
    for head in found:
        since = moment(head.undeliverable_at, "%d-%m %H:%M")
        made.add_row(head.id, head.receiver, _what(head), str(head.attempts), since, plain(head.reason or "-"))
    show(out, made)
    if len(found) == MOST_LISTED:
        out.print(f"These are the newest {MOST_LISTED}; there may be more.")


async def _undelivered(data: Path | None) -> tuple[OutputHead, ...]:
    async with opened_hub(data) as hub:
        return await hub.archive.undelivered(MOST_LISTED)


def retry_delivery(id: str, data: Path | None) -> None:
    """Let an undeliverable output be tried anew."""
    receiver = asyncio.run(_retried(id.strip(), data))
    typer.echo(f"{id.strip()} goes to {receiver} again. A hub that runs tries it within a quarter of an hour.")


async def _retried(id: str, data: Path | None) -> str:
    async with opened_hub(data) as hub:
        head = given_up(await hub.archive.trace(id.partition(".")[0]), id)
        if head is None:
            fail("nothing with this id is undeliverable. See: ijwhub deliveries list", code=1)
        await hub.audit.note([by_operator("retried", "deliveries retry", head.id)])
        await hub.archive.retry(head.id)
        return head.receiver
