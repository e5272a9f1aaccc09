"""Envelopes of 25 MB, at the edge and hostile: refused for what they are, soon, and without much memory."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from adapters.contract import Fault, Kind, Notice, Parcel
from adapters.stuf_ggk.adapter import make
from adapters.stuf_ggk.reading import CAPABILITIES
from schemas.ijw_3_2.safe_xml import MAX_BYTES
from tests.support.stuf import HEADERS, bare, bare_fault, soap

LONGEST = 20.0
"""Seconds. The slowest takes one on a quiet machine; what grows with the square of its size would take minutes."""


def unpacked_soon(body: bytes) -> Parcel | Notice | Fault:
    begun = time.perf_counter()
    found = make({}).unpack(body, {**HEADERS, "soapaction": '""'})
    assert time.perf_counter() - begun < LONGEST
    return found


# --- the edge --------------------------------------------------------------------------------------


def whole(size: int) -> bytes:
    """A Di01 of exactly so many bytes, of which all but some hundred are base64."""
    empty = soap(bare(payload=b""))
    room = size - len(empty)
    filled = b"QUJD" * (room // 4) + b"\n" * (room % 4)
    return empty.replace(b"<GGK:xmlBestand>", b"<GGK:xmlBestand>" + filled)


def test_a_whole_di01_of_exactly_25_mb_passes() -> None:
    body = whole(MAX_BYTES)
    assert len(body) == MAX_BYTES
    found = unpacked_soon(body)
    assert isinstance(found, Parcel)
    assert len(found.body) > CAPABILITIES.largest
    assert found.body.strip(b"ABC") == b""


def test_one_byte_more_is_too_large() -> None:
    found = unpacked_soon(whole(MAX_BYTES + 1))
    assert isinstance(found, Fault)
    assert found.kind == "too-large"


@pytest.mark.parametrize("more", [0, 1])
def test_what_is_promised_to_fit_fits_and_one_byte_more_does_not(more: int) -> None:
    sent = Parcel(
        body=b"x" * (CAPABILITIES.largest + more), bericht="JW323", version=(3, 2), sender="65656001", receiver="0392"
    )
    packed = make({"administratie": "&" * 50}).pack(sent)
    assert packed is not None
    assert (len(packed.body) <= MAX_BYTES) == (more == 0)
    found = unpacked_soon(packed.body)
    assert isinstance(found, Fault if more else Parcel)


# --- bulk ------------------------------------------------------------------------------------------


def filled(unit: bytes, size: int = MAX_BYTES - 10_000) -> bytes:
    return unit * (size // len(unit))


def inside(bulk: bytes) -> bytes:
    return soap(bare()).replace(b"<GGK:xmlBestand>", b"<GGK:xmlBestand>" + bulk)


def behind(bulk: bytes) -> bytes:
    return soap(bare()).replace(b"</GGK:parameters>", bulk + b"</GGK:parameters>")


def of_soap(bulk: bytes) -> bytes:
    return soap(bare()).replace(b"</s:Body>", bulk + b"</s:Body>")


def at_file(attribute: bytes, count: int) -> bytes:
    many = b" ".join(attribute % number for number in range(count))
    return soap(bare()).replace(b"<GGK:xmlBestand>", b"<GGK:xmlBestand %s>" % many)


def with_dtd(dtd: bytes, value: bytes = b"&e;") -> bytes:
    return soap(bare()).replace(b"?>", b"?><!DOCTYPE a [" + dtd + b"]>", 1).replace(b">JW301<", b">" + value + b"<")


def entities(count: int) -> bytes:
    return b"".join(b'<!ENTITY e%d "%s">' % (n + 1, b"&e%d;" % n * 10) for n in range(count))


HOSTILE: dict[str, tuple[Callable[[], bytes], Kind]] = {
    "tags only": (lambda: filled(b"<"), "too-large"),
    "more tags than fit in memory": (lambda: behind(filled(b"<a/>")), "too-large"),
    "a million and a half unknown elements": (lambda: behind(filled(b"<abcdefghijklm/>")), "envelope"),
    "elements in the wrong place": (lambda: behind(filled(b"<GGK:functieVersie>1</GGK:functieVersie>")), "envelope"),
    "messages in the body": (lambda: of_soap(filled(b"<abcdefghijklm/>")), "envelope"),
    "attributes": (lambda: at_file(b'a%d="1"', 1_500_000), "envelope"),
    "namespaces": (lambda: at_file(b'xmlns:a%d="u"', 1_000_000), "envelope"),
    "a million levels": (lambda: inside(filled(b"<a>", 3_000_000)), "unreadable"),
    "two thousand levels in a large file": (
        lambda: inside(b"<a>" * 2_000 + filled(b"x", 12_000_000) + b"</a>" * 2_000),
        "envelope",
    ),
    "a long name": (lambda: behind(b"<%s/>" % filled(b"a")), "unreadable"),
    "a long reference": (lambda: soap(bare()).replace(b"9c0f7b90-", filled(b"9")), "reference"),
    "a long functie": (lambda: soap(bare()).replace(b">JW301<", b">" + filled(b"J") + b"<"), "envelope"),
    "no base64": (lambda: inside(filled(b"!")), "envelope"),
    "base64 that ends too early": (lambda: inside(filled(b"QUJD") + b"QQ=="), "envelope"),
    "a DTD": (lambda: with_dtd(b"", b"JW301"), "unreadable"),
    "an entity": (lambda: with_dtd(b'<!ENTITY e "JW301">'), "unreadable"),
    "billion laughs": (lambda: with_dtd(b'<!ENTITY e0 "lol">' + entities(9), b"&e9;"), "unreadable"),
    "quadratic blow-up": (lambda: with_dtd(b'<!ENTITY e "%s">' % (b"a" * 100_000), b"&e;" * 100_000), "unreadable"),
    "a file of the machine": (lambda: with_dtd(b'<!ENTITY e SYSTEM "file:///etc/passwd">'), "unreadable"),
    "a parameter entity": (lambda: with_dtd(b'<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;', b"JW301"), "unreadable"),
}  # fmt: skip


@pytest.mark.parametrize("attack", HOSTILE)
def test_it_is_refused_soon(attack: str) -> None:
    make_body, kind = HOSTILE[attack]
    found = unpacked_soon(make_body())
    assert isinstance(found, Fault)
    assert found.kind == kind
    assert len(repr(found)) < 2_000


BULKY: dict[str, Callable[[], bytes]] = {
    "a comment": lambda: inside(b"<!--" + filled(b"x") + b"-->"),
    "many comments": lambda: inside(filled(b"<!-- comments -->")),
    "blanks": lambda: inside(filled(b" \r\n\t")),
    "characters by number": lambda: inside(filled(b"&#81;&#85;&#74;&#68;")),
}


@pytest.mark.parametrize("way", BULKY)
def test_bulk_that_is_no_fault_passes_soon(way: str) -> None:
    assert isinstance(unpacked_soon(BULKY[way]()), Parcel)


def test_a_fault_may_carry_a_whole_claim_back() -> None:
    details = "<StUF:detailsXML>" + "<Prestatie>x</Prestatie>" * 500_000 + "</StUF:detailsXML>"
    assert isinstance(unpacked_soon(soap(bare_fault(details=details))), Notice)
