"""Claims (JW323) against earlier claims. Credits come before debits (OP366)."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from schemas.ijw_3_2.berichten import jw323
from schemas.ijw_3_2.dossier.claims import is_credit
from schemas.ijw_3_2.dossier.history import History, LinePast
from schemas.ijw_3_2.outside import Needs
from schemas.ijw_3_2.rules.registry import rule
from schemas.ijw_3_2.rules.volumes import last_of_month

SKIPPED = Needs("whether care was given in the months that were skipped")

# --- the claim as a whole --------------------------------------------------------------------------


@rule(
    "TR318",
    level=3,
    code="8214",
    element="DeclaratiePeriode.Begindatum",
    says="A DeclaratiePeriode is not before the latest one claimed; months are skipped only when no care was given.",
    undecided=SKIPPED.what,
)
def _(declaratie: jw323.Declaratie, history: History) -> bool | Needs:
    latest, period = history.latest_period(), declaratie.DeclaratiePeriode.Begindatum
    if latest is None or period == latest or period == _next_month(latest):
        return True
    return SKIPPED if period > latest else False


def _next_month(day: date) -> date:
    return last_of_month(day) + timedelta(days=1)


@rule(
    "TR333",
    level=3,
    code="9333",
    element="DeclaratieNummer",
    says="An aanbieder uses a DeclaratieNummer once.",
)
def _(declaratie: jw323.Declaratie, history: History) -> bool:
    known = history.claim(declaratie.DeclaratieNummer)
    return known is None or not known.counts


# --- each line -------------------------------------------------------------------------------------


@rule(
    "TR314",
    level=3,
    code="8021",
    element="ProductReferentie.ReferentieNummer",
    says="An aanbieder uses a ReferentieNummer once; that of a refused Prestatie counts as not used.",
)
def _(prestatie: jw323.Prestatie, past: LinePast) -> bool:
    return past.known is None or past.known.outcome == "refused"


@rule(
    "TR319",
    level=3,
    code="9319",
    element="ProductPeriode.Einddatum",
    says="A ProductPeriode does not go beyond the DeclaratiePeriode.",
)
def _(prestatie: jw323.Prestatie, past: LinePast) -> bool:
    return prestatie.ProductPeriode.Einddatum <= past.history.declaratie.DeclaratiePeriode.Einddatum


@rule(
    "TR323",
    level=3,
    code="8017",
    only="C",
    element="ProductReferentie.VorigReferentieNummer",
    says="A credit takes back a debit that was granted before, and repeats it unchanged.",
)
def _(prestatie: jw323.Prestatie, past: LinePast) -> bool:
    debit = past.debit()
    return debit is not None and debit.outcome == "granted" and _repeats(prestatie, debit.prestatie)


def _repeats(credit: jw323.Prestatie, debit: jw323.Prestatie) -> bool:
    """Whether they differ in nothing but ProductReferentie and DebetCredit (IV091): else it credits something else."""
    amount = msgspec.structs.replace(debit.IngediendBedrag, DebetCredit="C")
    expected = msgspec.structs.replace(debit, ProductReferentie=credit.ProductReferentie, IngediendBedrag=amount)
    return not is_credit(debit) and credit == expected


@rule(
    "TR389",
    level=3,
    code="9389",
    only="D",
    element="ToewijzingNummer ProductCategorie ProductCode ProductPeriode",
    says="A debit is claimed once per assignment, product and ProductPeriode, until it is credited.",
)
def _(prestatie: jw323.Prestatie, past: LinePast) -> bool:
    return not past.standing


@rule(
    "TR390",
    level=3,
    code="9390",
    only="C",
    element="ProductReferentie.VorigReferentieNummer",
    says="A debit is credited once.",
)
def _(prestatie: jw323.Prestatie, past: LinePast) -> bool:
    debit = past.debit()
    return debit is None or debit.credit is None
