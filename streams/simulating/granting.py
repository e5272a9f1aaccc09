"""A claim on its way: sent right or wrong, and granted line by line by the hub or the gemeente (JW325), or never."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from schemas.ijw_3_2.berichten import jw323, jw325
from schemas.ijw_3_2.writing import write
from streams.simulating import letters
from streams.simulating.billing import month_of
from streams.simulating.book import Claimed, Grant
from streams.simulating.chance import Deck
from streams.simulating.faults import Fault, code_of
from streams.simulating.faults_answers import ANSWER_FAULTS
from streams.simulating.faults_claims import Bill
from streams.simulating.faults_claims_inside import CLAIMS_INSIDE
from streams.simulating.faults_inside import BROKEN, broken, put
from streams.simulating.letters import Head
from streams.simulating.mistakes import SLOPPY
from streams.simulating.office import Office, Offices
from streams.simulating.post import RIGHT, WHOLE, Letter
from streams.simulating.post import Verdict as Said
from streams.simulating.returns import claim_answer
from streams.simulating.truth import Beantwoord, Bericht, Outcome, Regel
from streams.simulating.world import Expectation

if TYPE_CHECKING:
    from streams.simulating.claiming import Claim

ANSWER_TERM = 10
TOO_MUCH = "9321"
ALREADY_USED = "9333"
Card = Callable[["Sending"], Fault | None]


@dataclass
class Sending:
    """A claim that is about to be sent."""

    claim: Claim
    bill: Bill
    letter: Letter
    bericht: jw323.Bericht


@dataclass
class Submitted:
    """What a relation claimed: the period of each claim that counts, by message, and the DeclaratieNummers."""

    periods: dict[str, date] = field(default_factory=dict)
    numbers: list[str] = field(default_factory=list)


class Granting(Office):
    """Sends claims and lets them be answered."""

    def __init__(self, offices: Offices, again: Callable[[Any], None]) -> None:
        super().__init__(offices)
        self._again = again
        self._submitted: defaultdict[str, Submitted] = defaultdict(Submitted)
        inside = [lambda s, one=one: one.fault(s.bericht) for one in CLAIMS_INSIDE]
        bytes_ = [lambda s, n=n: broken(write("JW323", s.bericht), n) for n in range(len(BROKEN))]
        history = [self._future, self._used_before, self._number_used, self._period_back]
        self._deck: Deck[Card] = Deck(self.chance, (*inside, *bytes_, *history))
        self._answer_deck = Deck(self.chance, ANSWER_FAULTS)

    def latest(self, relation: str) -> date | None:
        """The first day of the latest DeclaratiePeriode that counts as claimed."""
        return max(self._submitted[relation].periods.values(), default=None)

    # --- sending -----------------------------------------------------------------------------------

    def send(self, claim: Claim, bill: Bill) -> None:
        """Send a claim, or send it wrong as a whole first; then it is made anew some days later."""
        sending = self._sending(claim, bill)
        share = self.simulation.faults.wrong * (SLOPPY if claim.provider.sloppy else 1)
        fault = self._deck.deal(lambda card: card(sending)) if self.chance.often(share) else None
        if fault is not None:
            self._send_wrong(sending, fault)
        else:
            self._send_right(sending)

    def _sending(self, claim: Claim, bill: Bill) -> Sending:
        numbers = f"declaratie {claim.provider.code}"
        nummer = f"D{claim.month:%y%m}{self.world.number(numbers):04}"
        clienten = [jw323.Client(Bsn=bsn, Prestaties=tuple(lines)) for bsn, lines in bill.lines.items()]
        letter = Letter(
            "JW323", bill.grants[0], make=lambda head: letters.declaratie(head, nummer, bill.period, clienten)
        )
        return Sending(claim, bill, letter, self.post.made(letter))

    def _send_right(self, sending: Sending) -> None:
        bill, relation = sending.bill, sending.claim.relation
        outcome: Outcome = "partly" if bill.wrong else "accepted"
        expectation = Expectation(outcome=outcome, level=bill.level, rules=bill.rules)
        record = self._emit(sending, sending.bericht, write("JW323", sending.bericht), expectation)
        self.world.used[sending.letter.place(str(record.identificatie))] = True
        self._submitted[relation].periods[record.id] = bill.period.Begindatum
        by_hub = self.post.receiver(sending.letter).answers == "hub"
        claimed = self._note(sending.bericht, record, bill)
        kinds = sum(1 for one in claimed.values() if one.is_credit and not bill.wrong.get(one.regel.referentie))
        record.corrections = {"creditregel": kinds} if kinds else {}
        self._credits_stand(claimed, bill)
        if by_hub:
            self.post.answered_by_hub(record, "partly" if bill.wrong else "accepted")
            self.post.standing[relation, "JW323"].append(str(record.identificatie))
            self._submitted[relation].numbers.append(sending.bericht.Declaratie.DeclaratieNummer)
            self._settle(claimed, bill.wrong)
            return
        self._wait(sending, record, claimed, self._verdict(sending))

    def _emit(self, sending: Sending, bericht: Any, body: bytes, expectation: Expectation) -> Bericht:
        return self.post.emit(sending.letter, bericht, body, expectation)

    def _note(self, bericht: jw323.Bericht, record: Bericht, bill: Bill | None) -> dict[str, Claimed]:
        """The lines in the truth, still open; those that are right also with their assignment."""
        found: dict[str, Claimed] = {}
        for client in bericht.Declaratie.Clienten:
            for line in client.Prestaties:
                number = line.ProductReferentie.ReferentieNummer
                if number not in found:
                    found[number] = Claimed(_regel(record, bericht.Declaratie, line), line)
                    self.book.youth(client.Bsn, None).regels.append(found[number].regel)
                grant = bill.made_on.get(number) if bill else None
                if grant is not None:
                    grant.lines.append(found[number])
        return found

    def _credits_stand(self, claimed: Mapping[str, Claimed], bill: Bill) -> None:
        """What is taken back no longer stands as soon as its credit is sent."""
        for number, one in claimed.items():
            grant = bill.made_on.get(number)
            if grant is not None and one.is_credit:
                self._debit(grant, one).credited_by = one

    def _debit(self, grant: Grant, credit: Claimed) -> Claimed:
        wanted = credit.regel.credit_van
        return next(one for one in grant.lines if one.regel.referentie == wanted and one.regel.outcome != "refused")

    def _settle(self, claimed: Mapping[str, Claimed], refused: Mapping[str, Any]) -> None:
        for number, one in claimed.items():
            one.regel.outcome = "refused" if number in refused else "granted"
            one.regel.answered_at = self.world.now

    # --- wrong as a whole --------------------------------------------------------------------------

    def _send_wrong(self, sending: Sending, fault: Fault) -> None:
        expectation = Expectation(outcome="refused", level=fault.level, rules=fault.rules)
        body = fault.body or write("JW323", fault.bericht)
        record = self._emit(sending, fault.bericht or sending.bericht, body, expectation)
        self.world.in_days(self.chance.number(2, 9), lambda: self._again(sending.claim))
        if fault.level == 1:
            return
        self.world.used.setdefault(sending.letter.place(str(record.identificatie)), False)
        claimed = self._note(fault.bericht, record, None)
        if self.post.receiver(sending.letter).answers == "hub":
            self.post.answered_by_hub(record, "refused")
            self._settle(claimed, claimed)
            return
        wrong = replace_bericht(sending, fault.bericht)
        self._wait(wrong, record, claimed, Verdict(*_code_of(fault)))

    def _future(self, sending: Sending) -> Fault | None:
        wrong = put("Header.BerichtIdentificatie", Dagtekening=self.world.today + timedelta(3))(sending.bericht)
        return Fault(("TR135",), 4, wrong)

    def _used_before(self, sending: Sending) -> Fault | None:
        used = self.post.standing[sending.claim.relation, "JW323"]
        if not used:
            return None
        wrong = put("Header.BerichtIdentificatie", Identificatie=self.chance.one(used))(sending.bericht)
        return Fault(("TR056",), 3, wrong)

    def _number_used(self, sending: Sending) -> Fault | None:
        used = self._submitted[sending.claim.relation].numbers
        if not used:
            return None
        return Fault(("TR333",), 3, put("Declaratie", DeclaratieNummer=self.chance.one(used))(sending.bericht))

    def _period_back(self, sending: Sending) -> Fault | None:
        latest = self.latest(sending.claim.relation)
        if latest is None:
            return None
        before = month_of(latest - timedelta(1))
        return Fault(("TR318",), 3, put("Declaratie", DeclaratiePeriode=before)(sending.bericht))

    # --- the gemeente answers itself ---------------------------------------------------------------

    def _verdict(self, sending: Sending) -> Verdict:
        """What a gemeente says of a claim: what is wrong is refused, and something that is right now and then."""
        refusing = self.simulation.faults.refusing
        if self.chance.often(refusing):
            return Verdict(whole=ALREADY_USED)
        codes = sending.bill.codes()
        right = [
            line.ProductReferentie.ReferentieNummer
            for lines in sending.bill.lines.values()
            for line in lines
            if line.IngediendBedrag.DebetCredit == "D" and line.ProductReferentie.ReferentieNummer not in codes
        ]
        unjust = [number for number in right if self.chance.often(refusing / 3)]
        return Verdict(codes={**dict.fromkeys(unjust, TOO_MUCH), **codes})

    def _wait(self, sending: Sending, record: Bericht, claimed: dict[str, Claimed], verdict: Verdict) -> None:
        """Let the gemeente answer some day, or never."""
        self.post.waiting[sending.letter.place(str(record.identificatie))] += 1
        if not self.chance.often(self.simulation.faults.silent):
            moment = self.post.answer_moment(sending.letter, ANSWER_TERM)
            self.world.at(moment, lambda: self._answer(sending, record, claimed, verdict))

    def _answer(self, sending: Sending, record: Bericht, claimed: dict[str, Claimed], verdict: Verdict) -> None:
        world, letter = self.world, sending.letter
        bericht = self._answer_of(sending, verdict)
        if self.chance.often(self.simulation.faults.wrong * 2):
            wrong = self._answer_deck.deal(lambda card: card(bericht))
            if wrong is not None:
                expectation = Expectation(outcome="refused", level=wrong.level, rules=wrong.rules)
                self._emit_answer(letter, wrong.bericht, expectation)
                world.in_days(1, lambda: self._answer(sending, record, claimed, verdict))
                return
        answer = self._emit_answer(letter, bericht, RIGHT)
        answer.answers = record.id
        self._answered(sending, record, claimed, verdict)
        nothing_waits = not self.post.waiting[letter.place(str(record.identificatie))]
        if nothing_waits and not verdict.codes and self.chance.often(self.simulation.faults.extra):
            again = self._answer_of(sending, verdict)
            self._emit_answer(letter, again, Expectation(outcome="refused", level=3, rules=("IV087",)))

    def _answer_of(self, sending: Sending, verdict: Verdict) -> jw325.Bericht:
        gemeente, aanbieder = sending.claim.gemeente, sending.claim.provider.code
        head = Head(gemeente, aanbieder, self.world.identificatie(gemeente), self.world.today)
        return claim_answer(sending.bericht, head, verdict.whole, verdict.codes, verdict.in_header)

    def _emit_answer(self, letter: Letter, bericht: jw325.Bericht, expectation: Expectation) -> Bericht:
        receiver, sender = letter.ends
        return self.world.emit(
            "JW325",
            self.post.receiver(letter),
            write("JW325", bericht),
            expectation,
            relation=letter.relation,
            identificatie=bericht.Header.BerichtIdentificatie.Identificatie,
            afzender=sender,
            ontvanger=receiver,
        )

    def _answered(self, sending: Sending, record: Bericht, claimed: dict[str, Claimed], verdict: Verdict) -> None:
        refused = claimed if verdict.whole else verdict.codes
        self._settle(claimed, refused)
        place = sending.letter.place(str(record.identificatie))
        self.post.waiting[place] -= 1
        submitted = self._submitted[sending.claim.relation]
        if not verdict.whole:
            self.post.standing[sending.claim.relation, "JW323"].append(str(record.identificatie))
            submitted.numbers.append(sending.bericht.Declaratie.DeclaratieNummer)
        elif record.outcome != "refused":
            self.world.used[place] = False
            submitted.periods.pop(record.id, None)
            self._take_back_credits(sending.bill, claimed)
            self.world.in_days(self.chance.number(3, 12), lambda: self._again(sending.claim))
        said: Said = "refused" if verdict.whole else "partly" if verdict.codes else "accepted"
        record.answered = Beantwoord(by="receiver", at=self.world.now, verdict=said)

    def _take_back_credits(self, bill: Bill, claimed: Mapping[str, Claimed]) -> None:
        for grant in bill.made_on.values():
            for one in grant.lines:
                if one.credited_by is not None and one.credited_by in claimed.values():
                    one.credited_by = None


@dataclass
class Verdict:
    """What a gemeente answers: a code for the whole claim, in its header or not, or one for each refused line."""

    whole: str | None = None
    in_header: bool = False
    codes: dict[str, str] = field(default_factory=dict)


def replace_bericht(sending: Sending, bericht: Any) -> Sending:
    """The same claim with another content."""
    return Sending(sending.claim, sending.bill, sending.letter, bericht)


def _code_of(fault: Fault) -> tuple[str, bool]:
    """The code that refuses a claim as a whole, and whether it stands in the header."""
    if fault.level == 2:
        return WHOLE, True
    rule = fault.rules[0]
    return code_of(rule), rule in ("TR056", "TR135")


def _regel(record: Bericht, declaratie: jw323.Declaratie, line: jw323.Prestatie) -> Regel:
    return Regel(
        relation=str(record.relation),
        message=record.id,
        declaratie=declaratie.DeclaratieNummer,
        periode=declaratie.DeclaratiePeriode.Begindatum,
        referentie=line.ProductReferentie.ReferentieNummer,
        toewijzing=line.ToewijzingNummer,
        categorie=line.ProductCategorie,
        code=line.ProductCode,
        van=line.ProductPeriode.Begindatum,
        tot=line.ProductPeriode.Einddatum,
        bedrag=letters.signed(line),
        credit_van=line.ProductReferentie.VorigReferentieNummer,
        outcome="claimed",
        claimed_at=record.received_at,
    )
