"""The command of the kit: what it refuses before it starts, and what it leaves behind when it is broken off."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import typer

from streams.cli import conforming
from streams.cli.conforming import Wanted, options_of, run_over_folder, target_of


def wanted(report: Path, **other: object) -> Wanted:
    return Wanted("aanbieder", "0392", "65656001", 0.2, 1, report, **other)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("target", "format", "found"),
    [("https://a.nl/in", None, "https://a.nl/in"), ("wire", None, Path("wire")), ("wire", "file_drop", Path("wire"))],
)
def test_a_target_is_a_url_or_a_folder(target: str, format: str | None, found: Path | str) -> None:
    assert target_of(target, format) == found


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
