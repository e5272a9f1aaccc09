"""`ijwhub trace`: everything known about one message."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from schemas.ijw_3_2.findings import told
from streams.cli.files import opened_hub
from streams.cli.output import console, facts, fail, indented, moment, not_checked, plain, show, table
from streams.cli.running import settings_of
from streams.core.effects import Judged
from streams.core.parties import ConfigurationError
from streams.core.parties_file import load_directory
from streams.core.ports import OutputHead, Trace


def trace_message(id: str, data: Path | None, as_json: bool) -> None:
    """Print what is known about the message with this id, or about the message behind the id of an output."""
    found = asyncio.run(_find(id.strip().partition(".")[0], data))
    if as_json:
        typer.echo(json.dumps(_for_machines(found)))
    else:
        _show(found)


async def _find(id: str, data: Path | None) -> Trace:
    async with opened_hub(data) as hub:
        found = await hub.archive.trace(id)
        aside = None if found else await hub.archive.set_aside_by_id(id)
    if aside is not None:
        fail(f"{plain(id)} never entered the hub; it was set aside. See: ijwhub quarantine show {id}", code=1)
    if found is None:
        fail(
            f"no message {plain(id)[:80]} in the hub {hub.where}. Expected the whole id, as in the receipt of the hub; "
            "or give the folder of the right hub with --data.",
            code=1,
        )
    return found


def _for_machines(found: Trace) -> dict[str, Any]:
    made: dict[str, Any] = msgspec.to_builtins(found)
    made["reference"] = plain(found.reference)
    if found.judged is not None:
        for kind in ("findings", "remarks"):
            made["judged"][kind] = [{"level": f.level, **told(f)} for f in getattr(found.judged, kind)]
    return made


def _show(found: Trace) -> None:
    out = console()
    out.print(f"{found.bericht} {found.id}", style="bold")
    known = facts()
    known.add_row("from", f"{found.party}, over {found.source}, reference {plain(found.reference)}")
    known.add_row("relation", found.relation)
    known.add_row("received", f"{moment(found.received_at)}, {_place(found)}")
    known.add_row("checked", f"{moment(found.decided_at)}, {_outcome(found)}" if found.judged else "not yet; it waits")
    known.add_row("answered", _answered(found))
    show(out, known)
    _findings(out, found.judged)
    if found.outputs:
        out.print()
        show(out, _outputs(found, _fetching()))
    for text in _failures(found):
        out.print(text, soft_wrap=True)


def _place(found: Trace) -> str:
    if found.position is None:
        return "not in the log yet: its sender has no receipt and offers it again"
    if found.partition is not None and found.partition < 0:
        return f"position {found.position} in the log of the embedded hub that it was moved from"
    where = f" of partition {found.partition}" if found.partition else ""
    return f"position {found.position}{where} in the log"


def _outcome(found: Trace) -> str:
    assert found.judged is not None
    level = f" on level {found.judged.level}" if found.judged.level else ""
    return f"{found.judged.outcome}{level}" + (f": {plain(found.reason)}" if found.reason else "")


def _findings(out: Console, judged: Judged | None) -> None:
    for finding in (*judged.findings, *judged.remarks) if judged else ():
        code = f" {finding.retourcode}" if finding.retourcode else ""
        out.print(indented(f"{finding.rule}{code}  {finding.path}".rstrip(), 4, None), style="bold", soft_wrap=True)
        out.print(indented(plain(finding.text), 8, out.width if out.is_terminal else None), soft_wrap=True)
    for one in judged.not_checked if judged else ():
        out.print(not_checked(one), style="dim", soft_wrap=True)


def _answered(found: Trace) -> str:
    answer = found.answer
    if answer is None:
        return "not yet, or there is no answer to it"
    return f"{moment(answer.created_at)}, {answer.bericht}: {answer.outcome or 'it does not tell'}"


def _fetching() -> frozenset[str]:
    """The ids of the parties that fetch what is for them; of others, and without a file of parties, it is brought."""
    try:
        parties = load_directory(settings_of().parties).parties
    except ConfigurationError:
        return frozenset()
    return frozenset(party.id for party in parties if party.fetches)


def _outputs(found: Trace, fetching: Collection[str]) -> Table:
    made = table("output", "what", "for", "delivered", "fetched", "acknowledged")
    for head in found.outputs:
        what = f"{head.kind} {head.bericht or ''}{' (copy)' if head.copy else ''}"
        brought, fetched = (None, head.delivered_at) if head.receiver in fetching else (head.delivered_at, None)
        times = (brought, fetched, head.acknowledged_at)
        made.add_row(_number(head), what, head.receiver, *(moment(at, "%d-%m %H:%M:%S") for at in times))
    return made


def _failures(found: Trace) -> Iterator[str]:
    for head in found.outputs:
        reason, tried = plain(head.reason or "-"), f"attempts failed: {head.attempts}"
        if head.undeliverable_at is not None:
            after = f"; {tried}" if head.attempts else ""
            yield f"{_number(head)} was given up {moment(head.undeliverable_at)}: {reason}{after}"
        elif head.attempts and head.delivered_at is None:
            yield f"{_number(head)} is tried again; {tried}, the last one with {reason}"


def _number(head: OutputHead) -> str:
    return f".{head.id.rpartition('.')[2]}"
