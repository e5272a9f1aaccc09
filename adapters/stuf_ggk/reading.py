"""A Di01, Du01 or Fo01, strictly: valid against the schema, and then all that a schema cannot tell."""

from __future__ import annotations

import binascii
import re
from datetime import datetime

from lxml import etree
from msgspec.structs import replace

from adapters.checks import checked, is_code
from adapters.contract import Application, Capabilities, Fault, Notice, Parcel
from adapters.outgoing import VERSION
from adapters.stuf_ggk.codes import AT_ONCE, List
from adapters.stuf_ggk.moments import moment
from adapters.stuf_ggk.names import (
    ANY_STUF,
    BV03,
    DI01,
    DU01,
    EITHER_WAY,
    FO01,
    FO03,
    GGK,
    PATCH_3,
    PATH,
    RECEIVING_APPLICATION,
    STUF,
)
from adapters.stuf_ggk.published import first_error
from adapters.stuf_ggk.telling import fault_told
from adapters.stuf_ggk.trees import text_at
from adapters.stuf_ggk.wrong import Wrong, invalid
from schemas.ijw_3_2.safe_xml import MAX_BYTES
from schemas.ijw_3_2.structure import structure

CAPABILITIES = Capabilities(
    about="The envelope of the GGk: StUF 03.01, koppelvlak ggk0210 patch 4, over SOAP 1.1",
    berichten=frozenset(structure().berichten),
    versions=frozenset([VERSION]),
    largest=(MAX_BYTES - 10_000) // 4 * 3,  # in base64, with whatever names around it, no more than 25 MB
    faults=AT_ONCE,
    notices=True,
    addressed=True,
    references="uuid4",
    path=PATH,
)

_UUID_LIKE = re.compile("[0-9A-Fa-f-]{36}")
_REFUSED_FUNCTION = re.compile(r"(JW[0-9]{3})-[0-9]{8}")
_WHITESPACE = b" \t\r\n"


def message_in(message: etree._Element, codes: List) -> Parcel | Notice | Fault:
    """What a message says; `codes` is the list by which its sender tells faults."""
    try:
        _refuse_root(str(message.tag))
        error = first_error(message)
        if error is not None:
            raise invalid(error)
        return _notice(message, codes) if message.tag == FO01 else _parcel(message)
    except Wrong as wrong:
        return _about(message, wrong.fault)


def _refuse_root(tag: str) -> None:
    if tag in (DI01, DU01, FO01):
        return
    if tag in (BV03, FO03):
        raise Wrong(
            "wrong-kind",
            "A receipt or refusal is no message",
            "Found a Bv03 or Fo03, which only answers a message; expected a Di01, Du01 or Fo01. Tell a later "
            "fault in a Fo01.",
        )
    namespace = etree.QName(tag).namespace or ""
    if namespace == PATCH_3 or (namespace.startswith(ANY_STUF) and namespace != STUF):
        raise Wrong(
            "version",
            "This version of the envelope is not spoken here",
            f"Found that of ggk0210 patch 3 or before, or of another StUF; expected patch 4 ({GGK}) with StUF 03.01. "
            "Send the message in that envelope.",
        )
    raise Wrong(
        "unreadable",
        "This is no message of the GGk",
        f"Found another element; expected envelopHeenbericht-ggk_Di01 or envelopRetourbericht-ggk_Du01 in {GGK}, or "
        f"Fo01Bericht in {STUF}. Send the message in such an envelope.",
    )


def _about(message: etree._Element, fault: Fault) -> Fault:
    """The fault with what is told of its message, as far as it looks like what it should be."""
    reference = text_at(message, "stuurgegevens/referentienummer") or ""
    functie = text_at(message, "stuurgegevens/functie")
    return replace(
        fault,
        reference=reference if _UUID_LIKE.fullmatch(reference) else None,
        sender=_code(message, "zender"),
        receiver=_code(message, "ontvanger"),
        bericht=functie if functie in CAPABILITIES.berichten else None,
    )


def _code(message: etree._Element, role: str) -> str | None:
    found = text_at(message, f"stuurgegevens/{role}/organisatie")
    return found if is_code(found) else None


def _parcel(message: etree._Element) -> Parcel:
    parcel = checked(_declared(message), CAPABILITIES)
    if isinstance(parcel, Fault):
        raise Wrong(parcel.kind, parcel.title, parcel.detail)
    _refuse_kind(str(message.tag), parcel.bericht)
    _refuse_application(message)
    return replace(parcel, body=_content(message))


