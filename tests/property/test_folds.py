"""Totals depend on what happened only: not on batches, partitions, doubles, or how partitions of the log interleave."""

from __future__ import annotations

import random
from collections.abc import Iterator

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from connectors.kafka_producer import partition_of
from streams.core.events import CloudEvent
from streams.core.folding import Occurrence, fold_batch, open_batch
from streams.core.folds.traffic import TrafficFold
from streams.core.ports import FoldProgress
from tests.support.monitors import Place, Sums, event, sums

FOLD = TrafficFold()
Published = list[tuple[Place, CloudEvent]]


@given(
    counts=st.lists(st.integers(0, 30), min_size=1, max_size=4),
    partitions=st.integers(1, 4),
    doubles=st.floats(0, 0.9),
    chance=st.randoms(use_true_random=False),
)
def test_totals_are_those_of_every_event_once(
    counts: list[int], partitions: int, doubles: float, chance: random.Random
) -> None:
    logs = [list(_log(number, count, chance)) for number, count in enumerate(counts)]
    expected = sums(made for log in logs for _, made in log)
    come = _interleaved([list(_with_doubles(log, doubles, chance)) for log in logs], chance)
    rows: list[tuple[str, bytes]] = []
    for partition in range(partitions):
        rows += _folded([one for one in come if partition_of(one[1].subject, partitions) == partition], chance)
    assert _totals(rows) == expected


def _log(number: int, count: int, chance: random.Random) -> Iterator[tuple[Place, CloudEvent]]:
    for position in range(count):
        for within in range(chance.randint(1, 2)):
            place = (number, position + 1, within)
            yield place, event(place, chance)


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


def _folded(come: Published, chance: random.Random) -> list[tuple[str, bytes]]:
    """The rows of one partition after batches of any size, each of which may be handed over more than once."""
    some = [Occurrence(offset, place, msgspec.json.encode(made)) for offset, (place, made) in enumerate(come)]
    progress, kept = FoldProgress(), dict[str, bytes]()
    while progress.position < len(some):
        begin = chance.randint(0, progress.position)
        batch = open_batch(FOLD, some[begin : progress.position + chance.randint(1, 10)], progress)
        folded = fold_batch(FOLD, batch, {key: FOLD.decode(kept[key]) for key in batch.keys if key in kept})
        assert not folded.poison
        kept.update((key, FOLD.encode(row)) for key, row in folded.rows.items())
        progress = batch.progress
    return list(kept.items())


def _totals(rows: list[tuple[str, bytes]]) -> Sums:
    made: Sums = msgspec.to_builtins(FOLD.totals([(key, FOLD.decode(row)) for key, row in rows]))
    return made
