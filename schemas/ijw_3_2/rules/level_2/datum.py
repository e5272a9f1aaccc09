"""Dates that hold for several themes: not after the message, and periods the right way round."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from operator import attrgetter
from typing import Any, get_args

from msgspec import Struct

from schemas.ijw_3_2.berichten import Bericht, jw301, jw323, jw325
from schemas.ijw_3_2.rules.level_2.common import AnyProductLine, Person, Prestatie, begin, dagtekening, end
from schemas.ijw_3_2.rules.registry import rule

Dated = Prestatie | jw323.Declaratie | jw301.ToegewezenProduct | Person


# The standard names no elements for TR134. Tested are the dates that cannot be right when they lie after the message:
#   Geboortedatum.Datum                a message is about people who live;
#   ProductPeriode, DeclaratiePeriode  Begindatum: care is claimed afterwards (TR137 says so of the Einddatum);
#   Toewijzingsdatum                   the decision that the message tells of has been taken;
#   DeclaratieDagtekening              the claim that the message carries has been drawn up.
# Left out, because a message refused in error is worse than one let through:
#   StartProduct, StopProduct          OP011 wants a start reported afterwards, but has no code to refuse it with;
#   every other begin and end          care is planned ahead.
@rule(
    "TR134",
    level=2,
    code="0001",
    element="DeclaratieDagtekening DeclaratiePeriode.Begindatum ProductPeriode.Begindatum Toewijzingsdatum "
    "Geboortedatum.Datum",
    says="What lies in the past by its nature is not dated after the Dagtekening of the message.",
)
def _(node: Dated, bericht: Bericht) -> bool:
    return _LATEST[type(node)](node) <= dagtekening(bericht)


def _born(person: Person) -> date:
    return person.Geboortedatum.Datum if person.Geboortedatum else date.min


_LATEST: Mapping[type[Struct], Callable[[Any], date]] = {
    jw323.Prestatie: attrgetter("ProductPeriode.Begindatum"),
    jw325.Prestatie: attrgetter("ProductPeriode.Begindatum"),
    jw323.Declaratie: lambda claim: max(claim.DeclaratieDagtekening, claim.DeclaratiePeriode.Begindatum),
    jw301.ToegewezenProduct: attrgetter("Toewijzingsdatum"),
    **dict.fromkeys(get_args(Person), _born),
}


@rule(
    "CS003",
    level=2,
    code="0001",
    element="Periode.Einddatum Einddatum ToewijzingEinddatum "
    "Periode.Begindatum Ingangsdatum ToewijzingIngangsdatum GewensteIngangsdatum",
    says="A period does not end before it begins.",
)
def _(node: jw301.Contact | AnyProductLine, bericht: Bericht) -> bool:
    if isinstance(node, jw301.Contact):
        first, last = (node.Periode.Begindatum, node.Periode.Einddatum) if node.Periode else (None, None)
    else:
        first, last = begin(node), end(node)
    return first is None or last is None or last >= first
