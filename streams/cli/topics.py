"""`ijwhub topics`: the topics on the broker beside the declaration, and their description in AsyncAPI."""

from __future__ import annotations

import asyncio
import json
import logging
import shlex
from collections.abc import Coroutine, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import typer
import yaml

from connectors.kafka_client import KafkaConnection
from connectors.kafka_topics import Outcome, apply, read
from connectors.topic_differences import differences
from streams.cli.output import complain, console, fail, show, table, this_command
from streams.cli.running import settings_of, told_plainly
from streams.core.asyncapi import document
from streams.core.event_schemas import schema_of
from streams.core.events import PREFIX, TYPES
from streams.core.parties import KafkaDelivery, Party
from streams.core.parties_file import load_directory
from streams.core.ports import StoreError
from streams.core.topics import TOPICS, Grant, Topic, hub_grants, party_grants, party_topics
from streams.hub.settings import Settings

DEPLOY = Path(__file__).resolve().parent.parent.parent / "deploy"
DOCUMENT = DEPLOY / "asyncapi.yaml"
EVENTS_FOLDER = DEPLOY / "events"

Declared = dict[str, Topic]
"""The topics that this hub needs, by full name."""
T = TypeVar("T")


def show_differences(parties: Path | None, replication: int | None) -> int:
    """Print what is not as declared; returns 0 when all is, otherwise 1."""
    connection, declared = _needed(parties)
    found = differences(declared, _done(read(connection, declared)), replication)
    if not found:
        typer.echo(f"All {len(declared)} topics are as declared.")
        return 0
    made = table("topic", "difference", "what to do")
    for one in found:
        made.add_row(one.topic, one.text, one.obstacle or f"{this_command()} topics apply")
    show(console(), made)
    return 1


def apply_topics(parties: Path | None, replication: int | None) -> int:
    """Create and set what differs, and tell what was done; returns 0 when all is as declared then, otherwise 1."""
    connection, declared = _needed(parties)
    outcomes = _done(apply(connection, declared, replication))
    for one in outcomes:
        _tell(one)
    if not outcomes:
        typer.echo(f"All {len(declared)} topics were as declared; there was nothing to do.")
    return 1 if any(one.refused for one in outcomes) else 0


def _tell(outcome: Outcome) -> None:
    one = outcome.difference
    if outcome.refused:
        complain(f"{one.topic} {one.text}. Not changed: {outcome.refused}.")
    else:
        typer.echo(f"{one.topic}: {one.deed}")


def show_acls(parties: Path | None, principal_prefix: str, hub: str | None) -> None:
    """Print the commands that let the hub and every Kafka party use what is theirs, and nothing else.

    `hub` is the name that the broker knows the hub by; None takes the user name that it connects with.
    """
    settings = settings_of(parties=parties)
    connection = _connection(settings)
    principal = principal_prefix + (hub or connection.username or "ijwhub")
    for grant in hub_grants(connection.prefix, principal):
        typer.echo(command_of(grant, connection.servers))
    for party in _on_kafka(settings):
        for grant in party_grants(connection.prefix, principal_prefix + party.id, party.id):
            typer.echo(command_of(grant, connection.servers))


def command_of(grant: Grant, servers: str) -> str:
    """The command of Kafka's own tool that gives a permission; an administrator adds --command-config."""
    return shlex.join(_words(grant, servers))


def _words(grant: Grant, servers: str) -> Iterator[str]:
    yield from ("kafka-acls.sh", "--bootstrap-server", servers, "--add", "--allow-principal", grant.principal)
    yield from ("--operation", grant.operation, f"--{grant.kind}", grant.name)
    if grant.prefixed:
        yield from ("--resource-pattern-type", "prefixed")


def _needed(parties: Path | None) -> tuple[KafkaConnection, Declared]:
    """Where Kafka is, and the topics that this hub and its parties need. Ends the command when it is embedded."""
    settings = settings_of(parties=parties)
    connection = _connection(settings)
    own = [topic for party in _on_kafka(settings) for topic in party_topics(party.id)]
    return connection, {connection.topic(topic): topic for topic in (*TOPICS, *own)}


def _connection(settings: Settings) -> KafkaConnection:
    connection = settings.on_kafka
    if connection is None:
        fail("this hub is embedded and has no topics. Set IJWHUB_KAFKA, IJWHUB_DATABASE and IJWHUB_PSEUDONYM_KEY.")
    return connection


def _on_kafka(settings: Settings) -> list[Party]:
    """The parties that speak Kafka."""
    if not settings.parties.exists() and "parties" not in settings.model_fields_set:
        complain(f"there is no {settings.parties}, so topics of parties are left aside. Give it with --parties.")
        return []
    with told_plainly(settings):
        directory = load_directory(settings.parties)
    return [party for party in directory.parties if isinstance(party.delivery, KafkaDelivery)]


def _done(work: Coroutine[Any, Any, T]) -> T:
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())  # what it says on the way is told at the end
    try:
        return asyncio.run(work)
    except StoreError as error:
        fail(f"{error}.")


# --- the document ------------------------------------------------------------------------------------


class _Plain(yaml.SafeDumper):
    """Writes everything out: people who read YAML need not follow its references."""

    def ignore_aliases(self, data: object) -> bool:
        """Whether to write this out each time it comes."""
        return True


def asyncapi() -> str:
    """The document as YAML."""
    return yaml.dump(
        document(version("ijwhub")),
        Dumper=_Plain,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=110,
    )


def event_schemas() -> Mapping[Path, str]:
    """The schema of every type of event, by the file in which it is kept."""
    return {
        EVENTS_FOLDER / f"{PREFIX}{what}.json": f"{json.dumps(schema_of(what), indent=2, ensure_ascii=False)}\n"
        for what in TYPES
    }


def main() -> None:
    """Write the document and the schemas where they are kept."""
    DOCUMENT.write_text(asyncapi(), encoding="utf-8")
    for path, schema in event_schemas().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(schema, encoding="utf-8")


if __name__ == "__main__":
    main()
