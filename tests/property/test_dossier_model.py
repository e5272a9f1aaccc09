"""The dossier and the rules of level 3, held against a model that keeps plain lists and scans them.

The same messages go to both, legal ones and illegal ones; after each both must have found the same rules broken in the
same classes. First with a hub that answers for everyone, then with parties that answer for themselves, as they like.
Where they differ, the failure shows the fewest messages that make them differ.
"""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from schemas.ijw_3_2.rules.registry import RULES
from tests.support.model_play import fewest, play_story

SENT = {"JW301", "JW305", "JW307", "JW315", "JW317", "JW319", "JW323"}
DECIDABLE = {one.id for one in RULES.values() if one.level == 3 and one.source is None and SENT & set(one.berichten)}
LENGTH = 40


def stories(examples: int, waits: bool, first: int = 0) -> Counter[str]:
    """So many stories, the same ones every time for the same `first`; what was counted in them."""
    tally: Counter[str] = Counter()

    # Shrinking a seed is in vain: the story itself is shortened.
    @settings(max_examples=examples, phases=[Phase.generate])
    @given(seed=st.integers(min_value=0, max_value=2**32))
    def play(seed: int) -> None:
        tally.update(play_story(first * 2**33 + seed, LENGTH, waits))

    play()
    return tally


def test_a_hub_that_answers() -> None:
    tally = stories(300, waits=False)
    assert tally["steps"] >= 5_000
    assert DECIDABLE - set(tally) == set(), "these rules were never broken"
    assert tally["accepted"] >= tally["steps"] / 4


def test_parties_that_answer() -> None:
    tally = stories(50, waits=True)
    assert tally["steps"] >= 1_000
    assert tally["answers"] >= 500
    assert tally["accepted"] >= tally["steps"] / 4


@pytest.mark.full
@pytest.mark.parametrize("first", range(1, 6))
def test_a_hub_that_answers_very_often(first: int) -> None:
    assert stories(500, waits=False, first=first)["steps"] >= 10_000


@pytest.mark.full
@pytest.mark.parametrize("first", range(1, 6))
def test_parties_that_answer_very_often(first: int) -> None:
    assert stories(200, waits=True, first=first)["steps"] >= 4_000


def test_a_story_is_shortened_to_what_it_takes() -> None:
    assert fewest([1, 5, 2, 7, 3], lambda some: sum(some) >= 11) == [2, 7, 3]
