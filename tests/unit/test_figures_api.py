"""Figures over HTTP: JSON, CSV, pages, who may look, and that nothing hidden leaves."""

from __future__ import annotations

import asyncio
import base64
import csv
import io
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from itertools import islice
from threading import Event
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from lxml import html
from msgspec.structs import replace
from structlog.testing import capture_logs

from connectors import figures_pictures
from connectors.figures_api import figures_router
from connectors.figures_making import MOST_WAITING
from connectors.figures_pictures import Pictures
from connectors.figures_reading import KEPT, REST
from connectors.figures_words import HIDDEN, NONE, csv_of
from connectors.http_problems import API_VERSION, install
from streams.core.access import Role
from streams.core.access_file import User
from streams.core.fold_ports import Behind
from streams.core.monitors.picture import Picture, picture
from streams.core.monitors.picture_tables import Table
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import File
from streams.core.ports import StoreError
from streams.core.regions import Monitoring
from tests.support.access import gate
from tests.support.picturing import AANBIEDERS, MONITORING, NAMES, NOW, TOT, World, world

TOKEN = "kijk-maar-mee"
PERIOD = {"tot": "2026-06", "maanden": "12"}
VAN = date(2025, 7, 1)
ZK = "/v1/beelden/zuid-kennemerland"


@cache
def invented() -> World:
    return world(400)


class Source:
    """Keeps the contract FigureSource; counts how often it is read."""

    def __init__(self, files: Sequence[File] | None = None, monitoring: Monitoring = MONITORING) -> None:
        self.monitoring = monitoring
        self.files = invented().files if files is None else files
        self.fails = False
        self.waiting = 0

    async def read(self) -> tuple[Rows, Sequence[File]]:
        if self.waiting:
            raise Behind(self.waiting)
        if self.fails:
            raise StoreError("no")
        return invented().rows, self.files

    def now(self) -> datetime:
        return NOW


@asynccontextmanager
async def client(source: Source | None = None, token: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    viewers = (
        [User(name="kijker", roles={Role.VIEWER}, token_sha256=sha256(token.encode()).hexdigest())] if token else []
    )
    app.state.gate = gate(None, *viewers)
    router = figures_router(source or Source())
    app.include_router(router)
    install(app, router.routes)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub") as one:
        yield one


async def get(path: str, **parameters: str) -> httpx.Response:
    async with client() as one:
        return await one.get(path, params=parameters or PERIOD)


def tables() -> tuple[Table, ...]:
    """Those of Zuid-Kennemerland with every number in them."""
    one = invented()
    return picture(one.files, one.rows, MONITORING.regions[1], VAN, TOT, NOW, MONITORING).tables


async def test_regions_are_listed() -> None:
    response = await get("/v1/beelden")
    assert [one["id"] for one in response.json()] == ["ijmond", "zuid-kennemerland", "groningen"]
    assert response.json()[2] == {
        "id": "groningen", "naam": "Groningen", "gemeenten": ["0014"], "link": "/v1/beelden/groningen",
    }  # fmt: skip
    assert response.headers["API-Version"] == API_VERSION
    assert response.headers["Cache-Control"] == "no-store"


async def test_a_picture_tells_region_period_and_what_is_not_in_it() -> None:
    told = (await get(ZK)).json()
    assert (told["regio"], told["naam"], told["van"], told["tot"]) == (
        "zuid-kennemerland", "Zuid-Kennemerland", "2025-07-01", "2026-06-30",
    )  # fmt: skip
    assert len(told["opmerkingen"]) == 4
    assert told["berichten_vanaf"] == "2024-01-01"
    assert [text[:40] for text in told["onvolledig"]] == [
        "Deze hub kent van deze regio berichten v", "De kosten van mei 2026 tot en met juni 2",
    ]  # fmt: skip
    assert told["kalender"] == MONITORING.calendar.version
    assert told["dekking"]["verzoek_bekend"] > 0


async def test_no_figure_about_few_youths_leaves_in_json() -> None:
    told = {one["id"]: one for one in (await get(ZK)).json()["tabellen"]}
    few = shown = 0
    for table in tables():
        for cell, figure in zip(table.rows, told[table.id]["cijfers"], strict=True):
            assert figure["plaats"] == dict(zip(table.dimensions, cell.place, strict=True))
            if 0 < cell.youths < 10:
                few += 1
                assert figure == {"plaats": figure["plaats"], "waarde": None, "afgeschermd": True}
            elif not figure["afgeschermd"]:
                shown += 1
                assert figure["waarde"] == cell.value
    assert few > 20
    assert shown > 100


async def test_csv_is_for_dutch_spreadsheets() -> None:
    response = await get(f"{ZK}/kosten.csv")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == (
        'attachment; filename="ijwhub-zuid-kennemerland-kosten-2026-06-4-kwartalen.csv"'
    )
    assert response.content.startswith(b"\xef\xbb\xbfRegio;Van;Tot;Gemeentecode;Gemeente;Segment;Kosten (euro)\r\n")
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))
    *_, total = rows
    cost = next(one for one in tables() if one.id == "kosten").cell("*", "*").value
    assert total[:6] == ["Zuid-Kennemerland", "2025-07-01", "2026-06-30", "", "Hele regio", "Totaal"]
    assert isinstance(cost, int)
    assert total[6] == f"{cost // 100},{cost % 100:02}"


