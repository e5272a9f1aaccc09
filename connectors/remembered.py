"""What a hub remembers of messages and outputs: asked and noted with the same statements in every database.

Values are numbered ($1) as PostgreSQL does; SQLite takes that for their names.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.records import (
    ASIDE,
    HEAD,
    TRACE,
    UNDELIVERED_OF,
    VERDICT,
    OutputRecord,
    aside_values,
    columns,
    head_of,
    moment_of,
    rejected_of,
    trace_of,
    undelivered,
)
from schemas.ijw_3_2.structure import structure
from streams.core.answering import answer_name
from streams.core.mail import Mail
from streams.core.ports import OutputBody, OutputHead, OutputState, Rejected, Told, Trace, Unanswered

_ELSEWHERE = {
    "relation": "coalesce(m.relation, '')",
    "software": "m.software",
    "answers_reference": (
        "CASE WHEN o.answers IS NOT NULL THEN coalesce("
        "(SELECT s.reference FROM log s WHERE s.id = o.answers AND s.party = o.receiver), "
        "(SELECT g.reference FROM output g WHERE g.envelope_id = o.answers AND g.receiver = o.receiver "
        "AND g.kind = 'bericht' ORDER BY g.number LIMIT 1)) END"
    ),
}
"""The columns HEAD that do not stand in the row of the output itself."""

_HEAD = ", ".join(_ELSEWHERE.get(name, f"o.{name}") for name in HEAD)
_OUTPUTS = "FROM output o LEFT JOIN log m ON m.id = o.envelope_id"
_IN_ORDER = "ORDER BY o.created_at, o.partition, o.position, o.number"
_MARKS = ", ".join(f"${number}" for number, _ in enumerate(ASIDE, 1))

_TRACE = f"""
SELECT {columns(TRACE, "l.")}, {columns(VERDICT, "v.")}, {_HEAD}
FROM log l LEFT JOIN verdict v ON v.envelope_id = l.id
LEFT JOIN output o ON o.envelope_id = l.id OR o.answers = l.id
LEFT JOIN log m ON m.id = o.envelope_id
WHERE l.id =
"""

# Whether a party may see an envelope is needed before anything is looked up: the same work for whatever it asks after.
_SEEN = """
CASE WHEN (SELECT count(*) FROM log WHERE id = $1 AND party = $2)
  + (SELECT count(*) FROM output WHERE envelope_id = $1 AND receiver = $2) > 0 THEN $1 END
"""

_AWAITED = ", ".join(f"'{name}'" for name in structure().berichten if answer_name(name) is not None)
"""The messages that the standard has an answer to, for a statement."""

# What a version before 0.3 passed on has no size; of that it is not known what was answered.
# A subquery that is no EXISTS keeps PostgreSQL at one look into the index per message, instead of reading all outputs.
_UNANSWERED = f"""
SELECT relation, bericht, times, received_at, id FROM (
  SELECT l.relation, l.bericht, l.received_at, l.id,
    count(*) OVER (PARTITION BY l.relation, l.bericht) AS times,
    row_number() OVER (PARTITION BY l.relation, l.bericht ORDER BY l.received_at, l.id) AS place
  FROM log l
  WHERE l.received_at >= $1 AND l.bericht IN ({_AWAITED})
  AND EXISTS (SELECT 1 FROM output o WHERE o.envelope_id = l.id AND o.kind = 'bericht' AND o.size IS NOT NULL
    AND NOT o.copy AND o.undeliverable_at IS NULL)
  AND (SELECT 1 FROM output a WHERE a.answers = l.id AND a.outcome IS NOT NULL LIMIT 1) IS NULL
) waiting
WHERE place = 1 ORDER BY received_at, id
"""

_FAILED = """
UPDATE output SET attempts = attempts + 1, failed_at = $2, reason = $3 WHERE id = $1 AND undeliverable_at IS NULL
"""

# What was delivered, and refused later, must be delivered anew.
_RETRY = """
UPDATE output SET undeliverable_at = NULL, delivered_at = NULL, acknowledged_at = NULL, attempts = 0
WHERE id = $1 AND undeliverable_at IS NOT NULL
"""


_HAND_OVER = """
UPDATE output SET receiver = $2
WHERE receiver = $1 AND delivered_at IS NULL AND acknowledged_at IS NULL AND undeliverable_at IS NULL
"""


_WAITS = "o.delivered_at IS NULL AND o.acknowledged_at IS NULL AND o.undeliverable_at IS NULL"
"""An output that its receiver has not got yet; this implies the condition of both indexes of what waits."""

_MAIL = f"""
SELECT w.receiver, w.times, w.failed, w.since,
  (SELECT o.id FROM output o WHERE o.receiver = w.receiver AND {_WAITS} {_IN_ORDER} LIMIT 1),
  w.failed_at,
  CASE WHEN w.failed_at IS NOT NULL THEN
    (SELECT max(o.reason) FROM output o WHERE o.receiver = w.receiver AND o.failed_at = w.failed_at AND {_WAITS}) END
