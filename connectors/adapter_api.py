"""Every adapter over HTTP: an endpoint for each format, where a partner hands in what its own software makes.

What is refused is refused in the words of that format; a receipt is given only when the message is durable.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated
from uuid import uuid4

import msgspec
from fastapi import APIRouter, Depends, Request, Response

from adapters.checks import too_large
from adapters.contract import Adapter, Fault, Kind, Notice, Packed, Parcel
from adapters.refusals import fault_of
from adapters.registry import adapter
from connectors.access import Denied, Refusal, asks, desk_of, gate_of
from connectors.adapter_described import described
from connectors.packing import refuses, rejection_of, unknown_notice
from streams.core.access import Principal, Role
from streams.core.intake import Rejection
from streams.core.parties import Party
from streams.core.ports import Desk, Receipt, StoreError

ENVELOPE = 1_000_000
"""Bytes that an envelope may have beside the message and what base64 adds to that, which is a third."""

Asked = Annotated[Principal | Denied, Depends(asks(Role.PARTY))]

_DENIED: Mapping[Refusal, tuple[Kind, str, str]] = {
    "not-authenticated": (
        "not-authenticated",
        "Nobody is known here by this credential",
        "Expected the token or client certificate of a party of this hub. Correct it, or ask the hub's operator.",
    ),
    "not-allowed": (
        "not-your-message",
        "This credential is not for handing in messages",
        "Expected that of a party. Use it, or ask the hub's operator.",
    ),
    "too-often": (
        "too-often",
        "Too many requests",
        "More came in a minute than this party may send, or from its address without a credential that is known here. "
        "Wait, and offer the message again unchanged.",
    ),
    "too-large": (
        "too-large",
        "The message is too large",
        "It is larger than this party may send. Divide it over several.",
    ),
    "unavailable": (
        "unavailable",
        "The hub cannot do this now",
        "Its storage does not answer, so nothing was promised. Offer the message again unchanged.",
    ),
}


@dataclass(frozen=True)
class _HandedIn:
    """What a party hands in with one request, in the format that it speaks."""

    request: Request
    who: Principal
    party: Party
    spoken: Adapter
    now: datetime

    async def answer(self) -> Packed:
        """Take it in and say so, or say why not. Raises Denied and StoreError."""
        most = self.party.limits.bytes
        body = await gate_of(self.request).body(self.request, self.who, spare=ENVELOPE + most // 3)
        # 25 MB, or an archive, takes a while to read, and others are served meanwhile.
        incoming = await asyncio.to_thread(self.spoken.unpack, body, dict(self.request.headers))
        if isinstance(incoming, Notice):
            return await self._noticed(incoming)
        if isinstance(incoming, Parcel) and len(incoming.body) > most:
            large = too_large(len(incoming.body), most)
            incoming = msgspec.structs.replace(
                large,
                reference=incoming.reference,
                sender=incoming.sender,
                receiver=incoming.receiver,
                bericht=incoming.bericht,
            )
        return await (self._kept(incoming, body) if isinstance(incoming, Fault) else self._submitted(incoming))

    async def _kept(self, fault: Fault, body: bytes) -> Packed:
        await self._note(fault.kind)
        await self._desk.keep(body, self.party, source=self.spoken.name, rejection=rejection_of(fault))
        return self.spoken.refusal(fault, self.now)

    async def _submitted(self, parcel: Parcel) -> Packed:
        result = await self._desk.submit(
            parcel.body,
            self.party,
            source=self.spoken.name,
            reference=parcel.reference or str(uuid4()),
            declared=parcel.declared,
        )
        if isinstance(result, Receipt):
            return self.spoken.receipt(parcel, result)
        if isinstance(result, Rejection):
            await gate_of(self.request).rejected(self.who, self.request, result)
        return self.spoken.refusal(fault_of(result, parcel), self.now)

    async def _noticed(self, notice: Notice) -> Packed:
        if not await refuses(self._desk, self.party, notice):
            await self._note("cross-reference")
            return self.spoken.refusal(unknown_notice(notice), self.now)
        received_at = notice.made_at or self.now  # the same again in the receipt of a repeat, where it can be
        receipt = Receipt(envelope_id=notice.reference, received_at=received_at, repeat=False)
        return self.spoken.receipt(notice, receipt)

    async def _note(self, reason: Kind) -> None:
        await gate_of(self.request).noted(self.who, self.request, "refused", reason=reason)

    @property
    def _desk(self) -> Desk:
        return desk_of(self.request)


class _Endpoint:
    """Where one format is handed in."""

    def __init__(self, name: str, clock: Callable[[], datetime]) -> None:
        self._name = name
        self._clock = clock

    async def hand_in(self, request: Request, asked: Asked) -> Response:
        """Contract: an endpoint of FastAPI. Whatever is refused is refused in the words of the format."""
        packed = await self._answer(request, asked)
        return Response(packed.body, packed.status, dict(packed.headers))

    async def _answer(self, request: Request, asked: Principal | Denied) -> Packed:
        now = self._clock()
        if isinstance(asked, Denied):
            return _refused(adapter_with(self._name, ()), asked, now)
        assert asked.party is not None, "the role of a party without a party"
        spoken = adapter_with(self._name, tuple(sorted(asked.party.adapters.get(self._name, {}).items())))
        try:
            return await _HandedIn(request, asked, asked.party, spoken, now).answer()
        except Denied as denied:
            return _refused(spoken, denied, now)
        except StoreError:
            return _refused(spoken, Denied("unavailable"), now)


@cache
def adapter_with(name: str, options: tuple[tuple[str, str], ...]) -> Adapter:
    """The adapter of this name with these options, made once. Raises UnknownAdapter."""
    return adapter(name, dict(options))


def _refused(spoken: Adapter, denied: Denied, now: datetime) -> Packed:
    kind, title, detail = _DENIED[denied.kind]
    told = spoken.refusal(Fault(kind=kind, title=title, detail=detail), now)
    if denied.retry_after is None:
        return told
    return msgspec.structs.replace(told, headers={**told.headers, "Retry-After": str(denied.retry_after)})


def adapters_router(names: Iterable[str], clock: Callable[[], datetime]) -> APIRouter:
    """An endpoint for each of these adapters, at the path that it asks for or at /v1/adapters/<name>."""
    router = APIRouter()
    for name in names:
        spoken = adapter_with(name, ())
        router.add_api_route(
            spoken.capabilities.path or f"/v1/adapters/{name}",
            _Endpoint(name, clock).hand_in,
            methods=["POST"],
            operation_id=f"handIn_{name}",
            tags=["adapters"],
            summary=f"Hand a message in: {name}",
            response_class=Response,
            **described(spoken),
        )
    return router
