"""Tokens in a header Authorization: as Bearer, or as the password of Basic."""

from __future__ import annotations

import base64
import secrets
from typing import Literal, NamedTuple


class Told(NamedTuple):
    """The token in a header, as bytes of the line, and how it came."""

    scheme: Literal["bearer", "basic"]
    token: bytes


def is_told(header: bytes, token: str) -> bool:
    """Whether the header, as it came over the line, tells this token. Compared in constant time."""
    found = told(header)
    return found is not None and secrets.compare_digest(found.token, token.encode())


def told(header: bytes) -> Told | None:
    """The token in it; None when there is none that can be read."""
    scheme, _, value = header.partition(b" ")
    if scheme.lower() == b"bearer":
        return Told("bearer", value.strip())
    if scheme.lower() != b"basic":
        return None
    try:
        return Told("basic", base64.b64decode(value.strip(), validate=True).partition(b":")[2])
    except ValueError:
        return None
