"""What people bring to a topic: reviewed first, limited by the day, and stances that nobody can read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from wagtail.models import ModelLogEntry

from community.errors import BadInput, NotAllowed, WrongState
from community.models import Hiding, Notice
from community.reviewing import waiting_rows
from deliberation import workflow
from deliberation.models import Amendment, Argument, Statement, StatementStance, TopicEvent, TopicOption
from deliberation.models.topics import AmendmentState, Side, Stance
from deliberation.states import TopicState
from deliberation.workflow.topic_reviewing import hide_words, lift_words, publish_words
from tests.factories import MOMENT, District
from tests.factories.topics import (
    AmendmentFactory,
    OptionFactory,
    StatementFactory,
    TopicFactory,
    hall_of,
    moderator_of,
    residents,
)

NOW = MOMENT + timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def topic(district: District) -> Any:
    return TopicFactory(hall=hall_of(district.community), proposer=district.resident, state=TopicState.NOTICED)


def test_words_wait_for_review(district: District, topic: Any) -> None:
    by = district.neighbour
    workflow.add_argument(topic, by=by, at=NOW, side=Side.AGAINST, text=" 太贵了 ")
    option = workflow.add_option(topic, by=by, at=NOW, text="先装两个")
    workflow.add_statement(topic, by=by, at=NOW, text="楼道里充电危险")
    assert Argument.objects.get().text == "太贵了"
    assert not any(model.objects.get().is_public for model in (Argument, TopicOption, Statement))
    with pytest.raises(WrongState, match="没有公开"):
        workflow.propose_amendment(option, by=by, at=NOW, text="先装四个")
    rows = waiting_rows(district.worker, most=9)
    assert [(row.kind.key, row.about.text) for row in rows] == [
        ("argument", "太贵了"), ("option", "先装两个"), ("statement", "楼道里充电危险"),
    ]  # fmt: skip
    assert waiting_rows(district.neighbour_worker, most=9) == []
    for row in rows:
        row.kind.publish(row.subject, by=district.worker, at=NOW)  # type: ignore[misc]
    assert waiting_rows(district.worker, most=9) == []
    assert workflow.propose_amendment(option, by=by, at=NOW, text="先装四个").before == "先装两个"
    # The steps of the page don't fill with what waits.
    assert not TopicEvent.objects.filter(topic=topic, verb__in=("argue", "suggest", "state", "amend")).exists()


@pytest.mark.parametrize(
    ("side", "text", "field"), [("both", "好", "side"), ("for", " ", "text"), ("for", "好" * 501, "text")]
)
def test_bad_words_change_nothing(district: District, topic: Any, side: str, text: str, field: str) -> None:
    with pytest.raises(BadInput) as caught:
        workflow.add_argument(topic, by=district.neighbour, at=NOW, side=side, text=text)
    assert caught.value.field == field
    assert not Argument.objects.exists()


def test_twenty_a_day(district: District, topic: Any) -> None:
    for n in range(20):
        workflow.add_statement(topic, by=district.neighbour, at=NOW, text=f"第 {n} 句")
    with pytest.raises(NotAllowed, match="今天已经写了 20 条"):
        workflow.add_argument(topic, by=district.neighbour, at=NOW, side=Side.FOR, text="再一条")
    workflow.add_argument(topic, by=district.neighbour, at=NOW + timedelta(days=1), side=Side.FOR, text="再一条")


def test_hidden_words_and_the_appeal(district: District, topic: Any) -> None:
    row = workflow.add_argument(topic, by=district.neighbour, at=NOW, side=Side.FOR, text="好")
    publish_words(row, by=district.worker, at=NOW)
    hide_words(row, by=district.worker, at=NOW, reason="other", note="骂人")
    row.refresh_from_db()
    assert not row.is_public
    assert Hiding.objects.of(row).standing().get().author == district.neighbour
    lift_words(row, by=district.town_officer, at=NOW)
    row.refresh_from_db()
    assert row.is_public


def test_nobody_reviews_their_own_words(district: District, topic: Any) -> None:
    row = workflow.add_argument(topic, by=district.worker, at=NOW, side=Side.FOR, text="好")
    with pytest.raises(NotAllowed):
        publish_words(row, by=district.worker, at=NOW)
    assert waiting_rows(district.worker, most=9) == []
    publish_words(row, by=district.worker2, at=NOW)


def test_personal_words_are_not_published(district: District, topic: Any) -> None:
    row = workflow.add_statement(topic, by=district.neighbour, at=NOW, text="找 13800138000")
    with pytest.raises(WrongState, match="电话号码"):
        publish_words(row, by=district.worker, at=NOW)


def test_an_accepted_change_becomes_the_option(
    district: District, topic: Any, django_capture_on_commit_callbacks: Any
) -> None:
    moderator, option = moderator_of(district.community), OptionFactory(topic=topic, text="先装两个")
    change = AmendmentFactory(topic=topic, option=option, text="先装四个", by=district.neighbour)
    rival = AmendmentFactory(topic=topic, option=option, text="先装六个")
    with django_capture_on_commit_callbacks(execute=True):
        workflow.answer_amendment(change, by=moderator, at=NOW, is_accepted=True, answer="够用")
    option.refresh_from_db()
    change.refresh_from_db()
    assert (option.text, change.state, change.before, change.answer) == (
        "先装四个", AmendmentState.ACCEPTED, "先装两个", "够用",
    )  # fmt: skip
    assert Notice.objects.get(recipient=district.neighbour).message == "您提的修改意见有答复了：%(title)s（%(number)s）"
    with pytest.raises(WrongState, match="答复过了"):
        workflow.answer_amendment(change, by=moderator, at=NOW, is_accepted=True)
    with pytest.raises(WrongState, match="后来改过"):
        workflow.answer_amendment(rival, by=moderator, at=NOW, is_accepted=True)
    with pytest.raises(BadInput) as caught:
        workflow.answer_amendment(rival, by=moderator, at=NOW, is_accepted=False)
    assert caught.value.field == "answer"
    workflow.answer_amendment(rival, by=moderator, at=NOW, is_accepted=False, answer="地方不够")
    assert Amendment.objects.get(pk=rival.pk).state == AmendmentState.DECLINED


def test_a_change_that_changes_nothing(district: District, topic: Any) -> None:
    option = OptionFactory(topic=topic, text="先装两个")
    with pytest.raises(BadInput, match="和原来的方案一样"):
        workflow.propose_amendment(option, by=district.neighbour, at=NOW, text="先装两个")


def test_a_stance_can_change_and_leaves_no_moment(district: District, topic: Any) -> None:
    statement = StatementFactory(topic=topic)
    events, logged = TopicEvent.objects.count(), ModelLogEntry.objects.count()
    workflow.take_stance(statement, by=district.neighbour, at=NOW, stance=Stance.AGREE)
    workflow.take_stance(statement, by=district.neighbour, at=NOW, stance=Stance.DISAGREE)
    row = StatementStance.objects.get()
    assert (row.user, row.stance, row.topic) == (district.neighbour, -1, topic)
    assert (TopicEvent.objects.count(), ModelLogEntry.objects.count()) == (events, logged)
    assert not {field.name for field in StatementStance._meta.fields} & {"at", "created_at", "updated_at"}
    with pytest.raises(BadInput):
        workflow.take_stance(statement, by=district.neighbour, at=NOW, stance=2)


def test_the_picture_moves_by_ten_people(district: District, topic: Any) -> None:
    statement = StatementFactory(topic=topic)
    people = residents(20, district.compound)

    def shown() -> tuple[int, int, int]:
        statement.refresh_from_db()
        return statement.shown_agree, statement.shown_disagree, statement.shown_passed

    for person in people[:9]:
        workflow.take_stance(statement, by=person, at=NOW, stance=Stance.AGREE)
    assert shown() == (0, 0, 0)
    workflow.take_stance(statement, by=people[9], at=NOW, stance=Stance.PASS)
    assert shown() == (9, 0, 1)
    for person in people[10:19]:
        workflow.take_stance(statement, by=person, at=NOW, stance=Stance.DISAGREE)
    # A change of mind waits for the next picture too.
    workflow.take_stance(statement, by=people[0], at=NOW, stance=Stance.DISAGREE)
    assert shown() == (9, 0, 1)
    workflow.take_stance(statement, by=people[19], at=NOW, stance=Stance.AGREE)
    assert shown() == (9, 10, 1)


def test_hidden_statements_take_no_stance(district: District, topic: Any) -> None:
    statement = StatementFactory(topic=topic, is_public=False)
    with pytest.raises(WrongState):
        workflow.take_stance(statement, by=district.neighbour, at=NOW, stance=Stance.AGREE)
