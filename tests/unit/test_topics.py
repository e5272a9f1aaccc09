"""What differs from the declared topics, and the AsyncAPI document made from them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import yaml
from typer.testing import CliRunner

from adapters.registry import adapter
from connectors.kafka_client import KafkaConnection
from connectors.kafka_party import KafkaOutbox
from connectors.kafka_producer import Record
from connectors.kafka_reaching import options_of
from connectors.kafka_records import envelope_record, publication_record, quarantine_record
from connectors.postgres_store import Publication
from connectors.topic_differences import (
    Closed,
    Cluster,
    Difference,
    FewerCopies,
    FewerPartitions,
    Found,
    Missing,
    MorePartitions,
    OtherSetting,
    differences,
    settings_of,
)
from streams.cli.app import app
from streams.cli.topics import DOCUMENT, asyncapi, command_of
from streams.core.asyncapi import document
from streams.core.envelope import Envelope
from streams.core.events import PREFIX, TYPES
from streams.core.parties import KafkaDelivery, Party
from streams.core.ports import OutputBody, OutputHead, StoreError
from streams.core.topics import IN, OUT, QUARANTINE, TOPICS, hub_grants, party_grants, party_topics

NOON = datetime(2026, 11, 20, 11, 0, 0, tzinfo=UTC)
DECLARED = {f"ijw.{topic.name}": topic for topic in TOPICS}
LOCAL = KafkaConnection(servers="127.0.0.1:1")


def as_declared(copies: int = 3) -> dict[str, Found]:
    return {
        name: Found(partitions=topic.partitions, copies=copies, settings=settings_of(topic, copies))
        for name, topic in DECLARED.items()
    }


def cluster(brokers: int = 3, closed: dict[str, str] | None = None, **changed: Found | None) -> Cluster:
    """A cluster where all is as declared, but for these topics (without prefix; None: there is no such topic)."""
    copies = min(3, brokers)
    topics = {**as_declared(copies), **{f"ijw.{name}": found for name, found in changed.items()}}
    return Cluster(brokers=brokers, topics={n: f for n, f in topics.items() if f is not None}, closed=closed or {})


def of_in(copies: int = 3, **changed: Any) -> Found:
    return msgspec.structs.replace(as_declared(copies)["ijw.in"], **changed)


def only(found: list[Difference]) -> Difference:
    (one,) = found
    return one


# Differences


@pytest.mark.parametrize("brokers", [1, 2, 3, 9])
def test_all_as_declared(brokers: int) -> None:
    assert differences(DECLARED, cluster(brokers)) == []


def test_missing() -> None:
    one = only(differences(DECLARED, cluster(out=None)))
    assert one == Missing(topic="ijw.out", partitions=12, copies=3)
    assert (one.text, one.obstacle) == ("is not there; expected with 12 partitions", None)
    assert one.deed == "created with 12 partitions, 3 copies"


@pytest.mark.parametrize(
    ("brokers", "asked", "copies"), [(1, None, 1), (2, None, 2), (5, None, 3), (5, 4, 4), (1, 3, 3)]
)
def test_copies_of_what_is_missing(brokers: int, asked: int | None, copies: int) -> None:
    empty = Cluster(brokers=brokers, topics={}, closed={})
    assert {one.copies for one in differences(DECLARED, empty, asked)} == {copies}  # type: ignore[attr-defined]


def test_too_few_partitions_of_a_new_topic() -> None:
    one = only(differences(DECLARED, cluster(**{"in": of_in(partitions=4)})))
    assert one == FewerPartitions(topic="ijw.in", found=4, expected=12, used=False)
    assert (one.text, one.obstacle) == ("has 4 partitions; expected 12", None)
    assert one.deed == "had 4 partitions, has 12 now"


def test_too_few_partitions_of_a_used_topic() -> None:
    one = only(differences(DECLARED, cluster(**{"in": of_in(partitions=1, used=True)})))
    assert one.text == "has 1 partition; expected 12"
    assert one.obstacle is not None
    assert "relation" in one.obstacle
    assert "works with 1" in one.obstacle


def test_too_many_partitions() -> None:
    one = only(differences(DECLARED, cluster(**{"in": of_in(partitions=24)})))
    assert one == MorePartitions(topic="ijw.in", found=24, expected=12)
    assert one.obstacle == "partitions cannot be taken away; leave it: the hub works with 24"


def test_too_few_copies() -> None:
    one = only(differences(DECLARED, cluster(**{"in": of_in(copies=1)})))
    assert one == FewerCopies(topic="ijw.in", found=1, expected=3)
    assert one.text == "has 1 copy of its records; expected 3"
    assert "--replication 1" in str(one.obstacle)


def test_more_copies_are_no_difference() -> None:
    assert differences(DECLARED, cluster(3), 2) == []


def test_setting() -> None:
    settings = {**settings_of(IN, 3), "retention.ms": "1", "segment.ms": "5"}
    one = only(differences(DECLARED, cluster(**{"in": of_in(settings=settings)})))
    assert one == OtherSetting(topic="ijw.in", name="retention.ms", found="1", expected=str(IN.retention))
    assert one.text == f"retention.ms is 1; expected {IN.retention}"
    assert one.deed == f"retention.ms was 1, is {IN.retention} now"


def test_setting_that_is_not_told() -> None:
    settings = {name: value for name, value in settings_of(IN, 3).items() if name != "cleanup.policy"}
    one = only(differences(DECLARED, cluster(**{"in": of_in(settings=settings)})))
    assert one.text == "cleanup.policy is unknown; expected delete"


@pytest.mark.parametrize(("copies", "majority"), [(1, "1"), (2, "2"), (3, "2"), (4, "3"), (5, "3")])
def test_what_is_acknowledged_stands_in_a_majority(copies: int, majority: str) -> None:
    assert settings_of(IN, copies)["min.insync.replicas"] == majority


def test_a_majority_is_of_the_copies_that_there_are() -> None:
    found = differences(DECLARED, cluster(3, **{"in": of_in(copies=1)}))
    assert [type(one) for one in found] == [FewerCopies]


def test_topic_that_may_not_be_looked_at() -> None:
    one = only(differences(DECLARED, cluster(closed={"ijw.out": "DESCRIBE"}, out=None)))
    assert one == Closed(topic="ijw.out", permission="DESCRIBE")
    assert "DESCRIBE" in one.text
    assert "administrator" in str(one.obstacle)


def test_differences_come_in_the_order_of_declaration() -> None:
    found = differences(DECLARED, Cluster(brokers=1, topics={}, closed={}))
    assert [one.topic for one in found] == list(DECLARED)


# Connecting


def test_sasl_without_password() -> None:
    with pytest.raises(StoreError, match="Set IJWHUB_KAFKA_USERNAME and IJWHUB_KAFKA_PASSWORD"):
        options_of(KafkaConnection(servers="127.0.0.1:1", security="SASL_SSL"))


def test_certificates_that_are_not_there(tmp_path: Any) -> None:
    with pytest.raises(StoreError, match=re.escape(f"({tmp_path / 'ca.pem'}): No such file or directory")):
        options_of(KafkaConnection(servers="127.0.0.1:1", security="SSL", ca=tmp_path / "ca.pem"))


def test_certificate_that_is_none(tmp_path: Any) -> None:
    (tmp_path / "ca.pem").write_text("geen certificaat")
    with pytest.raises(StoreError, match="Expected PEM files"):
        options_of(KafkaConnection(servers="127.0.0.1:1", security="SSL", ca=tmp_path / "ca.pem"))


# The command line


@pytest.mark.parametrize("command", ["diff", "apply"])
def test_embedded_hub_has_no_topics(command: str) -> None:
    told = CliRunner().invoke(app, ["topics", command], env={"IJWHUB_KAFKA": None, "IJWHUB_DATABASE": None})
    assert told.exit_code == 2
    assert "embedded" in told.stderr


def test_printed_document() -> None:
    told = CliRunner().invoke(app, ["topics", "asyncapi"])
    assert (told.exit_code, told.stdout) == (0, asyncapi())


# The document


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return document("1.2.3")


def test_kept_document_is_of_now() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == asyncapi(), f"{DOCUMENT.name} is stale: make generate"


def test_written_document_reads_as_the_document() -> None:
    text = asyncapi()
    assert yaml.safe_load(text) == document(yaml.safe_load(text)["info"]["version"])
    assert "&id" not in text


def test_required_keys(made: dict[str, Any]) -> None:
    assert made["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= set(made["info"])
    assert set(made) <= {"asyncapi", "info", "servers", "defaultContentType", "channels", "operations", "components"}
    for server in made["servers"].values():
        assert {"host", "protocol"} <= set(server)
    for operation in made["operations"].values():
        assert operation["action"] in ("send", "receive")
        assert set(operation) <= {"action", "channel", "summary", "messages"}
    for scheme in made["components"]["securitySchemes"].values():
        assert scheme["type"] in ("scramSha512", "X509")


def test_names_are_allowed(made: dict[str, Any]) -> None:
    parts = [made["servers"], *(part for part in made["components"].values())]
    assert all(re.fullmatch(r"[\w.-]+", name) for part in parts for name in part)


def test_references_resolve(made: dict[str, Any]) -> None:
    found = list(references(made))
    assert len(found) > 30
    for reference in found:
        assert isinstance(resolved(made, reference), dict), reference


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for inside in part.values():
            yield from references(inside)
    elif isinstance(part, list):
        for inside in part:
            yield from references(inside)


def resolved(made: dict[str, Any], reference: str) -> Any:
    assert reference.startswith("#/")
    found: Any = made
    for step in reference[2:].split("/"):
        found = found[step]
    return found


def test_nothing_is_described_that_is_not_used(made: dict[str, Any]) -> None:
    used = set(references(made))
    for kind in ("messages", "schemas", "parameters", "securitySchemes"):
        assert {f"#/components/{kind}/{name}" for name in made["components"][kind]} <= used


def test_every_topic_is_a_channel(made: dict[str, Any]) -> None:
    channels = {channel["address"]: channel for channel in made["channels"].values()}
    for topic in (*TOPICS, *party_topics("{party}")):
        channel = channels.pop("{prefix}" + topic.name)
        assert channel["bindings"]["kafka"]["partitions"] == topic.partitions
        assert channel["bindings"]["kafka"]["topicConfiguration"]["retention.ms"] == topic.retention
        assert set(re.findall(r"{(\w+)}", channel["address"])) == set(channel["parameters"])
    assert channels == {}


def test_messages_of_operations_are_of_their_channel(made: dict[str, Any]) -> None:
    for operation in made["operations"].values():
        assert all(one["$ref"].startswith(operation["channel"]["$ref"] + "/") for one in operation["messages"])
    done = {operation["channel"]["$ref"] for operation in made["operations"].values()}
    assert done == {f"#/channels/{name}" for name in made["channels"]}


def headers(made: dict[str, Any], message: str) -> tuple[set[str], set[str]]:
    """All headers of a message, and those that are always there."""
    told = made["components"]["messages"][message]["headers"]
    assert all(one == {"type": "string"} for one in told["properties"].values())
    return set(told["properties"]), set(told.get("required", []))


ENVELOPE = Envelope(
    id="a",
    received_at=NOON,
    source="http",
    party="haarlem",
    reference="1",
    bericht="JW301",
    relation="0392:65656001",
    receiver="65656001",
    body=b"<a/>",
)
HEAD = OutputHead(
    id="a.1",
    envelope_id="a",
    receiver="haarlem",
    kind="fout",
    bericht=None,
    copy=False,
    created_at=NOON,
    delivered_at=None,
    acknowledged_at=None,
)
WITH_BERICHT = msgspec.structs.replace(HEAD, kind="antwoord", bericht="JW302")


def published(topic: str, head: OutputHead | None) -> set[str]:
    one = Publication(place=(0, 1, 2), id="a.1", topic=topic, key="k", value=b"", head=head)
    return {name for name, _ in publication_record(LOCAL, one).headers}


def test_headers_are_what_the_hub_writes(made: dict[str, Any]) -> None:
    written = {name for name, _ in envelope_record(LOCAL, ENVELOPE).headers}
    known = {name for name, _ in envelope_record(LOCAL, msgspec.structs.replace(ENVELOPE, software="x/1/2")).headers}
    assert known - written == {"software"}
    assert headers(made, "envelope") == (known, written)
    assert headers(made, "output") == (published("out", WITH_BERICHT), published("out", WITH_BERICHT))
    assert headers(made, "fault") == (published("out", WITH_BERICHT), published("out", HEAD))
    assert headers(made, "zorg.started") == (published("events", None), published("events", None))
    record = SimpleNamespace(topic="ijw.in", partition=0, offset=1, key=b"k", value=b"")
    written = {name for name, _ in quarantine_record(LOCAL, record, "waarom").headers}
    assert headers(made, "quarantined") == (written, written)


class Producing:
    """Remembers what was produced."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    async def send(self, records: list[Record]) -> None:
        self.records += records


