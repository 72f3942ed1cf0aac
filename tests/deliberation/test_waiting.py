"""Waiting for the reporter: the clock stops and goes on."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from community.clock import SHANGHAI, due
from community.errors import BadInput, NotAllowed, WrongState
from community.models import Clock, Notice, Rule, User
from community.workflow import sweep
from deliberation.models import Issue, IssueEvent
from deliberation.states import IssueState
from deliberation.workflow import ask_reporter, resume_work, supplement_issue
from tests.factories import MOMENT, District, IssueFactory

WEDNESDAY = datetime(2023, 11, 8, 10, 0, tzinfo=SHANGHAI)
NEXT_FRIDAY = datetime(2023, 11, 17, 10, 0, tzinfo=SHANGHAI)


@pytest.fixture
def issue(district: District) -> Issue:
    """An issue that was dispatched on Monday 6 November, due on the next Monday."""
    return IssueFactory(
        state=IssueState.DISPATCHED, area=district.compound, reporter=district.resident, unit=district.property
    )


def clock_of(issue: Issue) -> Clock:
    """Return the clock of the work."""
    return Clock.objects.of(issue).open().get(kind="issue.handle")


def test_asking_stops_the_clock_and_tells_the_reporter(
    district: District, issue: Issue, django_capture_on_commit_callbacks
) -> None:
    """A question is a step of the chain, and a notice to the reporter alone."""
    with django_capture_on_commit_callbacks(execute=True):
        ask_reporter(issue, by=district.handler, at=WEDNESDAY, question="哪天在家？")
    assert clock_of(issue).paused_at == WEDNESDAY
    event = issue.events.get(verb="ask")
    assert (event.text, event.by, event.unit, event.at) == (
        "哪天在家？",
        district.handler,
        district.property,
        WEDNESDAY,
    )
    notice = Notice.objects.get(recipient=district.resident)
    assert notice.text == f"要等您答复才能接着办：哪天在家？（{issue.number}）"
    assert Notice.objects.count() == 1


def test_an_answer_of_the_reporter_goes_on_with_what_was_left(district: District, issue: Issue) -> None:
    """Three working days were left on Wednesday, and are left again from the answer on."""
    ask_reporter(issue, by=district.handler, at=WEDNESDAY, question="哪天在家？")
    supplement_issue(issue, by=district.resident, at=NEXT_FRIDAY, text="周六在家")
    clock = clock_of(issue)
    assert (clock.paused_at, clock.due_at) == (None, due(NEXT_FRIDAY, working_days=3))
    assert issue.events.get(verb="resume").due_at == clock.due_at


def test_words_of_others_do_not_resume(district: District, issue: Issue) -> None:
    """Only the reporter can answer for the reporter."""
    Issue.objects.filter(pk=issue.pk).update(is_public=True, reviewed_at=MOMENT)
    ask_reporter(issue, by=district.handler, at=WEDNESDAY, question="哪天在家？")
    supplement_issue(issue, by=district.neighbour, at=NEXT_FRIDAY, text="我知道")
    assert clock_of(issue).paused_at == WEDNESDAY


def test_staff_go_on_without_an_answer(district: District, issue: Issue) -> None:
    """Who handles it may stop waiting."""
    ask_reporter(issue, by=district.worker, at=WEDNESDAY, question="哪天在家？")
    resume_work(issue, by=district.handler, at=WEDNESDAY + timedelta(hours=1), note="电话里说好了")
    assert clock_of(issue).paused_at is None
    assert issue.events.get(verb="resume").text == "电话里说好了"


def test_refusals_change_nothing(district: District, issue: Issue) -> None:
    """Who may not, what is not running, what is late, and a question without words."""
    late = due(MOMENT, working_days=5) + timedelta(days=2)
    before = clock_of(issue)
    with pytest.raises(NotAllowed):
        ask_reporter(issue, by=district.resident, at=WEDNESDAY, question="？")
    with pytest.raises(NotAllowed):
        ask_reporter(issue, by=district.other_handler, at=WEDNESDAY, question="？")
    with pytest.raises(BadInput):
        ask_reporter(issue, by=district.handler, at=WEDNESDAY, question=" ")
    with pytest.raises(WrongState):
        ask_reporter(issue, by=district.handler, at=late, question="哪天在家？")
    with pytest.raises(WrongState):
        resume_work(issue, by=district.handler, at=WEDNESDAY)
    after = clock_of(issue)
    assert (after.paused_at, after.due_at) == (None, before.due_at)
    assert not IssueEvent.objects.filter(issue=issue, verb__in=("ask", "resume")).exists()


def test_a_second_question_waits_for_the_first(district: District, issue: Issue) -> None:
    """A clock that stands still can't be stopped again."""
    ask_reporter(issue, by=district.handler, at=WEDNESDAY, question="哪天在家？")
    with pytest.raises(WrongState):
        ask_reporter(issue, by=district.handler, at=WEDNESDAY, question="几楼？")


@pytest.mark.parametrize(
    ("state", "told"), [(IssueState.DISPATCHED, {"handler"}), (IssueState.RAISED, {"worker", "worker2"})]
)
def test_waiting_ends_by_itself(
    district: District, issue_in, state: str, told: set[str], django_capture_on_commit_callbacks
) -> None:
    """Ten working days after Wednesday the clock goes on, and both sides hear of it once."""
    issue = issue_in(state)
    asked = MOMENT + timedelta(hours=4)
    ask_reporter(issue, by=district.worker, at=asked, question="哪天在家？")
    Notice.objects.all().delete()
    end = due(asked, working_days=10) + timedelta(seconds=1)
    with django_capture_on_commit_callbacks(execute=True):
        assert [sweep(at=end - timedelta(seconds=1)), sweep(at=end), sweep(at=end)] == [0, 1, 0]
    clock = Clock.objects.of(issue).open().get()
    assert (clock.paused_at, clock.resumed_at) == (None, end)
    assert clock.due_at == due(end, working_days=clock.left.days)
    event = issue.events.get(verb="resume")
    assert (event.by, event.at, event.due_at, event.unit, event.text, event.is_public) == (
        User.objects.clock(),
        end,
        clock.due_at,
        issue.unit,
        "",
        True,
    )
    named = f"{issue.title}（{issue.number}）"
    assert {(notice.recipient.username, notice.text) for notice in Notice.objects.all()} == {
        ("resident", f"没有等到您的答复，时限接着算：{named}"),
        *((name, f"反映人一直没有答复，时限接着算，请接着办：{named}") for name in told),
    }


def test_longest_wait_is_a_rule(district: District, issue: Issue) -> None:
    """The district may wait shorter."""
    Rule.objects.filter(key="clock.pause").update(value=1)
    ask_reporter(issue, by=district.handler, at=WEDNESDAY, question="哪天在家？")
    assert clock_of(issue).strikes_at == due(WEDNESDAY, working_days=1) + timedelta(seconds=1)


def test_an_answer_in_time_ends_the_wait(district: District, issue: Issue) -> None:
    """Nothing goes on by itself once the reporter has answered."""
    ask_reporter(issue, by=district.handler, at=WEDNESDAY, question="哪天在家？")
    supplement_issue(issue, by=district.resident, at=NEXT_FRIDAY, text="周六在家")
    assert sweep(at=due(NEXT_FRIDAY, working_days=3)) == 0
    assert issue.events.filter(verb="resume").count() == 1
