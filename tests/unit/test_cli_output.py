"""Tables of commands: no word is broken on a screen, however narrow; through a pipe a row stays a row."""

from __future__ import annotations

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.cli.output import console, show, table

ID = "aece12d7-bafb-5025-a6d8-6159bbc79682.1"
WORDS = st.text("ab ", max_size=30)
ROWS = [(ID, "voorbeeld-ambulant", "27-11 10:21", "refused-by-receiver"), ("x", "haarlem", "-", "away for five days")]


def printed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    made = table("id", "receiver", "since", "reason", gap=1)
    for row in ROWS:
        made.add_row(*row)
    show(console(), made)
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("width", [60, 80, 92, 100, 120])
def test_no_word_and_no_moment_is_broken(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = printed(capsys)
    assert max(map(len, lines)) <= width
    for whole in (ID, "voorbeeld-ambulant", "27-11 10:21", "refused-by-receiver"):
        assert any(whole in line for line in lines)


def test_what_does_not_fit_becomes_a_list_for_each_row(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert printed(capsys)[:5] == [
        f"id        {ID}",
        "receiver  voorbeeld-ambulant",
        "since     27-11 10:21",
        "reason    refused-by-receiver",
        "",
    ]


def test_through_a_pipe_a_row_stays_a_row(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    header, *rows = printed(capsys)
    assert header.split() == ["id", "receiver", "since", "reason"]
    assert rows[0].split()[:2] == [ID, "voorbeeld-ambulant"]


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), max_size=4), st.integers(45, 60))
def test_every_word_of_any_table_is_shown_once_and_whole(rows: list[tuple[str, str, str]], width: int) -> None:
    made, shown = table("one", "two", "three"), StringIO()
    for row in rows:
        made.add_row(*row)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        show(console(shown), made)
    words = [word for word in shown.getvalue().split() if word not in ("one", "two", "three")]
    assert sorted(words) == sorted(word for row in rows for cell in row for word in cell.split())
