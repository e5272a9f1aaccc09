"""`ijwhub terms` and `ijwhub claims`: what runs out, and what was claimed, as the hub's HTTP interface tells it."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Literal, TypeVar, get_args

import typer
from pydantic import BaseModel
from rich.console import Console

from connectors.http_problems import Problem
from connectors.ledger_models import Amounts, Claims, Terms, claims_csv, claims_of, terms_csv, terms_of
from connectors.ledger_pages import Ledgers, Part
from connectors.spreadsheets import euros
from connectors.sqlite_folds import SqliteFolds
from monitoring.metrics import Metrics
from streams.cli.files import is_embedded, postgres_of, refuse_absent, told_on_kafka
from streams.cli.output import console, fail, plain, show, table
from streams.cli.running import settings_of, told_plainly
from streams.core.monitors.book import Wanted
from streams.core.monitors.claimed import WantedClaims
from streams.core.monitors.deadlines_terms import Rule, State
from streams.core.monitors.sight import EVERYTHING
from streams.core.regions import Monitoring, load_monitoring
from streams.core.workdays import DUTCH_TIME
from streams.hub.clock import now
from streams.hub.embedded_folding import EmbeddedFolder
from streams.hub.figures import Figures
from streams.hub.folding import FOLDS, Folding
from streams.hub.settings import Settings

Form = Literal["table", "json", "csv"]
ALL = Part(10**9)
WIDE = 160
"""Columns of a list of terms through a pipe, so that an id stays whole."""
STATES: tuple[State, ...] = get_args(State)
RULES: tuple[Rule, ...] = get_args(Rule)
T = TypeVar("T")


def form_of(as_json: bool, as_csv: bool) -> Form:
    """What is printed. Ends the command when both are asked for."""
    if as_json and as_csv:
        fail("--json and --csv are two forms of the same; give one of them.")
    return "json" if as_json else "csv" if as_csv else "table"


def wanted_terms(
    states: Sequence[str],
    rules: Sequence[str] | None,
    responsible: str | None,
    gemeente: str | None,
    aanbieder: str | None,
) -> Wanted:
    """The terms that are asked for. Ends the command for a state or a rule that is none."""
    return Wanted(
        states=frozenset(_among(STATES, one, "state") for one in states),
        rules=frozenset(_among(RULES, one, "rule") for one in rules) if rules else None,
        responsible=responsible,
        gemeente=gemeente,
        aanbieder=aanbieder,
    )


def _among(known: Sequence[T], word: str, what: str) -> T:
    for one in known:
        if one == word:
            return one
    fail(f"there are no terms of {what} {plain(word)[:40]}. Expected one of {', '.join(map(str, known))}.")


def show_terms(data: Path | None, wanted: Wanted, most: int, on: date | None, form: Form) -> None:
    """Print the terms that are wanted, soonest due first, as they stand at the end of a day (None: today)."""

    async def found() -> Terms:
        async with _ledgers(data, on) as ledgers:
            return terms_of(await ledgers.terms(wanted, EVERYTHING, Part(most)))

    _tell(asyncio.run(found()), form, terms_csv, _show_terms)


def show_claims(data: Path | None, wanted: WantedClaims, form: Form) -> None:
    """Print the claims that are wanted."""

    async def found() -> Claims:
        async with _ledgers(data, None) as ledgers:
            return claims_of(await ledgers.claims(wanted, EVERYTHING, ALL))

    _tell(asyncio.run(found()), form, claims_csv, _show_claims)


def _tell(found: T, form: Form, as_csv: Callable[[T], bytes], as_table: Callable[[Console, T], None]) -> None:
    match form:
        case "csv":
            typer.echo(as_csv(found), nl=False)
        case "json":
            assert isinstance(found, BaseModel)
            typer.echo(found.model_dump_json())
        case "table":
            as_table(console(), found)


# --- asking ------------------------------------------------------------------------------------------


@asynccontextmanager
async def _ledgers(data: Path | None, on: date | None) -> AsyncIterator[Ledgers]:
    """The ledgers of the hub of the settings. Ends the command when there is none, and when too much is missing."""
    settings = settings_of(data=data)
    with told_plainly(settings):
        monitoring = load_monitoring(settings.monitoring)
    opening = _embedded if is_embedded(settings, data) else _on_kafka
    async with opening(settings, monitoring) as figures:
        if on is not None:
            noon = datetime.combine(on, time(12), DUTCH_TIME)
            figures.now = lambda: noon
        try:
            yield Ledgers(figures)
        except Problem as problem:
            fail(problem.detail)


@asynccontextmanager
async def _embedded(settings: Settings, monitoring: Monitoring) -> AsyncIterator[Figures]:
    refuse_absent(settings.sqlite_file)
    with told_plainly(settings):
        folds = SqliteFolds(settings.sqlite_file)
        try:
            folder = EmbeddedFolder(Folding(FOLDS, folds), folds, Metrics())
            yield Figures(folds, monitoring, now, folder.waiting)
        finally:
            await folds.close()


@asynccontextmanager
async def _on_kafka(settings: Settings, monitoring: Monitoring) -> AsyncIterator[Figures]:
    from connectors.postgres_folds import PostgresFolds
    from streams.kafka.figures import kafka_figures

    assert settings.on_kafka is not None, "settings without Kafka"
    with told_on_kafka(settings):
        database = await postgres_of(settings)
        try:
            yield kafka_figures(settings.on_kafka, PostgresFolds(database), monitoring)
        finally:
            await database.close()


# --- showing -----------------------------------------------------------------------------------------


def _show_terms(out: Console, found: Terms) -> None:
    if not found.sommen:
        out.print("There is no such term.")
        return
    if not out.is_terminal and "COLUMNS" not in os.environ:
        out.width = WIDE
    made = table("due", "state", "rule", "what", "responsible", "gemeente", "aanbieder", "reference", "message")
    for one in found.termijnen:
        place = (one.verantwoordelijke, one.gemeente, one.aanbieder)
        behind = (plain(one.referentie or "-"), one.bericht_id or "-")
        made.add_row(str(one.uiterlijk), one.stand, one.regel, one.wat, *place, *behind)
    show(out, made)
    if more := found.aantal - len(found.termijnen):
        out.print(f"{more} more: see --limit.")
    out.print()
    _show_sums(out, found)


def _show_sums(out: Console, found: Terms) -> None:
    counts = Counter[tuple[str, str]]()
    for one in found.sommen:
        counts[one.regel, one.stand] += one.aantal
    states = [state for state in STATES if any(stand == state for _, stand in counts)]
    made = table("rule", *states)
    for rule in sorted({regel for regel, _ in counts}):
        made.add_row(rule, *(str(counts[rule, state]) for state in states))
    show(out, made)


def _show_claims(out: Console, found: Claims) -> None:
    if not found.declaraties:
        out.print("Nothing was claimed.")
        return
    amounts = ("claimed", "granted", "credited", "refused", "open")
    made = table("gemeente", "aanbieder", "month", *amounts, "claims", "lines", gap=1)
    for column in made.columns[3:]:
        column.justify = "right"
    for one in found.declaraties:
        made.add_row(one.gemeente, one.aanbieder, one.bericht_id or one.maand, *_amounts(one))
    made.add_row("all", "", "", *_amounts(found.totaal))
    show(out, made)
    wrong = [one for one in found.declaraties if not one.klopt]
    if wrong:
        fail(f"{len(wrong)} of these do not add up, which is a fault of the hub's own. Please report it.", code=1)


def _amounts(one: Amounts) -> tuple[str, ...]:
    cents = (one.gedeclareerd, one.toegekend, one.gecrediteerd, one.afgewezen, one.open)
    return (*map(euros, cents), str(one.declaraties), str(one.regels.totaal))
