"""Files in folders: how an output is named, and what a refused file is told. Pure; connectors do the I/O."""

from __future__ import annotations

import json

from adapters.contract import Fault, Parcel
from adapters.refusals import problem, problem_of
from streams.core.intake import Rejection
from streams.core.ports import OutputHead, ReferenceUsed

IN, OUT, FOUT, KLAAR = "in", "out", "fout", "klaar"
"""A party writes into in/ and reads from out/; the hub moves what it took to klaar/ and what it refused to fout/."""
FAULT_ENDING = ".fout.json"


def is_offered(name: str) -> bool:
    """Whether a file in in/ is meant as a message: not hidden, and not a name that people use while writing."""
    return not name.startswith(".") and not name.endswith((".tmp", ".part"))


def place_of(output: OutputHead) -> tuple[str, str]:
    """The folder and file name of an output: the same again when it is written a second time."""
    if output.kind == "fout":
        return FOUT, fault_name(output.id)
    return OUT, f"{output.bericht}-{output.id}.xml"


def message_name(parcel: Parcel) -> str:
    """The file name of an outgoing message: by its reference, which is the same at every attempt."""
    words = [word for word in (parcel.bericht, parcel.reference) if word]
    return f"{'-'.join(words) or 'bericht'}.xml"


def fault_name(file: str) -> str:
    """The name of the explanation beside a refused file."""
    return f"{file}{FAULT_ENDING}"


def fault(refused: Rejection | ReferenceUsed | Fault, file: str) -> bytes:
    """The explanation beside a refused file, as problem details in JSON."""
    if isinstance(refused, Fault):
        told = problem_of(refused, bestand=file)
    else:
        used_before = "This file name was used before", "Give the file another name."
        told = problem(refused, used_before, bestand=file)
    return json.dumps(told, ensure_ascii=False, indent=2).encode()
