"""The contract of adapters (adapters/contract.py), against every one that is installed, those of others included."""

from __future__ import annotations

import json
from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from adapters.checks import LONGEST_REFERENCE
from adapters.contract import SERVER_SIDE, Adapter, Fault, Kind, Notice, Packed, Parcel
from adapters.plain import KINDS
from adapters.refusals import fault_of
from adapters.registry import UnknownAdapter, adapter, names
from streams.core.intake import Rejection
from streams.core.ports import ReferenceUsed
from tests.support.adapters import (
    BSN,
    NAME,
    NOW,
    PERSON,
    RECEIPT,
    REFERENCE,
    arrived,
    carried,
    notices,
    parcel_for,
    parcels,
    references,
    texts_of,
    told,
)

ABOUT_THE_MESSAGE: tuple[Kind, ...] = ("payload", "unknown-receiver", "not-your-message", "mismatch", "reference-used")
"""Faults that no repetition mends, and that no partner's list calls otherwise."""
PROBLEM = json.dumps(
    {"title": PERSON, "detail": PERSON, "soort": PERSON, "type": PERSON, "bericht": PERSON, "reference": REFERENCE}
).encode()
"""A later fault of a partner that puts a person everywhere."""
PAGE = b"<!DOCTYPE html><html><body>Onderhoud: wij zijn maandag terug</body></html>"
HTML = {"content-type": "text/html; charset=UTF-8"}
OF_THE_MOMENT = (401, 403, 404, 408, 429)
"""What these say by themselves is about the connection or the moment, not about the message."""

quick = settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)


@pytest.fixture(params=names())
def one(request: pytest.FixtureRequest) -> Adapter:
    return adapter(request.param)


def test_it_goes_by_the_name_under_which_it_is_installed() -> None:
    assert [adapter(name).name for name in names()] == list(names())
    assert {"file_drop", "kafka_direct", "mailbox", "stuf_ggk", "vsp_rest"} <= set(names())


# --- pack and unpack -------------------------------------------------------------------------------


@quick
@given(data=st.data())
def test_what_is_packed_is_unpacked_again(one: Adapter, data: st.DataObject) -> None:
    can = one.capabilities
    sent = data.draw(parcels(can))
    found = carried(one, sent)
    assert isinstance(found, Parcel)
    assert found.body == sent.body
    must = ("reference",) if can.references != "none" else ()
    if can.addressed:
        must += ("bericht", "version", "sender", "receiver", "answers")
    assert [getattr(found, name) for name in must] == [getattr(sent, name) for name in must]
    for name in {"reference", "bericht", "version", "sender", "receiver", "answers", "made_at", "application"} - {
        *must
    }:
        mine, theirs = getattr(sent, name), getattr(found, name)
        assert mine is None or theirs in (None, mine), name


@quick
@given(data=st.data())
def test_a_notice_is_unpacked_again_where_the_format_has_a_word_for_it(one: Adapter, data: st.DataObject) -> None:
    can = one.capabilities
    sent = data.draw(notices(can))
    if not can.notices or (sent.fault.kind == "remark" and one.pack(sent) is None):  # a remark refuses nothing
        assert one.pack(sent) is None
        return
    found = carried(one, sent)
    assert isinstance(found, Notice)
    assert found.about == sent.about
    assert can.faults.get(found.fault.kind) == can.faults.get(sent.fault.kind, can.faults["failed"])
    assert found.bericht in (None, sent.bericht)
    assert one.reply(sent, one.receipt(found, RECEIPT)) is None


@quick
@given(data=st.data())
def test_the_same_input_gives_the_same_bytes(one: Adapter, data: st.DataObject) -> None:
    sent = data.draw(parcels(one.capabilities) | notices(one.capabilities))
    again = adapter(one.name).pack(msgspec.structs.replace(sent))
    assert one.pack(sent) == again


