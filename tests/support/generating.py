"""Messages of all 14 types straight from the structure: valid ones, and ones that are a single step off.

Everything follows from the seed. `samples` yields them by turns over the types; `Generator(seed).valid(name)` makes
one. Each carries what the schema should say of it, worked out here from the structure and not by any schema;
`expected` is None for the few that cannot be told without one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from operator import itemgetter
from random import Random
from typing import NamedTuple

from lxml import etree

from schemas.ijw_3_2.structure import BASIS_NAMESPACE, Element, Elements, LeafType, structure

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class Sample(NamedTuple):
    """A message. `breaks` is the type and facet that it violates, `shows` its enumeration codes with their types."""

    name: str
    label: str
    data: bytes
    expected: bool | None
    breaks: tuple[str, str] | None = None
    shows: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Place:
    """One element of a generated message, with what the structure says of it."""

    node: etree._Element
    path: str
    type: str
    optional: bool = False
    item: bool = False  # one of the elements in a group
    content: Elements = ()  # nothing for a value
    leaf: LeafType | None = None
    narrowed: str | None = None  # the pattern or fixed value of this one element


class Off(NamedTuple):  # what a mutation did
    kind: str
    place: Place
    expected: bool | None
    breaks: tuple[str, str] | None = None


# --- values ----------------------------------------------------------------------------------------


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


INK = r".*[^\s].*"
NOTE = r"\s*\S[\s\S]*"
_DIGITS = re.compile(r"\[0-9\]\{(\d+)\}")

# Everything that has ever been lost or doubled on its way through XML.
TEXTS = (*"xé\U0001d11e<&0\u00a0\u2028\ufffd", "]]>", "\"'", "&amp;", "a\tb", "\tx", " x ", "  x", "de Vries-'t Hooft")
TEXTS += ("Ægir Þór", "\U0001f9d2\U0001f3fd", "e\u0301", "شارع", "<b>&#13;</b>", "x\u0085")
BROKEN = ("a\nb", "\nx\n", "x\r", "a\r\nb", "a\rb")
BLANK = (" ", "\t", "\n", " \r\n ")

# By pattern: values that match it and values that do not. A pattern that is not here has to be added.
PATTERNS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "[0-9]*": (("0", "0" * 15, "112"), ("06-1", "+31", "06 1", "٣", " 1", "1\n")),
    r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)": (
        ("0.0.0", "1.0.0", "0.1.10", "10.200.3000", f"1.{'9' * 60}.0"),
        ("1.0", "01.0.0", "1.0.0.0", "1.0.0 ", "v1.0.0", "1..0", "1.0.00", "1,0,0", "1.0.x"),
    ),
    "([a-zA-ZÀ-ỳ])+": (
        ("A", "zZ", "À", "ỳ", "×÷", "ABCDEF", "\u0300e"),
        ("A.", "A B", "1", "\u1ef4", "\u00bf", "[", "`", "A\n", "\U0001d11e"),
    ),
    "([a-zA-Z0-9])+": (("A", "z9", "0" * 12, "Decl20260001"), ("A-1", "é", "A 1", " A", "A\n", "@", "_")),
}


DATES = _words("2026-01-01 0001-01-01 9999-12-31 2024-02-29 0004-02-29 1900-02-28 2027-06-30")
DATES += (" 2026-12-31", "2026-12-31\n", "\t 2000-02-29 \r\n")
BEYOND_PYTHON = ("-0001-12-31", "-2024-01-01", "10000-01-01", "123456-02-28")
NO_DATES = _words("""2027-06-31 2023-02-29 1900-02-29 2026-13-01 2026-00-10 2026-01-00 2026-01-32 2026-1-1 26-01-01
    01-01-2026 20260101 2026-01-01T00:00:00 2026/01/01 2026-01 2026-W01-1 +2026-01-01 02026-01-01 ٢٠٢٦-01-01""")
TIMES = (" 10:00:00", "10:00:00\r\n", *_words("00:00:00 23:59:59 24:00:00 12:30:00.5 23:59:59.999999999 00:00:00.0"))
NO_TIMES = _words("24:00:01 24:01:00 25:00:00 23:60:00 23:59:60 10:00 1:00:00 10:00:00. 10.00.00 T10:00:00")
# libxml2 overlooks the hyphen in [^Z+-] and lets a time west of Greenwich through; whether it will is for it to say.
WEST = "10:00:00-05:00"
ZONED = {"date": ("2026-01-01Z", "2026-01-01+01:00", "2026-01-01-14:00"), "time": ("10:00:00Z", "10:00:00+01:00", WEST)}
NO_NUMBERS = ("1 0", "\u00a01", *_words("1.0 1e3 abc --1 + 0x1 ٣ 1,5 1_0 INF"))


@cache
def accepted(kind: str, narrowed: str | None, beyond: bool) -> tuple[str, ...]:
    """Values at and near the edges of a type. `beyond` adds dates that exist in XSD but not in Python."""
    leaf = structure().leaves[kind]
    if leaf.base == "date":
        return DATES + (BEYOND_PYTHON if beyond else ())
    if leaf.base == "time":
        return TIMES
    if leaf.base == "integer":
        return (narrowed, f" {narrowed}", f"\n{narrowed}\t ") if narrowed else _numbers(leaf)
    return leaf.codes or _strings(leaf, narrowed)


def _numbers(leaf: LeafType) -> tuple[str, ...]:
    low, high = int(leaf.facets["minInclusive"]), int(leaf.facets["maxInclusive"])
    plain = (str(low), str(low + 1), str(high - 1), str(high))
    return (*plain, f"+{high}", f"00{high}", f"+0{low}", f"-{low}", f" {low}", f"{high}\n", f"\t {low + 1} \r\n")


def _strings(leaf: LeafType, narrowed: str | None) -> tuple[str, ...]:
    most = int(leaf.facets.get("maxLength", 600))
    pattern = narrowed or leaf.facets.get("pattern")
    if pattern in (INK, NOTE, None):
        loose = (*TEXTS, *(BROKEN if pattern != INK else ()), *(BLANK if pattern is None else ()))
        texts = (text for text in loose if len(text) <= most)
        return (*texts, "m" * most, "\U0001f600" * most, ("x" + " " * most)[:most], ("&<>é" * most)[:most])
    if match := _DIGITS.fullmatch(pattern):
        width = int(match[1])
        return ("999900006",) if width == 9 else ("0" * width, "9" * width, "0123456789"[:width])
    return (pattern,) if pattern.isdigit() else PATTERNS[pattern][0]


@cache
def refused(kind: str, narrowed: str | None) -> tuple[tuple[str, str], ...]:
    """Values just outside a type, each with the facet (or `base`) that it violates; every facet has one early on."""
    leaf = structure().leaves[kind]
    kinds = {"pattern": _off_pattern(leaf, narrowed)}
    if leaf.base == "string":
        kinds |= _off_length(leaf, narrowed)
    elif leaf.base == "integer":
        low, high = int(leaf.facets["minInclusive"]), int(leaf.facets["maxInclusive"])
        kinds["minInclusive"] = (str(low - 1), f" {low - 1}", f"-{high}")
        kinds["maxInclusive"] = (str(high + 1), f"+{high + 1}", f"{high}0", "1" + "0" * 30)
        kinds["base"] = ("", " ", *NO_NUMBERS)
    else:
        kinds["base"] = ("", " ", *(NO_DATES if leaf.base == "date" else NO_TIMES))
    turns = [(turn, facet, text) for facet, texts in kinds.items() for turn, text in enumerate(texts)]
    return tuple((facet, text) for _, facet, text in sorted(turns, key=itemgetter(0)))


def _off_length(leaf: LeafType, narrowed: str | None) -> dict[str, tuple[str, ...]]:
    kinds = {"enumeration": _no_codes(leaf), "minLength": ("",) if "minLength" in leaf.facets else ()}
    if "maxLength" in leaf.facets:
        most = int(leaf.facets["maxLength"])
        longest = max(accepted(leaf.name, narrowed, False), key=len)
        kinds["maxLength"] = (longest.ljust(most + 1, longest[-1]), longest.ljust(most, "1") + "\U0001f600")
    return kinds


def _no_codes(leaf: LeafType) -> tuple[str, ...]:
    near = {"", " ", "Q7", "00", "?", "A", "999", "10000"}
    for code in leaf.codes:
        near |= {code.lower(), code.upper(), code.lstrip("0"), code[:-1], f"0{code}", f" {code}", f"{code}\n"}
    return tuple(sorted(near - set(leaf.codes))) if leaf.codes else ()


def _off_pattern(leaf: LeafType, narrowed: str | None) -> tuple[str, ...]:
    pattern = narrowed or leaf.facets.get("pattern")
    if leaf.base in ZONED:
        return ZONED[leaf.base]
    if pattern is None:
        return ()
    if pattern.isdigit():  # the fixed value: every other message's code, and this one in other clothes
        codes = {bericht.code for bericht in structure().berichten.values()} | {f"0{pattern}", f"+{pattern}", "1", "4"}
        return tuple(sorted(codes - {pattern}))
    if match := _DIGITS.fullmatch(pattern):
        digits = "1234567890"[: int(match[1]) - 1]
        return (digits, digits + "00", digits + "a", digits + " ", " " + digits, digits + "３", digits + "\n")
    if pattern in (INK, NOTE):
        return BLANK + (BROKEN if pattern == INK else ())
    return PATTERNS[pattern][1]


# --- messages --------------------------------------------------------------------------------------


class Generator:
    """Makes messages, one after another, the same for the same seed."""

    def __init__(self, seed: int | str, beyond: bool = False) -> None:
        self.rng = Random(str(seed))
        self._beyond = beyond
        self._turns: dict[tuple[str, str | None, bool], Iterator] = {}
        self._places: list[Place] = []
        self.broken: Counter[str] = Counter()
        self._often = 0.5

    def valid(self, name: str) -> bytes:
        """The bytes of a valid message."""
        return self._written(self.tree(name)[0].node)

    def sample(self, name: str, mutated: bool) -> Sample:
        """A valid message, or one with a single mutation."""
        places = self.tree(name)
        if not mutated:
            codes = {(p.leaf.name, p.node.text) for p in places if p.leaf and p.leaf.codes}
            return Sample(name, "valid", self._written(places[0].node), True, shows=frozenset(codes))
        while (off := self.rng.choice(MUTATIONS)(self, places)) is None:
            pass
        label = f"{off.kind} at {off.place.path}"
        return Sample(name, label, self._written(places[0].node), off.expected, off.breaks)

    def tree(self, name: str) -> list[Place]:
        """A valid message as a tree: all its elements, the root first."""
        bericht = structure().berichten[name]
        own, basis = self.rng.choice(((name.lower(), "ijw"), ("a", "b"), (None, "b"), ("m", None)))
        root = etree.Element(f"{{{bericht.namespace}}}Bericht", nsmap={own: bericht.namespace, basis: BASIS_NAMESPACE})
        self._often = self.rng.choice((0.0, 0.3, 0.6, 1.0))
        self._places = [Place(root, "Bericht", "Bericht", content=bericht.klassen["Bericht"])]
        self._fill(self._places[0], name)
        if self.rng.random() < 0.5:
            etree.indent(root, self.rng.choice(("", "  ", "\t")))
        return self._places

    def next_of(self, leaf: LeafType, narrowed: str | None, good: bool) -> str | tuple[str, str]:
        """The next value by turns, so that rare codes and facets have theirs."""
        key = (leaf.name, narrowed, good)
        if key not in self._turns:
            pool = accepted(leaf.name, narrowed, self._beyond) if good else refused(leaf.name, narrowed)
            start = self.rng.randrange(len(pool)) if good else 0
            self._turns[key] = cycle(pool[start:] + pool[:start])
        return next(self._turns[key])

    def _fill(self, parent: Place, name: str) -> None:
        bericht = structure().berichten[name]
        for element in parent.content:
            if element.optional and self.rng.random() >= self._often:
                continue
            namespace = BASIS_NAMESPACE if parent.type.startswith("CDT_") else bericht.namespace
            node = etree.SubElement(parent.node, f"{{{namespace}}}{element.name}")
            path = f"{parent.path}/{element.name}"
            if not element.group:
                self._put(node, path, element, name)
                continue
            item = Element(element.item, element.type)
            self._places.append(Place(node, path, element.name, element.optional, content=(item,)))
            for _ in range(self.rng.choice((1, 1, 1, 2, 3))):
                one = etree.SubElement(node, f"{{{namespace}}}{item.name}")
                self._put(one, f"{path}/{item.name}", item, name, item=True)

    def _put(self, node: etree._Element, path: str, element: Element, name: str, item: bool = False) -> None:
        kind, narrowed = element.type, element.fixed or element.pattern
        leaf = structure().leaves.get(kind)
        content = () if leaf else structure().composites.get(kind) or structure().berichten[name].klassen[kind]
        self._places.append(Place(node, path, kind, element.optional, item, content, leaf, narrowed))
        if leaf:
            node.text = str(self.next_of(leaf, narrowed, True))
        else:
            self._fill(self._places[-1], name)

    def _written(self, root: etree._Element) -> bytes:
        data = etree.tostring(root, encoding="UTF-8", xml_declaration=self.rng.random() < 0.7)
        return data.replace(b"\n", b"\r\n") if self.rng.random() < 0.5 else data


def samples(seed: int, count: int) -> Iterator[Sample]:
    """This many messages, by turns over the types, half of them mutated."""
    generator, names = Generator(seed, beyond=True), list(structure().berichten)
    for number in range(count):
        yield generator.sample(names[number % len(names)], mutated=number // len(names) % 2 == 1)


# --- mutations: each changes one place of a valid tree, or returns None when it finds none to change ----------


def _value(made: Generator, places: list[Place]) -> Off | None:
    kind = min(sorted({place.type for place in places if place.leaf}), key=made.broken.__getitem__)
    made.broken[kind] += 1  # so that rare types have their turn as often as others
    place = made.rng.choice([place for place in places if place.type == kind])
    facet, text = made.next_of(place.leaf, place.narrowed, False)
    place.node.text = text
    return Off(f"{facet} {text!r}", place, None if text == WEST else False, (kind, facet))


def _empty(made: Generator, places: list[Place]) -> Off | None:
    place = made.rng.choice(places)
    del place.node[:]
    place.node.text = None
    return Off("emptied", place, not place.leaf and all(element.optional for element in place.content))


def _missing(made: Generator, places: list[Place]) -> Off | None:
    place = made.rng.choice(places[1:])
    parent = place.node.getparent()
    parent.remove(place.node)
    return Off("missing", place, place.optional or (place.item and len(parent) > 0))


def _double(made: Generator, places: list[Place]) -> Off | None:
    place = made.rng.choice(places[1:])
    place.node.addnext(etree.fromstring(etree.tostring(place.node, with_tail=False)))
    return Off("double", place, place.item)


def _swapped(made: Generator, places: list[Place]) -> Off | None:
    place = made.rng.choice(places)
    other = place.node.getnext()
    if other is None:
        return None
    other.addnext(place.node)
    return Off("swapped with the next", place, other.tag == place.node.tag)


def _moved(made: Generator, places: list[Place]) -> Off | None:
    place, to = made.rng.choice(places[1:]), made.rng.choice([place for place in places if place.content])
    if place.node in (to.node, *to.node.iterancestors()):
        return None
    to.node.insert(made.rng.randrange(len(to.node) + 1), place.node)
    return Off(f"moved to {to.path}", place, None)


def _unknown(made: Generator, places: list[Place]) -> Off | None:
    place = made.rng.choice(places)
    stranger = etree.QName(etree.QName(place.node).namespace, made.rng.choice(("Onbekend", "client", "Bericht")))
    place.node.insert(made.rng.randrange(len(place.node) + 1), etree.Element(stranger))
    return Off("unknown element", place, False)


def _namespace(made: Generator, places: list[Place]) -> Off | None:
    place = made.rng.choice(places)
    name, own = etree.QName(place.node), etree.QName(places[0].node).namespace
    others = {own, BASIS_NAMESPACE, own.replace("3_2", "3_1"), own.upper()} - {name.namespace}
    place.node.tag = f"{{{made.rng.choice(sorted(others))}}}{name.localname}"
    return Off("other namespace", place, False)


def _attribute(made: Generator, places: list[Place]) -> Off | None:
    place = made.rng.choice(places)
    place.node.set(made.rng.choice(("versie", f"{{{BASIS_NAMESPACE}}}versie", XML_LANG)), "1")
    return Off("attribute", place, False)


def _loose_text(made: Generator, places: list[Place]) -> Off | None:
    place = made.rng.choice([place for place in places if place.content])
    text = made.rng.choice(("x", "0", "\u00a0", ";", " \n", "\t"))
    spot = made.rng.choice([place.node, *place.node])
    where = "text" if spot is place.node else "tail"
    setattr(spot, where, (getattr(spot, where) or "") + text)
    return Off(f"loose text {text!r}", place, not text.strip(" \t\n"))


def _nil(made: Generator, places: list[Place]) -> Off | None:
    place = made.rng.choice(places)
    place.node.set(f"{XSI}nil", "true")
    if made.rng.random() < 0.5:
        del place.node[:]
        place.node.text = None
    return Off("xsi:nil", place, False)


def _typed(made: Generator, places: list[Place]) -> Off | None:
    """A narrowed element is of a type without a name, so naming the type that it narrows is wrong too."""
    place = made.rng.choice([place for place in places if place.type.startswith(("LDT_", "CDT_"))])
    kind = made.rng.choice((place.type, "LDT_Taal", "CDT_Product"))
    prefix = next(prefix for prefix, uri in place.node.nsmap.items() if uri == BASIS_NAMESPACE)
    place.node.set(f"{XSI}type", f"{prefix}:{kind}" if prefix else kind)
    return Off(f"xsi:type {kind}", place, kind == place.type and not place.narrowed)


def _comment(made: Generator, places: list[Place]) -> Off | None:
    place = made.rng.choice(places)
    note = made.rng.choice((etree.Comment(" 1 "), etree.ProcessingInstruction("let", "op")))
    if place.leaf:
        text = place.node.text
        cut = made.rng.randrange(len(text) + 1)
        place.node.text, note.tail = text[:cut], text[cut:]
    place.node.insert(0, note)
    return Off("comment or instruction", place, True)


def _cdata(made: Generator, places: list[Place]) -> Off | None:
    fit = [place for place in places if place.leaf and "]]>" not in place.node.text and "\r" not in place.node.text]
    place = made.rng.choice(fit)
    place.node.text = etree.CDATA(place.node.text)
    return Off("CDATA", place, True)


MUTATIONS: tuple[Callable[[Generator, list[Place]], Off | None], ...] = (
    *(_value,) * 12,
    *(_empty, _missing, _missing, _double, _swapped, _moved, _unknown),
    *(_namespace, _attribute, _loose_text, _nil, _typed),
    *(_comment, _cdata) * 2,
)
