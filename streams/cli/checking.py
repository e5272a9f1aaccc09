"""`ijwhub check`: the verdict on files, in order, as messages received by a hub without history."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import track

from monitoring.faults import kind_and_place
from schemas.ijw_3_2.dossier.history import Moment
from schemas.ijw_3_2.dossier.rows import Key, Row
from schemas.ijw_3_2.findings import Finding, told
from schemas.ijw_3_2.reading import OWN_SCHEMAS, Schemas
from schemas.ijw_3_2.safe_xml import MAX_BYTES
from streams.cli.output import complain, console, indented, not_checked, plain, this_command
from streams.cli.running import usable_schemas, usable_sources
from streams.core.verdicts import Verdict, judge
from streams.core.workdays import DUTCH_TIME

MANY = 20
"""From this many files on there is a progress bar."""
_MOST_READ = 4 * MAX_BYTES  # what is larger is refused anyway; reading it whole could take all memory

Result = tuple[Path, Verdict | None]


def check_files(
    files: Sequence[Path], as_json: bool, as_of: date | None, folder: Path | None, sources: Path | None
) -> int:
    """Print the verdict on each file, as soon as it is there; returns the exit code."""
    schemas = usable_schemas(folder or OWN_SCHEMAS)
    moment = Moment(as_of or datetime.now(DUTCH_TIME).date(), usable_sources(sources))
    checker = _Checker(schemas, moment)
    show = _JsonLines() if as_json else _ForPeople(console())
    for file, verdict in checker.verdicts(_with_progress(files)):
        if verdict is not None:
            show.one(file, verdict)
    show.end(checker)
    return 2 if checker.unread else 1 if checker.refused else 0


def _with_progress(files: Sequence[Path]) -> Iterable[Path]:
    # Beside results on the same terminal a bar would only get in their way.
    if len(files) < MANY or sys.stdout.isatty() or not sys.stderr.isatty():
        return files
    return track(files, "Checking", console=console(sys.stderr), transient=True)


@dataclass(slots=True)
class _Checker:
    """The memory of one run: a dossier for every relation that the files are about."""

    schemas: Schemas
    moment: Moment
    dossiers: dict[str, dict[Key, Row]] = field(default_factory=dict)
    accepted: int = 0
    refused: int = 0
    unread: int = 0

    def verdicts(self, files: Iterable[Path]) -> Iterator[Result]:
        """Each file with its verdict; None for what cannot be read, which is told on stderr."""
        for number, file in enumerate(files, 1):
            verdict = self._verdict(file, number)
            self.unread += verdict is None
            self.accepted += verdict is not None and verdict.accepted
            self.refused += verdict is not None and not verdict.accepted
            yield file, verdict

    def _verdict(self, file: Path, number: int) -> Verdict | None:
        try:
            data = _read(file)
        except OSError as error:
            complain(f"{file} cannot be read: {error.strerror}. Expected a file with one message; check the name.")
            return None
        try:
            verdict = judge(data, self.dossiers, self.schemas, self.moment, delivery=str(number))
        except Exception as error:  # noqa: BLE001 - one message that trips us must not stop the others
            complain(
                f"{file} cannot be judged, {kind_and_place(error)}. This is a fault of ijwhub; please report this line."
            )
            return None
        if verdict.relation is not None:
            self.dossiers.setdefault(verdict.relation, {}).update(verdict.changes)
        return verdict


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(_MOST_READ)


class _JsonLines:
    """One JSON object on a line for each file (contract: design)."""

    def one(self, file: Path, verdict: Verdict) -> None:
        """Print the verdict on one file."""
        line = {
            "file": str(file),
            "message": verdict.bericht,
            "accepted": verdict.accepted,
            "level": verdict.level,
            "findings": [told(finding) for finding in verdict.findings],
            "retour": verdict.retour.decode() if verdict.retour else None,
            "not_checked": [{"rule": one.rule, "needs": one.needs} for one in verdict.not_checked],
        }
        typer.echo(json.dumps(line))

    def end(self, checker: _Checker) -> None:
        """Nothing follows the lines."""


class _ForPeople:
    """A line for each file with its findings below it, and a line that adds up."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._width = out.width if out.is_terminal else None

    def one(self, file: Path, verdict: Verdict) -> None:
        """Print the verdict on one file."""
        style = "green" if verdict.accepted else "red"
        self._print(f"{'✓' if verdict.accepted else '✗'} {plain(str(file))}  {_outcome(verdict)}", style)
        for finding in verdict.findings:
            self._finding(finding)
        for one in verdict.not_checked:
            self._print(not_checked(one), "dim")
        rules = dict.fromkeys(f.rule for f in verdict.findings if f.level > 1)
        if rules:
            more = "; ".join(f"{this_command()} explain {rule}" for rule in rules)
            self._print(indented(f"More: {more}", 4, None), "dim")

    def _finding(self, finding: Finding) -> None:
        code = f" {finding.retourcode}" if finding.retourcode else ""
        self._print(indented(f"{finding.rule}{code}  {finding.path}".rstrip(), 4, None), "bold")
        if finding.key:
            self._print(indented(plain(finding.key), 8, self._width), "dim")
        self._print(indented(plain(finding.text), 8, self._width))

    def end(self, checker: _Checker) -> None:
        """Print how many files were accepted, when there are several."""
        counts = {"accepted": checker.accepted, "refused": checker.refused, "not readable": checker.unread}
        if sum(counts.values()) > 1:
            listed = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
            self._print(f"{sum(counts.values())} files: {listed}")

    def _print(self, text: str, style: str | None = None) -> None:
        self._out.print(text, style=style, soft_wrap=True)


def _outcome(verdict: Verdict) -> str:
    name = verdict.bericht or "no iJw 3.2 message"
    if verdict.accepted:
        return f"{name}  accepted"
    several = "finding" if len(verdict.findings) == 1 else "findings"
    return f"{name}  refused on level {verdict.level}, {len(verdict.findings)} {several}"
