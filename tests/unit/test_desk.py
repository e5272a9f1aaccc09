"""The desk in front of a SQLite file: freezes and repeats, cross references, refusals afterwards, who sees what."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.sqlite_store import SqliteStore
from monitoring.metrics import Metrics
from schemas.ijw_3_2.reading import Schemas
from streams.core.envelope import wire_reference
from streams.core.exchange import Exchange
from streams.core.freezes import Freeze
from streams.core.intake import Declared, Rejection
from streams.core.parties import Directory, Party
from streams.core.ports import OutputHead, Receipt, ReferenceUsed
from streams.hub.deciding import Decider
from streams.hub.desk import HubDesk
from streams.hub.worker import Worker

MESSAGES = Path(__file__).parents[1] / "cases" / "messages"
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
JW301 = (MESSAGES / "JW301.xml").read_bytes()  # from 0392 to 65656001
JW302 = JW301.replace(b"jw301", b"jw302")  # enough of one to be taken in
JW305 = (MESSAGES / "JW305.xml").read_bytes()
NOBODY = wire_reference("nothing")


def party(id: str, kind: str, **keys: Any) -> Party:
    return Party.model_validate({"id": id, "kind": kind, "name": id, **keys})


PARTIES = Directory(
    (
        party("joint", "samenwerkingsverband"),
        party("haarlem", "gemeente", code="0392", via="joint"),
        party("cjg", "cjg", mandates=[{"gemeente": "0392", "berichten": ["JW305"]}]),
        party("zorg", "aanbieder", code="65656001"),
        party("office", "indiener", mandates=[{"aanbieder": "65656001", "berichten": "all"}]),
    )
)


def known(id: str) -> Party:
    found = PARTIES.by_id(id)
    assert found is not None
    return found


class Office:
    """A desk at work on a store of its own, with a clock that stands still."""

    def __init__(self, store: SqliteStore, freezes: Sequence[Freeze]) -> None:
        self.store = store
        self.metrics = Metrics()
        self.now = NOW
        self.desk = HubDesk(store, store, store, PARTIES, lambda: self.now, self.metrics, freezes)
        decider = Decider(Exchange(Schemas(), PARTIES), store, lambda: self.now, self.metrics)
        self.worker = Worker(decider, store, store, self.metrics)

    async def offer(
        self, by: str, body: bytes, reference: str = "1", answers: str | None = None
    ) -> Receipt | Rejection | ReferenceUsed:
        declared = Declared(answers=answers)
        return await self.desk.submit(body, known(by), source="test", reference=reference, declared=declared)

    async def sent(self, by: str, body: bytes, reference: str = "1") -> str:
        """Take a message in and process it; returns its id."""
        receipt = await self.offer(by, body, reference)
        assert isinstance(receipt, Receipt)
        await self.worker.process_batch()
        return receipt.envelope_id

    async def waiting(self, of: str) -> tuple[OutputHead, ...]:
        return await self.desk.mailbox(known(of), 10)


@asynccontextmanager
async def opened(folder: Path, *freezes: Freeze) -> AsyncIterator[Office]:
    store = SqliteStore(folder / "hub.sqlite")
    office = Office(store, freezes)
    running = asyncio.create_task(office.desk.run())
    try:
        yield office
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await store.close()


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(tmp_path) as made:
        yield made


def reason(found: Receipt | Rejection | ReferenceUsed) -> str | None:
    return found.reason if isinstance(found, Rejection) else None


# freezes


async def test_in_a_freeze_repeats_get_their_receipt_and_nothing_new_enters(tmp_path: Path) -> None:
    hour = timedelta(hours=1)
    release = Freeze(
        name="Release", berichten=frozenset({"JW301"}), start=NOW + hour, until=NOW + 3 * hour, gemeenten=None
    )
    async with opened(tmp_path, release) as office:
        first = await office.offer("joint", JW301)
        office.now = NOW + 2 * hour

        again = await office.offer("joint", JW301)
        assert isinstance(first, Receipt)
        assert again == Receipt(envelope_id=first.envelope_id, received_at=NOW, repeat=True)

        assert reason(await office.offer("joint", JW301, "2")) == "closed"
        assert reason(await office.offer("joint", JW301 + b"\n")) == "closed", "other bytes under a known reference"
        assert reason(await office.offer("zorg", JW305)) is None
        assert {one.reason for one in await office.store.aside()} == {"Messages of this type are not taken in now"}

        office.now = NOW + 3 * hour
        assert reason(await office.offer("joint", JW301, "2")) is None


# what answers refer to


async def test_an_answer_refers_to_the_number_under_which_its_sender_got_the_message(office: Office) -> None:
    await office.sent("joint", JW301)
    (got,) = await office.waiting("zorg")
    assert reason(await office.offer("zorg", JW302, "answer", got.reference)) is None


async def test_or_to_the_number_under_which_its_sender_sent_it(office: Office) -> None:
    await office.sent("zorg", JW305, "start-1")
    resent = JW305.replace(b"<ijw:Identificatie>", b"<ijw:Identificatie>B", 1)
    assert reason(await office.offer("zorg", resent, "2", "start-1")) is None


async def test_a_number_that_its_sender_does_not_have_is_refused_and_set_aside(office: Office) -> None:
    id = await office.sent("joint", JW301, "assignment-1")
    await office.sent("zorg", JW305, "start-1")
    (start,) = await office.waiting("joint")
    for unknown in (NOBODY, "assignment-1", id, start.reference, "start-1", ""):
        refused = await office.offer("zorg", JW302, "answer", unknown)
        assert reason(refused) == "cross-reference", unknown
        assert isinstance(refused, Rejection)
        assert not unknown or unknown not in refused.detail
    aside = await office.store.aside()
    assert [(one.party, one.reference, one.body) for one in aside] == [("zorg", "answer", JW302)]


async def test_a_copy_has_a_number_of_its_own(office: Office) -> None:
    await office.sent("zorg", JW305)
    (own,), (copied,) = await office.waiting("joint"), await office.waiting("cjg")
    assert own.reference != copied.reference
    jw306 = JW305.replace(b"jw305", b"jw306")
    assert reason(await office.offer("joint", jw306, "a", copied.reference)) == "cross-reference"
    assert reason(await office.offer("joint", jw306, "a", own.reference)) is None


# refused afterwards


async def test_what_its_receiver_refuses_afterwards_is_told_to_its_sender(office: Office) -> None:
    id = await office.sent("joint", JW301, "assignment-1")
    (got,) = await office.waiting("zorg")
    await office.desk.fetch(known("zorg"), got.id)

    assert await office.desk.refused(known("zorg"), got.reference, "StUF055")
    (fault,) = await office.waiting("joint")
    assert (fault.kind, fault.bericht, fault.answers) == ("fout", "JW301", id)
    body = await office.desk.fetch(known("joint"), fault.id)
    assert body is not None
    problem = json.loads(body.body)
    assert (problem["soort"], problem["reference"], problem["instance"]) == ("refused-by-receiver", "assignment-1", id)
    assert "StUF055" in problem["detail"]
    trace = await office.desk.trace(id)
    assert trace is not None
    (delivery,) = (one for one in trace.outputs if one.kind == "bericht")
    assert (delivery.undeliverable_at, delivery.reason) == (NOW, "StUF055")

    assert await office.desk.refused(known("zorg"), got.reference, "StUF055"), "the same notice once more"
    assert len(await office.waiting("joint")) == 1
    counted = office.metrics.registry.get_sample_value(
        "ijwhub_undeliverable_total", {"kind": "bericht", "reason": "refused-by-receiver"}
    )
    assert counted == 1


async def test_nobody_refuses_what_another_got(office: Office) -> None:
    await office.sent("joint", JW301, "assignment-1")
    (got,) = await office.waiting("zorg")
    for other in ("joint", "cjg", "office"):
        assert not await office.desk.refused(known(other), got.reference, "StUF055")
    for wrong in (NOBODY, "assignment-1", got.id, got.envelope_id):
        assert not await office.desk.refused(known("zorg"), wrong, "StUF055")
    assert await office.waiting("joint") == ()
    assert await office.store.undelivered() == ()


async def test_a_copy_that_is_refused_concerns_its_receiver_only(office: Office) -> None:
    await office.sent("zorg", JW305)
    (copied,) = await office.waiting("cjg")
    assert await office.desk.refused(known("cjg"), copied.reference, "StUF055")
    assert [one.kind for one in await office.waiting("zorg")] == []
    assert [one.id for one in await office.store.undelivered()] == [copied.id]


# who sees what


async def test_an_indiener_sees_what_it_sent_itself_and_no_more(office: Office) -> None:
    own = await office.sent("office", JW305)
    other = await office.sent("zorg", JW305.replace(b"<ijw:Identificatie>", b"<ijw:Identificatie>B", 1))
    seen = {
        (by, id): await office.desk.trace_for(known(by), id) is not None
        for by in ("office", "zorg", "joint", "haarlem", "cjg")
        for id in (own, other)
    }
    assert seen[("office", own)]
    assert not seen[("office", other)]
    assert seen[("zorg", other)]
    assert not seen[("zorg", own)], "until something of it is for the aanbieder"
    assert seen[("joint", own)]
    assert seen[("cjg", own)]
    assert not seen[("haarlem", own)], "its connection has everything"
    assert await office.desk.trace_for(known("zorg"), NOBODY) is None
