"""The description of the StUF endpoint, for the software that makes a client of it: WSDL and schemas.

The endpoint itself is an adapter like every other (connectors.adapter_api).
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from adapters.stuf_ggk.names import PATH
from adapters.stuf_ggk.published import files, wsdl
from connectors.access import open_to_all
from connectors.http_problems import Problem, declared

_XML: dict[str, Any] = {"text/xml": {"schema": {"type": "string"}}}

router = APIRouter(dependencies=[Depends(open_to_all)])


@router.get(
    PATH,
    operation_id="wsdl",
    tags=["adapters"],
    summary="The WSDL of the StUF endpoint",
    response_class=Response,
    responses={200: {"description": "The WSDL", "content": _XML}, **declared("not-found")},
)
async def description(request: Request) -> Response:
    """The WSDL, at ?wsdl as clients ask for it. It holds nothing of anybody."""
    if [name.lower() for name in request.query_params] != ["wsdl"]:
        raise Problem("not-found", detail=f"A message is handed in here with POST; the WSDL is at {PATH}?wsdl.")
    return Response(wsdl(str(request.url.replace(query=""))), media_type="text/xml")


@router.get(
    f"{PATH}/{{bestand}}",
    operation_id="wsdlSchema",
    tags=["adapters"],
    summary="A schema that the WSDL names",
    response_class=Response,
    responses={200: {"description": "The schema", "content": _XML}, **declared("not-found")},
)
async def schema(name: Annotated[str, Path(alias="bestand", examples=["ggk0210.xsd"])]) -> Response:
    """A schema. It holds nothing of anybody."""
    found = files().get(name)
    if found is None:
        raise Problem("not-found", detail=f"There is no such schema. Take its address from {PATH}?wsdl.")
    return Response(found, media_type="text/xml")
