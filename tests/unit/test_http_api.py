"""The HTTP interface, in front of a real desk, worker and SQLite file; nothing is mocked."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import yaml
from structlog.testing import capture_logs

from connectors.http_api import create_app, router
from connectors.http_problems import KINDS
from monitoring.metrics import Metrics
from schemas.ijw_3_2.safe_xml import MAX_BYTES
from streams.core.access import Role
from streams.core.access_file import User
from streams.core.parties_file import load_directory
from streams.core.ports import StoreError
from streams.hub.app import Hub, open_hub
from streams.hub.settings import Settings
from tests.support.access import Notes, gate
from tests.support.load import BSNS

ROOT = Path(__file__).parents[2]
MESSAGES = ROOT / "tests" / "cases" / "messages"
JW301 = (MESSAGES / "JW301.xml").read_bytes()  # haarlem to voorbeeld-ambulant
JW315 = (MESSAGES / "JW315.xml").read_bytes()  # the other way; a copy goes to cjg-kennemerland
PERSONAL = re.compile(r"999922038|999900006|Duinkerk|Noor|2012-05-17|Verzonnenlaan")
PROBLEM = {"type", "title", "status", "detail", "instance"}
XML = {"Content-Type": "application/xml"}
UNKNOWN = str(UUID(int=7))
NAMES = ("haarlem", "voorbeeld-ambulant", "voorbeeld-crisis")


def changed(body: bytes, **values: str) -> bytes:
    """The message with other header values: the content of the first element of that name."""
    for name, value in values.items():
        body = re.sub(rb"(:%s>)[^<]*" % name.encode(), rb"\g<1>" + value.encode(), body, count=1)
    return body


def parties_in(folder: Path) -> Path:
    """The example region, with every party's mailbox its only way out."""
    parties = yaml.safe_load((ROOT / "deploy/example/parties.yaml").read_text(encoding="utf-8"))
    for party in parties["parties"]:
        party.pop("delivery", None)
    (folder / "parties.yaml").write_text(yaml.safe_dump(parties), encoding="utf-8")
    return folder / "parties.yaml"


@dataclass(frozen=True)
class Api:
    """A hub at work and a client for it, that checks of every response what holds for all of them."""

    hub: Hub
    client: httpx.AsyncClient
    notes: Notes

    @property
    def noted(self) -> list[tuple[str, ...]]:
        return [(act.actor, act.action, act.where, act.subject, act.reason) for act in self.notes.acts]

    async def send(self, party: str, body: bytes | AsyncIterator[bytes], key: str | None = None) -> httpx.Response:
        headers = XML | bearer(party) | ({"Idempotency-Key": key} if key is not None else {})
        return await self.client.post("/v1/berichten", content=body, headers=headers)

    async def get(self, party: str, path: str) -> httpx.Response:
        return await self.client.get(path, headers=bearer(party))

    async def delete(self, party: str, path: str) -> httpx.Response:
        return await self.client.delete(path, headers=bearer(party))

    async def sent(self, party: str, body: bytes) -> str:
        """Hand in and wait until it is processed; returns the id."""
        response = await self.send(party, body)
        assert response.status_code == 202
        await self.processed()
        return str(response.json()["id"])

    async def processed(self) -> None:
        async with asyncio.timeout(10):
            while (await self.hub.store.waiting())[0].count:
                await asyncio.sleep(0.005)

    def rows(self, select: str, *values: object) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.hub.settings.sqlite_file) as connection:
            return connection.execute(select, values).fetchall()


def bearer(party: str) -> dict[str, str]:
    return {"Authorization": f"Bearer demo-{party}"}


