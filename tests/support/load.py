"""A stream of messages for one relation without end: legal and illegal ones, the same every time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from schemas.ijw_3_2.berichten import basis, jw301, jw305, jw307
from schemas.ijw_3_2.findings import passes_elfproef
from schemas.ijw_3_2.writing import write
from streams.core.envelope import Envelope
from streams.core.intake import admit
from streams.core.parties import Directory

BSNS = [str(n) for n in range(999_900_006, 999_999_991) if passes_elfproef(str(n))]
FIRST_DAY = date(2026, 1, 5)
VERSIE = basis.XsdVersie(BasisschemaXsdVersie="0.1.0", BerichtXsdVersie="0.1.0")


@dataclass(frozen=True)
class Relation:
    gemeente: str
    aanbieder: str


@dataclass(frozen=True)
class Offered:
    """A message, who offers it (a code), and under which reference."""

    code: str
    reference: str
    body: bytes


def stream(relation: Relation) -> Iterator[Offered]:
    """Assignment, start, temporary stop, new start, stop, for one client after another; now and then an error."""
    for number, bsn in enumerate(BSNS * 1000, 1):
        yield offered(relation, relation.gemeente, f"T{number}", toewijzing(relation, number, bsn))
        unknown = number + 500_000 if number % 5 == 0 else number
        yield offered(relation, relation.aanbieder, f"S{number}", start(relation, f"S{number}", unknown, bsn, day=1))
        again = f"S{number}" if number % 3 == 0 else f"D{number}"
        yield offered(relation, relation.aanbieder, f"D{number}", start(relation, again, number, bsn, day=1))
        yield offered(relation, relation.aanbieder, f"P{number}", stop(relation, f"P{number}", number, bsn, 9, "20"))
        body = start(relation, f"H{number}", number, bsn, day=20)
        broken = body.replace(b"-01-25", b"-02-30") if number % 4 == 0 else body
        yield offered(relation, relation.aanbieder, f"H{number}", broken)


def admitted(streams: Iterable[Iterator[Offered]], directory: Directory, each: int, now: datetime) -> list[Envelope]:
    """So many messages of every stream, in turn, as a hub with these parties takes them in."""
    turns = zip(*(islice(one, each) for one in streams), strict=True)
    return [taken_in(message, directory, now) for turn in turns for message in turn]


def taken_in(message: Offered, directory: Directory, now: datetime) -> Envelope:
    """A message as a hub with these parties takes it in."""
    party = directory.by_code(message.code)
    assert party is not None
    one = admit(message.body, party, directory, source="test", reference=message.reference, now=now)
    assert isinstance(one, Envelope), one
    return one


def offered(relation: Relation, code: str, reference: str, body: bytes) -> Offered:
    return Offered(code, f"{relation.gemeente}-{relation.aanbieder}-{reference}", body)


def toewijzing(relation: Relation, number: int, bsn: str) -> bytes:
    product = jw301.ToegewezenProduct(
        ToewijzingNummer=number,
        Product=basis.Product(Categorie="45", Code="45A01"),
        Toewijzingsdatum=FIRST_DAY,
        Toewijzingstijd="10:00:00",
        Ingangsdatum=FIRST_DAY,
        Omvang=basis.Omvang(Volume=2, Eenheid="04", Frequentie="4"),
    )
    client = jw301.Client(
        Bsn=bsn,
        Geboortedatum=basis.Geboortedatum(Datum=date(2012, 3, 4)),
        Geslacht="2",
        Naam=basis.VolledigeNaam(Geslachtsnaam=basis.Achternaam(Achternaam="Voorbeeld"), NaamGebruik="1"),
        Contactgegevens=(jw301.Contact(Soort="02", Telefoon=_telefoon()),),
        ToegewezenProducten=(product,),
    )
    header = jw301.Header(
        BerichtCode="436",
        BerichtVersie=3,
        BerichtSubversie=2,
        Afzender=relation.gemeente,
        Ontvanger=relation.aanbieder,
        BerichtIdentificatie=basis.BerichtIdentificatie(Identificatie=f"T{number}", Dagtekening=FIRST_DAY),
        XsdVersie=VERSIE,
    )
    return write("JW301", jw301.Bericht(Header=header, Client=client))


def start(relation: Relation, identificatie: str, number: int | None, bsn: str, day: int) -> bytes:
    """A start on an assignment, or task-based without one."""
    product = jw305.StartProduct(
        ToewijzingNummer=number,
        Product=basis.Product(Categorie="45", Code="45A01"),
        Begindatum=FIRST_DAY + timedelta(days=day),
        StatusAanlevering="1",
    )
    client = jw305.Client(
        Bsn=bsn,
        Geboortedatum=basis.Geboortedatum(Datum=date(2012, 3, 4)),
        Geslacht="2",
        Naam=basis.VerkorteNaam(Geslachtsnaam=basis.Achternaam(Achternaam="Voorbeeld")),
        StartProducten=(product,),
    )
    header = jw305.Header(**_header(relation, "438", identificatie))
    return write("JW305", jw305.Bericht(Header=header, Client=client))


def stop(relation: Relation, identificatie: str, number: int, bsn: str, day: int, reden: str) -> bytes:
    product = jw307.StopProduct(
        ToewijzingNummer=number,
        Product=basis.Product(Categorie="45", Code="45A01"),
        Begindatum=FIRST_DAY + timedelta(days=1),
        RedenBeeindiging=reden,
        Einddatum=FIRST_DAY + timedelta(days=day),
        StatusAanlevering="1",
    )
    client = jw307.Client(
        Bsn=bsn,
        Geboortedatum=basis.Geboortedatum(Datum=date(2012, 3, 4)),
        Geslacht="2",
        Naam=basis.VerkorteNaam(Geslachtsnaam=basis.Achternaam(Achternaam="Voorbeeld")),
        StopProducten=(product,),
    )
    header = jw307.Header(**_header(relation, "440", identificatie))
    return write("JW307", jw307.Bericht(Header=header, Client=client))


def _header(relation: Relation, code: str, identificatie: str) -> dict[str, object]:
    return {
        "BerichtCode": code,
        "BerichtVersie": 3,
        "BerichtSubversie": 2,
        "Afzender": relation.aanbieder,
        "Ontvanger": relation.gemeente,
        "BerichtIdentificatie": basis.BerichtIdentificatie(
            Identificatie=identificatie, Dagtekening=FIRST_DAY + timedelta(days=60)
        ),
        "XsdVersie": VERSIE,
    }


def _telefoon() -> basis.Telefoonnummers:
    return basis.Telefoonnummers(Telefoon01=basis.Telefoon(Telefoonnummer="0201234567", Landnummer="31"))
