"""Tariffs and amounts of a claim, against the contract. A credit repeats a debit that was granted (TR323, IV085)."""

from __future__ import annotations

from schemas.ijw_3_2.berichten import jw323
from schemas.ijw_3_2.dossier.claims import MINUTES_IN_HOUR
from schemas.ijw_3_2.dossier.history import LinePast
from schemas.ijw_3_2.outside import ContractLine, Needs
from schemas.ijw_3_2.rules.registry import rule

HOUR_TARIFF = Needs("the hour tariff of the contract, for care claimed in minutes")


# Volume times tariff settles it for every Eenheid but minutes, whose tariff may be that of an hour (IV081). Then the
# minute tariff given is the hour tariff divided by 60 and rounded; when none of the 60 hour tariffs that round to it
# gives this amount either, the amount is wrong whatever the contract says.
@rule(
    "TR346",
    level=4,
    code="9346",
    only="D",
    element="IngediendBedrag.Bedrag GeleverdVolume ProductTarief",
    says="Bedrag is GeleverdVolume times ProductTarief; with an hour tariff, minutes times that, rounded half up.",
    undecided=HOUR_TARIFF.what,
)
def _(prestatie: jw323.Prestatie, past: LinePast) -> bool | Needs:
    tariff = prestatie.ProductTarief
    if tariff is None:
        return True
    amount, delivered = prestatie.IngediendBedrag.Bedrag, prestatie.GeleverdVolume
    if prestatie.Eenheid != "01":
        return amount == delivered * tariff
    if agreed := past.contract(prestatie):
        return any(amount == _price(delivered, line, tariff) for line in agreed)
    if amount == delivered * tariff:
        return True
    return HOUR_TARIFF if any(amount == amount_of(delivered, hour) for hour in hours_that_round_to(tariff)) else False


def _price(minutes: int, line: ContractLine, minute_tariff: int) -> int:
    """What minutes cost by one line of the contract: at its hour tariff, or at the minute tariff that was claimed."""
    return amount_of(minutes, line.tarief) if line.eenheid == "04" and line.tarief else minutes * minute_tariff


@rule(
    "TR418",
    level=3,
    code="0611",
    only="D",
    source="contracten",
    element="ProductTarief ProductCode",
    says="ProductTarief is the tariff of the contract for the ProductCode.",
)
def _(prestatie: jw323.Prestatie, past: LinePast) -> bool:
    if prestatie.ProductTarief is None:
        return True
    return any(_tariff(line, prestatie.Eenheid) == prestatie.ProductTarief for line in past.contract(prestatie))


def _tariff(line: ContractLine, eenheid: str) -> int | None:
    """The tariff as a claim in this Eenheid states it."""
    if line.tarief is not None and (line.eenheid, eenheid) == ("04", "01"):
        return half_up(line.tarief, MINUTES_IN_HOUR)
    return line.tarief if line.eenheid == eenheid else None


def amount_of(minutes: int, hour_tariff: int) -> int:
    """What minutes cost at an hour tariff, in whole euro cents."""
    return half_up(minutes * hour_tariff, MINUTES_IN_HOUR)


def hours_that_round_to(minute_tariff: int) -> range:
    """The hour tariffs whose minute tariff this is, in euro cents."""
    middle = minute_tariff * MINUTES_IN_HOUR
    return range(middle - MINUTES_IN_HOUR // 2, middle + MINUTES_IN_HOUR // 2)


def half_up(numerator: int, denominator: int) -> int:
    """A division rounded to a whole number, halves up. Both are positive."""
    return (2 * numerator + denominator) // (2 * denominator)
