"""The kit over real wires: the reference vendor passes over a folder and over HTTP in each format."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree

from connectors.pushing import Endpoint
from schemas.ijw_3_2.reading import Schemas
from streams.cli.conforming import Format, Wanted, run_over_folder, run_over_http, serve_conformance
from streams.conformance.casus import Role
from tests.conformance.broken_answering import AnswersARepeat
from tests.conformance.broken_sending import GivesUpWhenUnavailable, ResendsUnderAnotherReference
from tests.support.process import free_port
from tests.support.vendor import Vendor
from tests.support.vendor_wire import FolderWire, HttpWire, MailboxWire, PullWire

ROLES: tuple[Role, ...] = ("aanbieder", "gemeente")


def wanted(role: Role, report: Path, port: int, only: tuple[str, ...]) -> Wanted:
    """Patient in a whole run, whatever else the machine does; what a broken vendor leaves out costs its patience."""
    return Wanted(role, "0392", "65656001", 3 if only else 60, port, report, only, quiet=0.7)


async def over_folder(
    vendor: Vendor, home: Path, only: tuple[str, ...] = (), over: type[FolderWire] = FolderWire
) -> int:
    report = home / "report"
    wire = asyncio.create_task(over(vendor, home / "wire", report / "opdracht.json").run())
    try:
        return await asyncio.to_thread(run_over_folder, wanted(vendor.role, report, 1, only), home / "wire")
    finally:
        wire.cancel()


async def over_http(vendor: Vendor, home: Path, format: Format, only: tuple[str, ...] = ()) -> int:
    kit, own = free_port(), free_port()
    wire = HttpWire(vendor, format, f"http://127.0.0.1:{kit}")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(wire.listening(own))
        running = asyncio.create_task(wire.run())
        stack.callback(running.cancel)
        asked = replace(wanted(vendor.role, home, kit, only), format=format)
        return await asyncio.to_thread(run_over_http, asked, Endpoint(url=f"http://127.0.0.1:{own}/in"))


def failed(report: Path) -> set[tuple[str, str]]:
    """Scenario and rule of each failure in the JUnit report."""
    root = etree.parse(report / "junit.xml").getroot()
    return {
        (case.get("classname", ""), case.get("name", "").split()[-1])
        for case in root.iter("testcase")
        if case.find("failure") is not None
    }


@pytest.mark.parametrize("role", ROLES)
async def test_the_reference_vendor_passes_over_a_folder(role: Role, tmp_path: Path) -> None:
    assert await over_folder(Vendor(role, Schemas(), answer_after=timedelta()), tmp_path) == 0
    assert failed(tmp_path / "report") == set()
    assert "Niet gespeeld" in (tmp_path / "report" / "conformance.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("role", "format"), [("aanbieder", "vsp_rest"), ("gemeente", "stuf_ggk"), ("aanbieder", "mailbox")]
)
async def test_the_reference_vendor_passes_over_http(role: Role, format: Format, tmp_path: Path) -> None:
    assert await over_http(Vendor(role, Schemas(), answer_after=timedelta()), tmp_path, format) == 0
    assert failed(tmp_path) == set()


async def comes_to(role: Role, wire: type[MailboxWire | PullWire], home: Path, only: tuple[str, ...] = ()) -> int:
    """What `serve` says of a reference vendor that comes over such a wire."""
    port = free_port()
    one = wire(Vendor(role, Schemas(), answer_after=timedelta()), f"http://127.0.0.1:{port}")
    running = asyncio.create_task(one.run())
    try:
        return await asyncio.to_thread(serve_conformance, wanted(role, home, port, only))
    finally:
        running.cancel()
        await one.close()


@pytest.mark.parametrize(("role", "wire"), [("gemeente", MailboxWire), ("aanbieder", PullWire)])
async def test_the_reference_vendor_passes_a_counterpart_that_it_comes_to(
    role: Role, wire: type[MailboxWire | PullWire], tmp_path: Path
) -> None:
    assert await comes_to(role, wire, tmp_path) == 0
    assert failed(tmp_path) == set()
    assert "kenmerk-hergebruikt" not in (tmp_path / "junit.xml").read_text()


class NeverSignsOff(MailboxWire):
    async def look(self) -> None:
        self.read: set[str] = getattr(self, "read", set())
        await super().look()

    async def _fetch(self, id: str) -> None:
        if id not in self.read:
            await super()._fetch(id)

    async def sign_off(self, path: str) -> None:
        self.read.add(path.rpartition("/")[2])


class LeavesFiles(FolderWire):
    async def look(self) -> None:
        self.read: set[Path] = getattr(self, "read", set())
        await super().look()

    def _take(self, path: Path) -> None:
        if path not in self.read:
            super()._take(path)

    def take_away(self, path: Path) -> None:
        self.read.add(path)


async def test_what_is_fetched_and_never_acknowledged_is_found(tmp_path: Path) -> None:
    assert await comes_to("aanbieder", NeverSignsOff, tmp_path, ("buiten-het-schema",)) == 1
    assert failed(tmp_path) == {("buiten-het-schema", "afgemeld")}


async def test_what_is_left_in_the_folder_is_found(tmp_path: Path) -> None:
    vendor = Vendor("aanbieder", Schemas(), answer_after=timedelta())
    assert await over_folder(vendor, tmp_path, ("uit-de-toekomst",), LeavesFiles) == 1
    assert failed(tmp_path / "report") == {("uit-de-toekomst", "afgemeld")}


async def test_a_repeat_that_is_answered_is_found_over_a_folder(tmp_path: Path) -> None:
    only = ("dubbele-aanlevering",)
    assert await over_folder(AnswersARepeat("aanbieder", Schemas()), tmp_path, only) == 1
    assert ("dubbele-aanlevering", "herhaling") in failed(tmp_path / "report")


async def test_resending_under_another_reference_is_found_over_http(tmp_path: Path) -> None:
    only = ("ontvangst-verloren",)
    vendor = ResendsUnderAnotherReference("aanbieder", Schemas())
    assert await over_http(vendor, tmp_path, "mailbox", only) == 1
    assert ("ontvangst-verloren", "ongewijzigd") in failed(tmp_path)


async def test_giving_up_after_a_503_is_found_over_http(tmp_path: Path) -> None:
    only = ("even-niet-bereikbaar",)
    assert await over_http(GivesUpWhenUnavailable("gemeente", Schemas()), tmp_path, "stuf_ggk", only) == 1
    assert ("even-niet-bereikbaar", "opnieuw") in failed(tmp_path)
