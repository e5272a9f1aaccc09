"""Store and archive in PostgreSQL: dossiers, verdicts and outputs of a hub on Kafka, and what must still be published.

A batch is one statement: it moves the positions by compare-and-set, writes all that the steps bring about, queues
what must be published and forgets what was; or it fails and has changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

from connectors import tables
from connectors.postgres import Postgres
from connectors.records import (
    ASIDE,
    OUT,
    OUTPUT,
    PUBLISHED,
    OutputRecord,
    Written,
    aside_values,
    columns,
    differing,
    moved_to,
    published_head,
    written,
)
from connectors.remembered import Remembered
from schemas.ijw_3_2.dossier.rows import Row, decoded
from streams.core.ports import (
    Backlog,
    Fenced,
    OutputHead,
    Positions,
    Progress,
    RelationKey,
    Step,
)

Place = tuple[int, int, int]
"""Partition and position of an entry of the log, and the number of one thing it brought about."""

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def arrays(table: Table, names: Sequence[str], first: int) -> str:
    """Parameters for unnest, numbered from `first` on: an array for each of these columns of a table."""
    types = (table.columns[name].type.compile(dialect=_DIALECT) for name in names)
    return ", ".join(f"${number}::{type}[]" for number, type in enumerate(types, first))


# The division fails, and with it the whole statement, when a partition was not where it was expected.
_COMMIT = f"""
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
), events_queued AS (
  INSERT INTO outbox (partition, position, number, id, topic, key, value)
  SELECT * FROM unnest($12::int[], $13::bigint[], $14::int[], $15::text[], $16::text[], $17::text[], $18::bytea[])
), published AS (
  DELETE FROM outbox o USING unnest($19::int[], $20::bigint[], $21::int[]) AS d(partition, position, number)
  WHERE o.partition = d.partition AND (o.position, o.number) <= (d.position, d.number)
), set_aside AS (
  INSERT INTO aside ({columns(ASIDE)}) SELECT * FROM unnest({arrays(tables.aside, ASIDE, 22)})
  ON CONFLICT DO NOTHING
), offered AS (
  SELECT * FROM unnest({arrays(tables.output, OUTPUT, 22 + len(ASIDE))}) AS o({columns(OUTPUT)})
), outputs AS (
  INSERT INTO output ({columns(OUTPUT)}) SELECT * FROM offered
), outputs_queued AS (
  INSERT INTO outbox (partition, position, number, id, topic, key)
  SELECT partition, position, number, id, 'out', receiver FROM offered
)
SELECT 1 / (CASE WHEN (SELECT count(*) FROM moved) = cardinality($1::int[]) THEN 1 ELSE 0 END)
"""

_GIVE_UP = f"""
WITH given_up AS (
  UPDATE output SET undeliverable_at = $2, reason = $3 WHERE id = $1 AND undeliverable_at IS NULL RETURNING 1
), told AS (
  INSERT INTO output ({columns(OUTPUT)}) SELECT t.* FROM unnest({arrays(tables.output, OUTPUT, 4)}) t, given_up
  ON CONFLICT DO NOTHING
)
SELECT count(*) FROM given_up
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


class PostgresStore(Remembered):
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
            *_columns([record for record in made.outbox if record[4] != OUT], 7),
            *_columns(list(published), 3),
            *_columns([aside_values(one) for one in made.aside], len(ASIDE)),
            *_columns(made.outputs, len(OUTPUT)),
        )
        try:
            await self._database.fetch(_COMMIT, *values)
        except Fenced as fenced:
            raise Fenced(differing(expected, steps)) from fenced

    async def _give_up(self, id: str, at: datetime, reason: str, told: Sequence[OutputRecord]) -> bool:
        ((changed,),) = await self._database.fetch(_GIVE_UP, id, at, reason, *_columns(told, len(OUTPUT)))
        return bool(changed)

    # --- outbox ------------------------------------------------------------------------------------

    async def unpublished(self, partitions: Collection[int], after: Place, limit: int = 20) -> tuple[Publication, ...]:
        """What the outbox holds for these partitions beyond a place, in the order of publishing."""
        found = await self._database.fetch(
            f"SELECT b.partition, b.position, b.number, b.id, b.topic, b.key, coalesce(b.value, o.body), "
            f"{columns(PUBLISHED, 'o.')} FROM outbox b LEFT JOIN output o ON o.id = b.id AND b.topic = $2 "
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

    # --- statements that are the same in every database --------------------------------------------

    async def _ask(self, statement: str, *values: object) -> list[Any]:
        return await self._database.fetch(statement, *values)

    async def _note(self, statement: str, *values: object) -> int:
        return await self._database.changed(statement, *values)


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
    made.outputs = [o._replace(body=bodies[o.envelope_id]) if o.body is None else o for o in made.outputs]
    return made


def publications(made: Written) -> list[Publication]:
    """What a batch puts into the outbox, ready to be published."""
    outputs = {output.id: output for output in made.outputs}
    found = []
    for *place, id, topic, key, value in made.outbox:
        output = outputs[id] if topic == OUT else None
        body = value if output is None else output.body
        assert body is not None
        head = None if output is None else published_head([getattr(output, name) for name in PUBLISHED])
        found.append(Publication(place=_place(place), id=id, topic=topic, key=key, value=body, head=head))
    return found


def _publication(values: Sequence[Any]) -> Publication:
    *place, id, topic, key, value = tuple(values)[:7]
    head = published_head(tuple(values)[7:]) if topic == OUT else None
    return Publication(place=_place(place), id=id, topic=topic, key=key, value=value, head=head)


def _place(numbers: Sequence[int]) -> Place:
    partition, position, number = numbers
    return partition, position, number


def _columns(records: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    return as_columns(records) if records else [[] for _ in range(width)]


def as_columns(records: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Records (at least one) as columns, for unnest."""
    return [list(column) for column in zip(*records, strict=True)]
