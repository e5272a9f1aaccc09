"""Attacks that need more than one file: a listener, a canary in every place, bulk of every kind.

The single hostile files stand in tests/support/attacks.py and are read by tests/unit/test_safe_reading.py.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from lxml import etree

from schemas.ijw_3_2.reading import Message, Schemas, Unreadable
from schemas.ijw_3_2.safe_xml import parse
from tests.support.attacks import base
from tests.support.claims import declaratie

SCHEMAS = Schemas()
XSI = "http://www.w3.org/2001/XMLSchema-instance"

# --- nothing is fetched ----------------------------------------------------------------------------


@contextmanager
def listener() -> Iterator[tuple[str, list[str]]]:
    """An HTTP server on loopback: its address, and the paths that anything has asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def with_doctype(doctype: str) -> bytes:
    return base().replace(b"?>", b"?>" + doctype.encode(), 1).replace(b"<jw305:Geslacht>2", b"<jw305:Geslacht>&x;")


def with_hint(data: bytes, address: str) -> bytes:
    hint = f'xmlns:xsi="{XSI}" xsi:noNamespaceSchemaLocation="{address}/n" xsi:schemaLocation="urn:a {address}/a '
    hint += f'http://www.istandaarden.nl/ijw/3_2/jw305/schema {address}/s.xsd" '
    return data.replace(b"<jw305:Bericht ", b"<jw305:Bericht " + hint.encode(), 1)


REACHING_OUT: dict[str, Callable[[str], bytes]] = {
    "external entity": lambda to: with_doctype(f'<!DOCTYPE b [<!ENTITY x SYSTEM "{to}/e">]>'),
    "parameter entity": lambda to: with_doctype(f'<!DOCTYPE b [<!ENTITY % p SYSTEM "{to}/p"> %p;]>'),
    "external subset": lambda to: with_doctype(f'<!DOCTYPE b SYSTEM "{to}/d">'),
    "public subset": lambda to: with_doctype(f'<!DOCTYPE b PUBLIC "-//A//B" "{to}/d">'),
    "external entity in UTF-16": lambda to: (
        with_doctype(f'<!DOCTYPE b [<!ENTITY x SYSTEM "{to}/e">]>').decode().partition("?>")[2].encode("utf-16-le")
    ),
    "style sheet": lambda to: base().replace(b"?>", f'?><?xml-stylesheet href="{to}/x"?>'.encode(), 1),
    "XInclude": lambda to: base().replace(
        b"<jw305:Geslacht>2",
        f'<jw305:Geslacht><i:include xmlns:i="http://www.w3.org/2001/XInclude" href="{to}"/>'.encode(),
    ),
    "schema location": lambda to: with_hint(base(), to),
    "schema location in a wrong message": lambda to: with_hint(
        base().replace(b"<jw305:Geslacht>2", b"<jw305:Geslacht>x"), to
    ),
}


@pytest.mark.parametrize("make", REACHING_OUT.values(), ids=REACHING_OUT)
def test_nothing_that_a_message_names_is_fetched(make: Callable[[str], bytes]) -> None:
    with listener() as (address, asked):
        SCHEMAS.read(make(address))
    assert asked == []


# --- nothing personal is told ----------------------------------------------------------------------

NAME, BSN = "Kanariepiet", "999900006"
CANARIES = (f"{NAME} {BSN}", NAME, BSN, f"0{BSN}", f"{BSN}Z", "9999.00.006", "9999-00-006", f" {BSN}\n")


def told(data: bytes) -> str:
    """Everything that the findings of a message say."""
    found = SCHEMAS.read(data)
    return "\n".join(f"{f.text} {f.path} {f.key}" for f in found.findings) if isinstance(found, Unreadable) else ""


def assert_silent(data: bytes) -> None:
    texts = told(data)
    assert NAME.lower() not in texts.lower(), texts
    assert "99990000" not in re.sub(r"[^0-9\n]", "", texts), texts


@pytest.mark.parametrize("name", ["JW301", "JW305", "JW317", "JW319", "JW323", "JW325"])
def test_a_canary_in_any_value_is_not_repeated(name: str) -> None:
    """And neither is one in the values beside it: the Bsn and the name themselves are canaries too."""
    root = parse(base(name))
    leaves = [element for element in root.iter() if len(element) == 0]
    for number, leaf in enumerate(leaves):
        before, leaf.text = leaf.text, CANARIES[number % len(CANARIES)]
        assert_silent(etree.tostring(root))
        leaf.text = before


@pytest.mark.parametrize("name", ["JW301", "JW323"])
def test_a_canary_in_any_name_is_not_repeated(name: str) -> None:
    """Of an element, an attribute or a namespace, at every place of the message."""
    for number in range(1, len(list(parse(base(name)).iter())), 3):
        for change in (_as_tag, _as_attribute, _as_namespace, _as_new_element, _as_text_between):
            root = parse(base(name))
            change(list(root.iter())[number])
            assert_silent(etree.tostring(root))


def _as_tag(element: etree._Element) -> None:
    element.tag = f"{NAME}{BSN}"


def _as_attribute(element: etree._Element) -> None:
    element.set(NAME, BSN)


