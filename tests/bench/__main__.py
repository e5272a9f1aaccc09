"""`make bench`: what a message costs beside the floor, measured in turns in one run on this machine.

The floor is what any program pays that checks a message against its schema: lxml's ordinary parser and the
compiled schema. Ours is everything the hub does with it: safe reading, schema, typed structures, levels 2 and 3
on an empty dossier, the answer, and the check of that answer. Ratios are of pairs taken in turns, so that a
machine that changes speed changes both.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree
from rich.console import Console
from rich.table import Table

from schemas.ijw_3_2.reading import Schemas
from streams.core.effects import Judged
from streams.core.envelope import Envelope
from streams.core.exchange import Exchange
from streams.core.parties import Directory, Party
from tests.support.claims import declaratie
from tests.support.load import Relation, start, toewijzing

NOW = datetime(2026, 5, 7, 9, tzinfo=UTC)
PARTIES = (
    Party(id="haarlem", kind="gemeente", code="0392", name="Haarlem", answers="hub"),
    Party(id="aanbieder", kind="aanbieder", code="65656001", name="Aanbieder", answers="hub"),
)
SECONDS = 3.0
RELATION = Relation("0392", "65656001")
MESSAGES = Path(__file__).parents[1] / "cases" / "messages"
SUBJECTS: dict[str, tuple[str, Callable[[], bytes], float | None]] = {
    "JW301": ("JW301", (MESSAGES / "JW301.xml").read_bytes, 2.0),
    "JW301, the smallest": ("JW301", lambda: toewijzing(RELATION, 1, "999900006"), None),
    "JW305": ("JW305", lambda: start(RELATION, "S1", None, "999900006", day=1), None),
    "JW323, 1 line": ("JW323", lambda: declaratie(1), None),
    "JW323, 100 lines": ("JW323", lambda: declaratie(100), None),
    "JW323, 1,000 lines": ("JW323", lambda: declaratie(1_000), 1.7),
    "JW323, 10,000 lines": ("JW323", lambda: declaratie(10_000), None),
}


def main() -> None:
    """Print the table, and the memory of one process that does nothing but the largest claim."""
    if sys.argv[1:] == ["memory"]:
        print(_after_the_largest())
        return
    table = Table(title="Cost of a message (median of pairs, milliseconds)")
    for column in ("message", "bytes", "floor", "ours", "ratio", "target", "pairs"):
        table.add_column(column, justify="left" if column == "message" else "right")
    for label, (name, body, target) in SUBJECTS.items():
        table.add_row(label, *_row(name, body(), target))
    console = Console()
    console.print(table)
    empty, full = (int(_memory(argument)) for argument in ("idle", "memory"))
    console.print(f"Peak memory: {empty} MB with the schemas loaded, {full} MB after JW323 with 10,000 lines.")


def _row(name: str, body: bytes, target: float | None) -> tuple[str, ...]:
    exchange = Exchange(Schemas(), Directory(PARTIES))
    envelope = _envelope(name, body)
    schema = etree.XMLSchema(etree.parse(exchange.schemas.folder / f"{name}.xsd"))
    assert _outcome(exchange, envelope) in ("accepted", "refused")

    def floor() -> None:
        assert schema.validate(etree.fromstring(body))

    def ours() -> None:
        exchange.process(envelope, {}, NOW)

    pairs = _pairs(floor, ours)
    floors, oursum = ([pair[n] * 1000 for pair in pairs] for n in (0, 1))
    ratio = statistics.median(pair[1] / pair[0] for pair in pairs)
    shown = f"{ratio:.2f}"
    goal = f"≤ {target}" if target else ""
    return (
        f"{len(body):,}",
        f"{statistics.median(floors):.3f}",
        f"{statistics.median(oursum):.3f}",
        shown,
        goal,
        f"{len(pairs):,}",
    )


def _pairs(floor: Callable[[], None], ours: Callable[[], None]) -> list[tuple[float, float]]:
    pairs: list[tuple[float, float]] = []
    until = time.perf_counter() + SECONDS
    for _ in range(3):
        floor(), ours()
    while time.perf_counter() < until or len(pairs) < 5:
        pairs.append((_timed(floor), _timed(ours)))
    return pairs


def _timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _outcome(exchange: Exchange, envelope: Envelope) -> str:
    return next(e.outcome for e in exchange.process(envelope, {}, NOW) if isinstance(e, Judged))


def _envelope(name: str, body: bytes) -> Envelope:
    from_gemeente = name == "JW301"
    return Envelope(
        id="bench",
        received_at=NOW,
        source="bench",
        party="haarlem" if from_gemeente else "aanbieder",
        reference="bench",
        bericht=name,
        relation="0392:65656001",
        receiver="65656001" if from_gemeente else "0392",
        body=body,
    )


def _memory(argument: str) -> str:
    command = [sys.executable, "-m", "tests.bench", "memory"] if argument == "memory" else [sys.executable, "-c", _IDLE]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


_IDLE = "from tests.bench.__main__ import peak_memory; print(peak_memory())"


def _after_the_largest() -> int:
    exchange = Exchange(Schemas(), Directory(PARTIES))
    exchange.process(_envelope("JW323", declaratie(10_000)), {}, NOW)
    return peak_memory()


def peak_memory() -> int:
    """The most memory this process has had, in MB. Not ru_maxrss: a child starts with that of its parent."""
    Schemas()
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024


if __name__ == "__main__":
    main()