async def test_csv_holds_what_json_holds() -> None:
    async with client() as one:
        for told in (await one.get(ZK, params=PERIOD)).json()["tabellen"]:
            response = await one.get(told["csv"])
            rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))[1:]
            figures = told["cijfers"]
            assert [row[-1] == HIDDEN for row in rows] == [figure["afgeschermd"] for figure in figures], told["id"]
            empty = [figure["waarde"] is None and not figure["afgeschermd"] for figure in figures]
            assert [row[-1] == "" for row in rows] == empty, told["id"]


async def test_the_page_shows_the_figures_and_hides_the_hidden() -> None:
    page = html.fromstring((await get("/beelden/zuid-kennemerland")).text)
    told = {one["id"]: one for one in (await get(ZK)).json()["tabellen"]}
    section = next(one for one in page.iter("article") if one.findtext("h3") == "Jeugdigen in zorg")
    cells = [cell.text for cell in section.iter("td")]
    figures = told["in-zorg"]["cijfers"]
    assert cells == [HIDDEN if one["afgeschermd"] else str(one["waarde"]) for one in figures]
    assert HIDDEN in cells
    names = [row.text for row in section.xpath(".//tbody//th")]
    assert names == ["Haarlem", "Bloemendaal", "Heemstede", "Zandvoort", "Hele regio"]


async def test_the_page_says_above_its_figures_since_when_messages_are_known() -> None:
    page = html.fromstring((await get("/beelden/groningen", tot="2023-12")).text)
    (said,) = page.xpath("//*[@class='incomplete']/li")
    assert said.text.endswith("vanaf 1 januari 2024. Deze periode begint eerder: haar cijfers zijn onvolledig.")
    assert page.xpath("//*[@class='incomplete']/following::ul[@class='headlines']")
    unknown = next(one for one in page.iter("details") if one.findtext("summary") == "Kosten een jaar eerder")
    assert {cell.text for cell in unknown.iter("td")} == {NONE}


async def test_coverage_is_said_in_whole_sentences() -> None:
    page = html.fromstring((await get("/beelden/ijmond")).text)
    said = [item.text for item in page.xpath("//*[@id='niet']//li")]
    assert any(re.match(r"[\d,]+ % van de toewijzingen beantwoordt een bekend verzoek: ", text) for text in said)


async def test_every_chart_says_in_words_what_it_shows() -> None:
    response = await get("/beelden/ijmond")
    page = html.fromstring(response.text)
    charts = list(page.iter("{*}svg"))
    assert len(charts) > 4
    for chart in charts:
        assert chart.get("role") == "img"
        title, about = (page.get_element_by_id(chart.get(name)) for name in ("aria-labelledby", "aria-describedby"))
        assert title.text
        assert re.search(r"\d", about.text or "")
    ids = [one.get("id") for one in page.iter() if one.get("id")]
    assert len(ids) == len(set(ids)), "ids are unique in a page"
    assert any("Ambulant" in "".join(chart.itertext()) for chart in charts)


async def test_the_page_loads_nothing_from_elsewhere() -> None:
    response = await get("/beelden/ijmond")
    page = html.fromstring(response.text)
    links = [link for element in page.iter() for name, link in element.items() if name in ("src", "href", "action")]
    assert links
    assert all(link.startswith(("/", "#", "data:,")) for link in links), links
    assert not list(page.iter("script"))
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "@import" not in response.text


