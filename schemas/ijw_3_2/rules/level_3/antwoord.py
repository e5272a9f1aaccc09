"""Answers to requests (JW319) against the requests, and against what was granted or answered before."""

from __future__ import annotations

from schemas.ijw_3_2.berichten import jw319
from schemas.ijw_3_2.dossier.history import History
from schemas.ijw_3_2.rules.registry import rule


@rule(
    "TR355",
    level=3,
    code="9355",
    element="ReferentieAanbieder",
    says="An answer refers to a request that this aanbieder made.",
)
def _(antwoord: jw319.Antwoord, history: History) -> bool:
    return history.request(antwoord.ReferentieAanbieder).asked is not None


@rule(
    "TR359",
    level=3,
    code="9359",
    element="ReferentieAanbieder",
    says="A request on which an assignment was sent gets no answer any more.",
)
def _(antwoord: jw319.Antwoord, history: History) -> bool:
    return not history.request(antwoord.ReferentieAanbieder).granted


@rule(
    "TR360",
    level=3,
    code="9360",
    element="VerzoekAntwoord",
    says="That a request is under investigation (VerzoekAntwoord 2) is said once, and as the first answer.",
)
def _(antwoord: jw319.Antwoord, history: History) -> bool:
    return antwoord.VerzoekAntwoord != "2" or not history.request(antwoord.ReferentieAanbieder).answers


@rule(
    "TR365",
    level=3,
    code="9365",
    element="VerzoekAntwoord",
    says="After a rejection (VerzoekAntwoord 1) no further answer follows.",
)
def _(antwoord: jw319.Antwoord, history: History) -> bool:
    return not history.request(antwoord.ReferentieAanbieder).is_rejected
