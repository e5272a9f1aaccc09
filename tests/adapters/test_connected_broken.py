"""The suite of test_connected.py sees ways that are broken: each of these must fail its case."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support import connected_cases as cases
from tests.support.connected import SENDER, Said, Way, padded
from tests.support.connected_http import Mailbox, Postbus, VspPull, fetched_way


class Tidies(Postbus):
    """Gives line ends of Unix, as a system does that reads and writes XML in between."""

    async def got(self, party: str) -> list[bytes]:
        return [body.replace(b"\r\n", b"\n") for body in await super().got(party)]


class Renumbers(Postbus):
    """Gives a message that is offered again a number of its own, as a system does that forgets what it sent."""

    async def offer(
        self, party: str, body: bytes, number: str, *, skew: timedelta = timedelta(), size: int = 0
    ) -> Said:
        return await super().offer(party, body, str(uuid4()), skew=skew, size=size)


class Repeats(Postbus):
    """Hands out twice."""

    async def got(self, party: str) -> list[bytes]:
        return 2 * await super().got(party)


class Invents(Postbus):
    """Gives a receipt for whatever is refused."""

    async def offer(
        self, party: str, body: bytes, number: str, *, skew: timedelta = timedelta(), size: int = 0
    ) -> Said:
        said = await super().offer(party, body, number, skew=skew, size=size)
        return said if said.receipt else Said(receipt="taken")


class Forges(Mailbox):
    """Lets every party use the certificate of the sender."""

    async def offer(
        self, party: str, body: bytes, number: str, *, skew: timedelta = timedelta(), size: int = 0
    ) -> Said:
        return await super().offer(SENDER, body, number, skew=skew, size=size)


class Cuts(Postbus):
    """Takes less than 25 MB."""

    async def offer(
        self, party: str, body: bytes, number: str, *, skew: timedelta = timedelta(), size: int = 0
    ) -> Said:
        whole = padded(body, size)
        return await super().offer(party, whole[:1_000_000] if len(whole) < 25_000_001 else whole, number, skew=skew)


class Unpacks(VspPull):
    """Takes the zip apart itself, and hands in something small instead."""

    async def offer(
        self, party: str, body: bytes, number: str, *, skew: timedelta = timedelta(), size: int = 0
    ) -> Said:
        return await super().offer(party, cases.MESSAGE, number, skew=skew)


class Believes(Postbus):
    """Dates messages by the clock of the party."""

    async def offer(
        self, party: str, body: bytes, number: str, *, skew: timedelta = timedelta(), size: int = 0
    ) -> Said:
        desk = self.place.hub.desk
        clock, desk._clock = desk._clock, lambda: clock() + skew
        try:
            return await super().offer(party, body, number, skew=skew, size=size)
        finally:
            desk._clock = clock


class Swallows(Mailbox):
    """Keeps refusals to itself."""

    async def refuse_what_came(self, party: str) -> None:
        await self.got(party)


class TellsAll(Mailbox):
    """Says of every message that it was refused."""

    async def told(self, party: str, number: str) -> bool:
        return True


class TellsNothing(Mailbox):
    """Keeps faults to itself."""

    async def told(self, party: str, number: str) -> bool:
        return False


BROKEN: list[tuple[type[Postbus] | type[VspPull], Callable[[Way], Awaitable[None]]]] = [
    (Tidies, cases.arrives_byte_for_byte),
    (Repeats, cases.arrives_byte_for_byte),
    (Renumbers, cases.a_lost_receipt_is_given_again),
    (Renumbers, cases.a_number_is_for_one_message),
    (Invents, cases.a_number_is_for_one_message),
    (Cuts, cases.the_largest_goes_in_and_one_byte_more_does_not),
    (Invents, cases.the_largest_goes_in_and_one_byte_more_does_not),
    (Unpacks, cases.a_zip_bomb_is_refused),
    (Forges, cases.nobody_sends_as_another),
    (Invents, cases.nobody_sends_as_another),
    (Believes, cases.clocks_of_parties_do_not_count),
    (TellsAll, cases.what_fails_its_schema_is_told_later),
    (TellsNothing, cases.what_fails_its_schema_is_told_later),
    (Swallows, cases.what_is_refused_is_undeliverable_and_told),
    (TellsAll, cases.what_is_refused_is_undeliverable_and_told),
]


@pytest.mark.parametrize(("kind", "case"), BROKEN, ids=lambda one: one.__name__)
async def test_a_broken_way_is_seen(
    kind: type[Postbus], case: Callable[[Way], Awaitable[None]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.support.connected.PATIENCE", 1.0)
    async with fetched_way(kind, tmp_path) as way:
        with pytest.raises(AssertionError):
            await case(way)
