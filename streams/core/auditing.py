"""The audit log: who read a message, and who was refused. A chain of hashes, so that no change goes unnoticed. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct

Action = Literal["read", "refused", "released", "retried", "exported"]
START = "0" * 64
"""What the first entry has as the hash of the entry before it."""


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


class Trail(Protocol):
    """Where connectors note acts."""

    async def note(self, act: Act) -> None:
        """Make an act durable; returns only then, so what it is about happens after it. Raises StoreError."""


class AuditLog(Protocol):
    """Acts in the order in which they were noted; nothing in it is ever changed or removed."""

    async def note(self, acts: tuple[Act, ...]) -> None:
        """Make acts durable; returns only then. Raises StoreError."""

    async def entries(self, after: int, limit: int) -> tuple[AuditEntry, ...]:
        """At most so many of the entries with a higher number than `after`, in order."""
