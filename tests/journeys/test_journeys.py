"""Plays every journey beside this file and checks all that it tells. The notation: tests/support/journeys.py.

Messages and answers are held against our schemas, and against the official ones where ../shared is there; which of the
two was done stands in the name of the test.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from schemas.ijw_3_2.dossier.facts import effective
from schemas.ijw_3_2.dossier.keys import assignment_key
from schemas.ijw_3_2.dossier.rows import Assignment, Claim, ClientFile, Deliveries, Key, Line, Received, Row, Told
from schemas.ijw_3_2.findings import Finding
from schemas.ijw_3_2.reading import Schemas
from schemas.ijw_3_2.rules.registry import RULES
from schemas.ijw_3_2.structure import structure
from streams.core.answering import answer_name
from streams.core.effects import Answer, Deliver, Effects, Judged, Quarantine, Refuse
from tests.journeys.building import classes, codes_at, signed
from tests.support.journeys import (
    JOURNEYS,
    Journey,
    Played,
    Step,
    all_journeys,
    play,
    play_answered,
    schemas,
    texts,
)

OFFICIAL = Path(__file__).parents[3] / "shared" / "ijw" / "xsd_usable"
SCHEMA_SETS = ("ours", "official") if OFFICIAL.is_dir() else ("ours",)

CLASSES = ("Header", "DeclaratieAntwoord", "Client")

each_journey = pytest.mark.parametrize("journey", all_journeys(), ids=lambda journey: journey.name)


@each_journey
def test_journey(journey: Journey) -> None:
    played = play(journey)
    for step in journey.steps:
        check_step(journey, step, played.effects[step.number])
    check_dossier(journey, played)


@each_journey
def test_its_rows_are_announced_or_asked_for(journey: Journey) -> None:
    """A running hub has only those rows at hand; it must come to the same, to the byte."""
    assert play(journey, strict=True) == play(journey)


@pytest.mark.parametrize(
    ("journey", "order"),
    [pytest.param(j, order, id=f"{j.name}: {order}") for j in all_journeys() for order in j.orders],
)
def test_another_order_comes_to_the_same(journey: Journey, order: Sequence[int]) -> None:
    told, other = play(journey), play(journey, order)
    assert sorted(order) == sorted(told.effects) != order
    assert other.rows == told.rows
    assert {n: judged(effects) for n, effects in other.effects.items()} == {
        n: judged(effects) for n, effects in told.effects.items()
    }


@pytest.mark.parametrize("schema_set", SCHEMA_SETS)
@each_journey
def test_all_messages_and_answers_satisfy_the_schemas(journey: Journey, schema_set: str) -> None:
    played = play(journey)
    made = [e for effects in played.effects.values() for e in effects if isinstance(e, Answer)]
    sent = [step for step in journey.steps if step.names("rules") != ["XSD"]]
    bodies = [(answer.bericht, answer.body) for answer in made] + [(step.name, step.body) for step in sent]
    for name, body in bodies:
        tree = etree.fromstring(body)
        assert schema_set_of(schema_set).accepts(name, tree), f"{name}: {etree.tostring(tree, encoding='unicode')}"


@pytest.mark.parametrize(
    "journey",
    [journey for journey in all_journeys() if "self" not in journey.answers.values()],
    ids=lambda journey: journey.name,
)
def test_parties_that_answer_as_the_hub_does_come_to_the_same(journey: Journey) -> None:
    """Also: nothing is wrong with the hub's answers by the hub's own measure of answers."""
    by_hub = play(journey)
    made = {n: e for n, effects in by_hub.effects.items() for e in of(Answer, effects)[:1]}
    answers = {n: e.body for n, e in made.items()}
    by_parties, of_answers = play_answered(journey, answers)
    for number, effects in of_answers.items():
        answered = {(e.answers, e.outcome) for e in of(Deliver, effects)}
        assert answered == {(envelope_of(by_parties.effects[number]), made[number].outcome)}
        assert made[number].outcome == judged(by_hub.effects[number]).outcome
    assert {n: judged(effects) for n, effects in of_answers.items()} == {
        n: Judged(outcome="accepted", bericht=answer_of(step)) for n, step in numbered(journey) if n in answers
    }
    for number, step in numbered(journey):
        assert judged(by_parties.effects[number]) == judged(by_hub.effects[number]), step.where
    assert settled(by_parties) == settled(by_hub)


def envelope_of(effects: Effects) -> str:
    """The id of the envelope that was passed on."""
    return of(Deliver, effects)[0].id.rpartition(".")[0]


def numbered(journey: Journey) -> list[tuple[int, Step]]:
    return [(step.number, step) for step in journey.steps]


def settled(played: Played) -> dict[tuple[str, str], Row]:
    """What counts in the end: not that a message came, nor what was refused or holds nothing any more."""
    found = {(relation, key): row for relation, rows in played.rows.items() for key, row in rows.items()}
    return {name: row for name, row in found.items() if counts(row)}


def counts(row: Row) -> bool:
    if isinstance(row, Received | ClientFile):
        return False
    if isinstance(row, Line | Claim):
        return row.counts
    return row != type(row)()


def test_journeys_tell_what_they_show() -> None:
    told = [journey.told for journey in all_journeys()]
    assert len(told) >= 28
    assert all(one["title"] and one["tells"] for one in told)
    assert len({one["title"] for one in told}) == len(told)


def test_journeys_are_about_invented_persons_only() -> None:
    for path in JOURNEYS.glob("*.yaml"):
        digits = re.findall(r"(?<!\d)9\d{8}(?!\d)", path.read_text(encoding="utf-8"))
        assert all("999900006" <= number <= "999999990" for number in digits), path.name


@cache
def schema_set_of(name: str) -> Schemas:
    return Schemas(OFFICIAL) if name == "official" else schemas()


# --- one step --------------------------------------------------------------------------------------


def check_step(journey: Journey, step: Step, effects: Effects) -> None:
    verdict = judged(effects)
    where = f"{step.where}: {[(f.rule, f.path) for f in verdict.findings]}"
    assert not of(Quarantine, effects), where
    assert verdict.outcome == outcome(step, verdict.findings) == step.told["expect"], where
    assert sorted({finding.rule for finding in verdict.findings}) == step.names("rules"), where
    assert undecided(journey, verdict) == step.names("undecided"), f"{where}: {verdict.not_checked}"
    assert sorted({remark.rule for remark in verdict.remarks}) == step.names("remarks"), f"{where}: {verdict.remarks}"
    check_delivery(journey, step, effects)
    check_answer(journey, step, effects)
    check_fault(journey, step, effects)


def outcome(step: Step, findings: Sequence[Finding]) -> str:
    """What the standard calls it; of a claim single lines may be refused."""
    whole = any(f.level <= 2 or f.klasse in ("Header", "Declaratie") for f in findings)
    if findings and step.name == "JW323" and not whole:
        return "partly"
    return "refused" if findings else "accepted"


def undecided(journey: Journey, verdict: Judged) -> list[str]:
    """The rules not checked, save those that lack a source in every message of this journey."""
    sources = journey.sources
    lacking = {rule.id for rule in RULES.values() if rule.source and getattr(sources, rule.source) is None}
    return sorted({one.rule for one in verdict.not_checked} - lacking)


def hub_answers(journey: Journey, step: Step) -> bool:
    """Whether the hub answers this message in its receiver's name."""
    return journey.answers[step.receiver] == "hub" and answer_of(step) is not None


