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
from tests.support.vendor_wire import FolderWire, HttpWire, MailboxWire

ROLES: tuple[Role, ...] = ("aanbieder", "gemeente")


def wanted(role: Role, report: Path, port: int, only: tuple[str, ...]) -> Wanted:
    """Patient in a whole run, whatever else the machine does; what a broken vendor leaves out costs its patience."""
    return Wanted(role, "0392", "65656001", 3 if only else 60, port, report, only, quiet=0.7)


async def over_folder(vendor: Vendor, home: Path, only: tuple[str, ...] = ()) -> int:
    report = home / "report"
    wire = asyncio.create_task(FolderWire(vendor, home / "wire", report / "opdracht.json").run())
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


async def test_the_reference_vendor_passes_a_counterpart_that_it_comes_to(tmp_path: Path) -> None:
    port = free_port()
    wire = MailboxWire(Vendor("gemeente", Schemas(), answer_after=timedelta()), f"http://127.0.0.1:{port}")
    running = asyncio.create_task(wire.run())
    try:
        assert await asyncio.to_thread(serve_conformance, wanted("gemeente", tmp_path, port, ())) == 0
    finally:
        running.cancel()
        await wire.close()
    assert failed(tmp_path) == set()
    assert "kenmerk-hergebruikt" not in (tmp_path / "junit.xml").read_text()


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
