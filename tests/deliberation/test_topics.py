"""A topic's way to its session: reviewing, endorsing, confirming, refusing, noticing, answering, withdrawing."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from community.clock import SHANGHAI
from community.errors import BadInput, NotAllowed, WrongState
from community.models import Clock, Hiding, Notice, User
from community.models.areas import UnitKind
from community.reviewing import kind_of, waiting_rows
from community.roles import Role
from community.workflow import sweep
from deliberation import workflow
from deliberation.models import PublicNotice, Topic, TopicEndorsement, TopicFollow, TopicScope
from deliberation.models.topics import Weight
from deliberation.signals import topic_changed
from deliberation.states import (
    TOPIC_FINAL,
    TOPIC_GROUPS,
    TOPIC_STEPS,
    TOPIC_TRANSITIONS,
    TopicState,
)
from deliberation.workflow.proposing import propose_topic
from deliberation.workflow.topic_reviewing import publish_topic, withhold_topic
from deliberation.workflow.topic_steps import tell
from tests.factories import MOMENT, District, UnitFactory
from tests.factories.topics import TOPIC_PATHS, ScopeFactory, TopicFactory, hall_of, moderator_of, residents

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


# --- The table -----------------------------------------------------------------------------------
def test_paths_of_the_factory_follow_the_table() -> None:
    for state, path in TOPIC_PATHS.items():
        at = T.PROPOSED
        for verb in path:
            at = TOPIC_TRANSITIONS[verb][at]
        assert at == state


def test_every_state_is_in_one_group_and_can_be_reached_and_left() -> None:
    assert sorted(state for group in TOPIC_GROUPS.values() for state in group) == sorted(T)
    moves = [(old, new) for table in TOPIC_TRANSITIONS.values() for old, new in table.items()]
    assert {new for _, new in moves} == set(T) - {T.PROPOSED}
    assert {old for old, _ in moves} == set(T) - TOPIC_FINAL
    assert set(TOPIC_STEPS) | TOPIC_FINAL == set(T)


def test_factories_make_every_state() -> None:
    for state in T:
        topic = TopicFactory(state=state)
        assert Topic.objects.get(pk=topic.pk).state == state


# --- Reviewing ------------------------------------------------------------------------------------
def test_review_opens_a_proposal(district: District, hall: Any) -> None:
    topic = proposed(district.resident, hall)
    assert [row.subject for row in waiting_rows(district.worker, most=9)] == [topic]
    assert waiting_rows(district.other_worker, most=9) == []
    publish_topic(topic, by=district.worker, at=NOW)
    topic.refresh_from_db()
    assert (topic.is_public, topic.reviewed_at) == (True, NOW)
    assert waiting_rows(district.worker, most=9) == []
    with pytest.raises(WrongState, match="已经公开了"):
        publish_topic(topic, by=district.worker, at=NOW)


@pytest.mark.parametrize(
    "name", ["resident", "neighbour", "other_worker", "neighbour_worker", "district_officer", "superuser"]
)
def test_who_does_not_review(district: District, hall: Any, name: str) -> None:
    topic = proposed(district.resident, hall)
    with pytest.raises(NotAllowed):
        publish_topic(topic, by=getattr(district, name), at=NOW)


def test_personal_words_are_not_published(district: District, hall: Any) -> None:
    topic = proposed(district.resident, hall, question="找 13800138000")
    with pytest.raises(WrongState, match="电话号码"):
        publish_topic(topic, by=district.worker, at=NOW)


def test_a_hidden_proposal_and_its_appeal(district: District, hall: Any) -> None:
    topic = proposed(district.resident, hall)
    withhold_topic(topic, by=district.worker, at=NOW, reason="other", note="写的是别人家的事")
    topic.refresh_from_db()
    assert (topic.is_public, topic.reviewed_at) == (False, NOW)
    hiding = Hiding.objects.of(topic).standing().get()
    assert (hiding.author, hiding.note) == (district.resident, "写的是别人家的事")
    kind_of(topic).lift(topic, by=district.town_officer, at=NOW)  # type: ignore[misc]
    topic.refresh_from_db()
    assert topic.is_public


def test_what_is_confirmed_is_not_withdrawn_from_the_public(district: District, hall: Any) -> None:
    topic = TopicFactory(hall=hall, state=T.CONFIRMED)
    with pytest.raises(WrongState, match="不能整个撤下"):
        withhold_topic(topic, by=district.worker, at=NOW, reason="other", note="不妥")


# --- Endorsing ------------------------------------------------------------------------------------
def test_the_last_voice_starts_the_clock(
    district: District, hall: Any, moderator: User, django_capture_on_commit_callbacks: Any
) -> None:
    topic = TopicFactory(hall=hall, proposer=district.resident, needed_endorsements=2)
    first, second = residents(2, district.compound)
    workflow.endorse_topic(topic, by=first, at=NOW)
    assert not Clock.objects.of(topic).exists()
    with django_capture_on_commit_callbacks(execute=True):
        workflow.endorse_topic(topic, by=second, at=NOW)
    topic.refresh_from_db()
    assert topic.endorsement_count == 2
    assert Clock.objects.of(topic).open().get().kind == "topic.confirm"
    assert told(moderator) == ["有议题等您确认：%(title)s（%(number)s）"]
    assert verbs_of(topic) == ["propose", "enough"]
    workflow.endorse_topic(topic, by=residents(1, district.compound)[0], at=NOW)
    assert Clock.objects.of(topic).open().count() == 1


def test_one_person_one_voice(district: District, hall: Any) -> None:
    topic = TopicFactory(hall=hall)
    for _each in range(2):
        workflow.endorse_topic(topic, by=district.neighbour, at=NOW)
    topic.refresh_from_db()
    assert (topic.endorsement_count, TopicEndorsement.objects.count()) == (1, 1)


@pytest.mark.parametrize("name", ["resident", "newcomer", "other_resident", "worker", "handler", "superuser"])
def test_who_does_not_endorse(district: District, hall: Any, name: str) -> None:
    topic = TopicFactory(hall=hall, proposer=district.resident)
    with pytest.raises(NotAllowed, match="附议要是本地核验过的居民"):
        workflow.endorse_topic(topic, by=getattr(district, name), at=NOW)
    topic.refresh_from_db()
    assert topic.endorsement_count == 0


def test_hidden_topics_take_no_voice(district: District, hall: Any) -> None:
    with pytest.raises(NotAllowed):
        workflow.endorse_topic(TopicFactory(hall=hall, is_public=False), by=district.neighbour, at=NOW)


# --- Confirming, refusing -------------------------------------------------------------------------
def test_confirming(district: District, hall: Any, moderator: User, django_capture_on_commit_callbacks: Any) -> None:
    scope = ScopeFactory(town=district.town)
    topic = TopicFactory(hall=hall, proposer=district.resident, endorsement_count=2)
    TopicEndorsement.objects.create(topic=topic, user=district.neighbour, at=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        workflow.confirm_topic(topic, by=moderator, at=NOW, weight=Weight.MAJOR, scope=scope)
    topic.refresh_from_db()
    assert (topic.state, topic.weight, topic.scope) == (T.CONFIRMED, Weight.MAJOR, scope)
    assert not Clock.objects.of(topic).open().exists()
    message = "已经列为议题，接下来公示：%(title)s（%(number)s）"
    assert (told(district.resident)[-1], told(district.neighbour)[-1], told(moderator)) == (message, message, [])


def test_nothing_is_confirmed_while_voices_are_missing(district: District, hall: Any) -> None:
    topic = TopicFactory(hall=hall, needed_endorsements=5, endorsement_count=4)
    with pytest.raises(WrongState, match="附议还差 1 位"):
        workflow.confirm_topic(topic, by=district.worker, at=NOW, weight=Weight.MAJOR)
    topic.refresh_from_db()
    assert (topic.state, topic.weight) == (T.PROPOSED, "")


def test_who_proposed_never_confirms_nor_refuses(district: District, hall: Any, moderator: User) -> None:
    topic = proposed(moderator, hall, of_hall=True)
    with pytest.raises(NotAllowed, match="谁提的"):
        workflow.confirm_topic(topic, by=moderator, at=NOW, weight=Weight.MAJOR)
    with pytest.raises(NotAllowed):
        workflow.refuse_topic(topic, by=moderator, at=NOW, reason="不议")
    assert workflow.confirm_topic(topic, by=district.worker, at=NOW, weight=Weight.MAJOR).state == T.CONFIRMED


def test_the_item_stands_on_the_towns_list_today(district: District, hall: Any) -> None:
    topic = TopicFactory(hall=hall, endorsement_count=2)
    bad = [
        ScopeFactory(town=district.other_town),
        ScopeFactory(town=district.town, is_excluded=True),
        ScopeFactory(town=district.town, valid_to=MOMENT.date()),
    ]
    good = ScopeFactory(town=district.town)
    for scope in (*bad, None):
        with pytest.raises(BadInput) as caught:
            workflow.confirm_topic(topic, by=district.worker, at=NOW, weight=Weight.HARD, scope=scope)
        assert caught.value.field == "scope"
    with pytest.raises(BadInput) as caught:
        workflow.confirm_topic(topic, by=district.worker, at=NOW, weight="heavy", scope=good)
    assert caught.value.field == "weight"
    assert workflow.confirm_topic(topic, by=district.worker, at=NOW, weight=Weight.HARD, scope=good).scope == good


def test_a_refusal_is_read_by_the_proposer(
    district: District, hall: Any, django_capture_on_commit_callbacks: Any
) -> None:
    topic = TopicFactory(hall=hall, proposer=district.resident, is_public=False)
    with pytest.raises(BadInput):
        workflow.refuse_topic(topic, by=district.worker, at=NOW, reason=" ")
    with django_capture_on_commit_callbacks(execute=True):
        workflow.refuse_topic(topic, by=district.worker, at=NOW, reason="归供水公司管")
    topic.refresh_from_db()
    assert (topic.state, topic.ended_at) == (T.REFUSED, NOW)
    assert told(district.resident) == ["没有列为议题，原因：%(reason)s（%(number)s）"]


# --- Withdrawing, noticing, answering --------------------------------------------------------------
def test_withdrawing_stops_the_clock(district: District, hall: Any) -> None:
    topic = TopicFactory(hall=hall, proposer=district.resident, endorsement_count=2)
    with pytest.raises(NotAllowed, match="只有提出人"):
        workflow.withdraw_topic(topic, by=district.worker, at=NOW)
    workflow.withdraw_topic(topic, by=district.resident, at=NOW)
    topic.refresh_from_db()
    assert (topic.state, topic.ended_at) == (T.WITHDRAWN, NOW)
    assert not Clock.objects.of(topic).open().exists()


def test_a_notice_runs_the_towns_days(district: District, hall: Any) -> None:
    topic = TopicFactory(hall=hall, state=T.CONFIRMED)
    workflow.notice_topic(topic, by=district.worker, at=NOW, text="下周议充电桩")
    topic.refresh_from_db()
    ends = datetime(2023, 11, 10, 23, 59, 59, tzinfo=SHANGHAI)
    assert (topic.state, topic.noticed_at, topic.notice_ends_at) == (T.NOTICED, NOW, ends)
    notice = PublicNotice.objects.get(topic=topic)
    assert (notice.kind, notice.text, notice.starts_at, notice.ends_at) == ("topic", "下周议充电桩", NOW, ends)


def test_an_official_answer(district: District, hall: Any) -> None:
    office = UnitFactory(kind=UnitKind.OFFICE, name="东园街道办事处", area=district.town)
    topic = TopicFactory(hall=hall, state=T.NOTICED)
    workflow.answer_topic(topic, by=district.town_officer, at=NOW, text="年内装好。", unit=office)
    topic.refresh_from_db()
    assert (topic.answer, topic.answered_by, topic.answered_at) == ("年内装好。", office, NOW)
    with pytest.raises(BadInput) as caught:
        workflow.answer_topic(topic, by=district.town_officer, at=NOW, text="好。", unit=district.property)
    assert caught.value.field == "unit"
    for name in ("worker", "handler", "resident", "other_town_officer", "superuser"):
        with pytest.raises(NotAllowed):
            workflow.answer_topic(topic, by=getattr(district, name), at=NOW, text="好。", unit=office)


def test_a_department_answers_for_itself_alone(district: District, hall: Any) -> None:
    from tests.factories import AppointmentFactory

    department, office = (
        UnitFactory(kind=kind, name=kind, area=district.area) for kind in (UnitKind.DEPARTMENT, UnitKind.OFFICE)
    )
    handler = AppointmentFactory(role=Role.HANDLER, unit=department, area=None).user
    topic = TopicFactory(hall=hall, state=T.CARRYING_OUT)
    with pytest.raises(BadInput):
        workflow.answer_topic(topic, by=handler, at=NOW, text="好。", unit=office)
    assert workflow.answer_topic(topic, by=handler, at=NOW, text="好。", unit=department).answered_by == department


# --- Clocks, signals, places ------------------------------------------------------------------------
def test_a_late_confirmation_is_reminded(
    district: District, hall: Any, moderator: User, django_capture_on_commit_callbacks: Any
) -> None:
    topic = TopicFactory(hall=hall, endorsement_count=2)
    due = Clock.objects.of(topic).open().get().due_at
    with django_capture_on_commit_callbacks(execute=True):
        sweep(at=due + timedelta(days=2))
    late = "议题过期没有确认，请马上办：%(title)s（%(number)s）"
    assert (told(moderator)[-1], told(district.worker)[-1], told(district.town_officer)) == (late, late, [])


def test_those_above_hear_of_each_step(district: District, hall: Any) -> None:
    heard: list[str] = []

    def listen(topic: Topic, verb: str, **kwargs: Any) -> None:
        heard.append(verb)

    topic_changed.connect(listen)
    try:
        topic = proposed(district.resident, hall)
        publish_topic(topic, by=district.worker, at=NOW)
        workflow.endorse_topic(topic, by=district.neighbour, at=NOW)
    finally:
        topic_changed.disconnect(listen)
    assert heard == ["propose", "open", "endorse"]


# --- The town's list ---------------------------------------------------------------------------------
def test_the_officer_keeps_the_list(district: District) -> None:
    officer, at = district.town_officer, NOW
    scope = workflow.add_scope(by=officer, at=at, town=district.town, title="停车怎么停")
    assert (scope.valid_from, scope.valid_to, scope.weight) == (NOW.date(), None, Weight.PRACTICAL)
    with pytest.raises(BadInput) as caught:
        workflow.add_scope(by=officer, at=at, town=district.town, title="停车怎么停")
    assert caught.value.field == "title"
    workflow.change_scope(
        scope, by=officer, at=at, description="找派出所", weight=Weight.HARD, is_excluded=True, position=3
    )
    scope.refresh_from_db()
    assert (scope.description, scope.weight, scope.is_excluded, scope.position) == ("找派出所", Weight.HARD, True, 3)
    workflow.end_scope(scope, by=officer, at=at)
    scope.refresh_from_db()
    assert scope.valid_to == NOW.date()
    with pytest.raises(WrongState):
        workflow.end_scope(scope, by=officer, at=at)


@pytest.mark.parametrize("name", ["worker", "resident", "other_town_officer", "district_officer", "superuser"])
def test_nobody_else_keeps_the_list(district: District, name: str) -> None:
    scope = ScopeFactory(town=district.town)
    by = getattr(district, name)
    with pytest.raises(NotAllowed):
        workflow.add_scope(by=by, at=NOW, town=district.town, title="新的一项")
    with pytest.raises(NotAllowed):
        workflow.end_scope(scope, by=by, at=NOW)
    assert TopicScope.objects.filter(valid_to=None).count() == 1


def test_an_excluded_item_says_whom_to_ask(district: District) -> None:
    with pytest.raises(BadInput) as caught:
        workflow.add_scope(by=district.town_officer, at=NOW, town=district.town, title="违建", is_excluded=True)
    assert caught.value.field == "description"


def test_nobody_is_told_of_a_hidden_topic_but_its_proposer(
    district: District, hall: Any, django_capture_on_commit_callbacks: Any
) -> None:
    topic = TopicFactory(hall=hall, proposer=district.resident, is_public=False)
    TopicFollow.objects.create(topic=topic, user=district.neighbour, at=NOW)
    for is_public, hears in ((False, 0), (True, 1)):
        topic.is_public = is_public
        with django_capture_on_commit_callbacks(execute=True):
            tell(topic, "走了一步：%(title)s（%(number)s）", by=district.worker, at=NOW)
        assert len(told(district.neighbour)) == hears
    assert len(told(district.resident)) == 2
    assert told(district.worker) == []