async def test_every_link_of_the_pages_leads_somewhere() -> None:
    async with client() as one:
        for path in ("/beelden", "/beelden/ijmond"):
            page = html.fromstring((await one.get(path)).text)
            ids = {element.get("id") for element in page.iter()}
            for link in {str(link.get("href")) for link in page.iter("a")}:
                assert link[1:] in ids if link.startswith("#") else (await one.get(link)).status_code == 200, link


async def test_no_person_and_no_pseudonym_is_anywhere() -> None:
    async with client() as one:
        paths = (ZK, "/beelden/zuid-kennemerland", f"{ZK}/stand.csv")
        texts = [(await one.get(path, params=PERIOD)).text for path in paths]
    youths = [file.youth for file in invented().files]
    assert not [youth for text in texts for youth in youths if youth in text]


async def test_a_name_from_the_configuration_is_text_and_no_markup() -> None:
    wicked = MONITORING.model_copy(update={"names": {**NAMES, "0375": '<b onclick="x">&$\\frac$</b>'}})
    async with client(Source(monitoring=wicked)) as one:
        response = await one.get("/beelden/ijmond", params=PERIOD)
    assert response.status_code == 200
    assert "<b onclick" not in response.text
    assert "&lt;b onclick" in response.text


@pytest.mark.parametrize(
    ("asked", "van", "tot", "name"),
    [
        ({}, "2026-04-01", "2026-06-30", "2026-06-1-kwartaal"),
        ({"tot": "2026-06"}, "2026-04-01", "2026-06-30", "2026-06-1-kwartaal"),
        ({"maanden": "12"}, "2025-07-01", "2026-06-30", "2026-06-4-kwartalen"),
        ({"tot": "2026-03", "maanden": "3"}, "2026-01-01", "2026-03-31", "2026-03-1-kwartaal"),
        ({"tot": "2026-03", "maanden": "12"}, "2025-04-01", "2026-03-31", "2026-03-4-kwartalen"),
        ({"tot": "2015-12", "maanden": "12"}, "2015-01-01", "2015-12-31", "2015-12-4-kwartalen"),
        ({"tot": "2015-03", "maanden": "3"}, "2015-01-01", "2015-03-31", "2015-03-1-kwartaal"),
    ],
)
async def test_a_period_is_of_whole_months_and_its_links_ask_for_it_again(
    asked: dict[str, str], van: str, tot: str, name: str
) -> None:
    async with client() as one:
        told = (await one.get("/v1/beelden/groningen", params=asked)).json()
        assert (told["van"], told["tot"]) == (van, tot)
        response = await one.get(told["tabellen"][0]["csv"])
        assert response.headers["Content-Disposition"].endswith(f'-{name}.csv"')
        rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))
        assert {(row[1], row[2]) for row in rows[1:]} == {(van, tot)}
        page = html.fromstring((await one.get("/beelden/groningen", params=asked)).text)
        links = [link.get("href") for link in page.iter("a")]
        assert told["tabellen"][0]["csv"] in links
        chosen = page.xpath("string(//select[@name='maanden']/option[@selected])")
        assert chosen == name.split("-", 2)[2].replace("-", " ")
        assert page.xpath("string(//input[@name='tot']/@value)") == tot[:7]


@pytest.mark.parametrize(
    "period",
    [
        {"tot": "2015-11"},
        {"tot": "2015-09", "maanden": "12"},
        {"tot": "2015-02", "maanden": "3"},
        {"tot": "2014-12", "maanden": "3"},
        {"tot": "2026-09", "maanden": "3"},
        {"tot": "2026-05", "maanden": "3"},
        {"tot": "2026-06", "maanden": "1"},
        {"tot": "0000-01"},
        {"tot": "0001-01"},
        {"tot": "9999-12"},
        {"tot": "2026-00"},
        {"tot": "2026-13"},
        {"tot": "gisteren"},
        {"tot": "2026-01-01"},
        {"tot": "2026-1"},
        {"tot": "2026- 1"},
        {"tot": "٢٠٢٦-٠١"},
        {"tot": ""},
        {"maanden": "0"},
        {"maanden": "2"},
        {"maanden": "6"},
        {"maanden": "-1"},
        {"maanden": "03"},
        {"maanden": "1.0"},
        {"maanden": ""},
        {"maanden": "9" * 5000},
    ],
    ids=lambda period: str(period)[:40],
)
async def test_an_impossible_period_is_a_problem(period: dict[str, str]) -> None:
    for path in (ZK, f"{ZK}/stand.csv"):
        response = await get(path, **period)
        assert response.status_code == 422
        assert response.json()["type"] == "urn:ijwhub:fout:invalid-parameter"
    page = await get("/beelden/zuid-kennemerland", **period)
    assert page.status_code == 422
    assert "Deze periode kan niet" in page.text


