"""Who may do what: roles, credentials that must agree, rates, sizes, and what is noted of every refusal."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Request
from structlog.testing import capture_logs

from connectors.access import USER_PER_MINUTE, Asker, Caller, Denied, Gate, asks, body_of, gate_of, may, open_to_all
from connectors.access_credentials import Credentials
from connectors.access_limits import Limits, address_of
from connectors.http_api import create_app
from connectors.http_problems import install
from monitoring.metrics import Metrics
from schemas.ijw_3_2.safe_xml import MAX_BYTES
from streams.core.access import Principal, Role
from streams.core.access_file import Access, User
from streams.core.parties import Directory, Party
from streams.core.ports import StoreError
from streams.hub.gating import open_roles
from tests.support.access import Notes, gate

OIN = "00000001003214345000"


def hashed(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def party(id: str, code: str, **more: Any) -> Party:
    kind: Any = "gemeente" if len(code) == 4 else "aanbieder"
    return Party(id=id, kind=kind, code=code, name=id, token_sha256=hashed(f"woord-{id}"), **more)


PARTIES = Directory(
    (
        party("haarlem", "0392", oin=OIN),
        party("heemstede", "0397", limits={"per_minute": 3, "bytes": 10}),
        party("ambulant", "65656001"),
    )
)
USERS = (
    User(name="beheer", roles={Role.OPERATOR}, token_sha256=hashed("woord-beheer")),
    User(name="toezicht", roles={Role.AUDITOR, Role.VIEWER}, token_sha256=hashed("woord-toezicht"), oin="1" * 20),
    User(name="meter", roles={Role.SCRAPER}, token_sha256=hashed("woord-meter")),
)
ROLES = {"haarlem": "partij", "beheer": "beheer", "toezicht": "audit beelden", "meter": "metrics"}
PATHS = ("partij", "beheer", "audit", "beelden", "metrics")

router = APIRouter()


@router.get("/partij")
async def for_parties(caller: Caller, asker: Asker) -> str:
    assert asker.party is caller
    return caller.id


@router.post("/partij")
async def taking(request: Request, asker: Asker) -> int:
    return len(await body_of(request, asker))


@router.post("/ruim")
async def taking_envelopes(request: Request, asker: Asker) -> int | str:
    try:
        return len(await gate_of(request).body(request, asker, spare=5))
    except Denied as denied:
        return denied.kind


@router.get("/eigen")
async def in_own_words(asked: Annotated[Principal | Denied, Depends(asks(Role.PARTY))]) -> str:
    return f"nee: {asked.kind} {asked.retry_after}" if isinstance(asked, Denied) else f"ja: {asked.name}"


@router.get("/beheer")
async def for_operators(principal: Annotated[Principal, Depends(may(Role.OPERATOR))]) -> str:
    return principal.name


@router.get("/audit")
async def for_auditors(principal: Annotated[Principal, Depends(may(Role.AUDITOR))]) -> str:
    return principal.name


@router.get("/beelden")
async def for_viewers(principal: Annotated[Principal, Depends(may(Role.VIEWER))]) -> str:
    return principal.name


@router.get("/metrics")
async def for_scrapers(principal: Annotated[Principal, Depends(may(Role.SCRAPER))]) -> str:
    return principal.name


async def nothing() -> None:
    """An endpoint that says nothing about who may use it."""


@asynccontextmanager
async def client(
    notes: Notes | None = None, guard: Gate | None = None, host: str = "192.0.2.7", certificate: str | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.state.gate = guard or gate(PARTIES, *USERS, notes=notes)
    app.include_router(router)
    install(app, router.routes)

    async def shown(scope: Any, receive: Any, send: Any) -> None:
        tls = {"client_oin": certificate, "client_sha256": "0" * 64} if certificate else {}
        await app({**scope, "extensions": {"tls": tls}}, receive, send)

    transport = httpx.ASGITransport(shown, client=(host, 4321))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as one:
        yield one


def bearer(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer woord-{name}"}


def basic(name: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"x:woord-{name}".encode()).decode()}


# --- roles -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ROLES)
@pytest.mark.parametrize("path", PATHS)
async def test_a_role_opens_its_own_routes_and_no_other(name: str, path: str) -> None:
    notes = Notes()
    async with client(notes) as one:
        response = await one.get(f"/{path}", headers=bearer(name))
    if path in ROLES[name].split():
        assert (response.status_code, response.json(), notes.acts) == (200, name, [])
    else:
        assert response.status_code == 403
        assert response.json()["type"] == "urn:ijwhub:fout:not-allowed"
        (act,) = notes.acts
        assert (act.actor, act.credential, act.action) == (name, "token", "refused")
        assert (act.where, act.subject, act.reason) == (f"GET /{path}", "", "not-allowed")


@pytest.mark.parametrize("path", PATHS)
async def test_who_shows_nothing_gets_nothing_and_is_noted(path: str) -> None:
    notes = Notes()
    async with client(notes) as one:
        response = await one.get(f"/{path}")
    assert response.status_code == 401
    assert ("Basic" in response.headers["WWW-Authenticate"]) == (path == "beelden"), "a browser would ask, and keep"
    assert [(act.actor, act.credential, act.reason) for act in notes.acts] == [("unknown", "none", "not-authenticated")]


async def test_figures_are_open_as_long_as_nobody_has_a_credential_for_them() -> None:
    async with client(guard=gate(PARTIES), host="127.0.0.1") as one:
        for headers in ({}, bearer("haarlem"), bearer("niemand")):
            assert (await one.get("/beelden", headers=headers)).status_code == 200
            assert (await one.get("/metrics", headers=headers)).status_code == 200
        for path in ("partij", "beheer", "audit"):
            assert (await one.get(f"/{path}")).status_code == 401
    assert open_roles(Access(users=USERS)) == frozenset()
    assert open_roles(Access(users=USERS[:2])) == {Role.SCRAPER}


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::1", "testclient"])
async def test_open_figures_are_for_this_machine_only(host: str) -> None:
    """A proxy beside the hub tells of whom a request is."""
    notes = Notes()
    async with client(guard=gate(PARTIES, notes=notes), host=host) as one:
        for path in ("beelden", "metrics"):
            assert (await one.get(f"/{path}")).status_code == 401
    assert [act.reason for act in notes.acts] == ["not-authenticated"] * 2


async def test_the_password_of_a_browser_opens_figures_only() -> None:
    """A browser sends it along with whatever another site makes it ask."""
    async with client() as one:
        assert (await one.get("/beelden", headers=basic("toezicht"))).status_code == 200
        assert (await one.get("/metrics", headers=basic("meter"))).status_code == 200
        assert (await one.get("/audit", headers=basic("toezicht"))).status_code == 403
        assert (await one.get("/beheer", headers=basic("beheer"))).status_code == 401
        assert (await one.get("/partij", headers=basic("haarlem"))).status_code == 401


async def test_a_route_may_refuse_in_words_of_its_own() -> None:
    notes = Notes()
    async with client(notes) as one:
        assert (await one.get("/eigen", headers=bearer("heemstede"))).json() == "ja: heemstede"
        assert (await one.get("/eigen")).json() == "nee: not-authenticated None"
        assert (await one.get("/eigen", headers=bearer("beheer"))).json() == "nee: not-allowed None"
        answers = [(await one.get("/eigen", headers=bearer("heemstede"))).json() for _ in range(3)]
    assert answers[1] == "ja: heemstede"
    assert answers[2].startswith("nee: too-often ")
    assert [act.reason for act in notes.acts] == ["not-authenticated", "not-allowed", "too-often"]


# --- routes that say nothing -----------------------------------------------------------------------


def test_an_app_with_a_route_that_says_nothing_is_not_made() -> None:
    forgotten = APIRouter()
    forgotten.get("/v1/vergeten")(nothing)
    with pytest.raises(AssertionError, match="/v1/vergeten: says nothing about who may use it"):
        create_app(None, Metrics(), gate(), more=[forgotten])  # type: ignore[arg-type]


def test_a_route_that_is_not_of_the_framework_is_refused_too() -> None:
    plain = APIRouter()
    plain.add_route("/v1/kaal", lambda _: None)  # type: ignore[arg-type,return-value]
    with pytest.raises(AssertionError, match="no route of FastAPI"):
        create_app(None, Metrics(), gate(), more=[plain])  # type: ignore[arg-type]


@pytest.mark.parametrize("said", [may(Role.OPERATOR), asks(Role.PARTY), open_to_all])
def test_saying_so_for_a_whole_router_will_do(said: Any) -> None:
    declared = APIRouter(dependencies=[Depends(said)])
    declared.get("/v1/gezegd")(nothing)
    create_app(None, Metrics(), gate(), more=[declared])  # type: ignore[arg-type]


# --- credentials -----------------------------------------------------------------------------------


async def test_a_certificate_names_a_party_or_a_user() -> None:
    async with client(certificate=OIN) as one:
        assert (await one.get("/partij")).json() == "haarlem"
        assert (await one.get("/partij", headers=bearer("haarlem"))).json() == "haarlem"
        assert (await one.get("/partij", headers=bearer("ambulant"))).status_code == 401
        assert (await one.get("/partij", headers=bearer("niemand"))).status_code == 401
    async with client(certificate="1" * 20) as one:
        assert (await one.get("/audit")).json() == "toezicht"
        assert (await one.get("/audit", headers=bearer("beheer"))).status_code == 401


async def test_a_certificate_of_nobody_spoils_a_token() -> None:
    notes = Notes()
    async with client(notes, certificate="2" * 20) as one:
        assert (await one.get("/partij", headers=bearer("haarlem"))).status_code == 401
    assert [(act.actor, act.credential) for act in notes.acts] == [("unknown", "certificate")]


async def test_a_withdrawn_certificate_lets_nobody_in_and_spoils_a_token() -> None:
    notes = Notes()
    access = Access(users=USERS, withdrawn={"0" * 64})
    guard = Gate(Credentials(PARTIES, access), notes, lambda: datetime.now(UTC), limits=Limits())
    async with client(guard=guard, certificate=OIN) as one:
        assert (await one.get("/partij")).status_code == 401
        assert (await one.get("/partij", headers=bearer("haarlem"))).status_code == 401
    async with client(guard=guard) as one:
        assert (await one.get("/partij", headers=bearer("haarlem"))).status_code == 200
    assert [(act.actor, act.credential) for act in notes.acts] == [("unknown", "certificate")] * 2


@pytest.mark.parametrize("other", ["haarlem", "ambulant", "niemand"])
async def test_two_tokens_must_name_the_same(other: str) -> None:
    headers = [(b"Authorization", b"Bearer woord-haarlem"), (b"Authorization", f"Bearer woord-{other}".encode())]
    async with client() as one:
        assert (await one.get("/partij", headers=headers)).status_code == (200 if other == "haarlem" else 401)


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "woord-haarlem", "Basic ***", "Bearer \xe9", "Digest x"])
async def test_what_is_no_token_is_nobody(value: str) -> None:
    async with client() as one:
        response = await one.get("/partij", headers=[(b"Authorization", value.encode("latin-1"))])
    assert response.status_code == 401


async def test_a_token_of_a_party_and_of_a_user_is_of_neither() -> None:
    twice = User(name="dubbel", roles={Role.OPERATOR}, token_sha256=hashed("woord-haarlem"))
    async with client(guard=gate(PARTIES, twice)) as one:
        for path in ("partij", "beheer"):
            assert (await one.get(f"/{path}", headers=bearer("haarlem"))).status_code == 401


# --- the audit log ---------------------------------------------------------------------------------


class Broken(Notes):
    """A trail that keeps nothing."""

    async def note(self, act: object) -> None:
        raise StoreError("no")


async def test_what_cannot_be_noted_is_not_answered() -> None:
    async with client(Broken()) as one:
        assert (await one.get("/partij")).status_code == 503
        assert (await one.get("/beheer", headers=bearer("haarlem"))).status_code == 503
        assert (await one.get("/partij", headers=bearer("haarlem"))).status_code == 200, "nothing to note"


async def test_nothing_that_a_caller_made_up_is_noted_or_logged() -> None:
    notes = Notes()
    with capture_logs() as logs:
        async with client(notes) as one:
            for made_up in ("999922038", "Duinkerk"):
                headers = {"Authorization": f"Bearer {made_up}", "Idempotency-Key": made_up, "User-Agent": made_up}
                await one.get(f"/partij?x={made_up}", headers=headers)
    assert len(notes.acts) == len(logs) == 2
    assert "999922038" not in f"{notes.acts} {logs}"
    assert "Duinkerk" not in f"{notes.acts} {logs}"


# --- rates and sizes -------------------------------------------------------------------------------


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time of the windows, which passes when a test says so."""
    now = [1_800_000_000.0]
    monkeypatch.setattr("limits.aio.storage.memory.time.time", lambda: now[0])
    return now


