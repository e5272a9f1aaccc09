"""Who may do what: the roles, and who somebody is once a credential was verified. Pure."""

from __future__ import annotations

from enum import StrEnum
from ipaddress import ip_address
from typing import Literal

from msgspec import Struct

from streams.core.parties import Party


class Role(StrEnum):
    """What somebody may do here. Nobody may do anything that no role of his names.

    party     hands messages in and gets its own.
    operator  sees where every message stands and what is set aside, lets deliveries be tried anew; never reads a
              message over HTTP.
    auditor   reads the audit log.
    viewer    sees figures.
    scraper   sees the metrics of the process.
    """

    PARTY = "party"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    VIEWER = "viewer"
    SCRAPER = "scraper"


Credential = Literal["token", "certificate", "oauth", "none"]


class Principal(Struct, frozen=True, kw_only=True):
    """Somebody whose credential was verified.

    name        the id of the party, or of the user; the audit log names it so.
    credential  what proved it; none for whoever reaches a hub that asks no token for its figures.
    party       for a party; None for a user of the hub's own.
    """

    name: str
    roles: frozenset[Role]
    credential: Credential
    party: Party | None = None


def is_loopback(host: str) -> bool:
    """Whether this address is of this machine for itself: nobody else reaches what listens there, or asks from it."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
