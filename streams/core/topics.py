"""The topics on Kafka, declared once: the broker's settings, the AsyncAPI document and the code all start here."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

LARGEST = 27_262_976
"""Bytes of the largest record: a message of 25 MB that cannot be compressed, with its headers."""

DAY = 24 * 60 * 60 * 1000
"""Milliseconds."""


class Topic(Struct, frozen=True, kw_only=True):
    """A topic of the hub.

    name        without the prefix of the installation (`ijw.` by default).
    key         what its records are keyed by: records of one key are in one partition, in order.
    partitions  how many; workers beyond that number have nothing to do. May be raised only while `in` is empty:
                a relation must stay in its partition.
    retention   milliseconds that a record is kept.
    stamped     whether the broker dates its records. It refuses those that a party's clock dates an hour ahead, and
                would soon delete those that it dates long ago.
    """

    name: str
    key: str
    partitions: int
    retention: int
    about: str
    stamped: bool = False

    def config(self) -> dict[str, str]:
        """The settings of the topic on the broker."""
        return {
            "cleanup.policy": "delete",
            "retention.ms": str(self.retention),
            "max.message.bytes": str(LARGEST),
            "compression.type": "producer",
            **({"message.timestamp.type": "LogAppendTime"} if self.stamped else {}),
        }


IN = Topic(
    name="in",
    key="relation, such as 0392:65656001",
    partitions=12,
    retention=90 * DAY,
    about="Every message as it was taken in: the log. A receipt is given when the message stands here.",
)
OUT = Topic(
    name="out",
    key="receiver: the id of a party",
    partitions=12,
    retention=30 * DAY,
    about="What goes to parties: messages passed on, answers and faults. An id may come twice.",
)
EVENTS = Topic(
    name="events",
    key="pseudonym of the client, or the relation",
    partitions=12,
    retention=400 * DAY,
    about="What happened, as CloudEvents without a person in them. An event may come twice, in order by its place.",
)
QUARANTINE = Topic(
    name="quarantine",
    key="the key of the record that could not be folded",
    partitions=1,
    retention=90 * DAY,
    about="Events that a monitor could not fold, with the reason. Messages set aside stand in the database.",
)
TOPICS = (IN, OUT, EVENTS, QUARANTINE)


def party_topics(party: str) -> tuple[Topic, Topic]:
    """The topics over which a party (its id) with delivery `kafka` sends to the hub, and receives from it."""
    sent, received = (
        "Messages that this party sends, one a record.",
        "What is for this party: messages, answers, faults.",
    )
    return _party_topic(f"party.{party}.in", sent), _party_topic(f"party.{party}.out", received)


def _party_topic(name: str, about: str) -> Topic:
    return Topic(
        name=name, key="free: there is one partition", partitions=1, retention=30 * DAY, about=about, stamped=True
    )


Operation = Literal["Read", "Write", "DescribeConfigs"]
Resource = Literal["topic", "group"]


class Grant(Struct, frozen=True, kw_only=True):
    """A permission on the broker. Nobody may do what no grant says: a Kafka with an authorizer denies by default.

    principal  as the broker knows it, such as User:haarlem.
    operation  as Kafka's own tool spells it. Who may read or write may also describe.
    name       of the topic or group; `prefixed` when it is the beginning of many.
    """

    principal: str
    operation: Operation
    kind: Resource
    name: str
    prefixed: bool = False


def party_groups(party: str) -> str:
    """What the names of a party's own consumer groups begin with; the hub's group for its topic is not among them."""
    return f"party.{party}."


def hub_grants(prefix: str, principal: str) -> tuple[Grant, ...]:
    """What a hub may do on the broker: use its topics and groups. Making topics is left to an administrator."""
    kinds: tuple[tuple[Operation, Resource], ...] = (
        ("Read", "topic"),
        ("Write", "topic"),
        ("DescribeConfigs", "topic"),
        ("Read", "group"),
    )
    return tuple(
        Grant(principal=principal, operation=operation, kind=kind, name=prefix, prefixed=True)
        for operation, kind in kinds
    )


def party_grants(prefix: str, principal: str, party: str) -> tuple[Grant, ...]:
    """What a party (its id) may do on the broker: write what it sends, read what it gets, with groups of its own."""
    sent, received = (f"{prefix}{topic.name}" for topic in party_topics(party))
    groups = f"{prefix}{party_groups(party)}"
    return (
        Grant(principal=principal, operation="Write", kind="topic", name=sent),
        Grant(principal=principal, operation="Read", kind="topic", name=received),
        Grant(principal=principal, operation="Read", kind="group", name=groups, prefixed=True),
    )
