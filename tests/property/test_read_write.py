"""Reading what was written gives the same message, and writing that gives the same bytes."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from schemas.ijw_3_2.berichten import Bericht
from schemas.ijw_3_2.reading import Message, Schemas
from schemas.ijw_3_2.structure import structure
from schemas.ijw_3_2.writing import write
from tests.support.generating import Generator

ORACLE = Path(__file__).parents[3] / "shared" / "ijw" / "xsd_usable"
BASE = Path(__file__).parents[1] / "cases" / "messages" / "JW301.xml"
NAMES = list(structure().berichten)


@cache
def judges() -> tuple[Schemas, ...]:
    """Ours, and the official ones when they are there."""
    return (Schemas(), Schemas(ORACLE)) if ORACLE.is_dir() else (Schemas(),)


def read(data: bytes) -> Message:
    message = judges()[0].read(data)
    assert isinstance(message, Message), message
    return message


def assert_canonical(name: str, data: bytes) -> None:
    assert data.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\r\n')  # so without a byte order mark
    assert data.endswith(b">\r\n")
    assert data.decode("utf-8")
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", data), "a line end that is not CR/LF"
    for judge in judges():
        assert judge.accepts(name, etree.fromstring(data)), f"not valid by {judge.folder}"


def assert_survives(name: str, bericht: Bericht) -> None:
    data = write(name, bericht)
    assert_canonical(name, data)
    again = read(data).bericht
    assert again == bericht
    assert write(name, again) == data


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40)
@given(seed=st.integers(min_value=0, max_value=2**64))
def test_generated_messages(name: str, seed: int) -> None:
    data = Generator(seed).valid(name)
    assert_survives(name, read(data).bericht)


@pytest.mark.full
@pytest.mark.parametrize("name", NAMES)
def test_very_many_generated_messages(name: str) -> None:
    for seed in range(500):
        assert_survives(name, read(Generator(f"{name}-{seed}").valid(name)).bericht)


# --- free text -------------------------------------------------------------------------------------

# What XML 1.0 can carry: no control characters but three, no surrogates, not the last two of the first plane.
CHARACTERS = st.characters(
    exclude_categories=("Cs", "Cc"), include_characters="\t\n\r", exclude_characters="\ufffe\uffff"
)
AWKWARD = st.sampled_from(
    ["\r", "\n", "\r\n", "\t", "]]>", "<![CDATA[", "&", "&amp;", "&#13;", '"', "'", "<", ">", "\U0001d11e", " "]
)
PIECES = st.lists(AWKWARD | st.text(CHARACTERS, max_size=8), max_size=12).map("".join)


def ink(text: str) -> bool:
    return bool(text.strip(" \t\r\n"))


def with_texts(commentaar: str, achternaam: str) -> Bericht:
    bericht = read(BASE.read_bytes()).bericht
    naam = bericht.Client.Naam
    geslachtsnaam = msgspec.structs.replace(naam.Geslachtsnaam, Achternaam=achternaam)
    naam = msgspec.structs.replace(naam, Geslachtsnaam=geslachtsnaam)
    client = msgspec.structs.replace(bericht.Client, Commentaar=commentaar, Naam=naam)
    return msgspec.structs.replace(bericht, Client=client)


@settings(max_examples=300)
@given(text=PIECES.filter(ink))
@example(text="\rx")
@example(text="x\n")
@example(text=" x\r\n\r ")
@example(text="\n\n]]>\n")
@example(text="x" * 5_000)
def test_free_text(text: str) -> None:
    """A name takes no line ends, so there they are left out; a Commentaar takes everything."""
    name = re.sub(r"[\r\n]", "", text)[:200]
    bericht = with_texts(text, name if ink(name) else "x")
    assert_survives("JW301", bericht)


@settings(max_examples=100)
@given(text=PIECES.filter(ink))
@example(text="a\rb\r\nc\nd")
def test_line_ends_in_raw_xml_are_read_as_xml_reads_them(text: str) -> None:
    """Whichever line ends a sender's file has, a line end inside a value is one \\n (XML 1.0, 2.11)."""
    raw = text.replace("&", "&amp;").replace("<", "&lt;").replace("]]>", "]]&gt;")
    data = write("JW301", with_texts("HIER", "x")).replace(b"HIER", raw.encode())
    assert read(data).bericht.Client.Commentaar == text.replace("\r\n", "\n").replace("\r", "\n")


def test_text_that_xml_cannot_carry_is_refused() -> None:
    for text in ("\x00", "a\x0bb", "\ufffe", "\ud800"):
        with pytest.raises(ValueError, match=r"XML compatible|surrogates"):
            write("JW301", with_texts(text, "x"))
