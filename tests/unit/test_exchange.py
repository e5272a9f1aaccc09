"""The exchange core: what one envelope brings about, for every way a message can go."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from schemas.ijw_3_2.dossier.rows import Key, Row
from schemas.ijw_3_2.reading import Message, Schemas
from streams.core.effects import Answer, Deliver, Effect, Effects, Judged, Quarantine, Refuse, Remember
from streams.core.envelope import Envelope
from streams.core.exchange import Exchange
from streams.core.intake import Rejection, admit
from streams.core.parties import Directory, Mandate, Party

MESSAGES = Path(__file__).parents[1] / "cases" / "messages"
NOW = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
SCHEMAS = Schemas()
ALL_BERICHTEN = frozenset({"JW301", "JW302", "JW305", "JW307", "JW315", "JW317", "JW319", "JW320"})


def directory(gemeente: str = "hub", aanbieder: str = "hub") -> Directory:
    mandate = Mandate(gemeente="0392", berichten=ALL_BERICHTEN)
    return Directory(
        (
            Party(id="haarlem", kind="gemeente", code="0392", name="Haarlem", answers=gemeente),
            Party(id="heemstede", kind="gemeente", code="0397", name="Heemstede", answers=gemeente),
            Party(id="zorg", kind="aanbieder", code="65656001", name="Zorg", answers=aanbieder),
            Party(id="hulp", kind="gi", code="65656002", name="Hulp", answers=aanbieder),
            Party(id="cjg", kind="cjg", name="CJG", mandates=(mandate,)),
        )
    )


class Relation:
    """Messages one after another through the exchange, with the dossier kept in a dict."""

    def __init__(self, parties: Directory | None = None) -> None:
        self.directory = parties or directory()
        self.exchange = Exchange(SCHEMAS, self.directory)
        self.rows: dict[Key, Row] = {}
        self.count = 0

    def send(self, party: str, body: bytes) -> Effects:
        envelope = self.envelope(party, body)
        assert isinstance(envelope, Envelope), envelope
        effects = self.exchange.process(envelope, self.rows, NOW)
        for effect in effects:
            if isinstance(effect, Remember):
                self.rows.update(effect.rows)
        return effects

    def envelope(self, party: str, body: bytes) -> Envelope | Rejection:
        self.count += 1
        sender = self.directory.by_id(party)
        assert sender is not None
        return admit(body, sender, self.directory, source="test", reference=str(self.count), now=NOW)


def message(name: str, **changes: str) -> bytes:
    """A base message; with old="new" replacements of its text."""
    body = (MESSAGES / f"{name}.xml").read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in body, f"{name} has no {old}"
        body = body.replace(old, new)
    return body.encode()


def renamed(body: bytes, identificatie: str) -> bytes:
    """The same message with another Identificatie."""
    before, rest = body.split(b"<ijw:Identificatie>", 1)
    _, after = rest.split(b"</ijw:Identificatie>", 1)
    return before + b"<ijw:Identificatie>" + identificatie.encode() + b"</ijw:Identificatie>" + after


def judged(effects: Effects) -> Judged:
    return next(effect for effect in effects if isinstance(effect, Judged))


def of(kind: type[Effect], effects: Effects) -> list[Effect]:
    return [effect for effect in effects if isinstance(effect, kind)]


def receivers(effects: Sequence[Effect]) -> list[tuple[str, bool]]:
    return [(e.receiver, e.copy) for e in effects if isinstance(e, Deliver | Answer)]


def soort(effects: Effects) -> str:
    """What is wrong with a message, as its sender's software is told."""
    (fault,) = of(Refuse, effects)
    assert isinstance(fault, Refuse)
    return str(json.loads(fault.body)["soort"])


def read(body: bytes) -> Message:
    found = SCHEMAS.read(body)
    assert isinstance(found, Message), found
    return found


def test_an_accepted_message_is_delivered_answered_and_remembered() -> None:
    relation = Relation()
    effects = relation.send("haarlem", message("JW301"))
    assert (judged(effects).outcome, judged(effects).level, judged(effects).findings) == ("accepted", None, ())
    assert [one.rule for one in judged(effects).not_checked] == ["TR381"]
    assert receivers(of(Deliver, effects)) == [("zorg", False)]
    assert receivers(of(Answer, effects)) == [("haarlem", False), ("cjg", True)]
    assert {key.partition(" ")[0] for key in relation.rows} == {"received", "assignment", "client"}


def test_what_arrives_for_a_gemeente_goes_to_its_cjg_too() -> None:
    relation = Relation()
    relation.send("haarlem", message("JW301"))
    effects = relation.send("zorg", message("JW305"))
    assert receivers(of(Deliver, effects)) == [("haarlem", False), ("cjg", True)]
    assert receivers(of(Answer, effects)) == [("zorg", False)]


def test_a_cjg_sends_in_the_name_of_its_gemeente_and_hears_the_answer_first() -> None:
    effects = Relation().send("cjg", message("JW301"))
    assert receivers(of(Answer, effects)) == [("cjg", False), ("haarlem", True)]


