"""Dates that hold for several themes: not after the message, and periods the right way round."""

from __future__ import annotations

from datetime import date

from schemas.ijw_3_2.berichten import Bericht, jw301, jw323
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
    return _latest(node) <= dagtekening(bericht)


def _latest(node: Dated) -> date:
    if isinstance(node, Prestatie):
        return node.ProductPeriode.Begindatum
    if isinstance(node, jw323.Declaratie):
        return max(node.DeclaratieDagtekening, node.DeclaratiePeriode.Begindatum)
    if isinstance(node, jw301.ToegewezenProduct):
        return node.Toewijzingsdatum
    return node.Geboortedatum.Datum if node.Geboortedatum else date.min


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
