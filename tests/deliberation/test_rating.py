from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from community.clock import SHANGHAI
from community.errors import BadInput, NotAllowed, WrongState
from community.models import Clock, Notice, Rule
from community.roles import Role
from community.workflow import sweep
from deliberation import workflow
from deliberation.models import Follow, Issue
from deliberation.states import IssueState, Outcome
from tests.deliberation.effects import Effects, clocks_of, rows, stopped
from tests.factories import MOMENT, AppointmentFactory, District, ResidentFactory, clean_photo_of

Do = Callable[..., Effects]
# Tuesday, 7 November 2023, 10:00; the issues of the tests were resolved on Monday.
NOW = MOMENT + timedelta(days=1, hours=1)
NAMED = "三号楼前的井盖松动（EC-2023-900001）"
RESOLVED = IssueState.RESOLVED


@pytest.mark.parametrize("rating", [3, 4, 5])
def test_rating_that_closes(district: District, issue_in: Any, do: Do, rating: int) -> None:
    issue = issue_in(RESOLVED)
    done = do(workflow.rate_issue, issue, by=district.resident, at=NOW, rating=rating, comment=" 谢谢 ")
    assert (done.issue.state, done.issue.outcome, done.issue.rating) == ("closed", Outcome.RESOLVED, rating)
    assert (done.issue.closed_at, done.issue.rework_count, done.issue.escalated_at) == (NOW, 0, None)
    assert (clocks_of(issue), stopped(issue)) == (
        {},
        [("issue.call_back", "resident"), ("issue.answer", "resident")],
    )
    assert done.events == [("rate", "resolved", "resident", "谢谢", True), ("close", "closed", "resident", "", True)]
    rated = done.issue.events.get(verb="rate")
    assert (rated.rating, rated.role) == (rating, Role.RESIDENT)
    assert done.told == []
    assert done.logged == [
        ("issue.rate", "resident", {"state": "resolved", "rating": rating, "by_phone": False}),
        ("issue.close", "resident", {"state": "closed", "outcome": "resolved"}),
    ]
    assert done.signals == [("changed", "rate"), ("changed", "close"), ("closed", "resolved")]


def test_rating_by_telephone(district: District, issue_in: Any, do: Do) -> None:
    issue = issue_in(RESOLVED)
    done = do(workflow.rate_issue, issue, by=district.worker, at=NOW, rating=4)
    assert (done.issue.state, done.issue.rating) == ("closed", 4)
    assert done.issue.events.get(verb="rate").role == Role.COMMUNITY_WORKER
    assert done.logged[0] == ("issue.rate", "worker", {"state": "resolved", "rating": 4, "by_phone": True})
    assert done.told == [
        ("resident", f"已结案，谢谢您打分：{NAMED}"),
        ("resident", "有评价了：4 分（EC-2023-900001）"),
    ]


@pytest.mark.parametrize("rating", [1, 2])
def test_low_rating_sends_back(district: District, issue_in: Any, do: Do, rating: int) -> None:
    issue = issue_in(RESOLVED, is_public=True)
    Follow.objects.create(issue=issue, user=district.neighbour, at=MOMENT)
    done = do(workflow.rate_issue, issue, by=district.resident, at=NOW, rating=rating, comment="还在晃")
    assert (done.issue.state, done.issue.outcome, done.issue.rating) == ("rework", "", None)
    assert (done.issue.rework_count, done.issue.closed_at, done.issue.escalated_at) == (1, None, None)
    # The category's term starts again, for the same unit.
    assert clocks_of(issue) == {"issue.handle": "2023-11-14 23:59:59"}
    assert Clock.objects.of(issue).open().get().holder_unit == district.property
    assert stopped(issue) == [("issue.call_back", "resident"), ("issue.answer", "resident")]
    assert done.events == [("rate", "resolved", "resident", "还在晃", True), ("rework", "rework", "resident", "", True)]
    assert done.issue.events.get(verb="rate").rating == rating
    assert done.told == [
        ("handler", f"居民不满意，退回重办：{NAMED}"),
        ("neighbour", f"已退回重办：{NAMED}"),
        ("neighbour", f"有评价了：{rating} 分（EC-2023-900001）"),
    ]
    assert done.signals == [("changed", "rate"), ("changed", "rework")]


