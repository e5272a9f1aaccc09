"""Tokens in a header Authorization: as Bearer, or as the password of Basic."""

from __future__ import annotations

import base64
import secrets


def is_told(header: bytes, token: str) -> bool:
    """Whether the header, as it came over the line, tells this token. Compared in constant time."""
    told = _told(header)
    return told is not None and secrets.compare_digest(told, token.encode())


def _told(header: bytes) -> bytes | None:
    """The token in it; None when there is none that can be read."""
    scheme, _, value = header.partition(b" ")
    if scheme.lower() == b"bearer":
        return value.strip()
    if scheme.lower() != b"basic":
        return None
    try:
        return base64.b64decode(value.strip(), validate=True).partition(b":")[2]
    except ValueError:
        return None
