"""Why a tree fails its schema, in words a person can act on.

lxml decides and locates; xmlschema, 25 times slower, explains. So that a large message cannot hold up
the others, only the part of the tree around the located errors is given to xmlschema.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from itertools import islice
from pathlib import Path

import xmlschema
from lxml import etree
from xmlschema.validators.exceptions import XMLSchemaChildrenValidationError

from schemas.ijw_3_2.findings import Finding, without_bsn
from schemas.ijw_3_2.structure import LeafType, structure

MOST_FINDINGS = 20


def explain(folder: Path, name: str, tree: etree._Element, errors: etree._ErrorLog) -> tuple[Finding, ...]:
    """The first findings of level 1. The tree is cut down on the way: do not use it afterwards."""
    places = _keep_only(_located(tree, errors))
    schema = _schema(folder, name)
    found = {(f.path, f.text): f for f in (_finding(e, places, name) for e in _errors(schema, tree))}
    return tuple(found.values()) or (_unexplained(),)


@cache
def _schema(folder: Path, name: str) -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(folder / f"{name}.xsd", defuse="never", allow="local")


def _errors(schema: xmlschema.XMLSchema, tree: etree._Element) -> Iterator[xmlschema.XMLSchemaValidationError]:
    yield from islice(schema.iter_errors(tree), MOST_FINDINGS)


class _Places:
    """Where the elements around the located errors stand in the whole message."""

    def __init__(self) -> None:
        self._steps: dict[etree._Element, str] = {}

    def note(self, parent: etree._Element) -> None:
        """Remember the steps to the children of this element, counted from 1 where a name is repeated."""
        counts = Counter(child.tag for child in parent)
        seen: Counter[str] = Counter()
        for child in parent:
            seen[child.tag] += 1
            repeated = counts[child.tag] > 1
            self._steps[child] = _local(child) + (f"[{seen[child.tag]}]" if repeated else "")

    def of(self, element: etree._Element) -> str:
        """The path of an element, from Bericht down."""
        line = [element, *element.iterancestors()][:-1]
        return "/".join(["Bericht", *(self._steps.get(e) or _local(e) for e in reversed(line))])


def _located(tree: etree._Element, errors: etree._ErrorLog) -> set[etree._Element]:
    prefixes = {prefix: uri for prefix, uri in tree.nsmap.items() if prefix}
    located = {tree}
    for error in islice(errors, MOST_FINDINGS):  # type: ignore[call-overload]
        # A prefix declared below the root leaves that one error unlocated; the others still tell.
        with suppress(etree.XPathError):
            found = tree.xpath(error.path, namespaces=prefixes) if error.path else []
            located.update(e for e in found if isinstance(e, etree._Element))  # type: ignore[union-attr]
    return located


def _keep_only(located: set[etree._Element]) -> _Places:
    """Drop repeated siblings in which no error was located; one of each kind stays, for the cardinality."""
    places = _Places()
    needed = {ancestor for element in located for ancestor in (element, *element.iterancestors())}
    for parent in needed:
        places.note(parent)
    for parent in needed:
        kept: set[str] = set()
        for child in list(parent):
            if child not in needed and child.tag in kept:
                parent.remove(child)
            kept.add(child.tag)
    return places


def _finding(error: xmlschema.XMLSchemaValidationError, places: _Places, name: str) -> Finding:
    element = error.elem if isinstance(error.elem, etree._Element) else None
    path = places.of(element) if element is not None else "Bericht"
    if isinstance(error, XMLSchemaChildrenValidationError):
        path, text = _wrong_children(error, path, places)
    else:
        text = _wrong_value(path, name, (element.text or "") if element is not None else "")
    return Finding(rule="XSD", level=1, retourcode=None, klasse=_klasse(path, name), path=path, key=None, text=text)


def _wrong_children(error: XMLSchemaChildrenValidationError, path: str, places: _Places) -> tuple[str, str]:
    expected = ", ".join(_names(error.expected)) or "nothing more"
    if error.invalid_tag is None or not isinstance(error.elem, etree._Element) or error.index >= len(error.elem):
        return path, f"{path} is not complete. Expected here: {expected}. Add what is missing."
    child = error.elem[error.index]
    return places.of(child), (
        f"{_local(child)} is not allowed at this place in {_last(path)}. Expected here: {expected}. "
        "Put the elements in the order of the schema, each as often as it allows."
    )


def _names(expected: object) -> list[str]:
    items = expected if isinstance(expected, list | tuple) else [expected] if expected else []
    return [str(getattr(item, "local_name", None) or item).rpartition("}")[2] for item in items]


def _wrong_value(path: str, name: str, value: str) -> str:
    leaf, narrowed, personal = _leaf_at(path, name)
    if leaf is None:
        return f"{_last(path)} has content that the schema does not allow. Compare it with the schema."
    # Only a value of digits and date signs is shown: a name may have ended up in any element.
    shown = f" {without_bsn(value)}" if not personal and _SHOWABLE.fullmatch(value) else ""
    return f"{_last(path)}: value{shown} is not allowed. Expected {_expectation(leaf, narrowed)}. Correct the value."


_SHOWABLE = re.compile(r"[\d:.+TZ-]{1,25}")


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
    return etree.QName(element).localname


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _unexplained() -> Finding:
    text = "The message does not satisfy its schema. Validate it against the schema of its type before sending."
    return Finding(rule="XSD", level=1, retourcode=None, klasse="Bericht", path="Bericht", key=None, text=text)