async def test_headers_for_a_party_are_what_it_gets(made: dict[str, Any]) -> None:
    party = Party(id="haarlem", kind="gemeente", code="0392", name="Haarlem", delivery=KafkaDelivery())
    producing = Producing()
    outbox = KafkaOutbox(LOCAL, party, adapter("kafka_direct"), producing)  # type: ignore[arg-type]
    head = msgspec.structs.replace(WITH_BERICHT, relation="0392:65656001", reference="r", answers_reference="a")
    fout = msgspec.structs.replace(head, kind="fout")
    for one, body in (
        (head, b"<a/>"),
        (msgspec.structs.replace(head, answers_reference=None), b"<a/>"),
        (fout, b'{"title": "t"}'),
    ):
        await outbox.bring(OutputBody(head=one, body=body))
    with_answer, without, fault = ({name for name, _ in record.headers} for record in producing.records)
    assert headers(made, "received") == (with_answer, without)
    assert fault <= headers(made, "refused")[0]


def test_every_event_is_described(made: dict[str, Any]) -> None:
    for what, data in TYPES.items():
        properties = made["components"]["messages"][what]["payload"]["properties"]
        assert properties["type"] == {"const": PREFIX + what}
        schema = resolved(made, properties["data"]["$ref"])
        assert set(schema["properties"]) == set(data.__struct_fields__)


