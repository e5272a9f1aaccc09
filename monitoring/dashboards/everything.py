"""All dashboards, and the JSON that Grafana reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from monitoring.dashboards.burden import burden
from monitoring.dashboards.continuity import continuity
from monitoring.dashboards.operations import operations
from monitoring.dashboards.provider import provider
from monitoring.dashboards.region import region
from monitoring.dashboards.waiting import waiting

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "grafana" / "dashboards"
"""Where the JSON stands."""

DASHBOARDS: Mapping[str, Callable[[], Dashboard]] = {
    "operations": operations,
    "waiting": waiting,
    "continuity": continuity,
    "burden": burden,
    "region": region,
    "provider": provider,
}
"""By the name of the file, without .json."""


def as_json(dashboard: Dashboard) -> str:
    """A dashboard as the text of its file."""
    return JSONEncoder(indent=2, sort_keys=True, ensure_ascii=False).encode(dashboard) + "\n"


def write(folder: Path = FOLDER) -> None:
    """Write every dashboard into the folder."""
    for name, made in DASHBOARDS.items():
        (folder / f"{name}.json").write_text(as_json(made()), encoding="utf-8")
