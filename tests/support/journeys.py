"""Whole journeys: tests/journeys/*.yaml, read, built as messages, and played through the exchange.

title: ...                     what happens, in a few words
tells: ...                     what it shows and why that matters
parties: {0392: self}          who answers: the hub (as when nothing is said) or the party itself; cjg: 0392 adds a CJG
                               that acts for that gemeente; gemeente 0392 and aanbieder 65656001 are always there
contract:                      prices that 0392 and 65656001 agreed, in euro cents; without them no contract is known
  - {product: 45/45A04, unit: 04, tariff: 7550}
define:                        messages by a name of their own, for steps to start from
  hours: {message: JW301, ...}
any_order: [[1, 3, 2]]         the steps in other orders that must come to the same
steps:
  - on: 2026-04-07             the day of receipt, and the Dagtekening unless `change` says otherwise
    from: 65656001             the party that sends; `to` says for whom when more than one could be meant
    message: JW305             a base message of tests/cases/messages, a defined one, or a return message
    copy, change               as in editing.py; the Identificatie is S and the number of the step, unless changed
    products, claim, lines     short for the ToegewezenProducten of a JW301, and for all that a JW323 claims (below)
    called: first start        a name by which a later step can answer this one
    answers: first start       of a return message or JW325: what it answers; all of it is copied, with
    codes: {Client: 0233}      these codes per class or ReferentieNummer, and 0200 for classes not named
    granted: 0                 of a JW325, when it is not what the returned lines leave
    expect: refused            or accepted, or partly (a claim)
    rules: [TR019]             exactly what is found
    undecided: [TR318]         exactly what could not be checked, save what lacks a product list or contract altogether
    answer: {...}              what the hub answers, when it is more than that all is well: `codes` as above, and for
                               a JW325 `granted: 40000 of 100000`; `copy_to` for who gets a copy of it
    remarks: [OP039]           what is wrong with an answer that a party gave itself
    delivered_to: [0392]       who gets the message, when not simply its receiver; "copy to cjg"
dossier:                       what is remembered at the end, by kind and key; none where nothing is; `rows` counts all
  account 3920001: {volume: 480, amount: 60000}
  "0392:65656002: account 3920001": none         with the relation, where there are several

    products:  3920001  45/45A04  2026-04-01..2026-09-30  2 x 04 per week  (budget 500000, - for no product)
               then, where it applies:  reason 12  for REF-1  decided 2026-03-19 10:30
    lines:     P1  3920001  45/45A04  2026-04  8 x 04 at 7500 = 60000   and for a credit:  credit of P0
               a list for client 999922038, or a list per Bsn; amounts in euro cents
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from schemas.ijw_3_2.dossier.rows import Key, Row, RowsWanted, decoded, encoded
from schemas.ijw_3_2.outside import Contracten, ContractLine, Sources, supplied
from schemas.ijw_3_2.reading import Schemas
from streams.core.course import Course, reports
from streams.core.effects import Effects, Event, Remember
from streams.core.envelope import Envelope
from streams.core.events import events_of
from streams.core.exchange import Exchange, Opened
from streams.core.intake import admit
from streams.core.parties import BERICHTEN, Directory, Mandate, Party
from streams.core.workdays import DUTCH_TIME, WorkingDays
from tests.journeys.building import built

EVENTS_KEY = b"a key for journeys"
JOURNEYS = Path(__file__).parents[1] / "journeys"
STEP_KEYS = {
    *("on", "from", "to", "message", "copy", "change", "products", "claim", "lines", "called", "answers", "codes"),
    *("granted", "expect", "rules", "undecided", "answer", "remarks", "delivered_to"),
}
JOURNEY_KEYS = {"title", "tells", "parties", "contract", "define", "any_order", "steps", "dossier"}


@dataclass(frozen=True)
class Step:
    """One message of a journey: what is sent, and what must come of it."""

    number: int
    where: str
    on: date
    sender: str
    receiver: str
    name: str
    body: bytes
    told: Mapping[str, Any]

    def names(self, key: str) -> list[str]:
        """What the file lists under a key, in order of name."""
        return sorted(texts(self.told.get(key, [])))


@dataclass(frozen=True)
class Journey:
    """One file."""

    name: str
    told: Mapping[str, Any]
    answers: Mapping[str, str]
    steps: Sequence[Step]
    orders: Sequence[Sequence[int]]
    dossier: Mapping[str, Any]

    @property
    def directory(self) -> Directory:
        """Its parties."""
        return Directory(tuple(_party(code, answers) for code, answers in self.answers.items()))

    @property
    def all_answering(self) -> Directory:
        """Its parties, each of which answers for itself."""
        themselves = {code: says if code == "cjg" else "self" for code, says in self.answers.items()}
        return Directory(tuple(_party(code, answers) for code, answers in themselves.items()))

    @property
    def sources(self) -> Sources:
        """The gemeenten of the standard, and the contract when the file gives one."""
        if "contract" not in self.told:
            return supplied()
        lines = tuple(_contract_line(entry) for entry in self.told["contract"])
        return Sources(gemeenten=supplied().gemeenten, contracten=Contracten("the journey's", lines))


@dataclass
class Played:
    """What came of a journey: the effects of each step, by number, and the rows of each relation."""

    effects: dict[int, Effects] = field(default_factory=dict)
    rows: dict[str, dict[Key, Row]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)


@dataclass(frozen=True)
class FetchedRows:
    """Rows of which only those that were announced or asked for are at hand, as in a running hub."""

    rows: Mapping[Key, Row]
    fetched: set[Key]

    def get(self, key: Key) -> Row | None:
        """The row with this key. Raises RowsWanted for a key that was not fetched."""
        if key not in self.fetched:
            raise RowsWanted((key,))
        return self.rows.get(key)


def texts(value: Any) -> list[str]:
    """One text or several, as a list."""
    return [value] if isinstance(value, str) else list(value)


# --- reading ---------------------------------------------------------------------------------------


@cache
def all_journeys() -> tuple[Journey, ...]:
    """Every journey, in the order of the files' names."""
    return tuple(_journey(path) for path in sorted(JOURNEYS.glob("*.yaml")))


