"""Store and archive in PostgreSQL: dossiers, verdicts and outputs of a hub on Kafka, and what must still be published.

A batch is one statement: it moves the positions by compare-and-set, writes all that the steps bring about, queues
what must be published and forgets what was; or it fails and has changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from connectors.postgres import Postgres
from connectors.records import (
    ASIDE,
    HEAD,
    OUT,
    TRACE,
    Written,
    aside_values,
    columns,
    differing,
    head_of,
    moved_to,
    rejected_of,
    trace_of,
    written,
)
from schemas.ijw_3_2.dossier.rows import Row, decoded
from streams.core.ports import (
    Backlog,
    Fenced,
    OutputBody,
    OutputHead,
    OutputState,
    Positions,
    Progress,
    Rejected,
    RelationKey,
    Step,
    Trace,
)

Place = tuple[int, int, int]
"""Partition and position of an entry of the log, and the number of one thing it brought about."""

# The division fails, and with it the whole statement, when a partition was not where it was expected.
_COMMIT = """
WITH expected AS (
  SELECT * FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::timestamptz[]) AS e(partition, was, becomes, at)
), moved AS (
  UPDATE progress p SET position = e.becomes, decided_at = e.at
  FROM expected e WHERE p.partition = e.partition AND p.position = e.was RETURNING 1
), verdicts AS (
  INSERT INTO verdict (envelope_id, decided_at, judged, reason)
  SELECT * FROM unnest($5::text[], $6::timestamptz[], $7::text[], $8::text[])
), dossiers AS (
  INSERT INTO dossier (relation, key, row) SELECT * FROM unnest($9::text[], $10::text[], $11::bytea[])
  ON CONFLICT (relation, key) DO UPDATE SET row = excluded.row
), outputs AS (
  INSERT INTO output (id, partition, position, number, envelope_id, receiver, kind, bericht, copy, created_at, body)
  SELECT * FROM unnest($12::text[], $13::int[], $14::bigint[], $15::int[], $16::text[], $17::text[], $18::text[],
    $19::text[], $20::bool[], $21::timestamptz[], $22::bytea[])
), outputs_queued AS (
  INSERT INTO outbox (partition, position, number, id, topic, key)
  SELECT o.partition, o.position, o.number, o.id, 'out', o.receiver
  FROM unnest($12::text[], $13::int[], $14::bigint[], $15::int[], $17::text[]) AS
    o(id, partition, position, number, receiver)
), events_queued AS (
  INSERT INTO outbox (partition, position, number, id, topic, key, value)
  SELECT * FROM unnest($23::int[], $24::bigint[], $25::int[], $26::text[], $27::text[], $28::text[], $29::bytea[])
), set_aside AS (
  INSERT INTO aside (id, at, source, party, reference, rejection, reason, envelope_id, size, body)
  SELECT * FROM unnest($30::text[], $31::timestamptz[], $32::text[], $33::text[], $34::text[], $35::text[], $36::text[],
    $37::text[], $38::int[], $39::bytea[])
  ON CONFLICT DO NOTHING
), published AS (
  DELETE FROM outbox o USING unnest($40::int[], $41::bigint[], $42::int[]) AS d(partition, position, number)
  WHERE o.partition = d.partition AND (o.position, o.number) <= (d.position, d.number)
)
SELECT 1 / (CASE WHEN (SELECT count(*) FROM moved) = cardinality($1::int[]) THEN 1 ELSE 0 END)
"""

_FORGET = """
DELETE FROM outbox o USING unnest($1::int[], $2::bigint[], $3::int[]) AS d(partition, position, number)
WHERE o.partition = d.partition AND (o.position, o.number) <= (d.position, d.number)
"""

# OFFSET 0 keeps the planner at one look into the index per key, whatever it thinks of the size of the arrays.
_ROWS = """
SELECT w.relation, w.key, d.row FROM unnest($1::text[], $2::text[]) AS w(relation, key)
CROSS JOIN LATERAL (SELECT row FROM dossier WHERE relation = w.relation AND key = w.key OFFSET 0) d
"""


class Publication(Struct, frozen=True, kw_only=True):
    """Something in the outbox: an output with its head, or an event."""

    place: Place
    id: str
    topic: str
    key: str
    value: bytes
    head: OutputHead | None


class PostgresStore:
    """Keeps the contracts Store and Archive (streams.core.ports), but for `waiting`, which only the log can tell."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    # --- Store -------------------------------------------------------------------------------------

    async def progress(self, partitions: Collection[int]) -> Mapping[int, Progress]:
        """How far each partition is processed (contract: Store)."""
        await self._database.changed(
            "INSERT INTO progress (partition, position) SELECT unnest($1::int[]), 0 ON CONFLICT DO NOTHING",
            list(partitions),
        )
        found = await self._database.fetch(
            "SELECT partition, position, decided_at FROM progress WHERE partition = ANY($1::int[])", list(partitions)
        )
        return {partition: Progress(position, at) for partition, position, at in found}

    async def rows(self, keys: Iterable[RelationKey]) -> Mapping[RelationKey, Row]:
        """The rows that exist among these keys (contract: Store)."""
        relations, names = _columns(list(keys), 2)
        found = await self._database.fetch(_ROWS, relations, names)
        return {(relation, key): decoded(row) for relation, key, row in found}

    async def decided(self, envelope_ids: Collection[str]) -> frozenset[str]:
        """Those with a verdict (contract: Store)."""
        found = await self._database.fetch(
            "SELECT envelope_id FROM verdict WHERE envelope_id = ANY($1::text[])", list(envelope_ids)
        )
        return frozenset(id for (id,) in found)

    async def commit(self, expected: Positions, steps: Sequence[Step]) -> None:
        """Make steps and positions durable in one statement, or raise Fenced (contract: Store)."""
        await self.commit_written(expected, steps, with_bodies(steps))

    async def commit_written(
        self, expected: Positions, steps: Sequence[Step], made: Written, published: Collection[Place] = ()
    ) -> None:
        """As `commit`, of steps of which the records were made already.

        published  per partition up to where the outbox was published: what is up to there is forgotten.
        """
        # In order of partition, so that the old and the new owner of several never wait for each other.
        moves = [(partition, expected[partition], *to) for partition, to in sorted(moved_to(steps).items())]
        values = (
            *_columns(moves, 4),
            *_columns(made.verdicts, 4),
            *_columns([(*key, row) for key, row in made.rows.items()], 3),
            *_columns(made.outputs, 11),
            *_columns([record for record in made.outbox if record[4] != OUT], 7),
            *_columns([aside_values(one) for one in made.aside], len(ASIDE)),
            *_columns(list(published), 3),
        )
        try:
            await self._database.fetch(_COMMIT, *values)
        except Fenced as fenced:
            raise Fenced(differing(expected, steps)) from fenced

    async def outputs(self, receiver: str, not_yet: OutputState, limit: int) -> tuple[OutputHead, ...]:
        """The outputs for a party that have not reached a state, oldest first (contract: Store)."""
        found = await self._database.fetch(
            f"SELECT {columns(HEAD)} FROM output WHERE receiver = $1 AND {not_yet}_at IS NULL "
            "ORDER BY created_at, partition, position, number LIMIT $2",
            receiver,
            limit,
        )
        return tuple(head_of(tuple(values)) for values in found)

    async def output(self, receiver: str, id: str) -> OutputBody | None:
        """One output with its bytes, for its receiver only (contract: Store)."""
        found = await self._database.fetch(
            f"SELECT {columns(HEAD)}, body FROM output WHERE receiver = $1 AND id = $2", receiver, id
        )
        return OutputBody(head=head_of(tuple(found[0])[:-1]), body=found[0][-1]) if found else None

    async def mark(self, receiver: str, id: str, state: OutputState, at: datetime) -> bool:
        """Note the first time that an output reached a state (contract: Store)."""
        column = f"{state}_at"
        update = f"UPDATE output SET {column} = coalesce({column}, $1) WHERE receiver = $2 AND id = $3"
        return bool(await self._database.changed(update, at, receiver, id))

    # --- outbox ------------------------------------------------------------------------------------

    async def unpublished(self, partitions: Collection[int], after: Place, limit: int = 20) -> tuple[Publication, ...]:
        """What the outbox holds for these partitions beyond a place, in the order of publishing."""
        found = await self._database.fetch(
            f"SELECT b.partition, b.position, b.number, b.id, b.topic, b.key, coalesce(b.value, o.body), "
            f"{columns(HEAD, 'o.')} FROM outbox b LEFT JOIN output o ON o.id = b.id AND b.topic = $2 "
            "WHERE b.partition = ANY($1::int[]) AND (b.partition, b.position, b.number) > ($3, $4, $5) "
            "ORDER BY b.partition, b.position, b.number LIMIT $6",
            list(partitions),
            OUT,
            *after,
            limit,
        )
        return tuple(_publication(values) for values in found)

    async def forget_published(self, published: Collection[Place]) -> None:
        """Forget what was published, per partition up to a place."""
        await self._database.changed(_FORGET, *_columns(list(published), 3))

    # --- Archive -----------------------------------------------------------------------------------

    async def trace(self, envelope_id: str) -> Trace | None:
        """Everything known about one envelope (contract: Archive)."""
        found = await self._database.fetch(
            f"SELECT {columns(TRACE, 'l.')}, v.decided_at, v.judged, v.reason "
            "FROM log l LEFT JOIN verdict v ON v.envelope_id = l.id WHERE l.id = $1",
            envelope_id,
        )
        if not found:
            return None
        heads = await self._database.fetch(
            f"SELECT {columns(HEAD)} FROM output WHERE envelope_id = $1 ORDER BY number", envelope_id
        )
        return trace_of(tuple(found[0]), (head_of(tuple(values)) for values in heads))

    async def set_aside(self, rejected: Rejected) -> None:
        """Keep a message that could not be taken in (contract: Archive)."""
        marks = ", ".join(f"${number}" for number in range(1, len(ASIDE) + 1))
        insert = f"INSERT INTO aside ({columns(ASIDE)}) VALUES ({marks}) ON CONFLICT DO NOTHING"
        await self._database.changed(insert, *aside_values(rejected))

    async def aside(self, limit: int = 100) -> tuple[Rejected, ...]:
        """What was set aside and not released, newest first (contract: Archive)."""
        select = f"SELECT {columns(ASIDE)} FROM aside WHERE released_at IS NULL ORDER BY at DESC, id LIMIT $1"
        return tuple(rejected_of(tuple(values)) for values in await self._database.fetch(select, limit))

    async def set_aside_by_id(self, id: str) -> Rejected | None:
        """One message that was set aside, or None (contract: Archive)."""
        found = await self._database.fetch(f"SELECT {columns(ASIDE)} FROM aside WHERE id = $1", id)
        return rejected_of(tuple(found[0])) if found else None

    async def released(self, id: str, at: datetime) -> None:
        """Note that a message set aside was offered again (contract: Archive)."""
        await self._database.changed("UPDATE aside SET released_at = $1 WHERE id = $2", at, id)


