"""Bytes to message: safe parsing, schema validation, and the typed structures that rules read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lxml import etree

from schemas.ijw_3_2.berichten import READERS, Bericht
from schemas.ijw_3_2.explaining import explain
from schemas.ijw_3_2.findings import Finding
from schemas.ijw_3_2.safe_xml import UnsafeXml, parse
from schemas.ijw_3_2.structure import BASIS_NAMESPACE, HERE, structure

OWN_SCHEMAS = HERE / "xsd"


@dataclass(frozen=True, slots=True)
class Message:
    """A message that passed level 1. `tree` is its XML as validated, `bericht` the same as typed structures."""

    name: str
    bericht: Bericht
    tree: etree._Element


@dataclass(frozen=True, slots=True)
class Unreadable:
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
            tree = parse(data)
        except UnsafeXml as unsafe:
            return Unreadable(None, (_level_1(unsafe.rule, "", unsafe.text),))
        name = self._names.get(tree.tag)
        if name is None:
            return Unreadable(None, (_level_1("XSD", "", unknown_root(tree.tag)),))
        if not self.accepts(name, tree):
            return Unreadable(name, explain(self.folder, name, tree, self._compiled[name].error_log))
        return _extracted(name, tree)

    def accepts(self, name: str, tree: etree._Element) -> bool:
        """Whether the tree is valid against the schema of the named message."""
        return bool(self._compiled[name].validate(tree))

    @cache  # noqa: B019 - one Schemas object lives as long as its worker
    def xsd_versie(self, name: str) -> tuple[str, str]:
        """The versions of basisschema and message schema, as the schema itself states them (IV034)."""
        tree = etree.parse(self.folder / f"{name}.xsd")
        found = {etree.QName(e).localname: e.text for e in tree.iter(f"{{{BASIS_NAMESPACE}}}*")}
        return str(found["BasisschemaXsdVersie"]), str(found["BerichtXsdVersie"])


def unknown_root(tag: str) -> str:
    """Why this root element is none of the 14 messages, and what to do."""
    namespace = etree.QName(tag).namespace or "no namespace"
    known = "/ijw/3_2/" in namespace
    return (
        f"The root element is {etree.QName(tag).localname} in {namespace[:100]}: none of the 14 messages of iJw 3.2. "
        + ("Check the name of the message." if known else "Send the message in release 3.2; no other is read here.")
    )


def _level_1(rule: str, path: str, text: str) -> Finding:
    return Finding(rule=rule, level=1, retourcode=None, klasse="Bericht", path=path, key=None, text=text)


def _extracted(name: str, tree: etree._Element) -> Message | Unreadable:
    try:
        return Message(name, READERS[name](tree), tree)
    except ValueError:
        text = "A date lies outside the years 0001-9999, beyond what can be calculated with. Correct that date."
        return Unreadable(name, (_level_1("XSD", "Bericht", text),))
