"""What a message tells, as facts about rows, and how a fact changes a row.

A message that its receiver must still answer counts meanwhile. Its facts are kept with it (Waiting): an answer without
errors lets them stand, one that refuses takes them away again (OP286: it counts as not sent).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from schemas.ijw_3_2.berichten import jw301, jw305, jw307, jw315, jw317, jw319
from schemas.ijw_3_2.dossier.keys import Levering, assignment_key, client_key, deliveries_key, request_key
from schemas.ijw_3_2.dossier.rows import (
    STANDS,
    Answered,
    Asked,
    Assigned,
    Assignment,
    ClientFile,
    Delivered,
    Deliveries,
    Fact,
    Granted,
    Holds,
    Key,
    Pending,
    Request,
    Row,
    Start,
    Stop,
    Told,
    Version,
    Withdrawn,
    Witnesses,
)

KeyedFact = tuple[Key, Fact]
W = TypeVar("W", Version, Told)


# --- from a class of a message to facts ------------------------------------------------------------


def tells(klasse: type[Struct]) -> bool:
    """Whether instances of this class tell facts."""
    return klasse in _TELLERS


def facts(node: Struct, bsn: str) -> Iterator[KeyedFact]:
    """What one class of a message tells. `bsn` is that of the message's client; empty for JW319, which has none."""
    teller = _TELLERS.get(type(node))
    return iter(()) if teller is None else teller(node, bsn)


def _of_assignment(product: jw301.ToegewezenProduct, bsn: str) -> Iterator[KeyedFact]:
    number = product.ToewijzingNummer
    bare = product
    if product.Commentaar is not None or product.ReferentieAanbieder is not None:
        bare = msgspec.structs.replace(product, Commentaar=None, ReferentieAanbieder=None)
    yield assignment_key(number), Assigned(bsn, bare)
    yield client_key(bsn), Holds(nummer=number)
    if product.ReferentieAanbieder is not None:
        yield request_key(product.ReferentieAanbieder), Granted(number)


def _of_levering(levering: Levering, bsn: str) -> Iterator[KeyedFact]:
    what = as_delivered(levering)
    yield deliveries_key(bsn, levering), Withdrawn(what) if levering.StatusAanlevering == "3" else Delivered(what)


def _of_aanvraag(line: jw315.AangevraagdProduct, bsn: str) -> Iterator[KeyedFact]:
    yield request_key(line.ReferentieAanbieder), Asked(bsn, "JW315", line.ToewijzingIngangsdatum)
    yield client_key(bsn), Holds(referentie=line.ReferentieAanbieder)


def _of_verzoek(verzoek: jw317.Verzoek, bsn: str) -> Iterator[KeyedFact]:
    wanted = [line.GewensteIngangsdatum for line in verzoek.TeWijzigenProducten]
    wanted += [line.GewensteIngangsdatum for line in verzoek.NieuweProducten]
    yield request_key(verzoek.ReferentieAanbieder), Asked(bsn, "JW317", min(wanted, default=None))
    yield client_key(bsn), Holds(referentie=verzoek.ReferentieAanbieder)


def _of_antwoord(antwoord: jw319.Antwoord, bsn: str) -> Iterator[KeyedFact]:
    yield request_key(antwoord.ReferentieAanbieder), Answered(antwoord.VerzoekAntwoord)


_TELLERS: Mapping[type[Struct], Callable[[Any, str], Iterator[KeyedFact]]] = {
    jw301.ToegewezenProduct: _of_assignment,
    jw305.StartProduct: _of_levering,
    jw307.StopProduct: _of_levering,
    jw315.AangevraagdProduct: _of_aanvraag,
    jw317.Verzoek: _of_verzoek,
    jw319.Antwoord: _of_antwoord,
}


def as_start(levering: Levering) -> Start:
    """A start as the dossier knows it, or the start that a stop belongs to."""
    return Start(levering.Product, levering.Begindatum)


def as_delivered(levering: Levering) -> Start | Stop:
    """A start or stop as the dossier knows it."""
    if isinstance(levering, jw305.StartProduct):
        return as_start(levering)
    return Stop(levering.Product, levering.Begindatum, levering.RedenBeeindiging, levering.Einddatum)


