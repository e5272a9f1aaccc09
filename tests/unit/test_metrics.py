"""Metrics that are worked out: a partition that stands still."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitoring.metrics import Metrics
from streams.core.ports import Backlog

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def stalled(metrics: Metrics, seconds: int, position: int, count: int, waiting_for: int = 0) -> float | None:
    """What is told at so many seconds past noon, when the oldest waits so long."""
    now = NOON + timedelta(seconds=seconds)
    since = now - timedelta(seconds=waiting_for) if count else None
    metrics.tell_backlog([Backlog(partition=3, position=position, count=count, since=since)], now)
    return metrics.registry.get_sample_value("ijwhub_stalled_seconds", {"partition": "3"})


def test_a_partition_without_work_does_not_stand_still() -> None:
    metrics = Metrics()
    assert [stalled(metrics, at, position=5, count=0) for at in (0, 60)] == [0, 0]


def test_work_that_came_a_moment_ago_is_no_standstill() -> None:
    metrics = Metrics()
    stalled(metrics, 0, position=5, count=0)
    assert stalled(metrics, 60, position=5, count=2, waiting_for=1) == 1


def test_a_partition_that_lives_but_does_not_move_stands_still() -> None:
    metrics = Metrics()
    stalled(metrics, 0, position=5, count=2, waiting_for=100)
    assert stalled(metrics, 30, position=5, count=9, waiting_for=130) == 30


def test_a_partition_that_lags_but_moves_does_not_stand_still() -> None:
    metrics = Metrics()
    stalled(metrics, 0, position=5, count=900, waiting_for=100)
    assert stalled(metrics, 30, position=6, count=900, waiting_for=120) == 0
