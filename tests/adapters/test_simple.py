"""mailbox, file_drop and kafka_direct: what each says of a message, and what it makes of what is strange."""

from __future__ import annotations

import json
from typing import Any, get_args

import msgspec
import pytest

from adapters.contract import Fault, Kind, Notice, Packed, Parcel
from adapters.file_drop import files
from adapters.plain import fault_in_reply, kind_told
from adapters.refusals import fault_of, problem_of
from adapters.registry import adapter
from streams.core.intake import Reason, Rejection
from streams.core.ports import OutputHead, ReferenceUsed
from tests.adapters.test_zips import zipped
from tests.support.adapters import EARLIER, MESSAGE, NOW, PERSON, RECEIPT, REFERENCE, parcel_for

MAILBOX, KAFKA, FILES = adapter("mailbox"), adapter("kafka_direct"), adapter("file_drop")
REFUSED = {"type": "urn:ijwhub:fout:payload", "title": PERSON, "detail": PERSON, "reference": REFERENCE}
NOTICE = Notice(
    fault=Fault(kind="payload", title="It is refused", detail="It is wrong."), about=EARLIER, reference=REFERENCE
)


def fault(found: object) -> Fault:
    assert isinstance(found, Fault), found
    return found


# --- mailbox ---------------------------------------------------------------------------------------


def test_the_body_of_a_request_is_the_message_and_its_key_the_reference() -> None:
    assert MAILBOX.unpack(MESSAGE, {"idempotency-key": "order 12"}) == Parcel(body=MESSAGE, reference="order 12")
    assert MAILBOX.unpack(MESSAGE, {}) == Parcel(body=MESSAGE)


def test_the_receipt_is_that_of_the_interface() -> None:
    receipt = MAILBOX.receipt(Parcel(body=MESSAGE), RECEIPT)
    assert receipt.status == 202
    assert json.loads(receipt.body) == {
        "id": RECEIPT.envelope_id,
        "ontvangen": "2026-05-04T12:00:00Z",
        "herhaling": False,
        "status": f"/v1/berichten/{RECEIPT.envelope_id}",
    }


def test_a_party_refuses_later_with_problem_details_and_only_their_kind_is_taken_over() -> None:
    headers = {"content-type": "application/problem+json; charset=utf-8", "idempotency-key": "n1"}
    found = MAILBOX.unpack(json.dumps(REFUSED).encode(), headers)
    assert isinstance(found, Notice)
    assert (found.about, found.reference, found.fault.kind) == (REFERENCE, "n1", "payload")
    assert PERSON not in repr(found)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("payload", {"type": "urn:ijwhub:fout:payload"}),
        ("not-awaited", {"type": "urn:ijwhub:fout:geweigerd", "soort": "not-awaited"}),
        ("refused-by-receiver", {"type": "urn:example:janneke", "soort": "999900006"}),
        ("refused-by-receiver", {}),
    ],
)
def test_the_kind_of_a_notice_is_one_of_ours(kind: str, told: dict[str, str]) -> None:
    body = json.dumps({**told, "reference": REFERENCE, "bericht": "999900006"}).encode()
    found = MAILBOX.unpack(body, {"content-type": "application/problem+json"})
    assert isinstance(found, Notice)
    assert (found.fault.kind, found.bericht) == (kind, None)


@pytest.mark.parametrize("told", [{}, {"reference": ""}, {"reference": "a\nb"}, {"reference": 1}, [], {"type": [1]}])
def test_a_notice_about_nothing_is_refused(told: Any) -> None:
    found = MAILBOX.unpack(json.dumps(told).encode(), {"content-type": "application/problem+json"})
    assert fault(found).kind == "unreadable"


def test_a_notice_carries_every_finding_when_there_are() -> None:
    problem = b'{"findings": [1]}'
    assert MAILBOX.pack(msgspec.structs.replace(NOTICE, problem=problem)).body == problem  # type: ignore[union-attr]
    told = json.loads(MAILBOX.pack(NOTICE).body)  # type: ignore[union-attr]
    assert told == {
        "type": "urn:ijwhub:fout:payload", "title": "It is refused", "detail": "It is wrong.", "reference": EARLIER
    }  # fmt: skip


