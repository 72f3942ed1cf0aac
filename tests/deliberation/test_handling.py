from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from community.errors import BadInput, NotAllowed, WrongState
from community.models import Clock, Rule
from community.models.clocks import OnDue
from community.roles import Role
from deliberation import workflow
from deliberation.models import Category, Endorsement, Follow, Issue
from deliberation.states import IssueState, Outcome
from tests.deliberation.effects import Effects, clocks_of, rows, stopped
from tests.factories import DAY_ONE, MOMENT, AppointmentFactory, District, UnitFactory, UserFactory, clean_photo_of

Do = Callable[..., Effects]
# Tuesday, 7 November 2023, 10:00; the issues of the tests were raised on Monday at 9:00.
NOW = MOMENT + timedelta(days=1, hours=1)
NAMED = "三号楼前的井盖松动（EC-2023-900001）"


def test_accepting(district: District, issue_in: Any, do: Do) -> None:
    issue = issue_in(IssueState.RAISED)
    done = do(workflow.accept_issue, issue, by=district.worker, at=NOW)
    assert done.issue.state == IssueState.ACCEPTED
    # Accepting and dispatching are due together: the clock runs on.
    assert (clocks_of(issue), stopped(issue)) == ({"issue.accept": "2023-11-07 23:59:59"}, [])
    assert done.events == [("accept", "accepted", "worker", "", True)]
    assert done.told == [("resident", f"已经受理，接着派给办理的单位：{NAMED}")]
    assert done.logged == [("issue.accept", "worker", {"state": "accepted"})]
    assert done.signals == [("changed", "accept")]
    assert done.issue.events.last().at == NOW


@pytest.mark.parametrize("outcome", ["not_ours", "duplicate", "unresolved"])
def test_refusing(district: District, issue_in: Any, do: Do, outcome: str) -> None:
    issue = issue_in(IssueState.RAISED)
    done = do(workflow.refuse_issue, issue, by=district.worker, at=NOW, outcome=outcome, reason="归交警管 ")
    assert (done.issue.state, done.issue.outcome, done.issue.closed_at) == ("refused", outcome, NOW)
    assert (clocks_of(issue), stopped(issue)) == ({}, [("issue.accept", "worker")])
    assert done.events == [("refuse", "refused", "worker", "归交警管", True)]
    assert done.told == [("resident", "没有受理，原因：归交警管（EC-2023-900001）")]
    assert done.logged == [("issue.refuse", "worker", {"state": "refused", "outcome": outcome})]
    assert done.signals == [("changed", "refuse"), ("closed", outcome)]


@pytest.mark.parametrize(
    ("verb", "state"), [(workflow.refuse_issue, IssueState.RAISED), (workflow.close_issue, IssueState.DISPATCHED)]
)
@pytest.mark.parametrize(
    ("outcome", "reason", "field"),
    [
        ("resolved", "好", "outcome"),
        ("withdrawn", "好", "outcome"),
        ("", "好", "outcome"),
        ("nonsense", "好", "outcome"),
        ("not_ours", " ", "reason"),
        ("not_ours", "长" * 501, "reason"),
        ("not_ours", "响\x07", "reason"),
    ],
)
def test_ending_without_a_reason(
    district: District, issue_in: Any, verb: Any, state: str, outcome: str, reason: str, field: str
) -> None:
    issue = issue_in(state)
    before = rows()
    with pytest.raises(BadInput) as refused:
        verb(issue, by=district.worker, at=NOW, outcome=outcome, reason=reason)
    assert refused.value.field == field
    assert rows() == before


def test_workers_do_not_refuse_or_close_their_own_reports(district: District, issue_in: Any) -> None:
    issue = issue_in(IssueState.RAISED, reporter=district.worker)
    with pytest.raises(NotAllowed):
        workflow.refuse_issue(issue, by=district.worker, at=NOW, outcome="not_ours", reason="不归")
    Issue.objects.update(state=IssueState.DISPATCHED)
    with pytest.raises(NotAllowed):
        workflow.close_issue(issue, by=district.worker, at=NOW, outcome="not_ours", reason="不归")
    assert workflow.close_issue(issue, by=district.worker2, at=NOW, outcome="not_ours", reason="不归").is_final