def test_every_message_type_that_it_names_goes_through(one: Adapter) -> None:
    for bericht in one.capabilities.berichten:
        sent = parcel_for(one.capabilities, bericht)
        found = carried(one, sent)
        assert isinstance(found, Parcel), (bericht, found)
        assert found.bericht in (None, bericht)


def test_the_largest_message_passes_and_one_byte_more_does_not(one: Adapter) -> None:
    largest = one.capabilities.largest
    assert _size_or_kind(carried(one, parcel_for(one.capabilities, size=largest))) == largest
    assert _size_or_kind(carried(one, parcel_for(one.capabilities, size=largest + 1))) == "too-large"


def _size_or_kind(found: Parcel | Notice | Fault) -> int | str:
    """In its place: a failure would write out 25 MB."""
    if isinstance(found, Parcel):
        return len(found.body)
    return found.kind if isinstance(found, Fault) else "notice"


def test_an_envelope_without_anything_but_a_body_is_packed_or_has_no_word(one: Adapter) -> None:
    assert one.pack(Parcel(body=b"")) is None or isinstance(one.pack(Parcel(body=b"")), Packed)


# --- whatever comes in -----------------------------------------------------------------------------


def _is_harmless(one: Adapter, body: bytes, headers: Mapping[str, str], *strange: str) -> None:
    found = one.unpack(body, headers)
    assert isinstance(found, Parcel | Notice | Fault)
    assert found == one.unpack(body, headers)
    if isinstance(found, Notice):
        found = found.fault
    if isinstance(found, Fault):
        refused = told(one.refusal(msgspec.structs.replace(found, reference=None), NOW))
        assert not [text for text in texts_of(found) for word in strange if word in text]
        assert not [word for word in strange if word in refused]


_HEADERS = st.dictionaries(
    st.sampled_from(["content-type", "soapaction", "idempotency-key", "file-name", "reference", "kind", "versie", "x"]),
    st.text(max_size=40)
    | st.sampled_from(["application/problem+json", "multipart/form-data; boundary=x", "a.fout.json", "fout", "3.2"]),
)
_BODIES = (
    st.binary(max_size=300)
    | st.sampled_from([b"", b"{}", b"[]", b"null", b"<a/>", b"PK\x03\x04", b"PK\x05\x06", b"[" * 100_000, b"\xff\xfe<"])
    | st.binary(max_size=60).map(lambda rest: b"PK\x03\x04" + rest)
)


@quick
@given(body=_BODIES, headers=_HEADERS)
def test_no_bytes_and_no_headers_make_it_raise(one: Adapter, body: bytes, headers: dict[str, str]) -> None:
    _is_harmless(one, body, headers)


@quick
@given(data=st.data())
def test_a_person_in_the_envelope_is_never_repeated(one: Adapter, data: st.DataObject) -> None:
    """Words of a good envelope are replaced by a BSN and a name, wherever the format writes them."""
    sent = parcel_for(one.capabilities, data.draw(st.sampled_from(sorted(one.capabilities.berichten))))
    packed = one.pack(sent)
    assert packed is not None
    body, headers = packed.body, arrived(packed.headers)
    words = [sent.reference, sent.bericht, sent.sender, sent.receiver, sent.answers, "0002", "3", "Zorgpakket"]
    for word in data.draw(st.sets(st.sampled_from([word for word in words if word]), min_size=1)):
        body = body.replace(word.encode(), PERSON.encode())
        headers = {name: text.replace(word, PERSON) for name, text in headers.items()}
    _is_harmless(one, body, headers, BSN, NAME)


def test_a_person_in_a_notice_is_never_repeated(one: Adapter) -> None:
    """The words of a later fault are the partner's."""
    fault = Fault(kind="payload", title=PERSON, detail=PERSON)
    for problem in (b"", PROBLEM) if one.capabilities.notices else ():
        found = carried(one, Notice(fault=fault, about=REFERENCE, reference=REFERENCE, made_at=NOW, problem=problem))
        assert isinstance(found, Notice)
        assert not _persons_in(found.fault)
        assert found.bericht is None


