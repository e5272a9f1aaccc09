"""structure.yaml states the same facts as the published standard: every element of every message, every simple type.

tests/support/elements.txt holds those facts, one per line, as taken over from ../shared/ijw/elements.csv; it is
committed, so that nothing is left out where ../shared is absent, and held against that file where it is there.

    JW301/Bericht/Client/Bsn LDT_BurgerServicenummer 1 1 key          path, type, min, max, logical key
    JW301/Bericht/Header/BerichtCode LDT_BerichtCode=436 1 1          a type narrowed in this place
    LDT_Geslacht string maxLength=1 list=COD046 codes=0|1|2           base, facets, code list, enumeration
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from random import Random

from lxml import etree

from schemas.ijw_3_2.structure import BerichtStructure, Element, LeafType, structure

SHARED = Path(__file__).parents[3] / "shared" / "ijw"
COMMITTED = Path(__file__).parents[1] / "support" / "elements.txt"

# The one deliberate difference: the published pattern backtracks without end on other engines than libxml2's.
COMMENTAAR, PUBLISHED_COMMENTAAR = r"\s*\S[\s\S]*", r"([.\s]*\S+[.\s]*)+"

COLUMNS = {
    "minLength": "min_length",
    "maxLength": "max_length",
    "minInclusive": "min_value",
    "maxInclusive": "max_value",
    "pattern": "pattern",
}


# --- our facts -------------------------------------------------------------------------------------


def our_facts() -> set[str]:
    standard = structure()
    facts = {_type_fact(leaf) for leaf in standard.leaves.values()}
    for bericht in standard.berichten.values():
        facts |= {f"{bericht.name}/Bericht Root 1 1", *_inside(bericht, f"{bericht.name}/Bericht", "Bericht", False)}
    return facts


def _inside(bericht: BerichtStructure, path: str, kind: str, key: bool) -> Iterator[str]:
    """The facts of everything inside a class or composite; what is inside a key is part of the key."""
    for element in structure().composites.get(kind) or bericht.klassen[kind]:
        least = 0 if element.optional else 1
        if element.group:
            yield f"{path}/{element.name} {element.name} {least} 1"
            item = Element(element.item, element.type)
            yield from _one(bericht, f"{path}/{element.name}/{item.name}", item, "1 n", False)
        else:
            yield from _one(bericht, f"{path}/{element.name}", element, f"{least} 1", key or element.key)


def _one(bericht: BerichtStructure, path: str, element: Element, occurs: str, key: bool) -> Iterator[str]:
    narrowed = element.fixed or element.pattern
    if element.type in structure().leaves:
        yield f"{path} {element.type}{f'={narrowed}' if narrowed else ''} {occurs}{' key' if key else ''}"
        return
    yield f"{path} {element.type} {occurs}"
    yield from _inside(bericht, path, element.type, key)


def _type_fact(leaf: LeafType) -> str:
    facets = dict(leaf.facets)
    if leaf.name == "LDT_Commentaar":
        assert facets["pattern"] == COMMENTAAR
        facets["pattern"] = PUBLISHED_COMMENTAAR
    codes = f" list={leaf.codelijst} codes={'|'.join(sorted(leaf.codes))}" if leaf.codes else ""
    return f"{leaf.name} {leaf.base}{_written(facets)}{codes}"


def _written(facets: Mapping[str, str]) -> str:
    return "".join(f" {facet}={facets[facet]}" for facet in COLUMNS if facets.get(facet))


# --- the published facts ---------------------------------------------------------------------------


def published_facts() -> set[str]:
    with (SHARED / "elements.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    facts = {_published_type(row) for row in rows if row["type"].startswith("LDT_")}
    keys = {(row["message"], row["path"]) for row in rows if row["logical_key"]}
    return facts | {_published_element(row, keys) for row in rows}


def _published_element(row: Mapping[str, str], keys: set[tuple[str, str]]) -> str:
    """Keys are published for the messages that go out; a return message copies its classes and so their keys."""
    kind = row["type"].replace(" (restricted)", f"={row['pattern']}")
    heen = structure().berichten[row["message"]].heen or row["message"]
    key = " key" if (heen, row["path"]) in keys else ""
    return f"{row['message']}/{row['path']} {kind} {row['min']} {row['max']}{key}"


def _published_type(row: Mapping[str, str]) -> str:
    name, _, restricted = row["type"].partition(" ")
    facets = {facet: row[column] for facet, column in COLUMNS.items() if not (restricted and facet == "pattern")}
    codes = _published_codes(row["enumeration"], row["code_list"])
    enumeration = f" list={row['code_list']} codes={'|'.join(sorted(codes))}" if codes else ""
    return f"{name} {row['base_type'].removeprefix('xs:')}{_written(facets)}{enumeration}"


@cache
def _published_codes(enumeration: str, code_list: str) -> tuple[str, ...]:
    """The enumeration of the schema; where elements.csv only counts it, the list that it names."""
    count, _, reference = enumeration.partition(" values, see ")
    if not reference:
        return tuple(enumeration.split("|")) if enumeration else ()
    with (SHARED / "codelists" / f"{code_list}.csv").open(encoding="utf-8", newline="") as lines:
        codes = tuple(row["code"] for row in csv.DictReader(lines))
    assert len(codes) == int(count), code_list
    return codes


# --- tests -----------------------------------------------------------------------------------------


def test_structure_states_the_committed_facts() -> None:
    assert _difference(our_facts(), set(COMMITTED.read_text(encoding="utf-8").splitlines())) == []


def test_committed_facts_are_the_published_ones_or_complete() -> None:
    committed = COMMITTED.read_text(encoding="utf-8").splitlines()
    assert committed == sorted(set(committed))
    assert sum(line.startswith("JW") for line in committed) == 784
    if SHARED.is_dir():
        assert _difference(set(committed), published_facts()) == []


def _difference(found: set[str], wanted: set[str]) -> list[str]:
    return sorted(f"missing: {fact}" for fact in wanted - found) + sorted(f"too many: {f}" for f in found - wanted)


def test_both_patterns_of_commentaar_accept_the_same() -> None:
    ours, published = _schema(COMMENTAAR), _schema(PUBLISHED_COMMENTAAR)
    rng = Random(3)
    alphabet = [".", " ", "\n", "\t", "\r", "x", "\u00a0", "\U0001d11e"]
    short = ("".join(text) for length in range(5) for text in product(alphabet, repeat=length))
    blank = (" \t\r\n" * length for length in range(100))
    long = ("".join(rng.choices(alphabet, weights=[1, 9, 9, 9, 9, 1, 1, 1], k=rng.randrange(200))) for _ in range(500))
    element = etree.Element("Commentaar")
    verdicts = set()
    for text in (*short, *blank, *long):
        element.text = text
        verdict = ours.validate(element)
        assert verdict == published.validate(element), repr(text)
        verdicts.add(verdict)
    assert verdicts == {True, False}


def _schema(pattern: str) -> etree.XMLSchema:
    restriction = f'<xs:restriction base="xs:string"><xs:minLength value="1"/><xs:pattern value="{pattern}"/>'
    return etree.XMLSchema(
        etree.fromstring(
            '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="Commentaar"><xs:simpleType>'
            f"{restriction}</xs:restriction></xs:simpleType></xs:element></xs:schema>"
        )
    )
