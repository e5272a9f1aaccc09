"""`ijwhub freeze`: what is closed now and what will be, and who still waits for whose answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import msgspec
import typer
from msgspec import Struct
from rich.console import Console

from streams.cli.files import opened_hub
from streams.cli.output import console, moment, show, table
from streams.cli.running import settings_of, told_plainly
from streams.core.freezes import Freeze, coming, load_freezes
from streams.core.parties import BERICHTEN
from streams.core.parties_file import load_directory
from streams.core.ports import Unanswered
from streams.core.regions import load_monitoring
from streams.core.workdays import DUTCH_TIME

LOOK_BACK = timedelta(days=90)
"""How long ago a message may be received to stand on the board, unless asked otherwise."""


class Told(Struct, frozen=True):
    """What `--json` tells. `closed` holds what is closed now, `coming` what will be, in the order of its start."""

    closed: tuple[Freeze, ...]
    coming: tuple[Freeze, ...]
    unanswered: tuple[Unanswered, ...]


def show_freeze(data: Path | None, parties: Path | None, since: date | None, as_json: bool) -> None:
    """Print the freezes that have not ended, and the board of what is unanswered since a day."""
    settings, now = settings_of(data=data, parties=parties), datetime.now(UTC)
    with told_plainly(settings):
        directory = load_directory(settings.parties)
        names = {party.code: party.name for party in directory.parties if party.code}
        freezes = coming(load_freezes(settings.freezes, load_monitoring(settings.monitoring), directory), now)
    unanswered = asyncio.run(_unanswered(data, _start(since, now)))
    if as_json:
        told = Told(
            closed=tuple(one for one in freezes if one.start <= now),
            coming=tuple(one for one in freezes if one.start > now),
            unanswered=unanswered,
        )
        typer.echo(msgspec.json.encode(told, order="sorted").decode())
        return
    out = console()
    _show_freezes(out, freezes, now)
    out.print()
    _show_board(out, unanswered, names)


def _start(since: date | None, now: datetime) -> datetime:
    return datetime.combine(since, time(), DUTCH_TIME) if since else now - LOOK_BACK


async def _unanswered(data: Path | None, since: datetime) -> tuple[Unanswered, ...]:
    async with opened_hub(data) as hub:
        return await hub.archive.unanswered(since)


def _show_freezes(out: Console, freezes: Sequence[Freeze], now: datetime) -> None:
    if not freezes:
        out.print("Nothing is closed, and nothing will be.")
        return
    made = table("freeze", "is", "from", "until", "messages", "gemeenten")
    for one in freezes:
        state = "closed" if one.start <= now else "coming"
        berichten = "all" if one.berichten == BERICHTEN else ", ".join(sorted(one.berichten))
        gemeenten = "all" if one.gemeenten is None else ", ".join(sorted(one.gemeenten))
        made.add_row(one.name, state, _minute(one.start), _minute(one.until), berichten, gemeenten)
    show(out, made)


def _show_board(out: Console, unanswered: Sequence[Unanswered], names: Mapping[str, str]) -> None:
    if not unanswered:
        out.print("No message waits for its answer.")
        return
    made = table("relation", "between", "message", "unanswered", "since", "oldest", gap=1)
    for one in unanswered:
        between = " and ".join(names.get(code, code) for code in one.relation.split(":"))
        made.add_row(one.relation, between, one.bericht, str(one.count), _minute(one.since), one.oldest)
    show(out, made)


def _minute(at: datetime) -> str:
    return moment(at, "%Y-%m-%d %H:%M")
