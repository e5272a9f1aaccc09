"""The day on which a message is received."""

from __future__ import annotations

from schemas.ijw_3_2.dossier.history import History
from schemas.ijw_3_2.rules.level_2.common import AnyHeader
from schemas.ijw_3_2.rules.registry import rule


@rule(
    "TR135",
    level=4,
    code="8848",
    element="BerichtIdentificatie.Dagtekening",
    says="A message is not dated after the day on which it is received.",
)
def _(header: AnyHeader, history: History) -> bool:
    return header.BerichtIdentificatie.Dagtekening <= history.moment.day
