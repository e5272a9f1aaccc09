"""The real thing beside the model: messages received into a dossier of rows, with a hub or with parties that answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from schemas.ijw_3_2.berichten import jw323
from schemas.ijw_3_2.dossier.history import Moment
from schemas.ijw_3_2.dossier.keys import rows_needed
from schemas.ijw_3_2.dossier.rows import Draft, Key, Row
from schemas.ijw_3_2.findings import Finding
from schemas.ijw_3_2.outside import supplied
from schemas.ijw_3_2.reading import Message, Schemas
from schemas.ijw_3_2.rules.checking import check_inside
from schemas.ijw_3_2.writing import write
from streams.core.answer_codes import class_path
from streams.core.answering import answer
from streams.core.course import reports
from streams.core.effects import Event, Judged, Remember
from streams.core.envelope import Envelope, Made
from streams.core.events import events_of
from streams.core.exchange import Exchange
from streams.core.intake import admit
from streams.core.parties import Directory, Party
from streams.core.verdicts import assess, memory
from streams.core.workdays import DUTCH_TIME, WorkingDays
from tests.support.cases import LAST_DAY
from tests.support.model_pools import AANBIEDER, GEMEENTE, as_read

KEY = b"a key for stories"
Verdict = tuple[bool, set[tuple[str, str]]]
"""Whether level 2 refused a message, and what level 3 found: rule and class."""


def places(findings: tuple[Finding, ...]) -> Verdict:
    """What was found, without the elements inside the classes."""
    inside = any(finding.level == 2 for finding in findings)
    return inside, set() if inside else {(finding.rule, class_path(finding)) for finding in findings}


@dataclass
class Hub:
    """A hub that answers for everyone, without its transport."""

    rows: dict[Key, Row] = field(default_factory=dict)

    def receive(self, name: str, bericht: Any, envelope_id: str = "") -> Verdict:
        """Judge a message and remember it."""
        message = as_read(name, bericht)
        draft, needed = Draft(self.rows), rows_needed(message)
        assessed = assess(message, needed, check_inside(message), draft, Moment(LAST_DAY, supplied()))
        kept = memory(message, needed, draft, assessed.findings, envelope_id=envelope_id, sender_party="")
        self.rows.update(kept)
        return places(assessed.findings)


@cache
def schemas() -> Schemas:
    """Our own schemas, compiled once."""
    return Schemas()


def _exchange(answers: Any) -> Exchange:
    gemeente = Party(id=GEMEENTE, kind="gemeente", code=GEMEENTE, name="gemeente", answers=answers)
    aanbieder = Party(id=AANBIEDER, kind="aanbieder", code=AANBIEDER, name="aanbieder", answers=answers)
    return Exchange(schemas(), Directory((gemeente, aanbieder)))


@dataclass
class Relay:
    """A hub that passes on, with parties that answer for themselves; all of it as bytes."""

    answers: str = "self"
    rows: dict[Key, Row] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    taken: int = 0

    def receive(self, name: str, bericht: Any) -> Verdict:
        """Pass a message on; what the hub makes of it."""
        header = bericht.Header
        return places(self._take(write(name, bericht), header.Afzender).findings)

    def answer(self, name: str, bericht: Any, refused: bool) -> None:
        """The receiver of a message answers it, and refuses it or not."""
        self._answer(name, bericht, (_refusal("Header", "Bericht/Header", "9056"),) if refused else ())

    def answer_claim(self, bericht: jw323.Bericht, refused: bool, lines: set[str]) -> None:
        """The gemeente answers a claim: refuses all of it, or these lines."""
        path = "Bericht/Declaratie"
        by_line = [_refusal("Prestatie", place, "9321") for place, number in _places(bericht) if number in lines]
        self._answer("JW323", bericht, (_refusal("Declaratie", path, "9333"),) if refused else tuple(by_line))

    def _answer(self, name: str, bericht: Any, findings: tuple[Finding, ...]) -> None:
        message = schemas().read(write(name, bericht))
        assert isinstance(message, Message)
        made = Made(identificatie=f"A{self.taken}", dagtekening=LAST_DAY)
        judged = self._take(answer(message, findings, made, schemas()), bericht.Header.Ontvanger)
        assert judged.outcome == "accepted", judged
        assert not judged.remarks, judged

    def _take(self, body: bytes, sender: str) -> Judged:
        self.taken += 1
        exchange, noon = _exchange(self.answers), _noon(LAST_DAY) + timedelta(seconds=self.taken)
        party = exchange.directory.by_id(sender)
        assert party is not None
        envelope = admit(body, party, exchange.directory, source="test", reference=f"{self.taken}", now=noon)
        assert isinstance(envelope, Envelope), envelope
        opened = exchange.open(envelope)
        course = exchange.course(opened, self.rows, noon)
        for effect in course.effects:
            self.rows.update(effect.rows if isinstance(effect, Remember) else {})
        self.events += events_of(reports(envelope, opened.read, course, noon, WorkingDays()), envelope.id, KEY, noon)
        return next(effect for effect in course.effects if isinstance(effect, Judged))


def refusable(bericht: jw323.Bericht) -> list[str]:
    """The ReferentieNummers of a claim."""
    return [number for _, number in _places(bericht)]


def _places(bericht: jw323.Bericht) -> Iterator[tuple[str, str]]:
    for place, client in enumerate(bericht.Declaratie.Clienten, 1):
        for number, line in enumerate(client.Prestaties, 1):
            path = f"Bericht/Declaratie/Clienten/Client[{place}]/Prestaties/Prestatie[{number}]"
            yield path, line.ProductReferentie.ReferentieNummer


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=DUTCH_TIME)


def _refusal(klasse: str, path: str, code: str) -> Finding:
    return Finding(rule="", level=3, retourcode=code, klasse=klasse, path=path, key=None, text="refused")
