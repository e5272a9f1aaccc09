"""When a party is tried again after bringing something failed, and when the hub gives up. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

SHORTEST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=15)
GIVE_UP = timedelta(days=5)
"""What Digikoppeling asks when parties agree nothing else (../shared/ijw/transport.md, 1.9)."""
ENOUGH = 10
"""Attempts, which take some eight minutes at first."""

Open = Literal["closed", "open", "half-open"]


class Circuit(Struct, frozen=True):
    """Whether something may be tried, after how it went before.

    failures    in a row.
    since       the first of them; None when there are none.
    open_until  until then nothing is tried; after that one attempt decides.
    """

    failures: int = 0
    since: datetime | None = None
    open_until: datetime | None = None


CLOSED = Circuit()


def after_failure(circuit: Circuit, now: datetime, chance: float) -> Circuit:
    """The circuit after one more failure. `chance` is in [0, 1): where in the growing span the next attempt falls.

    The whole span is drawn from (full jitter), so that a party that comes back is not met by everybody at once.
    """
    ceiling = min(LONGEST_WAIT, SHORTEST_WAIT * 2 ** min(circuit.failures + 1, 10))
    wait = SHORTEST_WAIT + chance * (ceiling - SHORTEST_WAIT)
    return Circuit(circuit.failures + 1, circuit.since or now, now + wait)


def state(circuit: Circuit, now: datetime) -> Open:
    """Whether attempts are made: all, none, or one that decides. A clock that was set back keeps none open for long."""
    if circuit.open_until is None:
        return "closed"
    return "open" if now < circuit.open_until <= now + LONGEST_WAIT else "half-open"


def given_up(created_at: datetime, attempts: int, circuit: Circuit, now: datetime) -> bool:
    """Whether something made then, that was or would have been tried just now, has been tried long enough.

    It must have failed often itself, or all must have failed for the longest wait: a hub that was itself off for days
    gives each party a fair chance before it tells senders that their messages could not be brought.
    """
    failing = circuit.since is not None and now - circuit.since >= LONGEST_WAIT
    return now - created_at >= GIVE_UP and (attempts >= ENOUGH or failing)
