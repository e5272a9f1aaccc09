"""Figures over HTTP: the pictures of regions as JSON, CSV and pages. Nothing leaves here that is not suppressed.

Who may look has the viewer token: as Bearer, or as the password of HTTP Basic, which browsers ask for by themselves.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.security import HTTPBearer
from starlette.concurrency import run_in_threadpool

from connectors.figures_models import Picture, Region, picture_of, region_of
from connectors.figures_page import fault_page, list_page, picture_page
from connectors.figures_words import csv_of
from connectors.http_problems import Problem, declared
from streams.core.monitors.picture import Picture as Pictured
from streams.core.monitors.picture import picture, regions_of, shown
from streams.core.monitors.rows import Rows
from streams.core.monitors.trajecten import File
from streams.core.regions import Monitoring
from streams.core.regions import Region as Configured
from streams.core.workdays import local_day

EARLIEST = date(2015, 1, 1)
"""The first day of the Jeugdwet: no message is about care before it."""
LONGEST = timedelta(5 * 366)
MOST_KEPT = 60
_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
_REPEATABLE = ("not-authenticated", "unavailable")
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="ijwhub", charset="UTF-8", Bearer realm="ijwhub"'}
_POLICY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}

RegionId = Annotated[str, Path(alias="regio", description="The id of a region", examples=["ijmond"])]
TableId = Annotated[str, Path(alias="tabel", description="The id of a table", examples=["in-zorg"])]
Van = Annotated[str | None, Query(description="The first month; by default of a year", examples=["2026-01"])]
Tot = Annotated[str | None, Query(description="The last month; by default the one before this", examples=["2026-06"])]


class FigureSource(Protocol):
    """Where figures come from: the folds of the hub that serves them.

    The files that `read` gives are one and the same object as long as nothing changed: pictures are kept until then.
    """

    @property
    def monitoring(self) -> Monitoring:
        """What monitors are told beforehand."""
        ...

    async def read(self) -> tuple[Rows, Sequence[File]]:
        """Everything that is known. Raises StoreError."""
        ...

    def now(self) -> datetime:
        """The moment, with time zone."""
        ...


class Pictures:
    """Makes pictures that may be shown, in a thread, and keeps the last ones until something changes."""

    def __init__(self, source: FigureSource) -> None:
        self._source = source
        self._files: Sequence[File] = ()
        self._kept: dict[tuple[str, date, date], Pictured] = {}

    @property
    def monitoring(self) -> Monitoring:
        """What monitors are told beforehand."""
        return self._source.monitoring

    @property
    def ended(self) -> date:
        """The last day of the last month that is over in the Netherlands."""
        return local_day(self._source.now()).replace(day=1) - timedelta(1)

    async def regions(self) -> tuple[Configured, ...]:
        """Every region. Raises StoreError."""
        _, files = await self._source.read()
        return await run_in_threadpool(regions_of, files, self.monitoring)

    async def picture(self, region: str, van: str | None, tot: str | None) -> Pictured:
        """The picture of a region in whole months (YYYY-MM). Raises StoreError, and Problem for an unknown region or an impossible period."""
        first, last = self._period(van, tot)
        rows, files = await self._source.read()
        if files is not self._files or len(self._kept) >= MOST_KEPT:
            self._files, self._kept = files, {}
        place, kept = (region, first, last), self._kept
        if place not in kept:
            kept[place] = await run_in_threadpool(self._made, rows, files, region, first, last)
        return kept[place]

    def _made(self, rows: Rows, files: Sequence[File], region: str, van: date, tot: date) -> Pictured:
        found = next((one for one in regions_of(files, self.monitoring) if one.id == region), None)
        if found is None:
            raise Problem("not-found", detail="No region of this hub has this id. Take a link from /v1/beelden.")
        return shown(picture(files, rows, found, van, tot, self._source.now(), self.monitoring), self.monitoring)

    def _period(self, van: str | None, tot: str | None) -> tuple[date, date]:
        """Whole months that are over: of two periods that differ by a day, one would tell what the other hides."""
        ended = self.ended
        last = ended if tot is None else _last_day(_first_day(tot))
        first = max(EARLIEST, (last - timedelta(364)).replace(day=1)) if van is None else _first_day(van)
        if not EARLIEST <= first <= last <= ended or last - first > LONGEST:
            raise Problem("invalid-parameter", detail=_IMPOSSIBLE)
        return first, last


_IMPOSSIBLE = (
    "The period from van to tot cannot be shown. Expected two months as YYYY-MM that are over, van not after tot, not "
    "before 2015, and at most five years apart; correct them."
)
_FAULTS: Mapping[str, tuple[str, str]] = {
    "not-found": ("Deze regio is er niet", "Kies een regio uit de lijst."),
    "invalid-parameter": (
        "Deze periode kan niet",
        "Geef een eerste en een laatste maand (jjjj-mm) vanaf 2015 die voorbij zijn, hoogstens vijf jaar uit elkaar.",
    ),
}


class _Endpoints:
    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures

    async def regions(self) -> list[Region]:
        """The regions of which there is a picture; gemeenten that stand in none are one region together."""
        return [region_of(one) for one in await self._pictures.regions()]

    async def picture(self, region: RegionId, van: Van = None, tot: Tot = None) -> Picture:
        """Every figure of a region in a period, without those about few youths."""
        return picture_of(await self._pictures.picture(region, van, tot))

    async def table(self, region: RegionId, table: TableId, van: Van = None, tot: Tot = None) -> Response:
        """One table for a spreadsheet: UTF-8 with a byte order mark, semicolons, decimal commas; x is hidden."""
        made = await self._pictures.picture(region, van, tot)
        found = made.table(table)
        if found is None:
            raise Problem("not-found", detail="This picture has no such table. Take a link from the picture.")
        name = f"ijwhub-{made.region}-{found.id}-{made.van}-{made.tot}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(csv_of(made, found, self._pictures.monitoring), 200, headers, "text/csv; charset=utf-8")

    async def list_page(self) -> HTMLResponse:
        """The page with all regions."""
        return HTMLResponse(list_page(await self._pictures.regions()), headers=_POLICY)

    async def picture_page(self, request: Request, region: RegionId) -> HTMLResponse:
        """The page of a region. What is wrong with the address is told on a page too."""
        try:
            made = await self._pictures.picture(region, *(request.query_params.get(name) for name in ("van", "tot")))
        except Problem as problem:
            return HTMLResponse(fault_page(*_FAULTS[problem.reason]), problem.status, headers=_POLICY)
        page = await run_in_threadpool(picture_page, made, self._pictures.monitoring, self._pictures.ended)
        return HTMLResponse(page, headers=_POLICY)


def _first_day(month: str) -> date:
    try:
        return datetime.strptime(month, "%Y-%m").date()
    except ValueError:
        raise Problem("invalid-parameter", detail=_IMPOSSIBLE) from None


def _last_day(first: date) -> date:
    return (first + timedelta(31)).replace(day=1) - timedelta(1)


def figures_router(source: FigureSource, viewer_token: str | None = None) -> APIRouter:
    """The routes of the figures. Without `viewer_token` anybody who reaches them may look: for loopback only."""
    router = APIRouter(
        dependencies=[Depends(HTTPBearer(auto_error=False, description=_TOKEN)), Depends(_Viewer(viewer_token))]
    )
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
        responses={**_CSV, **declared("not-found", "invalid-parameter", *_REPEATABLE)},
    )
    router.add_api_route("/beelden", endpoints.list_page, include_in_schema=False)
    router.add_api_route("/beelden/{regio}", endpoints.picture_page, include_in_schema=False)
    return router


_TOKEN = "The viewer token of this hub"  # noqa: S105 - what it is called, not what it is


class _Viewer:
    """Lets a request through that has the viewer token, compared in constant time."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: Request) -> None:
        """Raise Problem for a request without it."""
        if self._token is None:
            return
        told = _told(request.headers.get("authorization", ""))
        if told is None or not secrets.compare_digest(told, self._token.encode()):
            raise Problem("not-authenticated", detail=_ASK, headers=_CHALLENGE)


_ASK = "Figures are for who has the viewer token of this hub, as Bearer or as the password of Basic. Ask the operator."


def _told(header: str) -> bytes | None:
    """The token in a header Authorization; None when there is none that can be read."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip().encode()
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(value.strip(), validate=True).partition(b":")[2]
    except binascii.Error:
        return None
