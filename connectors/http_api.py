"""The HTTP interface: parties hand messages in, ask after them, and empty their mailbox.

It follows the Dutch API design rules: the version in the path and in the header API-Version, problem details
for everything that goes wrong, and the description at /v1/openapi.json. FastAPI's interactive pages are off:
they load scripts from elsewhere, and no page of the hub calls the outside.

Every route says who may use it (connectors.access). /health/live and /health/ready are for all: they hold no message
data, and what asks them (a supervisor) is no party. /metrics holds no message data either, but figures, suppressed as
on pages: it asks for a token as soon as there is one, and no hub that others than its own machine can reach starts
without.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, FastAPI, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from adapters.file_drop.files import place_of
from connectors import http_models as models
from connectors.access import (
    Asker,
    Caller,
    Gate,
    TheDesk,
    body_of,
    gate_of,
    may,
    missing,
    open_to_all,
    reading,
    refuse_undeclared,
)
from connectors.http_problems import API_VERSION, ID, MEDIA_TYPE, Problem, declared, install, reference_used, rejected
from monitoring.metrics import Metrics
from streams.core.access import Role
from streams.core.intake import Rejection
from streams.core.ports import Desk, ReferenceUsed

MOST_LISTED = 100
LONGEST_KEY = 200

_EXAMPLE = '<jw305:Bericht xmlns:jw305="http://www.istandaarden.nl/ijw/3_2/jw305/schema">...</jw305:Bericht>'
_MESSAGE = {"type": "string", "description": "One iJw 3.2 message in UTF-8, at most 25 MB", "examples": [_EXAMPLE]}
_XML = {"application/xml": {"schema": _MESSAGE}}
_XML_IN = {**_XML, "text/xml": {"schema": _MESSAGE}}
_FAULT = {MEDIA_TYPE: {"schema": {"type": "object", "description": "The fault, with its findings (soort fout)"}}}
_TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}
_LOCATION = {"Location": {"description": "Where to ask after the message", "schema": {"type": "string"}}}
_REPEATABLE = ("not-authenticated", "not-allowed", "too-often", "unavailable")

_FOR_ALL = (Depends(open_to_all),)

router = APIRouter()
operations = APIRouter()


async def _xml_only(request: Request) -> None:
    media, *parameters = (part.strip().lower() for part in request.headers.get("content-type", "").split(";"))
    charsets = {part.removeprefix("charset=").strip('"') for part in parameters if part.startswith("charset=")}
    encoding = request.headers.get("content-encoding", "identity").lower()
    if media not in ("application/xml", "text/xml") or charsets - {"utf-8"} or encoding != "identity":
        raise Problem("unsupported-media-type")


async def _reference(
    request: Request,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description=f"The party's own reference of this message: 1 to {LONGEST_KEY} printable ASCII characters, "
            "without personal data. The same key with the same message is a repeat; with another one it is refused. "
            "Without it every request is a delivery of its own.",
            examples=["2026-000123"],
            json_schema_extra={"maxLength": LONGEST_KEY},
        ),
    ] = None,
) -> str:
    if key is None:
        return str(uuid4())
    usable = 0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()
    if not usable or len(request.headers.getlist("idempotency-key")) > 1:
        raise Problem("invalid-idempotency-key")
    return key


async def _id(
    request: Request,
    asker: Asker,
    id: Annotated[str, Path(description="An id that the hub gave", examples=[models.EXAMPLE_ID])],
) -> str:
    if not ID.fullmatch(id):
        raise await missing(request, asker)
    return id


Id = Annotated[str, Depends(_id)]


@router.post(
    "/v1/berichten",
    status_code=202,
    operation_id="handIn",
    tags=["berichten"],
    summary="Hand a message in",
    response_description="The hub has the message durably",
    openapi_extra={"requestBody": {"required": True, "content": _XML_IN}},
    responses={
        202: {"headers": _LOCATION},
        **declared(
            "unreadable", "invalid-idempotency-key", "not-your-message", "reference-used", "too-large", "closed",
            "unsupported-media-type", "unknown-sender", "unknown-receiver", "wrong-way", *_REPEATABLE,
        ),
    },
)  # fmt: skip
async def hand_in(
    request: Request,
    response: Response,
    party: Caller,
    asker: Asker,
    _: Annotated[None, Depends(_xml_only)],
    reference: Annotated[str, Depends(_reference)],
    desk: TheDesk,
) -> models.Receipt:
    """The body is the message itself. What cannot be taken in is set aside at the hub, and told at once."""
    result = await desk.submit(await body_of(request, asker), party, source="http", reference=reference)
    if isinstance(result, Rejection):
        await gate_of(request).rejected(asker, request, result)
        raise rejected(result)
    if isinstance(result, ReferenceUsed):
        raise reference_used(result)
    receipt = models.receipt_of(result)
    response.headers["Location"] = receipt.status
    return receipt


@router.get(
    "/v1/berichten/{id}",
    operation_id="status",
    tags=["berichten"],
    summary="Ask after a message",
    response_description="Where it stands",
    responses=declared("not-found", *_REPEATABLE),
)
async def status(request: Request, party: Caller, asker: Asker, id: Id, desk: TheDesk) -> models.Status:
    """For its sender and for every party that gets something of it; for others it does not exist."""
    trace = await desk.trace_for(party, id)
    found = models.status_for(party, trace, desk.directory) if trace else None
    if found is None:
        raise await missing(request, asker)
    return found


@router.get(
    "/v1/postbus",
    operation_id="mailbox",
    tags=["postbus"],
    summary="List what waits",
    response_description="What waits, oldest first",
    responses=declared("invalid-parameter", *_REPEATABLE),
)
async def mailbox(
    party: Caller,
    desk: TheDesk,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED, description="At most so many")] = 50,
) -> list[models.Waiting]:
    """What this party did not acknowledge yet, oldest first. Acknowledge, and list again for what follows."""
    return [models.waiting(head) for head in await desk.mailbox(party, limit)]


@router.get(
    "/v1/postbus/{id}",
    operation_id="fetch",
    tags=["postbus"],
    summary="Fetch one",
    response_class=Response,
    responses={
        200: {"description": "The bytes, exactly as they were sent or made", "content": {**_XML, **_FAULT}},
        **declared("not-found", *_REPEATABLE),
    },
)
async def fetch(request: Request, party: Caller, asker: Asker, id: Id, desk: TheDesk) -> Response:
    """Fetching notes it as delivered. It stays in the mailbox until it is acknowledged."""
    output = await desk.fetch(party, id, partial(reading, request, asker))
    if output is None:
        raise await missing(request, asker)
    name = re.sub(r"[^A-Za-z0-9._-]", "_", place_of(output.head)[1])
    media_type = MEDIA_TYPE if output.head.kind == "fout" else "application/xml"
    return Response(output.body, 200, {"Content-Disposition": f'attachment; filename="{name}"'}, media_type)


@router.delete(
    "/v1/postbus/{id}",
    status_code=204,
    operation_id="acknowledge",
    tags=["postbus"],
    summary="Acknowledge one",
    response_description="Acknowledged, now or before",
    responses=declared("not-found", *_REPEATABLE),
)
async def acknowledge(request: Request, party: Caller, asker: Asker, id: Id, desk: TheDesk) -> None:
    """Say that it is stored safely: it leaves the mailbox. Saying so again changes nothing."""
    if not await desk.acknowledge(party, id):
        raise await missing(request, asker)


@operations.get(
    "/health/live",
    operation_id="live",
    tags=["beheer"],
    summary="Is the process alive",
    response_description="It is",
    responses=declared(),
    dependencies=_FOR_ALL,
)
async def live() -> models.Health:
    """200 as long as the process answers. No token: see the module."""
    return models.Health(status="ok")


@operations.get(
    "/health/ready",
    operation_id="ready",
    tags=["beheer"],
    summary="Are messages taken in and processed",
    response_description="They are",
    responses=declared("not-ready"),
    dependencies=_FOR_ALL,
)
async def ready(desk: TheDesk) -> models.Health:
    """200 when messages are taken in and processed, else 503. No token: see the module."""
    if not await desk.ready():
        raise Problem("not-ready")
    return models.Health(status="ok")


@operations.get(
    "/metrics",
    operation_id="metrics",
    tags=["beheer"],
    summary="Metrics for Prometheus",
    response_description="In Prometheus' own text format",
    response_class=Response,
    responses={**_TEXT, **declared(*_REPEATABLE)},
    dependencies=[Depends(may(Role.SCRAPER))],
)
def metrics(request: Request) -> Response:
    """Counts, times, and figures without those about few youths."""
    # No coroutine: many figures take a while to write down, and others are served meanwhile.
    return Response(generate_latest(request.app.state.metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


@router.get(
    "/",
    operation_id="root",
    tags=["beheer"],
    summary="What this is",
    response_description="Its name, and where to read on",
    responses=declared(),
    dependencies=_FOR_ALL,
)
async def root() -> models.Root:
    """Name, version, and where to read on."""
    return models.Root(
        name="ijwhub", version=version("ijwhub"), openapi="/v1/openapi.json", docs="/v1/openapi.json#/info/description"
    )


@router.get("/v1/openapi.json", include_in_schema=False, dependencies=_FOR_ALL)
async def openapi(request: Request) -> JSONResponse:
    """The description of this interface; readable from any site, for it holds nothing of anybody."""
    return JSONResponse(request.app.openapi(), headers={"Access-Control-Allow-Origin": "*"})


class _App(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """The framework's description, with our problems and the header of every response in it."""
        if self.openapi_schema is None:
            models.complete(super().openapi(), API_VERSION)
        return super().openapi()


def create_app(
    desk: Desk, metrics: Metrics, gate: Gate, *, for_parties: bool = True, more: Sequence[APIRouter] = ()
) -> FastAPI:
    """The app that serves a desk; `metrics` are what /metrics tells, `gate` who may ask, `more` what it serves as well.

    Not `for_parties`: no messages. Raises AssertionError for a route that does not say who may use it.
    """
    routers = [*more, *([router] if for_parties else ()), operations]  # the kit has a page of its own at /
    routes = [route for one in routers for route in one.routes]
    refuse_undeclared(routes)
    app = _App(
        title="ijwhub",
        version=API_VERSION,
        description=models.ABOUT,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Traces of the framework's own would carry exception texts, and could be switched on from outside.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.desk = desk
    app.state.metrics = metrics
    app.state.gate = gate
    for one in routers:
        app.include_router(one)
    install(app, routes)
    return app
