from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from community.clock import SHANGHAI, end_of, is_announced
from community.errors import WrongState
from community.models import Area, Clock, Holiday, Rule, User
from community.models.clocks import OnDue, RuleMark, RuleUnit, Stage
from community.roles import Role
from community.signals import clock_resumed, clock_struck
from community.workflow import pause_clock, resume_clock, start_clock, stop_clocks, sweep
from tests.factories import MOMENT, AreaFactory

pytestmark = pytest.mark.django_db
UNKNOWN = next(year for year in range(2024, 2200) if not is_announced(year))


def here(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def last_second(day: str) -> datetime:
    return end_of(date.fromisoformat(day))


def rule(key: str = "test.term", value: int = 5, unit: str = RuleUnit.WORKING_DAYS, since: str = "2023-01-01") -> Rule:
    return Rule.objects.create(
        key=key,
        value=value,
        unit=unit,
        mark=RuleMark.PROPOSAL,
        citation="测试",
        in_force_from=date.fromisoformat(since),
    )


@pytest.fixture
def place() -> Area:
    return AreaFactory()


@pytest.fixture
def struck() -> Iterator[list[tuple[str, str, datetime]]]:
    """Return a list that grows by each strike: kind, stage, moment."""
    seen: list[tuple[str, str, datetime]] = []

    def note(clock: Clock, at: datetime, **kwargs: Any) -> None:
        seen.append((clock.kind, clock.stage, at))

    clock_struck.connect(note, sender=Clock)
    yield seen
    clock_struck.disconnect(note, sender=Clock)


def started(place: Area, *, at: datetime = MOMENT, kind: str = "test", key: str = "test.term", **columns: Any) -> Clock:
    """Return a clock that was started on a place; MOMENT is Monday, 6 November 2023, 9:00."""
    return start_clock(place, kind, rule_key=key, at=at, area=place, holder_role=Role.COMMUNITY_WORKER, **columns)


def test_clock_as_it_starts(place: Area) -> None:
    rule()
    clock = started(place)
    assert (clock.kind, clock.subject, clock.area, clock.town) == ("test", place, place, None)
    assert (clock.holder_role, clock.holder_unit) == (Role.COMMUNITY_WORKER, None)
    assert (clock.started_at, clock.due_at) == (MOMENT, last_second("2023-11-13"))
    assert (clock.stage, clock.on_due, clock.is_provisional) == (Stage.RUNNING, OnDue.REMIND, False)
    assert (clock.paused_at, clock.stopped_at, clock.stopped_by) == (None, None, None)
    # The reminder goes out the day after due, as it begins.
    assert clock.strikes_at == here("2023-11-14T00:00")
    clock.refresh_from_db()
    assert str(clock) == "test → 2023-11-13 23:59"


@pytest.mark.parametrize(
    ("unit", "value", "end"),
    [
        (RuleUnit.WORKING_DAYS, 5, "2023-11-13T23:59:59"),
        (RuleUnit.DAYS, 5, "2023-11-13T23:59:59"),
        (RuleUnit.HOURS, 20, "2023-11-07T05:00:00"),
    ],
)
def test_term_by_the_unit_of_its_rule(place: Area, unit: str, value: int, end: str) -> None:
    rule(value=value, unit=unit)
    assert started(place).due_at == here(end)


@pytest.mark.parametrize("unit", [RuleUnit.TIMES, RuleUnit.PEOPLE, RuleUnit.POINTS])
def test_rule_that_sets_no_term_starts_no_clock(place: Area, unit: str) -> None:
    rule(unit=unit)
    with pytest.raises(ValueError, match="not time"):
        started(place)
    assert not Clock.objects.exists()


def test_version_in_force_on_its_day_judges_a_clock(place: Area) -> None:
    old, new = rule(value=5), rule(value=1, since="2023-11-07")
    first = started(place)
    assert (first.rule, first.due_at) == (old, last_second("2023-11-13"))
    second = started(place, at=MOMENT + timedelta(days=1), kind="later")
    assert (second.rule, second.due_at) == (new, last_second("2023-11-08"))
    # Midnight of the new version is that of Shanghai.
    third = started(place, at=here("2023-11-07T00:00"), kind="midnight")
    assert third.rule == new
    with pytest.raises(Rule.DoesNotExist):
        started(place, at=here("2022-12-31T23:59"), kind="early")


def test_later_version_does_not_touch_a_running_clock(place: Area) -> None:
    old = rule(value=5)
    clock = started(place)
    rule(value=1, since="2023-11-07")
    pause_clock(clock, at=here("2023-11-08T09:00"))
    resume_clock(clock, at=here("2023-11-08T17:00"))
    clock.refresh_from_db()
    assert (clock.rule, clock.due_at) == (old, last_second("2023-11-13"))


def test_version_that_has_ended_is_not_in_force(place: Area) -> None:
    old = rule()
    Rule.objects.filter(pk=old.pk).update(in_force_to=date(2023, 11, 6))
    assert started(place).rule == old
    with pytest.raises(Rule.DoesNotExist):
        started(place, at=here("2023-11-07T00:00"), kind="later")


@pytest.mark.parametrize(
    ("unit", "value", "paused", "resumed", "end"),
    [
        # 9, 10 and 13 November are left when it is paused on the 8th.
        (RuleUnit.WORKING_DAYS, 5, "2023-11-08T15:00", "2023-11-15T10:00", "2023-11-20T23:59:59"),
        (RuleUnit.WORKING_DAYS, 5, "2023-11-08T15:00", "2023-11-08T16:00", "2023-11-13T23:59:59"),
        (RuleUnit.WORKING_DAYS, 5, "2023-11-13T23:59:59", "2023-11-20T08:00", "2023-11-20T23:59:59"),
        (RuleUnit.WORKING_DAYS, 5, "2023-11-08T15:00", "2023-12-29T10:00", "2024-01-04T23:59:59"),
        # Five calendar days are left; the 18th is a Saturday.
        (RuleUnit.DAYS, 7, "2023-11-08T15:00", "2023-11-13T10:00", "2023-11-20T23:59:59"),
        (RuleUnit.DAYS, 7, "2023-11-08T15:00", "2023-11-15T10:00", "2023-11-20T23:59:59"),
        # 45 minutes are left.
        (RuleUnit.HOURS, 2, "2023-11-06T10:15", "2023-11-07T23:30", "2023-11-08T00:15:00"),
        (RuleUnit.HOURS, 2, "2023-11-06T11:00", "2023-11-07T08:00", "2023-11-07T08:00:00"),
    ],
)
def test_pause_and_resume(place: Area, unit: str, value: int, paused: str, resumed: str, end: str) -> None:
    rule(value=value, unit=unit)
    clock = started(place)
    pause_clock(clock, at=here(paused))
    clock.refresh_from_db()
    assert clock.paused_at == here(paused)
    resume_clock(clock, at=here(resumed))
    clock.refresh_from_db()
    assert (clock.paused_at, clock.due_at) == (None, here(end))
    due_on = clock.due_at.astimezone(SHANGHAI).date()
    assert clock.strikes_at == end_of(due_on) + timedelta(seconds=1)


def test_paused_clock_waits(place: Area, struck: list[Any]) -> None:
    rule()
    clock = started(place)
    pause_clock(clock, at=MOMENT + timedelta(days=1))
    # Ten working days from the 7th end on the 21st; the term itself would have ended on the 13th.
    assert clock.strikes_at == here("2023-11-22T00:00")
    assert sweep(at=last_second("2023-11-21")) == 0
    resume_clock(clock, at=last_second("2023-11-21"))
    assert sweep(at=here("2023-11-22T00:00")) == 0
    assert struck == []


def test_longest_pause_ends_by_itself(place: Area, struck: list[Any]) -> None:
    rule()
    clock = started(place)
    pause_clock(clock, at=here("2023-11-08T15:00"))
    ended: list[tuple[str, datetime, datetime]] = []

    def note(clock: Clock, at: datetime, **kwargs: Any) -> None:
        ended.append((clock.kind, at, clock.due_at))

    clock_resumed.connect(note, sender=Clock)
    swept = [sweep(at=at) for at in (last_second("2023-11-22"), *[here("2023-11-23T00:00")] * 2)]
    clock_resumed.disconnect(note, sender=Clock)
    assert swept == [0, 1, 0]
    # 9, 10 and 13 November were left: 24, 27 and 28 November.
    assert ended == [("test", here("2023-11-23T00:00"), last_second("2023-11-28"))]
    assert struck == []
    clock.refresh_from_db()
    assert (clock.paused_at, clock.resumed_at) == (None, here("2023-11-23T00:00"))
    assert (clock.left, clock.stage) == (timedelta(days=3), Stage.RUNNING)
    assert (clock.due_at, clock.strikes_at) == (last_second("2023-11-28"), here("2023-11-29T00:00"))


def test_what_cannot_be_paused_or_resumed(place: Area) -> None:
    rule()
    clock = started(place)
    with pytest.raises(WrongState):
        resume_clock(clock, at=MOMENT)
    with pytest.raises(WrongState):  # overdue by a second
        pause_clock(clock, at=here("2023-11-14T00:00"))
    pause_clock(clock, at=clock.due_at)
    with pytest.raises(WrongState):  # paused already
        pause_clock(clock, at=MOMENT)
    stop_clocks(place, "test", by=User.objects.clock(), at=MOMENT)
    clock.refresh_from_db()
    with pytest.raises(WrongState):  # stopped
        resume_clock(clock, at=MOMENT)
    Clock.objects.update(paused_at=None)
    clock.refresh_from_db()
    with pytest.raises(WrongState):
        pause_clock(clock, at=MOMENT)


def test_reminder_then_escalation(place: Area, struck: list[Any]) -> None:
    rule()
    clock = started(place)
    assert sweep(at=last_second("2023-11-13")) == 0
    assert sweep(at=here("2023-11-14T00:00")) == 1
    clock.refresh_from_db()
    # Five more working days from the 13th end on the 20th.
    assert (clock.stage, clock.strikes_at) == (Stage.REMINDED, here("2023-11-21T00:00"))
    assert sweep(at=last_second("2023-11-20")) == 0
    assert sweep(at=here("2023-11-21T00:00")) == 1
    clock.refresh_from_db()
    assert (clock.stage, clock.strikes_at, clock.stopped_at) == (Stage.ESCALATED, None, None)
    assert sweep(at=here("2030-01-01T00:00")) == 0
    assert struck == [
        ("test", Stage.REMINDED, here("2023-11-14T00:00")),
        ("test", Stage.ESCALATED, here("2023-11-21T00:00")),
    ]


def test_reminder_by_the_rule_in_force(place: Area) -> None:
    rule()
    rule("clock.reminder", value=3, unit=RuleUnit.DAYS, since="2023-11-13")
    rule("clock.escalation", value=1, since="2023-11-14")
    clock = started(place)
    assert clock.strikes_at == here("2023-11-16T00:00")
    assert sweep(at=here("2023-11-16T00:00")) == 1
    clock.refresh_from_db()
    # The term of escalation is that of the day when the clock was due.
    assert clock.strikes_at == here("2023-11-21T00:00")


def test_machine_that_slept_strikes_every_stage(place: Area, struck: list[Any]) -> None:
    rule()
    started(place)
    started(place, kind="other")
    assert sweep(at=here("2023-12-01T08:00")) == 4
    assert [(kind, stage) for kind, stage, _ in struck] == [
        ("test", Stage.REMINDED),
        ("other", Stage.REMINDED),
        ("test", Stage.ESCALATED),
        ("other", Stage.ESCALATED),
    ]
    assert sweep(at=here("2023-12-01T08:00")) == 0


def test_lapse(place: Area, struck: list[Any]) -> None:
    rule()
    clock = started(place, on_due=OnDue.LAPSE)
    assert clock.strikes_at == here("2023-11-14T00:00")
    assert sweep(at=last_second("2023-11-13")) == 0
    assert sweep(at=here("2023-11-14T00:00")) == 1
    clock.refresh_from_db()
    assert (clock.stage, clock.strikes_at) == (Stage.LAPSED, None)
    assert sweep(at=here("2024-11-14T00:00")) == 0
    assert struck == [("test", Stage.LAPSED, here("2023-11-14T00:00"))]


def test_stopped_clock_never_strikes(place: Area) -> None:
    rule()
    by = User.objects.clock()
    clock, other = started(place), started(place, kind="other")
    pause_clock(other, at=MOMENT)
    stop_clocks(place, "test", "other", "none of this kind", by=by, at=MOMENT)
    clock.refresh_from_db()
    assert (clock.stopped_at, clock.stopped_by, clock.strikes_at) == (MOMENT, by, None)
    assert sweep(at=here("2024-01-01T00:00")) == 0
    # What was stopped once stays as it was.
    stop_clocks(place, "test", by=by, at=MOMENT + timedelta(days=1))
    clock.refresh_from_db()
    assert clock.stopped_at == MOMENT


def test_one_open_clock_of_a_kind(place: Area) -> None:
    rule()
    started(place)
    with pytest.raises(IntegrityError), transaction.atomic():
        started(place)
    stop_clocks(place, "test", by=User.objects.clock(), at=MOMENT)
    assert started(place).pk
    assert started(AreaFactory()).pk


def test_provisional_until_the_year_is_announced(place: Area) -> None:
    rule(value=1)
    eve = datetime(UNKNOWN - 1, 12, 31, 9, 0, tzinfo=SHANGHAI)
    assert started(place, at=datetime(UNKNOWN - 1, 12, 1, 9, 0, tzinfo=SHANGHAI), kind="before").is_provisional is False
    clock = started(place, at=eve)
    assert clock.is_provisional is True
    pause_clock(clock, at=eve)
    Holiday.objects.create(day=date(UNKNOWN, 10, 1), is_working_day=False, name="国庆")
    resume_clock(clock, at=eve)
    clock.refresh_from_db()
    assert clock.is_provisional is False


def test_holiday_table_goes_over_the_library(place: Area) -> None:
    rule()
    Holiday.objects.create(day=date(2023, 11, 7), is_working_day=False, name="停电")
    Holiday.objects.create(day=date(2023, 11, 14), is_working_day=False, name="停电")
    Holiday.objects.create(day=date(2023, 11, 18), is_working_day=True, name="补班")
    clock = started(place)
    assert clock.due_at == last_second("2023-11-15")
    assert sweep(at=here("2023-11-16T00:00")) == 1
    clock.refresh_from_db()
    # 16, 17, Saturday 18, 20 and 21 November.
    assert clock.strikes_at == here("2023-11-22T00:00")


def test_clock_of_a_record_that_is_gone_is_passed_over(place: Area) -> None:
    rule()
    gone = AreaFactory()
    clock = started(gone)
    Clock.objects.filter(pk=clock.pk).update(area=place)
    Area.objects.filter(pk=gone.pk).delete()
    started(place, kind="other")
    assert sweep(at=here("2023-11-14T00:00")) == 1


def test_a_term_with_nothing_left_ends_on_a_working_day(place: Area) -> None:
    rule(value=1)
    clock = started(place)
    assert clock.due_at == last_second("2023-11-07")
    pause_clock(clock, at=here("2023-11-07T09:00"))
    # Saturday: nothing is left of the term, and nobody works before Monday.
    resume_clock(clock, at=here("2023-11-11T09:00"))
    assert clock.due_at == last_second("2023-11-13")


def test_what_a_person_set_is_moved_by_no_calendar(place: Area) -> None:
    rule(value=30, unit=RuleUnit.DAYS)
    until = end_of(date(UNKNOWN, 3, 1))
    clock = started(place, due_at=until)
    assert (clock.due_at, clock.is_fixed, clock.is_provisional) == (until, True, False)
    Holiday.objects.create(day=until.date(), is_working_day=False, name="放假")
    sweep(at=MOMENT)
    clock.refresh_from_db()
    assert (clock.due_at, clock.is_provisional) == (until, False)
    assert clock.strikes_at == until + timedelta(seconds=1)