async def test_no_cell_of_csv_is_a_formula() -> None:
    """Names come from the configuration and codes from partners; numbers below zero stay numbers."""
    wicked = {"0392": "=1+1", "0377": "+31", "0397": "-x", "0473": "@SUM(A1)", "65656001": "\t=2"}
    region = MONITORING.regions[1].model_copy(update={"name": '=HYPERLINK("http://x")'})
    names = {**NAMES, **AANBIEDERS, **wicked}
    async with client(Source(monitoring=MONITORING.model_copy(update={"regions": (region,), "names": names}))) as one:
        told = (await one.get(ZK)).json()["tabellen"]
        files = [(await one.get(table["csv"])).content.decode("utf-8-sig") for table in told]
    rows = [row for file in files for row in list(csv.reader(io.StringIO(file), delimiter=";"))[1:]]
    texts = {text for row in rows for text in row[:-1]}
    assert {f"'{name}" for name in wicked.values()} | {'\'=HYPERLINK("http://x")'} <= texts
    assert not [text for text in texts if text.startswith(("=", "+", "-", "@", "\t"))]
    assert not [row[-1] for row in rows if row[-1].startswith("'")]


def test_in_csv_a_figure_below_zero_stays_a_number() -> None:
    one = invented()
    made = picture(one.files, one.rows, MONITORING.regions[1], VAN, TOT, NOW, MONITORING)
    costs = next(table for table in made.tables if table.id == "kosten")
    below = replace(costs, rows=tuple(replace(cell, value=-12_345) for cell in costs.rows))
    lines = csv_of(made, below, MONITORING).decode("utf-8-sig").splitlines()
    assert {line.rpartition(";")[2] for line in lines[1:]} == {"-123,45"}


@pytest.mark.parametrize("path", ["/v1/beelden/nergens", "/v1/beelden/nergens/stand.csv", f"{ZK}/niets.csv"])
async def test_what_is_not_there_is_not_found(path: str) -> None:
    response = await get(path)
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["type"] == "urn:ijwhub:fout:not-found"
    assert "nergens" not in response.text


async def test_an_unknown_region_is_told_on_a_page() -> None:
    response = await get("/beelden/nergens")
    assert response.status_code == 404
    assert "Deze regio is er niet" in response.text


async def test_a_store_that_fails_is_unavailable() -> None:
    source = Source()
    source.fails = True
    async with client(source) as one:
        for path in ("/v1/beelden", ZK, "/beelden", "/beelden/ijmond"):
            assert (await one.get(path)).status_code == 503


async def test_figures_that_are_behind_are_not_told() -> None:
    source = Source()
    source.waiting = 12_345
    async with client(source) as one:
        for path in ("/v1/beelden", ZK, f"{ZK}/stand.csv"):
            response = await one.get(path)
            told = response.json()
            assert (response.status_code, told["type"]) == (503, "urn:ijwhub:fout:figures-behind")
            assert "12,345 events" in told["detail"]
            assert int(response.headers["Retry-After"]) > 0
        for path in ("/beelden", "/beelden/ijmond"):
            response = await one.get(path)
            assert (response.status_code, int(response.headers["Retry-After"]) > 0) == (503, True)
            assert "nog niet compleet" in response.text
        source.waiting = 0
        assert {(await one.get(path)).status_code for path in PATHS} == {200}


def basic(password: str, user: str = "wie dan ook") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


PATHS = ("/v1/beelden", "/v1/beelden/ijmond", "/v1/beelden/ijmond/stand.csv", "/beelden", "/beelden/ijmond")


