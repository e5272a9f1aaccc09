"""What a gemeente answers to a request: Antwoord (JW319)."""

from __future__ import annotations

from schemas.ijw_3_2.berichten import Bericht, jw319
from schemas.ijw_3_2.rules.registry import rule


@rule(
    "CD085",
    level=2,
    code="0001",
    element="RedenAfwijzingVerzoek VerzoekAntwoord",
    says="A rejection (VerzoekAntwoord 1) gives its RedenAfwijzingVerzoek.",
)
def _(antwoord: jw319.Antwoord, bericht: Bericht) -> bool:
    return antwoord.VerzoekAntwoord != "1" or antwoord.RedenAfwijzingVerzoek is not None


@rule(
    "CD086",
    level=2,
    code="0001",
    element="RedenAfwijzingVerzoek VerzoekAntwoord",
    says="A request under investigation (VerzoekAntwoord 2) has no RedenAfwijzingVerzoek.",
)
def _(antwoord: jw319.Antwoord, bericht: Bericht) -> bool:
    return antwoord.VerzoekAntwoord != "2" or antwoord.RedenAfwijzingVerzoek is None


@rule(
    "TR377",
    level=2,
    code="0001",
    element="Woonplaatsbeginsel RedenAfwijzingVerzoek",
    says="A rejection for Woonplaatsbeginsel (RedenAfwijzingVerzoek 8) names the responsible Gemeente.",
)
def _(antwoord: jw319.Antwoord, bericht: Bericht) -> bool:
    return antwoord.RedenAfwijzingVerzoek != "8" or antwoord.Woonplaatsbeginsel is not None


@rule(
    "TR409",
    level=2,
    code="0001",
    element="Woonplaatsbeginsel RedenAfwijzingVerzoek",
    says="Only a rejection with RedenAfwijzingVerzoek 8 has a Woonplaatsbeginsel.",
)
def _(antwoord: jw319.Antwoord, bericht: Bericht) -> bool:
    return antwoord.RedenAfwijzingVerzoek == "8" or antwoord.Woonplaatsbeginsel is None
