"""The typed structures of the messages and their readers, written from the structure.

A reader takes the elements of a message in the order of the document. What the schema has checked is not
checked again: a tag is looked at only where the schema leaves a choice, because every look from Python into
the tree costs as much as validating the element did.
"""

from __future__ import annotations

from collections.abc import Iterator

from schemas.ijw_3_2.structure import BASIS_NAMESPACE, BerichtStructure, Element, Elements, Structure

_NAMED_AS_CLASS = frozenset(
    {"Header", "Client", "Antwoord", "Declaratie", "DeclaratieAntwoord", "Verzoek", "Contact"}
    | {"Woonplaatsbeginsel", "Huis", "Achternaam"}
)
_PYTHON_TYPES = {"string": "str", "integer": "int", "date": "date", "time": "str"}
_VALUES = {
    "string": '{} or ""',
    "integer": 'int({} or "")',
    "date": "as_date({})",
    "time": '({} or "").strip()',
}


def basis_module(standard: Structure) -> str:
    """The module with the composite data types."""
    lines = [
        '"""Composite data types (CDT) of the basisschema, generated from structure.yaml."""',
        "from __future__ import annotations",
        "from collections.abc import Iterator",
        "from datetime import date",
        "from functools import lru_cache",
        "from lxml import etree",
        "from msgspec import Struct",
        "",
        "Stream = Iterator[etree._Element]",
        "Element = etree._Element",
        'END = etree.Element("end")',
        "",
        "",
        "@lru_cache(maxsize=4096)",
        "def as_date(text: str | None) -> date:",
        '    return date.fromisoformat((text or "").strip())',
    ]
    for name in sorted(standard.composites, key=lambda name: _depth(standard, name)):
        elements, klasse = standard.composites[name], name.removeprefix("CDT_")
        lines += _struct(standard, klasse, elements, module="")
        lines += _reader(standard, klasse, elements, BASIS_NAMESPACE, module="")
    return "\n".join(lines) + "\n"


def _depth(standard: Structure, name: str) -> int:
    inner = [e.type for e in standard.composites[name] if e.type.startswith("CDT_")]
    return 1 + max((_depth(standard, kind) for kind in inner), default=0)


def bericht_module(standard: Structure, bericht: BerichtStructure) -> str:
    """The module of one message."""
    body: list[str] = []
    for name in reversed(_by_use(bericht)):
        body += _struct(standard, name, bericht.klassen[name], module="basis.")
        body += _reader(standard, name, bericht.klassen[name], bericht.namespace, module="basis.")
    text = "\n".join(body)
    lines = [
        f'"""{bericht.name} {bericht.titel}, generated from structure.yaml."""',
        "from __future__ import annotations",
        *(["from datetime import date"] if ": date" in text else []),
        "from itertools import chain",
        "from msgspec import Struct",
        "from schemas.ijw_3_2.berichten import basis",
        f"from schemas.ijw_3_2.berichten.basis import END, Element, Stream{', as_date' if 'as_date' in text else ''}",
        text,
        "",
        "",
        "def read(root: Element) -> Bericht:",
        "    stream = chain(root.iter(), (END,))",
        "    return read_Bericht(next(stream), stream)[0]",
    ]
    return "\n".join(lines) + "\n"


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


# --- structures ------------------------------------------------------------------------------------


def _struct(standard: Structure, name: str, elements: Elements, module: str) -> list[str]:
    lines = ["", "", f"class {name}(Struct, frozen=True, kw_only=True, gc=False):"]
    lines += [f"    {element.name}: {_annotation(standard, element, module)}" for element in elements]
    # An element named as its class would hide that class inside the body: such a body uses this alias.
    return [*lines, "", "", f"_{name} = {name}"] if name in _NAMED_AS_CLASS else lines


def _annotation(standard: Structure, element: Element, module: str) -> str:
    kind = _kind(standard, element, module)
    if kind == element.name:
        kind = f"_{kind}"
    if element.group:
        return f"tuple[{kind}, ...]" + (" = ()" if element.optional else "")
    return f"{kind} | None = None" if element.optional else kind


def _kind(standard: Structure, element: Element, module: str) -> str:
    if element.type in standard.leaves:
        return _PYTHON_TYPES[standard.leaves[element.type].base]
    if element.type.startswith("CDT_"):
        return module + element.type.removeprefix("CDT_")
    return element.type


# --- readers ---------------------------------------------------------------------------------------


def _reader(standard: Structure, name: str, elements: Elements, namespace: str, module: str) -> Iterator[str]:
    """The reader of a class or composite: x is its own element on entry; returned is what follows it."""
    yield from ("", "", f"def read_{name}(x: Element, stream: Stream) -> tuple[{name}, Element]:")
    yield "    x = next(stream)"
    for element in elements:
        yield from (f"    {line}" for line in _read(standard, element, namespace, module))
    values = (f"{e.name}=tuple({e.name})" if e.group else f"{e.name}={e.name}" for e in elements)
    made = f"_{name}" if name in _NAMED_AS_CLASS else name
    yield f"    return {made}({', '.join(values)}), x"


def _read(standard: Structure, element: Element, namespace: str, module: str) -> Iterator[str]:
    taken = _take(standard, element, namespace, module)
    if element.group:
        yield f"{element.name}: list[{_kind(standard, element, module)}] = []"
    elif element.optional:
        yield f"{element.name} = None"
    if element.optional:
        yield f'if x.tag == "{{{namespace}}}{element.name}":'
        taken = _indented(taken)
    yield from taken


def _take(standard: Structure, element: Element, namespace: str, module: str) -> Iterator[str]:
    """Read one element that is there; x is the element itself before, and what follows it after."""
    if element.group:
        yield "x = next(stream)"
        yield f'while x.tag == "{{{namespace}}}{element.item}":'
        yield from _indented(_take_member(standard, element))
    elif element.type in standard.leaves:
        yield f"{element.name} = {_value(standard, element)}"
        yield "x = next(stream)"
    else:
        where = module if element.type in standard.composites else ""
        yield f"{element.name}, x = {where}read_{element.type.removeprefix('CDT_')}(x, stream)"


def _take_member(standard: Structure, element: Element) -> Iterator[str]:
    if element.type in standard.leaves:
        yield f"{element.name}.append({_value(standard, element)})"
        yield "x = next(stream)"
    else:
        yield f"one_{element.name}, x = read_{element.type}(x, stream)"
        yield f"{element.name}.append(one_{element.name})"


def _value(standard: Structure, element: Element) -> str:
    return _VALUES[standard.leaves[element.type].base].format("x.text")


def _indented(lines: Iterator[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)


# --- the package -----------------------------------------------------------------------------------


def package_module(standard: Structure) -> str:
    """The module that gathers the messages."""
    names = [name.lower() for name in standard.berichten]
    lines = [
        '"""The typed structures of the 14 messages, one module each, generated from structure.yaml."""',
        "from __future__ import annotations",
        "from collections.abc import Callable",
        f"from schemas.ijw_3_2.berichten import basis, {', '.join(names)}",
        "",
        "Bericht = " + " | ".join(f"{name}.Bericht" for name in names),
        "READERS: dict[str, Callable[[basis.Element], Bericht]] = {",
        *(f'    "{name.upper()}": {name}.read,' for name in names),
        "}",
        "MODULES = {",
        *(f'    "{name.upper()}": {name},' for name in names),
        "}",
        f"__all__ = {['MODULES', 'READERS', 'Bericht', 'basis', *names]!r}",
    ]
    return "\n".join(lines) + "\n"
