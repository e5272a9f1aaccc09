"""Rows depend on what happened only: not on batches, partitions, doubles, or how partitions of the log interleave."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connectors.kafka_producer import partition_of
from streams.core.events import CloudEvent, encoded
from streams.core.fold_ports import FoldProgress
from streams.core.folding import Fold, Occurrence, fold_batch, open_batch
from streams.hub.folding import FOLDS
from tests.support.monitors import folded, totals
from tests.support.monitors_story import Place, story

Published = list[tuple[Place, CloudEvent]]


@given(
    counts=st.lists(st.integers(0, 60), min_size=1, max_size=4),
    partitions=st.integers(1, 4),
    doubles=st.floats(0, 0.9),
    chance=st.randoms(use_true_random=False),
)
def test_rows_are_those_of_every_event_once(
    counts: list[int], partitions: int, doubles: float, chance: random.Random
) -> None:
    logs = [list(islice(story(number, chance), count)) for number, count in enumerate(counts)]
    events = [made for log in logs for _, made in log]
    come = _interleaved([list(_with_doubles(log, doubles, chance)) for log in logs], chance)
    kept: dict[str, dict[str, Any]] = {fold.name: {} for fold in FOLDS}
    for partition in range(partitions):
        mine = [one for one in come if partition_of(one[1].subject, partitions) == partition]
        for fold in FOLDS:
            rows = _kept(fold, mine, chance)
            assert not rows.keys() & kept[fold.name].keys(), "a row is of one partition"
            kept[fold.name].update(rows)
    assert kept == folded(events)
    assert totals(kept)["berichten"]["messages"] == Counter(one.what for one in events)["bericht.decided"]


def _with_doubles(log: Published, doubles: float, chance: random.Random) -> Iterator[tuple[Place, CloudEvent]]:
    """The events in order, each followed by any that went before."""
    for number, one in enumerate(log):
        yield one
        while chance.random() < doubles:
            yield log[chance.randint(0, number)]


def _interleaved(logs: list[Published], chance: random.Random) -> Published:
    turns = [number for number, log in enumerate(logs) for _ in log]
    chance.shuffle(turns)
    left = [iter(log) for log in logs]
    return [next(left[number]) for number in turns]


def _kept(fold: Fold[Any], come: Published, chance: random.Random) -> dict[str, Any]:
    """The rows of one partition after batches of any size, each of which may be handed over more than once."""
    some = [Occurrence(offset, place, encoded(made)) for offset, (place, made) in enumerate(come)]
    progress, kept = FoldProgress(), dict[str, bytes]()
    while progress.position < len(some):
        begin = chance.randint(0, progress.position)
        batch = open_batch(fold, some[begin : progress.position + chance.randint(1, 10)], progress)
        made = fold_batch(fold, batch, {key: fold.decode(kept[key]) for key in batch.keys if key in kept})
        assert not made.poison
        kept.update((key, fold.encode(row)) for key, row in made.rows.items())
        progress = batch.progress
    return {key: fold.decode(row) for key, row in kept.items()}
