"""Claims: every claim line with its place and what became of it, and totals that add up to the cent. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import date
from typing import Literal, TypeVar

from msgspec import Struct

from streams.core.folds.claims import Claims, Line
from streams.core.monitors.places import OfRelation
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import Segments
from streams.core.regions import Monitoring
from streams.core.workdays import local_day

State = Literal["claimed", "granted", "refused", "credited"]

Key = TypeVar("Key", bound=Hashable)


class ClaimedLine(OfRelation, frozen=True, kw_only=True, gc=False):
    """A claim line (Prestatie) with its place.

    state     claimed (still open), granted or refused; credited for a granted debit of which a credit was granted.
    bedrag    in cents, negative for a credit.
    received  the day on which its JW323 was received; van, tot  its ProductPeriode.
    message   the id of that JW323; codes  the return codes of a refused line.
    """

    youth: str
    region: str
    segment: str
    toewijzing: int
    message: str
    referentie: str
    categorie: str
    code: str
    received: date
    van: date
    tot: date
    bedrag: int
    is_credit: bool
    state: State
    codes: tuple[str, ...]

    @property
    def is_granted(self) -> bool:
        """Whether it was granted, credited later or not."""
        return self.state in ("granted", "credited")

    @property
    def traject(self) -> tuple[str, str, int]:
        """What it is claimed on: youth, relation and ToewijzingNummer."""
        return self.youth, self.relation, self.toewijzing


class Totals(Struct, frozen=True, kw_only=True):
    """Sums of claim lines in cents: claimed = granted + credited + refused + open, always.

    claimed          debits, whatever became of them; refused, open  those of them that were, or wait for an answer.
    granted          granted debits less granted credits; credited  those credits, as a positive amount.
    refused_credits  positive, and outside that sum, as open_credits are.
    lines            how many lines it is made of; youths  of how many youths.
    """

    claimed: int = 0
    granted: int = 0
    credited: int = 0
    refused: int = 0
    open: int = 0
    refused_credits: int = 0
    open_credits: int = 0
    lines: int = 0
    youths: int = 0


class Costs(Struct, frozen=True, kw_only=True):
    """Granted debits less granted credits in cents, and of how many trajecten and youths there is such a line."""

    cents: int = 0
    trajecten: int = 0
    youths: int = 0

    @property
    def per_traject(self) -> float | None:
        """The average in cents; None without a traject."""
        return self.cents / self.trajecten if self.trajecten else None


def claim_lines(rows: Rows, monitoring: Monitoring) -> tuple[ClaimedLine, ...]:
    """Every claim line that is known."""
    segments = Segments(monitoring)
    return tuple(line for youth, row in rows.claims for line in _of_row(youth, row, segments))


def _of_row(youth: str, row: Claims, segments: Segments) -> Iterator[ClaimedLine]:
    credited = {line.credit_van for line in row.lines if line.outcome == "granted" and line.credit_van is not None}
    for line in row.lines:
        region, segment = segments.of(row.relation, line.categorie)
        is_credit = line.bedrag < 0  # as DebetCredit says: a wrong debit can name an earlier line too
        yield ClaimedLine(
            youth=youth,
            relation=row.relation,
            region=region,
            segment=segment,
            toewijzing=row.toewijzing,
            message=line.message,
            referentie=line.referentie,
            categorie=line.categorie,
            code=line.code,
            received=local_day(line.claimed_at),
            van=line.van,
            tot=line.tot,
            bedrag=line.bedrag,
            is_credit=is_credit,
            state=_state(line, not is_credit and line.referentie in credited),
            codes=line.codes,
        )


def _state(line: Line, is_credited: bool) -> State:
    return "credited" if is_credited and line.outcome == "granted" else line.outcome


def received_in(lines: Iterable[ClaimedLine], van: date, tot: date) -> tuple[ClaimedLine, ...]:
    """The lines of a period: by the day on which their JW323 was received, both ends included."""
    return tuple(line for line in lines if van <= line.received <= tot)


def total(lines: Iterable[ClaimedLine]) -> Totals:
    """The sums of these lines."""
    sums: dict[tuple[bool, str], int] = defaultdict(int)
    count, youths = 0, set[str]()
    for line in lines:
        sums[line.is_credit, "granted" if line.is_granted else line.state] += line.bedrag
        count += 1
        youths.add(line.youth)
    granted, refused, waiting = (sums[False, state] for state in ("granted", "refused", "claimed"))
    credited = -sums[True, "granted"]
    return Totals(
        claimed=granted + refused + waiting,
        granted=granted - credited,
        credited=credited,
        refused=refused,
        open=waiting,
        refused_credits=-sums[True, "refused"],
        open_credits=-sums[True, "claimed"],
        lines=count,
        youths=len(youths),
    )


def totals(lines: Iterable[ClaimedLine], by: Callable[[ClaimedLine], Key]) -> dict[Key, Totals]:
    """The sums by anything that a line tells, for example `lambda line: (line.gemeente, line.segment)`."""
    return {key: total(some) for key, some in _grouped(lines, by).items()}


def costs(lines: Iterable[ClaimedLine], van: date, tot: date) -> Costs:
    """What care of a period cost: by the first day of ProductPeriode, both ends included."""
    some = [line for line in lines if line.is_granted and van <= line.van <= tot]
    return Costs(
        cents=sum(line.bedrag for line in some),
        trajecten=len({line.traject for line in some}),
        youths=len({line.youth for line in some}),
    )


def costs_by_month(lines: Iterable[ClaimedLine]) -> dict[date, Costs]:
    """What care cost in each month (its first day): by the first day of ProductPeriode."""
    by_month = _grouped(lines, lambda line: line.van.replace(day=1))
    return {month: costs(by_month[month], date.min, date.max) for month in sorted(by_month)}


def _grouped(lines: Iterable[ClaimedLine], by: Callable[[ClaimedLine], Key]) -> dict[Key, list[ClaimedLine]]:
    groups: dict[Key, list[ClaimedLine]] = {}
    for line in lines:
        groups.setdefault(by(line), []).append(line)
    return groups
