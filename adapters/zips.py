"""The one file in a zip that may be hostile. Pure: sizes are measured while reading, never taken at the zip's word."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from adapters.contract import Fault, Kind

_BEGIN, _EMPTY, _LISTED = b"PK\x03\x04", b"PK\x05\x06", b"PK\x01\x02"
"""How a zip begins, how an empty one does, and what stands before every file in its list of contents."""
_MOST_LISTED = 100
"""A list of contents is not read when it could be longer: half a million files fit in 25 MB, and cost seconds."""
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_CHUNK = 65_536
_DAMAGED = (BadZipFile, zlib.error, struct.error, ValueError, RuntimeError, EOFError, OSError, OverflowError)


def unzipped(data: bytes, largest: int) -> bytes | Fault:
    """The one file in a zip, of at most so many bytes; what is no zip comes back as it is."""
    if not data.startswith((_BEGIN, _EMPTY)):
        return data
    if data.count(_LISTED) > _MOST_LISTED:
        return _fault("zip-many")
    try:
        with ZipFile(BytesIO(data)) as archive:
            return _only_file(archive, largest)
    except _DAMAGED:
        return _fault("zip")


def _only_file(archive: ZipFile, largest: int) -> bytes | Fault:
    wrong = _wrong_contents(archive.infolist())
    return _fault(wrong) if wrong else _read(archive, archive.infolist()[0], largest)


def _wrong_contents(listed: list[ZipInfo]) -> Kind | None:
    if not listed:
        return "zip-empty"
    if any("/" in one.orig_filename or "\\" in one.orig_filename for one in listed):
        return "zip-folder"
    if len(listed) > 1:
        return "zip-many"
    if listed[0].flag_bits & _ENCRYPTED:
        return "zip-password"
    return None if listed[0].compress_type in (ZIP_STORED, ZIP_DEFLATED) else "zip"


def _read(archive: ZipFile, listed: ZipInfo, largest: int) -> bytes | Fault:
    content = bytearray()
    with archive.open(listed) as file:
        while chunk := file.read(_CHUNK):
            content += chunk
            if len(content) > largest:
                return _fault("zip-large")
    if not content:
        return _fault("zip-empty")
    return _fault("zip") if content.startswith((_BEGIN, _EMPTY)) else bytes(content)


def _fault(kind: Kind) -> Fault:
    title, found = _FOUND[kind]
    return Fault(
        kind=kind,
        title=title,
        detail=f"Found {found}. Expected one message in XML, or a zip with that one file and nothing else, not locked "
        "and no larger than a message may be; pack it so, or send the XML itself.",
    )


_FOUND: dict[Kind, tuple[str, str]] = {
    "zip": ("The zip cannot be used", "a zip that is damaged, packed in a rare way, or holds another zip"),
    "zip-many": ("The zip holds more than one file", "several files in one zip"),
    "zip-folder": ("The zip holds folders", "a folder in the zip, or the name of one before that of a file"),
    "zip-password": ("The zip is locked", "a zip with a password"),
    "zip-large": ("The file in the zip is too large", "a file that is larger, once unpacked, than a message may be"),
    "zip-empty": ("The zip is empty", "a zip without a file, or with an empty one"),
}
