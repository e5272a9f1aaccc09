"""What must be true after a fault test: everything once, as a hub that was left alone says it, and in order."""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from connectors.kafka_client import KafkaConnection
from connectors.kafka_records import place_of
from connectors.sqlite_store import SqliteStore
from monitoring.metrics import Metrics
from schemas.ijw_3_2.reading import Schemas
from streams.core.envelope import Envelope
from streams.core.exchange import Exchange
from streams.core.parties import Directory
from streams.core.topics import EVENTS, IN, LARGEST, OUT, Topic
from streams.hub.deciding import Decider
from streams.hub.worker import Worker

_DAY = re.compile(rb"(Dagtekening>)\d{4}-\d\d-\d\d")
Table = dict[Any, Any]


@dataclass(frozen=True, kw_only=True)
class Held:
    """What a hub holds at the end, without moments and places, which differ from run to run."""

    verdicts: Table
    dossier: Table
    outputs: Table
    set_aside: Table
    events: Table


@dataclass(frozen=True, kw_only=True)
class Published:
    """A record of a topic."""

    partition: int
    offset: int
    id: str
    place: tuple[int, int, int] | None
    key: str
    value: bytes


# --- a hub that is left alone ----------------------------------------------------------------------


async def embedded(path: Path, directory: Directory, envelopes: Sequence[Envelope], key: bytes) -> Held:
    """What an embedded hub makes of the same messages, without any interruption."""
    store = SqliteStore(path)
    for start in range(0, len(envelopes), 500):
        await store.append(envelopes[start : start + 500])
    decider = Decider(Exchange(Schemas(), directory), store, lambda: datetime.now(UTC), Metrics(), key)
    worker = Worker(decider, store, store, Metrics())
    while await worker.process_batch():
        pass
    await store.close()
    with closing(sqlite3.connect(path)) as db:
        events = {id: event(value) for id, value in db.execute("SELECT id, value FROM outbox")}
        output = "SELECT o.id, o.receiver, o.kind, o.bericht, o.copy, coalesce(o.body, l.body) FROM output o "
        return Held(
            verdicts=_table(db.execute("SELECT envelope_id, judged, reason FROM verdict")),
            dossier=_table(((r, k), row) for r, k, row in db.execute("SELECT relation, key, row FROM dossier")),
            outputs=_outputs(db.execute(output + "LEFT JOIN log l ON l.id = o.envelope_id")),
            set_aside=_table(db.execute("SELECT id, reason, body FROM aside")),
            events=events,
        )


def event(value: bytes) -> Any:
    """An event without the moment of the decision, which an answer by the hub has in its data too."""
    found = msgspec.json.decode(value)
    found.pop("time")
    found["data"].pop("at", None)
    return found


def _table(rows: Iterable[Sequence[Any]]) -> Table:
    return {key: tuple(rest) for key, *rest in rows}


def _outputs(rows: Iterable[Sequence[Any]]) -> Table:
    return {
        id: (receiver, kind, bericht, bool(copy), undated(body)) for id, receiver, kind, bericht, copy, body in rows
    }


def undated(body: bytes) -> bytes:
    """A message without the day it was made: a run may last beyond midnight."""
    return _DAY.sub(rb"\1", bytes(body))


# --- the hub under fire ----------------------------------------------------------------------------


async def held(url: str, events: Sequence[Published]) -> Held:
    """What the hub on PostgreSQL holds; of its events what was published, for nothing else is left of them."""
    db = await asyncpg.connect(url)
    try:
        dossier = await db.fetch("SELECT relation, key, row FROM dossier")
        return Held(
            verdicts=_table(await db.fetch("SELECT envelope_id, judged, reason FROM verdict")),
            dossier=_table(((r, k), row) for r, k, row in dossier),
            outputs=_outputs(await db.fetch("SELECT id, receiver, kind, bericht, copy, body FROM output")),
            set_aside=_table(await db.fetch("SELECT id, reason, body FROM aside")),
            events={one.id: event(one.value) for one in events},
        )
    finally:
        await db.close()


async def read(connection: KafkaConnection, topic: Topic) -> list[Published]:
    """All records of a topic from its beginning, in the order of each partition."""
    options = {"auto_offset_reset": "earliest", "max_partition_fetch_bytes": LARGEST, "enable_auto_commit": False}
    consumer = AIOKafkaConsumer(**connection.options(), **options)
    await consumer.start()
    try:
        places = [TopicPartition(connection.topic(topic), number) for number in range(topic.partitions)]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        found: list[Published] = []
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += map(_published, records)
    finally:
        await consumer.stop()
    return sorted(found, key=lambda one: (one.partition, one.offset))


def _published(record: Any) -> Published:
    return Published(
        partition=record.partition,
        offset=record.offset,
        id=dict(record.headers)["id"].decode(),
        place=place_of(record.headers),
        key=record.key.decode(),
        value=record.value,
    )


