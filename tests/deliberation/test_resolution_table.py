"""Every verb of a resolution in every state by everybody, by hand; and what it refuses to publish."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from community.clock import SHANGHAI
from community.errors import BadInput, NotAllowed, WrongState
from community.models import User
from deliberation.models import Evaluation, Objection, Resolution, Topic
from deliberation.states import CommitmentState, ResolutionState, TopicState
from deliberation.workflow import commitments, evaluating, objecting, resolutions
from tests.deliberation.tables import counts
from tests.deliberation.test_session_table import ROLES, people
from tests.factories import MOMENT, District, ResidentFactory, clean_photo_of
from tests.factories.ballots import counted, opened, vote, voters
from tests.factories.resolutions import (
    DAY,
    MEETS_AT,
    carried_out,
    noticed_topic,
    opinion,
    published,
    task,
    to_evaluate,
)

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
SHOWN, DOING, RATING, ENDED, REVOKED = "shown", "doing", "rating", "ended", "revoked"
STAFF = {"moderator", "worker", "town_officer"}
MAY = {
    "object": {"resident", "neighbour"},
    "answer": STAFF,
    "revoke": {"town_officer"},
    "carry_out": {"clock"},
    "conclude": {"clock"},
    "evaluate": {"resident", "neighbour"},
    "update": {"worker", "town_officer", "handler"},
    "finish": {"handler"},
    "drop": {"town_officer"},
    "reopen": {"worker", "town_officer"},
}
CAN = {
    "object": {SHOWN},
    "answer": {SHOWN},
    # A result that nobody found wrong is not revoked; see below.
    "revoke": set(),
    # Its publicity still runs; see test_resolutions_by_clock.py.
    "carry_out": set(),
    "conclude": set(),
    "evaluate": {RATING},
    "update": {DOING},
    "finish": {DOING},
    "drop": {DOING},
    "reopen": {RATING},
}


def resolution_in(district: District, step: str) -> tuple[Resolution, Objection, datetime]:
    """Return a resolution at a step, an objection against it, and a moment at that step."""
    resolution = published(district)
    objector = voters(1, district.compound)[0].user
    assert objector is not None
    at = MEETS_AT + 2 * DAY
    objection = objecting.object_to_result(resolution, by=objector, at=at, text="太近。")
    if step == SHOWN:
        return resolution, objection, at
    upheld = step == REVOKED
    objection = objecting.answer_objection(objection, by=district.worker, at=at, uphold=upheld, answer="看过了。")
    if step == REVOKED:
        return resolutions.revoke_resolution(resolution, by=district.town_officer, at=at, reason="要改"), objection, at
    clock, at = User.objects.clock(), resolution.notices.get().ends_at + SECOND
    resolution = resolutions.carry_out_resolution(resolution, by=clock, at=at)
    if step == DOING:
        return resolution, objection, at
    commitments.finish_commitment(resolution.commitments.get(), by=district.handler, at=at + DAY, text="好了。")
    resolution.refresh_from_db()
    if step == RATING:
        return resolution, objection, at + 2 * DAY
    assert resolution.evaluation_ends_at is not None
    at = resolution.evaluation_ends_at + SECOND
    return resolutions.conclude_resolution(resolution, by=clock, at=at), objection, at


def calls(resolution: Resolution, objection: Objection, at: datetime) -> dict[str, Callable[[User], Any]]:
    """Return how each verb is called with lawful arguments."""
    one = resolution.commitments.get()
    answer: dict[str, Any] = {"at": at, "uphold": False, "answer": "没有。"}
    return {
        "object": lambda by: objecting.object_to_result(resolution, by=by, at=at, text="不行。"),
        "answer": lambda by: objecting.answer_objection(objection, by=by, **answer),
        "revoke": lambda by: resolutions.revoke_resolution(resolution, by=by, at=at, reason="改"),
        "carry_out": lambda by: resolutions.carry_out_resolution(resolution, by=by, at=at),
        "conclude": lambda by: resolutions.conclude_resolution(resolution, by=by, at=at),
        "evaluate": lambda by: evaluating.evaluate_resolution(resolution, by=by, at=at, rating=5),
        "update": lambda by: commitments.update_commitment(one, by=by, at=at, text="在办。"),
        "finish": lambda by: commitments.finish_commitment(one, by=by, at=at, text="好了。"),
        "drop": lambda by: commitments.drop_commitment(one, by=by, at=at, reason="没钱。"),
        "reopen": lambda by: commitments.reopen_commitment(one, by=by, at=at, reason="又坏了。"),
    }


def outcome_of(call: Callable[[], Any]) -> str:
    """Return done, or the name of a refusal, which changes nothing; nothing of it stays."""
    before = counts()
    with transaction.atomic():
        try:
            with transaction.atomic():
                call()
            outcome = "done"
        except (NotAllowed, WrongState) as refused:
            assert str(refused).endswith("。")
            assert counts() == before
            outcome = type(refused).__name__
        transaction.set_rollback(True)
    return outcome


@pytest.mark.parametrize("step", [SHOWN, DOING, RATING, ENDED, REVOKED])
def test_every_verb_by_everybody(district: District, step: str) -> None:
    resolution, objection, at = resolution_in(district, step)
    everybody = {**people(district), "clock": User.objects.clock()}
    assert set(everybody) == {*ROLES, "moderator", "recorder", "clock"}
    wrong = {}
    for verb, call in calls(resolution, objection, at).items():
        for role, user in everybody.items():
            found = outcome_of(lambda call=call, user=user: call(user))  # type: ignore[misc]
            right = "NotAllowed" if role not in MAY[verb] else "done" if step in CAN[verb] else "WrongState"
            if found != right:
                wrong[verb, role] = (found, right)
    assert wrong == {}


@pytest.mark.parametrize("role", [*ROLES, "moderator", "recorder"])
def test_who_publishes(district: District, role: str) -> None:
    topic, user = opinion(district), people(district)[role]
    found = outcome_of(lambda: publish(topic, user, district))
    assert found == ("done" if role in STAFF else "NotAllowed")


def publish(source: Any, by: User, district: District, *tasks: Any) -> Resolution:
    """Publish with lawful words."""
    given = list(tasks) or [task(district.property)]
    return resolutions.publish_resolution(
        source, by=by, at=MEETS_AT + DAY, title="装充电桩", text="装。", commitments=given
    )


def test_only_an_opinion_is_published(district: District) -> None:
    with pytest.raises(WrongState, match="还没有形成"):
        publish(noticed_topic(district), district.worker, district)


def test_a_resolution_has_tasks_with_a_unit_of_the_place_and_a_day(district: District) -> None:
    topic = opinion(district)
    at = MEETS_AT + DAY
    late = (at + 731 * DAY).date()
    for tasks in (
        [task(district.other_property)],
        [task(district.property, due_on=at.date())],
        [task(district.property, due_on=late)],
        [task(district.property, text=" ")],
    ):
        with pytest.raises(BadInput) as caught:
            publish(topic, district.worker, district, *tasks)
        assert caught.value.field == "commitments"
    with pytest.raises(BadInput):
        resolutions.publish_resolution(topic, by=district.worker, at=at, title="装", text="装。", commitments=[])
    assert not Resolution.objects.exists()
    assert Topic.objects.get(pk=topic.pk).state == TopicState.OPINION_FORMED


def test_what_is_published(district: District) -> None:
    resolution = published(district)
    notice, one = resolution.notices.get(), resolution.commitments.get()
    assert resolution.number == "EC-R-2023-000001"
    assert resolution.state == ResolutionState.PUBLISHED
    assert (notice.kind, notice.starts_at) == ("result", MEETS_AT + DAY)
    # Five working days after Tuesday 14 November.
    assert notice.ends_at.date().isoformat() == "2023-11-21"
    assert one.next_update_on == (MEETS_AT + 31 * DAY).date()
    assert resolution.session is not None
    assert resolution.topic is not None
    assert resolution.topic.state == TopicState.RESULT_PUBLISHED


def test_of_a_ballot_only_where_it_has_passed(district: District) -> None:
    people_ = voters(3, district.compound)
    lost = opened(district.worker, district.community, MOMENT, people_)
    vote(lost, "no", "no", "yes")
    with pytest.raises(WrongState, match="没有通过"):
        publish(counted(lost), district.worker, district)
    won = opened(district.worker, district.community, MOMENT, people_)
    with pytest.raises(WrongState, match="还没有计票"):
        publish(won, district.worker, district)
    vote(won, "yes", "yes", "no")
    resolution = publish(counted(won), district.worker, district)
    assert (resolution.ballot, resolution.topic, resolution.area) == (won, None, district.community)
    with pytest.raises(WrongState, match="已经公布过"):
        publish(won, district.worker, district)


def test_an_upheld_objection_lets_the_town_revoke_and_the_topic_start_again(district: District) -> None:
    resolution, objection, at = resolution_in(district, SHOWN)
    with pytest.raises(WrongState, match="没有成立的异议"):
        resolutions.revoke_resolution(resolution, by=district.town_officer, at=at, reason="改")
    objecting.answer_objection(objection, by=district.worker, at=at, uphold=True, answer="说得对。")
    ends_at = resolution.notices.get().ends_at
    # The town has five working days from the answer before it is carried out after all.
    assert not resolutions.may_carry_out(resolution, ends_at + SECOND)
    assert resolutions.may_carry_out(resolution, ends_at + 10 * DAY)
    resolutions.revoke_resolution(resolution, by=district.town_officer, at=at, reason="离楼太近")
    resolution.refresh_from_db()
    assert resolution.topic is not None
    assert (resolution.state, resolution.topic.state) == (ResolutionState.REVOKED, TopicState.CONFIRMED)
    assert resolution.notices.get().ended_at == at


def test_who_objected_answers_nobody(district: District) -> None:
    resolution = published(district)
    worker = district.worker
    ResidentFactory(user=worker, home=district.compound)
    at = MEETS_AT + 2 * DAY
    own = objecting.object_to_result(resolution, by=worker, at=at, text="我也有意见。")
    other = objecting.object_to_result(resolution, by=district.resident, at=at, text="太近。")
    for objection in (own, other):
        with pytest.raises(NotAllowed):
            objecting.answer_objection(objection, by=worker, at=at, uphold=False, answer="不。")
    with pytest.raises(WrongState, match="已经提过"):
        objecting.object_to_result(resolution, by=district.resident, at=at, text="再说一次。")
    assert not other.is_public


def test_rating_is_once_and_changeable_until_the_end(district: District) -> None:
    resolution = to_evaluate(district)
    assert resolution.evaluation_ends_at is not None
    at = resolution.evaluation_ends_at
    evaluating.evaluate_resolution(resolution, by=district.resident, at=at - DAY, rating=2, text="慢。")
    Evaluation.objects.update(is_public=True, reviewed_at=at)
    evaluating.evaluate_resolution(resolution, by=district.resident, at=at, rating=4, text="后来好了。")
    one = Evaluation.objects.get()
    assert (one.rating, one.text, one.is_public) == (4, "后来好了。", False)
    for rating in (0, 6):
        with pytest.raises(BadInput):
            evaluating.evaluate_resolution(resolution, by=district.resident, at=at, rating=rating)
    with pytest.raises(WrongState):
        evaluating.evaluate_resolution(resolution, by=district.resident, at=at + SECOND, rating=1)


def test_the_evaluation_waits_for_the_last_task_and_for_what_is_done_again(district: District) -> None:
    resolution = carried_out(district, task(district.property), task(district.committee, text="公布电价"))
    first, second = resolution.commitments.order_by("position")
    at = resolution.carried_out_from
    assert at is not None
    photo = clean_photo_of()
    commitments.finish_commitment(first, by=district.handler, at=at + DAY, text="好了。", photos=[photo])
    assert Resolution.objects.get(pk=resolution.pk).evaluation_ends_at is None
    # The committee has no handlers: its community's worker says so.
    commitments.finish_commitment(second, by=district.worker, at=at + 2 * DAY, text="贴出来了。")
    assert Resolution.objects.get(pk=resolution.pk).evaluation_ends_at is not None
    commitments.reopen_commitment(first, by=district.worker, at=at + 3 * DAY, reason="有一个不通电。")
    first.refresh_from_db()
    assert first.state == CommitmentState.OPEN
    assert Resolution.objects.get(pk=resolution.pk).evaluation_ends_at is None
    assert [update.verb for update in first.updates.all()] == ["finish", "reopen"]


def test_next_word_is_no_later_than_the_rule_and_the_last_day(district: District) -> None:
    resolution = carried_out(district)
    one, at = resolution.commitments.get(), resolution.carried_out_from
    assert at is not None
    at = at.astimezone(SHANGHAI)
    for day in (at.date(), (at + 31 * DAY).date()):
        with pytest.raises(BadInput) as caught:
            commitments.update_commitment(one, by=district.handler, at=at, text="在办。", next_update_on=day)
        assert caught.value.field == "next_update_on"
    chosen = (at + 9 * DAY).date()
    commitments.update_commitment(one, by=district.handler, at=at, text="在办。", next_update_on=chosen)
    one.refresh_from_db()
    assert one.next_update_on == chosen
