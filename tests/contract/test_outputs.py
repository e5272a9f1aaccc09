"""What the contracts Store and Archive tell of outputs: numbers, answers, failures, who may see what, what waits."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta, timezone
from typing import Any

import msgspec
import pytest

from streams.core.effects import Answer, Deliver, Effects, Judged, Outcome, Output, Refuse
from streams.core.envelope import UNDELIVERED, Envelope, output_id, undelivered_id, wire_reference
from streams.core.mail import Mail
from streams.core.ports import OutputHead, Told, Trace, Unanswered
from tests.contract.backends import Backend, Opener
from tests.contract.steps import NOON, RELATION, commit, entries_of, envelope, step

LATER = NOON + timedelta(hours=1)
TOLD = Told(receiver="haarlem", bericht="JW301", body=b'{"title":"niet bezorgd"}')


def request(reference: str, **changes: Any) -> Envelope:
    """A request for care, from the gemeente."""
    one = envelope(reference, b"<toewijzing/>", party="haarlem")
    return msgspec.structs.replace(one, bericht="JW301", receiver="65656001", **changes)


def retour(reference: str) -> Envelope:
    return msgspec.structs.replace(envelope(reference, b"<retour/>", party="zorg"), bericht="JW302")


def judged(*outputs: Output, outcome: Outcome = "accepted") -> Effects:
    return (Judged(outcome=outcome, bericht="JW301"), *outputs)


def passed_on(one: Envelope) -> Effects:
    return judged(Deliver(id=output_id(one.id, 1), receiver="zorg", bericht=one.bericht))


def answered(one: Envelope, answers: Envelope, outcome: Outcome = "accepted") -> Effects:
    """A return message on its way to the gemeente, and to its CJG."""
    to = ((1, "haarlem", False), (2, "cjg", True))
    return judged(
        *(
            Deliver(
                id=output_id(one.id, number),
                receiver=receiver,
                bericht="JW302",
                copy=copy,
                answers=answers.id,
                outcome=outcome,
            )
            for number, receiver, copy in to
        )
    )


def answered_by_hub(one: Envelope) -> Effects:
    """Passed on, and answered by the hub for its receiver, who gets a copy of that answer; so does a CJG."""
    answer = {"bericht": "JW302", "body": b"<hub/>", "outcome": "partly"}
    return (
        *passed_on(one),
        Answer(id=output_id(one.id, 2), receiver="haarlem", **answer),  # type: ignore[arg-type]
        Answer(id=output_id(one.id, 3), receiver="zorg", copy=True, **answer),  # type: ignore[arg-type]
        Answer(id=output_id(one.id, 4), receiver="cjg", copy=True, **answer),  # type: ignore[arg-type]
    )


def faulted(one: Envelope) -> Effects:
    return judged(Refuse(id=output_id(one.id, 1), receiver=one.party, bericht="JW301", body=b"{}"), outcome="refused")


async def happened(backend: Backend, *messages: tuple[Envelope, Effects]) -> None:
    """These messages came in one after another, and this was decided on them."""
    await backend.log.append([one for one, _ in messages])
    entries = await entries_of(backend)
    effects = {one.id: those for one, those in messages}
    await commit(backend, [step(entry, effects[entry.envelope.id]) for entry in entries])


async def trace(backend: Backend, one: Envelope) -> Trace:
    found = await backend.archive.trace(one.id)
    assert found is not None
    return found


async def waiting(backend: Backend, receiver: str = "zorg") -> list[list[str]]:
    """The ids of what is not delivered, and of what is not acknowledged."""
    return [
        [head.id for head in await backend.store.outputs(receiver, "delivered", 10)],
        [head.id for head in await backend.store.outputs(receiver, "acknowledged", 10)],
    ]


# --- what is known of an output --------------------------------------------------------------------


async def test_the_software_that_made_a_message_is_known_with_all_that_comes_of_it(backend: Backend) -> None:
    named, other = request("r1", software="Zorgpakket/0002/0010"), request("r2")
    await happened(backend, (named, passed_on(named)), (other, passed_on(other)))
    assert [entry.envelope for entry in await entries_of(backend)] == [named, other]
    assert [head.software for head in await backend.store.outputs("zorg", "delivered", 9)] == [named.software, None]
    assert [(await trace(backend, one)).software for one in (named, other)] == [named.software, None]


async def test_an_output_tells_its_number_and_what_it_holds(backend: Backend) -> None:
    one = request("r")
    await happened(backend, (one, answered_by_hub(one)))
    passed, answer, *_ = (await trace(backend, one)).outputs
    for head, body in ((passed, b"<toewijzing/>"), (answer, b"<hub/>")):
        assert (head.relation, head.reference) == (RELATION, wire_reference(head.id))
        assert (head.size, head.sha256) == (len(body), hashlib.sha256(body).hexdigest())
        assert (head.attempts, head.reason, head.failed_at, head.undeliverable_at) == (0, None, None, None)
    assert (passed.answers, passed.outcome, passed.answers_reference) == (None, None, None)


async def test_what_answers_names_it_as_its_receiver_knows_it(backend: Backend) -> None:
    one, refused, back = request("r1"), request("r2"), retour("t1")
    await happened(
        backend, (one, answered_by_hub(one)), (refused, faulted(refused)), (back, answered(back, one, "refused"))
    )
    passed, answer, copy, unasked = (await trace(backend, one)).outputs
    (fault,) = (await trace(backend, refused)).outputs
    delivered, copied = (await trace(backend, back)).outputs
    assert [(head.answers, head.outcome) for head in (answer, copy)] == [(one.id, "partly")] * 2
    assert [(head.answers, head.outcome) for head in (delivered, copied)] == [(one.id, "refused")] * 2
    assert (fault.answers, fault.outcome, fault.answers_reference) == (refused.id, None, "r2")
    assert (answer.answers_reference, delivered.answers_reference) == ("r1", "r1")  # who sent it
    assert copy.answers_reference == passed.reference  # who got it
    assert (copied.answers_reference, unasked.answers_reference) == (None, None)  # who did neither


async def test_an_answer_is_found_from_what_it_answers(backend: Backend) -> None:
    one, back = request("r1"), retour("t1")
    await happened(backend, (one, passed_on(one)), (back, answered(back, one)))
    asked, answer = await trace(backend, one), await trace(backend, back)
    assert [head.receiver for head in asked.outputs] == ["zorg"]
    assert asked.answered_by == answer.outputs
    assert answer.answered_by == ()


# --- numbers ---------------------------------------------------------------------------------------


async def test_an_envelope_is_known_by_the_number_under_which_it_was_sent_or_got(backend: Backend) -> None:
    one = request("r")
    await happened(backend, (one, passed_on(one)))
    number = wire_reference(output_id(one.id, 1))
    assert await backend.store.by_reference("haarlem", "r") == one.id
    assert await backend.store.by_reference("zorg", number) == one.id
    for party, other in (("zorg", "r"), ("haarlem", number), ("velsen", "r"), ("velsen", number), ("zorg", "?")):
        assert await backend.store.by_reference(party, other) is None


async def test_a_number_used_for_what_was_got_and_for_what_was_sent_is_that_of_what_was_got(backend: Backend) -> None:
    one = request("r")
    number = wire_reference(output_id(one.id, 1))
    back = retour(number)
    await happened(backend, (one, passed_on(one)), (back, answered(back, one)))
    assert await backend.store.by_reference("zorg", number) == one.id


async def test_an_output_is_found_by_its_number_for_its_receiver_only(backend: Backend) -> None:
    one = request("r")
    await happened(backend, (one, passed_on(one)))
    id = output_id(one.id, 1)
    found = await backend.store.sent_under("zorg", wire_reference(id))
    assert found is not None
    assert found.id == id
    for party, number in (("haarlem", wire_reference(id)), ("zorg", "r"), ("haarlem", "r")):
        assert await backend.store.sent_under(party, number) is None


# --- what waits ------------------------------------------------------------------------------------


async def test_what_a_party_has_not_got_is_summed_with_its_oldest_and_its_last_failure(backend: Backend) -> None:
    messages = [request(f"r{number}") for number in range(3)]
    await happened(backend, *((one, passed_on(one)) for one in messages))
    first, second, third = (output_id(one.id, 1) for one in messages)
    await backend.store.failed(first, LATER, "failed")
    await backend.store.failed(first, LATER, "failed")
    await backend.store.failed(third, NOON, "unavailable")

    expected = Mail(receiver="zorg", count=3, failed=2, since=NOON, oldest=first, failed_at=LATER, reason="failed")
    assert await backend.archive.mail(10) == (expected,)
    assert [head.id for head in await backend.archive.mail_for("zorg", 10)] == [first, second, third]
    assert [head.id for head in await backend.archive.mail_for("zorg", 2)] == [first, second]
    assert await backend.archive.mail_for("haarlem", 10) == ()


async def test_what_was_brought_fetched_acknowledged_or_given_up_waits_no_more(backend: Backend) -> None:
    messages = [request(f"r{number}") for number in range(4)]
    await happened(backend, *((one, passed_on(one)) for one in messages))
    delivered, acknowledged, given_up, left = (output_id(one.id, 1) for one in messages)
    await backend.store.failed(delivered, LATER, "ConnectError")
    await backend.store.mark("zorg", delivered, "delivered", LATER)
    await backend.store.mark("zorg", acknowledged, "acknowledged", LATER)
    await backend.store.give_up(given_up, LATER, "refused", None)

    (mail,) = await backend.archive.mail(10)
    assert (mail.count, mail.failed, mail.oldest, mail.failed_at, mail.reason) == (1, 0, left, None, None)
    assert [head.id for head in await backend.archive.mail_for("zorg", 10)] == [left]


async def test_the_party_whose_oldest_waits_longest_comes_first_and_there_are_no_more_than_asked(
    backend: Backend,
) -> None:
    one, refused = request("r1"), request("r2")
    await happened(backend, (one, answered_by_hub(one)), (refused, faulted(refused)))
    await backend.store.give_up(output_id(one.id, 1), LATER, "five days", TOLD)

    found = await backend.archive.mail(10)
    assert [(mail.receiver, mail.count, mail.since) for mail in found] == [
        ("cjg", 1, NOON),
        ("haarlem", 3, NOON),
        ("zorg", 1, NOON),
    ]
    for mail in found[1:]:
        await backend.store.mark(mail.receiver, mail.oldest, "delivered", LATER)
    assert [mail.receiver for mail in await backend.archive.mail(1)] == ["cjg"]
    assert [(mail.receiver, mail.count) for mail in await backend.archive.mail(10)] == [("cjg", 1), ("haarlem", 2)]


async def test_of_two_failures_at_one_moment_one_is_told(backend: Backend) -> None:
    messages = [request(f"r{number}") for number in range(2)]
    await happened(backend, *((one, passed_on(one)) for one in messages))
    for one, reason in zip(messages, ("a", "b"), strict=True):
        await backend.store.failed(output_id(one.id, 1), LATER, reason)
    (mail,) = await backend.archive.mail(10)
    assert (mail.failed_at, mail.reason) == (LATER, "b")


# --- what cannot be delivered ----------------------------------------------------------------------


@pytest.fixture
async def asked(backend: Backend) -> Envelope:
    """A request that was passed on."""
    one = request("r")
    await happened(backend, (one, passed_on(one)))
    return one


async def head_of(backend: Backend, one: Envelope) -> OutputHead:
    return (await trace(backend, one)).outputs[0]


async def test_failures_are_counted_and_the_last_is_told(backend: Backend, asked: Envelope) -> None:
    id = output_id(asked.id, 1)
    await backend.store.failed(id, NOON, "ConnectError")
    await backend.store.failed(id, LATER, "503")
    head = await head_of(backend, asked)
    assert (head.attempts, head.failed_at, head.reason) == (2, LATER, "503")
    assert await waiting(backend) == [[id], [id]]


async def test_what_is_given_up_waits_no_more_and_its_sender_is_told(
    backend: Backend, opened: Opener, asked: Envelope
) -> None:
    id = output_id(asked.id, 1)
    assert await backend.store.give_up(id, LATER, "five days", TOLD)
    reopened = await opened()
    assert await waiting(reopened) == [[], []]
    (left,) = await reopened.archive.undelivered()
    assert (left.id, left.reason, left.undeliverable_at) == (id, "five days", LATER)
    (fault,) = await reopened.store.outputs("haarlem", "delivered", 9)
    assert (fault.id, fault.kind, fault.bericht, fault.created_at) == (undelivered_id(id), "fout", "JW301", LATER)
    assert (fault.answers, fault.answers_reference, fault.outcome) == (asked.id, "r", None)
    assert (fault.reference, fault.size) == (wire_reference(fault.id), len(TOLD.body))
    assert fault.sha256 == hashlib.sha256(TOLD.body).hexdigest()
    body = await reopened.store.output("haarlem", fault.id)
    assert body is not None
    assert body.body == TOLD.body
    told = await trace(reopened, asked)
    assert [head.id for head in told.outputs] == [id, output_id(asked.id, UNDELIVERED + 1)]
    assert told.answered_by == (fault,)
    await reopened.close()


async def test_it_is_given_up_once(backend: Backend, asked: Envelope) -> None:
    id = output_id(asked.id, 1)
    done = await asyncio.gather(*(backend.store.give_up(id, LATER, why, TOLD) for why in ("one", "other")))
    assert sorted(done) == [False, True]
    assert not await backend.store.give_up(id, LATER, "third", TOLD)
    assert not await backend.store.give_up("none.1", LATER, "unknown", TOLD)
    assert len(await backend.store.outputs("haarlem", "delivered", 9)) == 1


async def test_nobody_need_be_told(backend: Backend, asked: Envelope) -> None:
    assert await backend.store.give_up(output_id(asked.id, 1), LATER, "five days", None)
    assert not await backend.store.give_up(output_id(asked.id, 1), LATER, "too late to tell", TOLD)
    assert len((await trace(backend, asked)).outputs) == 1


async def test_a_failure_after_that_is_not_counted(backend: Backend, asked: Envelope) -> None:
    id = output_id(asked.id, 1)
    await backend.store.give_up(id, LATER, "refused", None)
    await backend.store.failed(id, LATER, "late")
    head = await head_of(backend, asked)
    assert (head.attempts, head.reason) == (0, "refused")


@pytest.mark.parametrize("delivered", [False, True], ids=["undelivered", "refused later"])
async def test_it_is_tried_anew_when_asked_and_what_was_told_stays(
    backend: Backend, asked: Envelope, delivered: bool
) -> None:
    id = output_id(asked.id, 1)
    if delivered:
        await backend.store.mark("zorg", id, "delivered", NOON)
        await backend.store.mark("zorg", id, "acknowledged", NOON)
    await backend.store.failed(id, NOON, "503")
    assert not await backend.archive.retry(id)
    await backend.store.give_up(id, LATER, "five days", TOLD)
    assert await backend.archive.retry(id)
    assert not await backend.archive.retry(id)
    assert await waiting(backend) == [[id], [id]]
    assert await backend.archive.undelivered() == ()
    assert (await head_of(backend, asked)).attempts == 0, "it is tried as often as at first"
    assert await backend.store.give_up(id, LATER + timedelta(days=1), "again", TOLD)
    assert len(await backend.store.outputs("haarlem", "delivered", 9)) == 1


async def test_what_is_left_for_a_party_goes_to_its_connection_once(backend: Backend) -> None:
    left, fetched, given_up = (request(f"r{number}") for number in range(3))
    await happened(backend, *((one, passed_on(one)) for one in (left, fetched, given_up)))
    before = await head_of(backend, left)
    await backend.store.mark("zorg", output_id(fetched.id, 1), "delivered", NOON)
    await backend.store.give_up(output_id(given_up.id, 1), NOON, "refused", None)
    assert [await backend.store.hand_over("zorg", "office") for _ in range(2)] == [1, 0]
    assert await head_of(backend, left) == msgspec.structs.replace(before, receiver="office")
    assert await waiting(backend, "office") == [[before.id], [before.id]]
    assert await waiting(backend) == [[], [output_id(fetched.id, 1)]]


async def test_what_was_given_up_last_comes_first(backend: Backend) -> None:
    messages = [request(f"r{n}") for n in range(3)]
    await happened(backend, *((one, passed_on(one)) for one in messages))
    ids = [output_id(one.id, 1) for one in messages]
    for minutes, id in enumerate(ids):
        await backend.store.give_up(id, NOON + timedelta(minutes=minutes), "refused", None)
    assert [head.id for head in await backend.archive.undelivered()] == ids[::-1]
    assert [head.id for head in await backend.archive.undelivered(2)] == ids[:0:-1]


# --- who may see what ------------------------------------------------------------------------------


async def test_a_trace_is_for_who_sent_it_and_who_gets_something_of_it(backend: Backend) -> None:
    one, back = request("r"), retour("t")
    await happened(backend, (one, passed_on(one)), (back, answered(back, one)))
    for party in ("haarlem", "zorg"):
        assert await backend.archive.trace_for(party, one.id) == await trace(backend, one)
    assert await backend.archive.trace_for("cjg", back.id) == await trace(backend, back)
    for party, id in (("cjg", one.id), ("velsen", one.id), ("", one.id), ("haarlem", "none"), ("zorg", one.id[:-1])):
        assert await backend.archive.trace_for(party, id) is None


async def test_a_message_that_waits_has_a_trace_for_its_sender(backend: Backend) -> None:
    await backend.log.append([request("r")])
    found = await backend.archive.trace_for("haarlem", request("r").id)
    assert found is not None
    assert (found.judged, found.outputs, found.answered_by) == (None, (), ())


async def test_asking_after_another_ones_message_is_the_same_work_as_after_none(
    backend: Backend, asked: Envelope, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, object]] = []
    ask: Callable[..., Awaitable[list[object]]] = backend.archive._ask  # type: ignore[attr-defined]

    async def noted(statement: str, *values: object) -> list[object]:
        found = await ask(statement, *values)
        done.append((statement, len(found)))
        return found

    monkeypatch.setattr(backend.archive, "_ask", noted)
    await backend.archive.trace_for("velsen", asked.id)
    await backend.archive.trace_for("velsen", "none")
    assert len(done) == 2
    assert done[0] == done[1]


# --- what waits for an answer ----------------------------------------------------------------------


async def unanswered(backend: Backend, minutes: int = 0) -> list[tuple[str, str, int, str]]:
    """Since so many minutes after noon."""
    found = await backend.archive.unanswered(NOON + timedelta(minutes=minutes))
    return [(one.relation, one.bericht, one.count, one.oldest) for one in found]


async def test_what_was_passed_on_waits_for_its_answer(backend: Backend) -> None:
    one, back = request("r"), retour("t")
    await happened(backend, (one, passed_on(one)))
    assert await backend.archive.unanswered(NOON) == (
        Unanswered(relation=RELATION, bericht="JW301", count=1, since=NOON, oldest=one.id),
    )
    await backend.log.append([back])
    *_, entry = await entries_of(backend)
    await commit(backend, [step(entry, answered(back, one, "refused"))], after=entry.position - 1)
    assert await unanswered(backend) == []


async def test_only_what_has_an_answer_and_got_none_waits(backend: Backend) -> None:
    by_hub, refused, back = request("r1"), request("r2"), retour("t")
    doubted = request("r3")
    await happened(
        backend,
        (by_hub, answered_by_hub(by_hub)),
        (refused, faulted(refused)),
        (back, answered(back, by_hub)),  # a return message itself has no answer
        (doubted, (Judged(outcome="refused", bericht="JW301"), *passed_on(doubted)[1:])),  # its receiver answers itself
    )
    assert await unanswered(backend) == [(RELATION, "JW301", 1, doubted.id)]


async def test_what_its_receiver_never_got_waits_for_no_answer(backend: Backend, asked: Envelope) -> None:
    """Its sender was told; there is nobody to call about it."""
    assert [count for _, _, count, _ in await unanswered(backend)] == [1]
    await backend.store.give_up(output_id(asked.id, 1), LATER, "five days", TOLD)
    assert await unanswered(backend) == []
    await backend.archive.retry(output_id(asked.id, 1))
    assert [count for _, _, count, _ in await unanswered(backend)] == [1]


async def test_what_waits_is_summed_per_relation_and_type_since_a_moment(backend: Backend) -> None:
    messages = [request(f"r{n}", received_at=NOON + timedelta(minutes=n)) for n in range(4)]
    claim = request("r4", received_at=NOON + timedelta(minutes=2))
    claim = msgspec.structs.replace(claim, bericht="JW323")
    await happened(backend, *((one, passed_on(one)) for one in (*messages, claim)))
    assert await unanswered(backend) == [(RELATION, "JW301", 4, messages[0].id), (RELATION, "JW323", 1, claim.id)]
    assert await unanswered(backend, 3) == [(RELATION, "JW301", 1, messages[3].id)]
    amsterdam = timezone(timedelta(hours=2))
    assert len(await backend.archive.unanswered((NOON + timedelta(minutes=3)).astimezone(amsterdam))) == 1
    assert await unanswered(backend, 4) == []


async def test_relations_wait_apart(backend: Backend) -> None:
    one, other = request("r1"), request("r2", relation="0397:65656001", received_at=NOON + timedelta(seconds=1))
    await backend.log.append([one, other])
    for entry in await entries_of(backend):
        before = (await backend.store.progress([entry.partition]))[entry.partition].position
        await commit(backend, [step(entry, passed_on(entry.envelope))], after=before)
    assert await unanswered(backend) == [(RELATION, "JW301", 1, one.id), ("0397:65656001", "JW301", 1, other.id)]