@asynccontextmanager
async def client_for(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    hooks: dict[str, list[Callable[[Any], Awaitable[None]]]] = {"response": [holds_for_every_response]}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub", event_hooks=hooks) as client:
        yield client


async def holds_for_every_response(response: httpx.Response) -> None:
    await response.aread()
    assert response.headers["API-Version"] == "1.0.0"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    assert not PERSONAL.search(str(response.headers.raw)), "a person in a header"
    if response.status_code >= 400:
        assert response.headers["Content-Type"] == "application/problem+json"
        problem = response.json()
        assert set(problem) == PROBLEM
        assert problem["status"] == response.status_code
        assert KINDS[problem["type"].removeprefix("urn:ijwhub:fout:")].status == response.status_code
        assert not PERSONAL.search(response.text), "a person in a problem"
        assert "demo-" not in response.text, "a token in a problem"
    is_documented(response)


def is_documented(response: httpx.Response) -> None:
    """Every answer of an operation is one that the published description names."""
    path, method = response.request.url.path, response.request.method.lower()
    for route in router.routes:
        operation = DOCUMENT["paths"].get(route.path, {}).get(method)
        if operation and route.path_regex.match(path) and response.status_code != 500:
            described = operation["responses"][str(response.status_code)]
            media_type = response.headers.get("Content-Type", "").split(";")[0]
            assert not response.content or media_type in described["content"]


DOCUMENT = create_app(None, Metrics(), gate()).openapi()  # type: ignore[arg-type]


def app_of(desk: Any, metrics: Metrics | None = None, notes: Notes | None = None) -> Any:
    return create_app(desk, metrics or Metrics(), gate(desk.directory, notes=notes))


@asynccontextmanager
async def hub_in(folder: Path) -> AsyncIterator[Api]:
    settings = Settings(parties=parties_in(folder), data=folder / "data")
    notes = Notes()
    async with open_hub(settings) as hub, client_for(app_of(hub.desk, hub.metrics, notes)) as client:
        yield Api(hub, client, notes)


@asynccontextmanager
async def at_work(work: Any) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    await asyncio.sleep(0)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with hub_in(tmp_path) as api, at_work(api.hub.run()):
        yield api


# --- handing in ------------------------------------------------------------------------------------


async def test_a_message_taken_in_is_in_the_log_when_the_answer_comes(api: Api) -> None:
    response = await api.send("voorbeeld-ambulant", JW315, "order-1")

    assert response.status_code == 202
    receipt = response.json()
    assert set(receipt) == {"id", "ontvangen", "herhaling", "status"}
    assert response.headers["Location"] == receipt["status"] == f"/v1/berichten/{receipt['id']}"
    assert receipt["herhaling"] is False
    assert datetime.fromisoformat(receipt["ontvangen"]).tzinfo is not None
    found = api.rows("SELECT party, reference, source, body FROM log WHERE id = ?", receipt["id"])
    assert found == [("voorbeeld-ambulant", "order-1", "http", JW315)]


async def test_no_answer_before_the_message_is_durable(tmp_path: Path) -> None:
    async with hub_in(tmp_path) as api:
        waiting = asyncio.create_task(api.send("voorbeeld-ambulant", JW315))
        await asyncio.sleep(0.2)
        assert not waiting.done(), "answered while nobody appends to the log"
        async with at_work(api.hub.desk.run()):
            assert (await waiting).status_code == 202


async def test_the_same_key_and_message_is_a_repeat_with_the_same_answer(api: Api) -> None:
    first = (await api.send("voorbeeld-ambulant", JW315, "order-1")).json()
    again = await api.send("voorbeeld-ambulant", JW315, "order-1")

    assert again.status_code == 202
    assert again.json() == first | {"herhaling": True}
    assert api.rows("SELECT count(*) FROM log") == [(1,)]


async def test_repeats_at_the_same_moment_are_one_message(api: Api) -> None:
    responses = await asyncio.gather(*(api.send("voorbeeld-ambulant", JW315, "order-1") for _ in range(20)))

    assert {response.status_code for response in responses} == {202}
    assert len({response.json()["id"] for response in responses}) == 1
    assert sorted(response.json()["herhaling"] for response in responses) == [False] + [True] * 19
    assert api.rows("SELECT count(*) FROM log") == [(1,)]


async def test_the_same_key_for_another_message_is_a_conflict(api: Api) -> None:
    first = (await api.send("voorbeeld-ambulant", JW315, "order-1")).json()
    other = await api.send("voorbeeld-ambulant", changed(JW315, Identificatie="A2"), "order-1")

    assert other.status_code == 409
    assert other.json()["type"] == "urn:ijwhub:fout:reference-used"
    assert first["id"] in other.json()["detail"]
    assert "order-1" not in other.text
    assert api.rows("SELECT count(*) FROM log") == [(1,)]


async def test_a_key_belongs_to_its_party(api: Api) -> None:
    assert (await api.send("voorbeeld-ambulant", JW315, "order-1")).status_code == 202
    assert (await api.send("haarlem", JW301, "order-1")).status_code == 202


async def test_without_a_key_every_request_is_a_delivery(api: Api) -> None:
    ids = {(await api.send("voorbeeld-ambulant", JW315)).json()["id"] for _ in range(2)}
    assert len(ids) == 2


@pytest.mark.parametrize("key", ["x", "x" * 200, "A b/c:~!", "0" * 9])
async def test_a_printable_key_is_kept_as_it_is(api: Api, key: str) -> None:
    found = (await api.send("voorbeeld-ambulant", JW315, key)).json()
    assert (await api.get("voorbeeld-ambulant", found["status"])).json()["referentie"] == key


@pytest.mark.parametrize("key", [b"", b"x" * 201, b"\xe9", "é".encode(), b"a\tb", b"a\x7f"])
async def test_another_key_is_refused(api: Api, key: bytes) -> None:
    headers = [(b"Idempotency-Key", key), *raw(XML | bearer("voorbeeld-ambulant"))]
    response = await api.client.post("/v1/berichten", content=JW315, headers=headers)

    assert response.status_code == 400
    assert response.json()["type"] == "urn:ijwhub:fout:invalid-idempotency-key"
    assert api.rows("SELECT count(*) FROM log") == [(0,)]


async def test_two_keys_are_refused(api: Api) -> None:
    headers = [(b"Idempotency-Key", b"a"), (b"Idempotency-Key", b"b"), *raw(XML | bearer("voorbeeld-ambulant"))]
    assert (await api.client.post("/v1/berichten", content=JW315, headers=headers)).status_code == 400


def raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


@pytest.mark.parametrize(
    "kind", ["application/xml", "Application/XML; charset=UTF-8", 'application/xml;charset="utf-8"', "text/xml"]
)
async def test_xml_in_utf_8_is_taken(api: Api, kind: str) -> None:
    headers = bearer("voorbeeld-ambulant") | {"Content-Type": kind}
    assert (await api.client.post("/v1/berichten", content=JW315, headers=headers)).status_code == 202


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/xml; charset=iso-8859-1"},
        {"Content-Type": "application/xml", "Content-Encoding": "gzip"},
    ],
)
async def test_something_else_than_xml_is_refused(api: Api, headers: dict[str, str]) -> None:
    response = await api.client.post("/v1/berichten", content=JW315, headers=bearer("voorbeeld-ambulant") | headers)
    assert response.status_code == 415
    assert api.rows("SELECT count(*) FROM log") == [(0,)]


