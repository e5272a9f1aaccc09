"""Bytes to message: safe parsing, schema validation, and the typed structures that rules read."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from schemas.ijw_3_2.berichten import READERS, Bericht
from schemas.ijw_3_2.crowds import is_large, narrow
from schemas.ijw_3_2.explaining import explain, located
from schemas.ijw_3_2.findings import Finding
from schemas.ijw_3_2.safe_xml import UnsafeXml, parse, root_tag
from schemas.ijw_3_2.structure import BASIS_NAMESPACE, HERE, structure

OWN_SCHEMAS = HERE / "xsd"


class Message(NamedTuple):
    """A message that passed level 1. `tree` is its XML as validated, `bericht` the same as typed structures."""

    name: str
    bericht: Bericht
    tree: etree._Element


class Unreadable(NamedTuple):
    """A message that failed level 1. `name` is None when even its type cannot be told."""

    name: str | None
    findings: tuple[Finding, ...]


class Schemas:
    """The compiled schemas of the 14 messages. Not shared between threads: give each worker its own.

    `folder` holds basisschema.xsd and JW301.xsd ... JW325.xsd; the official files may stand there instead
    of ours. Raises FileNotFoundError or lxml's XMLSchemaParseError when they cannot be used.
    """

    def __init__(self, folder: Path = OWN_SCHEMAS) -> None:
        self.folder = folder
        self._compiled = {name: etree.XMLSchema(etree.parse(folder / f"{name}.xsd")) for name in structure().berichten}
        self._names = {f"{{{b.namespace}}}Bericht": b.name for b in structure().berichten.values()}

    def read(self, data: bytes) -> Message | Unreadable:
        """The message in these bytes, or why it fails level 1."""
        try:
            return self._read_large(data) if is_large(data) else self._read_ordinary(data)
        except UnsafeXml as unsafe:
            return Unreadable(None, (_level_1(unsafe.rule, "", unsafe.text),))

    def _read_ordinary(self, data: bytes) -> Message | Unreadable:
        tree = parse(data)
        name = self._name(tree.tag)
        return _extracted(name, tree) if self.accepts(name, tree) else self._explained(name, tree, {})

    def _read_large(self, data: bytes) -> Message | Unreadable:
        """Validated while it is parsed, and narrowed down when it is wrong: crowds tells why."""
        name = self._name(root_tag(data))
        try:
            return _extracted(name, parse(data, self._compiled[name]))
        except UnsafeXml:
            tree = parse(data)
        places = narrow(tree, lambda part: self._accepts_bytes(name, part))
        return self._explained(name, tree, places)

    def _name(self, tag: str) -> str:
        if tag not in self._names:
            raise UnsafeXml("XSD", unknown_root(tag))
        return self._names[tag]

    def accepts(self, name: str, tree: etree._Element) -> bool:
        """Whether the tree is valid against the schema of the named message."""
        return bool(self._compiled[name].validate(tree))

    def _accepts_bytes(self, name: str, data: bytes) -> bool:
        """The same of bytes, in a time that grows with their number alone."""
        try:
            parse(data, self._compiled[name])
        except UnsafeXml:
            return False
        return True

    def _explained(self, name: str, tree: etree._Element, places: dict[etree._Element, int]) -> Unreadable:
        self.accepts(name, tree)
        faults = located(tree, self._compiled[name].error_log)
        return Unreadable(name, explain(self.folder, name, tree, faults, places))

    @cache  # noqa: B019 - one Schemas object lives as long as its worker
    def xsd_versie(self, name: str) -> tuple[str, str]:
        """The versions of basisschema and message schema, as the schema itself states them (IV034)."""
        tree = etree.parse(self.folder / f"{name}.xsd")
        found = {etree.QName(e).localname: e.text for e in tree.iter(f"{{{BASIS_NAMESPACE}}}*")}
        return str(found["BasisschemaXsdVersie"]), str(found["BerichtXsdVersie"])


_OF_THE_STANDARDS = re.compile(r"http://www\.istandaarden\.nl/[a-z]{2,4}/[0-9]_[0-9]/[a-z]{2,4}[0-9]{3}/schema")


def unknown_root(tag: str) -> str:
    """Why this root element is none of the 14 messages, and what to do. Repeats nothing but a known namespace."""
    namespace = etree.QName(tag).namespace or ""
    found = "Bericht" if etree.QName(tag).localname == "Bericht" else "another element"
    where = namespace if _OF_THE_STANDARDS.fullmatch(namespace) else "another namespace"
    return f"The root element is {found} in {where}: none of the 14 messages of iJw 3.2. " + (
        "Check its name." if "/ijw/3_2/" in where else "Send the message in release 3.2; no other is read here."
    )


def _level_1(rule: str, path: str, text: str) -> Finding:
    return Finding(rule=rule, level=1, retourcode=None, klasse="Bericht", path=path, key=None, text=text)


def _extracted(name: str, tree: etree._Element) -> Message | Unreadable:
    try:
        return Message(name, READERS[name](tree), tree)
    except ValueError:
        text = (
            "A date lies outside the years 0001-9999, or a number has thousands of zeros before it: "
            "beyond what can be calculated with. Correct that value."
        )
        return Unreadable(name, (_level_1("XSD", "Bericht", text),))
