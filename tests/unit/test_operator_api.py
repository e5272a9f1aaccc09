"""What operators and auditors see over HTTP, in front of a real SQLite file; and that nobody else does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from connectors.http_api import create_app
from connectors.operator_api import auditor_router, operator_router
from connectors.sqlite_audit import SqliteAudit
from connectors.sqlite_store import SqliteStore
from monitoring.metrics import Metrics
from streams.core.access import Role
from streams.core.access_file import User
from streams.core.auditing import START, Act
from streams.core.freezes import Freeze
from streams.core.parties import BERICHTEN
from streams.core.parties_file import load_directory
from streams.hub.desk import HubDesk
from tests.support.access import Notes, gate
from tests.support.operating import (
    ANSWER,
    ANSWERED,
    DELIVERED,
    FOR_NOBODY,
    NOON,
    OUTPUT,
    PARTIES,
    PASSED_ON,
    REASON,
    UNANSWERED,
    WAITING,
    fill,
    wait,
)

FREEZES = (
    Freeze(
        name="gone", berichten=BERICHTEN, start=NOON - timedelta(days=9), until=NOON - timedelta(days=8), gemeenten=None
    ),
    Freeze(
        name="coming",
        berichten=frozenset({"JW323", "JW301"}),
        start=NOON + timedelta(days=9),
        until=NOON + timedelta(days=10),
        gemeenten=frozenset({"0473", "0392"}),
    ),
    Freeze(name="now", berichten=BERICHTEN, start=NOON, until=NOON + timedelta(days=7), gemeenten=None),
)
TODAY = NOON + timedelta(days=6)
READS = (
    "/v1/beheer/bezorging",
    "/v1/beheer/wachtend",
    "/v1/beheer/wachtend/ambulant",
    "/v1/beheer/onbeantwoord",
    "/v1/beheer/sluitingen",
    f"/v1/beheer/berichten/{PASSED_ON.id}",
)
RETRY = f"/v1/beheer/bezorging/{OUTPUT}/opnieuw"


def token(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer token-{name}"}


def user(name: str, role: Role) -> User:
    return User(name=name, roles=frozenset({role}), token_sha256=hashlib.sha256(f"token-{name}".encode()).hexdigest())


@dataclass(frozen=True)
class Site:
    app: FastAPI
    client: httpx.AsyncClient
    store: SqliteStore
    audit: SqliteAudit
    notes: Notes

    async def get(self, path: str, name: str = "olga") -> Any:
        response = await self.client.get(path, headers=token(name))
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    await fill(tmp_path / "hub.sqlite")
    party = hashlib.sha256(b"token-haarlem").hexdigest()
    (tmp_path / "parties.yaml").write_text(PARTIES.replace("name: Haarlem", f"name: Haarlem, token_sha256: {party}"))
    directory = load_directory(tmp_path / "parties.yaml")
    store, audit = SqliteStore(tmp_path / "hub.sqlite"), SqliteAudit(tmp_path / "hub.sqlite")
    notes, metrics = Notes(), Metrics()
    desk = HubDesk(store, store, store, directory, lambda: TODAY, metrics)
    guard = gate(
        directory, user("olga", Role.OPERATOR), user("ada", Role.AUDITOR), user("vic", Role.VIEWER), notes=notes
    )
    routers = [operator_router(store, directory, FREEZES, lambda: TODAY), auditor_router(audit)]
    app = create_app(desk, metrics, guard, more=routers)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub") as client:
        yield Site(app, client, store, audit, notes)
    await audit.close()
    await store.close()


# --- who may ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", READS)
async def test_only_an_operator_sees_where_messages_stand(site: Site, path: str) -> None:
    statuses = {name: (await site.client.get(path, headers=token(name))).status_code for name in _CALLERS}

    assert statuses == {"olga": 200, "ada": 403, "vic": 403, "haarlem": 403, "nobody": 401}


async def test_only_an_operator_has_a_delivery_tried_anew(site: Site) -> None:
    others = [name for name in _CALLERS if name != "olga"]

    statuses = {name: (await site.client.post(RETRY, headers=token(name))).status_code for name in others}

    assert statuses == {"ada": 403, "vic": 403, "haarlem": 403, "nobody": 401}
    assert [head.id for head in await site.store.undelivered()] == [OUTPUT]
    assert (await site.client.post(RETRY, headers=token("olga"))).status_code == 204


async def test_only_an_auditor_reads_the_audit_log(site: Site) -> None:
    statuses = {name: (await site.client.get("/v1/audit", headers=token(name))).status_code for name in _CALLERS}

    assert statuses == {"olga": 403, "ada": 200, "vic": 403, "haarlem": 403, "nobody": 401}


_CALLERS = ("olga", "ada", "vic", "haarlem", "nobody")


async def test_neither_operator_nor_auditor_reads_a_message(site: Site) -> None:
    for name in ("olga", "ada"):
        for path in ("/v1/postbus", f"/v1/postbus/{ANSWER}"):
            assert (await site.client.get(path, headers=token(name))).status_code == 403


@pytest.mark.parametrize("path", [*READS, "/v1/audit"])
async def test_no_content_of_a_message_and_nothing_like_a_bsn_is_told(site: Site, path: str) -> None:
    response = await site.client.get(path, headers=token("ada" if path == "/v1/audit" else "olga"))

    assert response.status_code == 200
    assert "Duinkerk" not in response.text
    assert "999900006" not in response.text


# --- operators -------------------------------------------------------------------------------------


async def test_a_message_that_is_undeliverable_and_unanswered(site: Site) -> None:
    told = await site.get(f"/v1/beheer/berichten/{PASSED_ON.id}")

    (output,) = told.pop("uitvoer")
    assert told == {
        "id": PASSED_ON.id,
        "bericht": "JW301",
        "partij": "haarlem",
        "bron": "http",
        "referentie": "*********",
        "relatie": "0392:65656001",
        "ontvangen": "2026-05-04T12:00:00Z",
        "verwerkt": "2026-05-04T12:01:00Z",
        "uitkomst": "accepted",
        "niveau": None,
        "bevindingen": [],
        "beantwoord": None,
        "antwoord": None,
    }
    assert output["id"] == OUTPUT
    assert (output["afgeleverd"], output["opgehaald"], output["bevestigd"]) == (None, None, None)
    assert (output["pogingen"], output["reden"]) == (1, REASON)
    assert output["mislukt"] == output["onbestelbaar"] == "2026-05-10T12:00:00Z"


async def test_delivered_fetched_acknowledged_answered_and_accepted_are_told_apart(site: Site) -> None:
    told = await site.get(f"/v1/beheer/berichten/{ANSWERED.id}")

    assert (told["beantwoord"], told["antwoord"]) == ("2026-05-04T12:06:00Z", "accepted")
    folder, mailbox = told["uitvoer"]
    stages = ("id", "ontvanger", "afgeleverd", "opgehaald", "bevestigd", "onbestelbaar")
    assert [folder[stage] for stage in stages] == [DELIVERED, "ambulant", "2026-05-04T13:00:00Z", None, None, None]
    assert [mailbox[stage] for stage in stages] == [
        ANSWER,
        "haarlem",
        "2026-05-04T14:00:00Z",
        "2026-05-04T14:00:00Z",
        "2026-05-04T15:00:00Z",
        None,
    ]


@pytest.mark.parametrize("id", ["0f5e2c0a-5b1d-5c7e-9d55-1c2b3a4d5e6f", "999900006", "x" * 300])
async def test_a_message_that_is_not_there(site: Site, id: str) -> None:
    response = await site.client.get(f"/v1/beheer/berichten/{id}", headers=token("olga"))

    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"
    assert "999900006" not in response.text


async def test_what_could_not_be_delivered(site: Site) -> None:
    assert [one["id"] for one in await site.get("/v1/beheer/bezorging")] == [OUTPUT]


async def test_a_retry_is_noted_with_who_asked_and_brings_it_back(site: Site) -> None:
    response = await site.client.post(RETRY, headers=token("olga"))

    assert (response.status_code, response.content) == (204, b"")
    assert await site.get("/v1/beheer/bezorging") == []
    (act,) = site.notes.acts
    assert (act.actor, act.action, act.subject) == ("olga", "retried", OUTPUT)
    assert act.where == "POST /v1/beheer/bezorging/{id}/opnieuw"


@pytest.mark.parametrize("id", [DELIVERED, f"{PASSED_ON.id}.9", PASSED_ON.id, "999900006"])
async def test_what_is_not_undeliverable_is_not_tried_anew_and_not_noted(site: Site, id: str) -> None:
    response = await site.client.post(f"/v1/beheer/bezorging/{id}/opnieuw", headers=token("olga"))

    assert response.status_code == 404
    assert site.notes.acts == []
    assert [head.id for head in await site.store.undelivered()] == [OUTPUT]


async def test_what_waits_per_party_first_for_who_is_in_no_file(site: Site) -> None:
    assert await site.get("/v1/beheer/wachtend") == []
    await wait(site.store)

    stranger, party = await site.get("/v1/beheer/wachtend")

    assert stranger == {
        "partij": "vertrokken",
        "weg": "unknown",
        "aantal": 1,
        "vergeefs": 0,
        "sinds": "2026-05-04T12:21:00Z",
        "oudste": FOR_NOBODY,
        "mislukt": None,
        "reden": None,
    }
    assert party == {
        "partij": "ambulant",
        "weg": "folder",
        "aantal": 2,
        "vergeefs": 1,
        "sinds": "2026-05-04T12:21:00Z",
        "oudste": WAITING,
        "mislukt": "2026-05-04T13:00:00Z",
        "reden": REASON,
    }
    assert await site.get("/v1/beheer/wachtend?aantal=1") == [stranger]


async def test_what_waits_for_one_party_also_for_who_is_in_no_file(site: Site) -> None:
    await wait(site.store)

    first, second = await site.get("/v1/beheer/wachtend/ambulant")

    assert (first["id"], first["pogingen"], first["reden"]) == (WAITING, 1, REASON)
    assert (second["pogingen"], second["reden"], second["aangemaakt"]) == (0, None, "2026-05-04T12:21:00Z")
    assert [one["id"] for one in await site.get("/v1/beheer/wachtend/ambulant?aantal=1")] == [WAITING]
    assert [one["id"] for one in await site.get("/v1/beheer/wachtend/vertrokken")] == [FOR_NOBODY]
    assert await site.get("/v1/beheer/wachtend/haarlem") == []


async def test_the_board_of_what_is_unanswered(site: Site) -> None:
    board = await site.get("/v1/beheer/onbeantwoord")

    assert board == [
        {
            "relatie": "0392:65656001",
            "bericht": "JW301",
            "aantal": 1,
            "sinds": "2026-05-04T12:10:00Z",
            "oudste": UNANSWERED.id,
        }
    ]
    assert await site.get("/v1/beheer/onbeantwoord?sinds=2026-05-04") == board
    assert await site.get("/v1/beheer/onbeantwoord?sinds=2026-05-05") == []


async def test_closings_that_have_not_ended_in_order(site: Site) -> None:
    first, second = await site.get("/v1/beheer/sluitingen")

    assert (first["naam"], first["nu"], first["berichten"], first["gemeenten"]) == ("now", True, None, None)
    assert (second["naam"], second["nu"]) == ("coming", False)
    assert (second["berichten"], second["gemeenten"]) == (["JW301", "JW323"], ["0392", "0473"])


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/beheer/bezorging?aantal=0", "olga"),
        ("/v1/beheer/bezorging?aantal=101", "olga"),
        ("/v1/beheer/wachtend?aantal=0", "olga"),
        ("/v1/beheer/wachtend?aantal=101", "olga"),
        ("/v1/beheer/wachtend/ambulant?aantal=101", "olga"),
        ("/v1/beheer/wachtend/Jansen", "olga"),
        (f"/v1/beheer/wachtend/{'a' * 101}", "olga"),
        ("/v1/beheer/onbeantwoord?sinds=gisteren", "olga"),
        ("/v1/beheer/onbeantwoord?sinds=0001-01-01", "olga"),
        ("/v1/audit?na=9223372036854775808", "ada"),
        ("/v1/audit?na=-1", "ada"),
        ("/v1/audit?aantal=1001", "ada"),
    ],
)
async def test_parameters_have_limits(site: Site, path: str, name: str) -> None:
    response = await site.client.get(path, headers=token(name))

    assert (response.status_code, response.json()["type"]) == (422, "urn:ijwhub:fout:invalid-parameter")


# --- auditors --------------------------------------------------------------------------------------


async def test_an_auditor_reads_page_by_page_and_can_recompute_every_hash(site: Site) -> None:
    acts = [
        Act(
            at=NOON + timedelta(seconds=number),
            actor="haarlem",
            credential="token",
            action="read" if number else "refused",
            where="GET /v1/postbus/{id}",
            subject=OUTPUT if number else "",
            reason="" if number else "not-found",
        )
        for number in range(5)
    ]
    await site.audit.note(acts)

    pages = [await site.get(f"/v1/audit?na={after}&aantal=2", "ada") for after in (0, 2, 4, 5)]

    entries = [entry for page in pages for entry in page]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert [entry["nummer"] for entry in entries] == [1, 2, 3, 4, 5]
    assert (entries[0]["reden"], entries[0]["over"], entries[1]["over"]) == ("not-found", None, OUTPUT)
    previous = START
    for entry in entries:
        previous = recomputed(entry, previous)
        assert entry["hash"] == previous


def recomputed(entry: dict[str, Any], previous: str) -> str:
    """The hash as the description of the interface tells to make it."""
    at = datetime.fromisoformat(entry["moment"]).isoformat(timespec="microseconds")
    texts = [entry[name] or "" for name in ("wie", "middel", "daad", "waar", "over", "reden")]
    told = json.dumps([entry["nummer"], previous, at, *texts], separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


async def test_every_answer_is_described(site: Site) -> None:
    paths = site.app.openapi()["paths"]

    found = {path: operations for path, operations in paths.items() if path.startswith(("/v1/beheer", "/v1/audit"))}
    assert {(path, *operations) for path, operations in found.items()} == {
        ("/v1/beheer/berichten/{id}", "get"),
        ("/v1/beheer/bezorging", "get"),
        ("/v1/beheer/bezorging/{id}/opnieuw", "post"),
        ("/v1/beheer/wachtend", "get"),
        ("/v1/beheer/wachtend/{partij}", "get"),
        ("/v1/beheer/onbeantwoord", "get"),
        ("/v1/beheer/sluitingen", "get"),
        ("/v1/audit", "get"),
    }
    for operations in found.values():
        (operation,) = operations.values()
        assert operation["summary"]
        assert {"401", "403", "429", "503", "default"} <= set(operation["responses"])
