"""What the description in OpenAPI says of the endpoint of an adapter: read off from what the adapter itself writes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from adapters.contract import Adapter, Fault, Packed, Parcel
from adapters.outgoing import VERSION, ends
from adapters.plain import media_type
from connectors.http_problems import declared
from streams.core.ports import Receipt

_NUMBER = str(UUID(int=0, version=4))
_THEN = datetime(2026, 1, 1, 12, tzinfo=UTC)
_BERICHT = "JW301"


def described(spoken: Adapter) -> dict[str, Any]:
    """Arguments of a route: what may be posted, and which status tells what, in which media type."""
    sender, receiver = ends("0000:00000000", _BERICHT)
    sample = Parcel(
        body=b"<Bericht/>",
        reference=_NUMBER,
        bericht=_BERICHT,
        version=VERSION,
        sender=sender,
        receiver=receiver,
        made_at=_THEN,
    )
    posted = _content(spoken.pack(sample), "One message, or a fault about one that the hub brought")
    receipt = spoken.receipt(sample, Receipt(envelope_id=_NUMBER, received_at=_THEN, repeat=False))
    receipts = {receipt.status: {"description": "The hub has it durably", "content": _content(receipt, "The receipt")}}
    return {
        "status_code": receipt.status,
        "description": f"{spoken.capabilities.about}. The answer is in the words of that format.",
        "openapi_extra": {"requestBody": {"required": True, "content": posted}},
        "responses": {**_refusals(spoken), **receipts, "default": declared()["default"]},
    }


def _refusals(spoken: Adapter) -> dict[int | str, dict[str, Any]]:
    by_status: dict[int, list[tuple[str, Packed]]] = {}
    for kind, packed in _refused(spoken):
        by_status.setdefault(packed.status, []).append((kind, packed))
    return {
        status: {
            "description": f"Refused: {', '.join(kind for kind, _ in told)}",
            "content": _content(told[0][1], "Why it is refused"),
        }
        for status, told in sorted(by_status.items())
    }


def _refused(spoken: Adapter) -> Iterator[tuple[str, Packed]]:
    for kind in sorted(spoken.capabilities.faults):
        yield kind, spoken.refusal(Fault(kind=kind, title=kind, detail=kind), _THEN)


def _content(packed: Packed | None, about: str) -> dict[str, Any]:
    """By media type; empty for what has no body."""
    headers = {name.lower(): text for name, text in (packed.headers if packed else {}).items()}
    named = media_type(headers) or "application/octet-stream"
    return {named: {"schema": {"type": "string", "description": about}}} if packed and packed.body else {}
