"""Reading the envelope of the GGk: every published trap (transport.md) is refused for what it is, or passes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.contract import Application, Fault, Kind, Notice, Parcel
from adapters.stuf_ggk.adapter import make
from adapters.stuf_ggk.codes import at_once
from adapters.stuf_ggk.envelopes import read_envelope
from adapters.stuf_ggk.names import GGK
from schemas.ijw_3_2.structure import structure
from tests.support.stuf import (
    EARLIER,
    HEADERS,
    MADE_AT,
    NUMBER,
    PAYLOAD,
    action,
    bare,
    bare_fault,
    soap,
    unpacked,
)
from tests.support.stuf_traps import PASSES, REFUSED, without

EXAMPLES = Path(__file__).parents[3] / "shared" / "ggk0210" / "examples"


@pytest.mark.parametrize("trap", REFUSED)
def test_a_trap_is_refused_for_what_it_is(trap: str) -> None:
    change, kind, code = REFUSED[trap]
    found = unpacked(change(bare()))
    assert isinstance(found, Fault), found
    assert (found.kind, at_once(found.kind)) == (kind, code)
    assert found.side == "client"


@pytest.mark.parametrize("trap", REFUSED)
def test_a_trap_is_refused_without_soap_too(trap: str) -> None:
    change, kind, _ = REFUSED[trap]
    found = read_envelope(change(bare()).encode())
    assert isinstance(found, Fault), found
    assert found.kind == kind


@pytest.mark.parametrize("probe", PASSES)
def test_a_probe_that_passes(probe: str) -> None:
    assert unpacked(PASSES[probe](bare())) == unpacked(bare())


def test_all_that_a_di01_tells() -> None:
    assert unpacked(bare()) == Parcel(
        body=PAYLOAD,
        reference=NUMBER,
        bericht="JW301",
        version=(3, 2),
        sender="0392",
        receiver="65656001",
        made_at=MADE_AT,
        application=Application("Zorgpakket", "0002", "0010"),
    )


def test_a_du01_tells_what_it_answers() -> None:
    found = unpacked(bare("JW302", "Du01"))
    assert isinstance(found, Parcel)
    assert found.answers == EARLIER


@pytest.mark.parametrize("name", structure().berichten)
@pytest.mark.parametrize("code", ["Di01", "Du01"])
def test_each_message_in_each_envelope(name: str, code: str) -> None:
    right = "Du01" if structure().berichten[name].heen else "Di01"
    found = unpacked(bare(name, code))
    if code == right or name == "JW325":
        assert isinstance(found, Parcel)
        assert found.bericht == name
    else:
        assert isinstance(found, Fault)
        assert found.kind == "wrong-kind"


def test_the_header_of_the_message_does_not_count_for_the_envelope() -> None:
    """A return message copies Afzender and Ontvanger: who really sends stands on the envelope (3.2)."""
    copied = b"<Bericht><Header><Afzender>65656001</Afzender><Ontvanger>0392</Ontvanger></Header></Bericht>"
    found = unpacked(bare("JW302", "Du01", copied))
    assert isinstance(found, Parcel)
    assert (found.sender, found.receiver, found.body) == ("0392", "65656001", copied)


@pytest.mark.parametrize("payload", [b"", b"PK\x03\x04", b"\xef\xbb\xbf<a/>", bytes(range(256))])
def test_the_bytes_inside_are_left_alone(payload: bytes) -> None:
    found = unpacked(bare(payload=payload))
    assert isinstance(found, Parcel)
    assert found.body == payload


@pytest.mark.parametrize(
    ("digits", "moment"),
    [
        ("20250701", datetime(2025, 6, 30, 22, tzinfo=UTC)),
        ("2025070112", datetime(2025, 7, 1, 10, tzinfo=UTC)),
        ("202501011230", datetime(2025, 1, 1, 11, 30, tzinfo=UTC)),
        ("20250101123045007", datetime(2025, 1, 1, 11, 30, 45, 7_000, tzinfo=UTC)),
        ("20251026023000", datetime(2025, 10, 26, 0, 30, tzinfo=UTC)),  # comes twice; the first time
    ],
)
def test_the_moment_is_dutch_local_time(digits: str, moment: datetime) -> None:
    found = unpacked(bare().replace("20251024132514", digits))
    assert isinstance(found, Parcel)
    assert found.made_at == moment
    assert found.made_at.utcoffset() == timedelta(0)


# --- Fo01 ------------------------------------------------------------------------------------------


def test_a_fault_that_comes_later() -> None:
    found = unpacked(bare_fault(details="<StUF:details>JW301-00020010</StUF:details>"))
    assert isinstance(found, Notice)
    assert (found.about, found.reference, found.bericht, found.made_at) == (EARLIER, NUMBER, "JW301", MADE_AT)
    assert (found.sender, found.receiver) == (None, "0392")
    assert (found.fault.code, found.fault.kind, found.fault.side) == ("StUF055", "payload", "client")


@pytest.mark.parametrize(
    ("faults", "code", "plek", "kind"),
    [
        ("2025", "IB007", "client", "wrong-way"),
        ("2018", "IB007", "client", "too-large"),
        ("2025", "IB009", "client", "not-your-message"),
        ("2018", "IB009", "client", "reference"),
        ("2025", "IB103", "client", "refused-by-receiver"),
        ("2018", "IB103", "client", "closed"),
        ("2025", "StUF058", "server", "failed"),
        ("2025", "StUF016", "client", "reference-used"),
        ("2025", "IB014", "server", "failed"),
        ("2025", "XYZ", "client", "refused-by-receiver"),
    ],
)
def test_a_code_means_what_the_list_of_the_party_says(faults: str, code: str, plek: str, kind: Kind) -> None:
    found = unpacked(bare_fault(code, plek), fault_list=faults)
    assert isinstance(found, Notice)
    assert found.fault.kind == kind


@pytest.mark.parametrize("code", ["Jansen", "9999000", "Jan1"])
def test_the_words_of_a_fault_are_not_repeated(code: str) -> None:
    more = "<StUF:details>Jansen 999900006</StUF:details><StUF:detailsXML><Bsn>999900006</Bsn></StUF:detailsXML>"
    found = unpacked(bare_fault(code, details=more))
    assert isinstance(found, Notice)
    assert not [word for word in ("Jansen", "999900006", code) if word in repr(found)]


def test_numbers_in_a_fault_may_be_any_text() -> None:
    found = unpacked(bare_fault(about="mijn-nummer-1").replace(NUMBER, "F 1"))
    assert isinstance(found, Notice)
    assert (found.about, found.reference) == ("mijn-nummer-1", "F 1")


# --- SOAP and HTTP ---------------------------------------------------------------------------------

GOOD = soap(bare())
SOAP_11, SOAP_12 = b"http://schemas.xmlsoap.org/soap/envelope/", b"http://www.w3.org/2003/05/soap-envelope"
UNDERSTOOD = b'<s:Header><w:Security xmlns:w="urn:w" s:mustUnderstand="%d"/></s:Header><s:Body>'
ACTION = action(bare())

WRONG_SOAP: dict[str, tuple[bytes, Kind]] = {
    "SOAP 1.2": (GOOD.replace(SOAP_11, SOAP_12), "version"),
    "no SOAP": (bare().encode(), "envelope"),
    "two messages": (soap(bare() + bare()), "envelope"),
    "no message": (soap(""), "envelope"),
    "text only": (soap("hallo"), "envelope"),
    "text beside the message": (soap(bare() + "hallo"), "envelope"),
    "text before the message": (soap("hallo" + bare()), "envelope"),
    "text in the envelope": (GOOD.replace(b"<s:Body>", b"hallo<s:Body>"), "envelope"),
    "two bodies": (GOOD.replace(b"</s:Body>", b"</s:Body><s:Body/>"), "envelope"),
    "the header behind the body": (GOOD.replace(b"</s:Body>", b"</s:Body><s:Header/>"), "envelope"),
    "a header that must be understood": (GOOD.replace(b"<s:Body>", UNDERSTOOD % 1), "envelope"),
    "another part": (GOOD.replace(b"</s:Body>", b"</s:Body><s:Extra/>"), "envelope"),
    "a body without an envelope": (b'<s:Body xmlns:s="%s"/>' % SOAP_11, "envelope"),
    "nothing": (b"", "unreadable"),
    "half": (GOOD[:-20], "unreadable"),
    "two documents": (GOOD + GOOD.partition(b"?>")[2], "unreadable"),
    "UTF-16": (GOOD.decode().replace("UTF-8", "UTF-16").encode("utf-16"), "unreadable"),
    "a DTD": (GOOD.replace(b"?>", b'?><!DOCTYPE a [<!ENTITY e "JW301">]>', 1), "unreadable"),
    "an unknown entity": (GOOD.replace(b">JW301<", b">&e;<"), "unreadable"),
}


@pytest.mark.parametrize("case", WRONG_SOAP)
def test_soap_that_is_not_as_it_should_be(case: str) -> None:
    body, kind = WRONG_SOAP[case]
    found = make({}).unpack(body, {**HEADERS, "soapaction": ACTION})
    assert isinstance(found, Fault)
    assert found.kind == kind


def test_a_header_that_need_not_be_understood_passes() -> None:
    found = make({}).unpack(GOOD.replace(b"<s:Body>", UNDERSTOOD % 0), {**HEADERS, "soapaction": ACTION})
    assert found == unpacked(bare())


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"soapaction": ACTION}, "unreadable"),
        ({"content-type": "application/xml", "soapaction": ACTION}, "unreadable"),
        ({"content-type": "multipart/related", "soapaction": ACTION}, "unreadable"),
        ({"content-type": "text/xml; charset=iso-8859-1", "soapaction": ACTION}, "unreadable"),
        ({"content-type": "application/soap+xml; charset=utf-8", "soapaction": ACTION}, "version"),
        (HEADERS, "envelope"),
        ({**HEADERS, "soapaction": f'"{GGK}/ggk_Du01"'}, "envelope"),
        ({**HEADERS, "soapaction": "urn:other"}, "envelope"),
    ],
)
def test_headers_that_are_refused(headers: dict[str, str], kind: Kind) -> None:
    found = make({}).unpack(GOOD, headers)
    assert isinstance(found, Fault)
    assert found.kind == kind


@pytest.mark.parametrize("soap_action", [ACTION, ACTION.strip('"'), '""', ""])
@pytest.mark.parametrize("media_type", ["text/xml", "Text/XML;charset=UTF-8", 'text/xml; charset="utf-8"; x=y'])
def test_headers_that_pass(soap_action: str, media_type: str) -> None:
    assert make({}).unpack(GOOD, {"content-type": media_type, "soapaction": soap_action}) == unpacked(bare())


@pytest.mark.parametrize("message", [bare(), bare("JW302", "Du01"), bare_fault()])
def test_a_file_holds_the_same_with_soap_and_without(message: str) -> None:
    assert read_envelope(message.encode()) == read_envelope(soap(message)) == unpacked(message)


# --- what a fault tells ----------------------------------------------------------------------------


def test_a_fault_names_the_message_that_it_is_about() -> None:
    found = unpacked(bare().replace(NUMBER, NUMBER.upper()))
    assert isinstance(found, Fault)
    assert (found.reference, found.sender, found.receiver) == (NUMBER.upper(), "0392", "65656001")
    assert found.bericht == "JW301"


@pytest.mark.parametrize("place", [NUMBER, ">0392<", ">JW301<", "StUF:functie", "<GGK:parameters>", "20251024132514"])
def test_what_callers_make_up_is_not_repeated(place: str) -> None:
    person = "Jansen-999900006"
    strange = place.replace(place.strip("<>"), person, 1)
    found = unpacked(bare().replace(place, strange))
    assert isinstance(found, Fault)
    assert not [word for word in ("Jansen", "999900006") if word in repr(found)]


def test_a_fault_says_what_was_expected_and_where() -> None:
    found = unpacked(without("StUF:functie")(bare()))
    assert isinstance(found, Fault)
    assert "stuurgegevens" in found.detail
    assert "expected functie there" in found.detail


def test_the_published_examples_are_read() -> None:
    """With the examples where they are there; they are of the Wmo and of CSV, and so refused for just that."""
    expected = {"xml": "unknown-function", "tekst": "unknown-function"}
    for file in sorted(EXAMPLES.glob("*.xml")):
        found = read_envelope(file.read_bytes())
        assert isinstance(found, Fault)
        assert found.kind == expected[file.stem.rpartition("-")[2]]
        jw301 = file.read_bytes().replace(b"WMO301", b"JW301").replace(b"0002</GGK:functieV", b"0003</GGK:functieV")
        assert isinstance(read_envelope(jw301), Parcel if file.stem.endswith("-xml") else Fault)
