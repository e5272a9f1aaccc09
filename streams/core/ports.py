"""What a runtime needs from the outside: a log to read from, and a store that remembers.

Two implementations keep these contracts, and one suite (tests/contract) runs against each: SQLite, where log
and store are one file, and Kafka with PostgreSQL. All errors of the infrastructure are StoreError.

A log has partitions (SQLite: one, number 0). A relation is in one partition for good, and order is kept within it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct

from schemas.ijw_3_2.dossier.rows import Key, Row
from streams.core.effects import Effects, Judged, Outcome
from streams.core.envelope import Envelope
from streams.core.intake import Declared, Rejection
from streams.core.mail import Mail
from streams.core.parties import Directory, Party

RelationKey = tuple[str, Key]
OutputKind = Literal["bericht", "antwoord", "fout"]
OutputState = Literal["delivered", "acknowledged"]


class StoreError(Exception):
    """The infrastructure failed; the same call may succeed later."""


class Fenced(StoreError):
    """Another worker moved the position: this one must drop its memory and stop."""


class Unstorable(StoreError):
    """The store cannot hold this, now or later: what is in it must be set aside."""


class Appended(Struct, frozen=True):
    """What became of an envelope that was offered to the log."""

    position: int
    outcome: Literal["new", "repeat", "conflict"]
    envelope_id: str


class Entry(Struct, frozen=True):
    """An envelope in the log. Positions rise by at least one within a partition; no two envelopes share one.

    unreadable  why it is set aside unseen: what stands there is no envelope (its bytes and a made-up id are in
                `envelope`), or its release took its place; otherwise None.
    decided_at  when it was decided, for one that is decided anew; otherwise None.
    """

    position: int
    envelope: Envelope
    partition: int = 0
    unreadable: str | None = None
    decided_at: datetime | None = None


class Progress(Struct, frozen=True):
    """How far a partition is processed: the last position of which the step is durable, and when it was decided."""

    position: int = 0
    decided_at: datetime | None = None


Positions = Mapping[int, int]
"""A position by partition; 0 before the first entry."""


class Step(Struct, frozen=True, kw_only=True):
    """All that one entry of the log brings about, to be made durable together with its position."""

    entry: Entry
    effects: Effects
    decided_at: datetime


class Log(Protocol):
    """Envelopes in the order in which they were made durable."""

    async def append(self, envelopes: Sequence[Envelope]) -> tuple[Appended, ...]:
        """Make envelopes durable; returns only then. When it raises, any of them may be durable: offer them again.

        An id that is already there is a repeat and changes nothing; a known (party, reference) with other
        bytes is a conflict and is not appended. After a crash an envelope may stand in the log twice: whoever
        processes it asks `Store.decided`.
        """

    async def partitions(self) -> tuple[int, ...]:
        """The numbers of the partitions."""

    async def read(self, after: Positions, limit: int) -> tuple[Entry, ...]:
        """The next entries of these partitions beyond a position in each, in order within a partition."""


class Store(Protocol):
    """The dossiers, verdicts and outputs, and how far the log has been processed."""

    async def progress(self, partitions: Collection[int]) -> Mapping[int, Progress]:
        """How far each of these partitions is processed. Only a partition that was asked for can be moved."""

    async def rows(self, keys: Iterable[RelationKey]) -> Mapping[RelationKey, Row]:
        """The rows that exist among these keys."""

    async def decided(self, envelope_ids: Collection[str]) -> frozenset[str]:
        """Those envelopes on which a verdict is durable already."""

    async def commit(self, expected: Positions, steps: Sequence[Step]) -> None:
        """Make the steps durable and move each partition from `expected` to the last of its steps, in one go.

        Raises Fenced, and changes nothing, when one of them is not where it was expected. A step without effects
        (an envelope that was decided before) moves its partition only.
        """

    async def outputs(
        self, receiver: str, not_yet: OutputState, limit: int, *, faults: bool = True
    ) -> tuple[OutputHead, ...]:
        """Outputs for a party that have not reached this state yet, oldest first; with those of kind fout or not."""

    async def output(self, receiver: str, id: str) -> OutputBody | None:
        """One output for this party with its bytes; None when it is not there for this party."""

    async def mark(self, receiver: str, id: str, state: OutputState, at: datetime) -> bool:
        """Note the first time that an output reached this state; False when it is not there for this party.

        What is acknowledged was delivered, at the latest then.
        """

    async def by_reference(self, party: str, reference: str) -> str | None:
        """The id of the envelope that this party sent, or got something of, under this number; None when there is none.

        A party gets an output under `wire_reference`, or sent a delivery under a reference of its own.
        """

    async def sent_under(self, receiver: str, reference: str) -> OutputHead | None:
        """The output that this party got under this number (`wire_reference`); None when there is none."""

    async def failed(self, id: str, at: datetime, reason: str) -> None:
        """Note that bringing an output failed once more. `reason` holds no personal data."""

    async def give_up(self, id: str, at: datetime, reason: str, told: Told | None) -> bool:
        """Set an output aside as undeliverable, once; False when it was before, or is not there.

        `told` becomes an output of kind fout for who sent it (its id: `undelivered_id`), in the same transaction.
        """

    async def hand_over(self, receiver: str, to: str) -> int:
        """Let what waits for a party, not brought or fetched yet, be for another; returns how many there were."""


class Archive(Protocol):
    """What people ask about: where a message stands, what waits, and what was set aside."""

    async def trace_for(self, party: str, envelope_id: str) -> Trace | None:
        """The same for a party that sent it or gets something of it; None for every other.

        One and the same statement whether the envelope exists or not, so that the time it takes tells nothing.
        """

    async def undelivered(self, limit: int = 100) -> tuple[OutputHead, ...]:
        """What could not be delivered, newest first."""

    async def mail(self, limit: int) -> tuple[Mail, ...]:
        """What each party has not got yet, summed; first that of which the oldest waits longest."""

    async def mail_for(self, receiver: str, limit: int) -> tuple[OutputHead, ...]:
        """What a party has not got yet, oldest first: neither brought nor fetched nor acknowledged nor given up."""

    async def retry(self, id: str) -> bool:
        """Let an undeliverable output be tried anew, its attempts counted from nothing; False when it is not one.

        What its sender was told stays told.
        """

    async def unanswered(self, since: datetime) -> tuple[Unanswered, ...]:
        """Messages received since then that were passed on and not answered yet, summed per relation and type."""

    async def waiting(self) -> tuple[Backlog, ...]:
        """How every partition stands, by number."""

    async def trace(self, envelope_id: str) -> Trace | None:
        """Everything known about one envelope, or None."""

    async def set_aside(self, rejected: Rejected) -> None:
        """Keep a message that could not be taken in."""

    async def aside(self, limit: int = 100) -> tuple[Rejected, ...]:
        """What was set aside and not released, newest first."""

    async def set_aside_by_id(self, id: str) -> Rejected | None:
        """One message that was set aside, or None."""

    async def released(self, id: str, at: datetime) -> None:
        """Note that a message set aside was offered again."""


class Backlog(Struct, frozen=True, kw_only=True):
    """How a partition of the log stands: how far it is processed, how many entries wait, and since when the oldest."""

    partition: int
    position: int
    count: int
    since: datetime | None


class Told(Struct, frozen=True):
    """What somebody is told of an output that could not be delivered: problem details in JSON."""

    receiver: str
    bericht: str | None
    body: bytes


class Unanswered(Struct, frozen=True, kw_only=True):
    """How many messages of a type wait for their return message (or JW325) in a relation, and since when the oldest."""

    relation: str
    bericht: str
    count: int
    since: datetime
    oldest: str


class OutputHead(Struct, frozen=True, kw_only=True):
    """An output without its bytes.

    relation   of the envelope that brought it about.
    reference  the number under which its receiver gets it (`wire_reference`).
    answers    the id of the envelope that this answers, or is a fault about; None for what answers nothing.
    answers_reference   the number under which this receiver sent that envelope, or got it; None when it did neither.
    software   what made the message, as the envelope that brought it about tells.
    outcome    what the answer says of what it answers: accepted, partly or refused; None for what is no answer.
    size, sha256   of its bytes; None for what a version before 0.3 made.
    attempts, failed_at, reason   how often bringing it failed, when the last time, and why.
    undeliverable_at   when it was given up.
    """

    id: str
    envelope_id: str
    receiver: str
    kind: OutputKind
    bericht: str | None
    copy: bool
    created_at: datetime
    delivered_at: datetime | None
    acknowledged_at: datetime | None
    relation: str = ""
    reference: str = ""
    answers: str | None = None
    answers_reference: str | None = None
    software: str | None = None
    outcome: Outcome | None = None
    size: int | None = None
    sha256: str | None = None
    attempts: int = 0
    reason: str | None = None
    undeliverable_at: datetime | None = None
    failed_at: datetime | None = None


class OutputBody(Struct, frozen=True, kw_only=True):
    """An output with its bytes: XML for berichten and answers, problem details in JSON for faults."""

    head: OutputHead
    body: bytes


class Trace(Struct, frozen=True, kw_only=True):
    """Where an envelope stands. `judged` is None as long as it waits to be processed.

    answered_by   the outputs, of this envelope or of another, that answer it.

    partition, position  its place in the log; None as long as it is not known to be durable there.
    """

    partition: int | None
    position: int | None
    id: str
    received_at: datetime
    source: str
    party: str
    reference: str
    bericht: str
    relation: str
    decided_at: datetime | None
    judged: Judged | None
    reason: str | None
    outputs: tuple[OutputHead, ...]
    answered_by: tuple[OutputHead, ...] = ()
    software: str | None = None

    @property
    def answer(self) -> OutputHead | None:
        """The return message or JW325 that answers it, the first of all who get one; a fault is no answer."""
        return next((head for head in self.answered_by if head.kind != "fout"), None)


class Rejected(Struct, frozen=True, kw_only=True):
    """A message set aside: at intake (with its rejection), or by the exchange (`envelope_id` tells which)."""

    id: str
    at: datetime
    source: str
    party: str
    reference: str
    rejection: Rejection | None
    reason: str
    envelope_id: str | None
    size: int
    body: bytes


class Receipt(Struct, frozen=True, kw_only=True):
    """The hub has this message durably. `repeat` when it had it already, from an earlier delivery."""

    envelope_id: str
    received_at: datetime
    repeat: bool


class ReferenceUsed(Struct, frozen=True, kw_only=True):
    """The party used this reference before, for other bytes. `envelope_id` is the earlier delivery."""

    reference: str
    envelope_id: str


Noting = Callable[[OutputHead], Awaitable[None]]
"""Notes that somebody reads an output, before it is handed out."""


class Desk(Protocol):
    """The hub as connectors see it: where messages are handed in, asked after and fetched."""

    @property
    def directory(self) -> Directory:
        """The parties."""

    async def submit(
        self, body: bytes, party: Party, *, source: str, reference: str, declared: Declared | None = None
    ) -> Receipt | Rejection | ReferenceUsed:
        """Take a message in. Returns a Receipt only when it is durable; a Rejection is set aside first.

        `declared` is what its envelope says of it, which must agree with its header and with the party.

        Raises StoreError when neither could be done: then the partner must offer the message again.
        """

    async def trace(self, envelope_id: str) -> Trace | None:
        """Where a message stands, or None: for an operator."""

    async def trace_for(self, party: Party, envelope_id: str) -> Trace | None:
        """Where a message stands, for a party that sent it or gets something of it; None for every other."""

    async def refused(self, party: Party, reference: str, why: str) -> bool:
        """A party refuses, later, what it got under this number; False when it got nothing under it.

        What it refused is set aside as undeliverable, and its sender is told. `why` holds no personal data.
        """

    async def keep(self, body: bytes, party: Party, *, source: str, rejection: Rejection) -> None:
        """Set aside what came in an envelope that cannot be used; its sender is told at once. Raises StoreError."""

    async def by_reference(self, party: Party, reference: str) -> str | None:
        """The id of the envelope that this party sent, or got something of, under this number, or None."""

    async def sent_under(self, party: Party, reference: str) -> OutputHead | None:
        """The output that this party got, or gets, under this number, or None."""

    async def mailbox(self, party: Party, limit: int, *, faults: bool = True) -> tuple[OutputHead, ...]:
        """What waits for a party, oldest first; with faults or not."""

    async def fetch(self, party: Party, output_id: str, noting: Noting | None = None) -> OutputBody | None:
        """One output of a party, noted as delivered; None when this party has no such output.

        What `noting` raises is passed on, and then nothing was delivered.
        """

    async def acknowledge(self, party: Party, output_id: str) -> bool:
        """Note that a party has an output safely; False when this party has no such output."""

    async def ready(self) -> bool:
        """Whether messages are being taken in and processed."""
