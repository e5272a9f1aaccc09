"""Which figures become metrics, so that they can be followed over time and alarms can be put on them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from streams.core.monitors import exposed_parties, exposed_youths
from streams.core.monitors.exposed_cells import Frame
from streams.core.monitors.exposed_metrics import FLOW_DAYS, METRICS, Sample
from streams.core.monitors.exposed_waiting import waiting
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import File
from streams.core.regions import Monitoring
from streams.core.workdays import local_day

__all__ = ["METRICS", "Sample", "samples"]


def samples(rows: Rows, files: Sequence[File], now: datetime, monitoring: Monitoring) -> tuple[Sample, ...]:
    """Every sample (of METRICS), as things stand at `now` (with time zone).

    files  those of rows.clients (trajecten.files). Absent is what would tell about few youths, and what nobody has.
    """
    return tuple(_samples(rows, files, _frame(files, now, monitoring)))


def _samples(rows: Rows, files: Sequence[File], frame: Frame) -> Iterator[Sample]:
    yield Sample("ijwhub_figures_made_timestamp_seconds", {}, frame.now.timestamp())
    yield from exposed_youths.care(files, frame)
    yield from waiting(files, frame)
    yield from exposed_youths.continuity(files, frame)
    yield from exposed_youths.claims(rows, frame)
    yield from exposed_parties.terms(rows, files, frame)
    yield from exposed_parties.burdens(rows, frame)
    yield from exposed_parties.drift(rows, files, frame)


def _frame(files: Sequence[File], now: datetime, monitoring: Monitoring) -> Frame:
    today = local_day(now)
    return Frame(now, today - timedelta(FLOW_DAYS - 1), today, monitoring, _gemeenten(files, monitoring))


def _gemeenten(files: Sequence[File], monitoring: Monitoring) -> Collection[tuple[str, str]]:
    """Region and code of every gemeente that is configured or seen."""
    configured = {(region.id, gemeente) for region in monitoring.regions for gemeente in region.gemeenten}
    return configured | {(one.region, one.gemeente) for file in files for one in file.toewijzingen}
