"""Whatever a party answers, and whenever: order within a relation is kept, and nothing is lost or brought twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.metrics import Metrics
from streams.core.parties import Party
from streams.hub.deliveries import Books, Deliveries
from tests.support.books import Answer, Clock, MemoryBooks, Partner, fault

ZORG = Party(id="zorg", kind="aanbieder", code="65656001", name="Zorg")
RELATIONS = ("0392:65656001", "0394:65656001", "0397:65656001")
ANSWERS: dict[str, Answer] = {
    "taken": None,
    "away": ConnectionResetError(),
    "busy": fault("unavailable"),
    "failed": fault("failed"),
    "refused": fault("payload"),
}


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(RELATIONS), min_size=1, max_size=12),
    st.lists(st.sampled_from(sorted(ANSWERS)), max_size=30),
    st.floats(min_value=0, max_value=1, exclude_max=True),
    st.lists(st.sampled_from([0, 1, 60, 7200]), max_size=15),
    st.booleans(),
)
def test_a_bad_day_of_a_party(
    relations: list[str], answers: list[str], chance: float, steps: list[int], restarts: bool
) -> None:
    books, partner = asyncio.run(_play(relations, iter(answers), chance, steps, restarts))
    refused = set(books.told)
    assert books.waiting() == []
    assert sorted(partner.got) == sorted(set(books.heads) - refused)
    for relation in RELATIONS:
        made = [id for id, head in books.heads.items() if head.relation == relation and id not in refused]
        assert [id for id in partner.got if books.heads[id].relation == relation] == made


async def _play(
    relations: list[str], answers: Iterator[str], chance: float, steps: list[int], restarts: bool
) -> tuple[MemoryBooks, Partner]:
    clock = Clock()
    books, partner = MemoryBooks(clock), Partner(lambda _: ANSWERS[next(answers, "taken")])

    def started() -> Deliveries:
        return Deliveries(ZORG, "push", partner, cast(Books, books), clock, lambda: chance, Metrics())

    deliveries = started()
    for relation in relations:
        books.add(relation)
    for seconds in (*steps, *(900 for _ in range(40))):  # in the end the party takes everything
        clock.later(seconds=seconds)
        await deliveries.deliver()
        deliveries = started() if restarts else deliveries
    return books, partner