@pytest.mark.parametrize("state", [IssueState.ACCEPTED, IssueState.RETURNED])
def test_dispatching(district: District, issue_in: Any, do: Do, state: str) -> None:
    issue = issue_in(state)
    second = AppointmentFactory(role=Role.HANDLER, unit=district.property, area=None, user__username="handler2").user
    done = do(workflow.dispatch_issue, issue, by=district.worker, at=NOW, unit=district.property, note="抓紧")
    assert (done.issue.state, done.issue.unit, done.issue.dispatched_at) == ("dispatched", district.property, NOW)
    # Five working days, counted from the day after.
    assert clocks_of(issue) == {"issue.handle": "2023-11-14 23:59:59"}
    assert stopped(issue) == ([("issue.accept", "worker")] if state == IssueState.ACCEPTED else [])
    clock = Clock.objects.of(issue).open().get()
    assert (clock.holder_role, clock.holder_unit, clock.started_at) == (Role.HANDLER, district.property, NOW)
    assert done.events == [("dispatch", "dispatched", "worker", "抓紧", True)]
    event = done.issue.events.last()
    assert (event.unit, event.due_at) == (district.property, clock.due_at)
    assert done.told == [
        ("handler", f"派给您单位一件事，请按时办结：{NAMED}"),
        (second.username, f"派给您单位一件事，请按时办结：{NAMED}"),
        ("resident", f"已派给幸福物业办理：{NAMED}"),
    ]
    assert done.logged == [("issue.dispatch", "worker", {"state": "dispatched", "unit": district.property.pk})]
    assert done.signals == [("changed", "dispatch")]


def test_category_may_set_another_term(district: District, issue_in: Any) -> None:
    issue = issue_in(IssueState.ACCEPTED, category=Category.objects.get(code="safety"))
    workflow.dispatch_issue(issue, by=district.worker, at=NOW, unit=district.committee)
    assert clocks_of(issue) == {"issue.handle": "2023-11-09 23:59:59"}


def test_units_to_which_nothing_is_dispatched(district: District, issue_in: Any) -> None:
    issue = issue_in(IssueState.ACCEPTED)
    ended = UnitFactory(area=district.community, name="散了的", valid_to=DAY_ONE)
    not_yet = UnitFactory(area=district.community, name="还没有的", valid_from=MOMENT.date().replace(year=2999))
    below = UnitFactory(area=district.neighbour_community, name="隔壁的")
    before = rows()
    for unit in (ended, not_yet, below, district.other_property):
        with pytest.raises(BadInput, match="不管这个地方"):
            workflow.dispatch_issue(issue, by=district.worker, at=NOW, unit=unit)
    assert rows() == before


def test_progress(district: District, issue_in: Any, do: Do) -> None:
    issue = issue_in(IssueState.DISPATCHED, is_public=True)
    Endorsement.objects.create(issue=issue, user=district.neighbour, at=MOMENT)
    clocks = clocks_of(issue)
    done = do(workflow.note_progress, issue, by=district.handler, at=NOW, text="配件到了", photos=[clean_photo_of()])
    assert (done.issue.state, clocks_of(issue)) == ("dispatched", clocks)
    assert done.events == [("progress", "dispatched", "handler", "配件到了", True)]
    assert [(photo.kind, photo.is_public) for photo in done.issue.photos.all()] == [("after", True)]
    assert done.told == [(name, "有新进展：配件到了（EC-2023-900001）") for name in ("neighbour", "resident")]
    assert done.logged == [("issue.progress", "handler", {"state": "dispatched"})]


@pytest.mark.parametrize("text", ["", "长" * 501, "\x00"])
def test_progress_without_words(district: District, issue_in: Any, text: str) -> None:
    issue = issue_in(IssueState.DISPATCHED)
    before = rows()
    with pytest.raises(BadInput) as refused:
        workflow.note_progress(issue, by=district.handler, at=NOW, text=text)
    assert refused.value.field == "text"
    assert rows() == before


