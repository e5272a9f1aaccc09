"""`ijwhub rules`: all rules of the standard in one table, how far each is carried out, and how many there are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

import typer
from rich.table import Table

from schemas.ijw_3_2.rules.coverage import STATUSES, Coverage, Kind, Status, counts, coverage
from streams.cli.output import console, show, table

FOUR_NUMBERS = len("301 305 307 315")
MESSAGES, STATUS = 2, 3
"""Columns that keep their width, so that what a rule needs gets the rest of the line."""


def show_rules(as_json: bool, status: Status | None, kind: Kind | None) -> None:
    """Print the rules with this status and of this kind; all of them when neither is given."""
    rows = coverage().values()
    wanted = [row for row in rows if status in (None, row.status) and kind in (None, row.kind)]
    if as_json:
        typer.echo(json.dumps({"rules": [asdict(row) for row in wanted], "counts": counts(wanted)}, ensure_ascii=False))
    elif wanted:
        out = console()
        show(out, _rules(wanted))
        out.print()
        show(out, _counts(wanted))
    else:
        typer.echo(f"There is no {kind or 'rule'} that is {status}.")


def _rules(rows: Sequence[Coverage]) -> Table:
    listed = table("rule", "level", "messages", "status", "needs")
    listed.columns[MESSAGES].width = FOUR_NUMBERS
    listed.columns[STATUS].width = max(map(len, STATUSES))
    for row in rows:
        numbers = " ".join(name.removeprefix("JW") for name in row.messages)
        listed.add_row(row.id, str(row.level), numbers or "-", row.status, row.reason or "")
    return listed


def _counts(rows: Sequence[Coverage]) -> Table:
    counted = table("kind", *STATUSES, "all")
    by_kind = counts(rows)
    for kind, by_status in by_kind.items():
        counted.add_row(kind, *_numbers(list(by_status.values())))
    if len(by_kind) > 1:
        counted.add_row("all", *_numbers([sum(row.status == status for row in rows) for status in STATUSES]))
    return counted


def _numbers(by_status: Sequence[int]) -> Sequence[str]:
    return [str(number) for number in (*by_status, sum(by_status))]
