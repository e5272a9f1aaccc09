"""Whatever the seed and however careless the region: the core makes of every message what is expected of it."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ijw_3_2.dossier.rows import Key, Row
from schemas.ijw_3_2.reading import Schemas
from streams.core.effects import Judged, Remember
from streams.core.envelope import Envelope
from streams.core.exchange import Exchange
from streams.core.intake import admit
from streams.simulating.configuration import Care, Faults, Habits, Simulation
from streams.simulating.simulation import simulate
from streams.simulating.world import Expectation

SHARES = st.sampled_from([0.0, 0.05, 0.3])


@cache
def schemas() -> Schemas:
    return Schemas()


@settings(max_examples=12)
@given(
    seed=st.integers(0, 10**6),
    faults=st.builds(
        Faults,
        wrong=SHARES,
        extra=SHARES,
        lines=SHARES,
        aside=SHARES,
        withdrawn=SHARES,
        credited=SHARES,
        silent=SHARES,
        refusing=SHARES,
        slow=SHARES,
        again=SHARES,
        redelivered=SHARES,
    ),
    care=st.builds(Care, requested=SHARES, changed=SHARES, paused=SHARES, deleted=SHARES, corrected=SHARES),
    answers_self=st.sampled_from([0.0, 0.5, 1.0]),
)
def test_expectations_hold(seed: int, faults: Faults, care: Care, answers_self: float) -> None:
    habits = Habits(answers_self=answers_self)
    simulation = Simulation(youths=30, days=150, aanbieders=5, gis=1, faults=faults, care=care, habits=habits)
    simulated = simulate(simulation, seed)
    exchange = Exchange(schemas(), simulated.directory)
    rows: defaultdict[str, dict[Key, Row]] = defaultdict(dict)
    for one in simulated:
        party = simulated.directory.by_id(one.party)
        assert party is not None
        taken = admit(one.body, party, simulated.directory, source="test", reference=one.reference, now=one.at)
        if one.expectation is not None and isinstance(taken, Envelope):
            effects = exchange.process(taken, rows[taken.relation], one.at)
            for effect in effects:
                rows[taken.relation].update(effect.rows if isinstance(effect, Remember) else {})
            judged = next(effect for effect in effects if isinstance(effect, Judged))
            rules = tuple(sorted({finding.rule for finding in judged.findings}))
            assert one.expectation == Expectation(outcome=judged.outcome, level=judged.level, rules=rules)
            assert judged.remarks == ()
