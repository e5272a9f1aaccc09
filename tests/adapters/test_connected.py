"""Every adapter over its real connection: one suite of cases, for every way into a hub and out of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.support import connected_cases as cases
from tests.support.connected import MESSAGE, RECEIVER, SENDER, Way, until
from tests.support.connected_files import Envelopes, Folder, Sftp, folder_way, sftp_way
from tests.support.connected_http import FETCHED, PUSHED, HttpWay, fetched_way, pushed_way
from tests.support.connected_kafka import Kafka, kafka_way
from tests.support.sftp_server import new_key

OPENED: dict[str, Callable[[Path], AbstractAsyncContextManager[Way]]] = {
    **{kind.name: partial(pushed_way, kind) for kind in PUSHED},
    **{kind.name: partial(fetched_way, kind) for kind in FETCHED},
    **{kind.name: partial(folder_way, kind) for kind in (Folder, Envelopes)},
    Sftp.name: sftp_way,
}
KINDS: tuple[type[Way], ...] = (*PUSHED, *FETCHED, Folder, Envelopes, Sftp, Kafka)


def ways(kinds: tuple[type[Way], ...]) -> pytest.MarkDecorator:
    """For each of these ways, in a hub of its own."""
    return pytest.mark.parametrize("way", [kind.name for kind in kinds], indirect=True)


every_way = ways(KINDS)
numbered = ways(tuple(kind for kind in KINDS if kind.numbered))
zipping = ways(tuple(kind for kind in KINDS if kind.zips))
refusing = ways(tuple(kind for kind in KINDS if kind.refuses))
over_http = ways((*PUSHED, *FETCHED))


@pytest.fixture
async def way(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Way]:
    monkeypatch.setattr("streams.hub.delivery.SFTP_LOOKS", 0.02)
    if request.param == Kafka.name:
        opened = kafka_way(tmp_path, request.getfixturevalue("kafka").address, request.getfixturevalue("prefix"))
    else:
        opened = OPENED[request.param](tmp_path)
    async with opened as way:
        yield way


@every_way
async def test_a_message_arrives_byte_for_byte(way: Way) -> None:
    await cases.arrives_byte_for_byte(way)


@every_way
async def test_a_lost_receipt_is_given_again(way: Way) -> None:
    await cases.a_lost_receipt_is_given_again(way)


@numbered
async def test_a_number_is_for_one_message(way: Way) -> None:
    await cases.a_number_is_for_one_message(way)


@every_way
async def test_the_largest_goes_in_and_one_byte_more_does_not(way: Way) -> None:
    await cases.the_largest_goes_in_and_one_byte_more_does_not(way)


@zipping
async def test_a_zip_bomb_is_refused(way: Way) -> None:
    await cases.a_zip_bomb_is_refused(way)


@every_way
async def test_nobody_sends_as_another(way: Way) -> None:
    await cases.nobody_sends_as_another(way)


@every_way
async def test_clocks_of_parties_do_not_count(way: Way) -> None:
    await cases.clocks_of_parties_do_not_count(way)


@every_way
async def test_what_fails_its_schema_is_told_later(way: Way) -> None:
    await cases.what_fails_its_schema_is_told_later(way)


@refusing
async def test_what_is_refused_is_undeliverable_and_told(way: Way) -> None:
    await cases.what_is_refused_is_undeliverable_and_told(way)


# --- who is not known any more ---------------------------------------------------------------------
# To a folder the file system lets people, to a topic the broker (tests/system/test_kafka_tls.py, test_kafka_acls.py).


@over_http
async def test_an_expired_certificate_gets_nowhere_and_is_noted(way: HttpWay) -> None:
    async with way.place.expired() as client:
        for method, path in (("GET", "/v1/postbus"), ("POST", "/stuf/ggk0210"), ("POST", "/vsp/v1/berichten")):
            with pytest.raises(httpx.TransportError):
                await client.request(method, path, content=MESSAGE if method == "POST" else None)
    noted = ("unknown", "certificate", "refused", "TLS", "not-authenticated")

    async def is_noted() -> bool:
        return way.place.rows("SELECT actor, credential, action, place, reason FROM audit") == [noted] * 3

    await until(is_noted, "each of the three is in the audit log")
    assert way.place.taken_in == 0


@ways((Sftp,))
async def test_a_server_with_another_key_is_told_nothing(way: Sftp) -> None:
    host = way.server.keys / "host"
    real = host.read_bytes()
    await way.server.stop()
    new_key(host)
    await way.server.start()
    way.drop(SENDER, MESSAGE, "1")
    logins = way.server.logins
    assert (await way.place.clients[SENDER].post("/v1/berichten", content=MESSAGE, headers=XML)).status_code == 202

    await until(partial(_failed, way), "the hub finds another server there")
    assert way.server.logins == logins
    assert await way.got(RECEIVER) == []
    assert way.place.taken_in == 1

    await way.server.stop()
    host.write_bytes(real)
    await way.server.start()
    await until(partial(_came, way), "it goes on with the real one")


async def _failed(way: Sftp) -> bool:
    return any(attempts > 0 for (attempts,) in way.place.rows("SELECT attempts FROM output"))


async def _came(way: Sftp) -> bool:
    return await way.got(RECEIVER) == [MESSAGE, MESSAGE] and way.place.taken_in == 2


XML = {"content-type": "application/xml"}
