"""Claims (JW323) of any size that pass level 2."""

from __future__ import annotations

from datetime import date

from schemas.ijw_3_2.berichten import basis, jw323
from schemas.ijw_3_2.writing import write
from tests.support.load import BSNS, VERSIE

APRIL = basis.GeslotenPeriode(Begindatum=date(2026, 4, 1), Einddatum=date(2026, 4, 30))
LINES_PER_CLIENT = 2
TARIFF = 9350


def declaratie(lines: int, gemeente: str = "0392", aanbieder: str = "65656001") -> bytes:
    """A claim of so many lines over April 2026, two for each client; amounts in euro cents."""
    prestaties = [prestatie(number) for number in range(1, lines + 1)]
    clients = tuple(
        jw323.Client(Bsn=bsn_of(n + 1), Prestaties=tuple(prestaties[n : n + LINES_PER_CLIENT]))
        for n in range(0, lines, LINES_PER_CLIENT)
    )
    total = sum(p.IngediendBedrag.Bedrag for p in prestaties)
    header = jw323.Header(
        BerichtCode="490",
        BerichtVersie=3,
        BerichtSubversie=2,
        Afzender=aanbieder,
        Ontvanger=gemeente,
        BerichtIdentificatie=basis.BerichtIdentificatie(Identificatie="D202604", Dagtekening=date(2026, 5, 6)),
        XsdVersie=VERSIE,
    )
    body = jw323.Declaratie(
        DeclaratieNummer="D202604",
        DeclaratiePeriode=APRIL,
        DeclaratieDagtekening=date(2026, 5, 6),
        TotaalIngediendBedrag=basis.TotaalBedragMetDC(TotaalBedrag=total, DebetCredit="D"),
        Clienten=clients,
    )
    return write("JW323", jw323.Bericht(Header=header, Declaratie=body))


def prestatie(number: int) -> jw323.Prestatie:
    """One line with a number of its own."""
    volume = 1 + number % 20
    return jw323.Prestatie(
        ProductReferentie=basis.Referentie(ReferentieNummer=f"RN{number:08}"),
        ToewijzingNummer=number,
        ProductCategorie="45",
        ProductCode="45A01",
        ProductPeriode=APRIL,
        GeleverdVolume=volume,
        Eenheid="04",
        ProductTarief=TARIFF,
        IngediendBedrag=basis.BedragMetDC(Bedrag=volume * TARIFF, DebetCredit="D"),
    )


def bsn_of(number: int) -> str:
    """The client of a line, and of the assignment with the same number; every pair of lines has one of its own."""
    return BSNS[((number - 1) // LINES_PER_CLIENT) % len(BSNS)]
