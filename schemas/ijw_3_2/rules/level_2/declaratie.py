"""Claims (JW323) and the answers to them (JW325)."""

from __future__ import annotations

from datetime import date

from schemas.ijw_3_2.berichten import Bericht, basis, jw323, jw325
from schemas.ijw_3_2.rules.level_2.common import (
    Prestatie,
    dagtekening,
    last_day,
    prestaties,
    repeated,
    signed,
    total,
    years_before,
)
from schemas.ijw_3_2.rules.registry import rule

FIRST_PERIOD = date(2021, 1, 1)

# --- periods ---------------------------------------------------------------------------------------


def _period(claimed: jw323.Declaratie | Prestatie) -> basis.GeslotenPeriode:
    return claimed.DeclaratiePeriode if isinstance(claimed, jw323.Declaratie) else claimed.ProductPeriode


@rule(
    "TR137",
    level=2,
    code="0001",
    element="DeclaratiePeriode.Einddatum ProductPeriode.Einddatum",
    says="A claimed period does not end before it begins, and is over by Dagtekening.",
)
def _(claimed: jw323.Declaratie | Prestatie, bericht: Bericht) -> bool:
    period = _period(claimed)
    return period.Begindatum <= period.Einddatum <= dagtekening(bericht)


@rule(
    "CS100",
    level=2,
    code="0001",
    element="DeclaratiePeriode.Begindatum ProductPeriode.Begindatum",
    says="A claimed period lies in 2021 or later.",
)
def _(claimed: jw323.Declaratie | jw323.Prestatie, bericht: Bericht) -> bool:
    # Its Einddatum is not earlier (TR137).
    return _period(claimed).Begindatum >= FIRST_PERIOD


@rule(
    "CS340",
    level=2,
    code="0001",
    element="DeclaratiePeriode",
    says="DeclaratiePeriode is one whole calendar month.",
)
def _(declaratie: jw323.Declaratie, bericht: Bericht) -> bool:
    first, last = declaratie.DeclaratiePeriode.Begindatum, declaratie.DeclaratiePeriode.Einddatum
    return first.day == 1 and last == first.replace(day=last_day(first.year, first.month))


@rule(
    "CS337",
    level=2,
    code="0001",
    element="ProductPeriode.Einddatum ProductPeriode.Begindatum",
    says="ProductPeriode stays within one calendar month.",
)
def _(prestatie: jw323.Prestatie, bericht: Bericht) -> bool:
    first, last = prestatie.ProductPeriode.Begindatum, prestatie.ProductPeriode.Einddatum
    return first.year == last.year and first.month == last.month


@rule(
    "TR335",
    level=2,
    code="0001",
    among=True,
    element="ProductPeriode.Einddatum",
    says="Care is claimed within five years: no ProductPeriode ends longer before DeclaratieDagtekening.",
)
def _(declaratie: jw323.Declaratie, bericht: Bericht) -> list[jw323.Prestatie]:
    earliest = years_before(declaratie.DeclaratieDagtekening, 5)
    return [prestatie for prestatie in prestaties(declaratie) if prestatie.ProductPeriode.Einddatum < earliest]


# --- amounts ---------------------------------------------------------------------------------------


@rule(
    "CS325",
    level=2,
    code="0001",
    element="TotaalToegekendBedrag.DebetCredit TotaalIngediendBedrag.DebetCredit IngediendBedrag.DebetCredit",
    says="An amount of 0 is a debit (DebetCredit D).",
)
def _(node: jw323.Declaratie | jw325.DeclaratieAntwoord | Prestatie, bericht: Bericht) -> bool:
    if isinstance(node, Prestatie):
        return node.IngediendBedrag.Bedrag != 0 or node.IngediendBedrag.DebetCredit == "D"
    if isinstance(node, jw325.DeclaratieAntwoord) and not _zero_is_debit(node.TotaalToegekendBedrag):
        return False
    return _zero_is_debit(node.TotaalIngediendBedrag)


def _zero_is_debit(bedrag: basis.TotaalBedragMetDC) -> bool:
    return bedrag.TotaalBedrag != 0 or bedrag.DebetCredit == "D"


