"""The topics on a broker beside what is declared: what differs, and what may be done about it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from streams.core.topics import Topic

COPIES = 3
"""Of every topic, on a cluster with as many brokers."""


class Found(Struct, frozen=True, kw_only=True):
    """A topic as the broker has it.

    copies  of its partitions; the fewest that one of them has.
    used    whether it ever held a record; only known when it has fewer partitions than declared.
    """

    partitions: int
    copies: int
    settings: Mapping[str, str]
    used: bool = False


class Cluster(Struct, frozen=True, kw_only=True):
    """What the broker tells about the declared topics, by full name.

    closed  the topics about which it tells this hub nothing, with the permission that is lacking.
    """

    brokers: int
    topics: Mapping[str, Found]
    closed: Mapping[str, str]

    def copies(self, asked: int | None) -> int:
        """How many copies a topic should have: what is asked, or three where there are brokers enough."""
        return asked or max(1, min(COPIES, self.brokers))


class Difference(Struct, frozen=True, kw_only=True):
    """Something about a topic (its full name) that is not as declared."""

    topic: str

    @property
    def text(self) -> str:
        """What was found, and what was expected."""
        raise NotImplementedError

    @property
    def obstacle(self) -> str | None:
        """Why it is not mended by `apply` and what to do; None when it is."""
        return None

    @property
    def deed(self) -> str:
        """What was done to mend it. Only for those without an obstacle."""
        raise NotImplementedError


class Missing(Difference, frozen=True, kw_only=True):
    """There is no such topic."""

    partitions: int
    copies: int

    @property
    def text(self) -> str:
        """What was found, and what was expected (contract: Difference)."""
        return f"is not there; expected with {_counted(self.partitions, 'partition')}"

    @property
    def deed(self) -> str:
        """What was done to mend it (contract: Difference)."""
        return f"created with {_counted(self.partitions, 'partition')}, {_counted(self.copies, 'copy', 'copies')}"


class Closed(Difference, frozen=True, kw_only=True):
    """The broker tells nothing about it."""

    permission: str

    @property
    def text(self) -> str:
        """What was found, and what was expected (contract: Difference)."""
        return f"this hub may not look at it: it lacks the permission {self.permission}"

    @property
    def obstacle(self) -> str | None:
        """Why it is not mended (contract: Difference)."""
        return f"let whoever manages the cluster give this hub {self.permission} on it, or run this as an administrator"


class FewerPartitions(Difference, frozen=True, kw_only=True):
    """It has fewer partitions than declared."""

    found: int
    expected: int
    used: bool

    @property
    def text(self) -> str:
        """What was found, and what was expected (contract: Difference)."""
        return f"has {_counted(self.found, 'partition')}; expected {self.expected}"

    @property
    def obstacle(self) -> str | None:
        """Why it is not mended (contract: Difference)."""
        if not self.used:
            return None
        return (
            "it has held records, and more partitions would bring the next record of a relation into another one, out "
            f"of order; leave it: the hub works with {self.found}, only not on more than as many workers at once"
        )

    @property
    def deed(self) -> str:
        """What was done to mend it (contract: Difference)."""
        return f"had {_counted(self.found, 'partition')}, has {self.expected} now"


class MorePartitions(Difference, frozen=True, kw_only=True):
    """It has more partitions than declared."""

    found: int
    expected: int

    @property
    def text(self) -> str:
        """What was found, and what was expected (contract: Difference)."""
        return f"has {_counted(self.found, 'partition')}; expected {self.expected}"

    @property
    def obstacle(self) -> str | None:
        """Why it is not mended (contract: Difference)."""
        return f"partitions cannot be taken away; leave it: the hub works with {self.found}"


class FewerCopies(Difference, frozen=True, kw_only=True):
    """Its records are kept on fewer brokers than expected."""

    found: int
    expected: int

    @property
    def text(self) -> str:
        """What was found, and what was expected (contract: Difference)."""
        return f"has {_counted(self.found, 'copy', 'copies')} of its records; expected {self.expected}"

    @property
    def obstacle(self) -> str | None:
        """Why it is not mended (contract: Difference)."""
        return (
            "copying moves data between brokers and is for who manages them: kafka-reassign-partitions; "
            f"or give --replication {self.found} when so many are meant"
        )


class OtherSetting(Difference, frozen=True, kw_only=True):
    """A setting has another value."""

    name: str
    found: str | None
    expected: str

    @property
    def text(self) -> str:
        """What was found, and what was expected (contract: Difference)."""
        return f"{self.name} is {self.found or 'unknown'}; expected {self.expected}"

    @property
    def deed(self) -> str:
        """What was done to mend it (contract: Difference)."""
        return f"{self.name} was {self.found or 'unknown'}, is {self.expected} now"


def _counted(number: int, one: str, more: str | None = None) -> str:
    return f"{number} {one if number == 1 else more or one + 's'}"


def settings_of(topic: Topic, copies: int) -> dict[str, str]:
    """The settings of a topic of so many copies: what is acknowledged then stands in a majority of them."""
    return {**topic.config(), "min.insync.replicas": str(copies // 2 + 1)}


def differences(declared: Mapping[str, Topic], cluster: Cluster, replication: int | None = None) -> list[Difference]:
    """What is not as declared, in the order of declaration. `replication` overrules the number of copies."""
    copies = cluster.copies(replication)
    return [found for name, topic in declared.items() for found in _of_topic(name, topic, cluster, copies)]


def _of_topic(name: str, topic: Topic, cluster: Cluster, copies: int) -> Iterator[Difference]:
    if name in cluster.closed:
        yield Closed(topic=name, permission=cluster.closed[name])
    elif name not in cluster.topics:
        yield Missing(topic=name, partitions=topic.partitions, copies=copies)
    else:
        yield from _of_found(name, topic, cluster.topics[name], copies)


def _of_found(name: str, topic: Topic, found: Found, copies: int) -> Iterator[Difference]:
    if found.partitions < topic.partitions:
        yield FewerPartitions(topic=name, found=found.partitions, expected=topic.partitions, used=found.used)
    if found.partitions > topic.partitions:
        yield MorePartitions(topic=name, found=found.partitions, expected=topic.partitions)
    if found.copies < copies:
        yield FewerCopies(topic=name, found=found.copies, expected=copies)
    for setting, expected in settings_of(topic, found.copies).items():
        if found.settings.get(setting) != expected:
            yield OtherSetting(topic=name, name=setting, found=found.settings.get(setting), expected=expected)