@pytest.mark.parametrize(
    ("party", "body", "status", "reason"),
    [
        ("voorbeeld-ambulant", b"", 400, "unreadable"),
        ("voorbeeld-ambulant", JW315[:-40].replace(b"</jw315:Header>", b""), 400, "unreadable"),
        ("voorbeeld-ambulant", b'<!DOCTYPE a [<!ENTITY b "999922038">]><a>&b;</a>', 400, "unreadable"),
        ("voorbeeld-ambulant", "<Duinkerk>999922038</Duinkerk>".encode("utf-16"), 400, "unreadable"),
        ("voorbeeld-ambulant", b"<a>999922038 Duinkerk</a>", 400, "unreadable"),
        ("voorbeeld-ambulant", b"<Duinkerk/>", 400, "unreadable"),
        ("voorbeeld-crisis", JW315, 403, "not-your-message"),
        ("voorbeeld-ambulant", changed(JW315, Afzender="65656099"), 422, "unknown-sender"),
        ("voorbeeld-ambulant", changed(JW315, Afzender="999922038"), 422, "unknown-sender"),
        ("voorbeeld-ambulant", changed(JW315, Ontvanger="0344"), 422, "unknown-receiver"),
        ("voorbeeld-ambulant", changed(JW315, Ontvanger="Duinkerk"), 422, "unknown-receiver"),
        ("voorbeeld-ambulant", changed(JW315, Ontvanger="65656002"), 422, "wrong-way"),
    ],
)
async def test_what_cannot_be_taken_in_is_set_aside_and_told(
    api: Api, party: str, body: bytes, status: int, reason: str
) -> None:
    response = await api.send(party, body)

    assert response.status_code == status
    assert response.json()["type"] == f"urn:ijwhub:fout:{reason}"
    assert response.json()["instance"] == "/v1/berichten"
    assert "Location" not in response.headers
    assert api.rows("SELECT party, source, body FROM aside") == [(party, "http", body)]
    assert api.rows("SELECT count(*) FROM log") == [(0,)]


@dataclass
class Pieces:
    """A body of so many bytes that is made while it is sent, and remembers how much of it was asked for."""

    size: int
    asked: int = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.asked < self.size:
            piece = b" " * min(65_536, self.size - self.asked)
            self.asked += len(piece)
            yield piece


async def test_a_body_above_the_limit_is_not_read_further(api: Api) -> None:
    body = Pieces(26_000_000)
    response = await api.send("voorbeeld-ambulant", body)  # type: ignore[arg-type]

    assert response.status_code == 413
    assert response.json()["type"] == "urn:ijwhub:fout:too-large"
    assert "25,000,000" in response.json()["detail"]
    assert MAX_BYTES < body.asked <= MAX_BYTES + 65_536
    assert api.rows("SELECT size FROM aside") == [(MAX_BYTES + 1,)]


async def test_a_body_at_the_limit_is_read(api: Api) -> None:
    response = await api.send("voorbeeld-ambulant", JW315 + b" " * (MAX_BYTES - len(JW315)))
    assert response.status_code == 202


async def test_half_a_request_is_no_message(api: Api) -> None:
    """The client leaves after a body that would be complete, but says that more follows."""
    messages = [{"type": "http.request", "body": JW315, "more_body": True}, {"type": "http.disconnect"}]
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/berichten", "query_string": b"", "http_version": "1.1"}
    scope["headers"] = [(name.lower(), value) for name, value in raw(XML | bearer("voorbeeld-ambulant"))]
    await app_of(api.hub.desk, api.hub.metrics)(scope, receive, send)

    assert sent == []
    assert api.rows("SELECT (SELECT count(*) FROM log) + (SELECT count(*) FROM aside)") == [(0,)]


