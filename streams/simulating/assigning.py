"""Assignments: a gemeente grants, changes, corrects and deletes them (JW301)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from msgspec.structs import replace

from schemas.ijw_3_2.berichten import basis, jw301
from streams.simulating import letters
from streams.simulating.book import DELETED, Grant
from streams.simulating.office import Journey, Office
from streams.simulating.post import Letter
from streams.simulating.requesting import Wish, clash, end_of, omvang_of, standard_product
from streams.simulating.truth import Toewijzing, Versie, Verzoek

ADMINISTRATIVE = "14"
LONGER, SHORTER = "04", "05"
BY_PROVIDER = "12"
FIRST_NUMBER = 1000


@dataclass
class Draft:
    """A version of an assignment that is to be sent. `reden` is RedenWijziging (JZ002); None for a first version."""

    grant: Grant
    toegewezen_op: datetime
    einde: date | None
    reden: str | None = None
    referentie: str | None = None

    def versie(self, message: str, at: datetime) -> Versie:
        """The version, as told by a message at a moment."""
        return Versie(
            message=message,
            received_at=at,
            toegewezen_op=self.toegewezen_op,
            ingang=self.grant.ingang,
            einde=self.einde,
            reden=self.reden,
            referentie=self.referentie,
        )


class Assigning(Office):
    """Decides on assignments and sends them, mostly through the CJG."""

    def grant(self, journey: Journey, verzoek: Verzoek | None) -> None:
        """JW301: a new assignment, on a request or without one."""
        ingang = self._first_day(journey, verzoek)
        grant = self.new_grant(journey, ingang, omvang_of(journey.product))
        decided = self.local_now() - timedelta(self.chance.number(0, 3))
        referentie = verzoek.referentie if verzoek else None
        draft = Draft(grant, decided, self._last_day(journey, ingang), referentie=referentie)
        self._send([draft], verzoek, lambda: self._granted(journey, grant, verzoek))

    def _first_day(self, journey: Journey, verzoek: Verzoek | None) -> date:
        today = self.world.today
        if journey.began is not None:
            return journey.began
        if verzoek is not None and verzoek.ingang is not None:
            return max(verzoek.ingang, today + timedelta(1)) if verzoek.ingang > verzoek.dagtekening else verzoek.ingang
        if self.chance.often(self.simulation.care.retroactive):
            return today - timedelta(self.chance.number(2, 45))
        return today + timedelta(self.chance.number(0, 20))

    def _last_day(self, journey: Journey, ingang: date) -> date | None:
        einde = end_of(journey.product, ingang)
        if journey.began is None or einde is None:
            return einde
        # what began longer ago and still runs was prolonged before
        return max(einde, self.simulation.start + timedelta(self.chance.number(45, 330)))

    def new_grant(self, journey: Journey, ingang: date, omvang: basis.Omvang | None) -> Grant:
        """An assignment under a new number, of which nothing was told yet."""
        product = standard_product(journey.product)
        truth = Toewijzing(
            relation=journey.relation,
            nummer=FIRST_NUMBER + self.world.number(f"toewijzing {journey.gemeente}"),
            categorie=product.Categorie if product else None,
            code=product.Code if product else None,
        )
        grant = Grant(
            youth=journey.youth,
            provider=journey.provider,
            gemeente=journey.gemeente,
            product=journey.product,
            nummer=truth.nummer or 0,
            ingang=ingang,
            omvang=omvang,
            budget=journey.product.budget,
            truth=truth,
        )
        return self.book.open_grant(grant)

    def _granted(self, journey: Journey, grant: Grant, verzoek: Verzoek | None) -> None:
        care, chance = self.simulation.care, self.chance
        if verzoek is not None:
            self.offices.extras.after_grant(journey, verzoek)
        failed = journey.provider.failed(self.world.today)
        if journey.began is None and chance.often(care.never_started + failed * 0.7):
            if chance.often(0.4):
                self.world.in_days(chance.number(10, 60), lambda: self.delete(grant))
            return
        if journey.began is None and chance.often(care.deleted):
            self.world.in_days(chance.number(1, 10), lambda: self._replace(journey, grant))
            return
        self.offices.delivering.plan(journey, grant)
        if chance.often(care.corrected):
            self.world.in_days(chance.number(5, 60), lambda: self.correct(grant))

    def _replace(self, journey: Journey, grant: Grant) -> None:
        """It was a mistake: deleted, and granted anew."""
        self.delete(grant)
        self.world.in_days(self.chance.number(1, 4), lambda: self.grant(journey, None))

    # --- changes -----------------------------------------------------------------------------------

    def delete(self, grant: Grant) -> None:
        """JW301: the assignment counts as never made (RedenWijziging 13)."""
        if not self._may_change(grant) or grant.care or any(one.regel.outcome != "refused" for one in grant.lines):
            return
        draft = Draft(grant, self.local_now(), grant.ingang, DELETED)
        self._send([draft], None, lambda: None, {"toewijzing verwijderd": 1})

    def correct(self, grant: Grant) -> None:
        """JW301: an administrative correction (RedenWijziging 14), of the end where there is one."""
        current = grant.current
        if current is None or not self._may_change(grant):
            return
        einde = current.einde + timedelta(self.chance.number(0, 3)) if current.einde else None
        draft = Draft(grant, self.local_now(), einde, ADMINISTRATIVE)
        self._send([draft], None, lambda: None, {"administratief": 1})

    def prolong(self, grant: Grant, einde: date, verzoek: Verzoek | None = None) -> None:
        """JW301: a later end under the same number."""
        if self._may_change(grant):
            referentie = verzoek.referentie if verzoek else None
            self._send([Draft(grant, self.local_now(), einde, LONGER, referentie)], verzoek, lambda: None)

    def shorten(self, grant: Grant, einde: date) -> None:
        """JW301: an earlier end, when care has stopped."""
        current = grant.current
        earlier = current is not None and (current.einde is None or einde < current.einde)
        if earlier and einde >= grant.ingang and self._may_change(grant):
            self._send([Draft(grant, self.local_now(), einde, SHORTER)], None, lambda: None)

    def _may_change(self, grant: Grant) -> bool:
        return grant.current is not None and not grant.is_changing and not grant.is_deleted

    def replace_volume(self, journey: Journey, wish: Wish, verzoek: Verzoek) -> None:
        """JW301: the old number ends, a new one with the other volume begins the day after (OP257)."""
        old = wish.grant
        begin = max(wish.begin, self.world.today + timedelta(1))
        current = old.current
        if current is None or not self._may_change(old) or (current.einde and current.einde <= begin):
            return
        new = self.new_grant(journey, begin, wish.omvang)
        drafts = [
            Draft(old, self.local_now(), begin - timedelta(1), BY_PROVIDER, verzoek.referentie),
            Draft(new, self.local_now(), current.einde, referentie=verzoek.referentie),
        ]
        self._send(drafts, verzoek, lambda: self.offices.delivering.carry_over(journey, old, new))

    # --- sending -----------------------------------------------------------------------------------

    def _send(
        self,
        drafts: Sequence[Draft],
        verzoek: Verzoek | None,
        then: Callable[[], None],
        corrections: dict[str, int] | None = None,
        identificatie: str | None = None,
    ) -> None:
        grant = drafts[0].grant
        if verzoek is not None and not self.book.is_open(grant.youth.bsn, verzoek):
            return
        for draft in drafts:
            draft.grant.is_changing = True
        lines = [draft.grant.line(draft.versie("", self.world.now)) for draft in drafts]
        lines += self._repeated(drafts)
        letter = Letter("JW301", grant, lambda head: letters.toewijzing(head, grant.youth, lines))
        letter.tell = lambda message, at: self._tell(drafts, message, at)
        letter.then = lambda: self._stands(drafts, then)
        letter.again = lambda same: self._send(drafts, verzoek, then, corrections, same)
        letter.identificatie, letter.corrections = identificatie, corrections or {}
        letter.grant, letter.verzoek = grant, verzoek
        self.post.send(letter)

    def _tell(self, drafts: Sequence[Draft], message: str, at: datetime) -> None:
        for draft in drafts:
            draft.grant.truth.versies.append(draft.versie(message, at))

    def _stands(self, drafts: Sequence[Draft], then: Callable[[], None]) -> None:
        for draft in drafts:
            draft.grant.is_changing = False
        then()

    def _repeated(self, drafts: Sequence[Draft]) -> list[jw301.ToegewezenProduct]:
        """What else this youth has here is told again, now and then (OP087); it must not look changed."""
        here = [draft.grant for draft in drafts]
        repeated: list[jw301.ToegewezenProduct] = []
        if self.chance.often(0.5):
            return repeated
        for grant in self.book.holding(here[0].relation, here[0].youth.bsn, self.world.today):
            current = grant.current
            if grant in here or grant.is_changing or current is None or current.reden is not None:
                continue
            if not any(clash(grant.product, one.product) for one in here):
                here.append(grant)
                repeated.append(replace(grant.line(current), ReferentieAanbieder=None))
        return repeated