class KafkaArchive(PostgresStore):
    """PostgreSQL beside a log that can tell what waits: the whole contract Archive."""

    def __init__(self, database: Postgres, backlog: Callable[[], Any]) -> None:
        super().__init__(database)
        self._backlog = backlog

    async def waiting(self) -> tuple[Backlog, ...]:
        """How every partition stands (contract: Archive)."""
        found: tuple[Backlog, ...] = await self._backlog()
        return found


def with_bodies(steps: Sequence[Step]) -> Written:
    """What these steps write, with the bytes of a message in every output that passes it on: no log is beside it."""
    made = written(steps)
    bodies = {step.entry.envelope.id: step.entry.envelope.body for step in steps}
    made.outputs = [(*o[:-1], bodies[o[4]]) if o[-1] is None else o for o in made.outputs]
    return made


def publications(made: Written) -> list[Publication]:
    """What a batch puts into the outbox, ready to be published."""
    outputs = {output[0]: output for output in made.outputs}
    found = []
    for *place, id, topic, key, value in made.outbox:
        head, body = None, value
        if topic == OUT:
            output = outputs[id]
            head, body = head_of((id, *output[4:10], None, None)), output[-1]
        assert body is not None
        found.append(Publication(place=_place(place), id=id, topic=topic, key=key, value=body, head=head))
    return found


def _publication(values: Sequence[Any]) -> Publication:
    *place, id, topic, key, value = tuple(values)[:7]
    head = head_of(tuple(values)[7:]) if topic == OUT else None
    return Publication(place=_place(place), id=id, topic=topic, key=key, value=value, head=head)


def _place(numbers: Sequence[int]) -> Place:
    partition, position, number = numbers
    return partition, position, number


def _columns(records: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    return as_columns(records) if records else [[] for _ in range(width)]


def as_columns(records: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Records (at least one) as columns, for unnest."""
    return [list(column) for column in zip(*records, strict=True)]
