"""SOAP 1.1 around a StUF message: taking it off, strictly, and putting it on."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from lxml import etree

from adapters.contract import Headers
from adapters.stuf_ggk.names import ACTIONS, SOAP, SOAP_12
from adapters.stuf_ggk.wrong import Wrong

CONTENT_TYPE = "text/xml; charset=utf-8"
_ENVELOPE, _HEADER, _BODY, _FAULT = (f"{{{SOAP}}}{name}" for name in ("Envelope", "Header", "Body", "Fault"))
_MUST_UNDERSTAND = f"{{{SOAP}}}mustUnderstand"


def is_soap(root: etree._Element) -> bool:
    """Whether this is the envelope of a version of SOAP, right or wrong."""
    return etree.QName(root).namespace in (SOAP, SOAP_12)


def unwrapped(root: etree._Element) -> etree._Element:
    """The one message in the envelope. Raises Wrong."""
    if etree.QName(root).namespace == SOAP_12:
        raise Wrong(
            "version",
            "This is SOAP 1.2",
            "Found an envelope of SOAP 1.2; expected one of SOAP 1.1 (WS-I Basic Profile 1.1). Set the client to 1.1.",
        )
    if root.tag != _ENVELOPE:
        raise _broken("a root that is no Envelope of SOAP 1.1")
    parts = [str(part.tag) for part in islice(root, 3)]
    if parts not in ([_BODY], [_HEADER, _BODY]):
        raise _broken("other parts than at most one Header and then one Body")
    _refuse_unknown_headers(root)
    return _only_child(root[-1])


def _only_child(body: etree._Element) -> etree._Element:
    if len(body) != 1:
        raise _broken(f"{len(body)} elements in the Body" if len(body) else "an empty Body")
    if _has_text(body) or _has_text(body.getparent()):
        raise _broken("text beside the elements")
    return body[0]


def _has_text(element: etree._Element | None) -> bool:
    if element is None:
        return False
    return any((text or "").strip() for text in (element.text, *(child.tail for child in element)))


def _refuse_unknown_headers(root: etree._Element) -> None:
    """Raise Wrong when a header must be understood: none is, and SOAP 1.1 then forbids to go on."""
    if any(entry.get(_MUST_UNDERSTAND) in ("1", "true") for entry in root.iterfind(f"{_HEADER}/*")):
        raise _broken("a header with mustUnderstand, of which none is understood here")


def _broken(found: str) -> Wrong:
    return Wrong(
        "envelope",
        "The SOAP envelope is not as SOAP 1.1 asks",
        f"Found {found}. Expected an Envelope with one Body that holds exactly one message: Di01, Du01 or Fo01. "
        "Correct it and send it again.",
    )


def refuse_media_type(headers: Headers) -> None:
    """Raise Wrong when what came is not said to be SOAP 1.1 in UTF-8."""
    kind, _, parameters = headers.get("content-type", "").lower().partition(";")
    if kind.strip() == "application/soap+xml":
        raise Wrong(
            "version",
            "This is SOAP 1.2",
            "Found the media type application/soap+xml of SOAP 1.2; expected text/xml of SOAP 1.1. Set the client so.",
        )
    charset = parameters.partition("charset=")[2].partition(";")[0].strip(" \t\"'")
    if kind.strip() != "text/xml" or charset not in ("", "utf-8", "utf8"):
        raise Wrong(
            "unreadable",
            "This is not sent as SOAP 1.1",
            f"Found another media type or encoding; expected {CONTENT_TYPE}. Set the header Content-Type so.",
        )


def refuse_action(headers: Headers, root: str) -> None:
    """Raise Wrong when SOAPAction is missing or names another operation than the root; an empty one is left alone."""
    action = headers.get("soapaction")
    expected = ACTIONS.get(root)
    if expected is None or (action is not None and action.strip().strip('"') in ("", expected)):
        return
    raise Wrong(
        "envelope",
        "The SOAPAction does not go with the message",
        f"Found {'no SOAPAction' if action is None else 'that of another operation'}; expected {expected}, or an empty "
        "one. Correct the header and send the message again.",
    )


def wrapped(message: etree._Element) -> bytes:
    """The message in an envelope of SOAP 1.1."""
    envelope = etree.Element(_ENVELOPE, nsmap={"soap": SOAP})
    etree.SubElement(envelope, _BODY).append(message)
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def wrapped_fault(refusal: etree._Element) -> bytes:
    """A Fo03 as the detail of a fault of SOAP 1.1, whose own parts are in no namespace."""
    fault = etree.Element(_FAULT, nsmap={"soap": SOAP})
    etree.SubElement(fault, "faultcode").text = f"soap:{refusal.findtext('{*}body/{*}plek', '').capitalize()}"
    etree.SubElement(fault, "faultstring").text = refusal.findtext("{*}body/{*}omschrijving")
    etree.SubElement(fault, "detail").append(refusal)
    return wrapped(fault)


def headers_of(root: str) -> Mapping[str, str]:
    """The headers of a request that holds this message."""
    return {"content-type": CONTENT_TYPE, "soapaction": f'"{ACTIONS[root]}"'}
