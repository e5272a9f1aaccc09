"""The day on which a message is received."""

from __future__ import annotations

from schemas.ijw_3_2.berichten import jw301, jw305, jw307, jw315, jw317, jw319, jw323, jw325
from schemas.ijw_3_2.dossier.history import History
from schemas.ijw_3_2.rules.registry import rule


@rule(
    "TR135",
    level=4,
    code="8848",
    element="BerichtIdentificatie.Dagtekening",
    says="A message is not dated after the day on which it is received.",
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
    return header.BerichtIdentificatie.Dagtekening <= history.moment.day
