"""CloudEvents 1.0 in the NL GOV profile: how what happened is told to monitors and to others. Pure.

An event about care has the client's pseudonym as its subject, an event about a message its relation. Both are the key,
so that everything about one client, and everything about one relation, comes in order.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct

from schemas.ijw_3_2.findings import passes_elfproef
from streams.core.effects import Event
from streams.core.happenings import (
    Answered,
    Assigned,
    Bericht,
    Care,
    Claimed,
    Corrected,
    Decided,
    Late,
    Levered,
    Refused,
    Requested,
    Retracted,
    Returned,
    Withdrawn,
)

SOURCE = "urn:nld:ijwhub"
PREFIX = "nl.ijwhub."

Data = Care | Bericht
D = TypeVar("D", bound=Struct)

TYPES: dict[str, type[Data]] = {
    "zorg.requested": Requested,
    "verzoek.answered": Answered,
    "zorg.assigned": Assigned,
    "zorg.changed": Assigned,
    "zorg.withdrawn": Assigned,
    "zorg.started": Levered,
    "zorg.resumed": Levered,
    "zorg.paused": Levered,
    "zorg.stopped": Levered,
    "levering.withdrawn": Withdrawn,
    "zorg.claimed": Claimed,
    "zorg.granted": Claimed,
    "zorg.refused": Claimed,
    "zorg.retracted": Retracted,
    "bericht.decided": Decided,
    "bericht.refused": Refused,
    "bericht.corrected": Corrected,
    "bericht.answered": Returned,
    "bericht.late": Late,
}
"""Every type of event, after PREFIX, with its data."""


class CloudEvent(Struct, frozen=True, kw_only=True):
    """An event as it travels, in the JSON format of CloudEvents; `data` as `type` says (TYPES, without PREFIX)."""

    id: str
    source: str
    type: str
    time: datetime
    subject: str
    data: Data

    @property
    def what(self) -> str:
        """The type, without PREFIX."""
        return self.type.removeprefix(PREFIX)


class _Travelling(Struct, frozen=True, kw_only=True):
    id: str
    source: str
    type: str
    time: datetime
    subject: str
    data: msgspec.Raw
    specversion: Literal["1.0"] = "1.0"
    datacontenttype: Literal["application/json"] = "application/json"


class Happening(Struct, frozen=True):
    """Something to tell: the type without PREFIX, its data, and whom it is about (a Bsn; None: the relation).

    again  a message that still waits for its answer told the same, so it is no second correction.
    """

    what: str
    data: Data
    bsn: str | None = None
    again: bool = False


class UnknownEvent(Exception):
    """This version knows no event of such a type."""


def pseudonym(key: bytes, bsn: str) -> str:
    """The name by which events know a client: a keyed digest (HMAC-SHA-256, 32 hex digits) of the BSN."""
    return hmac.new(key, bsn.encode(), hashlib.sha256).hexdigest()[:32]


def masked(key: bytes, text: str) -> str:
    """A reference that a partner chose, or a keyed digest in its place when it could hold a BSN, however written."""
    return f"x{pseudonym(key, text)[:15]}" if _could_hold_a_bsn(text) else text


_NINE_DIGITS = re.compile(r"[0-9](?:[ .-]?[0-9]){8}")


def _could_hold_a_bsn(text: str) -> bool:
    if _NINE_DIGITS.search(text) is None:
        return False
    runs = re.findall(r"[0-9]{9,}", re.sub(r"[ .-]", "", text))
    return any(passes_elfproef(run[n : n + 9]) for run in runs for n in range(len(run) - 8))


def event_of(event: bytes) -> CloudEvent:
    """The event in these bytes. Raises msgspec.DecodeError, or UnknownEvent for a type that this version lacks."""
    read = _decoder.decode(event)
    data = _data_decoders.get(read.type)
    if data is None:
        raise UnknownEvent
    return CloudEvent(
        id=read.id,
        source=read.source,
        type=read.type,
        time=read.time,
        subject=read.subject,
        data=data.decode(read.data),
    )


def event_id(envelope: str, number: int) -> str:
    """The id of the n-th event of an envelope: the same again when the step is repeated."""
    return f"{envelope}.e{number}"


def encoded(event: CloudEvent) -> bytes:
    """An event as it travels."""
    return _encoder.encode(
        _Travelling(
            id=event.id,
            source=event.source,
            type=event.type,
            time=event.time,
            subject=event.subject,
            data=msgspec.Raw(_encoder.encode(event.data)),
        )
    )


def events_of(happenings: Iterable[Happening], envelope: str, key: bytes, now: datetime) -> list[Event]:
    """The events of one envelope (its id), in order. `key` makes the pseudonyms."""
    return [_event(happening, event_id(envelope, n), key, now) for n, happening in enumerate(happenings)]


def _event(happening: Happening, id: str, key: bytes, now: datetime) -> Event:
    data = _without_person(happening.data, key)
    if isinstance(data, Bericht):
        subject = data.relation
        if happening.bsn is not None:
            data = msgspec.structs.replace(data, client=pseudonym(key, happening.bsn))
    else:
        assert happening.bsn is not None
        subject = pseudonym(key, happening.bsn)
    event = CloudEvent(id=id, source=SOURCE, type=PREFIX + happening.what, time=now, subject=subject, data=data)
    return Event(id=id, key=subject, body=encoded(event))


_CHOSEN = ("identificatie", "referentie", "declaratie", "credit_van")
"""What partners choose themselves: whoever puts a BSN in it must not find it again in an event."""


def _without_person(data: D, key: bytes) -> D:
    chosen = {name: getattr(data, name, None) for name in _CHOSEN}
    changes: dict[str, Any] = {name: masked(key, text) for name, text in chosen.items() if isinstance(text, str)}
    if isinstance(data, Claimed):
        changes["lines"] = tuple(_without_person(line, key) for line in data.lines)
    return msgspec.structs.replace(data, **{name: new for name, new in changes.items() if new != chosen.get(name)})


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Travelling)
_data_decoders = {PREFIX + what: msgspec.json.Decoder(data) for what, data in TYPES.items()}
