"""What events tell, held against the dossiers that the same messages left: both must say the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from schemas.ijw_3_2.dossier.facts import effective
from schemas.ijw_3_2.dossier.rows import Assignment, Deliveries, Key, Line, Received, Request, Row
from streams.core.effects import Event
from streams.core.events import event_of, masked, pseudonym
from streams.core.folding import Fold
from streams.core.folds.care import CareFold, Client
from streams.core.folds.claims import Claims, ClaimsFold

Facts = set[tuple[Any, ...]]


def folded(fold: Fold[Any], events: Iterable[Event]) -> dict[str, Any]:
    """The rows after these events."""
    rows: dict[str, Any] = {}
    for event in events:
        read = event_of(event.body)
        rows.update(fold.fold(read, {key: rows[key] for key in fold.keys(read) if key in rows}))
    return {key: fold.decode(fold.encode(row)) for key, row in rows.items()}


def facts_of_events(events: Iterable[Event]) -> Facts:
    """What the rows of care and claims say in the end."""
    events = list(events)
    facts: Facts = set()
    for youth, client in folded(CareFold(), events).items():
        facts |= _of_client(youth, client)
    for row in folded(ClaimsFold(), events).values():
        facts |= _of_claims(row)
    return facts


def _of_client(youth: str, client: Client) -> Facts:
    facts: Facts = set()
    for one in client.toewijzingen:
        where = (one.relation, youth, one.nummer or (one.categorie, one.code))
        for v in one.versies:
            when = v.toegewezen_op
            facts.add(("versie", *where, when.date(), when.time().isoformat(), v.ingang, v.einde, v.reden))
        facts |= {("start", *where, start.begin) for start in one.starts}
        facts |= {("stop", *where, stop.begin, stop.eind, stop.reden) for stop in one.stops}
    for asked in client.verzoeken:
        if asked.message:
            facts.add(("verzoek", asked.relation, youth, asked.referentie, asked.bericht))
            facts |= {("antwoord", asked.relation, asked.referentie, one.antwoord) for one in asked.antwoorden}
    return facts


def _of_claims(row: Claims) -> Facts:
    """Of one number the line that was granted, else one that is open. A dossier does not keep all that are refused."""
    best: dict[str, str] = {}
    for line in row.lines:
        best[line.referentie] = max(best.get(line.referentie, ""), line.outcome, key=_WEIGHT.index)
    counting = {reference: outcome for reference, outcome in best.items() if outcome != "refused"}
    return {("line", row.relation, row.toewijzing, reference, outcome) for reference, outcome in counting.items()}


_WEIGHT = ["", "refused", "claimed", "granted"]


def facts_of_dossiers(dossiers: Mapping[str, Mapping[Key, Row]], key: bytes) -> Facts:
    """The same, from the rows of every relation."""
    facts: Facts = set()
    for relation, rows in dossiers.items():
        for place, row in rows.items():
            facts |= _of_row(relation, place, row, key)
    granted = {fact[:-1] for fact in facts if fact[-1] == "granted"}
    return {fact for fact in facts if fact[-1] != "claimed" or fact[:-1] not in granted}


def _of_row(relation: str, place: Key, row: Row, key: bytes) -> Facts:
    match row:
        case Assignment():
            return {_versie(relation, version.bsn, version.product, key) for version in row.versions}
        case Deliveries():
            _, bsn, thing = place.split(" ", 2)
            return _deliveries(relation, pseudonym(key, bsn), thing, effective(row))
        case Request() if row.asked is not None:
            reference = masked(key, place.removeprefix("request "))
            asked = ("verzoek", relation, pseudonym(key, row.asked.bsn), reference, row.asked.bericht)
            return {asked, *(("antwoord", relation, reference, one.what) for one in row.answers)}
        case Line() if row.counts:
            return {_line(relation, row.prestatie, key, {"waits": "claimed"}.get(row.outcome, row.outcome))}
        case Received():
            waiting = [one.claim for one in row.waiting if one.claim is not None]
            open_lines = [line.prestatie for claim in waiting for line in claim.lines]
            return {_line(relation, prestatie, key, "claimed") for prestatie in open_lines}
        case _:
            return set()


def _line(relation: str, prestatie: Any, key: bytes, outcome: str) -> tuple[Any, ...]:
    reference = masked(key, prestatie.ProductReferentie.ReferentieNummer)
    return ("line", relation, prestatie.ToewijzingNummer, reference, outcome)


def _versie(relation: str, bsn: str, product: Any, key: bytes) -> tuple[Any, ...]:
    when = (product.Toewijzingsdatum, product.Toewijzingstijd[:8])
    what = (product.Ingangsdatum, product.Einddatum, product.RedenWijziging)
    return ("versie", relation, pseudonym(key, bsn), product.ToewijzingNummer, *when, *what)


def _deliveries(relation: str, youth: str, thing: str, row: Deliveries) -> Facts:
    categorie, slash, code = thing.partition("/")
    where = (relation, youth, (categorie, code or None) if slash else int(thing))
    starts = {("start", *where, start.begindatum) for start in row.starts}
    return starts | {("stop", *where, stop.begindatum, stop.einddatum, stop.reden) for stop in row.stops}
