"""VECOZO's interface for who fetches: list, search, payload, acknowledge and status."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from connectors.vsp_api import LONGEST_SEARCH
from tests.support.connected import JW301, RECEIVER, SENDER, STRANGER, jw302
from tests.support.connected_http import metadata
from tests.support.endpoints import Endpoints, endpoints, fails

BERICHTEN, STATUSES = "/vsp/v1/berichten", "/vsp/v1/berichtstatussen"
UNKNOWN = str(UUID(int=7, version=4))


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Endpoints]:
    async with endpoints(tmp_path) as api:
        yield api


async def pushed(api: Endpoints, number: str, body: bytes = JW301) -> None:
    """A message that its sender pushed, and that is processed."""
    await handed_in(api, SENDER, metadata(number), body)


async def answered(api: Endpoints, number: str, answers: str) -> None:
    """The return message of the receiver to what it got under a number."""
    told = metadata(number)
    route = told["routeringgegevens"]
    route["afzender"], route["geadresseerden"] = route["geadresseerden"][0], [route["afzender"]]
    route["berichtstroom"] |= {"berichtsubtype": "JW302", "actie": "ToewijzingRetour"}
    told["referentiegegevens"] |= {"conversatieId": answers, "alsAntwoordOp": answers}
    await handed_in(api, RECEIVER, told, jw302())


async def handed_in(api: Endpoints, party: str, told: dict[str, Any], body: bytes) -> None:
    answer = await handing_in(api, party, told, body)
    assert answer.status_code == 204, answer.text
    await api.processed()


async def handing_in(api: Endpoints, party: str, told: dict[str, Any], body: bytes) -> httpx.Response:
    parts = {
        "berichtMetadata": (None, json.dumps(told).encode(), "application/json"),
        "payload": (None, body, "application/octet-stream"),
    }
    return await api.client.post(BERICHTEN, files=parts, headers={"authorization": f"Bearer {party}"})


async def listed(api: Endpoints, party: str = RECEIVER) -> list[dict[str, Any]]:
    answer = await api.get(party, BERICHTEN)
    assert answer.headers["content-type"] == "application/json"
    found: list[dict[str, Any]] = answer.json()
    return found


def numbers(found: list[dict[str, Any]]) -> list[str]:
    return [one["referentiegegevens"]["traceerId"] for one in found]


# --- list and fetch --------------------------------------------------------------------------------


async def test_what_waits_is_listed_with_where_its_bytes_are(api: Endpoints) -> None:
    await pushed(api, str(uuid4()))
    (one,) = await listed(api)
    assert one["routeringgegevens"] == metadata("")["routeringgegevens"]
    number = one["referentiegegevens"]["traceerId"]
    assert one["referentiegegevens"]["conversatieId"] == number
    assert datetime.fromisoformat(one["basisgegevens"]["ontvangenOp"]).tzinfo is not None
    told = one["basisgegevens"]["payload"]
    assert told["url"] == f"http://hub{BERICHTEN}/{number}/payload"
    assert told["grootte"] == len(JW301)
    assert told["checksum"] == {"algoritme": "SHA256", "waarde": sha256(JW301).hexdigest()}
    assert await listed(api, SENDER) == await listed(api, STRANGER) == []


async def test_the_list_is_oldest_first_and_limited(api: Endpoints) -> None:
    for name in (b"G1", b"G2", b"G3"):
        await pushed(api, str(uuid4()), JW301.replace(b"G20260320", name))
    whole = await listed(api)
    times = [one["basisgegevens"]["ontvangenOp"] for one in whole]
    assert len(whole) == 3
    assert times == sorted(times)
    assert (await api.get(RECEIVER, BERICHTEN, limit=2)).json() == whole[:2]
    for limit in (0, 251):
        assert (await api.get(RECEIVER, BERICHTEN, limit=limit)).status_code == 422


async def test_fetching_is_noted_and_does_not_take_it_from_the_list(api: Endpoints) -> None:
    await pushed(api, str(uuid4()))
    (one,) = await listed(api)
    for _ in range(2):
        fetched = await api.get(RECEIVER, one["basisgegevens"]["payload"]["url"])
        assert fetched.content == JW301
    ((id, delivered),) = api.rows("SELECT id, delivered_at FROM output WHERE kind = 'bericht'")
    assert delivered is not None
    assert api.noted == [(RECEIVER, "read", f"GET {BERICHTEN}/{{traceerId}}/payload", id, "")] * 2
    assert await listed(api) == [one]


async def test_what_cannot_be_noted_is_not_read(api: Endpoints, monkeypatch: pytest.MonkeyPatch) -> None:
    await pushed(api, str(uuid4()))
    (one,) = await listed(api)
    monkeypatch.setattr(api.hub.audit, "note", fails)
    for number in (one["referentiegegevens"]["traceerId"], UNKNOWN):
        answer = await api.get(RECEIVER, f"{BERICHTEN}/{number}/payload")
        assert answer.status_code == 503
        assert b"<" not in answer.content


async def test_acknowledging_takes_it_from_the_list_and_may_be_said_again(api: Endpoints) -> None:
    await pushed(api, str(uuid4()))
    (number,) = numbers(await listed(api))
    for _ in range(2):
        answer = await api.delete(RECEIVER, f"{BERICHTEN}/{number}")
        assert (answer.status_code, answer.content) == (202, b"")
        assert await listed(api) == []
    assert (await api.get(RECEIVER, f"{BERICHTEN}/{number}/payload")).content == JW301


async def test_a_fault_is_not_in_the_list_but_its_sender_sees_it_in_the_status(api: Endpoints) -> None:
    number = str(uuid4())
    await pushed(api, number, JW301.replace(b"2012-05-17", b"2012-05-99"))
    assert await listed(api) == await listed(api, SENDER) == []
    assert len((await api.get(SENDER, "/v1/postbus")).json()) == 1
    (status,) = (await api.get(SENDER, STATUSES, traceerId=number)).json()
    assert status["berichtstatus"] == "AfgekeurdDoorDienst"
    assert status["meldingen"][0]["code"] == "BRS13"
    ((of_fault,),) = api.rows("SELECT reference FROM output WHERE kind = 'fout'")
    assert (await api.get(SENDER, STATUSES, traceerId=of_fault)).json() == [status]


async def test_what_is_no_xml_has_another_code_than_what_is_no_message(api: Endpoints) -> None:
    """At once, and in the status of what was taken in by its header."""
    number = str(uuid4())
    for body, code in ((b"geen xml", "BRS14"), (JW301[:40], "BRS14"), (b"", "BRS14"), (b"<a/>", "BRS13")):
        answer = await handing_in(api, SENDER, metadata(number), body)
        assert (answer.status_code, answer.json()["code"]) == (422, code), body
        assert list(answer.json()["errors"]) == ["payload"]
    await pushed(api, number, JW301[:-20])
    (status,) = (await api.get(SENDER, STATUSES, traceerId=number)).json()
    assert (status["berichtstatus"], status["meldingen"][0]["code"]) == ("AfgekeurdDoorDienst", "BRS14")


async def test_a_fault_takes_no_place_in_a_list_that_is_limited(tmp_path: Path) -> None:
    async with endpoints(tmp_path, ambulant={"answers": "hub"}) as api:
        await pushed(api, str(uuid4()), JW301.replace(b"2012-05-17", b"2012-05-99"))
        await pushed(api, str(uuid4()))
        (one,) = (await api.get(SENDER, BERICHTEN, limit=1)).json()
        assert one["routeringgegevens"]["berichtstroom"]["berichtsubtype"] == "JW302"


# --- what is somebody else's -----------------------------------------------------------------------


@pytest.mark.parametrize("who", [SENDER, STRANGER])
async def test_what_another_gets_is_as_unknown_as_what_nobody_gets(api: Endpoints, who: str) -> None:
    await pushed(api, str(uuid4()))
    (number,) = numbers(await listed(api))
    told = set()
    for one in (number, UNKNOWN, UNKNOWN.upper(), "999922038"):
        answers = (
            await api.get(who, f"{BERICHTEN}/{one}/payload"),
            await api.delete(who, f"{BERICHTEN}/{one}"),
            await api.get(who, STATUSES, traceerId=one),
            await api.get(who, STATUSES, conversatieId=one),
        )
        assert {answer.status_code for answer in answers} == {404}
        told |= {(answer.json()["title"], answer.json()["detail"]) for answer in answers}
        assert not any("999922038" in answer.text for answer in answers)
    assert len(told) == 1
    assert {entry[:2] + entry[3:] for entry in api.noted} == {(who, "refused", "", "not-found")}
    assert len(api.noted) == 16
    assert numbers(await listed(api)) == [number]


@pytest.mark.parametrize("path", [BERICHTEN, f"{BERICHTEN}/{UNKNOWN}/payload", STATUSES])
async def test_nobody_that_is_known_sees_nothing(api: Endpoints, path: str) -> None:
    assert (await api.get(None, path)).status_code == 401
    assert (await api.post(None, f"{BERICHTEN}/zoeken", b"{}")).status_code == 401


# --- search ----------------------------------------------------------------------------------------


async def found(api: Endpoints, party: str = RECEIVER, **search: Any) -> list[str]:
    answer = await api.post(party, f"{BERICHTEN}/zoeken", json.dumps(search).encode())
    assert answer.status_code == 200, answer.text
    return numbers(answer.json())


async def test_what_waits_can_be_searched(api: Endpoints) -> None:
    await pushed(api, str(uuid4()))
    await pushed(api, str(uuid4()), JW301.replace(b"G20260320", b"G2"))
    both = numbers(await listed(api))
    stream = {"zoekpadType": "ZoekpadOpBerichtstroom", "berichttype": "JW"}
    assert await found(api, **stream) == both
    assert await found(api, **stream, berichtsubtype="JW301", geadresseerdeCode="65656001") == both
    assert await found(api, **stream, berichtsubtype="JW305") == []
    assert await found(api, zoekpadType="ZoekpadOpConversatieId", conversatieId=both[1]) == both[1:]
    assert await found(api, zoekpadType="ZoekpadOpAlsAntwoordOp", alsAntwoordOp=both[1]) == []
    assert await found(api, STRANGER, **stream) == []


@pytest.mark.parametrize(
    "search",
    [
        b"",
        b"[]",
        b'{"zoekpadType":"Noor Duinkerk"}',
        b'{"zoekpadType":"ZoekpadOpConversatieId"}',
        f'{{"zoekpadType":"ZoekpadOpConversatieId","conversatieId":"{UNKNOWN}\\n"}}'.encode(),
        b'{"zoekpadType":"ZoekpadOpBerichtstroom","berichttype":"JW"}' + b" " * LONGEST_SEARCH + b"x",
    ],
)
async def test_a_search_that_cannot_be_read_is_a_problem(api: Endpoints, search: bytes) -> None:
    answer = await api.post(RECEIVER, f"{BERICHTEN}/zoeken", search)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:ijwhub:fout:invalid-parameter")
    assert "Duinkerk" not in answer.text


# --- status ----------------------------------------------------------------------------------------


async def test_the_status_of_a_message_moves_for_who_sent_it_and_who_gets_it(api: Endpoints) -> None:
    sent = str(uuid4())
    await pushed(api, sent)
    (number,) = numbers(await listed(api))
    asked = ((SENDER, sent), (RECEIVER, number))

    async def states() -> list[str]:
        answers = [await api.get(party, STATUSES, traceerId=one) for party, one in asked]
        assert [numbers(answer.json()) for answer in answers] == [[one] for _, one in asked]
        return [answer.json()[0]["berichtstatus"] for answer in answers]

    assert await states() == ["WordtAangeboden"] * 2
    await api.get(RECEIVER, f"{BERICHTEN}/{number}/payload")
    assert await states() == ["Bezorgd"] * 2
    await api.delete(RECEIVER, f"{BERICHTEN}/{number}")
    assert await states() == ["Bezorgd"] * 2


async def test_a_conversation_is_a_message_with_its_answer(tmp_path: Path) -> None:
    async with endpoints(tmp_path, ambulant={"answers": "hub"}) as api:
        sent = str(uuid4())
        await pushed(api, sent)
        both = (await api.get(SENDER, STATUSES, conversatieId=sent)).json()
        assert [one["berichtstroom"]["berichtsubtype"] for one in both] == ["JW301", "JW302"]
        assert {one["referentiegegevens"]["conversatieId"] for one in both} == {sent}
        assert both[1]["referentiegegevens"]["alsAntwoordOp"] == sent
        assert numbers(await listed(api, SENDER)) == numbers(both[1:])
        assert (await api.get(SENDER, STATUSES, traceerId=sent)).json() == both[:1]
        assert await found(api, SENDER, zoekpadType="ZoekpadOpAlsAntwoordOp", alsAntwoordOp=sent) == numbers(both[1:])


async def test_a_conversation_is_the_same_for_who_answers_in_it(api: Endpoints) -> None:
    sent, own = str(uuid4()), str(uuid4())
    await pushed(api, sent)
    (number,) = numbers(await listed(api))
    await answered(api, own, number)
    (status,) = (await api.get(RECEIVER, STATUSES, traceerId=own)).json()
    assert status["referentiegegevens"] == {"conversatieId": number, "traceerId": own, "alsAntwoordOp": number}
    both = (await api.get(RECEIVER, STATUSES, conversatieId=number)).json()
    assert numbers(both) == [number, own]
    assert both[1] == status
    assert (await api.get(RECEIVER, STATUSES, traceerId=number)).json() == both[:1]
    theirs = (await api.get(SENDER, STATUSES, conversatieId=sent)).json()
    assert [one["berichtstroom"]["berichtsubtype"] for one in theirs] == ["JW301", "JW302"]
    assert own not in str(theirs)


async def test_what_the_hub_answered_for_a_party_is_no_message_of_that_party(tmp_path: Path) -> None:
    async with endpoints(tmp_path, ambulant={"answers": "hub"}) as api:
        await pushed(api, str(uuid4()))
        (number,) = numbers(await listed(api))
        assert numbers((await api.get(RECEIVER, STATUSES, conversatieId=number)).json()) == [number]


async def test_one_of_both_numbers_is_asked(api: Endpoints) -> None:
    for query in ({}, {"traceerId": UNKNOWN, "conversatieId": UNKNOWN}):
        answer = await api.get(SENDER, STATUSES, **query)
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:ijwhub:fout:invalid-parameter")


async def test_the_words_for_actie_are_those_of_the_party(tmp_path: Path) -> None:
    async with endpoints(tmp_path, ambulant={"adapters": {"vsp_rest": {"action_JW301": "Opdracht"}}}) as api:
        await pushed(api, str(uuid4()))
        (one,) = await listed(api)
        assert one["routeringgegevens"]["berichtstroom"]["actie"] == "Opdracht"
