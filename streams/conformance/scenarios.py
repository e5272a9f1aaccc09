"""What a scenario is: steps as data, in the order in which they are played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from schemas.ijw_3_2.berichten import Bericht
from streams.conformance.casus import Casus
from streams.simulating.letters import Head

Build = Callable[[Casus, Head], Bericht]
"""Makes the content of a message of the kit under a header."""

Fits = Callable[[Casus, Any], bool]
"""Whether a message of the vendor is the one that was asked for."""

Reaction = Literal["take", "lose", "unavailable"]
"""What the kit does with the next message of the vendor: as always, break off before the receipt, or answer 503."""

Needs = Literal["nothing", "receipt", "push"]


def anything(casus: Casus, bericht: Any) -> bool:
    """Every message of the right type is the one that was asked for."""
    return True


@dataclass(frozen=True, kw_only=True)
class Send:
    """The kit sends a message. What must be answered follows from the rules of the standard.

    says      in Dutch, what is sent and why.
    called    the name by which later steps know it.
    rules     the rules that it breaks, on purpose; XSD for level 1. None: it is in order.
    under     the name of an earlier message whose Identificatie it takes.
    days      its Dagtekening, counted from today.
    reaction  what becomes of the vendor's answer when it comes first.
    """

    bericht: str
    says: str
    build: Build
    called: str = ""
    rules: tuple[str, ...] = ()
    under: str = ""
    days: int = 0
    reaction: Reaction = "take"


@dataclass(frozen=True, kw_only=True)
class Again:
    """The kit brings the same delivery once more: the same bytes under the same reference."""

    says: str
    called: str


@dataclass(frozen=True, kw_only=True)
class Reuse:
    """The kit brings another message under the reference of an earlier one."""

    says: str
    called: str
    build: Build


@dataclass(frozen=True, kw_only=True)
class Ask:
    """The kit asks for a message that only the vendor can begin, waits for it and answers it.

    says      in Dutch, what people must do; `Casus.told` fills it in.
    wish      the same in one word, for systems that play along by themselves.
    bericht   the type of the message; `fits` tells it from others of that type.
    term      the rule that says how soon it must come; empty when none does.
    """

    bericht: str
    wish: str
    says: str
    called: str = ""
    fits: Fits = anything
    term: str = ""


Step = Send | Again | Reuse | Ask


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One story with one client.

    id        a word for reports and for the command line.
    why       in Dutch, what it shows.
    needs     what the way of delivery must have: that the vendor gets receipts ("receipt"; a folder gives none), or
              that the kit gets them as well ("push"; who fetches from a mailbox gives none).
    required  whether the run fails when it is not shown.
    """

    id: str
    title: str
    why: str
    steps: tuple[Step, ...]
    needs: Needs = "nothing"
    required: bool = True
