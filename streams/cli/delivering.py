"""`ijwhub deliveries`: what could not be delivered, and trying it anew."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import typer

from streams.cli.auditing import by_operator
from streams.cli.files import opened_hub
from streams.cli.output import console, fail, moment, plain, show, table
from streams.core.ports import OutputHead
from streams.core.undelivered import given_up

MOST_LISTED = 100


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
        what = f"{head.kind} {head.bericht or ''}".rstrip()
        since = moment(head.undeliverable_at, "%d-%m %H:%M")
        made.add_row(head.id, head.receiver, what, str(head.attempts), since, plain(head.reason or "-"))
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
