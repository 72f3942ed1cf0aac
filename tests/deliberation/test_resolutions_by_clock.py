"""From a noticed topic to an evaluated resolution, with the clock moved by the command's own sweep."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from community.clock import SHANGHAI
from community.models import Clock, Notice, User
from community.roles import Role
from community.signals import sweep_begun
from community.workflow.clocks import sweep
from deliberation.models import Resolution, Topic, TopicFollow
from deliberation.states import CommitmentState, ResolutionState, TopicState
from deliberation.workflow.commitments import finish_commitment, update_commitment
from deliberation.workflow.evaluating import evaluate_resolution
from deliberation.workflow.objecting import answer_objection, object_to_result
from tests.factories import MOMENT, District
from tests.factories.resolutions import DAY, MEETS_AT, noticed_topic, opinion, published, staff, task, to_evaluate

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def swept(at: datetime) -> None:
    """Do what run_clocks does at a moment."""
    sweep_begun.send(sender=Clock, at=at)
    sweep(at=at)


def messages(user: User) -> list[str]:
    """Return what somebody was told, oldest first."""
    return [notice.text for notice in Notice.objects.filter(recipient=user).order_by("created_at", "pk")]


def test_from_notice_to_evaluation(district: District, django_capture_on_commit_callbacks: Any) -> None:
    topic = noticed_topic(district)
    TopicFollow.objects.create(topic=topic, user=district.neighbour, at=MOMENT)
    with django_capture_on_commit_callbacks(execute=True):
        resolution = published(district, source=opinion(district, topic))
        objection = object_to_result(resolution, by=district.resident, at=MEETS_AT + 2 * DAY, text="离楼太近。")
        ends_at = resolution.notices.get().ends_at
        swept(ends_at + SECOND)
        resolution.refresh_from_db()
        # Every objection is answered first.
        assert resolution.state == ResolutionState.PUBLISHED
        moderator = staff(district, Role.HALL_MODERATOR)
        answer_objection(objection, by=moderator, at=ends_at + SECOND, uphold=False, answer="离楼六米，合规定。")
        swept(ends_at + 2 * SECOND)
    resolution.refresh_from_db()
    assert resolution.state == ResolutionState.CARRYING_OUT
    assert resolution.carried_out_from == ends_at + 2 * SECOND
    assert Topic.objects.get(pk=topic.pk).state == TopicState.CARRYING_OUT
    commitment = resolution.commitments.get()
    assert sorted(Clock.objects.of(commitment).open().values_list("kind", flat=True)) == [
        "commitment.do", "commitment.remind", "commitment.word",
    ]  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        finish_commitment(commitment, by=district.handler, at=ends_at + DAY, text="装好了四个。")
    resolution.refresh_from_db()
    assert resolution.evaluation_ends_at is not None
    assert not Clock.objects.of(commitment).open().exists()
    evaluate_resolution(resolution, by=district.neighbour, at=ends_at + 2 * DAY, rating=4, text="够用。")
    swept(resolution.evaluation_ends_at)
    assert Resolution.objects.get(pk=resolution.pk).state == ResolutionState.CARRYING_OUT
    with django_capture_on_commit_callbacks(execute=True):
        swept(resolution.evaluation_ends_at + SECOND)
    resolution.refresh_from_db()
    topic.refresh_from_db()
    assert (resolution.state, topic.state) == (ResolutionState.EVALUATED, TopicState.EVALUATED)
    assert resolution.evaluated_at == topic.ended_at == resolution.evaluation_ends_at + SECOND
    told = messages(district.neighbour)
    assert told[0].startswith("您关注的议题要上会了：车棚装充电桩")
    assert told[-1] == f"评议结束了，1 人打了分：车棚装充电桩的决议（{resolution.number}）"
    assert any(one.startswith("您的异议有答复了：离楼六米") for one in messages(district.resident))


def test_a_second_sweep_changes_nothing(district: District) -> None:
    resolution = to_evaluate(district)
    assert resolution.evaluation_ends_at is not None
    for _each in range(2):
        swept(resolution.evaluation_ends_at + SECOND)
    assert resolution.topic is not None
    assert resolution.topic.events.filter(verb="evaluate").count() == 1
    assert Resolution.objects.get().state == ResolutionState.EVALUATED


def test_nobody_answering_is_said(district: District, django_capture_on_commit_callbacks: Any) -> None:
    resolution = to_evaluate(district)
    assert resolution.evaluation_ends_at is not None
    with django_capture_on_commit_callbacks(execute=True):
        swept(resolution.evaluation_ends_at + SECOND)
    assert messages(district.resident)[-1].startswith("评议结束了，没有人打分")


def test_a_unit_is_reminded_before_after_and_for_word(
    district: District, django_capture_on_commit_callbacks: Any
) -> None:
    resolution = published(district, task(district.property, due_on=(MEETS_AT + 60 * DAY).date()))
    started = resolution.notices.get().ends_at + SECOND
    seen: list[list[str]] = []
    commitment = resolution.commitments.get()
    moments = [started, started + 30 * DAY + SECOND, started + 31 * DAY]
    last = MEETS_AT + 60 * DAY
    moments += [last - 3 * DAY, last + DAY, last + 2 * DAY, last + 30 * DAY]
    for at in moments:
        before = len(messages(district.handler))
        with django_capture_on_commit_callbacks(execute=True):
            swept(at)
            swept(at)
        seen.append([one.split("：")[0] for one in messages(district.handler)[before:]])
    assert seen == [
        ["决议里有一项请您单位办"], [], ["该说一次进展了"], ["快到期了"], ["任务过期了，请马上办，或者说明原因"], [], [],
    ]  # fmt: skip
    assert messages(district.town_officer)[-1].startswith("任务过期很久了，请督促：装四个充电桩")
    commitment.refresh_from_db()
    assert commitment.state == CommitmentState.OPEN


def test_word_in_time_starts_the_term_anew(district: District, django_capture_on_commit_callbacks: Any) -> None:
    resolution = published(district, task(district.property, due_on=(MEETS_AT + 90 * DAY).date()))
    started = resolution.notices.get().ends_at + SECOND
    swept(started)
    commitment = resolution.commitments.get()
    update_commitment(commitment, by=district.handler, at=started + 20 * DAY, text="在施工。")
    with django_capture_on_commit_callbacks(execute=True):
        swept(started + 32 * DAY)
    assert messages(district.handler) == []
    commitment.refresh_from_db()
    assert commitment.next_update_on == (started + 50 * DAY).astimezone(SHANGHAI).date()


def test_run_clocks_carries_out(district: District) -> None:
    resolution = published(district)
    # By the real hour, years after the end of the publicity.
    call_command("run_clocks", stdout=StringIO())
    assert Resolution.objects.get(pk=resolution.pk).state == ResolutionState.CARRYING_OUT
