"""Holidays that are announced while clocks run."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from wagtail.models import ModelLogEntry

from community.clock import SHANGHAI, end_of
from community.models import Area, Clock, Holiday, User
from community.models.clocks import RuleUnit
from community.workflow import pause_clock, resume_clock, stop_clocks, sweep
from tests.community.test_clocks_engine import UNKNOWN, rule, started
from tests.factories import AreaFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Area:
    return AreaFactory()


def announce(*days: tuple[int, int]) -> None:
    """Announce days off, (month, day) of the first year that the library does not know."""
    for month, day in days:
        Holiday.objects.create(day=date(UNKNOWN, month, day), is_working_day=False, name="放假")


def dates(clock: Clock) -> tuple[datetime, bool, datetime | None]:
    clock.refresh_from_db()
    return clock.due_at, clock.is_provisional, clock.strikes_at


def weekdays_after(day: date, count: int, off: frozenset[date] = frozenset()) -> datetime:
    """Return the end of the `count`th weekday after a day, leaving out those `off`."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5 and day not in off
    return end_of(day)


# Two weekdays in the spring of the unknown year, each in the term of a clock that starts on the first of March.
SPRING = datetime(UNKNOWN, 3, 1, 9, 0, tzinfo=SHANGHAI)
DAYS_OFF = [weekdays_after(SPRING.date(), count).date() for count in (2, 6)]


def test_announced_holidays_move_a_provisional_clock(place: Area) -> None:
    rule()
    clock = started(place, at=SPRING)
    due = weekdays_after(SPRING.date(), 5)
    assert dates(clock)[:2] == (due, True)
    assert [sweep(at=SPRING), dates(clock)[0]] == [0, due]
    announce(*[(day.month, day.day) for day in DAYS_OFF])
    # The first day off moves the end onto the second one, which moves it once more.
    moved = weekdays_after(SPRING.date(), 5, frozenset(DAYS_OFF))
    assert moved > due
    found = []
    for _ in range(2):
        assert sweep(at=SPRING) == 0
        found.append(dates(clock))
    assert found == [(moved, False, moved + timedelta(seconds=1))] * 2
    assert [(line.action, line.user, line.timestamp, line.data) for line in ModelLogEntry.objects.all()] == [
        (
            "clock.redate",
            User.objects.clock(),
            SPRING,
            {"kind": "test", "was_due": utc(due), "due": moved.isoformat()},
        )
    ]


def utc(moment: datetime) -> str:
    """Return a moment as the database gives it back."""
    return moment.astimezone(UTC).isoformat()


def test_days_typed_in_one_by_one_each_move_it(place: Area) -> None:
    rule()
    clock = started(place, at=SPRING)
    for count, day in enumerate(DAYS_OFF, start=1):
        announce((day.month, day.day))
        sweep(at=SPRING)
        assert dates(clock)[:2] == (weekdays_after(SPRING.date(), 5, frozenset(DAYS_OFF[:count])), False)
    # A day taken back moves it back; one outside the term is none of its business.
    Holiday.objects.filter(day=DAYS_OFF[1]).get().delete()
    announce((12, 1))
    sweep(at=SPRING)
    assert dates(clock)[:2] == (weekdays_after(SPRING.date(), 5, frozenset(DAYS_OFF[:1])), False)


def test_what_the_calendar_leaves_alone(place: Area) -> None:
    rule()
    rule("test.hours", value=2, unit=RuleUnit.HOURS)
    hours = started(place, at=SPRING, kind="hours", key="test.hours")
    stopped = started(place, at=SPRING, kind="stopped")
    stop_clocks(place, "stopped", by=User.objects.clock(), at=SPRING)
    before = dates(hours), dates(stopped)
    assert before[0][1] is False
    announce((SPRING.month, SPRING.day))
    sweep(at=SPRING)
    assert (dates(hours), dates(stopped)) == before
    assert not ModelLogEntry.objects.exists()


def test_a_clock_that_went_on_is_counted_from_there(place: Area) -> None:
    rule()
    clock = started(place, at=SPRING)
    pause_clock(clock, at=SPRING + timedelta(hours=1))
    resume_clock(clock, at=SPRING + timedelta(days=7))
    resumed_on = (SPRING + timedelta(days=7)).date()
    assert dates(clock)[:2] == (weekdays_after(resumed_on, 5), True)
    # Days off while it stood still cost it nothing.
    off = weekdays_after(resumed_on, 1).date()
    announce((DAYS_OFF[0].month, DAYS_OFF[0].day), (off.month, off.day))
    sweep(at=SPRING + timedelta(days=7))
    assert dates(clock)[:2] == (weekdays_after(resumed_on, 5, frozenset({off})), False)


def test_a_clock_that_stands_still_is_dated_anew_and_stands_still(place: Area) -> None:
    rule()
    clock = started(place, at=SPRING)
    pause_clock(clock, at=SPRING)
    ends = clock.strikes_at
    announce((DAYS_OFF[0].month, DAYS_OFF[0].day))
    assert sweep(at=SPRING) == 0
    assert dates(clock) == (weekdays_after(SPRING.date(), 5, frozenset(DAYS_OFF[:1])), False, ends)
    assert clock.paused_at == SPRING
