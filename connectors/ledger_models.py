"""What the hub says about terms and claims, as JSON and CSV. The names of the fields are Dutch: partners read them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from connectors.http_models import EXAMPLE_ID
from connectors.ledger_pages import ClaimPage, TermPage
from connectors.spreadsheets import as_csv, as_text, euros
from streams.core.monitors.book import asked
from streams.core.monitors.claimed import Claim, Sums
from streams.core.monitors.deadlines import Obligation, State
from streams.core.monitors.deadlines_terms import Rule, What

Code = Annotated[str, Field(description="Its code, CBS or AGB", examples=["65656001"])]
Cents = Annotated[int, Field(description="In eurocent", examples=[1_234_05])]
MessageId = Annotated[
    str | None,
    Field(description="The message behind it, for /v1/berichten; null when there is none for whoever asks",
          examples=[EXAMPLE_ID]),
]  # fmt: skip
Made = Annotated[datetime, Field(description="The moment; pages with the same moment fit together")]
More = Annotated[int | None, Field(description="The value of na that gives what follows; null when this is all")]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class Term(_Model):
    """What a gemeente or aanbieder has to send within a term."""

    regel: Rule = Field(description="The rule of the standard", examples=["OP090"])
    wat: What = Field(description="The message that awaits its answer, or what is awaited", examples=["JW305"])
    stand: State = Field(description="How it stands at the end of this day")
    uiterlijk: date = Field(description="The last day of the term")
    geopend: date = Field(description="The day from which it is there")
    voldaan: date | None = Field(description="The day on which it was met; null as long as it is not")
    gemeente: Code
    aanbieder: Code
    verantwoordelijke: Code = Field(description="The code of who has to send it")
    referentie: str | None = Field(
        description="ToewijzingNummer, or ReferentieAanbieder of the request (one that could hold a BSN as a digest), "
        "or the product of task-based care; null for a message, which has an id"
    )
    bericht_id: MessageId


class TermSum(_Model):
    """How many terms."""

    regel: Rule
    verantwoordelijke: Code
    stand: State
    aantal: int = Field(description="How many, with messages that were answered, which are not listed one by one")


class Terms(_Model):
    """Terms, soonest due first."""

    gemaakt: Made
    aantal: int = Field(description="How many can be listed of what was asked")
    termijnen: list[Term]
    sommen: list[TermSum] = Field(description="Of all that was asked, not of this page only")
    meer: More


class Lines(_Model):
    """How many claim lines there are."""

    totaal: int = Field(description="All of them")
    toegekend: int = Field(description="Granted, credits too")
    gecrediteerd: int = Field(description="Granted, and taken back by a credit later")
    afgewezen: int = Field(description="Refused")
    open: int = Field(description="Not answered yet")


class Amounts(_Model):
    """Sums of claim lines in eurocent: gedeclareerd = toegekend + gecrediteerd + afgewezen + open."""

    gedeclareerd: Cents = Field(description="What was claimed, without credits")
    toegekend: Cents = Field(description="Granted, less the granted credits of this same month")
    gecrediteerd: Cents = Field(description="Those credits, as a positive amount")
    afgewezen: Cents = Field(description="Refused, without credits")
    open: Cents = Field(description="Not answered yet, without credits")
    credits_afgewezen: Cents = Field(description="Credits that were refused, outside that sum")
    credits_open: Cents = Field(description="Credits that were not answered yet, outside that sum")
    klopt: bool = Field(description="The lines claimed, added up apart from what became of them, give that sum")
    declaraties: int = Field(description="How many JW323")
    regels: Lines


class ClaimSums(Amounts):
    """Claims of a gemeente and an aanbieder."""

    gemeente: Code
    aanbieder: Code
    maand: str = Field(description="The month in which the JW323 came", examples=["2026-03"])
    bericht_id: MessageId


class Claims(_Model):
    """Claims, by gemeente, aanbieder and month."""

    gemaakt: Made
    aantal: int = Field(description="How many can be listed of what was asked")
    totaal: Amounts = Field(description="Of all that was asked, not of this page only")
    declaraties: list[ClaimSums]
    meer: More


def terms_of(page: TermPage) -> Terms:
    """Terms as they are told."""
    sums = [
        TermSum(regel=rule, verantwoordelijke=code, stand=state, aantal=count)
        for (rule, code, state), count in page.sums.items()
    ]
    return Terms(
        gemaakt=page.made_at,
        aantal=page.total,
        termijnen=[_term(*one) for one in page.listed],
        sommen=sums,
        meer=page.more,
    )


def _term(one: Obligation, message: str | None) -> Term:
    gemeente, _, aanbieder = one.relation.partition(":")
    return Term(
        regel=one.rule,
        wat=one.what,
        stand=one.state,
        uiterlijk=one.due,
        geopend=one.opened_at,
        voldaan=one.met_on,
        gemeente=gemeente,
        aanbieder=aanbieder,
        verantwoordelijke=one.responsible,
        referentie=one.reference if asked(one) else None,
        bericht_id=message,
    )


def claims_of(page: ClaimPage) -> Claims:
    """Claims as they are told."""
    return Claims(
        gemaakt=page.made_at,
        aantal=page.total,
        totaal=Amounts(**_amounts(page.sums)),
        declaraties=[_claim(one) for one in page.listed],
        meer=page.more,
    )


def _claim(one: Claim) -> ClaimSums:
    return ClaimSums(
        gemeente=one.gemeente,
        aanbieder=one.aanbieder,
        maand=f"{one.month:%Y-%m}",
        bericht_id=one.message,
        **_amounts(one.sums),
    )


def _amounts(sums: Sums) -> dict[str, Any]:
    return {
        "gedeclareerd": sums.claimed,
        "toegekend": sums.granted,
        "gecrediteerd": sums.credited,
        "afgewezen": sums.refused,
        "open": sums.open,
        "credits_afgewezen": sums.refused_credits,
        "credits_open": sums.open_credits,
        "klopt": sums.adds_up,
        "declaraties": sums.claims,
        "regels": Lines(
            totaal=sums.lines,
            toegekend=sums.lines_granted,
            gecrediteerd=sums.lines_credited,
            afgewezen=sums.lines_refused,
            open=sums.lines_open,
        ),
    }


# --- for spreadsheets --------------------------------------------------------------------------------


def terms_csv(terms: Terms) -> bytes:
    """Terms as a file; without sums."""
    names = list(Term.model_fields)
    rows = ([_cell(getattr(one, name)) for name in names] for one in terms.termijnen)
    return as_csv([[name.capitalize() for name in names], *rows])


def _cell(value: object) -> object:
    return as_text(value) if isinstance(value, str) else value


def claims_csv(claims: Claims) -> bytes:
    """Claims as a file, with amounts in euro, to the cent."""
    headers = ["Gemeente", "Aanbieder", "Maand", "Bericht_id", *(f"{name.capitalize()} (euro)" for name in _EUROS)]
    counts = ["Declaraties", *(f"Regels {name}" for name in Lines.model_fields)]
    return as_csv([[*headers, *counts], *map(_row, claims.declaraties)])


def _row(one: ClaimSums) -> list[object]:
    amounts = [euros(getattr(one, name)) for name in _EUROS]
    lines = [getattr(one.regels, name) for name in Lines.model_fields]
    return [one.gemeente, one.aanbieder, one.maand, one.bericht_id, *amounts, one.declaraties, *lines]


_EUROS = (
    "gedeclareerd", "toegekend", "gecrediteerd", "afgewezen", "open", "credits_afgewezen", "credits_open",
)  # fmt: skip
