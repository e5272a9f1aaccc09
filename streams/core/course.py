"""What becomes of an envelope, and what monitors are told of it beside its effects. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from schemas.ijw_3_2.berichten import jw307, jw323, jw325
from schemas.ijw_3_2.dossier.claims import refuses_whole
from schemas.ijw_3_2.dossier.facts import as_start, effective
from schemas.ijw_3_2.dossier.keys import deliveries_key, received_key
from schemas.ijw_3_2.dossier.rows import Deliveries, Draft, Received, Waiting
from schemas.ijw_3_2.reading import Message, Unreadable
from schemas.ijw_3_2.rules.checking import Assessed
from schemas.ijw_3_2.structure import structure
from streams.core.effects import Effects, Judged
from streams.core.envelope import Envelope
from streams.core.events import Happening
from streams.core.happenings import TEMPORARY
from streams.core.reporting import Report, Settled, reported
from streams.core.telling import WITHDRAWN, common, settled
from streams.core.telling_claims import answered, decided, right_credits
from streams.core.verdicts import refused_whole
from streams.core.watching import codes_of_refusal
from streams.core.workdays import WorkingDays


class Course(NamedTuple):
    """What becomes of an envelope, and what monitors are told about it beside the effects.

    care     what it tells about care.
    settled  the message that it answers.
    resend   one like it was refused before.
    ended    the earliest end of care that it tells and that has a term (OP272).
    credits  how many of its claim lines are credits with which the hub found nothing wrong.
    """

    effects: Effects
    care: tuple[Happening, ...] = ()
    settled: Settled | None = None
    resend: bool = False
    ended: date | None = None
    credits: int = 0


def is_resend(draft: Draft, message: Message) -> bool:
    """Whether one under this Identificatie was refused before, and none accepted (OP286)."""
    key = received_key(message.name, message.bericht)
    known = draft.base.get(key)
    return isinstance(known, Received) and not known.accepted


def earliest_end(draft: Draft, message: Message) -> date | None:
    """The earliest Einddatum of a stop with a term: not of care that was stopped for a time already (OP272)."""
    if not isinstance(message.bericht, jw307.Bericht):
        return None
    client = message.bericht.Client
    stops = [one for one in client.StopProducten if one.StatusAanlevering != WITHDRAWN]
    return min((one.Einddatum for one in stops if not _was_paused(draft, client.Bsn, one)), default=None)


def _was_paused(draft: Draft, bsn: str, stop: jw307.StopProduct) -> bool:
    known = draft.base.get(deliveries_key(bsn, stop))
    stops = effective(known).stops if isinstance(known, Deliveries) else ()
    return any(one.reden == TEMPORARY and one.start == as_start(stop) for one in stops)


def care_now(
    message: Message, assessed: Assessed, care: tuple[Happening, ...], hub_answers: bool, envelope: Envelope
) -> tuple[Happening, ...]:
    """What is told at once: all that counts, and of a claim that the hub answers also what it decided on the lines."""
    whole = refused_whole(message, assessed.findings)
    if not isinstance(message.bericht, jw323.Bericht):
        return () if whole else care
    if not hub_answers:
        return care
    return (*care, *decided(message.bericht.Declaratie, assessed.findings, whole, common(envelope, message.name)))


def credits_of(message: Message, assessed: Assessed) -> int:
    """How many credit lines of a claim the hub finds nothing wrong with."""
    if not isinstance(message.bericht, jw323.Bericht):
        return 0
    findings = assessed.findings
    return right_credits(message.bericht.Declaratie, findings, refused_whole(message, findings))


def settled_care(envelope: Envelope, retour: Message, waiting: Waiting, refused: bool) -> tuple[Happening, ...]:
    """What a return message means for the care that the message it answers told of."""
    about = common(envelope, retour.name)
    return tuple(settled(waiting.note, waiting.counted, refused, waiting.envelope_id, about))


def settled_retour(retour: Message, waiting: Waiting, refused: bool) -> Settled:
    """A message that got its return message."""
    heen = structure().berichten[retour.name].heen
    assert heen is not None
    codes = codes_of_refusal(retour.bericht)
    identificatie = retour.bericht.Header.BerichtIdentificatie.Identificatie
    return Settled(bericht=heen, identificatie=identificatie, waiting=waiting, whole=refused, partly=False, codes=codes)


def answered_lines(envelope: Envelope, waiting: Waiting, bericht: jw325.Bericht) -> tuple[Happening, ...]:
    """Told as about the claim: its message, and the moment at which that was received."""
    assert waiting.claim is not None
    received_at = waiting.received_at or envelope.received_at
    about = {**common(envelope, "JW323"), "message": waiting.envelope_id, "received_at": received_at}
    return tuple(answered(waiting.claim, bericht, about))


def settled_claim(waiting: Waiting, bericht: jw325.Bericht) -> Settled:
    """A claim that got its JW325."""
    whole, codes = refuses_whole(bericht), codes_of_refusal(bericht)
    identificatie = bericht.Header.DeclaratieIdentificatie.Identificatie
    return Settled(
        bericht="JW323",
        identificatie=identificatie,
        waiting=waiting,
        whole=whole,
        partly=bool(codes) and not whole,
        codes=codes,
    )


def reports(
    envelope: Envelope, read: Message | Unreadable | None, course: Course, now: datetime, days: WorkingDays
) -> Iterator[Happening]:
    """Everything to tell monitors about a decided envelope; `read` is None when it could not be opened."""
    judged = next((effect for effect in course.effects if isinstance(effect, Judged)), None)
    if judged is not None:
        report = Report(envelope, read, course.effects, judged, now, days)
        yield from reported(report, course.care, course.settled, course.resend, course.ended, course.credits)
        yield from course.care