def strict(notes: Notes, guesses: int = 3) -> Gate:
    credentials = Credentials(PARTIES, Access(users=USERS))
    return Gate(credentials, notes, lambda: datetime.now(UTC), limits=Limits(guesses))


async def test_a_party_is_held_to_its_own_rate(passing: list[float]) -> None:
    notes = Notes()
    async with client(notes) as one:
        statuses = []
        for _ in range(5):
            statuses.append((await one.get("/partij", headers=bearer("heemstede"))).status_code)
            passing[0] += 10
        assert statuses == [200, 200, 200, 429, 429]
        refused = await one.get("/partij", headers=bearer("heemstede"))
        assert refused.json()["type"] == "urn:ijwhub:fout:too-often"
        assert refused.headers["Retry-After"] == "10"
        assert (await one.get("/partij", headers=bearer("haarlem"))).status_code == 200, "others suffer"
        passing[0] += 11
        assert (await one.get("/partij", headers=bearer("heemstede"))).status_code == 200
    assert [(act.actor, act.reason) for act in notes.acts] == [("heemstede", "too-often")]


async def test_the_first_refusal_in_every_minute_is_noted(passing: list[float]) -> None:
    notes = Notes()
    async with client(notes) as one:
        for _ in range(2):
            for _ in range(10):
                await one.get("/partij", headers=bearer("heemstede"))
            passing[0] += 61
    assert [act.reason for act in notes.acts] == ["too-often"] * 2