# --- from a fact to a row --------------------------------------------------------------------------


def added(row: Row | None, fact: Fact, by: str = STANDS) -> Row:
    """The row with this fact; the same object when that changes nothing. `by` names the message, while it waits."""
    if isinstance(fact, Assigned):
        return _with_version(row, fact, by)
    if isinstance(fact, Holds):
        return _with_holding(row, fact)
    if isinstance(fact, Delivered | Withdrawn):
        return _with_pending(row, fact, by)
    return _request_with(row, fact, by)


def taken_away(row: Row | None, fact: Fact, by: str) -> Row:
    """The row as if the message `by` had not told this."""
    if isinstance(fact, Assigned):
        return _without_version(row, fact, by)
    if isinstance(fact, Delivered | Withdrawn):
        return _without_pending(row, fact, by)
    # That a client has it is left there: the row of the assignment or request itself tells that there is none.
    return _file(row) if isinstance(fact, Holds) else _request_without(row, fact, by)


def let_stand(row: Row | None, fact: Fact, by: str) -> Row:
    """The row with this fact, that counted while its message waited, for good."""
    if isinstance(fact, Assigned):
        return _with_version(row, fact, STANDS)
    if isinstance(fact, Delivered | Withdrawn):
        return _standing(row, fact, by)
    return _file(row) if isinstance(fact, Holds) else _request_with(row, fact, STANDS)


def doubted(row: Row | None, fact: Fact, by: str) -> Row | None:
    """The row with the place kept of what the hub found wrong and its receiver may still accept; None: no place needed.

    What starts and stops tell depends on their order, so an answer that comes late must find where it belongs.
    """
    return _with_pending(row, fact, by, counts=False) if isinstance(fact, Delivered | Withdrawn) else None


def _with_version(row: Row | None, fact: Assigned, by: str) -> Assignment:
    known = _assignment(row)
    same = next((v for v in known.versions if v.product == fact.product and v.bsn == fact.bsn), None)
    if same is not None and same.by == ():
        return known
    version = Version(fact.bsn, fact.product, _witnesses(same.by if same else (), by))
    if len(known.versions) == (same is not None):
        return Assignment((version,), known.account)
    others = (other for other in known.versions if other is not same)
    return Assignment(tuple(sorted([*others, version], key=_age)), known.account)


def _witnesses(known: Witnesses, by: str) -> Witnesses:
    """Those who tell something, with one more; none are needed once a message tells it that stands."""
    return () if by == STANDS else tuple(sorted({*known, by}))


def _age(version: Version) -> tuple[object, ...]:
    """What makes a version the later one (IV013). Equal moments should not occur; then a change is later."""
    p = version.product
    same_moment = (p.RedenWijziging or "", p.Einddatum or date.max, msgspec.msgpack.encode(p), version.bsn)
    return (p.Toewijzingsdatum, p.Toewijzingstijd, *same_moment)


def _without_version(row: Row | None, fact: Assigned, by: str) -> Assignment:
    known = _assignment(row)
    told = (fact.product, fact.bsn)
    versions = (
        Version(v.bsn, v.product, _others(v.by, by)) if (v.product, v.bsn) == told else v for v in known.versions
    )
    return Assignment(_witnessed(known.versions, versions), known.account)


def _others(witnesses: Witnesses, by: str) -> Witnesses:
    return tuple(witness for witness in witnesses if witness != by)


def _witnessed(before: tuple[W, ...], after: Iterable[W]) -> tuple[W, ...]:
    """What somebody still tells after one was refused, or what stands and never needed anybody."""
    return tuple(new for old, new in zip(before, after, strict=True) if new.by or not old.by)


def _assignment(row: Row | None) -> Assignment:
    return row if isinstance(row, Assignment) else Assignment()


def _with_pending(row: Row | None, fact: Delivered | Withdrawn, by: str, counts: bool = True) -> Deliveries:
    known = _deliveries(row)
    pending = (*known.pending, Pending(by, fact.levering, isinstance(fact, Withdrawn), counts))
    return _compacted(known, pending)


def _without_pending(row: Row | None, fact: Delivered | Withdrawn, by: str) -> Deliveries:
    known = _deliveries(row)
    return _compacted(known, tuple(one for one in known.pending if not _is(one, fact, by)))


