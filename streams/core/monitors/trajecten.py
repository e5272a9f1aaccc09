"""Trajecten: the care of one youth as monitors see it, made from the row of the fold `care`. Words: definitions.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cached_property

from msgspec import Struct

from streams.core.folds.care import Client, Levering, Toewijzing, Versie, Verzoek
from streams.core.happenings import TEMPORARY
from streams.core.monitors.places import OfRelation
from streams.core.regions import Monitoring
from streams.core.workdays import local_day

DAY = timedelta(1)


class Delivery(Struct, frozen=True):
    """A delivery: begin, and of its stop the Einddatum and RedenBeeindiging; with the moments of first receipt.

    started_at is None when only its stop was received; stopped_at is that of the stop that counts.
    """

    begin: date
    eind: date | None = None
    reden: str | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None

    def runs(self, day: date) -> bool:
        """Whether care is delivered on this day."""
        return self.begin <= day and (self.eind is None or day <= self.eind)

    @property
    def is_final(self) -> bool:
        """Whether it was stopped for good."""
        return self.eind is not None and self.reden != TEMPORARY


class End(Struct, frozen=True):
    """The end of a traject. `reden` is None when no final stop tells it."""

    day: date
    reden: str | None


class Traject(OfRelation, frozen=True, kw_only=True, dict=True):
    """A toewijzing that counts (not deleted), with its deliveries by begin; a traject when there are any.

    ingang, einde    of the current version; None without versions (task-based care).
    first_ingang     Ingangsdatum of the version that was received first.
    received         the day on which that was; None without versions.
    """

    youth: str
    region: str
    segment: str
    nummer: int | None
    categorie: str | None
    code: str | None
    ingang: date | None
    einde: date | None
    first_ingang: date | None
    received: date | None
    received_at: datetime | None
    deliveries: tuple[Delivery, ...]
    toewijzing: Toewijzing

    @property
    def is_retroactive(self) -> bool:
        """Whether it was received after its Ingangsdatum, when care had begun already: for that nobody waited."""
        if self.first_ingang is None or self.received is None or self.first_begin is None:
            return False
        return self.first_ingang < self.received and self.first_begin <= self.received

    @property
    def first_begin(self) -> date | None:
        """When care began."""
        return self.deliveries[0].begin if self.deliveries else None

    def covers(self, day: date) -> bool:
        """Whether the toewijzing holds on this day."""
        return (self.ingang is None or self.ingang <= day) and (self.einde is None or day <= self.einde)

    def running(self, day: date) -> bool:
        """Whether care is delivered on this day."""
        return self.covers(day) and any(one.runs(day) for one in self.deliveries)

    def paused(self, day: date) -> bool:
        """Whether care is stopped for a time on this day."""
        begun = self._begun(day)
        if not begun or not self.covers(day) or self.running(day):
            return False
        last = begun[-1]
        return last.eind is not None and last.reden == TEMPORARY and last.eind < day

    def in_care(self, day: date) -> bool:
        """Whether it is running or paused on this day."""
        return self.running(day) or self.paused(day)

    def end(self, day: date) -> End | None:
        """Its end, as far as it is past on this day."""
        return self._end_before(day) if self._begun(day) else None

    def _end_before(self, day: date) -> End | None:
        last = self._begun(day)[-1]
        stopped = last.eind if last.is_final else None
        ends = [one for one in (stopped, self.einde) if one is not None and one < day]
        return End(min(ends), last.reden if stopped is not None and stopped < day else None) if ends else None

    def _begun(self, day: date) -> tuple[Delivery, ...]:
        return tuple(one for one in self.deliveries if one.begin <= day)


class File(Struct, frozen=True, dict=True):
    """One youth: its requests, and its toewijzingen that are not deleted.

    segments  looks up region and segment of what is no traject, such as a request.
    """

    youth: str
    client: Client
    toewijzingen: tuple[Traject, ...]
    segments: Segments

    @cached_property
    def trajecten(self) -> tuple[Traject, ...]:
        """Those with a delivery."""
        return tuple(one for one in self.toewijzingen if one.deliveries)

    @property
    def verzoeken(self) -> tuple[Verzoek, ...]:
        """The requests that were received."""
        return tuple(one for one in self.client.verzoeken if one.message)

    @property
    def deleted(self) -> tuple[Toewijzing, ...]:
        """The toewijzingen that count as never made."""
        return tuple(one for one in self.client.toewijzingen if one.is_deleted)

    def runs(self, day: date, but: Traject | None = None) -> bool:
        """Whether any traject runs on this day, leaving one out."""
        return any(one.running(day) for one in self.trajecten if one is not but)


def files(clients: Mapping[str, Client], monitoring: Monitoring) -> tuple[File, ...]:
    """Every youth, by pseudonym."""
    regions = Segments(monitoring)
    return tuple(_file(youth, client, regions) for youth, client in clients.items())


class Segments:
    """Looks up region and segment, once for each gemeente and category."""

    def __init__(self, monitoring: Monitoring) -> None:
        self._monitoring = monitoring
        self._known: dict[tuple[str, str | None], tuple[str, str]] = {}

    def of(self, relation: str, categorie: str | None) -> tuple[str, str]:
        """The id of the region and the name of the segment."""
        place = (relation[:4], categorie)
        if place not in self._known:
            region = self._monitoring.region_of(relation[:4])
            self._known[place] = (region.id, region.segment(categorie))
        return self._known[place]


def _file(youth: str, client: Client, regions: Segments) -> File:
    kept = (one for one in client.toewijzingen if not one.is_deleted and (one.versies or one.standing))
    return File(youth, client, tuple(traject_of(youth, one, regions) for one in kept), regions)


def traject_of(youth: str, one: Toewijzing, regions: Segments) -> Traject:
    """A toewijzing as monitors see it; also for one that is deleted, which no File has among its toewijzingen."""
    current = one.current
    first = min(one.versies, key=_receipt, default=None)
    categorie, code = _product(one, current)
    region, segment = regions.of(one.relation, categorie)
    return Traject(
        youth=youth,
        relation=one.relation,
        region=region,
        segment=segment,
        nummer=one.nummer,
        categorie=categorie,
        code=code,
        ingang=current.ingang if current else None,
        einde=current.einde if current else None,
        first_ingang=first.ingang if first else None,
        received=local_day(first.received_at) if first else None,
        received_at=first.received_at if first else None,
        deliveries=deliveries_of(one),
        toewijzing=one,
    )


def _receipt(versie: Versie) -> tuple[datetime, datetime]:
    return versie.received_at, versie.toegewezen_op


def _product(one: Toewijzing, current: Versie | None) -> tuple[str | None, str | None]:
    if current is not None and current.categorie is not None:
        return current.categorie, current.code
    told = next(((lev.categorie, lev.code) for lev in one.standing if lev.categorie is not None), None)
    return told or (one.categorie, one.code)


def deliveries_of(one: Toewijzing) -> tuple[Delivery, ...]:
    """The deliveries of a toewijzing, by begin."""
    starts = _first_of_each(one.starts)
    stops = _counting_stops(one.stops)
    return tuple(_delivery(begin, starts.get(begin), stops.get(begin)) for begin in sorted({*starts, *stops}))


def _first_of_each(starts: Iterable[Levering]) -> dict[date, datetime]:
    received: dict[date, datetime] = {}
    for start in starts:
        received[start.begin] = min(received.get(start.begin, start.received_at), start.received_at)
    return received


def _counting_stops(stops: Iterable[Levering]) -> dict[date, Levering]:
    """For each begin the stop that counts: a final one above a temporary one, then the latest end, received first."""
    counting: dict[date, Levering] = {}
    for stop in stops:
        known = counting.get(stop.begin)
        if known is None or _weight(stop) > _weight(known):
            counting[stop.begin] = stop
    return counting


def _weight(stop: Levering) -> tuple[bool, date, float, str]:
    assert stop.eind is not None
    return stop.is_final, stop.eind, -stop.received_at.timestamp(), stop.reden or ""


def _delivery(begin: date, started_at: datetime | None, stop: Levering | None) -> Delivery:
    if stop is None:
        return Delivery(begin, started_at=started_at)
    return Delivery(begin, stop.eind, stop.reden, started_at, stop.received_at)
