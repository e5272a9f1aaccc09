"""Gemeenten, against the list of CBS of the day that counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from schemas.ijw_3_2.berichten import Bericht, jw301, jw305, jw307, jw315, jw317, jw319, jw323, jw325
from schemas.ijw_3_2.dossier.history import History
from schemas.ijw_3_2.dossier.keys import numbers_in
from schemas.ijw_3_2.outside import Needs
from schemas.ijw_3_2.rules.level_2.common import AnyHeader
from schemas.ijw_3_2.rules.registry import At, rule

NO_LIST = Needs("the list of gemeenten (CBS) of the day on which the assignment begins")

Named = AnyHeader | jw319.Woonplaatsbeginsel


# One day on which the gemeente exists is enough: after a reorganisation old and new assignments stand side by side.
@rule(
    "TR378",
    level=4,
    code="S300",
    source="gemeenten",
    element="Gemeente Afzender Ontvanger",
    says="A gemeente is in the list of CBS of the day on which the assignment that it is about begins.",
    undecided=NO_LIST.what,
)
def _(node: Named, history: History) -> bool | At | Needs:
    gemeenten = history.moment.sources.gemeenten
    if gemeenten is None:
        return True
    if isinstance(node, jw325.Header):
        # Its gemeente is that of the claim it answers, for which this was checked.
        return True if history.claims_answered() else Needs("the claim that is answered")
    code = node.Gemeente if isinstance(node, jw319.Woonplaatsbeginsel) else history.parties[0]
    answers: dict[date, bool | None] = {}
    for day in _days(history.bericht, history):
        if day not in answers and answers.setdefault(day, gemeenten.knows(code, day)):
            return True
    return At(_element(node, code)) if answers and set(answers.values()) == {False} else NO_LIST


def _element(node: Named, code: str) -> str:
    if isinstance(node, jw319.Woonplaatsbeginsel):
        return "Gemeente"
    return "Afzender" if node.Afzender == code else "Ontvanger"


def _days(bericht: Bericht, history: History) -> Iterable[date]:
    """The first days of the assignments that a message is about, as far as it or the dossier tells them."""
    match bericht:
        case jw301.Bericht():
            return (product.Ingangsdatum for product in bericht.Client.ToegewezenProducten)
        case jw305.Bericht():
            return (_first_day(levering, history) for levering in bericht.Client.StartProducten)
        case jw307.Bericht():
            return (_first_day(levering, history) for levering in bericht.Client.StopProducten)
        case jw315.Bericht():
            return (line.ToewijzingIngangsdatum for line in bericht.Client.AangevraagdeProducten)
        case jw317.Bericht():
            return _of_assignments(numbers_in(bericht.Client.Verzoek), history)
        case jw319.Bericht():
            asked = history.request(bericht.Antwoord.ReferentieAanbieder).asked
            return () if asked is None or asked.begin is None else (asked.begin,)
        case jw323.Bericht():
            claimed_on = (history.assigned_on(keys) for keys in history.lines.values())
            return (assigned.Ingangsdatum for assigned in claimed_on if assigned is not None)
    return ()


def _first_day(levering: jw305.StartProduct | jw307.StopProduct, history: History) -> date:
    assigned = history.assigned(levering.ToewijzingNummer)
    return assigned.Ingangsdatum if assigned else levering.ToewijzingIngangsdatum or levering.Begindatum


def _of_assignments(numbers: Iterable[int], history: History) -> Iterable[date]:
    found = (history.assigned(number) for number in numbers)
    return (assigned.Ingangsdatum for assigned in found if assigned is not None)
