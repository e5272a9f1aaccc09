"""The structure of the standard, loaded from structure.yaml: the one place where it is written down."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

HERE = Path(__file__).parent
BASIS_NAMESPACE = "http://www.istandaarden.nl/ijw/3_2/basisschema/schema"

_ELEMENT = re.compile(
    r"(?P<group>list of )?(?P<type>\w+)(?P<optional> optional)?(?P<key> key)?(?: matching (?P<pattern>.+))?"
)


@dataclass(frozen=True, slots=True)
class LeafType:
    """A simple type (LDT_...). `codes` holds the enumeration, in the order of its code list, or nothing."""

    name: str
    base: Literal["string", "integer", "date", "time"]
    facets: Mapping[str, str]
    codelijst: str | None
    codes: tuple[str, ...]
    personal: bool


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a class or composite type.

    `type` names a leaf type (LDT_...), a composite type (CDT_...) or a class of the same message.
    `group` means that the element holds one or more elements called `item` of that type.
    """

    name: str
    type: str
    group: bool = False
    optional: bool = False
    key: bool = False
    pattern: str | None = None
    fixed: str | None = None

    @property
    def item(self) -> str:
        """The name of the elements inside a group: that of their class, or RetourCode."""
        return self.type.removeprefix("LDT_")


Elements = tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class BerichtStructure:
    """One of the 14 messages. `heen` is None for a heenbericht, else the message that this one answers."""

    name: str
    titel: str
    code: str
    afzender: Literal["gemeente", "aanbieder"]
    klassen: Mapping[str, Elements]
    retour: str | None
    heen: str | None

    @property
    def namespace(self) -> str:
        """The namespace of the message's own elements."""
        return f"http://www.istandaarden.nl/ijw/3_2/{self.name.lower()}/schema"


@dataclass(frozen=True, slots=True)
class Structure:
    """The whole standard: leaf types, composite types and messages, each by name."""

    release: str
    xsd_versie: str
    leaves: Mapping[str, LeafType]
    composites: Mapping[str, Elements]
    personal_composites: frozenset[str]
    berichten: Mapping[str, BerichtStructure]


@cache
def structure() -> Structure:
    """The structure of release 3.2."""
    raw = yaml.safe_load((HERE / "structure.yaml").read_text(encoding="utf-8"))
    types = raw["gegevenstypen"]
    leaves = {name: _leaf(name, body) for name, body in types.items() if name.startswith("LDT_")}
    composites = {name: body for name, body in types.items() if name.startswith("CDT_")}
    berichten: dict[str, BerichtStructure] = {}
    for name, body in raw["berichten"].items():
        heen = _heenbericht(name, body, leaves)
        berichten[name] = heen
        if "retour" in body:
            berichten[body["retour"]["bericht"]] = _retourbericht(heen, body["retour"]["code"])
    return Structure(
        release=raw["release"],
        xsd_versie=raw["xsd_versie"],
        leaves=leaves,
        composites={name: _elements(_without_mark(body), leaves) for name, body in composites.items()},
        personal_composites=frozenset(name for name, body in composites.items() if body.get("personal")),
        berichten=dict(sorted(berichten.items())),
    )


@cache
def codelijst(name: str) -> Mapping[str, str]:
    """A code list of the standard, code to meaning, in the order of its file."""
    path = HERE / "codelijsten" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["code"]: row["value"] for row in csv.DictReader(lines)}


def _without_mark(body: Mapping[str, str]) -> dict[str, str]:
    return {name: notation for name, notation in body.items() if name != "personal"}


def _leaf(name: str, body: Mapping[str, str]) -> LeafType:
    facets = {key: str(value) for key, value in body.items() if key not in ("base", "codelijst", "personal")}
    codes = tuple(codelijst(body["codelijst"])) if "codelijst" in body else ()
    base = body["base"]
    assert base in ("string", "integer", "date", "time"), f"{name}: unknown base {base}"
    return LeafType(name, base, facets, body.get("codelijst"), codes, bool(body.get("personal")))  # type: ignore[arg-type]


def _elements(body: Mapping[str, str], leaves: Mapping[str, LeafType]) -> Elements:
    return tuple(_element(name, notation, leaves) for name, notation in body.items())


def _element(name: str, notation: str, leaves: Mapping[str, LeafType]) -> Element:
    match = _ELEMENT.fullmatch(notation)
    assert match, f"structure.yaml: {name}: cannot read {notation!r}"
    kind = match["type"]
    return Element(
        name=name,
        type=f"LDT_{kind}" if f"LDT_{kind}" in leaves else kind,
        group=bool(match["group"]),
        optional=bool(match["optional"]),
        key=bool(match["key"]),
        pattern=match["pattern"],
    )


_RETOUR_CODES = Element("RetourCodes", "LDT_RetourCode", group=True)
_RETOUR_HEADER: Elements = (
    Element("IdentificatieRetour", "LDT_IdentificatieBericht"),
    Element("DagtekeningRetour", "LDT_Datum"),
    Element("XsltVersie", "LDT_Versie", optional=True),
    Element("XsdVersieRetour", "CDT_XsdVersie"),
    replace(_RETOUR_CODES, optional=True),
)


def _header(code: str, afzender: str) -> Elements:
    gemeente, aanbieder = "LDT_Gemeente", "LDT_AgbCode"
    sender, receiver = (gemeente, aanbieder) if afzender == "gemeente" else (aanbieder, gemeente)
    return (
        Element("BerichtCode", "LDT_BerichtCode", fixed=code),
        Element("BerichtVersie", "LDT_BerichtVersie", fixed="3"),
        Element("BerichtSubversie", "LDT_BerichtSubversie", fixed="2"),
        Element("Afzender", sender),
        Element("Ontvanger", receiver),
        Element("BerichtIdentificatie", "CDT_BerichtIdentificatie"),
        Element("XsdVersie", "CDT_XsdVersie"),
    )


def _heenbericht(name: str, body: Mapping[str, object], leaves: Mapping[str, LeafType]) -> BerichtStructure:
    klassen = {k: _elements(v, leaves) for k, v in body["klassen"].items()}  # type: ignore[attr-defined]
    header = _header(str(body["code"]), str(body["afzender"])) + klassen.pop("Header", ())
    bericht = (Element("Header", "Header"), *klassen.pop("Bericht"))
    retour = body["retour"]["bericht"] if "retour" in body else None  # type: ignore[index]
    return BerichtStructure(
        name=name,
        titel=str(body["titel"]),
        code=str(body["code"]),
        afzender=body["afzender"],  # type: ignore[arg-type]
        klassen={"Bericht": bericht, "Header": header, **klassen},
        retour=retour,
        heen=None,
    )


def _retourbericht(heen: BerichtStructure, code: str) -> BerichtStructure:
    """The return message as the standard derives it: header plus four, content optional, codes per class."""
    assert heen.retour is not None
    first, content = heen.klassen["Bericht"]
    klassen: dict[str, Elements] = {
        "Bericht": (first, replace(content, optional=True)),
        "Header": _header(code, heen.afzender) + _RETOUR_HEADER,
    }
    for name, elements in heen.klassen.items():
        if name not in klassen:
            klassen[name] = (*elements, _RETOUR_CODES)
    return replace(
        heen,
        name=heen.retour,
        titel=f"{heen.titel} retour",
        code=code,
        klassen=klassen,
        retour=None,
        heen=heen.name,
    )
