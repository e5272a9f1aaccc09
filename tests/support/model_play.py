"""A story of messages and answers, played to the model and the real thing; and the shortest one that parts them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from msgspec import Struct

from schemas.ijw_3_2.berichten import jw323
from tests.support.model import Found, Model
from tests.support.model_claims import repeats_debit
from tests.support.model_hub import Hub, Relay, Verdict, refusable
from tests.support.model_lists import REFUSED, full_key
from tests.support.model_messages import Writer

T = TypeVar("T")

PERSONAL = {"Geboortedatum", "Geslacht", "Naam", "Relaties", "Contactgegevens", "XsdVersie", "Verwijzer"}


@dataclass(frozen=True)
class Sent:
    """A message comes in."""

    number: int
    name: str
    bericht: Any

    def __str__(self) -> str:
        known = self.bericht.Header.BerichtIdentificatie
        content = [shown(getattr(self.bericht, name)) for name in self.bericht.__struct_fields__[1:]]
        return f"{self.number}: {self.name} {known.Identificatie} of {known.Dagtekening}: {''.join(content)}"


@dataclass(frozen=True)
class Answered:
    """The receiver of a message answers it: refuses it, or of a claim these lines, or nothing."""

    number: int
    refused: bool
    lines: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"answer to {self.number}: {'refused' if self.refused else sorted(self.lines) or 'fine'}"


Step = Sent | Answered


@dataclass
class Play:
    """The model and the real thing, side by side. `waits`: parties answer for themselves."""

    waits: bool
    model: Model = field(default_factory=Model)
    sent: dict[int, Sent] = field(default_factory=dict)
    hopeless: dict[int, frozenset[str] | None] = field(default_factory=dict)
    tally: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.real: Any = Relay() if self.waits else Hub()

    def take(self, step: Step) -> str:
        """Play a step to both; says where they differ, and nothing when they do not."""
        if isinstance(step, Answered):
            self._answer(step)
            return ""
        self.sent[step.number] = step
        verdict: Verdict = self.real.receive(step.name, step.bericht)
        inside, found = verdict
        hopeless = senseless(self.model, step, inside)
        expected = self.model.receive(step.number, step.name, step.bericht, inside=inside, waits=self.waits)
        self.hopeless[step.number] = hopeless
        self._count(inside, found)
        if found == expected:
            return ""
        return f"only the code: {sorted(found - expected)}; only the model: {sorted(expected - found)}"

    def _count(self, inside: bool, found: Found) -> None:
        self.tally.update(["steps", "accepted"] if not inside and not found else ["steps"])
        self.tally.update({rule for rule, _ in found})

    def _answer(self, step: Answered) -> None:
        # Of a shortened story the message may be gone.
        sent = self.sent.pop(step.number, None)
        if sent is None:
            return
        self.tally.update(["answers"])
        if sent.name == "JW323":
            self.real.answer_claim(sent.bericht, step.refused, step.lines)
            self.model.settle_claim(step.number, step.refused, step.lines)
        else:
            self.real.answer(sent.name, sent.bericht, step.refused)
            self.model.settle(step.number, step.refused)


def play_story(seed: int, length: int, waits: bool = False) -> Counter[str]:
    """Play a story made up from a seed; AssertionError with the shortest one when model and code differ."""
    play = Play(waits)
    for steps in _growing(Random(seed), play, length):
        if play.take(steps[-1]):
            short = fewest(steps, lambda some: bool(_difference(some, waits)))
            raise AssertionError("\n".join([_difference(short, waits), *map(str, short)]))
    return play.tally


def answered_story(seed: int, length: int) -> list[Step]:
    """A story in which every message is answered at some time."""
    random, play = Random(seed), Play(waits=True)
    steps: list[Step] = []
    for steps in _growing(random, play, length):
        play.take(steps[-1])
    left = list(play.sent.values())
    random.shuffle(left)
    return steps + [answer_to(random, sent, play.hopeless[sent.number]) for sent in left]


def _growing(random: Random, play: Play, length: int) -> Iterator[list[Step]]:
    """A story with one step more each time, to be played before the next is made up."""
    writer = Writer(random.choice, play.model, repeats=not play.waits)
    steps: list[Step] = []
    for _ in range(length):
        if play.waits and play.sent and random.random() < 0.4:
            sent = play.sent[random.choice(sorted(play.sent))]
            steps.append(answer_to(random, sent, play.hopeless[sent.number]))
        else:
            name, bericht = writer.message()
            steps.append(Sent(writer.number, name, bericht))
        yield steps


def answer_to(random: Random, sent: Sent, hopeless: frozenset[str] | None) -> Answered:
    """Some answer to a message, as its receiver likes; but what makes no sense is refused."""
    if hopeless is None or random.random() < 0.3:
        return Answered(sent.number, True)
    numbers = refusable(sent.bericht) if sent.name == "JW323" else []
    return Answered(sent.number, False, hopeless | {number for number in numbers if random.random() < 0.3})


def senseless(model: Model, sent: Sent, inside: bool) -> frozenset[str] | None:
    """The claim lines that nobody could grant and make sense of; None when that is so of the whole message.

    `inside`: level 2 refused it, as it does with one key twice.
    """
    if sent.name not in ("JW305", "JW307", "JW323"):
        return frozenset()
    if inside:
        return None
    if sent.name == "JW323":
        return _senseless_lines(model, sent.bericht)
    return None if _withdraws_nothing(model, sent.bericht.Client) else frozenset()


def _withdraws_nothing(model: Model, client: Any) -> bool:
    """Whether a message takes back what was never sent, not even in a message that was refused."""
    leveringen = client.StartProducten if hasattr(client, "StartProducten") else client.StopProducten
    sent = [full_key(one) for _, bsn, one in model.delivered if bsn == client.Bsn and one.StatusAanlevering != "3"]
    return any(one.StatusAanlevering == "3" and full_key(one) not in sent for one in leveringen)


def _senseless_lines(model: Model, bericht: jw323.Bericht) -> frozenset[str]:
    """A number that was used twice, or a credit of what does not stand, or differs, or was credited."""
    numbers = [*refusable(bericht), *(one.number for one in model.lines)]
    found = {number for number in numbers if numbers.count(number) > 1}
    taken_back = {one.credits for one in model.lines if one.outcome != REFUSED}
    for line in (line for client in bericht.Declaratie.Clienten for line in client.Prestaties):
        debit = line.ProductReferentie.VorigReferentieNummer
        if debit and (debit in taken_back or not repeats_debit(model, line)):
            found.add(line.ProductReferentie.ReferentieNummer)
    return frozenset(found)


def _difference(steps: Sequence[Step], waits: bool) -> str:
    play = Play(waits)
    return next(filter(None, map(play.take, steps)), "")


def fewest(steps: Sequence[T], fails: Callable[[Sequence[T]], bool]) -> Sequence[T]:
    """As few of the steps as still fail: none of them can be left out."""
    place = 0
    while place < len(steps):
        shorter = [*steps[:place], *steps[place + 1 :]]
        steps, place = (shorter, 0) if fails(shorter) else (steps, place + 1)
    return steps


def shown(value: Any) -> str:
    """A class in one line: what is filled in and matters to a rule."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(shown, value))}]"
    if not isinstance(value, Struct):
        return str(value)
    fields = [(name, getattr(value, name)) for name in value.__struct_fields__ if name not in PERSONAL]
    return f"({' '.join(f'{name}={shown(inner)}' for name, inner in fields if inner not in (None, ()))})"
