"""Waiting list: who waits, or waited, from request to assignment to start. Words and phases: definitions.md. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Literal

from msgspec.structs import replace

from streams.core.folds.care import Verzoek
from streams.core.monitors.places import OfRelation
from streams.core.monitors.trajecten import DAY, File, Traject, traject_of
from streams.core.workdays import local_day

Fase = Literal["toewijzing", "start", "totaal"]
Leaving = Literal["afgewezen", "vervallen"]
State = Literal["ended", "waiting", "left", "retroactive", "deleted"]
FASEN: tuple[Fase, ...] = ("toewijzing", "start", "totaal")
_REQUEST = "JW315"
_REJECTED = "1"
"""VerzoekAntwoord: no assignment will follow."""

_Leavings = list[tuple[date, Leaving]]
_Grants = Mapping[tuple[str, str], list[tuple[Traject, date]]]


class Item(OfRelation, frozen=True, kw_only=True):
    """A wait of one youth in one phase.

    region       the id of the region; segment: in that region, of the categorie.
    begin        the day from which it waits.
    end          the day on which it got what it waits for, begin at least; may be still to come; None without one.
    left         the day on which it stopped waiting otherwise, begin at least, and left_as why; None with an end.
    retroactive  assigned with terugwerkende kracht: has no waiting time (never so in phase toewijzing).
    deleted      of a toewijzing that counts as never made; begin is known, end and left are not.
    bridged      another traject of this youth ran on the last day of the wait, or on the peildatum while it waits.
    """

    fase: Fase
    youth: str
    region: str
    segment: str
    categorie: str | None
    code: str | None
    begin: date
    end: date | None = None
    left: date | None = None
    left_as: Leaving | None = None
    retroactive: bool = False
    deleted: bool = False
    bridged: bool = False

    @property
    def wait(self) -> int | None:
        """The waiting time in days; None while no end is known, and for what has no waiting time."""
        return None if self.end is None or self.retroactive else (self.end - self.begin).days

    def age(self, peildatum: date) -> int:
        """For how many days it waits on this day."""
        return (peildatum - self.begin).days

    def state(self, day: date) -> State:
        """What it is on this day, from its begin on."""
        if self.deleted:
            return "deleted"
        if self.retroactive:
            return "retroactive"
        if self.end is not None and self.end <= day:
            return "ended"
        return "left" if self.left is not None and self.left <= day else "waiting"

    def waits(self, day: date) -> bool:
        """Whether it still waits on this day."""
        return self.begin <= day and self.state(day) == "waiting"


def items(files: Iterable[File], peildatum: date) -> tuple[Item, ...]:
    """Every wait of every phase that began by the peildatum; each request stands in two phases.

    What still waits is bridged as on the peildatum, so net figures are right for that day; the rest for any day before.
    """
    return tuple(item for file in files for item in _items(file, peildatum) if item.begin <= peildatum)


def _items(file: File, peildatum: date) -> Iterator[Item]:
    for traject in file.toewijzingen:
        if traject.received is not None:
            yield _start(file, traject, traject.received, peildatum)
    for toewijzing in file.deleted:
        traject = traject_of(file.youth, toewijzing, file.segments)
        if traject.received is not None:
            yield replace(_of_traject(traject, traject.received), deleted=True)
    requests = [one for one in file.verzoeken if one.bericht == _REQUEST]
    if requests:
        grants = _grants(file)
        for request in requests:
            yield from _of_request(file, request, grants, peildatum)


# --- from toewijzing to start ----------------------------------------------------------------------


def _start(file: File, traject: Traject, received: date, peildatum: date) -> Item:
    item = _of_traject(traject, received)
    return _closed(item, traject.first_begin, _lapse(traject), file, traject, peildatum)


def _of_traject(traject: Traject, received: date) -> Item:
    return Item(
        fase="start",
        youth=traject.youth,
        relation=traject.relation,
        region=traject.region,
        segment=traject.segment,
        categorie=traject.categorie,
        code=traject.code,
        begin=received,
        retroactive=traject.is_retroactive,
    )


def _lapse(traject: Traject) -> _Leavings:
    """The Einddatum: it makes the wait lapse when no care began by then."""
    return [(traject.einde, "vervallen")] if traject.einde is not None else []


# --- from request to toewijzing, and on to start ---------------------------------------------------


def _grants(file: File) -> _Grants:
    """By relation and ReferentieAanbieder: each toewijzing granted on it, with the day of receipt of that version."""
    grants = defaultdict[tuple[str, str], list[tuple[Traject, date]]](list)
    for traject in file.toewijzingen:
        for versie in traject.toewijzing.versies:
            if versie.referentie is not None:
                grants[traject.relation, versie.referentie].append((traject, local_day(versie.received_at)))
    return grants


def _of_request(file: File, request: Verzoek, grants: _Grants, peildatum: date) -> Iterator[Item]:
    item = _requested(file, request)
    granted = grants.get((request.relation, request.referentie), [])
    if not granted and _is_deleted(file, request):
        yield replace(item, deleted=True)
        yield replace(item, fase="totaal", deleted=True)
        return
    rejected = _rejections(request)
    own = min((traject for traject, _ in granted), key=_nummer, default=None)
    yield _closed(item, min((day for _, day in granted), default=None), rejected, file, own, peildatum)
    whole = replace(item, fase="totaal", retroactive=own is not None and own.is_retroactive)
    lapse = _lapse(own) if own else []
    yield _closed(whole, own.first_begin if own else None, rejected + lapse, file, own, peildatum)


def _requested(file: File, request: Verzoek) -> Item:
    region, segment = file.segments.of(request.relation, request.categorie)
    return Item(
        fase="toewijzing",
        youth=file.youth,
        relation=request.relation,
        region=region,
        segment=segment,
        categorie=request.categorie,
        code=request.code,
        begin=local_day(request.received_at),
    )


def _is_deleted(file: File, request: Verzoek) -> bool:
    """Whether a toewijzing granted on it was deleted."""
    return any(
        one.relation == request.relation and any(versie.referentie == request.referentie for versie in one.versies)
        for one in file.deleted
    )


def _rejections(request: Verzoek) -> _Leavings:
    return [(local_day(one.received_at), "afgewezen") for one in request.antwoorden if one.antwoord == _REJECTED]


def _nummer(traject: Traject) -> int:
    return traject.nummer or 0


# --- how a wait closes -----------------------------------------------------------------------------


def _closed(
    item: Item, end: date | None, leavings: _Leavings, file: File, own: Traject | None, peildatum: date
) -> Item:
    """The item with its end or its leaving, whichever comes first, and whether other care bridges it."""
    left, left_as = min(leavings, default=(date.max, None))
    has_left = left_as is not None and (end is None or left < end)
    first = left if has_left else end
    closed = max(first, item.begin) if first is not None else None
    last = closed - DAY if closed is not None and closed <= peildatum else peildatum
    return replace(
        item,
        end=None if has_left else closed,
        left=closed if has_left else None,
        left_as=left_as if has_left else None,
        bridged=not item.retroactive and file.runs(last, but=own),
    )
