"""Figures over HTTP: JSON, CSV, pages, who may look, and that nothing hidden leaves."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache

import httpx
import pytest
from fastapi import FastAPI
from lxml import html
from structlog.testing import capture_logs

from connectors.figures_api import figures_router
from connectors.figures_words import HIDDEN
from connectors.http_problems import API_VERSION, install
from streams.core.monitors.picture import picture
from streams.core.monitors.picture_tables import Table
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import File
from streams.core.ports import StoreError
from streams.core.regions import Monitoring
from tests.support.picturing import MONITORING, NAMES, NOW, TOT, VAN, World, world

TOKEN = "kijk-maar-mee"
PERIOD = {"van": f"{VAN:%Y-%m}", "tot": f"{TOT:%Y-%m}"}
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

    async def read(self) -> tuple[Rows, Sequence[File]]:
        if self.fails:
            raise StoreError("no")
        return invented().rows, self.files

    def now(self) -> datetime:
        return NOW


@asynccontextmanager
async def client(source: Source | None = None, token: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    router = figures_router(source or Source(), token)
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
        "zuid-kennemerland", "Zuid-Kennemerland", "2026-01-01", "2026-06-30",
    )  # fmt: skip
    assert len(told["opmerkingen"]) == 4
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
        'attachment; filename="ijwhub-zuid-kennemerland-kosten-2026-01-01-2026-06-30.csv"'
    )
    assert response.content.startswith(b"\xef\xbb\xbfRegio;Van;Tot;Gemeentecode;Gemeente;Segment;Kosten (euro)\r\n")
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))
    *_, total = rows
    cost = next(one for one in tables() if one.id == "kosten").cell("*", "*").value
    assert total[:6] == ["Zuid-Kennemerland", "2026-01-01", "2026-06-30", "", "Hele regio", "Totaal"]
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


async def test_every_chart_says_in_words_what_it_shows() -> None:
    response = await get("/beelden/ijmond")
    page = html.fromstring(response.text)
    charts = list(page.iter("{*}svg"))
    assert len(charts) > 8
    for chart in charts:
        assert chart.get("role") == "img"
        title, about = (page.get_element_by_id(chart.get(name)) for name in ("aria-labelledby", "aria-describedby"))
        assert title.text
        assert re.search(r"\d", about.text or "")
    ids = [one.get("id") for one in page.iter() if one.get("id")]
    assert len(ids) == len(set(ids)), "ids are unique in a page"
    assert "Ambulant" in "".join(charts[0].itertext())


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


async def test_without_a_period_it_is_the_year_up_to_last_month() -> None:
    async with client() as one:
        told = (await one.get("/v1/beelden/ijmond")).json()
    assert (told["van"], told["tot"]) == ("2025-07-01", "2026-06-30")


@pytest.mark.parametrize(
    "period",
    [
        {"van": "2026-02", "tot": "2026-01"},
        {"van": "2014-12", "tot": "2015-01"},
        {"van": "2026-01", "tot": "2026-07"},
        {"van": "2018-01", "tot": "2026-01"},
        {"van": "gisteren", "tot": "2026-01"},
        {"van": "2026-01-01", "tot": "2026-01-31"},
        {"van": "", "tot": "2026-01"},
    ],
    ids=["backwards", "too early", "not over", "too long", "no month", "a day", "empty"],
)
async def test_an_impossible_period_is_a_problem(period: dict[str, str]) -> None:
    for path in (ZK, f"{ZK}/stand.csv"):
        response = await get(path, **period)
        assert response.status_code == 422
        assert response.json()["type"] == "urn:ijwhub:fout:invalid-parameter"
    page = await get("/beelden/zuid-kennemerland", **period)
    assert page.status_code == 422
    assert "Deze periode kan niet" in page.text


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
        basic("x", TOKEN), "Basic ***", "Basic a", f"Basic {TOKEN}", basic(f"{TOKEN}:x"),
    ],
)  # fmt: skip
async def test_who_has_not_may_not(header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    with capture_logs() as logs:
        async with client(token=TOKEN) as one:
            for path in (*PATHS, "/beelden/nergens"):
                response = await one.get(path, headers=headers)
                assert response.status_code == 401
                assert response.json()["type"] == "urn:ijwhub:fout:not-authenticated"
                assert response.headers["WWW-Authenticate"].startswith("Basic realm=")
                assert TOKEN not in response.text
    assert TOKEN not in json.dumps(logs)


async def test_without_a_token_anybody_may_look() -> None:
    assert (await get("/v1/beelden")).status_code == 200


async def test_a_picture_is_kept_until_something_changes() -> None:
    source = Source()
    async with client(source) as one:
        first = (await one.get(ZK, params=PERIOD)).json()
        source.files = ()
        second = (await one.get(ZK, params=PERIOD)).json()
        source.files = invented().files
        assert (await one.get(ZK, params=PERIOD)).json() == first
    assert first["tabellen"] != second["tabellen"]


async def test_every_route_is_described() -> None:
    app = FastAPI()
    app.include_router(figures_router(Source()))
    paths = app.openapi()["paths"]
    assert set(paths) == {"/v1/beelden", "/v1/beelden/{regio}", "/v1/beelden/{regio}/{tabel}.csv"}
    for path in paths.values():
        assert path["get"]["operationId"]
        assert {"200", "401", "503", "default"} <= set(path["get"]["responses"])
