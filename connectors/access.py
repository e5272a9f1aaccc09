"""Who may do what over HTTP. Whoever asks is recognised, held to a rate, and noted in the audit log when refused.

Every route says who may use it: with `may`, with `asks` (for adapters, whose partners are refused in words of their
own), or with `open_to_all`. An app with a route that does not is not made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, NoReturn

import structlog
from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.routing import BaseRoute

from connectors.access_credentials import Certificate, Credentials
from connectors.access_limits import Limits, address_of
from connectors.http_problems import Problem
from schemas.ijw_3_2.safe_xml import MAX_BYTES
from streams.core.access import Principal, Role, is_loopback
from streams.core.auditing import Act, Action, Trail
from streams.core.intake import Rejection
from streams.core.parties import Party
from streams.core.ports import Desk, OutputHead, StoreError

Refusal = Literal["not-authenticated", "not-allowed", "too-often", "too-large", "unavailable"]
MOST_UNDER_WAY = 8 * MAX_BYTES
"""Bytes of bodies of one party that are being read at a time: they stand in memory, however slowly they come."""
USER_PER_MINUTE = 600
"""Requests per minute of a user; those of a party stand in the file of parties."""
WAIT = 5
"""Seconds after which a party may try again, when it sent too much at a time."""
UNKNOWN = "unknown"
"""How the audit log names whoever could not be recognised."""

_OF_ANOTHER = ("not-your-message", "unknown-sender", "mismatch", "cross-reference")

logger = structlog.get_logger()


class Denied(Exception):
    """A request that is refused before it is looked at. It is in the audit log already, unless that is unavailable.

    kind         as in adapters.contract.Fault, or not-allowed: known here, and without the role for this.
    retry_after  whole seconds until it may be tried again; None when waiting does not help.
    """

    def __init__(self, kind: Refusal, retry_after: int | None = None) -> None:
        super().__init__(kind)
        self.kind: Refusal = kind
        self.retry_after = retry_after


class Gate:
    """Lets requests through, or not. `anyone`: what whoever asks from this machine may do, without any credential."""

    def __init__(
        self,
        credentials: Credentials,
        trail: Trail,
        clock: Callable[[], datetime],
        *,
        limits: Limits | None = None,
        anyone: frozenset[Role] = frozenset(),
    ) -> None:
        self._credentials = credentials
        self._trail = trail
        self._clock = clock
        self._limits = limits or Limits()
        self._anyone = anyone
        self._under_way = Counter[str]()

    async def principal(self, request: Request, *roles: Role) -> Principal:
        """Who asks, with one of these roles or more. Raises Denied, which is noted then, or StoreError."""
        wanted = frozenset(roles)
        if self._anyone & wanted and _is_of_this_machine(request):
            return Principal(name="anyone", roles=self._anyone, credential="none")
        principal = await self._recognised(request)
        per_minute = principal.party.limits.per_minute if principal.party else USER_PER_MINUTE
        if wait := await self._limits.takes(principal.name, per_minute):
            await self._too_often(request, principal, principal.name, wait)
        if not principal.roles & wanted:
            await self._refuse(request, principal, Denied("not-allowed"))
        return principal

    async def body(self, request: Request, principal: Principal, spare: int = 0) -> bytes:
        """The body of a request. Raises Denied when it is larger than this party may send; the rest is not read.

        So it does when this party sends too many large ones at the same time.

        Of one that is larger than any may be, the first byte too many is there: whoever reads it refuses it. `spare`
        is how many bytes an envelope may have beside the message.
        """
        message = principal.party.limits.bytes if principal.party else MAX_BYTES
        most = message + spare
        body = bytearray()
        try:
            async for chunk in request.stream():
                body += chunk
                self._under_way[principal.name] += len(chunk)
                if len(body) > most:
                    break
                if self._under_way[principal.name] > MOST_UNDER_WAY:
                    await self._too_often(request, principal, principal.name, WAIT)
        finally:
            self._under_way[principal.name] -= len(body)
        if len(body) > most and message < MAX_BYTES:
            await self._refuse(request, principal, Denied("too-large"))
        return bytes(body[: most + 1])

    async def noted(
        self, principal: Principal, request: Request, action: Action, subject: str = "", reason: str = ""
    ) -> None:
        """Note what somebody does here; returns when it is durable. Raises StoreError: then it may not be done.

        `subject` is an id of ours that was found, never one that was asked for.
        """
        await self._note(principal.name, principal.credential, action, _where(request), subject, reason)

    async def rejected(self, principal: Principal, request: Request, rejection: Rejection) -> None:
        """Note a message that was not taken in, when it is of somebody else than who sends it."""
        if rejection.reason in _OF_ANOTHER:
            await self.noted(principal, request, "refused", reason=rejection.reason)

    async def handshake_failed(self, why: str) -> None:
        """Note that TLS refused a client certificate. By then its sender knows: this answers nothing, and never raises.

        `why` is a text of OpenSSL's, for the ordinary log.
        """
        if await self._limits.takes_handshake():
            return
        logger.warning("refused a client certificate", source="tls", reason=why)
        try:
            await self._note(UNKNOWN, "certificate", "refused", "TLS", "", "not-authenticated")
        except StoreError:
            logger.error("a refused client certificate is not in the audit log", source="tls")

    async def _recognised(self, request: Request) -> Principal:
        certificate = certificate_of(request)
        address = address_of(request.client.host if request.client else None)
        # A client certificate cannot be guessed: who shows one does not suffer from others at its address.
        if not certificate and (wait := await self._limits.may_guess(address)):
            await self._too_often(request, None, address, wait)
        headers = [one.encode("latin-1") for one in request.headers.getlist("authorization")]
        found = await self._credentials.principal(headers, certificate)
        if found is None:
            await self._stranger(request, address)
        return found

    async def _stranger(self, request: Request, address: str) -> NoReturn:
        if wait := await self._limits.takes_guess(address):
            await self._too_often(request, None, address, wait)
        await self._refuse(request, None, Denied("not-authenticated"))

    async def _too_often(self, request: Request, principal: Principal | None, who: str, wait: int) -> NoReturn:
        denied = Denied("too-often", wait)
        if not await self._limits.is_first(who):  # else whoever asks often enough could flood the audit log
            raise denied
        await self._refuse(request, principal, denied)

    async def _refuse(self, request: Request, principal: Principal | None, denied: Denied) -> NoReturn:
        name = principal.name if principal else UNKNOWN
        logger.info("refused", source="http", party=name, reason=denied.kind)
        credential = principal.credential if principal else _shown(request)
        await self._note(name, credential, "refused", _where(request), "", denied.kind)
        raise denied

    async def _note(self, actor: str, credential: str, action: Action, where: str, subject: str, reason: str) -> None:
        act = Act(
            at=self._clock(),
            actor=actor,
            credential=credential,
            action=action,
            where=where,
            subject=subject,
            reason=reason,
        )
        await self._trail.note(act)


def certificate_of(request: Request) -> Certificate | None:
    """The client certificate that TLS verified; None when none was shown. See connectors.tls."""
    told = request.scope.get("extensions", {}).get("tls", {})
    sha256 = told.get("client_sha256")
    return Certificate(told.get("client_oin"), sha256) if sha256 else None


def _is_of_this_machine(request: Request) -> bool:
    """Not who came through a proxy here that tells of whom the request is: that stands as its client then."""
    return request.client is not None and is_loopback(request.client.host)


def _where(request: Request) -> str:
    """What was asked, as a route; never as an address, in which callers can write."""
    return f"{request.method} {request.scope['route'].path}"


def _shown(request: Request) -> str:
    if certificate_of(request):
        return "certificate"
    return "token" if "authorization" in request.headers else "none"


# --- routes say who may use them -------------------------------------------------------------------

bearer = HTTPBearer(
    auto_error=False, description="A token of this hub's own, or one of the issuer of OAuth 2 that it trusts"
)
Shown = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="ijwhub", charset="UTF-8", Bearer realm="ijwhub"'}


@dataclass(frozen=True)
class May:
    """Yields who asks, with one of these roles. Raises Problem for everybody else."""

    roles: tuple[Role, ...]

    async def __call__(self, request: Request, _: Shown) -> Principal:
        """Contract: a dependency of FastAPI."""
        try:
            return await gate_of(request).principal(request, *self.roles)
        except Denied as denied:
            raise problem(denied, self.roles) from None


@dataclass(frozen=True)
class Asks:
    """Yields who asks, with one of these roles, or why not; for routes that tell it in a way of their own."""

    roles: tuple[Role, ...]

    async def __call__(self, request: Request, _: Shown) -> Principal | Denied:
        """Contract: a dependency of FastAPI."""
        try:
            return await gate_of(request).principal(request, *self.roles)
        except Denied as denied:
            return denied
        except StoreError:
            return Denied("unavailable")


def may(*roles: Role) -> May:
    """The dependency of a route for whoever has one of these roles."""
    return May(roles)


def asks(*roles: Role) -> Asks:
    """The dependency of a route for whoever has one of these roles, that refuses others itself."""
    return Asks(roles)


async def open_to_all() -> None:
    """The dependency of a route that anybody may use: it holds nothing of anybody."""


def gate_of(request: Request) -> Gate:
    """The gate of the app that serves this request."""
    gate: Gate = request.app.state.gate
    return gate


def desk_of(request: Request) -> Desk:
    """The desk of the app that serves this request."""
    desk: Desk = request.app.state.desk
    return desk


TheDesk = Annotated[Desk, Depends(desk_of)]


async def missing(request: Request, asker: Principal) -> Problem:
    """What is not there for this party, noted: whether it is there for another one cannot be told from it."""
    await gate_of(request).noted(asker, request, "refused", reason="not-found")
    return Problem("not-found")


def problem(denied: Denied, roles: Iterable[Role] = ()) -> Problem:
    """A refusal as problem details. For figures a browser is told to ask for the token."""
    headers = {"Retry-After": str(denied.retry_after)} if denied.retry_after else {}
    if denied.kind == "not-authenticated" and Role.VIEWER in roles:
        headers |= _CHALLENGE
    return Problem(denied.kind, headers=headers)


Asker = Annotated[Principal, Depends(may(Role.PARTY))]


async def _party(principal: Asker) -> Party:
    assert principal.party is not None, "the role of a party without a party"
    return principal.party


Caller = Annotated[Party, Depends(_party)]


async def body_of(request: Request, principal: Principal) -> bytes:
    """The body of a request, as Gate.body gives it. Raises Problem when it is larger than this party may send."""
    try:
        return await gate_of(request).body(request, principal)
    except Denied as denied:
        raise problem(denied) from None


async def reading(request: Request, asker: Principal, head: OutputHead) -> None:
    """Note that somebody reads an output, before it is handed out. Raises StoreError: then it may not be."""
    await gate_of(request).noted(asker, request, "read", subject=head.id)


def refuse_undeclared(routes: Iterable[BaseRoute]) -> None:
    """Raise AssertionError for a route that does not say who may use it."""
    for route in routes:
        if not isinstance(route, APIRoute):
            raise AssertionError(f"{route}: no route of FastAPI; make it one, and say who may use it")
        if not any(isinstance(call, (May, Asks)) or call is open_to_all for call in _calls(route.dependant)):
            text = f"{route.path}: says nothing about who may use it; add may(...), asks(...) or open_to_all"
            raise AssertionError(text)  # no assert statement, which python -O leaves out


def _calls(dependant: Dependant) -> Iterable[object]:
    for one in dependant.dependencies:
        yield one.call
        yield from _calls(one)
