"""Administrative burden: messages, refusals, corrections and other rework, in counts and in minutes of work. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from datetime import date
from typing import Literal, TypeVar

from msgspec import Struct

from streams.core.folds.berichten import Berichten
from streams.core.monitors.places import OfRelation
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import DAY, File, Traject
from streams.core.regions import Monitoring, Rework

Kind = Literal["refusal", "correction", "resend", "duplicate", "late", "manual"]
"""The kinds of rework, as in regions.Rework."""

ASKING = frozenset({"JW301", "JW305", "JW307", "JW315", "JW317", "JW319", "JW323"})
"""The messages that ask for an answer."""
UNKNOWN = "onbekend"
"""The contract form of an aanbieder for which none is configured."""
REFUSED = "0001"
"""The return code that says no more than that something was refused."""

Key = TypeVar("Key", bound=Hashable)


class Counts(Struct, frozen=True, kw_only=True):
    """What messages brought about.

    outcomes     by outcome (effects.Outcome); their sum is `messages` and those set aside.
    rules        how often a rule of the hub refused one; codes  how often a return code of its receiver did.
    refused_by   how often the hub and the receiver (`ontvanger`) refused one, wholly or in part.
    levels       of those that the hub refused, by the lowest level that failed.
    corrections  by kind (happenings.Correction).
    resends      new attempts of a refused message; duplicates  of an accepted one.
    late         answers and stops that came after their term, by rule.
    manual       how often an operator had to act: a message was released that intake had refused, or the exchange set
                 one aside.
    firsts       messages that ask for an answer and are neither a resend nor a duplicate.
    right        those of the firsts that were accepted and not refused by their receiver.
    """

    messages: int = 0
    outcomes: Mapping[str, int] = {}
    rules: Mapping[str, int] = {}
    codes: Mapping[str, int] = {}
    refused_by: Mapping[str, int] = {}
    levels: Mapping[str, int] = {}
    corrections: Mapping[str, int] = {}
    resends: int = 0
    duplicates: int = 0
    late: Mapping[str, int] = {}
    manual: int = 0
    firsts: int = 0
    right: int = 0

    @property
    def refusals(self) -> int:
        """How often a message was refused, wholly or in part."""
        return sum(self.refused_by.values())

    @property
    def first_time_right(self) -> float | None:
        """The share (0 to 1) of messages that were right the first time; None when none came."""
        return self.right / self.firsts if self.firsts else None


class Line(OfRelation, frozen=True, kw_only=True):
    """The burden of one relation, one message type and one day of receipt.

    afzender       the code of who sent these messages, and by whom their rework was caused.
    contract_form  of the aanbieder.
    """

    bericht: str
    day: date
    afzender: str
    ontvanger: str
    region: str
    contract_form: str
    counts: Counts

    @property
    def month(self) -> date:
        """The first day of the month of receipt."""
        return self.day.replace(day=1)


class Ranked(Struct, frozen=True, kw_only=True):
    """A rule, return code or party, with the rework that it brought: how often, and minutes of work."""

    name: str
    count: int
    minutes: float


def burden_lines(rows: Rows, van: date, tot: date, monitoring: Monitoring) -> tuple[Line, ...]:
    """The burden of a period, by day of receipt; both ends included."""
    regions: dict[str, str] = {}
    return tuple(_line(row, regions, monitoring) for row in rows.berichten if van <= row.day <= tot)


def _line(row: Berichten, regions: dict[str, str], monitoring: Monitoring) -> Line:
    gemeente, _, aanbieder = row.relation.partition(":")
    if gemeente not in regions:
        regions[gemeente] = monitoring.region_of(gemeente).id
    return Line(
        relation=row.relation,
        bericht=row.bericht,
        day=row.day,
        afzender=row.afzender,
        ontvanger=row.ontvanger,
        region=regions[gemeente],
        contract_form=monitoring.contract_forms.get(aanbieder, UNKNOWN),
        counts=_counts(row),
    )


def _counts(row: Berichten) -> Counts:
    aside = row.outcomes.get("quarantined", 0)
    messages = sum(row.outcomes.values()) - aside
    asks = row.bericht in ASKING
    return Counts(
        messages=messages,
        outcomes=row.outcomes,
        rules=row.rules,
        codes=row.codes,
        refused_by=row.refused_by,
        levels=row.levels,
        corrections=row.corrections,
        resends=row.resends,
        duplicates=row.duplicates,
        late=row.late,
        manual=aside + row.released,
        firsts=max(0, messages - row.resends - row.duplicates) if asks else 0,
        right=row.right if asks else 0,
    )


# --- sums ------------------------------------------------------------------------------------------


def total(lines: Iterable[Line]) -> Counts:
    """The counts of all these lines together."""
    counts = [line.counts for line in lines]
    return Counts(
        messages=sum(one.messages for one in counts),
        outcomes=_added(one.outcomes for one in counts),
        rules=_added(one.rules for one in counts),
        codes=_added(one.codes for one in counts),
        refused_by=_added(one.refused_by for one in counts),
        levels=_added(one.levels for one in counts),
        corrections=_added(one.corrections for one in counts),
        resends=sum(one.resends for one in counts),
        duplicates=sum(one.duplicates for one in counts),
        late=_added(one.late for one in counts),
        manual=sum(one.manual for one in counts),
        firsts=sum(one.firsts for one in counts),
        right=sum(one.right for one in counts),
    )


def _added(some: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    sums: dict[str, int] = {}
    for counts in some:
        for name, count in counts.items():
            sums[name] = sums.get(name, 0) + count
    return dict(sorted(sums.items()))


def totals(lines: Iterable[Line], by: Callable[[Line], Key]) -> dict[Key, Counts]:
    """The counts by anything that a line tells, for example `lambda line: (line.relation, line.bericht)`."""
    groups: dict[Key, list[Line]] = {}
    for line in lines:
        groups.setdefault(by(line), []).append(line)
    return {key: total(some) for key, some in groups.items()}


def per_traject(counts: Counts, trajecten: int) -> float | None:
    """Messages for each traject in care, of the same relations and period; None without a traject."""
    return counts.messages / trajecten if trajecten else None


def trajecten_in_care(files: Iterable[File], van: date, tot: date) -> Counter[str]:
    """By relation: how many trajecten were in care on any day of the period."""
    return Counter(one.relation for file in files for one in file.trajecten if was_in_care(one, van, tot))


def was_in_care(traject: Traject, van: date, tot: date) -> bool:
    """Whether a traject was running or paused on any day of the period.

    A stretch in care begins with the period, the toewijzing or a delivery, or on the day after a temporary stop: those
    days tell it all.
    """
    begins = [van, *(one.begin for one in traject.deliveries)]
    begins += [one.eind + DAY for one in traject.deliveries if one.eind is not None]
    if traject.ingang is not None:
        begins.append(traject.ingang)
    return any(van <= day <= tot and traject.in_care(day) for day in begins)


# --- minutes ---------------------------------------------------------------------------------------


def rework(counts: Counts) -> dict[Kind, int]:
    """How often each kind of rework was needed."""
    return {
        "refusal": counts.refusals,
        "correction": sum(counts.corrections.values()),
        "resend": counts.resends,
        "duplicate": counts.duplicates,
        "late": sum(counts.late.values()),
        "manual": counts.manual,
    }


def minutes(counts: Counts, prices: Rework) -> dict[Kind, float]:
    """Minutes of work by kind of rework; `prices` are minutes for one."""
    return {kind: count * getattr(prices, kind) for kind, count in rework(counts).items()}


def ranking_of_rules(lines: Iterable[Line], prices: Rework) -> tuple[Ranked, ...]:
    """Rules of the hub, terms that were not kept and return codes of receivers, most minutes first.

    A refusal counts for every rule and code that it names, but the code that only says that it is one.
    """
    counts = total(lines)
    found = [*_ranked(counts.rules, prices.refusal), *_ranked(counts.late, prices.late)]
    codes = {f"retourcode {code}": count for code, count in counts.codes.items() if code != REFUSED}
    found += _ranked(codes, prices.refusal)
    return _most_first(found)


def _ranked(counts: Mapping[str, int], price: float) -> Iterator[Ranked]:
    return (Ranked(name=name, count=count, minutes=count * price) for name, count in counts.items())


def ranking_of_parties(lines: Iterable[Line], prices: Rework) -> tuple[Ranked, ...]:
    """The parties (code) whose messages brought rework, most minutes first; `count` is of all kinds together."""
    by_party = totals(lines, lambda line: line.afzender)
    return _most_first(
        Ranked(name=party, count=sum(rework(counts).values()), minutes=sum(minutes(counts, prices).values()))
        for party, counts in by_party.items()
    )


def _most_first(some: Iterable[Ranked]) -> tuple[Ranked, ...]:
    return tuple(sorted((one for one in some if one.count), key=lambda one: (-one.minutes, one.name)))