# --- what is answered ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "told", "kind"),
    [
        (200, None, None),
        (202, "payload", None),
        (299, None, None),
        (400, "payload", "payload"),
        (422, None, "refused-by-receiver"),
        (409, "reference-used", "reference-used"),
        (422, "unavailable", "refused-by-receiver"),
        (401, "not-authenticated", "unavailable"),
        (429, "too-often", "unavailable"),
        (403, "not-your-message", "not-your-message"),
        (403, None, "unavailable"),
        (404, None, "unavailable"),
        (301, None, "unavailable"),
        (500, "payload", "unavailable"),
        (500, "failed", "failed"),
        (503, None, "unavailable"),
        (100, None, "unavailable"),
    ],
)
def test_what_is_about_the_connection_is_offered_again(status: int, told: Kind | None, kind: Kind | None) -> None:
    found = fault_in_reply(status, told)
    assert (found.kind if found else None) == kind


@pytest.mark.parametrize(
    ("status", "media_type", "taken"),
    [
        (200, "application/json", True),
        (200, "text/plain", True),
        (200, None, True),
        (204, "text/html", True),  # no content is no page, whatever a server adds by itself
        (200, "text/html", False),
        (202, "Text/HTML; charset=utf-8", False),
    ],
)
@pytest.mark.parametrize("name", ["Content-Type", "content-type"])
def test_any_success_is_a_receipt_but_a_page(status: int, media_type: str | None, taken: bool, name: str) -> None:
    headers = {name: media_type} if media_type else {}
    found = MAILBOX.reply(Parcel(body=MESSAGE), Packed(body=b"", headers=headers, status=status))
    assert (found is None) is taken
    assert taken or (fault(found).kind, fault(found).code) == ("unavailable", f"HTTP{status}")


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b"\xff", b'{"type": 1}', b'{"type": "urn:other"}', b"[" * 100_000])
def test_an_answer_that_is_no_problem_of_ours_tells_no_kind(body: bytes) -> None:
    assert kind_told(body) is None


@pytest.mark.parametrize(
    ("kind", "status", "again"),
    [("payload", 400, False), ("mismatch", 422, False), ("too-often", 429, True), ("unavailable", 503, True)],
)
def test_a_refusal_has_a_status_and_tells_when_to_come_again(kind: Kind, status: int, again: bool) -> None:
    refused = MAILBOX.refusal(Fault(kind=kind, title="No", detail="It is wrong."), NOW)
    assert refused.status == status
    assert ("Retry-After" in refused.headers) is again
    assert json.loads(refused.body)["status"] == status


@pytest.mark.parametrize(
    ("reason", "kind"),
    [("unreadable", "payload"), ("too-large", "too-large"), ("mismatch", "mismatch"), ("closed", "closed")],
)
def test_a_rejection_becomes_a_fault_about_its_envelope(reason: Any, kind: Kind) -> None:
    sent = parcel_for(MAILBOX.capabilities, "JW305")
    found = fault_of(Rejection(reason=reason, title="No", detail="It is wrong.", bericht="JW307"), sent)
    assert (found.kind, found.title, found.reference, found.sender) == (kind, "No", sent.reference, sent.sender)
    assert found.bericht == "JW305"
    assert fault_of(Rejection(reason=reason, title="No", detail="", bericht="JW307")).bericht == "JW307"


def test_every_reason_of_intake_is_a_kind() -> None:
    for reason in get_args(Reason):
        assert fault_of(Rejection(reason=reason, title="No", detail="It is wrong.")).side == "client"


def test_a_problem_of_a_fault_says_which_message() -> None:
    found = fault_of(ReferenceUsed(reference=PERSON, envelope_id="e"))
    told = problem_of(found, bestand="a.xml")
    assert (told["type"], told["bestand"]) == ("urn:ijwhub:fout:reference-used", "a.xml")
    assert PERSON not in str(told)


# --- kafka_direct ----------------------------------------------------------------------------------


def test_headers_of_a_record_are_the_envelope_and_all_may_be_left_out() -> None:
    sent = parcel_for(KAFKA.capabilities, "JW306")
    packed = KAFKA.pack(sent)
    assert packed is not None
    assert packed.headers == {
        "reference": REFERENCE, "bericht": "JW306", "versie": "3.2", "afzender": "0392", "ontvanger": "65656001",
        "antwoord_op": EARLIER,
    }  # fmt: skip
    assert KAFKA.unpack(b"", {}) == Parcel(body=b"")
    assert KAFKA.unpack(MESSAGE, {"traceparent": "00-1"}) == Parcel(body=MESSAGE)


