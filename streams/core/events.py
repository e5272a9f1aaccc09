"""What monitors are told about a message: CloudEvents 1.0 in the NL GOV profile, without a BSN, name or address. Pure.

So far there is one event for every message, when it is decided; issue 6 adds those about care.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from schemas.ijw_3_2.reading import Message
from schemas.ijw_3_2.structure import structure
from streams.core.answering import answer_name
from streams.core.effects import Answer, Deliver, Effect, Effects, Event, Judged, Outcome
from streams.core.envelope import Envelope, output_id
from streams.core.exchange import Opened

DECIDED: Literal["nl.ijwhub.bericht.decided"] = "nl.ijwhub.bericht.decided"
SOURCE = "urn:nld:ijwhub"


class Decided(Struct, frozen=True, kw_only=True):
    """The data of a DECIDED event.

    afzender, ontvanger  the codes of gemeente and aanbieder, as this message goes.
    awaits    this message waits for a return message or JW325 that its receiver gives itself.
    answers   the message type that this one answers, when it is accepted as the answer to one that waited.
    """

    relation: str
    bericht: str
    afzender: str
    ontvanger: str
    outcome: Outcome
    level: int | None
    rules: tuple[str, ...]
    received_at: datetime
    awaits: bool
    answers: str | None


class CloudEvent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event as it travels, in the JSON format of CloudEvents."""

    id: str
    source: str
    type: Literal["nl.ijwhub.bericht.decided"]
    time: datetime
    subject: str
    data: Decided
    specversion: Literal["1.0"]
    datacontenttype: Literal["application/json"]


def pseudonym(key: bytes, bsn: str) -> str:
    """The name by which events know a client: a keyed digest (HMAC-SHA-256, 32 hex digits) of the BSN."""
    return hmac.new(key, bsn.encode(), hashlib.sha256).hexdigest()[:32]


def event_of(event: bytes) -> CloudEvent:
    """The event in these bytes. Raises msgspec.DecodeError when they are none that this version knows."""
    return msgspec.json.decode(event, type=CloudEvent)


def events_of(envelope: Envelope, opened: Opened | None, effects: Effects, key: bytes, now: datetime) -> list[Event]:
    """The events of one decided envelope. `key` makes the pseudonyms; `opened` is None when it could not be read."""
    judged = next((effect for effect in effects if isinstance(effect, Judged)), None)
    if judged is None:
        return []
    subject = _subject(envelope, opened, key)
    event = CloudEvent(
        id=output_id(envelope.id, 0),
        source=SOURCE,
        type=DECIDED,
        time=now,
        subject=subject,
        data=_decided(envelope, judged, effects),
        specversion="1.0",
        datacontenttype="application/json",
    )
    return [Event(id=event.id, key=subject, body=msgspec.json.encode(event))]


def _decided(envelope: Envelope, judged: Judged, effects: Sequence[Effect]) -> Decided:
    gemeente, _, aanbieder = envelope.relation.partition(":")
    return Decided(
        relation=envelope.relation,
        bericht=envelope.bericht,
        afzender=aanbieder if envelope.receiver == gemeente else gemeente,
        ontvanger=envelope.receiver,
        outcome=judged.outcome,
        level=judged.level,
        rules=tuple(sorted({finding.rule for finding in judged.findings})),
        received_at=envelope.received_at,
        awaits=_awaits(envelope, effects),
        answers=_answers(envelope, judged),
    )


def _awaits(envelope: Envelope, effects: Sequence[Effect]) -> bool:
    """Whether its receiver must still answer: it was passed on, and the hub did not answer for it."""
    kinds = {type(effect) for effect in effects}
    return envelope.bericht in _ANSWERED and Deliver in kinds and Answer not in kinds


def _answers(envelope: Envelope, judged: Judged) -> str | None:
    return _ANSWERS.get(envelope.bericht) if judged.outcome == "accepted" else None


_ANSWERED = {name: answer for name in structure().berichten if (answer := answer_name(name))}
_ANSWERS = {answer: name for name, answer in _ANSWERED.items()}


def _subject(envelope: Envelope, opened: Opened | None, key: bytes) -> str:
    read = opened.read if opened is not None else None
    client = getattr(read.bericht, "Client", None) if isinstance(read, Message) else None
    bsn = getattr(client, "Bsn", None)
    return pseudonym(key, bsn) if bsn else envelope.relation
