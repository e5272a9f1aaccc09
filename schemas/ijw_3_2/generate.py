"""Writes xsd/*.xsd and berichten/*.py from structure.yaml: run `make generate` after changing it.

The result is committed, so that an operator can read the schemas and mypy can see the structures;
tests/unit/test_generate.py fails when the two disagree.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import quoteattr

from schemas.ijw_3_2.structure import (
    BASIS_NAMESPACE,
    HERE,
    BerichtStructure,
    Element,
    Elements,
    LeafType,
    Structure,
    structure,
)

_XS = "http://www.w3.org/2001/XMLSchema"
_NAMED_AS_CLASS = frozenset(
    [
        "Header",
        "Client",
        "Antwoord",
        "Declaratie",
        "DeclaratieAntwoord",
        "Verzoek",
        "Contact",
        "Woonplaatsbeginsel",
        "Huis",
    ]
)
_PYTHON_TYPES = {"string": "str", "integer": "int", "date": "date", "time": "str"}


def generated_files(standard: Structure) -> dict[Path, str]:
    """Every generated file: its path below this folder, and its text."""
    files = {Path("xsd/basisschema.xsd"): _basisschema(standard)}
    files[Path("berichten/basis.py")] = _basis_module(standard)
    for bericht in standard.berichten.values():
        files[Path(f"xsd/{bericht.name}.xsd")] = _bericht_schema(standard, bericht)
        files[Path(f"berichten/{bericht.name.lower()}.py")] = _bericht_module(standard, bericht)
    files[Path("berichten/__init__.py")] = _package_module(standard)
    return files


def main() -> None:
    """Write all generated files."""
    for path, text in generated_files(structure()).items():
        (HERE / path).parent.mkdir(exist_ok=True)
        (HERE / path).write_text(text, encoding="utf-8")


# --- the schemas -----------------------------------------------------------------------------------


def _schema(namespace: str, prefixes: dict[str, str], body: Iterator[str]) -> str:
    names = "".join(f" xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in prefixes.items())
    head = f'<xs:schema xmlns:xs="{_XS}"{names} targetNamespace="{namespace}" elementFormDefault="qualified">'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<!-- Generated from structure.yaml. -->", head]
    return "\n".join([*lines, *(f"  {line}" for line in body), "</xs:schema>"]) + "\n"


def _basisschema(standard: Structure) -> str:
    def body() -> Iterator[str]:
        yield from _appinfo(standard, "basisschema", ("Basisschema",))
        for leaf in standard.leaves.values():
            yield f'<xs:simpleType name="{leaf.name}">'
            yield from _restriction(f"xs:{leaf.base}", leaf)
            yield "</xs:simpleType>"
        for name, elements in standard.composites.items():
            yield from _complex_type(name, elements, own_prefix="ijw")

    return _schema(BASIS_NAMESPACE, {"ijw": BASIS_NAMESPACE}, body())


def _bericht_schema(standard: Structure, bericht: BerichtStructure) -> str:
    prefix = bericht.name.lower()

    def body() -> Iterator[str]:
        yield f'<xs:import namespace="{BASIS_NAMESPACE}" schemaLocation="basisschema.xsd"/>'
        yield from _appinfo(standard, prefix, ("Bericht", "Basisschema"))
        yield f'<xs:element name="Bericht" type="{prefix}:Bericht"/>'
        groups: dict[str, Element] = {}
        for name, elements in bericht.klassen.items():
            yield from _complex_type(name, elements, own_prefix=prefix)
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


# --- the typed structures --------------------------------------------------------------------------


def _basis_module(standard: Structure) -> str:
    lines = [
        '"""Composite data types (CDT) of the basisschema, generated from structure.yaml."""',
        "from __future__ import annotations",
        "from datetime import date",
        "from msgspec import Struct",
    ]
    ordered = sorted(standard.composites, key=lambda name: _depth(standard, name))
    for name in ordered:
        lines += _struct(standard, name.removeprefix("CDT_"), standard.composites[name], module="")
    return "\n".join(lines) + "\n"


def _depth(standard: Structure, name: str) -> int:
    inner = [e.type for e in standard.composites[name] if e.type.startswith("CDT_")]
    return 1 + max((_depth(standard, kind) for kind in inner), default=0)


def _bericht_module(standard: Structure, bericht: BerichtStructure) -> str:
    lines = [
        f'"""{bericht.name} {bericht.titel}, generated from structure.yaml."""',
        "from __future__ import annotations",
    ]
    body: list[str] = []
    for name in reversed(_by_use(bericht)):
        body += _struct(standard, name, bericht.klassen[name], module="basis.")
    text = "\n".join(body)
    if ": date" in text or "date | None" in text:
        lines.append("from datetime import date")
    lines += ["from msgspec import Struct", "from schemas.ijw_3_2.berichten import basis"]
    return "\n".join(lines) + "\n" + text + "\n"


def _by_use(bericht: BerichtStructure) -> list[str]:
    """The classes of a message, each before the classes that it holds."""
    order: list[str] = []

    def visit(name: str) -> None:
        if name in order:
            order.remove(name)
        order.append(name)
        for element in bericht.klassen[name]:
            if element.type in bericht.klassen:
                visit(element.type)

    visit("Bericht")
    return order


def _struct(standard: Structure, name: str, elements: Elements, module: str) -> list[str]:
    lines = ["", "", f"class {name}(Struct, frozen=True, kw_only=True, gc=False):"]
    lines += [f"    {element.name}: {_annotation(standard, element, module)}" for element in elements]
    # An element named as its class would hide that class inside the body: such a body uses this alias.
    return [*lines, "", "", f"_{name} = {name}"] if name in _NAMED_AS_CLASS else lines


def _annotation(standard: Structure, element: Element, module: str) -> str:
    if element.type in standard.leaves:
        kind = _PYTHON_TYPES[standard.leaves[element.type].base]
    elif element.type.startswith("CDT_"):
        kind = module + element.type.removeprefix("CDT_")
    else:
        kind = element.type
    if kind == element.name:
        kind = f"_{kind}"
    if element.group:
        return f"tuple[{kind}, ...]" + (" = ()" if element.optional else "")
    return f"{kind} | None = None" if element.optional else kind


def _package_module(standard: Structure) -> str:
    names = [name.lower() for name in standard.berichten]
    lines = ['"""The typed structures of the 14 messages, one module each, generated from structure.yaml."""']
    lines += [
        "from __future__ import annotations",
        f"from schemas.ijw_3_2.berichten import {', '.join(names)}",
    ]
    lines.append("Bericht = " + " | ".join(f"{name}.Bericht" for name in names))
    lines.append(f"MODULES = {{{', '.join(f'{n.upper()!r}: {n}' for n in names)}}}")
    lines.append(f"__all__ = {['MODULES', 'Bericht', *names]!r}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
