"""What a hub refuses to start with because a party needs it and it is not here: an adapter, an option, a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from adapters.registry import UnknownAdapter, adapter
from streams.core.parties import ConfigurationError, Directory, adapter_names


def refuse_unknown_adapters(directory: Directory, path: Path) -> None:
    """Raise ConfigurationError when parties (read from `path`) name adapters, options or files that are not here."""
    wrong = (*_unknown_adapters(directory), *_absent_files(directory))
    if wrong:
        raise ConfigurationError(tuple(f"{path}: {problem}" for problem in wrong))


def _unknown_adapters(directory: Directory) -> Iterator[str]:
    for party, name in adapter_names(directory):
        try:
            adapter(name, party.adapters.get(name))
        except UnknownAdapter as error:
            yield f"{party.id}: {error}. Correct the name or the option, or install the package with that adapter."


def _absent_files(directory: Directory) -> Iterator[str]:
    for party in directory.parties:
        for key, file in party.delivery.files:
            if not file.is_file():
                yield f"{party.id}: delivery.{key}: there is no file {file}. Expected one; put it there, or correct it."
