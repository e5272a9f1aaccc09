"""Sending: right, or wrong first and then again; who answers it and when, and what becomes of it.

Nothing here reads what a hub answers. Every message goes out with what must be said of it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol

from schemas.ijw_3_2.writing import write
from streams.core.parties import Party
from streams.simulating.book import Grant
from streams.simulating.faults import Fault
from streams.simulating.letters import Head
from streams.simulating.region import Provider, Youth
from streams.simulating.returns import Codes, retour
from streams.simulating.truth import Beantwoord, Bericht, Verzoek
from streams.simulating.world import Action, Expectation, Place, World

RIGHT = Expectation(outcome="accepted")
WHOLE = "0001"
REFUSED_AT = {
    "JW301": ("Client.ToegewezenProducten.0", "9332"),
    "JW305": ("Client.StartProducten.0", "9019"),
    "JW307": ("Client.StopProducten.0", "9069"),
    "JW315": ("Client.AangevraagdeProducten.0", "9347"),
    "JW317": ("Client.Verzoek", "9349"),
    "JW319": ("Antwoord", "9355"),
}
"""A class of each message, and a code with which its receiver may refuse it though it is right."""
RETURN_TERM = 3
"""Days within which a return message should be there (working days, OP090)."""

Verdict = Literal["accepted", "partly", "refused"]


class About(Protocol):
    """What a letter is about: a course of care, or an assignment."""

    youth: Youth
    gemeente: str
    provider: Provider


def _tells_nothing(message: str, at: datetime) -> None:
    """Nothing in it counts."""


def _nothing() -> None:
    """Nothing follows."""


@dataclass
class Letter:
    """A message that somebody wants to send.

    make    builds it under a header; `tell` notes what it tells, as said by this message (id) at this moment.
    then    what follows when it stands.
    again   sends it once more, under an earlier Identificatie or a new one (None); None: it was a mistake.
    grant, verzoek   the assignment and the request that it is about.
    """

    name: str
    about: About
    make: Callable[[Head], Any]
    tell: Callable[[str, datetime], None] = _tells_nothing
    then: Action = _nothing
    again: Callable[[str | None], None] | None = None
    identificatie: str | None = None
    grant: Grant | None = None
    verzoek: Verzoek | None = None
    dagtekening: date | None = None
    corrections: dict[str, int] = field(default_factory=dict)

    @property
    def provider(self) -> Provider:
        """The aanbieder, at either end."""
        return self.about.provider

    @property
    def relation(self) -> str:
        """gemeente:aanbieder."""
        return f"{self.about.gemeente}:{self.provider.code}"

    @property
    def from_gemeente(self) -> bool:
        """Whether the gemeente is its sender."""
        return self.name in ("JW301", "JW319", "JW325")

    @property
    def ends(self) -> tuple[str, str]:
        """The codes of sender and receiver."""
        codes = (self.about.gemeente, self.provider.code)
        return codes if self.from_gemeente else (codes[1], codes[0])

    def place(self, identificatie: str) -> Place:
        """What tells whether an Identificatie was used before."""
        return (self.relation, self.ends[0], self.name, identificatie)

    def head(self) -> Head:
        """Its header."""
        assert self.identificatie is not None
        assert self.dagtekening is not None
        return Head(*self.ends, self.identificatie, self.dagtekening)


class Mistakes(Protocol):
    """Makes letters wrong."""

    def wrong(self, letter: Letter, bericht: Any) -> Fault | None:
        """This letter as it goes wrong; None when it does not."""


class Post:
    """Sends letters, and answers them for receivers that do so themselves.

    waiting    how many messages under an Identificatie wait for their answer.
    standing   by relation and type: each Identificatie that no answer can free any more.
    """

    def __init__(self, world: World, mistakes: Mistakes) -> None:
        self.world = world
        self.mistakes = mistakes
        self.waiting: Counter[Place] = Counter()
        self.standing: defaultdict[tuple[str, str], list[str]] = defaultdict(list)

    def send(self, letter: Letter) -> None:
        """Send a letter, or send it wrong first and see to it that it is sent again."""
        bericht = self.made(letter)
        fault = self.mistakes.wrong(letter, bericht)
        if fault is not None:
            self.send_wrong(letter, fault)
        else:
            self._send_right(letter, bericht)

    def made(self, letter: Letter) -> Any:
        """The message, under an Identificatie of its own unless it has one."""
        letter.identificatie = letter.identificatie or self.world.identificatie(letter.ends[0])
        letter.dagtekening = letter.dagtekening or self.world.today
        return letter.make(letter.head())

    def _send_right(self, letter: Letter, bericht: Any) -> None:
        record = self.emit(letter, bericht, write(letter.name, bericht), RIGHT)
        record.corrections = dict(letter.corrections)
        self.world.used[letter.place(str(letter.identificatie))] = True
        letter.tell(record.id, record.received_at)
        if self.receiver(letter).answers == "hub":
            self.answered_by_hub(record, "accepted")
            self.standing[letter.relation, letter.name].append(str(letter.identificatie))
            letter.then()
            return
        self.waiting[letter.place(str(letter.identificatie))] += 1
        if not self.world.chance.often(self.world.simulation.faults.silent):
            codes = self._unjust_codes(letter, bericht)
            self._answer_later(letter, record, bericht, codes)
            if codes:
                return
        letter.then()

    def send_wrong(self, letter: Letter, fault: Fault) -> None:
        """Send a letter with this fault; when it comes again is up to how its sender is told."""
        body = fault.body or write(letter.name, fault.bericht)
        expectation = Expectation(outcome="refused", level=fault.level, rules=fault.rules)
        bericht = fault.bericht or self.made(letter)
        record = self.emit(letter, bericht, body, expectation)
        if fault.level == 1:
            self._again(letter, record, under_same=False)
            return
        if self.receiver(letter).answers == "self":
            self.waiting[letter.place(str(record.identificatie))] += 1
        self.world.used.setdefault(letter.place(str(record.identificatie)), False)
        if self.receiver(letter).answers == "hub":
            self.answered_by_hub(record, "refused")
            self._again(letter, record)
        elif self.world.chance.often(self.world.simulation.faults.silent):
            # nobody tells the sender: it finds out by itself, much later
            self._again(letter, record, under_same=False, days=self.world.chance.number(15, 30))
        elif fault.harmless and self.world.chance.often(0.5):
            self._answer_later(letter, record, fault.bericht, {}, doubted=True)
        else:
            codes = fault.codes or {id(fault.bericht.Header): WHOLE}
            self._answer_later(letter, record, fault.bericht, codes)

    def emit(self, letter: Letter, bericht: Any, body: bytes, expectation: Expectation) -> Bericht:
        """Offer a letter to the hub as its sender, or as the CJG that acts for it."""
        sender, receiver = letter.ends
        identificatie = bericht.Header.BerichtIdentificatie.Identificatie
        # of what fails its schema nothing is remembered, not even that it came
        earlier = self.world.used.get(letter.place(identificatie)) if expectation.level != 1 else None
        return self.world.emit(
            letter.name,
            self.world.region.sender_for(sender, letter.name, self.world.chance),
            body,
            expectation,
            relation=letter.relation,
            identificatie=identificatie,
            afzender=sender,
            ontvanger=receiver,
            resend=earlier is False,
            duplicate=earlier is True,
        )

    def receiver(self, letter: Letter) -> Party:
        """Who receives a letter."""
        party = self.world.region.directory.by_code(letter.ends[1])
        assert party is not None
        return party

    def answered_by_hub(self, record: Bericht, verdict: Verdict) -> None:
        """Note that the hub answered at once."""
        record.answered = Beantwoord(by="hub", at=record.received_at, verdict=verdict)

    # --- again -------------------------------------------------------------------------------------

    def _again(self, letter: Letter, record: Bericht, under_same: bool = True, days: float | None = None) -> None:
        """Let a letter be sent again, when its sender knows that it was refused."""
        again = letter.again
        if again is None:
            return
        chance = self.world.chance
        same = under_same and record.identificatie == letter.identificatie
        identificatie = letter.identificatie if same and chance.often(self.world.simulation.faults.again) else None
        wait = days if days is not None else 0.5 + chance.days(3, most=12)
        self.world.in_days(wait, lambda: again(identificatie))

    # --- answers -----------------------------------------------------------------------------------

    def _unjust_codes(self, letter: Letter, bericht: Any) -> Codes:
        """The codes with which a receiver refuses what is right; mostly none."""
        chance = self.world.chance
        if letter.again is None or not chance.often(self.world.simulation.faults.refusing):
            return {}
        if chance.often(0.5):
            return {id(bericht.Header): WHOLE}
        path, code = REFUSED_AT[letter.name]
        node = bericht
        for step in path.split("."):
            node = node[int(step)] if step.isdigit() else getattr(node, step)
        return {id(node): code}

    def slow(self, letter: Letter) -> float:
        """The share of its answers that the receiver of a letter gives late."""
        share = self.world.simulation.faults.slow
        if not letter.from_gemeente:
            return share
        return min(1.0, share * (3 if letter.provider.late else 1) + letter.provider.failed(self.world.today))

    def answer_moment(self, letter: Letter, term: int) -> datetime:
        """When the receiver of a letter answers it, with a term of so many days."""
        chance = self.world.chance
        if chance.often(self.slow(letter)):
            return chance.after(self.world.now, term + 1 + chance.days(term, most=40))
        return chance.after(self.world.now, chance.random.random() * term * 0.6)

    def _answer_later(self, letter: Letter, record: Bericht, bericht: Any, codes: Codes, doubted: bool = False) -> None:
        moment = self.answer_moment(letter, RETURN_TERM)
        self.world.at(moment, lambda: self._answer(letter, record, bericht, codes, doubted))

    def _answer(self, letter: Letter, record: Bericht, bericht: Any, codes: Codes, doubted: bool) -> None:
        """The return message; a wrong one first, and one too many after it, now and then."""
        world = self.world
        answer, content = retour(letter.name, bericht, world.identificatie(letter.ends[1]), world.today, codes)
        body = write(answer, content)
        if world.chance.often(world.simulation.faults.wrong / 3):
            broken = body.replace(b"IdentificatieRetour>", b"Identificatie-Retour>")
            self._return(letter, record, answer, broken, Expectation(outcome="refused", level=1, rules=("XSD",)))
            world.in_days(0.5, lambda: self._answered(letter, record, answer, body, codes, doubted))
            return
        self._answered(letter, record, answer, body, codes, doubted)

    def _answered(self, letter: Letter, record: Bericht, answer: str, body: bytes, codes: Codes, doubted: bool) -> None:
        world = self.world
        verdict: Verdict = "refused" if codes else "accepted"
        self._return(letter, record, answer, body, RIGHT).answers = record.id
        record.answered = Beantwoord(by="receiver", at=world.now, verdict=verdict)
        place = letter.place(str(record.identificatie))
        if codes and record.outcome == "accepted":
            world.book.retract(letter.about.youth.bsn, record.id)
            world.used[place] = False
        if codes:
            self._again(letter, record)
        else:
            self.standing[letter.relation, letter.name].append(str(record.identificatie))
        if doubted:
            world.used[place] = True
            letter.tell(record.id, record.received_at)
            letter.then()
        self.waiting[place] -= 1
        if world.chance.often(world.simulation.faults.extra) and not self.waiting[place]:
            self._return(letter, record, answer, body, NOT_AWAITED)

    def _return(self, letter: Letter, record: Bericht, name: str, body: bytes, expectation: Expectation) -> Bericht:
        sender, receiver = letter.ends
        return self.world.emit(
            name,
            self.receiver(letter),
            body,
            expectation,
            relation=letter.relation,
            identificatie=record.identificatie,
            afzender=receiver,
            ontvanger=sender,
        )


NOT_AWAITED = Expectation(outcome="refused", level=3, rules=("IV028",))
"""What must become of a return message to what was answered before, or never came."""
