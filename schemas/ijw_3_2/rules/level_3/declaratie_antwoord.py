"""Claim answers (JW325) against the claims they answer. A JW325 has no return message: codes are for its sender."""

from __future__ import annotations

from schemas.ijw_3_2.berichten import jw325
from schemas.ijw_3_2.dossier.history import History
from schemas.ijw_3_2.rules.registry import rule


@rule(
    "TR337",
    level=3,
    code=None,
    element="DeclaratieIdentificatie",
    says="DeclaratieIdentificatie is the BerichtIdentificatie of a claim that this aanbieder sent.",
)
def _(header: jw325.Header, history: History) -> bool:
    sent = history.claim_answered()
    return sent is not None and sent.dagtekening == header.DeclaratieIdentificatie.Dagtekening


@rule(
    "TR371",
    level=3,
    code=None,
    element="XsdVersieDeclaratie",
    says="XsdVersieDeclaratie is the XsdVersie of the claim that is answered.",
)
def _(header: jw325.Header, history: History) -> bool:
    sent = history.claim_answered()
    return sent is None or sent.xsd_versie == header.XsdVersieDeclaratie


@rule(
    "TR376",
    level=3,
    code=None,
    element="DeclaratieNummer",
    says="DeclaratieNummer is that of a claim that this aanbieder sent.",
)
def _(antwoord: jw325.DeclaratieAntwoord, history: History) -> bool:
    sent = history.claim_answered()
    if sent is not None and sent.declaratie_nummer == antwoord.DeclaratieNummer:
        return True
    return history.claim(antwoord.DeclaratieNummer) is not None


@rule(
    "TR366",
    level=3,
    code="9366",
    element="ProductReferentie",
    says="A returned Prestatie occurs in a claim that this aanbieder sent.",
)
def _(prestatie: jw325.Prestatie, history: History) -> bool:
    sent = history.line(prestatie.ProductReferentie.ReferentieNummer)
    return sent is not None and sent.prestatie.ProductReferentie == prestatie.ProductReferentie


@rule(
    "TR367",
    level=3,
    code="9367",
    element="ToewijzingNummer ProductCategorie ProductCode ProductPeriode GeleverdVolume Eenheid ProductTarief "
    "IngediendBedrag",
    says="A returned Prestatie has the values with which it was claimed.",
)
def _(prestatie: jw325.Prestatie, history: History) -> bool:
    sent = history.line(prestatie.ProductReferentie.ReferentieNummer)
    return sent is None or all(getattr(prestatie, name) == getattr(sent.prestatie, name) for name in _COPIED)


_COPIED = (
    "ToewijzingNummer",
    "ProductCategorie",
    "ProductCode",
    "ProductPeriode",
    "GeleverdVolume",
    "Eenheid",
    "ProductTarief",
    "IngediendBedrag",
)
