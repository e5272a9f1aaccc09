"""Claims: what became of each line, totals that add up, and what care cost. The months are those of 2026."""

from __future__ import annotations

from datetime import UTC, date, datetime

from streams.core.folds.claims import Claims, Line
from streams.core.monitors.claiming import (
    ClaimedLine,
    Costs,
    Totals,
    claim_lines,
    costs,
    costs_by_month,
    received_in,
    total,
    totals,
)
from streams.core.monitors.rows import Rows
from streams.core.regions import Monitoring, Region

REGION = Region(id="ijmond", name="IJmond", gemeenten=("0392",), segments={"thuis": ("45",)})
MONITORING = Monitoring(regions=(REGION,))


def line(
    referentie: str, bedrag: int, outcome: str, month: int = 1, credit_van: str | None = None, categorie: str = "45"
) -> Line:
    """Claimed shortly after Dutch midnight on the 10th of the next month."""
    claimed, van = datetime(2026, month + 1, 9, 23, 30, tzinfo=UTC), date(2026, month, 1)
    answered = None if outcome == "claimed" else claimed
    codes = ("9304",) if outcome == "refused" else ()
    place = (f"m{month}", referentie, "D", van, categorie, "45A04", van, van.replace(day=28), bedrag, credit_van)
    return Line(*place, outcome, claimed, answered, codes)  # type: ignore[arg-type]


def placed(*rows: tuple[str, str, int, list[Line]]) -> tuple[ClaimedLine, ...]:
    """Lines by youth, relation and ToewijzingNummer."""
    claims = tuple((youth, Claims(relation, number, tuple(lines))) for youth, relation, number, lines in rows)
    return claim_lines(Rows(claims=claims), MONITORING)


def of(*lines: Line) -> tuple[ClaimedLine, ...]:
    return placed(("y", "0392:65656001", 7, list(lines)))


def test_a_line_knows_its_place() -> None:
    (one,) = placed(("y", "0392:65656001", 7, [line("R1", 500, "refused")]))
    assert (one.gemeente, one.aanbieder, one.region, one.segment) == ("0392", "65656001", "ijmond", "thuis")
    assert (one.received, one.van, one.tot, one.codes) == (
        date(2026, 2, 10),
        date(2026, 1, 1),
        date(2026, 1, 28),
        ("9304",),
    )
    (other,) = placed(("y", "0453:65656001", 7, [line("R1", 500, "granted")]))
    assert (other.region, other.segment) == ("overig", "ambulant")


def test_only_a_granted_credit_makes_its_debit_credited() -> None:
    lines = of(
        line("R1", 500, "granted"),
        line("R2", -500, "granted", 2, "R1"),
        line("R3", 700, "granted"),
        line("R4", -700, "claimed", 2, "R3"),
        line("R5", 900, "granted"),
        line("R6", -900, "refused", 2, "R5"),
        line("R7", 100, "claimed"),
    )
    assert [(one.referentie, one.state, one.is_credit) for one in lines] == [
        ("R1", "credited", False),
        ("R2", "granted", True),
        ("R3", "granted", False),
        ("R4", "claimed", True),
        ("R5", "granted", False),
        ("R6", "refused", True),
        ("R7", "claimed", False),
    ]


def test_a_refused_line_that_came_again_is_not_credited() -> None:
    lines = of(line("R1", 500, "refused"), line("R1", 500, "granted", 2), line("R2", -500, "granted", 3, "R1"))
    assert [one.state for one in lines] == ["refused", "credited", "granted"]


def test_a_credit_of_another_assignment_or_youth_credits_nothing() -> None:
    credit = [line("R2", -500, "granted", 2, "R1")]
    lines = placed(("y", "0392:65656001", 7, [line("R1", 500, "granted")]), ("z", "0392:65656001", 8, credit))
    assert [one.state for one in lines] == ["granted", "granted"]


def test_totals_add_up_to_what_was_claimed() -> None:
    lines = of(
        line("R1", 500, "granted"),
        line("R2", -500, "granted", 2, "R1"),
        line("R3", 701, "granted"),
        line("R4", -701, "claimed", 2, "R3"),
        line("R5", 93, "refused"),
        line("R6", -93, "refused", 2, "R5"),
        line("R7", 11, "claimed"),
    )
    assert total(lines) == Totals(
        claimed=1305,
        granted=701,
        credited=500,
        refused=93,
        open=11,
        refused_credits=93,
        open_credits=701,
        lines=7,
        youths=1,
    )
    assert total(()) == Totals()


def test_a_refused_debit_that_names_an_earlier_line_was_claimed_all_the_same() -> None:
    lines = of(line("R1", 500, "granted"), line("R2", 84728, "refused", 2, "R1"))
    assert total(lines) == Totals(claimed=85228, granted=500, refused=84728, lines=2, youths=1)


def test_totals_by_any_dimension() -> None:
    lines = placed(
        ("y", "0392:65656001", 7, [line("R1", 500, "granted"), line("R2", 30, "granted", categorie="43")]),
        ("z", "0392:65656002", 7, [line("R1", 2, "refused")]),
    )
    assert {key: (one.claimed, one.youths) for key, one in totals(lines, lambda one: one.aanbieder).items()} == {
        "65656001": (530, 1),
        "65656002": (2, 1),
    }
    assert {key: one.claimed for key, one in totals(lines, lambda one: (one.gemeente, one.segment)).items()} == {
        ("0392", "thuis"): 502,
        ("0392", "onbekend"): 30,
    }


def test_a_line_belongs_to_the_period_in_which_its_claim_came() -> None:
    lines = of(line("R1", 500, "granted", 1), line("R2", 700, "granted", 2))
    found = received_in(lines, date(2026, 2, 10), date(2026, 3, 9))
    assert [one.referentie for one in found] == ["R1"]
    assert [one.referentie for one in received_in(lines, date(2026, 2, 11), date(2026, 3, 10))] == ["R2"]


def test_costs_belong_to_the_month_of_the_care() -> None:
    lines = placed(
        ("y", "0392:65656001", 7, [line("R1", 500, "granted"), line("R2", -500, "granted", credit_van="R1")]),
        ("y", "0392:65656001", 8, [line("R3", 701, "granted"), line("R4", 100, "granted", 2)]),
        ("z", "0392:65656002", 7, [line("R5", 99, "claimed", 2), line("R6", 98, "refused", 2)]),
    )
    assert costs_by_month(lines) == {
        date(2026, 1, 1): Costs(cents=701, trajecten=2, youths=1),
        date(2026, 2, 1): Costs(cents=100, trajecten=1, youths=1),
    }
    both = costs(lines, date(2026, 1, 1), date(2026, 2, 1))
    assert (both.cents, both.trajecten, both.per_traject) == (801, 2, 400.5)
    assert costs(lines, date(2026, 1, 2), date(2026, 1, 31)).per_traject is None