async def test_users_are_held_to_a_rate_too(passing: list[float]) -> None:
    async with client() as one:
        for _ in range(USER_PER_MINUTE):
            await one.get("/beheer", headers=bearer("beheer"))
        assert (await one.get("/beheer", headers=bearer("beheer"))).status_code == 429


async def test_guessing_is_slow_and_does_not_flood_the_audit_log(passing: list[float]) -> None:
    notes = Notes()
    guard = strict(notes)
    async with client(guard=guard) as one:
        statuses = [(await one.get("/partij", headers=bearer(f"gok-{number}"))).status_code for number in range(50)]
        assert statuses == [401] * 3 + [429] * 47
        assert (await one.get("/partij", headers=bearer("haarlem"))).status_code == 429, "a right guess is told"
    async with client(guard=guard, host="192.0.2.8") as other:
        assert (await other.get("/partij", headers=bearer("haarlem"))).status_code == 200
    async with client(guard=guard, certificate=OIN) as same:
        assert (await same.get("/partij")).status_code == 200, "a certificate cannot be guessed"
    assert [act.reason for act in notes.acts] == ["not-authenticated"] * 3 + ["too-often"]
    passing[0] += 61
    async with client(guard=guard) as one:
        assert (await one.get("/partij", headers=bearer("haarlem"))).status_code == 200


