"""What stuf_ggk makes of a partner's answer, and of its own options."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.contract import SERVER_SIDE, Fault, Kind, Notice, Packed, Parcel
from adapters.registry import UnknownAdapter, adapter
from adapters.stuf_ggk.adapter import make
from adapters.stuf_ggk.codes import AT_ONCE
from adapters.stuf_ggk.names import STUF
from streams.core.ports import Receipt
from tests.support.stuf import EARLIER, HEADERS, NUMBER, action, bare, bare_fault, soap, unpacked

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
BROUGHT = Parcel(
    body=b"<a/>", reference=NUMBER, bericht="JW301", version=(3, 2), sender="0392", receiver="65656001", made_at=NOW
)
RECEIPT = Receipt(envelope_id="f7a3e8a2-1f0b-5c56-8d7f-0a1b2c3d4e5f", received_at=NOW, repeat=False)


def fault_with(code: str, plek: str) -> bytes:
    """A SOAP fault as a GGk answers with, written by hand."""
    inside = bare_fault(code, plek).replace("Fo01", "Fo03")
    return soap(
        f"<s:Fault><faultcode>s:Server</faultcode><faultstring>x</faultstring><detail>{inside}</detail></s:Fault>"
    )


def test_a_bv03_is_a_receipt() -> None:
    assert make({}).reply(BROUGHT, make({}).receipt(BROUGHT, RECEIPT)) is None


def receipt_for(number: str) -> str:
    """A Bv03 as a partner writes it, without SOAP around it."""
    return (
        f'<b:Bv03Bericht xmlns:b="{STUF}"><b:stuurgegevens><b:berichtcode>Bv03</b:berichtcode>'
        f"<b:crossRefnummer>{number}</b:crossRefnummer></b:stuurgegevens></b:Bv03Bericht>"
    )


@pytest.mark.parametrize("number", [NUMBER, NUMBER.upper(), f"\n {NUMBER} "])
def test_a_receipt_names_what_it_is_for(number: str) -> None:
    assert make({}).reply(BROUGHT, Packed(body=soap(receipt_for(number)))) is None


@pytest.mark.parametrize("number", [EARLIER, "van-een-ander", ""])
def test_a_receipt_for_another_message_is_none(number: str) -> None:
    found = make({}).reply(BROUGHT, Packed(body=soap(receipt_for(number))))
    assert found is not None
    assert (found.kind, found.side, found.code) == ("failed", "server", "Bv03")
    assert "crossRefnummer" in found.detail
    assert "van-een-ander" not in repr(found)


def test_the_receipt_of_a_later_fault_names_that() -> None:
    notice = unpacked(bare_fault())
    assert isinstance(notice, Notice)
    assert make({}).reply(notice, make({}).receipt(notice, RECEIPT)) is None
    assert make({}).reply(replace(notice, reference=EARLIER), make({}).receipt(notice, RECEIPT)) is not None


def test_a_message_whose_number_is_no_uuid_is_named_by_the_one_that_it_travels_under() -> None:
    brought = replace(BROUGHT, reference="order 12")
    packed = make({}).pack(brought)
    assert packed is not None
    taken = make({}).unpack(packed.body, packed.headers)
    assert isinstance(taken, Parcel)
    assert make({}).reply(brought, make({}).receipt(taken, RECEIPT)) is None


@pytest.mark.parametrize(
    "body",
    [
        receipt_for(NUMBER).encode(),
        f"<x>{receipt_for(NUMBER)}</x>".encode(),
        soap(f"<x>{receipt_for(NUMBER)}</x>"),
        soap(2 * receipt_for(NUMBER)),
        b"<html><body>" + soap(receipt_for(NUMBER)).partition(b"?>")[2] + b"</body></html>",
    ],
)
def test_a_receipt_stands_alone_in_the_body_of_soap(body: bytes) -> None:
    found = make({}).reply(BROUGHT, Packed(body=body))
    assert found is not None
    assert (found.side, found.code) == ("server", "HTTP200")


@pytest.mark.parametrize(
    ("code", "plek", "kind"),
    [
        ("StUF055", "client", "payload"),
        ("StUF013", "client", "unknown-sender"),
        ("StUF043", "client", "cross-reference"),
        ("StUF016", "client", "reference-used"),
        ("StUF016", "server", "reference-used"),
        ("IB103", "client", "refused-by-receiver"),
        ("ABC", "client", "refused-by-receiver"),
        ("StUF046", "server", "unavailable"),
        ("StUF058", "server", "failed"),
        ("StUF007", "server", "failed"),
        ("ABC", "server", "failed"),
        ("StUF055", "server", "failed"),
        ("StUF055", "Client", "failed"),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_fo03_says_who_can_mend_it(code: str, plek: str, kind: Kind, status: int) -> None:
    found = make({}).reply(BROUGHT, Packed(body=fault_with(code, plek), headers=HEADERS, status=status))
    assert found is not None
    assert found.kind == kind
    assert found.side == ("server" if kind in SERVER_SIDE else "client")
    assert not [word for word in ("Jansen", "999900006", "ABC") if word in repr(found)]


@pytest.mark.parametrize("kind", AT_ONCE)
def test_own_refusals_are_understood(kind: Kind) -> None:
    """So that two hubs understand each other: what the sender cannot mend is offered again, and nothing else is."""
    refused = make({}).refusal(Fault(kind=kind, title="No", detail="Do something else."), NOW)
    found = make({}).reply(BROUGHT, refused)
    assert found is not None
    assert found.code == AT_ONCE[kind]
    assert found.side == ("server" if kind in SERVER_SIDE or kind == "too-often" else "client")


@pytest.mark.parametrize(
    "body", [b"", b"<html>busy</html>", b"{}", soap("<s:Fault><faultcode>s:Client</faultcode></s:Fault>")]
)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, "failed"),
        (202, "failed"),
        (302, "failed"),
        (400, "failed"),
        (404, "failed"),
        (500, "failed"),
        (429, "unavailable"),
        (502, "unavailable"),
        (503, "unavailable"),
        (504, "unavailable"),
    ],
)
def test_an_answer_without_receipt_or_refusal_is_no_answer(body: bytes, status: int, kind: Kind) -> None:
    found = make({}).reply(BROUGHT, Packed(body=body, status=status))
    assert found is not None
    assert (found.kind, found.side) == (kind, "server")


def test_a_message_that_a_gateway_finds_too_large_is_not_offered_again() -> None:
    found = make({}).reply(BROUGHT, Packed(body=b"<html>413</html>", status=413))
    assert found is not None
    assert (found.kind, found.side) == ("too-large", "client")


def test_the_receipt_of_a_gateway_that_promises_delivery_is_a_receipt() -> None:
    receipt = make({}).receipt(BROUGHT, RECEIPT).body.replace(b"Bv03", b"Bv04")
    assert make({}).reply(BROUGHT, Packed(body=receipt)) is None


def test_a_bv03_with_a_status_that_is_a_fault_is_no_receipt() -> None:
    found = make({}).reply(BROUGHT, Packed(body=make({}).receipt(BROUGHT, RECEIPT).body, status=500))
    assert found is not None


@settings(max_examples=200)
@given(body=st.binary(max_size=300) | st.text(st.characters(codec="utf-8"), max_size=200).map(soap), data=st.data())
def test_no_bytes_make_it_raise(body: bytes, data: st.DataObject) -> None:
    good = data.draw(
        st.sampled_from([soap(bare()), soap(receipt_for(NUMBER)), soap(bare_fault()), fault_with("StUF055", "client")])
    )
    place, length = data.draw(st.integers(0, len(good))), data.draw(st.integers(0, 60))
    for found in (body, good[:place] + body + good[place + length :]):
        assert isinstance(make({}).unpack(found, {**HEADERS, "soapaction": '""'}), Parcel | Notice | Fault)
        assert isinstance(make({}).reply(BROUGHT, Packed(body=found)), Fault | None)


# --- options ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"fault_list": "2019"},
        {"jw325": "Du02"},
        {"jw325": "du01"},
        {"administratie": ""},
        {"administratie": "x" * 51},
        {"administratie": "a\nb"},
        {"name": "ab"},
        {"name": "x" * 51},
        {"name": "ab\x00"},
        {"codes": "2025"},
    ],
)
def test_an_option_or_value_that_is_not_known_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="expected"):
        make(options)


def test_it_is_found_by_its_name() -> None:
    found = adapter("stuf_ggk", {"fault_list": "2018", "jw325": "Di01", "administratie": "Regio", "name": "hub"})
    assert found.name == "stuf_ggk"
    assert found.capabilities.path == "/stuf/ggk0210"
    with pytest.raises(UnknownAdapter, match="stuf_ggk"):
        adapter("stuf_ggk", {"name": "x"})


def test_the_action_tells_the_operation_for_every_kind_of_message() -> None:
    for message in (bare(), bare("JW302", "Du01"), bare_fault()):
        found = unpacked(message)
        assert isinstance(found, Parcel | Notice)
        packed = make({}).pack(found)
        assert packed is not None
        assert packed.headers == {"content-type": "text/xml; charset=utf-8", "soapaction": action(message)}
