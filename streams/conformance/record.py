"""What happened in a run: what was sent, what came back, step by step. Judging reads it; nothing here decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from adapters.contract import Fault
from schemas.ijw_3_2.reading import Message, Unreadable
from streams.conformance.casus import Casus
from streams.conformance.counterpart import Took, of_kind
from streams.conformance.scenarios import Reaction, Scenario, Step
from streams.core.effects import Effects, Judged
from streams.core.intake import Declared
from streams.core.ports import OutputBody, Receipt

State = Literal["to come", "waiting", "done", "not reached"]


@dataclass
class Heard:
    """A message of the vendor.

    reaction   what the kit did with it.
    took       what a hub says of it; None when the kit answered that it was not available.
    declared   what its envelope says of it; None: there is no such envelope.
    faults     how the vendor refused the kit's own answer to it.
    """

    at: datetime
    reference: str
    body: bytes
    read: Message | Unreadable
    reaction: Reaction
    took: Took | None
    effects: Effects = ()
    declared: Declared | None = None
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        """Whether it was taken in, and is no repeat of an earlier delivery."""
        return self.took is not None and not (isinstance(self.took, Receipt) and self.took.repeat)

    @property
    def judged(self) -> Judged | None:
        """The verdict on it; None when it was not taken in, or is a repeat."""
        return next(iter(of_kind(self.effects, Judged)), None)


@dataclass
class Told:
    """A fault that the vendor tells of a message of the kit, or in an envelope that cannot be read.

    about   the reference of the message; None: what the vendor sent is itself at fault.
    """

    at: datetime
    fault: Fault
    about: str | None


@dataclass
class Sent:
    """A message of the kit.

    judged    what the standard says of it; the vendor must come to the same.
    fault     how the vendor refused it at once; None when it took it.
    answers   the return messages to it, repeats included, as they came.
    told      the faults about it that came later.
    """

    output: OutputBody
    read: Message | Unreadable
    judged: Judged
    at: datetime
    fault: Fault | None = None
    answers: list[Heard] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)

    @property
    def faults(self) -> list[Fault]:
        """How it was refused technically."""
        return [*([self.fault] if self.fault else []), *(told.fault for told in self.told)]


@dataclass
class Played:
    """One step.

    sent     the message of a Send; of an Again and a Reuse the earlier one.
    reused   of a Reuse: the other message under the same reference.
    before   of an Again: how many answers there were before it.
    fault    of an Again: how the vendor refused it.
    heard    of an Ask: what came of the type that was asked for.
    since    of an Ask: when it was asked.
    """

    step: Step
    state: State = "to come"
    sent: Sent | None = None
    reused: Sent | None = None
    before: int = 0
    fault: Fault | None = None
    heard: list[Heard] = field(default_factory=list)
    since: datetime | None = None


@dataclass
class Story:
    """One scenario.

    others   what came during it that no step waits for.
    """

    scenario: Scenario
    casus: Casus
    steps: list[Played]
    others: list[Heard | Told] = field(default_factory=list)
