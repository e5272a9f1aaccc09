"""Berichten: what one relation sent of one message type on one day, what came of it, and which answers are awaited."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from streams.core.events import CloudEvent
from streams.core.happenings import Bericht, Corrected, Decided, Late, Refused, Returned
from streams.core.workdays import local_day

Counts = Mapping[str, int]


class Awaited(Struct, frozen=True, array_like=True, gc=False):
    """A message that its receiver has still to answer. `identificatie` of its header, for whoever looks it up.

    right  it counts among those that were right the first time, unless its receiver refuses it.
    """

    received_at: datetime
    identificatie: str | None
    right: bool = False


class Berichten(Struct, frozen=True, array_like=True):
    """Of one relation, one message type and one (Dutch) day of receipt.

    outcomes     of the messages, by outcome (effects.Outcome); their sum is how many came.
    rules        how often a rule of the hub refused one; codes: how often a return code of its receiver did.
    refused_by   how often the hub, and how often the receiver refused one, wholly or in part.
    levels       the lowest level that failed, of those that the hub refused.
    corrections  by kind; a message with several counts for each.
    resends      new attempts of a refused message; duplicates: of an accepted one.
    returned     of the answers: in time (`met`) or after their term (`late`), and `failed`: level 1, never answered.
    awaited      by message (envelope id).
    late         per rule, how often one of these came too late.
    right        accepted, neither a resend nor a duplicate, and not refused by its receiver, wholly or in part.
    released     that an operator let in; what was then set aside all the same is only among the outcomes.
    """

    relation: str
    bericht: str
    day: date
    afzender: str
    ontvanger: str
    outcomes: Counts = {}
    rules: Counts = {}
    codes: Counts = {}
    refused_by: Counts = {}
    levels: Counts = {}
    corrections: Counts = {}
    resends: int = 0
    duplicates: int = 0
    returned: Counts = {}
    awaited: Mapping[str, Awaited] = {}
    late: Counts = {}
    right: int = 0
    released: int = 0


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Berichten)


class BerichtenFold:
    """Keeps the contract Fold (streams.core.folding). A row's key is relation|bericht|day."""

    name = "berichten"

    def keys(self, event: CloudEvent) -> Collection[str]:
        """The row of the day on which the message concerned was received (contract: Fold)."""
        return (_key(event.data),) if isinstance(event.data, Bericht) else ()

    def fold(self, event: CloudEvent, rows: Mapping[str, Berichten]) -> Mapping[str, Berichten]:
        """Count what the event tells (contract: Fold)."""
        data = event.data
        added = _ADDED.get(type(data))
        if added is None or not isinstance(data, Bericht):
            return {}
        key = _key(data)
        blank = Berichten(data.relation, data.bericht, local_day(data.received_at), data.afzender, data.ontvanger)
        return {key: added(rows.get(key, blank), data)}

    def encode(self, row: Berichten) -> bytes:
        """A row as it is kept (contract: Fold)."""
        return _encoder.encode(row)

    def decode(self, row: bytes) -> Berichten:
        """A row from what is kept (contract: Fold)."""
        return _decoder.decode(row)

    def totals(self, rows: Sequence[tuple[str, Berichten]]) -> Mapping[str, int]:
        """How many messages there were, and how many wait for an answer (contract: Fold)."""
        return {
            "messages": sum(sum(row.outcomes.values()) for _, row in rows),
            "awaited": sum(len(row.awaited) for _, row in rows),
        }


def _decided(row: Berichten, data: Decided) -> Berichten:
    awaited = dict(row.awaited)
    right = data.outcome == "accepted" and not data.resend and not data.duplicate
    if data.awaits:
        awaited[data.message] = Awaited(data.received_at, data.identificatie, right)
    return replace(
        row,
        outcomes=_more(row.outcomes, {data.outcome: 1}),
        resends=row.resends + data.resend,
        duplicates=row.duplicates + data.duplicate,
        returned=_more(row.returned, {"failed": 1} if data.level == 1 else {}),
        awaited=awaited,
        right=row.right + right,
        released=row.released + (data.released and data.outcome != "quarantined"),
    )


def _refused(row: Berichten, data: Refused) -> Berichten:
    """Comes before the message is Returned, so what waits can still be told from what does not."""
    waited = row.awaited.get(data.message)
    return replace(
        row,
        rules=_more(row.rules, dict.fromkeys(data.rules, 1)),
        codes=_more(row.codes, dict.fromkeys(data.codes, 1)),
        refused_by=_more(row.refused_by, {data.by: 1}),
        levels=_more(row.levels, {str(data.level): 1} if data.level is not None else {}),
        right=row.right - (waited is not None and waited.right),
    )


def _corrected(row: Berichten, data: Corrected) -> Berichten:
    return replace(row, corrections=_more(row.corrections, {str(kind): n for kind, n in data.kinds.items()}))


def _returned(row: Berichten, data: Returned) -> Berichten:
    awaited = dict(row.awaited)
    awaited.pop(data.message, None)
    outcome = "late" if local_day(data.at) > data.due else "met"
    return replace(row, awaited=awaited, returned=_more(row.returned, {outcome: 1}))


def _late(row: Berichten, data: Late) -> Berichten:
    return replace(row, late=_more(row.late, {data.rule: 1}))


def _more(counts: Counts, more: Counts) -> Counts:
    return {key: counts.get(key, 0) + more.get(key, 0) for key in sorted({*counts, *more})} if more else counts


def _key(data: Bericht) -> str:
    return f"{data.relation}|{data.bericht}|{local_day(data.received_at)}"


_ADDED: Mapping[type, Callable[[Berichten, Any], Berichten]] = {
    Decided: _decided,
    Refused: _refused,
    Corrected: _corrected,
    Returned: _returned,
    Late: _late,
}