# --- who may ---------------------------------------------------------------------------------------

CALLS = [
    ("POST", "/v1/berichten"),
    ("GET", f"/v1/berichten/{UNKNOWN}"),
    ("GET", "/v1/postbus"),
    ("GET", f"/v1/postbus/{UNKNOWN}.1"),
    ("DELETE", f"/v1/postbus/{UNKNOWN}.1"),
]
STRANGERS = ["Bearer demo-nobody", "Bearer ", "Bearer", "demo-haarlem", "Basic ZGVtbzpoYWFybGVt", "Bearer d\xe9mo"]


@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_a_stranger_learns_nothing(api: Api, method: str, path: str) -> None:
    hash_of_a_token = api.hub.desk.directory.parties[0].token_sha256
    body = Pieces(1_000_000)
    absent = await api.client.request(method, path, content=body)  # type: ignore[arg-type]
    assert absent.status_code == 401
    assert absent.headers["WWW-Authenticate"].startswith("Bearer")
    assert body.asked <= 65_536, "read the body of a stranger"
    for credentials in (*STRANGERS, f"Bearer {hash_of_a_token}"):
        headers = [(b"Authorization", credentials.encode("latin-1"))]
        unknown = await api.client.request(method, path, headers=headers)
        assert (unknown.status_code, unknown.content) == (401, absent.content)
        assert unknown.headers == absent.headers


async def test_nobody_sees_what_is_not_theirs(api: Api) -> None:
    """For every message, every output and every pair of parties, against what the database says."""
    await api.sent("voorbeeld-ambulant", JW315)
    await api.sent("haarlem", JW301)
    await api.sent("voorbeeld-crisis", changed(JW315, Afzender="65656003"))
    await api.sent("voorbeeld-crisis", changed(JW315, Afzender="65656003", Ontvanger="0397"))
    outputs = api.rows("SELECT id, envelope_id, receiver FROM output")
    involved = set(api.rows("SELECT id, party FROM log")) | {(of, receiver) for _, of, receiver in outputs}
    assert {receiver for *_, receiver in outputs} >= set(NAMES)

    for owner, other in permutations(NAMES, 2):
        own = [id for id, _, receiver in outputs if receiver == owner]
        assert own
        for id in own:
            for call in (api.get, api.delete):
                assert comparable(await call(other, f"/v1/postbus/{id}")) == await missing(call, other, "postbus", ".1")
        listed = {item["id"] for item in (await api.get(other, "/v1/postbus")).json()}
        assert listed == {id for id, _, receiver in outputs if receiver == other}
    for (envelope,) in api.rows("SELECT id FROM log"):
        for party in NAMES:
            response = await api.get(party, f"/v1/berichten/{envelope}")
            if (envelope, party) in involved:
                shown = {output["id"] for output in response.json()["uitvoer"]}
                assert shown == {id for id, of, receiver in outputs if of == envelope and receiver == party}
                assert not any(name in response.text for name in NAMES), "names another party"
            else:
                assert comparable(response) == await missing(api.get, party, "berichten", "")
    assert api.rows("SELECT count(*) FROM output WHERE coalesce(delivered_at, acknowledged_at) IS NOT NULL") == [(0,)]


async def missing(call: Callable[[str, str], Awaitable[httpx.Response]], party: str, noun: str, end: str) -> Any:
    """The answer about something that is not there at all."""
    found = comparable(await call(party, f"/v1/{noun}/{uuid4()}{end}"))
    assert found[0] == 404
    return found


def comparable(response: httpx.Response) -> tuple[int, Any, Any]:
    text = re.sub("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}([.][0-9]+)?", "ID", response.text)
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return response.status_code, text, headers


@pytest.mark.parametrize(
    "id", ["0", "x" * 5000, "999922038", "Duinkerk", "%00", "%F0%9F%98%80", UNKNOWN.upper(), "' OR 1"]
)
async def test_an_id_that_cannot_be_one_is_as_unknown_as_another(api: Api, id: str) -> None:
    for path in (f"/v1/berichten/{id}", f"/v1/postbus/{id}"):
        response = await api.get("haarlem", path)
        assert response.status_code == 404
        assert response.json()["instance"] in (f"{path.rpartition('/')[0]}/-", path)
        assert response.json()["detail"] == KINDS["not-found"].detail


# --- what is noted ---------------------------------------------------------------------------------


async def test_reading_a_message_is_noted_and_listing_is_not(api: Api) -> None:
    await api.sent("voorbeeld-ambulant", JW315)
    (item,) = (await api.get("haarlem", "/v1/postbus")).json()
    assert api.noted == []
    await api.get("haarlem", item["link"])
    await api.get("haarlem", item["link"])
    await api.delete("haarlem", item["link"])
    assert api.noted == [("haarlem", "read", "GET /v1/postbus/{id}", item["id"], "")] * 2


