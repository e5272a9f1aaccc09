"""Terms about care: requests, starts, stops and claims of one youth. Pure; which terms there are: definitions.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import NamedTuple

from streams.core.folds.care import Antwoord, Levering, Toewijzing, Verzoek
from streams.core.folds.claims import Line
from streams.core.happenings import TEMPORARY
from streams.core.monitors.deadlines_terms import DAY, Maker, Rule, Term
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import Delivery, File, Traject, deliveries_of
from streams.core.terms import CARE_DAYS
from streams.core.workdays import lengthened, local_day

EXAMINING = timedelta(56)
RESIDENCE = timedelta(14)
REJECTED, EXAMINED = "1", "2"
"""VerzoekAntwoord of a JW319."""
ELSEWHERE = "8"
"""RedenAfwijzingVerzoek (WJ759): another gemeente is responsible, by the residence principle."""

Claimed = Mapping[tuple[str, str, int], list[tuple[date, date, date]]]
"""By youth, relation and ToewijzingNummer: first and last day of what is claimed, and the day of receipt."""


class Claiming(NamedTuple):
    """What was claimed, and by aanbieder since when it is known here: of before that claims may have gone elsewhere."""

    claimed: Claimed
    known_since: Mapping[str, date]


_REQUESTS: Mapping[str, Rule] = {"JW315": "OP274", "JW317": "OP346"}


def care_terms(files: Iterable[File], rows: Rows, until: date, maker: Maker) -> Iterator[Term]:
    """Every term about care that opens on or before `until`."""
    claims = Claiming(claims_by_toewijzing(rows), rows.known_since())
    for file in files:
        yield from (term for term in _of_file(file, claims, until, maker) if term.opened_at <= until)


def _of_file(file: File, claims: Claiming, until: date, maker: Maker) -> Iterator[Term]:
    yield from _of_requests(file, maker)
    for one in file.deleted:
        yield from _of_deliveries(one, deliveries_of(one), None, maker, void=True)
    for traject in file.trajecten:
        yield from _of_deliveries(traject.toewijzing, traject.deliveries, traject.received, maker)
        yield from _of_end(traject, maker)
        yield from _of_months(traject, claims, until, maker)


# --- requests --------------------------------------------------------------------------------------


def _of_requests(file: File, maker: Maker) -> Iterator[Term]:
    granted = _first_grants(file)
    for verzoek in file.verzoeken:
        rule = _REQUESTS.get(verzoek.bericht)
        if rule is not None:
            yield from _of_request(rule, verzoek, granted.get((verzoek.relation, verzoek.referentie)), maker)


def _first_grants(file: File) -> Mapping[tuple[str, str], date]:
    """By relation and ReferentieAanbieder; one that was deleted later was an answer all the same."""
    days: dict[tuple[str, str], date] = {}
    for one in file.client.toewijzingen:
        for versie in one.versies:
            if versie.referentie is not None:
                place, day = (one.relation, versie.referentie), local_day(versie.received_at)
                days[place] = min(days.get(place, day), day)
    return days


def _of_request(rule: Rule, verzoek: Verzoek, granted: date | None, maker: Maker) -> Iterator[Term]:
    relation, reference, asked = verzoek.relation, verzoek.referentie, local_day(verzoek.received_at)
    gemeente = relation.partition(":")[0]
    answered = _earliest(granted, _first(verzoek.antwoorden))
    due = maker.due(asked, CARE_DAYS)
    yield maker.term(rule, "verzoek", relation, gemeente, reference, asked, due, answered)
    examined = _first(one for one in verzoek.antwoorden if one.antwoord == EXAMINED)
    if examined is not None:
        decided = _earliest(granted, _first(one for one in verzoek.antwoorden if one.antwoord == REJECTED))
        due = lengthened(verzoek.dagtekening + EXAMINING)
        yield maker.term(rule, "onderzoek", relation, gemeente, reference, examined, due, decided)
    elsewhere = _first(one for one in verzoek.antwoorden if one.reden == ELSEWHERE)
    if elsewhere is not None and verzoek.bericht == "JW315":
        due = lengthened(asked + RESIDENCE)
        yield maker.term("OP359", "woonplaatsbeginsel", relation, gemeente, reference, asked, due, elsewhere)


def _first(some: Iterable[Antwoord | Levering]) -> date | None:
    moment = min((one.received_at for one in some), default=None)
    return local_day(moment) if moment is not None else None


def _earliest(*days: date | None) -> date | None:
    return min((day for day in days if day is not None), default=None)


# --- starts and stops ------------------------------------------------------------------------------


def _of_deliveries(
    one: Toewijzing, deliveries: Sequence[Delivery], received: date | None, maker: Maker, void: bool = False
) -> Iterator[Term]:
    aanbieder, reference = one.relation.partition(":")[2], _reference(one)
    for number, delivery in enumerate(deliveries):
        opened = max(delivery.begin, received) if number == 0 and received else delivery.begin
        started = local_day(delivery.started_at) if delivery.started_at else None
        due = maker.due(opened, CARE_DAYS)
        yield maker.term("OP271", "start", one.relation, aanbieder, reference, opened, due, started, void)
    for (_, ended, _), moment in _stops_with_a_term(one.stops).items():
        told, known = local_day(moment), _known_end(one, ended)
        opened = max(ended, known) if known is not None and known <= told else ended
        due = maker.due(opened, CARE_DAYS)
        yield maker.term("OP272", "stop", one.relation, aanbieder, reference, opened, due, told, void)


def _known_end(one: Toewijzing, ended: date) -> date | None:
    """The day on which the toewijzing told that it ends then, as it still does; None when it does not end then."""
    told = (local_day(versie.received_at) for versie in takewhile(lambda v: v.einde == ended, reversed(one.versies)))
    return min(told, default=None)


def _reference(one: Toewijzing) -> str:
    return str(one.nummer) if one.nummer is not None else f"{one.categorie or ''}/{one.code or ''}"


def _stops_with_a_term(stops: Iterable[Levering]) -> Mapping[tuple[date, date, str | None], datetime]:
    """First receipt by begin, eind and reden. Not of a final stop after a temporary one: its term runs from the moment
    at which it became known that care will not resume, which no message tells.
    """
    known = tuple(stops)
    paused = {stop.begin for stop in known if stop.reden == TEMPORARY}
    received: dict[tuple[date, date, str | None], datetime] = {}
    for stop in known:
        if stop.eind is not None and not (stop.is_final and stop.begin in paused):
            place = (stop.begin, stop.eind, stop.reden)
            received[place] = min(received.get(place, stop.received_at), stop.received_at)
    return received


def _of_end(traject: Traject, maker: Maker) -> Iterator[Term]:
    """The final stop that is due because the toewijzing ended, unless it has a term of its own or came before."""
    ended, begun = traject.einde, [one.begin for one in traject.deliveries]
    last = max((begin for begin in begun if ended is not None and begin <= ended), default=None)
    if ended is None or last is None:
        return
    stops = [stop for stop in traject.toewijzing.stops if stop.begin == last]
    told = _first(stop for stop in stops if stop.is_final)
    paused = any(stop.reden == TEMPORARY for stop in stops)
    since = max(ended, _known_end(traject.toewijzing, ended) or ended)
    if told is not None and (told <= since or not paused):
        return
    reference, opened, due = _reference(traject.toewijzing), max(ended + DAY, since), maker.due(since, CARE_DAYS)
    yield maker.term("OP272", "einde toewijzing", traject.relation, traject.aanbieder, reference, opened, due, told)


# --- claims ----------------------------------------------------------------------------------------


def claims_by_toewijzing(rows: Rows) -> Claimed:
    """What was claimed: debit lines that were not refused."""
    return {
        (youth, row.relation, row.toewijzing): [_claimed(line) for line in row.lines if _counts(line)]
        for youth, row in rows.claims
    }


def _counts(line: Line) -> bool:
    return line.outcome != "refused" and line.credit_van is None and line.bedrag >= 0


def _claimed(line: Line) -> tuple[date, date, date]:
    return line.van, line.tot, local_day(line.claimed_at)


def _of_months(traject: Traject, claims: Claiming, until: date, maker: Maker) -> Iterator[Term]:
    """Task-based care is left out: a claim line always names a ToewijzingNummer."""
    if traject.nummer is None:
        return
    lines = claims.claimed.get((traject.youth, traject.relation, traject.nummer), [])
    since = claims.known_since.get(traject.aanbieder, date.min)
    for month in sorted(month for month in _months_run(traject, until) if month >= since):
        opened = _next_month(month)
        due = _next_month(opened) - DAY
        told = min((day for van, tot, day in lines if van < opened and month <= tot), default=None)
        reference = str(traject.nummer)
        yield maker.term("OP354", "declaratie", traject.relation, traject.aanbieder, reference, opened, due, told)


def _months_run(traject: Traject, until: date) -> set[date]:
    """The first days of the months in which it ran on any day up to and with `until`."""
    months: set[date] = set()
    for delivery in traject.deliveries:
        begin = max(delivery.begin, traject.ingang or delivery.begin)
        end = min(day for day in (delivery.eind, traject.einde, until) if day is not None)
        month = begin.replace(day=1)
        while month <= end and begin <= end:
            months.add(month)
            month = _next_month(month)
    return months


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
