"""The lives of youths: when care is needed, from whom, and what comes after it."""

from __future__ import annotations

from datetime import date, timedelta

from streams.simulating.configuration import Product
from streams.simulating.delivering import SWITCHED
from streams.simulating.office import Journey, Office
from streams.simulating.region import Provider, Youth

DIED = "02"


class Lives(Office):
    """Lets every youth need care at some time."""

    def begin(self) -> None:
        """Plan the first care of every youth."""
        for youth in self.world.region.youths:
            self._first_care(youth)

    def _first_care(self, youth: Youth) -> None:
        care, start = self.simulation.care, self.simulation.start
        if self.chance.often(care.running):
            began = start - timedelta(self.chance.number(15, 320))
            journey = self._journey(youth, began)
            self.world.on(
                start + timedelta(self.chance.number(0, 20)), lambda: self.offices.assigning.grant(journey, None)
            )
        else:
            day = start + timedelta(self.chance.number(0, max(0, self.simulation.days - 10)))
            self.world.on(day, lambda: self.need(self._journey(youth)))
        if self.chance.often(care.at_once):
            later = start + timedelta(self.chance.number(5, self.simulation.days))
            self.world.on(later, lambda: self.need(self._journey(youth)))

    def need(self, journey: Journey) -> None:
        """A youth needs care: the provider asks for it, or the gemeente assigns it at once."""
        if journey.youth.eighteenth <= self.world.today and not self.chance.often(0.3):
            return
        failed = journey.provider.failed(self.world.today)
        if failed and self.chance.often(failed * 0.8):
            journey = self._journey(journey.youth)
        if self.chance.often(self.simulation.care.task_based):
            self.offices.reporting.task_based(journey)
        elif self.chance.often(self.simulation.care.requested):
            self.offices.requesting.ask(self._perhaps_elsewhere(journey))
        else:
            self.offices.assigning.grant(journey, None)

    def _perhaps_elsewhere(self, journey: Journey) -> Journey:
        """Now and then the wrong gemeente of the region is asked."""
        others = [one.code for one in self.simulation.gemeenten if one.code != journey.youth.gemeente]
        if not others or not self.chance.often(0.03):
            return journey
        return Journey(journey.youth, self.chance.one(others), journey.provider, journey.product)

    def _journey(self, youth: Youth, began: date | None = None, but: Provider | None = None) -> Journey:
        product = self.chance.weighted({one: one.share for one in self.simulation.products})
        provider = self._provider(youth, product, but)
        return Journey(youth, youth.gemeente, provider, product, began)

    def _provider(self, youth: Youth, product: Product, but: Provider | None) -> Provider:
        """A provider of the product at which the youth has none of it; larger ones have more."""
        offering = [one for one in self.world.region.providers if product in one.products and one is not but]
        offering = offering or [one for one in self.world.region.providers if one is not but]
        free = [one for one in offering if not self.book.of_client(f"{youth.gemeente}:{one.code}", youth.bsn)]
        return self.chance.weighted({one: one.size for one in free or offering})

    def after_care(self, journey: Journey, day: date, reden: str) -> None:
        """What comes after care that ended: another provider, care again some time later, or nothing."""
        if reden == DIED:
            return
        youth = journey.youth
        if reden == SWITCHED:
            other = Journey(
                youth, journey.gemeente, self._provider(youth, journey.product, journey.provider), journey.product
            )
            self.world.on(day + timedelta(self.chance.number(0, 15)), lambda: self.need(other))
        elif self.chance.often(self.simulation.care.again):
            wait = self.chance.number(1, 20) if self.chance.often(0.4) else self.chance.number(20, 200)
            self.world.on(day + timedelta(wait), lambda: self.need(self._journey(youth)))
