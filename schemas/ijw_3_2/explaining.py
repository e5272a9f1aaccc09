"""Why a tree fails its schema, in words a person can act on.

lxml decides and locates; xmlschema, 25 times slower, explains. So that a large message cannot hold up
the others, only the part of the tree around the located errors is given to xmlschema.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from itertools import islice
from pathlib import Path

import xmlschema
from lxml import etree
from xmlschema.validators import XsdAttributeGroup
from xmlschema.validators.exceptions import XMLSchemaChildrenValidationError

from schemas.ijw_3_2.findings import Finding
from schemas.ijw_3_2.structure import LeafType, structure

MOST_FINDINGS = 20
UNKNOWN = "unknown"
"""Stands in a path for an element that the standard does not know; its name may be anything, a person's as well."""

_MOST_ELEMENTS = 2_000
_MOST_PREFIXES = 100


def explain(
    folder: Path,
    name: str,
    tree: etree._Element,
    faults: set[etree._Element],
    places: Mapping[etree._Element, int],
) -> tuple[Finding, ...]:
    """The first findings of level 1, given where they are. The tree is cut down: do not use it afterwards.

    `places` tells the place among its siblings of an element whose siblings were dropped before.
    """
    if any(len(element.nsmap) > _MOST_PREFIXES for element in faults):
        return (_unexplained(),)
    steps = {**_cut_down(tree, faults), **{e: f"{_local(e)}[{place}]" for e, place in places.items()}}
    if len(steps) > _MOST_ELEMENTS:
        return (_unexplained(),)
    found = {(f.path, f.text): f for f in (_finding(e, steps, name) for e in _errors(_schema(folder, name), tree))}
    return tuple(found.values()) or (_unexplained(),)


def located(tree: etree._Element, errors: etree._ErrorLog) -> set[etree._Element]:
    """The elements that the first errors of lxml are about, and the root."""
    found = {tree}
    prefixes = {prefix: uri for prefix, uri in tree.nsmap.items() if prefix}
    if len(prefixes) > _MOST_PREFIXES:
        return found
    for error in islice(errors, MOST_FINDINGS):  # type: ignore[call-overload]
        path = (error.path or "/*").partition("/@")[0]
        # A prefix declared below the root leaves that one error unlocated; the others still tell.
        with suppress(etree.XPathError):
            found.update(e for e in tree.xpath(path, namespaces=prefixes) if isinstance(e, etree._Element))  # type: ignore[union-attr]
    return found


@cache
def _schema(folder: Path, name: str) -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(folder / f"{name}.xsd", defuse="never", allow="local")


def _errors(schema: xmlschema.XMLSchema, tree: etree._Element) -> Iterator[xmlschema.XMLSchemaValidationError]:
    yield from islice(schema.iter_errors(tree), MOST_FINDINGS)


def _cut_down(tree: etree._Element, faults: set[etree._Element]) -> dict[etree._Element, str]:
    """Keep the faults, what they stand in, and one of each kind of child that the standard has, for the cardinality.

    Returns the step to each element that is kept, counted in the whole message from 1 where a name is repeated.
    """
    needed = {holder for element in faults for holder in (element, *element.iterancestors())}
    steps: dict[etree._Element, str] = {}
    keeping: dict[etree._Element, list[etree._Element]] = {}
    waiting = [tree]
    while waiting and len(steps) <= _MOST_ELEMENTS:
        parent = waiting.pop()
        _keep_few_attributes(parent)
        seen: Counter[str] = Counter()
        kept: dict[etree._Element, int] = {}
        for child in parent:
            seen[child.tag] += 1
            if child in needed or (seen[child.tag] == 1 and _local(child) != UNKNOWN) or _loose(child):
                kept[child] = seen[child.tag]
        for child, number in kept.items():
            steps[child] = _local(child) + (f"[{number}]" if seen[child.tag] > 1 else "")
        keeping[parent] = list(kept)
        waiting += kept
    for parent, children in reversed(keeping.items()):  # from below: moving a child costs as much as there is in it
        if len(children) < len(parent):
            parent[:] = children
    return steps


def _keep_few_attributes(element: etree._Element) -> None:
    """One that is wrong tells enough; to xmlschema each costs as much as all the others together."""
    if len(element.attrib) > MOST_FINDINGS:
        few = {name: str(element.get(name)) for name in element.attrib.keys()[:MOST_FINDINGS]}
        element.attrib.clear()
        element.attrib.update(few)


def _loose(element: etree._Element) -> bool:
    """Whether text follows the element, which would be lost with it."""
    return element.tail is not None and not element.tail.isspace()


def _path(element: etree._Element, steps: dict[etree._Element, str]) -> str:
    """The path of an element, from Bericht down."""
    line = [element, *element.iterancestors()][:-1]
    return "/".join(["Bericht", *(steps.get(e) or _local(e) for e in reversed(line))])


