"""Care itself: when it really begins, pauses and ends, and what its provider wants changed. Reporting tells of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from msgspec.structs import replace

from streams.simulating.book import TEMPORARY, Grant
from streams.simulating.office import Journey, Office, Offices
from streams.simulating.requesting import Wish
from streams.simulating.truth import Verzoek

DAY = timedelta(1)
PLANNED, BY_CLIENT, BY_PROVIDER, CHANGED, SWITCHED = "31", "32", "33", "37", "38"
REASONS = {
    PLANNED: 0.52,
    BY_CLIENT: 0.13,
    BY_PROVIDER: 0.06,
    "34": 0.1,
    "35": 0.04,
    "36": 0.04,
    SWITCHED: 0.06,
    "39": 0.045,
    "02": 0.005,
}
"""RedenBeeindiging (JZ588) of a final stop."""


@dataclass
class Course:
    """Care on one assignment as it really goes.

    end, reden   when and why it is going to end.
    begin        of the delivery that runs, or ran last; `is_told`: its start stands.
    told         the stops that stand for that begin: Einddatum and RedenBeeindiging.
    """

    journey: Journey
    grant: Grant
    begin: date
    end: date
    reden: str
    is_told: bool = False
    is_over: bool = False
    told: list[tuple[date, str]] = field(default_factory=list)


class Delivering(Office):
    """Delivers care."""

    def __init__(self, offices: Offices) -> None:
        super().__init__(offices)
        self._courses: dict[tuple[str, int], Course] = {}

    # --- the beginning -----------------------------------------------------------------------------

    def plan(self, journey: Journey, grant: Grant) -> None:
        """Let care begin on an assignment that stands: at once, after a wait, or longer ago."""
        if grant.ingang < self.world.today:
            begin = grant.ingang + timedelta(0 if journey.began else self.chance.number(0, 5))
        else:
            begin = grant.ingang + timedelta(self.chance.days(self.simulation.care.wait, most=240))
        if begin >= journey.youth.eighteenth and self.chance.often(0.8):
            return
        course = self._course(journey, grant, begin)
        if begin <= self.world.today:
            self._begin(course)
        else:
            self.world.on(begin, lambda: self._begin(course))

    def _course(self, journey: Journey, grant: Grant, begin: date) -> Course:
        end = begin + timedelta(14 + self.chance.days(self.simulation.care.duration, most=1500))
        if journey.began is not None:
            # who has been in care for long is in care for long
            end = max(end, self.simulation.start + timedelta(self.chance.number(10, 420)))
        if begin < journey.youth.eighteenth <= end and self.chance.often(0.7):
            end = journey.youth.eighteenth - DAY
        course = Course(journey, grant, begin, end, self.chance.weighted(REASONS))
        failing = journey.provider.failing_from
        if failing is not None and self.chance.often(0.6):
            drop = max(failing, begin) + timedelta(self.chance.number(5, 120))
            if begin < drop < end:
                course.end, course.reden = drop, BY_PROVIDER
        self._courses[grant.relation, grant.nummer] = course
        return course

    def _begin(self, course: Course) -> None:
        grant, einde = course.grant, course.grant.current
        if einde is None or grant.is_deleted or (einde.einde is not None and einde.einde <= course.begin):
            return
        grant.care.append((course.begin, None))
        self._told_later(course, lambda: self.offices.reporting.start(course))
        self._watch_the_end(course)
        if self.chance.often(self.simulation.care.changed):
            self.world.in_days(self.chance.number(25, 150), lambda: self._wish(course))
        if self.chance.often(self.simulation.care.paused):
            self._pause_later(course)

    def _told_later(self, course: Course, action: Callable[[], None]) -> None:
        """Days may go by between what happens and its message."""
        provider = course.journey.provider
        late = 0.45 if provider.late else 0.06
        if self.chance.often(min(1, late + provider.failed(self.world.today) / 2)):
            self.world.in_days(6 + self.chance.days(12, most=60), action)
        else:
            self.world.in_days(self.chance.random.random() * 4, action)

    # --- pauses ------------------------------------------------------------------------------------

    def _pause_later(self, course: Course) -> None:
        self.world.in_days(self.chance.number(20, 120), lambda: self._pause(course))

    def _pause(self, course: Course) -> None:
        today = self.world.today
        if course.is_over or not self._runs(course) or course.end <= today or not course.is_told:
            return
        eind = today - DAY
        if eind < course.begin:
            return
        self._close(course.grant, eind)
        self._told_later(course, lambda: self.offices.reporting.stop(course, eind, TEMPORARY))

    def paused(self, course: Course, eind: date) -> None:
        """Care goes on after some weeks, ends for good, or nobody hears of it again."""
        after = self.chance.random.random()
        if after < 0.75:
            self.world.in_days(self.chance.number(7, 80), lambda: self._resume(course))
        elif after < 0.9:
            self.world.in_days(self.chance.number(10, 60), lambda: self._end_after_pause(course, eind))

    def _resume(self, course: Course) -> None:
        current = course.grant.current
        today = self.world.today
        if course.is_over or current is None or (current.einde is not None and current.einde <= today):
            return
        course.begin, course.is_told = today, False
        course.grant.care.append((today, None))
        course.told.clear()
        course.end = max(course.end, today + timedelta(20))
        self._told_later(course, lambda: self.offices.reporting.start(course))
        self._watch_the_end(course)

    def _end_after_pause(self, course: Course, eind: date) -> None:
        if not course.is_over:
            course.is_over = True
            self.offices.reporting.stop(course, eind + timedelta(self.chance.number(0, 3)), course.reden)

    def _runs(self, course: Course) -> bool:
        return bool(course.grant.care) and course.grant.care[-1][1] is None

    def _close(self, grant: Grant, eind: date) -> None:
        begin, _ = grant.care[-1]
        grant.care[-1] = (begin, max(begin, eind))

    # --- the end -----------------------------------------------------------------------------------

    def _watch_the_end(self, course: Course) -> None:
        current = course.grant.current
        einde = current.einde if current and current.einde else None
        if einde is not None and einde < course.end and self.chance.often(0.6):
            ahead = max(einde - timedelta(self.chance.number(12, 40)), self.world.today + timedelta(3))
            self.world.on(ahead, lambda: self._ask_longer(course))
        day = min(course.end, einde or course.end)
        self.world.on(day + DAY, lambda: self._end(course))

    def _end(self, course: Course) -> None:
        current, today = course.grant.current, self.world.today
        if course.is_over or not self._runs(course) or current is None:
            return
        day = min(course.end, current.einde or course.end)
        if day >= today:
            self.world.on(day + DAY, lambda: self._end(course))
            return
        runs_out = current.einde is not None and current.einde < course.end
        reden = PLANNED if runs_out else course.reden
        course.is_over = True
        self._close(course.grant, day)
        if not (runs_out and self.chance.often(0.25)) and not self.chance.often(0.01):
            eind = max(day, course.begin)
            self._told_later(course, lambda: self.offices.reporting.stop(course, eind, reden))
        self.offices.lives.after_care(course.journey, day, reden)

    def carry_over(self, journey: Journey, old: Grant, new: Grant) -> None:
        """Care goes on under another number: a stop for the change, and a start on the new one."""
        course = self._course(journey, new, new.ingang)
        course.end = max(course.end, new.ingang + timedelta(30))
        self.world.on(new.ingang, lambda: self._begin(course))
        self.world.on(new.ingang, lambda: self._end_for_change(old))

    def _end_for_change(self, old: Grant) -> None:
        course, current = self._courses.get((old.relation, old.nummer)), old.current
        if course is None or course.is_over or current is None or current.einde is None or not self._runs(course):
            return
        course.is_over = True
        day = max(course.begin, current.einde)
        self._close(old, day)
        self._told_later(course, lambda: self.offices.reporting.stop(course, day, CHANGED))

    # --- wishes ------------------------------------------------------------------------------------

    def _ask_longer(self, course: Course) -> None:
        """Its end comes near: the gemeente prolongs it, or the provider asks for that (JW317)."""
        grant, current = course.grant, course.grant.current
        if course.is_over or current is None or current.einde is None or not self._runs(course):
            return
        einde = course.end + timedelta(self.chance.number(10, 60))
        if self.chance.often(0.5):
            self.offices.assigning.prolong(grant, einde)
            return

        def granted(verzoek: Verzoek) -> None:
            self.offices.assigning.prolong(grant, einde, verzoek)

        wish = Wish(grant, granted, grant.ingang, einde, grant.omvang)
        self.offices.requesting.ask_change(course.journey, wish)

    def _wish(self, course: Course) -> None:
        """Something else is wanted while care runs: more or less of it, or a product beside it."""
        if course.is_over or not self._runs(course) or not course.is_told:
            return
        begin = self.world.today + timedelta(self.chance.number(15, 45))
        wish = self._other_volume(course, begin) if self.chance.often(0.6) else self._beside(course, begin)
        if wish is not None:
            self.offices.requesting.ask_change(course.journey, wish)

    def _other_volume(self, course: Course, begin: date) -> Wish | None:
        grant, current = course.grant, course.grant.current
        if grant.omvang is None or grant.omvang.Frequentie == "6" or current is None:
            return None
        if current.einde is not None and current.einde <= begin + timedelta(30):
            return None
        omvang = replace(grant.omvang, Volume=max(1, round(grant.omvang.Volume * self.chance.one((0.5, 1.5, 2)))))
        wish = Wish(grant, lambda _: None, begin, current.einde, omvang)
        wish.granted = lambda verzoek: self.offices.assigning.replace_volume(course.journey, wish, verzoek)
        return wish

    def _beside(self, course: Course, begin: date) -> Wish | None:
        journey, grant = course.journey, course.grant
        products = [one for one in journey.provider.products if one.code and one.categorie != journey.product.categorie]
        if journey.product.categorie is None or not products:
            return None
        new = self.chance.one(products)
        beside = Journey(journey.youth, journey.gemeente, journey.provider, new)
        return Wish(
            grant,
            lambda verzoek: self.offices.assigning.grant(beside, verzoek),
            begin,
            grant.current.einde if grant.current else None,
            grant.omvang,
            new,
        )