def _persons_in(fault: Fault) -> list[str]:
    return [text for text in texts_of(fault) for word in (BSN, NAME) if word in text]


@quick
@given(data=st.data())
def test_a_damaged_envelope_is_never_more_than_refused(one: Adapter, data: st.DataObject) -> None:
    packed = one.pack(parcel_for(one.capabilities))
    assert packed is not None
    place = data.draw(st.integers(0, len(packed.body)))
    length = data.draw(st.sampled_from([0, 1, 7, len(packed.body)]))
    body = packed.body[:place] + data.draw(st.binary(max_size=8)) + packed.body[place + length :]
    _is_harmless(one, body, arrived(packed.headers))


# --- what the partner is told ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_fault_is_told_with_its_code(one: Adapter, kind: Kind) -> None:
    codes = one.capabilities.faults
    sent = parcel_for(one.capabilities)
    fault = Fault(kind=kind, title="It is refused", detail="It is wrong.", reference=sent.reference, sender=sent.sender)
    refused = one.refusal(fault, NOW)
    assert codes.get(kind, codes["failed"]) in told(refused)
    assert refused == one.refusal(fault, NOW)
    understood = one.reply(sent, refused)
    assert understood is not None
    if kind in SERVER_SIDE:
        assert understood.side == "server"
    if kind in ABOUT_THE_MESSAGE:
        assert understood.side == "client"


def test_faults_have_different_codes_where_it_matters(one: Adapter) -> None:
    codes = one.capabilities.faults
    assert codes["failed"] not in {codes.get(kind) for kind in ABOUT_THE_MESSAGE}


def test_a_repeat_gets_the_same_receipt(one: Adapter) -> None:
    sent = parcel_for(one.capabilities)
    first = one.receipt(sent, RECEIPT)
    again = one.receipt(sent, msgspec.structs.replace(RECEIPT, repeat=True))
    assert (first.status, first.headers, _but_repeat(first.body)) == (
        again.status,
        again.headers,
        _but_repeat(again.body),
    )
    assert one.reply(sent, first) is None
    assert one.reply(sent, again) is None


def _but_repeat(body: bytes) -> object:
    """A receipt in JSON may say that it is one for a repeat, and nothing else may differ."""
    try:
        receipt = json.loads(body)
    except ValueError:
        return body
    return {name: value for name, value in receipt.items() if name != "herhaling"}


def test_a_page_is_no_receipt(one: Adapter) -> None:
    """Maintenance, a form to log in: the message would be lost."""
    for status in (200, 202):
        found = one.reply(parcel_for(one.capabilities), Packed(body=PAGE, headers=HTML, status=status))
        assert found is not None, "what is taken for a receipt is never brought again"
        assert found.side == "server", "what may be brought later is given up"
        assert "maandag" not in repr(found)


@quick
@given(data=st.data())
def test_a_receipt_that_names_another_message_is_none(one: Adapter, data: st.DataObject) -> None:
    """Where receipts name what they are for, only its own will do; where they do not, all are the same."""
    sent = parcel_for(one.capabilities)
    other = msgspec.structs.replace(sent, reference=data.draw(references(one.capabilities)))
    own, theirs = one.receipt(sent, RECEIPT), one.receipt(other, RECEIPT)
    found = one.reply(sent, theirs)
    assert (found is None) == (theirs == own)
    assert found is None or found.side == "server", "its own receipt may still come"


@quick
@given(
    status=st.integers(100, 599), body=_BODIES, headers=st.sampled_from([{}, HTML, {"content-type": "application/xml"}])
)
def test_any_answer_is_understood_somehow(one: Adapter, status: int, body: bytes, headers: dict[str, str]) -> None:
    found = one.reply(parcel_for(one.capabilities), Packed(body=body, headers=headers, status=status))
    if found is None:
        assert 200 <= status < 300, "what is taken for a receipt is never brought again"
    elif status >= 500 or status in OF_THE_MOMENT:
        assert found.side == "server", "what may be brought later is given up"


