"""The audit log: who read a message, and who was refused. A chain of hashes, so that no change goes unnoticed. Pure.

The hash of an entry covers its number, its act and the hash of the entry before it. So whoever changes the log has to
make all that follows anew; and that shows as soon as one number and hash, an anchor, was noted elsewhere.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, Protocol

import msgspec
from msgspec import Struct

Action = Literal["read", "refused", "released", "retried", "exported"]
START = "0" * 64
"""What the first entry has as the hash of the entry before it."""

_ANCHOR = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{8}(?:-?[0-9a-f]{8}){7})")


class Act(Struct, frozen=True, kw_only=True):
    """Something to be noted.

    actor     the id of a party or user; `operator` on the command line; `unknown` for who could not be recognised.
    where     the connector and what was asked there, as a route (GET /v1/postbus/{id}), never as an address with
              values.
    subject   the id of the envelope or output that it is about; empty when there is none. Never what a caller made
              up.
    reason    why it was refused (a Kind of fault), or empty. No personal data.
    """

    at: datetime
    actor: str
    credential: str
    action: Action
    where: str
    subject: str = ""
    reason: str = ""


class AuditEntry(Struct, frozen=True, kw_only=True):
    """An act as it stands in the log, with its number (from 1, without gaps) and its place in the chain."""

    number: int
    act: Act
    previous: str
    hash: str


class Anchor(Struct, frozen=True):
    """A place in the chain: the number of an entry and its hash. The chain begins at BEGINNING."""

    number: int
    hash: str

    def __str__(self) -> str:
        # In groups, as nine digits in a row could be taken for a BSN and masked wherever this is written down.
        return f"{self.number}:{'-'.join(re.findall('.{8}', self.hash))}"


BEGINNING = Anchor(0, START)


def anchor_of(text: str) -> Anchor | None:
    """The anchor that this text tells, as N:HASH with or without hyphens in the hash; None when it tells none."""
    found = _ANCHOR.fullmatch(text.strip().lower())
    return Anchor(int(found[1]), found[2].replace("-", "")) if found else None


def place_of(entry: AuditEntry) -> Anchor:
    """The place of an entry in the chain."""
    return Anchor(entry.number, entry.hash)


def next_entry(last: Anchor, act: Act) -> AuditEntry:
    """The entry that notes this act after the last one."""
    number = last.number + 1
    return AuditEntry(number=number, act=act, previous=last.hash, hash=_hash(number, act, last.hash))


def chained(last: Anchor, acts: Iterable[Act]) -> tuple[AuditEntry, ...]:
    """The entries that note these acts, in this order, after the last one."""
    made: list[AuditEntry] = []
    for act in acts:
        made.append(next_entry(last, act))
        last = place_of(made[-1])
    return tuple(made)


def _hash(number: int, act: Act, previous: str) -> str:
    """SHA-256 over a list in JSON: unlike text with separators, it can be read in one way only."""
    at = act.at.astimezone(UTC).isoformat(timespec="microseconds")
    told = (number, previous, at, act.actor, act.credential, act.action, act.where, act.subject, act.reason)
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()


def verify(entries: Iterable[AuditEntry], last: Anchor, anchors: Mapping[int, str]) -> int | None:
    """The first number at which the log is not as it was written; None when all of it is.

    entries   all that follows the last one that was verified, or the first of that; anchors: hashes by number.
    """
    for entry in entries:
        expected = next_entry(last, entry.act)
        if entry != expected or anchors.get(entry.number, entry.hash) != entry.hash:
            return expected.number
        last = place_of(entry)
    return None


def cut_off(last: Anchor, anchors: Mapping[int, str]) -> int | None:
    """The first number that is lacking, when an anchor lies beyond the last entry of the log; otherwise None."""
    return last.number + 1 if any(number > last.number for number in anchors) else None


class Trail(Protocol):
    """Where connectors note acts."""

    async def note(self, act: Act) -> None:
        """Make an act durable; returns only then, so what it is about happens after it. Raises StoreError."""


class AuditLog(Protocol):
    """Acts in the order in which they were noted; nothing in it is ever changed or removed."""

    async def note(self, acts: Sequence[Act]) -> Anchor:
        """Make acts (one or more) durable; returns only then, with the place of the last of them. Raises StoreError."""

    async def last(self) -> Anchor:
        """The place of the last entry; BEGINNING for an empty log."""

    async def entries(self, after: int, limit: int) -> tuple[AuditEntry, ...]:
        """At most so many of the entries with a higher number than `after`, in order."""
