"""Our records on Kafka: what is key, value and header of an envelope, an output, an event."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.kafka_client import KafkaConnection
from connectors.kafka_producer import Record
from connectors.postgres_store import Publication
from connectors.records import ENVELOPE
from streams.core.envelope import Envelope
from streams.core.ports import Entry, OutputHead
from streams.core.topics import IN, QUARANTINE, TOPICS

_NAMES = {topic.name: topic for topic in TOPICS}
_UNREADABLE = uuid.UUID("0d4c1d5e-6c0b-5f9b-8f53-1c9d3f4a7f10")

LATEST = 253_402_300_799_000
"""Milliseconds: the end of the year 9999."""
Headers = Sequence[tuple[str, bytes | None]]


def envelope_record(connection: KafkaConnection, envelope: Envelope) -> Record:
    """An envelope as a record of `in`: its bytes, and what the transport knows of them as headers."""
    known = ((name, getattr(envelope, name)) for name in ENVELOPE)
    headers = [(name, _text(value)) for name, value in known if value is not None]
    return Record(topic=connection.topic(IN), key=envelope.relation, value=envelope.body, headers=headers)


def entry_of(record: Any) -> Entry:
    """An entry of the log from a consumed record; what is no envelope says so in `unreadable`."""
    known = texts(record.headers)
    body = record.value or b""
    try:
        received_at = datetime.fromisoformat(known["received_at"])
        values: dict[str, Any] = {name: known[name] for name in ENVELOPE if name in known or name != "software"}
        values["received_at"] = received_at
        usable = received_at.tzinfo is not None and str(uuid.UUID(values["id"])) == values["id"]
        if not usable or "\0" in "".join(known.values()):
            raise ValueError("of another kind than this hub writes")
        return Entry(record.offset + 1, Envelope(**values, body=body), record.partition)
    except (KeyError, ValueError) as error:
        reason = f"a record in the log is no envelope: {type(error).__name__} in its headers"
        return Entry(record.offset + 1, _unreadable(record, body), record.partition, reason)


def _unreadable(record: Any, body: bytes) -> Envelope:
    """An envelope around what was found, with an id made from its place: the same again when it is read again."""
    place = f"{record.topic} {record.partition} {record.offset}"
    return Envelope(
        id=str(uuid.uuid5(_UNREADABLE, place)),
        received_at=datetime.fromtimestamp(min(max(record.timestamp, 0), LATEST) / 1000, UTC),
        source="kafka",
        party="unknown",
        reference=place,
        bericht="unknown",
        relation="unknown",
        receiver="unknown",
        body=body,
    )


def publication_record(connection: KafkaConnection, publication: Publication) -> Record:
    """Something from the outbox as a record. `place` tells readers what comes twice, and what was first."""
    partition, position, number = publication.place
    head = publication.head
    headers = [("id", publication.id.encode())] if head is None else output_headers(head)
    headers.append(("place", f"{partition}.{position}.{number}".encode()))
    topic = connection.topic(_NAMES[publication.topic])
    return Record(topic=topic, key=publication.key, value=publication.value, headers=headers)


def quarantine_record(connection: KafkaConnection, record: Any, reason: str) -> Record:
    """A record that could not be handled, with the reason and where it stands."""
    where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
    headers = [("reason", _text(reason)), *((name, _text(value)) for name, value in where.items())]
    key = (record.key or b"").decode("utf-8", "replace")
    return Record(topic=connection.topic(QUARANTINE), key=key, value=record.value or b"", headers=headers)


def place_of(headers: Headers) -> tuple[int, int, int] | None:
    """The place in a record's headers; None when there is none that can be read."""
    try:
        partition, position, number = map(int, texts(headers).get("place", "").split("."))
    except ValueError:
        return None
    return partition, position, number


def texts(headers: Headers) -> dict[str, str]:
    """Headers as texts, whatever others put into them."""
    return {name: (value or b"").decode("utf-8", "replace") for name, value in headers}


def output_headers(head: OutputHead) -> list[tuple[str, bytes]]:
    """What is known of an output, as headers."""
    headers = [
        ("id", head.id.encode()),
        ("envelope_id", head.envelope_id.encode()),
        ("receiver", head.receiver.encode()),
        ("kind", head.kind.encode()),
        ("copy", b"True" if head.copy else b"False"),
        ("created_at", head.created_at.isoformat().encode()),
    ]
    return headers if head.bericht is None else [*headers, ("bericht", head.bericht.encode())]


def _text(value: object) -> bytes:
    return (value.isoformat() if isinstance(value, datetime) else str(value)).encode()