def test_a_refused_message_is_answered_not_delivered_and_leaves_only_its_receipt() -> None:
    relation = Relation()
    effects = relation.send("zorg", message("JW305"))
    assert (judged(effects).outcome, judged(effects).level) == ("refused", 3)
    assert of(Deliver, effects) == []
    assert receivers(of(Answer, effects)) == [("zorg", False)]
    assert {key.partition(" ")[0] for key in relation.rows} == {"received"}


def test_level_1_gives_a_fault_and_no_answer() -> None:
    effects = Relation().send("zorg", message("JW305", **{"<jw305:Geslacht>": "<jw305:Geslacht>9"}))
    assert (judged(effects).outcome, judged(effects).level) == ("refused", 1)
    (fault,) = of(Refuse, effects)
    assert isinstance(fault, Refuse)
    told = json.loads(fault.body)
    assert told["findings"][0]["path"] == "Bericht/Client/Geslacht"
    assert told["soort"] == "payload"
    assert fault.receiver == "zorg"
    assert len(effects) == 2


def test_the_receiver_that_answers_itself_gets_what_the_hub_would_refuse() -> None:
    relation = Relation(directory(gemeente="self"))
    effects = relation.send("zorg", message("JW305"))
    assert judged(effects).outcome == "refused"
    assert receivers(of(Deliver, effects)) == [("haarlem", False), ("cjg", True)]
    assert of(Answer, effects) == []


def test_but_never_what_fails_the_schema() -> None:
    relation = Relation(directory(gemeente="self"))
    effects = relation.send("zorg", message("JW305", **{"<jw305:Geslacht>": "<jw305:Geslacht>9"}))
    assert of(Deliver, effects) == []


def test_a_return_message_finds_who_sent_what_it_answers() -> None:
    answering = Relation()
    (_, _, answer, *_) = answering.send("cjg", message("JW301"))
    assert isinstance(answer, Answer)
    relation = Relation(directory(aanbieder="self"))
    relation.send("cjg", message("JW301"))
    effects = relation.send("zorg", answer.body)
    assert judged(effects) == Judged(outcome="accepted", bericht="JW302")
    assert receivers(of(Deliver, effects)) == [("cjg", False), ("haarlem", True)]


@pytest.mark.parametrize("outcome", ["accepted", "refused"])
def test_a_return_message_tells_what_it_answers_and_how(outcome: str) -> None:
    answering = Relation()
    if outcome == "refused":
        answering.send("haarlem", message("JW301"))  # the second one is refused for its Identificatie
    answer = of(Answer, answering.send("haarlem", message("JW301")))[0]
    assert isinstance(answer, Answer)
    assert answer.outcome == outcome
    relation = Relation(directory(aanbieder="self"))
    (_, passed, *_) = relation.send("haarlem", message("JW301"))
    assert isinstance(passed, Deliver)
    assert (passed.answers, passed.outcome) == (None, None)
    delivered = of(Deliver, relation.send("zorg", answer.body))
    assert [(e.answers, e.outcome) for e in delivered if isinstance(e, Deliver)] == [
        (passed.id.rpartition(".")[0], outcome)
    ] * 2


def test_a_second_return_message_for_the_same_message_is_refused() -> None:
    (_, _, answer, *_) = Relation().send("haarlem", message("JW301"))
    assert isinstance(answer, Answer)
    relation = Relation(directory(aanbieder="self"))
    relation.send("haarlem", message("JW301"))
    relation.send("zorg", answer.body)
    effects = relation.send("zorg", renamed_retour(answer.body))
    assert judged(effects).outcome == "refused"
    assert len(of(Refuse, effects)) == 1


def test_each_of_two_messages_with_one_identificatie_may_be_answered_by_its_receiver() -> None:
    (_, _, answer, *_) = Relation().send("haarlem", message("JW301"))
    assert isinstance(answer, Answer)
    relation = Relation(directory(aanbieder="self"))
    relation.send("haarlem", message("JW301"))
    relation.send("haarlem", message("JW301"))
    outcomes = [judged(relation.send("zorg", renamed_retour(answer.body))).outcome for _ in range(3)]
    assert outcomes == ["accepted", "accepted", "refused"]


def test_an_identificatie_stays_used_however_often_it_is_refused() -> None:
    relation = Relation()
    relation.send("haarlem", message("JW301"))
    again = [judged(relation.send("haarlem", message("JW301"))).outcome for _ in range(3)]
    assert again == ["refused"] * 3


def test_a_receiver_that_left_since_intake_means_quarantine() -> None:
    relation = Relation()
    envelope = relation.envelope("haarlem", message("JW301"))
    assert isinstance(envelope, Envelope)
    without = Exchange(SCHEMAS, Directory(tuple(p for p in relation.directory.parties if p.id != "zorg")))
    effects = without.process(envelope, {}, NOW)
    assert [type(effect) for effect in effects] == [Judged, Quarantine]
    assert judged(effects).outcome == "quarantined"


