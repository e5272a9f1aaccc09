"""What waits for each party, held against the file of parties: how each gets it, and for whom nobody comes. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import asdict

from streams.core.parties import Directory

Way = Literal["push", "folder", "sftp", "kafka", "mailbox", "via", "unknown"]
"""How a party gets what is for it: brought in one of four ways, fetched from its mailbox, or handed over to its
connection; unknown for one that does not stand in the file of parties, whose mail waits for ever."""

MOST_RECEIVERS = 10_000
"""Receivers that are looked at: more than there are parties in the country."""


class Mail(Struct, frozen=True, kw_only=True):
    """How many outputs wait for a party, with that which was made first: its id `oldest`, and when (`since`).

    failed     how many of them could not be brought at least once.
    failed_at, reason   when bringing one of them failed the last time, and why; None when none did.
    """

    receiver: str
    count: int
    failed: int
    since: datetime
    oldest: str
    failed_at: datetime | None
    reason: str | None


class PartyMail(Mail, frozen=True, kw_only=True):
    """What waits for one party, and how that gets it."""

    way: Way


def way_of(receiver: str, directory: Directory) -> Way:
    """How the party with this id gets what is for it."""
    party = directory.by_id(receiver)
    if party is None:
        return "unknown"
    return "via" if party.via else party.delivery.soort


def by_party(found: Iterable[Mail], directory: Directory) -> tuple[PartyMail, ...]:
    """What waits: first for those who are not in the file of parties, then what waits longest."""
    made = (PartyMail(**asdict(mail), way=way_of(mail.receiver, directory)) for mail in found)
    return tuple(sorted(made, key=lambda one: (one.way != "unknown", one.since, one.receiver)))
