"""What panels about figures ask: every monitor process tells all figures, and those that were made last are taken."""

from __future__ import annotations

NEWEST = "job_instance:ijwhub_figures_made:newest"
"""Recorded: the process that made its figures last."""


def figure(name: str, by: str, where: str = "") -> str:
    """A figure by these labels (with commas), of one place: the others of its labels are added up.

    where  what its labels must be, as in PromQL: region="$region".
    """
    selector = f"{name}{{{where}}}" if where else name
    return f"sum by ({by}) (max without (instance, job) ({selector} and on (job, instance) {NEWEST}))"


def largest(expr: str, count: int = 15) -> str:
    """Only the so many largest of these, the largest first."""
    return f"sort_desc(topk({count}, {expr}))"
