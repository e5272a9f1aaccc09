"""The adapter stuf_ggk: a party whose software speaks to the GGk, and needs no change to speak to this hub."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from lxml import etree

from adapters.checks import refuse_options
from adapters.contract import Capabilities, Fault, Headers, Kind, Notice, Packed, Parcel
from adapters.plain import is_success
from adapters.stuf_ggk import soap, writing
from adapters.stuf_ggk.codes import LISTS
from adapters.stuf_ggk.names import BV03, BV04, CODES, DI01, DU01, FO03, HUB
from adapters.stuf_ggk.reading import CAPABILITIES, message_in
from adapters.stuf_ggk.telling import fault_told
from adapters.stuf_ggk.trees import text_at, tree_of
from adapters.stuf_ggk.wrong import Wrong
from streams.core.ports import Receipt

_OPTIONS = ("fault_list", "jw325", "administratie", "name")
_BY_ITSELF: Mapping[int, Kind] = {
    413: "too-large",  # and stays so, however often it is offered
    408: "unavailable",
    429: "unavailable",
    502: "unavailable",
    503: "unavailable",
    504: "unavailable",
}
"""What a status says where no receipt or Fo03 stands beside it."""
_ANSWER = {"content-type": soap.CONTENT_TYPE}
_Text = TypeVar("_Text", bound=str)


def make(options: Mapping[str, str]) -> StufGgk:
    """The adapter for one party. Raises ValueError for an option or value that it does not know.

    fault_list      2025 (default) or 2018: the list by which this party tells later faults, and is told them.
    jw325           Du01 (default) or Di01: the envelope that a JW325 goes in; both are read.
    administratie   where a gemeente is the sender: its samenwerkingsverband, or its own name.
    name            how this hub calls itself where it is the sender; ijwhub by default.
    """
    refuse_options(options, _OPTIONS)
    manner = writing.Manner(
        faults=_one_of("fault_list", options.get("fault_list", "2025"), LISTS),
        jw325=_one_of("jw325", options.get("jw325", CODES[DU01]), (CODES[DI01], CODES[DU01])),
        administratie=_of_length("administratie", options["administratie"], 1) if "administratie" in options else None,
        name=_of_length("name", options.get("name", HUB), 3),
    )
    return StufGgk(manner)


def _one_of(option: str, found: str, known: Sequence[_Text]) -> _Text:
    for value in known:
        if value == found:
            return value
    raise ValueError(f"{option} is another value than can be used; expected {' or '.join(known)}; correct it")


def _of_length(option: str, found: str, least: int, most: int = 50) -> str:
    if least <= len(found) <= most and found.isprintable():
        return found
    raise ValueError(f"{option} has {len(found)} characters; expected {least} to {most}, all printable; correct it")


class StufGgk:
    """Di01, Du01 and Fo01 over SOAP 1.1, with a Bv03 or a Fo03 in answer."""

    name = "stuf_ggk"
    capabilities: Capabilities = CAPABILITIES

    def __init__(self, manner: writing.Manner) -> None:
        self._manner = manner

    def unpack(self, body: bytes, headers: Headers) -> Parcel | Notice | Fault:
        """The message in a request."""
        try:
            soap.refuse_media_type(headers)
            message = soap.unwrapped(tree_of(body))
            soap.refuse_action(headers, str(message.tag))
        except Wrong as wrong:
            return wrong.fault
        return message_in(message, self._manner.faults)

    def pack(self, outgoing: Parcel | Notice) -> Packed | None:
        """The request that brings a message or a later fault; None for a remark.

        A Fo01 would say that the message counts as not delivered, and one with a remark was passed on.
        """
        if isinstance(outgoing, Parcel):
            return _request(writing.message_of(outgoing, self._manner))
        if outgoing.fault.kind == "remark":
            return None
        return _request(writing.later_fault(outgoing, self._manner))

    def receipt(self, incoming: Parcel | Notice, receipt: Receipt) -> Packed:
        """The Bv03: the hub has the message, durably."""
        return Packed(body=soap.wrapped(writing.receipt_for(incoming, receipt, self._manner)), headers=_ANSWER)

    def refusal(self, fault: Fault, now: datetime) -> Packed:
        """The Fo03, in a SOAP fault; over HTTP that is always status 500 (WS-I Basic Profile 1.1)."""
        return Packed(
            body=soap.wrapped_fault(writing.refusal_of(fault, now, self._manner)), headers=_ANSWER, status=500
        )

    def reply(self, brought: Parcel | Notice, answer: Packed) -> Fault | None:
        """What a receipt or Fo03 says. Anything else is a fault in between, after which it is offered again."""
        message = _answer_in(answer.body)
        if message is not None and message.tag == FO03:
            return fault_told(message, self._manner.faults)
        if message is None or not is_success(answer.status):
            return _no_receipt(answer.status)
        return None if _names(message, writing.number_of(brought)) else _receipt_of_another()


def _request(message: etree._Element) -> Packed:
    headers = soap.headers_of(str(message.tag))
    return Packed(body=soap.wrapped(message), headers=headers)


def _answer_in(body: bytes) -> etree._Element | None:
    """The Fo03 in an answer, wherever it stands, or the receipt that is all of it; None when there is neither."""
    try:
        root = tree_of(body)
        refusal = next(root.iter(FO03), None)
        message = soap.unwrapped(root) if refusal is None else refusal
    except Wrong:
        return None
    return message if message.tag in (BV03, BV04, FO03) else None


def _names(receipt: etree._Element, number: str) -> bool:
    """Whether a receipt is for the message with this number."""
    named = text_at(receipt, "stuurgegevens/crossRefnummer") or ""
    return named.strip().lower() == number.lower()  # some write a UUID in capitals


def _no_receipt(status: int) -> Fault:
    return Fault(
        kind=_BY_ITSELF.get(status, "failed"),
        title="The receiver gave no receipt",
        detail=f"It answered with status {status}, without a Bv03 or Fo03. Expected status 200 with a Bv03 as all that "
        "the SOAP envelope holds, or a SOAP fault with a Fo03; ask whoever operates the receiving system why.",
        code=f"HTTP{status}",
    )


def _receipt_of_another() -> Fault:
    return Fault(
        kind="failed",
        title="The receiver gave a receipt for another message",
        detail="It answered with a Bv03 whose crossRefnummer is not the referentienummer of what it was brought. "
        "Expected that number; ask whoever operates the receiving system to have it copied.",
        code="Bv03",
    )