@rule(
    "CS339",
    level=2,
    code="0001",
    element="IngediendBedrag.Bedrag GeleverdVolume",
    says="In euro (Eenheid 83) the Bedrag is the GeleverdVolume.",
)
def _(prestatie: jw323.Prestatie, bericht: Bericht) -> bool:
    return prestatie.Eenheid != "83" or prestatie.IngediendBedrag.Bedrag == prestatie.GeleverdVolume


@rule(
    "CD087",
    level=2,
    code="0001",
    element="ProductTarief Eenheid",
    says="ProductTarief is given for every Eenheid but euro (83).",
)
def _(prestatie: jw323.Prestatie, bericht: Bericht) -> bool:
    return (prestatie.ProductTarief is None) == (prestatie.Eenheid == "83")


@rule(
    "TR358",
    level=2,
    code="0001",
    element="TotaalIngediendBedrag",
    says="TotaalIngediendBedrag is what the Prestaties add up to, debit minus credit.",
)
def _(declaratie: jw323.Declaratie, bericht: Bericht) -> bool:
    claimed = declaratie.TotaalIngediendBedrag
    return signed(claimed.TotaalBedrag, claimed.DebetCredit) == total(declaratie.Clienten)


@rule(
    "TR342",
    level=2,
    code="0001",
    element="TotaalToegekendBedrag TotaalIngediendBedrag",
    says="The returned Prestaties add up to what was claimed but not granted, unless the whole claim is refused.",
)
def _(antwoord: jw325.DeclaratieAntwoord, bericht: Bericht) -> bool:
    claimed, granted = antwoord.TotaalIngediendBedrag, antwoord.TotaalToegekendBedrag
    difference = signed(claimed.TotaalBedrag, claimed.DebetCredit) - signed(granted.TotaalBedrag, granted.DebetCredit)
    refused = any(code not in ("0200", "8001") for code in antwoord.RetourCodes)
    return refused or total(antwoord.Clienten) == difference


# --- references ------------------------------------------------------------------------------------


@rule(
    "CD060",
    level=2,
    code="0001",
    element="ProductReferentie.VorigReferentieNummer IngediendBedrag.DebetCredit",
    says="A credit (DebetCredit C) has a VorigReferentieNummer, a debit has none.",
)
def _(prestatie: Prestatie, bericht: Bericht) -> bool:
    credit = prestatie.IngediendBedrag.DebetCredit == "C"
    return (prestatie.ProductReferentie.VorigReferentieNummer is not None) == credit


@rule(
    "TR315",
    level=2,
    code="0001",
    among=True,
    element="ProductReferentie.VorigReferentieNummer",
    says="A Prestatie is credited once in a message.",
)
def _(declaratie: jw323.Declaratie, bericht: Bericht) -> list[jw323.Prestatie]:
    credits = (p for p in prestaties(declaratie) if p.ProductReferentie.VorigReferentieNummer is not None)
    return repeated(credits, lambda p: p.ProductReferentie.VorigReferentieNummer)


@rule(
    "TR316",
    level=2,
    code="0001",
    among=True,
    element="ProductReferentie.VorigReferentieNummer",
    says="A Prestatie is not credited in the message that claims it.",
)
def _(declaratie: jw323.Declaratie, bericht: Bericht) -> list[jw323.Prestatie]:
    claimed = {p.ProductReferentie.ReferentieNummer for p in prestaties(declaratie)}
    return [p for p in prestaties(declaratie) if p.ProductReferentie.VorigReferentieNummer in claimed]


@rule(
    "TR416",
    level=2,
    code="0001",
    among=True,
    element="ToewijzingNummer ProductCategorie ProductCode ProductPeriode",
    says="A product is claimed once per ToewijzingNummer and ProductPeriode in a message; credits do not count.",
)
def _(declaratie: jw323.Declaratie, bericht: Bericht) -> list[jw323.Prestatie]:
    debits = (p for p in prestaties(declaratie) if p.IngediendBedrag.DebetCredit == "D")
    return repeated(debits, lambda p: (p.ToewijzingNummer, p.ProductCategorie, p.ProductCode, p.ProductPeriode))
