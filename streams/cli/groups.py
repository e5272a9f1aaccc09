"""The commands that come in groups, as `ijwhub quarantine list`. What a command needs is imported inside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from streams.cli.options import AsJson, Data, Parties, Replication, of_digits

quarantine = typer.Typer(
    help="Messages that were set aside: list them, look at one, release one.", no_args_is_help=True
)
database = typer.Typer(help="The database: tell the version of its tables, bring it up to date.", no_args_is_help=True)
audit = typer.Typer(help="The audit log: list who did what, and verify that nobody changed it.", no_args_is_help=True)
deliveries = typer.Typer(
    help="What waits for parties, and what could not be delivered: list it, try one anew.", no_args_is_help=True
)
topics = typer.Typer(help="The topics on Kafka: compare, create and describe them.", no_args_is_help=True)
conformance = typer.Typer(
    help="A counterpart for the system of a vendor, offline, and a report of what came of meeting it.",
    no_args_is_help=True,
)

GROUPS = {
    "quarantine": quarantine,
    "db": database,
    "audit": audit,
    "deliveries": deliveries,
    "topics": topics,
    "conformance": conformance,
}
"""The groups by name."""

Gemeente = Annotated[str, typer.Option(help="The code of the gemeente, of either side.", callback=of_digits(4))]
Aanbieder = Annotated[str, typer.Option(help="The code of the aanbieder, of either side.", callback=of_digits(8))]
KitPort = Annotated[int, typer.Option(min=1, max=65535, help="Where the counterpart listens, on loopback.")]
Reports = Annotated[
    Path | None, typer.Option("--report", metavar="DIR", help="Folder for conformance.html and junit.xml.")
]
Scenarios = Annotated[
    list[str] | None, typer.Option("--scenario", metavar="ID", help="Only this scenario; may be given more than once.")
]


@quarantine.command("list")
def quarantine_list(data: Data = None) -> None:
    """List what was set aside, newest first."""
    from streams.cli.quarantine import list_aside

    list_aside(data)


@quarantine.command("show")
def quarantine_show(
    id: Annotated[str, typer.Argument(metavar="ID")],
    data: Data = None,
    body: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the message itself to this file; it holds personal data.")
    ] = None,
) -> None:
    """Tell everything known about one message that was set aside."""
    from streams.cli.quarantine import show_aside

    show_aside(id, data, body)


@quarantine.command("release")
def quarantine_release(
    id: Annotated[str, typer.Argument(metavar="ID")], data: Data = None, parties: Parties = None
) -> None:
    """Offer a message that was set aside to the hub again."""
    from streams.cli.quarantine import release_aside

    release_aside(id, data, parties)


@audit.command("list")
def audit_list(
    after: Annotated[int | None, typer.Option(min=0, metavar="N", help="Only what follows this number.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """List the newest entries, or those after a number; with --json all of them, a line each."""
    from streams.cli.auditing import list_audit

    list_audit(data, after, as_json)


@audit.command("verify")
def audit_verify(
    anchor: Annotated[
        list[str] | None,
        typer.Option(metavar="N:HASH", help="An entry as it was noted elsewhere; may be given more than once."),
    ] = None,
    data: Data = None,
) -> None:
    """Tell whether the log is as it was written. Exit code 0: it is, 1: it is not, 2: cannot tell."""
    from streams.cli.auditing import verify_audit

    raise typer.Exit(verify_audit(data, anchor or []))


@deliveries.command("list")
def deliveries_list(data: Data = None, as_json: AsJson = False) -> None:
    """List what could not be delivered, newest first."""
    from streams.cli.delivering import list_deliveries

    list_deliveries(data, as_json)


@deliveries.command("waiting")
def deliveries_waiting(
    data: Data = None,
    parties: Parties = None,
    party: Annotated[
        str | None, typer.Option(metavar="ID", help="Each output for this party, also one not in the file any more.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List what parties have not got yet, and what is being tried again, summed per party."""
    from streams.cli.delivering import list_waiting

    list_waiting(data, parties, party, as_json)


@deliveries.command("retry")
def deliveries_retry(
    id: Annotated[str, typer.Argument(metavar="ID", help="As deliveries list gives it.")], data: Data = None
) -> None:
    """Let one be tried anew. What its sender was told stays told."""
    from streams.cli.delivering import retry_delivery

    retry_delivery(id, data)


@database.command("upgrade")
def database_upgrade(data: Data = None) -> None:
    """Bring the tables, with all that is in them, to the version of this ijwhub. Stop the hub, make a backup first."""
    from streams.cli.database import upgrade_database

    upgrade_database(data)


