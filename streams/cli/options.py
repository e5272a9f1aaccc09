"""Options that several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer


def of_digits(*counts: int, hint: str = "") -> Callable[[str | None], str | None]:
    """Refuses a code that has another number of digits; `hint` says where to find a right one."""

    def check(code: str | None) -> str | None:
        if code is not None and not (re.fullmatch("[0-9]+", code) and len(code) in counts):
            raise typer.BadParameter(f"expected a code of {' or '.join(map(str, counts))} digits{hint}")
        return code

    return check


Data = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of the database [IJWHUB_DATA, var/hub].")]
Parties = Annotated[Path | None, typer.Option(metavar="FILE", help="The parties [IJWHUB_PARTIES, parties.yaml].")]
SchemaFolder = Annotated[
    Path | None, typer.Option("--schemas", metavar="DIR", help="Schema files to use instead of our own.")
]
SourceFile = Annotated[
    Path | None,
    typer.Option("--sources", metavar="FILE", help="Product codes, contracts and gemeenten for level 4."),
]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Where HTTP listens [8320]; 0 takes a free port.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines instead of people.")]
Replication = Annotated[
    int | None, typer.Option(min=1, max=32767, help="Copies of each topic [3, or as many as there are brokers].")
]
