"""A fault of our own, told so that it can be found and tells nobody: its kind and its place, never its text."""

from __future__ import annotations

import traceback
from pathlib import Path


def kind_and_place(error: BaseException) -> str:
    """Such as "KeyError in dossier.py:12". The text of an exception may quote a message, so it stays out."""
    return f"{type(error).__name__} in {place(error)}"


def place(error: BaseException) -> str:
    """Where it was raised, such as "dossier.py:12"."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"
