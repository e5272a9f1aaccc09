"""For every route and every pair of parties: of another party nothing can be read, acknowledged or answered."""

from __future__ import annotations

import re
from itertools import product
from uuid import UUID

import httpx
import pytest

from streams.core.access import Role
from streams.core.envelope import wire_reference
from tests.support.neighbours import CONNECTED, NOBODY, PERSON, USERS, Of, Region, token, uuid4_for
from tests.support.route_cases import CASES, Case, routes_of

ROLES = {**dict.fromkeys(CONNECTED, Role.PARTY), **USERS}
MAY_KNOW_IDS = ("olga", "ada")
"""The operator and the auditor: they see where messages are and who read them, never what is in them."""
UNKNOWN: dict[Of, str] = {
    "message": str(UUID(int=7)),
    "output": f"{UUID(int=7)}.1",
    "number": uuid4_for("nobody's"),
}
A_UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:[.][0-9]+)?")
# A Fo03 has a number and a moment of its own.
OF_THE_ANSWER = re.compile(rb"(?<=referentienummer>)[^<]{36}(?=<)|(?<=tijdstipBericht>)[0-9]{14,17}(?=<)")


def plain(response: httpx.Response) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """All of a response, but for the ids and numbers that the request itself names."""
    named = sorted(set(A_UUID.findall(told_in(response.request))), reverse=True)

    def without(text: bytes) -> bytes:
        for id in named:
            text = text.replace(id, b"ID")
        return text

    headers = [(name, without(value)) for name, value in response.headers.raw if name.lower() != b"content-length"]
    return response.status_code, headers, OF_THE_ANSWER.sub(b"-", without(response.content))


def told_in(request: httpx.Request) -> bytes:
    return bytes(str(request.url), "ascii") + str(request.headers.raw).encode() + request.content


def leaked(asked: str, response: httpx.Response, secrets: frozenset[str]) -> list[str]:
    told = response.text + str(response.headers.raw)
    return [secret for secret in secrets if secret != asked and secret in told and not asked.startswith(secret)]


# --- every route -----------------------------------------------------------------------------------


async def test_every_route_is_tried_here(here: Region) -> None:
    assert sorted(routes_of(here.app)) == sorted(CASES)


async def test_a_route_lets_in_its_role_and_nobody_else(here: Region) -> None:
    for route, case in CASES.items():
        for name in (*ROLES, NOBODY):
            for ask in case.asks(name, UNKNOWN[case.of or "message"]):
                response = await ask.by(here.client, token(name))
                assert not PERSON.search(response.content), f"{route}: a person"
                secrets = frozenset() if name in MAY_KNOW_IDS else here.secrets(name)
                assert not leaked("", response, secrets), f"{route}: an id for {name}"
                _holds_to_roles(route, case, name, response, here.noted())


def _holds_to_roles(route: str, case: Case, name: str, response: httpx.Response, noted: list[tuple[str, ...]]) -> None:
    refused = "not-authenticated" if name == NOBODY else "not-allowed"
    acts = [(actor, action, where, reason) for actor, _, action, where, _, reason in noted]
    if case.allows(ROLES.get(name)):
        assert response.status_code not in (401, 403), f"{route}, {name}: {response.text}"
        assert refused not in [reason for *_, reason in acts]
    else:
        assert _is_refusal(response, name), f"{route}, {name}: {response.status_code} {response.text}"
        assert acts == [(name if name in ROLES else "unknown", "refused", route, refused)]


def _is_refusal(response: httpx.Response, name: str) -> bool:
    """Adapters refuse in words, and with the status, of their own format."""
    if response.request.url.path.startswith(("/stuf", "/vsp", "/v1/adapters")) and response.status_code in (422, 500):
        return b"not-your-message" in response.content or b"Fo03Bericht" in response.content
    return response.status_code == (401 if name == NOBODY else 403)


