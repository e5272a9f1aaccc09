"""What goes wrong over HTTP, as problem details (RFC 9457). Nothing of a request is ever repeated in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitoring.faults import place
from schemas.ijw_3_2.findings import without_bsn
from schemas.ijw_3_2.safe_xml import MAX_BYTES
from streams.core.intake import Rejection
from streams.core.ports import ReferenceUsed, StoreError

API_VERSION = "1.0.0"
"""The version of this interface, by semver; its first number is in every path as /v1."""

MEDIA_TYPE = "application/problem+json"
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\.[0-9]{1,9})?")
"""The shape of the ids of messages and, with a number behind it, of outputs."""

_WORDS = frozenset([
    "", "v1", "berichten", "postbus", "openapi.json", "beelden", "health", "live", "ready", "metrics", "beheer",
    "bezorging", "opnieuw", "onbeantwoord", "sluitingen", "audit", "adapters", "stuf", "ggk0210", "vsp", "zoeken",
    "payload", "berichtstatussen", "termijnen", "termijnen.csv", "declaraties", "declaraties.csv",
])  # fmt: skip
_HEADERS = [
    (b"api-version", API_VERSION.encode()),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]

logger = structlog.get_logger()


class Kind(Struct, frozen=True):
    """A kind of problem: its status, and what is said when nothing more precise is known."""

    status: int
    title: str
    detail: str
    headers: Mapping[str, str] = {}


KINDS: Mapping[str, Kind] = {
    "unreadable": Kind(
        400,
        "This is no iJw 3.2 message that can be read",
        "The body is no well-formed iJw 3.2 message in UTF-8. Expected one message; validate it and send it again.",
    ),
    "invalid-idempotency-key": Kind(
        400,
        "The Idempotency-Key cannot be used",
        "The header Idempotency-Key is empty, too long, repeated, or holds other than printable ASCII characters. "
        "Expected once, 1 to 200 of them; correct it, or leave the header out.",
    ),
    "not-authenticated": Kind(
        401,
        "Not authenticated",
        "The request shows nothing by which its sender is known here, or two things that tell of different ones. "
        "Expected a client certificate, or the header Authorization with 'Bearer ' and a token; correct it, or ask the "
        "hub's operator for one.",
        {"WWW-Authenticate": 'Bearer realm="ijwhub"'},
    ),
    "not-allowed": Kind(
        403,
        "Not for you",
        "The sender of this request is known here, and has no role for this. Use the credential of somebody who has, "
        "or ask the hub's operator.",
    ),
    "not-your-message": Kind(
        403,
        "This party may not send this message",
        "The sender in the message's header is not the party of this credential. Expected the party's own code, or a "
        "mandate for that code and message type; send it with the right credential.",
    ),
    "not-found": Kind(
        404,
        "Not found",
        "Nothing is here for this party. Expected a link that this hub gave to this same party; take it from the "
        "Location of a receipt or from /v1/postbus.",
    ),
    "method-not-allowed": Kind(
        405,
        "Method not allowed",
        "This resource does not have this method. Expected one of those in the header Allow; see /v1/openapi.json.",
    ),
    "reference-used": Kind(
        409,
        "This Idempotency-Key was used before",
        "The party used this Idempotency-Key before, for a message with other bytes. Expected a key of its own for "
        "every message; give this message another one.",
    ),
    "too-large": Kind(
        413,
        "The message is too large",
        f"The body is larger than {MAX_BYTES:,} bytes (25 MB), or than this party may send, and was not read further. "
        "Divide the message over several messages.",
    ),
    "unsupported-media-type": Kind(
        415,
        "Unsupported media type",
        "The body is announced as something else than plain XML in UTF-8. Expected Content-Type application/xml or "
        "text/xml, without charset or with utf-8, and no Content-Encoding; send the bytes of the message itself.",
    ),
    "unknown-sender": Kind(
        422,
        "The sender is not known here",
        "No party of this hub has the code of the sender. Correct the header, or have the operator add the party.",
    ),
    "unknown-receiver": Kind(
        422,
        "The receiver is not known here",
        "No party of this hub has the code of the receiver. Correct the header, or have the operator add the party.",
    ),
    "wrong-way": Kind(
        422,
        "A message of this type does not travel this way",
        "Afzender and Ontvanger do not fit the type of the message. Correct them; a return message copies them as they "
        "were.",
    ),
    "mismatch": Kind(
        422,
        "Envelope and message differ",
        "The envelope says something else than the header of the message in it. Correct the one that is wrong.",
    ),
    "cross-reference": Kind(
        422,
        "What this answers is not known here",
        "The envelope refers to a message that this party neither sent nor got here. Correct the reference.",
    ),
    "closed": Kind(
        422,
        "Closed for messages of this type",
        "Messages of this type are not taken in for the moment. Send it again when that is over.",
    ),
    "invalid-parameter": Kind(
        422,
        "A parameter cannot be used",
        "A parameter of this request has a value that is not allowed; correct it as /v1/openapi.json describes.",
    ),
    "too-often": Kind(
        429,
        "Too many requests",
        "More requests came in a minute than are allowed of this sender, or from its address without a credential that "
        "is known here. Wait as many seconds as the header Retry-After says, and go on with the same Idempotency-Key.",
        {"Retry-After": "60"},
    ),
    "internal-error": Kind(
        500,
        "The hub failed",
        "A fault of the hub's own, noted in its log. Try again with the same Idempotency-Key; a message is never "
        "taken in twice. When it stays, tell the hub's operator the time.",
    ),
    "unavailable": Kind(
        503,
        "The hub cannot do this now",
        "The hub's storage does not answer, so nothing was promised. Try again with the same Idempotency-Key; a "
        "message is never taken in twice.",
        {"Retry-After": "5"},
    ),
    "figures-behind": Kind(
        503,
        "The figures are not complete yet",
        "What happened is still being worked into the figures: they would tell of a part as if it were all. Try again "
        "in a minute; when it stays so, tell the hub's operator.",
        {"Retry-After": "30"},
    ),
    "not-ready": Kind(
        503,
        "Not ready",
        "The hub does not take in and process messages now: it starts, stops, or cannot reach its storage. Wait, and "
        "see its log when this stays.",
        {"Retry-After": "5"},
    ),
}
"""Every reason that can stand behind urn:ijwhub:fout:."""


class Problem(Exception):
    """An answer other than the one asked for. Carries only texts of the hub's own."""

    def __init__(
        self,
        reason: str,
        *,
        title: str | None = None,
        detail: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = KINDS[reason].status
        self.title = title or KINDS[reason].title
        self.detail = detail or KINDS[reason].detail
        self.headers = {**KINDS[reason].headers, **(headers or {})}

    def response(self, path: str) -> JSONResponse:
        """This problem as the answer to a request for a path."""
        content = {
            "type": f"urn:ijwhub:fout:{self.reason}",
            "title": self.title,
            "status": self.status,
            "detail": without_bsn(self.detail),
            "instance": _instance(path),
        }
        return JSONResponse(content, self.status, self.headers, MEDIA_TYPE)


def rejected(rejection: Rejection) -> Problem:
    """The problem for a message that could not be taken in."""
    # The core counts the bytes that it was given, and reading stopped at the limit: the table says it truly.
    detail = None if rejection.reason == "too-large" else rejection.detail
    return Problem(rejection.reason, title=rejection.title, detail=detail)


def reference_used(used: ReferenceUsed) -> Problem:
    """The problem for a reference that was used for another message; says where that one is."""
    return Problem(
        "reference-used",
        detail=f"{KINDS['reference-used'].detail} The earlier one is /v1/berichten/{used.envelope_id}.",
    )


def declared(*reasons: str) -> dict[int | str, dict[str, Any]]:
    """These problems as the `responses` of an operation in OpenAPI; any other status is a problem as well."""
    by_status: dict[int, list[str]] = {}
    for reason in reasons:
        by_status.setdefault(KINDS[reason].status, []).append(reason)
    found: dict[int | str, dict[str, Any]] = {status: _declared(named) for status, named in by_status.items()}
    found["default"] = {"description": "Any other problem", "content": {MEDIA_TYPE: {"schema": _SCHEMA}}}
    return found


_SCHEMA = {"$ref": "#/components/schemas/Problem"}


def _declared(reasons: Sequence[str]) -> dict[str, Any]:
    kinds = {reason: KINDS[reason] for reason in reasons}
    examples = {
        reason: {
            "value": {
                "type": f"urn:ijwhub:fout:{reason}",
                "title": kind.title,
                "status": kind.status,
                "detail": kind.detail,
                "instance": "/v1/berichten",
            }
        }
        for reason, kind in kinds.items()
    }
    found: dict[str, Any] = {
        "description": "; ".join(kind.title for kind in kinds.values()),
        "content": {MEDIA_TYPE: {"schema": _SCHEMA, "examples": examples}},
    }
    names = {name for kind in kinds.values() for name in kind.headers}
    return {**found, "headers": {name: {"schema": {"type": "string"}} for name in sorted(names)}} if names else found


def install(app: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """Make everything that goes wrong in an app a problem, also what its framework finds."""

    async def problem(request: Request, error: Exception) -> JSONResponse:
        return _problem(error, request.scope["path"], routes).response(request.scope["path"])

    for kind in (Problem, StoreError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, problem)
    app.add_middleware(Guard)


def _problem(error: Exception, path: str, routes: Sequence[BaseRoute]) -> Problem:
    match error:
        case Problem():
            return error
        case StoreError():
            logger.error("store failed", error=type(error).__name__)
            return Problem("unavailable")
        case RequestValidationError():
            return Problem("invalid-parameter", detail=_parameters(error))
        case HTTPException(status_code=404):
            return Problem("not-found")
        case HTTPException(status_code=405):
            return Problem("method-not-allowed", headers={"Allow": ", ".join(_methods(path, routes))})
    return Problem("internal-error")


def _parameters(error: RequestValidationError) -> str:
    """Which parameters are wrong and what is expected; pydantic's message holds the limit, never the value."""
    wrong = (f"{found['loc'][-1]}: {found['msg']}." for found in error.errors())
    return f"{' '.join(wrong)} {KINDS['invalid-parameter'].detail}"


def _methods(path: str, routes: Sequence[BaseRoute]) -> list[str]:
    """All methods of a path. The framework itself tells only those of the first route that fits."""
    found = (route.methods or () for route in routes if isinstance(route, Route) and route.path_regex.match(path))
    return sorted({method for methods in found for method in methods})


def _instance(path: str) -> str:
    """The path of a request; what is neither a word nor an id of ours becomes -, for it could be a person."""
    return "/".join(part if part in _WORDS or ID.fullmatch(part) else "-" for part in path.split("/"))


class Guard:
    """Around the whole app: headers for every response, and an end for every exception.

    An exception must not reach the HTTP server: that would print its text, in which a message can be quoted.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (contract: ASGI)."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message = {**message, "headers": [*message.get("headers", ()), *_HEADERS]}
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except ClientDisconnect:
            logger.info("client left before its request was complete", source="http")
        except Exception as error:  # noqa: BLE001 - the last line: what passes here, the server prints
            _note(error)
            if not started:
                await Problem("internal-error").response(scope["path"])(scope, receive, send_with_headers)
        return None


def _note(error: Exception) -> None:
    logger.error("request failed", error=type(error).__name__, reason=place(error))
