"""The endpoints of adapters: a receipt for what is durable, everything else in the words of the format."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from adapters.contract import Fault, Parcel
from adapters.registry import adapter
from connectors.adapter_described import described
from streams.core.envelope import wire_reference
from tests.support.connected import JW301, RECEIVER, SENDER, STRANGER
from tests.support.connected_http import metadata
from tests.support.endpoints import VIEWER, Endpoints, endpoints, fails
from tests.support.stuf import HEADERS, NUMBER, action, bare, bare_fault, soap

MAILBOX, STUF, VSP = "/v1/adapters/mailbox", "/stuf/ggk0210", "/vsp/v1/berichten"
PROBLEM = {"content-type": "application/problem+json"}
PERSON = re.compile("999922038|Duinkerk|Noor")
Offer = tuple[str, bytes, dict[str, str]]
"""Path, body and headers."""


def stuf(message: str) -> Offer:
    return STUF, soap(message), {**HEADERS, "soapaction": action(message)}


def in_stuf(body: bytes, number: str) -> Offer:
    return stuf(bare(payload=body).replace(NUMBER, number))


def in_vsp(body: bytes, number: str) -> Offer:
    return in_parts(metadata(number), body)


def in_parts(told: dict[str, Any], body: bytes = JW301) -> Offer:
    parts = (("berichtMetadata", json.dumps(told).encode()), ("payload", body))
    form = b"".join(
        b'--grens\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), part)
        for name, part in parts
    )
    return VSP, form + b"--grens--\r\n", {"content-type": "multipart/form-data; boundary=grens"}


def in_mailbox(body: bytes, number: str) -> Offer:
    return MAILBOX, body, {"content-type": "application/xml", "idempotency-key": number}


FORMATS = {"stuf_ggk": in_stuf, "vsp_rest": in_vsp, "mailbox": in_mailbox}
every_format = pytest.mark.parametrize("offered", FORMATS.values(), ids=FORMATS)


def code_of(response: httpx.Response) -> str:
    """The code in a refusal."""
    if "xml" in response.headers["content-type"]:
        assert "<soap:Fault>" in response.text
        assert "Fo03Bericht" in response.text
        return re.findall("<StUF:code>([^<]*)<", response.text)[0]
    told = response.json()
    return str(told.get("code") or told["type"].removeprefix("urn:ijwhub:fout:"))


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Endpoints]:
    async with endpoints(tmp_path) as api:
        yield api


# --- a receipt -------------------------------------------------------------------------------------


@every_format
async def test_a_message_is_in_the_log_under_its_number(api: Endpoints, offered: Callable[..., Offer]) -> None:
    number = str(uuid4())
    assert (await api.post(SENDER, *offered(JW301, number))).is_success
    (found,) = api.rows("SELECT party, reference, source, body FROM log")
    name = next(name for name, one in FORMATS.items() if one is offered)
    assert found == (SENDER, number, name, JW301)
    assert api.noted == []


@every_format
async def test_no_receipt_before_the_message_is_durable(
    api: Endpoints, offered: Callable[..., Offer], monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, append = asyncio.Event(), api.hub.store.append

    async def later(envelopes: Any) -> Any:
        await go_on.wait()
        return await append(envelopes)

    monkeypatch.setattr(api.hub.store, "append", later)
    waiting = asyncio.create_task(api.post(SENDER, *offered(JW301, str(uuid4()))))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    go_on.set()
    assert (await waiting).is_success


@every_format
async def test_a_repeat_gets_the_same_receipt(api: Endpoints, offered: Callable[..., Offer]) -> None:
    number = str(uuid4())
    first, again = [await api.post(SENDER, *offered(JW301, number)) for _ in range(2)]
    assert first.status_code == again.status_code
    assert again.text == first.text.replace('"herhaling":false', '"herhaling":true')
    assert api.rows("SELECT count(*) FROM log") == [(1,)]


async def test_the_receipt_of_a_mailbox_leads_to_the_message(api: Endpoints) -> None:
    told = (await api.post(SENDER, *in_mailbox(JW301, "order 1"))).json()
    assert datetime.fromisoformat(told["ontvangen"]).tzinfo is not None
    assert (await api.get(SENDER, told["status"])).json()["referentie"] == "order 1"


async def test_without_a_number_every_request_is_a_message(api: Endpoints) -> None:
    for _ in range(2):
        assert (await api.post(SENDER, MAILBOX, JW301)).status_code == 202
    assert api.rows("SELECT count(DISTINCT reference) FROM log") == [(2,)]


# --- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offered", "status", "code"),
    [(in_stuf, 500, "StUF016"), (in_vsp, 422, "BRS114"), (in_mailbox, 409, "reference-used")],
)
async def test_a_number_that_was_used(api: Endpoints, offered: Callable[..., Offer], status: int, code: str) -> None:
    number = str(uuid4())
    await api.post(SENDER, *offered(JW301, number))
    refused = await api.post(SENDER, *offered(JW301 + b" ", number))
    assert (refused.status_code, code_of(refused)) == (status, code)
    assert api.rows("SELECT count(*) FROM log") == [(1,)]


@pytest.mark.parametrize(
    ("offered", "status", "code"),
    [(in_stuf, 500, "StUF052"), (in_vsp, 401, "not-authenticated"), (in_mailbox, 401, "not-authenticated")],
)
@pytest.mark.parametrize("who", [None, "nobody that is known"])
async def test_nobody_that_is_known(
    api: Endpoints, offered: Callable[..., Offer], status: int, code: str, who: str | None
) -> None:
    path, *rest = offered(JW301, str(uuid4()))
    refused = await api.post(who, path, *rest)
    assert (refused.status_code, code_of(refused)) == (status, code)
    assert api.noted == [("unknown", "refused", f"POST {path}", "", "not-authenticated")]
    assert api.rows("SELECT (SELECT count(*) FROM log) + (SELECT count(*) FROM aside)") == [(0,)]


@pytest.mark.parametrize(
    ("offered", "status", "code"),
    [(in_stuf, 500, "StUF052"), (in_vsp, 422, "BRS03"), (in_mailbox, 403, "not-your-message")],
)
async def test_somebody_who_is_no_party(api: Endpoints, offered: Callable[..., Offer], status: int, code: str) -> None:
    path, *rest = offered(JW301, str(uuid4()))
    refused = await api.post(VIEWER, path, *rest)
    assert (refused.status_code, code_of(refused)) == (status, code)
    assert api.noted == [("viewer-token", "refused", f"POST {path}", "", "not-allowed")]


@pytest.mark.parametrize(
    ("offered", "status", "code"),
    [(in_stuf, 500, "StUF052"), (in_vsp, 422, "BRS03"), (in_mailbox, 403, "not-your-message")],
)
async def test_another_s_message(api: Endpoints, offered: Callable[..., Offer], status: int, code: str) -> None:
    path, *rest = offered(JW301, str(uuid4()))
    refused = await api.post(STRANGER, path, *rest)
    assert (refused.status_code, code_of(refused)) == (status, code)
    assert api.noted == [(STRANGER, "refused", f"POST {path}", "", "not-your-message")]
    assert api.rows("SELECT party, body FROM aside") == [(STRANGER, JW301)]


@pytest.mark.parametrize(
    ("offered", "status", "code"),
    [(in_stuf, 500, "StUF055"), (in_vsp, 422, "BRS06"), (in_mailbox, 413, "too-large")],
)
@pytest.mark.parametrize("more", [1, 3_000_000], ids=["read whole", "not read whole"])
async def test_more_than_this_party_may_send(
    tmp_path: Path, offered: Callable[..., Offer], status: int, code: str, more: int
) -> None:
    most = len(JW301)
    async with endpoints(tmp_path, haarlem={"limits": {"bytes": most}}) as api:
        path, *rest = offered(JW301.ljust(most + more), str(uuid4()))
        refused = await api.post(SENDER, path, *rest)
        assert (refused.status_code, code_of(refused)) == (status, code)
        assert api.noted == [(SENDER, "refused", f"POST {path}", "", "too-large")]
        assert (await api.post(SENDER, *offered(JW301, str(uuid4())))).is_success
        assert api.rows("SELECT count(*) FROM log") == [(1,)]


@pytest.mark.parametrize(
    ("offered", "status", "code"),
    [(in_stuf, 500, "StUF046"), (in_vsp, 429, "too-often"), (in_mailbox, 429, "too-often")],
)
async def test_too_often(tmp_path: Path, offered: Callable[..., Offer], status: int, code: str) -> None:
    async with endpoints(tmp_path, haarlem={"limits": {"per_minute": 1}}) as api:
        assert (await api.post(SENDER, *offered(JW301, str(uuid4())))).is_success
        refused = await api.post(SENDER, *offered(JW301, str(uuid4())))
        assert (refused.status_code, code_of(refused)) == (status, code)
        assert int(refused.headers["retry-after"]) > 0
        assert api.rows("SELECT count(*) FROM log") == [(1,)]


@pytest.mark.parametrize(
    ("offered", "status", "code"),
    [(in_stuf, 500, "StUF046"), (in_vsp, 503, "unavailable"), (in_mailbox, 503, "unavailable")],
)
@pytest.mark.parametrize(
    ("failing", "who"),
    [("store.append", SENDER), ("audit.note", None), ("audit.note", STRANGER), ("store.set_aside", STRANGER)],
)
async def test_storage_that_fails_promises_nothing(
    api: Endpoints,
    offered: Callable[..., Offer],
    status: int,
    code: str,
    failing: str,
    who: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    part, _, call = failing.partition(".")
    monkeypatch.setattr(getattr(api.hub, part), call, fails)
    refused = await api.post(who, *offered(JW301, str(uuid4())))
    assert (refused.status_code, code_of(refused)) == (status, code)


@pytest.mark.parametrize(
    ("offered", "code"),
    [
        (stuf("<Bericht/>"), "StUF055"),
        (stuf(bare(functie="JW999")), "StUF034"),
        ((VSP, b"{}", {"content-type": "application/json"}), "unreadable"),
        ((MAILBOX, b"<Bericht/>", {"idempotency-key": "x" * 201}), "reference"),
    ],
)
async def test_an_envelope_that_cannot_be_used_is_set_aside(api: Endpoints, offered: Offer, code: str) -> None:
    for _ in range(2):
        assert code_of(await api.post(SENDER, *offered)) == code
    (kept,) = api.rows("SELECT party, source, body FROM aside")
    assert kept == (SENDER, adapter_at(offered[0]), offered[1])
    assert [(who, what) for who, what, *_ in api.noted] == [(SENDER, "refused")] * 2


def adapter_at(path: str) -> str:
    return {STUF: "stuf_ggk", VSP: "vsp_rest", MAILBOX: "mailbox"}[path]


@every_format
async def test_refusals_repeat_nobody(api: Endpoints, offered: Callable[..., Offer]) -> None:
    for who in (None, STRANGER, RECEIVER):
        assert not PERSON.search((await api.post(who, *offered(JW301, str(uuid4())))).text)


async def test_a_party_is_answered_with_its_options(tmp_path: Path) -> None:
    async with endpoints(tmp_path, haarlem={"adapters": {"stuf_ggk": {"name": "Regiohub"}}}) as api:
        for who, name in ((SENDER, "Regiohub"), (STRANGER, "ijwhub")):
            assert f">{name}<" in (await api.post(who, *stuf("<Bericht/>"))).text


# --- later faults ----------------------------------------------------------------------------------


async def brought(api: Endpoints) -> tuple[str, str]:
    """The id and the number of what the receiver got."""
    await api.post(SENDER, *in_mailbox(JW301, "order 1"))
    await api.processed()
    ((id, number),) = api.rows("SELECT id, reference FROM output WHERE kind = 'bericht'")
    assert number == wire_reference(id)
    return id, number


def mailbox_fault(about: str) -> Offer:
    problem = {"type": "urn:ijwhub:fout:payload", "reference": about, "detail": "Noor Duinkerk 999922038"}
    return MAILBOX, json.dumps(problem).encode(), {**PROBLEM, "idempotency-key": "fault 1"}


def stuf_fault(about: str) -> Offer:
    return stuf(bare_fault(about=about))


@pytest.mark.parametrize(("told", "place"), [(stuf_fault, 1), (mailbox_fault, 1), (mailbox_fault, 0)])
async def test_a_refusal_makes_it_undeliverable_once_and_its_sender_is_told(
    api: Endpoints, told: Callable[[str], Offer], place: int
) -> None:
    """By the number of its envelope, and in the mailbox by the id of the output."""
    names = await brought(api)
    first, again = [await api.post(RECEIVER, *told(names[place])) for _ in range(2)]
    assert (first.status_code, again.status_code) in [(200, 200), (202, 202)]
    if told is stuf_fault:
        assert again.text == first.text
        assert "Bv03Bericht" in first.text
    assert api.rows("SELECT undeliverable_at IS NOT NULL FROM output WHERE id = ?", names[0]) == [(1,)]
    (fault,) = (await api.get(SENDER, "/v1/postbus")).json()
    problem = (await api.get(SENDER, fault["link"])).json()
    assert (problem["soort"], problem["reference"]) == ("refused-by-receiver", "order 1")
    assert not PERSON.search(json.dumps(problem))
    assert (await api.get(RECEIVER, "/v1/postbus")).json() == []


@pytest.mark.parametrize(("told", "code"), [(stuf_fault, "StUF043"), (mailbox_fault, "cross-reference")])
@pytest.mark.parametrize("who", [STRANGER, SENDER])
async def test_what_a_party_did_not_get_it_cannot_refuse(
    api: Endpoints, told: Callable[[str], Offer], code: str, who: str
) -> None:
    id, number = await brought(api)
    texts = set()
    for about in (number, str(uuid4())):
        path, *rest = told(about)
        refused = await api.post(who, path, *rest)
        assert code_of(refused) == code
        texts.add(re.sub("[0-9a-f-]{36}|[0-9]{14,17}", "", refused.text))
    assert len(texts) == 1, "a refusal tells whether the message is there"
    assert api.rows("SELECT undeliverable_at FROM output WHERE id = ?", id) == [(None,)]
    assert api.noted == [(who, "refused", f"POST {path}", "", "cross-reference")] * 2


@pytest.mark.parametrize("told", [stuf_fault, mailbox_fault])
async def test_a_refusal_that_cannot_be_stored_is_no_refusal(
    api: Endpoints, told: Callable[[str], Offer], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, number = await brought(api)
    monkeypatch.setattr(api.hub.store, "give_up", fails)
    assert code_of(await api.post(RECEIVER, *told(number))) in ("StUF046", "unavailable")


# --- description -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "posted", "statuses"),
    [
        ("stuf_ggk", "text/xml", {200, 500}),
        ("vsp_rest", "multipart/form-data", {204, 400, 401, 422, 429, 503}),
        ("mailbox", "application/xml", {202, 400, 401, 403, 409, 413, 422, 429, 500, 503}),
    ],
)
def test_an_endpoint_is_described_as_its_adapter_answers(name: str, posted: str, statuses: set[int]) -> None:
    found = described(adapter(name))
    assert found["openapi_extra"]["requestBody"]["content"].keys() == {posted}
    assert set(found["responses"]) == {*statuses, "default"}
    assert found["status_code"] == min(statuses)


def test_a_vendor_can_build_its_push_from_the_description() -> None:
    """Whatever stands there as an example is read, and what the schema asks is what the reading asks."""
    spoken = adapter("vsp_rest")
    (schema,) = [told["schema"] for told in described(spoken)["openapi_extra"]["requestBody"]["content"].values()]
    assert "$ref" not in json.dumps(schema)
    parts = schema["properties"]
    assert schema["required"] == ["berichtMetadata", "payload"]
    assert parts["payload"]["format"] == "binary"
    (sample,) = parts["berichtMetadata"]["examples"]
    _, body, headers = in_parts(sample)
    assert isinstance(spoken.unpack(body, headers), Parcel)
    for member in parts["berichtMetadata"]["required"]:
        _, body, headers = in_parts({name: value for name, value in sample.items() if name != member})
        refused = spoken.unpack(body, headers)
        assert isinstance(refused, Fault)
        assert f"berichtMetadata.{member}," in refused.detail
    number = parts["berichtMetadata"]["properties"]["referentiegegevens"]["properties"]["traceerId"]
    assert re.fullmatch(number["pattern"], sample["referentiegegevens"]["traceerId"], re.ASCII)
    assert "Z" not in number["pattern"]


@pytest.mark.parametrize(
    ("name", "status", "members"),
    [
        ("vsp_rest", 422, {"type", "title", "detail", "status", "code", "errors"}),
        ("mailbox", 202, {"id", "ontvangen", "herhaling", "status"}),
        ("mailbox", 422, {"type", "title", "detail", "status"}),
    ],
)
def test_an_answer_in_json_is_described_by_its_members(name: str, status: int, members: set[str]) -> None:
    (told,) = described(adapter(name))["responses"][status]["content"].values()
    assert told["schema"]["type"] == "object"
    assert set(told["schema"]["properties"]) == members
    assert told["schema"]["properties"].get("errors", {"type": "object"}) == {"type": "object"}


def test_an_answer_that_is_no_json_is_described_as_a_text() -> None:
    (told,) = described(adapter("stuf_ggk"))["responses"][200]["content"].values()
    assert told["schema"]["type"] == "string"
