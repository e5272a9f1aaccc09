"""What is told about a message itself: decided on, refused, a correction, answered, late. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct

from schemas.ijw_3_2.dossier.memory import client_bsn
from schemas.ijw_3_2.dossier.rows import Waiting
from schemas.ijw_3_2.findings import Finding
from schemas.ijw_3_2.reading import Message, Unreadable
from schemas.ijw_3_2.structure import structure
from streams.core.answering import answer_name
from streams.core.effects import Answer, Deliver, Effects, Judged
from streams.core.envelope import Envelope
from streams.core.events import Data, Happening
from streams.core.happenings import (
    Assigned,
    Corrected,
    Correction,
    Decided,
    Late,
    Refused,
    Returned,
    Withdrawn,
)
from streams.core.terms import ANSWER_TERMS, CARE_DAYS
from streams.core.workdays import WorkingDays, local_day


class Settled(Struct, frozen=True, kw_only=True):
    """A message that waited (`identificatie` is of its header), and what its receiver's answer says of it.

    whole, partly  it is refused as a whole; lines of it are (JW323).
    codes          the return codes with which it is refused.
    """

    bericht: str
    identificatie: str
    waiting: Waiting
    whole: bool
    partly: bool
    codes: tuple[str, ...]


def return_term(bericht: str, received_at: datetime, days: WorkingDays) -> tuple[str, date]:
    """The rule and the last day of the term within which a message must be answered (OP090, OP090x4)."""
    rule, _, term = ANSWER_TERMS[bericht]
    return rule, days.due(local_day(received_at), term)


class Report:
    """A decided envelope with what every event about it tells."""

    def __init__(
        self,
        envelope: Envelope,
        read: Message | Unreadable | None,
        effects: Effects,
        judged: Judged,
        now: datetime,
        days: WorkingDays,
    ) -> None:
        self.envelope = envelope
        self.bericht = read.bericht if isinstance(read, Message) else None
        self.effects = effects
        self.judged = judged
        self.now = now
        self.days = days
        self.bsn = (client_bsn(self.bericht) or None) if self.bericht is not None else None

    @property
    def sender(self) -> str:
        """The code of the party that sent it."""
        gemeente, _, aanbieder = self.envelope.relation.partition(":")
        return aanbieder if self.envelope.receiver == gemeente else gemeente

    @property
    def awaits(self) -> bool:
        """Whether its receiver must still answer: it was passed on, and the hub did not answer for it."""
        kinds = {type(effect) for effect in self.effects}
        return Deliver in kinds and Answer not in kinds and answer_name(self.envelope.bericht) is not None

    @property
    def stands(self) -> bool:
        """Whether it counts as sent, at least for a part."""
        return self.judged.outcome in ("accepted", "partly")

    def tell(self, what: str, kind: Callable[..., Any], **more: Any) -> Happening:
        """An event about this message."""
        common = {
            "relation": self.envelope.relation,
            "message": self.envelope.id,
            "bericht": self.judged.bericht or self.envelope.bericht,
            "afzender": self.sender,
            "ontvanger": self.envelope.receiver,
            "received_at": self.envelope.received_at,
            "identificatie": self._identificatie(),
        }
        return Happening(what, kind(**{**common, **more}), self.bsn)

    def _identificatie(self) -> str | None:
        return self.bericht.Header.BerichtIdentificatie.Identificatie if self.bericht is not None else None


def reported(
    report: Report, care: Sequence[Happening], settled: Settled | None, resend: bool, ended: date | None, credits: int
) -> Iterator[Happening]:
    """What a decided message tells, beside what it tells about care.

    settled  what it answers.
    resend   one like it was refused before.
    ended    the earliest end of care that it tells and that has a term.
    credits  how many of its claim lines are credits, and right.
    """
    yield _decided(report, resend)
    if report.judged.outcome in ("refused", "partly") and not report.awaits:
        yield _refused(report)
    if kinds := _corrections(care if settled is None else (), credits):
        yield report.tell("bericht.corrected", Corrected, kinds=kinds)
    if any(isinstance(effect, Answer) for effect in report.effects):
        yield from _answered_by_hub(report)
    if settled is not None:
        yield from _settled(report, settled)
    if report.stands and ended is not None:
        yield from _late_stop(report, ended)


def _decided(report: Report, resend: bool) -> Happening:
    rules = tuple(sorted({finding.rule for finding in report.judged.findings}))
    return report.tell(
        "bericht.decided",
        Decided,
        outcome=report.judged.outcome,
        level=report.judged.level,
        rules=rules,
        awaits=report.awaits,
        answers=_ANSWERS.get(report.envelope.bericht) if report.judged.outcome == "accepted" else None,
        resend=resend,
        duplicate="TR056" in rules,
        released=report.envelope.let_in,
    )


_ANSWERS = {answer: name for name in structure().berichten if (answer := answer_name(name))}


def _refused(report: Report) -> Happening:
    findings = report.judged.findings
    return report.tell(
        "bericht.refused",
        Refused,
        by="hub",
        whole=report.judged.outcome == "refused",
        level=report.judged.level,
        rules=tuple(sorted({finding.rule for finding in findings})),
        codes=_codes(findings),
    )


def _codes(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    return tuple(sorted({finding.retourcode for finding in findings if finding.retourcode}))


def _answered_by_hub(report: Report) -> Iterator[Happening]:
    rule, due = return_term(report.envelope.bericht, report.envelope.received_at, report.days)
    refused = report.judged.outcome == "refused"
    yield report.tell("bericht.answered", Returned, by="hub", at=report.now, due=due, refused=refused)
    if (days := (local_day(report.now) - due).days) > 0:
        receiver = report.envelope.receiver
        answer = {"bericht": answer_name(report.envelope.bericht), "afzender": receiver, "ontvanger": report.sender}
        yield report.tell("bericht.late", Late, **answer, rule=rule, responsible=receiver, due=due, days=days)


def _settled(report: Report, settled: Settled) -> Iterator[Happening]:
    """The message that is answered: its sender is who receives this answer."""
    received_at = settled.waiting.received_at
    if received_at is None:  # it was kept by a version that did not note this
        return
    rule, due = return_term(settled.bericht, received_at, report.days)
    answered = {
        "identificatie": settled.identificatie,
        "message": settled.waiting.envelope_id,
        "bericht": settled.bericht,
        "afzender": report.envelope.receiver,
        "ontvanger": report.sender,
        "received_at": received_at,
    }
    at = report.envelope.received_at
    if settled.whole or settled.partly:
        whole = settled.whole
        yield report.tell("bericht.refused", Refused, **answered, by="ontvanger", whole=whole, codes=settled.codes)
    yield report.tell("bericht.answered", Returned, **answered, by="ontvanger", at=at, due=due, refused=settled.whole)
    if local_day(at) > due:
        yield _late(report, rule, due)


def _late(report: Report, rule: str, due: date) -> Happening:
    days = (local_day(report.envelope.received_at) - due).days
    return report.tell("bericht.late", Late, rule=rule, responsible=report.sender, due=due, days=days)


def _late_stop(report: Report, ended: date) -> Iterator[Happening]:
    """One event for a message, for the stop that is most late (OP272)."""
    due = report.days.due(ended, CARE_DAYS)
    if local_day(report.envelope.received_at) > due:
        yield _late(report, "OP272", due)


# --- corrections -----------------------------------------------------------------------------------

_ASSIGNMENTS: Mapping[str, Correction] = {"13": "toewijzing verwijderd", "14": "administratief"}


def _corrections(care: Sequence[Happening], credits: int) -> dict[Correction, int]:
    kinds = Counter(kind for happening in care if not happening.again for kind in _kinds(happening.data))
    return {**kinds, "creditregel": credits} if credits else dict(kinds)


def _kinds(data: Data) -> Iterator[Correction]:
    match data:
        case Assigned(reden=str(reden)) if reden in _ASSIGNMENTS:
            yield _ASSIGNMENTS[reden]
        case Withdrawn(wat="start"):
            yield "start ingetrokken"
        case Withdrawn():
            yield "stop ingetrokken"
        case _:
            pass