@pytest.mark.parametrize(
    "header", [f"Bearer {TOKEN}", basic(TOKEN), f"bearer {TOKEN}"], ids=["bearer", "basic", "lower"]
)
async def test_who_has_the_token_may_look(header: str) -> None:
    async with client(token=TOKEN) as one:
        for path in PATHS:
            assert (await one.get(path, headers={"Authorization": header})).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        None, "", "Bearer", "Bearer ", "Bearer kijk", f"Bearer {TOKEN}x", f"Token {TOKEN}", basic(""),
        basic("x", TOKEN), "Basic ***", "Basic a", f"Basic {TOKEN}", basic(f"{TOKEN}:x"), "Basic é", "Bearer é", "é",
    ],
)  # fmt: skip
async def test_who_has_not_may_not(header: str | None) -> None:
    headers = [] if header is None else [(b"Authorization", header.encode("latin-1"))]
    with capture_logs() as logs:
        async with client(token=TOKEN) as one:
            for path in (*PATHS, "/beelden/nergens"):
                response = await one.get(path, headers=headers)
                assert response.status_code == 401
                assert response.json()["type"] == "urn:ijwhub:fout:not-authenticated"
                assert response.headers["WWW-Authenticate"].startswith("Basic realm=")
                assert TOKEN not in response.text
    assert TOKEN not in json.dumps(logs)


async def test_a_token_may_have_any_letters() -> None:
    async with client(token="kijkér") as one:
        for header in ("Bearer kijkér", basic("kijkér")):
            response = await one.get("/v1/beelden", headers=[(b"Authorization", header.encode())])
            assert response.status_code == 200


async def test_without_a_token_anybody_may_look() -> None:
    assert (await get("/v1/beelden")).status_code == 200


