"""Whoever gets something of a message is exactly who should: worked out here from the file of parties, by itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.ijw_3_2.dossier.rows import Key, Row
from schemas.ijw_3_2.reading import Message, Schemas
from streams.core.answering import answer, answer_name
from streams.core.effects import Answer, Deliver, Effects, Judged, Refuse, Remember
from streams.core.envelope import Envelope, Made
from streams.core.exchange import Exchange
from streams.core.intake import Rejection, admit
from streams.core.parties import BERICHTEN, Directory, Party
from tests.support.neighbours import message

NOW = datetime(2026, 7, 20, 12, tzinfo=UTC)
SCHEMAS = Schemas()
GEMEENTEN, AANBIEDERS = ("0392", "0453"), ("65656001", "65656003")
OF_GEMEENTE = frozenset(["JW301", "JW306", "JW308", "JW316", "JW318", "JW319", "JW325"])
STORIES = (
    ("JW301", "JW305", "JW323"),
    ("JW301", "JW305", "JW307"),
    ("JW315", "JW301", "JW305"),
    ("JW301", "JW317", "JW305"),
    ("JW305",),  # refused: nothing was assigned
    ("JW323",),
)
BROKEN = "broken"

Rows = list[dict[str, Any]]


@st.composite
def mandates(draw: st.DrawFn, of: str, codes: tuple[str, ...], least: int) -> list[dict[str, Any]]:
    types = st.frozensets(st.sampled_from(sorted(BERICHTEN)), min_size=1)
    chosen = draw(st.lists(st.sampled_from(codes), min_size=least, max_size=2))
    return [{of: code, "berichten": draw(types | st.just(BERICHTEN))} for code in chosen]


@st.composite
def files(draw: st.DrawFn) -> Rows:
    """What a file of parties says: owners of codes, with or without a line of their own, and who acts for them."""
    rows: Rows = [{"id": "joint", "kind": "samenwerkingsverband"}]
    rows += [{"id": f"cjg{n}", "kind": "cjg", "mandates": draw(mandates("gemeente", GEMEENTEN, 1))} for n in range(2)]
    rows += [
        {"id": f"office{n}", "kind": "indiener", "mandates": draw(mandates("aanbieder", AANBIEDERS, 0))}
        for n in range(2)
    ]
    for code in (*GEMEENTEN, *AANBIEDERS):
        of_gemeente = code in GEMEENTEN
        via = draw(st.sampled_from([None, "joint"] if of_gemeente else [None, "office0", "office1"]))
        kind = "gemeente" if of_gemeente else draw(st.sampled_from(["aanbieder", "gi"]))
        answers = draw(st.sampled_from(["hub", "self"]))
        rows.append({"id": f"p{code}", "kind": kind, "code": code, "via": via, "answers": answers})
    return draw(st.permutations(rows))


# --- who should: from the rows of the file, and nothing of the hub's --------------------------------


def owner(rows: Rows, code: str) -> dict[str, Any]:
    (found,) = [row for row in rows if row.get("code") == code]
    return found


def line(rows: Rows, code: str) -> str:
    """Who sends and receives for a code."""
    return str(owner(rows, code)["via"] or owner(rows, code)["id"])


def mandated(rows: Rows, kind: str, code: str, bericht: str) -> frozenset[str]:
    key = {"cjg": "gemeente", "indiener": "aanbieder"}[kind]
    given = [(row["id"], one) for row in rows if row["kind"] == kind for one in row["mandates"]]
    return frozenset(id for id, one in given if one[key] == code and bericht in one["berichten"])


def senders(rows: Rows, code: str, bericht: str) -> list[str]:
    """Everybody with a credential who may send a type with this code."""
    acting = mandated(rows, "cjg" if code in GEMEENTEN else "indiener", code, bericht)
    return sorted({line(rows, code), *acting})


def seers(rows: Rows, code: str, bericht: str) -> frozenset[str]:
    """Everybody who gets a message of a type for this code."""
    return frozenset([line(rows, code)]) | mandated(rows, "cjg", code, bericht)


# --- what the hub does -----------------------------------------------------------------------------


@dataclass
class Hub:
    rows: Rows
    dossiers: dict[str, dict[Key, Row]] = field(default_factory=dict)
    sent: int = 0

    def __post_init__(self) -> None:
        parties = [Party.model_validate({"name": row["id"], **row}) for row in self.rows]
        self.directory = Directory(tuple(parties))
        self.exchange = Exchange(SCHEMAS, self.directory)

    def offer(self, by: str, body: bytes) -> Envelope | Rejection:
        party = self.directory.by_id(by)
        assert party is not None
        self.sent += 1
        return admit(body, party, self.directory, source="test", reference=str(self.sent), now=NOW)

    def send(self, by: str, body: bytes) -> Effects:
        envelope = self.offer(by, body)
        assert isinstance(envelope, Envelope), envelope
        dossier = self.dossiers.setdefault(envelope.relation, {})
        effects = self.exchange.process(envelope, dossier, NOW)
        for effect in effects:
            if isinstance(effect, Remember):
                dossier.update(effect.rows)
        return effects


Got = frozenset[tuple[str, bool]]


def got(effects: Effects, kind: type[Deliver | Answer]) -> Got:
    """Who gets outputs of a kind, and whether as a copy; each gets one."""
    found = [(one.receiver, one.copy) for one in effects if isinstance(one, kind)]
    assert len({receiver for receiver, _ in found}) == len(found), "somebody gets it twice"
    return frozenset(found)


def refused_to(effects: Effects) -> frozenset[str]:
    return frozenset(one.receiver for one in effects if isinstance(one, Refuse))


def outcome(effects: Effects) -> str:
    (judged,) = [one for one in effects if isinstance(one, Judged)]
    return judged.outcome


def first(party: str, others: frozenset[str]) -> Got:
    """One gets it itself, the others a copy."""
    return frozenset([(party, False), *((other, True) for other in others - {party})])


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(files(), st.sampled_from(STORIES), st.sampled_from([None, BROKEN]), st.data())
def test_whoever_gets_something_is_exactly_who_should(
    rows: Rows, story: tuple[str, ...], flaw: str | None, data: st.DataObject
) -> None:
    hub = Hub(rows)
    gemeente, aanbieder = data.draw(st.sampled_from(GEMEENTEN)), data.draw(st.sampled_from(AANBIEDERS))
    for bericht in story:
        sender, receiver = (gemeente, aanbieder) if bericht in OF_GEMEENTE else (aanbieder, gemeente)
        by = data.draw(st.sampled_from(senders(rows, sender, bericht)))
        body = message(bericht, sender, receiver)
        effects = hub.send(by, body)
        holds_for_message(rows, by, bericht, sender, receiver, effects)
        if owner(rows, receiver)["answers"] == "self":
            holds_for_answer(hub, by, sender, receiver, body, data)
    if flaw:
        body = message("JW305", aanbieder, gemeente).replace(b"BerichtVersie>3<", b"BerichtVersie>x<")
        by = data.draw(st.sampled_from(senders(rows, aanbieder, "JW305")))
        effects = hub.send(by, body)
        assert (got(effects, Deliver), got(effects, Answer), refused_to(effects)) == (frozenset(), frozenset(), {by})


def holds_for_message(rows: Rows, by: str, bericht: str, sender: str, receiver: str, effects: Effects) -> None:
    name = answer_name(bericht)
    assert name is not None
    passed_on = first(line(rows, receiver), seers(rows, receiver, bericht))
    answered = seers(rows, sender, name)
    if outcome(effects) == "partly":
        answered |= seers(rows, receiver, name)
    by_hub = owner(rows, receiver)["answers"] == "hub"
    assert got(effects, Answer) == (first(by, answered) if by_hub else frozenset())
    assert got(effects, Deliver) == (frozenset() if by_hub and outcome(effects) == "refused" else passed_on)
    assert refused_to(effects) == frozenset()


def holds_for_answer(hub: Hub, asked_by: str, asker: str, receiver: str, body: bytes, data: st.DataObject) -> None:
    """The receiver answers itself: who sent what is answered gets it, and everybody who gets such an answer a copy."""
    read = SCHEMAS.read(body)
    assert isinstance(read, Message)
    name = answer_name(read.name)
    assert name is not None
    made = answer(read, (), Made(identificatie=f"R{hub.sent}", dagtekening=date(2026, 7, 20)), SCHEMAS)
    by = data.draw(st.sampled_from(senders(hub.rows, receiver, name)))
    effects = hub.send(by, made)
    assert got(effects, Deliver) == first(asked_by, seers(hub.rows, asker, name))
    assert got(effects, Answer) == frozenset()
    assert refused_to(effects) <= {by}


@settings(max_examples=60)
@given(files(), st.sampled_from(["JW301", "JW305", "JW315"]), st.data())
def test_whoever_may_send_is_exactly_who_should(rows: Rows, bericht: str, data: st.DataObject) -> None:
    hub = Hub(rows)
    ends = (GEMEENTEN[0], AANBIEDERS[0]) if bericht in OF_GEMEENTE else (AANBIEDERS[0], GEMEENTEN[0])
    connected = [row["id"] for row in rows if not row.get("via")]
    taken = [id for id in connected if isinstance(hub.offer(id, message(bericht, *ends)), Envelope)]
    assert sorted(taken) == senders(rows, ends[0], bericht)