async def test_what_cannot_be_noted_is_not_read(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    await api.sent("voorbeeld-ambulant", JW315)
    (item,) = (await api.get("haarlem", "/v1/postbus")).json()

    async def fails(_: object) -> None:
        raise StoreError("no")

    monkeypatch.setattr(api.notes, "note", fails)
    for call in (api.get("haarlem", item["link"]), api.get("voorbeeld-crisis", item["link"])):
        response = await call
        assert response.status_code == 503
        assert b"<" not in response.content
    assert api.rows("SELECT delivered_at FROM output WHERE id = ?", item["id"]) == [(None,)], "nobody got it"


async def test_what_is_not_there_for_a_party_is_noted_without_what_it_asked(api: Api) -> None:
    await api.sent("voorbeeld-ambulant", JW315)
    (item,) = (await api.get("haarlem", "/v1/postbus")).json()
    for id in (item["id"], f"{UNKNOWN}.1", "999922038"):
        await api.get("voorbeeld-crisis", f"/v1/postbus/{id}")
        await api.delete("voorbeeld-crisis", f"/v1/postbus/{id}")
        await api.get("voorbeeld-crisis", f"/v1/berichten/{id}")
    routes = ("GET /v1/postbus/{id}", "DELETE /v1/postbus/{id}", "GET /v1/berichten/{id}")
    assert api.noted == [("voorbeeld-crisis", "refused", route, "", "not-found") for route in routes] * 3


@pytest.mark.parametrize(
    ("body", "reasons"),
    [
        (JW315, ["not-your-message"]),
        (changed(JW315, Afzender="65656099"), ["unknown-sender"]),
        (changed(JW315, Afzender="65656003", Ontvanger="0344"), []),
        (b"<a/>", []),
    ],
)
async def test_sending_in_another_s_name_is_noted(api: Api, body: bytes, reasons: list[str]) -> None:
    assert (await api.send("voorbeeld-crisis", body)).status_code >= 400
    assert api.noted == [("voorbeeld-crisis", "refused", "POST /v1/berichten", "", reason) for reason in reasons]


async def test_of_an_id_the_desk_is_asked_once_as_this_party(tmp_path: Path) -> None:
    """Nothing is looked up before or beside it, so the time it takes does not tell whether it is there for another."""
    asked: list[tuple[str, ...]] = []

    class Watched(BrokenDesk):
        async def nothing(self, party: Any, id: str, noting: Any = None) -> None:
            asked.append((party.id, id))

        trace_for = fetch = acknowledge = nothing

    desk, notes = Watched(tmp_path, StoreError("no")), Notes()
    async with client_for(app_of(desk, notes=notes)) as client:
        for method, path in [call for call in CALLS if UNKNOWN in call[1]]:
            assert (await client.request(method, path, headers=bearer("haarlem"))).status_code == 404
    assert asked == [("haarlem", UNKNOWN), ("haarlem", f"{UNKNOWN}.1"), ("haarlem", f"{UNKNOWN}.1")]
    assert len(notes.acts) == 3


# --- asking after ----------------------------------------------------------------------------------


async def test_the_states_of_a_message_are_told_apart(tmp_path: Path) -> None:
    async with hub_in(tmp_path) as api, at_work(api.hub.desk.run()):
        link = (await api.send("voorbeeld-ambulant", JW315, "order-1")).json()["status"]

        received = (await api.get("voorbeeld-ambulant", link)).json()
        assert received["bericht"] == "JW315"
        assert received["referentie"] == "order-1"
        assert received["ontvangen"]
        assert received["verwerkt"] is received["uitkomst"] is received["beantwoord"] is None
        assert received["uitvoer"] == received["ontvangers"] == received["bevindingen"] == []
        assert (await api.get("haarlem", link)).status_code == 404, "nothing of it is for haarlem yet"

        async with at_work(api.hub.worker.run(api.hub.desk.appended, lambda _: None)):
            await api.processed()
        checked = (await api.get("voorbeeld-ambulant", link)).json()
        assert checked["verwerkt"] >= checked["ontvangen"]
        assert (checked["uitkomst"], checked["niveau"], checked["bevindingen"]) == ("accepted", None, [])
        assert checked["beantwoord"]
        assert [one["kopie"] for one in checked["ontvangers"]] == [False, True]
        for state in ("afgeleverd", "opgehaald", "bevestigd", "onbestelbaar"):
            assert [one[state] for one in checked["ontvangers"]] == [None, None]
        assert [(o["soort"], o["bericht"]) for o in checked["uitvoer"]] == [("antwoord", "JW316")]

        (item,) = (await api.get("haarlem", "/v1/postbus")).json()
        assert (await api.get("haarlem", item["link"])).content == JW315
        delivered = (await api.get("voorbeeld-ambulant", link)).json()["ontvangers"]
        assert [bool(one["afgeleverd"]) for one in delivered] == [True, False]
        assert [one["bevestigd"] for one in delivered] == [None, None]

        assert (await api.delete("haarlem", item["link"])).status_code == 204
        acknowledged = (await api.get("voorbeeld-ambulant", link)).json()["ontvangers"]
        assert [bool(one["bevestigd"]) for one in acknowledged] == [True, False]
        assert acknowledged[0]["afgeleverd"] == delivered[0]["afgeleverd"]


async def test_a_receiver_sees_its_own_side_only(api: Api) -> None:
    id = (await api.send("voorbeeld-ambulant", JW315, "order-1")).json()["id"]
    await api.processed()
    for party, copy in (("haarlem", False), ("cjg-kennemerland", True)):
        seen = (await api.get(party, f"/v1/berichten/{id}")).json()
        assert seen["referentie"] is seen["ontvangers"] is None
        assert [(o["soort"], o["kopie"]) for o in seen["uitvoer"]] == [("bericht", copy)]
        assert "order-1" not in json.dumps(seen)
        assert not PERSONAL.search(json.dumps(seen))


async def test_the_findings_of_a_refused_message_are_told(api: Api) -> None:
    await api.sent("voorbeeld-ambulant", JW315)
    again = await api.sent("voorbeeld-ambulant", JW315.replace(b"REF-2026-0001", b"REF-2026-0003"))  # TR056

    seen = (await api.get("voorbeeld-ambulant", f"/v1/berichten/{again}")).json()
    assert (seen["uitkomst"], seen["niveau"]) == ("refused", 3)
    assert set(seen["bevindingen"][0]) == {"rule", "retourcode", "class", "key", "path", "text"}
    assert {(found["rule"], found["retourcode"]) for found in seen["bevindingen"]} == {("TR056", "9056")}
    assert seen["ontvangers"] == []
    assert not PERSONAL.search(json.dumps(seen))


async def test_a_message_against_its_schema_gives_a_fault(api: Api) -> None:
    id = await api.sent("voorbeeld-ambulant", JW315.replace(b"2012-05-17", b"2012-05-99"))
    seen = (await api.get("voorbeeld-ambulant", f"/v1/berichten/{id}")).json()
    assert (seen["uitkomst"], seen["niveau"]) == ("refused", 1)

    (item,) = (await api.get("voorbeeld-ambulant", "/v1/postbus")).json()
    assert item["soort"] == "fout"
    fault = await api.get("voorbeeld-ambulant", item["link"])
    assert fault.status_code == 200
    assert fault.headers["Content-Type"] == "application/problem+json"
    assert fault.headers["Content-Disposition"] == f'attachment; filename="{item["id"]}.fout.json"'
    assert fault.json()["type"] == "urn:ijwhub:fout:geweigerd"
    assert not PERSONAL.search(fault.text)


# --- mailbox ---------------------------------------------------------------------------------------


async def test_the_mailbox_lists_fetches_and_forgets(api: Api) -> None:
    id = await api.sent("voorbeeld-ambulant", JW315)
    (item,) = (await api.get("haarlem", "/v1/postbus")).json()
    assert set(item) == {"id", "soort", "bericht", "kopie", "aangemaakt", "link"}
    assert (item["soort"], item["bericht"], item["kopie"]) == ("bericht", "JW315", False)
    assert item["link"] == f"/v1/postbus/{item['id']}"
    assert item["id"].startswith(id)

    for _ in range(2):
        fetched = await api.get("haarlem", item["link"])
        assert (fetched.status_code, fetched.content) == (200, JW315)
        assert fetched.headers["Content-Type"] == "application/xml"
        assert fetched.headers["Content-Disposition"] == f'attachment; filename="JW315-{item["id"]}.xml"'
    assert len((await api.get("haarlem", "/v1/postbus")).json()) == 1, "fetching is not acknowledging"

    for _ in range(2):
        done = await api.delete("haarlem", item["link"])
        assert (done.status_code, done.content) == (204, b"")
    assert (await api.get("haarlem", "/v1/postbus")).json() == []
    (first,) = api.rows("SELECT delivered_at, acknowledged_at FROM output WHERE id = ?", item["id"])
    assert first[0] < first[1]


async def test_the_mailbox_is_oldest_first_and_limited(api: Api) -> None:
    for number in range(60):
        body = changed(JW315, Identificatie=f"A{number}", Bsn=BSNS[number]).replace(b"REF-", f"R{number}-".encode())
        await api.send("voorbeeld-ambulant", body, f"{number}")
    await api.processed()
    full = (await api.get("haarlem", "/v1/postbus?limit=100")).json()
    assert len(full) == 60
    assert all(a["aangemaakt"] <= b["aangemaakt"] for a, b in pairwise(full))
    order = [id for (id,) in api.rows("SELECT id FROM output WHERE receiver = 'haarlem' ORDER BY position, number")]
    assert [item["id"] for item in full] == order
    assert (await api.get("haarlem", "/v1/postbus?limit=1")).json() == full[:1]
    assert (await api.get("haarlem", "/v1/postbus")).json() == full[:50]


@pytest.mark.parametrize("limit", ["0", "101", "-1", "", "999922038", "Duinkerk", "1e1"])
async def test_a_limit_out_of_bounds_is_refused_without_repeating_it(api: Api, limit: str) -> None:
    response = await api.get("haarlem", f"/v1/postbus?limit={limit}")
    assert response.status_code == 422
    assert response.json()["type"] == "urn:ijwhub:fout:invalid-parameter"
    assert "limit" in response.json()["detail"]


# --- what goes wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/v1", "/v1/berichten/", "/v2/berichten", "/docs", "/redoc", "/openapi.json", "/v1/clienten/999922038/Noor"],
)
async def test_an_unknown_path_is_a_problem(api: Api, path: str) -> None:
    response = await api.get("haarlem", path)
    assert response.status_code == 404
    assert response.json()["type"] == "urn:ijwhub:fout:not-found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/berichten", "POST"),
        ("GET", "/v1/berichten", "POST"),
        ("DELETE", f"/v1/berichten/{UNKNOWN}", "GET"),
        ("PATCH", f"/v1/postbus/{UNKNOWN}.1", "DELETE, GET"),
        ("POST", "/health/live", "GET"),
    ],
)
async def test_another_method_is_a_problem(api: Api, method: str, path: str, allowed: str) -> None:
    response = await api.client.request(method, path, headers=bearer("haarlem"))
    assert response.status_code == 405
    assert response.headers["Allow"] == allowed


