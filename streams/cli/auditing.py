"""`ijwhub audit`: who read what and who was refused, and whether that log is as it was written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import typer

from streams.cli.files import opened_hub
from streams.cli.output import console, fail, moment, plain, show, table, this_command
from streams.core.auditing import (
    BEGINNING,
    Act,
    Action,
    Anchor,
    AuditEntry,
    AuditLog,
    anchor_of,
    cut_off,
    place_of,
    verify,
)

MOST_LISTED = 100
_AT_ONCE = 1000
_BEFORE_ALL = -(2**63)
"""Below every number that a database can hold: what somebody put before the first entry is found as well."""


def by_operator(action: Action, command: str, subject: str = "") -> Act:
    """An act on this command line, now. `subject` is the id of what it is about, empty when there is none."""
    return Act(
        at=datetime.now(UTC),
        actor="operator",
        credential="command line",
        action=action,
        where=f"ijwhub {command}",
        subject=subject,
    )


# --- list ------------------------------------------------------------------------------------------


def list_audit(data: Path | None, after: int | None, as_json: bool) -> None:
    """Print entries after a number, or the newest; for machines all of them, a line each."""
    if as_json:
        asyncio.run(_print_lines(data, after or 0))
    else:
        entries = asyncio.run(_listed(data, after))
        _show(entries)
        if after is not None and len(entries) == MOST_LISTED:
            console().print(f"There may be more: {this_command()} audit list --after {entries[-1].number}")


async def _print_lines(data: Path | None, after: int) -> None:
    async with opened_hub(data) as hub:
        async for page in _pages(hub.audit, after):
            for entry in page:
                typer.echo(msgspec.json.encode(entry).decode())


async def _listed(data: Path | None, after: int | None) -> tuple[AuditEntry, ...]:
    async with opened_hub(data) as hub:
        start = (await hub.audit.last()).number - MOST_LISTED if after is None else after
        return await hub.audit.entries(start, MOST_LISTED)


async def _pages(log: AuditLog, after: int) -> AsyncIterator[Sequence[AuditEntry]]:
    while page := await log.entries(after, _AT_ONCE):
        yield page
        after = page[-1].number


def _show(entries: Sequence[AuditEntry]) -> None:
    out = console()
    if not entries:
        out.print("There are no such entries.")
        return
    made = table("number", "when", "who", "did", "about", "where", gap=1)
    for entry in entries:
        act = entry.act
        did = f"{act.action}: {act.reason}" if act.reason else act.action
        told = (f"{act.actor}, {act.credential}", did, act.subject or "-", act.where)
        made.add_row(str(entry.number), moment(act.at, "%d-%m %H:%M:%S"), *map(plain, told))
    show(out, made)


# --- verify ----------------------------------------------------------------------------------------


def verify_audit(data: Path | None, anchors: Sequence[str]) -> int:
    """Print whether the log is as it was written; returns 1 when it is not, otherwise 0."""
    known = _anchors(anchors)
    found = asyncio.run(_verified(data, known))
    if isinstance(found, Anchor):
        _tell_whole(found)
        return 0
    typer.echo(
        f"The audit log is not as it was written, from entry {found} on: it was changed, removed, inserted or made "
        "anew. Keep the database as it is now, and compare it with a backup from before."
    )
    return 1


def _anchors(texts: Sequence[str]) -> dict[int, str]:
    """Hashes by number. Ends the command when one is none, or two contradict one another."""
    known: dict[int, str] = {}
    for text in texts:
        anchor = anchor_of(text)
        if anchor is None:
            fail("an anchor cannot be read. Expected N:HASH, as in the hub's log or from an earlier audit verify.")
        if known.setdefault(anchor.number, anchor.hash) != anchor.hash:
            fail(f"two anchors give entry {anchor.number} another hash. Give the one that you trust.")
    return known


async def _verified(data: Path | None, anchors: Mapping[int, str]) -> Anchor | int:
    """The place of the last entry when all is well, otherwise the first number where it is not."""
    last = BEGINNING
    async with opened_hub(data) as hub:
        async for page in _pages(hub.audit, _BEFORE_ALL):
            broken = verify(page, last, anchors)
            if broken is not None:
                return broken
            last = place_of(page[-1])
    lacking = cut_off(last, anchors)
    return last if lacking is None else lacking


def _tell_whole(last: Anchor) -> None:
    if last == BEGINNING:
        typer.echo("The audit log is empty.")
        return
    typer.echo(f"The audit log is as it was written: {last.number} entries.")
    typer.echo(f"Note this where nobody of this hub can change it, to verify by later: --anchor {last}")
