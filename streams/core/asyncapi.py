"""The topics described for people and machines that have no Python: an AsyncAPI 3.0 document. Pure.

Made from the declaration of topics and from the structures that travel, so that nothing is written down twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from streams.core.envelope import Envelope
from streams.core.event_schemas import ABOUT, components
from streams.core.topics import EVENTS, IN, OUT, QUARANTINE, TOPICS, Topic, party_topics

Document = dict[str, Any]

SENT, RECEIVED = party_topics("{party}")
"""The topics of a party, whichever it is."""

BINDING = {"bindingVersion": "0.5.0"}
_EVENTS, _EVENT_SCHEMAS = components()
_CHANNELS = {
    IN: "in",
    OUT: "out",
    EVENTS: "events",
    QUARANTINE: "quarantine",
    SENT: "partySends",
    RECEIVED: "partyGets",
}


class Message(Struct, frozen=True, kw_only=True):
    """What a record on a topic is. `headers` are all text; those that are `optional` may lack."""

    name: str
    title: str
    content: str
    payload: Document
    headers: Sequence[str] = ()
    optional: Sequence[str] = ()


class Operation(Struct, frozen=True, kw_only=True):
    """What the hub does on a topic."""

    name: str
    action: Literal["send", "receive"]
    topic: Topic
    summary: str


_XML: Document = {"type": "string", "format": "binary", "description": "A message of iJw 3.2, byte for byte as sent."}
_PROBLEM: Document = {
    "type": "object",
    "description": "Problem details (RFC 9457): what was refused, why, and what to do. The texts are Dutch or English.",
    "properties": {"type": {"type": "string"}, "title": {"type": "string"}, "detail": {"type": "string"}},
    "required": ["type", "title"],
}
_ENVELOPE = tuple(name for name in Envelope.__struct_fields__ if name not in ("body", "software"))
_HEAD = ("id", "envelope_id", "receiver", "kind", "bericht", "copy", "created_at")
_PARTY = ("reference", "bericht", "versie", "afzender", "ontvanger", "antwoord_op")
"""What a party and the hub tell each other of a message (adapters/kafka_direct.py)."""
_ALWAYS = tuple(name for name in _HEAD if name != "bericht")

_MESSAGES: Mapping[Topic, tuple[Message, ...]] = {
    IN: (
        Message(
            name="envelope",
            title="A message as it was taken in",
            content="application/xml",
            payload=_XML,
            headers=_ENVELOPE,
            optional=("software",),
        ),
    ),
    OUT: (
        Message(
            name="output",
            title="A message passed on, or an answer (kind is bericht or antwoord)",
            content="application/xml",
            payload=_XML,
            headers=(*_HEAD, "place"),
        ),
        Message(
            name="fault",
            title="A fault, for the sender of what could not be answered with a message (kind is fout)",
            content="application/problem+json",
            payload=_PROBLEM,
            headers=(*_ALWAYS, "place"),
            optional=("bericht",),
        ),
    ),
    EVENTS: tuple(
        Message(
            name=what,
            title=ABOUT[what],
            content="application/cloudevents+json",
            payload=payload,
            headers=("id", "place"),
        )
        for what, payload in _EVENTS.items()
    ),
    QUARANTINE: (
        Message(
            name="quarantined",
            title="A record that could not be handled, whole, and where it stands",
            content="application/octet-stream",
            payload={"type": "string", "format": "binary", "description": "Any bytes. They may be personal data."},
            headers=("reason", "topic", "partition", "offset"),
        ),
    ),
    SENT: (
        Message(
            name="sent",
            title="A message that a party sends; `reference` is its own number for this delivery",
            content="application/xml",
            payload=_XML,
            optional=_PARTY,
        ),
        Message(
            name="refusal",
            title="A fault of a party about what it received (kind is fout); `reference` in it is that of the message",
            content="application/problem+json",
            payload=_PROBLEM,
            headers=("kind",),
            optional=("id",),
        ),
    ),
    RECEIVED: (
        Message(
            name="received",
            title="A message or an answer for a party (kind is bericht or antwoord); one id may come twice",
            content="application/xml",
            payload=_XML,
            headers=(*_HEAD, *(name for name in _PARTY if name not in ("bericht", "antwoord_op"))),
            optional=("antwoord_op",),
        ),
        Message(
            name="refused",
            title="A fault for a party (kind is fout); `reference` names the delivery that was not taken in",
            content="application/problem+json",
            payload=_PROBLEM,
            headers=("kind",),
            optional=(*(name for name in _HEAD if name != "kind"), "reference"),
        ),
    ),
}

_OPERATIONS = (
    Operation(name="takeIn", action="send", topic=IN, summary="Intake appends a message, and then gives its receipt."),
    Operation(name="decide", action="receive", topic=IN, summary="The exchange decides, a relation at a time."),
    Operation(name="passOn", action="send", topic=OUT, summary="The exchange publishes what goes to parties."),
    Operation(name="deliver", action="receive", topic=OUT, summary="Delivery looks after the parties that it is for."),
    Operation(name="tell", action="send", topic=EVENTS, summary="The exchange publishes what happened."),
    Operation(name="watch", action="receive", topic=EVENTS, summary="Monitors fold what happened."),
    Operation(name="setAside", action="send", topic=QUARANTINE, summary="Set aside, for whoever watches the hub."),
    Operation(name="receiveFromParty", action="receive", topic=SENT, summary="Intake takes in what a party sends."),
    Operation(name="sendToParty", action="send", topic=RECEIVED, summary="Delivery hands a party what is for it."),
)


def document(version: str) -> Document:
    """The document of a hub of this version."""
    return {
        "asyncapi": "3.0.0",
        "info": _info(version),
        "defaultContentType": "application/xml",
        "servers": _servers(),
        "channels": {_CHANNELS[topic]: _channel(topic) for topic in (*TOPICS, SENT, RECEIVED)},
        "operations": {one.name: _operation(one) for one in _OPERATIONS},
        "components": _components(),
    }


def _info(version: str) -> Document:
    return {
        "title": "ijwhub on Kafka",
        "version": version,
        "description": (
            "The topics of a hub for Dutch youth-care messages (iJw 3.2). Parties use partySends and partyGets only; "
            "the others are of the hub itself. Made by `make generate` from streams/core/topics.py: do not edit."
        ),
        "license": {"name": "EUPL-1.2"},
    }


def _servers() -> Document:
    host = {"host": "{servers}", "variables": {"servers": {"description": "As in IJWHUB_KAFKA.", "default": _LOCAL}}}
    secured = [_ref("securitySchemes", name) for name in _SECURITY]
    return {
        "secured": {**host, "protocol": "kafka-secure", "description": "With TLS.", "security": secured},
        "local": {**host, "protocol": "kafka", "description": "On one machine, without TLS."},
    }


_LOCAL = "127.0.0.1:9092"
_SECURITY: Document = {
    "scram": {"type": "scramSha512", "description": "A username and a password (IJWHUB_KAFKA_SECURITY is SASL_SSL)."},
    "certificate": {"type": "X509", "description": "Mutual TLS (IJWHUB_KAFKA_SECURITY is SSL)."},
}


def _channel(topic: Topic) -> Document:
    made: Document = {
        "address": "{prefix}" + topic.name,
        "description": topic.about,
        "messages": {one.name: _ref("messages", one.name) for one in _MESSAGES[topic]},
        "parameters": {"prefix": _ref("parameters", "prefix")},
        "bindings": {"kafka": _channel_binding(topic)},
    }
    if "{party}" in topic.name:
        made["parameters"]["party"] = _ref("parameters", "party")
    return made


def _channel_binding(topic: Topic) -> Document:
    settings = topic.config()
    configuration = {
        "cleanup.policy": settings["cleanup.policy"].split(","),
        "retention.ms": int(settings["retention.ms"]),
        "max.message.bytes": int(settings["max.message.bytes"]),
    }
    return {"partitions": topic.partitions, "topicConfiguration": configuration, **BINDING}


def _operation(one: Operation) -> Document:
    channel = _CHANNELS[one.topic]
    return {
        "action": one.action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": one.summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{of.name}"} for of in _MESSAGES[one.topic]],
    }


def _components() -> Document:
    keyed = [(message, topic.key) for topic, messages in _MESSAGES.items() for message in messages]
    return {
        "messages": {message.name: _message(message, key) for message, key in keyed},
        "schemas": dict(_EVENT_SCHEMAS),
        "parameters": {
            "prefix": {"description": "What the names of this hub's topics start with.", "default": "ijw."},
            "party": {"description": "The id of a party with delivery kafka, as in the file of parties."},
        },
        "securitySchemes": _SECURITY,
    }


def _message(one: Message, key: str) -> Document:
    names = (*one.headers, *one.optional)
    headers: Document = {"type": "object", "properties": {name: {"type": "string"} for name in names}}
    if one.headers:
        headers["required"] = list(one.headers)
    return {
        "name": one.name,
        "title": one.title,
        "contentType": one.content,
        "headers": headers,
        "payload": one.payload,
        "bindings": {"kafka": {"key": {"type": "string", "description": key}, **BINDING}},
    }


def _ref(kind: str, name: str) -> Document:
    return {"$ref": f"#/components/{kind}/{name}"}