def _journey(path: Path) -> Journey:
    # BaseLoader leaves every value as it is written: 0392 stays 0392, and a date stays text.
    told: Any = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    _only(path.name, told, JOURNEY_KEYS)
    answers = {"0392": "hub", "65656001": "hub", **told.get("parties", {})}
    orders = [[int(number) for number in order] for order in told.get("any_order", [])]
    return Journey(path.stem, told, answers, tuple(_steps(path.name, told, answers)), orders, told.get("dossier", {}))


def _steps(file: str, told: Mapping[str, Any], answers: Mapping[str, str]) -> Iterator[Step]:
    called: dict[str, bytes] = {}
    for number, entry in enumerate(told["steps"], 1):
        where = f"{file}, step {number}"
        _only(where, entry, STEP_KEYS)
        entry = _from_defined(entry, told.get("define", {}))
        sender, receiver = _ends(entry, answers)
        try:
            body = built(entry, number, answers.get(sender, "") if sender == "cjg" else sender, receiver, called)
        except Exception as error:
            raise ValueError(f"{where}: {error}") from error
        called[entry.get("called", "")] = body
        yield Step(number, where, date.fromisoformat(entry["on"]), sender, receiver, entry["message"], body, entry)


def _from_defined(entry: Mapping[str, Any], defined: Mapping[str, Any]) -> Mapping[str, Any]:
    base = defined.get(entry["message"])
    if base is None:
        return entry
    _only(entry["message"], base, STEP_KEYS)
    change = {**base.get("change", {}), **entry.get("change", {})}
    return {**_from_defined(base, defined), **entry, "message": base["message"], "change": change}


def _ends(entry: Mapping[str, Any], answers: Mapping[str, str]) -> tuple[str, str]:
    sender: str = entry["from"]
    by_gemeente = len(sender) != 8
    others = [code for code in answers if code != "cjg" and (len(code) == 4) != by_gemeente]
    return sender, entry.get("to", others[0])