# --- pictures cost much: they are made once, in turn, and kept ------------------------------------------


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that is put on by hand, by changing its only element."""
    time = [1_000.0]
    for module in ("figures_pictures", "figures_reading"):
        monkeypatch.setattr(f"connectors.{module}.monotonic", lambda: time[0])
    return time


@dataclass
class Making:
    """Counts what is made, and holds it up until it may go on."""

    made: list[tuple[str, date]] = field(default_factory=list)
    pages: int = 0
    at_once: int = 0
    most_at_once: int = 0
    go_on: Event = field(default_factory=Event)

    def picture(self, *told: Any) -> Picture:
        self.made.append((told[2].id, told[4]))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        assert self.go_on.wait(20)
        self.at_once -= 1
        return picture(*told)

    def page(self, *told: Any) -> str:
        self.pages += 1
        return f"a page of {told[0].name}"


@pytest.fixture
def making(monkeypatch: pytest.MonkeyPatch) -> Making:
    one = Making()
    monkeypatch.setattr(figures_pictures, "picture", one.picture)
    monkeypatch.setattr(figures_pictures, "picture_page", one.page)
    return one


async def under_way(making: Making, count: int = 1) -> None:
    async with asyncio.timeout(10):
        while len(making.made) < count:
            await asyncio.sleep(0.01)


async def test_the_same_is_made_once_for_all_who_ask(making: Making) -> None:
    paths = (ZK, f"{ZK}/stand.csv", "/beelden/zuid-kennemerland", f"{ZK}?tot=2026-06", f"{ZK}?maanden=3")
    async with client() as one:
        asked = [asyncio.create_task(one.get(path)) for path in paths * 4]
        await under_way(making)
        making.go_on.set()
        assert {response.status_code for response in await asyncio.gather(*asked)} == {200}
    assert (making.made, making.pages) == ([("zuid-kennemerland", TOT)], 1)


async def test_one_is_made_at_a_time_and_of_too_many_the_last_are_told_to_wait(making: Making) -> None:
    months = [f"{year}-{month:02}" for year in (2024, 2025) for month in (3, 6, 9, 12)]
    async with client() as one:
        asked = [asyncio.create_task(one.get(ZK, params={"tot": month})) for month in months]
        await under_way(making)
        busy = [await response for response in islice(asyncio.as_completed(asked), len(months) - MOST_WAITING - 1)]
        page = await one.get("/beelden/ijmond")
        same = asyncio.create_task(one.get(ZK, params={"tot": f"{making.made[0][1]:%Y-%m}"}))
        assert (await one.get("/v1/beelden")).status_code == 200, "what is quick does not wait"
        assert (await one.get("/v1/beelden/nergens")).status_code == 404
        making.go_on.set()
        assert (await same).status_code == 200
        all_of_them = Counter(response.status_code for response in await asyncio.gather(*asked))
        assert [(await one.get(ZK, params={"tot": month})).status_code for month in months] == [200] * len(months)
    assert all_of_them == {200: MOST_WAITING + 1, 503: len(busy)}
    for response in busy:
        assert (response.status_code, response.json()["type"]) == (503, "urn:ijwhub:fout:unavailable")
        assert int(response.headers["Retry-After"]) > 0
    assert (page.status_code, "Even geduld" in page.text, int(page.headers["Retry-After"])) == (503, True, 10)
    assert making.most_at_once == 1


async def test_who_goes_away_does_not_spoil_it_for_others(making: Making) -> None:
    pictures = Pictures(Source())
    first, second = (asyncio.create_task(pictures.picture("ijmond", None, None)) for _ in range(2))
    await under_way(making)
    first.cancel()
    await asyncio.sleep(0)
    making.go_on.set()
    assert (await second).region == "ijmond"
    assert len(making.made) == 1


async def test_what_could_not_be_made_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Picture:
        raise StoreError("no")

    async with client() as one:
        with monkeypatch.context() as broken:
            broken.setattr(figures_pictures, "picture", fail)
            assert [(await one.get(ZK)).status_code for _ in range(MOST_WAITING + 3)] == [503] * (MOST_WAITING + 3)
        assert (await one.get(ZK)).status_code == 200


async def test_a_picture_is_kept_as_long_as_nothing_changes(making: Making, passing: list[float]) -> None:
    making.go_on.set()
    source = Source()
    async with client(source) as one:
        await one.get("/beelden/zuid-kennemerland")
        passing[0] += 1_000_000
        await one.get("/beelden/zuid-kennemerland")
        assert (len(making.made), making.pages) == (1, 1)
        source.files = list(invented().files)
        await one.get("/beelden/zuid-kennemerland")
        assert (len(making.made), making.pages) == (2, 2)


async def test_a_picture_of_before_is_given_while_figures_are_behind(making: Making, passing: list[float]) -> None:
    making.go_on.set()
    source = Source()
    async with client(source) as one:
        first = (await one.get(ZK)).json()
        source.waiting = 5_000
        passing[0] += 1_000_000
        assert (await one.get(ZK)).json() == first  # with the moment at which it was whole
        assert (await one.get("/v1/beelden/ijmond")).status_code == 503
        source.waiting, source.files = 0, ()
        assert (await one.get(ZK)).json() != first


@pytest.mark.parametrize("cost", [0, 60])
async def test_a_picture_is_kept_for_a_while_also_when_something_changes(
    making: Making, passing: list[float], monkeypatch: pytest.MonkeyPatch, cost: float
) -> None:
    def costly(*told: Any) -> Picture:
        passing[0] += cost
        return making.picture(*told)

    monkeypatch.setattr(figures_pictures, "picture", costly)
    making.go_on.set()
    source = Source()
    async with client(source) as one:
        first = (await one.get(ZK)).json()
        source.files = ()
        passing[0] += max(KEPT, REST * cost) - 0.5
        assert (await one.get(ZK)).json() == first
        passing[0] += 1
        second = (await one.get(ZK)).json()
    assert len(making.made) == 2
    assert first["tabellen"] != second["tabellen"]


async def test_no_more_than_some_are_kept(making: Making, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures_pictures, "MOST_KEPT", 2)
    making.go_on.set()
    async with client() as one:
        for month in ("2025-03", "2025-06", "2025-09", "2025-09", "2025-06", "2025-03"):
            await one.get(ZK, params={"tot": month, "maanden": "3"})
    assert [tot.month for _, tot in making.made] == [3, 6, 9, 3]


async def test_every_route_is_described() -> None:
    app = FastAPI()
    app.include_router(figures_router(Source()))
    paths = app.openapi()["paths"]
    assert set(paths) == {"/v1/beelden", "/v1/beelden/{regio}", "/v1/beelden/{regio}/{tabel}.csv"}
    for path in paths.values():
        assert path["get"]["operationId"]
        assert {"200", "401", "503", "default"} <= set(path["get"]["responses"])
