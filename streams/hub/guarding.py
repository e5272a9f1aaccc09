"""What a hub refuses to start with: others than its own machine could come in, or see figures, without a secret."""

from __future__ import annotations

from ipaddress import ip_address

from streams.core.parties import ConfigurationError, Directory
from streams.hub.settings import Settings


def refuse_open_figures(settings: Settings) -> None:
    """Raise ConfigurationError when others than this machine could see figures, or metrics, without a token."""
    if settings.viewer_token is None:
        _refuse_others(settings, "IJWHUB_VIEWER_TOKEN", "figures", "")


def refuse_open_metrics(settings: Settings) -> None:
    """Raise ConfigurationError when others than this machine could see metrics without a token."""
    if settings.metrics_token is None:
        _refuse_others(settings, "IJWHUB_SCRAPE_TOKEN", "metrics", ", or IJWHUB_VIEWER_TOKEN")


def _refuse_others(settings: Settings, name: str, what: str, instead: str) -> None:
    if not _only_here(settings.host):
        raise ConfigurationError(
            (
                f"{name}: there is none, and others can reach the {what} on {settings.host}. Expected a "
                f"secret of your own{instead}; or listen on 127.0.0.1.",
            )
        )


def refuse_demo_tokens(settings: Settings, directory: Directory) -> None:
    """Raise ConfigurationError when others than this machine could come in with a token of the example."""
    if _only_here(settings.host):
        return
    known = [party.id for party in directory.parties if directory.by_token(f"demo-{party.id}") is not None]
    if known:
        raise ConfigurationError(
            (
                f"{settings.parties}: the tokens of {', '.join(known)} are those of the example, and others can reach "
                f"{settings.host}. Expected tokens that nobody knows; make each with `ijwhub token`, or listen on "
                "127.0.0.1.",
            )
        )


def _only_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
