"""Messages between one gemeente and one aanbieder that follow on what was exchanged before, or do not.

`pick` chooses one of several; what is plain and legal stands first, so that hypothesis shrinks towards it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol, TypeVar

from schemas.ijw_3_2.berichten import basis, jw301, jw305, jw307, jw315, jw317, jw319, jw323
from tests.support.model import Model
from tests.support.model_lists import Line
from tests.support.model_pools import (
    AUGUST,
    BEGINS,
    BSNS,
    CLAIM_LINES,
    DATED,
    DECIDED,
    ENDS,
    KINDS,
    MONTHS,
    NUMBERS,
    PRODUCTS,
    REFERENCES,
    SELDOM,
    UNITS,
    base,
    changed,
    overlaps,
    signed,
    whole,
)

T = TypeVar("T")


class Pick(Protocol):
    """Chooses one of several."""

    def __call__(self, options: Sequence[T], /) -> T: ...


@dataclass
class Writer:
    """Makes messages that follow on what the model knows."""

    pick: Pick
    model: Model
    number: int = 0
    repeats: bool = True

    def message(self) -> tuple[str, Any]:
        """The next message, and its type."""
        self.number += 1
        name = self.pick(KINDS if self._seldom() else self._fitting())
        return name, self._with_header(name, getattr(self, f"_{name.lower()}")())

    def _fitting(self) -> list[str]:
        """The types that have something to follow on, the frequent ones more than once."""
        found = ["JW301"] * 2
        if any(map(self.model.numbers_of, BSNS)):
            found += ["JW305"] + ["JW323"] * 3
        if any(map(self._may_change, BSNS)):
            found += ["JW317"] * 2
        if any(self._starts(bsn) for bsn in BSNS):
            found += ["JW307"] * 2
        if not all(map(self.model.open_requests, BSNS)):
            found.append("JW315")
        if any(map(self.model.open_requests, BSNS)):
            found.append("JW319")
        return found

    def _starts(self, bsn: str) -> list[jw305.StartProduct]:
        return [one for one in self.model.standing(bsn) if isinstance(one, jw305.StartProduct)]

    def _may_change(self, bsn: str) -> list[int]:
        return [] if self.model.open_requests(bsn) else self.model.numbers_of(bsn)

    def _client_with(self, what: Callable[[str], Sequence[object]]) -> str:
        fitting = [bsn for bsn in BSNS if what(bsn)]
        return self.pick(BSNS if not fitting or self._seldom() else fitting)

    def _with_header(self, name: str, bericht: Any) -> Any:
        used = [identificatie for _, kind, identificatie in self.model.ids if kind == name]
        fresh = f"M{self.number}"
        identificatie = self.pick((fresh,) * 29 + ("again",)) if used and self.repeats else fresh
        identificatie = self.pick(used) if identificatie == "again" else identificatie
        dated = self.pick(DATED.get(name, AUGUST))
        known = basis.BerichtIdentificatie(Identificatie=identificatie, Dagtekening=dated)
        return changed(bericht, Header=changed(bericht.Header, BerichtIdentificatie=known))

    def _seldom(self) -> bool:
        return self.pick(SELDOM)

    def _new(self, pool: Sequence[T], used: Sequence[T]) -> T:
        """One that was not used yet; seldom, or when all were, any."""
        left = [one for one in pool if one not in used]
        return self.pick(pool if not left or self._seldom() else left[:2])

    def _new_reference(self, taken: Sequence[str] = ()) -> str:
        if not self.repeats:
            # Whose a reference is that was granted twice, nobody can tell.
            return f"Q{self.number}{len(taken)}"
        return self._new(REFERENCES, [*self.model.references(), *taken])

    def _own_or_any(self, bsn: str) -> int:
        own = self.model.numbers_of(bsn)
        return self.pick(NUMBERS if not own or self._seldom() else own)

    # --- JW301 -------------------------------------------------------------------------------------

    def _jw301(self) -> jw301.Bericht:
        bsn = self.pick(BSNS)
        products = [self._assigned(bsn, place) for place in range(self.pick((1, 1, 1, 2)))]
        client = changed(base("JW301").Client, Bsn=bsn, ToegewezenProducten=tuple(products))
        return changed(base("JW301"), Client=client)

    def _assigned(self, bsn: str, place: int) -> jw301.ToegewezenProduct:
        known = [self.model.current(number) for number in self.model.numbers_of(bsn)]
        way = self.pick(("new", "change", "change", "repeat", "delete")) if known else "new"
        if way == "new":
            nummer = self._new(NUMBERS, [p.ToewijzingNummer for _, _, p in self.model.sent])
            return self._decided(bsn, self._product(nummer), place)
        old = self.pick(known)
        assert old is not None
        if way == "repeat":
            return self.pick([version for _, version in self.model.versions(old.ToewijzingNummer)])
        if way == "delete":
            return self._decided(bsn, changed(old, Einddatum=old.Ingangsdatum, RedenWijziging="13"), place)
        return self._decided(bsn, self._changed(old), place)

    def _changed(self, old: jw301.ToegewezenProduct) -> jw301.ToegewezenProduct:
        content = self._content(old.Product)
        ingang = self.pick(BEGINS) if self._seldom() else old.Ingangsdatum
        return changed(old, RedenWijziging="12", Ingangsdatum=ingang, **content)

    def _product(self, nummer: int) -> jw301.ToegewezenProduct:
        product = self.pick(PRODUCTS)
        return jw301.ToegewezenProduct(
            ToewijzingNummer=nummer,
            Product=product,
            Toewijzingsdatum=DECIDED[0],
            Toewijzingstijd="10:00:00",
            Ingangsdatum=self.pick(BEGINS),
            **self._content(product),
        )

    def _content(self, product: basis.Product | None) -> dict[str, Any]:
        """An Omvang or a Budget as the product asks, and an Einddatum where that is required."""
        if product is None or product.Code is None:
            budget = self.pick((None, 900, 9000)) if product else self.pick((900, 9000))
            end = self.pick(ENDS if budget is not None else (None, *ENDS))
            return {"Omvang": None, "Budget": budget, "Einddatum": end}
        eenheid = UNITS[product.Code]
        omvang = self._omvang(eenheid)
        return {
            "Omvang": omvang,
            "Budget": None,
            "Einddatum": self.pick(ENDS if omvang.Frequentie == "2" else (None, *ENDS)),
        }

    def _omvang(self, eenheid: str) -> basis.Omvang:
        frequentie = self.pick(("4", "2", "6") if eenheid == "83" else ("4", "2", "6", "1"))
        return basis.Omvang(Volume=self.pick((2, 5, 1)), Eenheid=eenheid, Frequentie=frequentie)

    def _decided(self, bsn: str, product: jw301.ToegewezenProduct, place: int) -> jw301.ToegewezenProduct:
        # No moment of deciding is ever used twice: which of two versions is the current one would be anybody's guess.
        seconds = 2 * self.number + place
        tijd = f"{10 + seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        wanted = self.model.open_requests(bsn)
        known: list[str | None] = [*wanted, None] if wanted else [None]
        referentie = self.pick(REFERENCES) if self._seldom() else self.pick(known)
        return changed(
            product, Toewijzingsdatum=self.pick(DECIDED), Toewijzingstijd=tijd, ReferentieAanbieder=referentie
        )

    # --- JW305, JW307 ------------------------------------------------------------------------------

    def _jw305(self) -> jw305.Bericht:
        bsn = self._client_with(self.model.numbers_of)
        starts = tuple(self._start(bsn) for _ in range(self.pick((1, 1, 1, 2))))
        client = changed(base("JW305").Client, Bsn=bsn, StartProducten=starts)
        return changed(base("JW305"), Client=client)

    def _start(self, bsn: str) -> jw305.StartProduct:
        known = self._starts(bsn)
        if known and self.pick((False, False, False, True)):
            return changed(self.pick(known), StatusAanlevering="3")
        nummer = self.pick((None, *NUMBERS)) if self._seldom() else self._own_or_any(bsn)
        assigned = self.model.current(nummer)
        product = assigned.Product if assigned and not self._seldom() else self.pick(PRODUCTS[:4])
        status = self.pick(("1",) * 9 + ("3",))
        return jw305.StartProduct(
            ToewijzingNummer=nummer, Product=product, Begindatum=self.pick(BEGINS), StatusAanlevering=status
        )

    def _jw307(self) -> jw307.Bericht:
        bsn = self._client_with(self._starts)
        stops = tuple(self._stop(bsn) for _ in range(self.pick((1, 1, 1, 2))))
        client = changed(base("JW307").Client, Bsn=bsn, StopProducten=stops)
        return changed(base("JW307"), Client=client)

    def _stop(self, bsn: str) -> jw307.StopProduct:
        standing = self.model.standing(bsn)
        stops = [one for one in standing if isinstance(one, jw307.StopProduct)]
        if stops and self.pick((False, False, True)):
            return changed(self.pick(stops), StatusAanlevering="3")
        starts = self._starts(bsn)
        start = self._start(bsn) if not starts or self._seldom() else self.pick(starts)
        return jw307.StopProduct(
            ToewijzingNummer=start.ToewijzingNummer,
            Product=start.Product,
            Begindatum=start.Begindatum,
            RedenBeeindiging=self.pick(("20", "31")),
            Einddatum=self.pick(ENDS[:3]),
            StatusAanlevering=self.pick(("1",) * 9 + ("3",)),
        )

    # --- JW315, JW317, JW319 -----------------------------------------------------------------------

    def _free_client(self) -> str:
        return self._client_with(lambda bsn: [] if self.model.open_requests(bsn) else [bsn])

    def _jw315(self) -> jw315.Bericht:
        bsn = self._free_client()
        lines: list[jw315.AangevraagdProduct] = []
        for place in range(self.pick((1, 1, 1, 2))):
            lines.append(self._aanvraag(place, [one.ReferentieAanbieder for one in lines]))
        client = changed(base("JW315").Client, Bsn=bsn, AangevraagdeProducten=tuple(lines))
        return changed(base("JW315"), Client=client)

    def _aanvraag(self, place: int, taken: list[str]) -> jw315.AangevraagdProduct:
        return changed(
            base("JW315").Client.AangevraagdeProducten[place],
            ReferentieAanbieder=self._new_reference(taken),
        )

    def _jw317(self) -> jw317.Bericht:
        bsn = self._client_with(self._may_change)
        verzoek = jw317.Verzoek(ReferentieAanbieder=self._new_reference(), RedenVerzoek="2", **self._situation(bsn))
        return changed(base("JW317"), Client=changed(base("JW317").Client, Bsn=bsn, Verzoek=verzoek))

    def _situation(self, bsn: str) -> dict[str, Any]:
        """What is to stay, to change and to come; all that the client has, save seldom."""
        own = [n for n in self.model.numbers_of(bsn) if not self._seldom()]
        named = [*own, self.pick(NUMBERS)] if self._seldom() or not own else own
        kept = [n for n in named if self.pick((False, True))]
        changes = [self._change(n) for n in named if n not in kept]
        fresh = () if changes and not self._seldom() else (self._wanted(),)
        unchanged = tuple(jw317.OngewijzigdProduct(ToewijzingNummer=n) for n in dict.fromkeys(kept))
        return {"OngewijzigdeProducten": unchanged, "TeWijzigenProducten": tuple(changes), "NieuweProducten": fresh}

    def _change(self, nummer: int) -> jw317.TeWijzigenProduct:
        known = self.model.current(nummer)
        product = known.Product if known and self.pick((True, True, False)) else self.pick(PRODUCTS)
        first = known.Ingangsdatum if known and self.pick((True, True, False)) else self.pick((*BEGINS, ENDS[1]))
        content = self._content(product)
        if known and self.pick((False, False, True)):
            content |= {"Omvang": known.Omvang, "Budget": known.Budget}
        end = content.pop("Einddatum") or ENDS[0]
        return jw317.TeWijzigenProduct(
            ToewijzingNummer=nummer, GewensteIngangsdatum=first, Einddatum=max(first, end), **content
        )

    def _wanted(self) -> jw317.NieuwProduct:
        product = self.pick(PRODUCTS)
        content = self._content(product)
        first = self.pick((date(2026, 6, 15), date(2026, 8, 1)))
        end = content.pop("Einddatum") or ENDS[0]
        return jw317.NieuwProduct(
            Product=product, GewensteIngangsdatum=first, Einddatum=max(first + timedelta(30), end), **content
        )

    def _jw319(self) -> jw319.Bericht:
        wanted = [one for one in self.model.references() if self.model.is_open(one)]
        if self.pick((False, False, False, True)) or not wanted:
            wanted = self.model.references()
        referentie = self.pick(REFERENCES if not wanted or self._seldom() else wanted)
        said = self.pick(("2", "1"))
        reden = "4" if said == "1" else None
        antwoord = jw319.Antwoord(ReferentieAanbieder=referentie, VerzoekAntwoord=said, RedenAfwijzingVerzoek=reden)
        return changed(base("JW319"), Antwoord=antwoord)

    # --- JW323 -------------------------------------------------------------------------------------

    def _jw323(self) -> jw323.Bericht:
        latest = max((period for _, _, period in self.model.claims), default=MONTHS[0])
        later = [month for month in MONTHS if month >= latest]
        month = self.pick(MONTHS if self._seldom() else later[:2])
        clients = BSNS if self._seldom() else (self._client_with(self.model.numbers_of),)
        claimed = tuple(jw323.Client(Bsn=bsn, Prestaties=self._lines(bsn, month)) for bsn in clients)
        total = sum(signed(line) for client in claimed for line in client.Prestaties)
        used = [nummer for _, nummer, _ in self.model.claims]
        declaratie = jw323.Declaratie(
            DeclaratieNummer=self.pick(used) if used and self.pick((False,) * 29 + (True,)) else f"D{self.number}",
            DeclaratiePeriode=whole(month),
            DeclaratieDagtekening=AUGUST[0],
            TotaalIngediendBedrag=basis.TotaalBedragMetDC(
                TotaalBedrag=abs(total), DebetCredit="C" if total < 0 else "D"
            ),
            Clienten=claimed,
        )
        return changed(base("JW323"), Declaratie=declaratie)

    def _lines(self, bsn: str, month: date) -> tuple[jw323.Prestatie, ...]:
        used = [one.number for one in self.model.lines]
        lines: list[jw323.Prestatie] = []
        for _ in range(self.pick((1, 1, 2, 3))):
            line = self._credit(bsn) or self._debit(bsn, month, lines)
            number = self._new(CLAIM_LINES, [*used, *(one.ProductReferentie.ReferentieNummer for one in lines)])
            numbers = changed(line.ProductReferentie, ReferentieNummer=number)
            lines.append(changed(line, ProductReferentie=numbers))
        return tuple(lines)

    def _credit(self, bsn: str) -> jw323.Prestatie | None:
        own = [one for one in self.model.lines if one.bsn == bsn and not one.credits]
        left = [one for one in own if not self.model.is_credited(one)]
        if not own or not self.pick((False, False, True)):
            return None
        debit: Line = self.pick(own if not left or self._seldom() else left)
        line = debit.line if not self._seldom() else self._debit(bsn, self.pick(MONTHS))
        if line.IngediendBedrag.Bedrag == 0:
            return None
        return changed(
            line,
            ProductReferentie=basis.Referentie(ReferentieNummer="", VorigReferentieNummer=debit.number),
            IngediendBedrag=changed(line.IngediendBedrag, DebetCredit="C"),
        )

    def _debit(self, bsn: str, month: date, lines: Sequence[jw323.Prestatie] = ()) -> jw323.Prestatie:
        nummer = self._own_or_any(bsn)
        claimed = [*lines, *(one.line for one in self.model.claimed(nummer) if not self.model.is_credited(one))]
        taken = [one.ProductPeriode.Begindatum.month for one in claimed if one.ToewijzingNummer == nummer]
        known = self.model.current(nummer)
        product = known.Product if known and known.Product and not self._seldom() else self.pick(PRODUCTS[:4])
        assert product is not None
        code = product.Code or "54001"
        fitting = UNITS.get(code, "83") if known is None or known.Omvang is None else known.Omvang.Eenheid
        eenheid = (
            self.pick(("01", "83", "14")) if self._seldom() else self.pick((fitting, "01")[: 1 + (fitting == "04")])
        )
        volume = self.pick((1, 1, 2, 2, 5, 60, 500))
        tarief = None if eenheid == "83" else 10
        return jw323.Prestatie(
            ProductReferentie=basis.Referentie(ReferentieNummer=""),
            ToewijzingNummer=nummer,
            ProductCategorie=product.Categorie,
            ProductCode=code,
            ProductPeriode=self._period(known, month, taken),
            GeleverdVolume=volume,
            Eenheid=eenheid,
            ProductTarief=tarief,
            IngediendBedrag=basis.BedragMetDC(Bedrag=volume * (tarief or 1), DebetCredit="D"),
        )

    def _period(self, known: jw301.ToegewezenProduct | None, month: date, taken: list[int]) -> basis.GeslotenPeriode:
        if known is None or self._seldom():
            return whole(self.pick(MONTHS))
        fitting = [whole(one) for one in MONTHS if one <= month and overlaps(whole(one), known)]
        left = [one for one in fitting if one.Begindatum.month not in taken]
        period = self.pick(left or fitting or [whole(month)])
        cut = changed(
            period,
            Begindatum=max(period.Begindatum, known.Ingangsdatum),
            Einddatum=min(period.Einddatum, known.Einddatum or date.max),
        )
        if self._seldom():
            cut = changed(cut, Begindatum=cut.Begindatum + timedelta(1))
        if self._seldom():
            cut = changed(cut, Einddatum=cut.Einddatum - timedelta(1))
        return cut if cut.Begindatum <= cut.Einddatum else period