FROM (
  SELECT o.receiver, count(*) AS times, count(CASE WHEN o.attempts > 0 THEN 1 END) AS failed,
    min(o.created_at) AS since, max(o.failed_at) AS failed_at
  FROM output o WHERE {_WAITS} GROUP BY o.receiver ORDER BY min(o.created_at), o.receiver LIMIT $1
) w ORDER BY w.since, w.receiver
"""


class Remembered(ABC):
    """What of the contracts Store and Archive (streams.core.ports) is the same in every database."""

    @abstractmethod
    async def _ask(self, statement: str, *values: object) -> Sequence[Sequence[Any]]:
        """The rows of a statement."""

    @abstractmethod
    async def _note(self, statement: str, *values: object) -> int:
        """How many rows a statement changed."""

    @abstractmethod
    async def _give_up(self, id: str, at: datetime, reason: str, told: Sequence[OutputRecord]) -> bool:
        """Note that an output is undeliverable, and add these outputs, in one transaction; False when it was before."""

    # --- Store -------------------------------------------------------------------------------------

    async def outputs(
        self, receiver: str, not_yet: OutputState, limit: int, *, faults: bool = True
    ) -> tuple[OutputHead, ...]:
        """The outputs for a party that have not reached a state, oldest first (contract: Store)."""
        waiting = f"o.receiver = $1 AND o.{not_yet}_at IS NULL AND o.undeliverable_at IS NULL"
        which = "" if faults else "AND o.kind <> 'fout'"
        return await self._heads(
            f"WHERE {waiting} {which} {_IN_ORDER} LIMIT $2",
            receiver,
            limit,
        )

    async def output(self, receiver: str, id: str) -> OutputBody | None:
        """One output with its bytes, for its receiver only (contract: Store)."""
        found = await self._ask(
            f"SELECT {_HEAD}, coalesce(o.body, m.body) {_OUTPUTS} WHERE o.receiver = $1 AND o.id = $2", receiver, id
        )
        return next((OutputBody(head=head_of(head), body=body) for *head, body in found), None)

    async def mark(self, receiver: str, id: str, state: OutputState, at: datetime) -> bool:
        """Note the first time that an output reached a state (contract: Store)."""
        reached = ("delivered_at",) if state == "delivered" else ("delivered_at", "acknowledged_at")
        sets = ", ".join(f"{column} = coalesce({column}, $1)" for column in reached)
        update = f"UPDATE output SET {sets} WHERE receiver = $2 AND id = $3"
        return bool(await self._note(update, at, receiver, id))

    async def by_reference(self, party: str, reference: str) -> str | None:
        """The envelope that a party got something of, or sent, under a number (contract: Store)."""
        ((id,),) = await self._ask(
            "SELECT coalesce((SELECT envelope_id FROM output WHERE receiver = $1 AND reference = $2), "
            "(SELECT id FROM log WHERE party = $1 AND reference = $2))",
            party,
            reference,
        )
        return None if id is None else str(id)

    async def sent_under(self, receiver: str, reference: str) -> OutputHead | None:
        """The output that a party got under a number (contract: Store)."""
        found = await self._heads("WHERE o.receiver = $1 AND o.reference = $2", receiver, reference)
        return found[0] if found else None

    async def failed(self, id: str, at: datetime, reason: str) -> None:
        """Note that bringing an output failed (contract: Store)."""
        await self._note(_FAILED, id, at, reason)

    async def give_up(self, id: str, at: datetime, reason: str, told: Told | None) -> bool:
        """Set an output aside as undeliverable, once, and tell its sender (contract: Store)."""
        of = await self._ask(f"SELECT {columns(UNDELIVERED_OF)} FROM output WHERE id = $1", id) if told else ()
        return await self._give_up(id, at, reason, [undelivered(one, at, told) for one in of if told])

    async def hand_over(self, receiver: str, to: str) -> int:
        """Let what waits for a party be for another (contract: Store)."""
        return await self._note(_HAND_OVER, receiver, to)

    # --- Archive -----------------------------------------------------------------------------------

    async def trace(self, envelope_id: str) -> Trace | None:
        """Everything known about one envelope (contract: Archive)."""
        found = await self._ask(f"{_TRACE} $1 {_IN_ORDER}", envelope_id)
        return trace_of(found) if found else None

    async def trace_for(self, party: str, envelope_id: str) -> Trace | None:
        """The same for a party that has to do with it (contract: Archive)."""
        found = await self._ask(f"{_TRACE} {_SEEN} {_IN_ORDER}", envelope_id, party)
        return trace_of(found) if found else None

    async def undelivered(self, limit: int = 100) -> tuple[OutputHead, ...]:
        """What could not be delivered, newest first (contract: Archive)."""
        return await self._heads(
            "WHERE o.undeliverable_at IS NOT NULL ORDER BY o.undeliverable_at DESC, o.id LIMIT $1", limit
        )

    async def mail(self, limit: int) -> tuple[Mail, ...]:
        """What each party has not got yet, summed (contract: Archive)."""
        found = await self._ask(_MAIL, limit)
        return tuple(
            Mail(
                receiver=receiver,
                count=count,
                failed=failed,
                since=moment_of(since),
                oldest=oldest,
                failed_at=moment_of(failed_at),
                reason=reason,
            )
            for receiver, count, failed, since, oldest, failed_at, reason in found
        )

    async def mail_for(self, receiver: str, limit: int) -> tuple[OutputHead, ...]:
        """What a party has not got yet, oldest first (contract: Archive)."""
        return await self._heads(f"WHERE o.receiver = $1 AND {_WAITS} {_IN_ORDER} LIMIT $2", receiver, limit)

    async def retry(self, id: str) -> bool:
        """Let an undeliverable output be tried anew (contract: Archive)."""
        return bool(await self._note(_RETRY, id))

    async def unanswered(self, since: datetime) -> tuple[Unanswered, ...]:
        """What was passed on since then and not answered yet (contract: Archive)."""
        found = await self._ask(_UNANSWERED, since.astimezone(UTC))
        return tuple(
            Unanswered(relation=relation, bericht=bericht, count=count, since=moment_of(received_at), oldest=id)
            for relation, bericht, count, received_at, id in found
        )

    async def set_aside(self, rejected: Rejected) -> None:
        """Keep a message that could not be taken in (contract: Archive)."""
        insert = f"INSERT INTO aside ({columns(ASIDE)}) VALUES ({_MARKS}) ON CONFLICT DO NOTHING"
        await self._note(insert, *aside_values(rejected))

    async def aside(self, limit: int = 100) -> tuple[Rejected, ...]:
        """What was set aside and not released, newest first (contract: Archive)."""
        select = f"SELECT {columns(ASIDE)} FROM aside WHERE released_at IS NULL ORDER BY at DESC, id LIMIT $1"
        return tuple(rejected_of(values) for values in await self._ask(select, limit))

    async def set_aside_by_id(self, id: str) -> Rejected | None:
        """One message that was set aside, or None (contract: Archive)."""
        found = await self._ask(f"SELECT {columns(ASIDE)} FROM aside WHERE id = $1", id)
        return rejected_of(found[0]) if found else None

    async def released(self, id: str, at: datetime) -> None:
        """Note that a message set aside was offered again (contract: Archive)."""
        await self._note("UPDATE aside SET released_at = $2 WHERE id = $1", id, at)

    async def _heads(self, rest: str, *values: object) -> tuple[OutputHead, ...]:
        return tuple(head_of(row) for row in await self._ask(f"SELECT {_HEAD} {_OUTPUTS} {rest}", *values))
