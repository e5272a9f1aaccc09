"""Ids, numbers and tokens cannot be guessed; and whoever has one that is not his has nothing."""

from __future__ import annotations

import hmac
from collections import Counter
from itertools import cycle
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.registry import adapter
from connectors.access import Gate
from connectors.access_credentials import Credentials
from connectors.access_limits import GUESSES, Limits
from streams.core.access import Role
from streams.core.access_file import Access
from streams.core.envelope import envelope_id, output_id, undelivered_id, wire_reference
from streams.core.parties_file import load_directory
from streams.hub.clock import now
from tests.support.access import Notes
from tests.support.neighbours import CONNECTED, Opened, Region, parties_file, token, users, uuid4_for
from tests.support.route_cases import CASES, fault_about, handing_in

BODIES = st.binary(min_size=1, max_size=60)
NAMES = st.text(st.sampled_from("ab-0"), min_size=1, max_size=6)


# --- ids -------------------------------------------------------------------------------------------


@given(NAMES, NAMES, BODIES, st.data())
def test_an_id_takes_every_byte_the_reference_and_the_party(
    party: str, reference: str, body: bytes, data: st.DataObject
) -> None:
    place, bit = data.draw(st.integers(0, len(body) - 1)), data.draw(st.integers(0, 7))
    other = bytes(byte ^ (1 << bit if at == place else 0) for at, byte in enumerate(body))
    ids = [
        envelope_id(party, reference, body),
        envelope_id(party, reference, other),
        envelope_id(party, reference, body[:-1]),
        envelope_id(party, f"{reference}a", body),
        envelope_id(f"{party}a", reference, body),
    ]
    assert len(set(ids)) == len(ids)
    assert all(_far_apart(one, other) for one in ids for other in ids if one != other)


@given(st.uuids().map(str), st.integers(1, 99))
def test_the_number_of_an_output_tells_nothing_of_its_neighbour(envelope: str, number: int) -> None:
    one, next_one = output_id(envelope, number), output_id(envelope, number + 1)
    numbers = [wire_reference(one), wire_reference(next_one), wire_reference(undelivered_id(one)), envelope]
    assert all(_far_apart(a, b) for a in numbers for b in numbers if a != b)
    assert UUID(numbers[0]).version == 4


def _far_apart(one: str, other: str) -> bool:
    """Whether so many of 128 bits differ as of two numbers without a relation: half of 122, 6 sigma."""
    return 26 < bin(UUID(one).int ^ UUID(other).int).count("1") < 98


@pytest.mark.parametrize("asker", CONNECTED)
async def test_the_neighbours_of_what_one_has_are_as_what_is_nowhere(here: Region, asker: str) -> None:
    """Whoever has an id knows those beside it; only what is his own answers."""
    own = set(here.own(asker, "output"))
    envelopes = {id.partition(".")[0] for id in own}
    tails = ("", ".0", ".1", ".2", ".3", ".4", ".01", ".1000001", ".1000002", ".999999999", ".", ".1 ", ".-1")
    for id in {f"{envelope}{tail}" for envelope in envelopes for tail in tails} - own:
        for method in ("GET", "DELETE"):
            response = await here.client.request(method, f"/v1/postbus/{id}", headers=token(asker))
            nowhere = f"{UUID(int=7)}{id[36:]}"
            expected = await here.client.request(method, f"/v1/postbus/{nowhere}", headers=token(asker))
            assert response.status_code == expected.status_code == 404
            assert response.text.replace(id, "ID") == expected.text.replace(nowhere, "ID")
            first, second = here.noted()
            assert first == second


@pytest.mark.parametrize("asker", CONNECTED)
async def test_the_numbers_that_can_be_derived_from_what_one_has_give_nothing(here: Region, asker: str) -> None:
    """A number on an envelope is made of the id of an output, and those of others can be made too."""
    own = set(here.own(asker, "number"))
    derived = {wire_reference(id) for id, _ in here.of_others(asker, "output")}
    assert derived
    assert derived <= set(here.things["number"]) - own, "the way in which numbers are made is another one"
    for number in derived:
        for route in ("payload", "status"):
            path = f"berichten/{number}/payload" if route == "payload" else f"berichtstatussen?traceerId={number}"
            response = await here.client.get(f"/vsp/v1/{path}", headers=token(asker))
            assert response.status_code == 404
    for id, _ in here.of_others(asker, "output"):  # whoever got a bare message may refuse it by this id
        refusal = handing_in("mailbox", adapter("mailbox").pack(fault_about(id)))
        assert (await refusal.by(here.client, token(asker))).status_code == 422
    assert not await here.hub.archive.undelivered()


# --- tokens ----------------------------------------------------------------------------------------

TOKENS = ("token-haarlem", "token-jb", "token-olga", "token-vic", "token-haarleM", "token-", "", "x" * 4000, "é")


async def test_a_token_is_compared_with_every_other_whatever_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So no order, length or first letter of a token can be learnt from how long the answer takes."""
    directory = load_directory(parties_file(tmp_path))
    credentials = Credentials(directory, Access(users=users()))
    compared: list[tuple[int, int]] = []
    compare = hmac.compare_digest

    def counted(one: str, other: str) -> bool:
        compared.append((len(one), len(other)))
        return compare(one, other)

    monkeypatch.setattr(hmac, "compare_digest", counted)
    for text in TOKENS:
        compared.clear()
        found = await credentials.principal([f"Bearer {text}".encode()], None)
        assert (found.name if found else None) == {t: t[6:] for t in TOKENS[:4]}.get(text)
        assert compared == [(64, 64)] * (len(directory.parties) + len(users()))


async def test_guesses_are_counted_per_address_over_all_routes_together(
    neighbours: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("limits.aio.storage.memory.time.time", lambda: 1_800_000_000.0)  # no window ends meanwhile
    directory = load_directory(parties_file(tmp_path))
    notes = Notes()
    guard = Gate(Credentials(directory, Access(users=users())), notes, now, limits=Limits())
    async with neighbours(guard=guard) as here:
        asks = cycle(ask for case in CASES.values() if case.role for ask in case.asks("x", uuid4_for("x")))
        async with _from("192.0.2.7", here) as client:
            for number in range(2 * GUESSES):
                await next(asks).by(client, {"Authorization": f"Bearer token-{number}"})
            reasons = Counter(act.reason for act in notes.acts)
            assert reasons == {"not-authenticated": GUESSES, "too-often": 1}
            right = await client.get("/v1/postbus", headers=token("haarlem"))
            wrong = await client.get("/v1/postbus", headers=token("mallory"))
            assert (right.status_code, right.content) == (wrong.status_code, wrong.content)
            assert right.status_code == 429
        async with _from("192.0.2.8", here) as client:
            assert (await client.get("/v1/postbus", headers=token("haarlem"))).status_code == 200


def _from(address: str, here: Region) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(here.app, client=(address, 50_000))
    return httpx.AsyncClient(transport=transport, base_url="http://hub")


def test_every_role_has_a_route_that_is_guessed_at() -> None:
    assert {case.role for case in CASES.values()} == {None, *Role}
