"""`ijwhub demo` as a process of its own: every journey ends as written, and no output or log tells a person."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import httpx
import pytest

from schemas.ijw_3_2.findings import passes_elfproef
from streams.cli.journeys import journeys
from streams.cli.scene import PEOPLE
from tests.support.process import free_port

JOURNEYS = journeys(date(2026, 11, 23), 1)
PLAIN = {**os.environ, "NO_COLOR": "1"}


def demo(data: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "streams.cli", "demo", "--data", str(data), "--port", str(free_port()), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=PLAIN)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "var" / "demo"


@pytest.fixture(scope="module")
def played(data: Path) -> subprocess.CompletedProcess[str]:
    return demo(data, "--once")


def test_every_journey_ends_as_written(played: subprocess.CompletedProcess[str]) -> None:
    assert played.returncode == 0, played.stdout + played.stderr
    assert "Not as written" not in played.stdout
    assert played.stderr == ""


def test_the_table_tells_every_step(played: subprocess.CompletedProcess[str]) -> None:
    lines = [line.split() for line in played.stdout.splitlines()]
    assert lines[0] == ["step", "from", "→", "to", "message", "outcome", "level", "code,", "rule", "answer"]
    for journey in JOURNEYS:
        assert journey.title in played.stdout
        for step in journey.steps:
            told = [step.bericht, *step.ending.outcome.split()]
            assert any(set(told) <= set(line) for line in lines), step.says
    assert ["3", "9019", "TR019", "JW306"] in [line[-4:] for line in lines]
    assert ["3", "9056", "TR056", "JW302"] in [line[-4:] for line in lines]
    assert ["2", "0001", "TR018", "JW308"] in [line[-4:] for line in lines]
    assert ["1", "XSD", "fault"] in [line[-3:] for line in lines]
    assert ["+", "cjg-heemstede"] in lines
    table = played.stdout[: played.stdout.index("parties  ")]
    assert max(len(line) for line in table.splitlines()) <= 100


def test_it_tells_where_to_look(played: subprocess.CompletedProcess[str], data: Path) -> None:
    traced = re.search(r"ijwhub (trace \S+ --data \S+)", played.stdout)
    assert traced is not None
    found = subprocess.run(
        [sys.executable, "-m", "streams.cli", *traced[1].split()], capture_output=True, text=True, env=PLAIN
    )
    assert (found.returncode, "refused on level 3" in found.stdout) == (0, True)
    assert (data / "hub.sqlite").is_file()
    assert (data / "voorbeeld-ambulant" / "out").is_dir()


def test_nothing_tells_a_person(played: subprocess.CompletedProcess[str], data: Path) -> None:
    log = (data / "hub.log").read_text(encoding="utf-8")
    assert '"event": "started"' in log
    for text in (played.stdout, played.stderr, log):
        assert not [name for person in PEOPLE for name in person.split() if name in text]
        assert not [number for number in re.findall(r"(?<!\d)\d{9}(?!\d)", text) if passes_elfproef(number)]


def test_the_hub_holds_what_was_played(played: subprocess.CompletedProcess[str], data: Path) -> None:
    steps = [step for journey in JOURNEYS for step in journey.steps]
    entered = [step for step in steps if step.ending.outcome in ("accepted", "refused")]
    with sqlite3.connect(data / "hub.sqlite") as db:
        (logged,) = db.execute("SELECT count(*) FROM log").fetchone()
        (quarantined,) = db.execute("SELECT count(*) FROM verdict WHERE reason IS NOT NULL").fetchone()
        (aside,) = db.execute("SELECT count(*) FROM aside").fetchone()
        left = db.execute("SELECT DISTINCT receiver FROM output WHERE delivered_at IS NULL").fetchall()
    db.close()
    assert (logged, quarantined, aside) == (len(entered), 0, 1)
    assert ("cjg-heemstede",) in left


def test_a_second_time_on_the_same_folder(played: subprocess.CompletedProcess[str], data: Path) -> None:
    again = demo(data, "--once")

    assert again.returncode == 0, again.stdout + again.stderr


def test_it_keeps_running_until_it_is_interrupted(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "streams.cli", "demo", "--data", str(tmp_path), "--port", str(port)]
    with (tmp_path / "told").open("w+") as told:
        process = subprocess.Popen(command, stdout=told, stderr=told, env=PLAIN)
        try:
            until = time.monotonic() + 60
            while "Ctrl-C stops the hub." not in (tmp_path / "told").read_text() and time.monotonic() < until:
                assert process.poll() is None, (tmp_path / "told").read_text()
                time.sleep(0.1)
            mailbox = httpx.get(
                f"http://127.0.0.1:{port}/v1/postbus", headers={"Authorization": "Bearer demo-cjg-heemstede"}
            )
            assert len(mailbox.json()) == 1
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=30) == 0
        finally:
            process.kill()


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "-m", "streams.cli", "demo", "--once", "--data", str(tmp_path), "--port"]
        found = subprocess.run([*command, str(taken.getsockname()[1])], capture_output=True, text=True, env=PLAIN)

    assert found.returncode == 2
    assert "Address already in use" in found.stderr
    assert "--port" in found.stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--parties", "absent.yaml"], "absent.yaml:1"),
        (["--schemas", "."], "basisschema.xsd"),
        (["--data", "/dev/null/hub"], "--data"),
        (["--host", "192.0.2.1"], "cannot listen on 192.0.2.1"),
    ],
)
def test_a_hub_that_cannot_run_says_what_to_do(tmp_path: Path, options: list[str], told: str) -> None:
    parties = Path(__file__).parents[2] / "deploy" / "example" / "parties.yaml"
    given = ["--parties", str(parties), "--data", str(tmp_path), "--port", str(free_port()), *options]
    command = [sys.executable, "-m", "streams.cli", "run", *given]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, env=PLAIN, cwd=tmp_path)

    assert found.returncode == 2
    assert told in found.stderr
    assert "Traceback" not in found.stderr
    assert found.stdout == ""


def test_another_run_has_other_numbers_and_clients() -> None:
    def of(run: int) -> tuple[set[str], set[bytes], set[str]]:
        steps = [step for journey in journeys(date(2026, 11, 23), run) for step in journey.steps]
        bsns = {bsn for step in steps for bsn in re.findall(rb"Bsn>(\d{9})<", step.body)}
        numbers = {n.decode() for step in steps for n in re.findall(rb"(?:Nummer|Identificatie)>(\w+)<", step.body)}
        return {step.reference for step in steps}, bsns, numbers

    for one, other in zip(of(4711), of(4712), strict=True):
        assert not one & other


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 3, 31), date(2028, 2, 29), date(2026, 12, 31)])
@pytest.mark.parametrize("run", [0, 9_999_999])
def test_nothing_lies_in_the_future_and_every_bsn_is_a_test_number(today: date, run: int) -> None:
    for step in (step for journey in journeys(today, run) for step in journey.steps):
        days = {day.decode() for day in re.findall(rb">(\d{4}-\d\d-\d\d)<", step.body)}
        assert max(days) <= today.isoformat()
        for bsn in re.findall(rb"Bsn>(\d+)<", step.body):
            assert passes_elfproef(bsn.decode())
            assert 999_900_006 <= int(bsn) <= 999_999_990
