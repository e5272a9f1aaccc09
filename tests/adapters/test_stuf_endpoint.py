"""The StUF endpoint of a hub at work: traps, return messages and their numbers, and what is pushed back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from lxml import etree

from adapters.stuf_ggk.codes import at_once
from adapters.stuf_ggk.published import first_error
from tests.support.connected import JW301, RECEIVER, SENDER, jw302
from tests.support.endpoints import Endpoints, endpoints
from tests.support.stuf import EARLIER, HEADERS, NUMBER, action, bare, soap
from tests.support.stuf_traps import PASSES, REFUSED, Change

PATH = "/stuf/ggk0210"
PERSON = re.compile("999922038|999900006|Duinkerk|Janneke|Noor")


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Endpoints]:
    async with endpoints(tmp_path, haarlem={"limits": {"per_minute": 10_000}}) as api:
        yield api


async def brought(api: Endpoints, message: str, who: str = SENDER) -> httpx.Response:
    return await api.post(who, PATH, soap(message), {**HEADERS, "soapaction": action(message)})


def fo03(answer: httpx.Response) -> etree._Element:
    """The Fo03 in a SOAP fault, valid by the schema."""
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    (detail,) = etree.fromstring(answer.content).findall("{*}Body/{*}Fault/detail")
    (found,) = detail
    assert first_error(found) is None
    assert etree.QName(found).localname == "Fo03Bericht"
    return found


# --- traps -----------------------------------------------------------------------------------------


async def test_every_published_trap_is_refused_with_its_code_and_nothing_enters(api: Endpoints) -> None:
    told, expected = {}, {}
    for name, (change, kind, code) in REFUSED.items():
        found = fo03(await brought(api, change(bare())))
        told[name] = found.findtext("{*}body/{*}code")
        expected[name] = code
        assert code == at_once(kind), name
        assert not PERSON.search(etree.tostring(found, encoding="unicode")), name
    assert told == expected
    assert api.rows("SELECT count(*) FROM log") == [(0,)]
    assert len(api.noted) == len(REFUSED)
    assert {who for who, *_ in api.noted} == {SENDER}


@pytest.mark.parametrize("change", PASSES.values(), ids=PASSES)
async def test_what_may_be_otherwise_is_taken_in(api: Endpoints, change: Change) -> None:
    """The message inside these is none, so it is the next that is told: what it holds cannot be read."""
    answer = await brought(api, change(bare()))
    assert fo03(answer).findtext("{*}body/{*}code") == "StUF055"
    assert api.rows("SELECT json_extract(rejection, '$.reason') FROM aside") == [("unreadable",)]
    assert api.noted == []


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "application/soap+xml"},
        {"content-type": "application/xml"},
        {"content-type": "text/xml; charset=iso-8859-1"},
        {"content-type": "text/xml", "soapaction": '"http://www.egem.nl/StUF/StUF0301/Fo01"'},
        {"content-type": "text/xml"},
    ],
)
async def test_what_is_no_soap_1_1_is_refused_as_stuf(api: Endpoints, headers: dict[str, str]) -> None:
    fo03(await api.post(SENDER, PATH, soap(bare(payload=JW301)), headers))
    assert api.rows("SELECT count(*) FROM log") == [(0,)]


# --- first messages and their answers --------------------------------------------------------------


async def test_a_bv03_names_the_message_and_swaps_its_ends(api: Endpoints) -> None:
    answer = await brought(api, bare(payload=JW301))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    (found,) = etree.fromstring(answer.content)[0]
    assert first_error(found) is None
    assert [found.findtext(f"{{*}}stuurgegevens/{{*}}{name}/{{*}}organisatie") for name in ("zender", "ontvanger")] == [
        "65656001",
        "0392",
    ]
    assert found.findtext("{*}stuurgegevens/{*}crossRefnummer") == NUMBER
    assert found.findtext("{*}stuurgegevens/{*}referentienummer") != NUMBER


async def answered(api: Endpoints, about: str) -> httpx.Response:
    """The JW302 of the receiver, in a Du01 that refers to a number."""
    message = bare("JW302", "Du01", jw302()).replace(EARLIER, about).replace(NUMBER, str(uuid4()))
    ends = (">0392<", ">x<"), (">65656001<", ">0392<"), (">x<", ">65656001<")
    for old, new in ends:
        message = message.replace(old, new)
    return await brought(api, message, RECEIVER)


async def test_a_du01_answers_by_the_number_under_which_its_sender_got_the_message(api: Endpoints) -> None:
    await brought(api, bare(payload=JW301))
    await api.processed()
    ((number,),) = api.rows("SELECT reference FROM output WHERE kind = 'bericht'")
    assert (await answered(api, number)).status_code == 200
    await api.processed()
    (answer,) = (await api.get(SENDER, "/vsp/v1/berichten")).json()
    assert answer["referentiegegevens"]["alsAntwoordOp"] == NUMBER


@pytest.mark.parametrize("about", [NUMBER, str(uuid4())], ids=["of its sender", "of nobody"])
async def test_a_du01_about_another_number_is_refused(api: Endpoints, about: str) -> None:
    await brought(api, bare(payload=JW301))
    await api.processed()
    assert fo03(await answered(api, about)).findtext("{*}body/{*}code") == "StUF043"
    assert api.rows("SELECT count(*) FROM log") == [(1,)]


@pytest.mark.parametrize(
    "message",
    [
        bare(payload=JW301.replace(b"65656001", b"65656009")),
        bare(payload=JW301.replace(b">0392<", b">0473<")),
        bare(functie="JW305", payload=JW301),
    ],
    ids=["receiver", "sender", "type"],
)
async def test_envelope_and_message_must_agree(api: Endpoints, message: str) -> None:
    assert fo03(await brought(api, message)).findtext("{*}body/{*}code") == "StUF055"
    assert api.rows("SELECT json_extract(rejection, '$.reason') FROM aside") == [("mismatch",)]
    assert [entry[-1] for entry in api.noted] == ["mismatch"]
    assert api.rows("SELECT count(*) FROM log") == [(0,)]


async def test_the_software_that_made_a_message_is_known_from_its_envelope(api: Endpoints) -> None:
    await brought(api, bare(payload=JW301))
    assert api.rows("SELECT software FROM log") == [("Zorgpakket/0002/0010",)]