def answer_of(step: Step) -> str | None:
    return None if is_answer(step) else answer_name(step.name)


def is_answer(step: Step) -> bool:
    return step.name == "JW325" or structure().berichten[step.name].heen is not None


def is_claim(step: Step) -> bool:
    return step.name == "JW323"


def check_delivery(journey: Journey, step: Step, effects: Effects) -> None:
    """A refused message stops here, unless its receiver answers it; no message that fails level 1 goes on."""
    expect = step.told["expect"]
    goes_on = expect != "refused" or not (is_answer(step) or hub_answers(journey, step))
    usual = [step.receiver] if goes_on and step.names("rules") != ["XSD"] else []
    found = [("copy to " if e.copy else "") + e.receiver for e in of(Deliver, effects)]
    assert found == texts(step.told.get("delivered_to", usual)), step.where


def check_fault(journey: Journey, step: Step, effects: Effects) -> None:
    """Its sender is told outside the standard's messages where those have no answer."""
    refused = step.told["expect"] == "refused"
    outside = (refused and (is_answer(step) or step.names("rules") == ["XSD"])) or bool(step.names("remarks"))
    faults = of(Refuse, effects)
    assert [fault.receiver for fault in faults] == [step.sender] * outside, step.where
    rules = {*step.names("rules"), *step.names("remarks")}
    assert all(f'"rule":"{rule}"'.encode() in fault.body for fault in faults for rule in rules), step.where
    assert {json.loads(fault.body)["soort"] for fault in faults} <= soorten(step), step.where


