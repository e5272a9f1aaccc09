"""Start and stop of care: StartProduct (JW305) and StopProduct (JW307)."""

from __future__ import annotations

from schemas.ijw_3_2.berichten import Bericht, jw305, jw307
from schemas.ijw_3_2.rules.registry import rule


@rule("TR018", level=2, code="0001", element="Einddatum Begindatum", says="A stop does not end before it began.")
def _(stop: jw307.StopProduct, bericht: Bericht) -> bool:
    return stop.Einddatum >= stop.Begindatum


@rule(
    "CS058",
    level=2,
    code="0001",
    element="StatusAanlevering",
    says="A delivery is new (1) or withdrawn (3).",
)
def _(levering: jw305.StartProduct | jw307.StopProduct, bericht: Bericht) -> bool:
    return levering.StatusAanlevering in ("1", "3")