@pytest.mark.parametrize("asker", CONNECTED)
async def test_what_is_of_another_party_is_as_what_is_nowhere(here: Region, asker: str) -> None:
    before, tried = await here.rows(), set()
    routes = [route for route, case in CASES.items() if case.of and case.role in (None, Role.PARTY)]
    for route in routes:
        of = CASES[route].of
        assert of is not None
        nowhere = await _answers(here, asker, route, UNKNOWN[of])
        assert nowhere, f"{route}: nothing is asked"
        looked_up = all(statements for *_, statements in nowhere)
        assert looked_up or CASES[route].role is None, f"{route}: nothing is looked up"
        for id, owner in here.of_others(asker, of):
            assert await _answers(here, asker, route, id) == nowhere, f"{route}: {asker} sees what is of {owner}"
            tried.add((route, owner))
    assert await here.rows() == before
    assert tried == set(product(routes, set(CONNECTED) - {asker}))


async def _answers(here: Region, asker: str, route: str, id: str) -> list[tuple[object, ...]]:
    """What is said, what is noted in the audit log, and by which statements that is found out.

    The same statements take the same time but for what they find; test_cross_party_timing measures the whole.
    """
    case, found = CASES[route], []
    here.asked()
    for ask in case.asks(asker, id):
        response = await ask.by(here.client, token(asker))
        assert not PERSON.search(response.content), f"{route}: a person"
        assert not leaked(id, response, here.secrets(asker)), f"{route}: an id of another"
        found.append((plain(response), here.noted(), here.asked()))
    return found


@pytest.mark.parametrize("asker", CONNECTED)
async def test_what_is_of_a_party_is_there_for_it(here: Region, asker: str) -> None:
    """The control: what is the same for the ids of others differs for one's own, on every route."""
    routes = [route for route, case in CASES.items() if case.role is Role.PARTY and case.of]
    seen = set()
    for route in sorted(routes, key=_last):
        of = CASES[route].of
        assert of is not None
        nowhere = await _answers(here, asker, route, UNKNOWN[of])
        for id in here.own(asker, of):
            for ask, expected in zip(CASES[route].asks(asker, id), nowhere, strict=True):
                response = await ask.by(here.client, token(asker))
                if (plain(response), here.noted()) != expected[:2]:
                    seen.add(route)
                    assert response.status_code < 300, response.text
                    assert not leaked(id, response, here.secrets(asker))
    # Handing in a message of one's own is refused here for its receiver, whatever the key.
    assert set(routes) - seen == {"POST /v1/berichten"}


def _last(route: str) -> tuple[bool, bool, str]:
    """What changes something comes after what only looks; a fault about a message comes last."""
    return route.startswith("POST") and "zoeken" not in route, route.startswith("DELETE"), route


async def test_the_store_beneath_gives_a_party_only_what_is_its_own(here: Region) -> None:
    store = here.hub.store
    for party in CONNECTED:
        messages, outputs, numbers = (here.own(party, of) for of in ("message", "output", "number"))
        got = {wire_reference(id) for id in outputs}
        for id in here.things["message"]:
            assert (await store.trace_for(party, id) is not None) == (id in messages)
        for id in here.things["output"]:
            assert (await store.output(party, id) is not None) == (id in outputs)
        for number in here.things["number"]:
            assert (await store.by_reference(party, number) is not None) == (number in numbers)
            assert (await store.sent_under(party, number) is not None) == (number in got)


@pytest.mark.parametrize("asker", CONNECTED)
async def test_lists_hold_what_is_of_a_party_and_nothing_else(here: Region, asker: str) -> None:
    own = set(here.own(asker, "output"))
    mailbox = (await here.client.get("/v1/postbus", headers=token(asker))).json()
    assert {one["id"] for one in mailbox} == own
    waiting = (await here.client.get("/vsp/v1/berichten", headers=token(asker))).json()
    faults = {one["id"] for one in mailbox if one["soort"] == "fout"}
    numbers = {one["referentiegegevens"]["traceerId"] for one in waiting}
    assert len(numbers) == len(own - faults)
    assert numbers <= set(here.own(asker, "number"))
