"""`ijwhub simulate`: the files it writes, and how it plays them on a hub."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import msgspec
import pytest
from typer.testing import CliRunner, Result

from streams.cli import simulating
from streams.cli.app import app
from streams.core.parties_file import load_directory
from streams.simulating.configuration import Simulation
from streams.simulating.simulation import simulate
from streams.simulating.truth import truth_decoded

NAMES = ("parties.yaml", "berichten.jsonl", "truth.json")
TINY = ("--seed", "4", "--youths", "30", "--days", "45")


def run(out: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["simulate", *TINY, "--out", str(out), *options])


def lines(out: Path) -> list[simulating.Line]:
    decoder = msgspec.json.Decoder(simulating.Line)
    return [decoder.decode(text) for text in (out / "berichten.jsonl").read_bytes().splitlines()]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> list[httpx.Request]:
    """A hub that takes everything in, and what it was asked."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(503 if "broken" in str(request.url) else 403 if len(asked) == 2 else 202)

    real = httpx.Client
    monkeypatch.setattr(
        simulating.httpx, "Client", lambda **options: real(**options, transport=httpx.MockTransport(answer))
    )
    return asked


def test_it_writes_parties_messages_and_truth(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.exit_code == 0, done.output
    simulated = simulate(Simulation(youths=30, days=45), seed=4)
    sent = list(simulated)
    written = lines(tmp_path)
    assert [(line.reference, base64.b64decode(line.body)) for line in written] == [(o.reference, o.body) for o in sent]
    assert load_directory(tmp_path / "parties.yaml") == simulated.directory
    assert truth_decoded((tmp_path / "truth.json").read_bytes()) == simulated.truth
    assert f"{len(sent)} in 45 days from 2026-01-01, of 30 youths" in done.output


def test_no_person_is_told_on_the_screen(tmp_path: Path) -> None:
    told = run(tmp_path).output
    people = truth_decoded((tmp_path / "truth.json").read_bytes()).jeugdigen
    assert people
    assert not any(youth.bsn in told for youth in people)


def test_it_plays_everything_in_order_as_the_parties_would(tmp_path: Path, hub: list[httpx.Request]) -> None:
    done = run(tmp_path, "--hub", "http://hub.test")
    assert done.exit_code == 0, done.output
    written = lines(tmp_path)
    assert [request.headers["Idempotency-Key"] for request in hub] == [line.reference for line in written]
    assert [request.headers["Authorization"] for request in hub] == [f"Bearer demo-{line.party}" for line in written]
    assert hub[0].content == base64.b64decode(written[0].body)
    assert {str(request.url) for request in hub} == {"http://hub.test/v1/berichten"}
    assert f"took in {len(written) - 1} messages and refused 1 at its door" in done.output
    assert "truth.json does not hold" in done.output.replace("\n", "")


def test_a_region_that_was_written_is_played_as_it_is(tmp_path: Path, hub: list[httpx.Request]) -> None:
    assert run(tmp_path).exit_code == 0
    before = [(tmp_path / name).read_bytes() for name in NAMES]
    done = run(tmp_path, "--seed", "9", "--hub", "http://hub.test")
    assert done.exit_code == 0, done.output
    assert f"{tmp_path} holds a region already: that one is played." in done.output
    assert [(tmp_path / name).read_bytes() for name in NAMES] == before
    assert len(hub) == len(lines(tmp_path))


@pytest.mark.parametrize("there", NAMES)
@pytest.mark.parametrize("options", [(), ("--data",), ("--data", "--hub")], ids=" ".join)
def test_a_region_that_is_there_is_not_written_over(
    tmp_path: Path, there: str, options: tuple[str, ...], hub: list[httpx.Request]
) -> None:
    (tmp_path / there).write_text("mine")
    values = {"--data": str(tmp_path / "hub"), "--hub": "http://hub.test"}
    done = run(tmp_path, *(word for name in options for word in (name, values[name])))
    assert done.exit_code == 2
    assert f"{there}. Name another folder with --out" in " ".join(done.output.split())
    assert (list(tmp_path.iterdir()), (tmp_path / there).read_text(), hub) == ([tmp_path / there], "mine", [])


def test_half_a_region_is_not_played(tmp_path: Path, hub: list[httpx.Request]) -> None:
    (tmp_path / "parties.yaml").write_text("parties: []")
    assert run(tmp_path, "--hub", "http://hub.test").exit_code == 2
    assert hub == []


@pytest.mark.parametrize("more", [(), ("--data", "hub")], ids=" ".join)
def test_a_speed_without_a_hub_to_play_on_is_refused(tmp_path: Path, more: tuple[str, ...]) -> None:
    done = run(tmp_path / "out", "--speed", "10", *more)
    assert (done.exit_code, "--hub" in done.output, (tmp_path / "out").exists()) == (2, True, False)


def test_a_hub_on_kafka_cannot_be_filled_and_that_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"KAFKA": "127.0.0.1:1", "DATABASE": "postgresql://x", "PSEUDONYM_KEY": "k" * 32}.items():
        monkeypatch.setenv(f"IJWHUB_{name}", value)
    done = run(tmp_path / "out", "--data", str(tmp_path / "hub"))
    assert (done.exit_code, "IJWHUB_KAFKA" in done.output, list(tmp_path.iterdir())) == (2, True, [])


def test_a_hub_gets_a_region_that_went_on_until_yesterday(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulating, "now", lambda: datetime(2026, 3, 1, 12, tzinfo=UTC))
    monkeypatch.setattr(simulating.logs, "configure", lambda **_: None)  # of the process, and other tests are in it too
    done = run(tmp_path, "--data", str(tmp_path / "hub"))
    assert done.exit_code == 0, done.output
    truth = truth_decoded((tmp_path / "truth.json").read_bytes())
    assert (truth.first, truth.last) == (date(2026, 1, 15), date(2026, 2, 28))
    assert (tmp_path / "hub" / "hub.sqlite").exists()


def test_a_hub_cannot_have_what_is_still_to_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulating, "now", lambda: datetime(2026, 3, 1, 12, tzinfo=UTC))
    done = run(tmp_path / "out", "--start", "2026-01-16", "--data", str(tmp_path / "hub"))
    assert (done.exit_code, "Give an earlier --start" in done.output, list(tmp_path.iterdir())) == (2, True, [])


def test_it_plays_at_the_speed_that_is_asked(
    tmp_path: Path, hub: list[httpx.Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(simulating.time, "sleep", slept.append)
    monkeypatch.setattr(simulating.time, "monotonic", lambda: 0.0)
    assert run(tmp_path, "--hub", "http://hub.test", "--speed", "86400").exit_code == 0
    assert len(slept) == len(lines(tmp_path))
    assert slept == sorted(slept)
    assert 40 < slept[-1] < 45


def test_it_stops_when_the_hub_cannot_take_messages_in(tmp_path: Path, hub: list[httpx.Request]) -> None:
    done = run(tmp_path, "--hub", "http://broken.test")
    assert done.exit_code == 2
    assert len(hub) == 1
    assert "HTTP 503" in done.output


def test_a_configuration_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("aanbieders: 1")
    done = run(tmp_path, "--config", str(wrong))
    assert done.exit_code == 2
    assert "aanbieders: Input should be greater than or equal to 2" in done.output