def soorten(step: Step) -> set[str]:
    """What may be wrong with a message that was refused outside the standard, or with an answer that was passed on."""
    if step.names("rules") == ["XSD"]:
        return {"payload"}
    return {"remark"} if step.names("remarks") else {"not-awaited", "not-as-asked"}


# --- the answer of the hub -------------------------------------------------------------------------


def check_answer(journey: Journey, step: Step, effects: Effects) -> None:
    answers = of(Answer, effects)
    if not hub_answers(journey, step) or step.names("rules") == ["XSD"]:
        assert answers == [], step.where
        assert "answer" not in step.told, step.where
        return
    assert (answers[0].receiver, answers[0].copy) == (step.sender, False), step.where
    assert {answer.bericht for answer in answers} == {answer_of(step)}, step.where
    assert {answer.body for answer in answers} == {answers[0].body}, step.where
    copies = texts(step.told.get("answer", {}).get("copy_to", usual_copies(step)))
    assert [answer.receiver for answer in answers[1:] if answer.copy] == copies, step.where
    check_content(step, etree.fromstring(answers[0].body))


def usual_copies(step: Step) -> list[str]:
    """Of a claim granted in part, the gemeente hears which part was granted in its name."""
    return [step.receiver] if step.told["expect"] == "partly" else []


def check_content(step: Step, root: etree._Element) -> None:
    told = step.told.get("answer", {})
    check_header(step, root)
    codes = {**usual_codes(step), **told.get("codes", {})}
    if is_claim(step):
        check_claim_answer(step, root, codes)
    else:
        found = {place: codes_in(element) for place, element in classes(root, answer_of(step) or "")}
        assert found == {place: codes_at(place, codes) or ["0200"] for place in found}, step.where
        check_all_are_there(step, codes, found)
    assert codes_in(root[0]) == sorted(texts(codes["Header"])), step.where


def usual_codes(step: Step) -> dict[str, Any]:
    """What an answer says when the file does not tell."""
    expect, classes_told = step.told["expect"], step.told.get("answer", {}).get("codes", {})
    if not is_claim(step):
        return {"Header": "0200" if set(classes_told) - {"Header"} else []}
    usual = {"Header": "0200"}
    if expect != "refused":
        usual["DeclaratieAntwoord"] = "8001" if expect == "accepted" else "0200"
    return usual | ({"Client": "0200"} if expect == "partly" else {})


def check_header(step: Step, root: etree._Element) -> None:
    """A return message repeats the header, its ends unswapped; a JW325 is a message of the gemeente's own."""
    sent = etree.fromstring(step.body)
    ends = [text_of(sent[0], end) for end in ("Afzender", "Ontvanger")]
    assert [text_of(root[0], end) for end in ("Afzender", "Ontvanger")] == ends[:: -1 if is_claim(step) else 1]
    own, theirs = ("DeclaratieIdentificatie", "XsdVersieDeclaratie"), ("BerichtIdentificatie", "XsdVersie")
    for name, repeated in zip(own if is_claim(step) else theirs, theirs, strict=True):
        assert value_of(root[0], name) == value_of(sent[0], repeated), step.where