class BrokenDesk:
    """A desk of which every call fails with one error."""

    def __init__(self, folder: Path, error: Exception) -> None:
        self.directory = load_directory(parties_in(folder))
        self.error = error

    async def fail(self, *_: object, **__: object) -> Any:
        raise self.error

    submit = trace_for = mailbox = fetch = acknowledge = ready = fail


ALL_CALLS = [*CALLS, ("GET", "/health/ready")]


@pytest.mark.parametrize(("method", "path"), ALL_CALLS)
async def test_storage_that_fails_is_503_and_promises_nothing(tmp_path: Path, method: str, path: str) -> None:
    desk = BrokenDesk(tmp_path, StoreError("/secret/hub.sqlite: disk full, Duinkerk 999922038"))
    async with client_for(app_of(desk)) as client:
        with capture_logs() as logs:
            response = await client.request(method, path, headers=XML | bearer("haarlem"), content=JW301)
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert "Location" not in response.headers
    assert "secret" not in response.text + str(logs)


@pytest.mark.parametrize(("method", "path"), ALL_CALLS)
async def test_a_fault_of_ours_is_500_and_its_text_goes_nowhere(
    tmp_path: Path, method: str, path: str, capfd: pytest.CaptureFixture[str]
) -> None:
    desk = BrokenDesk(tmp_path, KeyError("Duinkerk 999922038"))
    async with client_for(app_of(desk)) as client:
        with capture_logs() as logs:
            response = await client.request(method, path, headers=XML | bearer("haarlem"), content=JW301)
    assert response.status_code == 500
    assert [(log["error"], log["reason"].split(":")[0]) for log in logs] == [("KeyError", "test_http_api.py")]
    assert not PERSONAL.search(str(logs) + "".join(capfd.readouterr()))


