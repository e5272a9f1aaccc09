"""How commands talk: results on stdout, errors on stderr, plain when piped or under NO_COLOR."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from shutil import which
from typing import NoReturn, TextIO

import typer
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.table import Table

from schemas.ijw_3_2.findings import without_bsn
from schemas.ijw_3_2.outside import NotChecked
from streams.core.workdays import DUTCH_TIME

PIPED_WIDTH = 100
SHORT = 16
"""A column no wider than this, such as one of moments, stays on one line."""


def console(stream: TextIO | None = None) -> Console:
    """A console on stdout (or another stream) that shows text as it is: no markup, no emoji, no guessed colours."""
    stream = stream or sys.stdout
    colourless = bool(os.environ.get("NO_COLOR")) or not stream.isatty()
    piped_width = None if stream.isatty() or "COLUMNS" in os.environ else PIPED_WIDTH
    return Console(
        file=stream,
        color_system=None if colourless else "auto",
        width=piped_width,
        highlight=False,
        markup=False,
        emoji=False,
    )


def complain(text: str) -> None:
    """Say on stderr what is wrong; the command goes on."""
    typer.echo(f"ijwhub: {plain(text)}", err=True)


def fail(text: str, code: int = 2) -> NoReturn:
    """Say on stderr what is wrong and what to do, and end the command with this exit code."""
    complain(text)
    raise typer.Exit(code)


def plain(text: str) -> str:
    """The text without what steers a terminal and without anything that could be a BSN: partners chose it."""
    shown = "".join(c if c.isprintable() or c == "\n" else "?" for c in text)
    return without_bsn(shown)


def not_checked(one: NotChecked) -> str:
    """A rule that could not be decided, below a verdict."""
    return indented(f"{one.rule}  not checked: needs {one.needs}", 4, None)


def indented(text: str, by: int, width: int | None) -> str:
    """The text with every line indented, and wrapped when there is a width."""
    lines = textwrap.wrap(text, width - by, break_long_words=False, break_on_hyphens=False) if width else [text]
    return textwrap.indent("\n".join(lines), " " * by)


def table(*columns: str, gap: int = 2) -> Table:
    """An empty table in the style of this command line."""
    made = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
    for number, column in enumerate(columns):
        made.add_column(column, overflow="fold", no_wrap=number == 0)
    return made


def facts() -> Table:
    """An empty list of facts: name, value."""
    made = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    made.add_column(style="dim", no_wrap=True)
    made.add_column(overflow="fold")
    return made


def show(out: Console, what: RenderableType) -> None:
    """Print a table or the like, without blanks at the ends of lines.

    What does not fit on a screen becomes a list for each row. Through a pipe a row stays a row.
    """
    is_seen = out.is_terminal or "COLUMNS" in os.environ
    with out.capture() as captured:
        out.print(_fitted(what, out.width) if is_seen and isinstance(what, Table) and what.show_header else what)
    out.file.writelines(f"{line.rstrip()}\n" for line in captured.get().splitlines())
    out.file.flush()


def _fitted(made: Table, width: int) -> RenderableType:
    """The table in a width, with no word broken: the column that has most beside its longest word gives way first."""
    cells = [[str(column.header), *map(str, column.cells)] for column in made.columns]
    wide = [column.width or _longest(texts) for column, texts in zip(made.columns, cells, strict=True)]
    least = [
        most if most <= SHORT else _longest(" ".join(column).split()) for column, most in zip(cells, wide, strict=True)
    ]
    room = width - made.padding[1] * (len(wide) - 1)
    if sum(least) > room:
        return _listed(cells)
    while sum(wide) > room:
        wide[max(range(len(wide)), key=lambda n: wide[n] - least[n])] -= 1
    for column, fitting in zip(made.columns, wide, strict=True):
        column.width, column.no_wrap = fitting, False
    return made


def _longest(texts: Iterable[str]) -> int:
    return max((cell_len(text) for text in texts), default=0)


def _listed(cells: Sequence[Sequence[str]]) -> Group:
    """Every row as a list of its own, with an empty line between them."""
    lists: list[RenderableType] = []
    for row in zip(*(column[1:] for column in cells), strict=True):
        one = facts()
        for name, value in zip((column[0] for column in cells), row, strict=True):
            one.add_row(name, value)
        lists += [one, ""]
    return Group(*lists[:-1])


def moment(at: datetime | None, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """A moment in Dutch time."""
    return at.astimezone(DUTCH_TIME).strftime(form) if at else "-"


def this_command() -> str:
    """How this very program is called from where the caller stands, for commands that can be pasted."""
    found = which("ijwhub")
    called = Path(sys.argv[0])
    if found or called.name != "ijwhub":
        return "ijwhub"
    return str(called.relative_to(Path.cwd()) if called.is_relative_to(Path.cwd()) else called)
