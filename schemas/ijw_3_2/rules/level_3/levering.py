"""Start and stop of care, against assignments and earlier starts and stops.

An instance with StatusAanlevering 3 is checked by TR063 and TR071 alone; the others look at deliveries only.
"""

from __future__ import annotations

from schemas.ijw_3_2.berichten import jw305, jw307
from schemas.ijw_3_2.dossier import History, Start, Stop
from schemas.ijw_3_2.rules.registry import rule


@rule(
    "TR019",
    level=3,
    code="9019",
    element="ToewijzingNummer",
    says="A start or stop refers to an assignment that this gemeente issued to this aanbieder.",
)
def _(levering: jw305.StartProduct | jw307.StopProduct, history: History) -> bool:
    # Without a number only the contract can tell whether the care is task-based, so that is not refused.
    number = levering.ToewijzingNummer
    return number is None or history.assignment(number) is not None


@rule(
    "TR063",
    level=3,
    code="9063",
    status="3",
    element="StatusAanlevering",
    says="Only what was delivered before with the same logical key, and not withdrawn since, can be withdrawn.",
)
def _(levering: jw305.StartProduct | jw307.StopProduct, history: History) -> bool:
    return _delivered(levering, history)


@rule(
    "TR071",
    level=3,
    code="9071",
    status="3",
    element="StatusAanlevering",
    says="A start is not withdrawn while a stop for it stands; withdraw the stop first.",
)
def _(start: jw305.StartProduct, history: History) -> bool:
    stops = history.deliveries(start).stops
    return all(stop.start != _as_start(start) for stop in stops)


@rule(
    "TR074",
    level=3,
    code="9074",
    element="StatusAanlevering",
    says="A start or stop with the same logical key was not delivered before.",
)
def _(levering: jw305.StartProduct | jw307.StopProduct, history: History) -> bool:
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
    return _as_start(stop) in history.deliveries(stop).starts


def _delivered(levering: jw305.StartProduct | jw307.StopProduct, history: History) -> bool:
    known = history.deliveries(levering)
    if isinstance(levering, jw305.StartProduct):
        return _as_start(levering) in known.starts
    return _as_stop(levering) in known.stops


def _as_start(levering: jw305.StartProduct | jw307.StopProduct) -> Start:
    return Start(levering.Product, levering.Begindatum)


def _as_stop(stop: jw307.StopProduct) -> Stop:
    return Stop(stop.Product, stop.Begindatum, stop.RedenBeeindiging, stop.Einddatum)
