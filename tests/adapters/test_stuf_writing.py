"""What stuf_ggk writes: always valid, the same again for the same input, and read back as it was."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from adapters.contract import Adapter, Application, Fault, Kind, Notice, Packed, Parcel
from adapters.plain import KINDS
from adapters.stuf_ggk import published
from adapters.stuf_ggk.adapter import make
from adapters.stuf_ggk.names import BV03, CODES, DI01, DU01, FO01, FO03
from schemas.ijw_3_2.structure import structure
from streams.core.ports import Receipt
from tests.support.stuf import EARLIER, MADE_AT, NUMBER, bare, unpacked

OFFICIAL = (
    Path(__file__).parents[3] / "shared" / "ggk0210" / "ggk0210" / "ggkberichten" / "ggk0210_msg_ggkberichten.xsd"
)
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
RECEIPT = Receipt(envelope_id="f7a3e8a2-1f0b-5c56-8d7f-0a1b2c3d4e5f", received_at=NOW, repeat=False)
PARCEL = Parcel(
    body=b"<Bericht/>",
    reference=NUMBER,
    bericht="JW305",
    version=(3, 2),
    sender="65656001",
    receiver="0392",
    made_at=MADE_AT,
    application=Application("Zorgpakket", "0002", "0010"),
)
FAULT = Fault(kind="payload", title="It is no JW305", detail="Found something else; send a JW305.", reference=NUMBER)
NOTICE = Notice(fault=FAULT, about=EARLIER, reference=NUMBER, made_at=MADE_AT, receiver="0392", bericht="JW301")


def schemas() -> list[etree.XMLSchema]:
    """Ours, and the official ones where they are there."""
    own = Path(published.__file__).parent / "wsdl" / "ggk0210" / "ggk0210.xsd"
    return [etree.XMLSchema(etree.parse(path)) for path in (own, OFFICIAL) if path.exists()]


SCHEMAS = schemas()


def message_in(packed: Packed | None) -> etree._Element:
    """The one StUF message in what was written."""
    assert packed is not None
    (found,) = etree.fromstring(packed.body).iter(*CODES)
    return found


def assert_valid(packed: Packed | None) -> etree._Element:
    message = message_in(packed)
    for schema in SCHEMAS:
        schema.assertValid(message)
    return message


def text(message: etree._Element, path: str) -> str | None:
    return message.findtext("/".join(f"{{*}}{step}" for step in path.split("/")))


def ends(message: etree._Element) -> list[str | None]:
    """Organisatie and applicatie of the zender, and those of the ontvanger."""
    return [
        text(message, f"stuurgegevens/{role}/{name}")
        for role in ("zender", "ontvanger")
        for name in ("organisatie", "applicatie")
    ]


# --- always valid ----------------------------------------------------------------------------------

ANY_TEXT = st.text(max_size=300) | st.sampled_from(
    [NUMBER, NUMBER.upper(), "0392", "JW301", "\x00", "\ud800", "a" * 2000]
)
MAYBE = st.none() | ANY_TEXT
MOMENTS = st.none() | st.datetimes(timezones=st.sampled_from([UTC]))
APPLICATIONS = st.none() | st.builds(Application, ANY_TEXT, ANY_TEXT, ANY_TEXT)
FAULTS = st.builds(
    Fault,
    kind=st.sampled_from(sorted(KINDS)),
    title=ANY_TEXT,
    detail=ANY_TEXT,
    reference=MAYBE,
    sender=MAYBE,
    receiver=MAYBE,
)
PARCELS = st.builds(
    Parcel,
    body=st.binary(max_size=100),
    reference=MAYBE,
    bericht=MAYBE | st.sampled_from(sorted(structure().berichten)),
    version=st.none() | st.tuples(st.integers(), st.integers()),
    sender=MAYBE,
    receiver=MAYBE,
    answers=MAYBE,
    made_at=MOMENTS,
    application=APPLICATIONS,
)
NOTICES = st.builds(
    Notice,
    fault=FAULTS,
    about=ANY_TEXT,
    reference=ANY_TEXT,
    made_at=MOMENTS,
    sender=MAYBE,
    receiver=MAYBE,
    bericht=MAYBE,
    application=APPLICATIONS,
)
ADAPTERS = st.fixed_dictionaries(
    {},
    optional={
        "fault_list": st.sampled_from(["2018", "2025"]),
        "jw325": st.sampled_from(["Di01", "Du01"]),
        "administratie": st.sampled_from(["Regio Noord", "<&>"]),
        "name": st.sampled_from(["hub", "é" * 25]),
    },
).map(make)


@settings(max_examples=200)
@given(adapter=ADAPTERS, outgoing=PARCELS | NOTICES)
def test_whatever_is_packed_is_valid(adapter: Adapter, outgoing: Parcel | Notice) -> None:
    if isinstance(outgoing, Notice) and outgoing.fault.kind == "remark":
        assert adapter.pack(outgoing) is None
    else:
        assert_valid(adapter.pack(outgoing))


@settings(max_examples=100)
@given(adapter=ADAPTERS, incoming=PARCELS | NOTICES, fault=FAULTS, now=st.datetimes(timezones=st.just(UTC)))
def test_whatever_is_answered_is_valid(
    adapter: Adapter, incoming: Parcel | Notice, fault: Fault, now: datetime
) -> None:
    assert_valid(adapter.receipt(incoming, replace(RECEIPT, received_at=now)))
    assert_valid(adapter.refusal(fault, now))


# --- Di01 and Du01 ---------------------------------------------------------------------------------


def test_a_message_is_written_as_it_is_told() -> None:
    message = assert_valid(make({}).pack(PARCEL))
    assert message.tag == DI01
    assert ends(message) == ["65656001", "Zorgpakket", "0392", "GGk"]
    assert text(message, "stuurgegevens/tijdstipBericht") == "20251024132514000"
    names = ("applicatieVersie", "applicatieSubversie", "functieVersie", "functieSubversie")
    assert [text(message, f"parameters/{name}") for name in names] == ["0002", "0010", "0003", "0002"]


def test_a_message_is_read_back_as_it_was() -> None:
    packed = make({}).pack(PARCEL)
    assert packed is not None
    assert make({}).unpack(packed.body, packed.headers) == PARCEL


def test_two_messages_of_one_second_keep_their_order() -> None:
    first, second = (
        text(message_in(make({}).pack(replace(PARCEL, made_at=MADE_AT.replace(microsecond=thousandth * 1000)))),
             "stuurgegevens/tijdstipBericht")
        for thousandth in (7, 120)
    )  # fmt: skip
    assert (first, second) == ("20251024132514007", "20251024132514120")


def test_a_message_of_which_the_software_is_not_known_is_of_the_hub() -> None:
    message = assert_valid(make({}).pack(replace(PARCEL, application=None)))
    assert text(message, "stuurgegevens/zender/applicatie") == "ijwhub"
    assert text(message, "parameters/applicatieVersie") == "0001"
    assert text(message, "parameters/applicatieSubversie") == "0000"


@pytest.mark.parametrize("bericht", structure().berichten)
def test_first_messages_go_as_di01_and_answers_as_du01(bericht: str) -> None:
    message = assert_valid(make({}).pack(replace(PARCEL, bericht=bericht, answers=EARLIER)))
    answers = structure().berichten[bericht].heen is not None or bericht == "JW325"
    assert message.tag == (DU01 if answers else DI01)
    assert text(message, "stuurgegevens/crossRefnummer") == (EARLIER if answers else None)


def test_a_party_may_want_a_jw325_as_di01() -> None:
    jw325 = replace(PARCEL, bericht="JW325", answers=EARLIER)
    assert assert_valid(make({"jw325": "Di01"}).pack(jw325)).tag == DI01
    assert assert_valid(make({"jw325": "Du01"}).pack(jw325)).tag == DU01
    assert assert_valid(make({}).pack(replace(jw325, answers=None))).tag == DI01


def test_administratie_is_that_of_a_gemeente() -> None:
    adapter = make({"administratie": "Regio Noord"})
    from_gemeente = replace(PARCEL, bericht="JW301", sender="0392", receiver="65656001")
    assert text(message_in(adapter.pack(from_gemeente)), "stuurgegevens/zender/administratie") == "Regio Noord"
    assert text(message_in(adapter.pack(PARCEL)), "stuurgegevens/zender/administratie") is None
    assert text(message_in(make({}).pack(from_gemeente)), "stuurgegevens/zender/administratie") is None


@pytest.mark.parametrize("number", ["mijn nummer 1", NUMBER.upper(), "", "x" * 500])
def test_a_number_that_is_no_uuid_becomes_one_and_stays_it(number: str) -> None:
    """A party that sent over REST under a text, and gets the answer over StUF, finds the same number each time."""
    as_reference = message_in(make({}).pack(replace(PARCEL, reference=number)))
    as_answer = message_in(make({}).pack(replace(PARCEL, bericht="JW302", answers=number)))
    found = text(as_reference, "stuurgegevens/referentienummer")
    assert found != number
    if number:
        assert found == text(as_answer, "stuurgegevens/crossRefnummer")


# --- Fo01 ------------------------------------------------------------------------------------------


def test_a_later_fault_tells_which_message_in_what_version() -> None:
    message = assert_valid(make({}).pack(replace(NOTICE, application=Application("Zorgpakket", "0002", "0010"))))
    assert message.tag == FO01
    assert text(message, "stuurgegevens/crossRefnummer") == EARLIER
    assert text(message, "body/details") == "JW301-00020010"
    assert text(message, "body/omschrijving") == "It is no JW305. Found something else; send a JW305."
    assert message.find("{*}body/{*}detailsXML") is None


def test_a_later_fault_leaves_out_what_is_not_known() -> None:
    assert text(assert_valid(make({}).pack(NOTICE)), "body/details") is None


def test_the_hub_calls_itself_as_it_is_told_to() -> None:
    message = assert_valid(make({"name": "Regiohub"}).pack(NOTICE))
    assert text(message, "stuurgegevens/zender/organisatie") == "Regiohub"
    assert text(message, "stuurgegevens/zender/applicatie") == "Regiohub"


LATER: list[tuple[Kind, str, str, str]] = [
    ("payload", "StUF055", "IB014", "client"),
    ("closed", "IB103", "IB023", "client"),
    ("too-large", "IB007", "IB003", "client"),
    ("reference", "IB009", "IB001", "client"),
    ("wrong-way", "IB234", "IB007", "client"),
    ("not-your-message", "BRS03", "IB009", "client"),
    ("undeliverable", "IB102", "IB010", "client"),  # its sender would repeat it unchanged otherwise, in vain
    ("failed", "StUF058", "StUF058", "server"),
]


@pytest.mark.parametrize(("kind", "code_2018", "code_2025", "plek"), LATER)
def test_a_later_fault_has_the_code_of_the_list_of_the_party(
    kind: Kind, code_2018: str, code_2025: str, plek: str
) -> None:
    notice = replace(NOTICE, fault=replace(FAULT, kind=kind))
    for faults, code in (("2018", code_2018), ("2025", code_2025)):
        adapter = make({"fault_list": faults})
        packed = adapter.pack(notice)
        message = assert_valid(packed)
        assert (text(message, "body/code"), text(message, "body/plek")) == (code, plek)
        assert packed is not None
        found = adapter.unpack(packed.body, packed.headers)
        assert isinstance(found, Notice)
        assert (found.fault.code, found.fault.side, found.about) == (code, plek, EARLIER)
        assert found.reference == NUMBER


def test_a_remark_is_not_told() -> None:
    assert make({}).pack(replace(NOTICE, fault=replace(FAULT, kind="remark"))) is None


# --- Bv03 and Fo03 ---------------------------------------------------------------------------------


def test_a_receipt_swaps_sender_and_receiver_and_has_a_number_of_its_own() -> None:
    incoming = unpacked(bare())
    assert isinstance(incoming, Parcel)
    message = assert_valid(make({}).receipt(incoming, RECEIPT))
    assert message.tag == BV03
    assert ends(message) == ["65656001", "GGk", "0392", "Zorgpakket"]
    assert text(message, "stuurgegevens/crossRefnummer") == NUMBER
    assert text(message, "stuurgegevens/referentienummer") != NUMBER
    assert text(message, "stuurgegevens/tijdstipBericht") == "20260302103000000"


def test_a_repeat_gets_the_same_receipt_and_another_message_another_one() -> None:
    first = make({}).receipt(PARCEL, RECEIPT)
    assert make({}).receipt(PARCEL, replace(RECEIPT, repeat=True)) == first
    assert make({}).receipt(PARCEL, replace(RECEIPT, envelope_id="another")) != first


def test_a_refusal_is_a_soap_fault_with_a_fo03() -> None:
    fault = replace(FAULT, sender="0392", receiver="65656001")
    refused = make({}).refusal(fault, NOW)
    assert refused.status == 500
    root = etree.fromstring(refused.body)
    (found,) = root.iterfind("{*}Body/{*}Fault")
    assert [child.tag for child in found] == ["faultcode", "faultstring", "detail"]
    assert found.findtext("faultcode") == "soap:Client"
    message = assert_valid(refused)
    assert message.getparent().tag == "detail"
    assert message.tag == FO03
    assert [text(message, f"body/{name}") for name in ("code", "plek", "omschrijving", "details")] == [
        "StUF055", "client", fault.title, fault.detail,
    ]  # fmt: skip
    assert text(message, "stuurgegevens/zender/organisatie") == "65656001"
    assert text(message, "stuurgegevens/ontvanger/organisatie") == "0392"
    assert text(message, "stuurgegevens/crossRefnummer") == NUMBER


def test_a_refusal_has_its_own_number_that_a_repeat_gets_again() -> None:
    numbers = [
        text(message_in(make({}).refusal(fault, now)), "stuurgegevens/referentienummer")
        for fault in (FAULT, replace(FAULT, reference=EARLIER))
        for now in (NOW, datetime(2026, 3, 3, tzinfo=UTC))
    ]
    assert numbers[0] == numbers[1] != numbers[2] == numbers[3]


SIDES: dict[Kind, str] = {
    "unavailable": "server",
    "failed": "server",
    "too-often": "server",
    "reference-used": "client",
    "closed": "client",
}


@pytest.mark.parametrize("kind", SIDES)
def test_the_side_of_a_refusal_tells_whether_to_offer_the_same_again(kind: Kind) -> None:
    refused = make({}).refusal(replace(FAULT, kind=kind), NOW)
    assert text(message_in(refused), "body/plek") == SIDES[kind]
    assert etree.fromstring(refused.body).findtext("{*}Body/{*}Fault/faultcode") == f"soap:{SIDES[kind].capitalize()}"
