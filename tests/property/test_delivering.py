"""When a party is tried again: waits grow, stay within their bounds, and end in giving up or in a closed circuit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from streams.core.delivering import (
    CLOSED,
    ENOUGH,
    GIVE_UP,
    LONGEST_WAIT,
    SHORTEST_WAIT,
    Circuit,
    after_failure,
    given_up,
    state,
)

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
chances = st.floats(min_value=0, max_value=1, exclude_max=True)
failures = st.integers(min_value=0, max_value=100_000)


def failed(chances: list[float]) -> Circuit:
    """A circuit after so many failures, each met at the moment at which it may be tried again."""
    return reduce(lambda circuit, chance: after_failure(circuit, circuit.open_until or NOW, chance), chances, CLOSED)


@given(failures, chances)
def test_a_wait_is_never_shorter_or_longer_than_promised(count: int, chance: float) -> None:
    after = after_failure(Circuit(failures=count), NOW, chance)
    assert after.open_until is not None
    assert SHORTEST_WAIT <= after.open_until - NOW <= LONGEST_WAIT
    assert after.failures == count + 1


@given(failures, chances)
def test_the_span_never_shrinks_with_another_failure(count: int, chance: float) -> None:
    first, second = (after_failure(Circuit(failures=n), NOW, chance).open_until for n in (count, count + 1))
    assert first is not None
    assert second is not None
    assert first <= second


def test_the_whole_span_is_drawn_from_and_doubles_until_a_quarter_of_an_hour() -> None:
    ends = [after_failure(Circuit(failures=n), NOW, 0.999_999).open_until for n in range(12)]
    spans = [round((end - NOW).total_seconds()) for end in ends if end]
    assert spans == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    starts = {after_failure(Circuit(failures=n), NOW, 0).open_until for n in range(12)}
    assert starts == {NOW + SHORTEST_WAIT}


@given(st.lists(chances, min_size=1, max_size=20))
def test_since_is_the_first_failure_however_many_follow(chances: list[float]) -> None:
    assert failed(chances).since == NOW


@given(st.lists(chances, min_size=1, max_size=20), st.timedeltas(timedelta(0), timedelta(days=9)))
def test_nothing_is_tried_until_the_wait_is_over_and_then_one_attempt_decides(
    chances: list[float], later: timedelta
) -> None:
    circuit = failed(chances)
    assert circuit.open_until is not None
    moment = (failed(chances[:-1]).open_until or NOW) + later
    assert state(circuit, moment) == ("open" if moment < circuit.open_until else "half-open")
    assert state(CLOSED, moment) == "closed"


spans = st.timedeltas(timedelta(0), timedelta(days=9))


@given(failures, chances, spans)
def test_a_clock_that_is_set_back_lets_nobody_wait_longer_than_promised(
    count: int, chance: float, back: timedelta
) -> None:
    circuit = after_failure(Circuit(failures=count), NOW, chance)
    ends = [moment for moment in (NOW - back, NOW - back + LONGEST_WAIT) if state(circuit, moment) != "open"]
    assert ends


@given(spans, st.integers(min_value=0, max_value=30), spans)
def test_giving_up_takes_five_days_and_many_failures_or_lasting_ones(
    age: timedelta, attempts: int, failing: timedelta
) -> None:
    circuit = Circuit(failures=1, since=NOW - failing, open_until=NOW)
    enough = attempts >= ENOUGH or failing >= LONGEST_WAIT
    assert given_up(NOW - age, attempts, circuit, NOW) == (age >= GIVE_UP and enough)


def test_the_bounds_of_giving_up_are_reached_exactly() -> None:
    assert given_up(NOW - GIVE_UP, 0, Circuit(failures=1, since=NOW - LONGEST_WAIT, open_until=NOW), NOW)
    assert given_up(NOW - GIVE_UP, ENOUGH, CLOSED, NOW)
    assert not given_up(NOW - GIVE_UP, ENOUGH - 1, CLOSED, NOW)
