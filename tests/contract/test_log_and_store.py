"""The contracts Log, Store, Archive and FoldStore: one suite, unchanged, against every backend."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from schemas.ijw_3_2.dossier.rows import Deliveries, Key, Received
from schemas.ijw_3_2.findings import Finding
from streams.core.effects import Event, Judged, Quarantine, Refuse, Remember
from streams.core.envelope import output_id
from streams.core.fold_ports import FoldCommit, FoldProgress
from streams.core.intake import Rejection
from streams.core.ports import Entry, Fenced, Progress, Rejected, Step
from tests.contract.backends import Backend, Opener
from tests.contract.steps import KEY, NOON, RELATION, accepted, commit, entries_of, envelope, place, step


async def position(backend: Backend, entry: Entry) -> int:
    return (await backend.store.progress([entry.partition]))[entry.partition].position


async def test_the_log_keeps_order_and_every_byte(backend: Backend) -> None:
    envelopes = [envelope(f"r{n}", bytes([n, 0, 255]) * 9, minutes=n) for n in range(5)]
    await backend.log.append(envelopes[:2])
    await backend.log.append(envelopes[2:])
    entries = await entries_of(backend, limit=10)
    assert [entry.envelope for entry in entries] == envelopes
    assert [e.position for e in entries] == sorted({e.position for e in entries})


async def test_reading_goes_on_after_a_position_and_stops_at_the_limit(backend: Backend) -> None:
    await backend.log.append([envelope(f"r{n}") for n in range(5)])
    first = await entries_of(backend, limit=2)
    rest = await entries_of(backend, after=place(first[-1]))
    assert [e.envelope.reference for e in (*first, *rest)] == ["r0", "r1", "r2", "r3", "r4"]


async def test_the_same_delivery_is_a_repeat_with_the_same_position(backend: Backend) -> None:
    (first,) = await backend.log.append([envelope("r")])
    (again,) = await backend.log.append([envelope("r", minutes=9)])
    assert (first.outcome, again.outcome) == ("new", "repeat")
    assert (again.position, again.envelope_id) == (first.position, first.envelope_id)
    assert len(await entries_of(backend, limit=10)) == 1


async def test_a_repeat_inside_one_batch_is_seen(backend: Backend) -> None:
    results = await backend.log.append([envelope("r"), envelope("r")])
    assert [result.outcome for result in results] == ["new", "repeat"]


async def test_the_same_reference_with_other_bytes_is_a_conflict(backend: Backend) -> None:
    (first,) = await backend.log.append([envelope("r")])
    (other,) = await backend.log.append([envelope("r", b"<b/>")])
    assert (other.outcome, other.envelope_id) == ("conflict", first.envelope_id)
    assert len(await entries_of(backend, limit=10)) == 1


async def test_two_parties_may_use_the_same_reference(backend: Backend) -> None:
    results = await backend.log.append([envelope("r"), envelope("r", party="ander")])
    assert [result.outcome for result in results] == ["new", "new"]


async def test_a_commit_makes_everything_durable_together(backend: Backend, opened: Opener) -> None:
    await backend.log.append([envelope("r")])
    (entry,) = await entries_of(backend, limit=1)
    await commit(backend, [step(entry)])
    reopened = await opened()
    assert await position(reopened, entry) == entry.position
    rows = await reopened.store.rows([(RELATION, KEY)])
    assert rows == {(RELATION, KEY): Received(envelope_id=entry.envelope.id, sender_party="aanbieder", accepted=True)}
    (head,) = await reopened.store.outputs("haarlem", "delivered", 10)
    assert head.kind == "bericht"
    trace = await reopened.archive.trace(entry.envelope.id)
    assert trace is not None
    assert trace.judged == Judged(outcome="accepted", bericht="JW305")
    assert [output.id for output in trace.outputs] == [output_id(entry.envelope.id, n) for n in (1, 2)]
    await reopened.close()


async def test_a_worker_that_lost_its_place_changes_nothing(backend: Backend) -> None:
    await backend.log.append([envelope("r1"), envelope("r2")])
    first, second = await entries_of(backend, limit=2)
    await commit(backend, [step(first)])
    with pytest.raises(Fenced):
        await commit(backend, [step(second)])
    assert await position(backend, first) == first.position
    assert len(await backend.store.outputs("haarlem", "delivered", 10)) == 1
    trace = await backend.archive.trace(second.envelope.id)
    assert trace is not None
    assert trace.judged is None


async def test_a_commit_that_fails_half_way_leaves_no_trace(backend: Backend) -> None:
    await backend.log.append([envelope("r1"), envelope("r2")])
    first, second = await entries_of(backend, limit=2)
    clash = step(second, accepted(first.envelope))
    with pytest.raises(Exception, match=r"(?i)unique"):
        await commit(backend, [step(first), clash])
    assert await position(backend, first) == 0
    assert await backend.store.rows([(RELATION, KEY)]) == {}
    assert await backend.store.outputs("haarlem", "delivered", 10) == ()


async def test_a_later_row_replaces_an_earlier_one(backend: Backend) -> None:
    await backend.log.append([envelope("r1"), envelope("r2")])
    first, second = await entries_of(backend, limit=2)
    await commit(backend, [step(first), step(second)])
    rows = await backend.store.rows([(RELATION, KEY), (RELATION, Key("deliveries x")), ("0397:65656001", KEY)])
    assert rows == {(RELATION, KEY): Received(envelope_id=second.envelope.id, sender_party="aanbieder", accepted=True)}


async def test_every_kind_of_row_comes_back_as_it_was(backend: Backend) -> None:
    await backend.log.append([envelope("r")])
    (entry,) = await entries_of(backend, limit=1)
    key = Key("deliveries 999900006 1")
    effects = (Judged(outcome="accepted", bericht="JW305"), Remember(relation=RELATION, rows={key: Deliveries()}))
    await commit(backend, [step(entry, effects)])
    assert await backend.store.rows([(RELATION, key)]) == {(RELATION, key): Deliveries()}


async def test_an_output_is_there_for_its_receiver_only(backend: Backend) -> None:
    await backend.log.append([envelope("r", b"<bericht/>")])
    (entry,) = await entries_of(backend, limit=1)
    await commit(backend, [step(entry)])
    id = output_id(entry.envelope.id, 1)
    found = await backend.store.output("haarlem", id)
    assert found is not None
    assert found.body == b"<bericht/>"
    assert await backend.store.output("velsen", id) is None
    assert await backend.store.mark("velsen", id, "acknowledged", NOON) is False
    answer = await backend.store.output("aanbieder", output_id(entry.envelope.id, 2))
    assert answer is not None
    assert answer.body == b"<antwoord/>"


async def test_a_state_is_noted_once_and_leaves_the_waiting_list(backend: Backend) -> None:
    await backend.log.append([envelope("r")])
    (entry,) = await entries_of(backend, limit=1)
    await commit(backend, [step(entry)])
    id = output_id(entry.envelope.id, 1)
    assert await backend.store.mark("haarlem", id, "delivered", NOON)
    assert await backend.store.mark("haarlem", id, "delivered", NOON + timedelta(hours=1))
    assert await backend.store.outputs("haarlem", "delivered", 10) == ()
    (head,) = await backend.store.outputs("haarlem", "acknowledged", 10)
    assert (head.delivered_at, head.acknowledged_at) == (NOON, None)


async def test_what_is_acknowledged_was_delivered_at_the_latest_then(backend: Backend) -> None:
    await backend.log.append([envelope("r")])
    (entry,) = await entries_of(backend, limit=1)
    await commit(backend, [step(entry)])
    id = output_id(entry.envelope.id, 1)
    assert await backend.store.mark("haarlem", id, "acknowledged", NOON)
    assert await backend.store.mark("haarlem", id, "delivered", NOON + timedelta(hours=1))
    assert await backend.store.outputs("haarlem", "acknowledged", 10) == ()
    found = await backend.store.output("haarlem", id)
    assert found is not None
    assert (found.head.delivered_at, found.head.acknowledged_at) == (NOON, NOON)


async def test_outputs_come_oldest_first_and_limited(backend: Backend) -> None:
    await backend.log.append([envelope(f"r{n}") for n in range(4)])
    entries = await entries_of(backend, limit=4)
    await commit(backend, [step(entry) for entry in entries])
    heads = await backend.store.outputs("haarlem", "delivered", 3)
    assert [head.envelope_id for head in heads] == [entry.envelope.id for entry in entries[:3]]


async def test_a_fault_and_its_findings_come_back_whole(backend: Backend) -> None:
    finding = Finding(
        rule="XSD", level=1, retourcode=None, klasse="Client", path="Bericht/Client", key=None, text="is not complete"
    )
    await backend.log.append([envelope("r")])
    (entry,) = await entries_of(backend, limit=1)
    judged = Judged(outcome="refused", bericht="JW305", level=1, findings=(finding,))
    refuse = Refuse(id=output_id(entry.envelope.id, 1), receiver="aanbieder", bericht="JW305", body=b"{}")
    await commit(backend, [step(entry, (judged, refuse))])
    trace = await backend.archive.trace(entry.envelope.id)
    assert trace is not None
    assert trace.judged == judged
    assert [output.kind for output in trace.outputs] == ["fout"]


async def test_what_the_exchange_cannot_handle_is_set_aside_whole(backend: Backend) -> None:
    await backend.log.append([envelope("r", b"<vreemd/>")])
    (entry,) = await entries_of(backend, limit=1)
    effects = (Judged(outcome="quarantined", bericht="JW305"), Quarantine(reason="ZeroDivisionError in x.py:1"))
    await commit(backend, [step(entry, effects)])
    (kept,) = await backend.archive.aside()
    assert (kept.envelope_id, kept.body) == (entry.envelope.id, b"<vreemd/>")
    assert kept.reason == "ZeroDivisionError in x.py:1"


async def test_what_could_not_be_taken_in_is_kept_until_it_is_released(backend: Backend) -> None:
    rejection = Rejection(reason="unknown-receiver", title="The receiver is not known here", detail="...")
    kept = [_rejected(f"id{n}", rejection, n) for n in range(3)]
    for one in kept:
        await backend.archive.set_aside(one)
    assert await backend.archive.aside() == tuple(reversed(kept))
    await backend.archive.released("id1", NOON)
    assert [one.id for one in await backend.archive.aside()] == ["id2", "id0"]
    assert await backend.archive.set_aside_by_id("id1") == kept[1]
    assert await backend.archive.set_aside_by_id("none") is None


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


async def test_what_waits_is_known_by_partition(backend: Backend) -> None:
    assert {(one.position, one.count, one.since) for one in await backend.archive.waiting()} == {(0, 0, None)}
    await backend.log.append([envelope("r1", minutes=1), envelope("r2", minutes=2)])
    first, second = await entries_of(backend, limit=2)
    assert await _waits(backend, first) == (0, 2, NOON + timedelta(minutes=1))
    await commit(backend, [step(first)])
    assert await _waits(backend, first) == (first.position, 1, NOON + timedelta(minutes=2))
    await commit(backend, [step(second)], after=first.position)
    assert await _waits(backend, first) == (second.position, 0, None)


async def _waits(backend: Backend, entry: Entry) -> tuple[int, int, datetime | None]:
    (found,) = [one for one in await backend.archive.waiting() if one.partition == entry.partition]
    return found.position, found.count, found.since


async def test_an_unknown_envelope_has_no_trace(backend: Backend) -> None:
    assert await backend.archive.trace("none") is None


async def test_a_verdict_is_known_by_its_envelope(backend: Backend) -> None:
    await backend.log.append([envelope("r1"), envelope("r2")])
    first, second = await entries_of(backend)
    await commit(backend, [step(first)])
    ids = [first.envelope.id, second.envelope.id, "none"]
    assert await backend.store.decided(ids) == {first.envelope.id}
    assert await backend.store.decided([]) == frozenset()


async def test_a_step_without_effects_moves_its_partition_only(backend: Backend) -> None:
    await backend.log.append([envelope("r1"), envelope("r2")])
    first, second = await entries_of(backend)
    again = Step(entry=Entry(second.position, first.envelope, second.partition), effects=(), decided_at=NOON)
    await commit(backend, [step(first), again])
    progress = await backend.store.progress([first.partition])
    assert progress == {first.partition: Progress(second.position, NOON)}
    assert len(await backend.store.outputs("haarlem", "delivered", 10)) == 1


async def test_a_partition_that_nobody_processed_is_at_its_start(backend: Backend) -> None:
    partitions = await backend.log.partitions()
    assert await backend.store.progress(partitions) == {partition: Progress(0, None) for partition in partitions}


async def test_an_event_is_made_durable_with_its_step(backend: Backend) -> None:
    await backend.log.append([envelope("r")])
    (entry,) = await entries_of(backend)
    event = Event(id=output_id(entry.envelope.id, 0), key="0f0f", body=b"{}")
    await commit(backend, [step(entry, (Judged(outcome="accepted", bericht="JW305"), event))])
    assert await backend.events() == [event]


# --- what monitors remember ------------------------------------------------------------------------


def folded(fold: str, expected: int, progress: FoldProgress, **rows: bytes) -> FoldCommit:
    return FoldCommit(fold=fold, expected=expected, progress=progress, rows=rows)


async def test_a_fold_begins_with_nothing(backend: Backend) -> None:
    assert await backend.folds.fold_progress("f", [0, 3]) == {0: FoldProgress(), 3: FoldProgress()}
    assert await backend.folds.fold_rows("f", 0, ["k"]) == {}
    assert await backend.folds.fold_totals("f") == ()
    assert await backend.folds.fold_versions() == {}


async def test_rows_and_progress_of_a_fold_are_replaced_together(backend: Backend) -> None:
    seen = {2: (17, 3), 0: (1, 1)}
    await backend.folds.commit_folds(1, [folded("f", 0, FoldProgress(9, 0, seen), k=b"1", l=b"2")])
    await backend.folds.commit_folds(1, [folded("f", 1, FoldProgress(12, 1, seen), k=b"3")])
    assert await backend.folds.fold_progress("f", [1]) == {1: FoldProgress(12, 2, seen)}
    assert await backend.folds.fold_rows("f", 1, ["k", "l", "m"]) == {"k": b"3", "l": b"2"}


async def test_a_fold_may_go_on_without_a_row(backend: Backend) -> None:
    await backend.folds.commit_folds(1, [folded("f", 0, FoldProgress(9))])
    assert await backend.folds.fold_progress("f", [1]) == {1: FoldProgress(9, 1)}
    assert await backend.folds.fold_totals("f") == ()


async def test_a_fold_that_another_worker_brought_further_changes_nothing(backend: Backend) -> None:
    await backend.folds.commit_folds(1, [folded("f", 0, FoldProgress(9), k=b"1")])
    with pytest.raises(Fenced):
        await backend.folds.commit_folds(1, [folded("f", 0, FoldProgress(9), k=b"2")])
    assert await backend.folds.fold_rows("f", 1, ["k"]) == {"k": b"1"}


@pytest.mark.parametrize("order", [1, -1], ids=["first", "last"])
async def test_several_folds_go_on_together_or_not_at_all(backend: Backend, order: int) -> None:
    await backend.folds.commit_folds(1, [folded("f", 0, FoldProgress(9), k=b"1"), folded("g", 0, FoldProgress(9))])
    await backend.folds.commit_folds(1, [folded("g", 1, FoldProgress(12), k=b"2")])
    before = await backend.folds.fold_versions()
    both = [folded("f", 1, FoldProgress(15), k=b"3"), folded("g", 1, FoldProgress(15), k=b"4")]
    with pytest.raises(Fenced):
        await backend.folds.commit_folds(1, both[::order])
    assert await backend.folds.fold_versions() == before == {("f", 1): 1, ("g", 1): 2}
    assert await backend.folds.fold_rows("f", 1, ["k"]) == {"k": b"1"}
    assert await backend.folds.fold_rows("g", 1, ["k"]) == {"k": b"2"}


async def test_folds_and_partitions_are_apart(backend: Backend) -> None:
    await backend.folds.commit_folds(
        0, [folded("f", 0, FoldProgress(1), k=b"1"), folded("g", 0, FoldProgress(1), k=b"3")]
    )
    await backend.folds.commit_folds(1, [folded("f", 0, FoldProgress(1), k=b"2")])
    assert await backend.folds.fold_totals("f") == (("k", b"1"), ("k", b"2"))
    assert await backend.folds.fold_rows("g", 1, ["k"]) == {}
    assert await backend.folds.fold_versions() == {("f", 0): 1, ("g", 0): 1, ("f", 1): 1}
