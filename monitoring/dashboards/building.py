"""How a dashboard is put together: panels that look the same everywhere, an id for each, and one datasource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models

DATASOURCE = models.DataSourceRef("prometheus", "ijwhub-prometheus")
"""The uid stands in deploy/grafana/provisioning/datasources/prometheus.yaml as well."""
NOTHING = "geen cijfer"
"""What a panel says without a figure: nobody told it, or it is of too few youths."""
WIDTH = 24

Words: TypeAlias = Mapping[str, str]
"""What a label holds, and how a dashboard calls it."""
Panel: TypeAlias = stat.Panel | timeseries.Panel | bargauge.Panel


class Query(NamedTuple):
    """A question to Prometheus. `legend` is a Grafana template: {{label}} is filled in; without it, all labels."""

    expr: str
    legend: str = ""


class Block(NamedTuple):
    """Panels under one heading, side by side."""

    title: str
    panels: Sequence[Panel]


def number(title: str, says: str, expr: str, unit: str = "short", alarm: float | None = None) -> stat.Panel:
    """One number as it stands now; red from `alarm` upwards, for what should be nothing.

    It asks for this moment only: the last value of a span would be an old one once the figure is of too few youths.
    """
    steps = [models.Threshold(value=None, color="blue" if alarm is None else "green")]
    steps += [] if alarm is None else [models.Threshold(value=alarm, color="red")]
    panel = stat.Panel().title(title).description(says).unit(unit).datasource(DATASOURCE).height(5).no_value(NOTHING)
    thresholds = dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)
    reduced = common.ReduceDataOptions().calcs(["lastNotNull"])
    panel = panel.thresholds(thresholds).graph_mode(common_models.BigValueGraphMode.NONE).reduce_options(reduced)
    return panel.with_target(_now(expr))


def lines(title: str, says: str, *queries: Query, unit: str = "short", words: Words | None = None) -> timeseries.Panel:
    """Lines over time; `words` as they are shown in place of what a label holds."""
    panel = (
        timeseries.Panel().title(title).description(says).unit(unit).datasource(DATASOURCE).height(9).axis_soft_min(0)
    )
    legend = common.VizLegendOptions().display_mode(common_models.LegendDisplayMode.LIST).show_legend(True)
    panel = panel.fill_opacity(8).line_width(2).no_value(NOTHING)
    panel = panel.legend(legend.placement(common_models.LegendPlacement.BOTTOM))
    for number_, query in enumerate(queries):
        panel = panel.with_target(_range(query.expr, query.legend).ref_id(chr(ord("A") + number_)))
    for word, dutch in (words or {}).items():
        panel = panel.override_by_name(word, _called(dutch))
    return panel


def bars(title: str, says: str, query: Query, unit: str = "short", words: Words | None = None) -> bargauge.Panel:
    """A bar for each series, as things stand now, the longest first when the query sorts; `words` as in lines."""
    panel = bargauge.Panel().title(title).description(says).unit(unit).datasource(DATASOURCE).height(9)
    panel = panel.orientation(common_models.VizOrientation.HORIZONTAL).no_value(NOTHING)
    panel = panel.display_mode(common_models.BarGaugeDisplayMode.BASIC)
    panel = panel.color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.FIXED).fixed_color("blue"))
    panel = panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    for word, dutch in (words or {}).items():
        panel = panel.override_by_name(word, _called(dutch))
    return panel.with_target(_now(query.expr, query.legend))


def variable(name: str, label: str, metric: str) -> dashboard.QueryVariable:
    """A choice among the values that a label of a metric has now."""
    query = dashboard.QueryVariable(name).label(label).datasource(DATASOURCE).query(f"label_values({metric}, {name})")
    return query.refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED).sort(models.VariableSort.ALPHABETICAL_ASC)


def board(
    uid: str,
    title: str,
    says: str,
    blocks: Sequence[Block],
    variables: Sequence[dashboard.QueryVariable] = (),
    since: str = "now-90d",
) -> models.Dashboard:
    """A dashboard of these blocks, looking back to `since` when it opens."""
    made = dashboard.Dashboard(title).uid(f"ijwhub-{uid}").description(says).tags(["ijwhub"]).time(since, "now")
    made = made.timezone("Europe/Amsterdam").week_start("monday").refresh("1m").readonly()
    made = made.variables(list(variables)).link(_links())
    ids = iter(range(1, 1000))
    for block in blocks:
        made = made.with_row(dashboard.Row(block.title).id(next(ids)))
        span = WIDTH // len(block.panels)
        for panel in block.panels:
            made = made.with_panel(panel.span(span).id(next(ids)))
    return made.build()


def _called(name: str) -> list[models.DynamicConfigValue]:
    return [models.DynamicConfigValue(id_val="displayName", value=name)]


def _now(expr: str, legend: str = "") -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(expr).instant().legend_format(legend).datasource(DATASOURCE).ref_id("A")


def _range(expr: str, legend: str = "") -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(expr).range().legend_format(legend).datasource(DATASOURCE).ref_id("A")


def _links() -> dashboard.DashboardLink:
    link = dashboard.DashboardLink("Andere dashboards").type(models.DashboardLinkType.DASHBOARDS).tags(["ijwhub"])
    return link.as_dropdown(True).keep_time(True)
