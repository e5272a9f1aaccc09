"""The contracts Log, Store and Archive: one suite, unchanged, against every backend."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.ijw_3_2.dossier.rows import Deliveries, Key, Received
from schemas.ijw_3_2.findings import Finding
from streams.core.effects import Answer, Deliver, Effects, Judged, Quarantine, Refuse, Remember
from streams.core.envelope import Envelope, envelope_id, output_id
from streams.core.intake import Rejection
from streams.core.ports import Entry, Fenced, Rejected, Step
from tests.contract.backends import BACKENDS, Backend

NOON = datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=UTC)
RELATION = "0392:65656001"
KEY = Key("received 65656001 JW305 A1")
Opener = Callable[[], Awaitable[Backend]]


@pytest.fixture(params=BACKENDS)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    return lambda: BACKENDS[request.param](tmp_path)


@pytest.fixture
async def backend(opened: Opener) -> AsyncIterator[Backend]:
    made = await opened()
    yield made
    await made.close()


def envelope(reference: str, body: bytes = b"<a/>", party: str = "aanbieder", minutes: int = 0) -> Envelope:
    return Envelope(
        id=envelope_id(party, reference, body),
        received_at=NOON + timedelta(minutes=minutes),
        source="http",
        party=party,
        reference=reference,
        bericht="JW305",
        relation=RELATION,
        receiver="0392",
        body=body,
    )


def accepted(one: Envelope) -> Effects:
    row = Received(envelope_id=one.id, sender_party=one.party, accepted=True)
    return (
        Judged(outcome="accepted", bericht="JW305"),
        Deliver(id=output_id(one.id, 1), receiver="haarlem", bericht="JW305"),
        Answer(id=output_id(one.id, 2), receiver=one.party, bericht="JW306", body=b"<antwoord/>"),
        Remember(relation=RELATION, rows={KEY: row}),
    )


def step(entry: Entry, effects: Effects | None = None) -> Step:
    return Step(entry=entry, effects=effects or accepted(entry.envelope), decided_at=NOON)


async def test_the_log_keeps_order_and_every_byte(backend: Backend) -> None:
    envelopes = [envelope(f"r{n}", bytes([n, 0, 255]) * 9, minutes=n) for n in range(5)]
    await backend.append(envelopes[:2])
    await backend.append(envelopes[2:])
    entries = await backend.read(after=0, limit=10)
    assert [entry.envelope for entry in entries] == envelopes
    assert [e.position for e in entries] == sorted({e.position for e in entries})


async def test_reading_goes_on_after_a_position_and_stops_at_the_limit(backend: Backend) -> None:
    await backend.append([envelope(f"r{n}") for n in range(5)])
    first = await backend.read(after=0, limit=2)
    rest = await backend.read(after=first[-1].position, limit=10)
    assert [e.envelope.reference for e in (*first, *rest)] == ["r0", "r1", "r2", "r3", "r4"]


async def test_the_same_delivery_is_a_repeat_with_the_same_position(backend: Backend) -> None:
    (first,) = await backend.append([envelope("r")])
    (again,) = await backend.append([envelope("r", minutes=9)])
    assert (first.outcome, again.outcome) == ("new", "repeat")
    assert (again.position, again.envelope_id) == (first.position, first.envelope_id)
    assert len(await backend.read(after=0, limit=10)) == 1


async def test_a_repeat_inside_one_batch_is_seen(backend: Backend) -> None:
    results = await backend.append([envelope("r"), envelope("r")])
    assert [result.outcome for result in results] == ["new", "repeat"]


async def test_the_same_reference_with_other_bytes_is_a_conflict(backend: Backend) -> None:
    (first,) = await backend.append([envelope("r")])
    (other,) = await backend.append([envelope("r", b"<b/>")])
    assert (other.outcome, other.envelope_id) == ("conflict", first.envelope_id)
    assert len(await backend.read(after=0, limit=10)) == 1


async def test_two_parties_may_use_the_same_reference(backend: Backend) -> None:
    results = await backend.append([envelope("r"), envelope("r", party="ander")])
    assert [result.outcome for result in results] == ["new", "new"]


async def test_a_commit_makes_everything_durable_together(backend: Backend, opened: Opener) -> None:
    await backend.append([envelope("r")])
    (entry,) = await backend.read(after=0, limit=1)
    await backend.commit(0, [step(entry)])
    reopened = await opened()
    assert await reopened.position() == entry.position
    rows = await reopened.rows([(RELATION, KEY)])
    assert rows == {(RELATION, KEY): Received(envelope_id=entry.envelope.id, sender_party="aanbieder", accepted=True)}
    (head,) = await reopened.outputs("haarlem", "delivered", 10)
    assert head.kind == "bericht"
    trace = await reopened.trace(entry.envelope.id)
    assert trace is not None
    assert trace.judged == Judged(outcome="accepted", bericht="JW305")
    assert [output.id for output in trace.outputs] == [output_id(entry.envelope.id, n) for n in (1, 2)]
    await reopened.close()


async def test_a_worker_that_lost_its_place_changes_nothing(backend: Backend) -> None:
    await backend.append([envelope("r1"), envelope("r2")])
    first, second = await backend.read(after=0, limit=2)
    await backend.commit(0, [step(first)])
    with pytest.raises(Fenced):
        await backend.commit(0, [step(second)])
    assert await backend.position() == first.position
    assert len(await backend.outputs("haarlem", "delivered", 10)) == 1
    trace = await backend.trace(second.envelope.id)
    assert trace is not None
    assert trace.judged is None


async def test_a_commit_that_fails_half_way_leaves_no_trace(backend: Backend) -> None:
    await backend.append([envelope("r1"), envelope("r2")])
    first, second = await backend.read(after=0, limit=2)
    clash = step(second, accepted(first.envelope))
    with pytest.raises(Exception, match=r"UNIQUE|unique|duplicate"):
        await backend.commit(0, [step(first), clash])
    assert await backend.position() == 0
    assert await backend.rows([(RELATION, KEY)]) == {}
    assert await backend.outputs("haarlem", "delivered", 10) == ()


async def test_a_later_row_replaces_an_earlier_one(backend: Backend) -> None:
    await backend.append([envelope("r1"), envelope("r2")])
    first, second = await backend.read(after=0, limit=2)
    await backend.commit(0, [step(first), step(second)])
    rows = await backend.rows([(RELATION, KEY), (RELATION, Key("deliveries x")), ("0397:65656001", KEY)])
    assert rows == {(RELATION, KEY): Received(envelope_id=second.envelope.id, sender_party="aanbieder", accepted=True)}


async def test_every_kind_of_row_comes_back_as_it_was(backend: Backend) -> None:
    await backend.append([envelope("r")])
    (entry,) = await backend.read(after=0, limit=1)
    key = Key("deliveries 999900006 1")
    effects = (Judged(outcome="accepted", bericht="JW305"), Remember(relation=RELATION, rows={key: Deliveries()}))
    await backend.commit(0, [step(entry, effects)])
    assert await backend.rows([(RELATION, key)]) == {(RELATION, key): Deliveries()}


async def test_an_output_is_there_for_its_receiver_only(backend: Backend) -> None:
    await backend.append([envelope("r", b"<bericht/>")])
    (entry,) = await backend.read(after=0, limit=1)
    await backend.commit(0, [step(entry)])
    id = output_id(entry.envelope.id, 1)
    found = await backend.output("haarlem", id)
    assert found is not None
    assert found.body == b"<bericht/>"
    assert await backend.output("velsen", id) is None
    assert await backend.mark("velsen", id, "acknowledged", NOON) is False
    answer = await backend.output("aanbieder", output_id(entry.envelope.id, 2))
    assert answer is not None
    assert answer.body == b"<antwoord/>"


async def test_a_state_is_noted_once_and_leaves_the_waiting_list(backend: Backend) -> None:
    await backend.append([envelope("r")])
    (entry,) = await backend.read(after=0, limit=1)
    await backend.commit(0, [step(entry)])
    id = output_id(entry.envelope.id, 1)
    assert await backend.mark("haarlem", id, "delivered", NOON)
    assert await backend.mark("haarlem", id, "delivered", NOON + timedelta(hours=1))
    assert await backend.outputs("haarlem", "delivered", 10) == ()
    (head,) = await backend.outputs("haarlem", "acknowledged", 10)
    assert (head.delivered_at, head.acknowledged_at) == (NOON, None)


async def test_outputs_come_oldest_first_and_limited(backend: Backend) -> None:
    await backend.append([envelope(f"r{n}") for n in range(4)])
    entries = await backend.read(after=0, limit=4)
    await backend.commit(0, [step(entry) for entry in entries])
    heads = await backend.outputs("haarlem", "delivered", 3)
    assert [head.envelope_id for head in heads] == [entry.envelope.id for entry in entries[:3]]


async def test_a_fault_and_its_findings_come_back_whole(backend: Backend) -> None:
    finding = Finding(
        rule="XSD", level=1, retourcode=None, klasse="Client", path="Bericht/Client", key=None, text="is not complete"
    )
    await backend.append([envelope("r")])
    (entry,) = await backend.read(after=0, limit=1)
    judged = Judged(outcome="refused", bericht="JW305", level=1, findings=(finding,))
    refuse = Refuse(id=output_id(entry.envelope.id, 1), receiver="aanbieder", bericht="JW305", body=b"{}")
    await backend.commit(0, [step(entry, (judged, refuse))])
    trace = await backend.trace(entry.envelope.id)
    assert trace is not None
    assert trace.judged == judged
    assert [output.kind for output in trace.outputs] == ["fout"]


async def test_what_the_exchange_cannot_handle_is_set_aside_whole(backend: Backend) -> None:
    await backend.append([envelope("r", b"<vreemd/>")])
    (entry,) = await backend.read(after=0, limit=1)
    effects = (Judged(outcome="quarantined", bericht="JW305"), Quarantine(reason="ZeroDivisionError in x.py:1"))
    await backend.commit(0, [step(entry, effects)])
    (kept,) = await backend.aside()
    assert (kept.envelope_id, kept.body) == (entry.envelope.id, b"<vreemd/>")
    assert kept.reason == "ZeroDivisionError in x.py:1"


async def test_what_could_not_be_taken_in_is_kept_until_it_is_released(backend: Backend) -> None:
    rejection = Rejection(reason="unknown-receiver", title="The receiver is not known here", detail="...")
    kept = [_rejected(f"id{n}", rejection, n) for n in range(3)]
    for one in kept:
        await backend.set_aside(one)
    assert await backend.aside() == tuple(reversed(kept))
    await backend.released("id1", NOON)
    assert [one.id for one in await backend.aside()] == ["id2", "id0"]
    assert await backend.set_aside_by_id("id1") == kept[1]
    assert await backend.set_aside_by_id("none") is None


def _rejected(id: str, rejection: Rejection, minutes: int) -> Rejected:
    return Rejected(
        id=id,
        at=NOON + timedelta(minutes=minutes),
        source="http",
        party="aanbieder",
        reference="r",
        rejection=rejection,
        reason=rejection.title,
        envelope_id=None,
        size=4,
        body=b"<a/>",
    )


async def test_the_oldest_waiting_envelope_is_known(backend: Backend) -> None:
    assert await backend.waiting_since() is None
    await backend.append([envelope("r1", minutes=1), envelope("r2", minutes=2)])
    assert await backend.waiting_since() == NOON + timedelta(minutes=1)
    (first,) = await backend.read(after=0, limit=1)
    await backend.commit(0, [step(first)])
    assert await backend.waiting_since() == NOON + timedelta(minutes=2)


async def test_an_unknown_envelope_has_no_trace(backend: Backend) -> None:
    assert await backend.trace("none") is None
