"""Events as the relay publishes them, and what they should come to: made simply, and apart from the code under test."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer

from connectors.kafka_client import KafkaConnection
from connectors.kafka_producer import Record
from connectors.kafka_records import place_of
from streams.core.effects import Outcome
from streams.core.events import DECIDED, SOURCE, CloudEvent, Decided, event_of
from streams.core.topics import EVENTS

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
GEMEENTEN = [f"{number:04}" for number in range(300, 330)]
AANBIEDERS = [f"656560{number:02}" for number in range(30)]
ANSWERED = {"JW301": "JW302", "JW305": "JW306", "JW307": "JW308", "JW323": "JW325"}
RULES = ["TR018", "TR056", "TR304", "CS050"]
OUTCOMES: list[Outcome] = ["accepted", "accepted", "accepted", "refused", "partly", "quarantined"]

Place = tuple[int, int, int]
Sums = dict[str, dict[str, Any]]


def event(place: Place, chance: random.Random) -> CloudEvent:
    """An event of a made-up message, which may wait for an answer or be one."""
    gemeente, aanbieder = chance.choice(GEMEENTEN), chance.choice(AANBIEDERS)
    sender, receiver = chance.sample([gemeente, aanbieder], 2)
    answered = chance.choice(list(ANSWERED))
    answers = chance.random() < 0.4
    outcome: Outcome = "accepted" if answers else chance.choice(OUTCOMES)
    return CloudEvent(
        id=".".join(map(str, place)),
        source=SOURCE,
        type=DECIDED,
        time=NOW,
        subject=f"{chance.getrandbits(16):032x}",
        data=Decided(
            relation=f"{gemeente}:{aanbieder}",
            bericht=ANSWERED[answered] if answers else answered,
            afzender=sender,
            ontvanger=receiver,
            outcome=outcome,
            level=None if outcome == "accepted" else 3,
            rules=() if outcome == "accepted" else tuple(chance.sample(RULES, chance.randint(1, 2))),
            received_at=NOW,
            awaits=not answers and chance.random() < 0.5,
            answers=answered if answers else None,
        ),
        specversion="1.0",
        datacontenttype="application/json",
    )


def published(log: int, count: int, chance: random.Random, doubles: float = 0.2) -> Iterator[tuple[Place, CloudEvent]]:
    """The events of one partition of the log, as they come: now and then some of the last ones come again."""
    before: list[tuple[Place, CloudEvent]] = []
    for number in range(count):
        place = (log, 1 + number // 2, number % 2)
        before.append((place, event(place, chance)))
        yield before[-1]
        if chance.random() < doubles / 3:
            back = chance.randint(1, min(len(before), 30))
            yield from before[-back : len(before) - back + chance.randint(1, 5)]


def record(connection: KafkaConnection, place: Place, made: CloudEvent) -> Record:
    """An event as the relay produces it."""
    headers = [("id", made.id.encode()), ("place", ".".join(map(str, place)).encode())]
    return Record(topic=connection.topic(EVENTS), key=made.subject, value=msgspec.json.encode(made), headers=headers)


def spoilt(connection: KafkaConnection, place: Place, key: str = "spoilt") -> Record:
    """A record at a place in the log that is no event."""
    headers = [("id", b"x"), ("place", ".".join(map(str, place)).encode())]
    return Record(topic=connection.topic(EVENTS), key=key, value=b'{"bsn":"999900006"', headers=headers)


def sums(events: Iterable[CloudEvent]) -> Sums:
    """What events that are each there once come to, as the page /state tells it."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for one in (made.data for made in events):
        sent = found.setdefault((one.afzender, one.bericht), Counter())
        sent.update(["messages", f"outcome {one.outcome}", *(f"rule {rule}" for rule in one.rules)])
        if one.awaits:
            found.setdefault((one.ontvanger, one.bericht), Counter())["open"] += 1
        if one.answers:
            found.setdefault((one.afzender, one.answers), Counter())["open"] -= 1
    made: Sums = {}
    for (party, bericht), counts in sorted(found.items()):
        made.setdefault(party, {})[bericht] = {
            "messages": counts["messages"],
            "outcomes": _named(counts, "outcome "),
            "refusals": _named(counts, "rule "),
            "open": counts["open"],
        }
    return made


def _named(counts: Counter[str], prefix: str) -> dict[str, int]:
    return {name.removeprefix(prefix): count for name, count in sorted(counts.items()) if name.startswith(prefix)}


async def everything(connection: KafkaConnection) -> list[Any]:
    """All records of the events, read from their beginning up to where they end now."""
    topic = connection.topic(EVENTS)
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


def clean_fold(records: Sequence[Any]) -> Sums:
    """What a topic comes to: every place once, and what is no event left out."""
    once: dict[Place, CloudEvent] = {}
    for one in records:
        place = place_of(one.headers)
        if place is not None and place not in once:
            try:
                once[place] = event_of(one.value)
            except msgspec.DecodeError:
                continue
    return sums(once.values())