@pytest.mark.parametrize(
    ("kind", "headers"),
    [
        ("version", {"versie": ""}),
        ("version", {"versie": "3"}),
        ("version", {"versie": "3.1"}),
        ("version", {"versie": "3.2.0"}),
        ("version", {"versie": "٣.٢"}),
        ("unknown-function", {"bericht": "jw301"}),
        ("unknown-sender", {"afzender": "392"}),
        ("unknown-receiver", {"ontvanger": "٠٣٩٢"}),
        ("reference", {"reference": ""}),
        ("reference", {"antwoord_op": "x" * 201}),
    ],
)
def test_a_header_that_cannot_be_true_is_refused(kind: str, headers: dict[str, str]) -> None:
    assert fault(KAFKA.unpack(MESSAGE, headers)).kind == kind


def test_a_fault_on_kafka_names_the_message_by_the_header_that_its_sender_wrote() -> None:
    refused = KAFKA.refusal(Fault(kind="payload", title="No", detail="It is wrong.", reference="r1"), NOW)
    assert refused.headers == {"kind": "fout", "reference": "r1"}
    later = KAFKA.pack(NOTICE)
    assert later is not None
    assert later.headers == {"kind": "fout", "id": REFERENCE, "reference": EARLIER}


# --- file_drop -------------------------------------------------------------------------------------


def test_a_file_is_a_message_or_a_zip_with_one() -> None:
    for content in (MESSAGE, zipped(("message.xml", MESSAGE))):
        assert FILES.unpack(content, {"file-name": "JW305.xml"}) == Parcel(body=MESSAGE)


def test_the_municipal_envelope_is_read_bare_and_in_soap_and_in_a_zip() -> None:
    packed = adapter("stuf_ggk").pack(parcel_for(adapter("stuf_ggk").capabilities, "JW301"))
    assert packed is not None
    start, end = (
        packed.body.index(b"<", packed.body.index(b"Body") + 4),
        packed.body.rindex(b"</", 0, packed.body.rindex(b"Body")),
    )
    for content in (packed.body, packed.body[start:end], zipped(("envelope.xml", packed.body))):
        found = FILES.unpack(content, {})
        assert isinstance(found, Parcel), found
        assert (found.body, found.reference, found.bericht, found.sender) == (MESSAGE, REFERENCE, "JW301", "0392")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe<", b"<a", b"text", b"<!DOCTYPE a []><a/>"])
def test_what_is_no_xml_is_left_to_intake_to_explain(content: bytes) -> None:
    assert FILES.unpack(content, {}) == Parcel(body=content)


def test_a_zip_that_cannot_be_used_is_refused() -> None:
    assert fault(FILES.unpack(zipped(("a/b.xml", MESSAGE)), {})).kind == "zip-folder"


def test_a_fault_in_a_file_says_so_by_its_name() -> None:
    body = json.dumps(REFUSED).encode()
    found = FILES.unpack(body, {"file-name": "JW301-x.xml.fout.json"})
    assert isinstance(found, Notice)
    assert (found.about, found.fault.kind) == (REFERENCE, "payload")
    assert FILES.unpack(body, {"file-name": "JW301.json"}) == Parcel(body=body)


def test_files_are_named_by_what_stays_the_same_at_every_attempt() -> None:
    sent, notice = FILES.pack(parcel_for(FILES.capabilities, "JW301")), FILES.pack(NOTICE)
    assert isinstance(sent, Packed)
    assert isinstance(notice, Packed)
    assert sent.headers["file-name"] == f"JW301-{REFERENCE}.xml"
    assert notice.headers["file-name"] == f"{REFERENCE}.fout.json"
    assert files.message_name(Parcel(body=MESSAGE)) == "bericht.xml"
    head = OutputHead(
        id="e.1", envelope_id="e", receiver="zorg", kind="bericht", bericht="JW301", copy=False, created_at=NOW,
        delivered_at=None, acknowledged_at=None,
    )  # fmt: skip
    assert files.place_of(head) == ("out", "JW301-e.1.xml")
    assert files.place_of(msgspec.structs.replace(head, kind="fout")) == ("fout", "e.1.fout.json")


def test_the_explanation_beside_a_file_names_it() -> None:
    rejection = Rejection(reason="unreadable", title="No", detail="It is wrong.")
    for refused, kind in ((rejection, "unreadable"), (fault_of(rejection), "payload")):
        told = json.loads(files.fault(refused, "a.xml"))
        assert told == {
            "type": f"urn:ijwhub:fout:{kind}", "title": "No", "detail": "It is wrong.", "bestand": "a.xml"
        }  # fmt: skip
    assert json.loads(files.fault(ReferenceUsed(reference="r", envelope_id="e"), "a"))["type"].endswith(
        "reference-used"
    )
