"""The conformance kit as a desk: what a vendor hands in goes to the kit, and what is for the vendor waits here.

It keeps the contract Desk (streams.core.ports) in memory, so that every way into a hub is a way into the kit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime

import msgspec

from adapters.contract import Fault, Kind
from adapters.plain import KINDS
from streams.conformance.counterpart import of_kind
from streams.conformance.playing import Kit
from streams.core.effects import Judged
from streams.core.intake import Declared, Rejection
from streams.core.parties import Directory, Party
from streams.core.ports import (
    Noting,
    OutputBody,
    OutputHead,
    Receipt,
    ReferenceUsed,
    StoreError,
    Trace,
)

break_off: ContextVar[Callable[[], None] | None] = ContextVar("break_off", default=None)
"""Ends the connection of the request under way at once; None where there is none to end."""


class KitDesk:
    """The kit's own hub, for one vendor. `visited` tells that it came: it handed something in, or looked for mail."""

    def __init__(self, kit: Kit, clock: Callable[[], datetime]) -> None:
        self._kit = kit
        self._clock = clock
        self._outputs: dict[str, OutputBody] = {}
        self.visited = asyncio.Event()

    @property
    def directory(self) -> Directory:
        """The kit and the vendor (contract: Desk)."""
        return self._kit.hub.exchange.directory

    async def submit(
        self, body: bytes, party: Party, *, source: str, reference: str, declared: Declared | None = None
    ) -> Receipt | Rejection | ReferenceUsed:
        """Take a message of the vendor in (contract: Desk), unless a scenario wants it otherwise."""
        self.visited.set()
        said = self._kit.receive(body, reference, self._clock(), declared)
        if said == "unavailable":
            raise StoreError("a scenario of the conformance kit: not available now")
        if said == "lose":
            self._lose()
            raise StoreError("a scenario of the conformance kit: the receipt is lost")
        assert not isinstance(said, str)
        return said

    def _lose(self) -> None:
        end = break_off.get()
        if end is not None:
            end()

    async def keep(self, body: bytes, party: Party, *, source: str, rejection: Rejection) -> None:
        """Something of the vendor that no adapter could read."""
        self._kit.told(Fault(kind="unreadable", title=rejection.title, detail=rejection.detail), None, self._clock())

    async def refused(self, party: Party, reference: str, why: str) -> bool:
        """The vendor refuses, later, what it got (contract: Desk)."""
        known = any(reference in (one.head.reference, one.head.id) for one in self._outputs.values())
        fault = Fault(kind=_kind_in(why), title="The system refused a message later", detail=why)
        self._kit.told(fault, reference if known else None, self._clock())
        return known

    def put(self, output: OutputBody) -> None:
        """Let an output wait for the vendor, again when it was fetched before."""
        self._outputs[output.head.id] = output

    def kept(self) -> frozenset[str]:
        """The ids of what waits, or was fetched and not acknowledged."""
        return frozenset(id for id, one in self._outputs.items() if one.head.acknowledged_at is None)

    async def mailbox(self, party: Party, limit: int, *, faults: bool = True) -> tuple[OutputHead, ...]:
        """What waits, oldest first (contract: Desk). Only VSP asks for it without faults."""
        self.visited.set()
        self._kit.tells_faults = faults
        waiting = [one.head for one in self._outputs.values() if one.head.acknowledged_at is None]
        return tuple(head for head in waiting if faults or head.kind != "fout")[:limit]

    async def by_reference(self, party: Party, reference: str) -> str | None:
        """What the vendor sent, or got, under this number (contract: Desk)."""
        own = self._kit.hub.deliveries.get((party.id, reference))
        got = await self.sent_under(party, reference)
        return own.id if own else got.envelope_id if got else None

    async def sent_under(self, party: Party, reference: str) -> OutputHead | None:
        """What the vendor got under this number (contract: Desk)."""
        return next((one.head for one in self._outputs.values() if one.head.reference == reference), None)

    async def fetch(self, party: Party, output_id: str, noting: Noting | None = None) -> OutputBody | None:
        """One output, noted as delivered (contract: Desk); nobody keeps an audit log of a test."""
        return self._noted(output_id, delivered_at=self._clock())

    async def acknowledge(self, party: Party, output_id: str) -> bool:
        """Note that the vendor has an output (contract: Desk)."""
        return self._noted(output_id, acknowledged_at=self._clock()) is not None

    def _noted(self, output_id: str, **at: datetime) -> OutputBody | None:
        found = self._outputs.get(output_id)
        if found is None:
            return None
        head = msgspec.structs.replace(found.head, **at)
        self._outputs[output_id] = OutputBody(head=head, body=found.body)
        return self._outputs[output_id]

    async def trace(self, envelope_id: str) -> Trace | None:
        """Where a message of the vendor stands (contract: Desk)."""
        envelopes = {one.id: one for one in self._kit.hub.deliveries.values()}
        found = envelopes.get(envelope_id)
        if found is None:
            return None
        effects = self._kit.hub.decided[envelope_id]
        return Trace(
            partition=0,
            position=list(envelopes).index(envelope_id) + 1,
            id=found.id,
            received_at=found.received_at,
            source=found.source,
            party=found.party,
            reference=found.reference,
            bericht=found.bericht,
            relation=found.relation,
            decided_at=found.received_at,
            judged=of_kind(effects, Judged)[0],
            reason=None,
            outputs=(),
        )

    async def trace_for(self, party: Party, envelope_id: str) -> Trace | None:
        """The same, for the vendor that sent it (contract: Desk)."""
        found = await self.trace(envelope_id)
        return found if found is not None and found.party == party.id else None

    async def ready(self) -> bool:
        """Always (contract: Desk)."""
        return True


def _kind_in(why: str) -> Kind:
    """The kind of fault that `why` begins with; what is none of ours is a refusal by the receiver."""
    first = why.split(" ", 1)[0]
    return next((kind for kind in KINDS if kind == first), "refused-by-receiver")
