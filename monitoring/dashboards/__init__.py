"""Dashboards for Grafana as code; `python -m monitoring.dashboards` writes them to deploy/grafana/dashboards.

They need grafana-foundation-sdk, which is there for development only: nothing of the product imports this package.
"""
