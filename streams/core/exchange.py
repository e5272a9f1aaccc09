"""The exchange: one envelope, the dossier of its relation and the moment give the effects. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, Literal

import msgspec

from schemas.ijw_3_2.berichten import jw323, jw325
from schemas.ijw_3_2.dossier.claims import refuses_whole, settle_claim
from schemas.ijw_3_2.dossier.history import Moment
from schemas.ijw_3_2.dossier.keys import Needed, claim_message_key, received_key, rows_needed
from schemas.ijw_3_2.dossier.memory import settle
from schemas.ijw_3_2.dossier.rows import STANDS, Dossier, Draft, Key, Received, Waiting
from schemas.ijw_3_2.findings import Finding
from schemas.ijw_3_2.findings import told as told_finding
from schemas.ijw_3_2.outside import Sources, supplied
from schemas.ijw_3_2.reading import Message, Schemas, Unreadable
from schemas.ijw_3_2.rules.checking import Assessed, check_inside
from schemas.ijw_3_2.structure import structure
from streams.core.answering import answer, answer_name
from streams.core.course import (
    Course,
    answered_lines,
    care_now,
    credits_of,
    earliest_end,
    is_resend,
    settled_care,
    settled_claim,
    settled_retour,
)
from streams.core.effects import Answer, Deliver, Effect, Effects, Judged, Outcome, Quarantine, Refuse, Remember
from streams.core.envelope import Envelope, Made, identificatie_for, output_id
from streams.core.events import Happening
from streams.core.parties import Directory
from streams.core.reporting import Settled
from streams.core.routing import Addressee, addressees, with_submitter
from streams.core.telling import noted, told
from streams.core.verdicts import assess, lowest_level, memory, refused_whole
from streams.core.watching import (
    claim_that_is_answered,
    is_refusal,
    which_is_answered,
    wrong_in_claim_answer,
    wrong_in_retour,
)
from streams.core.workdays import local_day

Soort = Literal["payload", "not-awaited", "not-as-asked", "remark"]
"""What is wrong, for the sender's software: level 1 fails; nothing waits for it; it was not passed on; it was."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An envelope that was read and checked on levels 1 and 2: all that can be done without its dossier."""

    envelope: Envelope
    read: Message | Unreadable
    inside: tuple[Finding, ...]
    needed: Needed

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys of the rows to fetch before deciding."""
        return self.needed.keys


@dataclass(frozen=True, slots=True)
class Exchange:
    """Decides what happens to messages. One per worker, for the sake of its schemas."""

    schemas: Schemas
    directory: Directory
    sources: Sources = field(default_factory=supplied)

    def process(self, envelope: Envelope, dossier: Dossier, now: datetime) -> Effects:
        """Everything that this envelope brings about. The same input gives the same effects, ids included."""
        return self.decide(self.open(envelope), dossier, now)

    def open(self, envelope: Envelope) -> Opened:
        """Read and check what needs no dossier; tells which rows of the dossier the rest needs."""
        read = self.schemas.read(envelope.body)
        if isinstance(read, Unreadable):
            return Opened(envelope, read, read.findings, Needed(()))
        heen = structure().berichten[read.name].heen
        if heen is not None:
            return Opened(envelope, read, (), Needed((received_key(heen, read.bericht),)))
        return Opened(envelope, read, check_inside(read), rows_needed(read))

    def decide(self, opened: Opened, dossier: Dossier, now: datetime) -> Effects:
        """The effects of an opened envelope, given the rows that it asked for (`course` tells more)."""
        return self.course(opened, dossier, now).effects

    def course(self, opened: Opened, dossier: Dossier, now: datetime) -> Course:
        """What becomes of an opened envelope, given the rows that it asked for. `now` has a time zone.

        Raises RowsWanted when rows turn out to be needed that only other rows name: fetch them and decide again.
        """
        if isinstance(opened.read, Unreadable):
            reason = "The message fails its schema (level 1) and was not delivered."
            return Course(_refused(opened, "payload", reason, opened.inside))
        if structure().berichten[opened.read.name].heen is not None:
            return self._pass_on_retour(opened, opened.read, Draft(dossier))
        return self._judge(opened, opened.read, Draft(dossier), now)

    def _judge(self, opened: Opened, message: Message, draft: Draft, now: datetime) -> Course:
        envelope = opened.envelope
        receiver = self.directory.by_code(envelope.receiver)
        if receiver is None:
            return Course(set_aside(envelope, "its receiver is not among the parties that this hub started with"))
        moment = Moment(local_day(envelope.received_at), self.sources)
        if isinstance(message.bericht, jw325.Bericht):
            return self._judge_claim_answer(opened, message, message.bericht, draft, moment)
        hub_answers = receiver.answers == "hub"
        assessed = assess(message, opened.needed, opened.inside, draft, moment, STANDS if hub_answers else envelope.id)
        judged = _judged(message, assessed)
        effects: list[Effect] = [judged]
        numbers = count(1)
        if not hub_answers or not refused_whole(message, assessed.findings):
            effects += self._deliveries(envelope, numbers)
        if hub_answers:
            effects += self._answers(opened, message, judged, numbers, now)
        care = told(message, envelope, draft.base)
        resend, ended = is_resend(draft, message), earliest_end(draft, message)
        note = None if hub_answers else self._note(message, care, assessed)
        effects.append(_changes(opened, message, draft, assessed.findings, note))
        return Course(
            tuple(effects),
            care_now(message, assessed, care, hub_answers, envelope),
            None,
            resend,
            ended,
            credits_of(message, assessed),
        )

    def _note(self, message: Message, care: Sequence[Happening], assessed: Assessed) -> bytes:
        """What is told, or taken back, when the answer comes; lines of a claim wait by themselves."""
        claims = isinstance(message.bericht, jw323.Bericht)
        return b"" if claims else noted(care, counted=not refused_whole(message, assessed.findings))

    def _judge_claim_answer(
        self, opened: Opened, message: Message, bericht: jw325.Bericht, draft: Draft, moment: Moment
    ) -> Course:
        """A JW325 has no answer of its own: a wrong one is not passed on, and its sender is told."""
        assessed = assess(message, opened.needed, opened.inside, draft, moment)
        waiting = None if assessed.findings else _settle_claim(draft, bericht)
        if not assessed.findings and waiting is None:
            reason = "The claim that this JW325 answers was answered before, or is not known here."
            finding = _not_awaited("IV087", reason, "one JW325 for each JW323")
            return Course(_refused(opened, "not-awaited", reason, (finding,)))
        judged = _judged(message, assessed)
        changes = _changes(opened, message, draft, assessed.findings)
        if waiting is None:
            title = "This JW325 is not as the standard asks and was not passed on."
            fault = _fault(opened, "not-as-asked", title, assessed.findings)
            return Course((judged, fault, changes))
        settled = settled_claim(waiting, bericht)
        remarks = wrong_in_claim_answer(bericht, waiting)
        passed = self._passed_on(opened, judged, settled, remarks, waiting.sender_party)
        return Course((*passed, changes), answered_lines(opened.envelope, waiting, bericht), settled)

    def _passed_on(
        self,
        opened: Opened,
        judged: Judged,
        settled: Settled,
        remarks: tuple[Finding, ...],
        submitter: str,
    ) -> Effects:
        """An answer that a party gave itself, for who sent what it answers; what is wrong is told to its own sender."""
        envelope = opened.envelope
        numbers = count(1)
        found = addressees(self.directory, envelope.receiver, envelope.bericht)
        to = tuple(with_submitter(self.directory, found, submitter))
        noted = msgspec.structs.replace(judged, remarks=remarks)
        passed: Effects = (noted, *_delivered(envelope, to, numbers, settled))
        if not remarks:
            return passed
        title = f"This {judged.bericht} was passed on and counts, but is not as the standard asks."
        return (*passed, _fault(opened, "remark", title, remarks, number=next(numbers)))

    def _deliveries(self, envelope: Envelope, numbers: Iterator[int]) -> list[Deliver]:
        found = addressees(self.directory, envelope.receiver, envelope.bericht)
        return _delivered(envelope, found, numbers)

    def _answers(
        self, opened: Opened, message: Message, judged: Judged, numbers: Iterator[int], now: datetime
    ) -> list[Effect]:
        name = answer_name(message.name)
        assert name is not None
        envelope = opened.envelope
        made = Made(identificatie=identificatie_for(envelope.id), dagtekening=local_day(now))
        body = answer(message, judged.findings, made, self.schemas)
        header: Any = message.bericht.Header
        found = addressees(self.directory, header.Afzender, name)
        to = [*with_submitter(self.directory, found, envelope.party)]
        if judged.outcome == "partly":
            # Of a claim that is granted in part, the gemeente must know which part the hub granted in its name.
            to += [Addressee(a.party, copy=True) for a in addressees(self.directory, envelope.receiver, name)]
        return [
            Answer(
                id=output_id(envelope.id, number),
                receiver=a.party,
                bericht=name,
                body=body,
                copy=a.copy,
                outcome=judged.outcome,
            )
            for number, a in zip(numbers, to, strict=False)
        ]

    def _pass_on_retour(self, opened: Opened, retour: Message, draft: Draft) -> Course:
        """A return message goes to whoever sent what it answers; its header alone does not tell (IV028)."""
        key = opened.keys[0]
        heen = draft.row(key, Received)
        if heen is None:
            reason = f"This {retour.name} answers no message that came through this hub."
            return Course(_refused_retour(opened, reason))
        if not heen.waiting:
            return Course(_refused_retour(opened, f"The message that this {retour.name} answers was answered before."))
        waiting = which_is_answered(retour.bericht, heen.waiting)
        refused = is_refusal(retour.bericht)
        settle(draft, waiting, refused)
        draft.put(key, _answered(heen, waiting, refused))
        judged = Judged(outcome="accepted", bericht=retour.name)
        settled = settled_retour(retour, waiting, refused)
        passed = self._passed_on(opened, judged, settled, wrong_in_retour(retour, waiting), waiting.sender_party)
        effects = (*passed, Remember(relation=opened.envelope.relation, rows=draft.changes))
        return Course(effects, settled_care(opened.envelope, retour, waiting, refused), settled)


def _settle_claim(draft: Draft, bericht: jw325.Bericht) -> Waiting | None:
    """Let the claim that waits be what its answer says; None when none waits for this answer."""
    key = claim_message_key(bericht)
    received = draft.row(key, Received)
    waiting = claim_that_is_answered(bericht, received.waiting) if received else None
    if received is None or waiting is None or waiting.claim is None:
        return None
    settle_claim(draft, waiting, waiting.claim, bericht)
    draft.put(key, _answered(received, waiting, refuses_whole(bericht)))
    return waiting


def _answered(heen: Received, waiting: Waiting, refused: bool) -> Received:
    """A message without one that waited. A refused message counts as not sent, so its Identificatie is free (OP286)."""
    used = heen.accepted and not waiting.counted if refused else True
    left = tuple(one for one in heen.waiting if one is not waiting)
    return msgspec.structs.replace(heen, waiting=left, accepted=used)


def _delivered(
    envelope: Envelope, found: Sequence[Addressee], numbers: Iterator[int], settled: Settled | None = None
) -> list[Deliver]:
    """The message for those who get it; `settled` is what it answers."""
    answers = settled.waiting.envelope_id if settled else None
    outcome = _outcome(settled) if settled else None
    return [
        Deliver(
            id=output_id(envelope.id, number),
            receiver=a.party,
            bericht=envelope.bericht,
            copy=a.copy,
            answers=answers,
            outcome=outcome,
        )
        for a, number in zip(found, numbers, strict=False)
    ]


def _outcome(settled: Settled) -> Outcome:
    if settled.whole:
        return "refused"
    return "partly" if settled.partly else "accepted"


def _judged(message: Message, assessed: Assessed) -> Judged:
    findings = assessed.findings
    return Judged(
        outcome="accepted" if not findings else "refused" if refused_whole(message, findings) else "partly",
        bericht=message.name,
        level=lowest_level(findings),
        findings=findings,
        not_checked=assessed.not_checked,
    )


def _changes(
    opened: Opened, message: Message, draft: Draft, findings: Sequence[Finding], note: bytes | None = None
) -> Remember:
    """`note` is kept until the receiver answers; None when it need not."""
    envelope = opened.envelope
    rows = memory(
        message,
        opened.needed,
        draft,
        findings,
        envelope_id=envelope.id,
        sender_party=envelope.party,
        waits=note is not None,
        received_at=envelope.received_at,
        note=note or b"",
    )
    return Remember(relation=envelope.relation, rows=rows)


def set_aside(envelope: Envelope, reason: str) -> Effects:
    """What happens to an envelope that cannot be handled: it is kept whole, and what follows it goes on."""
    return (Judged(outcome="quarantined", bericht=envelope.bericht), Quarantine(reason=reason))


def _refused_retour(opened: Opened, reason: str) -> Effects:
    expected = "one for each message, with its header copied unchanged"
    return _refused(opened, "not-awaited", reason, (_not_awaited("IV028", reason, expected),))


def _not_awaited(rule: str, reason: str, expected: str) -> Finding:
    """An answer to something that is not known, or that was answered before."""
    return Finding(
        rule=rule,
        level=3,
        retourcode=None,
        klasse="Header",
        path="Bericht/Header",
        key=None,
        text=f"{reason} Expected {expected}; look at the identification that it repeats.",
    )


def _refused(opened: Opened, soort: Soort, reason: str, findings: Sequence[Finding]) -> Effects:
    """Refused without an answer of the standard: a fault tells its sender."""
    name = opened.read.name or opened.envelope.bericht
    judged = Judged(outcome="refused", bericht=name, level=lowest_level(findings), findings=tuple(findings))
    return (judged, _fault(opened, soort, reason, findings))


def _fault(opened: Opened, soort: Soort, reason: str, findings: Sequence[Finding], number: int = 1) -> Refuse:
    """The fault for the sender, as problem details (RFC 9457) that name the delivery and every finding."""
    envelope = opened.envelope
    problem = {
        "type": "urn:ijwhub:fout:geweigerd",
        "title": reason,
        "soort": soort,
        "instance": envelope.id,
        "reference": envelope.reference,
        "bericht": envelope.bericht,
        "findings": [told_finding(finding) for finding in findings],
    }
    return Refuse(
        id=output_id(envelope.id, number),
        receiver=envelope.party,
        bericht=envelope.bericht,
        body=msgspec.json.encode(problem),
    )
