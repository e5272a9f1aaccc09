"""Every journey leaves in the monitors' rows what it leaves in the dossiers, whoever answers."""

from __future__ import annotations

import pytest

from streams.core.effects import Answer
from tests.support.journeys import EVENTS_KEY, Journey, Played, all_journeys, play, play_answered
from tests.support.told import facts_of_dossiers, facts_of_events

journeys = pytest.mark.parametrize("journey", all_journeys(), ids=lambda journey: journey.name)


@journeys
def test_events_tell_what_the_dossier_holds(journey: Journey) -> None:
    check(play(journey, strict=True))


@pytest.mark.parametrize(
    "journey",
    [journey for journey in all_journeys() if "self" not in journey.answers.values()],
    ids=lambda journey: journey.name,
)
def test_also_when_parties_answer_themselves(journey: Journey) -> None:
    by_hub = play(journey)
    answers = {
        n: effect.body for n, effects in by_hub.effects.items() for effect in effects if isinstance(effect, Answer)
    }
    by_parties, _ = play_answered(journey, answers)
    check(by_parties)


def check(played: Played) -> None:
    told, known = facts_of_events(played.events), facts_of_dossiers(played.rows, EVENTS_KEY)
    assert told == known, f"only told: {told - known}; only known: {known - told}"
