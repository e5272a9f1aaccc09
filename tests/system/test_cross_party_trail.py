"""No byte of a message leaves before the audit log says who gets it; and when that cannot be written, none leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from streams.core.access import Role
from streams.core.auditing import Act
from streams.core.envelope import wire_reference
from streams.core.ports import StoreError
from tests.support.neighbours import CONNECTED, PERSON, USERS, Opened, Region, token, uuid4_for
from tests.support.route_cases import CASES, GIVING_BYTES, Ask

ASKERS = {**dict.fromkeys(CONNECTED, Role.PARTY), **USERS}


class Failing:
    """Keeps the contract Trail: nothing can be noted."""

    async def note(self, act: Act) -> None:
        raise StoreError("the disk is full")


class Slow:
    """Keeps the contract Trail: what is noted is durable only after a while."""

    def __init__(self) -> None:
        self.events: list[str] = []

    async def note(self, act: Act) -> None:
        await asyncio.sleep(0.02)
        self.events.append(f"{act.actor} {act.action} {act.subject}")


def asked(here: Region, name: str, route: str) -> Iterator[tuple[str, Ask]]:
    """Everything that somebody of the role of a route can ask there for what is his (a user: for anything)."""
    case = CASES[route]
    own = here.own(name, case.of) if case.of and name in CONNECTED else here.things[case.of or "message"]
    for id in own if case.of else ("",):
        yield from ((id, ask) for ask in case.asks(name, id))


def allowed(name: str, route: str) -> bool:
    return CASES[route].allows(ASKERS[name])


async def test_only_these_routes_give_bytes_and_each_is_noted(here: Region) -> None:
    giving = set()
    for name in ASKERS:
        for route in (one for one in sorted(CASES, key=_deleting) if allowed(name, one)):
            for id, ask in asked(here, name, route):
                response = await ask.by(here.client, token(name))
                reads = [act for act in here.noted() if act[2] == "read"]
                if response.content in here.bodies.values():
                    giving.add(route)
                    ((actor, _, _, where, subject, _),) = reads
                    assert (actor, where) == (name, route)
                    assert here.bodies[subject] == response.content, "another one was noted"
                    assert id in (subject, await _number(here, name, subject))
                else:
                    assert not PERSON.search(response.content), f"{route}: a person"
                    assert reads == []
    assert giving == GIVING_BYTES


def _deleting(route: str) -> bool:
    return route.startswith(("DELETE", "POST"))


async def _number(here: Region, party: str, output: str) -> str | None:
    found = await here.hub.store.output(party, output)
    return found.head.reference if found else None


@pytest.mark.parametrize("route", sorted(GIVING_BYTES))
async def test_what_is_read_is_noted_before_its_bytes_leave(neighbours: Opened, route: str) -> None:
    trail = Slow()
    async with neighbours(trail=trail) as here:
        app = watched(here.app, trail.events)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub") as client:
            for output in here.own("zorg", "output"):
                (ask,) = CASES[route].asks("zorg", output if route.startswith("GET /v1") else wire_reference(output))
                trail.events.clear()
                response = await ask.by(client, token("zorg"))
                assert response.content == here.bodies[output]
                assert trail.events == [f"zorg read {output}", "start", "bytes"]


def watched(app: Any, events: list[str]) -> Any:
    """The app, with every message of a response added to the events."""

    async def watching(scope: Any, receive: Any, send: Any) -> None:
        async def sending(message: Any) -> None:
            kind = message["type"].removeprefix("http.response.")
            if kind == "start" or message.get("body"):
                events.append("bytes" if kind == "body" else kind)
            await send(message)

        await app(scope, receive, sending)

    return watching


async def test_when_nothing_can_be_noted_no_route_gives_anything_of_a_message(neighbours: Opened) -> None:
    async with neighbours(trail=Failing()) as here:
        for name in ASKERS:
            for route in (one for one in sorted(CASES, key=_deleting) if allowed(name, one)):
                for _, ask in asked(here, name, route):
                    response = await ask.by(here.client, token(name))
                    assert response.content not in here.bodies.values(), route
                    assert not PERSON.search(response.content), route
                    assert route not in GIVING_BYTES or response.status_code == 503
                await _is_fetched_by_nobody(here)


async def _is_fetched_by_nobody(here: Region) -> None:
    """What nobody read is not shown as fetched, until its party says that it may go."""
    assert await here.ask("SELECT id FROM output WHERE delivered_at IS NOT NULL AND acknowledged_at IS NULL") == []


async def test_when_nothing_can_be_noted_refusals_do_not_tell_either(neighbours: Opened) -> None:
    async with neighbours(trail=Failing()) as here:
        number = next(id for id, _ in here.of_others("velsen", "number"))
        output = next(id for id, _ in here.of_others("velsen", "output"))
        nowhere = {"number": uuid4_for("nobody's"), "output": f"{uuid4_for('nobody')}.1"}
        for route in sorted(GIVING_BYTES):
            of = CASES[route].of
            assert of in ("number", "output")
            told = []
            for id in (number if of == "number" else output, nowhere[of], here.own("velsen", of)[-1]):
                (ask,) = CASES[route].asks("velsen", id)
                response = await ask.by(here.client, token("velsen"))
                told.append((response.status_code, response.text.replace(id, "ID")))
            assert len(set(told)) == 1
            assert told[0][0] == 503
