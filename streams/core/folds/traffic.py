"""Traffic: how many messages each party sends, what becomes of them, and how many wait for its own answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from streams.core.events import CloudEvent

Counts = Mapping[str, int]


class Traffic(Struct, frozen=True):
    """Of one party and one message type.

    messages  how many it sent.
    outcomes  of those, by outcome.
    refusals  of those, how often each rule refused one, wholly or in part.
    open      how many of this type, sent to it, wait for its own return message. In a single partition of the events it
              may be below zero: an answer may stand in another partition than what it answers.
    """

    messages: int = 0
    outcomes: Counts = {}
    refusals: Counts = {}
    open: int = 0


Totals = dict[str, dict[str, Traffic]]
"""By code of the party, then by message type."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Traffic)


class TrafficFold:
    """Keeps the contract Fold (streams.core.folding)."""

    name = "traffic"

    def keys(self, event: CloudEvent) -> Collection[str]:
        """The rows of who sent it, of who must answer it, and of what it answers (contract: Fold)."""
        data = event.data
        keys = {_key(data.afzender, data.bericht)}
        if data.awaits:
            keys.add(_key(data.ontvanger, data.bericht))
        if data.answers is not None:
            keys.add(_key(data.afzender, data.answers))
        return keys

    def fold(self, event: CloudEvent, rows: Mapping[str, Traffic]) -> Mapping[str, Traffic]:
        """Count one message (contract: Fold)."""
        data = event.data
        sent = _key(data.afzender, data.bericht)
        changed = {sent: added(rows.get(sent, _NOTHING), Traffic(1, {data.outcome: 1}, dict.fromkeys(data.rules, 1)))}
        if data.awaits:
            _open(changed, rows, _key(data.ontvanger, data.bericht), 1)
        if data.answers is not None:
            _open(changed, rows, _key(data.afzender, data.answers), -1)
        return changed

    def encode(self, row: Traffic) -> bytes:
        """A row as it is kept (contract: Fold)."""
        return _encoder.encode(row)

    def decode(self, row: bytes) -> Traffic:
        """A row from what is kept (contract: Fold)."""
        return _decoder.decode(row)

    def totals(self, rows: Sequence[tuple[str, Traffic]]) -> Totals:
        """All rows added up, by party and message type (contract: Fold)."""
        summed: dict[str, Traffic] = {}
        for key, row in rows:
            summed[key] = added(summed.get(key, _NOTHING), row)
        totals: Totals = {}
        for key in sorted(summed):
            party, _, bericht = key.partition(":")
            totals.setdefault(party, {})[bericht] = summed[key]
        return totals


def added(one: Traffic, other: Traffic) -> Traffic:
    """The sum of two rows."""
    return Traffic(
        one.messages + other.messages,
        _sum(one.outcomes, other.outcomes),
        _sum(one.refusals, other.refusals),
        one.open + other.open,
    )


def open_by_type(totals: Totals) -> dict[str, int]:
    """How many messages of each type wait for an answer, of all parties together."""
    return _sum({}, *({bericht: row.open} for rows in totals.values() for bericht, row in rows.items()))


_NOTHING = Traffic()


def _open(changed: dict[str, Traffic], rows: Mapping[str, Traffic], key: str, more: int) -> None:
    row = changed.get(key) or rows.get(key, _NOTHING)
    changed[key] = replace(row, open=row.open + more)


def _sum(counts: Counts, *others: Counts) -> dict[str, int]:
    summed = dict(counts)
    for key, more in _items(others):
        summed[key] = summed.get(key, 0) + more
    return summed


def _items(counts: Iterable[Counts]) -> Iterable[tuple[str, int]]:
    return (item for one in counts for item in one.items())


def _key(party: str, bericht: str) -> str:
    return f"{party}:{bericht}"