@pytest.mark.parametrize("state", [IssueState.DISPATCHED, IssueState.REWORK])
def test_resolving(district: District, issue_in: Any, do: Do, state: str) -> None:
    issue = issue_in(state)
    done = do(workflow.resolve_issue, issue, by=district.handler, at=NOW, text="换了新的", photos=[clean_photo_of()])
    assert (done.issue.state, done.issue.resolved_at, done.issue.rating) == ("resolved", NOW, None)
    assert (done.issue.outcome, done.issue.closed_at) == ("", None)
    # The worker calls back the next working day; the reporter has five.
    assert clocks_of(issue) == {"issue.call_back": "2023-11-08 23:59:59", "issue.answer": "2023-11-14 23:59:59"}
    assert stopped(issue) == [("issue.handle", "handler")]
    holders = {clock.kind: (clock.holder_role, clock.on_due) for clock in Clock.objects.of(issue).open()}
    assert holders == {
        "issue.call_back": (Role.COMMUNITY_WORKER, OnDue.REMIND),
        "issue.answer": (Role.RESIDENT, OnDue.LAPSE),
    }
    assert done.events == [("resolve", "resolved", "handler", "换了新的", True)]
    assert done.issue.events.last().unit == district.property
    assert [(photo.kind, photo.is_public) for photo in done.issue.photos.all()] == [("after", True)]
    assert done.told == [("resident", f"办好了，请您看看，打个分：{NAMED}")]
    assert done.logged == [("issue.resolve", "handler", {"state": "resolved"})]
    assert done.signals == [("changed", "resolve")]


@pytest.mark.parametrize(
    ("text", "count", "field"), [("", 1, "text"), ("好了", 0, "photos"), ("好了", 10, "photos"), ("\x07", 1, "text")]
)
def test_resolving_needs_evidence(district: District, issue_in: Any, text: str, count: int, field: str) -> None:
    issue = issue_in(IssueState.DISPATCHED)
    before = rows()
    with pytest.raises(BadInput) as refused:
        workflow.resolve_issue(issue, by=district.handler, at=NOW, text=text, photos=[clean_photo_of()] * count)
    assert refused.value.field == field
    assert rows() == before


def test_people_who_left_the_unit_resolve_nothing(district: District, issue_in: Any) -> None:
    issue = issue_in(IssueState.DISPATCHED)
    left = UserFactory()
    AppointmentFactory(
        user=left, role=Role.HANDLER, unit=district.property, area=None, starts_on=DAY_ONE, ends_on=DAY_ONE
    )
    with pytest.raises(NotAllowed):
        workflow.resolve_issue(issue, by=left, at=NOW, text="好了", photos=[clean_photo_of()])


@pytest.mark.parametrize("state", [IssueState.DISPATCHED, IssueState.REWORK])
def test_closing_what_was_not_resolved(district: District, issue_in: Any, do: Do, state: str) -> None:
    issue = issue_in(state, is_public=True)
    Follow.objects.create(issue=issue, user=district.neighbour, at=MOMENT)
    done = do(workflow.close_issue, issue, by=district.worker, at=NOW, outcome="unresolved", reason="开发商跑了")
    assert (done.issue.state, done.issue.outcome, done.issue.closed_at) == ("closed", Outcome.UNRESOLVED, NOW)
    assert (clocks_of(issue), stopped(issue)) == ({}, [("issue.handle", "worker")])
    assert done.events == [("close", "closed", "worker", "开发商跑了", True)]
    assert done.told == [
        (name, "已结案，没有办成，原因：开发商跑了（EC-2023-900001）") for name in ("neighbour", "resident")
    ]
    assert done.logged == [("issue.close", "worker", {"state": "closed", "outcome": "unresolved"})]
    assert done.signals == [("changed", "close"), ("closed", "unresolved")]


def test_resolved_issue_waits_for_its_rating(district: District, issue_in: Any) -> None:
    issue = issue_in(IssueState.RESOLVED)
    before = rows()
    with pytest.raises(WrongState, match="等反映人打分"):
        workflow.close_issue(issue, by=district.worker, at=NOW, outcome="unresolved", reason="结了")
    assert rows() == before


def test_verb_looks_at_the_row_and_not_at_the_copy_in_hand(district: District, issue_in: Any) -> None:
    issue = issue_in(IssueState.RAISED)
    workflow.accept_issue(issue, by=district.worker, at=NOW)
    assert issue.state == IssueState.RAISED
    with pytest.raises(WrongState, match="已受理，等派单"):
        workflow.accept_issue(issue, by=district.worker2, at=NOW)


def test_missing_rule_stops_a_verb_whole(district: District, issue_in: Any) -> None:
    issue = issue_in(IssueState.ACCEPTED)
    Rule.objects.filter(key="issue.handle").update(in_force_to=MOMENT.date())
    before = rows()
    with pytest.raises(Rule.DoesNotExist):
        workflow.dispatch_issue(issue, by=district.worker, at=NOW, unit=district.property)
    assert rows() == before
