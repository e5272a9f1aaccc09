"""Figures over HTTP: the pictures of regions as JSON, CSV and pages. Nothing leaves here that is not suppressed.

Who may look has the role of viewer. A token may come as the password of HTTP Basic too, which browsers ask for by
themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import HTMLResponse

from connectors.access import may
from connectors.figures_models import Picture, Region, picture_of, region_of
from connectors.figures_page import fault_page, list_page
from connectors.figures_periods import LENGTHS, SHORTEST, Period
from connectors.figures_pictures import Pictures
from connectors.figures_reading import FigureSource
from connectors.figures_words import csv_of
from connectors.http_problems import Problem, declared
from connectors.spreadsheets import DESCRIBED, MEDIA_TYPE
from streams.core.access import Role

_REPEATABLE = ("not-authenticated", "not-allowed", "too-often", "unavailable", "figures-behind")
_POLICY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}

RegionId = Annotated[str, Path(alias="regio", description="The id of a region", examples=["ijmond"])]
TableId = Annotated[str, Path(alias="tabel", description="The id of a table", examples=["in-zorg"])]
Tot = Annotated[
    str | None, Query(description="The last month; by default the last one that is over", examples=["2026-06"])
]
Maanden = Annotated[
    str,
    Query(
        description="How many months, up to and with the last",
        json_schema_extra={"enum": list(LENGTHS)},
        examples=["3"],
    ),
]

_FAULTS: Mapping[str, tuple[str, str]] = {
    "not-found": ("Deze regio is er niet", "Kies een regio uit de lijst."),
    "invalid-parameter": (
        "Deze periode kan niet",
        "Geef de laatste maand van een kwartaal (jjjj-mm) en 3 of 12 maanden, voorbij en niet van voor 2015.",
    ),
    "unavailable": (
        "Even geduld",
        "Er worden nu andere beelden gemaakt, en berichten gaan voor. Vraag dit beeld zo nog eens.",
    ),
    "figures-behind": (
        "Even geduld",
        "De cijfers zijn nog niet compleet: een deel van de berichten moet er nog in. Kijk over een minuut nog eens.",
    ),
}


class _Endpoints:
    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures

    async def regions(self) -> list[Region]:
        """The regions of which there is a picture; gemeenten that stand in none are one region together."""
        return [region_of(one) for one in await self._pictures.regions()]

    async def picture(self, region: RegionId, tot: Tot = None, maanden: Maanden = SHORTEST) -> Picture:
        """Every figure of a region in a period, without those about few youths."""
        return picture_of(await self._pictures.picture(region, tot, maanden))

    async def table(self, region: RegionId, table: TableId, tot: Tot = None, maanden: Maanden = SHORTEST) -> Response:
        """One table for a spreadsheet: UTF-8 with a byte order mark, semicolons, decimal commas; x is hidden."""
        made = await self._pictures.picture(region, tot, maanden)
        found = made.table(table)
        if found is None:
            raise Problem("not-found", detail="This picture has no such table. Take a link from the picture.")
        name = f"ijwhub-{made.region}-{found.id}-{Period(made.van, made.tot).name}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(csv_of(made, found, self._pictures.monitoring), 200, headers, MEDIA_TYPE)

    async def list_page(self) -> HTMLResponse:
        """The page with all regions."""
        try:
            regions = await self._pictures.regions()
        except Problem as problem:
            return _told(problem)
        return HTMLResponse(list_page(regions), headers=_POLICY)

    async def picture_page(self, request: Request, region: RegionId) -> HTMLResponse:
        """The page of a region. What is wrong with the address is told on a page too."""
        asked = (request.query_params.get(name) for name in ("tot", "maanden"))
        try:
            page = await self._pictures.page(region, *asked)
        except Problem as problem:
            return _told(problem)
        return HTMLResponse(page, headers=_POLICY)


def _told(problem: Problem) -> HTMLResponse:
    """A problem as a page."""
    headers = {**problem.headers, **_POLICY}
    return HTMLResponse(fault_page(*_FAULTS[problem.reason]), problem.status, headers=headers)


def figures_router(source: FigureSource) -> APIRouter:
    """The routes of the figures."""
    router = APIRouter(dependencies=[Depends(may(Role.VIEWER))])
    endpoints = _Endpoints(Pictures(source))
    router.add_api_route(
        "/v1/beelden",
        endpoints.regions,
        operation_id="regions",
        tags=["beelden"],
        summary="List the regions",
        response_description="The regions",
        responses=declared(*_REPEATABLE),
    )
    router.add_api_route(
        "/v1/beelden/{regio}",
        endpoints.picture,
        operation_id="picture",
        tags=["beelden"],
        summary="The picture of a region",
        response_description="Its figures",
        responses=declared("not-found", "invalid-parameter", *_REPEATABLE),
    )
    router.add_api_route(
        "/v1/beelden/{regio}/{tabel}.csv",
        endpoints.table,
        operation_id="table",
        tags=["beelden"],
        summary="One table of a picture as CSV",
        response_class=Response,
        responses={**DESCRIBED, **declared("not-found", "invalid-parameter", *_REPEATABLE)},
    )
    router.add_api_route("/beelden", endpoints.list_page, include_in_schema=False)
    router.add_api_route("/beelden/{regio}", endpoints.picture_page, include_in_schema=False)
    return router
