"""What holds for every test: a long run is asked for, never stumbled upon."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests marked `full` unless `-m` names that mark; left out, not skipped: nothing is missing."""
    if "full" in config.getoption("markexpr"):
        return
    long_runs = [item for item in items if item.get_closest_marker("full")]
    if long_runs:
        config.hook.pytest_deselected(items=long_runs)
        items[:] = [item for item in items if not item.get_closest_marker("full")]
