"""The command of the kit: what it refuses before it starts, and what it leaves behind when it is broken off."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
import typer
from typer.testing import CliRunner

from connectors.conformance_api import kit_app
from connectors.pushing import Endpoint
from streams.cli import conforming
from streams.cli.app import app
from streams.cli.conforming import Wanted, options_of, run_over_folder, run_over_http, target_of
from streams.hub.clock import now
from tests.support.process import free_port


def wanted(report: Path, **other: object) -> Wanted:
    return Wanted("aanbieder", "0392", "65656001", 0.2, 1, report, **other)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("target", "format", "found"),
    [("https://a.nl/in", None, "https://a.nl/in"), ("wire", None, Path("wire")), ("wire", "file_drop", Path("wire"))],
)
def test_a_target_is_a_url_or_a_folder(target: str, format: str | None, found: Path | str) -> None:
    assert target_of(target, format) == found


@pytest.mark.parametrize("target", ["ftp://a.nl/in", "file:///wire"])
def test_an_address_that_is_not_http_is_no_folder(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        target_of(target, None)
    assert "expected a folder, or an address that begins with http:// or https://" in capsys.readouterr().err


def test_a_system_that_is_not_there_is_told_before_the_play(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    with pytest.raises(typer.Exit):
        run_over_http(wanted(tmp_path), Endpoint(url=f"http://127.0.0.1:{port}/in"))
    assert f"nothing listens at 127.0.0.1:{port}: " in capsys.readouterr().err


def test_a_report_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(typer.Exit):
        run_over_folder(wanted(tmp_path / "file" / "report"), tmp_path / "wire")
    assert "Name a folder that can be written to." in capsys.readouterr().err


@pytest.mark.parametrize("code", [("--gemeente", "392"), ("--aanbieder", "6565600")])
def test_a_code_of_too_few_digits_is_told_by_its_option(code: tuple[str, str], tmp_path: Path) -> None:
    options = ["--role", "gemeente", "--target", str(tmp_path / "wire"), "--report", str(tmp_path), *code]
    told = CliRunner().invoke(app, ["conformance", "run", *options])
    assert told.exit_code == 2
    assert code[0] in told.output
    assert "digits" in told.output


async def test_the_kits_own_page_tells_how_far_it_is(tmp_path: Path) -> None:
    meeting = conforming._meeting(wanted(tmp_path))
    kit = httpx.ASGITransport(kit_app(meeting.desk, now, meeting.so_far))
    async with httpx.AsyncClient(transport=kit, base_url="http://127.0.0.1") as client:
        page = await client.get("/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "Conformiteitsproef iJw 3.2: aanbieder" in page.text


@pytest.mark.parametrize(("target", "format"), [("http://a.nl", "file_drop"), ("wire", "stuf_ggk")])
def test_a_format_must_go_with_its_target(target: str, format: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        target_of(target, format)
    assert f"{format} does not go with this target" in capsys.readouterr().err


def test_options_are_names_with_values(capsys: pytest.CaptureFixture[str]) -> None:
    assert options_of(["fault_list=2018", "name=a=b"]) == {"fault_list": "2018", "name": "a=b"}
    with pytest.raises(typer.Exit):
        options_of(["fault_list"])
    assert "expected name=value" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"only": ("nee",)}, "there is no scenario 'nee'"),
        ({"options": {"nee": "1"}}, "adapter mailbox"),
    ],
)
def test_what_is_not_known_is_refused_before_anything_is_sent(
    other: dict[str, object], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit):
        run_over_folder(wanted(tmp_path / "report", **other), tmp_path / "wire")
    assert says in capsys.readouterr().err
    assert not (tmp_path / "wire").exists()


def test_a_run_without_an_answer_ends_with_1_and_says_what_was_not_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = wanted(tmp_path / "report", only=("buiten-het-schema",))
    assert run_over_folder(asked, tmp_path / "wire") == 1
    assert "Niet geslaagd." in capsys.readouterr().out
    assert [path.name for path in (tmp_path / "wire" / "out").iterdir()]


def test_a_run_that_is_broken_off_leaves_its_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken_off(*_: object) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(conforming, "drive", broken_off)
    with pytest.raises(BaseException):  # noqa: B017, PT011 - a task group wraps it as it likes
        run_over_folder(wanted(tmp_path, only=("buiten-het-schema",)), tmp_path / "wire")
    assert "Conformiteitsproef" in (tmp_path / "conformance.html").read_text(encoding="utf-8")
