"""Assignments (JW301) against earlier versions, requests and claims."""

from __future__ import annotations

from schemas.ijw_3_2.berichten import jw301
from schemas.ijw_3_2.dossier.history import History
from schemas.ijw_3_2.dossier.rows import Asked
from schemas.ijw_3_2.outside import Needs
from schemas.ijw_3_2.rules.registry import rule

GRANTS = Needs("whether this grants the open request")


# That it is the same product is told by what may never change under one number (IV066, OP033x1).
@rule(
    "TR332",
    level=3,
    code="9332",
    element="ToewijzingNummer Ingangsdatum Product",
    says="A ToewijzingNummer keeps its client, Product and Ingangsdatum.",
)
def _(product: jw301.ToegewezenProduct, history: History) -> bool:
    known = history.assigned(product.ToewijzingNummer)
    return known is None or (
        history.client_of(product.ToewijzingNummer) == history.bsn
        and known.Product == product.Product
        and known.Ingangsdatum == product.Ingangsdatum
    )


@rule(
    "TR379",
    level=3,
    code="9379",
    element="ReferentieAanbieder",
    says="A ReferentieAanbieder is given only to grant a request of this client that is still open.",
    undecided=GRANTS.what,
)
def _(product: jw301.ToegewezenProduct, history: History) -> bool | Needs:
    if product.ReferentieAanbieder is not None:
        return any(reference == product.ReferentieAanbieder for reference, _ in history.open_before())
    return GRANTS if any(_may_grant(product, *request, history) for request in history.open_before()) else True


def _may_grant(product: jw301.ToegewezenProduct, reference: str, asked: Asked, history: History) -> bool:
    """Whether an assignment without ReferentieAanbieder may yet be what grants this request.

    A request for assignment is granted with a new number, and not by this one when another product has its reference.
    A request for change may be granted under any number, and then with its reference on each of them (IV093).
    """
    if asked.bericht == "JW317":
        return True
    named = (other.ReferentieAanbieder for other in history.assigned_here())
    return history.assigned(product.ToewijzingNummer) is None and reference not in named


@rule(
    "TR385",
    level=3,
    code="9385",
    element="RedenWijziging",
    says="An assignment is not deleted (RedenWijziging 13) while granted Prestaties stand on it.",
)
def _(product: jw301.ToegewezenProduct, history: History) -> bool:
    return product.RedenWijziging != "13" or history.account(product.ToewijzingNummer).granted == 0
