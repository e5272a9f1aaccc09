"""The exchange on Kafka under fire: whatever dies or stalls, every message has one outcome, in order.

The last words of a run, with its seed, are printed; where something was wrong they name the logs of all workers.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.kafka_client import KafkaConnection
from deploy.finding import missing_for_kafka, missing_for_postgresql
from deploy.servers import Kafka, PostgreSQL
from tests.support.chaos import CONTROL, FULL, SHORT, Plan, Report, bounded, run
from tests.support.chaos_site import Site, on_own_servers
from tests.support.services import fresh_database, require, require_jars

SEED = 20261125


async def under_fire(plan: Plan, folder: Path) -> Report:
    require([*missing_for_kafka(), *missing_for_postgresql()])
    require_jars()
    with on_own_servers(folder) as site:
        report = await bounded(run(plan, SEED, site))
    print(report)
    return report


async def test_what_dies_or_stalls_loses_doubles_and_disorders_nothing(tmp_path: Path) -> None:
    report = await under_fire(SHORT, tmp_path)
    assert not report.faults, f"\n{report}"
    assert report.fenced, f"no batch met the fence, so it was not tried\n{report}"
    assert report.doubles["in"], f"no envelope stands in the log twice, so that was not tried\n{report}"


@pytest.mark.full
async def test_a_long_fire_loses_doubles_and_disorders_nothing(tmp_path: Path) -> None:
    report = await under_fire(FULL, tmp_path)
    assert not report.faults, f"\n{report}"
    assert report.fenced, f"no batch met the fence, so it was not tried\n{report}"


async def test_without_the_fence_this_test_finds_what_is_wrong(
    kafka: Kafka, postgres: PostgreSQL, tmp_path: Path
) -> None:
    """The control: chance may spare one run, but not three."""
    reports = []
    for seed in range(SEED, SEED + 3):
        with fresh_database(postgres) as url:
            connection = KafkaConnection(servers=kafka.address, prefix=f"control{seed}.")
            site = Site(kafka=kafka, postgresql=postgres, url=url, connection=connection, folder=tmp_path / str(seed))
            reports.append(await bounded(run(CONTROL, seed, site)))
        print(reports[-1])
        if any("differ" in fault or "with other bytes" in fault for fault in reports[-1].faults):
            return
    told = "\n".join(map(str, reports))
    pytest.fail(f"workers without a fence went unnoticed in three runs: the checks cannot be trusted\n{told}")