def renamed_retour(body: bytes) -> bytes:
    before, rest = body.split(b"<jw302:IdentificatieRetour>", 1)
    return before + b"<jw302:IdentificatieRetour>X" + rest[1:]


def test_a_return_message_that_answers_nothing_is_refused() -> None:
    (_, _, answer, *_) = Relation().send("haarlem", message("JW301"))
    assert isinstance(answer, Answer)
    effects = Relation(directory(aanbieder="self")).send("zorg", answer.body)
    assert (judged(effects).outcome, judged(effects).level) == ("refused", 3)
    assert [finding.rule for finding in judged(effects).findings] == ["IV028"]
    assert [type(effect) for effect in effects] == [Judged, Refuse]
    assert soort(effects) == "not-awaited"


def test_another_message_with_the_same_identificatie_is_a_business_duplicate() -> None:
    relation = Relation()
    relation.send("haarlem", message("JW301"))
    effects = relation.send("haarlem", message("JW301"))
    assert [f.retourcode for f in judged(effects).findings if f.klasse == "Header"] == ["9056"]
    (answer, *_) = of(Answer, effects)
    assert isinstance(answer, Answer)
    retour = read(answer.body).bericht
    assert retour.Header.RetourCodes == ("9056",)  # type: ignore[union-attr]
    assert retour.Client is None  # type: ignore[union-attr]


def test_the_identificatie_of_a_refused_message_may_be_used_again() -> None:
    relation = Relation()
    assert judged(relation.send("zorg", message("JW305"))).level == 3
    relation.send("haarlem", message("JW301"))
    assert judged(relation.send("zorg", message("JW305"))).outcome == "accepted"


def test_the_same_input_gives_the_same_effects_to_the_byte() -> None:
    one, other = Relation(), Relation()
    for name, party in (("JW301", "haarlem"), ("JW305", "zorg"), ("JW305", "zorg"), ("JW307", "zorg")):
        assert one.send(party, message(name)) == other.send(party, message(name))


def test_answers_are_dated_in_dutch_time() -> None:
    (_, _, answer, *_) = Relation().send("haarlem", message("JW301"))
    assert isinstance(answer, Answer)
    assert read(answer.body).bericht.Header.DagtekeningRetour.isoformat() == "2026-11-24"  # type: ignore[union-attr]


def test_a_refused_jw325_has_no_answer_so_its_sender_gets_a_fault() -> None:
    claimed = message("JW325")
    total = claimed.index(b"TotaalToegekendBedrag")
    broken = claimed[:total] + claimed[total:].replace(b"<ijw:TotaalBedrag>", b"<ijw:TotaalBedrag>9", 1)
    effects = Relation().send("haarlem", broken)
    assert (judged(effects).outcome, judged(effects).level) == ("refused", 2)
    assert len(of(Refuse, effects)) == 1
    assert soort(effects) == "not-as-asked"
    assert of(Deliver, effects) == of(Answer, effects) == []


def test_a_claim_is_answered_once_and_then_no_answer_is_awaited() -> None:
    relation = Relation(directory(gemeente="self"))
    (_, claim, *_) = relation.send("zorg", message("JW323"))
    (_, passed, *_) = relation.send("haarlem", message("JW325"))
    assert isinstance(claim, Deliver)
    assert isinstance(passed, Deliver)
    assert (passed.answers, passed.outcome) == (claim.id.rpartition(".")[0], "partly")
    assert soort(relation.send("haarlem", renamed(message("JW325"), "G2"))) == "not-awaited"


@pytest.mark.parametrize(
    ("party", "name", "changes", "reason"),
    [
        ("zorg", "JW301", {}, "not-your-message"),
        ("hulp", "JW305", {}, "not-your-message"),
        ("cjg", "JW323", {}, "not-your-message"),
        ("haarlem", "JW301", {"65656001": "65656099"}, "unknown-receiver"),
        ("haarlem", "JW301", {"0392": "0999"}, "unknown-sender"),
        ("heemstede", "JW305", {"0392": "65656001", "<jw305:Afzender>65656001": "<jw305:Afzender>0397"}, "wrong-way"),
    ],
)
def test_what_may_not_enter_is_told_why(party: str, name: str, changes: Mapping[str, str], reason: str) -> None:
    rejection = Relation().envelope(party, message(name, **changes))
    assert isinstance(rejection, Rejection)
    assert rejection.reason == reason
    assert rejection.bericht == name


def test_the_relation_is_the_same_whoever_sends() -> None:
    relation = Relation()
    envelopes = [relation.envelope(p, message(n)) for p, n in (("haarlem", "JW301"), ("zorg", "JW305"))]
    assert {e.relation for e in envelopes if isinstance(e, Envelope)} == {"0392:65656001"}


def test_effects_survive_being_written_down() -> None:
    effects = Relation().send("haarlem", message("JW301"))
    assert all(msgspec.json.encode(effect) for effect in effects)
