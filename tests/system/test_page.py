"""The page of a region in a real browser: wide, narrow and printed, with scripts off."""

from __future__ import annotations

import csv
import io
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from threading import Thread

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, Request, sync_playwright

from connectors.conformance_report import as_page
from connectors.figures_api import figures_router
from connectors.http_problems import install
from streams.core.access import Role
from streams.core.access_file import User
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import File
from tests.conformance.broken_answering import AcceptsEverything
from tests.support.access import gate
from tests.support.conformance import run_kit, schemas
from tests.support.picturing import MONITORING, NOW, world
from tests.support.services import require

TOKEN = "kijk-maar-mee"
PERIOD = "?tot=2026-06&maanden=12"
REGIONS = ("ijmond", "zuid-kennemerland", "groningen")


class Source:
    """Keeps the contract FigureSource."""

    monitoring = MONITORING

    def __init__(self) -> None:
        self._world = world(1500)

    async def read(self) -> tuple[Rows, Sequence[File]]:
        return self._world.rows, self._world.files

    def now(self) -> datetime:
        return NOW


@contextmanager
def serving() -> Iterator[str]:
    """A real server on a port of its own, that asks for the token; gives its address."""
    app = FastAPI()
    app.state.gate = gate(
        None, User(name="kijker", roles={Role.VIEWER}, token_sha256=sha256(TOKEN.encode()).hexdigest())
    )
    router = figures_router(Source())
    app.include_router(router)
    install(app, router.routes)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)


@dataclass
class Site:
    """Pages as a browser without scripts sees them, with everything that it asked for or complained about."""

    browser: Browser
    address: str
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @contextmanager
    def page(self, path: str, width: int) -> Iterator[Page]:
        credentials = {"username": "lezer", "password": TOKEN}
        context = self.browser.new_context(
            base_url=self.address,
            java_script_enabled=False,
            http_credentials=credentials,  # type: ignore[arg-type]
            viewport={"width": width, "height": 900},
            accept_downloads=True,
        )
        page = context.new_page()
        page.on("request", self._note)
        page.on("console", lambda message: self.complaints.append(message.text))
        try:
            response = page.goto(path)
            assert response is not None
            assert response.status == 200
            yield page
        finally:
            context.close()

    def _note(self, request: Request) -> None:
        self.asked.append(request.url)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    require([] if chromium else ["Chromium, to look at pages"])
    with serving() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            yield Site(browser, address)
        finally:
            browser.close()


TOO_WIDE = """(width) => [...document.querySelectorAll("h1, h2, h3, p, li, figure, svg, form, .scroll, summary, dl")]
    .filter(one => one.getBoundingClientRect().right > width + 1).map(one => one.textContent.slice(0, 60))"""
"""What sticks out of the window, other than inside what scrolls by itself."""


@pytest.mark.parametrize("width", [1280, 380])
@pytest.mark.parametrize("region", REGIONS)
def test_the_page_fits_and_asks_for_nothing_else(site: Site, region: str, width: int) -> None:
    del site.asked[:], site.complaints[:]
    with site.page(f"/beelden/{region}{PERIOD}", width) as page:
        assert page.evaluate(TOO_WIDE, width) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.locator("section").count() > 8
        assert page.locator("svg").count() > 5
    assert {url.partition("?")[0] for url in site.asked if not url.startswith("data:")} == {
        f"{site.address}/beelden/{region}"
    }
    assert site.complaints == []


def test_text_in_charts_can_be_read_on_a_telephone(site: Site) -> None:
    with site.page(f"/beelden/ijmond{PERIOD}", 380) as page:
        words = page.locator("svg").first.locator("text")
        boxes = [words.nth(number).bounding_box() for number in range(words.count())]
    assert boxes
    assert all(box is not None and box["height"] >= 11 for box in boxes)


def test_a_chart_is_an_image_with_a_name_for_who_cannot_see_it(site: Site) -> None:
    with site.page(f"/beelden/ijmond{PERIOD}", 1280) as page:
        chart = page.get_by_role("img", name="Jeugdigen in zorg per segment")
        assert chart.count() == 1
        table = page.get_by_role("table").first
        assert table.get_by_role("rowheader", name="Hele regio").count() == 1
        assert table.get_by_role("columnheader", name="Verblijf").count() == 1


def test_the_period_is_chosen_with_the_form(site: Site) -> None:
    with site.page(f"/beelden/ijmond{PERIOD}", 1280) as page:
        page.get_by_label("Tot en met").fill("2026-03")
        page.get_by_label("Periode").select_option("1 kwartaal")
        page.get_by_role("button", name="Toon").click()
        assert page.url == f"{site.address}/beelden/ijmond?tot=2026-03&maanden=3"
        assert "1 januari 2026 tot en met 31 maart 2026" in page.locator("header").inner_text()
        assert page.get_by_label("Periode").input_value() == "3"


def test_a_table_is_downloaded_as_csv(site: Site) -> None:
    with site.page(f"/beelden/ijmond{PERIOD}", 1280) as page, page.expect_download() as downloading:
        page.locator("article", has_text="Stand op de laatste dag").locator(".csv a").first.click()
        rows = list(csv.reader(io.StringIO(Path(downloading.value.path()).read_text("utf-8-sig")), delimiter=";"))
    assert rows[0][:5] == ["Regio", "Van", "Tot", "Gemeentecode", "Gemeente"]
    assert rows[1][:5] == ["IJmond", "2025-07-01", "2026-06-30", "0375", "Beverwijk"]


def test_the_list_leads_to_a_picture_and_its_folded_tables_open(site: Site) -> None:
    with site.page("/beelden", 380) as page:
        page.get_by_role("link", name="Groningen").click()
        assert page.locator("h1").inner_text() == "Groningen"
        folded = page.locator("details").first
        assert not folded.locator("table").first.is_visible()
        folded.locator("summary").click()
        assert folded.locator("table").first.is_visible()


@pytest.mark.parametrize("width", [1280, 380])
def test_the_report_of_the_conformance_kit_fits_without_scrolling(site: Site, width: int) -> None:
    with closing(site.browser.new_page(viewport={"width": width, "height": 900})) as page:
        page.set_content(as_page(run_kit(AcceptsEverything("gemeente", schemas()))))
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.locator("td").count() > 500
        assert page.evaluate(TOO_WIDE.replace('"h1, ', '"td, h1, '), width) == []


def test_what_is_printed_fits_on_paper_with_what_is_folded_and_without_the_form(site: Site) -> None:
    with site.page(f"/beelden/ijmond{PERIOD}", 680) as page:  # A4 at 96 dots an inch, less its margins
        page.emulate_media(media="print")
        assert not page.locator("form").is_visible()
        assert not page.locator("nav").is_visible()
        tables = page.locator("table")
        boxes = [tables.nth(number).bounding_box() for number in range(tables.count())]
        assert page.locator("details table").count() > 10
        assert all(box is not None and box["x"] + box["width"] <= 681 for box in boxes)
        assert page.locator("svg").first.is_visible()
        all_pages = page.pdf(format="A4").count(b"/Type /Page\n")
        page.evaluate("document.querySelectorAll('details').forEach(one => one.remove())")
        assert all_pages > page.pdf(format="A4").count(b"/Type /Page\n") > 3
