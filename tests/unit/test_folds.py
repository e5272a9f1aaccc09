"""Folding one batch: doubles, poison, rows that are needed, and what traffic counts."""

from __future__ import annotations

import random

import msgspec
import pytest

from streams.core.events import CloudEvent
from streams.core.folding import NoPlace, Occurrence, fold_batch, moved_to, open_batch
from streams.core.folds.traffic import Traffic, TrafficFold, added, open_by_type
from streams.core.ports import FoldProgress
from tests.support.monitors import event

FOLD = TrafficFold()


def made(**data: object) -> CloudEvent:
    """An accepted JW305 of aanbieder to gemeente, but for what is given."""
    one = event((0, 1, 0), random.Random(1))
    fixed = {"bericht": "JW305", "afzender": "65656001", "ontvanger": "0392", "outcome": "accepted", "rules": ()}
    values = {**fixed, "awaits": False, "answers": None, **data}
    return msgspec.structs.replace(one, data=msgspec.structs.replace(one.data, **values))


def occurrence(offset: int, place: tuple[int, int, int] | None, one: CloudEvent | None = None) -> Occurrence:
    return Occurrence(offset, place, msgspec.json.encode(one or made()))


def test_a_message_counts_for_its_sender_by_outcome_and_rule() -> None:
    one = made(outcome="refused", rules=("TR018", "TR056"))
    assert FOLD.fold(one, {"65656001:JW305": Traffic(2, {"accepted": 2})}) == {
        "65656001:JW305": Traffic(3, {"accepted": 2, "refused": 1}, {"TR018": 1, "TR056": 1})
    }


def test_what_waits_is_open_at_its_receiver_until_that_one_answers() -> None:
    waits, answer = made(awaits=True), made(bericht="JW306", afzender="0392", ontvanger="65656001", answers="JW305")
    rows = dict(FOLD.fold(waits, {}))
    assert rows["0392:JW305"] == Traffic(open=1)
    rows.update(FOLD.fold(answer, rows))
    assert rows["0392:JW305"] == Traffic(open=0)
    assert rows["0392:JW306"] == Traffic(1, {"accepted": 1})


@pytest.mark.parametrize("one", [made(), made(awaits=True), made(answers="JW301"), made(awaits=True, answers="JW305")])
def test_an_event_changes_no_row_that_it_did_not_ask_for(one: CloudEvent) -> None:
    assert FOLD.fold(one, {}).keys() == set(FOLD.keys(one))


def test_rows_of_several_partitions_are_added_up() -> None:
    rows = [
        ("0392:JW305", Traffic(open=-1)),
        ("0392:JW301", Traffic(1, {"accepted": 1})),
        ("0392:JW305", Traffic(open=2)),
    ]
    totals = FOLD.totals(rows)
    assert totals == {"0392": {"JW301": Traffic(1, {"accepted": 1}), "JW305": Traffic(open=1)}}
    assert open_by_type(totals) == {"JW301": 0, "JW305": 1}
    row = added(Traffic(1, {"refused": 1}, {"TR018": 1}), Traffic(1, {"accepted": 1}, {"TR018": 2}, 3))
    assert FOLD.decode(FOLD.encode(row)) == row == Traffic(2, {"refused": 1, "accepted": 1}, {"TR018": 3}, 3)


def test_a_batch_leaves_out_what_was_folded_and_what_comes_twice() -> None:
    progress = FoldProgress(3, 7, {0: (5, 1)})
    places = [(2, (0, 9, 0)), (3, (0, 5, 1)), (4, (0, 5, 2)), (5, (0, 5, 2)), (6, (1, 1, 0)), (8, (0, 6, 0))]
    batch = open_batch(FOLD, [occurrence(*one) for one in places], progress)
    assert [offset for offset, _ in batch.events] == [4, 6, 8]
    assert batch.doubles == 2
    assert batch.progress == FoldProgress(9, 8, {0: (6, 0), 1: (1, 0)})
    assert progress == FoldProgress(3, 7, {0: (5, 1)})


def test_poison_is_handed_back_and_passed_over() -> None:
    bad = Occurrence(1, (0, 1, 1), b'{"bsn": "999900006"')
    places = [
        occurrence(0, (0, 1, 0)),
        bad,
        Occurrence(2, (0, 1, 1), bad.body),
        occurrence(3, None),
        occurrence(4, (0, 2, 0)),
    ]
    batch = open_batch(FOLD, places, FoldProgress())
    folded = fold_batch(FOLD, batch, {})
    assert [(one.offset, type(one.error)) for one in folded.poison] == [(1, msgspec.DecodeError), (3, NoPlace)]
    assert folded.rows["65656001:JW305"].messages == 2
    assert batch.progress.position == 5


def test_an_event_that_cannot_be_folded_leaves_the_rows_as_they_were() -> None:
    class Broken(TrafficFold):
        def fold(self, event: CloudEvent, rows: object) -> dict[str, Traffic]:
            if event.data.outcome == "refused":
                raise KeyError("999900006")
            return dict(super().fold(event, rows))  # type: ignore[arg-type]

    some = [occurrence(0, (0, 1, 0)), occurrence(1, (0, 2, 0), made(outcome="refused")), occurrence(2, (0, 3, 0))]
    folded = fold_batch(Broken(), open_batch(Broken(), some, FoldProgress()), {})
    assert [(one.offset, type(one.error)) for one in folded.poison] == [(1, KeyError)]
    assert folded.rows["65656001:JW305"] == Traffic(2, {"accepted": 2})


def test_progress_moves_past_what_is_no_longer_kept_and_never_back() -> None:
    assert moved_to(FoldProgress(3, 1), 10) == FoldProgress(10, 1)
    assert moved_to(FoldProgress(3, 1), 2) == FoldProgress(3, 1)
