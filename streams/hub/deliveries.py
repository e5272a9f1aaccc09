"""What waits for a party is brought to it, in order, until it has it or the hub gives up."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Literal, Protocol, get_args

import structlog
from msgspec import Struct

from adapters.contract import Fault, Kind
from connectors.packing import why
from monitoring.faults import kind_and_place
from monitoring.metrics import Metrics
from streams.core.delivering import CLOSED, Circuit, after_failure, given_up, state
from streams.core.parties import Party
from streams.core.ports import Archive, OutputBody, OutputHead, Store, StoreError
from streams.core.undelivered import Undelivered, told_of, was_delivered

MOST_AT_ONCE = 100
MOST_LOOKED_AT = 10_000
"""Outputs that are looked through for one that may be tried, when all before it are held up."""
MOST_FAILING = 5
"""Relations of which a party's system may fail at a message, with no success between, until the party has a problem."""

Outcome = Literal["delivered", "unreachable", "failed", "refused"]

_OF_THE_PARTY: frozenset[Kind] = frozenset(["unavailable", "too-often", "not-authenticated"])
_FOR_NOW: frozenset[Kind] = frozenset(["failed", "closed"])
"""A party that does not know the hub's credential, or is closed, says nothing about the message."""
_ANSWERS: frozenset[str] = frozenset(get_args(Kind))

logger = structlog.get_logger()


class Outbox(Protocol):
    """Brings outputs to one party."""

    async def bring(self, output: OutputBody) -> Fault | None:
        """Bring one output; None when the party has it, else what it says. Raises OSError or StoreError."""

    async def close(self) -> None:
        """Let go of what is held open."""


class Books(Store, Archive, Protocol):
    """Where outputs stand, with everything about the messages that brought them about."""


class Attempt(Struct, frozen=True):
    """How bringing an output went; `reason` is empty when it was delivered, and never holds personal data."""

    outcome: Outcome
    reason: str = ""


