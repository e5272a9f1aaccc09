"""What may be claimed on an assignment for a month: its period, volume and amount, as the standard allows."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta

from schemas.ijw_3_2.berichten import basis, jw323
from streams.simulating.book import Grant
from streams.simulating.chance import Chance

DAY = timedelta(1)
ANY_CODE = "45A04"
BUDGET_TARIEF = 9800


def month_of(day: date) -> basis.GeslotenPeriode:
    """The calendar month that a day is in."""
    return basis.GeslotenPeriode(
        Begindatum=day.replace(day=1), Einddatum=day.replace(day=monthrange(day.year, day.month)[1])
    )


def next_month(day: date) -> date:
    """The first day of the month after."""
    return month_of(day).Einddatum + DAY


def product_period(grant: Grant, month: basis.GeslotenPeriode) -> basis.GeslotenPeriode | None:
    """The month cut to the validity of the assignment (TR387, TR388); None when they have no day in common."""
    current = grant.current
    if current is None:
        return None
    first = max(month.Begindatum, grant.ingang)
    last = min(month.Einddatum, current.einde or month.Einddatum)
    return basis.GeslotenPeriode(Begindatum=first, Einddatum=last) if first <= last else None


def standing_volume(grant: Grant) -> int:
    """What was claimed on an assignment and stands."""
    return sum(one.line.GeleverdVolume for one in grant.lines if one.stands and not one.is_credit)


def standing_amount(grant: Grant) -> int:
    """The euro cents that were claimed on an assignment and stand."""
    return sum(one.line.IngediendBedrag.Bedrag for one in grant.lines if one.stands and not one.is_credit)


def delivered(grant: Grant, period: basis.GeslotenPeriode, billed: Sequence[jw323.Prestatie], chance: Chance) -> int:
    """How much was delivered in a period, in the unit of the assignment; never more than it allows.

    `billed` are the lines for it on the same bill.
    """
    days = sum((end - begin).days + 1 for begin, end in grant.cared_in(period.Begindatum, period.Einddatum))
    omvang = grant.omvang
    if days == 0:
        return 0
    if omvang is None:
        spent = standing_amount(grant) + sum(line.IngediendBedrag.Bedrag for line in billed)
        left = ((grant.budget or 0) - spent) // BUDGET_TARIEF
        return min(left, chance.number(3, 14))
    if omvang.Frequentie == "6":
        spent = standing_volume(grant) + sum(line.GeleverdVolume for line in billed)
        return min(omvang.Volume - spent, chance.number(1, 2))
    if omvang.Frequentie == "2":
        return omvang.Volume * days // 7
    if omvang.Eenheid == "14":
        return min(days, omvang.Volume)
    share = days / ((period.Einddatum - period.Begindatum).days + 1) * chance.random.uniform(0.6, 1)
    return max(1, int(omvang.Volume * share))


def debit(grant: Grant, period: basis.GeslotenPeriode, volume: int, reference: str) -> jw323.Prestatie:
    """A claim line for so much of an assignment in a period."""
    product, omvang = grant.product, grant.omvang
    eenheid = omvang.Eenheid if omvang else "04"
    tarief = None if eenheid == "83" else product.tarief or BUDGET_TARIEF
    return jw323.Prestatie(
        ProductReferentie=basis.Referentie(ReferentieNummer=reference),
        ToewijzingNummer=grant.nummer,
        ProductCategorie=product.categorie or ANY_CODE[:2],
        ProductCode=product.code or ANY_CODE,
        ProductPeriode=period,
        GeleverdVolume=volume,
        Eenheid=eenheid,
        ProductTarief=tarief,
        IngediendBedrag=basis.BedragMetDC(Bedrag=volume * (tarief or 1), DebetCredit="D"),
    )
