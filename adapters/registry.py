"""The adapters that are installed: ours, and those of any package with an entry point in the group ijwhub.adapters."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from adapters.contract import Adapter, Factory

GROUP = "ijwhub.adapters"


class UnknownAdapter(ValueError):
    """No adapter of this name can be used, or not with these options; the text says what there is."""


@cache
def _installed() -> Mapping[str, frozenset[EntryPoint]]:
    found = entry_points(group=GROUP)
    return {name: frozenset(found.select(name=name)) for name in found.names}


def names() -> tuple[str, ...]:
    """The names of all adapters that are installed."""
    return tuple(sorted(_installed()))


def adapter(name: str, options: Mapping[str, str] | None = None) -> Adapter:
    """The adapter of this name with these options. Raises UnknownAdapter."""
    make = _factory(name)
    try:
        return make(options or {})
    except ValueError as error:
        raise UnknownAdapter(f"adapter {name}: {error}") from None


def _factory(name: str) -> Factory:
    found = _installed().get(name)
    if found is None:
        raise UnknownAdapter(f"there is no adapter {name!r}; expected one of {', '.join(names())}")
    if len(found) > 1:
        places = ", ".join(sorted(one.value for one in found))
        raise UnknownAdapter(f"adapter {name}: found it in {places}; expected one; remove the package of the others")
    (only,) = found
    try:
        factory: Factory = only.load()
    except (ImportError, AttributeError) as error:
        raise UnknownAdapter(
            f"adapter {name}: {only.value} cannot be loaded ({type(error).__name__}); install its package again"
        ) from error
    return factory