def _as_namespace(element: etree._Element) -> None:
    element.tag = f"{{urn:{NAME}:{BSN}}}{etree.QName(element).localname}"


def _as_new_element(element: etree._Element) -> None:
    etree.SubElement(element, f"{NAME}{BSN}").text = BSN


def _as_text_between(element: etree._Element) -> None:
    element.tail = f"{NAME} {BSN}"


@pytest.mark.parametrize(
    "data",
    [
        f"<{NAME}{BSN}/>".encode(),
        f"<b xmlns='http://www.istandaarden.nl/ijw/{BSN}/{NAME}/schema'/>".encode(),
        f"<Bericht xmlns='http://www.istandaarden.nl/ijw/3_2/{NAME}/schema'/>".encode(),
        f"<{NAME}><{BSN}>".encode(),
        f"<b>&{NAME}{BSN};</b>".encode(),
        f"<?xml version='1.0' encoding='{NAME}{BSN}'?><b/>".encode(),
        f"{NAME} {BSN}".encode(),
    ],
)
def test_a_canary_in_what_is_no_message_is_not_repeated(data: bytes) -> None:
    assert told(data)
    assert_silent(data)


# --- bulk ------------------------------------------------------------------------------------------

PATIENCE = 20.0
"""Seconds, on any machine. What these tests keep out takes minutes to hours."""


def in_claim(before: bytes, xml: bytes) -> bytes:
    claim = base("JW323")
    assert before in claim
    return claim.replace(before, xml + before, 1)


def numbered(pattern: str, count: int) -> bytes:
    return "".join(pattern.format(number) for number in range(count)).encode()


WRONG = base("JW323").replace(b"Eenheid>", b"Eenheid>0", 1)
BULK: dict[str, Callable[[], bytes]] = {
    "attributes below the limit of size": lambda: in_claim(b" xmlns:jw323", numbered(" a{}=''", 90_000)),
    "attributes above it": lambda: in_claim(b" xmlns:jw323", numbered(" a{}=''", 300_000)),
    "prefixes": lambda: WRONG.replace(b" xmlns:jw323", numbered(" xmlns:n{}='urn:n'", 100_000) + b" xmlns:jw323", 1),
    "elements with names of their own": lambda: in_claim(b"</jw323:Bericht>", numbered("<a{}/>", 100_000)),
    "elements inside each other": lambda: in_claim(b"<jw323:Bsn>", b"<a>" * 200 + b"</a>" * 200),
    "clients inside each other": lambda: in_claim(b"<jw323:Bsn>", b"<jw323:Client>" * 200 + b"</jw323:Client>" * 200),
    "empty lines, just not crowded": lambda: in_claim(b"</jw323:Prestaties>", b"<jw323:Prestatie/>" * 15_000),
    "empty lines": lambda: in_claim(b"</jw323:Prestaties>", b"<jw323:Prestatie/>" * 200_000),
    "text between all lines": lambda: in_claim(b"</jw323:Prestaties>", b"<jw323:Prestatie/>x" * 100_000),
    "lines that are all wrong": lambda: declaratie(5_000).replace(b"Eenheid>04<", b"Eenheid>00<"),
    "nine MB of text beside an error": lambda: base("JW301").replace(
        b"</jw301:ToegewezenProduct>",
        b"<jw301:Commentaar>" + b"a. " * 3_000_000 + b"</jw301:Commentaar><x/></jw301:ToegewezenProduct>",
    ),
}


@pytest.mark.parametrize("make", BULK.values(), ids=BULK)
def test_bulk_is_refused_soon(make: Callable[[], bytes]) -> None:
    data = make()
    start = time.perf_counter()
    found = SCHEMAS.read(data)
    assert time.perf_counter() - start < PATIENCE
    assert isinstance(found, Unreadable)
    assert found.findings


# --- values are read whole -------------------------------------------------------------------------

PIECES = (
    " ",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "a",
    "é",
    "😀",
    "&#32;",
    "&#13;",
    "&amp;",
    "]",
    "<?p?>",
    "<!---->",
    "<![CDATA[ ]]>",
)
HEADS = ("", "<?xml version='1.0'?>", "\ufeff", '<?xml version="1.0" encoding="UTF-8"?>\r\n')


def test_our_parser_reads_every_value_as_the_ordinary_one() -> None:
    """It drops blank text between elements, and libxml2 easily takes a part of a value for that."""
    rng = random.Random(7)
    for _ in range(10_000):
        value = "".join(rng.choices(PIECES, k=rng.randint(1, 6)))
        data = f"{rng.choice(HEADS)}<b><x>{value}</x>{rng.choice(['', ' ', chr(10)])}<y/></b>".encode()
        plain = etree.fromstring(data)[0]
        assert (parse(data)[0].text or "") == "".join(plain.xpath("text()")), data


def test_a_number_with_thousands_of_zeros_is_no_fault_of_ours() -> None:
    """More digits than Python turns into a number: refused with what is wrong, not raised."""
    for zeros, kind in ((4_000, Message), (6_000, Unreadable)):
        data = declaratie(1).replace(b"<jw323:ToewijzingNummer>", b"<jw323:ToewijzingNummer>" + b"0" * zeros)
        assert isinstance(SCHEMAS.read(data), kind)
