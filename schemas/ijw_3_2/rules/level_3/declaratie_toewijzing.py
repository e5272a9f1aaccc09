"""Claims (JW323) against the assignments they are made on. Never against starts and stops (OP364).

A credit repeats a debit that was granted (TR323), so it is not compared with what became of the assignment since: it
could never be sent again otherwise (IV085).
"""

from __future__ import annotations

from schemas.ijw_3_2.berichten import jw301, jw323
from schemas.ijw_3_2.dossier.claims import volume
from schemas.ijw_3_2.dossier.history import LinePast
from schemas.ijw_3_2.outside import Needs
from schemas.ijw_3_2.rules import volumes
from schemas.ijw_3_2.rules.registry import rule
from schemas.ijw_3_2.rules.volumes import last_of_month

CONTRACT = Needs("the contract, which gives the Eenheid where the assignment has no Omvang")

# --- the assignment --------------------------------------------------------------------------------


@rule(
    "TR338",
    level=3,
    code="9338",
    element="ToewijzingNummer",
    says="A Prestatie refers to an assignment that this gemeente issued to this aanbieder.",
)
def _(prestatie: jw323.Prestatie, past: LinePast) -> bool:
    return past.assigned is not None


@rule(
    "TR384",
    level=3,
    code="9384",
    only="D",
    element="ToewijzingNummer",
    says="Nothing is claimed on an assignment that was deleted (RedenWijziging 13).",
)
def _(prestatie: jw323.Prestatie, assigned: jw301.ToegewezenProduct) -> bool:
    return assigned.RedenWijziging != "13"


@rule(
    "TR339",
    level=3,
    code="9339",
    only="D",
    element="ProductCategorie",
    says="ProductCategorie is that of the assignment, where it has one.",
)
def _(prestatie: jw323.Prestatie, assigned: jw301.ToegewezenProduct) -> bool:
    return assigned.Product is None or prestatie.ProductCategorie == assigned.Product.Categorie


@rule(
    "TR340",
    level=3,
    code="9340",
    only="D",
    element="ProductCode",
    says="ProductCode is that of the assignment, where it has one.",
)
def _(prestatie: jw323.Prestatie, assigned: jw301.ToegewezenProduct) -> bool:
    return assigned.Product is None or assigned.Product.Code in (None, prestatie.ProductCode)


@rule(
    "TR341",
    level=3,
    code="9341",
    only="D",
    element="Eenheid",
    says="Eenheid is that of the assignment, or of the contract where it has none; hours may be claimed in minutes.",
    undecided=CONTRACT.what,
)
def _(prestatie: jw323.Prestatie, past: LinePast) -> bool | Needs:
    if past.assigned is None:
        return True
    if past.assigned.Omvang is not None:
        return _fits(prestatie.Eenheid, past.assigned.Omvang.Eenheid)
    if past.history.moment.sources.contracten is None:
        return CONTRACT
    return any(_fits(prestatie.Eenheid, line.eenheid) for line in past.contract(prestatie))


def _fits(claimed: str, agreed: str) -> bool:
    return claimed == agreed or (claimed == "01" and agreed == "04")


# --- the period ------------------------------------------------------------------------------------


@rule(
    "TR307",
    level=3,
    code="9307",
    only="D",
    element="ProductPeriode.Begindatum",
    says="A ProductPeriode does not begin before the assignment.",
)
def _(prestatie: jw323.Prestatie, assigned: jw301.ToegewezenProduct) -> bool:
    return prestatie.ProductPeriode.Begindatum >= assigned.Ingangsdatum


@rule(
    "TR308",
    level=3,
    code="9308",
    only="D",
    element="ProductPeriode.Einddatum",
    says="A ProductPeriode does not end after the assignment.",
)
def _(prestatie: jw323.Prestatie, assigned: jw301.ToegewezenProduct) -> bool:
    return assigned.Einddatum is None or prestatie.ProductPeriode.Einddatum <= assigned.Einddatum


@rule(
    "TR387",
    level=3,
    code="9387",
    only="D",
    element="ProductPeriode.Begindatum",
    says="A ProductPeriode begins on the first of the month, or with an assignment that begins later in that month.",
)
def _(prestatie: jw323.Prestatie, assigned: jw301.ToegewezenProduct) -> bool:
    first = prestatie.ProductPeriode.Begindatum
    return first.day == 1 or first == assigned.Ingangsdatum


@rule(
    "TR388",
    level=3,
    code="9388",
    only="D",
    element="ProductPeriode.Einddatum",
    says="A ProductPeriode ends on the last of the month, or with an assignment that ends earlier in that month.",
)
def _(prestatie: jw323.Prestatie, assigned: jw301.ToegewezenProduct) -> bool:
    last = prestatie.ProductPeriode.Einddatum
    return last == assigned.Einddatum or last == last_of_month(last)


# --- volume and money ------------------------------------------------------------------------------


@rule(
    "TR321",
    level=3,
    code="9321",
    only="D",
    element="GeleverdVolume ProductPeriode",
    says="GeleverdVolume is not more than the Omvang of the assignment allows in the ProductPeriode.",
    undecided="what the parties agreed on output-based care in part of a month, or without a Sunday",
)
def _(prestatie: jw323.Prestatie, assigned: jw301.ToegewezenProduct) -> bool | Needs:
    omvang = assigned.Omvang
    if omvang is None:
        return True
    most = volumes.largest_in_period(assigned, omvang, prestatie.ProductPeriode)
    if isinstance(most, Needs):
        return most
    if volume(prestatie.GeleverdVolume, prestatie.Eenheid) > volume(most, omvang.Eenheid):
        return False
    return volumes.AGREEMENT if volumes.is_agreed(omvang, prestatie.ProductPeriode) else True


@rule(
    "TR322",
    level=3,
    code="9322",
    only="D",
    element="GeleverdVolume",
    says="All GeleverdVolume claimed on an assignment is not more than its Omvang allows over its whole period.",
    undecided="what the parties agreed on an output-based assignment without a Sunday",
)
def _(prestatie: jw323.Prestatie, past: LinePast) -> bool | Needs:
    assigned = past.assigned
    if assigned is None or assigned.Omvang is None:
        return True
    most = volumes.largest_in_total(assigned, assigned.Omvang)
    if most is None or isinstance(most, Needs):
        return most or True
    claimed = past.account.volume + volume(prestatie.GeleverdVolume, prestatie.Eenheid)
    return claimed <= volume(most, assigned.Omvang.Eenheid)


# Budget is money, so what is added up is IngediendBedrag; for Eenheid 83 that is the GeleverdVolume (CS339).
@rule(
    "TR369",
    level=3,
    code="9369",
    only="D",
    element="IngediendBedrag",
    says="All IngediendBedrag claimed on an assignment is not more than its Budget.",
)
def _(prestatie: jw323.Prestatie, past: LinePast) -> bool:
    if past.assigned is None or past.assigned.Budget is None:
        return True
    return past.account.amount + prestatie.IngediendBedrag.Bedrag <= past.assigned.Budget
