"""Messages for the demo, built from what a caller tells of them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from schemas.ijw_3_2.berichten import basis, jw301, jw302, jw305, jw307, jw315, jw323
from schemas.ijw_3_2.sniffing import sniff
from schemas.ijw_3_2.writing import write
from streams.simulating.letters import Head, header, home, xsd_versie


@dataclass(frozen=True, slots=True)
class Person:
    """A client who does not exist."""

    bsn: str
    achternaam: str
    voornamen: str
    geslacht: str
    geboren: date


@dataclass(frozen=True, slots=True)
class Care:
    """What a client is assigned: a product for a period, with so much of it in a month."""

    nummer: int
    product: basis.Product
    volume: int
    eenheid: str
    ingang: date
    einde: date | None = None
    referentie: str | None = None


def verzoek(head: Head, person: Person, care: Care) -> bytes:
    """JW315: an aanbieder asks for an assignment, on referral by a GP."""
    line = jw315.AangevraagdProduct(
        ReferentieAanbieder=care.referentie or head.identificatie,
        Product=care.product,
        ToewijzingIngangsdatum=care.ingang,
        ToewijzingEinddatum=care.einde,
        Omvang=_omvang(care),
        Verwijzer=basis.Verwijzer(Type="02", ZorgverlenerCode="01000001"),
    )
    client = jw315.Client(**_short(person), GezagsdragerBekend="1", AangevraagdeProducten=(line,))
    return write("JW315", jw315.Bericht(Header=jw315.Header(**header("JW315", head)), Client=client))


def toewijzing(head: Head, person: Person, care: Care) -> bytes:
    """JW301: a gemeente assigns care."""
    line = jw301.ToegewezenProduct(
        ToewijzingNummer=care.nummer,
        ReferentieAanbieder=care.referentie,
        Product=care.product,
        Toewijzingsdatum=head.dagtekening,
        Toewijzingstijd="09:30:00",
        Ingangsdatum=care.ingang,
        Einddatum=care.einde,
        Omvang=_omvang(care),
    )
    naam = basis.VolledigeNaam(
        Geslachtsnaam=basis.Achternaam(Achternaam=person.achternaam), Voornamen=person.voornamen, NaamGebruik="1"
    )
    client = jw301.Client(**{**_short(person), "Naam": naam}, Contactgegevens=(home(),), ToegewezenProducten=(line,))
    return write("JW301", jw301.Bericht(Header=jw301.Header(**header("JW301", head)), Client=client))


def start(head: Head, person: Person, care: Care, begin: date, status: str = "1") -> bytes:
    """JW305: care started; with status 3 that start is withdrawn."""
    line = jw305.StartProduct(**_delivery(care, begin, status))
    client = jw305.Client(**_short(person), StartProducten=(line,))
    return write("JW305", jw305.Bericht(Header=jw305.Header(**header("JW305", head)), Client=client))


def stop(head: Head, person: Person, care: Care, begin: date, end: date) -> bytes:
    """JW307: care ended as planned."""
    line = jw307.StopProduct(**_delivery(care, begin, "1"), RedenBeeindiging="31", Einddatum=end)
    client = jw307.Client(**_short(person), StopProducten=(line,))
    return write("JW307", jw307.Bericht(Header=jw307.Header(**header("JW307", head)), Client=client))


def declaratie(head: Head, person: Person, care: Care, month: basis.GeslotenPeriode, tarief: int) -> bytes:
    """JW323: everything assigned is claimed for one month; `tarief` in eurocents."""
    assert care.product.Code is not None, "a claim names a product"
    amount = care.volume * tarief
    line = jw323.Prestatie(
        ProductReferentie=basis.Referentie(ReferentieNummer=f"{head.identificatie}1"),
        ToewijzingNummer=care.nummer,
        ProductCategorie=care.product.Categorie,
        ProductCode=care.product.Code,
        ProductPeriode=month,
        GeleverdVolume=care.volume,
        Eenheid=care.eenheid,
        ProductTarief=tarief,
        IngediendBedrag=basis.BedragMetDC(Bedrag=amount, DebetCredit="D"),
    )
    claim = jw323.Declaratie(
        DeclaratieNummer=head.identificatie,
        DeclaratiePeriode=month,
        DeclaratieDagtekening=head.dagtekening,
        TotaalIngediendBedrag=basis.TotaalBedragMetDC(TotaalBedrag=amount, DebetCredit="D"),
        Clienten=(jw323.Client(Bsn=person.bsn, Prestaties=(line,)),),
    )
    return write("JW323", jw323.Bericht(Header=jw323.Header(**header("JW323", head)), Declaratie=claim))


def toewijzing_retour(assigned: Head, identificatie: str, today: date) -> bytes:
    """JW302: an aanbieder that answers for itself found nothing wrong with an assignment (IV028)."""
    own = jw302.Header(
        **header("JW302", assigned),
        IdentificatieRetour=identificatie,
        DagtekeningRetour=today,
        XsdVersieRetour=xsd_versie(),
    )
    return write("JW302", jw302.Bericht(Header=own))


def name_of(body: bytes) -> str:
    """The type of a message that was built here."""
    return sniff(body).bericht


def _short(person: Person) -> dict[str, Any]:
    achternaam = basis.Achternaam(Achternaam=person.achternaam)
    return {
        "Bsn": person.bsn,
        "Geboortedatum": basis.Geboortedatum(Datum=person.geboren),
        "Geslacht": person.geslacht,
        "Naam": basis.VerkorteNaam(Geslachtsnaam=achternaam, Voornamen=person.voornamen),
    }


def _omvang(care: Care) -> basis.Omvang:
    return basis.Omvang(Volume=care.volume, Eenheid=care.eenheid, Frequentie="4")


def _delivery(care: Care, begin: date, status: str) -> dict[str, Any]:
    return {
        "ToewijzingNummer": care.nummer,
        "Product": care.product,
        "ToewijzingIngangsdatum": care.ingang,
        "Begindatum": begin,
        "StatusAanlevering": status,
    }
