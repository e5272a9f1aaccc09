"""`python -m tests.bench.monitors`: what monitors cost, measured on the events of a simulated region in one run.

Folding is pure: from bytes to changed rows, a batch of 200 events at a time with the rows at hand, without a database.
The floor is decoding those events. Memory and figures are of 100,000 youths: those of the region under other
pseudonyms, again and again.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.table import Table

from connectors.sqlite_folds import SqliteFolds
from monitoring import logs
from streams.cli.filling import fill
from streams.core.events import event_of
from streams.core.fold_ports import FoldProgress
from streams.core.folding import Fold, Occurrence, fold_batch, open_batch
from streams.core.folds.berichten import BerichtenFold
from streams.core.folds.care import CareFold
from streams.core.folds.claims import ClaimsFold
from streams.core.monitors.burden import burden_lines
from streams.core.monitors.claiming import claim_lines
from streams.core.monitors.deadlines import ledger
from streams.core.monitors.discontinuity import breaks, endings, no_start, pauses, returns, switches
from streams.core.monitors.exposed import samples
from streams.core.monitors.rows import Rows, rows_from
from streams.core.monitors.trajecten import File, files
from streams.core.monitors.waiting import items
from streams.core.monitors.waiting_summary import summary
from streams.core.regions import Monitoring
from streams.hub.settings import Settings
from streams.simulating.configuration import Simulation
from streams.simulating.region import parties_yaml
from streams.simulating.simulation import simulate

FOLDS: Sequence[Fold[Any]] = (CareFold(), ClaimsFold(), BerichtenFold())
REGION = Simulation(start=date(2025, 11, 1), days=365, youths=2_000)
BATCH, TURNS, YOUTHS = 200, 3, 100_000
VAN, TOT, NOW = date(2026, 1, 1), date(2026, 10, 31), datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
T = TypeVar("T")


def main() -> None:
    """Print two tables."""
    logs.configure(style="text", least=logging.ERROR)
    events = asyncio.run(_events())
    console = Console()
    console.print(_folding(events))
    console.print(_figures(_rows(events)))


async def _events() -> list[bytes]:
    """Every event of a region-year, in the order in which its hub told them."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, simulated = Path(scratch), simulate(REGION, seed=1)
        (folder / "parties.yaml").write_text(parties_yaml(simulated.directory), encoding="utf-8")
        settings = Settings(data=folder / "hub", parties=folder / "parties.yaml", kafka=None, database=None)
        await fill(settings, simulated, lambda: None)
        store = SqliteFolds(settings.sqlite_file)
        found, since = list[bytes](), (0, 0)
        while some := await store.events(since, 10_000):
            found += [event.body for event in some]
            since = some[-1].position, some[-1].number + 1
        await store.close()
        return found


# --- folding -----------------------------------------------------------------------------------------


def _folding(events: Sequence[bytes]) -> Table:
    table = Table("fold", "events it needs", "events/s a core", "times the floor", title=f"{len(events)} events")
    turns = [(_seconds(lambda: [event_of(one) for one in events]), *(_fold_times(events))) for _ in range(TURNS)]
    floor = min(turn[0] for turn in turns)
    table.add_row("(decoding)", str(len(events)), f"{len(events) / floor:,.0f}", "1.0")
    for place, fold in enumerate(FOLDS, 1):
        best = min(turn[place] for turn in turns)
        needed = sum(bool(fold.keys(event_of(one))) for one in events)
        table.add_row(fold.name, str(needed), f"{len(events) / best:,.0f}", f"{best / floor:.1f}")
    return table


def _fold_times(events: Sequence[bytes]) -> list[float]:
    return [_seconds(lambda fold=fold: folded(fold, events)) for fold in FOLDS]  # type: ignore[misc]


def folded(fold: Fold[Any], events: Sequence[bytes]) -> dict[str, bytes]:
    """The rows as they are kept."""
    rows: dict[str, Any] = {}
    kept: dict[str, bytes] = {}
    progress = FoldProgress()
    for first in range(0, len(events), BATCH):
        some = [Occurrence(first + n, (0, first + n, 0), body) for n, body in enumerate(events[first : first + BATCH])]
        batch = open_batch(fold, some, progress)
        changed = fold_batch(fold, batch, {key: rows[key] for key in batch.keys if key in rows}).rows
        rows.update(changed)
        kept.update((key, fold.encode(row)) for key, row in changed.items())
        progress = batch.progress
    return kept


# --- figures -----------------------------------------------------------------------------------------


def _rows(events: Sequence[bytes]) -> Callable[[], Rows]:
    """Rows of so many youths; each its own, as a database would give them."""
    kept = {fold.name: folded(fold, events) for fold in FOLDS}
    times = -(-YOUTHS // len(kept["care"]))

    def read(fold: Fold[Any]) -> list[tuple[str, Any]]:
        copies = 1 if fold.name == "berichten" else times
        rows = kept[fold.name].items()
        return [(f"{n:06x}{key[6:]}", fold.decode(row)) for n in range(copies) for key, row in rows]

    return lambda: rows_from(*map(read, FOLDS))


def _figures(read: Callable[[], Rows]) -> Table:
    before = _memory()
    rows, seconds = _timed(read)
    monitoring = Monitoring()
    table = Table("what", "seconds", title=f"{len(rows.clients):,} youths, {len(rows.claims):,} claimed assignments")
    table.add_row("reading rows from bytes", f"{seconds:.1f}")
    youths, seconds = _timed(lambda: files(rows.clients, monitoring))
    table.add_row("trajecten", f"{seconds:.1f}")
    table.add_row("memory per 100,000 youths, MB", f"{(_memory() - before) / len(rows.clients) * 100_000:,.0f}")
    for name, work in _works(rows, youths, monitoring).items():
        table.add_row(name, f"{_timed(work)[1]:.1f}")
    return table


def _works(rows: Rows, youths: Sequence[File], monitoring: Monitoring) -> Mapping[str, Callable[[], object]]:
    return {
        "waiting list": lambda: summary(items(youths, TOT), VAN, TOT, (4, 9, 14)),
        "discontinuity": lambda: (
            pauses(youths, TOT, monitoring),
            endings(youths, VAN, TOT),
            switches(youths, VAN, TOT),
            breaks(youths, VAN, TOT),
            returns(youths, VAN, TOT, monitoring),
            no_start(youths, TOT, monitoring),
        ),
        "deadlines": lambda: ledger(youths, rows, NOW, monitoring),
        "burden": lambda: burden_lines(rows, VAN, TOT, monitoring),
        "claims": lambda: claim_lines(rows, monitoring),
        "all metrics": lambda: samples(rows, youths, NOW, monitoring),
    }


def _memory() -> float:
    """The most that this process held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def _seconds(work: Callable[[], object]) -> float:
    return _timed(work)[1]


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    """What it gives, and its CPU seconds."""
    begun = time.process_time()
    made = work()
    return made, time.process_time() - begun


if __name__ == "__main__":
    main()
