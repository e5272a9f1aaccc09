"""Counting what an aanbieder did in a recent window and in its own past before it, for drift. Words: definitions.md."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal, get_args

from msgspec import Struct

from streams.core.folds.berichten import Berichten
from streams.core.folds.claims import Claims
from streams.core.monitors.discontinuity import endings_of
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import DAY, File, Traject
from streams.core.regions import Drift

Kind = Literal["starts", "ends", "refused", "late", "unclaimed"]
KINDS: tuple[Kind, ...] = get_args(Kind)

BY_AANBIEDER = "33"
UNDER_WAY = timedelta(14)
"""For so long starts and ends may not have been told yet."""
CLAIMED_WITHIN = timedelta(62)
"""For so long after a month its claims may not have come yet."""
LEAST_PAST = 28
"""An aanbieder that is known for fewer days has no past to be compared with."""
JUDGED = frozenset({"JW301", "JW305", "JW307", "JW315", "JW317", "JW319", "JW323"})
"""Types that ask for an answer: those that can be refused."""
TERMED = frozenset({"JW302", "JW306", "JW307", "JW308", "JW316", "JW318", "JW320", "JW325"})
"""Types of which lateness is told: answers and stops."""

Side = Literal["recent", "past"]
Period = tuple[date, date]
Counted = tuple[str, Kind, Side]
Claimed = Mapping[tuple[str, str, int | None], Sequence[Period]]


class Counts(Struct, frozen=True):
    """How often something was seen, and out of how much, in the recent window and in the past before it.

    recent_of, past_of  days for starts, days of care for ends, messages or months of care for the others.
    """

    recent: int
    recent_of: int
    past: int
    past_of: int

    @property
    def recent_rate(self) -> float:
        """How often for each of what it is out of; 0 when that is nothing."""
        return self.recent / self.recent_of if self.recent_of else 0.0

    @property
    def past_rate(self) -> float:
        """As recent_rate, of the past."""
        return self.past / self.past_of if self.past_of else 0.0

    @property
    def expected(self) -> float:
        """How often the past leads to expect it in the recent window; 0 without a past."""
        return self.past_rate * self.recent_of


class Window(Struct, frozen=True):
    """The two spans that are compared, both ends included; the past ends on the day before the recent one begins."""

    past_from: date
    recent_from: date
    until: date

    @property
    def recent_days(self) -> int:
        """How many days are looked at."""
        return _days_shared(self.recent, self.recent)

    @property
    def past_days(self) -> int:
        """How many days the past has."""
        return _days_shared(self.past, self.past)

    @property
    def has_past(self) -> bool:
        """Whether the past is long enough to be compared with."""
        return self.past_days >= LEAST_PAST

    @property
    def recent(self) -> Period:
        """The first and the last day that are looked at."""
        return self.recent_from, self.until

    @property
    def past(self) -> Period:
        """The first and the last day of the past; no days when it was not known then."""
        return self.past_from, self.recent_from - DAY

    def side(self, day: date) -> Side | None:
        """In which of the two a day lies."""
        if not self.past_from <= day <= self.until:
            return None
        return "recent" if day >= self.recent_from else "past"


def counted(files: Sequence[File], rows: Rows, peildatum: date, drift: Drift) -> Tally:
    """What every aanbieder did up to the peildatum."""
    tally = Tally(peildatum, drift, rows.known_since())
    claimed = _claimed(rows.claims)
    for file in files:
        for traject in file.trajecten:
            tally.add_care(traject, claimed)
    for row in rows.berichten:
        tally.add_messages(row)
    return tally


class Tally:
    """Counts of every aanbieder, for one peildatum. `known` is the first day of which messages of it are known."""

    def __init__(self, peildatum: date, drift: Drift, known: Mapping[str, date]) -> None:
        self._recent, self._history = timedelta(drift.recent_days), timedelta(drift.history_days)
        self._known = known
        told, claimed = peildatum - UNDER_WAY, peildatum - CLAIMED_WITHIN - DAY
        self._until: Mapping[Kind, date] = dict(zip(KINDS, (told, told, peildatum, peildatum, claimed), strict=True))
        self._months: dict[str, Sequence[tuple[Side, Period]]] = {}
        self._windows: dict[tuple[str, Kind], Window] = {}
        self._seen: Counter[Counted] = Counter()
        self._of: Counter[Counted] = Counter()
        self._youths: defaultdict[Counted, set[str]] = defaultdict(set)

    @property
    def aanbieders(self) -> set[str]:
        """Those of which anything was counted."""
        return {aanbieder for aanbieder, _, _ in (*self._seen, *self._of)}

    def window(self, aanbieder: str, kind: Kind) -> Window:
        """The spans of an aanbieder. What happened before it was known here is no past."""
        window = self._windows.get((aanbieder, kind))
        if window is None:
            recent_from = self._until[kind] - self._recent + DAY
            past_from = max(recent_from - self._history, self._known.get(aanbieder, date.min))
            window = self._windows[aanbieder, kind] = Window(past_from, recent_from, self._until[kind])
        return window

    def counts(self, aanbieder: str, kind: Kind) -> Counts:
        """What was counted."""
        recent: Counted = (aanbieder, kind, "recent")
        past: Counted = (aanbieder, kind, "past")
        if kind == "starts":
            window = self.window(aanbieder, kind)
            return Counts(self._seen[recent], window.recent_days, self._seen[past], window.past_days)
        return Counts(self._seen[recent], self._of[recent], self._seen[past], self._of[past])

    def youths(self, aanbieder: str, kind: Kind) -> tuple[int, int] | None:
        """Of how many youths the recent count and the past one are; None for counts of messages."""
        if kind in ("refused", "late"):
            return None
        return len(self._youths[aanbieder, kind, "recent"]), len(self._youths[aanbieder, kind, "past"])

    def add_care(self, traject: Traject, claimed: Claimed) -> None:
        """Count its first start, its ends by the aanbieder, its days of care, and its months of care."""
        aanbieder, care = traject.aanbieder, tuple(_periods(traject))
        if traject.first_begin is not None:
            self._add_youth(traject, "starts", traject.first_begin)
        for ending in endings_of(traject):
            if ending.reden == BY_AANBIEDER:
                self._add_youth(traject, "ends", ending.day)
        window = self.window(aanbieder, "ends")
        for period in care:
            if period[1] >= window.past_from:
                self._of[aanbieder, "ends", "recent"] += _days_shared(period, window.recent)
                self._of[aanbieder, "ends", "past"] += _days_shared(period, window.past)
        if traject.nummer is not None:  # without a number it cannot be claimed on: care by task
            lines = claimed.get((traject.youth, traject.relation, traject.nummer), ())
            self._add_months(traject, care, lines)

    def _add_youth(self, traject: Traject, kind: Kind, day: date) -> None:
        side = self.window(traject.aanbieder, kind).side(day)
        if side is not None:
            self._see(traject, kind, side)

    def _see(self, traject: Traject, kind: Kind, side: Side) -> None:
        self._seen[traject.aanbieder, kind, side] += 1
        self._youths[traject.aanbieder, kind, side].add(traject.youth)

    def _add_months(self, traject: Traject, care: Sequence[Period], lines: Sequence[Period]) -> None:
        aanbieder = traject.aanbieder
        for side, month in self._months_of(aanbieder):
            if _touches(month, care):
                self._of[aanbieder, "unclaimed", side] += 1
                if not _touches(month, lines):
                    self._see(traject, "unclaimed", side)

    def _months_of(self, aanbieder: str) -> Sequence[tuple[Side, Period]]:
        """The months of each span. Claims of a month in which the aanbieder was not known may have gone another way."""
        months = self._months.get(aanbieder)
        if months is None:
            window, known = self.window(aanbieder, "unclaimed"), self._known.get(aanbieder, date.min)
            since = (month for month in _months(window.past_from, window.until) if month[0] >= known)
            months = tuple((side, month) for month in since if (side := window.side(month[1])) is not None)
            self._months[aanbieder] = months
        return months

    def add_messages(self, row: Berichten) -> None:
        """Count the messages that an aanbieder sent, and those of them that were refused or late."""
        if row.afzender != row.relation.partition(":")[2]:
            return
        sent = sum(row.outcomes.values())
        if row.bericht in JUDGED:
            self._add_share("refused", row, sent, sum(row.refused_by.values()))
        if row.bericht in TERMED:
            self._add_share("late", row, sent, sum(row.late.values()))

    def _add_share(self, kind: Kind, row: Berichten, sent: int, seen: int) -> None:
        self._add(self._of, row.afzender, kind, row.day, sent)
        # an answer may refuse a message that was sent before events were kept, and so was not counted as sent
        self._add(self._seen, row.afzender, kind, row.day, min(seen, sent))

    def _add(self, counter: Counter[Counted], aanbieder: str, kind: Kind, day: date, number: int) -> None:
        side = self.window(aanbieder, kind).side(day)
        if side is not None:
            counter[aanbieder, kind, side] += number


def _claimed(claims: Iterable[tuple[str, Claims]]) -> Claimed:
    """For each toewijzing the periods of its debit lines that were not refused."""
    found: defaultdict[tuple[str, str, int | None], list[Period]] = defaultdict(list)
    for youth, row in claims:
        lines = (line for line in row.lines if line.outcome != "refused" and line.credit_van is None)
        found[youth, row.relation, row.toewijzing] += ((line.van, line.tot) for line in lines)
    return found


def _periods(traject: Traject) -> Iterator[Period]:
    """When it ran."""
    ingang, einde = traject.ingang or date.min, traject.einde or date.max
    for one in traject.deliveries:
        van, tot = max(one.begin, ingang), min(one.eind or einde, einde)
        if van <= tot:
            yield van, tot


def _months(van: date, tot: date) -> Iterator[Period]:
    """The calendar months from that of `van`, of which the last day is not after `tot`."""
    first = van.replace(day=1)
    while (following := (first + timedelta(31)).replace(day=1)) - DAY <= tot:
        yield first, following - DAY
        first = following


def _touches(month: Period, periods: Iterable[Period]) -> bool:
    first, last = month
    return any(van <= last and first <= tot for van, tot in periods)


def _days_shared(one: Period, other: Period) -> int:
    return max(0, (min(one[1], other[1]) - max(one[0], other[0])).days + 1)
