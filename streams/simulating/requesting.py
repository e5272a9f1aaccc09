"""Requests: an aanbieder asks for an assignment (JW315) or a change (JW317), a gemeente decides (JW319, JW301)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations

from schemas.ijw_3_2.berichten import basis, jw315, jw317, jw319
from streams.simulating import letters
from streams.simulating.book import Grant
from streams.simulating.configuration import Product
from streams.simulating.office import Journey, Office
from streams.simulating.post import Letter
from streams.simulating.region import Youth
from streams.simulating.truth import Antwoord, Verzoek

Granting = Callable[[Verzoek], None]
REASONS = {"1": 0.1, "2": 0.12, "3": 0.18, "4": 0.15, "5": 0.1, "6": 0.1, "7": 0.2, "9": 0.05}
"""RedenAfwijzingVerzoek (WJ759), without that of another gemeente."""
ELSEWHERE = "8"
PATIENCE = 6


@dataclass
class Asked:
    """A request that a gemeente decides on. `grant` is what it does when it grants it."""

    youth: Youth
    verzoek: Verzoek
    grant: Granting
    journey: Journey


class Requesting(Office):
    """Asks and decides."""

    # --- JW315 -------------------------------------------------------------------------------------

    def ask(self, journey: Journey, identificatie: str | None = None) -> None:
        """JW315: ask for an assignment, as soon as no other request of this youth is open here."""
        self.book.youth(journey.youth.bsn, journey.youth.geboren)
        if any(self.book.open_requests(journey.relation, journey.youth.bsn)):
            self._put_off(journey)
            return
        wanted = [journey.product, *self._beside(journey)]
        ingang, today = self._wanted_day(journey), self.world.today
        asked = [self._line(journey.provider.code, product, ingang) for product in wanted]
        told: list[Verzoek] = []

        def tell(message: str, at: datetime) -> None:
            told[:] = [_verzoek(journey.relation, message, at, today, line) for line in asked]
            self.book.ask(journey.youth.bsn, told)

        letter = Letter("JW315", journey, lambda head: letters.verzoek(head, journey.youth, asked), tell)
        letter.then = lambda: self._asked(journey, told, wanted)
        letter.again = lambda same: self.ask(journey, same)
        letter.identificatie = identificatie
        self.post.send(letter)

    def _put_off(self, journey: Journey) -> None:
        journey.tries += 1
        if journey.tries < PATIENCE:
            self.world.in_days(7, lambda: self.ask(journey))

    def _wanted_day(self, journey: Journey) -> date:
        if self.chance.often(self.simulation.care.retroactive):
            return self.world.today - timedelta(self.chance.number(5, 40))
        return self.world.today + timedelta(self.chance.number(3, 35))

    def _beside(self, journey: Journey) -> list[Product]:
        """Another product in the same request, now and then; never one that could overlap."""
        others = [one for one in journey.provider.products if one.code and one.categorie != journey.product.categorie]
        if journey.product.code is None or not others or not self.chance.often(0.08):
            return []
        return [self.chance.one(others)]

    def _line(self, aanbieder: str, product: Product, ingang: date) -> jw315.AangevraagdProduct:
        kind = self.chance.weighted(self.simulation.verwijzers)
        return jw315.AangevraagdProduct(
            ReferentieAanbieder=f"V{self.world.number(f'verzoek {aanbieder}'):06}",
            Product=standard_product(product),
            ToewijzingIngangsdatum=ingang,
            ToewijzingEinddatum=end_of(product, ingang),
            Omvang=omvang_of(product),
            Budget=product.budget,
            Verwijzer=letters.verwijzer(kind),
        )

    def _asked(self, journey: Journey, told: list[Verzoek], wanted: list[Product]) -> None:
        for verzoek, product in zip(told, wanted, strict=True):
            own = Journey(journey.youth, journey.gemeente, journey.provider, product)
            self.decide(Asked(journey.youth, verzoek, self._granting(own), own))
        self.offices.extras.after_request(journey, told[0])

    def _granting(self, journey: Journey) -> Granting:
        return lambda verzoek: self.offices.assigning.grant(journey, verzoek)

    # --- deciding ----------------------------------------------------------------------------------

    def decide(self, asked: Asked) -> None:
        """Let the gemeente decide, sooner or later; some requests are forgotten."""
        care, chance = self.simulation.care, self.chance
        if chance.often(care.undecided):
            return
        days = chance.random.random() * 4 if chance.often(0.75) else chance.number(6, 25)
        if asked.journey.gemeente != asked.youth.gemeente:
            self.world.in_days(days, lambda: self.reject(asked, ELSEWHERE))
        elif chance.often(care.examined):
            self.world.in_days(days, lambda: self.examine(asked))
        else:
            self.world.in_days(days, lambda: self._conclude(asked))

    def _conclude(self, asked: Asked) -> None:
        if not self.book.is_open(asked.youth.bsn, asked.verzoek):
            return
        if self.chance.often(self.simulation.care.rejected):
            self.reject(asked, self.chance.weighted(REASONS))
        else:
            asked.grant(asked.verzoek)

    def examine(self, asked: Asked, identificatie: str | None = None) -> None:
        """JW319: the request is being examined."""
        if not self.book.is_open(asked.youth.bsn, asked.verzoek) or asked.verzoek.antwoorden:
            return
        said = jw319.Antwoord(ReferentieAanbieder=asked.verzoek.referentie, VerzoekAntwoord="2")
        self._answer(asked, said, lambda same: self.examine(asked, same), lambda: self._examined(asked), identificatie)

    def _examined(self, asked: Asked) -> None:
        self.offices.extras.after_answer(asked.journey, asked.verzoek)
        if not self.chance.often(self.simulation.care.undecided * 2):
            self.world.in_days(self.chance.number(8, 70), lambda: self._conclude(asked))

    def reject(self, asked: Asked, reden: str, identificatie: str | None = None) -> None:
        """JW319: the request is rejected; for that of another gemeente it is asked there."""
        if not self.book.is_open(asked.youth.bsn, asked.verzoek):
            return
        elsewhere = None
        if reden == ELSEWHERE:
            elsewhere = jw319.Woonplaatsbeginsel(Gemeente=asked.youth.gemeente)
        said = jw319.Antwoord(
            ReferentieAanbieder=asked.verzoek.referentie,
            VerzoekAntwoord="1",
            RedenAfwijzingVerzoek=reden,
            Woonplaatsbeginsel=elsewhere,
        )
        again = lambda same: self.reject(asked, reden, same)  # noqa: E731
        self._answer(asked, said, again, lambda: self._rejected(asked, reden), identificatie)

    def _rejected(self, asked: Asked, reden: str) -> None:
        journey = asked.journey
        self.offices.extras.after_answer(journey, asked.verzoek)
        if reden == ELSEWHERE:
            at_home = Journey(journey.youth, journey.youth.gemeente, journey.provider, journey.product)
            self.world.in_days(self.chance.number(1, 8), lambda: self.ask(at_home))

    def _answer(
        self,
        asked: Asked,
        said: jw319.Antwoord,
        again: Callable[[str | None], None],
        then: Callable[[], None],
        identificatie: str | None,
    ) -> None:
        def tell(message: str, at: datetime) -> None:
            asked.verzoek.antwoorden.append(_antwoord(said, message, at))

        letter = Letter("JW319", asked.journey, lambda head: letters.antwoord(head, said), tell, then, again)
        letter.identificatie, letter.verzoek = identificatie, asked.verzoek
        self.post.send(letter)

    # --- JW317 -------------------------------------------------------------------------------------

    def ask_change(self, journey: Journey, wish: Wish, identificatie: str | None = None) -> None:
        """JW317: ask for a change of an assignment, or for a product beside it, when nothing is in the way."""
        grant, bsn, today = wish.grant, journey.youth.bsn, self.world.today
        holding = self.book.holding(grant.relation, bsn, today)
        busy = any(one.is_changing for one in holding) or any(self.book.open_requests(grant.relation, bsn))
        if grant not in holding or busy or not wish.fits(today, holding):
            return
        asked = wish.verzoek(f"V{self.world.number(f'verzoek {grant.provider.code}'):06}", holding)
        told: list[Verzoek] = []

        def tell(message: str, at: datetime) -> None:
            told[:] = [_change(grant.relation, message, at, today, asked)]
            self.book.ask(bsn, told)

        letter = Letter("JW317", grant, lambda head: letters.wijziging(head, bsn, asked), tell, grant=grant)
        letter.then = lambda: self.decide(Asked(journey.youth, told[0], wish.granted, journey))
        letter.again = lambda same: self.ask_change(journey, wish, same)
        letter.identificatie = identificatie
        self.post.send(letter)


@dataclass
class Wish:
    """What an aanbieder wants changed; `granted` is what the gemeente does when it agrees.

    begin    the first day of the change; that of the assignment when only its end changes.
    new      a product that is wanted beside it, in place of a change.
    """

    grant: Grant
    granted: Granting
    begin: date
    einde: date | None
    omvang: basis.Omvang | None
    new: Product | None = None

    def fits(self, today: date, holding: list[Grant]) -> bool:
        """Whether it can be asked today: in time, and not for what is there already."""
        products = [one.product for one in holding] + ([self.new] if self.new else [])
        if any(clash(one, other) for one, other in combinations(products, 2)):
            return False
        return self.begin == self.grant.ingang or self.begin > today + timedelta(4)

    def verzoek(self, referentie: str, holding: list[Grant]) -> jw317.Verzoek:
        """The request, which names all that holds (TR349)."""
        changes = [] if self.new else [self.grant]
        unchanged = [one for one in holding if one not in changes]
        return jw317.Verzoek(
            ReferentieAanbieder=referentie,
            RedenVerzoek="1",
            OngewijzigdeProducten=tuple(jw317.OngewijzigdProduct(ToewijzingNummer=one.nummer) for one in unchanged),
            TeWijzigenProducten=tuple(self._changed(one) for one in changes),
            NieuweProducten=(self._new(self.new),) if self.new else (),
        )

    def _changed(self, grant: Grant) -> jw317.TeWijzigenProduct:
        return jw317.TeWijzigenProduct(
            ToewijzingNummer=grant.nummer,
            GewensteIngangsdatum=self.begin,
            Einddatum=self.einde,
            Omvang=self.omvang,
            Budget=grant.budget,
        )

    def _new(self, product: Product) -> jw317.NieuwProduct:
        return jw317.NieuwProduct(
            Product=standard_product(product),
            GewensteIngangsdatum=self.begin,
            Einddatum=end_of(product, self.begin),
            Omvang=omvang_of(product),
            Budget=product.budget,
        )


def standard_product(product: Product) -> basis.Product | None:
    """A Product as messages tell it; None for what is assigned by budget alone."""
    return None if product.categorie is None else basis.Product(Categorie=product.categorie, Code=product.code)


def omvang_of(product: Product) -> basis.Omvang | None:
    """How much is assigned; None for a budget."""
    if product.volume is None:
        return None
    return basis.Omvang(Volume=product.volume, Eenheid=product.eenheid, Frequentie=product.frequentie)


def end_of(product: Product, ingang: date) -> date | None:
    """The last day of an assignment; None for one without an end."""
    return ingang + timedelta(round(product.months * 30.4) - 1) if product.months else None


def clash(one: Product, other: Product) -> bool:
    """Whether two assignments for these may not overlap (TR302, TR361)."""
    if one.categorie is None or other.categorie is None:
        return True
    return one.code == other.code if one.code and other.code else one.categorie == other.categorie


def _antwoord(said: jw319.Antwoord, message: str, at: datetime) -> Antwoord:
    return Antwoord(
        message=message,
        received_at=at,
        code=said.VerzoekAntwoord,
        reden=said.RedenAfwijzingVerzoek,
        gemeente=said.Woonplaatsbeginsel.Gemeente if said.Woonplaatsbeginsel else None,
    )


def _verzoek(relation: str, message: str, at: datetime, day: date, line: jw315.AangevraagdProduct) -> Verzoek:
    return Verzoek(
        relation=relation,
        referentie=line.ReferentieAanbieder,
        bericht="JW315",
        message=message,
        received_at=at,
        dagtekening=day,
        categorie=line.Product.Categorie if line.Product else None,
        code=line.Product.Code if line.Product else None,
        ingang=line.ToewijzingIngangsdatum,
        verwijzer=line.Verwijzer.Type,
    )


def _change(relation: str, message: str, at: datetime, day: date, asked: jw317.Verzoek) -> Verzoek:
    new = asked.NieuweProducten[0].Product if asked.NieuweProducten else None
    begins = [one.GewensteIngangsdatum for one in asked.TeWijzigenProducten]
    begins += [one.GewensteIngangsdatum for one in asked.NieuweProducten]
    return Verzoek(
        relation=relation,
        referentie=asked.ReferentieAanbieder,
        bericht="JW317",
        message=message,
        received_at=at,
        dagtekening=day,
        categorie=new.Categorie if new else None,
        code=new.Code if new else None,
        ingang=min(begins),
        toewijzingen=tuple(one.ToewijzingNummer for one in asked.TeWijzigenProducten),
    )
