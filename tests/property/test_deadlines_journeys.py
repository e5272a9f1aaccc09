"""What the journeys tell, folded: each message that asks for an answer stands somewhere, and so does each euro cent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from streams.core.events import CloudEvent, event_of
from streams.core.folds.berichten import BerichtenFold
from streams.core.folds.care import CareFold
from streams.core.folds.claims import ClaimsFold
from streams.core.happenings import Claimed, Decided
from streams.core.monitors.claiming import claim_lines, total
from streams.core.monitors.deadlines import ledger, summed
from streams.core.monitors.rows import Rows, rows_from
from streams.core.monitors.trajecten import files
from streams.core.regions import Monitoring
from tests.support.journeys import Journey, all_journeys, play

LATER = datetime(2030, 1, 1, 12, tzinfo=UTC)
ASKING = ("JW301", "JW305", "JW307", "JW315", "JW317", "JW319", "JW323")


def told(journey: Journey) -> list[CloudEvent]:
    return [event_of(event.body) for event in play(journey).events]


def folded(events: Sequence[CloudEvent]) -> Rows:
    rows: list[dict[str, Any]] = [{}, {}, {}]
    folds: list[Any] = [CareFold(), ClaimsFold(), BerichtenFold()]
    for event in events:
        for fold, kept in zip(folds, rows, strict=True):
            kept.update(fold.fold(event, kept))
    return rows_from(*(kept.items() for kept in rows))


@pytest.mark.parametrize("journey", all_journeys(), ids=lambda journey: journey.name)
def test_each_message_that_asks_for_an_answer_has_one_state(journey: Journey) -> None:
    events = told(journey)
    rows = folded(events)
    counts = ledger(files(rows.clients, Monitoring()), rows, LATER, Monitoring())
    asked = Counter(
        (event.data.bericht, event.data.ontvanger)
        for event in events
        if isinstance(event.data, Decided) and event.data.bericht in ASKING and event.data.outcome != "quarantined"
    )
    by_receiver = summed(counts, lambda duty: (duty.what, duty.responsible))
    assert asked == {key: sum(states.values()) for key, states in by_receiver.items() if key[0] in ASKING}


@pytest.mark.parametrize("journey", all_journeys(), ids=lambda journey: journey.name)
def test_each_cent_of_a_claim_stands_somewhere(journey: Journey) -> None:
    events = told(journey)
    found = total(claim_lines(folded(events), Monitoring()))
    claimed = [line.bedrag for event in events if event.what == "zorg.claimed" for line in _lines(event)]
    granted = [line.bedrag for event in events if event.what == "zorg.granted" for line in _lines(event)]
    assert found.claimed == sum(cents for cents in claimed if cents > 0)
    assert found.claimed == found.granted + found.credited + found.refused + found.open
    assert (found.granted, found.lines) == (sum(granted), len(claimed))


def _lines(event: CloudEvent) -> Sequence[Any]:
    return event.data.lines if isinstance(event.data, Claimed) else ()
