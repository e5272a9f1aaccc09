"""The classes of a message, in the order of its schema, and where each of them stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from operator import attrgetter
from typing import Any

from msgspec import Struct

from schemas.ijw_3_2.berichten import MODULES
from schemas.ijw_3_2.findings import without_bsn
from schemas.ijw_3_2.structure import Element, structure


@cache
def parts(klasse: type[Struct]) -> tuple[tuple[str, bool, type[Struct]], ...]:
    """The classes directly inside a class: field, whether it holds several, and the class."""
    bericht = structure().berichten[_name(klasse)]
    module = MODULES[bericht.name]
    return tuple(
        (e.name, e.group, getattr(module, e.type))
        for e in bericht.klassen[klasse.__name__]
        if e.type in bericht.klassen
    )


def walk(node: Struct, path: str = "Bericht") -> Iterator[tuple[Struct, str]]:
    """Every class of a message with its path; members of a group count from 1."""
    yield node, path
    for field, many, klasse in parts(type(node)):
        inner = getattr(node, field)
        if many:
            for number, member in enumerate(inner, 1):
                yield from walk(member, f"{path}/{field}/{klasse.__name__}[{number}]")
        elif inner is not None:
            yield from walk(inner, f"{path}/{field}")


@cache
def key_of(klasse: type[Struct]) -> attrgetter[Any] | None:
    """What gives the logical key (TR101) of an instance of this class; None when it has none."""
    fields = [e.name for e in _elements(klasse) if e.key]
    return attrgetter(*fields) if fields else None


def key_text(node: Struct) -> str | None:
    """The logical key as text; None when the class has none or the key tells a person (Bsn, Nummer)."""
    shown = [(e.name, getattr(node, e.name)) for e in _elements(type(node)) if e.key]
    if not shown or any(is_personal(type(node), name) for name, _ in shown):
        return None
    return without_bsn(" ".join(f"{name}={_plain(value)}" for name, value in shown if value is not None))


def has_element(klasse: type[Struct], path: str) -> bool:
    """Whether a class has this element. A rule for several classes may name elements that only some of them have."""
    return bool(_line(klasse, path))


def is_personal(klasse: type[Struct], path: str) -> bool:
    """Whether the element at this path below a class could tell a person; unknown elements count as such."""
    line = _line(klasse, path)
    return not line or any(e.type in structure().personal_composites for e in line) or _holds_personal(line[-1].type)


def shown_value(node: Struct, path: str) -> str | None:
    """The value of an element for a person to read; None when it is personal."""
    if is_personal(type(node), path):
        return None
    value: object = node
    for step in path.split("."):
        value = getattr(value, step, None)
    return "absent" if value in (None, ()) else without_bsn(_plain(value))


def _plain(value: object) -> str:
    if isinstance(value, Struct):
        inner = [getattr(value, field) for field in value.__struct_fields__]
        return "/".join(_plain(i) for i in inner if i is not None)
    return value.isoformat() if isinstance(value, date) else str(value)


def _line(klasse: type[Struct], path: str) -> tuple[Element, ...]:
    """The elements from a class down to the one at this path; empty when there is no such element."""
    elements, line = _elements(klasse), []
    for step in path.split("."):
        found = next((e for e in elements if e.name == step), None)
        if found is None:
            return ()
        line.append(found)
        elements = structure().composites.get(found.type, ())
    return tuple(line)


def _holds_personal(kind: str) -> bool:
    """Whether a type is personal or has something personal inside. A class of a message counts as such."""
    standard = structure()
    if kind in standard.leaves:
        return standard.leaves[kind].personal
    inner = standard.composites.get(kind)
    return inner is None or kind in standard.personal_composites or any(_holds_personal(e.type) for e in inner)


def _elements(klasse: type[Struct]) -> tuple[Element, ...]:
    return structure().berichten[_name(klasse)].klassen[klasse.__name__]


def _name(klasse: type[Struct]) -> str:
    return klasse.__module__.rpartition(".")[2].upper()