async def test_certificates_of_nobody_do_not_flood_the_audit_log(passing: list[float]) -> None:
    notes = Notes()
    async with client(guard=strict(notes), certificate="2" * 20) as one:
        statuses = [(await one.get("/partij")).status_code for _ in range(9)]
    assert statuses == [401] * 3 + [429] * 6
    assert len(notes.acts) == 4


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("testclient", "unknown"),
        (None, "unknown"),
    ],
)
def test_addresses_are_counted_as_one_caller_has_them(host: str | None, counted: str) -> None:
    assert address_of(host) == counted


async def test_a_party_may_send_so_many_bytes() -> None:
    notes = Notes()
    async with client(notes) as one:
        assert (await one.post("/partij", headers=bearer("heemstede"), content=b"x" * 10)).json() == 10
        refused = await one.post("/partij", headers=bearer("heemstede"), content=b"x" * 11)
    assert refused.status_code == 413
    assert [(act.actor, act.where, act.reason) for act in notes.acts] == [("heemstede", "POST /partij", "too-large")]


async def test_a_party_may_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.access.MOST_UNDER_WAY", 25)
    notes, more = Notes(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"x" * 10
        await more.wait()
        yield b"x" * 2

    async def tens() -> AsyncIterator[bytes]:
        yield b"x" * 10

    async with client(notes) as one:
        slow = [asyncio.create_task(one.post("/partij", headers=bearer("haarlem"), content=slowly())) for _ in range(2)]
        await asyncio.sleep(0.05)
        for _ in range(2):
            refused = await one.post("/partij", headers=bearer("haarlem"), content=tens())
            assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")
        other = await one.post("/partij", headers=bearer("ambulant"), content=tens())
        assert other.json() == 10, "others suffer"
        more.set()
        assert [(await task).status_code for task in slow] == [200, 200]
        assert (await one.post("/partij", headers=bearer("haarlem"), content=tens())).json() == 10
    assert [(act.actor, act.reason) for act in notes.acts] == [("haarlem", "too-often")]


async def test_an_envelope_may_have_some_bytes_more() -> None:
    async with client() as one:
        assert (await one.post("/ruim", headers=bearer("heemstede"), content=b"x" * 15)).json() == 15
        assert (await one.post("/ruim", headers=bearer("heemstede"), content=b"x" * 16)).json() == "too-large"


async def test_what_is_too_large_for_anybody_is_handed_on_as_such() -> None:
    async with client() as one:
        sent = await one.post("/partij", headers=bearer("haarlem"), content=b"x" * (MAX_BYTES + 500))
    assert sent.json() == MAX_BYTES + 1


async def test_who_asks_does_not_wait_for_the_pool_of_threads() -> None:
    """Archives of others are read there, for seconds."""
    free, loop = threading.Event(), asyncio.get_running_loop()
    async with client() as one:
        for _ in range(2):
            await one.get("/partij", headers=bearer("haarlem"))
            await asyncio.sleep(0.05)
        busy = [loop.run_in_executor(None, free.wait, 20) for _ in range(100)]
        try:
            async with asyncio.timeout(5):
                for _ in range(5):
                    assert (await one.get("/partij", headers=bearer("haarlem"))).status_code == 200
                    await asyncio.sleep(0.01)
        finally:
            free.set()
            await asyncio.gather(*busy)