class Deliveries:
    """What waits for one party, brought to it oldest first.

    A party that cannot be reached is left alone for a while (its circuit opens), and the relation that was met first
    is tried last then: it may be that message which brings its system down. A message that its system fails at
    holds up its own relation only. A message that it refuses is set aside at once, and one that could not be brought
    for five days then: its sender is told. Attempts are durable, the circuit is not: a restart begins with trying.
    """

    def __init__(
        self,
        party: Party,
        way: str,
        outbox: Outbox,
        books: Books,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
        metrics: Metrics,
    ) -> None:
        self._party = party
        self._way = way
        self._outbox = outbox
        self._books = books
        self._clock = clock
        self._chance = chance
        self._metrics = metrics
        self._circuit = CLOSED
        self._holds: dict[str, Circuit] = {}
        self._failing = set[str]()
        self._suspect: str | None = None
        self._told_state: str | None = None

    async def deliver(self) -> int:
        """Bring what may be tried now; returns how many the party has got. Raises StoreError of the hub's own store.

        A crash between bringing and noting it brings the same once more, under the same id.
        """
        brought, behind = 0, set[str]()
        waiting = await self._waiting() if self._may_try() else ()
        for head in sorted(waiting, key=lambda head: head.relation == self._suspect):
            if not self._may_try():
                break
            if head.relation in behind or self._held(head.relation):
                behind.add(head.relation)
                continue
            outcome = await self._try(head, waiting)
            brought += outcome == "delivered"
            if outcome in ("failed", "unreachable"):
                behind.add(head.relation)
        return brought

    async def close(self) -> None:
        """Let go of what is held open."""
        self._tell_circuit(None)
        await self._outbox.close()

    def _may_try(self) -> bool:
        return state(self._circuit, self._clock()) != "open"

    def _held(self, relation: str) -> bool:
        return state(self._holds.get(relation, CLOSED), self._clock()) == "open"

    async def _waiting(self) -> Sequence[OutputHead]:
        """What waits, oldest first: so much of it that something is among it that is not held up, if there is any."""
        limit = MOST_AT_ONCE
        while True:
            found = await self._books.outputs(self._party.id, "delivered", limit)
            if len(found) < limit or limit >= MOST_LOOKED_AT or not all(self._held(head.relation) for head in found):
                return found
            limit *= 10

    async def _try(self, head: OutputHead, waiting: Collection[OutputHead]) -> Outcome:
        output = await self._books.output(self._party.id, head.id)
        assert output is not None, "an output of this party vanished"
        attempt = await self._attempt(output)
        self._metrics.attempts.labels(self._way, attempt.outcome).inc()
        match attempt.outcome:
            case "delivered":
                await self._delivered(head)
            case "unreachable":
                await self._unreachable(head, attempt.reason, waiting)
            case "failed":
                await self._failed(head, attempt.reason)
            case "refused":
                await self._refused(head, attempt.reason)
        self._tell_circuit(state(self._circuit, self._clock()))
        return attempt.outcome

    async def _attempt(self, output: OutputBody) -> Attempt:
        try:
            said = await self._outbox.bring(output)
        except (OSError, StoreError) as error:
            return Attempt("unreachable", type(error.__cause__ or error).__name__)
        except Exception as error:  # noqa: BLE001 - a fault of ours at one message may not hold up the others
            logger.error("delivery has a fault of its own", party=self._party.id, error=kind_and_place(error))
            return Attempt("failed", kind_and_place(error))
        if said is not None and said.kind == "reference-used" and _receipt_was_lost(output.head):
            logger.warning("delivered before, and its receipt was lost", party=self._party.id, output=output.head.id)
            return Attempt("delivered")
        return _judged(said)

    async def _delivered(self, head: OutputHead) -> None:
        # Its receipt says that it need not be kept here: should it fetch one day, this waits for it no more.
        await self._books.mark(self._party.id, head.id, "acknowledged", self._clock())
        self._metrics.delivered.labels(head.kind, self._way).inc()
        self._answered(head)

    async def _refused(self, head: OutputHead, reason: str) -> None:
        await self._books.failed(head.id, self._clock(), reason)  # this attempt counts as any other
        await self._give_up(head, "refused-by-receiver", reason)
        self._answered(head)

    def _answered(self, head: OutputHead) -> None:
        """The party is there, and done with this output."""
        self._circuit = CLOSED
        self._failing.clear()
        self._holds.pop(head.relation, None)
        if head.relation == self._suspect:
            self._suspect = None

    async def _unreachable(self, head: OutputHead, reason: str, waiting: Collection[OutputHead]) -> None:
        now = self._clock()
        self._circuit = after_failure(self._circuit, now, self._chance())
        self._suspect = head.relation
        await self._note_failure(head, reason, now)
        for one in waiting:  # what else waited as long for the same party could not be brought either
            if given_up(one.created_at, one.attempts + (one is head), self._circuit, now):
                await self._give_up(one, "undeliverable", reason)

    async def _failed(self, head: OutputHead, reason: str) -> None:
        """Hold up the relation of this message, and the party too when it fails at one relation after another."""
        now = self._clock()
        self._failing.add(head.relation)
        many = len(self._failing) >= MOST_FAILING
        self._circuit = after_failure(self._circuit, now, self._chance()) if many else CLOSED
        before = self._holds.get(head.relation) or Circuit(failures=head.attempts)
        hold = self._holds[head.relation] = after_failure(before, now, self._chance())
        await self._note_failure(head, reason, now)
        if given_up(head.created_at, head.attempts + 1, hold, now):
            await self._give_up(head, "undeliverable", reason)
            self._failing.discard(head.relation)
            del self._holds[head.relation]

    async def _note_failure(self, head: OutputHead, reason: str, now: datetime) -> None:
        logger.warning(
            "not delivered, trying again", party=self._party.id, output=head.id, reason=reason, count=head.attempts + 1
        )
        await self._books.failed(head.id, now, reason)

    async def _give_up(self, head: OutputHead, soort: Undelivered, reason: str) -> None:
        """Set an output aside and tell its sender, once, however often this is called for it."""
        trace = await self._books.trace(head.envelope_id)
        if soort == "undeliverable" and trace and was_delivered(trace, head.id):
            return  # earlier in this pass, or by another process that has the party now
        told = told_of(trace, head, soort, reason) if trace else None
        if await self._books.give_up(head.id, self._clock(), reason, told):
            self._metrics.undeliverable.labels(head.kind, soort).inc()
            why_not = reason if reason.partition(" ")[0] == soort else f"{soort}: {reason}"
            logger.error("undeliverable", party=self._party.id, output=head.id, reason=why_not)

    def _tell_circuit(self, now_is: str | None) -> None:
        """Keep the numbers of parties by state right; a party counts from its first attempt until it is closed."""
        if now_is == self._told_state:
            return
        if self._told_state is not None:
            self._metrics.circuits.labels(self._told_state).dec()
        if now_is is not None:
            self._metrics.circuits.labels(now_is).inc()
        self._told_state = now_is


def _receipt_was_lost(head: OutputHead) -> bool:
    """Whether a party that knows the number of an output must have it: only the hub uses that number, for this output.

    It need not have it after an answer by which it did not take it: then its system may remember no more than the
    number. A reason is the kind of such an answer, or the name of what broke off.
    """
    return head.reason is None or head.reason.partition(" ")[0] not in _ANSWERS


def _judged(said: Fault | None) -> Attempt:
    """What to do after what a party said."""
    if said is None:
        return Attempt("delivered")
    if said.kind in _OF_THE_PARTY:
        return Attempt("unreachable", why(said))
    return Attempt("failed" if said.kind in _FOR_NOW or said.side == "server" else "refused", why(said))
