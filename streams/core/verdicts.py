"""The verdict on one message by itself: what a hub that answers for everyone would say of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from schemas.ijw_3_2.berichten import jw323
from schemas.ijw_3_2.dossier.claims import waiting_claim
from schemas.ijw_3_2.dossier.history import History, Moment, lines_waiting
from schemas.ijw_3_2.dossier.keys import Needed, lines_by_id, received_key, rows_needed
from schemas.ijw_3_2.dossier.memory import all_facts, content_digest, doubt, remembering
from schemas.ijw_3_2.dossier.rows import STANDS, ClaimSent, Draft, Key, Received, Row, Waiting
from schemas.ijw_3_2.findings import Finding, Level
from schemas.ijw_3_2.outside import NotChecked
from schemas.ijw_3_2.reading import Message, Schemas, Unreadable
from schemas.ijw_3_2.rules.checking import Assessed, check_history, check_inside
from schemas.ijw_3_2.sniffing import Sniffed
from schemas.ijw_3_2.structure import structure
from streams.core.answering import answer, answer_name
from streams.core.envelope import Made, envelope_id, identificatie_for

Dossiers = Mapping[str, Mapping[Key, Row]]
"""The rows of every relation."""


class Verdict(Struct, frozen=True, kw_only=True):
    """What the standard says of a message.

    bericht       JW301 ... JW325; None when even that cannot be told.
    findings      why it is refused; nothing when it is accepted.
    not_checked   the rules that could not be decided, each with what it needs.
    retour        the return message or JW325 that answers it; None where the standard has none.
    relation      the pair that exchanges it; None when that cannot be told.
    changes       the rows of their dossier that are different after this message.
    """

    bericht: str | None
    findings: tuple[Finding, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    retour: bytes | None = None
    relation: str | None = None
    changes: Mapping[Key, Row] = {}

    @property
    def accepted(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    @property
    def level(self) -> Level | None:
        """The lowest level that failed, None when none did."""
        return lowest_level(self.findings)


def judge(data: bytes, dossiers: Dossiers, schemas: Schemas, moment: Moment, delivery: str = "") -> Verdict:
    """The verdict on the message in these bytes, given what every relation remembers.

    `moment` has the date of receipt. `delivery` tells two deliveries of the same bytes apart. A return message
    is checked on level 1 alone: what it answers may never have come by here.
    """
    read = schemas.read(data)
    if isinstance(read, Unreadable):
        return Verdict(bericht=read.name, findings=read.findings)
    if structure().berichten[read.name].heen is not None:
        return Verdict(bericht=read.name)
    return _judge_heen(read, dossiers, schemas, moment, envelope_id("check", delivery, data))


def _judge_heen(message: Message, dossiers: Dossiers, schemas: Schemas, moment: Moment, id: str) -> Verdict:
    relation = relation_of(message)
    draft = Draft(dossiers.get(relation, {}))
    needed = rows_needed(message)
    assessed = assess(message, needed, check_inside(message), draft, moment)
    made = Made(identificatie=identificatie_for(id), dagtekening=moment.day)
    retour = None if answer_name(message.name) is None else answer(message, assessed.findings, made, schemas)
    return Verdict(
        bericht=message.name,
        findings=assessed.findings,
        not_checked=assessed.not_checked,
        retour=retour,
        relation=relation,
        changes=memory(message, needed, draft, assessed.findings, envelope_id=id, sender_party=""),
    )


def assess(
    message: Message, needed: Needed, inside: tuple[Finding, ...], draft: Draft, moment: Moment, waits_as: str = STANDS
) -> Assessed:
    """The verdict on a message of which level 2 found this, and in the draft what it changes.

    `waits_as` is its envelope id when its receiver must still answer it.
    """
    if inside:
        return Assessed(inside)
    lines = lines_by_id(message.bericht, needed)
    sent = lines_waiting(draft, message.bericht)
    history = History(message.name, message.bericht, draft, moment, lines, sent)
    return check_history(message, history, remembering(draft, message.bericht, lines, waits_as))


def refused_whole(message: Message, findings: Sequence[Finding]) -> bool:
    """Whether a message counts as not sent (OP286). Of a claim (JW323) single lines may be refused."""
    if message.name != "JW323":
        return bool(findings)
    return any(finding.level <= 2 or finding.klasse in ("Header", "Declaratie") for finding in findings)


def relation_of(message: Message) -> str:
    """The pair that exchanges a message, as gemeente:aanbieder."""
    header = message.bericht.Header
    return Sniffed(
        bericht=message.name,
        afzender=header.Afzender,
        ontvanger=header.Ontvanger,
        identificatie=header.BerichtIdentificatie.Identificatie,
    ).relation


def memory(
    message: Message,
    needed: Needed,
    draft: Draft,
    findings: Sequence[Finding],
    *,
    envelope_id: str,
    sender_party: str,
    waits: bool = False,
    received_at: datetime | None = None,
    note: bytes = b"",
) -> Mapping[Key, Row]:
    """What a dossier keeps of a message: all it changed, or when it is refused only that it came.

    An Identificatie that an accepted message has stays used, however many refused ones repeat it (TR056). `waits`: the
    receiver must still answer it, so it is kept until then, whatever the hub thinks of it, with what follows.
    """
    key = received_key(message.name, message.bericht)
    earlier = draft.row(key, Received) or Received(envelope_id="", sender_party="", accepted=False)
    accepted = not refused_whole(message, findings)
    if not accepted:
        draft.changes.clear()
    waiting = (_waiting(message, draft, accepted, envelope_id, sender_party, received_at, note),) if waits else ()
    if waiting and not accepted:
        doubt(draft, waiting[0].facts, envelope_id)
    received = Received(
        envelope_id=envelope_id,
        sender_party=sender_party,
        accepted=accepted or earlier.accepted,
        waiting=(*earlier.waiting, *waiting),
        claims=tuple(dict.fromkeys((*earlier.claims, *_claims_sent(message)))),
    )
    draft.put(key, received)
    return draft.changes


def _waiting(
    message: Message,
    draft: Draft,
    accepted: bool,
    envelope_id: str,
    sender_party: str,
    received_at: datetime | None,
    note: bytes,
) -> Waiting:
    """What is kept until the answer comes: of a claim its lines, of another message its facts."""
    bericht = message.bericht
    claim = waiting_claim(draft, bericht.Declaratie) if isinstance(bericht, jw323.Bericht) else None
    return Waiting(
        envelope_id=envelope_id,
        sender_party=sender_party,
        dagtekening=bericht.Header.BerichtIdentificatie.Dagtekening,
        xsd_versie=bericht.Header.XsdVersie,
        counted=accepted,
        facts=() if claim else all_facts(bericht),
        content=b"" if claim else content_digest(bericht),
        claim=claim,
        received_at=received_at,
        note=note,
    )


def _claims_sent(message: Message) -> tuple[ClaimSent, ...]:
    if not isinstance(message.bericht, jw323.Bericht):
        return ()
    header = message.bericht.Header
    sent = ClaimSent(
        dagtekening=header.BerichtIdentificatie.Dagtekening,
        xsd_versie=header.XsdVersie,
        declaratie_nummer=message.bericht.Declaratie.DeclaratieNummer,
    )
    return (sent,)


def lowest_level(findings: Sequence[Finding]) -> Level | None:
    """The lowest level that failed; None when nothing was found."""
    return min((finding.level for finding in findings), default=None)
