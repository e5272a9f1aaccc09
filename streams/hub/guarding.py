"""What a hub refuses to start with: others than its own machine could come in, or see figures, without a secret."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from streams.core.access import Role, is_loopback
from streams.core.access_file import Access
from streams.core.parties import ConfigurationError, Directory
from streams.hub.gating import open_roles
from streams.hub.settings import Settings


def refuse_open_figures(settings: Settings, access: Access) -> None:
    """Raise ConfigurationError when others than this machine could see figures without a credential."""
    if Role.VIEWER in open_roles(access):
        _refuse_others(settings, "IJWHUB_VIEWER_TOKEN", "figures", "")


def refuse_open_metrics(settings: Settings, access: Access) -> None:
    """Raise ConfigurationError when others than this machine could see metrics without a credential."""
    if Role.SCRAPER in open_roles(access):
        _refuse_others(settings, "IJWHUB_SCRAPE_TOKEN", "metrics", ", or IJWHUB_VIEWER_TOKEN")


def _refuse_others(settings: Settings, name: str, what: str, instead: str) -> None:
    if not is_loopback(settings.host):
        raise ConfigurationError(
            (
                f"{name}: there is none, and others can reach the {what} on {settings.host}. Expected a "
                f"secret of your own{instead}; or listen on 127.0.0.1.",
            )
        )


def refuse_demo_tokens(settings: Settings, directory: Directory, access: Access) -> None:
    """Raise ConfigurationError when others than this machine could come in with a token of the example."""
    if is_loopback(settings.host):
        return
    parties = [party.id for party in directory.parties if directory.by_token(f"demo-{party.id}") is not None]
    users = [user.name for user in access.users if access.by_token(f"demo-{user.name}".encode()) is not None]
    for file, known in ((settings.parties, parties), (settings.access, users)):
        if known:
            raise ConfigurationError((_guessable(file, known, settings.host),))


def _guessable(file: Path | None, known: Sequence[str], host: str) -> str:
    return (
        f"{file}: the tokens of {', '.join(known)} are those of the example, and others can reach "
        f"{host}. Expected tokens that nobody knows; make each with `ijwhub token`, or listen on "
        "127.0.0.1."
    )