def test_retention_and_key_are_told(made: dict[str, Any]) -> None:
    assert made["components"]["messages"]["envelope"]["bindings"]["kafka"]["key"]["description"] == IN.key
    assert made["components"]["messages"]["output"]["bindings"]["kafka"]["key"]["description"] == OUT.key
    assert made["components"]["messages"]["quarantined"]["bindings"]["kafka"]["key"]["description"] == QUARANTINE.key


# Permissions


def test_commands_for_a_party_name_its_own_and_nothing_else() -> None:
    told = [command_of(grant, "a:1,b:2") for grant in party_grants("ijw.", "User:CN=zorg, O=x", "zorg")]
    start = "kafka-acls.sh --bootstrap-server a:1,b:2 --add --allow-principal 'User:CN=zorg, O=x' --operation"
    assert told == [
        f"{start} Write --topic ijw.party.zorg.in",
        f"{start} Read --topic ijw.party.zorg.out",
        f"{start} Read --group ijw.party.zorg. --resource-pattern-type prefixed",
    ]


def test_commands_for_a_hub_let_it_make_no_topics() -> None:
    told = [command_of(grant, "a:1") for grant in hub_grants("ijw.", "User:hub")]
    assert [line.partition("--operation ")[2] for line in told] == [
        "Read --topic ijw. --resource-pattern-type prefixed",
        "Write --topic ijw. --resource-pattern-type prefixed",
        "DescribeConfigs --topic ijw. --resource-pattern-type prefixed",
        "Read --group ijw. --resource-pattern-type prefixed",
    ]
