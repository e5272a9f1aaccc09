"""The content of the kit's messages, as functions that a step names. Each returns what builds it for a casus."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace

from schemas.ijw_3_2.berichten import Bericht, basis, jw301, jw305, jw307, jw315, jw317, jw319, jw323
from streams.conformance.casus import Casus
from streams.conformance.scenarios import Build
from streams.simulating import letters
from streams.simulating.letters import Head
from streams.simulating.region import Youth

Product = Callable[[Casus], jw301.ToegewezenProduct]
AMBULANT = basis.Product(Categorie="45", Code="45A04")
TARIFF = 7_500
"""Euro cents for an hour."""
NOBODYS = 99_999_999
"""A ToewijzingNummer that nobody issued."""


# --- by a gemeente -----------------------------------------------------------------------------------


def product(place: int = 1, **changes: Any) -> Product:
    """Eight hours a month; `changes` to its elements."""

    def made(casus: Casus) -> jw301.ToegewezenProduct:
        plain = jw301.ToegewezenProduct(
            ToewijzingNummer=casus.nummer(place),
            Product=AMBULANT if place == 1 else basis.Product(Categorie="54", Code=f"54A0{place}"),
            Toewijzingsdatum=casus.ingang,
            Toewijzingstijd="09:30:00",
            Ingangsdatum=casus.ingang,
            Einddatum=casus.einde,
            Omvang=basis.Omvang(Volume=8, Eenheid="04", Frequentie="4"),
        )
        return replace(plain, **changes)

    return made


def toewijzing(*products: Product, other_client: bool = False) -> Build:
    """JW301 with these products."""

    def made(casus: Casus, head: Head) -> Bericht:
        lines = [one(casus) for one in products or (product(),)]
        return letters.toewijzing(head, _other(casus) if other_client else casus.youth, lines)

    return made


def wrong_period(casus: Casus) -> jw301.ToegewezenProduct:
    """A product that ends before it begins (CS003)."""
    return replace(product()(casus), Einddatum=casus.ingang - timedelta(days=1))


def unasked(casus: Casus) -> jw301.ToegewezenProduct:
    """A second product that grants a request that was never made (TR379)."""
    return product(2, ReferentieAanbieder="NOOITGEVRAAGD")(casus)


def granted_request(casus: Casus, head: Head) -> Bericht:
    """JW301: all that the vendor's JW315 asks for, as asked for."""
    client = casus.exchanged["verzoek"].Client
    lines = [_as_asked(casus, place, one) for place, one in enumerate(client.AangevraagdeProducten, 1)]
    return letters.toewijzing(head, _youth(casus, client), lines)


def _as_asked(casus: Casus, place: int, asked: jw315.AangevraagdProduct) -> jw301.ToegewezenProduct:
    return jw301.ToegewezenProduct(
        ToewijzingNummer=casus.nummer(place),
        ReferentieAanbieder=asked.ReferentieAanbieder,
        Product=asked.Product,
        Toewijzingsdatum=casus.today,
        Toewijzingstijd="09:30:00",
        Ingangsdatum=asked.ToewijzingIngangsdatum,
        Einddatum=asked.ToewijzingEinddatum,
        Omvang=asked.Omvang,
        Budget=asked.Budget,
    )


def granted_change(casus: Casus, head: Head) -> Bericht:
    """JW301: the end that the vendor's JW317 asks for, under the same number."""
    asked: jw317.Verzoek = casus.exchanged["wijziging"].Client.Verzoek
    longer = product(
        ReferentieAanbieder=asked.ReferentieAanbieder,
        Toewijzingsdatum=casus.today,
        Einddatum=asked.TeWijzigenProducten[0].Einddatum,
        RedenWijziging="12",
    )
    return letters.toewijzing(head, casus.youth, [longer(casus)])


def antwoord(
    verzoek_antwoord: str, reden: str | None = None, to: str = "verzoek", elsewhere: str | None = None
) -> Build:
    """JW319 to the request of this name; to one that was never made when there is none."""

    def made(casus: Casus, head: Head) -> Bericht:
        said = jw319.Antwoord(
            ReferentieAanbieder=_reference_of(casus.exchanged.get(to)),
            VerzoekAntwoord=verzoek_antwoord,
            RedenAfwijzingVerzoek=reden,
            Woonplaatsbeginsel=jw319.Woonplaatsbeginsel(Gemeente=elsewhere) if elsewhere else None,
        )
        return letters.antwoord(head, said)

    return made


def _reference_of(request: Any) -> str:
    if isinstance(request, jw315.Bericht):
        return request.Client.AangevraagdeProducten[0].ReferentieAanbieder
    return str(request.Client.Verzoek.ReferentieAanbieder) if request else "NOOITGEVRAAGD"


# --- by an aanbieder ---------------------------------------------------------------------------------


def verzoek(place: int = 1, **changes: Any) -> Build:
    """JW315 for eight hours a month."""

    def made(casus: Casus, head: Head) -> Bericht:
        plain = jw315.AangevraagdProduct(
            ReferentieAanbieder=casus.referentie(place),
            Product=AMBULANT,
            ToewijzingIngangsdatum=casus.ingang,
            ToewijzingEinddatum=casus.einde,
            Omvang=basis.Omvang(Volume=8, Eenheid="04", Frequentie="4"),
            Verwijzer=letters.verwijzer("02"),
        )
        return letters.verzoek(head, casus.youth, [replace(plain, **changes)])

    return made


