"""What the demo tells: the journeys as a table, and where to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from streams.cli.journeys import Ending, Journey, Step
from streams.cli.output import show, table, this_command
from streams.cli.playing import UNFETCHED, Played
from streams.hub.settings import Settings

STYLES = {"accepted": "green", "refused": "red", "repeated": "yellow", "set aside": "yellow"}
# Fixed, so that the parts below the titles stand under each other.
WIDE = {"step": 21, "from → to": 26, "message": 7, "outcome": 9, "level": 5, "code, rule": 16, "answer": 9}
NARROW = {**WIDE, "step": 12, "from → to": 18, "answer": 7}
Widths = Mapping[str, int]
"""Of columns, by name."""

Plays = Sequence[tuple[Journey, Sequence[Played]]]


def show_journeys(out: Console, played: Plays) -> None:
    """Print every step that was played under the title of its journey, and what did not go as written."""
    widths = WIDE if out.width >= sum(WIDE.values()) + len(WIDE) - 1 else NARROW
    show(out, _columns(widths, header=True))
    for number, (journey, plays) in enumerate(played, 1):
        out.print(f"\n{number}  {journey.title}", style="bold")
        rows = _columns(widths, header=False)
        for one in plays:
            rows.add_row(*_row(one, widths["from → to"]))
        show(out, rows)
    for one in (one for _, plays in played for one in plays if not one.as_written):
        out.print(f"Not as written: {one.step.says}\n    {_difference(one)}", style="bold red")


def _columns(widths: Widths, header: bool) -> Table:
    made = table(gap=1)
    made.show_header = header
    for name, width in widths.items():
        made.add_column(name, width=width, overflow="fold")
    return made


def _row(one: Played, room: int) -> Sequence[str | Text]:
    ending = one.ending or Ending("set aside", "")
    outcome = (
        Text(ending.outcome, STYLES.get(ending.outcome, "bold red")) if one.ending else Text("not seen", "bold red")
    )
    return (
        one.step.says,
        _way(one.step, ending, room),
        one.step.bericht,
        outcome,
        "" if ending.level is None else str(ending.level),
        " ".join([*ending.codes, *ending.rules]),
        ending.answer,
    )


def _way(step: Step, ending: Ending, room: int) -> str:
    """From whom to whom, and on lines of their own who got a copy."""
    way = f"{_short(step.party)} → {_short(step.to)}"
    if len(way) > room:
        way = way.replace(" → ", "\n→ ")
    return "\n".join([way, *(f"+ {_short(party)}" for party in ending.receivers if party != step.to)])


def _short(party: str) -> str:
    return party.removeprefix("voorbeeld-")


def _difference(one: Played) -> str:
    if one.ending is None:
        return one.problem or "no more is known"
    return f"expected {one.step.ending}\n    but was  {one.ending}"


def where_to_look(out: Console, settings: Settings, played: Plays, stays: bool) -> None:
    """Print the addresses, files and commands with which to go on."""
    out.print()
    for name, value in [*(_addresses(settings) if stays else []), *_files(settings), *_commands(settings, played)]:
        out.print(f"{name:<9}  {value}", soft_wrap=True)  # a command that is broken over lines cannot be copied
    out.print("Ctrl-C stops the hub." if stays else "The hub has stopped; without --once it keeps running.")


def _addresses(settings: Settings) -> Sequence[tuple[str, str]]:
    address = f"http://{settings.host}:{settings.port}"
    waiting = min(UNFETCHED)
    return (
        ("HTTP", f"{address}, described in {address}/v1/openapi.json"),
        ("metrics", f"{address}/metrics"),
        ("figures", f"{address}/beelden; of many youths: {this_command()} simulate --help"),
        ("a mailbox", f'curl -H "Authorization: Bearer demo-{waiting}" {address}/v1/postbus'),
    )


def _files(settings: Settings) -> Sequence[tuple[str, str]]:
    return (
        ("parties", f"{settings.parties}; the token of each is demo-<party id>"),
        ("a folder", f"{settings.data / 'voorbeeld-ambulant'}, with in, out, fout and klaar"),
        ("database", str(settings.sqlite_file)),
        ("log", str(settings.data / "hub.log")),
    )


def _commands(settings: Settings, played: Plays) -> Sequence[tuple[str, str]]:
    endings = ((one.id, one.ending) for _, plays in played for one in plays if one.ending)
    id, refused = next(((id, ending) for id, ending in endings if ending.level == 3), (None, None))
    found = [("set aside", f"{this_command()} quarantine list --data {settings.data}")]
    if refused is not None:
        found.append(("a refusal", f"{this_command()} trace {id} --data {settings.data}"))
        found.extend(("its rule", f"{this_command()} explain {rule}") for rule in refused.rules)
    return found
