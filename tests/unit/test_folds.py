"""Folding one batch: doubles, poison, the rows that are needed; and what each of the folds keeps, in small."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import islice

import msgspec
import pytest

from streams.core.events import CloudEvent, UnknownEvent, encoded
from streams.core.fold_ports import FoldProgress
from streams.core.folding import Fold, NoPlace, Occurrence, fold_batch, moved_to, open_batch
from streams.core.folds.berichten import Berichten, BerichtenFold
from streams.core.folds.care import CareFold
from streams.core.folds.claims import ClaimsFold
from streams.core.happenings import Bericht, Care, Claimed, Decided, Levered, Returned
from streams.hub.folding import FOLDS
from tests.support.monitors_story import NOW, story

SOME = [made for _, made in islice(story(0, random.Random(7)), 2_000)]
DAY = f"{NOW:%Y-%m-%d}"
KEY = f"0392:65656001|JW305|{DAY}"


def made(what: str = "bericht.decided", **data: object) -> CloudEvent:
    """A message decided on: an accepted JW305 of aanbieder to gemeente, but for what is given."""
    decided = Decided(
        relation="0392:65656001",
        message="m1",
        bericht="JW305",
        afzender="65656001",
        ontvanger="0392",
        received_at=NOW,
        outcome="accepted",
        level=None,
        rules=(),
        awaits=False,
        answers=None,
    )
    told = msgspec.structs.replace(decided, **data)
    return CloudEvent(id="x", source="s", type=f"nl.ijwhub.{what}", time=NOW, subject=told.relation, data=told)


def occurrence(offset: int, place: tuple[int, int, int] | None, one: CloudEvent | None = None) -> Occurrence:
    return Occurrence(offset, place, encoded(one or made()))


# --- batches -----------------------------------------------------------------------------------------


def test_a_batch_leaves_out_what_was_folded_and_what_comes_twice() -> None:
    progress = FoldProgress(3, 7, {0: (5, 1)})
    places = [(2, (0, 9, 0)), (3, (0, 5, 1)), (4, (0, 5, 2)), (5, (0, 5, 2)), (6, (1, 1, 0)), (8, (0, 6, 0))]
    batch = open_batch(BerichtenFold(), [occurrence(*one) for one in places], progress)
    assert [offset for offset, _ in batch.events] == [4, 6, 8]
    assert (batch.fresh, batch.doubles) == (3, 2)
    assert batch.progress == FoldProgress(9, 8, {0: (6, 0), 1: (1, 0)})
    assert progress == FoldProgress(3, 7, {0: (5, 1)})


def test_an_event_that_does_not_concern_a_fold_moves_it_and_asks_for_no_row() -> None:
    batch = open_batch(CareFold(), [occurrence(4, (0, 1, 0))], FoldProgress())
    assert (batch.events, batch.keys, batch.fresh) == ((), frozenset(), 1)
    assert batch.progress == FoldProgress(5, 1, {0: (1, 0)})
    assert fold_batch(CareFold(), batch, {}).rows == {}


def test_poison_is_handed_back_and_passed_over() -> None:
    bad = Occurrence(1, (0, 1, 1), b'{"bsn": "999900006"')
    unknown = Occurrence(4, (0, 1, 2), encoded(made("zorg.invented")))
    places = [
        occurrence(0, (0, 1, 0)),
        bad,
        Occurrence(2, (0, 1, 1), bad.body),
        occurrence(3, None),
        unknown,
        occurrence(5, (0, 2, 0)),
    ]
    batch = open_batch(BerichtenFold(), places, FoldProgress())
    folded = fold_batch(BerichtenFold(), batch, {})
    assert [(one.offset, type(one.error)) for one in folded.poison] == [
        (1, msgspec.DecodeError),
        (3, NoPlace),
        (4, UnknownEvent),
    ]
    assert folded.rows[KEY].outcomes == {"accepted": 2}
    assert batch.progress.position == 6


def test_an_event_that_cannot_be_folded_leaves_the_rows_as_they_were() -> None:
    class Broken(BerichtenFold):
        def fold(self, event: CloudEvent, rows: object) -> dict[str, Berichten]:
            if event.data.outcome == "refused":
                raise KeyError("999900006")
            return dict(super().fold(event, rows))  # type: ignore[arg-type]

    some = [occurrence(0, (0, 1, 0)), occurrence(1, (0, 2, 0), made(outcome="refused")), occurrence(2, (0, 3, 0))]
    folded = fold_batch(Broken(), open_batch(Broken(), some, FoldProgress()), {})
    assert [(one.offset, type(one.error)) for one in folded.poison] == [(1, KeyError)]
    assert folded.rows[KEY].outcomes == {"accepted": 2}


def test_progress_moves_past_what_is_no_longer_kept_and_never_back() -> None:
    assert moved_to(FoldProgress(3, 1), 10) == FoldProgress(10, 1)
    assert moved_to(FoldProgress(3, 1), 2) == FoldProgress(3, 1)


# --- every fold --------------------------------------------------------------------------------------


@pytest.mark.parametrize("fold", FOLDS, ids=lambda fold: fold.name)
def test_a_fold_changes_exactly_the_rows_that_it_asked_for_and_they_are_kept_whole(fold: Fold[object]) -> None:
    rows: dict[str, object] = {}
    concerned = 0
    for one in SOME:
        changed = fold.fold(one, rows)
        assert changed.keys() == set(fold.keys(one))
        assert all(fold.decode(fold.encode(row)) == row for row in changed.values())
        concerned += bool(changed)
        rows.update(changed)
    assert 0 < concerned < len(SOME)


def test_every_event_concerns_a_fold_and_care_and_messages_are_apart() -> None:
    for one in SOME:
        concerned = [fold.name for fold in FOLDS if fold.keys(one)]
        expected = ["claims"] if isinstance(one.data, Claimed) else ["care"] if isinstance(one.data, Care) else None
        assert concerned == (expected or ["berichten"])


def test_a_retracted_message_leaves_care_as_if_it_was_never_sent() -> None:
    fold = CareFold()
    common = {"bericht": "JW305", "relation": "0392:65656001", "received_at": NOW}
    started = _care("zorg.started", {**common, "message": "m1", "toewijzing": 1, "begin": "2026-05-01"})
    before = fold.fold(started, {})
    stopped = {**common, "message": "m2", "toewijzing": 1, "begin": "2026-05-01", "eind": "2026-05-04", "reden": "31"}
    after = fold.fold(_care("zorg.stopped", stopped), before)
    assert after != before
    retracted = _care("zorg.retracted", {**common, "message": "m3", "retracts": "m2"})
    assert fold.fold(retracted, after) == before


def _care(what: str, data: dict[str, object]) -> CloudEvent:
    kind = next(type(one.data) for one in SOME if one.what == what)
    told = msgspec.convert(data, kind)
    return CloudEvent(id="x", source="s", type=f"nl.ijwhub.{what}", time=NOW, subject="c" * 32, data=told)


def test_a_claim_line_is_open_until_it_is_answered() -> None:
    fold = ClaimsFold()
    claimed = next(one for one in SOME if one.what == "zorg.claimed")
    lines = len(claimed.data.lines)
    rows = dict(fold.fold(claimed, {}))
    assert fold.totals(list(rows.items())) == {"lines": lines, "open": lines}
    answer = msgspec.structs.replace(claimed, type="nl.ijwhub.zorg.granted", time=NOW + timedelta(days=9))
    rows.update(fold.fold(answer, rows))
    assert fold.totals(list(rows.items())) == {"lines": lines, "open": 0}
    assert {line.answered_at for row in rows.values() for line in row.lines} == {NOW + timedelta(days=9)}


def test_what_waits_is_awaited_until_its_receiver_answers() -> None:
    fold = BerichtenFold()
    rows = dict(fold.fold(made(awaits=True, identificatie="A1"), {}))
    assert rows[KEY].awaited["m1"].identificatie == "A1"
    told = {name: getattr(made().data, name) for name in Bericht.__struct_fields__}
    returned = Returned(**told, by="ontvanger", at=NOW + timedelta(days=3), due=NOW.date(), refused=False)
    rows.update(fold.fold(msgspec.structs.replace(made("bericht.answered"), data=returned), rows))
    assert rows[KEY].awaited == {}
    assert rows[KEY].returned == {"late": 1}


def test_a_start_says_nothing_of_messages() -> None:
    start = next(one for one in SOME if isinstance(one.data, Levered))
    assert not BerichtenFold().keys(start)
    assert BerichtenFold().fold(start, {}) == {}
