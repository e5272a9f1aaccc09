"""Claims: every provider claims every month at every gemeente what it delivered (JW323)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from msgspec.structs import replace

from schemas.ijw_3_2.berichten import basis
from streams.simulating.billing import debit, delivered, month_of, next_month, product_period
from streams.simulating.book import Claimed, Grant
from streams.simulating.chance import Deck
from streams.simulating.faults_claims import SPOILS, Bill
from streams.simulating.granting import Granting
from streams.simulating.mistakes import SLOPPY
from streams.simulating.office import Office, Offices
from streams.simulating.region import Provider

BACK = 4
"""How many months are looked back for what was not claimed yet."""


@dataclass
class Claim:
    """A claim that a provider wants to send to a gemeente (code) for a month (its first day)."""

    provider: Provider
    gemeente: str
    month: date

    @property
    def relation(self) -> str:
        """gemeente:aanbieder."""
        return f"{self.gemeente}:{self.provider.code}"


class Claiming(Office):
    """Makes claims out of the care of every month."""

    def __init__(self, offices: Offices) -> None:
        super().__init__(offices)
        self._spoils = Deck(self.chance, SPOILS)
        self.granting = Granting(offices, self.claim)

    def begin(self) -> None:
        """Plan the claims of every month."""
        last = self.simulation.start + timedelta(self.simulation.days)
        for provider in self.world.region.providers:
            month = self.simulation.start.replace(day=1)
            while next_month(month) < last:
                for gemeente in self.simulation.gemeenten:
                    self._plan(Claim(provider, gemeente.code, month))
                month = next_month(month)

    def _plan(self, claim: Claim) -> None:
        late = self.chance.often(0.4 if claim.provider.late else 0.06)
        days = self.chance.number(20, 50) if late else self.chance.number(1, 17)
        self.world.on(next_month(claim.month) + timedelta(days), lambda: self.claim(claim))

    def claim(self, claim: Claim) -> None:
        """JW323: claim what was delivered until the end of the month, as far as it was not yet."""
        if self.chance.often(claim.provider.failed(self.world.today) * 0.8):
            return
        bill = self._bill(claim)
        if bill.lines:
            self.granting.send(claim, bill)

    # --- the bill ----------------------------------------------------------------------------------

    def _bill(self, claim: Claim) -> Bill:
        latest = self.granting.latest(claim.relation)
        period = month_of(max(claim.month, latest or claim.month))
        if latest is not None and next_month(latest) == claim.month and self._mistaken(claim):
            # the month of the claim before is filled in, so that nothing of this month fits (TR319)
            period = month_of(latest)
            self.world.in_days(self.chance.number(3, 9), lambda: self.claim(claim))
        grants = self.book.by_relation.get(claim.relation, [])
        series = f"regel {claim.provider.code}"
        bill = Bill(
            period=period,
            grants=grants,
            next_reference=lambda: f"P{self.world.number(series):07}",
            next_stranger=lambda: next(self.world.region.strangers),
        )
        for grant in grants:
            self._bill_grant(claim, bill, grant)
        return bill

    def _bill_grant(self, claim: Claim, bill: Bill, grant: Grant) -> None:
        if not grant.care or grant.is_deleted:
            return
        self._credit(bill, grant)
        month = max(self._first_month(claim, grant), grant.care[0][0].replace(day=1))
        while month <= claim.month:
            self._bill_month(claim, bill, grant, month)
            month = next_month(month)

    def _first_month(self, claim: Claim, grant: Grant) -> date:
        month = claim.month
        for _ in range(BACK):
            month = (month - timedelta(1)).replace(day=1)
        return max(month, self.simulation.start.replace(day=1), grant.ingang.replace(day=1))

    def _mistaken(self, claim: Claim) -> bool:
        return self.chance.often(self.simulation.faults.lines * (SLOPPY if claim.provider.sloppy else 1))

    def _bill_month(self, claim: Claim, bill: Bill, grant: Grant, month: date) -> None:
        claimed = {
            one.line.ProductPeriode.Begindatum.replace(day=1) for one in grant.lines if one.stands and not one.is_credit
        }
        period = product_period(grant, month_of(month))
        if month in claimed or period is None or self.chance.often(0.02):
            return
        volume = delivered(grant, period, bill.lines_of(grant.nummer), self.chance)
        if volume <= 0:
            return
        line = debit(grant, period, volume, bill.next_reference())
        if month > bill.period.Begindatum:
            bill.add(grant.youth.bsn, line, "TR319")
            return
        # what is on the bill already stays the only one of its assignment that may go wrong
        wrong = not bill.is_on(grant.nummer) and self._mistaken(claim)
        if wrong and self._spoils.deal(lambda spoil: spoil(bill, grant, line, self.chance)):
            return
        bill.add(grant.youth.bsn, line, grant=grant)

    def _credit(self, bill: Bill, grant: Grant) -> None:
        """A line that was granted is taken back, mostly for a smaller one in its place."""
        if not self.chance.often(self.simulation.faults.credited):
            return
        for one in grant.lines:
            if one.regel.outcome == "granted" and one.stands and not one.is_credit:
                self._take_back(bill, grant, one)
                return

    def _take_back(self, bill: Bill, grant: Grant, one: Claimed) -> None:
        own = one.line.ProductReferentie.ReferentieNummer
        reference = basis.Referentie(ReferentieNummer=bill.next_reference(), VorigReferentieNummer=own)
        amount = replace(one.line.IngediendBedrag, DebetCredit="C")
        bill.add(grant.youth.bsn, replace(one.line, ProductReferentie=reference, IngediendBedrag=amount), grant=grant)
        current = grant.current
        period = one.line.ProductPeriode
        still_fits = current is not None and product_period(grant, month_of(period.Begindatum)) == period
        if still_fits and one.line.GeleverdVolume > 1 and self.chance.often(0.7):
            smaller = debit(grant, period, one.line.GeleverdVolume - 1, bill.next_reference())
            bill.add(grant.youth.bsn, smaller, grant=grant)
