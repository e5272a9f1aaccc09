"""The exchange: one envelope, the dossier of its relation and the moment give the effects. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from schemas.ijw_3_2.dossier import Dossier, Draft, Key, Received, keys_needed, received_key
from schemas.ijw_3_2.findings import Finding, told
from schemas.ijw_3_2.reading import Message, Schemas, Unreadable
from schemas.ijw_3_2.rules.checking import check_history, check_inside
from schemas.ijw_3_2.structure import structure
from streams.core.answering import Made, answer, answer_name
from streams.core.effects import Answer, Deliver, Effect, Effects, Judged, Quarantine, Refuse, Remember
from streams.core.envelope import Envelope, identificatie_for, output_id
from streams.core.parties import Directory
from streams.core.routing import Addressee, addressees, with_submitter
from streams.core.verdicts import lowest_level, memory

DUTCH_TIME = ZoneInfo("Europe/Amsterdam")


@dataclass(frozen=True, slots=True)
class Opened:
    """An envelope that was read and checked on levels 1 and 2: all that can be done without its dossier."""

    envelope: Envelope
    read: Message | Unreadable
    inside: tuple[Finding, ...]
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """Decides what happens to messages. One per worker, for the sake of its schemas."""

    schemas: Schemas
    directory: Directory

    def process(self, envelope: Envelope, dossier: Dossier, now: datetime) -> Effects:
        """Everything that this envelope brings about. The same input gives the same effects, ids included."""
        return self.decide(self.open(envelope), dossier, now)

    def open(self, envelope: Envelope) -> Opened:
        """Read and check what needs no dossier; tells which rows of the dossier the rest needs."""
        read = self.schemas.read(envelope.body)
        if isinstance(read, Unreadable):
            return Opened(envelope, read, read.findings, ())
        heen = structure().berichten[read.name].heen
        if heen is not None:
            return Opened(envelope, read, (), (received_key(heen, read.bericht),))
        return Opened(envelope, read, check_inside(read), keys_needed(read))

    def decide(self, opened: Opened, dossier: Dossier, now: datetime) -> Effects:
        """The effects of an opened envelope, given the rows that it asked for. `now` has a time zone."""
        if isinstance(opened.read, Unreadable):
            return _refused(opened, "The message fails its schema (level 1) and was not delivered.", opened.inside)
        if structure().berichten[opened.read.name].heen is not None:
            return self._pass_on_retour(opened, opened.read, dossier)
        return self._judge(opened, opened.read, Draft(dossier), now)

    def _judge(self, opened: Opened, message: Message, draft: Draft, now: datetime) -> Effects:
        findings = opened.inside or check_history(message, draft)
        receiver = self.directory.by_code(opened.envelope.receiver)
        if receiver is None:
            return set_aside(opened.envelope, "its receiver is not among the parties that this hub started with")
        hub_answers = receiver.answers == "hub"
        effects: list[Effect] = [_judged(message.name, findings)]
        numbers = count(1)
        if not findings or not hub_answers:
            effects += self._deliveries(opened.envelope, numbers)
        if hub_answers:
            effects += self._answers(opened, message, findings, numbers, now)
        received = Received(
            envelope_id=opened.envelope.id,
            sender_party=opened.envelope.party,
            accepted=not findings,
            unanswered=0 if hub_answers else 1,
        )
        return (*effects, *_changes(opened.envelope.relation, message, draft, received))

    def _deliveries(self, envelope: Envelope, numbers: Iterable[int]) -> list[Deliver]:
        found = addressees(self.directory, envelope.receiver, envelope.bericht)
        return _delivered(envelope, found, numbers)

    def _answers(
        self, opened: Opened, message: Message, findings: Sequence[Finding], numbers: Iterable[int], now: datetime
    ) -> list[Effect]:
        name = answer_name(message.name)
        if name is None:
            return [_fault(opened, "No answer to JW325 exists in the standard.", findings)] if findings else []
        made = Made(identificatie=identificatie_for(opened.envelope.id), dagtekening=now.astimezone(DUTCH_TIME).date())
        body = answer(message, findings, made, self.schemas)
        header: Any = message.bericht.Header
        to = with_submitter(addressees(self.directory, header.Afzender, name), opened.envelope.party)
        return [
            Answer(id=output_id(opened.envelope.id, number), receiver=a.party, bericht=name, body=body, copy=a.copy)
            for number, a in zip(numbers, to, strict=False)
        ]

    def _pass_on_retour(self, opened: Opened, retour: Message, dossier: Dossier) -> Effects:
        """A return message goes to whoever sent what it answers; its header alone does not tell (IV028)."""
        key = opened.keys[0]
        heen = dossier.get(key)
        if not isinstance(heen, Received):
            return _refused_retour(opened, f"This {retour.name} answers no message that came through this hub.")
        if not heen.unanswered:
            return _refused_retour(opened, f"The message that this {retour.name} answers was answered before.")
        found = addressees(self.directory, opened.envelope.receiver, retour.name)
        to = tuple(with_submitter(found, heen.sender_party))
        answered = msgspec.structs.replace(heen, unanswered=heen.unanswered - 1)
        return (
            _judged(retour.name, ()),
            *_delivered(opened.envelope, to, count(1)),
            Remember(relation=opened.envelope.relation, key=key, row=answered),
        )


def _delivered(envelope: Envelope, found: Sequence[Addressee], numbers: Iterable[int]) -> list[Deliver]:
    return [
        Deliver(id=output_id(envelope.id, number), receiver=a.party, bericht=envelope.bericht, copy=a.copy)
        for a, number in zip(found, numbers, strict=False)
    ]


def _judged(bericht: str, findings: Sequence[Finding]) -> Judged:
    return Judged(
        outcome="refused" if findings else "accepted",
        bericht=bericht,
        level=lowest_level(findings),
        findings=tuple(findings),
    )


def _changes(relation: str, message: Message, draft: Draft, received: Received) -> list[Remember]:
    return [Remember(relation=relation, key=key, row=row) for key, row in memory(message, draft, received).items()]


def set_aside(envelope: Envelope, reason: str) -> Effects:
    """What happens to an envelope that cannot be handled: it is kept whole, and what follows it goes on."""
    return (Judged(outcome="quarantined", bericht=envelope.bericht), Quarantine(reason=reason))


def _refused_retour(opened: Opened, reason: str) -> Effects:
    advice = "Expected one for each message, with its header copied unchanged; look at its Identificatie and sender."
    finding = Finding(
        rule="IV028",
        level=3,
        retourcode=None,
        klasse="Header",
        path="Bericht/Header",
        key=None,
        text=f"{reason} {advice}",
    )
    return _refused(opened, reason, (finding,))


def _refused(opened: Opened, reason: str, findings: Sequence[Finding]) -> Effects:
    """Refused without an answer of the standard: a fault tells its sender."""
    name = opened.read.name or opened.envelope.bericht
    return (_judged(name, findings), _fault(opened, reason, findings))


def _fault(opened: Opened, reason: str, findings: Sequence[Finding]) -> Refuse:
    """The fault for the sender, as problem details (RFC 9457) that name the delivery and every finding."""
    envelope = opened.envelope
    problem = {
        "type": "urn:ijwhub:fout:geweigerd",
        "title": reason,
        "instance": envelope.id,
        "reference": envelope.reference,
        "bericht": envelope.bericht,
        "findings": [told(finding) for finding in findings],
    }
    return Refuse(
        id=output_id(envelope.id, 1),
        receiver=envelope.party,
        bericht=envelope.bericht,
        body=msgspec.json.encode(problem),
    )
