"""What the exchange brings about for parties that are connected via another, or for which another submits."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from schemas.ijw_3_2.dossier.rows import Key, Row
from schemas.ijw_3_2.reading import Schemas
from streams.core.effects import Answer, Deliver, Effects, Judged, Refuse, Remember
from streams.core.envelope import Envelope
from streams.core.exchange import Exchange
from streams.core.intake import admit
from streams.core.parties import Directory, Party

MESSAGES = Path(__file__).parents[1] / "cases" / "messages"
NOW = datetime(2026, 7, 20, 12, tzinfo=UTC)
SCHEMAS = Schemas()


def party(id: str, kind: str, **keys: Any) -> Party:
    return Party.model_validate({"id": id, "kind": kind, "name": id, **keys})


class Relation:
    """A gemeente on the line of a joint office, and an aanbieder for which an office submits (or is its line)."""

    def __init__(self, gemeente: str = "hub", aanbieder: str = "hub", via: str | None = None) -> None:
        submits = [{"aanbieder": "65656001", "berichten": "all"}]
        self.directory = Directory(
            (
                party("joint", "samenwerkingsverband"),
                party("haarlem", "gemeente", code="0392", via="joint", answers=gemeente),
                party("office", "indiener", mandates=submits),
                party("zorg", "aanbieder", code="65656001", answers=aanbieder, via=via),
            )
        )
        self.exchange = Exchange(SCHEMAS, self.directory)
        self.rows: dict[Key, Row] = {}

    def send(self, by: str, body: bytes) -> Effects:
        sender = self.directory.by_id(by)
        assert sender is not None
        envelope = admit(body, sender, self.directory, source="test", reference=str(len(self.rows)), now=NOW)
        assert isinstance(envelope, Envelope), envelope
        effects = self.exchange.process(envelope, self.rows, NOW)
        for effect in effects:
            if isinstance(effect, Remember):
                self.rows.update(effect.rows)
        return effects


def base(name: str) -> bytes:
    return (MESSAGES / f"{name}.xml").read_bytes()


def outputs(effects: Effects) -> list[tuple[str, str | None, str, bool]]:
    kinds = (Deliver, Answer)
    found = [(type(e).__name__, e.bericht, e.receiver, e.copy) for e in effects if isinstance(e, kinds)]
    return found + [("Refuse", e.bericht, e.receiver, False) for e in effects if isinstance(e, Refuse)]


def test_a_gemeente_on_the_line_of_a_joint_office_sends_and_gets_there_and_only_there() -> None:
    relation = Relation()
    assert outputs(relation.send("joint", base("JW301"))) == [
        ("Deliver", "JW301", "zorg", False),
        ("Answer", "JW302", "joint", False),
    ]
    assert outputs(relation.send("zorg", base("JW305"))) == [
        ("Deliver", "JW305", "joint", False),
        ("Answer", "JW306", "zorg", False),
    ]


def test_an_indiener_gets_the_answer_to_what_it_submits_and_the_aanbieder_a_copy() -> None:
    relation = Relation()
    relation.send("joint", base("JW301"))
    assert outputs(relation.send("office", base("JW305"))) == [
        ("Deliver", "JW305", "joint", False),
        ("Answer", "JW306", "office", False),
        ("Answer", "JW306", "zorg", True),
    ]


def test_an_indiener_that_is_the_connection_gets_everything_once() -> None:
    relation = Relation(via="office")
    assert outputs(relation.send("joint", base("JW301")))[0] == ("Deliver", "JW301", "office", False)
    assert outputs(relation.send("office", base("JW305"))) == [
        ("Deliver", "JW305", "joint", False),
        ("Answer", "JW306", "office", False),
    ]


def test_a_fault_goes_to_who_submitted() -> None:
    broken = base("JW305").replace(b"<jw305:BerichtVersie>3", b"<jw305:BerichtVersie>x", 1)
    assert outputs(Relation().send("office", broken)) == [("Refuse", "JW305", "office", False)]


@pytest.mark.parametrize("by", ["office", "zorg"])
def test_the_answer_of_a_gemeente_to_a_claim_goes_to_who_submitted_it(by: str) -> None:
    relation = Relation(gemeente="self", aanbieder="self")
    relation.send("joint", base("JW301"))
    relation.send("zorg", base("JW305"))
    assert outputs(relation.send(by, base("JW323"))) == [("Deliver", "JW323", "joint", False)]
    effects = relation.send("joint", base("JW325"))
    assert next(e for e in effects if isinstance(e, Judged)).outcome == "accepted"
    copies = [("Deliver", "JW325", "zorg", True)] if by == "office" else []
    assert outputs(effects) == [("Deliver", "JW325", by, False), *copies]


@pytest.mark.parametrize(("by", "via"), [("zorg", "office"), ("office", None)])
def test_an_answer_goes_where_its_party_is_now(by: str, via: str | None) -> None:
    before = Relation(gemeente="self", aanbieder="self")
    for sender, name in (("joint", "JW301"), ("zorg", "JW305"), (by, "JW323")):
        before.send(sender, base(name))
    after = Relation(gemeente="self", aanbieder="self", via=via)
    if via is None:  # who submitted it is no party any more
        kept = tuple(one for one in after.directory.parties if one.id != "office")
        after.exchange = Exchange(SCHEMAS, Directory(kept))
    after.rows = before.rows
    assert outputs(after.send("joint", base("JW325"))) == [("Deliver", "JW325", via or "zorg", False)]
