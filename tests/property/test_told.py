"""Stories in which parties answer as they like: events tell in the end what the dossier holds, refused and late answers
and all.
"""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.support.model_hub import KEY
from tests.support.model_play import Play, answered_story
from tests.support.model_pools import AANBIEDER, GEMEENTE
from tests.support.told import facts_of_dossiers, facts_of_events

LENGTH = 30


def check(seed: int) -> None:
    play = Play(waits=True)
    for step in answered_story(seed, LENGTH):
        play.take(step)
    told = facts_of_events(play.real.events)
    known = facts_of_dossiers({f"{GEMEENTE}:{AANBIEDER}": play.real.rows}, KEY)
    assert told == known, f"only told: {told - known}; only known: {known - told}"


@settings(max_examples=30, phases=[Phase.generate])
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_events_tell_what_the_dossier_holds(seed: int) -> None:
    check(seed)


@pytest.mark.full
@settings(max_examples=1_000, phases=[Phase.generate])
@given(seed=st.integers(min_value=2**32, max_value=2**33))
def test_events_tell_what_the_dossier_holds_in_many_stories(seed: int) -> None:
    check(seed)
