"""Files in folders: how an output is named, and what a refused file is told. Pure; connectors do the I/O."""

from __future__ import annotations

import json

from adapters.refusals import problem
from streams.core.intake import Rejection
from streams.core.ports import OutputHead, ReferenceUsed

IN, OUT, FOUT, KLAAR = "in", "out", "fout", "klaar"
"""A party writes into in/ and reads from out/; the hub moves what it took to klaar/ and what it refused to fout/."""


def is_offered(name: str) -> bool:
    """Whether a file in in/ is meant as a message: not hidden, and not a name that people use while writing."""
    return not name.startswith(".") and not name.endswith((".tmp", ".part"))


def place_of(output: OutputHead) -> tuple[str, str]:
    """The folder and file name of an output: the same again when it is written a second time."""
    if output.kind == "fout":
        return FOUT, f"{output.id}.fout.json"
    return OUT, f"{output.bericht}-{output.id}.xml"


def fault_name(file: str) -> str:
    """The name of the explanation beside a refused file."""
    return f"{file}.fout.json"


def fault(refused: Rejection | ReferenceUsed, file: str) -> bytes:
    """The explanation beside a refused file, as problem details in JSON."""
    used_before = "This file name was used before", "Give the file another name."
    return json.dumps(problem(refused, used_before, bestand=file), ensure_ascii=False, indent=2).encode()
