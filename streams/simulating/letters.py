"""Messages of the standard, built from what a region tells. What it builds is right; `faults_*` makes it wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from schemas.ijw_3_2.berichten import Bericht, basis, jw301, jw305, jw307, jw315, jw317, jw319, jw323
from schemas.ijw_3_2.structure import structure
from streams.simulating.region import Youth

IN_CARE = ("02", "03", "04", "05")
"""The types of Verwijzer (COD327) that have a ZorgverlenerCode."""


@dataclass(frozen=True, slots=True)
class Head:
    """Who sends to whom (codes), under which Identificatie, and when it is dated."""

    afzender: str
    ontvanger: str
    identificatie: str
    dagtekening: date


def header(name: str, head: Head) -> dict[str, Any]:
    """What every Header holds, also that of a return message."""
    return {
        "BerichtCode": structure().berichten[name].code,
        "BerichtVersie": 3,
        "BerichtSubversie": 2,
        "Afzender": head.afzender,
        "Ontvanger": head.ontvanger,
        "BerichtIdentificatie": basis.BerichtIdentificatie(
            Identificatie=head.identificatie, Dagtekening=head.dagtekening
        ),
        "XsdVersie": xsd_versie(),
    }


def xsd_versie() -> basis.XsdVersie:
    """The version of the schemas."""
    version = structure().xsd_versie
    return basis.XsdVersie(BasisschemaXsdVersie=version, BerichtXsdVersie=version)


def toewijzing(head: Head, youth: Youth, lines: Sequence[jw301.ToegewezenProduct]) -> Bericht:
    """JW301."""
    naam = basis.VolledigeNaam(
        Geslachtsnaam=basis.Achternaam(Achternaam=youth.achternaam), Voornamen=youth.voornamen, NaamGebruik="1"
    )
    client = jw301.Client(
        **{**_person(youth), "Naam": naam}, Contactgegevens=(home(),), ToegewezenProducten=tuple(lines)
    )
    return jw301.Bericht(Header=jw301.Header(**header("JW301", head)), Client=client)


def home() -> jw301.Contact:
    """Where everybody lives who does not exist."""
    adres = basis.Adres(
        Huis=basis.Huis(Huisnummer=7),
        Postcode="9999ZZ",
        Straatnaam="Nergenslaan",
        Plaatsnaam="Verzonnen aan Zee",
        LandCode="NL",
    )
    return jw301.Contact(Soort="01", Adres=adres)


def start(head: Head, youth: Youth, lines: Iterable[jw305.StartProduct]) -> Bericht:
    """JW305."""
    client = jw305.Client(**_person(youth), StartProducten=tuple(lines))
    return jw305.Bericht(Header=jw305.Header(**header("JW305", head)), Client=client)


def stop(head: Head, youth: Youth, lines: Iterable[jw307.StopProduct]) -> Bericht:
    """JW307."""
    client = jw307.Client(**_person(youth), StopProducten=tuple(lines))
    return jw307.Bericht(Header=jw307.Header(**header("JW307", head)), Client=client)


def verzoek(head: Head, youth: Youth, lines: Sequence[jw315.AangevraagdProduct]) -> Bericht:
    """JW315."""
    client = jw315.Client(**_person(youth), GezagsdragerBekend="1", AangevraagdeProducten=tuple(lines))
    return jw315.Bericht(Header=jw315.Header(**header("JW315", head)), Client=client)


def verwijzer(kind: str) -> basis.Verwijzer:
    """A referrer of this type (COD327)."""
    if kind in IN_CARE:
        return basis.Verwijzer(Type=kind, ZorgverlenerCode="01000001")
    return basis.Verwijzer(Type=kind, Naam="Verzonnen verwijzer")


def wijziging(head: Head, bsn: str, asked: jw317.Verzoek) -> Bericht:
    """JW317."""
    client = jw317.Client(Bsn=bsn, Verzoek=asked)
    return jw317.Bericht(Header=jw317.Header(**header("JW317", head)), Client=client)


def antwoord(head: Head, said: jw319.Antwoord) -> Bericht:
    """JW319."""
    return jw319.Bericht(Header=jw319.Header(**header("JW319", head)), Antwoord=said)


def declaratie(
    head: Head, nummer: str, period: basis.GeslotenPeriode, clienten: Sequence[jw323.Client]
) -> jw323.Bericht:
    """JW323."""
    claim = jw323.Declaratie(
        DeclaratieNummer=nummer,
        DeclaratiePeriode=period,
        DeclaratieDagtekening=head.dagtekening,
        TotaalIngediendBedrag=total(line for client in clienten for line in client.Prestaties),
        Clienten=tuple(clienten),
    )
    return jw323.Bericht(Header=jw323.Header(**header("JW323", head)), Declaratie=claim)


def signed(line: Any) -> int:
    """What a claim line adds to its total, in euro cents."""
    amount: int = line.IngediendBedrag.Bedrag
    return amount if line.IngediendBedrag.DebetCredit == "D" else -amount


def total(lines: Iterable[Any]) -> basis.TotaalBedragMetDC:
    """The total of claim lines; nothing is debit (CS325)."""
    return amount(sum(map(signed, lines)))


def amount(cents: int) -> basis.TotaalBedragMetDC:
    """An amount with its sign as a letter."""
    return basis.TotaalBedragMetDC(TotaalBedrag=abs(cents), DebetCredit="C" if cents < 0 else "D")


def _person(youth: Youth) -> dict[str, Any]:
    return {
        "Bsn": youth.bsn,
        "Geboortedatum": basis.Geboortedatum(Datum=youth.geboren),
        "Geslacht": youth.geslacht,
        "Naam": basis.VerkorteNaam(
            Geslachtsnaam=basis.Achternaam(Achternaam=youth.achternaam), Voornamen=youth.voornamen
        ),
    }
