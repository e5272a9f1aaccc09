"""Small changes to a message, in the notation of the files in tests/cases.

    copy: Prestatie                         the copy follows what it was made of, so it is Prestatie[2]
    change:
      StopProduct/Einddatum: 2026-04-03     set; an element that is not there yet is added where the schema wants it
      Prestatie[2]/GeleverdVolume: 9        the second one; without a number the first
      ToegewezenProduct/Omvang: ~           remove
      ToegewezenProduct/Omvang: {Volume: 2, Eenheid: 04, Frequentie: 2}      replace the whole content
      DeclaratieAntwoord/RetourCodes: [8001]                                 the same for a group

A path begins with any element of the message, wherever it stands, and goes on with elements directly inside.
Copies are made first, then the changes in their order. Values are text, as they will stand in the XML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from typing import TypeAlias

from lxml import etree

from schemas.ijw_3_2.structure import BASIS_NAMESPACE, BerichtStructure, Element, Elements, structure

Value: TypeAlias = str | Mapping[str, "Value"] | Sequence["Value"]

REMOVED = "~"

_STEP = re.compile(r"(?P<name>\w+)(?:\[(?P<number>[1-9]\d*)\])?")
_Step = tuple[str, int | None]


class EditError(Exception):
    """A change that cannot be made; the text names its path."""


def edited(
    message: etree._Element, *, copy: Sequence[str] = (), change: Mapping[str, Value] | None = None
) -> etree._Element:
    """A new message: the given one with copies and changes made. Raises EditError."""
    tree = deepcopy(message)
    for path in copy:
        with _naming(tree, path):
            original = _find(tree, path)
            original.addnext(deepcopy(original))
    for path, value in (change or {}).items():
        with _naming(tree, path):
            _change(tree, path, value)
    return tree


@contextmanager
def _naming(tree: etree._Element, path: str) -> Iterator[None]:
    try:
        yield
    except EditError as error:
        raise EditError(f"{_name(tree)}: {path}: {error}") from None


def _change(tree: etree._Element, path: str, value: Value) -> None:
    if value == REMOVED:
        unwanted = _find(tree, path)
        _parent(unwanted).remove(unwanted)
    else:
        _fill(_find_or_add(tree, path), value)


# --- finding ---------------------------------------------------------------------------------------


def _find(tree: etree._Element, path: str) -> etree._Element:
    first, *others = _steps(path)
    found = _nth(tree.iter(), first)
    for step in others:
        found = _nth(found, step)
    return found


def _find_or_add(tree: etree._Element, path: str) -> etree._Element:
    first, *others = _steps(path)
    found = _nth(tree.iter(), first)
    for name, number in others:
        missing = number is None and all(_local(child) != name for child in found)
        found = _added(found, name) if missing else _nth(found, (name, number))
    return found


def _steps(path: str) -> list[_Step]:
    matches = [_STEP.fullmatch(step) for step in path.split("/")]
    if None in matches:
        raise EditError("a path is written like Prestatie[2]/ProductPeriode/Einddatum")
    return [(m["name"], int(m["number"]) if m["number"] else None) for m in matches if m]


def _nth(elements: Iterable[etree._Element], step: _Step) -> etree._Element:
    name, number = step
    named = [element for element in elements if _local(element) == name]
    if len(named) < (number or 1):
        raise EditError(f"there is no {name}" if not named else f"there are only {len(named)} of {name}")
    return named[(number or 1) - 1]


# --- adding, in the order of the schema ------------------------------------------------------------


def _fill(element: etree._Element, value: Value) -> None:
    for child in list(element):
        element.remove(child)
    element.text = value if isinstance(value, str) else None
    if isinstance(value, Mapping):
        for name, inner in value.items():
            _fill(_added(element, name), inner)
    elif not isinstance(value, str):
        (item,) = (inner.name for inner in _content(element)[1])
        for inner in value:
            _fill(_added(element, item), inner)


def _added(parent: etree._Element, name: str) -> etree._Element:
    namespace, elements = _content(parent)
    names = [element.name for element in elements]
    if name not in names:
        raise EditError(f"{_local(parent)} has no {name}; it has {', '.join(names) or 'no elements'}")
    child = etree.Element(f"{{{namespace}}}{name}")
    later = names[names.index(name) + 1 :]
    follower = next((sibling for sibling in parent if _local(sibling) in later), None)
    if follower is None:
        parent.append(child)
    else:
        follower.addprevious(child)
    return child


def _content(node: etree._Element) -> tuple[str, Elements]:
    """The namespace of the elements that may stand in this one, and those elements in order."""
    bericht = _bericht(node)
    namespace, elements = bericht.namespace, bericht.klassen["Bericht"]
    for below in _line(node):
        element = next(e for e in elements if e.name == _local(below))
        namespace, elements = _inside(bericht, element)
    return namespace, elements


def _inside(bericht: BerichtStructure, element: Element) -> tuple[str, Elements]:
    if element.group:
        return bericht.namespace, (Element(element.item, element.type),)
    if element.type in bericht.klassen:
        return bericht.namespace, bericht.klassen[element.type]
    return BASIS_NAMESPACE, structure().composites.get(element.type, ())


def _line(node: etree._Element) -> Iterator[etree._Element]:
    """The elements from just below the root down to this one."""
    yield from [node, *node.iterancestors()][-2::-1]


def _bericht(node: etree._Element) -> BerichtStructure:
    return structure().berichten[_name(node.getroottree().getroot())]


def _name(root: etree._Element) -> str:
    namespace = etree.QName(root).namespace
    return next(b.name for b in structure().berichten.values() if b.namespace == namespace)


def _parent(element: etree._Element) -> etree._Element:
    parent = element.getparent()
    if parent is None:
        raise EditError("the message itself cannot be removed")
    return parent


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname
