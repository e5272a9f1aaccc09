"""Start and stop of care, against assignments and earlier starts and stops.

An instance with StatusAanlevering 3 is checked by TR063 and TR071 alone; the others look at deliveries only.
"""

from __future__ import annotations

from schemas.ijw_3_2.berichten import jw305, jw307
from schemas.ijw_3_2.dossier.facts import as_delivered, as_start
from schemas.ijw_3_2.dossier.history import History
from schemas.ijw_3_2.dossier.keys import Levering
from schemas.ijw_3_2.dossier.rows import Stop
from schemas.ijw_3_2.outside import Needs
from schemas.ijw_3_2.rules.registry import rule

CONTRACT = Needs("the contract, which tells whether care without ToewijzingNummer is task-based")

TEMPORARY = "20"
"""The RedenBeeindiging of a stop after which care is expected to go on."""


@rule(
    "TR019",
    level=3,
    code="9019",
    element="ToewijzingNummer",
    says="A start or stop refers to an assignment that this gemeente issued to this aanbieder.",
    undecided=CONTRACT.what,
)
def _(levering: Levering, history: History) -> bool | Needs:
    number = levering.ToewijzingNummer
    return _is_task_based(levering, history) if number is None else history.assigned(number) is not None


def _is_task_based(levering: Levering, history: History) -> bool | Needs:
    contracten, product = history.moment.sources.contracten, levering.Product
    if contracten is None or product is None or product.Code is None:
        return CONTRACT
    agreed = contracten.of(*history.parties, product.Categorie, product.Code, levering.Begindatum)
    return any(line.eenheid == "taak" for line in agreed)


@rule(
    "TR063",
    level=3,
    code="9063",
    only="3",
    element="StatusAanlevering",
    says="Only what was delivered before with the same logical key, and not withdrawn since, can be withdrawn.",
)
def _(levering: Levering, history: History) -> bool:
    return _delivered(levering, history)


@rule(
    "TR071",
    level=3,
    code="9071",
    only="3",
    element="StatusAanlevering",
    says="A start is not withdrawn while a stop for it stands; withdraw the stop first.",
)
def _(start: jw305.StartProduct, history: History) -> bool:
    stops = history.deliveries(start).stops
    return all(stop.start != as_start(start) for stop in stops)


@rule(
    "TR074",
    level=3,
    code="9074",
    element="StatusAanlevering",
    says="A start or stop with the same logical key was not delivered before.",
)
def _(levering: Levering, history: History) -> bool:
    return not _delivered(levering, history)


@rule(
    "TR326",
    level=3,
    code="9326",
    element="ToewijzingNummer",
    says="Care is not started again while an earlier start on the same assignment is current.",
)
def _(start: jw305.StartProduct, history: History) -> bool:
    return not history.deliveries(start).current


@rule(
    "TR382",
    level=3,
    code="9069",
    element="ToewijzingNummer Product Begindatum",
    says="A stop ends a start that was delivered with the same ToewijzingNummer, Product and Begindatum.",
)
def _(stop: jw307.StopProduct, history: History) -> bool:
    return as_start(stop) in history.deliveries(stop).starts


# --- stops after stops: for the same client, assignment and Begindatum -----------------------------


@rule(
    "TR413",
    level=3,
    code="9413",
    element="RedenBeeindiging",
    says="After a temporary stop (RedenBeeindiging 20) no second temporary stop follows on the same start.",
)
def _(stop: jw307.StopProduct, history: History) -> bool:
    return stop.RedenBeeindiging != TEMPORARY or all(s.reden != TEMPORARY for s in _earlier(stop, history))


@rule(
    "TR414",
    level=3,
    code="9414",
    element="Einddatum",
    says="A further stop on the same start does not end before the stop that stands.",
)
def _(stop: jw307.StopProduct, history: History) -> bool:
    return all(stop.Einddatum >= s.einddatum for s in _earlier(stop, history))


@rule(
    "TR415",
    level=3,
    code="9415",
    element="RedenBeeindiging",
    says="After a final stop (RedenBeeindiging other than 20) no further stop follows on the same start.",
)
def _(stop: jw307.StopProduct, history: History) -> bool:
    return all(s.reden == TEMPORARY for s in _earlier(stop, history))


def _earlier(stop: jw307.StopProduct, history: History) -> list[Stop]:
    return [s for s in history.deliveries(stop).stops if s.begindatum == stop.Begindatum]


def _delivered(levering: Levering, history: History) -> bool:
    known = history.deliveries(levering)
    return as_delivered(levering) in (*known.starts, *known.stops)
