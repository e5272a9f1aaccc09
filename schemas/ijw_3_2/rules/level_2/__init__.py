"""Level 2: inside the message. Any failure refuses the whole message with 0001."""

from schemas.ijw_3_2.rules.level_2 import (
    antwoord,
    client,
    contact,
    datum,
    declaratie,
    levering,
    product,
    sleutels,
    verzoek,
)

__all__ = ["antwoord", "client", "contact", "datum", "declaratie", "levering", "product", "sleutels", "verzoek"]
