"""Plays scenarios as a generator: it says what to do next, and is told what came of it. No I/O, no clock.

A shell does what each act says and sends a Now back. Whatever the vendor brings meanwhile the shell hands to
`Kit.receive` or `Kit.told`, also while an Offer is under way.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from adapters.contract import Fault
from schemas.ijw_3_2.reading import Message, Schemas
from schemas.ijw_3_2.structure import structure
from schemas.ijw_3_2.writing import write
from streams.conformance.casus import Casus, Run
from streams.conformance.counterpart import KIT, VENDOR, Counterpart, Took, of_kind
from streams.conformance.record import Heard, Played, Sent, Story, Told
from streams.conformance.scenarios import Again, Ask, Build, Reaction, Reuse, Scenario, Send
from streams.core.effects import Answer, Effects, Judged, Refuse
from streams.core.envelope import envelope_id, output_id, wire_reference
from streams.core.intake import Declared
from streams.core.ports import OutputBody, OutputHead, OutputKind
from streams.core.watching import codes_of_refusal
from streams.core.workdays import local_day

SOFTWARE = "ijwhub conformance/0001/0000"


@dataclass(frozen=True)
class Offer:
    """Bring this to the vendor."""

    output: OutputBody


@dataclass(frozen=True)
class Listen:
    """Wait until something is in `Kit.inbox`, at most until this moment."""

    until: datetime


@dataclass(frozen=True)
class Tell:
    """Tell people what is wanted of them; `facts` tells the same to systems that play along."""

    ask: Ask
    says: str
    facts: Mapping[str, date | str]


@dataclass(frozen=True)
class Now:
    """An act is done. `fault`: how the vendor refused what was offered."""

    at: datetime
    fault: Fault | None = None


Act = Offer | Listen | Tell
Acts = Generator[Act, Now, None]
Answered = Generator[Act, Now, bool]
"""Ends with whether the scenario can go on."""


@dataclass
class Kit:
    """The counterpart with its post box.

    arrived       is called whenever something lies in it.
    tells_faults  whether the vendor can tell a fault of what it got: over VSP whoever fetches cannot.
    """

    run: Run
    hub: Counterpart
    schemas: Schemas
    inbox: deque[Heard | Told] = field(default_factory=deque)
    reaction: Reaction = "take"
    arrived: Callable[[], None] = lambda: None
    tells_faults: bool = True

    def receive(self, body: bytes, reference: str, now: datetime, declared: Declared | None = None) -> Took | Reaction:
        """A message of the vendor. Returns what to tell it, or "lose" or "unavailable"."""
        read = self.schemas.read(body)
        reaction = self._reaction_to(read.name)
        took: Took | None = None
        effects: Effects = ()
        if reaction != "unavailable":
            took, effects = self.hub.take(VENDOR, body, reference, now, declared)
        self._note(Heard(now, reference, body, read, reaction, took, effects, declared))
        return took if took is not None and reaction == "take" else reaction

    def told(self, fault: Fault, about: str | None, now: datetime) -> None:
        """A fault about an earlier message of the kit. None: about what the vendor sent, which could not be read."""
        self._note(Told(now, fault, about))

    def _note(self, came: Heard | Told) -> None:
        self.inbox.append(came)
        self.arrived()

    def _reaction_to(self, bericht: str | None) -> Reaction:
        """Only an answer is treated otherwise than as always, and only once."""
        if bericht is None or not is_answer(bericht):
            return "take"
        reaction, self.reaction = self.reaction, "take"
        return reaction


def is_answer(bericht: str) -> bool:
    """Whether messages of this type answer another one."""
    return bericht == "JW325" or structure().berichten[bericht].heen is not None


@dataclass
class Playing:
    """All scenarios of a run, one after another, and what came of them so far.

    patience   how long an answer may take.
    quiet      how long nothing must come after a repeat, and at the end.
    pending    what the vendor began, and no step took yet.
    answered   what the kit answered, by the reference of its answer.
    kept       ids of what the vendor got and did not sign off, at the end; None before, and where it need not.
    """

    kit: Kit
    patience: timedelta
    stories: list[Story]
    quiet: timedelta
    now: datetime
    sent: list[Sent] = field(default_factory=list)
    pending: list[Heard] = field(default_factory=list)
    answered: dict[str, Heard] = field(default_factory=dict)
    kept: frozenset[str] | None = None

    def play(self) -> Acts:
        """Everything. At the end it listens once more, for what comes too often."""
        for story in self.stories:
            yield from self._story(story)
        end = self.now + self.quiet
        while self.now < end:
            yield from self._listen(end)
        if self.stories:
            self.stories[-1].others += self.pending

    def _story(self, story: Story) -> Acts:
        going_on = True
        for played in story.steps:
            if not going_on:
                played.state = "not reached"
                continue
            played.state = "waiting"
            going_on = yield from self._step(played, story)
            played.state = "done"
        story.others += self.pending
        self.pending = []

    def _step(self, played: Played, story: Story) -> Answered:
        match played.step:
            case Send():
                return (yield from self._send(played, played.step, story))
            case Again():
                return (yield from self._again(played, story))
            case Reuse():
                return (yield from self._reuse(played, played.step, story))
            case Ask():
                return (yield from self._ask(played, played.step, story))

    # --- acts ----------------------------------------------------------------------------------------

    def _offer(self, output: OutputBody) -> Generator[Act, Now, Fault | None]:
        came = yield Offer(output)
        self.now = came.at
        return came.fault

    def _listen(self, until: datetime) -> Acts:
        self.now = (yield Listen(until)).at
        while self.kit.inbox:
            yield from self._sort(self.kit.inbox.popleft())

    def _until(self, done: Callable[[], object], patience: timedelta) -> Acts:
        end = self.now + patience
        while not done() and self.now < end:
            yield from self._listen(end)

    # --- what comes in -------------------------------------------------------------------------------

    def _sort(self, came: Heard | Told) -> Acts:
        if isinstance(came, Told):
            self._sort_fault(came)
            return
        if self.sent and came.read.name is not None and is_answer(came.read.name):
            self._about(came).answers.append(came)
        else:
            self.pending.append(came)
        yield from self._answer(came)

    def _sort_fault(self, told: Told) -> None:
        about = [sent for sent in self.sent if told.about in _names(sent.output)]
        if about:
            about[-1].told.append(told)
        elif told.about in self.answered:
            self.answered[told.about].faults.append(told.fault)
        else:
            self._current().others.append(told)

    def _current(self) -> Story:
        begun = [story for story in self.stories if story.steps[0].state != "to come"]
        return begun[-1]

    def _about(self, answer: Heard) -> Sent:
        """The message that an answer is about; the latest when its header names none of ours."""
        about = identification_in(answer)
        same = [sent for sent in self.sent if about is not None and _identificatie(sent) == about]
        return (same or self.sent)[-1]

    def _answer(self, heard: Heard) -> Acts:
        """The kit's own answers to what the vendor sent."""
        for answer in of_kind(heard.effects, Answer):
            output = self._output("antwoord", answer.bericht, answer.body, answer.id, heard.reference)
            self.answered.update(dict.fromkeys(_names(output), heard))
            fault = yield from self._offer(output)
            heard.faults += [fault] if fault else []
        for refuse in of_kind(heard.effects, Refuse):
            yield from self._offer(self._output("fout", refuse.bericht, refuse.body, refuse.id, heard.reference))

    # --- sending -------------------------------------------------------------------------------------

    def _send(self, played: Played, step: Send, story: Story) -> Answered:
        sent = played.sent = self._made(step, story.casus)
        self.kit.reaction = step.reaction
        sent.fault = yield from self._offer(sent.output)
        if sent.judged.level == 1:
            # Who cannot tell a fault has nothing to say to this; what it answers all the same counts until the end.
            patience = self.patience if self.kit.tells_faults else self.quiet
            yield from self._until(lambda: sent.faults or sent.answers, patience)
            return True
        wanted = 1 if step.reaction == "take" else 2
        if sent.fault is None:
            yield from self._until(lambda: len(sent.answers) >= wanted or sent.told, self.patience)
        self.kit.reaction = "take"
        return bool(step.rules) or _stands(sent)

    def _made(self, step: Send, casus: Casus) -> Sent:
        head = casus.head(step.bericht, step.days)
        if step.under:
            earlier = casus.exchanged[step.under].Header.BerichtIdentificatie.Identificatie
            head = replace(head, identificatie=earlier)
        bericht = step.build(casus, head)
        if step.called:
            casus.exchanged[step.called] = bericht
        body = write(step.bericht, bericht)
        if "XSD" in step.rules:
            body = body.replace(f">{head.dagtekening}<".encode(), b">geen datum<", 1)
        id = output_id(envelope_id(KIT, f"{self.kit.run.seconds}.{len(self.sent)}", b""), 1)
        return self._noted(self._output("bericht", step.bericht, body, id))

    def _noted(self, output: OutputBody) -> Sent:
        _, effects = self.kit.hub.take(KIT, output.body, output.head.reference, self.now)
        read = self.kit.schemas.read(output.body)
        sent = Sent(output=output, read=read, judged=of_kind(effects, Judged)[0], at=self.now)
        self.sent.append(sent)
        return sent

    def _output(
        self, kind: OutputKind, bericht: str | None, body: bytes, id: str, answers: str | None = None
    ) -> OutputBody:
        head = OutputHead(
            id=id,
            envelope_id=id,
            receiver=VENDOR,
            kind=kind,
            bericht=bericht,
            copy=False,
            created_at=self.now,
            delivered_at=None,
            acknowledged_at=None,
            relation=f"{self.kit.run.gemeente}:{self.kit.run.aanbieder}",
            reference=wire_reference(id),
            answers_reference=answers,
            software=SOFTWARE,
            size=len(body),
            sha256=hashlib.sha256(body).hexdigest(),
        )
        return OutputBody(head=head, body=body)

    def _again(self, played: Played, story: Story) -> Answered:
        assert isinstance(played.step, Again)
        sent = played.sent = self._earlier(played.step.called, story)
        played.before = len(sent.answers)
        played.fault = yield from self._offer(sent.output)
        yield from self._until(lambda: len(sent.answers) > played.before, self.quiet)
        return True

    def _reuse(self, played: Played, step: Reuse, story: Story) -> Answered:
        earlier = played.sent = self._earlier(step.called, story)
        other = self._other(step.build, story.casus, earlier)
        played.reused = other
        other.fault = yield from self._offer(other.output)
        self.sent.append(other)
        if other.fault is None:
            yield from self._until(lambda: other.told or other.answers, self.quiet)
        return True

    def _other(self, build: Build, casus: Casus, earlier: Sent) -> Sent:
        """Another message under the reference of an earlier one: no hub would take it in."""
        bericht = str(earlier.output.head.bericht)
        body = write(bericht, build(casus, casus.head(bericht)))
        output = msgspec.structs.replace(earlier.output, body=body)
        return Sent(output=output, read=self.kit.schemas.read(body), judged=earlier.judged, at=self.now)

    def _earlier(self, called: str, story: Story) -> Sent:
        sends = [played for played in story.steps if isinstance(played.step, Send) and played.step.called == called]
        assert sends[-1].sent is not None
        return sends[-1].sent

    # --- asking --------------------------------------------------------------------------------------

    def _ask(self, played: Played, ask: Ask, story: Story) -> Answered:
        self.now = played.since = (yield Tell(ask, story.casus.told(ask.says), story.casus.facts)).at
        yield from self._until(lambda: self._found(played, ask, story.casus), self.patience)
        return self._found(played, ask, story.casus)

    def _found(self, played: Played, ask: Ask, casus: Casus) -> bool:
        """Take what was asked for out of what is pending; True when one of it is accepted."""
        for heard in [one for one in self.pending if _is_asked(ask, casus, one)]:
            self.pending.remove(heard)
            played.heard.append(heard)
            if ask.called and isinstance(heard.read, Message):
                casus.exchanged[ask.called] = heard.read.bericht
        return any(one.judged is not None and one.judged.outcome == "accepted" for one in played.heard)