def check_claim_answer(step: Step, root: etree._Element, codes: Mapping[str, Any]) -> None:
    places = {
        place: element for place, element in classes(root, "JW325") if element.tag.endswith(("Client", "Antwoord"))
    }
    found = {place: codes_in(element) for place, element in places.items()}
    assert found == {place: codes_at(place, codes) for place in found}, step.where
    lines = {reference_of(e): codes_in(e) for place, e in classes(root, "JW325") if place not in places}
    named = {name: sorted(texts(given)) for name, given in codes.items() if name.partition("[")[0] not in CLASSES}
    assert lines == named, step.where
    check_all_are_there(step, codes, {**found, **lines})
    if len(root) > 1:
        claimed, granted = (signed(value_of(root[1], f"Totaal{kind}Bedrag")) for kind in ("Ingediend", "Toegekend"))
        assert f"{granted} of {claimed}" == told_amounts(step, claimed), step.where


def told_amounts(step: Step, claimed: int) -> str:
    """What the file tells of the totals; where it need not tell, all or nothing."""
    usual = f"{claimed if step.told['expect'] == 'accepted' else 0} of {claimed}"
    granted: str = step.told.get("answer", {}).get("granted", usual)
    assert step.told["expect"] != "partly" or granted is not usual, f"{step.where}: tell what is granted"
    return granted


def check_all_are_there(step: Step, codes: Mapping[str, Any], found: Mapping[str, object]) -> None:
    places = {*found, *(place.partition("[")[0] for place in found), "Header"}
    assert set(codes) <= places, f"{step.where}: not in the answer: {set(codes) - places}"


def codes_in(element: etree._Element) -> list[str]:
    groups = [child for child in element if etree.QName(child).localname == "RetourCodes"]
    return sorted(code.text or "" for group in groups for code in group)


def reference_of(prestatie: etree._Element) -> str:
    reference: str = value_of(prestatie, "ProductReferentie")["ReferentieNummer"]
    return reference


def text_of(element: etree._Element, name: str) -> str:
    (found,) = (child for child in element if etree.QName(child).localname == name)
    return found.text or ""


def value_of(element: etree._Element, name: str) -> Any:
    (found,) = (child for child in element if etree.QName(child).localname == name)
    return {etree.QName(child).localname: child.text for child in found}


# --- the dossier -----------------------------------------------------------------------------------


def check_dossier(journey: Journey, played: Played) -> None:
    for name, expected in journey.dossier.items():
        if name == "rows":
            kinds = Counter(key.partition(" ")[0] for rows in played.rows.values() for key in rows)
            assert {kind: str(count) for kind, count in kinds.items()} == expected, journey.name
            continue
        row = remembered(played, name)
        if expected == "none":
            assert row is None, f"{journey.name}: {name}: {row}"
        else:
            assert {key: shown(getattr(row, key)) for key in expected} == expected, f"{journey.name}: {name}: {row}"


def remembered(played: Played, name: str) -> Any:
    """What a file names: a row by kind and key, or the account that an assignment's row holds."""
    relation, _, key = name.rpartition(": ")
    if not relation:
        (relation,) = played.rows
    rows = played.rows[relation]
    kind, _, number = key.partition(" ")
    if kind == "account":
        assignment = rows.get(assignment_key(int(number)))
        return assignment.account if isinstance(assignment, Assignment) else None
    row = rows.get(Key(key))
    return effective(row) if isinstance(row, Deliveries) else row


def shown(value: object) -> str:
    """A value of a row as a file writes it: texts and numbers as they are, of structures their number."""
    if isinstance(value, tuple):
        value = tuple(one.what if isinstance(one, Told) else one for one in value)
        plain = all(isinstance(one, str | int) for one in value)
        return (" ".join(str(one) for one in value) if plain else str(len(value))) or "none"
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    return str(value)


def judged(effects: Effects) -> Judged:
    return next(effect for effect in effects if isinstance(effect, Judged))


def of(kind: Any, effects: Effects) -> list[Any]:
    return [effect for effect in effects if isinstance(effect, kind)]
