"""Sweeps of real issues' clocks, one after the other and at the same moment."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from wagtail.models import ModelLogEntry

from community.clock import SHANGHAI, is_announced
from community.errors import SweepFailed
from community.models import Clock, Holiday, Notice, User
from community.models.clocks import Stage
from community.signals import clock_struck
from community.workflow import sweep
from community.workflow.terms import Terms
from deliberation.models import Issue
from deliberation.states import IssueState
from tests.community.threads import elsewhere, together
from tests.factories import District, IssueFactory, build_district

# Issues of the tests were raised on Monday, 6 November 2023; their acceptance was due on the 7th.
REMINDER = datetime(2023, 11, 8, 0, 0, tzinfo=SHANGHAI)
ESCALATION = datetime(2023, 11, 15, 0, 0, tzinfo=SHANGHAI)


def told() -> list[tuple[str, str]]:
    """Return who was told what, in words without the issue."""
    return sorted((notice.recipient.username, notice.message.split("：")[0]) for notice in Notice.objects.all())


def verbs(issue: Issue) -> list[str]:
    return [event.verb for event in issue.events.all()]


@pytest.fixture
def place(transactional_db: None) -> District:
    return build_district()


def raised(place: District, **columns: Any) -> Issue:
    return IssueFactory(area=place.compound, reporter=place.resident, **columns)


REMINDED = [("worker", "过期了，请马上办"), ("worker2", "过期了，请马上办")]
ESCALATED = [("resident", "已由镇街督办"), ("town_officer", "这件事要您督办")]


def test_reminder_and_escalation_each_once(place: District) -> None:
    issue = raised(place)
    assert [sweep(at=REMINDER), sweep(at=REMINDER)] == [1, 0]
    assert told() == REMINDED
    assert verbs(issue) == ["raise"]
    assert [sweep(at=ESCALATION), sweep(at=ESCALATION)] == [1, 0]
    assert told() == sorted(REMINDED + ESCALATED)
    assert verbs(issue) == ["raise", "escalate"]
    issue.refresh_from_db()
    assert (issue.state, issue.escalated_at) == (IssueState.RAISED, ESCALATION)
    assert issue.events.last().by == User.objects.clock()
    town_clock = Clock.objects.get(kind="issue.escalated")
    assert (town_clock.started_at, town_clock.area) == (ESCALATION, place.compound)


def test_town_is_reminded_of_its_own_clock(place: District) -> None:
    raised(place)
    sweep(at=ESCALATION)
    Notice.objects.all().delete()
    # Five working days from the 15th end on the 22nd.
    assert sweep(at=datetime(2023, 11, 23, 0, 0, tzinfo=SHANGHAI)) == 1
    assert ("town_officer", "过期了，请马上办") in told()
    # Nobody stands above the town: its own escalation changes nothing.
    before = told()
    assert sweep(at=datetime(2024, 1, 1, 0, 0, tzinfo=SHANGHAI)) == 1
    assert told() == before
    assert Clock.objects.get(kind="issue.escalated").stage == Stage.ESCALATED


def test_command_twice_does_each_once(place: District) -> None:
    issue = raised(place)
    said = []
    for _ in range(3):
        out = io.StringIO()
        call_command("run_clocks", stdout=out)
        said.append(out.getvalue().strip())
    # The first starts the town's clock at the moment of now, which is not due yet.
    assert said == ["2 clocks struck", "0 clocks struck", "0 clocks struck"]
    assert told() == sorted(REMINDED + ESCALATED)
    assert verbs(issue) == ["raise", "escalate"]


def test_two_sweeps_at_once_do_each_thing_once(place: District) -> None:
    issues = [raised(place, title=f"第{n}件") for n in range(6)]
    counts = together(lambda: sweep(at=ESCALATION), lambda: sweep(at=ESCALATION))
    # On PostgreSQL one sweep passes over what the other has in hand; a further sweep finds nothing left.
    assert sum(counts) + sweep(at=ESCALATION) == 12
    assert sweep(at=ESCALATION) == 0
    assert told() == sorted((REMINDED + ESCALATED) * 6)
    assert [verbs(issue) for issue in issues] == [["raise", "escalate"]] * 6
    assert Clock.objects.filter(kind="issue.escalated").count() == 6


def test_lapses_at_once_close_once(place: District) -> None:
    issue = raised(place, state=IssueState.RESOLVED)
    lapse = Clock.objects.get(kind="issue.answer").strikes_at
    Clock.objects.filter(kind="issue.call_back").delete()
    assert sum(together(*[lambda: sweep(at=lapse)] * 3)) == 1
    issue.refresh_from_db()
    assert (issue.state, issue.closed_at) == (IssueState.CLOSED, lapse)
    assert verbs(issue).count("close") == 1
    assert told() == [("resident", "回访没有等到您的答复，已结案。不满意可以再反映")]


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite locks the whole file; there are no rows to skip")
def test_subject_in_other_hands_waits_for_the_next_sweep(place: District) -> None:
    held, free = raised(place), raised(place, title="另一件")
    with transaction.atomic():
        Issue.objects.select_for_update().get(pk=held.pk)
        assert elsewhere(lambda: sweep(at=REMINDER)) == 1
    stages = dict(Clock.objects.values_list("subject_id", "stage"))
    assert stages == {held.pk: Stage.RUNNING, free.pk: Stage.REMINDED}
    assert sweep(at=REMINDER) == 1
    assert told() == sorted(REMINDED * 2)


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite locks the whole file; there are no rows to skip")
def test_clock_in_other_hands_is_waited_for_and_looked_at_again(place: District) -> None:
    raised(place)
    sweep_of_another: list[Any] = []

    def other() -> int:
        return sweep(at=REMINDER)

    with transaction.atomic():
        # The other machine has struck already, and has not said so yet.
        assert sweep(at=REMINDER) == 1
        sweep_of_another.append(elsewhere(other))
    assert sweep_of_another == [0]
    assert told() == REMINDED


def test_sweep_is_quick_to_see_that_nothing_is_due(place: District, django_assert_num_queries: Any) -> None:
    for n in range(3):
        raised(place, title=f"第{n}件")
    # What the calendar moves, and what strikes.
    with django_assert_num_queries(2):
        assert sweep(at=REMINDER - timedelta(seconds=1)) == 0
    assert connection.vendor in ("sqlite", "postgresql")


@pytest.fixture
def broken(place: District) -> Iterator[tuple[Issue, Issue]]:
    """Return an issue whose clock breaks as it strikes, and one whose clock does not."""
    bad, good = raised(place), raised(place, title="另一件")

    def refuse(clock: Clock, **kwargs: Any) -> None:
        if clock.subject_id == bad.pk:
            raise RuntimeError("broken")

    clock_struck.connect(refuse)
    yield bad, good
    clock_struck.disconnect(refuse)


def test_a_clock_that_breaks_stops_no_other(broken: tuple[Issue, Issue], caplog: pytest.LogCaptureFixture) -> None:
    bad, good = (Clock.objects.of(issue).get() for issue in broken)
    with pytest.raises(SweepFailed, match=f"^1 clocks struck, 1 failed: {bad.pk}$"):
        sweep(at=REMINDER)
    assert [record.message for record in caplog.records if record.name == "community.workflow.clocks"] == [
        f"clock {bad.pk} broke and waits for the next sweep"
    ]
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.stage, good.stage) == (Stage.RUNNING, Stage.REMINDED)
    assert told() == REMINDED


def test_command_names_the_clocks_that_broke(broken: tuple[Issue, Issue]) -> None:
    bad = Clock.objects.of(broken[0]).get()
    with pytest.raises(CommandError, match=rf"^\d clocks struck, 1 failed: {bad.pk}$"):
        call_command("run_clocks")


def test_task_fails_where_a_clock_broke(broken: tuple[Issue, Issue]) -> None:
    from portal.tasks import sweep_clocks

    with pytest.raises(SweepFailed):
        sweep_clocks.func()


def provisional(place: District) -> list[Clock]:
    """Return clocks of issues that were raised in a year whose holidays are not announced."""
    year = next(year for year in range(2024, 2200) if not is_announced(year))
    at = datetime(year, 3, 1, 9, 0, tzinfo=SHANGHAI)
    issues = [raised(place, title=f"第{n}件", raised_at=at) for n in range(6)]
    return [Clock.objects.of(issue).get() for issue in issues]


def test_two_sweeps_at_once_date_each_clock_anew_once(place: District) -> None:
    clocks = provisional(place)
    at, due = clocks[0].started_at, clocks[0].due_at
    Holiday.objects.create(day=due.astimezone(SHANGHAI).date(), is_working_day=False, name="放假")
    counts = together(lambda: sweep(at=at), lambda: sweep(at=at))
    # On PostgreSQL one sweep passes over what the other has in hand.
    assert [*counts, sweep(at=at)] == [0, 0, 0]
    for clock in clocks:
        clock.refresh_from_db()
    assert {clock.is_provisional for clock in clocks} == {False}
    assert len({clock.due_at for clock in clocks}) == 1
    assert clocks[0].due_at > due
    lines = ModelLogEntry.objects.filter(action="clock.redate").values_list("object_id", flat=True)
    assert sorted(lines) == sorted(str(clock.subject_id) for clock in clocks)


def test_a_clock_that_cannot_be_dated_stops_no_other(place: District, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, *good = provisional(place)
    Holiday.objects.create(day=bad.due_at.astimezone(SHANGHAI).date(), is_working_day=False, name="放假")
    set_dates = Terms.set_dates

    def refuse(terms: Terms, clock: Clock) -> None:
        if clock.pk == bad.pk:
            raise RuntimeError("broken")
        set_dates(terms, clock)

    monkeypatch.setattr(Terms, "set_dates", refuse)
    with pytest.raises(SweepFailed, match=f"^0 clocks struck, 1 failed: {bad.pk}$"):
        sweep(at=bad.started_at)
    assert list(Clock.objects.filter(is_provisional=True)) == [bad]
    assert len(good) == 5
