"""The header of a message, read without trusting it and without reading the rest."""

from __future__ import annotations

from io import BytesIO

from lxml import etree
from msgspec import Struct

from schemas.ijw_3_2.reading import unknown_root
from schemas.ijw_3_2.safe_xml import SAFE, UnsafeXml, not_well_formed, refuse_unsafe
from schemas.ijw_3_2.structure import BASIS_NAMESPACE, structure


class Sniffed(Struct, frozen=True, kw_only=True):
    """What the header says. Nothing of it has been validated."""

    bericht: str
    afzender: str
    ontvanger: str
    identificatie: str

    @property
    def is_retour(self) -> bool:
        """Whether this is a return message, whose header is that of the message it answers."""
        return structure().berichten[self.bericht].heen is not None

    @property
    def sender(self) -> str:
        """The code of the party that really sends: a return message copies the header unswapped (IV028)."""
        return self.ontvanger if self.is_retour else self.afzender

    @property
    def receiver(self) -> str:
        """The code of the party that the message is really for."""
        return self.afzender if self.is_retour else self.ontvanger

    @property
    def sent_by_gemeente(self) -> bool:
        """Whether a message of this type travels from gemeente to aanbieder."""
        return sent_by_gemeente(self.bericht)

    @property
    def relation(self) -> str:
        """The pair that exchanges this message, as gemeente:aanbieder. No person is in it."""
        from_gemeente = structure().berichten[self.bericht].afzender == "gemeente"
        pair = (self.afzender, self.ontvanger) if from_gemeente else (self.ontvanger, self.afzender)
        return ":".join(pair)


def sent_by_gemeente(bericht: str) -> bool:
    """Whether messages of this type (JW301 … JW325) travel from gemeente to aanbieder."""
    known = structure().berichten[bericht]
    return (known.afzender == "gemeente") != (known.heen is not None)


def sniff(data: bytes) -> Sniffed:
    """Read the type, Afzender, Ontvanger and Identificatie. Raises UnsafeXml when that cannot be done."""
    refuse_unsafe(data)
    try:
        return _header(data)
    except etree.XMLSyntaxError as error:
        raise not_well_formed(error) from None


def _header(data: bytes) -> Sniffed:
    found: dict[str, str] = {}
    bericht = None
    for event, element in etree.iterparse(BytesIO(data), ("start", "end"), **SAFE):
        if bericht is None:
            bericht = _bericht(element.tag)
        name = etree.QName(element)
        if event == "end" and name.localname == "Header":
            break
        if event == "end" and name.namespace in (structure().berichten[bericht].namespace, BASIS_NAMESPACE):
            found.setdefault(name.localname, element.text or "")
    return _sniffed(bericht, found)


def _bericht(root: str) -> str:
    for bericht in structure().berichten.values():
        if root == f"{{{bericht.namespace}}}Bericht":
            return bericht.name
    raise UnsafeXml("XSD", unknown_root(root))


def _sniffed(bericht: str | None, found: dict[str, str]) -> Sniffed:
    wanted = ("Afzender", "Ontvanger", "Identificatie")
    missing = [name for name in wanted if not found.get(name, "").strip()]
    if bericht is None or missing:
        raise UnsafeXml(
            "XSD",
            f"The header does not tell {', '.join(missing)}, so the message cannot be routed. "
            "Expected a Header as the first element, complete; validate the message before sending.",
        )
    sender, receiver, identificatie = (found[name].strip() for name in wanted)
    return Sniffed(bericht=bericht, afzender=sender, ontvanger=receiver, identificatie=identificatie)
