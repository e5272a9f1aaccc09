"""The identification of a message, against those received before."""

from __future__ import annotations

from schemas.ijw_3_2.dossier.history import History
from schemas.ijw_3_2.rules.level_2.common import AnyHeader
from schemas.ijw_3_2.rules.registry import rule


@rule(
    "TR056",
    level=3,
    code="9056",
    element="BerichtIdentificatie.Identificatie",
    says="A sender uses an Identificatie once for each type of message.",
)
def _(header: AnyHeader, history: History) -> bool:
    earlier = history.received()
    return earlier is None or not earlier.accepted
