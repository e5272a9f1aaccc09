"""A hub reaches Kafka over TLS with a password or a certificate; what is wrong is refused soon, and said in words."""

from __future__ import annotations

import dataclasses
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.admin import CreateAclsRequest
from msgspec import structs
from typer.testing import CliRunner, Result

from connectors import kafka_reaching
from connectors.kafka_client import KafkaConnection
from connectors.kafka_producer import Producer, Record
from connectors.kafka_topics import apply, read
from connectors.topic_differences import differences
from deploy.finding import HOST, fetch_jars, free_port, java, missing_for_kafka
from deploy.servers import Kafka
from streams.cli.app import app
from streams.core.ports import StoreError
from streams.core.topics import IN, TOPICS
from tests.support.services import require, require_jars, running

PASSWORD = "geheim-9d1f"
SOON = 8
"""Seconds within which a refusal must be told."""


class SecuredKafka(Kafka):
    """Kafka with more listeners: one with TLS and a password, one that asks its clients for a certificate.

    A third says that the broker is at an address where it is not.
    """

    def __init__(self, folder: Path, certificates: Path) -> None:
        super().__init__(folder, free_port())
        self.certificates = certificates
        self.with_password, self.with_certificate, self.misled = free_port(), free_port(), free_port()

    def _write_settings(self) -> Path:
        path = super()._write_settings()
        own = dict(re.findall(r"(?m)^([\w.]+)=(.*)$", path.read_text()))
        more = f",PASSWORD://{HOST}:{self.with_password},CERTIFICATE://{HOST}:{self.with_certificate}"
        away = f",MISLED://{HOST}:{free_port()}"
        mapped = "listener.security.protocol.map"
        settings = {
            "listeners": f"{own['listeners']}{more},MISLED://{HOST}:{self.misled}",
            "advertised.listeners": own["advertised.listeners"] + more + away,
            mapped: own[mapped] + ",PASSWORD:SASL_SSL,CERTIFICATE:SSL,MISLED:PLAINTEXT",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": self.certificates / "broker.both.pem",
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self.certificates / "ca.pem",
            "listener.name.certificate.ssl.client.auth": "required",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
            "listener.name.password.scram-sha-512.sasl.jaas.config": f"{_LOGIN}.scram.ScramLoginModule required;",
            "listener.name.password.plain.sasl.jaas.config": (
                f'{_LOGIN}.plain.PlainLoginModule required user_hub="{PASSWORD}";'
            ),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS;User:hub;User:CN=hub",
        }
        with path.open("a") as file:
            file.writelines(f"{name}={value}\n" for name, value in settings.items())
        return path

    def add_user(self, name: str) -> None:
        """Give a user the password."""
        entity = ["--entity-type", "users", "--entity-name", name]
        self.tool(
            "kafka.admin.ConfigCommand", "--alter", *entity, "--add-config", f"SCRAM-SHA-512=[password={PASSWORD}]"
        )

    def tool(self, tool: str, *arguments: str) -> None:
        """Run one of Kafka's own tools on the listener without TLS."""
        command = [str(java()), "-cp", f"{fetch_jars()}/*", tool, "--bootstrap-server", self.address, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


_LOGIN = "org.apache.kafka.common.security"


def openssl(folder: Path, *arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def authority(folder: Path, name: str) -> None:
    """Make an authority: NAME.pem, with its key in NAME.key."""
    ends = ["-days", "2", "-subj", f"/CN={name}", "-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    openssl(folder, "req", "-x509", *_NEW, "-keyout", f"{name}.key", "-out", f"{name}.pem", *ends)


def signed(folder: Path, name: str, by: str, *, host: str = HOST) -> None:
    """Make a certificate NAME.pem of an authority, with its key in NAME.key, and both together."""
    openssl(folder, "req", *_NEW, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
    (folder / "ext").write_text(f"subjectAltName=IP:{host}\n")
    asked = ["-in", f"{name}.csr", "-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-extfile", "ext", "-days", "2"]
    openssl(folder, "x509", "-req", "-CAcreateserial", *asked, "-out", f"{name}.pem")
    both = (folder / f"{name}.key").read_text() + (folder / f"{name}.pem").read_text()
    (folder / f"{name}.both.pem").write_text(both)


_NEW = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Those of the broker and of the hub, by one authority, and of a stranger by another one."""
    require([] if shutil.which("openssl") else ["openssl, which makes certificates (apt-get install openssl)"])
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("ca", "other"):
        authority(folder, name)
    for name, by in (("broker", "ca"), ("hub", "ca"), ("stranger", "other")):
        signed(folder, name, by)
    return folder


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory, certificates: Path) -> Iterator[SecuredKafka]:
    require(missing_for_kafka())
    require_jars()
    server = SecuredKafka(tmp_path_factory.mktemp("secured"), certificates)
    with running(server):
        server.add_user("hub")
        server.add_user("guest")
        yield server


@pytest.fixture
def by_password(secured: SecuredKafka, certificates: Path, prefix: str) -> KafkaConnection:
    """How a hub with a password connects."""
    return KafkaConnection(
        servers=f"{HOST}:{secured.with_password}",
        prefix=prefix,
        security="SASL_SSL",
        ca=certificates / "ca.pem",
        username="hub",
        password=PASSWORD,
    )


@pytest.fixture
def by_certificate(secured: SecuredKafka, certificates: Path, prefix: str) -> KafkaConnection:
    """How a hub with a certificate connects."""
    return KafkaConnection(
        servers=f"{HOST}:{secured.with_certificate}",
        prefix=prefix,
        security="SSL",
        ca=certificates / "ca.pem",
        certificate=certificates / "hub.pem",
        certificate_key=certificates / "hub.key",
    )


def declared(connection: KafkaConnection) -> dict:
    return {connection.topic(topic): topic for topic in TOPICS}


async def uses(connection: KafkaConnection) -> None:
    """Make the topics, produce a record and consume it."""
    topics = declared(connection)
    await apply(connection, topics)
    assert differences(topics, await read(connection, topics)) == []
    producer = Producer(connection)
    try:
        await producer.send([Record(topic=connection.topic(IN), key="0392:65656001", value=b"<a/>", headers=[])])
    finally:
        await producer.close()
    consumer = AIOKafkaConsumer(connection.topic(IN), **connection.options(), auto_offset_reset="earliest")
    await consumer.start()
    try:
        assert (await consumer.getone()).value == b"<a/>"
    finally:
        await consumer.stop()


async def allow(secured: SecuredKafka, operation: int, prefix: str) -> None:
    """Give the guest a permission on the topics of a hub; Kafka's own tool for this is not among the jars."""
    client = AIOKafkaClient(bootstrap_servers=secured.address)
    await client.bootstrap()
    try:
        granted = (_TOPIC, prefix, _PREFIXED, "User:guest", "*", operation, _ALLOW)
        answer = await client.send(client.get_random_node(), CreateAclsRequest(*granted))
    finally:
        await client.close()
    assert [code for code, *_ in answer.creation_responses] == [0], answer


_TOPIC, _PREFIXED, _ALLOW = 2, 4, 3
DESCRIBE, DESCRIBE_CONFIGS = 8, 10


async def refused(connection: KafkaConnection) -> str:
    """What is told of a connection that is refused, which must be soon."""
    start = time.monotonic()
    with pytest.raises(StoreError) as caught:
        await read(connection, declared(connection))
    assert time.monotonic() - start < SOON
    text = str(caught.value)
    assert connection.servers in text
    assert PASSWORD not in text
    return text


# Let in


async def test_password(by_password: KafkaConnection) -> None:
    await uses(by_password)


async def test_plain_password(by_password: KafkaConnection) -> None:
    await uses(dataclasses.replace(by_password, mechanism="PLAIN"))


async def test_certificate(by_certificate: KafkaConnection) -> None:
    await uses(by_certificate)


async def test_one_server_that_is_away_does_not_matter(by_password: KafkaConnection) -> None:
    await uses(dataclasses.replace(by_password, servers=f"{HOST}:{free_port()},{by_password.servers}"))


# Kept out


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "PLAIN"])
async def test_wrong_password(by_password: KafkaConnection, mechanism: str) -> None:
    text = await refused(dataclasses.replace(by_password, password=PASSWORD + "x", mechanism=mechanism))
    assert "IJWHUB_KAFKA_PASSWORD" in text


async def test_unknown_user(by_password: KafkaConnection) -> None:
    assert "IJWHUB_KAFKA_USERNAME" in await refused(dataclasses.replace(by_password, username="nobody"))


async def test_mechanism_that_is_not_offered(by_password: KafkaConnection) -> None:
    assert "IJWHUB_KAFKA_MECHANISM" in await refused(dataclasses.replace(by_password, mechanism="SCRAM-SHA-256"))


@pytest.mark.parametrize("ca", ["other.pem", None])
async def test_unknown_authority(by_password: KafkaConnection, certificates: Path, ca: str | None) -> None:
    text = await refused(dataclasses.replace(by_password, ca=certificates / ca if ca else None))
    assert "not trusted" in text
    assert "IJWHUB_KAFKA_CA" in text


async def test_certificate_of_another_host(by_password: KafkaConnection) -> None:
    servers = by_password.servers.replace(HOST, "localhost")
    assert "another host" in await refused(dataclasses.replace(by_password, servers=servers))


async def test_no_certificate(by_certificate: KafkaConnection) -> None:
    text = await refused(dataclasses.replace(by_certificate, certificate=None, certificate_key=None))
    assert "IJWHUB_KAFKA_CERTIFICATE" in text


async def test_certificate_of_another_authority(by_certificate: KafkaConnection, certificates: Path) -> None:
    stranger = {"certificate": certificates / "stranger.pem", "certificate_key": certificates / "stranger.key"}
    assert "IJWHUB_KAFKA_CERTIFICATE" in await refused(dataclasses.replace(by_certificate, **stranger))


async def test_tls_where_there_is_none(by_password: KafkaConnection, secured: SecuredKafka) -> None:
    text = await refused(dataclasses.replace(by_password, servers=secured.address))
    assert "IJWHUB_KAFKA_SECURITY" in text


async def test_no_tls_where_it_is_needed(by_password: KafkaConnection) -> None:
    text = await refused(KafkaConnection(servers=by_password.servers, prefix=by_password.prefix))
    assert "IJWHUB_KAFKA_SECURITY" in text


async def test_certificate_where_a_password_is_needed(by_password: KafkaConnection) -> None:
    text = await refused(dataclasses.replace(by_password, security="SSL"))
    assert "IJWHUB_KAFKA_SECURITY" in text


async def test_password_where_none_is_asked(by_certificate: KafkaConnection) -> None:
    given = {"security": "SASL_SSL", "username": "hub", "password": PASSWORD}
    assert "IJWHUB_KAFKA_SECURITY" in await refused(dataclasses.replace(by_certificate, **given))


async def test_broker_that_gives_a_wrong_address(secured: SecuredKafka, prefix: str) -> None:
    text = await refused(KafkaConnection(servers=f"{HOST}:{secured.misled}", prefix=prefix))
    assert "advertised.listeners" in text


async def test_broker_that_says_nothing(prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_reaching, "PATIENCE", 2)
    with socket.create_server((HOST, 0)) as silent:
        text = await refused(KafkaConnection(servers=f"{HOST}:{silent.getsockname()[1]}", prefix=prefix))
    assert "does not answer within 2 seconds" in text


# Permissions


async def test_without_permission(by_password: KafkaConnection, secured: SecuredKafka) -> None:
    topics = declared(by_password)
    guest = dataclasses.replace(by_password, username="guest")
    found = differences(topics, await read(guest, topics))
    assert {one.text for one in found} == {"this hub may not look at it: it lacks the permission DESCRIBE"}

    await allow(secured, DESCRIBE, by_password.prefix)
    found = await apply(guest, topics)
    assert {one.refused for one in found} == {
        "this hub lacks the permission CREATE on it; get that, or run this as an administrator"
    }

    await apply(by_password, topics)
    found = differences(topics, await read(guest, topics))
    assert {one.text for one in found} == {"this hub may not look at it: it lacks the permission DESCRIBE_CONFIGS"}

    await allow(secured, DESCRIBE_CONFIGS, by_password.prefix)
    assert differences(topics, await read(guest, topics)) == []
    changed = {name: structs.replace(topic, retention=topic.retention + 1) for name, topic in topics.items()}
    assert {one.refused for one in await apply(guest, changed)} == {
        "this hub lacks the permission ALTER_CONFIGS on it; get that, or run this as an administrator"
    }


# The command line


def diff(connection: KafkaConnection) -> Result:
    settings = {
        "IJWHUB_KAFKA": connection.servers,
        "IJWHUB_KAFKA_PREFIX": connection.prefix,
        "IJWHUB_KAFKA_SECURITY": connection.security,
        "IJWHUB_KAFKA_CA": connection.ca,
        "IJWHUB_KAFKA_CERTIFICATE": connection.certificate,
        "IJWHUB_KAFKA_CERTIFICATE_KEY": connection.certificate_key,
        "IJWHUB_KAFKA_USERNAME": connection.username,
        "IJWHUB_KAFKA_PASSWORD": connection.password,
        "IJWHUB_DATABASE": "postgresql://nobody@localhost/none",
        "IJWHUB_PSEUDONYM_KEY": "a secret of the tests",
    }
    given = {name: str(value) for name, value in settings.items() if value is not None}
    return CliRunner().invoke(app, ["topics", "diff"], env=given)


def test_command_with_a_wrong_password(by_password: KafkaConnection, caplog: pytest.LogCaptureFixture) -> None:
    told = diff(dataclasses.replace(by_password, password=PASSWORD + "x"))
    assert told.exit_code == 2
    assert "refuses the username or the password" in told.stderr
    assert PASSWORD not in told.output + caplog.text


def test_command_over_tls(by_password: KafkaConnection, by_certificate: KafkaConnection) -> None:
    for connection in (by_password, by_certificate):
        told = diff(connection)
        assert told.exit_code == 1, told.output
        assert told.stdout.count("is not there") == len(TOPICS)
