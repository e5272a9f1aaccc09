"""What can be wrong inside a claim (JW323, level 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from msgspec.structs import replace

from schemas.ijw_3_2.berichten import basis, jw323
from streams.simulating.faults_inside import DAY, Change, Inside, at, changed, dagtekening, put
from streams.simulating.letters import total

LINE = "Declaratie.Clienten.0.Prestaties.0"
LINES = "Declaratie.Clienten.0.Prestaties"
Prestatie = jw323.Prestatie


def _retotalled(bericht: jw323.Bericht) -> jw323.Bericht:
    lines = [line for client in bericht.Declaratie.Clienten for line in client.Prestaties]
    wrong: jw323.Bericht = put("Declaratie", TotaalIngediendBedrag=total(lines))(bericht)
    return wrong


def _line(rule: str, change: Callable[[Prestatie], Prestatie | None], *also: str) -> Inside:
    """A fault of the first line, which must be a debit."""

    def changing(bericht: Any) -> Any:
        line = at(bericht, LINE)
        wrong = change(line) if line.IngediendBedrag.DebetCredit == "D" else None
        return None if wrong is None else _retotalled(changed(bericht, LINE, wrong))

    return Inside("JW323", (rule, *also), changing)


def _more(rules: tuple[str, ...], more: Callable[[Prestatie], tuple[Prestatie, ...]]) -> Inside:
    """A fault by more lines beside the first, which must be a debit."""

    def changing(bericht: Any) -> Any:
        line = at(bericht, LINE)
        if line.IngediendBedrag.DebetCredit != "D":
            return None
        return _retotalled(changed(bericht, LINES, lambda lines: (*lines, *more(line))))

    return Inside("JW323", rules, changing)


def _period(first: date, last: date) -> basis.GeslotenPeriode:
    return basis.GeslotenPeriode(Begindatum=first, Einddatum=last)


def _in_month(first: date, last: date) -> Callable[[Prestatie], Prestatie]:
    return lambda line: replace(line, ProductPeriode=_period(first, last))


def _turned(line: Prestatie) -> Prestatie | None:
    period = line.ProductPeriode
    if period.Begindatum == period.Einddatum:
        return None
    return replace(line, ProductPeriode=_period(period.Einddatum, period.Begindatum))


def _longer(line: Prestatie) -> Prestatie:
    period = line.ProductPeriode
    return replace(line, ProductPeriode=_period(period.Begindatum.replace(day=1) - DAY, period.Einddatum))


def _without_tariff(line: Prestatie) -> Prestatie:
    return replace(line, ProductTarief=9 if line.Eenheid == "83" else None)


def _in_euro(line: Prestatie) -> Prestatie:
    amount = basis.BedragMetDC(Bedrag=line.GeleverdVolume + 1, DebetCredit="D")
    return replace(line, Eenheid="83", ProductTarief=None, IngediendBedrag=amount)


def _crediting(line: Prestatie, own: str, debit: str) -> Prestatie:
    amount = replace(line.IngediendBedrag, DebetCredit="C")
    reference = basis.Referentie(ReferentieNummer=own, VorigReferentieNummer=debit)
    return replace(line, ProductReferentie=reference, IngediendBedrag=amount)


def _credit_of_nothing(line: Prestatie) -> Prestatie | None:
    if line.Eenheid == "83":
        return None
    credit = _crediting(line, own=_number(line), debit="X0")
    return replace(credit, IngediendBedrag=basis.BedragMetDC(Bedrag=0, DebetCredit="C"))


def _number(line: Prestatie) -> str:
    return line.ProductReferentie.ReferentieNummer


def _renumbered(line: Prestatie) -> Prestatie:
    return replace(line, ProductReferentie=basis.Referentie(ReferentieNummer=f"{_number(line)}x2"))


def _debit_with_credit_number(line: Prestatie) -> Prestatie:
    return replace(line, ProductReferentie=replace(line.ProductReferentie, VorigReferentieNummer="X0"))


def _claims() -> Iterator[Inside]:
    yield _line("TR137", _turned)
    yield _line("TR335", _in_month(date(2020, 11, 1), date(2020, 11, 30)), "CS100")
    yield _line("TR335", _in_month(date(2021, 1, 1), date(2021, 1, 31)))
    yield _line("CS337", _longer)
    yield _line("CD087", _without_tariff)
    yield _line("CS325", _credit_of_nothing)
    yield _line("CD060", _debit_with_credit_number)
    yield _line("CS339", _in_euro)
    yield _more(("TR101", "TR416"), lambda one: (one,))
    yield _more(("TR416",), lambda one: (_renumbered(one),))
    yield _more(("TR316",), lambda one: (_crediting(one, f"{_number(one)}x2", _number(one)),))
    yield _more(("TR315",), lambda one: tuple(_crediting(one, f"{_number(one)}x{n}", "X0") for n in (2, 3)))
    yield from _of_the_whole()


def _of_the_whole() -> Iterator[Inside]:
    def whole(rule: str, change: Change) -> Inside:
        return Inside("JW323", (rule,), change)

    yield whole("CS340", lambda b: changed(b, "Declaratie.DeclaratiePeriode.Begindatum", lambda day: day + DAY))
    yield whole("TR358", lambda b: changed(b, "Declaratie.TotaalIngediendBedrag.TotaalBedrag", lambda one: one + 1))
    yield whole("TR134", lambda b: put("Declaratie", DeclaratieDagtekening=dagtekening(b) + DAY)(b))


CLAIMS_INSIDE = tuple(_claims())
"""All ways to make a claim wrong in itself."""
