"""A SOAP client of others (zeep) talks to a hub over TLS, with nothing but the WSDL that the hub serves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pytest
import requests
from zeep import Client, Transport
from zeep.exceptions import Fault

from tests.support.certificates import Authority
from tests.support.connected import JW301, RECEIVER, SENDER, Place, hub_at_work, jw302, oin, until
from tests.support.connected_cases import FIRST

T = TypeVar("T")


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with hub_at_work(tmp_path, {}) as place:
        yield place


async def elsewhere(work: Callable[[], T]) -> T:
    """In a thread: zeep waits, and the hub is in this process."""
    return await asyncio.to_thread(work)


async def client_of(place: Place, party: str) -> Client:
    """zeep with the certificate of a party, made from the WSDL alone."""
    return await elsewhere(lambda: _client(place.authority, party, f"{place.url}/stuf/ggk0210?wsdl"))


def _client(authority: Authority, party: str, wsdl: str) -> Client:
    session = requests.Session()
    pair = authority.client(oin(party))
    session.verify, session.cert = str(authority.certificate), (str(pair.certificate), str(pair.key))
    session.trust_env = False
    session.headers["Connection"] = "close"  # the hub would wait for it when it stops
    return Client(wsdl, transport=Transport(session=session))


def steering(code: str, sender: str, receiver: str, number: str, **more: str) -> dict[str, Any]:
    return {
        "berichtcode": code,
        "zender": {"organisatie": sender, "applicatie": "Zorgpakket"},
        "ontvanger": {"organisatie": receiver, "applicatie": "GGk"},
        "referentienummer": number,
        "tijdstipBericht": "20260504120000",
        **more,
    }


def carrying(body: bytes) -> dict[str, Any]:
    return {
        "applicatieVersie": "0002",
        "applicatieSubversie": "0010",
        "functieVersie": "0003",
        "functieSubversie": "0002",
        "bericht": {"xmlBestand": body},
    }


async def first_message(place: Place, number: str = FIRST, body: bytes = JW301, sender: str = "0392") -> Any:
    client = await client_of(place, SENDER)
    parts = {
        "stuurgegevens": steering("Di01", sender, "65656001", number, functie="JW301"),
        "parameters": carrying(body),
    }
    return await elsewhere(lambda: client.service.ggk_Di01(**parts))


async def brought(place: Place) -> str:
    """The number under which the receiver got the message."""
    found: list[tuple[str]] = []

    async def there() -> bool:
        found[:] = place.rows("SELECT reference FROM output WHERE kind = 'bericht'")
        return bool(found)

    await until(there, "the message is there for its receiver")
    return found[0][0]


async def test_a_di01_gets_a_bv03_and_is_in_the_log(place: Place) -> None:
    bv03 = await first_message(place)
    told = bv03.stuurgegevens if hasattr(bv03, "stuurgegevens") else bv03
    assert (told.berichtcode, told.crossRefnummer) == ("Bv03", FIRST)
    assert (told.zender.organisatie, told.ontvanger.organisatie) == ("65656001", "0392")
    assert place.rows("SELECT reference, body, software FROM log") == [(FIRST, JW301, "Zorgpakket/0002/0010")]


async def test_a_du01_gets_a_bv03_and_answers(place: Place) -> None:
    await first_message(place)
    parts = {
        "stuurgegevens": steering(
            "Du01", "65656001", "0392", str(uuid4()), crossRefnummer=await brought(place), functie="JW302"
        ),
        "parameters": carrying(jw302()),
    }
    client = await client_of(place, RECEIVER)
    await elsewhere(lambda: client.service.ggk_Du01(**parts))
    await place.processed()
    assert place.rows("SELECT receiver, bericht FROM output WHERE answers IS NOT NULL") == [(SENDER, "JW302")]


async def test_a_fo01_gets_a_bv03_and_the_message_is_undeliverable(place: Place) -> None:
    await first_message(place)
    about = await brought(place)
    body = {"code": "StUF055", "plek": "client", "omschrijving": "Niet geldig", "details": "JW301-00020010"}
    parts = {"stuurgegevens": steering("Fo01", "65656001", "0392", str(uuid4()), crossRefnummer=about), "body": body}
    client = await client_of(place, RECEIVER)
    await elsewhere(lambda: client.service.Fo01(**parts))
    assert place.rows("SELECT reason FROM output WHERE undeliverable_at IS NOT NULL") == [("payload (StUF055)",)]


async def test_a_refusal_is_a_soap_fault_with_an_fo03(place: Place) -> None:
    with pytest.raises(Fault) as caught:
        await first_message(place, body=b"<Bericht/>")
    (fo03,) = caught.value.detail
    assert fo03.tag.endswith("}Fo03Bericht")
    assert fo03.findtext("{*}body/{*}code") == "StUF055"
    assert fo03.findtext("{*}stuurgegevens/{*}crossRefnummer") == FIRST
    assert (caught.value.code, place.taken_in) == ("soap:Client", 0)


async def test_a_repeat_gets_the_same_bv03_and_another_content_a_fault(place: Place) -> None:
    assert str(await first_message(place)) == str(await first_message(place))
    with pytest.raises(Fault) as caught:
        await first_message(place, body=JW301 + b" ")
    assert caught.value.detail[0].findtext("{*}body/{*}code") == "StUF016"
    assert place.taken_in == 1
