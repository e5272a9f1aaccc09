"""The WSDL and schemas as they are served: at the address where they were asked, and with all that they name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
from lxml import etree

from tests.support.endpoints import Endpoints, endpoints

PATH = "/stuf/ggk0210"
PLACES = "{*}include|{*}import"


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Endpoints]:
    async with endpoints(tmp_path) as api:
        yield api


@pytest.mark.parametrize("query", ["wsdl", "WSDL"])
async def test_the_wsdl_names_the_address_at_which_it_was_asked(api: Endpoints, query: str) -> None:
    answer = await api.client.get(f"{PATH}?{query}")
    assert answer.headers["content-type"].startswith("text/xml")
    addresses = etree.fromstring(answer.content).xpath("//@location")
    assert f"http://hub{PATH}" in addresses


async def test_everything_that_is_named_is_there(api: Endpoints) -> None:
    asked, seen = [f"http://hub{PATH}?wsdl"], set[str]()
    while asked:
        address = asked.pop()
        seen.add(address)
        answer = await api.client.get(address)
        assert answer.status_code == 200, address
        named = etree.fromstring(answer.content).xpath("//@schemaLocation")
        asked += {urljoin(address, str(one)) for one in named} - seen
    assert len(seen) > 2


@pytest.mark.parametrize(
    "path", [PATH, f"{PATH}?wsdl&x", f"{PATH}?x", f"{PATH}/anders.xsd", f"{PATH}/..%2Fggk0210.wsdl", f"{PATH}/"]
)
async def test_nothing_else_is_there(api: Endpoints, path: str) -> None:
    answer = await api.client.get(path)
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:ijwhub:fout:not-found")
