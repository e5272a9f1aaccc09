"""The verdict on one message by itself: what a hub that answers for everyone would say of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import msgspec
from msgspec import Struct

from schemas.ijw_3_2.dossier import Draft, Key, Received, Row, received_key
from schemas.ijw_3_2.findings import Finding, Level
from schemas.ijw_3_2.reading import Message, Schemas, Unreadable
from schemas.ijw_3_2.rules.checking import check_history, check_inside
from schemas.ijw_3_2.sniffing import Sniffed
from schemas.ijw_3_2.structure import structure
from streams.core.answering import Made, answer, answer_name
from streams.core.envelope import envelope_id, identificatie_for
from streams.core.ports import RelationKey

Rows = Mapping[RelationKey, Row]


class Verdict(Struct, frozen=True, kw_only=True):
    """What the standard says of a message.

    bericht   JW301 ... JW325; None when even that cannot be told.
    findings  why it is refused; nothing when it is accepted.
    retour    the return message or JW325 that answers it; None where the standard has none.
    changes   the rows of the dossiers as they are after this message.
    """

    bericht: str | None
    findings: tuple[Finding, ...] = ()
    retour: bytes | None = None
    changes: Rows = {}

    @property
    def accepted(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    @property
    def level(self) -> Level | None:
        """The lowest level that failed, None when none did."""
        return lowest_level(self.findings)


def judge(data: bytes, rows: Rows, schemas: Schemas, as_of: date, delivery: str = "") -> Verdict:
    """The verdict on the message in these bytes, given the dossier rows of every relation.

    `as_of` is the date of receipt. `delivery` tells two deliveries of the same bytes apart. A return message
    is checked on level 1 alone: what it answers may never have come by here.
    """
    read = schemas.read(data)
    if isinstance(read, Unreadable):
        return Verdict(bericht=read.name, findings=read.findings)
    if structure().berichten[read.name].heen is not None:
        return Verdict(bericht=read.name)
    return _judge_heen(read, rows, schemas, as_of, envelope_id("check", delivery, data))


def _judge_heen(message: Message, rows: Rows, schemas: Schemas, as_of: date, id: str) -> Verdict:
    relation = relation_of(message)
    draft = Draft(_Rows(relation, rows))
    findings = check_inside(message) or check_history(message, draft)
    made = Made(identificatie=identificatie_for(id), dagtekening=as_of)
    received = Received(envelope_id=id, sender_party="", accepted=not findings)
    return Verdict(
        bericht=message.name,
        findings=findings,
        retour=None if answer_name(message.name) is None else answer(message, findings, made, schemas),
        changes={(relation, key): row for key, row in memory(message, draft, received).items()},
    )


def relation_of(message: Message) -> str:
    """The pair that exchanges a message, as gemeente:aanbieder."""
    header = message.bericht.Header
    return Sniffed(
        bericht=message.name,
        afzender=header.Afzender,
        ontvanger=header.Ontvanger,
        identificatie=header.BerichtIdentificatie.Identificatie,
    ).relation


def memory(message: Message, draft: Draft, received: Received) -> Mapping[Key, Row]:
    """What a dossier keeps of a message: all it changed when accepted, else only that it came (OP286).

    An Identificatie that an accepted message has stays used, however many refused ones repeat it (TR056).
    """
    changes = draft.changes if received.accepted else {}
    key = received_key(message.name, message.bericht)
    earlier = draft.row(key, Received)
    if earlier is not None:
        received = msgspec.structs.replace(
            received,
            accepted=received.accepted or earlier.accepted,
            unanswered=received.unanswered + earlier.unanswered,
        )
    return {**changes, key: received}


def lowest_level(findings: Sequence[Finding]) -> Level | None:
    """The lowest level that failed; None when nothing was found."""
    return min((finding.level for finding in findings), default=None)


@dataclass(frozen=True, slots=True)
class _Rows:
    relation: str
    rows: Rows

    def get(self, key: Key) -> Row | None:
        return self.rows.get((self.relation, key))
