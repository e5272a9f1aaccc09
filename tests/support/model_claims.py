"""Claim lines judged by scanning lists: the part of the model that is about what may be claimed.

Periods are counted out day by day, so that nothing here shares the arithmetic of schemas/ijw_3_2/rules/volumes.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import msgspec

from schemas.ijw_3_2.berichten import basis, jw301, jw323
from tests.support.model_lists import STANDING, Line, Told

OUTPUT = ("82", "83")


def line_faults(told: Told, line: jw323.Prestatie, declaratie: jw323.Declaratie) -> Iterator[str]:
    """The rules that a claim line breaks."""
    yield from _against_lines(told, line)
    if line.ProductPeriode.Einddatum > declaratie.DeclaratiePeriode.Einddatum:
        yield "TR319"
    assigned = told.current(line.ToewijzingNummer)
    if assigned is None:
        yield "TR338"
        return
    # A credit must repeat its debit (TR323), whatever became of the assignment since.
    if line.IngediendBedrag.DebetCredit == "D":
        yield from _against_assignment(line, assigned)
        yield from _against_totals(told, line, assigned)


def _against_lines(told: Told, line: jw323.Prestatie) -> Iterator[str]:
    numbers = line.ProductReferentie
    submitted = [one for one in told.lines if one.counts]
    if numbers.ReferentieNummer in [one.number for one in submitted]:
        yield "TR314"
    if line.IngediendBedrag.DebetCredit == "C":
        if not repeats_debit(told, line):
            yield "TR323"
        if any(one.credits == numbers.VorigReferentieNummer for one in submitted):
            yield "TR390"
    elif any(_same_slot(one, line) and not one.credits and not told.is_credited(one) for one in submitted):
        yield "TR389"


def repeats_debit(told: Told, credit: jw323.Prestatie) -> bool:
    """Whether a credit repeats a debit that was granted."""
    named = [one for one in told.lines if one.number == credit.ProductReferentie.VorigReferentieNummer]
    granted = [one for one in named if one.outcome == STANDING and not one.credits]
    return any(_as_claimed(one.line) == _as_claimed(credit) for one in granted)


def _as_claimed(line: jw323.Prestatie) -> jw323.Prestatie:
    """A line without what a credit has of its own."""
    amount = msgspec.structs.replace(line.IngediendBedrag, DebetCredit="D")
    nothing = basis.Referentie(ReferentieNummer="")
    return msgspec.structs.replace(line, ProductReferentie=nothing, IngediendBedrag=amount)


def _same_slot(one: Line, line: jw323.Prestatie) -> bool:
    fields = ("ToewijzingNummer", "ProductCategorie", "ProductCode", "ProductPeriode")
    return all(getattr(one.line, name) == getattr(line, name) for name in fields)


def _against_assignment(line: jw323.Prestatie, assigned: jw301.ToegewezenProduct) -> Iterator[str]:
    if assigned.RedenWijziging == "13":
        yield "TR384"
    if assigned.Product and line.ProductCategorie != assigned.Product.Categorie:
        yield "TR339"
    if assigned.Product and assigned.Product.Code and line.ProductCode != assigned.Product.Code:
        yield "TR340"
    if assigned.Omvang and not _fitting_unit(line.Eenheid, assigned.Omvang.Eenheid):
        yield "TR341"
    yield from _against_period(line.ProductPeriode, assigned)
    if assigned.Omvang and _is_too_much(line, assigned, assigned.Omvang):
        yield "TR321"


def _fitting_unit(claimed: str, assigned: str) -> bool:
    return claimed == assigned or (claimed, assigned) == ("01", "04")


def _against_period(period: basis.GeslotenPeriode, assigned: jw301.ToegewezenProduct) -> Iterator[str]:
    first, last = period.Begindatum, period.Einddatum
    if first < assigned.Ingangsdatum:
        yield "TR307"
    if assigned.Einddatum and last > assigned.Einddatum:
        yield "TR308"
    # Whether the first of the month is still right when the assignment begins later in it is not clear; TR307 says no.
    if first.day != 1 and first != assigned.Ingangsdatum:
        yield "TR387"
    if _month(last + timedelta(1)) == _month(last) and last != assigned.Einddatum:
        yield "TR388"


# --- volumes ---------------------------------------------------------------------------------------


def _is_too_much(line: jw323.Prestatie, assigned: jw301.ToegewezenProduct, omvang: basis.Omvang) -> bool:
    if omvang.Frequentie in ("4", "6"):
        most: int | None = omvang.Volume
    else:
        most = _most(assigned, omvang, line.ProductPeriode.Begindatum, line.ProductPeriode.Einddatum)
    return most is not None and _volume(line) > most * _minutes(omvang.Eenheid)


def _against_totals(told: Told, line: jw323.Prestatie, assigned: jw301.ToegewezenProduct) -> Iterator[str]:
    earlier = [(one.line, -1 if one.credits else 1) for one in told.claimed(line.ToewijzingNummer)]
    omvang, budget = assigned.Omvang, assigned.Budget
    volume = _volume(line) + sum(sign * _volume(one) for one, sign in earlier)
    most = _most_in_all(assigned, omvang) if omvang else None
    if omvang and most is not None and volume > most * _minutes(omvang.Eenheid):
        yield "TR322"
    amount = line.IngediendBedrag.Bedrag + sum(sign * one.IngediendBedrag.Bedrag for one, sign in earlier)
    if budget is not None and amount > budget:
        yield "TR369"


def _most_in_all(assigned: jw301.ToegewezenProduct, omvang: basis.Omvang) -> int | None:
    """The most that an assignment allows as a whole; None where nothing says so."""
    if omvang.Frequentie == "6":
        return omvang.Volume
    if assigned.Einddatum is None:
        return None
    if omvang.Frequentie == "4":
        return omvang.Volume * len({_month(day) for day in _days(assigned.Ingangsdatum, assigned.Einddatum)})
    return _most(assigned, omvang, assigned.Ingangsdatum, assigned.Einddatum)


def _most(assigned: jw301.ToegewezenProduct, omvang: basis.Omvang, first: date, last: date) -> int | None:
    """The most in a period, by day or by week; None where only the parties know."""
    days = _days(first, last)
    if omvang.Frequentie == "1":
        return omvang.Volume * len(days)
    if omvang.Eenheid not in OUTPUT:
        return omvang.Volume * len({day.isocalendar()[:2] for day in days})
    assert assigned.Einddatum is not None  # CD076
    sundays = [day for day in _days(assigned.Ingangsdatum, assigned.Einddatum) if day.isoweekday() == 7]
    if not sundays:
        return None
    is_cut = assigned.Einddatum.isoweekday() != 7 and sundays[-1] in days
    return omvang.Volume * (len([day for day in days if day.isoweekday() == 7]) + is_cut)


def _volume(line: jw323.Prestatie) -> int:
    """What was delivered; hours as minutes, so that both can be added up."""
    return line.GeleverdVolume * _minutes(line.Eenheid)


def _minutes(eenheid: str) -> int:
    return 60 if eenheid == "04" else 1


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days) for days in range((last - first).days + 1)]


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month
