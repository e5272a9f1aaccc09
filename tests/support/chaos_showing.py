"""A fault test at a terminal: how far it is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


@contextmanager
def showing(messages: int) -> Iterator[Callable[[str, int], None]]:
    """A bar of the messages sent, and a line for each thing that happens."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console()
    for library in ("aiokafka", "asyncpg"):
        logging.getLogger(library).setLevel(logging.CRITICAL)  # servers that are away are no news here
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("sending", total=messages)

        def tell(what: str, sent: int) -> None:
            progress.update(bar, completed=sent)
            if what:
                progress.update(bar, description=what)
                if not console.is_terminal:
                    console.print(f"{sent:>6} sent: {what}")

        yield tell
