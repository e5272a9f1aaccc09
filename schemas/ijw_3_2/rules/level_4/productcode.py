"""Product codes, against the list that the parties use: the national one or their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from operator import attrgetter
from typing import Any

from msgspec import Struct

from schemas.ijw_3_2.berichten import basis, jw301, jw305, jw307, jw315, jw317, jw323
from schemas.ijw_3_2.dossier.history import History
from schemas.ijw_3_2.rules.registry import rule

WithProduct = (
    jw301.ToegewezenProduct
    | jw305.StartProduct
    | jw307.StopProduct
    | jw315.AangevraagdProduct
    | jw317.NieuwProduct
    | jw323.Prestatie
)


@rule(
    "TR381",
    level=4,
    code="S329",
    source="producten",
    element="Product.Code ProductCode Product.Categorie ProductCategorie",
    says="A product Code belongs to its Categorie in the product code list that the parties use.",
)
def _(node: WithProduct, history: History) -> bool:
    producten = history.moment.sources.producten
    product = _product(node)
    if producten is None or product is None or product.Code is None:
        return True
    return any(producten.belongs(product.Categorie, product.Code, day) for day in _days(node, history))


def _product(node: WithProduct) -> basis.Product | None:
    if isinstance(node, jw323.Prestatie):
        return basis.Product(Categorie=node.ProductCategorie, Code=node.ProductCode)
    return node.Product


def _days(node: WithProduct, history: History) -> list[date]:
    """The days of which one is enough: on which the code is first used, or on which what it repeats began (IV075)."""
    own = _BEGIN[type(node)](node)
    if not isinstance(node, jw305.StartProduct | jw307.StopProduct | jw323.Prestatie):
        return [own]
    assigned = history.assigned(node.ToewijzingNummer)
    return [own, assigned.Ingangsdatum] if assigned else [own]


_BEGIN: Mapping[type[Struct], Callable[[Any], date]] = {
    jw301.ToegewezenProduct: attrgetter("Ingangsdatum"),
    jw305.StartProduct: attrgetter("Begindatum"),
    jw307.StopProduct: attrgetter("Begindatum"),
    jw315.AangevraagdProduct: attrgetter("ToewijzingIngangsdatum"),
    jw317.NieuwProduct: attrgetter("GewensteIngangsdatum"),
    jw323.Prestatie: attrgetter("ProductPeriode.Begindatum"),
}
