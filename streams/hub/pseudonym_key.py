"""The secret that makes pseudonyms, of an embedded hub that was given none: made once, and kept beside its database."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from connectors.folders import sync_folder
from streams.core.events import pseudonym
from streams.core.fold_ports import KEY_CHECK, FoldCommit, FoldProgress, FoldStore
from streams.core.parties import ConfigurationError
from streams.core.ports import Fenced, StoreError

NAME = "pseudonym.key"
_HELP = (
    "the events of this hub know clients by the pseudonyms it made. Put back the file that was there, or set "
    "IJWHUB_PSEUDONYM_KEY to what was in it"
)


def kept_key(folder: Path, *, may_be_new: bool) -> bytes:
    """The key in the folder of the hub's data, made when it is not there and `may_be_new`; durable when this returns.

    It is text, so that IJWHUB_PSEUDONYM_KEY may be given the same. Raises StoreError when there is no key to use.
    """
    path = folder / NAME
    try:
        if may_be_new and not path.exists():
            _make(path)
        key = path.read_bytes().strip()
    except FileNotFoundError:
        raise StoreError(f"{path} is not there, and {_HELP}") from None
    except OSError as error:
        raise StoreError(f"{path} cannot be used: {error.strerror}") from error
    if not key:
        raise StoreError(f"{path} is empty, and {_HELP}")
    return key


async def refuse_another_key(folds: FoldStore, key: bytes) -> None:
    """Raise ConfigurationError when pseudonyms were made with another key before; note this one when it is the first.

    With two keys every youth would be two, and what is retracted under one would stand under the other.
    """
    check = pseudonym(key, KEY_CHECK).encode()
    first = FoldCommit(fold=KEY_CHECK, expected=0, progress=FoldProgress(), rows={"check": check})
    with suppress(Fenced):  # it was noted before, or by another process just now
        await folds.commit_folds(-1, [first])
    known = dict(await folds.fold_totals(KEY_CHECK))["check"]
    if known != check:
        raise ConfigurationError((f"IJWHUB_PSEUDONYM_KEY, or {NAME} beside the database, is another one: {_HELP}.",))


def _make(path: Path) -> None:
    """Write it under a hidden name of its own, then link it: whoever is first makes the key, and nobody sees half."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    hidden = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(32).encode())
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was first
            os.link(hidden, path)
        sync_folder(path.parent)
    finally:
        hidden.unlink()
