"""What the files of a hub tell: its parties, users, regions and freezes, read and held against one another."""

from __future__ import annotations

from dataclasses import dataclass

from streams.core.access_file import Access
from streams.core.freezes import Freeze, load_freezes
from streams.core.parties import Directory
from streams.core.parties_file import load_directory
from streams.core.regions import Monitoring, load_monitoring
from streams.hub.gating import access_of
from streams.hub.guarding import refuse_demo_tokens, refuse_open_figures, refuse_open_metrics
from streams.hub.guarding_parties import refuse_unknown_adapters
from streams.hub.settings import Settings


@dataclass(frozen=True, slots=True)
class Configured:
    """All that a hub is told before it starts."""

    settings: Settings
    directory: Directory
    access: Access
    monitoring: Monitoring
    freezes: tuple[Freeze, ...]


def configured(settings: Settings, *, figures: bool = True) -> Configured:
    """Read all files; `figures` tells whether this process shows them. Raises ConfigurationError for what cannot be."""
    directory = load_directory(settings.parties)
    refuse_unknown_adapters(directory, settings.parties)
    access = access_of(settings, directory)
    refuse_demo_tokens(settings, directory, access)
    if figures:
        refuse_open_figures(settings, access)
    refuse_open_metrics(settings, access)
    monitoring = load_monitoring(settings.monitoring)
    return Configured(settings, directory, access, monitoring, load_freezes(settings.freezes, monitoring, directory))
