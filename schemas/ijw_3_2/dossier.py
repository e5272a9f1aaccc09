"""What one gemeente and one aanbieder exchanged before, as the rules of level 3 see it.

A dossier is rows. A row holds what rules read together, and is read by its key when a message needs it, so
that a relation with a hundred thousand of them costs a message no more than an empty one. `keys_needed` tells
the keys beforehand: whoever holds the rows can fetch them in one go.

Only accepted messages are remembered (OP286). Of a refused one no more stays than that it came, because the
message that answers it must find its way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, Protocol, TypeVar

import msgspec
from msgspec import Struct

from schemas.ijw_3_2.berichten import Bericht, basis, jw301, jw305, jw307
from schemas.ijw_3_2.reading import Message


class Key(NamedTuple):
    """Names a row: its kind, and its key within the relation."""

    kind: str
    key: str


class Received(Struct, frozen=True, tag="received"):
    """A message that came in, by sender, type and Identificatie (state `message_ids`).

    `unanswered` counts the deliveries under this Identificatie whose one return message (IV028) is still to come
    from the receiver; what the hub answers itself does not count.
    """

    envelope_id: str
    sender_party: str
    accepted: bool
    unanswered: int = 0


class Assignment(Struct, frozen=True, tag="assignment"):
    """A ToegewezenProduct by ToewijzingNummer (state `assignments`): whose it is, and its versions as sent."""

    bsn: str
    versions: tuple[jw301.ToegewezenProduct, ...]


class Start(Struct, frozen=True):
    """A delivered start that was not withdrawn."""

    product: basis.Product | None
    begindatum: date


class Stop(Struct, frozen=True):
    """A delivered stop that was not withdrawn."""

    product: basis.Product | None
    begindatum: date
    reden: str
    einddatum: date

    @property
    def start(self) -> Start:
        """The start that this stop ends."""
        return Start(self.product, self.begindatum)


class Deliveries(Struct, frozen=True, tag="deliveries"):
    """What was started and stopped for one client on one assignment (state `deliveries`), in order of receipt.

    Task-based care has no ToewijzingNummer; there the product takes its place (IV096).
    """

    starts: tuple[Start, ...] = ()
    stops: tuple[Stop, ...] = ()

    @property
    def current(self) -> tuple[Start, ...]:
        """The starts that no stop has ended, temporary stops included."""
        stopped = {stop.start for stop in self.stops}
        return tuple(start for start in self.starts if start not in stopped)


Row = Received | Assignment | Deliveries
R = TypeVar("R", bound=Row)

_decoder = msgspec.msgpack.Decoder(Row)
_encoder = msgspec.msgpack.Encoder()


def encoded(row: Row) -> bytes:
    """The row as bytes for a store."""
    return _encoder.encode(row)


def decoded(data: bytes) -> Row:
    """The row that `encoded` made. Raises msgspec.DecodeError on other bytes."""
    row: Row = _decoder.decode(data)
    return row


class Dossier(Protocol):
    """The rows of one relation as they stood before a message. Asking changes nothing."""

    def get(self, key: Key, /) -> Row | None:
        """The row with this key, or None."""


@dataclass(slots=True)
class Draft:
    """A dossier with the changes that a message makes to it, which may still be thrown away."""

    base: Dossier
    changes: dict[Key, Row] = field(default_factory=dict)

    def get(self, key: Key) -> Row | None:
        """The row with this key as changed so far."""
        return self.changes.get(key) or self.base.get(key)

    def put(self, key: Key, row: Row) -> None:
        """Change a row."""
        self.changes[key] = row

    def row(self, key: Key, kind: type[R]) -> R | None:
        """The row with this key, of the type that its kind holds."""
        found = self.get(key)
        assert found is None or isinstance(found, kind)
        return found


@dataclass(frozen=True, slots=True)
class History:
    """What a rule of level 3 may look at beside the class it checks: the message and the dossier."""

    name: str
    bericht: Bericht
    draft: Draft

    @property
    def bsn(self) -> str:
        """The Bsn of the one client of this message. Only for messages that hold one client."""
        client: Any = self.bericht.Client  # type: ignore[union-attr]
        return str(client.Bsn)

    def assignment(self, number: int) -> Assignment | None:
        """The assignment with this ToewijzingNummer, if it was sent."""
        return self.draft.row(assignment_key(number), Assignment)

    def deliveries(self, levering: jw305.StartProduct | jw307.StopProduct) -> Deliveries:
        """What was delivered before on the same assignment, for this client."""
        return self.draft.row(deliveries_key(self.bsn, levering), Deliveries) or Deliveries()

    def received(self) -> Received | None:
        """The earlier message of this sender and type with the same Identificatie."""
        return self.draft.row(received_key(self.name, self.bericht), Received)


def received_key(name: str, bericht: Bericht) -> Key:
    """Sender, type and Identificatie of a message."""
    header = bericht.Header
    return Key("received", f"{header.Afzender} {name} {header.BerichtIdentificatie.Identificatie}")


def assignment_key(number: int) -> Key:
    """An assignment; gemeente and aanbieder are those of the relation."""
    return Key("assignment", str(number))


def deliveries_key(bsn: str, levering: jw305.StartProduct | jw307.StopProduct) -> Key:
    """The deliveries of a client on one assignment, or on one product where there is no assignment."""
    if levering.ToewijzingNummer is not None:
        return Key("deliveries", f"{bsn} {levering.ToewijzingNummer}")
    product = levering.Product or basis.Product(Categorie="")
    return Key("deliveries", f"{bsn} {product.Categorie}/{product.Code or ''}")


# --- which rows a message needs, and how it changes them -------------------------------------------


def keys_needed(message: Message) -> tuple[Key, ...]:
    """The keys of every row that checking and remembering this message can ask for."""
    return (received_key(message.name, message.bericht), *_keys_of_content(message.bericht))


def _keys_of_content(bericht: Bericht) -> Iterator[Key]:
    if isinstance(bericht, jw301.Bericht):
        for product in bericht.Client.ToegewezenProducten:
            yield assignment_key(product.ToewijzingNummer)
    elif isinstance(bericht, jw305.Bericht):
        yield from _keys_of_deliveries(bericht.Client.Bsn, bericht.Client.StartProducten)
    elif isinstance(bericht, jw307.Bericht):
        yield from _keys_of_deliveries(bericht.Client.Bsn, bericht.Client.StopProducten)


def _keys_of_deliveries(bsn: str, leveringen: Iterable[jw305.StartProduct | jw307.StopProduct]) -> Iterator[Key]:
    for levering in leveringen:
        yield deliveries_key(bsn, levering)
        if levering.ToewijzingNummer is not None:
            yield assignment_key(levering.ToewijzingNummer)


def is_remembered(klasse: type[Struct]) -> bool:
    """Whether instances of this class change the dossier."""
    return klasse in _FOLDS


def remember(node: Struct, history: History) -> None:
    """Fold one class of an accepted message into the draft."""
    fold = _FOLDS.get(type(node))
    if fold is not None:
        fold(node, history)


def _remember_assignment(product: jw301.ToegewezenProduct, history: History) -> None:
    earlier = history.assignment(product.ToewijzingNummer)
    versions = (*(earlier.versions if earlier else ()), product)
    history.draft.put(assignment_key(product.ToewijzingNummer), Assignment(history.bsn, versions))


def _remember_start(levering: jw305.StartProduct, history: History) -> None:
    known = history.deliveries(levering)
    start = Start(levering.Product, levering.Begindatum)
    starts = tuple(s for s in known.starts if s != start)
    if levering.StatusAanlevering != "3":
        starts = (*starts, start)
    history.draft.put(deliveries_key(history.bsn, levering), Deliveries(starts, known.stops))


def _remember_stop(levering: jw307.StopProduct, history: History) -> None:
    known = history.deliveries(levering)
    stop = Stop(levering.Product, levering.Begindatum, levering.RedenBeeindiging, levering.Einddatum)
    stops = tuple(s for s in known.stops if s != stop)
    if levering.StatusAanlevering != "3":
        stops = (*stops, stop)
    history.draft.put(deliveries_key(history.bsn, levering), Deliveries(known.starts, stops))


_FOLDS: Mapping[type[Struct], Callable[[Any, History], None]] = {
    jw301.ToegewezenProduct: _remember_assignment,
    jw305.StartProduct: _remember_start,
    jw307.StopProduct: _remember_stop,
}