def _declared(message: etree._Element) -> Parcel:
    """All but the message itself."""
    return Parcel(
        body=b"",
        reference=text_at(message, "stuurgegevens/referentienummer"),
        bericht=text_at(message, "stuurgegevens/functie") or "",
        version=(_number(message, "functieVersie"), _number(message, "functieSubversie")),
        sender=text_at(message, "stuurgegevens/zender/organisatie") or "",
        receiver=text_at(message, "stuurgegevens/ontvanger/organisatie") or "",
        answers=text_at(message, "stuurgegevens/crossRefnummer"),
        made_at=_made_at(message),
        application=Application(
            name=text_at(message, "stuurgegevens/zender/applicatie") or "",
            version=text_at(message, "parameters/applicatieVersie") or "",
            subversion=text_at(message, "parameters/applicatieSubversie") or "",
        ),
    )


def _number(message: etree._Element, name: str) -> int:
    return int(text_at(message, f"parameters/{name}") or 0)


def _made_at(message: etree._Element) -> datetime:
    try:
        return moment(text_at(message, "stuurgegevens/tijdstipBericht") or "")
    except ValueError:
        raise Wrong(
            "envelope",
            "tijdstipBericht is no moment",
            "Found digits that are no date and time; expected yyyyMMdd, yyyyMMddHH, yyyyMMddHHmm or yyyyMMddHHmmss, "
            "the last with up to three digits more, in Dutch local time. Correct it, and send it with a new "
            "referentienummer.",
        ) from None


def _refuse_kind(tag: str, bericht: str | None) -> None:
    """Raise Wrong when a first message comes as an answer, or an answer as a first message."""
    assert bericht is not None, "checked, and yet without a type"
    answers = structure().berichten[bericht].heen is not None
    if bericht == EITHER_WAY or answers == (tag == DU01):
        return
    expected = "Du01 (envelopRetourbericht)" if answers else "Di01 (envelopHeenbericht)"
    raise Wrong(
        "wrong-kind",
        "This message does not go in this kind of envelope",
        f"Found a {bericht} in a {'Du01' if tag == DU01 else 'Di01'}; expected it in a {expected}. Send it so, with a "
        "new referentienummer.",
    )


def _refuse_application(message: etree._Element) -> None:
    if text_at(message, "stuurgegevens/ontvanger/applicatie") == RECEIVING_APPLICATION:
        return
    raise Wrong(
        "envelope",
        "The application of the receiver is another one",
        f"Found another ontvanger.applicatie; expected {RECEIVING_APPLICATION}, which is fixed. Correct it, and send "
        "it with a new referentienummer.",
    )


def _content(message: etree._Element) -> bytes:
    """The bytes of the message itself. The schema validator passes over signs that are no base64; this does not."""
    holder = next(message.iterfind("{*}parameters/{*}bericht/*"))
    if etree.QName(holder).localname != "xmlBestand":
        raise Wrong(
            "payload",
            "This is a file, and no message",
            "Found a tekstBestand, which holds CSV and the like; expected an iJw message in xmlBestand. Send it so.",
        )
    try:
        return binascii.a2b_base64((holder.text or "").encode().translate(None, _WHITESPACE), strict_mode=True)
    except binascii.Error:
        raise Wrong(
            "envelope",
            "The message inside is no base64",
            "Found signs that are no base64, or one too few at the end, in xmlBestand; expected the exact bytes of the "
            "message in base64, with line ends or without. Encode it anew and send it again.",
        ) from None


def _notice(message: etree._Element, codes: List) -> Notice:
    about = (text_at(message, "stuurgegevens/crossRefnummer") or "").strip()
    if not about:
        raise Wrong(
            "cross-reference",
            "This fault does not tell which message it is about",
            "Found an empty crossRefnummer; expected the referentienummer of the message that is refused. Fill it in.",
        )
    details = _REFUSED_FUNCTION.fullmatch(text_at(message, "body/details") or "")
    bericht = details[1] if details and details[1] in CAPABILITIES.berichten else None
    return Notice(
        fault=fault_told(message, codes, reference=about, bericht=bericht),
        about=about,
        reference=text_at(message, "stuurgegevens/referentienummer") or "",
        made_at=_made_at(message),
        sender=_code(message, "zender"),
        receiver=_code(message, "ontvanger"),
        bericht=bericht,
    )
