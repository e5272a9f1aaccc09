"""Until when certificates hold: which files are looked at, and who is told that one of them runs out."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from connectors.certificates import expires_at
from connectors.sqlite_store import SqliteStore
from monitoring.metrics import Metrics
from streams.cli.app import app
from streams.core.parties import Directory, Party, PushDelivery
from streams.hub.certificates import EARLY, Certificate, Expiry, expiries, of_hub, of_parties, watch_certificates
from streams.hub.settings import Settings
from tests.support.certificates import DAY, Authority, Pair

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
FILE = Certificate("hub", Path("hub.pem"))
BEGIN, END = "-----BEGIN CERTIFICATE-----\n", "\n-----END CERTIFICATE-----\n"


def days(path: Path) -> float:
    """Days until the first certificate in a file runs out."""
    return (expires_at(path) - datetime.now(UTC)) / DAY


def test_a_file_holds_until_the_first_of_its_certificates_runs_out(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    late, soon = authority.client("1", until=90 * DAY), authority.client("2", until=40 * DAY)
    both = tmp_path / "both.pem"
    both.write_bytes(late.key.read_bytes() + late.certificate.read_bytes() + soon.certificate.read_bytes())
    assert 89 < days(late.certificate) <= 90
    assert 39 < days(both) <= 40


@pytest.mark.parametrize("text", ["", "nonsense", f"{BEGIN}AAAA{END}"], ids=["empty", "no PEM", "no DER"])
def test_what_is_no_certificate_is_not_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "file.pem").write_text(text)
    keys = Authority(tmp_path).server().key
    for path in (tmp_path / "file.pem", keys, tmp_path / "absent.pem"):
        assert expiries((Certificate("hub", path),)) == (Expiry(Certificate("hub", path), None),)


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (NOON + EARLY, None),
        (NOON + EARLY - timedelta(seconds=1), "runs out in 29 days, 2026-06-03 11:59 UTC"),
        (NOON + timedelta(seconds=1), "runs out in 0 days"),
        (NOON, "has run out, 2026-05-04 12:00 UTC"),
        (None, "cannot be read; expected a file in PEM"),
    ],
    ids=["long", "not long", "today", "over", "unreadable"],
)
def test_it_is_told_thirty_days_before(at: datetime | None, told: str | None) -> None:
    problem = Expiry(FILE, at).problem(NOON)
    if told is None:
        assert problem is None
    else:
        assert problem is not None
        assert f"certificate hub.pem (hub) {told}" in problem


def pushed(id: str, code: str, **delivery: Any) -> Party:
    push = PushDelivery(url="https://127.0.0.1/", adapter="mailbox", **delivery)
    return Party(id=id, kind="aanbieder", code=code, name=id, delivery=push)


def site(folder: Path, own: Pair, *parties: Party) -> tuple[Settings, Directory]:
    settings = Settings(data=folder, certificate=own.certificate, certificate_key=own.key)
    return settings, Directory(parties)


def test_every_file_with_certificates_is_looked_at(tmp_path: Path) -> None:
    a, b, c = (tmp_path / f"{name}.pem" for name in "abc")
    settings = Settings(
        certificate=a, certificate_key=a, client_ca=b, kafka_ca=b, kafka_certificate=c, kafka_certificate_key=c
    )
    assert of_hub(settings) == (
        Certificate("hub", a),
        Certificate("client-ca", b),
        Certificate("kafka", c),
        Certificate("kafka", b),
    )
    assert of_hub(Settings()) == ()
    parties = Directory(
        (
            pushed("one", "65656001", ca=b, certificate=a, certificate_key=a),
            pushed("two", "65656002", ca=b),
            Party(id="three", kind="aanbieder", code="65656003", name="three"),
        )
    )
    assert of_parties(parties) == (Certificate("party", a), Certificate("party", b))


async def test_metrics_tell_the_first_of_each_use_and_the_log_what_runs_out_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.hub.certificates.LOOKS", 0.01)
    authority, metrics = Authority(tmp_path), Metrics()
    own, soon, late = (authority.client(name, until=until * DAY) for name, until in (("1", 90), ("2", 20), ("3", 60)))
    parties = (pushed("one", "65656001", ca=late.certificate), pushed("two", "65656002", ca=soon.certificate))

    def told(use: str) -> float | None:
        return metrics.registry.get_sample_value("ijwhub_certificate_expires_timestamp_seconds", {"use": use})

    first, later = expires_at(soon.certificate).timestamp(), expires_at(late.certificate).timestamp()
    with capture_logs() as logs:
        watching = asyncio.create_task(watch_certificates(*site(tmp_path, own, *parties), metrics))
        async with asyncio.timeout(30):
            while told("party") != first:
                await asyncio.sleep(0.01)
            assert (told("hub"), told("client-ca")) == (expires_at(own.certificate).timestamp(), None)
            own.certificate.write_bytes(late.certificate.read_bytes())  # the hub itself goes on with what it read
            soon.certificate.write_bytes(late.certificate.read_bytes())
            while told("party") != later:
                await asyncio.sleep(0.01)
        assert told("hub") not in (None, later)
        watching.cancel()
    (line,) = logs
    assert f"{soon.certificate} (party) runs out in 19 days" in line["hint"]


async def test_a_file_that_goes_away_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.hub.certificates.LOOKS", 0.01)
    authority, metrics = Authority(tmp_path), Metrics()
    own, theirs = authority.client("1", until=90 * DAY), authority.client("2", until=90 * DAY)
    settings, directory = site(tmp_path, own, pushed("one", "65656001", ca=theirs.certificate))
    watching = asyncio.create_task(watch_certificates(settings, directory, metrics))

    def uses() -> set[str]:
        return {sample.labels["use"] for one in metrics.certificate_expires.collect() for sample in one.samples}

    async with asyncio.timeout(30):
        while uses() != {"hub", "party"}:
            await asyncio.sleep(0.01)
        theirs.certificate.unlink()
        while uses() != {"hub"}:
            await asyncio.sleep(0.01)
    assert not watching.done()
    watching.cancel()


def test_status_tells_of_a_certificate_that_runs_out(tmp_path: Path) -> None:
    asyncio.run(SqliteStore(tmp_path / "hub.sqlite").close())
    authority = Authority(tmp_path)
    (tmp_path / "parties.yaml").write_text(
        "parties:\n  - {id: haarlem, kind: gemeente, code: '0392', name: Haarlem, delivery: "
        "{soort: push, url: 'https://127.0.0.1/', adapter: mailbox, ca: ca.pem}}\n"
    )
    (tmp_path / "ca.pem").write_bytes(authority.client("1", until=90 * DAY).certificate.read_bytes())
    own = authority.client("2", until=90 * DAY)
    environment = {
        "IJWHUB_PARTIES": str(tmp_path / "parties.yaml"),
        "IJWHUB_CERTIFICATE": str(own.certificate),
        "IJWHUB_CERTIFICATE_KEY": str(own.key),
    }
    well = CliRunner().invoke(app, ["status", "--data", str(tmp_path)], env=environment)
    (tmp_path / "ca.pem").write_bytes(authority.client("3", until=10 * DAY).certificate.read_bytes())
    own.certificate.unlink()
    result = CliRunner().invoke(app, ["status", "--data", str(tmp_path)], env=environment)

    assert (well.exit_code, well.stderr) == (0, "")
    assert result.exit_code == 1
    assert f"{own.certificate} (hub) cannot be read" in result.stderr
    assert f"{tmp_path / 'ca.pem'} (party) runs out in 9 days" in result.stderr
