from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.clock import SHANGHAI
from community.delivery_times import Hours, after_quiet, first_send, is_quiet, next_full_hour

hour = st.integers(0, 23)
hours_of_a_day = st.builds(Hours, hour, hour, hour)
moments = st.integers(1_672_531_200, 1_893_456_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
USUAL = Hours(quiet_from=21, quiet_to=8, digest=9)


def here(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("at", "goes"),
    [
        ("2023-11-06T20:59:59", "2023-11-06T20:59:59"),
        ("2023-11-06T21:00:00", "2023-11-07T08:00:00"),
        ("2023-11-07T00:30:00", "2023-11-07T08:00:00"),
        ("2023-11-07T07:59:59", "2023-11-07T08:00:00"),
        ("2023-11-07T08:00:00", "2023-11-07T08:00:00"),
    ],
)
def test_at_once_waits_for_the_end_of_quiet_hours_over_midnight(at: str, goes: str) -> None:
    assert first_send(here(at), USUAL, is_digest=False, is_urgent=False) == here(goes)


@pytest.mark.parametrize(
    ("at", "goes"),
    [
        ("2023-11-06T12:30:00", "2023-11-06T14:00:00"),
        ("2023-11-06T14:00:00", "2023-11-06T14:00:00"),
        ("2023-11-06T11:59:00", "2023-11-06T11:59:00"),
    ],
)
def test_quiet_hours_of_one_day(at: str, goes: str) -> None:
    assert after_quiet(here(at), Hours(12, 14, 9)) == here(goes)


@pytest.mark.parametrize(
    ("at", "goes"),
    [
        ("2023-11-06T08:59:59", "2023-11-06T09:00:00"),
        ("2023-11-06T09:00:00", "2023-11-07T09:00:00"),
        ("2023-12-31T22:00:00", "2024-01-01T09:00:00"),
    ],
)
def test_a_digest_goes_at_the_next_digest_hour(at: str, goes: str) -> None:
    assert first_send(here(at), USUAL, is_digest=True, is_urgent=False) == here(goes)


def test_a_digest_hour_in_the_quiet_hours_waits_for_their_end() -> None:
    at = here("2023-11-06T12:00:00")
    assert first_send(at, Hours(21, 8, 23), is_digest=True, is_urgent=False) == here("2023-11-07T08:00:00")


@given(moments, hours_of_a_day, st.booleans())
def test_nothing_goes_in_quiet_hours_or_before_its_time(at: datetime, hours: Hours, is_digest: bool) -> None:
    goes = first_send(at, hours, is_digest=is_digest, is_urgent=False)
    assert not is_quiet(goes, hours)
    assert at <= goes <= at + timedelta(days=2)


@given(moments, hours_of_a_day, st.booleans())
def test_what_is_urgent_goes_now(at: datetime, hours: Hours, is_digest: bool) -> None:
    assert first_send(at, hours, is_digest=is_digest, is_urgent=True) == at


@given(moments, hour, hour)
def test_equal_hours_are_no_quiet_time(at: datetime, same: int, digest: int) -> None:
    hours = Hours(same, same, digest)
    assert not is_quiet(at, hours)
    assert after_quiet(at, hours) == at


@given(moments, hours_of_a_day)
def test_a_digest_is_at_the_full_digest_hour_or_the_end_of_quiet_hours(at: datetime, hours: Hours) -> None:
    goes = first_send(at, hours, is_digest=True, is_urgent=False).astimezone(SHANGHAI)
    assert (goes.minute, goes.second, goes.microsecond) == (0, 0, 0)
    is_hindered = is_quiet(next_full_hour(at, hours.digest), hours)
    assert goes.hour == (hours.quiet_to if is_hindered else hours.digest)
    if not is_hindered:
        assert at < goes <= at + timedelta(days=1)


@given(moments, hours_of_a_day)
def test_every_quiet_moment_ends_within_a_day(at: datetime, hours: Hours) -> None:
    ends = after_quiet(at, hours)
    assert timedelta(0) <= ends - at <= timedelta(hours=23)
    assert after_quiet(ends, hours) == ends
    assert ends.utcoffset() in (timedelta(hours=8), timedelta(0))
