"""The simulated region against the real core: every message becomes what it was sent to become, and the truth holds."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from schemas.ijw_3_2.dossier.facts import effective
from schemas.ijw_3_2.dossier.rows import Assignment, Deliveries, Key, Line, Received, Request, Row
from schemas.ijw_3_2.findings import passes_elfproef
from schemas.ijw_3_2.reading import Schemas
from schemas.ijw_3_2.rules.registry import RULES
from schemas.ijw_3_2.sniffing import sniff
from streams.core.effects import Answer, Judged, Refuse, Remember
from streams.core.envelope import Envelope
from streams.core.exchange import Exchange
from streams.core.intake import admit
from streams.core.parties import ConfigurationError
from streams.core.parties_file import parse_directory
from streams.simulating.configuration import Care, Faults, Product, Simulation, load_simulation
from streams.simulating.region import parties_yaml
from streams.simulating.simulation import Simulated, simulate
from streams.simulating.truth import Bericht, Levering, Truth, truth_decoded, truth_encoded
from streams.simulating.world import Expectation, Sent

EXAMPLE = Path(__file__).parents[2] / "deploy" / "example" / "simulation.yaml"
SMALL = Simulation(youths=150, days=120)
MORE = (
    Product(categorie="54", budget=900_000, months=2, share=0.2),
    Product(budget=400_000, months=2, share=0.2),
    Product(categorie="45", code="45A53", eenheid="82", frequentie="6", volume=9, tarief=31000, share=0.1),
)
CARELESS = Simulation(
    youths=200,
    days=210,
    aanbieders=12,
    gis=1,
    products=(*Simulation().products, *MORE),
    care=Care(changed=0.9, deleted=0.06, wait=10, never_started=0.1, paused=0.35),
    faults=Faults(wrong=0.25, extra=0.2, lines=0.15, aside=0.05, withdrawn=0.1, credited=0.1, refusing=0.06),
)
NEEDS_SOURCES = {"TR381", "TR418"}
"""Rules that need a product list or a contract, which a hub does not have of itself."""


@dataclass
class Outcome:
    """What the core made of a simulation."""

    simulated: Simulated
    sent: list[Sent]
    got: dict[str, Expectation] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    flags: dict[str, tuple[bool, bool]] = field(default_factory=dict)
    answered: dict[str, bool] = field(default_factory=dict)
    rows: defaultdict[str, dict[Key, Row]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def truth(self) -> Truth:
        return self.simulated.truth


@cache
def schemas() -> Schemas:
    return Schemas()


def processed(simulated: Simulated) -> Outcome:
    """Every message through intake and exchange, at its own moment."""
    found = Outcome(simulated, list(simulated))
    exchange = Exchange(schemas(), simulated.directory)
    for one in found.sent:
        party = simulated.directory.by_id(one.party)
        assert party is not None
        taken = admit(one.body, party, simulated.directory, source="test", reference=one.reference, now=one.at)
        if not isinstance(taken, Envelope):
            found.got[one.reference] = Expectation(outcome="set aside", aside=taken.reason)
        elif one.reference not in found.got:
            decide(found, exchange, taken, one.at)
    return found


def decide(found: Outcome, exchange: Exchange, envelope: Envelope, now: datetime) -> None:
    rows = found.rows[envelope.relation]
    found.flags[envelope.reference] = earlier(rows, envelope)
    effects = exchange.process(envelope, rows, now)
    for effect in effects:
        if isinstance(effect, Remember):
            rows.update(effect.rows)
    judged = next(effect for effect in effects if isinstance(effect, Judged))
    rules = tuple(sorted({finding.rule for finding in judged.findings}))
    found.got[envelope.reference] = Expectation(outcome=judged.outcome, level=judged.level, rules=rules)
    found.answered[envelope.reference] = any(isinstance(effect, Answer) for effect in effects)
    found.remarks += [f"{judged.bericht} {remark.rule} {remark.text}" for remark in judged.remarks]
    assert not any(isinstance(effect, Refuse) for effect in effects) or rules or judged.remarks


def earlier(rows: Mapping[Key, Row], envelope: Envelope) -> tuple[bool, bool]:
    """Whether one under this Identificatie was refused before, or accepted."""
    header = sniff(envelope.body)
    known = rows.get(Key(f"received {header.afzender} {header.bericht} {header.identificatie}"))
    accepted = isinstance(known, Received) and known.accepted
    return known is not None and not accepted, accepted


@cache
def small() -> Outcome:
    return processed(simulate(SMALL, seed=1))


@cache
def careless() -> Outcome:
    return processed(simulate(CARELESS, seed=10))


@pytest.fixture(params=["small", "careless"])
def outcome(request: pytest.FixtureRequest) -> Outcome:
    return {"small": small, "careless": careless}[request.param]()


# --- what becomes of messages ----------------------------------------------------------------------


def test_every_message_becomes_exactly_what_it_was_sent_to_become(outcome: Outcome) -> None:
    first = {one.reference: one for one in outcome.sent if one.expectation is not None}
    differing = {
        reference: (one.bericht, one.expectation, outcome.got[reference])
        for reference, one in first.items()
        if one.expectation != outcome.got[reference]
    }
    assert differing == {}
    assert len(first) > 800


def test_returns_that_parties_send_themselves_are_as_the_standard_asks(outcome: Outcome) -> None:
    assert outcome.remarks == []
    assert sum(one.bericht == "JW325" for one in outcome.sent) > 20


def test_every_rule_that_a_hub_has_without_sources_refuses_something() -> None:
    refusing = {rule for one in careless().got.values() for rule in one.rules}
    assert refusing == (set(RULES) - NEEDS_SOURCES) | {"XSD", "IV028", "IV087"}


def test_all_messages_and_all_reasons_to_set_aside_occur() -> None:
    sent = careless().sent
    heen = {"JW301", "JW305", "JW307", "JW315", "JW317", "JW319", "JW323", "JW325"}
    retour = {"JW302", "JW306", "JW308", "JW316", "JW318", "JW320"}
    assert {one.bericht for one in sent} == heen | retour
    aside = {one.expectation.aside for one in sent if one.expectation is not None} - {None}
    assert aside == {"unknown-receiver", "not-your-message", "unreadable"}


def test_a_redelivery_has_the_bytes_and_reference_of_an_earlier_message(outcome: Outcome) -> None:
    bodies: dict[str, bytes] = {}
    redelivered = 0
    for one in outcome.sent:
        if one.expectation is None:
            redelivered += 1
            assert bodies[one.reference] == one.body
        else:
            assert one.reference not in bodies
            bodies[one.reference] = one.body
    assert redelivered > 5


def test_messages_come_in_order_of_time_and_within_the_period(outcome: Outcome) -> None:
    moments = [one.at for one in outcome.sent]
    assert moments == sorted(moments)
    assert outcome.truth.first <= moments[0].date()
    assert moments[-1].date() <= outcome.truth.last


def test_most_is_sent_on_working_days_and_something_in_weekends() -> None:
    weekend = [one.at.weekday() >= 5 for one in careless().sent]
    assert 0 < sum(weekend) < len(weekend) * 0.15


# --- the truth about messages ----------------------------------------------------------------------


def test_the_truth_tells_of_every_message_what_was_expected_of_it(outcome: Outcome) -> None:
    told = {one.reference: one for one in outcome.truth.berichten}
    for reference, got in outcome.got.items():
        one = told[reference]
        assert (one.outcome, one.level, one.rules, one.aside) == (got.outcome, got.level, got.rules, got.aside)
    assert set(told) == set(outcome.got)


def test_the_truth_tells_what_was_sent_again_and_what_was_sent_double(outcome: Outcome) -> None:
    told = {one.reference: one for one in heenberichten(outcome.truth) if one.level != 1}
    found = {reference: outcome.flags[reference] for reference in told}
    assert {reference: (one.resend, one.duplicate) for reference, one in told.items()} == found
    assert any(one.resend for one in told.values())


def test_the_truth_tells_which_messages_the_hub_answered(outcome: Outcome) -> None:
    for one in heenberichten(outcome.truth):
        by_hub = one.answered is not None and one.answered.by == "hub"
        assert outcome.answered[one.reference] == by_hub, one


def test_an_answer_that_counts_names_the_message_it_answers(outcome: Outcome) -> None:
    told = {one.id: one for one in outcome.truth.berichten}
    answers = [one for one in told.values() if one.answers is not None]
    answered = [told[str(one.answers)].answered for one in answers]
    assert [one.at for one in answered if one] == [answer.received_at for answer in answers]
    by_receiver = [one for one in told.values() if one.answered is not None and one.answered.by == "receiver"]
    assert len(by_receiver) == len(answers) > 100


def heenberichten(truth: Truth) -> Iterator[Bericht]:
    """The messages that ask for an answer and could be taken in."""
    asking = ("JW301", "JW305", "JW307", "JW315", "JW317", "JW319", "JW323")
    return (one for one in truth.berichten if one.bericht in asking and one.outcome != "set aside")


# --- the truth about care, against what the dossiers remember --------------------------------------


def test_assignments_that_stand_are_those_that_the_dossiers_have(outcome: Outcome) -> None:
    remembered = {
        (relation, version.bsn, version.product.ToewijzingNummer, *what(version.product))
        for relation, row in rows_of(outcome, Assignment)
        for version in row.versions
    }
    told = {
        (one.relation, youth.bsn, one.nummer, f"{v.toegewezen_op:%Y-%m-%d %H:%M:%S}", v.ingang, v.einde, v.reden)
        for youth in outcome.truth.jeugdigen
        for one in youth.toewijzingen
        for v in one.versies
    }
    assert told == remembered
    assert len(told) > 150


def what(product: object) -> tuple[object, ...]:
    moment = f"{product.Toewijzingsdatum} {product.Toewijzingstijd}"  # type: ignore[attr-defined]
    return (moment, product.Ingangsdatum, product.Einddatum, product.RedenWijziging)  # type: ignore[attr-defined]


def test_starts_and_stops_that_stand_are_those_that_the_dossiers_have(outcome: Outcome) -> None:
    remembered = sorted(
        (relation, str(one.begindatum), str(getattr(one, "einddatum", None)), str(getattr(one, "reden", None)))
        for relation, row in rows_of(outcome, Deliveries)
        for known in [effective(row)]
        for one in (*known.starts, *known.stops)
    )
    told = sorted(
        (one.relation, str(levering.begin), str(levering.eind), str(levering.reden))
        for youth in outcome.truth.jeugdigen
        for one in youth.toewijzingen
        for levering in one.leveringen
        if levering.withdrawn_by is None
    )
    assert told == remembered
    assert len(told) > 150


def test_requests_and_their_answers_are_those_that_the_dossiers_have(outcome: Outcome) -> None:
    remembered = {
        (relation, str(key).removeprefix("request "), row.asked.bsn, row.asked.bericht, answers(row))
        for relation, rows in outcome.rows.items()
        for key, row in rows.items()
        if isinstance(row, Request) and row.asked is not None
    }
    told = {
        (one.relation, one.referentie, youth.bsn, one.bericht, tuple(sorted(answer.code for answer in one.antwoorden)))
        for youth in outcome.truth.jeugdigen
        for one in youth.verzoeken
    }
    assert told == remembered
    assert len(told) > 50


def answers(row: Request) -> tuple[str, ...]:
    return tuple(sorted(one.what for one in row.answers))


def test_claim_lines_that_were_granted_or_wait_are_those_that_the_dossiers_have(outcome: Outcome) -> None:
    remembered = {
        (relation, row.bsn, row.prestatie.ProductReferentie.ReferentieNummer, signed(row), row.outcome)
        for relation, row in rows_of(outcome, Line)
        if row.outcome != "refused"
    }
    doubted = {one.id for one in outcome.truth.berichten if one.outcome == "refused"}
    wrong = {one.id: one.rules for one in outcome.truth.berichten if one.outcome == "partly"}
    told = {
        (line.relation, youth.bsn, line.referentie, line.bedrag, "waits" if line.outcome == "claimed" else "granted")
        for youth in outcome.truth.jeugdigen
        for line in youth.regels
        if line.outcome == "granted" or (line.outcome == "claimed" and line.message not in {*doubted, *wrong})
    }
    assert {one for one in told if one[-1] == "granted"} == {one for one in remembered if one[-1] == "granted"}
    assert {one for one in told if one[-1] == "waits"} <= remembered
    assert len(told) > 150


def signed(line: Line) -> int:
    amount = line.prestatie.IngediendBedrag
    return amount.Bedrag if amount.DebetCredit == "D" else -amount.Bedrag


def rows_of(outcome: Outcome, kind: type) -> Iterator[tuple[str, object]]:
    for relation, rows in outcome.rows.items():
        yield from ((relation, row) for row in rows.values() if isinstance(row, kind))


# --- the region ------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    tiny = Simulation(youths=40, days=60)
    first, again, other = (digest(tiny, seed) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def digest(simulation: Simulation, seed: int) -> str:
    found = hashlib.sha256()
    simulated = simulate(simulation, seed)
    for one in simulated:
        found.update(repr((one.at, one.party, one.reference, one.expectation)).encode() + one.body)
    found.update(truth_encoded(simulated.truth))
    return found.hexdigest()


def test_youths_have_bsns_for_tests_only(outcome: Outcome) -> None:
    numbers = [youth.bsn for youth in outcome.truth.jeugdigen if youth.geboren is not None]
    assert all(passes_elfproef(bsn) and 999_900_006 <= int(bsn) <= 999_999_990 for bsn in numbers)
    assert len(numbers) == len(set(numbers))


def test_the_truth_survives_its_file(outcome: Outcome) -> None:
    assert truth_decoded(truth_encoded(outcome.truth)) == outcome.truth


def test_asking_for_the_truth_halfway_changes_nothing() -> None:
    tiny = Simulation(youths=40, days=60)
    asked, unasked = simulate(tiny, seed=7), simulate(tiny, seed=7)
    halfway = [len(asked.truth.berichten) for _ in asked]
    assert len(halfway) == len(list(unasked))
    assert halfway == sorted(halfway)
    assert asked.truth == unasked.truth
    assert asked.progress == pytest.approx(1, abs=0.1)


def test_the_parties_can_be_used_by_a_hub() -> None:
    simulated = simulate(SMALL, seed=1)
    read = parse_directory(parties_yaml(simulated.directory), "parties.yaml")
    assert read == simulated.directory
    assert {party.answers for party in read.parties if party.kind == "aanbieder"} == {"hub", "self"}
    assert read.by_token("demo-haarlem") == read.by_id("haarlem")


def test_a_failing_provider_starts_less_and_stops_more_by_itself() -> None:
    simulated = simulate(Simulation(youths=500, aanbieders=14, gis=1, days=365), seed=5)
    for _ in simulated:
        pass
    truth = simulated.truth
    failing = {one.code for one in truth.aanbieders if one.failing_from}
    since = next(one.failing_from for one in truth.aanbieders if one.failing_from)
    starts: Counter[tuple[bool, bool]] = Counter()
    stops: Counter[tuple[bool, bool]] = Counter()
    for relation, levering in levered(truth):
        fails = relation.partition(":")[2] in failing
        if levering.eind is None and levering.begin >= truth.first:
            starts[fails, levering.begin >= since] += 1
        elif levering.reden == "33":
            stops[fails, levering.begin >= since or (levering.eind or since) >= since] += 1
    assert starts[True, True] / starts[True, False] < starts[False, True] / starts[False, False] / 1.5
    assert stops[True, True] / starts[True, True] > 3 * stops[False, True] / starts[False, True]


def levered(truth: Truth) -> Iterator[tuple[str, Levering]]:
    for youth in truth.jeugdigen:
        for one in youth.toewijzingen:
            yield from ((one.relation, levering) for levering in one.leveringen)


# --- the configuration -----------------------------------------------------------------------------


def test_the_example_of_a_configuration_says_what_the_defaults_are() -> None:
    assert load_simulation(EXAMPLE) == Simulation()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("youths: 90000", "youths: Input should be less than or equal to 8000"),
        ("faults: {wrong: 2}", "faults.wrong: Input should be less than or equal to 1"),
        ("yuoths: 10", "yuoths: Extra inputs are not permitted"),
        ("cjgs: [{id: cjg, name: CJG, decides: ['0014']}]", "cjg acts for 0014, which is no gemeente of this region"),
        ("- : [", "cannot be read, it is no YAML"),
    ],
)
def test_what_is_wrong_with_a_configuration_is_told(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "simulation.yaml"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=r"simulation\.yaml") as raised:
        load_simulation(file)
    assert complaint in str(raised.value)
