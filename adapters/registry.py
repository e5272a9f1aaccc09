"""The adapters that are installed: ours, and those of any package with an entry point in the group ijwhub.adapters."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from adapters.contract import Adapter, Factory

GROUP = "ijwhub.adapters"


class UnknownAdapter(ValueError):
    """No adapter of this name is installed, or it does not know these options; the text says what there is."""


@cache
def _installed() -> Mapping[str, EntryPoint]:
    return {found.name: found for found in entry_points(group=GROUP)}


def names() -> tuple[str, ...]:
    """The names of all adapters that are installed."""
    return tuple(sorted(_installed()))


def adapter(name: str, options: Mapping[str, str] | None = None) -> Adapter:
    """The adapter of this name with these options. Raises UnknownAdapter."""
    found = _installed().get(name)
    if found is None:
        raise UnknownAdapter(f"there is no adapter {name!r}; expected one of {', '.join(names())}")
    make: Factory = found.load()
    try:
        return make(options or {})
    except ValueError as error:
        raise UnknownAdapter(f"adapter {name}: {error}") from None
