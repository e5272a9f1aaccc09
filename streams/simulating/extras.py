"""Messages that should not have been sent at all: the same once more, what is too late, what nobody awaits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from schemas.ijw_3_2.berichten import jw301, jw315, jw319
from schemas.ijw_3_2.writing import write
from streams.simulating import letters
from streams.simulating.book import DELETED, TEMPORARY, Grant
from streams.simulating.chance import Deck
from streams.simulating.delivering import Course
from streams.simulating.faults import at_fault
from streams.simulating.faults_inside import GRANTED, at
from streams.simulating.mistakes import SLOPPY
from streams.simulating.office import Journey, Office, Offices
from streams.simulating.post import NOT_AWAITED, Letter
from streams.simulating.reporting import start_line, stop_line
from streams.simulating.requesting import omvang_of, standard_product
from streams.simulating.returns import retour
from streams.simulating.truth import Verzoek
from streams.simulating.world import Expectation

DAY = timedelta(1)
NOT_YOURS = "not-your-message"
UNKNOWN_RECEIVER = "unknown-receiver"
UNREADABLE = "unreadable"

Extra = Callable[[Course], bool | None]


class Extras(Office):
    """Sends what should not have been sent."""

    def __init__(self, offices: Offices) -> None:
        super().__init__(offices)
        self._after_start = Deck(self.chance, (self._start_again, self._second_start, self._orphan_return))
        self._after_pause = Deck(
            self.chance, (self._pause_again, self._second_pause, self._end_before_pause, self._withdraw_stopped)
        )
        self._after_end = Deck(
            self.chance, (self._stop_again, self._later_stop, self._earlier_stop, self._withdraw_stopped, self._deleted)
        )

    def _now_and_then(self, sloppy: bool) -> bool:
        return self.chance.often(self.simulation.faults.extra * (SLOPPY if sloppy else 1))

    # --- after starts and stops --------------------------------------------------------------------

    def after_start(self, course: Course) -> None:
        """A start stands."""
        if self._now_and_then(course.journey.provider.sloppy):
            self._after_start.deal(lambda extra: extra(course))
        if self.chance.often(self.simulation.faults.aside):
            self._set_aside(course)

    def after_stop(self, course: Course) -> None:
        """A stop stands."""
        if self._now_and_then(course.journey.provider.sloppy):
            deck = self._after_pause if course.told[-1][1] == TEMPORARY else self._after_end
            deck.deal(lambda extra: extra(course))

    def _deliver(self, grant: Grant, line: Any, rule: str, *also: str) -> bool:
        letter = self.offices.reporting.letter(grant, [line], lambda: None)
        bericht = self.post.made(letter)
        path = "Client.StopProducten.0" if letter.name == "JW307" else "Client.StartProducten.0"
        self.post.send_wrong(letter, at_fault(bericht, at(bericht, path), rule, *also))
        return True

    def _start_again(self, course: Course) -> bool:
        return self._deliver(course.grant, start_line(course.grant, course.begin), "TR074", "TR326")

    def _second_start(self, course: Course) -> bool:
        return self._deliver(course.grant, start_line(course.grant, course.begin + DAY), "TR326")

    def _stop(self, course: Course, eind: date, reden: str, rule: str, *also: str) -> bool:
        return self._deliver(course.grant, stop_line(course.grant, course.begin, eind, reden), rule, *also)

    def _pause_again(self, course: Course) -> bool:
        return self._stop(course, course.told[-1][0], TEMPORARY, "TR074", "TR413")

    def _second_pause(self, course: Course) -> bool:
        return self._stop(course, course.told[-1][0] + DAY, TEMPORARY, "TR413")

    def _end_before_pause(self, course: Course) -> bool | None:
        eind = course.told[-1][0] - DAY
        return self._stop(course, eind, "31", "TR414") if eind >= course.begin else None

    def _stop_again(self, course: Course) -> bool:
        return self._stop(course, *course.told[-1], "TR074", "TR415")

    def _later_stop(self, course: Course) -> bool:
        return self._stop(course, course.told[-1][0] + DAY, "31", "TR415")

    def _earlier_stop(self, course: Course) -> bool | None:
        eind = course.told[-1][0] - DAY
        return self._stop(course, eind, "31", "TR414", "TR415") if eind >= course.begin else None

    def _withdraw_stopped(self, course: Course) -> bool:
        return self._deliver(course.grant, start_line(course.grant, course.begin, status="3"), "TR071")

    def _deleted(self, course: Course) -> bool | None:
        """An assignment is deleted though it was claimed on."""
        grant = course.grant
        granted = [one for one in grant.lines if one.regel.outcome == "granted" and one.regel.credit_van is None]
        current = grant.current
        if current is None or grant.is_changing or not any(one.credited_by is None for one in granted):
            return None
        line = grant.line(current)
        values = {name: getattr(line, name) for name in line.__struct_fields__}
        changes = {"Einddatum": grant.ingang, "RedenWijziging": DELETED, "ReferentieAanbieder": None}
        wrong = jw301.ToegewezenProduct(**{**values, **changes})
        letter = Letter("JW301", grant, lambda head: letters.toewijzing(head, grant.youth, [wrong]))
        bericht = self.post.made(letter)
        self.post.send_wrong(letter, at_fault(bericht, at(bericht, GRANTED), "TR385"))
        return True

    # --- after requests and answers ----------------------------------------------------------------

    def after_request(self, journey: Journey, verzoek: Verzoek) -> None:
        """A request is open."""
        if self._now_and_then(journey.provider.sloppy):
            self._asked_while_open(journey)

    def _asked_while_open(self, journey: Journey) -> None:
        line = jw315.AangevraagdProduct(
            ReferentieAanbieder=f"V{self.world.number(f'verzoek {journey.provider.code}'):06}",
            Product=standard_product(journey.product),
            ToewijzingIngangsdatum=self.world.today,
            ToewijzingEinddatum=self.world.today + timedelta(180),
            Omvang=omvang_of(journey.product),
            Budget=journey.product.budget,
            Verwijzer=letters.verwijzer("02"),
        )
        letter = Letter("JW315", journey, lambda head: letters.verzoek(head, journey.youth, [line]))
        bericht = self.post.made(letter)
        self.post.send_wrong(letter, at_fault(bericht, bericht.Client, "TR374"))

    def after_grant(self, journey: Journey, verzoek: Verzoek) -> None:
        """A request was granted."""
        if self._now_and_then(False):
            self._answer(journey, verzoek, "1", ("TR359",))

    def after_answer(self, journey: Journey, verzoek: Verzoek) -> None:
        """A request was answered."""
        if self._now_and_then(False) and verzoek.antwoorden:
            if verzoek.antwoorden[-1].code == "2":
                self._answer(journey, verzoek, "2", ("TR360",))
            elif self.chance.often(0.5):
                self._answer(journey, verzoek, "1", ("TR365",))
            else:
                self._answer(journey, verzoek, "2", ("TR365", "TR360"))

    def _answer(self, journey: Journey, verzoek: Verzoek, code: str, rules: Sequence[str]) -> None:
        reden = "7" if code == "1" else None
        said = jw319.Antwoord(ReferentieAanbieder=verzoek.referentie, VerzoekAntwoord=code, RedenAfwijzingVerzoek=reden)
        letter = Letter("JW319", journey, lambda head: letters.antwoord(head, said))
        bericht = self.post.made(letter)
        self.post.send_wrong(letter, at_fault(bericht, bericht.Antwoord, *rules))

    # --- what nobody awaits, and what cannot be taken in -------------------------------------------

    def _orphan_return(self, course: Course) -> bool:
        """A return message to a message that never came."""
        grant = course.grant
        line = start_line(grant, course.begin)
        letter = self.offices.reporting.letter(grant, [line], lambda: None)
        bericht = self.post.made(letter)
        answer, content = retour("JW305", bericht, self.world.identificatie(grant.gemeente), self.world.today, {})
        self.world.emit(
            answer,
            self.post.receiver(letter),
            write(answer, content),
            NOT_AWAITED,
            relation=grant.relation,
            identificatie=letter.identificatie,
            afzender=grant.gemeente,
            ontvanger=grant.provider.code,
        )
        return True

    def _set_aside(self, course: Course) -> None:
        """A start that cannot be taken in: for nobody, from somebody else, or not to be read."""
        grant = course.grant
        letter = self.offices.reporting.letter(grant, [start_line(grant, course.begin)], lambda: None)
        body = write("JW305", self.post.made(letter))
        party = grant.provider.party
        reason = self.chance.one((UNKNOWN_RECEIVER, NOT_YOURS, UNREADABLE))
        if reason == UNKNOWN_RECEIVER:
            body = body.replace(f"Ontvanger>{grant.gemeente}<".encode(), b"Ontvanger>0014<")
        elif reason == UNREADABLE:
            body = body[: len(body) // 8]
        else:
            others = [one.party for one in self.world.region.providers if one is not grant.provider]
            party = self.chance.one(others)
        self.world.emit("JW305", party, body, Expectation(outcome="set aside", aside=reason))
