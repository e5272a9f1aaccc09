"""The two parts of a push: reading them with a kept parser, and writing them. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MULTIPART = "multipart/form-data"
MOST_PARTS = 10
"""A push has two. Millions fit in 25 MB, and cost a quarter of a minute."""
_END = "\r\n"


class _Parts:
    """Collects the parts while the parser goes through them."""

    def __init__(self) -> None:
        self.found: list[tuple[str, bytes]] = []
        self.complete = False
        self._header, self._value, self._name = bytearray(), bytearray(), ""
        self._content = bytearray()

    @property
    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header_end,
            "on_part_data": lambda data, start, end: self._content.extend(memoryview(data)[start:end]),
            "on_part_end": lambda: self.found.append((self._name, bytes(self._content))),
            "on_end": self._end,
        }

    def _begin(self) -> None:
        if len(self.found) == MOST_PARTS:
            raise FormParserError("more parts than are read")
        self._name, self._content = "", bytearray()

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(self._value.decode("latin-1"))
            self._name = options.get(b"name", b"").decode("latin-1")
        self._header, self._value = bytearray(), bytearray()

    def _end(self) -> None:
        self.complete = True


def parts_of(body: bytes, content_type: str) -> tuple[tuple[str, bytes], ...] | None:
    """Name and content of every part, in order; None when it is no complete multipart/form-data, or has many."""
    try:
        media, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if media != MULTIPART.encode() or not boundary:
            return None
        parts = _Parts()
        MultipartParser(boundary, parts.callbacks).write(body)
    except (FormParserError, UnicodeError):
        return None
    return tuple(parts.found) if parts.complete else None


def joined(parts: Mapping[str, tuple[str, bytes]]) -> tuple[str, bytes]:
    """Content-Type and body of parts, each with its media type; the boundary follows from the contents."""
    digest = hashlib.sha256(b"\0".join(content for _, content in parts.values())).hexdigest()
    boundary = f"ijwhub-{digest}"
    pieces = []
    for name, (media, content) in parts.items():
        head = f'--{boundary}{_END}Content-Disposition: form-data; name="{name}"{_END}Content-Type: {media}{_END * 2}'
        pieces += [head.encode(), content, _END.encode()]
    return f"{MULTIPART}; boundary={boundary}", b"".join([*pieces, f"--{boundary}--{_END}".encode()])
