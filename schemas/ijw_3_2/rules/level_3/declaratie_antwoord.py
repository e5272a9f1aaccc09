"""Claim answers (JW325) against the claims they answer. A JW325 has no return message: codes are for its sender."""

from __future__ import annotations

from schemas.ijw_3_2.berichten import jw323, jw325
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
    day = header.DeclaratieIdentificatie.Dagtekening
    return any(sent.dagtekening == day for sent in history.claims_answered())


@rule(
    "TR371",
    level=3,
    code=None,
    element="XsdVersieDeclaratie",
    says="XsdVersieDeclaratie is the XsdVersie of the claim that is answered.",
)
def _(header: jw325.Header, history: History) -> bool:
    sent = history.claims_answered()
    return not sent or header.XsdVersieDeclaratie in [claim.xsd_versie for claim in sent]


@rule(
    "TR376",
    level=3,
    code=None,
    element="DeclaratieNummer",
    says="DeclaratieNummer is that of a claim that this aanbieder sent.",
)
def _(antwoord: jw325.DeclaratieAntwoord, history: History) -> bool:
    nummer = antwoord.DeclaratieNummer
    return nummer in [sent.declaratie_nummer for sent in history.claims_answered()] or history.claim(nummer) is not None


@rule(
    "TR366",
    level=3,
    code="9366",
    element="ProductReferentie",
    says="A returned Prestatie occurs in a claim that this aanbieder sent.",
)
def _(prestatie: jw325.Prestatie, history: History) -> bool:
    reference = prestatie.ProductReferentie
    return any(sent.prestatie.ProductReferentie == reference for sent in history.lines_sent(reference.ReferentieNummer))


@rule(
    "TR367",
    level=3,
    code="9367",
    element="ToewijzingNummer ProductCategorie ProductCode ProductPeriode GeleverdVolume Eenheid ProductTarief "
    "IngediendBedrag",
    says="A returned Prestatie has the values with which it was claimed.",
)
def _(prestatie: jw325.Prestatie, history: History) -> bool:
    sent = history.lines_sent(prestatie.ProductReferentie.ReferentieNummer)
    return not sent or any(_values(prestatie) == _values(line.prestatie) for line in sent)


def _values(prestatie: jw323.Prestatie | jw325.Prestatie) -> list[object]:
    return [getattr(prestatie, name) for name in _COPIED]


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
