"""Taking messages in and handing them out: the hub as connectors see it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import structlog

from monitoring.metrics import Metrics
from schemas.ijw_3_2.safe_xml import MAX_BYTES
from streams.core.envelope import Envelope, envelope_id
from streams.core.freezes import Freeze
from streams.core.intake import Declared, Rejection, admit, crossed
from streams.core.parties import Directory, Party
from streams.core.ports import (
    Appended,
    Archive,
    Log,
    Noting,
    OutputBody,
    OutputHead,
    Receipt,
    ReferenceUsed,
    Rejected,
    Store,
    StoreError,
    Trace,
)
from streams.core.undelivered import told_of

Clock = Callable[[], datetime]
MOST_AT_ONCE = 200

_Offered = tuple[Envelope, asyncio.Future[Appended]]

logger = structlog.get_logger()


class HubDesk:
    """Keeps the contract Desk (streams.core.ports).

    Messages that are offered at the same time become durable in one transaction: under load a write to disk
    costs each of them a hundredth.
    """

    def __init__(
        self,
        log: Log,
        store: Store,
        archive: Archive,
        directory: Directory,
        clock: Clock,
        metrics: Metrics,
        freezes: Sequence[Freeze] = (),
    ) -> None:
        self._log = log
        self._store = store
        self._archive = archive
        self._directory = directory
        self._clock = clock
        self._metrics = metrics
        self._freezes = freezes
        self._offered: asyncio.Queue[_Offered] = asyncio.Queue()
        self.appended = asyncio.Event()
        self.processing = False
        self._stopped = False
        self.log_answers = True

    @property
    def directory(self) -> Directory:
        """The parties."""
        return self._directory

    async def submit(
        self, body: bytes, party: Party, *, source: str, reference: str, declared: Declared | None = None
    ) -> Receipt | Rejection | ReferenceUsed:
        """Take a message in (contract: Desk)."""
        now = self._clock()
        admitted = await self._admitted(body, party, source, reference, declared or Declared(), now)
        if isinstance(admitted, Rejection):
            await self._set_aside(body, party, source, reference, admitted, now)
            return admitted
        appended = await self._append(admitted)
        self._metrics.taken_in.labels(source, appended.outcome).inc()
        if appended.outcome == "conflict":
            return ReferenceUsed(reference=reference, envelope_id=appended.envelope_id)
        received_at = await self._first_received(appended, now)
        return Receipt(envelope_id=admitted.id, received_at=received_at, repeat=appended.outcome == "repeat")

    async def _admitted(
        self, body: bytes, party: Party, source: str, reference: str, declared: Declared, now: datetime
    ) -> Envelope | Rejection:
        offer = partial(
            admit, body, party, self._directory, source=source, reference=reference, now=now, declared=declared
        )
        admitted = offer(freezes=self._freezes)
        if isinstance(admitted, Rejection) and admitted.reason == "closed":
            admitted = offer() if await self._is_here(party, reference, body) else admitted
        if isinstance(admitted, Rejection) or declared.answers is None:
            return admitted
        return await self._crossed(admitted, declared.answers) or admitted

    async def _is_here(self, party: Party, reference: str, body: bytes) -> bool:
        """Whether this is a repeat, by which nothing enters: its sender may ask for its receipt at any time."""
        return await self._archive.trace(envelope_id(party.id, reference, body)) is not None

    async def _crossed(self, envelope: Envelope, answers: str) -> Rejection | None:
        """Why a message cannot answer what its sender sent, or got, under this number; None when it can."""
        found = await self._store.by_reference(envelope.party, answers)
        trace = await self._archive.trace(found) if found else None
        return crossed(envelope, (trace.bericht, trace.relation) if trace else None)

    async def _first_received(self, appended: Appended, now: datetime) -> datetime:
        """A repeat gets the same answer: terms run from the moment the message was received first."""
        known = await self._archive.trace(appended.envelope_id) if appended.outcome == "repeat" else None
        return known.received_at if known else now

    async def _append(self, envelope: Envelope) -> Appended:
        if self._stopped:
            raise StoreError("the hub stops and takes nothing in")
        durable: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
        await self._offered.put((envelope, durable))
        return await durable

    async def run(self) -> None:
        """Append what is offered, all that waits in one go; ends only by cancellation."""
        self._stopped = False
        try:
            while True:
                group = [await self._offered.get()]
                while not self._offered.empty() and len(group) < MOST_AT_ONCE:
                    group.append(self._offered.get_nowait())
                await self._append_group(group)
        finally:
            self._stop()

    def _stop(self) -> None:
        """Nobody may wait for ever for an append that does not come: HTTP waits for its requests to end."""
        self._stopped, self.processing = True, False
        while not self._offered.empty():
            _fail([self._offered.get_nowait()], StoreError("the hub stopped before it stored this"))

    async def _append_group(self, group: list[_Offered]) -> None:
        try:
            results = await self._log.append([envelope for envelope, _ in group])
        except StoreError as error:
            self._metrics.store_errors.inc()
            return _fail(group, error)
        except BaseException:
            _fail(group, StoreError("the hub stopped while it stored this"))
            raise
        for (_, durable), appended in zip(group, results, strict=True):
            if not durable.done():
                durable.set_result(appended)
        self.appended.set()

    async def _set_aside(
        self, body: bytes, party: Party, source: str, reference: str, rejection: Rejection, now: datetime
    ) -> None:
        self._metrics.taken_in.labels(source, rejection.reason).inc()
        logger.warning("rejected", source=source, party=party.id, reason=rejection.reason, bericht=rejection.bericht)
        await self._archive.set_aside(
            Rejected(
                # The same again for the same offer, so that what is offered over and over is kept once.
                id=envelope_id(party.id, f"intake {reference}", body),
                at=now,
                source=source,
                party=party.id,
                reference=reference,
                rejection=rejection,
                reason=rejection.title,
                envelope_id=None,
                size=len(body),
                # Above the limit it can never be released: a sample is enough to recognise it by.
                body=body if len(body) <= MAX_BYTES else body[:4096],
            )
        )

    async def trace(self, envelope_id: str) -> Trace | None:
        """Where a message stands (contract: Desk)."""
        return await self._archive.trace(envelope_id)

    async def trace_for(self, party: Party, envelope_id: str) -> Trace | None:
        """Where a message stands, for who sent it or gets something of it (contract: Desk)."""
        return await self._archive.trace_for(party.id, envelope_id)

    async def refused(self, party: Party, reference: str, why: str) -> bool:
        """Note that a party refuses what it got (contract: Desk)."""
        output = await self._store.sent_under(party.id, reference)
        trace = await self._archive.trace(output.envelope_id) if output else None
        if output is None or trace is None:
            return False
        told = told_of(trace, output, "refused-by-receiver", why)
        if await self._store.give_up(output.id, self._clock(), why, told):
            self._metrics.undeliverable.labels(output.kind, "refused-by-receiver").inc()
            logger.warning("refused by its receiver", party=party.id, bericht=output.bericht, output=output.id)
        return True

    async def keep(self, body: bytes, party: Party, *, source: str, rejection: Rejection) -> None:
        """Set aside what cannot be used (contract: Desk)."""
        # Without a reference that can be trusted: the same bytes, offered over and over, are kept once.
        await self._set_aside(body, party, source, "", rejection, self._clock())

    async def by_reference(self, party: Party, reference: str) -> str | None:
        """The envelope behind a number of this party (contract: Desk)."""
        return await self._store.by_reference(party.id, reference)

    async def sent_under(self, party: Party, reference: str) -> OutputHead | None:
        """What this party gets under a number (contract: Desk)."""
        return await self._store.sent_under(party.id, reference)

    async def mailbox(self, party: Party, limit: int, *, faults: bool = True) -> tuple[OutputHead, ...]:
        """What waits for a party (contract: Desk)."""
        return await self._store.outputs(party.id, "acknowledged", limit, faults=faults)

    async def fetch(self, party: Party, output_id: str, noting: Noting | None = None) -> OutputBody | None:
        """One output, noted as delivered (contract: Desk)."""
        found = await self._store.output(party.id, output_id)
        if found is not None and noting is not None:
            await noting(found.head)
        if found is not None and found.head.delivered_at is None:
            await self._store.mark(party.id, output_id, "delivered", self._clock())
            self._metrics.delivered.labels(found.head.kind, "mailbox").inc()
        return found

    async def acknowledge(self, party: Party, output_id: str) -> bool:
        """Note that a party has an output safely (contract: Desk)."""
        return await self._store.mark(party.id, output_id, "acknowledged", self._clock())

    async def ready(self) -> bool:
        """Whether messages are being taken in and processed (contract: Desk)."""
        try:
            await self._store.progress(())
        except StoreError:
            return False
        return self.processing and self.log_answers


def _fail(group: list[_Offered], error: StoreError) -> None:
    for _, durable in group:
        if not durable.done():
            durable.set_exception(error)
