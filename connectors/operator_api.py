"""What operators and auditors ask over HTTP: where every message stands, what could not be delivered, who read what.

No message itself is read here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from connectors import operator_models as models
from connectors.access import gate_of, may
from connectors.http_models import EXAMPLE_ID
from connectors.http_problems import ID, Problem, declared
from streams.core.access import Principal, Role
from streams.core.auditing import AuditLog
from streams.core.freezes import Freeze, coming
from streams.core.mail import MOST_RECEIVERS, by_party
from streams.core.parties import Directory
from streams.core.ports import Archive
from streams.core.undelivered import given_up
from streams.core.workdays import DUTCH_TIME

MOST_LISTED = 100
MOST_ENTRIES = 1000
FIRST_DAY = date(2015, 1, 1)
"""Of the Jeugdwet."""
LOOK_BACK = timedelta(days=90)
"""How long ago a message may be received to stand on the board, unless asked otherwise."""

_REPEATABLE = ("not-authenticated", "not-allowed", "too-often", "unavailable")
_NO_MESSAGE = "No message with this id is in this hub. Take the id from its receipt."
_NOT_GIVEN_UP = "No output with this id is undeliverable. Take the id from /v1/beheer/bezorging."

Operator = Annotated[Principal, Depends(may(Role.OPERATOR))]
MessageId = Annotated[str, Path(alias="id", description="The id of a message", examples=[EXAMPLE_ID])]
OutputId = Annotated[str, Path(alias="id", description="The id of an output", examples=[f"{EXAMPLE_ID}.1"])]
PartyId = Annotated[str, Path(alias="partij", pattern="^[a-z0-9-]+$", max_length=100, description="The id of a party")]
AtMost = Annotated[int, Query(alias="aantal", ge=1, le=MOST_LISTED, description="At most so many")]
Since = Annotated[
    date | None,
    Query(alias="sinds", ge=FIRST_DAY, description="Messages received since that day, by default 90 days ago"),
]
After = Annotated[int, Query(alias="na", ge=0, le=2**63 - 1, description="Only what follows this number")]
AtMostEntries = Annotated[int, Query(alias="aantal", ge=1, le=MOST_ENTRIES, description="At most so many")]


class _Operators:
    def __init__(
        self, archive: Archive, directory: Directory, freezes: Sequence[Freeze], clock: Callable[[], datetime]
    ) -> None:
        self._archive = archive
        self._directory = directory
        self._freezes = freezes
        self._clock = clock

    async def message(self, id: MessageId) -> models.MessageStatus:
        """Any message of this hub, without what it says."""
        trace = await self._archive.trace(id) if ID.fullmatch(id) else None
        if trace is None:
            raise Problem("not-found", detail=_NO_MESSAGE)
        return models.message(trace, self._directory)

    async def undeliverable(self, most: AtMost = MOST_LISTED) -> list[models.Delivery]:
        """What the hub gave up, newest first."""
        return [models.delivery(head, self._directory) for head in await self._archive.undelivered(most)]

    async def waiting(self, most: AtMost = MOST_LISTED) -> list[models.WaitingMail]:
        """What parties have not got yet, summed per party: first those not in the file of parties, then the oldest."""
        found = by_party(await self._archive.mail(MOST_RECEIVERS), self._directory)
        return [models.waiting(one) for one in found[:most]]

    async def waiting_for(self, receiver: PartyId, most: AtMost = MOST_LISTED) -> list[models.Delivery]:
        """What one party has not got yet, oldest first; nothing for one that is not known and never was."""
        return [models.delivery(head, self._directory) for head in await self._archive.mail_for(receiver, most)]

    async def retry(self, request: Request, operator: Operator, id: OutputId) -> None:
        """Let an undeliverable output be tried anew. What its sender was told stays told."""
        trace = await self._archive.trace(id.partition(".")[0]) if ID.fullmatch(id) else None
        head = given_up(trace, id)
        if head is None:
            raise Problem("not-found", detail=_NOT_GIVEN_UP)
        await gate_of(request).noted(operator, request, "retried", subject=head.id)
        await self._archive.retry(head.id)

    async def unanswered(self, since: Since = None) -> list[models.OpenPair]:
        """What was passed on and waits for its return message or JW325, summed per relation and type."""
        start = datetime.combine(since, time(), DUTCH_TIME) if since else self._clock() - LOOK_BACK
        return [models.open_pair(one) for one in await self._archive.unanswered(start)]

    async def closings(self) -> list[models.Closing]:
        """The times in which messages are not taken in, as far as they have not ended."""
        now = self._clock()
        return [models.closing(freeze, now) for freeze in coming(self._freezes, now)]


def operator_router(
    archive: Archive, directory: Directory, freezes: Sequence[Freeze], clock: Callable[[], datetime]
) -> APIRouter:
    """The routes of operators."""
    endpoints = _Operators(archive, directory, freezes, clock)
    router = APIRouter(prefix="/v1/beheer", tags=["beheer"], dependencies=[Depends(may(Role.OPERATOR))])
    router.add_api_route(
        "/berichten/{id}",
        endpoints.message,
        operation_id="messageForOperator",
        summary="Where a message stands",
        response_description="Where it stands",
        responses=declared("not-found", *_REPEATABLE),
    )
    router.add_api_route(
        "/bezorging",
        endpoints.undeliverable,
        operation_id="undeliverable",
        summary="What could not be delivered",
        response_description="What was given up, newest first",
        responses=declared("invalid-parameter", *_REPEATABLE),
    )
    router.add_api_route(
        "/bezorging/{id}/opnieuw",
        endpoints.retry,
        methods=["POST"],
        status_code=204,
        operation_id="retryDelivery",
        summary="Try a delivery anew",
        response_description="It is tried anew",
        responses=declared("not-found", *_REPEATABLE),
    )
    router.add_api_route(
        "/wachtend",
        endpoints.waiting,
        operation_id="waitingMail",
        summary="What waits for parties",
        response_description="What waits, per party",
        responses=declared("invalid-parameter", *_REPEATABLE),
    )
    router.add_api_route(
        "/wachtend/{partij}",
        endpoints.waiting_for,
        operation_id="waitingMailOfParty",
        summary="What waits for one party",
        response_description="What waits for it, oldest first",
        responses=declared("invalid-parameter", *_REPEATABLE),
    )
    router.add_api_route(
        "/onbeantwoord",
        endpoints.unanswered,
        operation_id="unanswered",
        summary="What waits for an answer",
        response_description="What waits, per relation and type",
        responses=declared("invalid-parameter", *_REPEATABLE),
    )
    router.add_api_route(
        "/sluitingen",
        endpoints.closings,
        operation_id="closings",
        summary="When messages are not taken in",
        response_description="The times that have not ended, in the order in which they start",
        responses=declared(*_REPEATABLE),
    )
    return router


def auditor_router(log: AuditLog) -> APIRouter:
    """The route of auditors."""
    router = APIRouter(dependencies=[Depends(may(Role.AUDITOR))])

    @router.get(
        "/v1/audit",
        operation_id="audit",
        tags=["audit"],
        summary="Read the audit log",
        response_description="Its entries, in order",
        responses=declared("invalid-parameter", *_REPEATABLE),
    )
    async def audit(after: After = 0, most: AtMostEntries = MOST_LISTED) -> list[models.NotedAct]:
        """Who read a message and who was refused, in order. Ask on with the last number until nothing comes."""
        return [models.noted_act(one) for one in await log.entries(after, most)]

    return router
