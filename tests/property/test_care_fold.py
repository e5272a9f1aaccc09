"""A client's row depends on what each relation told in its own order, and on nothing that counts as never sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.core.events import SOURCE, CloudEvent
from streams.core.folds.care import CareFold, Client
from streams.core.happenings import Answered, Assigned, Care, Levered, Requested, Retracted, Withdrawn

FOLD = CareFold()
RELATIONS = ("0392:65656001", "0453:65656001")
START = datetime(2026, 1, 1, 12, tzinfo=UTC)

days = st.dates(date(2026, 1, 1), date(2026, 1, 4))
numbers = st.sampled_from([1, 2, None])
products = st.sampled_from([("45", "45A53"), ("43", None), (None, None)])
birth = st.sampled_from([None, "2009-12", "2010-05"])

Message = tuple[Care, ...]
Story = list[Message]


@st.composite
def told(draw: st.DrawFn, common: dict[str, Any]) -> Care:
    """One event of a message, with so few numbers, days and products that events of one story concern each other."""
    categorie, code = draw(products)
    product = {"categorie": categorie, "code": code}
    kind = draw(st.sampled_from(["answered", "assigned", "started", "stopped", "withdrawn"]))
    if kind == "answered":
        return Answered(referentie=draw(st.sampled_from("ABC")), antwoord=draw(st.sampled_from("12")), **common)
    if kind == "assigned":
        at = START.replace(tzinfo=None) + timedelta(draw(st.integers(0, 3)))
        reden, nummer = draw(st.sampled_from([None, "13"])), draw(st.sampled_from([1, 2]))
        return Assigned(toewijzing=nummer, toegewezen_op=at, ingang=draw(days), reden=reden, **product, **common)
    stop = {} if kind == "started" else draw(st.sampled_from([{}, {"eind": date(2026, 1, 9), "reden": "31"}]))
    key = {"toewijzing": draw(numbers), "begin": draw(days), **stop, **product}
    if kind == "withdrawn":
        return Withdrawn(wat="stop" if stop else "start", **key, **common)
    return Levered(**key, **common)


@st.composite
def stories(draw: st.DrawFn, relation: str) -> Story:
    """Messages of one relation in order. A ReferentieAanbieder is asked under once (TR347)."""
    asked = draw(st.permutations("ABC"))
    made: Story = []
    for number in range(draw(st.integers(0, 8))):
        at = START + timedelta(number)
        common = {"relation": relation, "message": f"{relation}-{number}", "bericht": "any", "received_at": at}
        common["geboren"] = draw(birth)
        if asked and draw(st.booleans()):
            made.append((Requested(referentie=asked.pop(), dagtekening=at.date(), **common),))
        else:
            made.append(tuple(draw(st.lists(told(common), min_size=1, max_size=3))))
    return made


def folded(some: Sequence[Care]) -> Client:
    """The row after these events, kept as bytes in between; the same as an empty one when there is none."""
    row = FOLD.encode(Client())
    for data in some:
        event = CloudEvent(id="e", source=SOURCE, type="any", time=START, subject="a", data=data)
        row = FOLD.encode(FOLD.fold(event, {"a": FOLD.decode(row)})["a"])
    return FOLD.decode(row)


def events(story: Story) -> list[Care]:
    return [data for message in story for data in message]


def with_retractions(draw: st.DrawFn, story: Story, gone: set[int]) -> list[Care]:
    """The story in which the messages of these numbers are retracted, each somewhere after it came."""
    places = {number: draw(st.integers(number, len(story) - 1)) for number in sorted(gone)}
    made: list[Care] = []
    for number, message in enumerate(story):
        made += message
        made += [_retraction(story[one][0]) for one, place in places.items() if place == number]
    return made


def _retraction(data: Care) -> Retracted:
    common = {"relation": data.relation, "received_at": data.received_at, "geboren": data.geboren}
    return Retracted(retracts=data.message, message=f"{data.message}-return", bericht="any", **common)


def interleaved(draw: st.DrawFn, some: list[Care], others: list[Care]) -> list[Care]:
    turns = draw(st.permutations([0] * len(some) + [1] * len(others)))
    left = [iter(some), iter(others)]
    return [next(left[turn]) for turn in turns]


@settings(max_examples=200)
@given(data=st.data())
def test_two_relations_give_the_same_row_whichever_comes_first(data: st.DataObject) -> None:
    told_here, told_there = (_retracting(data.draw, data.draw(stories(relation))) for relation in RELATIONS)
    come = interleaved(data.draw, told_here, told_there)
    assert folded(come) == folded(told_here + told_there) == folded(told_there + told_here)


def _retracting(draw: st.DrawFn, story: Story) -> list[Care]:
    gone = draw(st.sets(st.integers(0, len(story) - 1))) if story else set()
    return with_retractions(draw, story, gone)


@settings(max_examples=300)
@given(story=stories(RELATIONS[0]), data=st.data())
def test_what_is_retracted_leaves_the_row_as_if_it_had_never_come(story: Story, data: st.DataObject) -> None:
    gone = data.draw(st.sets(st.integers(0, len(story) - 1))) if story else set()
    stays = [message for number, message in enumerate(story) if number not in gone]
    assert folded(with_retractions(data.draw, story, gone)) == folded(events(stays))


@settings(max_examples=100)
@given(story=stories(RELATIONS[0]))
def test_a_withdrawal_that_is_retracted_lets_every_delivery_stand_again(story: Story) -> None:
    come = events(story)
    withdrawals = [data for data in come if isinstance(data, Withdrawn)]
    alone = [replace(data, message=f"w{number}") for number, data in enumerate(withdrawals)]
    undone = [_retraction(data) for data in alone]
    others = [data for data in come if not isinstance(data, Withdrawn)]
    assert folded([*others, *alone, *undone]) == folded(others)
