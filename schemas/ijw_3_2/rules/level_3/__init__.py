"""Level 3: against what the same gemeente and aanbieder exchanged before."""

from schemas.ijw_3_2.rules.level_3 import (
    antwoord,
    client,
    declaratie,
    declaratie_antwoord,
    declaratie_toewijzing,
    identificatie,
    levering,
    toewijzing,
    verzoek,
)

__all__ = [
    "antwoord",
    "client",
    "declaratie",
    "declaratie_antwoord",
    "declaratie_toewijzing",
    "identificatie",
    "levering",
    "toewijzing",
    "verzoek",
]
