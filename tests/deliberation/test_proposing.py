"""Proposing a topic: by residents, from issues, by the hall, and for somebody without a phone."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from community.clock import SHANGHAI
from community.errors import BadInput, NotAllowed, WrongState
from community.models import Clock, Notice, Resident, User
from community.roles import Role
from deliberation import workflow
from deliberation.models import Topic, TopicFollow
from deliberation.states import (
    IssueState,
    Outcome,
    TopicState,
)
from deliberation.workflow.proposing import propose_topic
from deliberation.workflow.representing import Person
from deliberation.workflow.topic_reviewing import publish_topic
from tests.factories import MOMENT, District, IssueFactory
from tests.factories.topics import hall_of, moderator_of

NOW = MOMENT + timedelta(days=1)
T = TopicState
pytestmark = pytest.mark.django_db


def proposed(by: User, hall: Any, **more: Any) -> Topic:
    values: dict[str, Any] = {"key": uuid.uuid4(), "title": "车棚里装不装充电桩", "question": "飞线充电危险。", **more}
    return propose_topic(by=by, at=NOW, hall=hall, **values)


def told(user: User) -> list[str]:
    return list(Notice.objects.filter(recipient=user).order_by("pk").values_list("message", flat=True))


def verbs_of(topic: Topic) -> list[str]:
    return list(topic.events.order_by("at", "pk").values_list("verb", flat=True))


@pytest.fixture
def hall(district: District) -> Any:
    return hall_of(district.community)


@pytest.fixture
def moderator(district: District) -> User:
    return moderator_of(district.community)


# --- Proposing -----------------------------------------------------------------------------------
def test_a_resident_proposes_and_needs_endorsements(district: District, hall: Any) -> None:
    topic = proposed(district.resident, hall)
    assert (topic.state, topic.is_public, topic.reviewed_at) == (T.PROPOSED, False, None)
    assert topic.number == "EC-T-2023-000001"
    assert (topic.needed_endorsements, topic.endorsement_count) == (30, 0)
    assert (topic.area, topic.town) == (district.community, district.town)
    assert verbs_of(topic) == ["propose"]
    assert TopicFollow.objects.filter(topic=topic, user=district.resident).exists()
    assert not Clock.objects.of(topic).exists()


def test_who_reviews_is_told(district: District, hall: Any, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        proposed(district.resident, hall)
    assert told(district.worker) == ["有居民提了议题，等您审看：%(title)s（%(number)s）"]
    assert told(district.resident) == []


def test_a_towns_own_number_of_endorsements(district: District, hall: Any) -> None:
    from community.models import Rule

    general = Rule.objects.get(key="topic.endorsements", town=None)
    Rule.objects.create(
        key=general.key, value=7, unit=general.unit, mark=general.mark, citation="镇街规定", town=district.town,
        in_force_from=general.in_force_from,
    )  # fmt: skip
    assert proposed(district.resident, hall).needed_endorsements == 7


@pytest.mark.parametrize("name", ["newcomer", "other_resident", "handler", "steward", "auditor", "superuser"])
def test_who_does_not_propose(district: District, hall: Any, name: str) -> None:
    with pytest.raises(NotAllowed, match="核验过的居民"):
        proposed(getattr(district, name), hall)
    assert not Topic.objects.exists()


def test_a_worker_does_not_propose_out_of_nothing(district: District, hall: Any) -> None:
    with pytest.raises(NotAllowed):
        proposed(district.worker, hall)


def test_the_same_form_twice_makes_one(district: District, hall: Any) -> None:
    key = uuid.uuid4()
    first = proposed(district.resident, hall, key=key)
    assert proposed(district.resident, hall, key=key) == first
    with pytest.raises(BadInput, match="已经用过了"):
        proposed(district.neighbour, hall, key=key)
    assert Topic.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [({"title": " "}, "title"), ({"title": "长" * 61}, "title"), ({"question": "话" * 2001}, "question")],
)
def test_bad_words_make_nothing(district: District, hall: Any, more: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as caught:
        proposed(district.resident, hall, **more)
    assert caught.value.field == field
    assert not Topic.objects.exists()


def test_a_closed_hall_takes_nothing_up(district: District, hall: Any) -> None:
    hall.closed_on = NOW.date()
    hall.save()
    with pytest.raises(BadInput, match="撤销了"):
        proposed(district.resident, hall)


def test_three_a_day(district: District, hall: Any) -> None:
    for _each in range(3):
        proposed(district.resident, hall)
    with pytest.raises(NotAllowed, match="今天已经提了 3 个"):
        proposed(district.resident, hall)
    propose_topic(by=district.resident, at=NOW + timedelta(days=1), key=uuid.uuid4(), title="明天再提", hall=hall)
    proposed(district.neighbour, hall)


def test_a_worker_proposes_from_a_public_issue(district: District, hall: Any, moderator: User) -> None:
    issue = IssueFactory(area=district.compound, state=IssueState.DISPATCHED, is_public=True)
    topic = proposed(district.worker, hall, issue=issue)
    assert (topic.is_public, topic.needed_endorsements, topic.issue) == (True, 0, issue)
    clock = Clock.objects.of(topic).open().get()
    assert (clock.kind, clock.holder_role, clock.area) == ("topic.confirm", Role.HALL_MODERATOR, district.community)
    assert clock.due_at == datetime(2023, 11, 14, 23, 59, 59, tzinfo=SHANGHAI)


def test_without_a_moderator_the_workers_hold_the_clock(district: District, hall: Any) -> None:
    issue = IssueFactory(area=district.compound, is_public=True)
    topic = proposed(district.town_officer, hall, issue=issue)
    assert Clock.objects.of(topic).open().get().holder_role == Role.COMMUNITY_WORKER


def test_an_issue_leads_to_one_topic_at_a_time(district: District, hall: Any) -> None:
    issue = IssueFactory(area=district.compound, is_public=True)
    first = proposed(district.worker, hall, issue=issue)
    with pytest.raises(WrongState, match="已经提成议题了"):
        proposed(district.worker2, hall, issue=issue)
    workflow.withdraw_topic(first, by=district.worker, at=NOW)
    assert proposed(district.worker2, hall, issue=issue).issue == issue


def test_issues_that_lead_to_no_topic(district: District, hall: Any) -> None:
    with pytest.raises(NotAllowed, match="没有公开"):
        proposed(district.worker, hall, issue=IssueFactory(area=district.compound))
    solved = IssueFactory(area=district.compound, is_public=True, state=IssueState.CLOSED, outcome=Outcome.RESOLVED)
    with pytest.raises(WrongState, match="已经办成了"):
        proposed(district.worker, hall, issue=solved)
    elsewhere = IssueFactory(area=district.other_compound, is_public=True)
    with pytest.raises(BadInput, match="不在这个议事厅"):
        proposed(district.worker, hall, issue=elsewhere)


def test_enough_voices_let_the_reporter_propose(district: District, hall: Any) -> None:
    from community.queries import rule_value

    enough = rule_value("issue.deliberation", NOW.date())
    issue = IssueFactory(
        area=district.compound, is_public=True, reporter=district.newcomer, endorsement_count=enough - 1
    )
    with pytest.raises(NotAllowed):
        proposed(district.newcomer, hall, issue=issue)
    issue.endorsement_count = enough
    issue.save()
    topic = proposed(district.newcomer, hall, issue=issue)
    # The issue has brought its voices along; the words still wait for review.
    assert (topic.needed_endorsements, topic.is_public) == (0, False)
    publish_topic(topic, by=district.worker, at=NOW)
    assert Clock.objects.of(topic).open().get().kind == "topic.confirm"


def test_the_hall_proposes_by_its_moderator(district: District, hall: Any, moderator: User) -> None:
    topic = proposed(moderator, hall, of_hall=True)
    assert (topic.is_of_hall, topic.is_public, topic.needed_endorsements) == (True, True, 0)
    for other in (district.worker, district.resident, district.town_officer):
        with pytest.raises(NotAllowed, match="主持人"):
            proposed(other, hall, of_hall=True)


def test_what_staff_makes_public_holds_nothing_personal(district: District, hall: Any, moderator: User) -> None:
    with pytest.raises(BadInput, match="电话号码"):
        proposed(moderator, hall, of_hall=True, question="找 13800138000")
    assert not Topic.objects.exists()


def test_a_worker_proposes_for_somebody_without_a_phone(district: District) -> None:
    hall = hall_of(district.compound)
    topic = proposed(district.worker, hall, represented=Person("田桂英"))
    assert (topic.represented.name, topic.is_public, topic.needed_endorsements) == ("田桂英", False, 30)
    assert Resident.objects.get(pk=topic.represented_id).user is None
    with pytest.raises(NotAllowed):
        proposed(district.resident, hall, represented=Person("田桂英"))
