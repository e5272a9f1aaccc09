"""Requests (JW315, JW317) against earlier requests and the assignments they build on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from schemas.ijw_3_2.berichten import basis, jw301, jw315, jw317
from schemas.ijw_3_2.dossier.history import History, is_current, is_deleted
from schemas.ijw_3_2.dossier.keys import numbers_in
from schemas.ijw_3_2.rules.level_2.common import ends_before_2021, overlapping
from schemas.ijw_3_2.rules.registry import rule

# --- the request itself ----------------------------------------------------------------------------


@rule(
    "TR347",
    level=3,
    code="9347",
    element="ReferentieAanbieder",
    says="An aanbieder uses a ReferentieAanbieder for one request.",
)
def _(line: jw315.AangevraagdProduct | jw317.Verzoek, history: History) -> bool:
    return history.request(line.ReferentieAanbieder).asked is None


@rule(
    "TR374",
    level=3,
    code="9374",
    element="Bsn",
    says="No request is made for a client while an earlier one is open.",
)
def _(client: jw315.Client | jw317.Client, history: History) -> bool:
    return not history.has_open_request()


# --- a request for change, against all assignments of the client -----------------------------------


@rule(
    "TR349",
    level=3,
    code="9349",
    element="OngewijzigdeProducten TeWijzigenProducten",
    says="A Verzoek names every current assignment of the client, as unchanged or as to be changed.",
)
def _(verzoek: jw317.Verzoek, history: History) -> bool:
    named = numbers_in(verzoek)
    return all(product.ToewijzingNummer in named for product in history.current_assignments())


@rule(
    "TR350",
    level=3,
    code="9350",
    element="ToewijzingNummer",
    says="An OngewijzigdProduct refers to a current assignment.",
)
def _(line: jw317.OngewijzigdProduct, history: History) -> bool:
    return _is_current(line.ToewijzingNummer, history)


@rule(
    "TR351",
    level=3,
    code="9351",
    element="ToewijzingNummer",
    says="A TeWijzigenProduct refers to a current assignment.",
)
def _(line: jw317.TeWijzigenProduct, history: History) -> bool:
    return _is_current(line.ToewijzingNummer, history)


def _is_current(number: int, history: History) -> bool:
    assigned = history.assigned(number)
    return assigned is not None and is_current(assigned, history.dagtekening)


@rule(
    "TR361",
    level=3,
    code="9361",
    among=True,
    element="ToewijzingNummer Product GewensteIngangsdatum Einddatum",
    says="In what a Verzoek asks for as a whole, periods for the same product have no day in common.",
)
def _(verzoek: jw317.Verzoek, history: History) -> list[Struct]:
    asked = list(_situation(verzoek, history))
    lines = {id(wanted): line for line, wanted in asked}
    return [lines[id(wanted)] for wanted in overlapping(wanted for _, wanted in asked)]


def _situation(verzoek: jw317.Verzoek, history: History) -> Iterator[tuple[Struct, jw317.NieuwProduct]]:
    """What there is if the Verzoek is granted: each line of it, with its product and period."""
    for unchanged in verzoek.OngewijzigdeProducten:
        if (assigned := history.assigned(unchanged.ToewijzingNummer)) and not is_deleted(assigned):
            yield unchanged, _period(assigned, assigned.Ingangsdatum, assigned.Einddatum)
    for changed in verzoek.TeWijzigenProducten:
        if (assigned := history.assigned(changed.ToewijzingNummer)) and not is_deleted(assigned):
            yield changed, _period(assigned, changed.GewensteIngangsdatum, changed.Einddatum)
    for new in verzoek.NieuweProducten:
        yield new, new


def _period(assigned: jw301.ToegewezenProduct, first: date, last: date | None) -> jw317.NieuwProduct:
    return jw317.NieuwProduct(Product=assigned.Product, GewensteIngangsdatum=first, Einddatum=last)


# --- a product that is to be changed, against its assignment ---------------------------------------


@rule(
    "TR357",
    level=3,
    code="9357",
    element="GewensteIngangsdatum",
    says="A change that is not in the future begins with the assignment itself.",
)
def _(line: jw317.TeWijzigenProduct, history: History) -> bool:
    assigned, wanted = history.assigned(line.ToewijzingNummer), line.GewensteIngangsdatum
    return assigned is None or wanted > history.dagtekening or wanted == assigned.Ingangsdatum


@rule(
    "TR373",
    level=3,
    code="9373",
    element="GewensteIngangsdatum Budget Omvang",
    says="A change of Budget, or of an Omvang in total (Frequentie 6), begins with the assignment itself.",
)
def _(line: jw317.TeWijzigenProduct, assigned: jw301.ToegewezenProduct) -> bool:
    in_total = assigned.Omvang is not None and assigned.Omvang.Frequentie == "6"
    changes = line.Budget != assigned.Budget or (in_total and line.Omvang != assigned.Omvang)
    return not changes or line.GewensteIngangsdatum == assigned.Ingangsdatum


@rule(
    "TR375",
    level=3,
    code="9375",
    element="Omvang",
    says="A change of an assignment without Product has no Omvang, unless it ended before 2021.",
)
def _(line: jw317.TeWijzigenProduct, assigned: jw301.ToegewezenProduct) -> bool:
    return assigned.Product is not None or line.Omvang is None or ends_before_2021(line)


@rule(
    "TR411",
    level=3,
    code="9411",
    element="Omvang",
    says="A change of an assignment with a product Code has an Omvang.",
)
def _(line: jw317.TeWijzigenProduct, assigned: jw301.ToegewezenProduct) -> bool:
    return not _has_code(assigned.Product) or line.Omvang is not None


@rule(
    "TR412",
    level=3,
    code="9412",
    element="Omvang",
    says="A change of an assignment without product Code has no Omvang, unless it ended before 2021.",
)
def _(line: jw317.TeWijzigenProduct, assigned: jw301.ToegewezenProduct) -> bool:
    return _has_code(assigned.Product) or line.Omvang is None or ends_before_2021(line)


def _has_code(product: basis.Product | None) -> bool:
    return product is not None and product.Code is not None