def rated_low(district: District, issue: Issue, do: Do, times: int) -> Effects:
    """Rate an issue low and have it reworked, over and over; return what came of the last rating."""
    at = NOW
    for turn in range(times):
        if turn:
            at += timedelta(days=1)
            workflow.resolve_issue(issue, by=district.handler, at=at, text="又修了", photos=[clean_photo_of()])
        done = do(workflow.rate_issue, issue, by=district.resident, at=at, rating=1)
    return done


def test_third_low_rating_escalates(district: District, issue_in: Any, do: Do) -> None:
    issue = issue_in(RESOLVED)
    done = rated_low(district, issue, do, times=3)
    at = NOW + timedelta(days=2)
    assert (done.issue.state, done.issue.rating, done.issue.rework_count) == ("resolved", 1, 2)
    assert (done.issue.escalated_at, done.issue.outcome) == (at, "")
    assert done.issue.is_with_town
    assert done.events == [("rate", "resolved", "resident", "", True), ("escalate", "resolved", "resident", "", True)]
    assert done.told == [("town_officer", f"这件事要您督办：{NAMED}")]
    # Thursday the 9th; five working days of the town's own.
    assert clocks_of(issue) == {"issue.escalated": "2023-11-16 23:59:59"}
    clock = Clock.objects.of(issue).open().get()
    assert (clock.holder_role, clock.holder_unit, clock.area) == (Role.TOWN_OFFICER, None, district.compound)


def test_town_ends_what_was_given_up(district: District, issue_in: Any, do: Do) -> None:
    issue = issue_in(RESOLVED)
    rated_low(district, issue, do, times=3)
    at = NOW + timedelta(days=3)
    done = do(workflow.close_issue, issue, by=district.town_officer, at=at, outcome="unresolved", reason="要等改造")
    assert (done.issue.state, done.issue.outcome, done.issue.rating) == ("closed", "unresolved", 1)
    assert clocks_of(issue) == {}
    assert stopped(issue)[-1] == ("issue.escalated", "town_officer")


def test_number_of_reworks_is_a_rule(district: District, issue_in: Any, do: Do) -> None:
    Rule.objects.filter(key="issue.reworks").update(value=0)
    done = do(workflow.rate_issue, issue_in(RESOLVED), by=district.resident, at=NOW, rating=2)
    assert (done.issue.state, done.issue.rework_count, done.issue.escalated_at) == ("resolved", 0, NOW)


def test_nobody_rates_twice(district: District, issue_in: Any, do: Do) -> None:
    Rule.objects.filter(key="issue.reworks").update(value=0)
    issue = issue_in(RESOLVED)
    workflow.rate_issue(issue, by=district.resident, at=NOW, rating=1)
    before = rows()
    for user in (district.resident, district.worker):
        with pytest.raises(WrongState, match="打一次"):
            workflow.rate_issue(issue, by=user, at=NOW, rating=5)
    assert rows() == before


def test_rework_is_rated_anew(district: District, issue_in: Any, do: Do) -> None:
    issue = issue_in(RESOLVED)
    rated_low(district, issue, do, times=2)
    at = NOW + timedelta(days=2)
    workflow.resolve_issue(issue, by=district.handler, at=at, text="好了", photos=[clean_photo_of()])
    done = do(workflow.rate_issue, issue, by=district.resident, at=at, rating=5)
    assert (done.issue.state, done.issue.rating, done.issue.rework_count) == ("closed", 5, 2)
    assert [event.rating for event in done.issue.events.filter(verb="rate")] == [1, 1, 5]


