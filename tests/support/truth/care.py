"""Care as the simulator knows it, looked at day by day; the words are those of monitoring/definitions.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from streams.core.envelope import envelope_id
from streams.core.events import pseudonym
from streams.core.regions import Monitoring
from streams.simulating.truth import Jeugdige, Levering, Regel, Toewijzing, Truth, Verzoek
from streams.simulating.world import Sent
from tests.support.truth.days import DAY, each_day, local

SEGMENTS = {
    "ambulant": "40 41 42 45 50 51 52 53 54",
    "verblijf": "43 44",
    "crisis": "46",
    "jeugdreclassering": "47 49",
    "jeugdbescherming": "48",
    "landelijk": "55",
}
TEMPORARY, DELETED = "20", "13"
AHEAD = timedelta(40)
"""How far past the last simulated day care is looked at: what ends on the last day shows on the next."""


@dataclass(frozen=True)
class Place:
    """Where something counts."""

    gemeente: str
    aanbieder: str
    region: str
    segment: str

    @property
    def relation(self) -> str:
        """gemeente:aanbieder."""
        return f"{self.gemeente}:{self.aanbieder}"


def place_of(relation: str, categorie: str | None, monitoring: Monitoring) -> Place:
    """Where care of a category in a relation counts."""
    gemeente, _, aanbieder = relation.partition(":")
    region = monitoring.region_of(gemeente)
    table = region.segments or {name: tuple(codes.split()) for name, codes in SEGMENTS.items()}
    segments = [name for name, codes in table.items() if categorie in codes]
    return Place(gemeente, aanbieder, region.id, segments[0] if segments else "onbekend")


@dataclass(frozen=True)
class Delivery:
    """A delivery: when it begins, and its stop when it has one; with the days on which those were first told."""

    begin: date
    eind: date | None
    reden: str | None
    told: date | None

    @property
    def is_final(self) -> bool:
        """Whether it was stopped for good."""
        return self.eind is not None and self.reden != TEMPORARY

    def runs(self, day: date) -> bool:
        """Whether it runs on this day."""
        return self.begin <= day and (self.eind is None or day <= self.eind)


def standing(toewijzing: Toewijzing) -> list[Levering]:
    """The starts and stops that were not withdrawn."""
    return [one for one in toewijzing.leveringen if one.withdrawn_by is None]


def deliveries_of(toewijzing: Toewijzing) -> list[Delivery]:
    """The deliveries of an assignment, by begin."""
    told = standing(toewijzing)
    return [_delivery(begin, [one for one in told if one.begin == begin]) for begin in sorted({t.begin for t in told})]


def _delivery(begin: date, told: list[Levering]) -> Delivery:
    started = [local(one.received_at) for one in told if one.eind is None]
    stops = [one for one in told if one.eind is not None]
    final = [one for one in stops if one.reden != TEMPORARY]
    told_first = min(started, default=None)
    if not stops:
        return Delivery(begin, None, None, told_first)
    stop = max(final or stops, key=lambda one: one.eind or begin)
    return Delivery(begin, stop.eind, stop.reden, told_first)


@dataclass(eq=False, repr=False)
class Traject:
    """An assignment of one youth with its deliveries; a traject when it has any and is not deleted."""

    youth: str
    place: Place
    truth: Toewijzing
    horizon: date
    deliveries: list[Delivery] = field(init=False)
    is_deleted: bool = field(init=False)
    ingang: date | None = None
    einde: date | None = None
    first_ingang: date | None = None
    received: date | None = None

    def __post_init__(self) -> None:
        self.deliveries = deliveries_of(self.truth)
        self.is_deleted = False
        if self.truth.versies:
            current = max(self.truth.versies, key=lambda one: one.toegewezen_op)
            first = min(self.truth.versies, key=lambda one: one.received_at)
            self.ingang, self.einde, self.is_deleted = current.ingang, current.einde, current.reden == DELETED
            self.first_ingang, self.received = first.ingang, local(first.received_at)

    @property
    def is_retroactive(self) -> bool:
        """Whether it was assigned with terugwerkende kracht: its first day was past, and care had begun."""
        if self.received is None or self.first_ingang is None or not self.deliveries:
            return False
        return self.first_ingang < self.received and self.deliveries[0].begin <= self.received

    @property
    def first_begin(self) -> date | None:
        """The first day of care."""
        return self.deliveries[0].begin if self.deliveries else None

    def covers(self, day: date) -> bool:
        """Whether the assignment holds on this day."""
        if self.is_deleted:
            return False
        if self.ingang is None:
            return True
        return self.ingang <= day and (self.einde is None or day <= self.einde)

    def is_running(self, day: date) -> bool:
        """Whether care is delivered on this day."""
        return self.covers(day) and any(one.runs(day) for one in self.deliveries)

    def is_paused(self, day: date) -> bool:
        """Whether care is stopped for a time on this day."""
        begun = [one for one in self.deliveries if one.begin <= day]
        if not begun or self.is_running(day) or not self.covers(day):
            return False
        last = begun[-1]
        return last.eind is not None and last.reden == TEMPORARY and last.eind < day

    def ended(self, day: date) -> tuple[date, str | None] | None:
        """The end that it has on this day, with its reason; None when it has not ended."""
        begun = [one for one in self.deliveries if one.begin <= day]
        if not begun or self.is_deleted:
            return None
        last = begun[-1]
        stopped = last.eind if last.is_final else None
        past = [end for end in (stopped, self.einde) if end is not None and end < day]
        if not past:
            return None
        return min(past), last.reden if stopped in past else None

    # --- all days at once ------------------------------------------------------------------------------

    @cached_property
    def _days(self) -> list[date]:
        begin = self.first_begin
        return [] if begin is None or self.is_deleted else list(each_day(begin, self.horizon))

    @cached_property
    def running(self) -> frozenset[date]:
        """Every day on which care is delivered."""
        return frozenset(day for day in self._days if self.is_running(day))

    @cached_property
    def in_care(self) -> frozenset[date]:
        """Every day on which it is running or paused."""
        return self.running | {day for day in self._days if self.is_paused(day)}

    @cached_property
    def final_ends(self) -> list[tuple[date, str]]:
        """The ends that a final stop tells: none of care that goes on by the day after it."""
        found = []
        for number, one in enumerate(self.deliveries, 1):
            goes_on = [later for later in self.deliveries[number:] if one.eind and later.begin <= one.eind + DAY]
            if one.eind is not None and one.is_final and not goes_on:
                found.append((min(one.eind, self.einde or one.eind), str(one.reden)))
        return found


@dataclass(eq=False, repr=False)
class Youth:
    """A youth under its pseudonym, with everything that the simulator knows of it."""

    name: str
    geboren: date | None
    toewijzingen: list[Traject]
    verzoeken: list[Verzoek]
    regels: list[Regel]

    @property
    def trajecten(self) -> list[Traject]:
        """Assignments with care that count."""
        return [one for one in self.toewijzingen if one.deliveries and not one.is_deleted]

    def runs(self, day: date, but: Traject | None = None) -> bool:
        """Whether care is delivered on this day, on any assignment but one."""
        return any(day in one.running for one in self.trajecten if one is not but)


@dataclass(eq=False, repr=False)
class World:
    """A simulated region under the settings of monitors; `bodies` of its messages by their id."""

    truth: Truth
    monitoring: Monitoring
    youths: list[Youth]
    bodies: Mapping[str, bytes] = field(default_factory=dict)

    def place(self, relation: str, categorie: str | None) -> Place:
        """Where care of a category in a relation counts."""
        return place_of(relation, categorie, self.monitoring)

    @cached_property
    def known_since(self) -> Mapping[str, date]:
        """By aanbieder the day of the first message that it sent or received."""
        found: dict[str, date] = {}
        for one in self.truth.berichten:
            if one.relation is not None:
                aanbieder, day = one.relation.partition(":")[2], local(one.received_at)
                found[aanbieder] = min(day, found.get(aanbieder, day))
        return found

    @property
    def trajecten(self) -> Iterable[tuple[Youth, Traject]]:
        """Every traject with its youth."""
        return ((youth, traject) for youth in self.youths for traject in youth.trajecten)


def world_of(truth: Truth, monitoring: Monitoring, key: bytes, sents: Iterable[Sent]) -> World:
    """The simulated region, with what it sent; `key` makes the pseudonyms."""
    horizon = truth.last + AHEAD
    bodies = {envelope_id(one.party, one.reference, one.body): one.body for one in sents}
    return World(truth, monitoring, [_youth(one, monitoring, key, horizon) for one in truth.jeugdigen], bodies)


def _youth(one: Jeugdige, monitoring: Monitoring, key: bytes, horizon: date) -> Youth:
    name = pseudonym(key, one.bsn)
    trajecten = [
        Traject(name, place_of(t.relation, t.categorie, monitoring), t, horizon)
        for t in one.toewijzingen
        if t.versies or standing(t)
    ]
    geboren = date.fromisoformat(f"{one.geboren}-01") if one.geboren else None
    return Youth(name, geboren, trajecten, one.verzoeken, one.regels)
