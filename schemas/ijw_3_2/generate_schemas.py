"""The schema files, written from the structure."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

from schemas.ijw_3_2.structure import BASIS_NAMESPACE, BerichtStructure, Element, Elements, LeafType, Structure

_ROOT = "Root"
"""The standard's name for the type of Bericht; it can be seen from outside, in xsi:type."""
_XS = "http://www.w3.org/2001/XMLSchema"


def _schema(namespace: str, prefixes: dict[str, str], body: Iterator[str]) -> str:
    names = "".join(f" xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in prefixes.items())
    head = f'<xs:schema xmlns:xs="{_XS}"{names} targetNamespace="{namespace}" elementFormDefault="qualified">'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<!-- Generated from structure.yaml. -->", head]
    return "\n".join([*lines, *(f"  {line}" for line in body), "</xs:schema>"]) + "\n"


def basisschema(standard: Structure) -> str:
    """The schema of the data types."""

    def body() -> Iterator[str]:
        yield from _appinfo(standard, "basisschema", ("Basisschema",))
        for leaf in standard.leaves.values():
            yield f'<xs:simpleType name="{leaf.name}">'
            yield from _restriction(f"xs:{leaf.base}", leaf)
            yield "</xs:simpleType>"
        for name, elements in standard.composites.items():
            yield from _complex_type(name, elements, own_prefix="ijw")

    return _schema(BASIS_NAMESPACE, {"ijw": BASIS_NAMESPACE}, body())


def bericht_schema(standard: Structure, bericht: BerichtStructure) -> str:
    """The schema of one message."""
    prefix = bericht.name.lower()

    def body() -> Iterator[str]:
        yield f'<xs:import namespace="{BASIS_NAMESPACE}" schemaLocation="basisschema.xsd"/>'
        yield from _appinfo(standard, prefix, ("Bericht", "Basisschema"))
        yield f'<xs:element name="Bericht" type="{prefix}:{_ROOT}"/>'
        groups: dict[str, Element] = {}
        for name, elements in bericht.klassen.items():
            yield from _complex_type(_ROOT if name == "Bericht" else name, elements, own_prefix=prefix)
            groups.update({element.name: element for element in elements if element.group})
        for element in groups.values():
            item = Element(element.item, element.type)
            yield from _complex_type(element.name, (item,), own_prefix=prefix, many=True)

    return _schema(bericht.namespace, {"ijw": BASIS_NAMESPACE, prefix: bericht.namespace}, body())


def _appinfo(standard: Structure, bericht: str, versions: tuple[str, ...]) -> Iterator[str]:
    yield "<xs:annotation>"
    yield "  <xs:appinfo>"
    yield "    <ijw:standaard>ijw</ijw:standaard>"
    yield f"    <ijw:bericht>{bericht}</ijw:bericht>"
    yield f"    <ijw:release>{standard.release}</ijw:release>"
    for version in versions:
        for kind in ("XsdVersie", "XsdMinVersie", "XsdMaxVersie"):
            yield f"    <ijw:{version}{kind}>{standard.xsd_versie}</ijw:{version}{kind}>"
    yield "  </xs:appinfo>"
    yield "</xs:annotation>"


def _restriction(base: str, leaf: LeafType) -> Iterator[str]:
    yield f'  <xs:restriction base="{base}">'
    for code in leaf.codes:
        yield f"    <xs:enumeration value={quoteattr(code)}/>"
    for facet, value in leaf.facets.items():
        yield f"    <xs:{facet} value={quoteattr(value)}/>"
    yield "  </xs:restriction>"


def _complex_type(name: str, elements: Elements, own_prefix: str, many: bool = False) -> Iterator[str]:
    yield f'<xs:complexType name="{name}">'
    yield "  <xs:sequence>"
    for element in elements:
        yield from (f"    {line}" for line in _element(element, own_prefix, many))
    yield "  </xs:sequence>"
    yield "</xs:complexType>"


def _element(element: Element, own_prefix: str, many: bool) -> Iterator[str]:
    occurs = ' minOccurs="0"' if element.optional else ' maxOccurs="unbounded"' if many else ""
    kind = element.name if element.group else element.type
    prefix = "ijw" if kind.startswith(("LDT_", "CDT_")) else own_prefix
    narrowed = element.fixed or element.pattern
    if narrowed is None:
        yield f'<xs:element name="{element.name}" type="{prefix}:{kind}"{occurs}/>'
        return
    yield f'<xs:element name="{element.name}"{occurs}>'
    yield f'  <xs:simpleType><xs:restriction base="{prefix}:{kind}">'
    yield f"    <xs:pattern value={quoteattr(narrowed)}/>"
    yield "  </xs:restriction></xs:simpleType>"
    yield "</xs:element>"