def wrong_verzoek(casus: Casus, head: Head) -> Bericht:
    """JW315 for a period that ends before it begins (CS003)."""
    return verzoek(ToewijzingEinddatum=casus.ingang - timedelta(days=1))(casus, head)


def wijziging(casus: Casus, head: Head) -> Bericht:
    """JW317: the assignment a month longer."""
    now = casus.toegewezen
    change = jw317.TeWijzigenProduct(
        ToewijzingNummer=now.ToewijzingNummer,
        GewensteIngangsdatum=now.Ingangsdatum,
        Einddatum=(now.Einddatum or casus.einde) + timedelta(days=30),
        Omvang=now.Omvang,
        Budget=now.Budget,
    )
    asked = jw317.Verzoek(ReferentieAanbieder=casus.referentie(9), RedenVerzoek="2", TeWijzigenProducten=(change,))
    return letters.wijziging(head, casus.youth.bsn, asked)


def start(days: int = 0, status: str = "1", nummer: int | None = None) -> Build:
    """JW305 on the vendor's assignment, so many days after care may begin; status 3 withdraws it."""

    def made(casus: Casus, head: Head) -> Bericht:
        begin = _begin(casus) + timedelta(days=days)
        line = jw305.StartProduct(**_delivery(casus, nummer), Begindatum=begin, StatusAanlevering=status)
        return letters.start(head, casus.youth, [line])

    return made


def stop(days: int = 0, reden: str = "31", before: int = 0, nummer: int | None = None) -> Build:
    """JW307 of the start so many days after care began; `before` it began, so many days, when that is wrong."""

    def made(casus: Casus, head: Head) -> Bericht:
        begin = _begin(casus) + timedelta(days=days)
        line = jw307.StopProduct(
            **_delivery(casus, nummer),
            Begindatum=begin,
            RedenBeeindiging=reden,
            Einddatum=begin - timedelta(days=before) if before else begin + timedelta(days=1),
            StatusAanlevering="1",
        )
        return letters.stop(head, casus.youth, [line])

    return made


def _begin(casus: Casus) -> date:
    return casus.toegewezen.Ingangsdatum if "toewijzing" in casus.exchanged else casus.ingang


def _delivery(casus: Casus, nummer: int | None) -> dict[str, Any]:
    if nummer is not None:
        return {"ToewijzingNummer": nummer, "Product": AMBULANT, "ToewijzingIngangsdatum": casus.ingang}
    now = casus.toegewezen
    return {
        "ToewijzingNummer": now.ToewijzingNummer,
        "Product": now.Product,
        "ToewijzingIngangsdatum": now.Ingangsdatum,
    }


Line = Callable[[Casus], jw323.Prestatie]


def line(place: int = 1, **changes: Any) -> Line:
    """One hour on the vendor's assignment in its first month; `changes` to its elements."""

    def made(casus: Casus) -> jw323.Prestatie:
        now, kind = casus.toegewezen, AMBULANT
        if now.Product is not None:
            kind = replace(now.Product, Code=now.Product.Code or f"{now.Product.Categorie}A04")
        unit = now.Omvang.Eenheid if now.Omvang else "83"
        plain = jw323.Prestatie(
            ProductReferentie=basis.Referentie(ReferentieNummer=casus.referentie(place)),
            ToewijzingNummer=now.ToewijzingNummer,
            ProductCategorie=kind.Categorie,
            ProductCode=str(kind.Code),
            ProductPeriode=_first_month(casus),
            GeleverdVolume=1 if unit != "83" else TARIFF,
            Eenheid=unit,
            ProductTarief=TARIFF if unit != "83" else None,
            IngediendBedrag=basis.BedragMetDC(Bedrag=TARIFF, DebetCredit="D"),
        )
        return replace(plain, **changes)

    return made


def _first_month(casus: Casus) -> basis.GeslotenPeriode:
    """The month before this one, as far as the vendor's assignment runs in it."""
    now, month = casus.toegewezen, casus.month
    last = month.Einddatum if now.Einddatum is None else min(month.Einddatum, now.Einddatum)
    return basis.GeslotenPeriode(Begindatum=max(month.Begindatum, now.Ingangsdatum), Einddatum=last)


def declaratie(*lines: Line, place: int = 1, other_client: bool = False, too_much: int = 0) -> Build:
    """JW323 with these lines; `too_much` euro cents in its total (TR358)."""

    def made(casus: Casus, head: Head) -> jw323.Bericht:
        bsn = _other(casus).bsn if other_client else casus.youth.bsn
        client = jw323.Client(Bsn=bsn, Prestaties=tuple(one(casus) for one in lines))
        bericht = letters.declaratie(head, casus.referentie(50 + place), casus.month, [client])
        total = letters.amount(sum(map(letters.signed, client.Prestaties)) + too_much)
        claim = replace(bericht.Declaratie, TotaalIngediendBedrag=total)
        return jw323.Bericht(Header=bericht.Header, Declaratie=claim)

    return made


# --- people ------------------------------------------------------------------------------------------


def _other(casus: Casus) -> Youth:
    """Another client than that of the casus."""
    return casus.run.casus(casus.number + 40, casus.today).youth


def _youth(casus: Casus, client: jw315.Client) -> Youth:
    """The client whom the vendor chose."""
    return Youth(
        bsn=client.Bsn,
        geboren=client.Geboortedatum.Datum,
        achternaam=client.Naam.Geslachtsnaam.Achternaam,
        voornamen=client.Naam.Voornamen or "Onbekend",
        geslacht=client.Geslacht,
        gemeente=casus.run.gemeente,
    )
