"""`ijwhub replay`: the whole log decided anew, what would differ, and figures made anew."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
from pathlib import Path

import msgspec
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from connectors.sqlite_audit import SqliteAudit
from connectors.sqlite_replaying import Decision, Difference, Differences
from monitoring import logs
from streams.cli.auditing import by_operator
from streams.cli.files import is_embedded, refuse_absent
from streams.cli.output import complain, console, fail, plain, show, table, this_command
from streams.cli.running import settings_of, told_plainly, usable_schemas
from streams.hub.replaying import Replayed, Told, replay, replay_figures
from streams.hub.settings import Settings

MOST_LISTED = 100


def replay_hub(options: dict[str, object], figures: bool, accept_differences: bool, as_json: bool) -> int:
    """Decide the log anew and print what differs; returns 0 when nothing does, or figures were replaced, otherwise 1.

    options  settings in place of those of the environment, where they are not None; `data` is one of them.
    """
    if accept_differences and not figures:
        fail("--accept-differences goes with --figures: without it nothing is replaced. Leave it out.")
    settings = settings_of(**options)
    _refuse_kafka(settings, options["data"])
    refuse_absent(settings.sqlite_file)
    usable_schemas(settings.schemas)
    logs.configure(style="text", least=logging.ERROR)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # persons may not stay behind where it was at work
    begun = time.monotonic()
    with told_plainly(settings), _bar() as bar:
        found = asyncio.run(_replayed(settings, figures, accept_differences, _telling(bar)))
    _tell(settings, found, figures, as_json, time.monotonic() - begun)
    return 0 if found.replaced or not found.differences else 1


def _refuse_kafka(settings: Settings, data: object) -> None:
    if not is_embedded(settings, data if isinstance(data, Path) else None):
        fail(
            "this hub is on Kafka, where ijw.in keeps messages for 90 days only, so its log cannot be decided from the "
            "beginning. Try changed rules or sources with ijwhub check, or with --data on the embedded hub that it "
            "came from; for another key of pseudonyms see the runbook."
        )


async def _replayed(settings: Settings, figures: bool, accept_differences: bool, told: Told) -> Replayed:
    """Every message is read for it, so the audit log notes that first."""
    audit = SqliteAudit(settings.sqlite_file)
    try:
        await audit.note([by_operator("read", "replay --figures" if figures else "replay")])
    finally:
        await audit.close()
    return await (replay_figures(settings, accept_differences, told) if figures else replay(settings, told))


def _bar() -> Progress:
    out = console(sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=out, transient=True, disable=not out.is_terminal)


def _telling(bar: Progress) -> Told:
    task = bar.add_task("Deciding", total=None)
    return lambda done, of: bar.update(task, completed=done, total=of)


# --- telling -------------------------------------------------------------------------------------------


def _tell(settings: Settings, found: Replayed, figures: bool, as_json: bool, seconds: float) -> None:
    if as_json:
        told = {"hub": str(settings.sqlite_file), **msgspec.to_builtins(found), "seconds": round(seconds, 1)}
        typer.echo(msgspec.json.encode(told).decode())
        return
    typer.echo(f"Decided {found.position} messages of {settings.sqlite_file} anew in {seconds:.1f} s.")
    _show(found.differences)
    if found.replaced:
        typer.echo("Events and figures were replaced by those of now, under the key of now.")
    elif figures:
        complain(
            "no figures were replaced: the new ones would tell what did not happen. Correct what makes the difference, "
            f"or accept it: {this_command()} replay --figures --accept-differences"
        )


def _show(found: Differences) -> None:
    if not found:
        typer.echo("All of it is the same: verdicts, findings, outputs and their bytes, dossiers.")
        return
    out = console()
    if found.messages:
        out.print(f"Of {len(found.messages)} messages something would differ:")
        made = table("id", "relation", "message", "was", "would be", gap=1)
        for one in found.messages[:MOST_LISTED]:
            made.add_row(*_cells(one))
        show(out, made)
        if len(found.messages) > MOST_LISTED:
            out.print(f"These are the first {MOST_LISTED}; --json tells all of them.")
    if found.dossiers:
        out.print(f"Of {len(found.dossiers)} relations the dossier would differ:")
        made = table("relation", "rows that differ")
        for dossier in found.dossiers[:MOST_LISTED]:
            made.add_row(dossier.relation, _counted(dossier.rows))
        show(out, made)


def _cells(one: Difference) -> tuple[str, ...]:
    was, would_be = _decision(one.was), _decision(one.would_be)
    same = f"the same, but for {', '.join(one.differs)}"
    return (one.id, one.relation, one.bericht, was, same if was == would_be else would_be)


def _decision(one: Decision) -> str:
    if one.reason is not None:
        return f"set aside: {plain(one.reason)}"
    level = "" if one.level is None else f" on level {one.level}"
    rules = _counted(one.findings | one.remarks)
    return f"{one.outcome}{level}" + (f": {rules}" if rules else "")


def _counted(many: dict[str, int]) -> str:
    return ", ".join(name if times == 1 else f"{name} ({times}×)" for name, times in sorted(many.items()))
