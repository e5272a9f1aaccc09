"""The rows of a dossier: what one gemeente and one aanbieder exchanged before.

A row holds what rules read together about one thing, and is found by its key, so that a relation with a hundred
thousand of them costs a message no more than an empty one. Rows are in an order of their own, not that of receipt:
the same accepted messages give the same dossier (OP080).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NewType, Protocol, TypeVar

import msgspec
from msgspec import Struct

from schemas.ijw_3_2.berichten import basis, jw301, jw323

STANDS = ""
"""The `by` of what no answer can take away any more."""


Key = NewType("Key", str)
"""Names a row within its relation: the kind of the row, a space, and what tells it from others of that kind."""


# --- what an answer may still take away ------------------------------------------------------------


class Start(Struct, frozen=True, tag="start", gc=False):
    """A delivered start that was not withdrawn."""

    product: basis.Product | None
    begindatum: date


class Stop(Struct, frozen=True, tag="stop", gc=False):
    """A delivered stop that was not withdrawn."""

    product: basis.Product | None
    begindatum: date
    reden: str
    einddatum: date

    @property
    def start(self) -> Start:
        """The start that this stop ends."""
        return Start(self.product, self.begindatum)


class Assigned(Struct, frozen=True, tag="assigned", gc=False):
    """A ToegewezenProduct was sent for this client; without Commentaar and ReferentieAanbieder."""

    bsn: str
    product: jw301.ToegewezenProduct


class Delivered(Struct, frozen=True, tag="delivered", gc=False):
    """A start or stop was delivered."""

    levering: Start | Stop


class Withdrawn(Struct, frozen=True, tag="withdrawn", gc=False):
    """A start or stop was withdrawn: it counts as never sent."""

    levering: Start | Stop


class Asked(Struct, frozen=True, tag="asked", gc=False):
    """A request was made for this client. `begin` is the first day it asks for; None when it asks for no new period."""

    bsn: str
    bericht: Literal["JW315", "JW317"]
    begin: date | None


class Granted(Struct, frozen=True, tag="granted", gc=False):
    """An assignment was sent with the ReferentieAanbieder of this request."""

    nummer: int


class Answered(Struct, frozen=True, tag="answered", gc=False):
    """A JW319 said this of the request (VerzoekAntwoord)."""

    verzoek_antwoord: str


class Holds(Struct, frozen=True, tag="holds", gc=False):
    """The client has this assignment, or this request."""

    nummer: int | None = None
    referentie: str | None = None


Fact = Assigned | Delivered | Withdrawn | Asked | Granted | Answered | Holds
"""One thing that a message tells about a row."""


# --- rows ------------------------------------------------------------------------------------------


class WaitingLine(Struct, frozen=True, gc=False):
    """A claim line that the gemeente must still answer. It is `counted` meanwhile if the hub found nothing wrong."""

    bsn: str
    prestatie: jw323.Prestatie
    counted: bool


class WaitingClaim(Struct, frozen=True, kw_only=True, gc=False):
    """A claim that the gemeente must still answer. `period` is the first day of its DeclaratiePeriode."""

    declaratie_nummer: str
    period: date
    total: basis.TotaalBedragMetDC
    lines: tuple[WaitingLine, ...]


class Waiting(Struct, frozen=True, kw_only=True, gc=False):
    """A delivered message whose receiver has not answered yet.

    counted   whether it counts as sent meanwhile; not when the hub itself found something wrong with it as a whole.
    facts     what it tells, with the key of each row; an answer lets them stand, or takes them away.
    content   a digest of its content, which its return message repeats.
    claim     for a JW323, which tells lines instead of facts.
    received_at  when it was received; None when a version before 0.2 kept it.
    note      what whoever keeps it wants to have back when the answer comes; the dossier does not read it.
    """

    envelope_id: str
    sender_party: str
    dagtekening: date
    xsd_versie: basis.XsdVersie
    counted: bool
    facts: tuple[tuple[Key, Fact], ...] = ()
    content: bytes = b""
    claim: WaitingClaim | None = None
    received_at: datetime | None = None
    note: bytes = b""


class ClaimSent(Struct, frozen=True, kw_only=True, gc=False):
    """What a JW325 repeats of the JW323 that it answers."""

    dagtekening: date
    xsd_versie: basis.XsdVersie
    declaratie_nummer: str


class Received(Struct, frozen=True, kw_only=True, tag="received", gc=False):
    """A message that came in, by sender, type and Identificatie (state `message_ids`).

    accepted   whether one under this Identificatie was accepted (TR056); those refused count as not sent (OP286).
    waiting    the deliveries under it that their receiver must still answer, oldest first.
    claims     for JW323: each claim that came under it.
    """

    envelope_id: str
    sender_party: str
    accepted: bool
    waiting: tuple[Waiting, ...] = ()
    claims: tuple[ClaimSent, ...] = ()


Witnesses = tuple[str, ...]
"""The unanswered messages that tell something: refused, they take it away together. None: it stands."""


class Version(Struct, frozen=True, gc=False):
    """A ToegewezenProduct as it was sent, and for whom."""

    bsn: str
    product: jw301.ToegewezenProduct
    by: Witnesses = ()


class Told(Struct, frozen=True, gc=False):
    """What was granted on a request (a ToewijzingNummer), or answered to it (a VerzoekAntwoord)."""

    what: str
    by: Witnesses = ()


class Account(Struct, frozen=True, gc=False):
    """What was claimed on an assignment, debits minus credits; refused lines do not count.

    volume    in the unit of the assignment; hours as minutes, so that both can be added up.
    amount    in euro cents.
    granted   the number of granted debits without a granted credit (TR385).
    """

    volume: int = 0
    amount: int = 0
    granted: int = 0


class Assignment(Struct, frozen=True, tag="assignment", gc=False):
    """A ToewijzingNummer: every version that was sent, the current one last (IV013), and what was claimed on it.

    State `assignments`. No versions: it was claimed on, or refused, but never sent.
    """

    versions: tuple[Version, ...] = ()
    account: Account = Account()


class Pending(Struct, frozen=True, gc=False):
    """A start or stop delivered, or withdrawn, by a message that may still be refused; STANDS when it no longer can.

    counts   whether it counts meanwhile; not when the hub found something wrong with the message.
    """

    by: str
    levering: Start | Stop
    withdraws: bool
    counts: bool = True


class Deliveries(Struct, frozen=True, tag="deliveries", gc=False):
    """What was started and stopped for one client on one assignment (state `deliveries`), by date.

    Task-based care has no ToewijzingNummer; there the product takes its place (IV096). `pending` comes on top of it, in
    order of receipt, as long as answers are awaited.
    """

    starts: tuple[Start, ...] = ()
    stops: tuple[Stop, ...] = ()
    pending: tuple[Pending, ...] = ()

    @property
    def current(self) -> tuple[Start, ...]:
        """The starts that no stop has ended, temporary stops included."""
        stopped = {stop.start for stop in self.stops}
        return tuple(start for start in self.starts if start not in stopped)


class Request(Struct, frozen=True, tag="request", gc=False):
    """A ReferentieAanbieder (states `requests`, `answers`): who asked, what was granted on it, and what was answered.

    `answers` holds each VerzoekAntwoord that was sent. `asked` is None when only an answer came, or it was refused.
    """

    asked: Asked | None = None
    granted: tuple[Told, ...] = ()
    answers: tuple[Told, ...] = ()

    @property
    def is_rejected(self) -> bool:
        """Whether a rejection (VerzoekAntwoord 1) was sent."""
        return any(answer.what == "1" for answer in self.answers)

    @property
    def is_open(self) -> bool:
        """Whether the aanbieder still waits for an assignment or a rejection (TR374)."""
        return self.asked is not None and not self.granted and not self.is_rejected


class ClientFile(Struct, frozen=True, tag="client", gc=False):
    """What was sent about a client: the ToewijzingNummers and the ReferentieAanbieders, in order."""

    assignments: tuple[int, ...] = ()
    requests: tuple[str, ...] = ()


Outcome = Literal["granted", "refused", "waits"]


class Line(Struct, frozen=True, tag="line", gc=False):
    """A Prestatie by ReferentieNummer (state `claims`): whose it is, and what became of it.

    outcome   granted; refused: counts as not sent; waits for the gemeente's answer, and counts meanwhile.
    credit    the ReferentieNummer of its credit; None while there is none.
    """

    bsn: str
    prestatie: jw323.Prestatie
    outcome: Outcome
    credit: str | None = None

    @property
    def counts(self) -> bool:
        """Whether it counts as submitted."""
        return self.outcome != "refused"


class Claim(Struct, frozen=True, tag="claim", gc=False):
    """A DeclaratieNummer (state `claims`). `by` is the unanswered message it came with, or STANDS.

    It does not count when the gemeente refused the claim as a whole: that counts as not sent.
    """

    by: str = STANDS
    counts: bool = True


class Slot(Struct, frozen=True, tag="slot", gc=False):
    """The debits for one assignment, product and ProductPeriode that were not credited (TR389), by ReferentieNummer.

    More than one only when a gemeente that answers itself granted them.
    """

    debits: tuple[str, ...] = ()


class Submitted(Struct, frozen=True, tag="submitted", gc=False):
    """The first days of DeclaratiePerioden that were claimed (TR318): the latest, and those of unanswered messages."""

    latest: date | None = None
    waiting: tuple[tuple[date, str], ...] = ()


Row = Received | Assignment | Deliveries | Request | ClientFile | Line | Claim | Slot | Submitted
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


# --- reading and changing --------------------------------------------------------------------------


class RowsWanted(Exception):
    """These rows were not fetched yet: fetch them (`keys`) and decide again. Deciding is pure, so that is safe."""

    def __init__(self, keys: tuple[Key, ...]) -> None:
        super().__init__(f"{len(keys)} rows were not fetched beforehand")
        self.keys = keys


class Dossier(Protocol):
    """The rows of one relation as they stood before a message. Asking changes nothing."""

    def get(self, key: Key, /) -> Row | None:
        """The row with this key, or None. Raises RowsWanted when it must be fetched first."""


@dataclass(slots=True)
class Draft:
    """A dossier with the changes that a message makes to it, which may still be thrown away."""

    base: Dossier
    changes: dict[Key, Row] = field(default_factory=dict)

    def get(self, key: Key) -> Row | None:
        """The row with this key as changed so far. Raises RowsWanted."""
        return self.changes.get(key) or self.base.get(key)

    def put(self, key: Key, row: Row) -> None:
        """Change a row."""
        self.changes[key] = row

    def row(self, key: Key, kind: type[R]) -> R | None:
        """The row with this key, of the type that its kind holds. Raises RowsWanted."""
        found = self.changes.get(key) or self.base.get(key)
        assert found is None or isinstance(found, kind)
        return found

    def need(self, keys: Iterable[Key]) -> None:
        """Raise RowsWanted with all of these that are not at hand, so that they are fetched in one go."""
        missing: list[Key] = []
        for key in keys:
            try:
                self.base.get(key)
            except RowsWanted as wanted:
                missing += wanted.keys
        if missing:
            raise RowsWanted(tuple(missing))
