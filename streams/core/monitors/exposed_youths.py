"""Figures about youths as samples: care, discontinuity and claims, of every place. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from streams.core.monitors import discontinuity
from streams.core.monitors.claiming import ClaimedLine, claim_lines, received_in
from streams.core.monitors.exposed_cells import Fact, Frame, OfYouth, Shown, fact_of, told, total, youths
from streams.core.monitors.exposed_metrics import Sample
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import File

CENTS = 100
_OUTCOMES: Mapping[str, str] = {"granted": "granted", "credited": "granted", "refused": "refused", "claimed": "open"}
"""By the state of a debit line, the part of what was claimed that its amount belongs to."""


def care(files: Sequence[File], frame: Frame) -> Iterator[Sample]:
    """Who is in care today."""
    trajecten = (one for file in files for one in file.trajecten if one.in_care(frame.tot))
    yield from _counts("ijwhub_jeugdigen_in_zorg", trajecten, frame, value=youths)


def continuity(files: Sequence[File], frame: Frame) -> Iterator[Sample]:
    """Care that pauses, breaks off, moves, comes back, ends early or does not begin."""
    van, tot, monitoring = frame.van, frame.tot, frame.monitoring
    yield from _counts("ijwhub_pauzes_open", discontinuity.pauses(files, tot, monitoring), frame)
    yield from _counts("ijwhub_geen_start", discontinuity.no_start(files, tot, monitoring), frame)
    yield from _counts("ijwhub_breuken", discontinuity.breaks(files, van, tot), frame)
    yield from _counts("ijwhub_overstappen", discontinuity.switches(files, van, tot), frame)
    yield from _counts("ijwhub_terugkeer", discontinuity.returns(files, van, tot, monitoring), frame)
    endings = discontinuity.endings(files, van, tot)
    for reden in sorted(discontinuity.EARLY):
        door = {"door": discontinuity.BY_WHOM[reden]}
        yield from _counts("ijwhub_voortijdig", (one for one in endings if one.reden == reden), frame, door)


def _counts(
    metric: str,
    counted: Iterable[OfYouth],
    frame: Frame,
    extra: Mapping[str, str] | None = None,
    value: Callable[[Iterable[Fact]], float] = total,
) -> Iterator[Sample]:
    facts = [fact_of(one) for one in counted]
    yield from told(metric, extra or {}, Shown({metric: facts}, frame.least).of(metric, frame.spots()), value)


def claims(rows: Rows, frame: Frame) -> Iterator[Sample]:
    """What became of the amounts that were claimed."""
    parts: dict[str, list[Fact]] = defaultdict(list)
    for line in received_in(claim_lines(rows, frame.monitoring), frame.van, frame.tot):
        for part, cents in _parts(line):
            parts[part].append(fact_of(line, cents))
    shown = Shown(parts, frame.least)
    for part in parts:
        yield from told("ijwhub_declaraties_euro", {"uitkomst": part}, shown.of(part), _euros)


def _euros(facts: Iterable[Fact]) -> float:
    """Summed in cents, so that the order of adding changes nothing."""
    return total(facts) / CENTS


def _parts(line: ClaimedLine) -> Iterator[tuple[str, int]]:
    """A granted credit takes from what was granted and adds to what was credited; others stand outside the sum."""
    if not line.is_credit:
        yield _OUTCOMES[line.state], line.bedrag
    elif line.is_granted:
        yield "granted", line.bedrag
        yield "credited", -line.bedrag