@database.command("version")
def database_version(data: Data = None) -> None:
    """Tell the version of the tables. Exit code 0: this ijwhub works with it, 1: not, 2: cannot tell."""
    from streams.cli.database import tell_version

    raise typer.Exit(tell_version(data))


@topics.command("diff")
def topics_diff(parties: Parties = None, replication: Replication = None) -> None:
    """Tell what is not as declared. Exit code 0: nothing, 1: something, 2: cannot tell."""
    from streams.cli.topics import show_differences

    raise typer.Exit(show_differences(parties, replication))


@topics.command("apply")
def topics_apply(parties: Parties = None, replication: Replication = None) -> None:
    """Create what is missing and set what differs; deletes nothing. Exit code 0: all is as declared, 1: not all."""
    from streams.cli.topics import apply_topics

    raise typer.Exit(apply_topics(parties, replication))


@topics.command("acls")
def topics_acls(
    parties: Parties = None,
    principal_prefix: Annotated[
        str, typer.Option(metavar="TEXT", help="What stands before the name of every user on the broker.")
    ] = "User:",
    hub: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name of the hub on the broker [IJWHUB_KAFKA_USERNAME].")
    ] = None,
) -> None:
    """Print the kafka-acls commands that give the hub and every Kafka party what they need, and no more."""
    from streams.cli.topics import show_acls

    show_acls(parties, principal_prefix, hub)


@topics.command("asyncapi")
def topics_asyncapi() -> None:
    """Print what is on the topics, as an AsyncAPI document for people and generators."""
    from streams.cli.topics import asyncapi

    typer.echo(asyncapi(), nl=False)


@conformance.command("serve")
def conformance_serve(
    role: Annotated[
        Literal["gemeente", "aanbieder"], typer.Option(help="What the counterpart plays; your system is the other.")
    ] = "gemeente",
    port: KitPort = 8330,
    patience: Annotated[float, typer.Option(min=0.1, metavar="SECONDS", help="For each answer and message.")] = 3600,
    gemeente: Gemeente = "0392",
    aanbieder: Aanbieder = "65656001",
    report: Reports = None,
    scenario: Scenarios = None,
) -> None:
    """Be a counterpart that a system comes to: it hands in over HTTP, and fetches what waits for it."""
    from streams.cli.conforming import Wanted, serve_conformance

    system: Literal["gemeente", "aanbieder"] = "aanbieder" if role == "gemeente" else "gemeente"
    wanted = Wanted(system, gemeente, aanbieder, patience, port, report, scenario or ())
    raise typer.Exit(serve_conformance(wanted))


@conformance.command("run")
def conformance_run(
    role: Annotated[Literal["gemeente", "aanbieder"], typer.Option(help="What your system is.")],
    target: Annotated[str, typer.Option(metavar="URL|DIR", help="Where your system listens, or its folder.")],
    report: Annotated[Path, typer.Option(metavar="DIR", help="Folder for conformance.html and junit.xml.")],
    adapter: Annotated[
        Literal["stuf_ggk", "vsp_rest", "mailbox", "file_drop"] | None,
        typer.Option(help="The format of messages [mailbox for a URL, file_drop for a folder]."),
    ] = None,
    patience: Annotated[float, typer.Option(min=0.1, metavar="SECONDS", help="For each answer and message.")] = 60,
    port: KitPort = 8330,
    gemeente: Gemeente = "0392",
    aanbieder: Aanbieder = "65656001",
    scenario: Scenarios = None,
    option: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="An option of the adapter, such as fault_list=2018.")
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A token that your system asks for, sent as Bearer.")
    ] = None,
    ca: Annotated[Path | None, typer.Option(metavar="FILE", help="The authority of its certificate (PEM).")] = None,
) -> None:
    """Drive a system through every scenario. Exit code 0: nothing failed and all was shown, 1: not, 2: cannot start."""
    from connectors.pushing import Endpoint
    from streams.cli.conforming import Wanted, options_of, run_over_folder, run_over_http, target_of

    place = target_of(target, adapter)
    wanted = Wanted(role, gemeente, aanbieder, patience, port, report, scenario or (), options=options_of(option or ()))
    if isinstance(place, Path):
        raise typer.Exit(run_over_folder(wanted, place))
    spoken = replace(wanted, format=adapter) if adapter and adapter != "file_drop" else wanted
    raise typer.Exit(run_over_http(spoken, Endpoint(url=place, ca=ca, token_file=token_file)))