def test_a_person_in_an_answer_is_never_repeated(one: Adapter) -> None:
    for kind in sorted(KINDS):
        refused = one.refusal(Fault(kind=kind, title=PERSON, detail=PERSON, reference=PERSON), NOW)
        found = one.reply(parcel_for(one.capabilities), refused)
        assert found is not None
        assert not _persons_in(found), kind


def test_what_came_too_often_is_brought_again(one: Adapter) -> None:
    refused = one.refusal(Fault(kind="too-often", title="Too many", detail="Wait."), NOW)
    found = one.reply(parcel_for(one.capabilities), refused)
    assert found is not None
    assert found.kind == "too-often" or found.side == "server"


def test_a_wrong_sender_is_told(one: Adapter) -> None:
    can = one.capabilities
    other = msgspec.structs.replace(parcel_for(can, "JW305"), sender="90909090")
    found = carried(one, other)
    assert isinstance(found, Parcel)
    assert found.declared.sender == ("90909090" if can.addressed else None)
    fault = fault_of(Rejection(reason="not-your-message", title="Not yours", detail="It is another's."), found)
    assert fault.reference == found.reference
    assert can.faults.get("not-your-message", can.faults["failed"]) in told(one.refusal(fault, NOW))


def test_a_reference_that_was_used_is_told(one: Adapter) -> None:
    can = one.capabilities
    fault = fault_of(ReferenceUsed(reference="r", envelope_id="e"), parcel_for(can))
    assert can.faults.get("reference-used", can.faults["failed"]) in told(one.refusal(fault, NOW))


@quick
@given(data=st.data())
def test_another_content_under_the_same_reference_is_seen(one: Adapter, data: st.DataObject) -> None:
    """The hub compares reference and bytes: whatever changes in the message must change in what is unpacked."""
    sent = parcel_for(one.capabilities)
    other = msgspec.structs.replace(sent, body=sent.body + data.draw(st.binary(min_size=1, max_size=9)))
    found, changed = carried(one, sent), carried(one, other)
    assert isinstance(found, Parcel)
    assert isinstance(changed, Parcel)
    assert found.reference == changed.reference
    assert found.body != changed.body


# --- capabilities and options ----------------------------------------------------------------------


@quick
@given(data=st.data())
def test_references_are_of_the_kind_that_is_told(one: Adapter, data: st.DataObject) -> None:
    can = one.capabilities
    assert isinstance(
        carried(one, msgspec.structs.replace(parcel_for(can), reference=data.draw(references(can)))), Parcel
    )
    packed = one.pack(parcel_for(can))
    assert packed is not None
    for reference in {"uuid4": [PERSON, "1", REFERENCE.upper()], "text": ["", "x" * 201, "a\nb"], "none": []}[
        can.references
    ]:
        headers = {name: text.replace(REFERENCE, reference) for name, text in arrived(packed.headers).items()}
        found = one.unpack(packed.body.replace(REFERENCE.encode(), reference.encode()), headers)
        assert isinstance(found, Fault), reference


def test_the_longest_reference_stays_whole(one: Adapter) -> None:
    """Cut off, two deliveries would become one."""
    longest = "x" * LONGEST_REFERENCE if one.capabilities.references == "text" else REFERENCE
    found = carried(one, msgspec.structs.replace(parcel_for(one.capabilities), reference=longest))
    assert isinstance(found, Parcel)
    assert found.reference in (longest, None)


def test_it_says_what_it_is(one: Adapter) -> None:
    can = one.capabilities
    assert can.about
    assert (3, 2) in can.versions
    assert set(can.faults) <= KINDS
    assert "failed" in can.faults
    assert can.path is None or can.path.startswith("/")


def test_an_option_that_it_does_not_know_is_refused(one: Adapter) -> None:
    with pytest.raises(UnknownAdapter, match=one.name) as refused:
        adapter(one.name, {"no_such_option": PERSON})
    assert BSN not in str(refused.value)
