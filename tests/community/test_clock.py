from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.clock import (
    SHANGHAI,
    add_working_days,
    due,
    end_of,
    is_announced,
    is_provisional,
    is_working_day,
    on_or_after,
    working_days_between,
    years_after,
)

ROOT = Path(__file__).parents[2]
# The first year that the library does not know: 2027 when this was written.
UNKNOWN = next(year for year in range(2024, 2200) if not is_announced(year))


def here(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def last_second(day: str) -> datetime:
    return here(f"{day}T23:59:59")


@pytest.mark.parametrize(
    ("start", "term", "day"),
    [
        # 春节 2023: off from 21 to 27 January; Saturday 28 and Sunday 29 are working days.
        ("2023-01-20T10:00", 1, "2023-01-28"),
        ("2023-01-20T10:00", 2, "2023-01-29"),
        ("2023-01-20T10:00", 5, "2023-02-01"),
        ("2023-01-22T10:00", 1, "2023-01-28"),
        ("2023-01-19T10:00", 1, "2023-01-20"),
        # 春节 2024: off from 10 to 17 February; Sunday 4 and Sunday 18 are working days.
        ("2024-02-09T10:00", 1, "2024-02-18"),
        ("2024-02-09T10:00", 5, "2024-02-22"),
        ("2024-02-03T10:00", 1, "2024-02-04"),
        # 国庆 2023: off from 29 September to 6 October; Saturday 7 and Sunday 8 October are working days.
        ("2023-09-28T17:00", 1, "2023-10-07"),
        ("2023-09-28T17:00", 2, "2023-10-08"),
        ("2023-09-28T17:00", 5, "2023-10-11"),
        ("2023-10-06T08:00", 1, "2023-10-07"),
        ("2023-10-07T08:00", 1, "2023-10-08"),
        ("2023-10-08T08:00", 1, "2023-10-09"),
        # 元旦 and the turn of the year.
        ("2022-12-30T09:00", 1, "2023-01-03"),
        ("2023-12-29T09:00", 1, "2024-01-02"),
        ("2023-12-29T09:00", 5, "2024-01-08"),
        # A leap day counts as the day that it is.
        ("2024-02-28T09:00", 1, "2024-02-29"),
        ("2024-02-28T09:00", 2, "2024-03-01"),
        ("2023-02-27T09:00", 2, "2023-03-01"),
        # Friday evening, and the last second of it.
        ("2023-11-03T22:30", 1, "2023-11-06"),
        ("2023-11-03T22:30", 5, "2023-11-10"),
        ("2023-11-03T23:59:59", 1, "2023-11-06"),
        ("2023-11-04T00:00", 1, "2023-11-06"),
        # No term at all ends with the day, working day or not.
        ("2023-11-06T09:00", 0, "2023-11-06"),
        ("2023-10-01T09:00", 0, "2023-10-01"),
    ],
)
def test_working_days(start: str, term: int, day: str) -> None:
    assert due(here(start), working_days=term) == last_second(day)


@pytest.mark.parametrize(
    ("start", "term", "day"),
    [
        ("2023-11-06T09:00", 7, "2023-11-13"),
        ("2023-11-06T09:00", 5, "2023-11-13"),  # ends on a Saturday
        ("2023-11-06T09:00", 6, "2023-11-13"),  # ends on a Sunday
        ("2023-09-24T09:00", 7, "2023-10-07"),  # ends on 1 October
        ("2023-09-30T09:00", 7, "2023-10-07"),  # ends on a Saturday that is a working day
        ("2024-02-22T09:00", 7, "2024-02-29"),
        ("2023-12-25T09:00", 7, "2024-01-02"),  # ends on 1 January
        ("2023-11-06T09:00", 0, "2023-11-06"),
        ("2023-10-01T09:00", 0, "2023-10-07"),
    ],
)
def test_calendar_days(start: str, term: int, day: str) -> None:
    assert due(here(start), days=term) == last_second(day)


@pytest.mark.parametrize(
    ("start", "term", "end"),
    [
        ("2023-11-06T23:30", 2, "2023-11-07T01:30"),
        ("2023-12-31T23:30", 1, "2024-01-01T00:30"),
        ("2023-11-04T12:00", 24, "2023-11-05T12:00"),  # a weekend is no rest
        ("2024-02-28T23:00", 2, "2024-02-29T01:00"),
        ("2023-11-06T09:15:30", 0, "2023-11-06T09:15:30"),
        ("1986-05-04T01:30", 1, "1986-05-04T03:30"),  # the night when summer time began
    ],
)
def test_hours(start: str, term: int, end: str) -> None:
    assert due(here(start), hours=term) == here(end)


@pytest.mark.parametrize(
    ("start", "day"),
    [
        (datetime(2023, 11, 3, 15, 59, tzinfo=UTC), "2023-11-06"),  # Friday 23:59 in Shanghai
        (datetime(2023, 11, 5, 15, 59, tzinfo=UTC), "2023-11-06"),  # Sunday 23:59
        (datetime(2023, 11, 5, 16, 30, tzinfo=UTC), "2023-11-07"),  # Monday 00:30
    ],
)
def test_start_of_another_zone_is_read_in_shanghai(start: datetime, day: str) -> None:
    end = due(start, working_days=1)
    assert end == last_second(day)
    assert end.tzinfo is SHANGHAI
    assert due(start, hours=1).tzinfo is SHANGHAI


def test_holidays_go_over_the_library() -> None:
    monday = here("2023-11-06T09:00")
    assert due(monday, working_days=1, holidays={date(2023, 11, 7): False}) == last_second("2023-11-08")
    assert due(monday, days=1, holidays={date(2023, 11, 7): False}) == last_second("2023-11-08")
    friday = here("2023-11-10T09:00")
    assert due(friday, working_days=1, holidays={date(2023, 11, 11): True}) == last_second("2023-11-11")
    assert due(here("2023-10-01T09:00"), working_days=1, holidays={date(2023, 10, 2): True}) == last_second(
        "2023-10-02"
    )


def test_year_that_is_not_announced_rests_on_weekends_alone() -> None:
    first = date(UNKNOWN, 1, 1)
    days = [first + timedelta(days=n) for n in range(365)]
    assert [day for day in days if is_working_day(day)] == [day for day in days if day.weekday() < 5]
    assert not is_announced(UNKNOWN)
    assert is_announced(UNKNOWN, {date(UNKNOWN, 2, 1): False})
    assert not is_working_day(date(UNKNOWN, 2, 1), {date(UNKNOWN, 2, 1): False})


def test_provisional_is_what_touches_a_year_not_announced() -> None:
    old_year, new_year = end_of(date(UNKNOWN - 1, 12, 31)), end_of(date(UNKNOWN, 1, 1))
    assert is_provisional(new_year, new_year) is True
    assert is_provisional(old_year, new_year) is True
    assert is_provisional(old_year, old_year) is False
    # 16:00 UTC on New Year's Eve is the new year in Shanghai.
    assert is_provisional(old_year, datetime(UNKNOWN - 1, 12, 31, 16, 0, tzinfo=UTC)) is True
    assert is_provisional(old_year, new_year, {date(UNKNOWN, 10, 1): False}) is False
    assert is_provisional(old_year, end_of(date(UNKNOWN + 1, 1, 4)), {date(UNKNOWN, 10, 1): False}) is True


@pytest.mark.parametrize(
    "terms",
    [
        {},
        {"working_days": 1, "days": 1},
        {"working_days": 0, "hours": 0},
        {"working_days": 1, "days": 1, "hours": 1},
        {"working_days": -1},
        {"days": -1},
        {"hours": -1},
        {"working_days": True},
        {"hours": False},
        {"working_days": 1.0},
        {"hours": 0.5},
        {"days": "1"},
    ],
)
def test_terms_that_are_none(terms: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"give exactly one|whole number"):
        due(here("2023-11-06T09:00"), **terms)


def test_naive_start_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        due(datetime(2023, 11, 6, 9, 0), working_days=1)  # noqa: DTZ001  (the point of the test)


@pytest.mark.parametrize(
    ("after", "until", "count"),
    [
        ("2023-11-06", "2023-11-06", 0),
        ("2023-11-06", "2023-11-07", 1),
        ("2023-11-03", "2023-11-06", 1),
        ("2023-11-03", "2023-11-05", 0),
        ("2023-09-28", "2023-10-06", 0),
        ("2023-09-28", "2023-10-08", 2),
        ("2023-11-07", "2023-11-06", 0),
    ],
)
def test_working_days_between(after: str, until: str, count: int) -> None:
    assert working_days_between(date.fromisoformat(after), date.fromisoformat(until)) == count


def test_on_or_after() -> None:
    assert on_or_after(date(2023, 11, 6)) == date(2023, 11, 6)
    assert on_or_after(date(2023, 10, 1)) == date(2023, 10, 7)
    assert on_or_after(date(2023, 11, 6), {date(2023, 11, 6): False}) == date(2023, 11, 7)


moments = st.datetimes(datetime(2010, 1, 1), datetime(2035, 1, 1), timezones=st.just(SHANGHAI))  # noqa: DTZ001
units = st.sampled_from(["working_days", "days", "hours"])
steady = settings(max_examples=80, deadline=None, derandomize=True)


@steady
@given(start=moments, unit=units, shorter=st.integers(0, 40), more=st.integers(0, 40))
def test_longer_term_never_ends_sooner(start: datetime, unit: str, shorter: int, more: int) -> None:
    assert due(start, **{unit: shorter}) <= due(start, **{unit: shorter + more})


@steady
@given(start=moments, later=st.integers(0, 60 * 24 * 30), unit=units, term=st.integers(0, 30))
def test_later_start_never_ends_sooner(start: datetime, later: int, unit: str, term: int) -> None:
    assert due(start, **{unit: term}) <= due(start + timedelta(minutes=later), **{unit: term})


@steady
@given(start=moments, count=st.integers(1, 60))
def test_term_holds_exactly_its_working_days(start: datetime, count: int) -> None:
    end = due(start, working_days=count)
    assert working_days_between(start.date(), end.date()) == count
    assert is_working_day(end.date())
    assert end == end_of(add_working_days(start.date(), count))


@steady
@given(start=moments, term=st.integers(0, 60))
def test_term_in_days_ends_on_a_working_day_and_no_later_than_needed(start: datetime, term: int) -> None:
    end, counted = due(start, days=term).date(), start.date() + timedelta(days=term)
    assert end >= counted
    assert is_working_day(end)
    assert working_days_between(counted, end) == (0 if end == counted else 1)


def test_needs_neither_django_nor_a_database() -> None:
    program = (
        "import sys; from datetime import datetime, timezone; from community.clock import due; "
        "print(due(datetime(2023, 9, 28, 9, tzinfo=timezone.utc), working_days=5).isoformat()); "
        "print('django' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, env={})
    assert done.stdout.splitlines() == ["2023-10-11T23:59:59+08:00", "False"]


def test_years_after() -> None:
    assert years_after(date(2024, 2, 29), 3) == date(2027, 2, 28)
    assert years_after(date(2024, 2, 29), 4) == date(2028, 2, 29)
    assert years_after(date(2023, 11, 6), 3) == date(2026, 11, 6)
