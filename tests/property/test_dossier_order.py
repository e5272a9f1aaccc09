"""The same messages give the same dossier (OP080, OP286): in any order, delivered twice, or answered in any order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from random import Random

import msgspec
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from schemas.ijw_3_2.dossier.keys import assignment_key, request_key
from schemas.ijw_3_2.dossier.rows import (
    Assignment,
    Claim,
    ClientFile,
    Deliveries,
    Key,
    Line,
    Received,
    Request,
    Row,
    Slot,
    Submitted,
)
from tests.support.model import Model
from tests.support.model_hub import Hub, Relay
from tests.support.model_messages import Writer
from tests.support.model_play import Answered, Sent, Step, answered_story, fewest

LENGTH = 30


def for_seeds(examples: int, check: Callable[[int], Mapping[str, int]]) -> Counter[str]:
    """Run a check for so many seeds, the same ones every time; what it counted."""
    tally: Counter[str] = Counter()

    @settings(max_examples=examples, phases=[Phase.generate])
    @given(seed=st.integers(min_value=0, max_value=2**32))
    def run(seed: int) -> None:
        tally.update(check(seed))

    run()
    return tally


EMPTY = (Assignment(), ClientFile(), Deliveries(), Request(), Slot(), Submitted())


def kept(rows: Mapping[Key, Row]) -> dict[Key, Row]:
    """What a dossier says: without ids of envelopes, and without rows that hold nothing, or what counts as not sent."""
    said = {key: _plain(key, row, rows) for key, row in rows.items() if not _counts_as_not_sent(key, row)}
    return {key: row for key, row in said.items() if row not in EMPTY}


def _counts_as_not_sent(key: Key, row: Row) -> bool:
    match row:
        case Received():
            # An answer to what was refused is no part of what would have been sent.
            return not row.accepted or "JW325" in key
        case Claim():
            return not row.counts
        case Line():
            return row.outcome == "refused"
    return False


def _plain(key: Key, row: Row, rows: Mapping[Key, Row]) -> Row:
    if isinstance(row, Received):
        return msgspec.structs.replace(row, envelope_id="")
    if isinstance(row, ClientFile):
        # It lists where to look; what stood there may be refused by now.
        bsn = key.split()[1]
        assignments = (n for n in row.assignments if _owner(rows.get(assignment_key(n))) == bsn)
        requests = (name for name in row.requests if _owner(rows.get(request_key(name))) == bsn)
        return ClientFile(tuple(assignments), tuple(requests))
    return row


def _owner(row: Row | None) -> str | None:
    if isinstance(row, Assignment) and row.versions:
        return row.versions[-1].bsn
    return row.asked.bsn if isinstance(row, Request) and row.asked else None


def difference(one: Mapping[Key, Row], other: Mapping[Key, Row]) -> str:
    mine, theirs = kept(one), kept(other)
    keys = sorted(key for key in mine.keys() | theirs.keys() if mine.get(key) != theirs.get(key))
    return "\n".join(f"{key}\n  {mine.get(key)}\n  {theirs.get(key)}" for key in keys)


def fail(told: Callable[[Sequence[Step]], str], steps: Sequence[Step]) -> None:
    short = fewest(steps, lambda some: bool(told(some)))
    raise AssertionError("\n".join([told(short), *map(str, short)]))


# --- a hub that answers ----------------------------------------------------------------------------


def accepted_story(seed: int) -> list[Sent]:
    """Messages of which nothing was refused; the others, claims that were granted in part too, were never sent."""
    hub, model = Hub(), Model()
    writer = Writer(Random(seed).choice, model)
    story = []
    for _ in range(LENGTH):
        name, bericht = writer.message()
        before = dict(hub.rows)
        inside, found = hub.receive(name, bericht)
        if inside or found:
            hub.rows = before
        else:
            model.receive(writer.number, name, bericht)
            story.append(Sent(writer.number, name, bericht))
    return story


def received(story: Sequence[Sent]) -> dict[Key, Row] | None:
    """The dossier after these messages; None when not all were accepted."""
    hub = Hub()
    for sent in story:
        inside, found = hub.receive(sent.name, sent.bericht)
        if inside or found:
            return None
    return hub.rows


def shuffled(random: Random, story: Sequence[Sent]) -> list[Sent]:
    """The story with some messages a few places away."""
    other = list(story)
    for _ in range(random.randint(1, 4)):
        place = random.randrange(len(other))
        message = other.pop(place)
        other.insert(max(0, place + random.randint(-5, 5)), message)
    return other


def test_the_order_of_accepted_messages_leaves_no_trace() -> None:
    def check(seed: int) -> Mapping[str, int]:
        random, story, compared = Random(seed), accepted_story(seed), 0
        before = received(story)
        assert before is not None
        for _ in range(20):
            other = shuffled(random, story)
            after = received(other)
            if after is not None and other != story:
                assert difference(before, after) == "", "\n".join(map(str, [*story, "--", *other]))
                compared += 1
        return {"compared": compared}

    tally = for_seeds(150, check)
    assert tally["compared"] >= 500


def test_a_second_delivery_is_refused_and_changes_nothing() -> None:
    def check(seed: int) -> Mapping[str, int]:
        story, hub = accepted_story(seed), Hub()
        for sent in story:
            hub.receive(sent.name, sent.bericht)
        before = dict(hub.rows)
        for sent in story:
            assert hub.receive(sent.name, sent.bericht) == (False, {("TR056", "Bericht/Header")})
            assert hub.rows == before
        return {"delivered twice": len(story)}

    assert for_seeds(60, check)["delivered twice"] >= 500


# --- parties that answer ---------------------------------------------------------------------------


def answered(steps: Sequence[Step]) -> dict[Key, Row]:
    """The dossier after messages and answers; an answer to what was not sent is left out."""
    relay, sent = Relay(), dict[int, Sent]()
    for step in steps:
        if isinstance(step, Sent):
            relay.receive(step.name, step.bericht)
            sent[step.number] = step
        elif step.number in sent:
            message = sent[step.number]
            if message.name == "JW323":
                relay.answer_claim(message.bericht, step.refused, set(step.lines))
            else:
                relay.answer(message.name, message.bericht, step.refused)
    return relay.rows


def only_accepted(steps: Sequence[Step]) -> list[Step]:
    """The messages that were not refused, each answered at once."""
    answers = {step.number: step for step in steps if isinstance(step, Answered) and not step.refused}
    sent = [step for step in steps if isinstance(step, Sent) and step.number in answers]
    return [step for one in sent for step in (one, answers[one.number])]


def test_answers_in_any_order_leave_what_was_accepted() -> None:
    def told(steps: Sequence[Step]) -> str:
        numbers = {step.number for step in steps if isinstance(step, Answered)}
        whole = [step for step in steps if step.number in numbers]
        return difference(answered(whole), answered(only_accepted(whole)))

    def check(seed: int) -> Mapping[str, int]:
        steps = answered_story(seed, LENGTH)
        if told(steps):
            fail(told, steps)
        refused = [step for step in steps if isinstance(step, Answered) and step.refused]
        return {"answers": sum(isinstance(step, Answered) for step in steps), "refused": len(refused)}

    tally = for_seeds(60, check)
    assert tally["answers"] >= 500
    assert tally["refused"] >= 100
