"""Folding with a store: every fold goes on where it was, whatever failed, and an embedded hub folds what it holds."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from connectors import sqlite_folds
from connectors.sqlite_folds import SqliteFolds
from monitoring.metrics import Metrics
from streams.core.fold_ports import FoldCommit
from streams.core.folding import Poison
from streams.core.ports import Fenced, StoreError
from streams.core.topics import EVENTS
from streams.hub import embedded_folding, folding
from streams.hub.embedded_folding import PARTITION, EmbeddedFolder
from streams.hub.folding import FOLDS, Folding
from tests.support.monitors import folded, rows
from tests.support.monitors_embedded import emptied, hold, hold_records
from tests.support.monitors_story import story

SOME = list(islice(story(0, random.Random(5)), 900))
CLEAN = folded(made for _, made in SOME)


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    await emptied(tmp_path / "hub.sqlite")
    return tmp_path / "hub.sqlite"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteFolds]:
    made = SqliteFolds(path)
    yield made
    await made.close()


def folder(store: SqliteFolds, metrics: Metrics | None = None) -> EmbeddedFolder:
    return EmbeddedFolder(Folding(FOLDS, store), store, metrics or Metrics())


async def fold_all(one: EmbeddedFolder) -> int:
    """Fold what there is; returns in how many goes."""
    goes = 0
    while await one.fold_some():
        goes += 1
    return goes


@asynccontextmanager
async def at_work(one: EmbeddedFolder) -> AsyncIterator[asyncio.Event]:
    more = asyncio.Event()
    task = asyncio.create_task(one.run(more))
    try:
        yield more
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_an_embedded_hub_folds_what_it_holds_in_parts(path: Path, store: SqliteFolds) -> None:
    hold(path, SOME[:500])
    metrics = Metrics()
    one = folder(store, metrics)
    assert await fold_all(one) == 3
    hold(path, SOME[500:])
    assert await fold_all(one) == 2
    assert await rows(store) == CLEAN
    counted = metrics.registry.get_sample_value("ijwhub_monitor_events_total", {"result": "folded"})
    assert counted == len(SOME)
    assert metrics.registry.get_sample_value("ijwhub_monitor_lag", {"partition": "0"}) == 0


async def test_lag_tells_how_many_events_wait(path: Path, store: SqliteFolds) -> None:
    hold(path, SOME)
    metrics = Metrics()
    await folder(store, metrics).fold_some()
    assert metrics.registry.get_sample_value("ijwhub_monitor_lag", {"partition": "0"}) == 700


async def test_outputs_in_the_outbox_are_no_events(path: Path, store: SqliteFolds) -> None:
    hold_records(path, [(0, 1, 1, "o", "out", "haarlem", b"<a/>")])
    assert await folder(store).fold_some() == 0


async def test_another_process_goes_on_where_the_last_one_was(path: Path, store: SqliteFolds) -> None:
    hold(path, SOME)
    goes = 0
    while await folder(store).fold_some():
        goes += 1
    assert goes == 5
    assert await rows(store) == CLEAN


async def test_a_fold_that_comes_later_catches_up_and_the_others_pass_over_what_they_have(
    path: Path, store: SqliteFolds
) -> None:
    hold(path, SOME[:400])
    await fold_all(EmbeddedFolder(Folding(FOLDS[:2], store), store, Metrics()))
    before = await store.fold_versions()
    one = folder(store)
    await fold_all(one)
    after = await store.fold_versions()
    assert {key: after[key] for key in before} == before
    hold(path, SOME[400:])
    await fold_all(one)
    assert await rows(store) == CLEAN


async def test_poison_is_told_once_without_its_text_and_what_follows_goes_on(path: Path, store: SqliteFolds) -> None:
    hold(path, SOME[:100])
    last = SOME[99][0][1]
    hold_records(path, [(0, last, 900, "x", EVENTS.name, "k", b'{"bsn":"999900006"')])
    metrics = Metrics()
    with capture_logs() as logs:
        await fold_all(folder(store, metrics))
    hold(path, [one for one in SOME[100:] if one[0][1] > last])
    await fold_all(folder(store, metrics))
    told = [log for log in logs if log["log_level"] == "error"]
    assert [(log["position"], log["reason"].split(" ")[0]) for log in told] == [(last, "DecodeError")]
    assert "999900006" not in str(logs)
    assert metrics.registry.get_sample_value("ijwhub_monitor_events_total", {"result": "poison"}) == 1
    assert await rows(store) == folded(made for place, made in SOME if place in _upto(100) or place[1] > last)


def _upto(count: int) -> set[tuple[int, int, int]]:
    return {place for place, _ in SOME[:count]}


async def test_large_events_are_read_and_folded_with_fewer_at_once(
    path: Path, store: SqliteFolds, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(path, SOME[:60])
    sizes = [len(event.body) for event in await store.events((0, 0), 100)]
    assert len(sizes) == 60
    for bound in (sizes[0] + sizes[1], sizes[0] + sizes[1] - 1, 1):
        monkeypatch.setattr(sqlite_folds, "BYTES_AT_ONCE", bound)
        read = await store.events((0, 0), 100)
        assert len(read) == (2 if bound == sizes[0] + sizes[1] else 1)
    assert await fold_all(folder(store)) == 60
    assert await rows(store) == folded(made for _, made in SOME[:60])


async def test_what_cannot_be_set_aside_is_not_passed_over(path: Path, store: SqliteFolds) -> None:
    hold_records(path, [(0, 1, 1, "x", EVENTS.name, "k", b"?")])
    found = [embedded_folding._occurrence(one) for one in await store.events((0, 0), 10)]
    asked: list[Sequence[Poison]] = []

    async def refuse(poison: Sequence[Poison]) -> None:
        asked.append(poison)
        raise StoreError("the broker is away")

    one = Folding(FOLDS, store)
    with pytest.raises(StoreError):
        await one.fold(PARTITION, found, refuse)
    assert [len(some) for some in asked] == [1]
    assert await one.position(PARTITION) == 0


async def _keep(poison: Sequence[Poison]) -> None:
    raise AssertionError("there is no poison here")


async def test_a_folding_that_was_left_behind_is_fenced_and_then_goes_on(path: Path, store: SqliteFolds) -> None:
    hold(path, SOME)
    found = [embedded_folding._occurrence(one) for one in await store.events((0, 0), 1_000)]
    old, new = Folding(FOLDS, store), Folding(FOLDS, store)
    await old.fold(PARTITION, found[:300], _keep)
    await new.fold(PARTITION, found[:600], _keep)
    with pytest.raises(Fenced):
        await old.fold(PARTITION, found[300:500], _keep)
    await old.fold(PARTITION, found[300:], _keep)
    assert await rows(store) == CLEAN


class FailsAtFirst(SqliteFolds):
    """A database that fails a few times, before or after doing what is asked."""

    failures = 3
    after_commit = False

    async def commit_folds(self, partition: int, commits: Sequence[FoldCommit]) -> None:
        if self.failures and not self.after_commit:
            self.failures -= 1
            raise StoreError("the disk is away")
        await super().commit_folds(partition, commits)
        if self.failures:
            self.failures -= 1
            raise StoreError("the answer was lost")


@pytest.mark.parametrize("after_commit", [False, True])
async def test_a_failing_store_is_tried_again_and_nothing_is_doubled(path: Path, after_commit: bool) -> None:
    hold(path, SOME)
    store, metrics = FailsAtFirst(path), Metrics()
    store.after_commit = after_commit
    async with at_work(folder(store, metrics)), asyncio.timeout(20):
        while store.failures or await rows(store) != CLEAN:
            await asyncio.sleep(0.02)
    assert metrics.registry.get_sample_value("ijwhub_store_errors_total") == 3
    await store.close()


async def test_a_fault_of_ours_is_tried_again_and_told_without_its_text(path: Path) -> None:
    class Faulty(SqliteFolds):
        failures = 1

        async def fold_rows(self, fold: str, partition: int, keys: object) -> Mapping[str, bytes]:
            if self.failures:
                self.failures -= 1
                raise KeyError("999900006")
            return await super().fold_rows(fold, partition, keys)  # type: ignore[arg-type]

    hold(path, SOME)
    store = Faulty(path)
    with capture_logs() as logs:
        async with at_work(folder(store)), asyncio.timeout(20):
            while await rows(store) != CLEAN:
                await asyncio.sleep(0.02)
    assert [log["error"].split(" ")[0] for log in logs if log["log_level"] == "error"] == ["KeyError"]
    assert "999900006" not in str(logs)
    await store.close()


async def test_it_is_woken_when_there_is_more(path: Path, store: SqliteFolds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_folding, "LOOK_ANYWAY", 3_600)
    async with at_work(folder(store)) as more, asyncio.timeout(20):
        await asyncio.sleep(0.2)
        hold(path, SOME)
        more.set()
        while await rows(store) != CLEAN:
            await asyncio.sleep(0.02)


async def test_it_looks_without_being_woken_too(
    path: Path, store: SqliteFolds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_folding, "LOOK_ANYWAY", 0.1)
    async with at_work(folder(store)), asyncio.timeout(20):
        await asyncio.sleep(0.2)
        hold(path, SOME)
        while await rows(store) != CLEAN:
            await asyncio.sleep(0.02)


async def test_rows_in_memory_may_be_thrown_away(
    path: Path, store: SqliteFolds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding, "MOST_ROWS", 3)
    hold(path, SOME)
    await fold_all(folder(store))
    assert await rows(store) == CLEAN


async def test_totals_are_those_of_every_fold(path: Path, store: SqliteFolds) -> None:
    hold(path, SOME)
    one = Folding(FOLDS, store)
    await fold_all(EmbeddedFolder(one, store, Metrics()))
    told = await one.totals()
    assert told.keys() == {"care", "claims", "berichten"}
    assert told["berichten"]["messages"] == sum(made.what == "bericht.decided" for _, made in SOME)
