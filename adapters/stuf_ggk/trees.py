"""From bytes to a tree without trusting them, and to texts in it."""

from __future__ import annotations

from lxml import etree

from adapters.contract import Kind
from adapters.stuf_ggk.wrong import Wrong
from schemas.ijw_3_2.safe_xml import MOST_ATTRIBUTES, SAFE, UnsafeXml, not_well_formed, refuse_unsafe

_LARGE_TEXT = 10_000_000
"""Bytes; the parser refuses a longer text unless it is told not to, and then it also allows 2048 levels, not 256."""


def tree_of(body: bytes) -> etree._Element:
    """The root of the XML, of which size, encoding and numbers of tags and attributes are bounded. Raises Wrong."""
    try:
        refuse_unsafe(body)
        _refuse_attributes(body)
        return etree.fromstring(body, etree.XMLParser(**{**SAFE, "huge_tree": len(body) > _LARGE_TEXT}))
    except UnsafeXml as unsafe:
        kind: Kind = "too-large" if unsafe.rule == "OP179" else "unreadable"
        title = "The envelope is too large" if kind == "too-large" else "This is no XML that may be read"
        raise Wrong(kind, title, unsafe.text) from None
    except etree.XMLSyntaxError as error:
        raise Wrong("unreadable", "This is no XML that can be read", not_well_formed(error).text) from None


def _refuse_attributes(body: bytes) -> None:
    """Raise Wrong when there can be so many attributes that the complaints of the schema would not fit in memory.

    Each has an equals sign, and base64 ends with two of them at most.
    """
    if body.count(b"=") > MOST_ATTRIBUTES:
        raise Wrong(
            "envelope",
            "The envelope has too many attributes",
            f"Found more than {MOST_ATTRIBUTES:,} equals signs; expected a few attributes and namespaces. Send the "
            "envelope as its schema asks.",
        )


def text_at(message: etree._Element, path: str) -> str | None:
    """The text at a path of local names; None when it is not there or empty."""
    steps = "/".join(f"{{*}}{name}" for name in path.split("/"))
    return message.findtext(steps) or None
