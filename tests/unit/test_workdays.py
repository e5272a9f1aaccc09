"""Working days: which days count, where a term ends, and which day a moment is in the Netherlands."""

from datetime import UTC, date, datetime

import pytest

from streams.core.workdays import WorkingDays, lengthened, local_day

DAYS = WorkingDays()


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        ("2026-05-08", True),  # Friday
        ("2026-05-09", False),
        ("2026-05-10", False),
        ("2026-01-01", False),
        ("2026-04-03", False),  # Good Friday
        ("2026-04-06", False),  # Easter Monday
        ("2026-04-27", False),  # King's Day
        ("2025-04-27", False),  # a Sunday: King's Day was the day before
        ("2025-04-28", True),
        ("2026-05-14", False),  # Ascension
        ("2026-05-15", True),
        ("2026-05-25", False),  # Whit Monday
        ("2026-12-25", False),
        ("2026-12-24", True),
        ("2027-12-27", True),  # no day instead of a holiday in the weekend
    ],
)
def test_weekends_and_public_holidays_are_no_working_days(day: str, counts: bool) -> None:
    assert DAYS.is_working_day(date.fromisoformat(day)) is counts


@pytest.mark.parametrize(
    ("received", "days", "last"),
    [
        ("2026-06-01", 3, "2026-06-04"),  # Monday to Thursday
        ("2026-06-05", 3, "2026-06-10"),  # Friday
        ("2026-06-06", 3, "2026-06-10"),  # Saturday: the same
        ("2026-04-02", 3, "2026-04-09"),  # over Easter
        ("2026-12-24", 5, "2027-01-04"),  # over Christmas and New Year
        ("2026-06-05", 10, "2026-06-19"),
        ("2026-06-06", 0, "2026-06-06"),
    ],
)
def test_the_day_of_receipt_does_not_count(received: str, days: int, last: str) -> None:
    assert DAYS.due(date.fromisoformat(received), days) == date.fromisoformat(last)


def test_closing_days_lengthen_terms() -> None:
    closed = WorkingDays("ours", frozenset({date(2026, 6, 2), date(2026, 6, 6)}))
    assert closed.due(date(2026, 6, 1), 1) == date(2026, 6, 3)
    assert closed.due(date(2026, 6, 5), 1) == date(2026, 6, 8)


@pytest.mark.parametrize(
    ("last", "day"),
    [
        ("2026-06-05", "2026-06-05"),  # Friday
        ("2026-06-06", "2026-06-08"),
        ("2026-06-07", "2026-06-08"),
        ("2026-04-03", "2026-04-07"),  # Good Friday, a weekend, Easter Monday
        ("2026-05-05", "2026-05-06"),
        ("2026-12-25", "2026-12-28"),
        ("2026-12-31", "2026-12-31"),
        ("2027-01-01", "2027-01-04"),
    ],
)
def test_a_term_of_calendar_days_ends_on_the_first_day_that_is_no_day_off(last: str, day: str) -> None:
    assert lengthened(date.fromisoformat(last)) == date.fromisoformat(day)


def test_days_between_are_those_after_the_first_up_to_and_with_the_last() -> None:
    assert DAYS.between(date(2026, 6, 5), date(2026, 6, 8)) == 1
    assert DAYS.between(date(2026, 6, 1), date(2026, 6, 5)) == 4
    assert DAYS.between(date(2026, 6, 5), date(2026, 6, 5)) == 0
    assert DAYS.between(date(2026, 6, 8), date(2026, 6, 5)) == 0


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 6, 1, 21, 59, tzinfo=UTC), date(2026, 6, 1)),
        (datetime(2026, 6, 1, 22, 0, tzinfo=UTC), date(2026, 6, 2)),  # summer time
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), date(2026, 12, 31)),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), date(2027, 1, 1)),  # winter time
    ],
)
def test_a_moment_belongs_to_its_dutch_day(moment: datetime, day: date) -> None:
    assert local_day(moment) == day
