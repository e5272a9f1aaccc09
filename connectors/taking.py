"""Taking in what a party put somewhere, through its adapter: for ways without a request that is answered at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from adapters.checks import too_large
from adapters.contract import Adapter, Fault, Headers, Notice, Parcel
from connectors.packing import Refused, refuses, rejection_of, unknown_notice
from streams.core.parties import Party
from streams.core.ports import Desk, Receipt, ReferenceUsed

Noted = Callable[[str], Awaitable[None]]

logger = structlog.get_logger()


class Taker:
    """What one party offers over one way; `source` is what the logs call that way: folder, sftp or kafka.

    Whoever can write to the place of a party is that party. `noted` makes durable that something was refused for a
    reason; None where no audit log is kept, as in the conformance kit.
    """

    def __init__(self, party: Party, desk: Desk, adapter: Adapter, source: str, noted: Noted | None = None) -> None:
        self._party = party
        self._desk = desk
        self._adapter = adapter
        self._source = source
        self._noted = noted

    async def take(self, body: bytes, headers: Headers, reference: str) -> Receipt | Refused | None:
        """Take in one thing: its receipt, None for a refusal of something earlier that was noted, or why not.

        `reference` is that of a message whose envelope has none. A refusal is in the audit log when this returns.
        Raises StoreError.
        """
        taken = await self._taken(body, headers, reference)
        if taken is not None and not isinstance(taken, Receipt | ReferenceUsed):
            reason = taken.kind if isinstance(taken, Fault) else taken.reason
            logger.warning("refused", source=self._source, party=self._party.id, reason=reason)
            if self._noted is not None:
                await self._noted(reason)
        return taken

    async def _taken(self, body: bytes, headers: Headers, reference: str) -> Receipt | Refused | None:
        if len(body) > self._party.limits.bytes:
            return await self._kept(body, too_large(len(body), self._party.limits.bytes))
        # An archive takes a while to read, and others are served meanwhile.
        found = await asyncio.to_thread(self._adapter.unpack, body, headers)
        match found:
            case Parcel():
                return await self._desk.submit(
                    found.body,
                    self._party,
                    source=self._source,
                    reference=found.reference or reference,
                    declared=found.declared,
                )
            case Notice():
                return None if await refuses(self._desk, self._party, found) else unknown_notice(found)
            case Fault():
                return await self._kept(body, found)

    async def _kept(self, body: bytes, fault: Fault) -> Fault:
        await self._desk.keep(body, self._party, source=self._source, rejection=rejection_of(fault))
        return fault
