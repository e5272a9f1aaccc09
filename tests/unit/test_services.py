"""What deploy/services.py says about a machine, and that the containers are set up as the local servers are."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from deploy import finding, services
from deploy.servers import Kafka
from tests.support import services as support

DEPLOY = Path(services.__file__).parent
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]


def _settings() -> dict[str, str]:
    lines = (DEPLOY / "kafka" / "server.properties").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine with nothing: no program, no jars, no PostgreSQL, and root who runs it."""
    monkeypatch.setattr(finding.shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr(finding, "LIBS", tmp_path / "libs")
    monkeypatch.setattr(finding, "postgresql_programs", lambda: None)
    monkeypatch.setattr(finding, "postgresql_user", lambda: "postgres")
    monkeypatch.setattr(finding, "user_exists", lambda _: False)


@pytest.mark.usefixtures("bare")
def test_a_bare_machine_is_told_everything_once() -> None:
    said = finding.missing()
    assert set(said) == {
        finding.NO_JAVA,
        finding.NO_MAVEN,
        finding.NO_PS,
        finding.NO_POSTGRESQL,
        finding.NO_USER,
    }
    assert len(said) == 5
    for package in ("openjdk-17-jre-headless", "maven", "postgresql", "procps"):
        assert any(package in phrase for phrase in said)


@pytest.mark.usefixtures("bare")
def test_maven_is_not_asked_for_when_the_jars_are_there() -> None:
    finding.LIBS.mkdir()
    (finding.LIBS / "finished").write_text(finding._wanted_jars())
    assert finding.NO_MAVEN not in finding.missing_for_kafka()


@pytest.mark.usefixtures("bare")
def test_jars_of_another_pom_or_of_a_broken_fetch_do_not_count() -> None:
    finding.LIBS.mkdir()
    assert finding.NO_MAVEN in finding.missing_for_kafka()
    (finding.LIBS / "finished").write_text("another")
    assert finding.NO_MAVEN in finding.missing_for_kafka()


@pytest.mark.parametrize(
    ("said", "fits"),
    [('openjdk version "17.0.15"', True), ('openjdk version "21" 2023', True), ('java version "1.8.0_402"', False)],
)
def test_java_is_17_or_later(said: str, fits: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding.shutil, "which", lambda *_, **__: "/somewhere/java")
    monkeypatch.setattr(finding.subprocess, "run", lambda *_, **__: SimpleNamespace(stderr=said))
    assert (finding.java() == "/somewhere/java") is fits


@pytest.mark.usefixtures("bare")
def test_start_says_what_to_install(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert services.main(["start", "--data", str(tmp_path / "data")]) == 1
    assert "apt-get install maven" in capsys.readouterr().out
    assert not (tmp_path / "data").exists()


def test_a_taken_port_is_said_before_anything_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        kafka = Kafka(tmp_path / "kafka", other.getsockname()[1])
        with pytest.raises(finding.ServiceError, match=r"which another program has.*--kafka-port"):
            kafka.start()
    assert not (tmp_path / "kafka" / "data").exists()


def test_a_number_in_a_pid_file_may_be_somebody_elses(tmp_path: Path) -> None:
    if shutil.which("ps") is None:
        support.require([finding.NO_PS])
    kafka = Kafka(tmp_path, 9092)
    (tmp_path / "pid").write_text("1 9092\n")
    assert kafka.pid is None
    kafka.stop()
    assert not (tmp_path / "pid").exists()


def test_a_free_port_is_not_one_that_a_client_may_get() -> None:
    assert all(20_000 <= finding.free_port() < 32_000 for _ in range(50))


def test_lacking_skips_and_is_required_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IJWHUB_REQUIRE_SERVICES", raising=False)
    support.require(())
    with pytest.raises(pytest.skip.Exception, match=r"^this machine lacks java; maven$"):
        support.require(("java", "maven"))
    monkeypatch.setenv("IJWHUB_REQUIRE_SERVICES", "1")
    with pytest.raises(pytest.fail.Exception, match="java; maven"):
        support.require(("java", "maven"))


def test_the_last_lines_of_a_run_count_what_was_lacking() -> None:
    reasons = ["this machine lacks java", "another reason", "this machine lacks java", "this machine lacks mvn"]
    reports = [SimpleNamespace(longrepr=("file", 1, f"Skipped: {reason}")) for reason in reasons]
    assert support.skipped_for_lack(reports) == [
        "2 tests were skipped: this machine lacks java",
        "1 test was skipped: this machine lacks mvn",
    ]


def test_kafka_in_a_container_has_the_settings_of_the_local_one() -> None:
    given = COMPOSE["kafka"]["environment"]
    wanted = {"KAFKA_" + key.upper().replace(".", "_"): value for key, value in _settings().items()}
    own = {"KAFKA_LISTENERS", "KAFKA_ADVERTISED_LISTENERS", "KAFKA_CONTROLLER_QUORUM_VOTERS", "KAFKA_LOG_DIRS"}
    assert {key: value for key, value in given.items() if key not in own | {"KAFKA_HEAP_OPTS"}} == wanted
    assert own <= given.keys()
    assert given["KAFKA_MESSAGE_MAX_BYTES"] == "27262976"
    assert given["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


def test_containers_are_of_the_local_versions_and_listen_on_loopback() -> None:
    pom = (DEPLOY / "kafka" / "pom.xml").read_text()
    assert f"<version>{COMPOSE['kafka']['image'].removeprefix('apache/kafka:')}</version>" in pom
    for name, service in COMPOSE.items():
        if "profiles" in service:
            told = f"{service.get('command')}{service.get('environment')}"
            assert "127.0.0.1" in told, name
            continue
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
        assert service["healthcheck"]["test"]
        assert service["volumes"]


def test_postgresql_in_a_container_has_the_settings_of_the_local_one(tmp_path: Path) -> None:
    container = COMPOSE["postgres"]
    assert container["environment"]["POSTGRES_INITDB_ARGS"] == "--encoding=UTF8 --locale=C"
    assert container["environment"]["POSTGRES_HOST_AUTH_METHOD"] == "trust"
    assert "max_connections=200" in container["command"]
    url = services.PostgreSQL(tmp_path, 5432).url
    assert url == "postgresql://ijwhub@127.0.0.1:5432/ijwhub"
    assert {container["environment"][name] for name in ("POSTGRES_USER", "POSTGRES_DB")} == {"ijwhub"}
