"""`make bench`: what a message costs beside the floor, measured in turns in one run on this machine.

The floor is what any program pays that checks a message against its schema: lxml's ordinary parser and the
compiled schema. Levels 1-2 is safe reading, schema, typed structures, level 2, the answer, and the check of that
answer against its schema. Levels 1-4 is that with levels 3 and 4 on a warm dossier, and what the dossier learns. The
exchange, of which only the ratio is shown, adds routing and all effects. Ratios are of runs taken in turns, so that a
machine that changes speed changes all.
"""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree
from rich.console import Console
from rich.table import Table

from schemas.ijw_3_2.dossier.history import Moment
from schemas.ijw_3_2.dossier.keys import rows_needed
from schemas.ijw_3_2.dossier.rows import Draft, Key, Row
from schemas.ijw_3_2.outside import supplied
from schemas.ijw_3_2.reading import Message, Schemas
from schemas.ijw_3_2.rules.checking import check_inside
from streams.core.answering import Made, answer
from streams.core.effects import Judged
from streams.core.envelope import Envelope
from streams.core.exchange import Exchange
from streams.core.parties import Directory, Party
from streams.core.verdicts import assess, memory
from streams.hub.deciding import relieve_collector
from tests.support.claims import bsn_of, declaratie
from tests.support.dossiers import warm_dossier
from tests.support.editing import edited
from tests.support.load import Relation, start, toewijzing

NOW = datetime(2026, 5, 7, 9, tzinfo=UTC)
MADE = Made(identificatie="000000000001", dagtekening=NOW.date())
PARTIES = (
    Party(id="haarlem", kind="gemeente", code="0392", name="Haarlem", answers="hub"),
    Party(id="aanbieder", kind="aanbieder", code="65656001", name="Aanbieder", answers="hub"),
)
SECONDS = 3.0
Rows = Mapping[Key, Row]
RELATION = Relation("0392", "65656001")
RELATION_NAME = "0392:65656001"
MOMENT = Moment(NOW.date(), supplied())
MESSAGES = Path(__file__).parents[1] / "cases" / "messages"
SUBJECTS: dict[str, tuple[str, Callable[[], bytes], float | None, float | None]] = {
    "JW301, four products": ("JW301", lambda: full_toewijzing(), 2.0, 2.2),
    "JW301, the smallest": ("JW301", lambda: toewijzing(RELATION, 10_001, "999900006"), None, None),
    "JW305": ("JW305", lambda: start(RELATION, "S1", 1, bsn_of(1), day=1), None, None),
    "JW323, 1 line": ("JW323", lambda: declaratie(1), None, None),
    "JW323, 100 lines": ("JW323", lambda: declaratie(100), None, None),
    "JW323, 1,000 lines": ("JW323", lambda: declaratie(1_000), 1.7, 2.0),
    "JW323, 10,000 lines": ("JW323", lambda: declaratie(10_000), None, None),
}
"""Label: type, message, and the targets for levels 1 and 2, and for everything."""

ASSIGNMENTS, MONTHS = 10_000, 10


def main() -> None:
    """Print the tables, and the memory of one process that does nothing but the largest claim."""
    if sys.argv[1:] == ["memory"]:
        print(_after_the_largest())
        return
    console = Console(width=120)
    rows = warm_dossier(ASSIGNMENTS, MONTHS)
    relieve_collector()
    gc.freeze()  # a hub has these rows in its database, where they are no garbage collector's work
    table = Table(title="Cost of a message in milliseconds (median of runs)")
    for column in (
        "message",
        "bytes",
        "floor",
        "levels 1-2",
        "ratio",
        "target",
        "all four",
        "ratio",
        "target",
        "exchange",
        "runs",
    ):
        table.add_column(column, justify="left" if column == "message" else "right")
    for label, (name, body, target, whole_target) in SUBJECTS.items():
        table.add_row(label, *_row(name, body(), rows, target, whole_target))
    console.print(table)
    console.print(_growth(rows))
    empty, full = (int(_memory(argument)) for argument in ("idle", "memory"))
    console.print(f"Peak memory: {empty} MB with the schemas loaded, {full} MB after JW323 with 10,000 lines.")


def full_toewijzing() -> bytes:
    """A JW301 as most are: two relations, two addresses, and all four current assignments (OP087)."""
    root = etree.parse(MESSAGES / "JW301.xml", etree.XMLParser(remove_blank_text=True)).getroot()
    copies = ["Relatie", "Contactgegevens/Contact", "ToegewezenProduct[1]", "ToegewezenProduct[2]"]
    changes = {
        "Relatie[2]/Nummer": "2",
        "Contactgegevens/Contact[2]/Soort": "03",
        **{f"ToegewezenProduct[{n}]/ToewijzingNummer": str(20_000 + n) for n in range(1, 5)},
        **{f"ToegewezenProduct[{n}]/Product/Categorie": str(40 + n) for n in range(1, 5)},
        **{f"ToegewezenProduct[{n}]/Product/Code": f"{40 + n}A04" for n in range(1, 4)},
    }
    made = edited(root, copy=copies, change=changes)
    etree.indent(made)
    return etree.tostring(made, xml_declaration=True, encoding="UTF-8").replace(b"\n", b"\r\n")


