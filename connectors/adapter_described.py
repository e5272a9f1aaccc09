"""What the description in OpenAPI says of the endpoint of an adapter: read off from what the adapter itself writes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from adapters.contract import Adapter, Fault, Packed, Parcel
from adapters.outgoing import VERSION, ends
from adapters.plain import decoded, media_type
from connectors.http_problems import declared
from streams.core.ports import Receipt

_NUMBER = str(UUID(int=0, version=4))
_THEN = datetime(2026, 1, 1, 12, tzinfo=UTC)
_BERICHT = "JW301"
_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", dict: "object", list: "array"}


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
    if spoken.capabilities.request is not None:
        posted = {media: {"schema": spoken.capabilities.request} for media in posted}
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
    if packed is None or not packed.body:
        return {}
    return {media_type(packed.headers) or "application/octet-stream": {"schema": _schema(packed, about)}}


def _schema(packed: Packed, about: str) -> dict[str, Any]:
    """What stands in a sample of JSON, by its names; anything else is bytes."""
    sample = decoded(packed.body, dict[str, object]) if media_type(packed.headers).endswith("json") else None
    if sample is None:
        return {"type": "string", "description": about}
    return {
        "type": "object",
        "description": about,
        "properties": {name: {"type": _TYPES[type(value)]} for name, value in sample.items() if type(value) in _TYPES},
    }
