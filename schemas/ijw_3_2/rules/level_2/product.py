"""What is granted or asked for: ToegewezenProduct (JW301), AangevraagdProduct (JW315), and the products of JW317."""

from __future__ import annotations

from schemas.ijw_3_2.berichten import Bericht, jw301, jw315, jw317
from schemas.ijw_3_2.dossier.history import is_deleted
from schemas.ijw_3_2.rules.level_2.common import AnyProductLine, ProductLine, end, ends_before_2021, overlapping
from schemas.ijw_3_2.rules.registry import rule

# --- Product, Omvang, Budget and end date ----------------------------------------------------------


@rule("CD041", level=2, code="0001", element="Omvang Product.Code", says="A product with a Code has an Omvang.")
def _(line: ProductLine, bericht: Bericht) -> bool:
    return not _has_code(line) or line.Omvang is not None


@rule(
    "CD075",
    level=2,
    code="0001",
    element="Einddatum ToewijzingEinddatum Budget",
    says="A Budget is given for a period with an end date.",
)
def _(line: AnyProductLine, bericht: Bericht) -> bool:
    return line.Budget is None or end(line) is not None


@rule(
    "CD076",
    level=2,
    code="0001",
    element="Einddatum ToewijzingEinddatum Omvang",
    says="An Omvang per week (Frequentie 2) is given for a period with an end date.",
)
def _(line: AnyProductLine, bericht: Bericht) -> bool:
    return line.Omvang is None or line.Omvang.Frequentie != "2" or end(line) is not None


@rule("CD077", level=2, code="0001", element="Omvang Budget", says="Where there is a Budget there is no Omvang.")
def _(line: AnyProductLine, bericht: Bericht) -> bool:
    return line.Budget is None or line.Omvang is None


@rule("CD078", level=2, code="0001", element="Budget Omvang", says="Where there is an Omvang there is no Budget.")
def _(line: AnyProductLine, bericht: Bericht) -> bool:
    return line.Omvang is None or line.Budget is None


@rule("CD079", level=2, code="0001", element="Product Budget", says="Only with a Budget may the Product be left out.")
def _(line: ProductLine, bericht: Bericht) -> bool:
    return line.Budget is not None or line.Product is not None


@rule(
    "CD080",
    level=2,
    code="0001",
    element="Omvang Product Einddatum",
    says="A ToegewezenProduct without Code has no Omvang, unless it ended before 2021.",
)
def _(line: jw301.ToegewezenProduct, bericht: Bericht) -> bool:
    return _omvang_needs_code(line)


@rule(
    "CD095",
    level=2,
    code="0001",
    element="Omvang Product ToewijzingEinddatum",
    says="An AangevraagdProduct without Code has no Omvang, unless it ended before 2021.",
)
def _(line: jw315.AangevraagdProduct, bericht: Bericht) -> bool:
    return _omvang_needs_code(line)


@rule(
    "CD096",
    level=2,
    code="0001",
    element="Omvang Product Einddatum",
    says="A NieuwProduct without Code has no Omvang, unless it ended before 2021.",
)
def _(line: jw317.NieuwProduct, bericht: Bericht) -> bool:
    return _omvang_needs_code(line)


@rule(
    "CS338",
    level=2,
    code="0001",
    element="Omvang.Frequentie Omvang.Eenheid Einddatum",
    says="Eenheid 14, 16, 83 and 84 are given per week, per month or in total, unless it ended before 2021.",
)
def _(line: jw301.ToegewezenProduct | jw317.NieuwProduct | jw317.TeWijzigenProduct, bericht: Bericht) -> bool:
    return _frequentie_fits_eenheid(line)


@rule(
    "CS343",
    level=2,
    code="0001",
    element="Omvang.Frequentie Omvang.Eenheid ToewijzingEinddatum",
    says="Eenheid 14, 16, 83 and 84 are asked for per week, per month or in total, unless it ended before 2021.",
)
def _(line: jw315.AangevraagdProduct, bericht: Bericht) -> bool:
    return _frequentie_fits_eenheid(line)


def _has_code(line: ProductLine) -> bool:
    return line.Product is not None and line.Product.Code is not None


def _omvang_needs_code(line: ProductLine) -> bool:
    return line.Omvang is None or _has_code(line) or ends_before_2021(line)


def _frequentie_fits_eenheid(line: AnyProductLine) -> bool:
    if line.Omvang is None or line.Omvang.Eenheid not in ("14", "16", "83", "84"):
        return True
    return line.Omvang.Frequentie in ("2", "4", "6") or ends_before_2021(line)


# --- ToegewezenProduct -----------------------------------------------------------------------------


@rule(
    "CS335",
    level=2,
    code="0001",
    element="RedenWijziging Ingangsdatum Einddatum",
    says="A ToegewezenProduct that is deleted (RedenWijziging 13) ends on the day it begins.",
)
def _(line: jw301.ToegewezenProduct, bericht: Bericht) -> bool:
    return line.RedenWijziging != "13" or line.Einddatum == line.Ingangsdatum


@rule("CS336", level=2, code="0001", element="RedenWijziging", says="RedenWijziging 01 is no longer in use.")
def _(line: jw301.ToegewezenProduct, bericht: Bericht) -> bool:
    return line.RedenWijziging != "01"


@rule(
    "TR302",
    level=2,
    code="0001",
    among=True,
    element="Ingangsdatum Einddatum Product RedenWijziging",
    says="The periods of ToegewezenProducten for the same product have no day in common; deleted ones do not count.",
)
def _(client: jw301.Client, bericht: Bericht) -> list[jw301.ToegewezenProduct]:
    return overlapping(line for line in client.ToegewezenProducten if not is_deleted(line))
