"""Dashboards, alerts and recording rules as they are deployed: up to date, in Dutch, with a way out for each alert."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

import pytest
import yaml

from deploy.finding import ROOT
from monitoring.dashboards import words
from monitoring.dashboards.building import DATASOURCE, Words
from monitoring.dashboards.everything import DASHBOARDS, FOLDER, as_json
from monitoring.dashboards.figures import NEWEST
from streams.core.auditing import Action
from streams.core.effects import Outcome
from streams.core.intake import Reason
from streams.core.mail import Way
from streams.core.monitors.burden import Kind as ReworkKind
from streams.core.monitors.deadlines_terms import State
from streams.core.monitors.drift import Kind as SignalKind
from streams.core.monitors.exposed_metrics import LABELS, METRICS
from streams.core.undelivered import Undelivered
from streams.hub.deliveries import Outcome as Attempted

PROMETHEUS = ROOT / "deploy" / "prometheus"
SEVERITIES = {"critical", "warning", "notice"}
ENGLISH = re.compile(r"\b(the|and|messages|waiting|care|youths?|today|ended|terms?|with|from|who|which)\b", re.I)
DUTCH = re.compile(
    r"\b(de|het|een|van|die|dan|is|per|en|in|naar|wie|welk|welke|hoe|nu|hulp|berichten|wacht\w*|jeugdigen|termijnen|zorg)\b",
    re.I,
)


def boards() -> dict[str, Any]:
    """Every dashboard as it is deployed."""
    return {name: json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")) for name in DASHBOARDS}


def panels(name: str) -> list[dict[str, Any]]:
    """The panels of a dashboard, without the rows between them."""
    return [panel for panel in boards()[name]["panels"] if panel["type"] != "row"]


def rules(file: str) -> list[dict[str, Any]]:
    """The rules of a file."""
    return [rule for group in yaml.safe_load((PROMETHEUS / file).read_text())["groups"] for rule in group["rules"]]


def anchors() -> set[str]:
    """The anchors of the runbook, as Markdown readers make them of headings."""
    headings = re.findall(r"^#+ (.+)$", (ROOT / "deploy" / "runbook.md").read_text(), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def expressions() -> dict[str, str]:
    """Every question of dashboards, alerts and recording rules, by where it stands."""
    found = {
        f"{name}: {panel['title']}: {target['refId']}": target["expr"]
        for name in DASHBOARDS
        for panel in panels(name)
        for target in panel["targets"]
    }
    for file in ("alerts.yaml", "recording.yaml"):
        found |= {f"{file}: {rule.get('alert') or rule['record']}": rule["expr"] for rule in rules(file)}
    return found


@pytest.mark.parametrize("name", list(DASHBOARDS))
def test_what_is_deployed_is_what_the_code_says(name: str) -> None:
    written = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    assert written == as_json(DASHBOARDS[name]()), "run python -m monitoring.dashboards"


def test_no_dashboard_is_deployed_that_no_code_makes() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(DASHBOARDS)


def test_names_of_dashboards_are_each_there_once() -> None:
    assert len({board["uid"] for board in boards().values()}) == len(DASHBOARDS)


@pytest.mark.parametrize("name", list(DASHBOARDS))
def test_titles_and_descriptions_are_there_and_dutch(name: str) -> None:
    board = boards()[name]
    texts = [board["title"], board["description"]]
    texts += [panel["title"] for panel in board["panels"]]
    texts += [panel["description"] for panel in panels(name)]
    assert all(texts)
    assert [text for text in texts if ENGLISH.search(text)] == []
    assert [panel["description"] for panel in panels(name) if not DUTCH.search(panel["description"])] == []
    assert [one["label"] for one in board["templating"]["list"] if not one["label"]] == []


@pytest.mark.parametrize("name", list(DASHBOARDS))
def test_panels_have_ids_of_their_own_and_do_not_overlap(name: str) -> None:
    found = boards()[name]["panels"]
    assert len({panel["id"] for panel in found}) == len(found)
    places = [panel["gridPos"] for panel in found]
    squares = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(squares) == len(set(squares))
    assert max(x for x, _ in squares) < 24


@pytest.mark.parametrize("name", list(DASHBOARDS))
def test_every_panel_asks_the_datasource_that_is_provisioned(name: str) -> None:
    provisioned = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/prometheus.yaml").read_text())
    uids = {one["uid"] for one in provisioned["datasources"]}
    asked = {target["datasource"]["uid"] for panel in panels(name) for target in panel["targets"]}
    assert asked == uids == {DATASOURCE.uid}


@pytest.mark.parametrize("name", list(DASHBOARDS))
def test_a_number_is_of_this_moment_so_that_a_figure_of_too_few_is_not_shown_as_it_was_before(name: str) -> None:
    of_now = [panel for panel in panels(name) if panel["type"] in ("stat", "bargauge")]
    assert [panel["title"] for panel in of_now for target in panel["targets"] if not target.get("instant")] == []


@pytest.mark.parametrize("name", list(DASHBOARDS))
def test_variables_that_are_asked_for_are_there(name: str) -> None:
    asked = {
        found
        for panel in panels(name)
        for target in panel["targets"]
        for found in re.findall(r"\$(\w+)", target["expr"])
    }
    assert asked == {one["name"] for one in boards()[name]["templating"]["list"]}


@pytest.mark.parametrize("alert", [pytest.param(rule, id=rule["alert"]) for rule in rules("alerts.yaml")])
def test_every_alert_says_what_is_wrong_how_bad_it_is_and_what_to_do(alert: dict[str, Any]) -> None:
    assert alert["annotations"]["summary"]
    assert alert["labels"]["severity"] in SEVERITIES
    page, _, anchor = alert["annotations"]["runbook_url"].partition("#")
    assert page == "{{ $externalLabels.runbooks }}deploy/runbook.md"
    assert anchor == alert["alert"].lower()
    assert anchor in anchors()


def test_every_alert_is_tried_by_promtool_silent_and_told() -> None:
    files = [yaml.safe_load(path.read_text()) for path in (PROMETHEUS / "tests").glob("*.yaml")]
    tried = [one for file in files for test in file["tests"] for one in test.get("alert_rule_test", ())]
    alerts = {rule["alert"] for rule in rules("alerts.yaml")}
    assert {one["alertname"] for one in tried if one.get("exp_alerts")} == alerts
    assert {one["alertname"] for one in tried if not one.get("exp_alerts")} == alerts


@pytest.mark.parametrize(("where", "expr"), [pytest.param(*one, id=one[0]) for one in expressions().items()])
def test_only_the_figures_made_last_are_asked_before_anything_is_added_up(where: str, expr: str) -> None:
    figures = METRICS.keys() - {"ijwhub_figures_made_timestamp_seconds"}
    for name in re.findall(r"\bijwhub_\w+", re.sub(r"\w+:ijwhub_\w+:\w+", "", expr)):
        if name in figures:
            one = rf"max (?:by|without) \([\w, ]*\) \({name}(?:{{[^}}]*}})?\s+and on \(job, instance\) {NEWEST}\)"
            assert re.search(one, expr), f"{where}: {expr}"


def test_youths_of_an_aanbieder_are_asked_of_one_region_or_added_up_as_counts() -> None:
    """A median or a share of several regions cannot be added up."""
    of_youths = {name for name, metric in METRICS.items() if metric.labels[:2] == ("region", "aanbieder")}
    asked = [expr for expr in expressions().values() if any(re.search(rf"\b{name}\b", expr) for name in of_youths)]
    assert asked
    apart = re.compile(r'region="\$region"|sum by \([^)]*\bregion\b')
    assert [expr for expr in asked if re.search("ratio|mediaan", expr) and not apart.search(expr)] == []


@pytest.mark.parametrize(("where", "expr"), [pytest.param(*one, id=one[0]) for one in expressions().items()])
def test_recorded_series_that_are_asked_for_are_recorded(where: str, expr: str) -> None:
    recorded = {rule["record"] for rule in rules("recording.yaml")}
    assert set(re.findall(r"\w+:ijwhub_\w+:\w+", expr)) <= recorded


def test_what_is_recorded_is_asked_by_something() -> None:
    asked = {found for expr in expressions().values() for found in re.findall(r"\w+:ijwhub_\w+:\w+", expr)}
    assert {rule["record"] for rule in rules("recording.yaml")} <= asked


@pytest.mark.parametrize(
    ("known", "meant"),
    [
        pytest.param(words.STATES, get_args(State), id="states of terms"),
        pytest.param(words.REWORK, get_args(ReworkKind), id="kinds of rework"),
        pytest.param(words.SIGNALS, get_args(SignalKind), id="signals of aanbieders"),
        pytest.param(words.OUTCOMES, get_args(Outcome), id="outcomes of messages"),
        pytest.param(words.OFFERED, ("new", "repeat", "conflict", *get_args(Reason)), id="results at the door"),
        pytest.param(words.ATTEMPTED, get_args(Attempted), id="attempts to deliver"),
        pytest.param(words.GOTTEN, get_args(Way), id="ways to get mail"),
        pytest.param(words.UNDELIVERED, get_args(Undelivered), id="what was not delivered"),
        pytest.param(words.NOTED, get_args(Action), id="acts in the audit log"),
        pytest.param(words.CLAIMED, LABELS["uitkomst"].pattern.split("|"), id="what became of claims"),
    ],
)
def test_dashboards_have_a_dutch_word_for_everything_that_such_a_label_holds(
    known: Words, meant: tuple[str, ...]
) -> None:
    assert set(known) == set(meant)
