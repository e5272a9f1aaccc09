"""Our schemas say the same as the official ones, on the official examples and on thousands of generated messages.

The official schemas are read by lxml's ordinary parser, ours behind the hub's own: what is held equal is the verdict
of the hub and that of any other program. Where ../shared is absent there is nothing to hold ours against but what
the generator knows by itself; that is asserted in every case.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from schemas.ijw_3_2.reading import Schemas
from schemas.ijw_3_2.safe_xml import parse
from schemas.ijw_3_2.structure import structure
from tests.support.generating import WEST, Generator, Place, accepted, refused, samples

SHARED = Path(__file__).parents[3] / "shared" / "ijw"
ORACLE = SHARED / "xsd_usable"
PLAIN = etree.XMLParser(resolve_entities=False, no_network=True)
SEED = 20260820
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

# As gathered: JW315 holds a 31st of June, JW318 a loose RetourCode.
INVALID_EXAMPLES = {"JW315", "JW318"}


@cache
def ours() -> Schemas:
    return Schemas()


@cache
def official() -> Schemas | None:
    return Schemas(ORACLE) if ORACLE.is_dir() else None


@dataclass
class Comparison:
    """What came out of comparing a number of messages."""

    disagreements: list[str] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    verdicts: Counter[tuple[str, bool]] = field(default_factory=Counter)
    broken: set[tuple[str, str]] = field(default_factory=set)
    shown: set[tuple[str, str]] = field(default_factory=set)

    def add(self, name: str, label: str, data: bytes, expected: bool | None) -> bool:
        """Compare one message; whether it is valid by our schemas."""
        return self.judge(name, label, parse(data), etree.fromstring(data, PLAIN), expected)

    def judge(self, name: str, label: str, safe: etree._Element, plain: etree._Element, expected: bool | None) -> bool:
        """The same for a message as each of the two parsers reads it."""
        valid = ours().accepts(name, safe)
        oracle = official()
        if oracle and oracle.accepts(name, plain) != valid:
            self.disagreements.append(f"{name}, {label}: ours {valid}, official {not valid}\n{_xml(plain)}")
        if expected is not None and expected != valid:
            self.surprises.append(f"{name}, {label}: ours {valid}, expected {expected}\n{_xml(plain)}")
        self.verdicts[name, valid] += 1
        return valid


def compared(count: int) -> Comparison:
    comparison = Comparison()
    for sample in samples(SEED, count):
        if comparison.add(sample.name, sample.label, sample.data, sample.expected):
            comparison.shown |= sample.shows
        elif sample.breaks:
            comparison.broken.add(sample.breaks)
    return comparison


def assert_agreement(comparison: Comparison) -> None:
    assert not comparison.disagreements, _report(comparison.disagreements)
    assert not comparison.surprises, _report(comparison.surprises)


def assert_meaningful(comparison: Comparison) -> None:
    """At least a fifth of each type is valid, and a fifth is not."""
    for name in structure().berichten:
        valid, invalid = comparison.verdicts[name, True], comparison.verdicts[name, False]
        assert 0.2 <= valid / (valid + invalid) <= 0.8, f"{name}: {valid} valid, {invalid} invalid"


def every_facet() -> set[tuple[str, str]]:
    """Every simple type with each of its facets, and what its elements narrow in place."""
    facets: set[tuple[str, str]] = set()
    for leaf in structure().leaves.values():
        own = {*leaf.facets, "enumeration" if leaf.codes else "base"}
        facets |= {(leaf.name, facet) for facet in own if (leaf.base, facet) != ("string", "base")}
    classes = [elements for bericht in structure().berichten.values() for elements in bericht.klassen.values()]
    return facets | {(e.type, "pattern") for elements in classes for e in elements if e.fixed or e.pattern}


def one_place_per_type() -> dict[tuple[str, str | None], tuple[str, Place]]:
    """Somewhere in a valid message for every simple type, and for every one that is narrowed where it stands."""
    found: dict[tuple[str, str | None], tuple[str, Place]] = {}
    for seed in range(10):
        for name in structure().berichten:
            for place in Generator(seed).tree(name):
                if place.leaf:
                    found.setdefault((place.type, place.narrowed), (name, place))
    return found


def _xml(message: etree._Element) -> str:
    return etree.tostring(message, encoding="unicode")


def _report(found: list[str]) -> str:
    return f"{len(found)} messages; the first ones:\n" + "\n\n".join(found[:5])


def test_generated_messages() -> None:
    comparison = compared(1_512)
    assert_agreement(comparison)
    assert_meaningful(comparison)


def test_every_edge_of_every_simple_type() -> None:
    """Each value set by turns in one place that has the type, so that no edge waits for its chance."""
    comparison = Comparison()
    for (kind, narrowed), (name, place) in one_place_per_type().items():
        root, before = place.node.getroottree().getroot(), place.node.text
        for text in accepted(kind, narrowed, beyond=True):
            place.node.text = text
            comparison.judge(name, f"{kind} {text!r}", root, root, True)
        for facet, text in refused(kind, narrowed):
            place.node.text = text
            comparison.judge(name, f"{kind} {facet} {text!r}", root, root, None if text == WEST else False)
            comparison.broken.add((kind, facet))
        place.node.text = before
    assert_agreement(comparison)
    assert comparison.broken == every_facet()


@pytest.mark.full
def test_very_many_generated_messages() -> None:
    comparison = compared(21_000)
    assert_agreement(comparison)
    assert_meaningful(comparison)
    facets, codes = every_facet(), {(leaf.name, code) for leaf in structure().leaves.values() for code in leaf.codes}
    assert facets == comparison.broken, f"never violated: {sorted(facets - comparison.broken)}"
    assert codes == comparison.shown, f"never occurred: {sorted(codes - comparison.shown)}"


def test_official_examples_or_base_messages_of_our_own() -> None:
    folder = SHARED / "examples" if ORACLE.is_dir() else Path(__file__).parents[1] / "cases" / "messages"
    comparison = Comparison()
    for path in sorted(folder.glob("JW*.xml")):
        expected = ORACLE.is_dir() is False or path.stem not in INVALID_EXAMPLES
        comparison.add(path.stem, path.name, path.read_bytes(), expected)
    assert comparison.verdicts.total() == (14 if ORACLE.is_dir() else 8)
    assert_agreement(comparison)


@pytest.mark.parametrize("name", structure().berichten)
def test_the_type_of_the_root_is_called_as_in_the_standard(name: str) -> None:
    """The one type name beside the data types that a message can show, in xsi:type."""
    compared = Comparison()
    tree = etree.fromstring(next(s.data for s in samples(SEED, 200) if s.name == name and s.expected))
    prefix = next(prefix for prefix, uri in tree.nsmap.items() if uri == structure().berichten[name].namespace)
    for kind, expected in (("Root", True), ("Bericht", False)):
        tree.set(XSI_TYPE, f"{prefix}:{kind}" if prefix else kind)
        compared.add(name, f"root of type {kind}", etree.tostring(tree), expected)
    assert not compared.disagreements + compared.surprises
