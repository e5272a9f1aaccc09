"""An envelope that is not as it should be, told without repeating anything that its maker could have put there."""

from __future__ import annotations

import re

from lxml import etree

from adapters.contract import Fault, Kind
from adapters.stuf_ggk.published import element_names

_EXPECTED = {
    "berichtcode": "the code of this kind of envelope (Di01, Du01, Fo01, Fo03 or Bv03)",
    "organisatie": "at most 200 characters",
    "applicatie": "the name of the software, of 3 to 50 characters",
    "administratie": "at most 50 characters",
    "gebruiker": "at most 100 characters",
    "referentienummer": "a UUID of version 4 in lower case (in Fo01, Fo03 and Bv03 at most 40 characters)",
    "crossRefnummer": "a UUID of version 4 in lower case (in Fo01, Fo03 and Bv03 at most 40 characters)",
    "tijdstipBericht": "8 to 17 digits: yyyyMMdd up to yyyyMMddHHmmssSSS",
    "functie": "the name of a message, such as JW301",
    "applicatieVersie": "four digits",
    "applicatieSubversie": "four digits",
    "functieVersie": "four digits, 0003 for iJw 3.2",
    "functieSubversie": "four digits, 0002 for iJw 3.2",
    "xmlBestand": "the message in base64, without attributes",
    "tekstBestand": "base64, with a bestandsnaam of 4 to 255 letters, digits, dots, hyphens and underscores",
    "code": "at most 7 characters",
    "plek": "client or server, in lower case",
    "omschrijving": "at most 200 characters",
    "details": "at most 1000 characters",
}
_REFERENCES = ("referentienummer", "crossRefnummer")
_WANTED = re.compile(r"Expected is(?: one of)? \((.*)\)")
_LOCAL_NAME = re.compile(r"\{[^}]*\}([\w-]+)")
_STEP = re.compile(r"(?:.*[/:])?([\w*-]+)(?:\[\d+\])?", re.DOTALL)


class Wrong(Exception):
    """What came is refused; `fault` tells why."""

    def __init__(self, kind: Kind, title: str, detail: str) -> None:
        super().__init__(kind)
        self.fault = Fault(kind=kind, title=title, detail=detail)


def invalid(error: etree._LogEntry) -> Wrong:
    """What a schema says of an envelope. The words of the validator quote the envelope, so they are not used."""
    place = _place(error.path or "")
    named = place if place in element_names() else "an element of another name"
    wanted = _wanted(error, place)
    found = "elements or a text that do not belong there, or one too few" if _is_content(error) else "another value"
    return Wrong(
        "reference" if place in _REFERENCES and not _is_content(error) else "envelope",
        "The envelope is not as its schema asks",
        f"Found, at {named} (line {error.line}), {found}; expected {wanted}. Correct it, and send it with a new "
        "referentienummer; the WSDL of this endpoint leads to the schema.",
    )


def _place(path: str) -> str:
    step = _STEP.fullmatch(path)
    return step[1] if step else ""


def _is_content(error: etree._LogEntry) -> bool:
    """Whether it is about which elements there are, and not about the value of one."""
    return str(error.type_name) == "SCHEMAV_ELEMENT_CONTENT"


def _wanted(error: etree._LogEntry, place: str) -> str:
    listed = _WANTED.search(error.message) if _is_content(error) else None
    names = [name for name in _LOCAL_NAME.findall(listed[1]) if name in element_names()] if listed else []
    if names:
        return f"{' or '.join(names)} there, in the namespace that the schema gives it"
    order = "its elements in the order of the schema, and no other text or attribute"
    return order if _is_content(error) else _EXPECTED.get(place, order)
