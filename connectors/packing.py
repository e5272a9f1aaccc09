"""What every way to exchange with a party shares: the adapter's bytes, and what may be told of a fault."""

from __future__ import annotations

import re
from typing import get_args

import structlog

from adapters.contract import Adapter, Fault, Notice, Packed
from adapters.outgoing import outgoing
from adapters.refusals import problem, problem_of
from streams.core.envelope import wire_reference
from streams.core.intake import Reason, Rejection
from streams.core.parties import Party
from streams.core.ports import Desk, OutputBody, ReferenceUsed

_A_CODE = re.compile("[A-Za-z]{2,7}[0-9]{1,4}")
"""As of both published lists, and HTTP200. A partner may put anything there, and what is no code may be a person."""

Refused = Fault | Rejection | ReferenceUsed
"""By the adapter, or by the hub at intake."""

logger = structlog.get_logger()


def packed_for(adapter: Adapter, output: OutputBody) -> Packed | None:
    """What the party is brought. None when its format has no word for it: it is not told, and that is noted."""
    packed = adapter.pack(outgoing(output))
    if packed is None:
        logger.info("not told", receiver=output.head.receiver, output=output.head.id)
    return packed


def why(fault: Fault) -> str:
    """What kind of fault a partner gave, with its code: never its text, in which a person may stand."""
    code = fault.code or ""
    return f"{fault.kind} ({code})" if _A_CODE.fullmatch(code) else fault.kind


def told_to(refused: Refused, used_before: tuple[str, str], **where: str) -> dict[str, str]:
    """What a party is told of what it offered, as problem details; see adapters.refusals for the other arguments."""
    if isinstance(refused, Fault):
        return problem_of(refused, **where)
    return problem(refused, used_before, **where)


def rejection_of(fault: Fault) -> Rejection:
    """An adapter's fault as a rejection, with which the hub sets aside what it is about."""
    reason: Reason = next((known for known in get_args(Reason) if known == fault.kind), "unreadable")
    return Rejection(reason=reason, title=fault.title, detail=fault.detail, bericht=fault.bericht)


async def refuses(desk: Desk, party: Party, notice: Notice) -> bool:
    """Note that a party refuses what it got; False when it got nothing under that number. Raises StoreError.

    Who got a bare message may know it by the id of the output, others by the number of its envelope.
    """
    for about in (notice.about, wire_reference(notice.about)):
        if await desk.refused(party, about, why(notice.fault)):
            return True
    return False


def unknown_notice(notice: Notice) -> Fault:
    """What a party is told that refuses something it did not get from this hub."""
    return Fault(
        kind="cross-reference",
        title="This refuses a message that this party did not get",
        detail="It names a message that was not brought to this party under that number. Expected the number under "
        "which the hub brought it; send the refusal again with that number.",
        reference=notice.reference,
        sender=notice.sender,
        receiver=notice.receiver,
        bericht=notice.bericht,
    )
