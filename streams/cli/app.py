"""The commands and their options. What a command needs is imported inside it, so that `--help` is there at once."""

from __future__ import annotations

import sys
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

import typer

from monitoring.faults import kind_and_place
from streams.cli.groups import GROUPS
from streams.cli.ledger_commands import claims, terms
from streams.cli.options import AsJson, Data, Parties, Port, SchemaFolder, SourceFile
from streams.hub.roles import Role

app = typer.Typer(
    name="ijwhub",
    help="Integration hub for Dutch youth-care messages (iJw 3.2).",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for _name, _group in GROUPS.items():
    app.add_typer(_group, name=_name)


def main() -> None:
    """Run the command line; the process ends here."""
    try:
        app()
    except Exception as error:  # noqa: BLE001 - its own text could quote a message, so only its place is told
        typer.echo(f"ijwhub: a fault of its own, {kind_and_place(error)}. Please report this line.", err=True)
        sys.exit(2)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ijwhub {version('ijwhub')}, iJw 3.2")
        raise typer.Exit


@app.callback()
def _options(
    wanted: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version.")
    ] = False,
) -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without ✓ is no reason to stop


@app.command()
def run(
    parties: Parties = None,
    data: Data = None,
    schemas: SchemaFolder = None,
    sources: SourceFile = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on [127.0.0.1].")] = None,
    port: Port = None,
    log_style: Annotated[Literal["json", "text"] | None, typer.Option(help="Logs for machines or people.")] = None,
    role: Annotated[
        list[Role] | None, typer.Option(help="On Kafka: what this process does; may be given more than once [all].")
    ] = None,
) -> None:
    """Run the hub until it is told to stop (Ctrl-C or SIGTERM)."""
    from streams.cli.running import run_hub

    run_hub(
        role or [],
        parties=parties,
        data=data,
        schemas=schemas,
        sources=sources,
        host=host,
        port=port,
        log_style=log_style,
    )


@app.command()
def monitor(
    host: Annotated[str | None, typer.Option(help="Address to listen on [127.0.0.1].")] = None,
    port: Port = None,
    log_style: Annotated[Literal["json", "text"] | None, typer.Option(help="Logs for machines or people.")] = None,
) -> None:
    """Run a monitor of a hub on Kafka until it is told to stop: it sums up what happens, and serves that as pages."""
    from streams.cli.monitoring import run_monitor

    run_monitor(host=host, port=port, log_style=log_style)


@app.command()
def demo(
    data: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the demo.")] = Path("var/demo"),
    port: Port = None,
    once: Annotated[bool, typer.Option("--once", help="Stop after the journeys.")] = False,
) -> None:
    """Run a hub for an example region, play some journeys on it, and tell where to look."""
    from streams.cli.demo import show_demo

    raise typer.Exit(show_demo(data, port, once))


@app.command()
def simulate(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the parties, the messages and the truth.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same messages.")] = 1,
    start: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], metavar="DATE", help="The first day [2026-01-01; with --data the last is yesterday]."
        ),
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, max=366, help="How many days [365].")] = None,
    youths: Annotated[int | None, typer.Option(min=1, max=8000, help="How many youths [6900].")] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The region [as deploy/example/simulation.yaml].")
    ] = None,
    hub: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Play it, or the region that is in --out, on a running hub with its parties."),
    ] = None,
    speed: Annotated[float, typer.Option(min=0, help="With --hub: times faster than real time; 0: at once.")] = 0,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Put all of it into a new embedded hub with its data here.")
    ] = None,
) -> None:
    """Simulate a region that does not exist: its parties, all messages of a year, and what really happened."""
    from streams.cli.simulating import run_simulation

    first = start.date() if start else None
    run_simulation(seed, out, config, {"start": first, "days": days, "youths": youths}, hub, speed, data)


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Messages, in the order of receipt.")],
    as_json: AsJson = False,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Date of receipt [today].")
    ] = None,
    schemas: SchemaFolder = None,
    sources: SourceFile = None,
) -> None:
    """Check messages as a hub without history does. Exit code 0: all accepted, 1: some refused, 2: not readable."""
    from streams.cli.checking import check_files

    raise typer.Exit(check_files(files, as_json, as_of.date() if as_of else None, schemas, sources))


@app.command()
def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Its id in the standard, such as TR018.")],
    as_json: AsJson = False,
) -> None:
    """Tell what a rule says, where it is checked, and its cases."""
    from streams.cli.explaining import explain_rule

    explain_rule(rule, as_json)


@app.command()
def rules(
    as_json: AsJson = False,
    status: Annotated[
        Literal["implemented", "partly", "not executable"] | None, typer.Option(help="Only rules with this status.")
    ] = None,
    kind: Annotated[
        Literal["TR", "CD", "CS", "RS", "OP", "IV", "UP"] | None,
        typer.Option(case_sensitive=False, help="Only rules of this kind."),
    ] = None,
) -> None:
    """List all rules of the standard: how far each is carried out, and what the rest of it needs."""
    from streams.cli.rules_table import show_rules

    show_rules(as_json, status, kind)


@app.command()
def trace(
    id: Annotated[str, typer.Argument(metavar="ID", help="The id of a message in this hub.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Tell everything known about one message."""
    from streams.cli.tracing import trace_message

    trace_message(id, data, as_json)


@app.command()
def status(
    data: Data = None,
    parties: Parties = None,
    as_json: AsJson = False,
    oldest: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="A message that waits longer than this stands out.")
    ] = 60,
) -> None:
    """Tell how the hub stands. Exit code 0: well, 1: something stands out, 2: it cannot be reached."""
    from streams.cli.status import show_status

    raise typer.Exit(show_status(data, parties, as_json, oldest))


@app.command()
def freeze(
    data: Data = None,
    parties: Parties = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Messages received since then [90 days ago]."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what is closed now and what will be, and which messages are still unanswered, so that people can call."""
    from streams.cli.freezing import show_freeze

    show_freeze(data, parties, since.date() if since else None, as_json)


app.command()(terms)
app.command()(claims)


@app.command()
def replay(
    data: Data = None,
    parties: Parties = None,
    schemas: SchemaFolder = None,
    sources: SourceFile = None,
    figures: Annotated[
        bool, typer.Option("--figures", help="Replace events and figures by those made anew. Stop the hub first.")
    ] = False,
    accept_differences: Annotated[
        bool,
        typer.Option("--accept-differences", help="With --figures: even if messages would be decided otherwise."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Decide the whole log anew, as of then, and tell what differs. Exit code 0: nothing, 1: something, 2: cannot.

    With --figures 0: they were replaced.
    """
    from streams.cli.replaying import replay_hub

    options: dict[str, object] = {"data": data, "parties": parties, "schemas": schemas, "sources": sources}
    raise typer.Exit(replay_hub(options, figures, accept_differences, as_json))


@app.command("export")
def export_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to make; it holds personal data.")],
    data: Data = None,
    running: Annotated[
        bool, typer.Option("--running", help="Also while a hub runs: what comes in meanwhile is not in the file.")
    ] = False,
) -> None:
    """Write a whole embedded hub to one file, to put it into a new hub, on Kafka or not. Stop the hub first."""
    from streams.cli.moving import export_hub

    export_hub(file, data, running)


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that ijwhub export made.")],
    data: Data = None,
) -> None:
    """Put an exported hub into a new one: on Kafka when IJWHUB_KAFKA is set, otherwise embedded in --data."""
    from streams.cli.moving import import_hub

    import_hub(file, data)


@app.command()
def token() -> None:
    """Make a random token for a party, and the line with its hash for the file of parties."""
    from streams.cli.tokens import make_token

    make_token()
