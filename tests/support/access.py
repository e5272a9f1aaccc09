"""Gates for tests that are not about the audit log."""

from __future__ import annotations

from datetime import UTC, datetime

from connectors.access import Gate
from connectors.access_credentials import Credentials
from connectors.access_limits import Limits
from streams.core.access_file import Access, User
from streams.core.auditing import Act
from streams.core.parties import Directory
from streams.hub.gating import open_roles

MANY = 1_000_000


class Notes:
    """Keeps the contract Trail: remembers what was noted."""

    def __init__(self) -> None:
        self.acts: list[Act] = []

    async def note(self, act: Act) -> None:
        self.acts.append(act)


def gate(directory: Directory | None = None, *users: User, notes: Notes | None = None) -> Gate:
    """A gate that any number of strangers may try; figures and metrics are open when no user is for them."""
    access = Access(users=users)
    return Gate(
        Credentials(directory or Directory(()), access),
        notes or Notes(),
        lambda: datetime.now(UTC),
        limits=Limits(guesses=MANY),
        anyone=open_roles(access),
    )
