"""Bytes to an XML tree without trusting them: every limit is checked before anything is built."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

from lxml import etree

MAX_BYTES = 25_000_000
"""The largest message (OP179): 25 MB in the decimal sense, so that no partner's 25 MB is smaller than ours."""
MOST_TAGS = 2_500_000
"""A claim of 25 MB has about half as many. Each element costs a hundred bytes and more in memory."""
MOST_ATTRIBUTES = 10_000
"""None is allowed, and the schema says so; but each costs a complaint of a kilobyte, and 25 MB can hold millions."""

_LARGE = 2_000_000
"""Bytes; what is smaller cannot hold so many attributes that it matters."""
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_count_attributes = etree.XPath(f"count(//@*[namespace-uri() != '{_XSI}'])")
# A carriage return behind a blank, written so that the search runs along carriage returns alone.
_BLANK_BEFORE_RETURN = re.compile(rb"\r(?<=[ \t\r\n]\r)")
_DECLARED_ENCODING = re.compile(rb"""^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_OTHER_ENCODINGS = (b"\xff\xfe", b"\xfe\xff", b"\x00")


class UnsafeXml(Exception):
    """The bytes are not XML that may be read. `rule` names the rule of the standard, or XML."""

    def __init__(self, rule: str, text: str) -> None:
        super().__init__(text)
        self.rule = rule
        self.text = text


def parse(data: bytes, schema: etree.XMLSchema | None = None) -> etree._Element:
    """The root of the message, without comments or processing instructions.

    With a schema the message is validated while it is parsed, in a time that grows with its size alone.
    Raises UnsafeXml with the reason and what to do; no text of it comes from the message itself.
    """
    refuse_unsafe(data)
    keeping = _may_split_values(data)
    parser = _KEEPING if keeping else _DROPPING
    if schema is not None:
        parser = etree.XMLParser(schema=schema, remove_blank_text=not keeping, **SAFE)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise not_well_formed(error) from None
    if len(data) > _LARGE and data.count(b"=") > MOST_ATTRIBUTES:
        _refuse_attributes(root)
    return root


def root_tag(data: bytes) -> str:
    """The tag of the root element, read without the rest. Raises UnsafeXml as `parse` does."""
    refuse_unsafe(data)
    try:
        _, root = next(iter(etree.iterparse(BytesIO(data), ("start",), **SAFE)))
    except etree.XMLSyntaxError as error:
        raise not_well_formed(error) from None
    return str(root.tag)


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
    if len(data) > MOST_TAGS and data.count(b"<") > MOST_TAGS:
        raise UnsafeXml(
            "OP179",
            f"The message has more than {MOST_TAGS:,} tags; a tree of them would not fit in memory. No message of "
            "25 MB needs so many. Divide it over several messages.",
        )
    if not data or data.isspace():
        raise UnsafeXml("XML", "The file is empty. Expected one iJw message in XML; send the message itself.")
    declared = _DECLARED_ENCODING.match(data, 0, 200)
    if data.startswith(_OTHER_ENCODINGS) or (declared and declared[1].upper() not in (b"UTF-8", b"UTF8")):
        raise UnsafeXml("OP192", "The file is not in UTF-8. Expected UTF-8 (OP192); save it in that encoding.")
    if has_declarations(data) and (b"<!DOCTYPE" in data or b"<!ENTITY" in data):
        raise UnsafeXml(
            "XML",
            "The file has a document type declaration (DTD). An iJw message has none, and it is never read; "
            "remove everything from <!DOCTYPE up to the root element.",
        )


def has_declarations(data: bytes) -> bool:
    """Whether there is a comment, a CDATA section or a declaration anywhere: almost never, and quickly told."""
    return b"!" in data and b"<!" in data


def _may_split_values(data: bytes) -> bool:
    """Whether blank text may be a part of a value.

    It is where a comment, CDATA section or processing instruction stands beside it, and, as libxml2 reads, where
    a carriage return follows it. Ordinary messages have none of these, and single bytes are found quickest.
    """
    after_declaration = data.find(b"?>") + 2 if data.find(b"<?xml", 0, 8) >= 0 else 0
    instructions = data.find(b"?", after_declaration) >= 0
    return instructions or has_declarations(data) or (b"\r" in data and _BLANK_BEFORE_RETURN.search(data) is not None)


def _refuse_attributes(root: etree._Element) -> None:
    """Raise UnsafeXml when there are so many attributes that the schema's complaints would not fit in memory."""
    if float(_count_attributes(root)) > MOST_ATTRIBUTES:  # type: ignore[arg-type]
        raise UnsafeXml(
            "XSD",
            f"The elements have more than {MOST_ATTRIBUTES:,} attributes. Expected none, apart from namespace "
            "declarations and the attributes of XML Schema; remove them.",
        )


SAFE: dict[str, Any] = {
    "encoding": "utf-8",
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
    "collect_ids": False,
}
"""How lxml parses what may be hostile, wherever it does."""

# Blank text between elements carries nothing, and without it every later step is a third faster.
_KEEPING, _DROPPING = etree.XMLParser(**SAFE), etree.XMLParser(remove_blank_text=True, **SAFE)
