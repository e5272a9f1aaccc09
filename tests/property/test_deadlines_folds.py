"""Rows of berichten and claims are the same however the events of several relations come between each other."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.events import PREFIX, SOURCE, CloudEvent, Data
from streams.core.folds.berichten import BerichtenFold
from streams.core.folds.claims import ClaimsFold
from streams.core.happenings import Claimed, ClaimLine, Corrected, Decided, Late, Refused, Returned

checked = settings(max_examples=100)
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DUE = date(2026, 6, 4)


def event(what: str, subject: str, data: Data, at: datetime = NOW) -> CloudEvent:
    return CloudEvent(id="e", source=SOURCE, type=PREFIX + what, time=at, subject=subject, data=data)


def about_messages(relation: str, chance: random.Random) -> list[CloudEvent]:
    """The events of one relation, in order: messages that come, wait and are answered."""
    gemeente, aanbieder = relation.split(":")
    made: list[tuple[str, Data]] = []
    for number in range(chance.randint(1, 6)):
        common: dict[str, Any] = {
            "relation": relation,
            "message": f"{relation}-{number}",
            "bericht": chance.choice(["JW305", "JW307"]),
            "afzender": aanbieder,
            "ontvanger": gemeente,
            "received_at": NOW + timedelta(hours=chance.randint(0, 40)),
        }
        awaits, refused = chance.random() < 0.5, chance.random() < 0.5
        outcome = {"outcome": "refused" if refused else "accepted", "level": chance.choice([1, 3]) if refused else None}
        resend = chance.random() < 0.3
        made.append(
            ("bericht.decided", Decided(**common, **outcome, rules=(), awaits=awaits, answers=None, resend=resend))
        )
        if refused:
            made.append(("bericht.refused", Refused(**common, by="hub", whole=True, level=3, rules=("TR018",))))
        if chance.random() < 0.3:
            made.append(("bericht.corrected", Corrected(**common, kinds={"stop ingetrokken": chance.randint(1, 3)})))
        if awaits and chance.random() < 0.6:
            at = NOW + timedelta(days=chance.randint(0, 6))
            made.append(("bericht.answered", Returned(**common, by="ontvanger", at=at, due=DUE, refused=False)))
        if chance.random() < 0.2:
            made.append(("bericht.late", Late(**common, rule="OP272", responsible=aanbieder, due=DUE, days=1)))
    return [event(what, relation, data) for what, data in made]


def about_claims(relation: str, chance: random.Random) -> list[CloudEvent]:
    """The events of one youth at one relation, in order: lines that are claimed and answered."""
    made = []
    for number in range(chance.randint(1, 4)):
        lines = tuple(line(f"R{number}-{one}", chance) for one in range(chance.randint(1, 3)))
        outcome = chance.choice([None, "zorg.granted", "zorg.refused"])
        for what in ("zorg.claimed", outcome):
            if what is not None:
                data = Claimed(
                    relation=relation,
                    message=f"{relation}-{number}",
                    bericht="JW323",
                    received_at=NOW,
                    declaratie=f"D{number}",
                    periode=date(2026, 5, 1),
                    lines=lines,
                )
                made.append(event(what, "a" * 32, data, NOW + timedelta(number)))
    return made


def line(referentie: str, chance: random.Random) -> ClaimLine:
    return ClaimLine(
        referentie=referentie,
        toewijzing=chance.randint(7, 8),
        categorie="45",
        code="45A04",
        van=date(2026, 5, 1),
        tot=date(2026, 5, 31),
        volume=1,
        eenheid="04",
        bedrag=chance.randint(1, 9),
    )


Fold = BerichtenFold | ClaimsFold


def folded(fold: Fold, events: Sequence[CloudEvent]) -> dict[str, bytes]:
    """The rows as they are kept, read and written again with every event."""
    kept: dict[str, bytes] = {}
    for one in events:
        rows: Any = {key: fold.decode(kept[key]) for key in fold.keys(one) if key in kept}
        kept.update((key, fold.encode(row)) for key, row in fold.fold(one, rows).items())  # type: ignore[arg-type]
    return kept


def interleaved(some: Sequence[Sequence[CloudEvent]], chance: random.Random) -> list[CloudEvent]:
    turns = [number for number, events in enumerate(some) for _ in events]
    chance.shuffle(turns)
    left = [iter(events) for events in some]
    return [next(left[number]) for number in turns]


def check(fold: Fold, about: Callable[[str, random.Random], list[CloudEvent]], chance: random.Random) -> None:
    relations = ["0392:65656001", "0392:65656002", "0453:65656001"]
    some = [about(relation, chance) for relation in relations]
    one_by_one = [event for events in some for event in events]
    expected = folded(fold, one_by_one)
    assert expected
    assert folded(fold, interleaved(some, chance)) == expected
    for events in some:
        alone = folded(fold, events)
        assert alone.items() <= expected.items()


@checked
@given(chance=st.randoms(use_true_random=False))
def test_rows_of_messages_do_not_depend_on_how_relations_interleave(chance: random.Random) -> None:
    check(BerichtenFold(), about_messages, chance)


@checked
@given(chance=st.randoms(use_true_random=False))
def test_rows_of_claims_do_not_depend_on_how_relations_interleave(chance: random.Random) -> None:
    check(ClaimsFold(), about_claims, chance)