def _is_asked(ask: Ask, casus: Casus, heard: Heard) -> bool:
    if heard.read.name != ask.bericht:
        return False
    return not isinstance(heard.read, Message) or ask.fits(casus, heard.read.bericht)


def _stands(sent: Sent) -> bool:
    """Whether the vendor took a message that is in order, and said so."""
    last = sent.answers[-1].read if sent.answers and not sent.faults else None
    return isinstance(last, Message) and not codes_of_refusal(last.bericht)


def identification_in(answer: Heard) -> str | None:
    """The Identificatie of the message that an answer repeats; None when it fails its schema."""
    if not isinstance(answer.read, Message):
        return None
    header: Any = answer.read.bericht.Header
    own = header.DeclaratieIdentificatie if answer.read.name == "JW325" else header.BerichtIdentificatie
    return str(own.Identificatie)


def _names(output: OutputBody) -> tuple[str, str]:
    """How a vendor may call what it got: by its number, or by the id in the name of a file."""
    return output.head.reference, output.head.id


def _identificatie(sent: Sent) -> str | None:
    if not isinstance(sent.read, Message):
        return None
    return str(sent.read.bericht.Header.BerichtIdentificatie.Identificatie)


def playing(kit: Kit, scenarios: Sequence[Scenario], now: datetime, patience: timedelta, quiet: timedelta) -> Playing:
    """Everything that is to be played, from now on."""
    stories = [
        Story(one, kit.run.casus(number, local_day(now)), [Played(step) for step in one.steps])
        for number, one in enumerate(scenarios, 1)
    ]
    return Playing(kit=kit, patience=patience, quiet=min(patience, quiet), stories=stories, now=now)
