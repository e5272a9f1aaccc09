"""Noting acts: durable before anybody goes on, many at once, never waited for in vain, and told to the ordinary log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from monitoring.logs import only_allowed
from monitoring.metrics import Metrics
from streams.core.auditing import BEGINNING, Act, Anchor, AuditEntry, anchor_of, chained, place_of
from streams.core.ports import StoreError
from streams.hub.audit_trail import AuditTrail


class MemoryLog:
    """Keeps the contract AuditLog in memory; every note waits for `open`, and fails with `fault` when there is one."""

    def __init__(self) -> None:
        self.kept: tuple[AuditEntry, ...] = ()
        self.groups: list[int] = []
        self.open = asyncio.Event()
        self.open.set()
        self.fault: Exception | None = None

    async def note(self, acts: Sequence[Act]) -> Anchor:
        self.groups.append(len(acts))
        await self.open.wait()
        if self.fault:
            raise self.fault
        self.kept += chained(await self.last(), acts)
        return await self.last()

    async def last(self) -> Anchor:
        return place_of(self.kept[-1]) if self.kept else BEGINNING

    async def entries(self, after: int, limit: int) -> tuple[AuditEntry, ...]:
        return self.kept[after : after + limit]


def act(actor: str = "haarlem", reason: str = "") -> Act:
    return Act(
        at=datetime(2026, 5, 4, 12, tzinfo=UTC),
        actor=actor,
        credential="token",
        action="refused" if reason else "read",
        where="GET /v1/postbus/{id}",
        reason=reason,
    )


@asynccontextmanager
async def at_work(trail: AuditTrail, tell_every: float = 600) -> AsyncIterator[None]:
    task = asyncio.create_task(trail.run(tell_every))
    await asyncio.sleep(0)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def soon() -> None:
    """Let every task go as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_note_ends_only_when_it_is_durable() -> None:
    log, metrics = MemoryLog(), Metrics()
    trail = AuditTrail(log, metrics)
    log.open.clear()
    async with at_work(trail):
        note = asyncio.create_task(trail.note(act()))
        await soon()
        assert not note.done()

        log.open.set()
        await note

    assert [entry.act for entry in log.kept] == [act()]


async def test_what_is_offered_meanwhile_is_noted_in_one_go_and_in_order() -> None:
    log = MemoryLog()
    trail = AuditTrail(log, Metrics())
    log.open.clear()
    async with at_work(trail):
        first = asyncio.create_task(trail.note(act("first")))
        await soon()
        others = [asyncio.create_task(trail.note(act(f"party-{number}"))) for number in range(250)]
        await soon()
        log.open.set()
        await asyncio.gather(first, *others)

    assert log.groups == [1, 200, 50]
    assert [entry.act.actor for entry in log.kept] == ["first", *(f"party-{number}" for number in range(250))]


async def test_a_log_that_fails_is_told_to_who_notes_and_the_next_one_goes_on() -> None:
    log, metrics = MemoryLog(), Metrics()
    trail = AuditTrail(log, metrics)
    async with at_work(trail):
        log.fault = StoreError("the disk is full")
        with pytest.raises(StoreError, match="disk is full"):
            await trail.note(act())
        log.fault = None
        await trail.note(act())

    assert len(log.kept) == 1
    assert metrics.registry.get_sample_value("ijwhub_store_errors_total") == 1
    assert metrics.registry.get_sample_value("ijwhub_audited_total", {"action": "read", "reason": ""}) == 1


async def test_nobody_waits_for_a_trail_that_did_not_begin() -> None:
    log = MemoryLog()
    await asyncio.wait_for(AuditTrail(log, Metrics()).note(act()), 1)
    assert len(log.kept) == 1


async def test_nobody_waits_for_a_trail_that_stopped() -> None:
    log = MemoryLog()
    trail = AuditTrail(log, Metrics())
    log.open.clear()
    async with at_work(trail):
        under_way = asyncio.create_task(trail.note(act()))
        await soon()
        waiting = asyncio.create_task(trail.note(act()))
        await soon()

    for note in (under_way, waiting, asyncio.create_task(trail.note(act()))):
        with pytest.raises(StoreError, match="stop"):
            await asyncio.wait_for(note, 1)


async def test_who_left_does_not_keep_the_others_from_being_noted() -> None:
    log = MemoryLog()
    trail = AuditTrail(log, Metrics())
    log.open.clear()
    async with at_work(trail):
        leaving, staying = (asyncio.create_task(trail.note(act(actor))) for actor in ("leaving", "staying"))
        await soon()
        leaving.cancel()
        await soon()
        log.open.set()
        await staying

    assert [entry.act.actor for entry in log.kept] == ["leaving", "staying"]


async def test_entries_are_counted_by_action_and_by_reason_of_a_refusal() -> None:
    metrics = Metrics()
    trail = AuditTrail(MemoryLog(), metrics)
    async with at_work(trail):
        for one in (act(), act(reason="not-found"), act(reason="not-found"), act(reason="too-often")):
            await trail.note(one)

    counted = {
        (sample.labels["action"], sample.labels["reason"]): sample.value
        for metric in metrics.registry.collect()
        for sample in metric.samples
        if sample.name == "ijwhub_audited_total"
    }
    assert counted == {("read", ""): 1, ("refused", "not-found"): 2, ("refused", "too-often"): 1}


async def test_the_ordinary_log_is_told_where_it_begins_how_it_grows_and_how_it_ends() -> None:
    log = MemoryLog()
    await log.note([act("before")])
    trail = AuditTrail(log, Metrics())
    with capture_logs() as lines:
        async with at_work(trail, tell_every=0.001):
            await asyncio.sleep(0.01)
            await log.note([act("another process")])
            await asyncio.sleep(0.05)
            told_by_then = len(lines)
            await trail.note(act("last"))

    anchors = [anchor_of(only_allowed(None, "info", line)["anchor"]) for line in lines]
    assert [anchor.number for anchor in anchors if anchor] == [1, 2, 3]
    assert anchors == [place_of(entry) for entry in log.kept]
    assert told_by_then == 2


async def test_an_empty_log_has_no_anchor() -> None:
    with capture_logs() as lines:
        async with at_work(AuditTrail(MemoryLog(), Metrics()), tell_every=0.001):
            await asyncio.sleep(0.01)

    assert lines == []