def _party(code: str, answers: str) -> Party:
    if code == "cjg":
        mandate = Mandate(gemeente=answers, berichten=BERICHTEN)
        return Party(id=code, kind="cjg", name="CJG", mandates=(mandate,))
    kind: Any = "gemeente" if len(code) == 4 else "aanbieder"
    says: Any = answers
    return Party(id=code, kind=kind, code=code, name=f"{kind} {code}", answers=says)


def _contract_line(entry: Mapping[str, str]) -> ContractLine:
    categorie, code = entry["product"].split("/")
    return ContractLine(
        gemeente="0392",
        aanbieder="65656001",
        categorie=categorie,
        code=code,
        eenheid=entry["unit"],
        tarief=int(entry["tariff"]) if "tariff" in entry else None,
    )


def _only(where: str, entry: Mapping[str, Any], allowed: set[str]) -> None:
    unknown = set(entry) - allowed
    if unknown:
        raise ValueError(f"{where}: unknown {', '.join(sorted(unknown))}; allowed are {', '.join(sorted(allowed))}")


# --- playing ---------------------------------------------------------------------------------------


@cache
def schemas() -> Schemas:
    """Our own schemas, compiled once."""
    return Schemas()


@dataclass
class Hub:
    """A hub that a journey is played through. `strict`: no more rows at hand than a running hub would have fetched."""

    directory: Directory
    sources: Sources
    strict: bool = False
    rows: dict[str, dict[Key, Row]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def take(self, where: str, sender: str, body: bytes, on: date) -> Effects:
        """Take in a message and remember what it changes. `where` tells it from the same bytes sent again."""
        party = self.directory.by_id(sender)
        noon = datetime(on.year, on.month, on.day, 12, tzinfo=DUTCH_TIME).astimezone(UTC)
        assert party is not None, f"{where}: no party {sender}"
        envelope = admit(body, party, self.directory, source="test", reference=where, now=noon)
        assert isinstance(envelope, Envelope), f"{where}: not taken in: {envelope}"
        rows = self.rows.setdefault(envelope.relation, {})
        exchange = Exchange(schemas(), self.directory, self.sources)
        opened = exchange.open(envelope)
        course = _decided_strictly(exchange, opened, rows) if self.strict else exchange.course(opened, rows, noon)
        for effect in course.effects:
            changed = effect.rows if isinstance(effect, Remember) else {}
            rows.update({key: decoded(encoded(row)) if self.strict else row for key, row in changed.items()})
        happenings = reports(envelope, opened.read, course, noon, WorkingDays())
        self.events += events_of(happenings, envelope.id, EVENTS_KEY, noon)
        return course.effects


def play(journey: Journey, order: Sequence[int] | None = None, strict: bool = False) -> Played:
    """Play a journey, in the order of the file or another."""
    hub = Hub(journey.directory, journey.sources, strict)
    effects = {}
    for number in order or [step.number for step in journey.steps]:
        step = journey.steps[number - 1]
        effects[number] = hub.take(f"step {number}", step.sender, step.body, step.on)
    return Played(effects, hub.rows, hub.events)


def play_answered(journey: Journey, answers: Mapping[int, bytes]) -> tuple[Played, dict[int, Effects]]:
    """Play a journey in which every party answers for itself, at once, with these answers by step."""
    hub = Hub(journey.all_answering, journey.sources)
    effects, of_answers = {}, {}
    for step in journey.steps:
        effects[step.number] = hub.take(f"step {step.number}", step.sender, step.body, step.on)
        if step.number in answers:
            body = answers[step.number]
            of_answers[step.number] = hub.take(f"answer to {step.number}", step.receiver, body, step.on)
    return Played(effects, hub.rows, hub.events), of_answers


def _decided_strictly(exchange: Exchange, opened: Opened, rows: Mapping[Key, Row]) -> Course:
    envelope = opened.envelope
    fetched = set(opened.keys)
    while True:
        try:
            return exchange.course(opened, FetchedRows(rows, fetched), envelope.received_at)
        except RowsWanted as wanted:
            missing = set(wanted.keys) - fetched
        # Were it asked for what it has, a hub would go on for ever.
        assert missing, f"{envelope.bericht} asks again for rows that were fetched"
        fetched |= missing
