"""Di01, Du01, Fo01, Bv03 and Fo03 from what the hub knows: always valid, and the same bytes for the same input.

A Fo01 is written without detailsXML: that would carry the whole refused message, with the person in it, to wherever
faults are kept, and who gets it sent that message and has it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import datetime

from lxml import etree
from msgspec import Struct

from adapters.contract import Application, Fault, Notice, Parcel, Side
from adapters.outgoing import VERSION
from adapters.stuf_ggk.codes import List, at_once, later, side_of
from adapters.stuf_ggk.moments import digits
from adapters.stuf_ggk.names import (
    BV03,
    CODES,
    DI01,
    DU01,
    EITHER_WAY,
    FO01,
    FO03,
    GGK,
    HUB,
    RECEIVING_APPLICATION,
    STUF,
)
from adapters.stuf_ggk.reading import CAPABILITIES
from schemas.ijw_3_2.structure import structure
from streams.core.envelope import wire_reference
from streams.core.ports import Receipt

_UUID4 = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_FOUR_DIGITS = re.compile("[0-9]{4}")
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_APPLICATION = Application(HUB)


class Manner(Struct, frozen=True, kw_only=True):
    """How one party wants its envelopes.

    faults   the list by which faults are told later.
    jw325    the kind of envelope that a JW325 goes in.
    administratie   that of a gemeente that sends: its samenwerkingsverband, or itself; None leaves it out.
    name     how this hub calls itself where it is the sender.
    """

    faults: List = "2025"
    jw325: str = "Du01"
    administratie: str | None = None
    name: str = HUB


class System(Struct, frozen=True):
    """A zender or ontvanger."""

    organisatie: str | None
    applicatie: str = RECEIVING_APPLICATION
    administratie: str | None = None


def message_of(parcel: Parcel, manner: Manner) -> etree._Element:
    """The Di01 or Du01 that holds this message."""
    application = _usable(parcel.application)
    from_gemeente = _FOUR_DIGITS.fullmatch(parcel.sender or "")
    zender = System(parcel.sender or "", application.name, manner.administratie if from_gemeente else None)
    message = _element(_root_of(parcel, manner), GGK)
    _steer_message(message, parcel, zender)
    _fill(etree.SubElement(message, f"{{{GGK}}}parameters"), parcel, application)
    return message


def number_of(outgoing: Parcel | Notice) -> str:
    """The referentienummer under which it is brought."""
    if isinstance(outgoing, Notice):
        return _clean(outgoing.reference, 40)
    return _uuid(outgoing.reference or hashlib.sha256(outgoing.body).hexdigest())


def _steer_message(message: etree._Element, parcel: Parcel, zender: System) -> None:
    """A Du01 must name what it answers; where that is not known it names a number that nobody has."""
    number = number_of(parcel)
    steering = _steer(message, zender, System(parcel.receiver or ""), number, digits(parcel.made_at))
    if message.tag == DU01:
        _add(steering, STUF, crossRefnummer=_uuid(parcel.answers or f"before {number}"))
    _add(steering, STUF, functie=_clean(parcel.bericht or "", 30))


def _root_of(parcel: Parcel, manner: Manner) -> str:
    """A JW325 of which it is not known what it answers cannot be a Du01."""
    if parcel.bericht == EITHER_WAY:
        return DU01 if parcel.answers and manner.jw325 == CODES[DU01] else DI01
    known = structure().berichten.get(parcel.bericht or "")
    return DU01 if known and known.heen else DI01


def _fill(parameters: etree._Element, parcel: Parcel, application: Application) -> None:
    major, minor = parcel.version or VERSION
    _add(
        parameters,
        GGK,
        applicatieVersie=application.version,
        applicatieSubversie=application.subversion,
        functieVersie=_four_digits(major),
        functieSubversie=_four_digits(minor),
    )
    _add(etree.SubElement(parameters, f"{{{GGK}}}bericht"), GGK, xmlBestand=_base64(parcel.body))


def _base64(body: bytes) -> str:
    """In one line; what is larger than we promise to fit in lines, and so beyond 25 MB however short the names are."""
    encode = base64.b64encode if len(body) <= CAPABILITIES.largest else base64.encodebytes
    return encode(body).decode("ascii")


def later_fault(notice: Notice, manner: Manner) -> etree._Element:
    """The Fo01 of a fault that is told later."""
    code = later(notice.fault.kind, manner.faults)
    message = _element(FO01, STUF)
    _answer(
        message,
        System(notice.sender or manner.name, manner.name),
        System(notice.receiver),
        notice.reference,
        digits(notice.made_at),
        notice.about,
    )
    _explain(message, code, side_of(notice.fault.kind, code), _summary(notice.fault), _refused_function(notice))
    return message


def _summary(fault: Fault) -> str:
    """Title and detail in one: details has a form of its own in a Fo01."""
    return fault.title if fault.detail in ("", fault.title) else f"{fault.title.rstrip('.')}. {fault.detail}"


def _refused_function(notice: Notice) -> str | None:
    """Which function of which version of the software is refused; None when that is not known."""
    if notice.bericht is None or notice.application is None:
        return None
    application = _usable(notice.application)
    return f"{notice.bericht}-{application.version}{application.subversion}"


def receipt_for(incoming: Parcel | Notice, receipt: Receipt, manner: Manner) -> etree._Element:
    """The Bv03 for a message that is durable: the same again for a repeat."""
    application = incoming.application if isinstance(incoming, Parcel) else None
    message = _element(BV03, STUF)
    _answer(
        message,
        System(incoming.receiver or manner.name),
        System(incoming.sender, _usable(application).name if application else RECEIVING_APPLICATION),
        _number_for(f"Bv03 {receipt.envelope_id}"),
        digits(receipt.received_at),
        incoming.reference or "",
    )
    return message


def refusal_of(fault: Fault, now: datetime, manner: Manner) -> etree._Element:
    """The Fo03 of a fault that is told at once."""
    code = at_once(fault.kind)
    message = _element(FO03, STUF)
    _answer(
        message,
        System(fault.receiver or manner.name),
        System(fault.sender),
        _number_for(f"Fo03 {fault.reference or now} {fault.sender} {code} {fault.detail}"),
        digits(now),
        fault.reference or "",
    )
    _explain(message, code, side_of(fault.kind, code), fault.title, fault.detail)
    return message


def _element(root: str, namespace: str) -> etree._Element:
    return etree.Element(root, nsmap={"GGK": GGK, "StUF": STUF} if namespace == GGK else {"StUF": STUF})


def _answer(
    message: etree._Element, zender: System, ontvanger: System, reference: str, moment: str, about: str
) -> None:
    """The stuurgegevens of a Fo01, Bv03 or Fo03, which ends with the number that it is about."""
    _add(_steer(message, zender, ontvanger, reference, moment), STUF, crossRefnummer=_clean(about, 40))


def _steer(message: etree._Element, zender: System, ontvanger: System, reference: str, moment: str) -> etree._Element:
    """What every stuurgegevens begins with; it is in the namespace of its root, and all in it is of StUF."""
    steering = etree.SubElement(message, f"{{{etree.QName(message).namespace}}}stuurgegevens")
    _add(steering, STUF, berichtcode=CODES[str(message.tag)])
    for role, system in (("zender", zender), ("ontvanger", ontvanger)):
        _name(etree.SubElement(steering, f"{{{STUF}}}{role}"), system)
    _add(steering, STUF, referentienummer=_clean(reference, 40), tijdstipBericht=moment)
    return steering


def _name(role: etree._Element, system: System) -> None:
    _add(
        role,
        STUF,
        organisatie=None if system.organisatie is None else _clean(system.organisatie, 200),
        applicatie=_clean(system.applicatie, 50),
        administratie=_clean(system.administratie, 50) if system.administratie else None,
    )


def _explain(message: etree._Element, code: str, side: Side, summary: str, details: str | None) -> None:
    _add(
        etree.SubElement(message, f"{{{STUF}}}body"),
        STUF,
        code=code,
        plek=side,
        omschrijving=_clean(summary, 200),
        details=_clean(details, 1000) if details else None,
    )


def _add(parent: etree._Element, namespace: str, **texts: str | None) -> None:
    """Elements with these texts, in this order, without those that are None."""
    for name, text in texts.items():
        if text is not None:
            etree.SubElement(parent, f"{{{namespace}}}{name}").text = text


def _clean(text: str, most: int) -> str:
    """As much of a text as an element of at most so many characters can hold."""
    return _NOT_IN_XML.sub(" ", text)[:most]


def _uuid(reference: str) -> str:
    """The number itself; one derived from it when it is no UUID of version 4."""
    return reference if _UUID4.fullmatch(reference) else _number_for(reference)


def _number_for(text: str) -> str:
    """A UUID of version 4 in form, the same again for the same text."""
    return wire_reference(_NOT_IN_XML.sub(" ", text))


def _usable(application: Application | None) -> Application:
    """The application as far as it can stand in an envelope; our own when it cannot."""
    if application is None or not 3 <= len(application.name) <= 50:
        return _NO_APPLICATION
    versions = (application.version, application.subversion)
    kept = versions if all(_FOUR_DIGITS.fullmatch(part) for part in versions) else ("0001", "0000")
    return Application(_clean(application.name, 50), *kept)


def _four_digits(number: int) -> str:
    return f"{number:04d}" if 0 <= number <= 9999 else "0000"