def _standing(row: Row | None, fact: Delivered | Withdrawn, by: str) -> Deliveries:
    known = _deliveries(row)
    stands = Pending(STANDS, fact.levering, isinstance(fact, Withdrawn))
    return _compacted(known, tuple(stands if _is(one, fact, by) else one for one in known.pending))


def _is(one: Pending, fact: Delivered | Withdrawn, by: str) -> bool:
    return (one.by, one.levering, one.withdraws) == (by, fact.levering, isinstance(fact, Withdrawn))


def _compacted(known: Deliveries, pending: tuple[Pending, ...]) -> Deliveries:
    """What stands, and has nothing before it that may still go, is no longer pending."""
    number = next((n for n, one in enumerate(pending) if one.by != STANDS), len(pending))
    settled = _folded(Deliveries(known.starts, known.stops), pending[:number])
    return Deliveries(settled.starts, settled.stops, pending[number:])


def effective(row: Deliveries) -> Deliveries:
    """What counts as delivered now, with all that is pending."""
    return _folded(Deliveries(row.starts, row.stops), row.pending) if row.pending else row


def _folded(known: Deliveries, told: Iterable[Pending]) -> Deliveries:
    starts, stops = set(known.starts), set(known.stops)
    for one in told:
        if not one.counts:
            continue
        members: set[Any] = starts if isinstance(one.levering, Start) else stops
        (members.discard if one.withdraws else members.add)(one.levering)
    return Deliveries(tuple(sorted(starts, key=_start_order)), tuple(sorted(stops, key=_stop_order)))


def _deliveries(row: Row | None) -> Deliveries:
    return row if isinstance(row, Deliveries) else Deliveries()


def _start_order(start: Start) -> tuple[object, ...]:
    product = start.product
    return (start.begindatum, product.Categorie if product else "", (product and product.Code) or "")


def _stop_order(stop: Stop) -> tuple[object, ...]:
    return (*_start_order(stop.start), stop.einddatum, stop.reden)


def _file(row: Row | None) -> ClientFile:
    return row if isinstance(row, ClientFile) else ClientFile()


def _with_holding(row: Row | None, fact: Holds) -> ClientFile:
    known = _file(row)
    assignments, requests = known.assignments, known.requests
    if fact.nummer is not None and fact.nummer not in assignments:
        assignments = tuple(sorted((*assignments, fact.nummer)))
    elif fact.referentie is not None and fact.referentie not in requests:
        requests = tuple(sorted((*requests, fact.referentie)))
    else:
        return known
    return ClientFile(assignments, requests)


def _request(row: Row | None) -> Request:
    return row if isinstance(row, Request) else Request()


def _request_with(row: Row | None, fact: Asked | Granted | Answered, by: str) -> Request:
    known = _request(row)
    if isinstance(fact, Asked):
        return Request(fact, known.granted, known.answers)
    if isinstance(fact, Granted):
        return Request(known.asked, _told(known.granted, str(fact.nummer), by), known.answers)
    return Request(known.asked, known.granted, _told(known.answers, fact.verzoek_antwoord, by))


def _request_without(row: Row | None, fact: Asked | Granted | Answered, by: str) -> Request:
    known = _request(row)
    if isinstance(fact, Asked):
        return Request(None if known.asked == fact else known.asked, known.granted, known.answers)
    if isinstance(fact, Granted):
        return Request(known.asked, _untold(known.granted, str(fact.nummer), by), known.answers)
    return Request(known.asked, known.granted, _untold(known.answers, fact.verzoek_antwoord, by))


def _told(known: tuple[Told, ...], what: str, by: str) -> tuple[Told, ...]:
    same = next((one for one in known if one.what == what), None)
    if same is not None and same.by == ():
        return known
    told = Told(what, _witnesses(same.by if same else (), by))
    return tuple(sorted([*(one for one in known if one is not same), told], key=lambda one: one.what))


def _untold(known: tuple[Told, ...], what: str, by: str) -> tuple[Told, ...]:
    left = (Told(one.what, _others(one.by, by)) if one.what == what else one for one in known)
    return _witnessed(known, left)
