"""What waits for a party is brought in order, and whatever goes wrong holds up as little as it must."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

import pytest
import structlog
from msgspec.structs import replace

from adapters.contract import Kind
from monitoring.metrics import Metrics
from streams.core.delivering import GIVE_UP
from streams.core.parties import Party
from streams.core.ports import OutputHead, StoreError
from streams.hub.deliveries import MOST_AT_ONCE, MOST_FAILING, Books, Deliveries
from tests.support.books import Answer, Clock, MemoryBooks, Partner, fault

ZORG = Party(id="zorg", kind="aanbieder", code="65656001", name="Zorg")
AWAY = ConnectionRefusedError("111")
A, B, C = "0392:65656001", "0394:65656001", "0397:65656001"


@dataclass
class Site:
    clock: Clock = field(default_factory=Clock)
    partner: Partner = field(default_factory=Partner)
    metrics: Metrics = field(default_factory=Metrics)
    chance: float = 0.5

    def __post_init__(self) -> None:
        self.books = MemoryBooks(self.clock)
        self.restart()

    def restart(self) -> None:
        books = cast(Books, self.books)
        self.deliveries = Deliveries(ZORG, "push", self.partner, books, self.clock, lambda: self.chance, self.metrics)

    def count(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(f"ijwhub_{name}", labels) or 0

    async def days(self, count: float, every: float = 600) -> None:
        """Let time pass, looking every so many seconds."""
        end = self.clock.now.timestamp() + count * 86_400
        while self.clock.now.timestamp() < end:
            self.clock.later(seconds=every)
            await self.deliveries.deliver()


@pytest.fixture
def site() -> Site:
    return Site()


def only(*ids: str, answer: Answer) -> Callable[[OutputHead], Answer]:
    """This answer to these outputs, and a receipt for every other."""
    return lambda head: answer if head.id in ids else None


async def test_everything_is_brought_once_oldest_first(site: Site) -> None:
    ids = [site.books.add(relation) for relation in (A, B, A, C, B)]
    assert await site.deliveries.deliver() == 5
    assert await site.deliveries.deliver() == 0
    assert site.partner.offered == ids
    assert all(site.books.heads[id].acknowledged_at for id in ids), "its receipt says that it need not be fetched"
    assert site.count("outputs_delivered_total", kind="bericht", way="push") == 5
    assert site.count("delivery_attempts_total", way="push", outcome="delivered") == 5


# A party that cannot be reached


async def test_an_unreachable_party_is_left_alone_and_then_tried_with_one(site: Site) -> None:
    ids = [site.books.add(A) for _ in range(3)]
    site.partner.answer = lambda _: AWAY
    assert await site.deliveries.deliver() == 0
    asked = site.books.asked
    await site.deliveries.deliver()
    assert site.partner.offered == ids[:1], "while the circuit is open nothing is tried"
    assert site.books.asked == asked, "nor is the store asked"
    site.clock.later(seconds=2)
    await site.deliveries.deliver()
    assert site.partner.offered == [ids[0], ids[0]], "half-open lets one through"
    assert site.books.heads[ids[0]].attempts == 2
    assert site.books.heads[ids[0]].reason == "ConnectionRefusedError"
    assert (site.count("circuits", state="open"), site.count("circuits", state="closed")) == (1, 0)
    site.partner.answer = lambda _: None
    site.clock.later(minutes=1)
    assert await site.deliveries.deliver() == 3
    assert site.partner.got == ids
    assert (site.count("circuits", state="open"), site.count("circuits", state="closed")) == (0, 1)


@pytest.mark.parametrize("kind", ["unavailable", "too-often", "not-authenticated"])
async def test_what_speaks_of_the_party_or_the_hub_is_no_refusal_of_the_message(site: Site, kind: Kind) -> None:
    first, _ = site.books.add(A), site.books.add(B)
    site.partner.answer = lambda _: fault(kind)
    await site.deliveries.deliver()
    assert site.partner.offered == [first]
    assert site.books.heads[first].undeliverable_at is None


async def test_attempts_become_rare_and_never_stop_before_five_days(site: Site) -> None:
    id = site.books.add(A)
    site.partner.answer = lambda _: AWAY
    await site.days(4.99, every=60)
    assert site.books.heads[id].undeliverable_at is None
    assert 5 * 24 * 4 <= len(site.partner.offered) <= 5 * 24 * 4 * 3
    assert site.books.heads[id].attempts == len(site.partner.offered)


async def test_after_five_days_everything_as_old_is_given_up_and_its_sender_is_told(site: Site) -> None:
    old = [site.books.add(relation) for relation in (A, A, B)]
    site.partner.answer = lambda _: AWAY
    await site.days(4)
    young = site.books.add(A)
    while not site.books.told:
        await site.days(0.001)
    assert set(site.books.told) == set(old), "all at once, as the party is away for all of them"
    assert site.books.waiting() == [young]
    for id in old:
        told = site.books.told[id]
        assert told is not None
        assert told.receiver == "haarlem"
        assert json.loads(told.body)["soort"] == "undeliverable"
    assert site.count("undeliverable_total", kind="bericht", reason="undeliverable") == 3
    site.partner.answer = lambda _: None
    await site.days(0.1)
    assert site.partner.got == [young]


@pytest.mark.parametrize(("kind", "copy"), [("antwoord", False), ("fout", False), ("bericht", True)])
async def test_nobody_is_told_of_an_answer_a_fault_or_a_copy(site: Site, kind: str, copy: bool) -> None:
    id = site.books.add(A, kind, copy)  # type: ignore[arg-type]
    site.partner.answer = lambda _: AWAY
    await site.days(5.1)
    assert site.books.told == {id: None}


async def test_a_hub_that_was_off_for_days_gives_the_party_a_chance_first(site: Site) -> None:
    id = site.books.add(A)
    site.clock.now += 2 * GIVE_UP
    site.partner.answer = lambda _: AWAY
    await site.deliveries.deliver()
    assert site.books.heads[id].undeliverable_at is None
    site.partner.answer = lambda _: None
    site.clock.later(minutes=1)
    assert await site.deliveries.deliver() == 1


async def test_a_message_that_brings_the_system_down_does_not_hold_up_other_relations(site: Site) -> None:
    first = site.books.add(A)
    site.partner.answer = only(first, answer=AWAY)
    await site.deliveries.deliver()
    others = [site.books.add(B) for _ in range(3)]
    site.clock.later(seconds=2)
    assert await site.deliveries.deliver() == 3
    assert site.partner.got == others
    assert site.partner.offered == [first, *others, first], "it is tried last"
    for _ in range(5 * 24 + 2):
        others.append(site.books.add(B))
        await site.days(1 / 24)
    assert site.partner.got == others
    assert set(site.books.told) == {first}, "given up in time, though the party is there for others"


async def test_what_was_delivered_is_not_given_up_when_the_party_goes_away_again(site: Site) -> None:
    first, second = site.books.add(A), site.books.add(B)
    for id in (first, second):
        site.books.heads[id] = replace(site.books.heads[id], attempts=30)
    site.clock.now += GIVE_UP
    site.partner.answer = only(second, answer=AWAY)
    await site.deliveries.deliver()
    assert site.partner.got == [first]
    assert set(site.books.told) == {second}, "nobody is told that what arrived did not"


async def test_nothing_overtakes_when_the_wait_is_over_before_the_pass_is(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, other = site.books.add(A), site.books.add(A), site.books.add(B)
    failed = site.books.failed

    async def slowly(id: str, at: datetime, reason: str) -> None:
        await failed(id, at, reason)
        site.clock.later(minutes=1)

    monkeypatch.setattr(site.books, "failed", slowly)
    site.partner.answer = lambda _: AWAY if len(site.partner.offered) == 1 else None
    await site.deliveries.deliver()
    await site.deliveries.deliver()
    assert site.partner.got == [other, first, second]


async def test_a_clock_that_was_wrong_for_a_while_keeps_no_party_waiting(site: Site) -> None:
    id = site.books.add(A)
    site.clock.later(days=1)
    site.partner.answer = lambda _: AWAY
    await site.deliveries.deliver()
    site.clock.later(days=-1)
    site.partner.answer = lambda _: None
    assert await site.deliveries.deliver() == 1
    assert site.partner.got == [id]


async def test_a_party_that_is_let_go_of_counts_no_more(site: Site) -> None:
    site.books.add(A)
    await site.deliveries.deliver()
    assert site.count("circuits", state="closed") == 1
    await site.deliveries.close()
    assert site.count("circuits", state="closed") == 0


# A message that the party's system fails at


async def test_a_message_that_fails_holds_up_its_own_relation_only(site: Site) -> None:
    first, second, other = site.books.add(A), site.books.add(A), site.books.add(B)
    site.partner.answer = only(first, answer=fault("failed", "StUF058"))
    assert await site.deliveries.deliver() == 1
    assert site.partner.offered == [first, other]
    assert site.books.heads[first].reason == "failed (StUF058)"
    third = site.books.add(B)
    assert await site.deliveries.deliver() == 1
    assert site.partner.got == [other, third]
    site.partner.answer = lambda _: None
    site.clock.later(minutes=1)
    assert await site.deliveries.deliver() == 2
    assert site.partner.got[2:] == [first, second]


async def test_a_hold_that_ends_during_a_pass_lets_nothing_overtake(site: Site) -> None:
    first, _, _ = site.books.add(A), site.books.add(B), site.books.add(A)

    def slowly(head: OutputHead) -> Answer:
        site.clock.later(minutes=1)
        return fault("failed") if head.id == first else None

    site.partner.answer = slowly
    await site.deliveries.deliver()
    assert [site.books.heads[id].relation for id in site.partner.got] == [B]


async def test_a_relation_that_is_held_up_does_not_hide_what_waits_behind_it(site: Site) -> None:
    held = [site.books.add(A) for _ in range(MOST_AT_ONCE + 50)]
    site.partner.answer = only(*held, answer=fault("failed"))
    await site.deliveries.deliver()
    other = site.books.add(B)
    await site.deliveries.deliver()
    assert site.partner.got == [other]


async def test_a_system_that_fails_at_everything_is_left_alone(site: Site) -> None:
    for number in range(MOST_FAILING + 3):
        site.books.add(f"{number:04}:65656001")
    site.partner.answer = lambda _: fault("failed")
    await site.deliveries.deliver()
    assert len(site.partner.offered) == MOST_FAILING
    site.clock.later(minutes=1)
    await site.deliveries.deliver()
    assert len(site.partner.offered) == MOST_FAILING + 1
    assert site.books.told == {}


async def test_one_message_that_keeps_failing_never_holds_up_other_relations(site: Site) -> None:
    first = site.books.add(A)
    site.partner.answer = only(first, answer=fault("failed"))
    await site.days(1)
    other = site.books.add(B)
    assert await site.deliveries.deliver() == 1
    assert site.partner.got == [other]


async def test_a_message_that_keeps_failing_is_given_up_after_five_days_and_the_next_goes_on(site: Site) -> None:
    first, second = site.books.add(A), site.books.add(A)
    site.partner.answer = only(first, answer=fault("failed"))
    await site.days(4.9)
    assert site.books.told == {}
    while not site.books.told:
        await site.days(0.01)
    assert set(site.books.told) == {first}
    await site.deliveries.deliver()
    assert site.partner.got == [second], "what comes next owes nothing for the failures of the first"


async def test_a_success_lets_the_next_failure_of_a_relation_begin_anew(site: Site) -> None:
    first = site.books.add(A)
    site.partner.answer = lambda _: fault("failed")
    await site.days(0.5)
    site.partner.answer = lambda _: None
    await site.days(0.1)
    assert site.partner.got == [first]
    site.books.add(A)
    site.partner.answer = lambda _: fault("failed")
    await site.deliveries.deliver()
    before = len(site.partner.offered)
    site.clock.later(seconds=2)
    await site.deliveries.deliver()
    assert len(site.partner.offered) == before + 1


async def test_a_fault_of_our_own_is_told_and_holds_up_its_relation_only(site: Site) -> None:
    first, other = site.books.add(A), site.books.add(B)
    site.partner.answer = only(first, answer=ValueError("999900006"))
    with structlog.testing.capture_logs() as logs:
        assert await site.deliveries.deliver() == 1
    assert site.partner.got == [other]
    assert "999900006" not in str(logs) + str(site.books.heads[first].reason)
    assert "ValueError" in str(site.books.heads[first].reason)


# A message that the party refuses


@pytest.mark.parametrize(
    "kind", ["payload", "not-your-message", "unknown-receiver", "undeliverable", "refused-by-receiver"]
)
async def test_a_refused_message_is_set_aside_at_once_and_the_next_goes_on(site: Site, kind: Kind) -> None:
    first, second = site.books.add(A), site.books.add(A)
    site.partner.answer = only(first, answer=fault(kind, "IB014"))
    assert await site.deliveries.deliver() == 1
    assert site.partner.offered == [first, second]
    told = site.books.told[first]
    assert told is not None
    body = json.loads(told.body)
    assert (body["soort"], f"{kind} (IB014)" in body["detail"]) == ("refused-by-receiver", True)
    assert site.count("undeliverable_total", kind="bericht", reason="refused-by-receiver") == 1
    assert site.books.heads[first].attempts == 1, "the attempt at which it was refused counts"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (fault("payload"), "refused-by-receiver: payload"),
        (fault("refused-by-receiver"), "refused-by-receiver"),
        (fault("refused-by-receiver", "IB014"), "refused-by-receiver (IB014)"),
    ],
)
async def test_the_log_says_once_why_something_was_given_up(site: Site, said: Answer, reason: str) -> None:
    site.books.add(A)
    site.partner.answer = lambda _: said
    with structlog.testing.capture_logs() as logs:
        await site.deliveries.deliver()
    assert [line["reason"] for line in logs if line["event"] == "undeliverable"] == [reason]


@pytest.mark.parametrize("before", [None, AWAY])
async def test_a_party_that_knows_the_number_after_a_lost_receipt_has_the_message(site: Site, before: Answer) -> None:
    id = site.books.add(A)
    if before is not None:
        site.partner.answer = lambda _: before
        await site.deliveries.deliver()
        site.clock.later(minutes=1)
    site.restart()  # between bringing and noting it
    site.partner.answer = lambda _: fault("reference-used", "IB016")
    assert await site.deliveries.deliver() == 1
    assert site.books.told == {}
    assert site.books.heads[id].delivered_at is not None


async def test_a_party_that_knows_only_the_number_of_what_it_failed_at_has_nothing(site: Site) -> None:
    id = site.books.add(A)
    site.partner.answer = lambda _: fault("failed", "StUF058")
    await site.deliveries.deliver()
    site.clock.later(minutes=1)
    site.partner.answer = lambda _: fault("reference-used", "IB016")
    assert await site.deliveries.deliver() == 0
    assert set(site.books.told) == {id}


async def test_what_a_party_says_is_never_repeated(site: Site) -> None:
    id = site.books.add(A)
    site.partner.answer = lambda _: fault("payload", "Jansen 999900006", detail="Jansen 999900006")
    with structlog.testing.capture_logs() as logs:
        await site.deliveries.deliver()
    told = site.books.told[id]
    assert told is not None
    assert logs
    for text in (str(logs), str(site.books.heads[id].reason), told.body.decode()):
        assert "999900006" not in text
        assert "Jansen" not in text


async def test_a_party_that_is_closed_for_a_type_gets_it_later(site: Site) -> None:
    first, other = site.books.add(A), site.books.add(B)
    site.partner.answer = only(first, answer=fault("closed"))
    await site.deliveries.deliver()
    assert site.partner.got == [other]
    assert site.books.told == {}


# Restarts


async def test_a_restart_begins_with_trying_and_goes_on_with_the_attempts(site: Site) -> None:
    id = site.books.add(A)
    site.books.heads[id] = replace(site.books.heads[id], attempts=30)
    site.partner.answer = lambda _: AWAY
    await site.deliveries.deliver()
    site.partner.answer = lambda _: fault("failed")
    site.restart()
    await site.deliveries.deliver()
    assert len(site.partner.offered) == 2
    site.clock.later(minutes=7)
    await site.deliveries.deliver()
    assert len(site.partner.offered) == 2, "after so many attempts it waits minutes, not seconds"
    site.clock.later(minutes=1)
    await site.deliveries.deliver()
    assert len(site.partner.offered) == 3


async def test_a_store_that_fails_is_not_the_party_s_fault(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    id = site.books.add(A)

    async def broken(*_: object) -> bool:
        raise StoreError("full")

    with monkeypatch.context() as patched:
        patched.setattr(site.books, "mark", broken)
        with pytest.raises(StoreError):
            await site.deliveries.deliver()
    assert await site.deliveries.deliver() == 1
    assert site.partner.got == [id, id], "brought but not noted: the same once more"
    assert site.books.heads[id].attempts == 0
