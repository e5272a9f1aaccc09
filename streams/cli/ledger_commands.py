"""The commands terms and claims. What they need is imported inside them, so that `--help` is there at once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from streams.cli.options import AsJson, Data, of_digits

FROM_PARTIES = "; take it from the file of parties"

Gemeente = Annotated[
    str | None, typer.Option(metavar="CODE", callback=of_digits(4, hint=FROM_PARTIES), help="Of this gemeente [all].")
]
Aanbieder = Annotated[
    str | None, typer.Option(metavar="CODE", callback=of_digits(8, hint=FROM_PARTIES), help="Of this aanbieder [all].")
]
AsCsv = Annotated[bool, typer.Option("--csv", help="For a spreadsheet instead of people.")]


def terms(
    data: Data = None,
    state: Annotated[
        list[str] | None, typer.Option(help="In this state; may be given more than once [breached and at_risk].")
    ] = None,
    rule: Annotated[list[str] | None, typer.Option(help="Of this rule; may be given more than once [all].")] = None,
    responsible: Annotated[
        str | None,
        typer.Option(
            metavar="CODE",
            callback=of_digits(4, 8, hint=FROM_PARTIES),
            help="Due from this gemeente or aanbieder [all].",
        ),
    ] = None,
    gemeente: Gemeente = None,
    aanbieder: Aanbieder = None,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="At the end of this day [today].")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="List at most so many; sums are of all.")] = 50,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the terms that are breached or at risk, soonest due first, and count them per rule and who must act."""
    from streams.cli.ledger import form_of, show_terms, wanted_terms

    wanted = wanted_terms(state or ["breached", "at_risk"], rule, responsible, gemeente, aanbieder)
    show_terms(data, wanted, limit, on.date() if on else None, form_of(as_json, as_csv))


def claims(
    data: Data = None,
    gemeente: Gemeente = None,
    aanbieder: Aanbieder = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m"], metavar="MONTH", help="Received since this month.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m"], metavar="MONTH", help="Received up to this month.")
    ] = None,
    each: Annotated[bool, typer.Option("--each", help="Every JW323 apart, with its id.")] = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Add up what was claimed and what became of it, per gemeente, aanbieder and month of receipt, to the cent."""
    from streams.cli.ledger import form_of, show_claims
    from streams.core.monitors.claimed import WantedClaims

    wanted = WantedClaims(
        gemeente=gemeente,
        aanbieder=aanbieder,
        first=first.date() if first else None,
        last=last.date() if last else None,
        each=each,
    )
    show_claims(data, wanted, form_of(as_json, as_csv))