@pytest.mark.parametrize("rating", [0, 6, -1, 100, None])
def test_other_numbers(district: District, issue_in: Any, rating: Any) -> None:
    issue = issue_in(RESOLVED)
    before = rows()
    with pytest.raises(BadInput, match="1 到 5 分") as refused:
        workflow.rate_issue(issue, by=district.resident, at=NOW, rating=rating)
    assert refused.value.field == "rating"
    assert rows() == before


def test_unreadable_comment_changes_nothing(district: District, issue_in: Any) -> None:
    issue = issue_in(RESOLVED)
    before = rows()
    with pytest.raises(BadInput) as refused:
        workflow.rate_issue(issue, by=district.resident, at=NOW, rating=5, comment="\x00")
    assert refused.value.field == "comment"
    assert rows() == before


def test_those_who_did_the_work_do_not_rate_it(district: District, issue_in: Any) -> None:
    ResidentFactory(user=district.handler, home=district.compound)
    own = issue_in(RESOLVED, reporter=district.handler)
    with pytest.raises(NotAllowed):
        workflow.rate_issue(own, by=district.handler, at=NOW, rating=5)
    # A worker who works for the unit as well does not rate it by telephone.
    AppointmentFactory(user=district.worker2, role=Role.HANDLER, unit=district.property, area=None)
    with pytest.raises(NotAllowed):
        workflow.rate_issue(own, by=district.worker2, at=NOW, rating=5)
    assert workflow.rate_issue(own, by=district.worker, at=NOW, rating=5).rating == 5


def test_unanswered_call_back_lapses(district: District, issue_in: Any, do: Do) -> None:
    issue = issue_in(RESOLVED)
    # Resolved on Monday the 6th: five working days end on the 13th.
    assert clocks_of(issue)["issue.answer"] == "2023-11-13 23:59:59"
    Clock.objects.filter(kind="issue.call_back").update(strikes_at=None)
    lapse = datetime(2023, 11, 14, 0, 0, tzinfo=SHANGHAI)
    done = do(lambda: (sweep(at=lapse), Issue.objects.get(pk=issue.pk))[1])
    assert (done.issue.state, done.issue.outcome, done.issue.rating) == ("closed", Outcome.RESOLVED, None)
    assert done.issue.closed_at == lapse
    assert (clocks_of(issue), stopped(issue)) == ({}, [("issue.call_back", "clock"), ("issue.answer", "clock")])
    assert done.events == [("close", "closed", "clock", "", True)]
    assert done.told == [("resident", f"回访没有等到您的答复，已结案。不满意可以再反映：{NAMED}")]
    assert done.logged == [("issue.close", "clock", {"state": "closed", "outcome": "resolved"})]
    assert done.signals == [("changed", "close"), ("closed", "resolved")]


def test_machine_that_slept_lapses_before_it_escalates(district: District, issue_in: Any, do: Do) -> None:
    issue = issue_in(RESOLVED)
    # The lapse was due on the 14th, the escalation of the call-back on the 15th.
    done = do(lambda: (sweep(at=datetime(2023, 12, 1, 8, 0, tzinfo=SHANGHAI)), issue)[1])
    assert done.events == [("close", "closed", "clock", "", True)]
    assert (done.issue.state, done.issue.escalated_at, clocks_of(issue)) == ("closed", None, {})
    assert [who for who, _ in done.told] == ["resident", "worker", "worker2"]


def test_answer_in_time_stops_the_lapse(district: District, issue_in: Any) -> None:
    issue = issue_in(RESOLVED)
    workflow.rate_issue(issue, by=district.resident, at=NOW, rating=5)
    assert sweep(at=datetime(2024, 1, 1, 0, 0, tzinfo=SHANGHAI)) == 0
    assert issue.events.filter(verb="close").count() == 1