def _row(name: str, body: bytes, rows: Rows, target: float | None, whole_target: float | None) -> tuple[str, ...]:
    exchange = Exchange(Schemas(), Directory(PARTIES))
    envelope = _envelope(name, body)
    schema = etree.XMLSchema(etree.parse(exchange.schemas.folder / f"{name}.xsd"))
    assert _outcome(exchange, envelope, rows) == "accepted", f"{name} is refused: that is not what is measured here"

    def floor() -> None:
        assert schema.validate(etree.fromstring(body))

    def inside() -> None:
        message = exchange.schemas.read(body)
        assert isinstance(message, Message)
        answer(message, check_inside(message), MADE, exchange.schemas)

    def judged() -> None:
        message = exchange.schemas.read(body)
        assert isinstance(message, Message)
        draft, needed = Draft(rows), rows_needed(message)
        findings = assess(message, needed, check_inside(message), draft, MOMENT).findings
        answer(message, findings, MADE, exchange.schemas)
        memory(message, needed, draft, findings, envelope_id="", sender_party="")

    def whole() -> None:
        exchange.process(envelope, rows, NOW)

    floors, insides, judgeds, wholes = _in_turns(floor, inside, judged, whole)
    return (
        f"{len(body):,}",
        _median(floors),
        _median(insides),
        _ratio(insides, floors),
        f"≤ {target}" if target else "",
        _median(judgeds),
        _ratio(judgeds, floors),
        f"≤ {whole_target}" if whole_target else "",
        _ratio(wholes, floors),
        f"{len(floors):,}",
    )


def _growth(rows: Rows) -> Table:
    """The same messages on dossiers of different sizes, in turns: what remembers more costs no more."""
    small = warm_dossier(1_000, 1)
    table = Table(title="Cost beside the same message on a dossier of 1,000 assignments and 1,000 claim lines")
    for column in ("message", f"{ASSIGNMENTS:,} assignments, {ASSIGNMENTS * MONTHS:,} claim lines"):
        table.add_column(column, justify="left" if column == "message" else "right")
    exchange = Exchange(Schemas(), Directory(PARTIES))
    for label in ("JW301, four products", "JW305", "JW323, 100 lines", "JW323, 1,000 lines"):
        name, body, *_ = SUBJECTS[label]
        envelope = _envelope(name, body())
        few, many = _in_turns(
            lambda e=envelope: exchange.process(e, small, NOW),  # type: ignore[misc]
            lambda e=envelope: exchange.process(e, rows, NOW),  # type: ignore[misc]
        )
        table.add_row(label, _ratio(many, few))
    return table


def _median(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.3f}"


def _ratio(ours: list[float], floors: list[float]) -> str:
    return f"{statistics.median(one / floor for one, floor in zip(ours, floors, strict=True)):.2f}"


def _in_turns(*works: Callable[[], None]) -> list[list[float]]:
    """Seconds per message, for each work in each run."""
    for work in works * 3:
        work()
    taken: list[list[float]] = [[] for _ in works]
    until = time.perf_counter() + SECONDS
    while time.perf_counter() < until or len(taken[0]) < 7:
        for times, work in zip(taken, works, strict=True):
            times.append(_timed(work))
    return taken


def _timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _outcome(exchange: Exchange, envelope: Envelope, rows: Rows) -> str:
    return next(e.outcome for e in exchange.process(envelope, rows, NOW) if isinstance(e, Judged))


def _envelope(name: str, body: bytes) -> Envelope:
    from_gemeente = name == "JW301"
    return Envelope(
        id="bench",
        received_at=NOW,
        source="bench",
        party="haarlem" if from_gemeente else "aanbieder",
        reference="bench",
        bericht=name,
        relation=RELATION_NAME,
        receiver="65656001" if from_gemeente else "0392",
        body=body,
    )


def _memory(argument: str) -> str:
    command = [sys.executable, "-m", "tests.bench", "memory"] if argument == "memory" else [sys.executable, "-c", _IDLE]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


_IDLE = "from tests.bench.__main__ import peak_memory; print(peak_memory())"


def _after_the_largest() -> int:
    exchange = Exchange(Schemas(), Directory(PARTIES))
    exchange.process(_envelope("JW323", declaratie(10_000)), warm_dossier(10_000, 0), NOW)
    return peak_memory()


def peak_memory() -> int:
    """The most memory this process has had, in MB. Not ru_maxrss: a child starts with that of its parent."""
    Schemas()
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024


if __name__ == "__main__":
    main()
