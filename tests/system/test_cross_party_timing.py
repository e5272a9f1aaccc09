"""How long a refusal takes does not tell whether a message exists."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import count, cycle
from pathlib import Path

import pytest

from monitoring.metrics import Metrics
from streams.core.access import Role
from streams.core.parties_file import load_directory
from streams.core.ports import Receipt
from streams.hub.clock import now
from streams.hub.desk import HubDesk
from tests.contract.backends import BACKENDS
from tests.support.neighbours import HAARLEM, JB, VELSEN, ZORG, Region, message, parties_file, token, uuid4_for
from tests.support.route_cases import CASES, Ask
from tests.support.timing import MOST, WARMING, Compared, compared

ASKER = "velsen"
ASKED = sorted(route for route, case in CASES.items() if case.role is Role.PARTY and case.of)


def holds(found: Compared) -> None:
    assert found.would_show, f"the machine is too busy to tell: {found}"
    assert not found.differs, f"the time tells: {found}"


def by_turns(here: Region, asks: Sequence[Ask]) -> Callable[[], Awaitable[object]]:
    turns = cycle(asks)
    return lambda: next(turns).by(here.client, token(ASKER))


@pytest.mark.parametrize("route", ASKED)
async def test_what_is_of_another_takes_as_long_as_what_is_nowhere(here: Region, route: str) -> None:
    case = CASES[route]
    assert case.of is not None
    others = [id for id, _ in here.of_others(ASKER, case.of)]
    nowhere = [str(uuid4_for(f"nowhere {id}")) + id[36:] for id in others]
    asks = [[ask for id in ids for ask in case.asks(ASKER, id)] for ids in (nowhere, others)]
    holds(await compared(*(by_turns(here, some) for some in asks)))


async def test_a_sender_that_is_unknown_takes_as_long_as_one_that_is_another(here: Region) -> None:
    numbers = count()

    def offers(code: str) -> Callable[[], Awaitable[object]]:
        body = message("JW301", code, ZORG)

        def offer() -> Awaitable[object]:
            headers = {"Content-Type": "application/xml", "Idempotency-Key": f"{next(numbers)}"}
            return Ask("POST", "/v1/berichten", body, headers).by(here.client, token(ASKER))

        return offer

    holds(await compared(offers("9999"), offers(HAARLEM)))


@pytest.mark.parametrize("runtime", BACKENDS)
async def test_a_reference_that_another_used_takes_as_long_as_a_new_one(
    request: pytest.FixtureRequest, runtime: str, tmp_path: Path
) -> None:
    """Nothing is decided meanwhile: what is measured is taking in."""
    directory = load_directory(parties_file(tmp_path))
    backend = await BACKENDS[runtime](request)()
    desk = HubDesk(backend.log, backend.store, backend.archive, directory, now, Metrics())
    work = asyncio.create_task(desk.run())
    bodies = {"haarlem": message("JW301", HAARLEM, JB), "velsen": message("JW301", VELSEN, JB)}

    async def submit(by: str, reference: str) -> None:
        party = directory.by_id(by)
        assert party is not None
        taken = await desk.submit(bodies[by], party, source="test", reference=reference)
        assert isinstance(taken, Receipt)
        assert not taken.repeat

    new, used = count(), count()
    try:
        await asyncio.gather(*(submit("haarlem", f"used {number}") for number in range(MOST + WARMING)))
        holds(
            await compared(lambda: submit("velsen", f"new {next(new)}"), lambda: submit("velsen", f"used {next(used)}"))
        )
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await backend.close()
