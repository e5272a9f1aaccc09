"""What was claimed and what became of it, per relation and month of receipt, or claim by claim: to the cent. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from operator import add
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import astuple

from streams.core.monitors.claiming import ClaimedLine, claim_lines, total
from streams.core.monitors.rows import Rows
from streams.core.monitors.sight import CLAIMS, Sight
from streams.core.regions import Monitoring


class Sums(Struct, frozen=True, kw_only=True, gc=False):
    """Sums of claim lines, which can be added. Amounts are in cents, as in claiming.Totals.

    debits  what was claimed, added up without looking at what became of it.
    claims  how many JW323 these are the lines of.
    lines   how many there are: granted (credits too), credited (granted, and taken back by a credit), refused, open.
    """

    claimed: int = 0
    granted: int = 0
    credited: int = 0
    refused: int = 0
    open: int = 0
    refused_credits: int = 0
    open_credits: int = 0
    debits: int = 0
    claims: int = 0
    lines: int = 0
    lines_granted: int = 0
    lines_credited: int = 0
    lines_refused: int = 0
    lines_open: int = 0

    @property
    def adds_up(self) -> bool:
        """Whether all that was claimed became something: claimed = granted + credited + refused + open."""
        return self.debits == self.claimed == self.granted + self.credited + self.refused + self.open

    def __add__(self, other: Sums) -> Sums:
        """Both together; of different claims."""
        return Sums(**dict(zip(self.__struct_fields__, map(add, astuple(self), astuple(other)), strict=True)))


class Claim(NamedTuple):
    """Sums of a gemeente and an aanbieder (CBS and AGB code).

    month    the first day of the month in which its JW323 came.
    message  the id of that JW323; None for all of the month.
    """

    gemeente: str
    aanbieder: str
    month: date
    message: str | None
    sums: Sums


class WantedClaims(Struct, frozen=True, kw_only=True):
    """Which claims are wanted; None: whichever.

    gemeente, aanbieder  codes (CBS, AGB).
    first, last          months of receipt, each by its first day, both included.
    each                 every JW323 apart instead of whole months.
    """

    gemeente: str | None = None
    aanbieder: str | None = None
    first: date | None = None
    last: date | None = None
    each: bool = False

    def takes(self, one: Claim) -> bool:
        """Whether a claim is wanted."""
        return (
            self.gemeente in (None, one.gemeente)
            and self.aanbieder in (None, one.aanbieder)
            and (self.first or date.min) <= one.month <= (self.last or date.max)
        )


def claims_of(rows: Rows, monitoring: Monitoring) -> tuple[Claim, ...]:
    """Every JW323 by itself, in the order of gemeente, aanbieder and month."""
    by_claim: dict[tuple[str, str, date, str], list[ClaimedLine]] = {}
    for line in claim_lines(rows, monitoring):
        place = (line.gemeente, line.aanbieder, line.received.replace(day=1), line.message)
        by_claim.setdefault(place, []).append(line)
    return tuple(Claim(*place, _sums(by_claim[place])) for place in sorted(by_claim))


def _sums(lines: Sequence[ClaimedLine]) -> Sums:
    """Those of the lines of one JW323."""
    sums, states = total(lines), Counter(line.state for line in lines)
    return Sums(
        claimed=sums.claimed,
        granted=sums.granted,
        credited=sums.credited,
        refused=sums.refused,
        open=sums.open,
        refused_credits=sums.refused_credits,
        open_credits=sums.open_credits,
        debits=sum(line.bedrag for line in lines if not line.is_credit),
        claims=1,
        lines=len(lines),
        lines_granted=states["granted"],
        lines_credited=states["credited"],
        lines_refused=states["refused"],
        lines_open=states["claimed"],
    )


def chosen_claims(claims: Iterable[Claim], wanted: WantedClaims, sight: Sight) -> tuple[Claim, ...]:
    """What somebody with this sight gets of what is wanted, in the order of `claims`."""
    some = [one for one in claims if wanted.takes(one) and sight.sees(f"{one.gemeente}:{one.aanbieder}", CLAIMS)]
    if wanted.each:
        return tuple(some)
    months: dict[tuple[str, str, date], Sums] = {}
    for gemeente, aanbieder, month, _, sums in some:
        place = (gemeente, aanbieder, month)
        months[place] = months.get(place, Sums()) + sums
    return tuple(Claim(*place, None, sums) for place, sums in months.items())


def together(claims: Iterable[Claim]) -> Sums:
    """All of these claims added up."""
    return sum((one.sums for one in claims), Sums())
