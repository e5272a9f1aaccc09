"""VECOZO's REST interface: what a push must look like, and what is told in codes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.contract import Application, Fault, Packed, Parcel
from adapters.registry import UnknownAdapter, adapter
from adapters.vsp_rest.codes import CODES
from adapters.vsp_rest.multipart import MOST_PARTS, joined, parts_of
from tests.adapters.test_zips import zipped
from tests.support.adapters import EARLIER, MESSAGE, NOW, PERSON, REFERENCE, parcel_for, texts_of, told

VSP = adapter("vsp_rest")
Json = dict[str, Any]
LATER = NOW + timedelta(hours=1)


def metadata(bericht: str = "JW305") -> Json:
    """As a partner would write it, and not as we do."""
    return {
        "routeringgegevens": {
            "afzender": {"rol": "Instelling", "code": "65656001"},
            "geadresseerden": [{"rol": "Gemeente", "code": "0392"}],
            "berichtstroom": {
                "berichttype": "JW",
                "berichtsubtype": bericht,
                "berichtversie": 3,
                "berichtsubversie": 2,
                "actie": "StartZorg",
            },
        },
        "referentiegegevens": {"conversatieId": REFERENCE, "traceerId": REFERENCE, "referentieId": "order 12"},
        "verwerkingscontext": [
            {"sleutel": "Applicatie", "waarde": ["Zorgpakket"]},
            {"sleutel": "ApplicatieVersie", "waarde": ["2"]},
            {"sleutel": "ApplicatieSubversie", "waarde": ["0010"]},
            {"sleutel": "Referentienummer", "waarde": [REFERENCE]},
        ],
    }


def push(found: Json | bytes, payload: bytes = MESSAGE) -> Parcel | Fault:
    """One push, in the words of another client: other order, other boundary, other headers."""
    written = found if isinstance(found, bytes) else json.dumps(found).encode()
    body = (
        b'--a b\r\nContent-Disposition: form-data; name=payload; filename="m.xml"\r\n\r\n' + payload + b"\r\n--a b\r\n"
        b'content-type: application/json; charset=utf-8\r\n'
        b'CONTENT-DISPOSITION: form-data; name="berichtMetadata"\r\n\r\n' + written + b"\r\n--a b--\r\n"
    )  # fmt: skip
    unpacked = VSP.unpack(body, {"content-type": 'multipart/form-data; boundary="a b"'})
    assert isinstance(unpacked, Parcel | Fault)
    return unpacked


def test_a_push_is_read() -> None:
    assert push(metadata()) == Parcel(
        body=MESSAGE,
        reference=REFERENCE,
        bericht="JW305",
        version=(3, 2),
        sender="65656001",
        receiver="0392",
        application=Application("Zorgpakket", "0002", "0010"),
    )


def test_a_payload_may_be_a_zip_with_one_file() -> None:
    found = push(metadata(), zipped(("JW305.xml", MESSAGE)))
    assert isinstance(found, Parcel)
    assert found.body == MESSAGE
    refused = push(metadata(), zipped(("a.xml", MESSAGE), ("b.xml", MESSAGE)))
    assert isinstance(refused, Fault)
    assert "BRS16" in told(VSP.refusal(refused, NOW))


def _set(path: str, value: object) -> Callable[[Json], None]:
    def change(found: Json) -> None:
        *steps, last = path.split(".")
        for step in steps:
            found = found[int(step)] if step.isdigit() else found[step]  # type: ignore[index]
        found[last] = value

    return change


def _without(path: str) -> Callable[[Json], None]:
    def change(found: Json) -> None:
        *steps, last = path.split(".")
        for step in steps:
            found = found[step]
        del found[last]

    return change


ROUTE, STREAM, NUMBERS = "routeringgegevens", "routeringgegevens.berichtstroom", "referentiegegevens"


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("envelope", _without(ROUTE)),
        ("envelope", _without(f"{ROUTE}.afzender.code")),
        ("envelope", _set("onbekend", 1)),
        ("envelope", _set(f"{ROUTE}.afzender.naam", PERSON)),
        ("envelope", _set(f"{ROUTE}.geadresseerden", [])),
        ("envelope", _set(f"{ROUTE}.geadresseerden", [{"rol": "Gemeente", "code": "0392"}] * 2)),
        ("envelope", _without(f"{STREAM}.actie")),
        ("envelope", _set(f"{STREAM}.actie", "x" * 61)),
        ("envelope", _set(f"{NUMBERS}.referentieId", "x" * 151)),
        ("envelope", _set("verwerkingscontext", [])),
        ("version", _set(f"{STREAM}.berichtversie", "3")),
        ("version", _set(f"{STREAM}.berichtversie", 3.0)),
        ("version", _set(f"{STREAM}.berichtsubversie", 0)),
        ("version", _set(f"{STREAM}.berichtversie", 1000)),
        ("unknown-function", _set(f"{STREAM}.berichtsubtype", "WMO305")),
        ("unknown-function", _set(f"{STREAM}.berichttype", "WMO")),
        ("unknown-sender", _set(f"{ROUTE}.afzender.code", "6565600")),
        ("unknown-sender", _set(f"{ROUTE}.afzender.rol", "Gemeente")),
        ("unknown-sender", _set(f"{ROUTE}.afzender.rol", "Zorgverzekeraar")),
        ("unknown-receiver", _set(f"{ROUTE}.geadresseerden.0.rol", "Instelling")),
        ("unknown-receiver", _set(f"{ROUTE}.geadresseerden.0.code", "392")),
        ("reference", _set(f"{NUMBERS}.traceerId", REFERENCE.upper())),
        ("reference", _set(f"{NUMBERS}.traceerId", "7d1b3c52-3a4e-1f6d-8b1a-2c3d4e5f6a7b")),
        ("reference", _set(f"{NUMBERS}.traceerId", f"{REFERENCE}\n")),
        ("reference", _set(f"{NUMBERS}.conversatieId", EARLIER)),
        ("envelope", _without(f"{NUMBERS}.conversatieId")),
        ("reference", _set(f"{NUMBERS}.alsAntwoordOp", "1")),
        ("wrong-kind", _set(f"{NUMBERS}.alsAntwoordOp", EARLIER)),
        ("cross-reference", _set(f"{STREAM}.berichtsubtype", "JW306")),
    ],
)  # fmt: skip
def test_metadata_other_than_published_are_refused_by_their_kind(kind: str, change: Callable[[Json], None]) -> None:
    found = metadata()
    change(found)
    refused = push(found)
    assert isinstance(refused, Fault)
    assert refused.kind == kind
    assert not [text for text in texts_of(refused) if PERSON in text]


@pytest.mark.parametrize("found", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"routeringgegevens": 1}'])
def test_metadata_that_are_no_json_of_that_kind_are_refused(found: bytes) -> None:
    refused = push(found)
    assert isinstance(refused, Fault)
    assert refused.kind == "envelope"


@pytest.mark.parametrize(
    ("says", "change"),
    [
        ("Nothing is at berichtMetadata.referentiegegevens, which", _without(NUMBERS)),
        ("Nothing is at berichtMetadata.routeringgegevens.afzender.code, which", _without(f"{ROUTE}.afzender.code")),
        ("berichtMetadata has a member that is not published", _set("onbekend", 1)),
        ("berichtMetadata.routeringgegevens.afzender has a member", _set(f"{ROUTE}.afzender.naam", PERSON)),
        ("wrong at berichtMetadata.referentiegegevens.traceerId:", _set(f"{NUMBERS}.traceerId", PERSON)),
        ("berichtMetadata has a member", _set("Object missing required field `code` - at `$", 1)),
    ],
)
def test_a_fault_in_the_metadata_tells_what_is_missing_what_is_not_known_and_what_is_wrong(
    says: str, change: Callable[[Json], None]
) -> None:
    found = metadata()
    change(found)
    refused = push(found)
    assert isinstance(refused, Fault)
    assert says in refused.detail


EXAMPLES = re.findall(
    "```json\n(.*?)```", (Path(__file__).parents[2] / "adapters" / "README.md").read_text(), re.DOTALL
)


def test_the_push_of_the_guide_is_read() -> None:
    (example,) = EXAMPLES
    unpacked = push(json.loads(example))
    assert isinstance(unpacked, Parcel), unpacked
    assert (unpacked.bericht, unpacked.sender, unpacked.receiver) == ("JW305", "65656001", "0392")
    assert unpacked.application is not None


def test_a_fault_in_the_metadata_tells_its_place_and_not_what_stood_there() -> None:
    found = metadata()
    found[ROUTE]["geadresseerden"][0]["code"] = {PERSON: PERSON}
    refused = push(found)
    assert isinstance(refused, Fault)
    assert ".routeringgegevens.geadresseerden[0].code" in refused.detail
    found = metadata()
    found["x` - at `$.999900006"] = 1
    refused = push(found)
    assert isinstance(refused, Fault)
    assert "999900006" not in refused.detail


@pytest.mark.parametrize(
    "change",
    [
        _set("verwerkingscontext.0.waarde", [PERSON]),
        _set("verwerkingscontext.0.waarde", ["Zorg: alles/meer"]),
        _set("verwerkingscontext.1.waarde", ["2024.3.1"]),
    ],
)
def test_an_application_that_no_envelope_can_carry_on_is_left_out(change: Callable[[Json], None]) -> None:
    """How it is to be told is not published, so nothing is refused for it."""
    found = metadata()
    change(found)
    unpacked = push(found)
    assert isinstance(unpacked, Parcel)
    assert unpacked.application is None


def test_an_answer_is_in_the_conversation_of_what_it_answers() -> None:
    packed = VSP.pack(parcel_for(VSP.capabilities, "JW302"))
    assert packed is not None
    numbers = json.loads(dict(parts_of(packed.body, packed.headers["Content-Type"]) or ())["berichtMetadata"])[NUMBERS]
    assert numbers == {"conversatieId": EARLIER, "traceerId": REFERENCE, "alsAntwoordOp": EARLIER}


@pytest.mark.parametrize("conversation", [EARLIER, REFERENCE])
def test_the_answer_to_a_claim_may_be_in_either_conversation(conversation: str) -> None:
    found = metadata("JW325")
    found[ROUTE]["afzender"], found[ROUTE]["geadresseerden"] = (
        found[ROUTE]["geadresseerden"][0],
        [found[ROUTE]["afzender"]],
    )
    found[NUMBERS] = {"conversatieId": conversation, "traceerId": REFERENCE, "alsAntwoordOp": EARLIER}
    unpacked = push(found)
    assert isinstance(unpacked, Parcel)
    assert unpacked.answers == EARLIER


# --- the parts of a push ---------------------------------------------------------------------------


def test_no_more_parts_are_read_than_a_push_could_have() -> None:
    part = b"--x\r\n\r\n\r\n"
    assert parts_of(part * MOST_PARTS + b"--x--\r\n", "multipart/form-data; boundary=x") == (("", b""),) * MOST_PARTS
    assert parts_of(part * (MOST_PARTS + 1) + b"--x--\r\n", "multipart/form-data; boundary=x") is None


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"--x--\r\n", "multipart/form-data; boundary=x"),
        (b"--y\r\n\r\n--y--\r\n", "multipart/form-data; boundary=x"),
        (MESSAGE, "application/xml"),
        (MESSAGE, "multipart/form-data"),
        (MESSAGE, f"multipart/form-data; boundary={'x' * 300}"),
        (MESSAGE, "multipart/form-data; boundary=é€"),
        (MESSAGE, ""),
    ],
)
def test_what_is_no_push_is_refused(body: bytes, content_type: str) -> None:
    refused = VSP.unpack(body, {"content-type": content_type})
    assert isinstance(refused, Fault)
    assert refused.kind == "unreadable"


def _good() -> tuple[bytes, str]:
    packed = VSP.pack(parcel_for(VSP.capabilities, "JW305"))
    assert packed is not None
    return packed.body, packed.headers["Content-Type"]


def test_a_push_that_was_cut_off_is_refused_wherever_that_was() -> None:
    body, content_type = _good()
    for length in range(len(body) - 2):  # the last line end may be lacking
        assert isinstance(VSP.unpack(body[:length], {"content-type": content_type}), Fault), length


def test_a_part_too_few_or_too_many_or_twice_is_refused() -> None:
    one, other = ("application/json", json.dumps(metadata()).encode()), ("application/xml", MESSAGE)
    for parts in ({"payload": other}, {"berichtMetadata": one, "payload": other, "more": other}):
        content_type, body = joined(parts)
        assert isinstance(VSP.unpack(body, {"content-type": content_type}), Fault)
    content_type, body = joined({"berichtMetadata": one, "payload": other})
    boundary = content_type.partition("=")[2].encode()
    twice = body.replace(b"--" + boundary + b"--", body[body.index(b"--", 2) :])
    assert isinstance(VSP.unpack(twice + b"\r\n", {"content-type": content_type}), Fault)
    begun = body.replace(b"--" + boundary + b"--", b"--" + boundary)
    assert isinstance(VSP.unpack(begun, {"content-type": content_type}), Fault)


@settings(max_examples=60)
@given(contents=st.lists(st.binary(max_size=99) | st.sampled_from([b"\r\n", b"--", b"\r\n--ijwhub-"]), max_size=4))
def test_parts_are_read_as_they_were_written(contents: list[bytes]) -> None:
    parts = {f"part{number}": ("text/plain", content) for number, content in enumerate(contents)}
    content_type, body = joined(parts)
    assert parts_of(body, content_type) == tuple((name, content) for name, (_, content) in parts.items())


# --- what is told ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "status", "code", "field"),
    [
        ("envelope", 400, "envelope", "berichtMetadata"),
        ("reference", 400, "reference", "berichtMetadata.referentiegegevens"),
        ("unknown-sender", 422, "BRS01", "berichtMetadata.routeringgegevens.afzender"),
        ("not-your-message", 422, "BRS03", "berichtMetadata.routeringgegevens.afzender"),
        ("too-large", 422, "BRS06", "payload"),
        ("zip-folder", 422, "BRS29", "payload"),
        ("reference-used", 422, "BRS114", "berichtMetadata.referentiegegevens.traceerId"),
        ("closed", 422, "closed", "berichtMetadata.routeringgegevens.berichtstroom"),
        ("not-authenticated", 401, "not-authenticated", ""),
        ("too-often", 429, "too-often", ""),
        ("unavailable", 503, "unavailable", ""),
    ],
)
def test_a_refusal_has_status_code_and_field(kind: Any, status: int, code: str, field: str) -> None:
    refused = VSP.refusal(Fault(kind=kind, title="No", detail="It is wrong."), NOW)
    told_of_it = json.loads(refused.body)
    assert (refused.status, told_of_it["status"], told_of_it["code"]) == (status, status, code)
    assert told_of_it["errors"] == {field: [f"{code}: It is wrong."]}


def test_no_two_kinds_share_a_code() -> None:
    assert len(set(CODES.values())) == len(CODES)


@pytest.mark.parametrize(
    ("body", "status", "kind", "code"),
    [
        (b"", 204, None, None),
        (b"", 200, "unavailable", "HTTP200"),
        (b"", 202, "unavailable", "HTTP202"),
        (b'{"code": "BRS13"}', 200, "unavailable", "HTTP200"),
        (b"", 422, "refused-by-receiver", None),
        (b'{"code": "BRS13"}', 422, "payload", "BRS13"),
        (b'{"errors": {"payload": ["BRS14: not well-formed"]}}', 422, "ill-formed", "BRS14"),
        (b'{"errors": {"x": ["Janneke 999900006"]}, "code": "999900006"}', 422, "refused-by-receiver", None),
        (b'{"code": "BRS13"}', 503, "unavailable", "BRS13"),
        (b'{"errors": 1}', 400, "refused-by-receiver", None),
        (b"", 401, "unavailable", None),
        (b"", 404, "unavailable", None),
        (b"", 302, "unavailable", None),
    ],
)
def test_a_partners_answer_is_understood(body: bytes, status: int, kind: str | None, code: str | None) -> None:
    found = VSP.reply(parcel_for(VSP.capabilities), Packed(body=body, status=status))
    assert (found.kind if found else None, found.code if found else None) == (kind, code)


def test_an_action_of_a_partners_own_is_written() -> None:
    packed = adapter("vsp_rest", {"action_JW301": "Beschikking"}).pack(parcel_for(VSP.capabilities, "JW301"))
    assert packed is not None
    assert b'"actie":"Beschikking"' in packed.body


@pytest.mark.parametrize("options", [{"action_JW999": "x"}, {"action_JW301": ""}, {"action_JW301": "x" * 61}])
def test_an_action_that_cannot_be_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(UnknownAdapter):
        adapter("vsp_rest", options)
