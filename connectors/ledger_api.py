"""Terms and claims over HTTP, one by one and as they are: nothing of them is hidden, as it is in figures.

So whoever asks gets only what is his (streams.core.monitors.sight): a party what it exchanges itself, operators and
auditors everything, viewers nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from connectors.access import TheDesk, may
from connectors.figures_reading import FigureSource
from connectors.http_problems import declared
from connectors.ledger_models import Claims, Terms, claims_csv, claims_of, terms_csv, terms_of
from connectors.ledger_pages import Ledgers, Part
from connectors.spreadsheets import DESCRIBED, MEDIA_TYPE
from streams.core.access import Principal, Role
from streams.core.monitors.book import Wanted
from streams.core.monitors.claimed import WantedClaims
from streams.core.monitors.deadlines import State
from streams.core.monitors.deadlines_terms import Rule
from streams.core.monitors.sight import EVERYTHING, Sight, sight_of
from streams.core.ports import Desk

MOST_LISTED = 1000
_FAULTS = declared(
    "invalid-parameter", "not-authenticated", "not-allowed", "too-often", "unavailable", "figures-behind"
)

MAY = may(Role.PARTY, Role.OPERATOR, Role.AUDITOR)
Asker = Annotated[Principal, Depends(MAY)]
Gemeente = Annotated[str | None, Query(pattern="^[0-9]{4}$", description="Only of this gemeente: its CBS code")]
Aanbieder = Annotated[str | None, Query(pattern="^[0-9]{8}$", description="Only of this aanbieder: its AGB code")]
Month = Annotated[
    str | None,
    Query(pattern="^20[0-9]{2}-(0[1-9]|1[0-2])$", description="A month of receipt, included", examples=["2026-03"]),
]
AtMost = Annotated[int, Query(alias="aantal", ge=1, le=MOST_LISTED, description="At most so many")]
After = Annotated[int, Query(alias="na", ge=0, le=10**9, description="What follows the first so many")]


async def _part(most: AtMost = 100, after: After = 0) -> Part:
    return Part(most, after)


async def _ledgers(request: Request) -> Ledgers:
    found: Ledgers = request.state.ledgers
    return found


ThePart = Annotated[Part, Depends(_part)]
TheLedgers = Annotated[Ledgers, Depends(_ledgers)]


async def _wanted(
    stand: Annotated[list[State] | None, Query(description="Only in this state; may be given more than once")] = None,
    regel: Annotated[list[Rule] | None, Query(description="Only of this rule; may be given more than once")] = None,
    verantwoordelijke: Annotated[
        str | None, Query(pattern="^([0-9]{4}|[0-9]{8})$", description="Only what is due from this code, CBS or AGB")
    ] = None,
    gemeente: Gemeente = None,
    aanbieder: Aanbieder = None,
) -> Wanted:
    return Wanted(
        states=frozenset(stand) if stand else None,
        rules=frozenset(regel) if regel else None,
        responsible=verantwoordelijke,
        gemeente=gemeente,
        aanbieder=aanbieder,
    )


async def _wanted_claims(
    gemeente: Gemeente = None,
    aanbieder: Aanbieder = None,
    van: Month = None,
    tot: Month = None,
    apart: Annotated[bool, Query(description="Every JW323 apart, with its id, instead of whole months")] = False,
) -> WantedClaims:
    first, last = (date.fromisoformat(f"{month}-01") if month else None for month in (van, tot))
    return WantedClaims(gemeente=gemeente, aanbieder=aanbieder, first=first, last=last, each=apart)


async def _terms(
    ledgers: TheLedgers, asker: Asker, desk: TheDesk, part: ThePart, wanted: Annotated[Wanted, Depends(_wanted)]
) -> Terms:
    page = await ledgers.terms(wanted, _sight(asker, desk), part)
    known = await _known(asker, desk, (id for _, id in page.listed))
    return terms_of(page._replace(listed=tuple((one, known(id)) for one, id in page.listed)))


async def _claims(
    ledgers: TheLedgers,
    asker: Asker,
    desk: TheDesk,
    part: ThePart,
    wanted: Annotated[WantedClaims, Depends(_wanted_claims)],
) -> Claims:
    page = await ledgers.claims(wanted, _sight(asker, desk), part)
    known = await _known(asker, desk, (one.message for one in page.listed))
    return claims_of(page._replace(listed=tuple(one._replace(message=known(one.message)) for one in page.listed)))


def _sight(asker: Principal, desk: Desk) -> Sight:
    return sight_of(asker.party, desk.directory) if asker.party else EVERYTHING


async def _known(asker: Principal, desk: Desk, ids: Iterable[str | None]) -> Callable[[str | None], str | None]:
    """Leaves an id away from who may not ask after its message: a CJG or an indiener sent it in its name."""
    if asker.party is None:
        return lambda id: id
    known = {id for id in set(ids) if id is not None and await desk.trace_for(asker.party, id)}
    return lambda id: id if id in known else None


TheTerms = Annotated[Terms, Depends(_terms)]
TheClaims = Annotated[Claims, Depends(_claims)]


# --- routes ------------------------------------------------------------------------------------------


async def terms(found: TheTerms) -> Terms:
    """What has to be sent within a term and how that stands today: soonest due first, and in sums.

    A party sees what is between it and others, whoever must act; a CJG what its mandates are for. A message that was
    answered is counted in the sums, and not listed.
    """
    return found


async def terms_file(found: TheTerms, part: ThePart) -> Response:
    """As the list, for a spreadsheet: UTF-8 with a byte order mark, semicolons; without the sums."""
    return _file("termijnen", found, part, terms_csv(found))


async def claims(found: TheClaims) -> Claims:
    """What was claimed and what became of it, per gemeente, aanbieder and month of receipt, to the cent.

    A party sees what it claimed, and what was claimed from it; a CJG what its mandates are for.
    """
    return found


async def claims_file(found: TheClaims, part: ThePart) -> Response:
    """As the list, for a spreadsheet: UTF-8 with a byte order mark, semicolons, amounts in euro with a comma."""
    return _file("declaraties", found, part, claims_csv(found))


def _file(name: str, found: Terms | Claims, part: Part, content: bytes) -> Response:
    """A file that says in its name which part it is, of how many."""
    name = f"ijwhub-{name}-{part.after + 1}-{min(part.end, found.aantal)}-van-{found.aantal}.csv"
    return Response(content, 200, {"Content-Disposition": f'attachment; filename="{name}"'}, MEDIA_TYPE)


def ledger_router(source: FigureSource) -> APIRouter:
    """The routes of terms and claims."""
    ledgers = Ledgers(source)

    async def provide(request: Request) -> None:
        request.state.ledgers = ledgers

    router = APIRouter(dependencies=[Depends(MAY), Depends(provide)])
    router.add_api_route(
        "/v1/termijnen",
        terms,
        operation_id="terms",
        tags=["termijnen"],
        summary="What runs out",
        response_description="Terms, and sums of them",
        responses=_FAULTS,
    )
    router.add_api_route(
        "/v1/termijnen.csv",
        terms_file,
        operation_id="termsFile",
        tags=["termijnen"],
        summary="What runs out, as CSV",
        response_class=Response,
        responses={**DESCRIBED, **_FAULTS},
    )
    router.add_api_route(
        "/v1/declaraties",
        claims,
        operation_id="claims",
        tags=["declaraties"],
        summary="What was claimed",
        response_description="Sums of claims",
        responses=_FAULTS,
    )
    router.add_api_route(
        "/v1/declaraties.csv",
        claims_file,
        operation_id="claimsFile",
        tags=["declaraties"],
        summary="What was claimed, as CSV",
        response_class=Response,
        responses={**DESCRIBED, **_FAULTS},
    )
    return router
