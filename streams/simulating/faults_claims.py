"""What can be wrong with a claim against what went before (level 3): as a whole, and line by line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from schemas.ijw_3_2.berichten import basis, jw323
from schemas.ijw_3_2.rules.volumes import last_of_month
from streams.simulating.billing import standing_volume
from streams.simulating.book import Claimed, Grant
from streams.simulating.chance import Chance
from streams.simulating.faults import code_of, level_of

UNKNOWN = 88_000_001
NEVER_CLAIMED = "PVERZONNEN"
Prestatie = jw323.Prestatie
DAY = timedelta(1)


@dataclass
class Bill:
    """A claim in the making: the lines of each client, and which of them must be refused by which rules.

    period      DeclaratiePeriode; grants of the relation.
    grants      of each line that is right, by its ReferentieNummer.
    strangers   BSNs that nobody has.
    """

    period: basis.GeslotenPeriode
    grants: Sequence[Grant]
    next_reference: Callable[[], str]
    next_stranger: Callable[[], str]
    lines: dict[str, list[Prestatie]] = field(default_factory=dict)
    wrong: dict[str, tuple[str, ...]] = field(default_factory=dict)
    at_client: set[str] = field(default_factory=set)
    made_on: dict[str, Grant] = field(default_factory=dict)

    def add(self, bsn: str, line: Prestatie, *rules: str, grant: Grant | None = None) -> bool:
        """Put a line on the bill; with rules it must be refused by these."""
        self.lines.setdefault(bsn, []).append(line)
        number = line.ProductReferentie.ReferentieNummer
        if rules:
            self.wrong[number] = rules
        if grant is not None:
            self.made_on[number] = grant
        return True

    def holds(self, number: str) -> bool:
        """Whether a line with this ReferentieNummer, or that takes it back, is on the bill."""
        references = (line.ProductReferentie for lines in self.lines.values() for line in lines)
        return any(number in (one.ReferentieNummer, one.VorigReferentieNummer) for one in references)

    def lines_of(self, nummer: int) -> list[Prestatie]:
        """The debits of this ToewijzingNummer on the bill, right and wrong."""
        lines = [line for lines in self.lines.values() for line in lines if line.ToewijzingNummer == nummer]
        return [line for line in lines if line.IngediendBedrag.DebetCredit == "D"]

    def is_on(self, nummer: int) -> bool:
        """Whether a line of this ToewijzingNummer is on the bill."""
        return any(line.ToewijzingNummer == nummer for lines in self.lines.values() for line in lines)

    @property
    def rules(self) -> tuple[str, ...]:
        """Every rule that refuses a line."""
        return tuple(sorted({rule for rules in self.wrong.values() for rule in rules}))

    @property
    def level(self) -> int | None:
        """The lowest level of these."""
        return level_of(*self.rules) if self.wrong else None

    def codes(self) -> dict[str, str]:
        """The return code of each line that is wrong, by its ReferentieNummer."""
        return {
            number: NOT_ASSESSED if number in self.at_client else code_of(rules[0])
            for number, rules in self.wrong.items()
        }


NOT_ASSESSED = "0233"
Spoil = Callable[[Bill, Grant, Prestatie, Chance], bool | None]
"""Puts a wrong line on a bill in place of this right one of this assignment; None when it does not fit."""


def _own(bill: Bill, grant: Grant, line: Prestatie, *rules: str, **new: Any) -> bool:
    return bill.add(grant.youth.bsn, replace(line, **new), *rules)


def _unknown(bill: Bill, grant: Grant, line: Prestatie, chance: Chance) -> bool | None:
    return None if bill.is_on(UNKNOWN) else _own(bill, grant, line, "TR338", ToewijzingNummer=UNKNOWN)


def _stranger(bill: Bill, grant: Grant, line: Prestatie, chance: Chance) -> bool | None:
    bill.at_client.add(line.ProductReferentie.ReferentieNummer)
    return bill.add(bill.next_stranger(), line, "TR304")


def _deleted(bill: Bill, grant: Grant, line: Prestatie, chance: Chance) -> bool | None:
    for other in bill.grants:
        fits = other.is_deleted and other.omvang and other.product.code and not bill.is_on(other.nummer)
        if fits and other.omvang and other.product.code and other.ingang <= bill.period.Einddatum:
            day = basis.GeslotenPeriode(Begindatum=other.ingang, Einddatum=other.ingang)
            amount = basis.BedragMetDC(Bedrag=other.product.tarief or 1, DebetCredit="D")
            return bill.add(
                other.youth.bsn,
                replace(
                    line,
                    ToewijzingNummer=other.nummer,
                    ProductCategorie=str(other.product.categorie),
                    ProductCode=other.product.code,
                    ProductPeriode=day,
                    GeleverdVolume=1,
                    Eenheid=other.omvang.Eenheid,
                    ProductTarief=other.product.tarief,
                    IngediendBedrag=amount,
                ),
                "TR384",
            )
    return None


def _categorie(bill: Bill, grant: Grant, line: Prestatie, chance: Chance) -> bool | None:
    return _own(bill, grant, line, "TR339", ProductCategorie="42") if grant.product.code else None


def _code(bill: Bill, grant: Grant, line: Prestatie, chance: Chance) -> bool | None:
    return _own(bill, grant, line, "TR340", ProductCode="99Z99") if grant.product.code else None


def _eenheid(bill: Bill, grant: Grant, line: Prestatie, chance: Chance) -> bool | None:
    if grant.omvang is None or line.Eenheid in ("83", "84", "04", "01"):
        return None
    return _own(bill, grant, line, "TR341", Eenheid="84")


def _too_early(bill: Bill, grant: Grant, line: Prestatie, chance: Chance) -> bool | None:
    period = line.ProductPeriode
    if period.Begindatum.day == 1 or grant.omvang is None or grant.omvang.Frequentie != "4":
        return None
    return _own(bill, grant, line, "TR307", ProductPeriode=replace(period, Begindatum=period.Begindatum.replace(day=1)))


def _too_late(bill: Bill, grant: Grant, line: Prestatie, chance: Chance) -> bool | None:
    period = line.ProductPeriode
    last = last_of_month(period.Begindatum)
    if period.Einddatum == last or grant.omvang is None or grant.omvang.Frequentie != "4":
        return None
    return _own(bill, grant, line, "TR308", ProductPeriode=replace(period, Einddatum=last))


def _late_begin(bill: Bill, grant: Grant, line: Prestatie, chance: Chance) -> bool | None:
    period = line.ProductPeriode
    if grant.omvang is None or grant.omvang.Frequentie != "4" or period.Begindatum >= period.Einddatum:
        return None
    return _own(bill, grant, line, "TR387", ProductPeriode=replace(period, Begindatum=period.Begindatum + DAY))


def _early_end(bill: Bill, grant: Grant, line: Prestatie, chance: Chance) -> bool | None:
    period = line.ProductPeriode
    if grant.omvang is None or grant.omvang.Frequentie != "4" or period.Begindatum >= period.Einddatum:
        return None
    return _own(bill, grant, line, "TR388", ProductPeriode=replace(period, Einddatum=period.Einddatum - DAY))


def _volume(line: Prestatie, volume: int) -> dict[str, Any]:
    amount = basis.BedragMetDC(Bedrag=volume * (line.ProductTarief or 1), DebetCredit="D")
    return {"GeleverdVolume": volume, "IngediendBedrag": amount}


def _too_much(bill: Bill, grant: Grant, line: Prestatie, chance: Chance) -> bool | None:
    current, omvang = grant.current, grant.omvang
    if omvang is None or omvang.Frequentie != "4" or current is None or current.einde is not None:
        return None
    return _own(bill, grant, line, "TR321", **_volume(line, omvang.Volume + 1))


def _too_much_in_total(bill: Bill, grant: Grant, line: Prestatie, chance: Chance) -> bool | None:
    omvang = grant.omvang
    if omvang is None or omvang.Frequentie != "6":
        return None
    claimed = standing_volume(grant)
    also = () if claimed else ("TR321",)
    return _own(bill, grant, line, "TR322", *also, **_volume(line, omvang.Volume - claimed + 1))


def _over_budget(bill: Bill, grant: Grant, line: Prestatie, chance: Chance) -> bool | None:
    if grant.budget is None or not line.ProductTarief:
        return None
    return _own(bill, grant, line, "TR369", **_volume(line, grant.budget // line.ProductTarief + 1))


def _amount(bill: Bill, grant: Grant, line: Prestatie, chance: Chance) -> bool | None:
    if line.Eenheid in ("01", "83") or grant.budget is not None:
        return None
    amount = basis.BedragMetDC(Bedrag=line.IngediendBedrag.Bedrag + 1, DebetCredit="D")
    return _own(bill, grant, line, "TR346", IngediendBedrag=amount)


def _standing(grant: Grant) -> list[Claimed]:
    return [one for one in grant.lines if one.stands and not one.is_credit and one.regel.outcome == "granted"]


def _reference_used(bill: Bill, grant: Grant, line: Prestatie, chance: Chance) -> bool | None:
    for other in _standing(grant):
        if not bill.holds(other.line.ProductReferentie.ReferentieNummer):
            return _own(bill, grant, line, "TR314", ProductReferentie=other.line.ProductReferentie)
    return None


def _claimed_twice(bill: Bill, grant: Grant, line: Prestatie, chance: Chance) -> bool | None:
    omvang, current = grant.omvang, grant.current
    has_end = current is None or current.einde is not None
    if omvang is None or omvang.Frequentie != "4" or has_end or bill.is_on(grant.nummer):
        return None
    for other in _standing(grant):
        return _own(bill, grant, replace(other.line, ProductReferentie=line.ProductReferentie), "TR389")
    return None


def _credit(line: Prestatie, reference: str, debit: str) -> Prestatie:
    return replace(
        line,
        ProductReferentie=basis.Referentie(ReferentieNummer=reference, VorigReferentieNummer=debit),
        IngediendBedrag=replace(line.IngediendBedrag, DebetCredit="C"),
    )


def _credit_of_nothing(bill: Bill, grant: Grant, line: Prestatie, chance: Chance) -> bool | None:
    if bill.holds(NEVER_CLAIMED):
        return None
    credit = _credit(line, line.ProductReferentie.ReferentieNummer, NEVER_CLAIMED)
    return bill.add(grant.youth.bsn, credit, "TR323")


def _credited_before(bill: Bill, grant: Grant, line: Prestatie, chance: Chance) -> bool | None:
    for other in bill.grants:
        for one in other.lines:
            credit = one.credited_by
            own, debit = line.ProductReferentie.ReferentieNummer, one.line.ProductReferentie.ReferentieNummer
            credited = credit is not None and credit.regel.outcome == "granted" and not bill.holds(debit)
            if one.regel.outcome == "granted" and credited:
                return bill.add(other.youth.bsn, _credit(one.line, own, debit), "TR390")
    return None


SPOILS: Sequence[Spoil] = (
    _unknown,
    _stranger,
    _deleted,
    _categorie,
    _code,
    _eenheid,
    _too_early,
    _too_late,
    _late_begin,
    _early_end,
    _too_much,
    _too_much_in_total,
    _over_budget,
    _amount,
    _reference_used,
    _claimed_twice,
    _credit_of_nothing,
    _credited_before,
)
"""All ways to make a claim line wrong."""
