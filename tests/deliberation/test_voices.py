from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from community.errors import BadInput, NotAllowed, WrongState
from deliberation import workflow
from deliberation.models import Endorsement, Follow, Issue, IssueEvent
from deliberation.states import IssueState
from tests.community.threads import together
from tests.deliberation.effects import Effects, rows
from tests.factories import MOMENT, District, IssueFactory, UserFactory, build_district

Do = Callable[..., Effects]
NOW = MOMENT + timedelta(hours=5)
NAMED = "三号楼前的井盖松动（EC-2023-900001）"


@pytest.fixture
def issue(issue_in: Any) -> Issue:
    """Return a public issue that is being handled."""
    return issue_in(IssueState.DISPATCHED, is_public=True)


def test_endorsing(district: District, issue: Issue, do: Do) -> None:
    done = do(workflow.endorse_issue, issue, by=district.neighbour, at=NOW)
    assert (done.issue.endorsement_count, done.result.endorsement_count) == (1, 1)
    assert list(Endorsement.objects.values_list("user", "at")) == [(district.neighbour.pk, NOW)]
    # Who says "me too" is nobody's business, and a thousand of them are no steps of the chain.
    assert done.events == []
    assert done.told == []
    assert done.logged == [("issue.endorse", "neighbour", {"state": "dispatched"})]


def test_endorsing_again_changes_nothing(district: District, issue: Issue) -> None:
    workflow.endorse_issue(issue, by=district.neighbour, at=NOW)
    before = rows()
    assert workflow.endorse_issue(issue, by=district.neighbour, at=NOW + timedelta(days=1)).endorsement_count == 1
    assert rows() == before


def test_endorsers_hear_of_each_step(district: District, issue: Issue, do: Do) -> None:
    workflow.endorse_issue(issue, by=district.neighbour, at=NOW)
    done = do(workflow.note_progress, issue, by=district.handler, at=NOW, text="在办")
    assert [who for who, _ in done.told] == ["neighbour", "resident"]


@pytest.mark.django_db(transaction=True)
def test_endorsements_at_once_are_each_counted_once() -> None:
    district = build_district()
    issue = IssueFactory(area=district.compound, reporter=district.resident, is_public=True)
    people = [UserFactory() for _ in range(3)]
    calls = [lambda user=user: workflow.endorse_issue(issue, by=user, at=NOW).is_public for user in [*people, *people]]
    assert together(*calls) == [True] * 6
    issue.refresh_from_db()
    assert (issue.endorsement_count, Endorsement.objects.count()) == (3, 3)


def test_following_and_no_longer(district: District, issue: Issue, do: Do) -> None:
    done = do(workflow.follow_issue, issue, by=district.neighbour, at=NOW)
    assert (done.events, done.told, done.logged, done.signals) == ([], [], [], [])
    assert Follow.objects.filter(issue=issue).count() == 2
    workflow.follow_issue(issue, by=district.neighbour, at=NOW + timedelta(days=1))
    assert Follow.objects.get(user=district.neighbour).at == NOW
    told = do(workflow.note_progress, issue, by=district.handler, at=NOW, text="在办").told
    assert [who for who, _ in told] == ["neighbour", "resident"]
    workflow.follow_issue(issue, by=district.neighbour, at=NOW, on=False)
    workflow.follow_issue(issue, by=district.neighbour, at=NOW, on=False)
    assert not Follow.objects.filter(user=district.neighbour).exists()


def test_supplementing_is_for_staff_first(district: District, issue: Issue, do: Do) -> None:
    done = do(workflow.supplement_issue, issue, by=district.neighbour, at=NOW, text=" 晚上也响 ")
    assert done.events == [("supplement", "dispatched", "neighbour", "晚上也响", False)]
    sentence = f"有人补充了情况，等您审看：{issue.title}（{issue.number}）"
    assert done.told == [("worker", sentence), ("worker2", sentence)]
    assert done.logged == [("issue.supplement", "neighbour", {"state": "dispatched"})]


@pytest.mark.parametrize("text", ["", "  ", "长" * 501, "\x00", "响\x07"])
def test_supplement_without_words(district: District, issue: Issue, text: str) -> None:
    before = rows()
    with pytest.raises(BadInput) as refused:
        workflow.supplement_issue(issue, by=district.neighbour, at=NOW, text=text)
    assert refused.value.field == "text"
    assert rows() == before


def supplement(issue: Issue, by: Any) -> IssueEvent:
    """Return what somebody added."""
    workflow.supplement_issue(issue, by=by, at=NOW, text="晚上也响")
    return IssueEvent.objects.get(verb="supplement")


def test_publishing_a_supplement(district: District, issue: Issue, do: Do) -> None:
    event = supplement(issue, district.neighbour)
    done = do(workflow.review_supplement, event, by=district.worker, at=NOW)
    event.refresh_from_db()
    assert event.is_public
    assert done.events == [("publish", "dispatched", "worker", "", False)]
    assert done.told == [("resident", f"有街坊补充了情况：{NAMED}")]
    assert done.logged == [("issue.publish", "worker", {"state": "dispatched", "event": event.pk})]


@pytest.mark.parametrize("who", ["resident", "neighbour", "other_worker", "handler", "auditor", "superuser"])
def test_who_does_not_publish_supplements(district: District, issue: Issue, who: str) -> None:
    event = supplement(issue, district.neighbour)
    before = rows()
    with pytest.raises(NotAllowed):
        workflow.review_supplement(event, by=getattr(district, who), at=NOW)
    assert rows() == before


def test_workers_do_not_publish_what_they_added_themselves(district: District, issue: Issue) -> None:
    event = supplement(issue, district.worker)
    with pytest.raises(NotAllowed, match="由别人审看"):
        workflow.review_supplement(event, by=district.worker, at=NOW)
    workflow.review_supplement(event, by=district.worker2, at=NOW)
    assert IssueEvent.objects.get(pk=event.pk).is_public


@pytest.mark.parametrize("verb", ["raise", "dispatch"])
def test_only_supplements_are_published_one_by_one(district: District, issue: Issue, verb: str) -> None:
    before = rows()
    with pytest.raises(WrongState):
        workflow.review_supplement(issue.events.get(verb=verb), by=district.worker, at=NOW)
    assert rows() == before


def test_a_supplement_is_published_once(district: District, issue: Issue) -> None:
    event = supplement(issue, district.neighbour)
    workflow.review_supplement(event, by=district.worker, at=NOW)
    before = rows()
    with pytest.raises(WrongState):
        workflow.review_supplement(event, by=district.worker, at=NOW)
    assert rows() == before
