"""Message to canonical bytes: UTF-8 without a byte order mark, CR/LF, two spaces (OP192)."""

from __future__ import annotations

from lxml import etree
from msgspec import Struct

from schemas.ijw_3_2.berichten import Bericht
from schemas.ijw_3_2.structure import BASIS_NAMESPACE, Elements, structure

INDENT = "  "


def write(name: str, bericht: Bericht) -> bytes:
    """The canonical bytes of a message; reading them gives an equal message.

    Raises ValueError when a text holds a character that XML cannot carry.
    """
    return canonical(build(name, bericht))


def build(name: str, bericht: Bericht) -> etree._Element:
    """The message as an indented XML tree. Raises ValueError as `write` does."""
    root = empty_message(name)
    _fill(root, bericht, structure().berichten[name].klassen["Bericht"], name)
    etree.indent(root, INDENT)
    return root


def empty_message(name: str) -> etree._Element:
    """The root element of a message, with nothing in it yet."""
    namespace = structure().berichten[name].namespace
    return etree.Element(f"{{{namespace}}}Bericht", nsmap={name.lower(): namespace, "ijw": BASIS_NAMESPACE})


def canonical(root: etree._Element) -> bytes:
    """An indented tree as bytes; line ends become CR/LF."""
    text = etree.tostring(root, encoding="UTF-8", xml_declaration=False)
    return b'<?xml version="1.0" encoding="UTF-8"?>\r\n' + text.replace(b"\n", b"\r\n") + b"\r\n"


def _fill(parent: etree._Element, value: Struct, elements: Elements, name: str, namespace: str = "") -> None:
    bericht = structure().berichten[name]
    namespace = namespace or bericht.namespace
    for element in elements:
        content = getattr(value, element.name)
        if content is None or content == ():
            continue
        child = etree.SubElement(parent, f"{{{namespace}}}{element.name}")
        if element.group:
            for item in content:
                _put(etree.SubElement(child, f"{{{namespace}}}{element.item}"), item, element.type, name)
        else:
            _put(child, content, element.type, name)


def _put(target: etree._Element, content: object, kind: str, name: str) -> None:
    if not isinstance(content, Struct):
        target.text = str(content)
    elif kind in structure().composites:
        _fill(target, content, structure().composites[kind], name, BASIS_NAMESPACE)
    else:
        _fill(target, content, structure().berichten[name].klassen[kind], name)
