"""Events as the relay publishes them, and what they should come to."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer

from connectors.kafka_client import KafkaConnection
from connectors.kafka_producer import Record
from connectors.kafka_records import place_of
from streams.core.events import CloudEvent, UnknownEvent, encoded, event_of
from streams.core.fold_ports import FoldStore
from streams.core.topics import EVENTS, Topic
from streams.hub.folding import FOLDS
from tests.support.monitors_story import Place, story

Kept = dict[str, dict[str, Any]]
"""The rows of every fold, by key."""


def published(log: int, count: int, chance: random.Random, doubles: float = 0.2) -> Iterator[tuple[Place, CloudEvent]]:
    """The events of one partition of the log, as they come: now and then some of the last ones come again."""
    before: list[tuple[Place, CloudEvent]] = []
    for one in islice(story(log, chance), count):
        before = [*before[-50:], one]
        yield one
        if chance.random() < doubles / 3:
            back = chance.randint(1, min(len(before), 30))
            yield from before[-back : len(before) - back + chance.randint(1, 5)]


def record(connection: KafkaConnection, place: Place, made: CloudEvent) -> Record:
    """An event as the relay produces it."""
    headers = [("id", made.id.encode()), ("place", ".".join(map(str, place)).encode())]
    return Record(topic=connection.topic(EVENTS), key=made.subject, value=encoded(made), headers=headers)


def spoilt(connection: KafkaConnection, place: Place, key: str = "spoilt") -> Record:
    """A record at a place in the log that is no event."""
    headers = [("id", b"x"), ("place", ".".join(map(str, place)).encode())]
    return Record(topic=connection.topic(EVENTS), key=key, value=b'{"bsn":"999900006"', headers=headers)


def folded(events: Iterable[CloudEvent]) -> Kept:
    """What events that are each there once come to: one after another, without batches, positions or a database."""
    kept: Kept = {fold.name: {} for fold in FOLDS}
    for one in events:
        for fold in FOLDS:
            kept[fold.name].update(fold.fold(one, kept[fold.name]))
    return kept


async def rows(store: FoldStore) -> Kept:
    """The rows of all folds as they are kept; fails when a key stands in two partitions."""
    kept: Kept = {}
    for fold in FOLDS:
        found = await store.fold_totals(fold.name)
        kept[fold.name] = {key: fold.decode(row) for key, row in found}
        assert len(kept[fold.name]) == len(found), f"{fold.name}: a key stands in two partitions"
    return kept


async def everything(connection: KafkaConnection, of: Topic = EVENTS) -> list[Any]:
    """All records of a topic, read from their beginning up to where they end now."""
    topic = connection.topic(of)
    consumer = AIOKafkaConsumer(topic, **connection.options(), auto_offset_reset="earliest")
    await consumer.start()
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        left = {place for place, end in ends.items() if end}
        found = []
        while left:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += records
            left = {place for place in left if await consumer.position(place) < ends[place]}
        return found
    finally:
        await consumer.stop()


def clean_fold(records: Sequence[Any]) -> Kept:
    """What a topic comes to: every place once, and what is no event left out."""
    once: dict[Place, CloudEvent] = {}
    for one in records:
        place = place_of(one.headers)
        if place is not None and place not in once:
            try:
                once[place] = event_of(one.value)
            except (msgspec.DecodeError, UnknownEvent):
                continue
    return folded(once.values())


def totals(kept: Kept) -> dict[str, Any]:
    """The rows as the page /state tells them."""
    return {fold.name: fold.totals(list(kept[fold.name].items())) for fold in FOLDS}
