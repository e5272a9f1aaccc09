"""What a provider tells of care: starts (JW305) and stops (JW307), and what it takes back of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from schemas.ijw_3_2.berichten import jw305, jw307
from streams.simulating import letters
from streams.simulating.book import TEMPORARY, Grant
from streams.simulating.delivering import Course
from streams.simulating.office import Journey, Office
from streams.simulating.post import Letter
from streams.simulating.requesting import standard_product
from streams.simulating.truth import Levering, Toewijzing

DAY = timedelta(1)
PATIENCE = 12


class Reporting(Office):
    """Tells that care began or ended."""

    # --- starts ------------------------------------------------------------------------------------

    def start(self, course: Course, identificatie: str | None = None) -> None:
        """JW305: care began."""
        if course.grant.is_deleted or course.is_told:
            return
        begin = course.begin
        line = start_line(course.grant, begin)
        letter = self.letter(course.grant, [line], lambda: self._started(course), identificatie)
        letter.again = lambda same: self.start(course, same)
        letter.tell = lambda message, at: self._tell_start(course.grant, begin, message, at)
        self.post.send(letter)

    def _tell_start(self, grant: Grant, begin: date, message: str, at: datetime) -> None:
        grant.truth.leveringen.append(Levering(message=message, received_at=at, begin=begin))

    def _started(self, course: Course) -> None:
        course.is_told = True
        self.offices.extras.after_start(course)
        if self.chance.often(self.simulation.faults.withdrawn) and not course.told:
            self.world.in_days(self.chance.number(1, 5), lambda: self.withdraw_start(course))

    def withdraw_start(self, course: Course, identificatie: str | None = None) -> None:
        """JW305: the start is withdrawn, and the right day is told, in one message or in two."""
        if not course.is_told or course.told or course.is_over or course.grant.is_deleted:
            return
        grant, begin = course.grant, course.begin
        other = begin + DAY
        at_once = self.chance.often(0.5)
        lines = [start_line(grant, begin, status="3")]
        lines += [start_line(grant, other)] if at_once else []
        course.is_told = False

        def tell(message: str, at: datetime) -> None:
            self.book.withdraw(grant.truth, begin, None, message)
            if at_once:
                self._tell_start(grant, other, message, at)

        def then() -> None:
            course.begin, course.is_told = other, at_once
            grant.care[:] = [(other if one == begin else one, end) for one, end in grant.care]
            if not at_once:
                self.world.in_days(1, lambda: self.start(course))

        def again(same: str | None) -> None:
            course.is_told = True
            self.withdraw_start(course, same)

        letter = self.letter(grant, lines, then, identificatie)
        letter.tell, letter.again, letter.corrections = tell, again, {"start ingetrokken": 1}
        self.post.send(letter)

    # --- stops -------------------------------------------------------------------------------------

    def stop(self, course: Course, eind: date, reden: str, identificatie: str | None = None, tries: int = 0) -> None:
        """JW307: care ended, for a time (20) or for good; only after its start was told."""
        if course.grant.is_deleted:
            return
        if not course.is_told:
            if tries < PATIENCE:
                self.world.in_days(4, lambda: self.stop(course, eind, reden, None, tries + 1))
            return
        begin = course.begin
        eind = max(eind, begin)
        line = stop_line(course.grant, begin, eind, reden)
        letter = self.letter(course.grant, [line], lambda: self._stopped(course, eind, reden), identificatie)
        letter.again = lambda same: self.stop(course, eind, reden, same)
        letter.tell = lambda message, at: self._tell_stop(course.grant, begin, eind, reden, message, at)
        self.post.send(letter)

    def _tell_stop(self, grant: Grant, begin: date, eind: date, reden: str, message: str, at: datetime) -> None:
        grant.truth.leveringen.append(Levering(message=message, received_at=at, begin=begin, eind=eind, reden=reden))

    def _stopped(self, course: Course, eind: date, reden: str) -> None:
        course.told.append((eind, reden))
        self.offices.extras.after_stop(course)
        if reden == TEMPORARY:
            self.offices.delivering.paused(course, eind)
        elif self.chance.often(self.simulation.faults.withdrawn) and len(course.told) == 1:
            self.world.in_days(self.chance.number(1, 5), lambda: self.withdraw_stop(course))
        elif self.chance.often(0.15):
            self.world.in_days(self.chance.number(2, 15), lambda: self.offices.assigning.shorten(course.grant, eind))

    def withdraw_stop(self, course: Course, identificatie: str | None = None) -> None:
        """JW307: the stop is withdrawn, and another day is told, in one message or in two."""
        if len(course.told) != 1 or course.grant.is_deleted:
            return
        grant, begin, (eind, reden) = course.grant, course.begin, course.told[0]
        other = eind + DAY
        at_once = self.chance.often(0.5)
        lines = [stop_line(grant, begin, eind, reden, status="3")]
        lines += [stop_line(grant, begin, other, reden)] if at_once else []

        def tell(message: str, at: datetime) -> None:
            self.book.withdraw(grant.truth, begin, eind, message)
            if at_once:
                self._tell_stop(grant, begin, other, reden, message, at)

        def then() -> None:
            course.told[:] = [(other, reden)] * at_once
            grant.care[-1] = (grant.care[-1][0], other)
            if not at_once:
                self.world.in_days(1, lambda: self.stop(course, other, reden))

        letter = self.letter(grant, lines, then, identificatie)
        letter.tell, letter.corrections = tell, {"stop ingetrokken": 1}
        letter.again = lambda same: self.withdraw_stop(course, same)
        self.post.send(letter)

    # --- task-based care ---------------------------------------------------------------------------

    def task_based(self, journey: Journey) -> None:
        """Care without an assignment: only its start and stop are told, by its product."""
        product = standard_product(journey.product)
        if product is None or product.Code is None:
            return
        youth = self.book.youth(journey.youth.bsn, journey.youth.geboren)
        known = [(one.relation, one.categorie, one.code) for one in youth.toewijzingen if one.nummer is None]
        if (journey.relation, product.Categorie, product.Code) in known:
            return
        truth = Toewijzing(relation=journey.relation, nummer=None, categorie=product.Categorie, code=product.Code)
        youth.toewijzingen.append(truth)
        self._task(
            journey, truth, jw305.StartProduct(Product=product, Begindatum=self.world.today, StatusAanlevering="1")
        )

    def _task(self, journey: Journey, truth: Toewijzing, line: Any, identificatie: str | None = None) -> None:
        eind, reden = getattr(line, "Einddatum", None), getattr(line, "RedenBeeindiging", None)

        def tell(message: str, at: datetime) -> None:
            told = Levering(message=message, received_at=at, begin=line.Begindatum, eind=eind, reden=reden)
            truth.leveringen.append(told)

        def then() -> None:
            if eind is None:
                days = self.chance.number(20, 150)
                self.world.in_days(days, lambda: self._task(journey, truth, _ended(line, self.world.today)))

        letter = self.letter(journey, [line], then, identificatie)
        letter.tell = tell
        letter.again = lambda same: self._task(journey, truth, line, same)
        self.post.send(letter)

    # --- letters -----------------------------------------------------------------------------------

    def letter(
        self, about: Grant | Journey, lines: Sequence[Any], then: Callable[[], None], identificatie: str | None = None
    ) -> Letter:
        """A JW305 or JW307 with these lines, that tells nothing yet and is not sent again."""
        is_stop = isinstance(lines[0], jw307.StopProduct)
        build = letters.stop if is_stop else letters.start
        return Letter(
            "JW307" if is_stop else "JW305",
            about,
            make=lambda head: build(head, about.youth, lines),
            then=then,
            identificatie=identificatie,
            grant=about if isinstance(about, Grant) else None,
        )


def start_line(grant: Grant, begin: date, status: str = "1") -> jw305.StartProduct:
    """A StartProduct."""
    return jw305.StartProduct(
        ToewijzingNummer=grant.nummer,
        Product=grant.product_of_standard(),
        ToewijzingIngangsdatum=grant.ingang,
        Begindatum=begin,
        StatusAanlevering=status,
    )


def _ended(start: jw305.StartProduct, eind: date) -> jw307.StopProduct:
    return jw307.StopProduct(
        Product=start.Product,
        Begindatum=start.Begindatum,
        RedenBeeindiging="31",
        Einddatum=eind,
        StatusAanlevering="1",
    )


def stop_line(grant: Grant, begin: date, eind: date, reden: str, status: str = "1") -> jw307.StopProduct:
    """A StopProduct."""
    return jw307.StopProduct(
        ToewijzingNummer=grant.nummer,
        Product=grant.product_of_standard(),
        ToewijzingIngangsdatum=grant.ingang,
        Begindatum=begin,
        RedenBeeindiging=reden,
        Einddatum=eind,
        StatusAanlevering=status,
    )
