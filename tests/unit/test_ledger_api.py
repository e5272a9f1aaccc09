"""Terms and claims over HTTP: who may ask, what may be asked, pages, and when the ledger is made anew."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from connectors import figures_reading, ledger_pages
from connectors.http_problems import install
from connectors.ledger_api import MOST_LISTED, ledger_router
from connectors.ledger_pages import Ledgers, Part
from streams.core.access import Role
from streams.core.access_file import User
from streams.core.fold_ports import Behind
from streams.core.monitors.book import Wanted
from streams.core.monitors.rows import Rows
from streams.core.monitors.sight import EVERYTHING
from streams.core.monitors.trajecten import File
from streams.core.parties import Directory, Party
from streams.core.ports import StoreError
from tests.support.access import Notes, gate
from tests.support.picturing import MONITORING, NOW, World, world

PATHS = ("/v1/termijnen", "/v1/termijnen.csv", "/v1/declaraties", "/v1/declaraties.csv")


def digest(name: str) -> str:
    return sha256(name.encode()).hexdigest()


USERS = tuple(
    User(name=str(role), roles=frozenset([role]), token_sha256=digest(str(role))) for role in Role if role != Role.PARTY
)
DIRECTORY = Directory(
    (
        Party(id="haarlem", kind="gemeente", code="0392", name="Haarlem", token_sha256=digest("haarlem")),
        Party(id="zorg", kind="aanbieder", code="65656001", name="Zorg", token_sha256=digest("zorg")),
    )
)


@cache
def invented() -> World:
    return world(150)


class Source:
    """Keeps the contract FigureSource; `error` is what reading raises."""

    monitoring = MONITORING

    def __init__(self) -> None:
        self.files: Sequence[File] = invented().files
        self.moment = NOW
        self.error: Exception | None = None

    async def read(self) -> tuple[Rows, Sequence[File]]:
        if self.error:
            raise self.error
        return invented().rows, self.files

    def now(self) -> datetime:
        return self.moment


class Desk:
    """As much of a desk as this needs: haarlem may ask after every message, others after none."""

    directory = DIRECTORY

    async def trace_for(self, party: Party, envelope_id: str) -> object:
        return object() if party.id == "haarlem" else None


@asynccontextmanager
async def client(source: Source | None = None, notes: Notes | None = None) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.state.gate = gate(DIRECTORY, *USERS, notes=notes)
    app.state.desk = Desk()
    router = ledger_router(source or Source())
    app.include_router(router)
    install(app, router.routes)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub") as one:
        yield one


async def get(path: str, who: str | None = "operator", **asked: Any) -> httpx.Response:
    async with client() as one:
        return await one.get(path, params=asked, headers=credential(who))


def credential(who: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {who}"} if who else {}


# --- who may ask -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS)
async def test_parties_operators_and_auditors_may_ask_and_nobody_else(path: str) -> None:
    statuses = {who: (await get(path, who)).status_code for who in (*map(str, Role), "haarlem", "stranger", None)}
    assert statuses == {
        "operator": 200, "auditor": 200, "haarlem": 200, "viewer": 403, "scraper": 403,
        "party": 401, "stranger": 401, None: 401,
    }  # fmt: skip


async def test_a_viewer_is_refused_and_noted() -> None:
    notes = Notes()
    async with client(notes=notes) as one:
        await one.get("/v1/declaraties", headers=credential("viewer"))
    assert [(act.actor, act.action, act.where, act.reason) for act in notes.acts] == [
        ("viewer", "refused", "GET /v1/declaraties", "not-allowed")
    ]


async def test_a_party_gets_its_own_however_it_asks() -> None:
    for path, name in (("/v1/termijnen", "termijnen"), ("/v1/declaraties", "declaraties")):
        own = (await get(path, "haarlem", aantal=1000)).json()
        every = (await get(path, "operator", gemeente="0392", aantal=1000)).json()
        assert own[name] == every[name]
        assert {one["gemeente"] for one in own[name]} == {"0392"}
        assert own.get("sommen") == every.get("sommen")
        others = (await get(path, "haarlem", gemeente="0453")).json()
        assert (others[name], others["aantal"], others["meer"]) == ([], 0, None)


async def test_ids_of_messages_after_which_a_party_may_not_ask_are_left_out() -> None:
    shown = (await get("/v1/termijnen", "haarlem", aanbieder="65656001")).json()["termijnen"]
    hidden = (await get("/v1/termijnen", "zorg", gemeente="0392")).json()["termijnen"]
    assert {one["bericht_id"] for one in shown} >= {"m"}
    assert {one["bericht_id"] for one in hidden} == {None}
    assert [{**one, "bericht_id": None} for one in shown] == hidden
    claims = [(await get("/v1/declaraties", who, apart="true")).json()["declaraties"] for who in ("haarlem", "zorg")]
    assert [{one["bericht_id"] for one in some} for some in claims] == [{"m"}, {None}]


# --- what may be asked -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/v1/termijnen", {"stand": "too_late"}),
        ("/v1/termijnen", {"regel": "OP999"}),
        ("/v1/termijnen", {"verantwoordelijke": "999922038"}),
        ("/v1/termijnen", {"gemeente": "39"}),
        ("/v1/termijnen", {"aantal": MOST_LISTED + 1}),
        ("/v1/termijnen", {"na": -1}),
        ("/v1/declaraties", {"aanbieder": "0392"}),
        ("/v1/declaraties", {"van": "2026-13"}),
        ("/v1/declaraties.csv", {"tot": "2026"}),
    ],
)
async def test_what_cannot_be_asked_is_refused_without_repeating_it(path: str, asked: dict[str, Any]) -> None:
    response = await get(path, **asked)
    assert response.status_code == 422
    told = response.json()
    assert (told["type"], told["instance"]) == ("urn:ijwhub:fout:invalid-parameter", path)
    assert "999922038" not in response.text


async def test_terms_in_several_states_and_of_several_rules() -> None:
    told = (await get("/v1/termijnen", stand=["met", "breached"], regel=["OP271", "OP354"], aantal=1000)).json()
    assert {one["stand"] for one in told["termijnen"]} == {"met", "breached"}
    assert {one["regel"] for one in told["termijnen"]} == {"OP271", "OP354"}
    assert sum(one["aantal"] for one in told["sommen"]) == told["aantal"] > 100
    assert [one["uiterlijk"] for one in told["termijnen"]] == sorted(one["uiterlijk"] for one in told["termijnen"])


async def test_claims_of_some_months() -> None:
    told = (await get("/v1/declaraties", van="2026-02", tot="2026-03", aantal=1000)).json()
    assert {one["maand"] for one in told["declaraties"]} == {"2026-02", "2026-03"}
    for name in ("gedeclareerd", "toegekend", "afgewezen", "open"):
        assert told["totaal"][name] == sum(one[name] for one in told["declaraties"]) > 0


async def test_pages_are_the_whole_list() -> None:
    async with client() as one:
        headers = credential("operator")
        whole = (await one.get("/v1/termijnen?aantal=1000", headers=headers)).json()
        found, after = [], 0
        while after is not None:
            page = (await one.get(f"/v1/termijnen?aantal=97&na={after}", headers=headers)).json()
            assert (page["sommen"], page["gemaakt"]) == (whole["sommen"], whole["gemaakt"])
            found += page["termijnen"]
            after = page["meer"]
    assert found[:1000] == whole["termijnen"]
    assert len(found) == whole["aantal"] > 97


async def test_a_file_says_which_part_it_is() -> None:
    response = await get("/v1/declaraties.csv", aantal=3, na=2)
    total = (await get("/v1/declaraties")).json()["aantal"]
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert f'"ijwhub-declaraties-3-5-van-{total}.csv"' in response.headers["Content-Disposition"]
    assert response.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))
    told = (await get("/v1/declaraties", aantal=3, na=2)).json()["declaraties"]
    for row, one in zip(rows, told, strict=True):
        assert row["Open (euro)"] == f"{one['open'] // 100},{one['open'] % 100:02}"
        assert row["Regels totaal"] == str(one["regels"]["totaal"])


# --- when it is made -------------------------------------------------------------------------------


async def test_it_is_refused_while_events_lack_and_the_store_fails() -> None:
    source = Source()
    async with client(source) as one:
        for error, reason in ((Behind(5000), "figures-behind"), (StoreError("no"), "unavailable")):
            source.error = error
            response = await one.get("/v1/termijnen", headers=credential("operator"))
            assert response.status_code == 503
            assert response.json()["type"].endswith(reason)


class Clocked(Ledgers):
    """Ledgers that tell when their list was made."""

    async def at(self) -> datetime:
        return (await self.terms(Wanted(), EVERYTHING, Part(1))).made_at


async def test_the_same_is_given_until_something_changed_and_some_time_has_passed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = Source()
    ledgers = Clocked(source)
    clock = 0.0
    for module in (ledger_pages, figures_reading):
        monkeypatch.setattr(module, "monotonic", lambda: clock)
    source.moment += timedelta(seconds=1)
    first = await ledgers.at()
    source.moment += timedelta(seconds=1)
    source.files = list(source.files)
    assert await ledgers.at() == first  # changed, but not long ago
    clock = 11.0
    source.error = Behind(5000)
    assert await ledgers.at() == first  # it is whole, and says when it was made
    source.error = None
    second = await ledgers.at()
    assert second == source.moment
    clock = 100.0
    source.moment += timedelta(hours=1)
    assert await ledgers.at() == second  # nothing changed


async def test_another_day_makes_it_anew() -> None:
    source = Source()
    ledgers = Clocked(source)
    assert await ledgers.at() == NOW
    source.moment = NOW.replace(hour=22, minute=1)  # past midnight in the Netherlands
    assert await ledgers.at() == source.moment
