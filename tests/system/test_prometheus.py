"""A real Prometheus asks everything that dashboards, alerts and recording rules ask, and gets an answer.

It scrapes one process twice, as hub and as monitor: two monitors tell the same figures, which must not be added up.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client import start_http_server

from deploy.finding import HOST, ROOT, free_port
from streams.cli.filling import RegionClock, at_the_desk, live_through
from streams.hub.figures import tell_figures
from streams.hub.settings import Settings
from streams.simulating.configuration import Simulation
from streams.simulating.region import parties_yaml
from streams.simulating.simulation import simulate
from tests.support.process import HubProcess, write_parties
from tests.support.prometheus import Prometheus, metrics, missing_for_prometheus, stir
from tests.support.services import require, running

FOLDER = ROOT / "deploy" / "prometheus"
DASHBOARDS = sorted((ROOT / "deploy" / "grafana" / "dashboards").glob("*.json"))
READY = ("bericht:ijwhub_processing_seconds:p95_5m", "region:ijwhub_jeugdigen_in_zorg:max", "ijwhub_fenced_total")
REGIONS = ROOT / "deploy" / "example" / "regions.yaml"
LOOKS = 120
SIMULATED = "zuid-kennemerland"
"""A region of REGIONS in which the simulated youths live; in the first by its name nobody does."""
JW301 = (ROOT / "tests" / "cases" / "messages" / "JW301.xml").read_bytes()
GEMEENTE, AANBIEDER = "0392", "65656001"


def rules(file: str) -> list[dict[str, Any]]:
    """The rules of a file."""
    return [rule for group in yaml.safe_load((FOLDER / file).read_text())["groups"] for rule in group["rules"]]


def asked() -> list[tuple[str, str, str]]:
    """Dashboard, panel and question of every panel."""
    boards = [(path.stem, json.loads(path.read_text(encoding="utf-8"))) for path in DASHBOARDS]
    return [
        (name, f"{panel['id']} {panel['title']}", target["expr"])
        for name, board in boards
        for panel in board["panels"]
        for target in panel.get("targets", ())
    ]


def configuration(address: str) -> str:
    """The configuration that is deployed, with this one address to scrape, every second."""
    settings = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    settings["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    settings["rule_files"] = [str(FOLDER / file) for file in settings["rule_files"]]
    for job in settings["scrape_configs"]:
        job["static_configs"] = [{"targets": [address]}]
    return str(yaml.safe_dump(settings))


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    require(missing_for_prometheus())
    told = metrics()
    server, thread = start_http_server(0, HOST, told.registry)
    made = Prometheus(tmp_path_factory.mktemp("prometheus"), free_port(), configuration(f"{HOST}:{server.server_port}"))
    with running(made):
        for _ in range(LOOKS):
            stir(told)
            if all(is_answered(made, expr) for expr in READY):
                break
            time.sleep(0.5)
        asking = asked()
        for _ in range(LOOKS):  # on a busy machine it scrapes late, and a rate needs two scrapes
            stir(told)
            asking = [one for one in asking if not is_answered(made, filled(made, one[0], one[2]))]
            if not asking:
                break
            time.sleep(0.5)
        yield made
    server.shutdown()
    thread.join()


def is_answered(prometheus: Prometheus, expr: str) -> bool:
    """Whether something comes back that a panel can show."""
    return any(not math.isnan(float(one["value"][1])) for one in prometheus.query(expr))  # type: ignore[index]


def chosen(prometheus: Prometheus, dashboard: str) -> dict[str, str]:
    """For each variable of a dashboard the first value, as Grafana chooses it when the dashboard is opened."""
    board = json.loads((ROOT / "deploy" / "grafana" / "dashboards" / f"{dashboard}.json").read_text(encoding="utf-8"))
    found = {}
    for variable in board.get("templating", {}).get("list", ()):
        query = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"])
        assert query is not None, variable["query"]
        values = prometheus.label_values(query[1], query[2])
        assert values, f"{variable['name']} of {dashboard} has no values"
        found[variable["name"]] = values[0]
    return found


def filled(prometheus: Prometheus, dashboard: str, expr: str) -> str:
    """A question with its variables filled in."""
    for name, value in chosen(prometheus, dashboard).items():
        expr = expr.replace(f"${name}", value)
    return expr


@pytest.mark.parametrize(("dashboard", "panel", "expr"), asked())
def test_every_question_of_a_panel_is_answered(prometheus: Prometheus, dashboard: str, panel: str, expr: str) -> None:
    question = filled(prometheus, dashboard, expr)
    assert "$" not in question
    assert is_answered(prometheus, question), f"{panel}: {question} has no data"


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule["record"]) for rule in rules("recording.yaml")])
def test_every_recording_rule_records_something(prometheus: Prometheus, rule: dict[str, Any]) -> None:
    assert is_answered(prometheus, rule["expr"])
    assert is_answered(prometheus, rule["record"])


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule["alert"]) for rule in rules("alerts.yaml")])
def test_every_alert_can_be_asked_and_is_about_metrics_that_are_there(
    prometheus: Prometheus, rule: dict[str, Any]
) -> None:
    prometheus.query(rule["expr"])
    names = set(re.findall(r"[a-z_]*:?ijwhub\w*(?::\w+)?|\bup\b", re.sub(r'"[^"]*"', "", rule["expr"])))
    assert names
    assert [name for name in sorted(names) if not prometheus.query(name)] == []


def test_two_processes_that_tell_the_same_figures_are_not_added_up(prometheus: Prometheus) -> None:
    raw = prometheus.query("ijwhub_jeugdigen_in_zorg_region")
    recorded = prometheus.query("region:ijwhub_jeugdigen_in_zorg:max")
    assert len(raw) == 2
    assert [one["value"][1] for one in recorded] == ["72"]  # type: ignore[index]


def test_as_deployed_no_process_is_expected_that_a_hub_on_one_file_does_not_have() -> None:
    jobs = yaml.safe_load((FOLDER / "prometheus.yml").read_text())["scrape_configs"]
    expected = {job["job_name"]: [one["targets"] for one in job["static_configs"]] for job in jobs}
    assert expected == {"ijwhub": [["127.0.0.1:8320"]], "ijwhub-monitor": [[]]}


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("check", "config", "prometheus.yml"), id="configuration"),
        pytest.param(("check", "rules", "alerts.yaml", "recording.yaml"), id="rules"),
        *(
            pytest.param(("test", "rules", f"tests/{path.name}"), id=path.name)
            for path in sorted((FOLDER / "tests").glob("*.yaml"))
        ),
    ],
)
def test_promtool_finds_nothing_wrong(arguments: tuple[str, ...]) -> None:
    require(missing_for_prometheus())
    done = subprocess.run(["promtool", *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_tests_are_there() -> None:
    assert list(Path(FOLDER / "tests").glob("*.yaml"))


def test_a_real_hub_answers_what_the_dashboard_of_operations_asks(tmp_path: Path) -> None:
    require(missing_for_prometheus())
    write_parties(tmp_path / "parties.yaml", [GEMEENTE], [AANBIEDER], folders=frozenset([GEMEENTE]))
    hub = HubProcess(tmp_path, free_port(), {"IJWHUB_FIGURES_EVERY": "1"})
    hub.start()
    try:
        hub.wait_until_ready()
        made = Prometheus(tmp_path / "prometheus", free_port(), configuration(f"{HOST}:{hub.port}"))
        with running(made):
            unanswered = [(panel, expr) for board, panel, expr in asked() if board == "operations"]
            for look in range(LOOKS):
                trade(hub, look)
                unanswered = [one for one in unanswered if not is_answered(made, one[1])]
                if not unanswered:
                    break
                time.sleep(0.5)
            assert unanswered == []
    finally:
        hub.stop()


@pytest.mark.full
async def test_a_hub_that_lives_through_a_year_of_a_region_answers_every_question(tmp_path: Path) -> None:
    """Prometheus scrapes it all the time. Of operations only what an embedded hub without partners outside has."""
    require(missing_for_prometheus())
    simulated = simulate(Simulation(), seed=3)
    (tmp_path / "parties.yaml").write_text(parties_yaml(simulated.directory), encoding="utf-8")
    clock = RegionClock()
    settings = Settings(data=tmp_path / "hub", parties=tmp_path / "parties.yaml", monitoring=REGIONS)
    async with at_the_desk(settings, clock) as hub:
        server, thread = start_http_server(0, HOST, hub.metrics.registry)
        address = f"{HOST}:{server.server_port}"
        made = Prometheus(tmp_path / "prometheus", free_port(), configuration(address))
        with running(made):
            await live_through(hub, clock, simulated, lambda: None)
            await tell_figures(hub.figures, hub.metrics)
            asking = [(board, panel, expr) for board, panel, expr in asked() if board != "operations"]
            assert await asyncio.to_thread(unanswered_in_the_end, made, asking) == []
            scraped = made.query('count_over_time(ijwhub_messages_total{bericht="JW301",outcome="accepted"}[10m])')
            assert max(float(one["value"][1]) for one in scraped) > 20  # type: ignore[index]
        server.shutdown()
        thread.join()


def unanswered_in_the_end(prometheus: Prometheus, asking: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """What is not answered, however long one waits."""
    for _ in range(LOOKS):
        if is_answered(prometheus, "region:ijwhub_jeugdigen_in_zorg:max"):
            break
        time.sleep(0.5)
    for _ in range(LOOKS):
        left = []
        aanbieders = prometheus.label_values("ijwhub_declaraties_euro_aanbieder", "aanbieder")
        for board, panel, expr in asking:
            # Of a small aanbieder much is hidden, so any that can be chosen will do.
            expr = expr.replace("$region", SIMULATED).replace("$fase", "start")
            some = [expr.replace("$aanbieder", one) for one in aanbieders]
            if not any(is_answered(prometheus, one) for one in dict.fromkeys(some)):
                left.append((board, panel, expr))
        if not left:
            break
        time.sleep(0.5)
    return left


def trade(hub: HubProcess, number: int) -> None:
    """Let a gemeente offer an assignment once more; the aanbieder empties its mailbox and asks for what is not."""
    told = {"Authorization": f"Bearer {GEMEENTE}", "Content-Type": "application/xml", "Idempotency-Key": str(number)}
    httpx.post(f"{hub.url}/v1/berichten", content=JW301, headers=told).raise_for_status()
    with httpx.Client(base_url=hub.url, headers={"Authorization": f"Bearer {AANBIEDER}"}) as aanbieder:
        assert aanbieder.get("/v1/postbus/nothing").status_code == 404
        for waiting in aanbieder.get("/v1/postbus").raise_for_status().json():
            aanbieder.get(f"/v1/postbus/{waiting['id']}").raise_for_status()
            aanbieder.delete(f"/v1/postbus/{waiting['id']}").raise_for_status()