def test_late_unit_is_reminded_then_the_town_has_it(district: District, issue_in: Any, do: Do) -> None:
    issue = issue_in(IssueState.DISPATCHED)
    assert clocks_of(issue) == {"issue.handle": "2023-11-13 23:59:59"}

    def swept(day: int) -> Effects:
        return do(lambda: (sweep(at=datetime(2023, 11, day, 0, 0, tzinfo=SHANGHAI)), issue)[1])

    late = f"过期了，请马上办：{NAMED}"
    assert swept(14).told == [("handler", late), ("worker", late), ("worker2", late)]
    done = swept(21)
    assert done.told == [("resident", f"已由镇街督办：{NAMED}"), ("town_officer", f"这件事要您督办：{NAMED}")]
    assert done.events == [("escalate", "dispatched", "clock", "", True)]
    # A mark, not a state: the unit still has it, and resolves it late.
    assert (done.issue.state, done.issue.unit) == ("dispatched", district.property)
    assert clocks_of(issue) == {"issue.handle": "2023-11-13 23:59:59", "issue.escalated": "2023-11-28 23:59:59"}
    at = datetime(2023, 11, 22, 9, 0, tzinfo=SHANGHAI)
    resolved = workflow.resolve_issue(issue, by=district.handler, at=at, text="好了", photos=[clean_photo_of()])
    assert not resolved.is_with_town
    closed = do(workflow.rate_issue, issue, by=district.resident, at=at, rating=5)
    assert (closed.issue.state, clocks_of(issue)) == ("closed", {})
    assert Notice.objects.filter(recipient=district.town_officer).count() == 1


def given_up(district: District, issue_in: Any) -> Issue:
    """Return an issue whose last rework was rated low, so that its town has it."""
    issue = issue_in(RESOLVED)
    Issue.objects.filter(pk=issue.pk).update(rework_count=2)
    issue.refresh_from_db()
    return workflow.rate_issue(issue, by=district.resident, at=NOW, rating=1)


def test_the_town_has_it_done_once_more(district: District, issue_in: Any) -> None:
    issue = given_up(district, issue_in)
    with pytest.raises(NotAllowed):
        workflow.rework_issue(issue, by=district.worker, at=NOW, reason="换新的")
    with pytest.raises(BadInput):
        workflow.rework_issue(issue, by=district.town_officer, at=NOW, reason=" ")
    workflow.rework_issue(issue, by=district.town_officer, at=NOW, reason="换新的")
    issue.refresh_from_db()
    assert (issue.state, issue.rework_count, issue.rating) == (IssueState.REWORK, 3, None)
    kinds = set(Clock.objects.of(issue).open().values_list("kind", flat=True))
    assert kinds == {"issue.handle", "issue.escalated"}
    assert issue.events.order_by("id").last().text == "换新的"


def test_a_good_rating_ends_what_the_town_had_done(district: District, issue_in: Any) -> None:
    issue = workflow.rework_issue(given_up(district, issue_in), by=district.town_officer, at=NOW, reason="换新的")
    issue.refresh_from_db()
    workflow.resolve_issue(issue, by=district.handler, at=NOW, text="换好了", photos=[clean_photo_of()])
    issue.refresh_from_db()
    workflow.rate_issue(issue, by=district.resident, at=NOW, rating=4)
    issue.refresh_from_db()
    assert (issue.state, issue.outcome) == (IssueState.CLOSED, Outcome.RESOLVED)
    assert not Clock.objects.of(issue).open().exists()


@pytest.mark.parametrize(("low", "rating", "state"), [(3, 3, "rework"), (3, 4, "closed"), (1, 2, "closed")])
def test_what_is_low_is_a_rule(district: District, issue_in: Any, do: Do, low: int, rating: int, state: str) -> None:
    Rule.objects.filter(key="issue.low_rating").update(value=low)
    done = do(workflow.rate_issue, issue_in(RESOLVED), by=district.resident, at=NOW, rating=rating)
    assert done.issue.state == state
