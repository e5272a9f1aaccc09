"""What must hold on every way into a hub and out of it, seen by the parties and in the database of the hub."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO

from schemas.ijw_3_2.safe_xml import MAX_BYTES
from tests.support.connected import MESSAGE, RECEIVER, SENDER, STRANGER, Way, came, padded, until

FIRST, SECOND = "7d1b3c52-3a4e-4f6d-8b1a-2c3d4e5f6a7b", "0c9a8b7e-6d5f-4e3c-9b2a-1f0e9d8c7b6a"


async def arrives_byte_for_byte(way: Way) -> None:
    said = await way.offer(SENDER, MESSAGE, FIRST)
    assert said.receipt, said
    await _got(way, [MESSAGE])
    assert await way.got(STRANGER) == []


async def a_lost_receipt_is_given_again(way: Way) -> None:
    """Its sender cannot know whether the message came, and offers it once more."""
    first = await way.offer(SENDER, MESSAGE, FIRST)
    await _got(way, [MESSAGE])
    again = await way.offer(SENDER, MESSAGE, FIRST)
    assert first.receipt is not None
    assert again == first
    assert way.place.taken_in == 1
    await way.place.processed()
    await _got(way, [MESSAGE])


async def a_number_is_for_one_message(way: Way) -> None:
    await way.offer(SENDER, MESSAGE, FIRST)
    said = await way.offer(SENDER, MESSAGE.replace(b"G20260320", b"G20260321"), FIRST)
    assert said.code == way.codes["reference-used"]
    assert way.place.taken_in == 1
    assert await way.offer(SENDER, MESSAGE, FIRST) == await way.offer(SENDER, MESSAGE, FIRST)
    await _got(way, [MESSAGE])


async def the_largest_goes_in_and_one_byte_more_does_not(way: Way) -> None:
    largest = padded(MESSAGE, way.largest)
    said = await way.offer(SENDER, largest, FIRST, size=MAX_BYTES + 1)
    assert said.code == way.codes["too-large"]
    assert way.place.taken_in == 0
    said = await way.offer(SENDER, largest, SECOND, size=MAX_BYTES)
    assert said.receipt, said
    await came(way, RECEIVER)
    assert [one == largest for one in await way.got(RECEIVER)] == [True]  # a failure would write out 25 MB


async def a_zip_bomb_is_refused(way: Way) -> None:
    said = await way.offer(SENDER, _bomb(), FIRST)
    assert said.code == way.codes["zip-large"]
    assert way.place.taken_in == 0


async def nobody_sends_as_another(way: Way) -> None:
    said = await way.offer(STRANGER, MESSAGE, FIRST)
    assert said.code == way.codes["not-your-message"]
    assert way.place.taken_in == 0
    noted = way.place.rows("SELECT actor, action, reason FROM audit")
    assert noted == [(STRANGER, "refused", "not-your-message")]
    assert [(party, body) for party, body in way.place.rows("SELECT party, body FROM aside")] == [(STRANGER, MESSAGE)]


async def clocks_of_parties_do_not_count(way: Way) -> None:
    for number, hours in ((FIRST, 7), (SECOND, -7)):
        before = datetime.now(UTC)
        said = await way.offer(
            SENDER, MESSAGE.replace(b"G20260320", number[:8].encode()), number, skew=timedelta(hours=hours)
        )
        assert said.receipt, said
        ((received_at,),) = way.place.rows("SELECT received_at FROM log ORDER BY position DESC LIMIT 1")
        assert before <= datetime.fromisoformat(received_at) <= datetime.now(UTC)


async def what_fails_its_schema_is_told_later(way: Way) -> None:
    """The hub has the message, and only then finds out what is wrong with it."""
    said = await way.offer(SENDER, MESSAGE.replace(b"2012-05-17", b"2012-05-99"), FIRST)
    assert said.receipt, said
    await until(lambda: way.told(SENDER, FIRST), "its sender is told")
    assert not await way.told(SENDER, SECOND)
    assert await way.got(RECEIVER) == []


async def what_is_refused_is_undeliverable_and_told(way: Way) -> None:
    way.refuse_from_now_on(RECEIVER)
    assert (await way.offer(SENDER, MESSAGE, FIRST)).receipt
    await way.refuse_what_came(RECEIVER)
    await until(partial(_undeliverable, way), "it is undeliverable")
    await until(lambda: way.told(SENDER, FIRST), "its sender is told")
    assert not await way.told(SENDER, SECOND)


async def _got(way: Way, bodies: list[bytes]) -> None:
    await came(way, RECEIVER)
    assert await way.got(RECEIVER) == bodies


async def _undeliverable(way: Way) -> bool:
    return way.place.rows("SELECT undeliverable_at IS NOT NULL FROM output WHERE kind = 'bericht'") == [(1,)]


def _bomb() -> bytes:
    """A zip of a few kB with one file that is larger than any message may be."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("JW301.xml", b" " * 26_000_000)
    return content.getvalue()
