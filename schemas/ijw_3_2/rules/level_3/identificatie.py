"""The identification of a message, against those received before."""

from __future__ import annotations

from schemas.ijw_3_2.berichten import jw301, jw305, jw307, jw315, jw317, jw319, jw323, jw325
from schemas.ijw_3_2.dossier.history import History
from schemas.ijw_3_2.rules.registry import rule


@rule(
    "TR056",
    level=3,
    code="9056",
    element="BerichtIdentificatie.Identificatie",
    says="A sender uses an Identificatie once for each type of message.",
)
def _(
    header: jw301.Header
    | jw305.Header
    | jw307.Header
    | jw315.Header
    | jw317.Header
    | jw319.Header
    | jw323.Header
    | jw325.Header,
    history: History,
) -> bool:
    earlier = history.received()
    return earlier is None or not earlier.accepted