# --- the checks ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All that the checks look at.

    sent      the ids of each relation, as its partner sent them.
    receipts  where the hub says that each of them stands in the log.
    behind    the partitions that are not processed to their end, and how far they are short of it.
    """

    sent: Mapping[str, Sequence[str]]
    alone: Held
    fired: Held
    log: Sequence[Published]
    out: Sequence[Published]
    events: Sequence[Published]
    receipts: Mapping[str, tuple[int | None, int | None]]
    outbox: int
    behind: Mapping[int, int]


async def evidence(url: str, connection: KafkaConnection, sent: Mapping[str, Sequence[str]], alone: Held) -> Evidence:
    """Gather what the hub under fire left behind."""
    log, out, events = [await read(connection, topic) for topic in (IN, OUT, EVENTS)]
    db = await asyncpg.connect(url)
    try:
        positions = dict(await db.fetch("SELECT partition, position FROM progress"))
        receipts = {id: (p, at) for id, p, at in await db.fetch("SELECT id, partition, position FROM log")}
        outbox = await db.fetchval("SELECT count(*) FROM outbox")
    finally:
        await db.close()
    ends = {one.partition: one.offset + 1 for one in log}
    behind = {p: end - positions.get(p, 0) for p, end in ends.items() if positions.get(p, 0) != end}
    fired = await held(url, first_ones(events))
    return Evidence(
        sent=sent,
        alone=alone,
        fired=fired,
        log=log,
        out=out,
        events=events,
        receipts=receipts,
        outbox=outbox,
        behind=behind,
    )


def faults(seen: Evidence) -> list[str]:
    """Everything that is not as it must be; empty when all is well."""
    return [*_verdict_faults(seen), *_held_faults(seen), *_out_faults(seen), *_event_faults(seen), *_log_faults(seen)]


def _verdict_faults(seen: Evidence) -> Iterator[str]:
    sent = {id for ids in seen.sent.values() for id in ids}
    yield from _some("messages were lost: they have no verdict", sent - seen.fired.verdicts.keys())
    yield from _some("verdicts are on nothing that was sent", seen.fired.verdicts.keys() - sent)
    yield from _differences("verdicts", seen.alone.verdicts, seen.fired.verdicts)


def _held_faults(seen: Evidence) -> Iterator[str]:
    yield from _differences("rows of dossiers", seen.alone.dossier, seen.fired.dossier)
    yield from _differences("outputs", seen.alone.outputs, seen.fired.outputs)
    yield from _differences("messages set aside", seen.alone.set_aside, seen.fired.set_aside)
    if seen.outbox:
        yield f"{seen.outbox} publications are left in the outbox, expected none"
    if seen.behind:
        yield f"partitions are not processed to their end (partition: entries short of it): {dict(seen.behind)}"


def _out_faults(seen: Evidence) -> Iterator[str]:
    published = {one.id: (one.key, undated(one.value)) for one in first_ones(seen.out)}
    decided = {id: (receiver, body) for id, (receiver, _, _, _, body) in seen.fired.outputs.items()}
    yield from _differences("outputs in the topic out, beside the table,", decided, published)
    yield from _unequal_doubles("out", seen.out)
    yield from _disorder("out", seen.out)
    yield from _out_of_sending_order(seen)


def _event_faults(seen: Evidence) -> Iterator[str]:
    yield from _differences("events", seen.alone.events, seen.fired.events)
    yield from _unequal_doubles("events", seen.events)
    yield from _disorder("events", seen.events)


def _log_faults(seen: Evidence) -> Iterator[str]:
    logged: dict[str, list[str]] = defaultdict(list)
    for one in first_ones(seen.log):
        logged[one.key].append(one.id)
    wrong = [relation for relation, ids in seen.sent.items() if logged[relation] != list(ids)]
    yield from _some("relations stand in the log in another order than they were sent", wrong)
    stands = {(one.id, one.partition, one.offset + 1) for one in seen.log}
    wrong = [id for ids in seen.sent.values() for id in ids if (id, *seen.receipts.get(id, ())) not in stands]
    yield from _some("messages do not stand where the hub says that they do", wrong)


def _out_of_sending_order(seen: Evidence) -> Iterator[str]:
    """Of each relation and each partition of out, the outputs must come as their messages were sent."""
    turn = {id: (relation, number) for relation, ids in seen.sent.items() for number, id in enumerate(ids)}
    reached: dict[tuple[str, int], int] = {}
    wrong = []
    for one in first_ones(seen.out):
        relation, number = turn.get(one.id.rpartition(".")[0], ("", 0))
        if number < reached.get((relation, one.partition), 0):
            wrong.append(one.id)
        reached[relation, one.partition] = number
    yield from _some("outputs come in another order than their messages were sent", wrong)


def first_ones(records: Iterable[Published]) -> list[Published]:
    """Without the doubles: of each id its first record."""
    found: dict[str, Published] = {}
    for one in records:
        found.setdefault(one.id, one)
    return list(found.values())


def doubles(records: Sequence[Published]) -> int:
    return len(records) - len({one.id for one in records})


def _unequal_doubles(topic: str, records: Sequence[Published]) -> Iterator[str]:
    first = {one.id: one for one in first_ones(records)}
    wrong = {one.id for one in records if (one.value, one.place) != (first[one.id].value, first[one.id].place)}
    yield from _some(f"ids come twice in {topic} with other bytes or another place", wrong)


def _disorder(topic: str, records: Sequence[Published]) -> Iterator[str]:
    """Within one partition of a topic, what comes from one partition of the log must come in its order."""
    reached: dict[tuple[int, int], tuple[int, int, int]] = {}
    wrong = []
    for one in first_ones(records):
        if one.place is None:
            yield f"{one.id} in {topic} has no place in its headers"
            continue
        way = (one.partition, one.place[0])
        if one.place <= reached.get(way, (-1, 0, 0)):
            wrong.append(one.id)
        reached[way] = one.place
    yield from _some(f"records of {topic} come after what has a later place", wrong)


def _differences(what: str, expected: Table, found: Table) -> Iterator[str]:
    yield from _some(f"{what} are lost", expected.keys() - found.keys())
    yield from _some(f"{what} are too many", found.keys() - expected.keys())
    yield from _some(f"{what} differ", [key for key in expected.keys() & found.keys() if expected[key] != found[key]])


def _some(what: str, wrong: Iterable[Any]) -> Iterator[str]:
    found = sorted(wrong)
    if found:
        yield f"{len(found)} {what}, such as {found[:3]}"