def _finding(error: xmlschema.XMLSchemaValidationError, steps: dict[etree._Element, str], name: str) -> Finding:
    element = error.elem if isinstance(error.elem, etree._Element) else None
    path = _path(element, steps) if element is not None else "Bericht"
    if isinstance(error, XMLSchemaChildrenValidationError):
        path, text = _wrong_children(error, path, steps)
    elif isinstance(error.validator, XsdAttributeGroup):
        text = f"{_last(path)} has an attribute that the schema does not allow. Expected none; remove it."
    else:
        text = _wrong_value(path, name, (element.text or "") if element is not None else "")
    return Finding(rule="XSD", level=1, retourcode=None, klasse=_klasse(path, name), path=path, key=None, text=text)


def _wrong_children(
    error: XMLSchemaChildrenValidationError, path: str, steps: dict[etree._Element, str]
) -> tuple[str, str]:
    expected = ", ".join(_names(error.expected)) or "nothing more"
    if error.invalid_tag is None or not isinstance(error.elem, etree._Element) or error.index >= len(error.elem):
        return path, f"{path} is not complete. Expected here: {expected}. Add what is missing."
    child = error.elem[error.index]
    if _local(child) in expected.split(", "):
        return _path(child, steps), f"{_local(child)} is not in the namespace of the schema. Correct its prefix."
    found = "An element that the standard does not know" if _local(child) == UNKNOWN else _local(child)
    return _path(child, steps), (
        f"{found} is not allowed at this place in {_last(path)}. Expected here: {expected}. "
        "Put the elements in the order of the schema, each as often as it allows."
    )


def _names(expected: object) -> list[str]:
    items = expected if isinstance(expected, list | tuple) else [expected] if expected else []
    return [str(getattr(item, "local_name", None) or item).rpartition("}")[2] for item in items]


def _wrong_value(path: str, name: str, value: str) -> str:
    leaf, narrowed, personal = _leaf_at(path, name)
    if leaf is None:
        return f"{_last(path)} has content that the schema does not allow. Compare it with the schema."
    # A name or a BSN may have ended up in any element: only a short number, a date or a time is shown.
    shown = f" {value}" if value and not personal and _SHOWABLE.fullmatch(value) else ""
    return f"{_last(path)}: value{shown} is not allowed. Expected {_expectation(leaf, narrowed)}. Correct the value."


_SHOWABLE = re.compile(
    r"[+-]?[0-9]{1,7}|([0-9]{4}-[0-9]{2}-[0-9]{2}T?)?([0-9]{2}:[0-9]{2}(:[0-9]{2})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)


def _expectation(leaf: LeafType, narrowed: str | None) -> str:
    facets = leaf.facets
    if narrowed:
        return f"a value that matches {narrowed} ({leaf.name})"
    if leaf.codelijst:
        codes = ", ".join(leaf.codes) if len(leaf.codes) <= MOST_FINDINGS * 2 else f"{len(leaf.codes)} codes"
        return f"a code of list {leaf.codelijst}: {codes} ({leaf.name})"
    if leaf.base == "integer":
        return f"a whole number from {facets['minInclusive']} to {facets['maxInclusive']} ({leaf.name})"
    if leaf.base == "date":
        return f"a date that exists, as yyyy-mm-dd without time zone ({leaf.name})"
    if leaf.base == "time":
        return f"a time as hh:mm:ss without time zone ({leaf.name})"
    return f"text{_lengths(leaf)}{_pattern(leaf)} ({leaf.name})"


def _lengths(leaf: LeafType) -> str:
    most = leaf.facets.get("maxLength")
    return f" of {leaf.facets.get('minLength', '0')} to {most} characters" if most else " that is not empty"


def _pattern(leaf: LeafType) -> str:
    pattern = leaf.facets.get("pattern")
    if pattern is None:
        return ""
    return " with more than blanks" if r"\s" in pattern else f" that matches {pattern}"


def _leaf_at(path: str, name: str) -> tuple[LeafType | None, str | None, bool]:
    """The leaf type of the element at a path of a message, its own narrower pattern, and whether it is personal."""
    standard = structure()
    klassen = standard.berichten[name].klassen
    kind, narrowed, personal = "Bericht", None, False
    for step in path.split("/")[1:]:
        local = step.partition("[")[0]
        elements = klassen.get(kind) or standard.composites.get(kind) or ()
        found = next((e for e in elements if e.name == local), None)
        if found is not None:
            kind, narrowed = found.type, found.fixed or found.pattern
            personal = personal or kind in standard.personal_composites
    leaf = standard.leaves.get(kind)
    return leaf, narrowed, personal or (leaf is not None and leaf.personal)


def _klasse(path: str, name: str) -> str:
    klassen = structure().berichten[name].klassen
    steps = [step.partition("[")[0] for step in path.split("/")]
    return next((step for step in reversed(steps) if step in klassen), "Bericht")


def _local(element: etree._Element) -> str:
    local = etree.QName(element).localname
    return local if local in _known_names() else UNKNOWN


@cache
def _known_names() -> frozenset[str]:
    standard = structure()
    holders = [*standard.composites.values()]
    for bericht in standard.berichten.values():
        holders += bericht.klassen.values()
    elements = [element for holder in holders for element in holder]
    return frozenset({"Bericht"} | {e.name for e in elements} | {e.item for e in elements if e.group})


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _unexplained() -> Finding:
    text = "The message does not satisfy its schema. Validate it against the schema of its type before sending."
    return Finding(rule="XSD", level=1, retourcode=None, klasse="Bericht", path="Bericht", key=None, text=text)