async def test_a_hub_that_stopped_says_so_instead_of_waiting(tmp_path: Path) -> None:
    async with hub_in(tmp_path) as api:
        caught = asyncio.create_task(api.send("voorbeeld-ambulant", JW315))
        async with at_work(api.hub.run()):
            pass
        for response in (await asyncio.wait_for(caught, 5), await api.send("voorbeeld-ambulant", JW315)):
            assert response.status_code in (202, 503)
        assert response.status_code == 503
        assert (await api.client.get("/health/ready")).status_code == 503


# --- for operators ---------------------------------------------------------------------------------


async def test_health_tells_alive_from_ready(tmp_path: Path) -> None:
    async with hub_in(tmp_path) as api:
        assert (await api.client.get("/health/live")).json() == {"status": "ok"}
        not_ready = await api.client.get("/health/ready")
        assert not_ready.status_code == 503
        assert not_ready.json()["type"] == "urn:ijwhub:fout:not-ready"
        async with at_work(api.hub.run()):
            await asyncio.sleep(0.01)
            assert (await api.client.get("/health/ready")).json() == {"status": "ok"}


async def test_metrics_count_what_happened_and_name_nobody(api: Api) -> None:
    await api.sent("voorbeeld-ambulant", JW315)
    await api.send("haarlem", JW301, "a")
    await api.send("haarlem", JW301, "a")
    await api.send("haarlem", changed(JW301, Identificatie="G2"), "a")
    await api.send("haarlem", b"<a/>")
    await api.processed()
    (item, _) = (await api.get("haarlem", "/v1/postbus")).json()
    await api.get("haarlem", item["link"])

    response = await api.client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain; version=")
    lines = set(response.text.splitlines())
    assert 'ijwhub_intake_total{result="new",source="http"} 2.0' in lines
    assert 'ijwhub_intake_total{result="repeat",source="http"} 1.0' in lines
    assert 'ijwhub_intake_total{result="conflict",source="http"} 1.0' in lines
    assert 'ijwhub_intake_total{result="unreadable",source="http"} 1.0' in lines
    assert 'ijwhub_messages_total{bericht="JW315",level="none",outcome="accepted"} 1.0' in lines
    assert 'ijwhub_outputs_delivered_total{kind="bericht",way="mailbox"} 1.0' in lines
    labels = " ".join(re.findall("{.*}", response.text))
    assert not re.search(r"haarlem|0392|656560|[0-9]{9}", labels)


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Bearer schraper", 200), ("bearer schraper", 200), ("Basic cHJvbTpzY2hyYXBlcg==", 200), (None, 401), ("", 401),
        ("Bearer", 401), ("Bearer schrape", 401), ("Bearer schraperx", 401), ("Bearer demo-haarlem", 403),
        ("Basic é", 401), ("Bearer é", 401), ("schraper", 401),
    ],
)  # fmt: skip
async def test_metrics_are_for_who_has_their_token_and_health_for_all(
    tmp_path: Path, header: str | None, status: int
) -> None:
    desk = BrokenDesk(tmp_path, StoreError("no"))
    headers = [] if header is None else [(b"Authorization", header.encode("latin-1"))]
    scraper = User(name="schraper", roles={Role.SCRAPER}, token_sha256=sha256(b"schraper").hexdigest())
    async with client_for(create_app(desk, Metrics(), gate(desk.directory, scraper))) as client:
        response = await client.get("/metrics", headers=headers)
        assert (await client.get("/health/live")).status_code == 200
    assert response.status_code == status
    assert ("ijwhub_" in response.text) == (status == 200)
    assert "schraper" not in response.text
    if status == 401:
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


