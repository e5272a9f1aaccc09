"""Hostile and broken files, made when asked for: what must be refused, and why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

MESSAGES = Path(__file__).parents[1] / "cases" / "messages"
CANARY_BSN, CANARY_NAME = "999922038", "Duinkerk"
"""The Bsn and the name in the base messages: they may stand in no text of ours."""

_ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))


def base(name: str = "JW305") -> bytes:
    """A base message."""
    return (MESSAGES / f"{name}.xml").read_bytes()


def with_dtd(internal: str, value: str = "1", name: str = "JW305") -> bytes:
    """A message with a document type declaration, that uses an entity as a value."""
    head, _, rest = base(name).partition(b"?>")
    body = rest.replace(b"<jw305:Geslacht>2<", f"<jw305:Geslacht>{value}<".encode())
    return head + b"?>" + f"<!DOCTYPE a [{internal}]>".encode() + body


REFUSED: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "blanks only": lambda: b" \r\n\t ",
    "not XML": lambda: b"Geachte heer, mevrouw,",
    "JSON": lambda: b'{"bericht": "JW305"}',
    "a zip": lambda: b"PK\x03\x04" + bytes(200),
    "zeros": lambda: bytes(10_000),
    "UTF-16": lambda: base().decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16"),
    "UTF-16 without saying so": lambda: base().decode().partition("?>")[2].encode("utf-16-le"),
    "ISO-8859-1 declared": lambda: base().replace(b'encoding="UTF-8"', b'encoding="ISO-8859-1"'),
    "windows-1252 bytes": lambda: base().replace(CANARY_NAME.encode(), "Geërfd".encode("cp1252")),
    "a control character": lambda: base().replace(CANARY_NAME.encode(), b"Duin\x01kerk"),
    "a DTD": lambda: with_dtd(""),
    "an internal entity": lambda: with_dtd('<!ENTITY g "1">', "&g;"),
    "billion laughs": lambda: with_dtd(f'<!ENTITY e0 "lol">{_ENTITIES}', "&e9;"),
    "quadratic blow-up": lambda: with_dtd(f'<!ENTITY e "{"a" * 50_000}">', "&e;" * 50_000),
    "an external entity": lambda: with_dtd('<!ENTITY e SYSTEM "file:///etc/passwd">', "&e;"),
    "an external entity over HTTP": lambda: with_dtd('<!ENTITY e SYSTEM "http://127.0.0.1:9/">', "&e;"),
    "a parameter entity": lambda: with_dtd('<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;'),
    "an external DTD": lambda: base().replace(b"?>", b'?><!DOCTYPE a SYSTEM "file:///etc/passwd">', 1),
    "a DTD behind a comment": lambda: base().replace(b"?>", b"?><!-- <a> --><!DOCTYPE a []>", 1),
    "an unknown entity": lambda: base().replace(CANARY_NAME.encode(), b"&eacute;"),
    "two roots": lambda: base() + base().partition(b"?>")[2],
    "something after the root": lambda: base() + b"en verder niets",
    "an unclosed element": lambda: base().replace(b"</jw305:Client>", b""),
    "a thousand levels": lambda: base().replace(CANARY_NAME.encode(), b"<a>" * 1000 + b"</a>" * 1000),
    "a hundred thousand attributes": lambda: base().replace(
        b"<jw305:Client>", b"<jw305:Client " + b" ".join(b'a%d="1"' % n for n in range(100_000)) + b">"
    ),
    "six million elements": lambda: base().replace(b"</jw305:Bericht>", b"<a/>" * 6_000_000 + b"</jw305:Bericht>"),
    "300,000 empty lines of a claim": lambda: base("JW323").replace(
        b"</jw323:Prestaties>", b"<jw323:Prestatie/>" * 300_000 + b"</jw323:Prestaties>", 1
    ),
    "an unknown root": lambda: b"<Duinkerk>999922038</Duinkerk>",
    "release 3.1": lambda: base().replace(b"/ijw/3_2/", b"/ijw/3_1/"),
    "iWmo": lambda: base().replace(b"/ijw/3_2/", b"/iwmo/3_2/"),
    "another message's code": lambda: base().replace(b">438<", b">436<"),
    "a schema of its own": lambda: (
        base()
        .replace(
            b"<jw305:Bericht ",
            b'<jw305:Bericht xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation='
            b'"http://www.istandaarden.nl/ijw/3_2/jw305/schema file:///etc/passwd" ',
            1,
        )
        .replace(b">438<", b">439<")
    ),
    "XInclude": lambda: base().replace(
        CANARY_NAME.encode(),
        b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>',
    ),
    "the Bsn in an element name": lambda: base().replace(b"jw305:Geslacht>", b"jw305:Duinkerk999922038>"),
    "the Bsn in a code": lambda: base().replace(b"<jw305:Geslacht>2", b"<jw305:Geslacht>999922038"),
    "the Bsn in a date": lambda: base().replace(b"<jw305:Begindatum>", b"<jw305:Begindatum>999922038"),
    "the Bsn in an attribute": lambda: base().replace(b"<jw305:Client>", b'<jw305:Client Duinkerk="999922038">'),
    "the Bsn between elements": lambda: base().replace(b"<jw305:Geslacht>", b"999922038 Duinkerk<jw305:Geslacht>"),
    "too long a name": lambda: base().replace(CANARY_NAME.encode(), CANARY_NAME.encode() * 50),
}
