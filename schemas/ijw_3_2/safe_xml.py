"""Bytes to an XML tree without trusting them: every limit is checked before anything is built."""

from __future__ import annotations

import re

from lxml import etree

MAX_BYTES = 25_000_000
"""The largest message (OP179): 25 MB in the decimal sense, so that no partner's 25 MB is smaller than ours."""

_DECLARED_ENCODING = re.compile(rb"""^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_OTHER_ENCODINGS = (b"\xff\xfe", b"\xfe\xff", b"\x00")


class UnsafeXml(Exception):
    """The bytes are not XML that may be read. `rule` names the rule of the standard, or XML."""

    def __init__(self, rule: str, text: str) -> None:
        super().__init__(text)
        self.rule = rule
        self.text = text


def parse(data: bytes) -> etree._Element:
    """The root of the message, without comments or processing instructions.

    Raises UnsafeXml with the reason and what to do; no text of it comes from the message itself.
    """
    refuse_unsafe(data)
    try:
        return etree.fromstring(data, _parser(keep_blank_text=b"<!" in data))
    except etree.XMLSyntaxError as error:
        raise not_well_formed(error) from None


def not_well_formed(error: etree.XMLSyntaxError) -> UnsafeXml:
    """The syntax error, told by its place only: the parser's own words may quote the message."""
    line, column = error.position
    return UnsafeXml(
        "XML",
        f"The file is not well-formed XML: reading stops at line {line}, column {column}. "
        "Expected one complete XML document; write the message again and send it whole.",
    )


def refuse_unsafe(data: bytes) -> None:
    """Raise UnsafeXml when the bytes break a limit that is checked before parsing."""
    if len(data) > MAX_BYTES:
        raise UnsafeXml(
            "OP179",
            f"The message is {len(data):,} bytes; at most {MAX_BYTES:,} (25 MB) are allowed. "
            "Divide it over several messages.",
        )
    if not data.strip():
        raise UnsafeXml("XML", "The file is empty. Expected one iJw message in XML; send the message itself.")
    declared = _DECLARED_ENCODING.match(data[:200])
    if data.startswith(_OTHER_ENCODINGS) or (declared and declared[1].upper() not in (b"UTF-8", b"UTF8")):
        raise UnsafeXml("OP192", "The file is not in UTF-8. Expected UTF-8 (OP192); save it in that encoding.")
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise UnsafeXml(
            "XML",
            "The file has a document type declaration (DTD). An iJw message has none, and it is never read; "
            "remove everything from <!DOCTYPE up to the root element.",
        )


def _parser(keep_blank_text: bool) -> etree.XMLParser:
    # Blank text between elements carries nothing, and without it every later step is a third faster.
    # Beside a comment or CDATA section it may be a part of a value, so there it is kept.
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        remove_blank_text=not keep_blank_text,
        collect_ids=False,
    )
