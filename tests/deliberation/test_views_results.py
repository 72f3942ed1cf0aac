"""The pages of sessions, resolutions, appraisals and of the whole chain."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from community.models import User
from community.roles import Role
from deliberation.models import Appraisal, Commitment, Objection, Resolution, Session
from deliberation.states import AppraisalState, ResolutionState, SessionState
from deliberation.workflow import appraisals as appraisal_verbs
from deliberation.workflow.commitments import update_commitment
from deliberation.workflow.objecting import object_to_result
from deliberation.workflow.result_reviewing import publish_result_words
from tests.factories import District, IssueFactory, clean_photo_of
from tests.factories.resolutions import (
    DAY,
    HOUR,
    carried_out,
    held,
    noticed_topic,
    opened_appraisal,
    opinion,
    planned,
    published,
    staff,
    task,
    to_evaluate,
)

pytestmark = pytest.mark.django_db


def signed_in(user: Any) -> Client:
    """Return a client of somebody who is signed in."""
    client = Client()
    client.force_login(user)
    return client


def shown_now(resolution: Resolution) -> Resolution:
    """Move the publicity of a resolution so that it runs today."""
    now = timezone.now()
    resolution.notices.update(starts_at=now - DAY, ends_at=now + DAY)
    return resolution


def rated_now(resolution: Resolution) -> Resolution:
    """Move the evaluation of a resolution so that it runs today."""
    Resolution.objects.filter(pk=resolution.pk).update(evaluation_ends_at=timezone.now() + DAY)
    return Resolution.objects.get(pk=resolution.pk)


def queries(client: Client, url: str) -> int:
    """Return how many queries a page takes the second time."""
    client.get(url)
    with CaptureQueriesContext(connection) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


# --- Sessions ------------------------------------------------------------------------------------------------
def test_a_planned_session_is_staffs_until_it_is_noticed(district: District, client: Client) -> None:
    now = timezone.now()
    session = planned(district, [noticed_topic(district, at=now)], at=now)
    url = session.get_absolute_url()
    assert client.get(url).status_code == 404
    worker = signed_in(district.worker)
    assert "通知大家" in worker.get(url).content.decode()
    assert worker.post(reverse("session_action", args=[session.pk, "notice"])).status_code == 302
    assert Session.objects.get().state == SessionState.NOTICED
    page = client.get(url).content.decode()
    assert "车棚装充电桩" in page
    assert "东园社区活动室" in page
    assert "十一月议事会" in client.get(reverse("sessions")).content.decode()


def test_a_refused_step_comes_back_with_its_sentence(district: District) -> None:
    now = timezone.now()
    session = planned(district, [], at=now)
    worker = signed_in(district.worker)
    answer = worker.post(reverse("session_action", args=[session.pk, "notice"]))
    assert answer.status_code == 409
    assert "议程上还没有议题" in answer.content.decode()
    answer = worker.post(reverse("session_action", args=[session.pk, "cancel"]), {"reason": ""})
    assert answer.status_code == 422
    assert Session.objects.get().state == SessionState.PLANNED
    assert signed_in(district.other_worker).get(session.get_absolute_url()).status_code == 404


def test_planning_by_the_form(district: District) -> None:
    topic = noticed_topic(district, at=timezone.now())
    start = timezone.localtime() + 9 * DAY
    form = {
        "title": "十二月议事会", "kind": "hall", "place": "活动室", "topics": [topic.pk],
        "starts_at": f"{start:%Y-%m-%dT%H:%M}", "ends_at": f"{start + HOUR:%Y-%m-%dT%H:%M}",
    }  # fmt: skip
    assert signed_in(district.resident).get(reverse("new_session")).status_code == 404
    worker = signed_in(district.worker)
    assert worker.get(reverse("new_session")).status_code == 200
    bad = worker.post(reverse("new_session"), {**form, "title": ""})
    assert bad.status_code == 422
    assert "活动室" in bad.content.decode()
    answer = worker.post(reverse("new_session"), form)
    session = Session.objects.get()
    assert answer["Location"] == session.get_absolute_url()
    assert [item.topic for item in session.items.all()] == [topic]


def test_the_opinion_is_written_on_the_sessions_page(district: District) -> None:
    topic = noticed_topic(district)
    session = held(district, topic)
    moderator = signed_in(staff(district, Role.HALL_MODERATOR))
    assert f'id="opinion-{topic.pk}"' in moderator.get(session.get_absolute_url()).content.decode()
    url = reverse("session_action", args=[session.pk, "opinion"])
    assert moderator.post(url, {"row": topic.pk, "text": "装四个。"}).status_code == 302
    topic.refresh_from_db()
    assert topic.opinion == "装四个。"
    page = signed_in(district.worker).get(session.get_absolute_url()).content.decode()
    assert f"{reverse('new_resolution')}?topic={topic.number}" in page


def test_a_joint_meeting_shows_the_last_appraisal(district: District, client: Client) -> None:
    appraisal = opened_appraisal(district)
    appraisal_verbs.publish_appraisal(appraisal, by=User.objects.clock(), at=appraisal.closes_at)
    now = timezone.now()
    topic = noticed_topic(district, at=now)
    session = planned(district, [topic], at=now, kind="joint_meeting")
    page = signed_in(district.worker).get(session.get_absolute_url()).content.decode()
    assert "幸福物业" in page
    assert "人数太少，不公布分数" in page


# --- Resolutions ---------------------------------------------------------------------------------------------
def test_publishing_by_the_form(district: District) -> None:
    topic = opinion(district)
    url = f"{reverse('new_resolution')}?topic={topic.number}"
    assert signed_in(district.resident).get(url).status_code == 404
    worker = signed_in(district.worker)
    assert "装，先装四个，物业管。" in worker.get(url).content.decode()
    form = {"title": "装充电桩", "text": "装。", "task1": "装四个", "unit1": district.property.pk, "due1": ""}
    assert worker.post(url, form).status_code == 422
    form["due1"] = f"{timezone.localtime() + 40 * DAY:%Y-%m-%d}"
    partly = worker.post(url, {**form, "task2": "再装两个"})
    assert partly.status_code == 422
    assert "一项任务要写全" in partly.content.decode()
    assert worker.post(url, form).status_code == 302
    resolution = Resolution.objects.get()
    assert resolution.commitments.get().unit == district.property


def test_objecting_and_answering_on_the_page(district: District, client: Client) -> None:
    resolution = shown_now(published(district))
    url, act = resolution.get_absolute_url(), reverse("resolution_action", args=[resolution.number, "object"])
    assert "登录后提异议" in client.get(url).content.decode()
    assert client.post(act, {"text": "太近"}).status_code == 302
    assert signed_in(district.other_resident).post(act, {"text": "太近"}).status_code == 403
    resident = signed_in(district.resident)
    assert 'class="btn seat wide"' in resident.get(url).content.decode()
    assert resident.post(act, {"text": " "}).status_code == 422
    assert resident.post(act, {"text": "离楼太近。"}).status_code == 302
    objection = Objection.objects.get()
    assert "离楼太近。" not in client.get(url).content.decode()
    assert "离楼太近。" in resident.get(url).content.decode()
    worker = signed_in(district.worker)
    assert f'id="answer-{objection.pk}"' in worker.get(url).content.decode()
    answer = reverse("resolution_action", args=[resolution.number, "answer"])
    sent = worker.post(answer, {"row": objection.pk, "uphold": "0", "answer": "六米，合规定。"})
    assert sent.status_code == 302
    page = client.get(url).content.decode()
    assert "六米，合规定。" in page
    assert "离楼太近。" not in page
    assert "异议的原话没有公开" in page


def test_words_are_public_once_reviewed(district: District, client: Client) -> None:
    resolution = shown_now(published(district))
    object_to_result(resolution, by=district.resident, at=timezone.now(), text="离楼太近。")
    objection = Objection.objects.get()
    worker = signed_in(district.worker)
    assert worker.get(reverse("review", args=["objection", objection.pk])).status_code == 200
    publish_result_words(objection, by=district.worker, at=timezone.now())
    assert "离楼太近。" in client.get(resolution.get_absolute_url()).content.decode()


def test_work_is_told_with_photos_and_overdue_is_said_to_everybody(district: District, client: Client) -> None:
    resolution = carried_out(district)
    commitment = resolution.commitments.get()
    update_commitment(commitment, by=district.handler, at=timezone.now(), text="在施工。", photos=[clean_photo_of()])
    page = client.get(resolution.get_absolute_url()).content.decode()
    assert "在施工。" in page
    # Due in December 2023.
    assert "过期" in page
    photo = commitment.updates.get().photos.get()
    picture = reverse("commitment_photo", args=[resolution.number, photo.pk, "small"])
    assert picture in page
    assert str(photo.image.name) not in page
    assert client.get(picture)["Content-Type"] == "image/jpeg"
    assert client.get(picture.replace("small", "huge")).status_code == 404
    assert client.get(f"{reverse('resolutions')}?state=overdue").content.decode().count(resolution.title) == 1
    assert resolution.title not in client.get(f"{reverse('resolutions')}?state=evaluated").content.decode()
    assert (
        resolution.title not in client.get(f"{reverse('resolutions')}?town={district.other_town.pk}").content.decode()
    )
    handler = signed_in(district.handler)
    finish = reverse("resolution_action", args=[resolution.number, "finish"])
    assert handler.post(finish, {"row": commitment.pk, "text": "装好了。"}).status_code == 302
    assert Commitment.objects.get().state == "done"


def test_rating_on_the_page(district: District, client: Client) -> None:
    resolution = rated_now(to_evaluate(district))
    url, act = resolution.get_absolute_url(), reverse("resolution_action", args=[resolution.number, "evaluate"])
    resident = signed_in(district.resident)
    assert "我来打分" in resident.get(url).content.decode()
    assert resident.post(act, {"text": "好"}).status_code == 422
    assert resident.post(act, {"rating": "4", "text": "够用"}).status_code == 302
    page = resident.get(url).content.decode()
    assert "您打了 4 分" in page
    assert "1 人打分，平均 4.0 分" in client.get(url).content.decode()
    assert "够用" not in client.get(url).content.decode()
    assert signed_in(district.handler).post(act, {"rating": "5"}).status_code == 403


def test_pages_take_as_many_queries_for_three_as_for_one(district: District, client: Client) -> None:
    first = published(district)
    one = queries(client, reverse("resolutions")), queries(client, reverse("sessions"))
    page_of_one = queries(client, first.get_absolute_url())
    tasks = [task(district.property, text=f"第 {n} 项") for n in range(3)]
    published(district, *tasks)
    third = published(district)
    assert (queries(client, reverse("resolutions")), queries(client, reverse("sessions"))) == one
    assert queries(client, Resolution.objects.order_by("pk")[1].get_absolute_url()) == page_of_one
    assert third.state == ResolutionState.PUBLISHED


# --- Appraisals ----------------------------------------------------------------------------------------------
def test_rating_a_unit_on_its_page(district: District, client: Client) -> None:
    now = timezone.now()
    appraisal = opened_appraisal(district, at=now - 2 * DAY)
    url, act = appraisal.get_absolute_url(), reverse("appraisal_action", args=[appraisal.pk, "voice"])
    assert "登录后打分" in client.get(url).content.decode()
    resident = signed_in(district.resident)
    assert resident.post(act, {"rating": "2", "text": "常常没人"}).status_code == 302
    assert "您打了 2 分" in resident.get(url).content.decode()
    assert "常常没人" not in client.get(url).content.decode()
    assert signed_in(district.other_resident).post(act, {"rating": "2"}).status_code == 403
    assert appraisal.title in client.get(reverse("appraisals")).content.decode()


def test_drafting_a_round_by_the_form(district: District, client: Client) -> None:
    worker = signed_in(district.worker)
    assert signed_in(district.resident).get(reverse("new_appraisal")).status_code == 404
    start = timezone.localtime() + 2 * DAY
    form = {
        "title": "物业评议", "area": district.compound.pk, "unit": district.property.pk, "period_from": "2023-07-01",
        "period_to": "2023-09-30", "opens_at": f"{start:%Y-%m-%dT%H:%M}",
    }  # fmt: skip
    assert worker.get(reverse("new_appraisal")).status_code == 200
    assert worker.post(reverse("new_appraisal"), {**form, "unit": ""}).status_code == 422
    assert worker.post(reverse("new_appraisal"), form).status_code == 302
    appraisal = Appraisal.objects.get()
    assert client.get(appraisal.get_absolute_url()).status_code == 404
    assert worker.post(reverse("appraisal_action", args=[appraisal.pk, "notice"])).status_code == 302
    assert Appraisal.objects.get().state == AppraisalState.NOTICED
    assert client.get(appraisal.get_absolute_url()).status_code == 200


# --- The whole chain -----------------------------------------------------------------------------------------
def test_the_chain_leads_from_the_issue_to_the_evaluation(district: District, client: Client) -> None:
    issue = IssueFactory(area=district.compound, reporter=district.resident, is_public=True, number="EC-2023-900001")
    resolution = to_evaluate(district, source=opinion(district, noticed_topic(district, issue=issue)))
    page = client.get(reverse("issue_chain", args=[issue.number])).content.decode()
    order = [
        "反映：",
        "议题：车棚装充电桩",
        "会议：十一月议事会",
        "决议：车棚装充电桩的决议",
        "任务：装四个充电桩",
        "评议",
    ]
    places = [page.rindex(words) for words in order]
    assert places == sorted(places)
    assert resolution.get_absolute_url() in page


def test_the_chain_shows_no_more_than_the_reader_may_see(district: District, client: Client) -> None:
    issue = IssueFactory(area=district.compound, reporter=district.resident, number="EC-2023-900001")
    noticed_topic(district, issue=issue, is_public=False)
    url = reverse("issue_chain", args=[issue.number])
    assert client.get(url).status_code == 404
    assert "议题：车棚装充电桩" not in signed_in(district.resident).get(url).content.decode()
    assert "议题：车棚装充电桩" in signed_in(district.worker).get(url).content.decode()
