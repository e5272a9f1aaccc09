"""VECOZO's interface for who fetches: list what waits, search in it, fetch, acknowledge, and ask how far a message is.

Handing in over the same interface is an adapter like every other (connectors.adapter_api). Faults do not stand in the
list: whoever sent a message asks its status.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response

from adapters.contract import Fault
from adapters.vsp_rest.adapter import PATH, VspRest
from adapters.vsp_rest.pulling import MOST_LISTED, Waiting, finds, read_search, waiting
from adapters.vsp_rest.states import Status, status_for, statuses
from connectors.access import Asker, Caller, TheDesk, body_of, missing, reading
from connectors.adapter_api import adapter_with
from connectors.http_problems import Problem, declared
from streams.core.parties import Party
from streams.core.ports import Desk, OutputHead, Trace

STATUSES = "/vsp/v1/berichtstatussen"
LONGEST_SEARCH = 10_000
"""Bytes."""
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FAULTS = declared("not-found", "invalid-parameter", "not-authenticated", "not-allowed", "too-often", "unavailable")
_LISTED: dict[str, Any] = {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}}
_BYTES: dict[str, Any] = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_SEARCH: dict[str, Any] = {"application/json": {"schema": {"type": "object", "required": ["zoekpadType"]}}}
T = TypeVar("T", Waiting, Status)


Limit = Annotated[int, Query(ge=1, le=MOST_LISTED, description="At most so many")]
Number = Annotated[str, Path(alias="traceerId", description="The number of a message, a UUID")]
Message = Annotated[str | None, Query(alias="traceerId", description="The number of a message, a UUID")]
Conversation = Annotated[
    str | None, Query(alias="conversatieId", description="The number of its first message, a UUID")
]

router = APIRouter(tags=["vsp"], default_response_class=Response)


@router.get(
    PATH,
    operation_id="vspList",
    summary="List what waits",
    responses={200: {"description": "What waits, oldest first", "content": _LISTED}, **_FAULTS},
)
async def list_waiting(request: Request, party: Caller, desk: TheDesk, limit: Limit = MOST_LISTED) -> Response:
    """What waits for this party, oldest first, without its bytes. Acknowledge, and list again for what follows."""
    return _json(await _waiting(request, party, desk, limit))


@router.post(
    f"{PATH}/zoeken",
    operation_id="vspSearch",
    summary="Search in what waits",
    openapi_extra={"requestBody": {"required": True, "content": _SEARCH}},
    responses={200: {"description": "What was found, oldest first", "content": _LISTED}, **_FAULTS},
)
async def search(request: Request, party: Caller, asker: Asker, desk: TheDesk) -> Response:
    """Those of the messages that wait (the oldest 250) that are looked for."""
    body = await body_of(request, asker)
    if len(body) > LONGEST_SEARCH:
        raise Problem("invalid-parameter", detail=f"Expected a search of at most {LONGEST_SEARCH:,} bytes; shorten it.")
    wanted = read_search(body)
    if isinstance(wanted, Fault):
        raise Problem("invalid-parameter", detail=f"{wanted.title}. {wanted.detail}")
    return _json([one for one in await _waiting(request, party, desk, MOST_LISTED) if finds(wanted, one)])


@router.get(
    f"{PATH}/{{traceerId}}/payload",
    operation_id="vspPayload",
    summary="Fetch one",
    responses={200: {"description": "The bytes, exactly as they were sent or made", "content": _BYTES}, **_FAULTS},
)
async def payload(request: Request, party: Caller, asker: Asker, desk: TheDesk, number: Number) -> Response:
    """Fetching notes it as delivered. It stays in the list until it is acknowledged."""
    head = await _own(party, desk, number)
    output = await desk.fetch(party, head.id, partial(reading, request, asker)) if head else None
    if output is None:
        raise await missing(request, asker)
    return Response(output.body, media_type="application/octet-stream")


@router.delete(
    f"{PATH}/{{traceerId}}",
    status_code=202,
    operation_id="vspAcknowledge",
    summary="Acknowledge one",
    responses={202: {"description": "Acknowledged, now or before"}, **_FAULTS},
)
async def acknowledge(request: Request, party: Caller, asker: Asker, desk: TheDesk, number: Number) -> None:
    """Say that it is stored safely: it leaves the list. Saying so again changes nothing."""
    head = await _own(party, desk, number)
    if head is None or not await desk.acknowledge(party, head.id):
        raise await missing(request, asker)


@router.get(
    STATUSES,
    operation_id="vspStatus",
    summary="Ask after a message or a conversation",
    responses={200: {"description": "Where each of them stands", "content": _LISTED}, **_FAULTS},
)
async def status(
    request: Request,
    party: Caller,
    asker: Asker,
    desk: TheDesk,
    number: Message = None,
    conversation: Conversation = None,
) -> Response:
    """Where a message stands that this party sent or gets, or one with its answers. Give one of both numbers."""
    if (number is None) == (conversation is None):
        raise Problem("invalid-parameter", detail="Expected a traceerId or a conversatieId, and not both.")
    found = await _statuses(party, desk, number or conversation or "")
    if not found:
        raise await missing(request, asker)
    return _json(found[:1] if number else found)


async def _waiting(request: Request, party: Party, desk: Desk, limit: int) -> Sequence[Waiting]:
    heads = await desk.mailbox(party, limit, faults=False)
    base, spoken = str(request.base_url).rstrip("/"), _spoken(party)
    made = (waiting(head, f"{base}{PATH}/{head.reference}/payload", spoken.acties) for head in heads)
    return [one for one in made if one is not None]


async def _own(party: Party, desk: Desk, number: str) -> OutputHead | None:
    return await desk.sent_under(party, number) if _UUID.fullmatch(number) else None


async def _statuses(party: Party, desk: Desk, number: str) -> Sequence[Status]:
    """Where the message with this number stands, and after it the answers to it; empty when there is none."""
    head, acties = await _own(party, desk, number), _spoken(party).acties
    if head is not None and head.kind != "fout":
        sent = [statuses(trace, acties, head.reference)[0] for trace in await _answers(party, desk, head)]
        return [status_for(head, acties), *sent]
    found = await desk.by_reference(party, number) if _UUID.fullmatch(number) else None
    trace = await desk.trace_for(party, found) if found else None
    if trace is None or trace.party != party.id:
        return ()
    return statuses(trace, acties, await _answered(party, desk, trace))


async def _answers(party: Party, desk: Desk, head: OutputHead) -> Sequence[Trace]:
    """What a party sent in answer to what it got."""
    about = await desk.trace_for(party, head.envelope_id)
    ids = dict.fromkeys(one.envelope_id for one in (about.answered_by if about else ()) if one.kind == "bericht")
    traces = [await desk.trace_for(party, id) for id in ids]
    return [trace for trace in traces if trace is not None and trace.party == party.id]


async def _answered(party: Party, desk: Desk, trace: Trace) -> str | None:
    """The number under which a party sent, or got, what its message answers; None when that is not known (states)."""
    about = next((head.answers for head in trace.outputs if head.kind == "bericht" and head.answers), None)
    earlier = await desk.trace_for(party, about) if about else None
    if earlier is None or earlier.party == party.id:
        return earlier.reference if earlier else None
    got = (head for head in earlier.outputs if head.kind == "bericht" and head.receiver == party.id)
    return next((head.reference for head in got), None)


def _spoken(party: Party) -> VspRest:
    made = adapter_with("vsp_rest", tuple(sorted(party.adapters.get("vsp_rest", {}).items())))
    assert isinstance(made, VspRest), "another package took the name vsp_rest"
    return made


def _json(found: Sequence[T]) -> Response:
    return Response(msgspec.json.encode(found), media_type="application/json")