async def test_metrics_that_take_long_hold_nothing_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def slowly(_: object) -> bytes:
        return b"late" if go_on.wait(20) else b"held up"

    monkeypatch.setattr("connectors.http_api.generate_latest", slowly)
    async with client_for(app_of(BrokenDesk(tmp_path, StoreError("no")))) as client:
        scraping = asyncio.create_task(client.get("/metrics"))
        await asyncio.sleep(0.05)
        assert (await client.get("/health/live")).status_code == 200
        go_on.set()
        assert (await scraping).text == "late"


# --- description -----------------------------------------------------------------------------------


async def test_the_root_tells_where_to_read_on(api: Api) -> None:
    found = (await api.client.get("/")).json()
    assert set(found) == {"name", "version", "openapi", "docs"}
    published = await api.client.get(found["openapi"])
    assert published.headers["Access-Control-Allow-Origin"] == "*"
    assert published.json() == json.loads(json.dumps(DOCUMENT))


def test_every_operation_is_described_with_its_problems() -> None:
    assert DOCUMENT["openapi"].startswith("3.")
    published = {(path, method) for path, of in DOCUMENT["paths"].items() for method in of}
    served = {(route.path, method.lower()) for route in router.routes for method in route.methods}
    assert served - published == {("/v1/openapi.json", "get")}
    for path, method in published:
        operation = DOCUMENT["paths"][path][method]
        assert operation["summary"]
        assert operation["description"]
        assert operation["responses"]["default"]["content"].keys() == {"application/problem+json"}
        for status, response in operation["responses"].items():
            assert response["description"] not in ("", "Successful Response")
            assert response["headers"]["API-Version"] == {"$ref": "#/components/headers/API-Version"}
            assert (
                status == "default" or int(status) < 400 or response["content"].keys() == {"application/problem+json"}
            )
        assert (operation.get("security") == [{"HTTPBearer": []}]) == (path == "/metrics" or path.startswith("/v1/"))
    posted = DOCUMENT["paths"]["/v1/berichten"]["post"]
    assert set(posted["responses"]) == {"202", "400", "401", "403", "409", "413", "415", "422", "429", "503", "default"}
    assert posted["requestBody"]["content"].keys() == {"application/xml", "text/xml"}
    assert DOCUMENT["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"


def test_the_description_is_whole() -> None:
    """Every reference leads somewhere, ids of operations are unique, and nothing of the framework's is left."""
    text = json.dumps(DOCUMENT)
    for reference in re.findall(r'"\$ref": "#/([^"]*)"', text):
        found = DOCUMENT
        for step in reference.split("/"):
            found = found[step]
    ids = re.findall(r'"operationId": "([^"]*)"', text)
    assert len(ids) == len(set(ids)) == 9
    assert "ValidationError" not in text
    fields = [f for name, s in DOCUMENT["components"]["schemas"].items() for f in s["properties"].values()]
    assert sum("description" in field for field in fields) > len(fields) * 0.7
    assert {"class", "retourcode"} <= set(DOCUMENT["components"]["schemas"]["Finding"]["properties"])
