"""The pages of topics: list, form, page with its panels, posting without JavaScript, and where else they show."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from community.models import User
from deliberation.models import Argument, StatementStance, Topic, TopicEndorsement, TopicScope
from deliberation.models.topics import Weight
from deliberation.states import TopicState
from tests.factories import MOMENT, District, IssueFactory
from tests.factories.topics import (
    AmendmentFactory,
    ArgumentFactory,
    OptionFactory,
    ScopeFactory,
    StatementFactory,
    TopicFactory,
    hall_of,
    moderator_of,
)

T = TopicState
pytestmark = pytest.mark.django_db


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def act(client: Client, topic: Topic, verb: str, **data: Any) -> Any:
    return client.post(reverse("topic_action", args=[topic.number, verb]), data)


def queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


@pytest.fixture
def hall(district: District) -> Any:
    return hall_of(district.community)


# --- The list --------------------------------------------------------------------------------------
def test_the_list_shows_public_topics_and_filters(district: District, hall: Any) -> None:
    shown = TopicFactory(hall=hall, title="车棚里装不装充电桩")
    weighty = TopicFactory(hall=hall, title="老街口的菜摊", state=T.NOTICED, weight=Weight.MAJOR)
    TopicFactory(hall=hall_of(district.other_community), title="祠堂腾出半间")
    TopicFactory(hall=hall, title="还没有人看过的", is_public=False)
    client = Client()
    page = client.get("/topics/").content.decode()
    assert "祠堂腾出半间" in page
    assert shown.title in page
    assert "还没有人看过的" not in page
    assert shown.proposer.name not in page
    town = client.get(f"/topics/?town={district.town.pk}").content.decode()
    assert ("祠堂腾出半间" in town, weighty.title in town) == (False, True)
    group = client.get("/topics/?state=preparing").content.decode()
    assert (shown.title in group, weighty.title in group) == (False, True)
    weight = client.get(f"/topics/?weight={Weight.MAJOR}").content.decode()
    assert (shown.title in weight, weighty.title in weight) == (False, True)
    for odd in ("?town=x", "?state=x&weight=x", "?after=x", f"?town={'9' * 30}"):
        assert client.get(f"/topics/{odd}").status_code == 200


def test_the_list_asks_as_much_for_three_as_for_one(district: District, hall: Any) -> None:
    TopicFactory(hall=hall)
    client = as_user(district.resident)
    one = queries(client, "/topics/")
    for _each in range(2):
        TopicFactory(hall=hall_of(district.compound))
    assert queries(client, "/topics/") == one


def test_the_list_goes_on_by_cursor(district: District, hall: Any) -> None:
    for n in range(23):
        TopicFactory(hall=hall, title=f"第 {n:02d} 个议题", proposed_at=MOMENT + timedelta(minutes=n))
    first = Client().get("/topics/")
    second = Client().get(f"/topics/{first.context['next_url']}").content.decode()
    assert ("第 01 个议题" in second, "第 00 个议题" in second, "第 02 个议题" in second) == (True, True, False)


# --- The form --------------------------------------------------------------------------------------
def test_a_resident_proposes(district: District, hall: Any) -> None:
    client = as_user(district.resident)
    page = client.get("/topics/new/")
    assert [one.pk for one in page.context["form"].halls] == [hall.pk]
    assert 'data-draft="topic"' in page.content.decode()
    sent = {"key": uuid.uuid4(), "hall": hall.pk, "title": "装不装充电桩", "question": "楼道里有人飞线充电。"}
    answer = client.post("/topics/new/", sent)
    topic = Topic.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/topics/{topic.number}/")
    own = client.get(answer["Location"]).content.decode()
    assert "等社区审看，看过才公开" in own
    assert as_user(district.neighbour).get(answer["Location"]).status_code == 404


def test_a_form_comes_back_with_what_was_typed(district: District, hall: Any) -> None:
    client = as_user(district.resident)
    answer = client.post("/topics/new/", {"key": uuid.uuid4(), "hall": hall.pk, "title": "", "question": "写了很多"})
    assert answer.status_code == 422
    assert "写了很多" in answer.content.decode()
    refused = as_user(district.newcomer).post("/topics/new/", {"key": uuid.uuid4(), "hall": hall.pk, "title": "装桩"})
    assert refused.status_code == 403
    assert "核验过的居民可以提议题" in refused.content.decode()
    assert not Topic.objects.exists()


def test_what_somebody_typed_who_had_to_sign_in_comes_back(district: District, hall: Any) -> None:
    client = Client()
    sent = client.post("/topics/new/", {"title": "装不装充电桩", "question": "楼道里有人飞线充电。"})
    assert sent["Location"].startswith("/accounts/login/")
    client.force_login(district.resident)
    assert "装不装充电桩" in client.get("/topics/new/").content.decode()


def test_from_an_issue(district: District, hall: Any) -> None:
    issue = IssueFactory(area=district.compound, is_public=True)
    worker, neighbour = as_user(district.worker), as_user(district.neighbour)
    link = f"/topics/new/?issue={issue.number}"
    assert link in worker.get(issue.get_absolute_url()).content.decode()
    assert link not in neighbour.get(issue.get_absolute_url()).content.decode()
    page = worker.get(link)
    assert page.context["form"]["title"].value() == issue.title
    sent = {"key": uuid.uuid4(), "hall": hall.pk, "title": issue.title, "question": "要商量", "issue": issue.number}
    assert worker.post("/topics/new/", sent).status_code == 302
    topic = Topic.objects.get()
    assert (topic.issue, topic.is_public) == (issue, True)
    assert topic.get_absolute_url() in neighbour.get(issue.get_absolute_url()).content.decode()
    assert issue.title in Client().get(topic.get_absolute_url()).content.decode()


def test_a_worker_speaks_for_somebody_and_gets_a_slip(district: District) -> None:
    hall = hall_of(district.compound)
    sent = {"key": uuid.uuid4(), "hall": hall.pk, "title": "装扶手", "on_behalf": "on", "person_name": "田桂英"}
    answer = as_user(district.worker).post("/topics/new/", sent)
    assert answer["Location"].startswith("/receipts/")
    assert Topic.objects.get().represented.name == "田桂英"


# --- The page --------------------------------------------------------------------------------------
@pytest.mark.parametrize("state", list(T))
def test_every_state_has_a_page_for_everybody(district: District, hall: Any, state: TopicState) -> None:
    topic = TopicFactory(hall=hall, proposer=district.resident, state=state, endorsement_count=2)
    people = [None, district.resident, district.neighbour, district.worker, moderator_of(district.community)]
    for user in people:
        page = (as_user(user) if user else Client()).get(topic.get_absolute_url())
        text = page.content.decode()
        assert page.status_code == 200
        assert topic.title in text
        assert text.count('class="btn seat') <= 1
        assert user == district.resident or district.resident.name not in text


def test_the_page_asks_as_much_for_three_as_for_one(district: District, hall: Any) -> None:
    topic = TopicFactory(hall=hall)

    def add() -> None:
        ArgumentFactory(topic=topic)
        option = OptionFactory(topic=topic)
        AmendmentFactory(topic=topic, option=option)
        StatementFactory(topic=topic, shown_agree=8, shown_disagree=4)

    add()
    client = as_user(district.neighbour)
    one = queries(client, topic.get_absolute_url())
    add()
    add()
    assert queries(client, topic.get_absolute_url()) == one


def test_what_nobody_has_seen_is_not_shown(district: District, hall: Any) -> None:
    topic = TopicFactory(hall=hall)
    for factory in (ArgumentFactory, OptionFactory, StatementFactory):
        factory(topic=topic, text="没有审看的话", is_public=False)
    assert "没有审看的话" not in as_user(district.neighbour).get(topic.get_absolute_url()).content.decode()


def test_the_picture_shows_above_the_size_that_protects_people(district: District, hall: Any) -> None:
    topic = TopicFactory(hall=hall)
    StatementFactory(topic=topic, text="该装", shown_agree=8, shown_disagree=2)
    StatementFactory(topic=topic, text="太贵", shown_agree=4, shown_disagree=5)
    text = Client().get(topic.get_absolute_url()).content.decode()
    assert "多数人同意" in text
    assert "80%" in text
    assert "意见分成两边" not in text
    assert "表态的人还不够多，先不画图" in text


# --- Acting, without JavaScript ----------------------------------------------------------------------
def test_endorsing_and_following_by_plain_posts(district: District, hall: Any) -> None:
    topic = TopicFactory(hall=hall, proposer=district.resident)
    client = as_user(district.neighbour)
    assert "我附议" in client.get(topic.get_absolute_url()).content.decode()
    assert act(client, topic, "endorse").status_code == 302
    page = client.get(topic.get_absolute_url()).content.decode()
    assert "您附议过" in page
    assert TopicEndorsement.objects.get().user == district.neighbour
    assert act(client, topic, "follow", on="1").status_code == 302
    assert "不再关注" in client.get(topic.get_absolute_url()).content.decode()
    stranger = as_user(district.other_resident)
    assert "只有东园社区里核验过的居民可以附议" in stranger.get(topic.get_absolute_url()).content.decode()
    assert act(stranger, topic, "endorse").status_code == 403


def test_whoever_has_not_signed_in_is_led_there(district: District, hall: Any) -> None:
    topic = TopicFactory(hall=hall)
    client = Client()
    assert act(client, topic, "argue", side="for", text="写了一半")["Location"].startswith("/accounts/login/")
    client.force_login(district.neighbour)
    assert "写了一半" in client.get(topic.get_absolute_url()).content.decode()
    assert not Argument.objects.exists()
    assert client.get(reverse("topic_action", args=[topic.number, "argue"]))["Location"] == topic.get_absolute_url()
    assert act(client, topic, "dance").status_code == 404


def test_staff_confirm_and_notice(district: District, hall: Any) -> None:
    topic = TopicFactory(hall=hall, endorsement_count=2)
    scope = ScopeFactory(town=district.town)
    client = as_user(moderator_of(district.community))
    missing = act(client, topic, "confirm", weight=Weight.MAJOR)
    assert missing.status_code == 422
    assert "请选议事清单里的一项" in missing.content.decode()
    assert act(client, topic, "confirm", weight=Weight.MAJOR, scope=scope.pk).status_code == 302
    assert act(client, topic, "confirm", weight=Weight.MAJOR, scope=scope.pk).status_code == 409
    empty = act(client, topic, "notice", text="")
    assert empty.status_code == 422
    assert act(client, topic, "notice", text="下周三议充电桩").status_code == 302
    page = Client().get(topic.get_absolute_url()).content.decode()
    assert ("下周三议充电桩" in page, scope.title in page, "大事联议" in page) == (True, True, True)


def test_discussing_by_plain_posts(district: District, hall: Any) -> None:
    topic = TopicFactory(hall=hall, state=T.CONFIRMED)
    option, statement = OptionFactory(topic=topic), StatementFactory(topic=topic)
    client = as_user(district.neighbour)
    assert act(client, topic, "argue", side="for", text="好").status_code == 302
    back = act(client, topic, "argue", text="没选边")
    assert (back.status_code, "没选边" in back.content.decode()) == (422, True)
    assert act(client, topic, "suggest", text="先装两个").status_code == 302
    assert act(client, topic, "state", text="该装").status_code == 302
    assert act(client, topic, "amend", option=option.pk, text="先装四个", reason="人多").status_code == 302
    assert act(client, topic, "stance", statement=statement.pk, stance="1").status_code == 302
    assert "您说过：同意" in client.get(topic.get_absolute_url()).content.decode()
    assert act(client, topic, "stance", statement=statement.pk, stance="-1").status_code == 302
    assert StatementStance.objects.get().stance == -1
    for bad in ({"statement": "9" * 30, "stance": "1"}, {"statement": statement.pk, "stance": "7"}, {}):
        assert act(client, topic, "stance", **bad).status_code == 422


def test_the_moderator_answers_a_change(district: District, hall: Any) -> None:
    topic = TopicFactory(hall=hall, state=T.CONFIRMED)
    change = AmendmentFactory(topic=topic, text="先装四个", by=district.neighbour)
    client = as_user(moderator_of(district.community))
    assert "答复这条修改意见" in client.get(topic.get_absolute_url()).content.decode()
    back = act(client, topic, "reply", amendment=change.pk, is_accepted="0", answer="")
    assert back.status_code == 422
    assert act(client, topic, "reply", amendment=change.pk, is_accepted="1", answer="够用").status_code == 302
    page = Client().get(topic.get_absolute_url()).content.decode()
    assert ("采纳" in page, "够用" in page) == (True, True)
    mine = as_user(district.neighbour).get("/my/").content.decode()
    assert "采纳了，方案照改了" in mine


# --- The town's list -----------------------------------------------------------------------------------
def test_the_towns_list(district: District) -> None:
    url = f"/topics/scope/{district.town.code}/"
    ScopeFactory(town=district.town, title="停车怎么停")
    ScopeFactory(town=district.town, title="违建", is_excluded=True, description="找城管局")
    public = Client().get(url).content.decode()
    assert ("停车怎么停" in public, "找城管局" in public, "加一项" in public) == (True, True, False)
    assert url in Client().get("/topics/scope/").content.decode()
    officer = as_user(district.town_officer)
    sent = {"title": "楼道充电", "weight": Weight.HARD, "position": 1, "description": ""}
    assert officer.post(url, sent).status_code == 302
    scope = TopicScope.objects.get(title="楼道充电")
    assert officer.post(url, sent).status_code == 422
    assert officer.post(url, {**sent, "scope": scope.pk, "description": "说明一句"}).status_code == 302
    assert officer.post(url, {"scope": scope.pk, "end": "1"}).status_code == 302
    scope.refresh_from_db()
    assert (scope.description, scope.valid_to) == ("说明一句", timezone.localdate())
    assert as_user(district.worker).post(url, sent).status_code == 403
    assert Client().post(url, sent).status_code == 302
    assert Client().get("/topics/scope/000/").status_code == 404


# --- Elsewhere ---------------------------------------------------------------------------------------
def test_my_page_says_what_became_of_it(district: District, hall: Any) -> None:
    TopicFactory(hall=hall, proposer=district.resident, title="我提的充电桩")
    endorsed = TopicFactory(hall=hall, title="我附议的菜摊")
    TopicEndorsement.objects.create(topic=endorsed, user=district.resident, at=MOMENT)
    ArgumentFactory(topic=endorsed, by=district.resident, text="我说过的话", is_public=False)
    page = as_user(district.resident).get("/my/").content.decode()
    for text in ("我提的充电桩", "我附议的菜摊", "我说过的话", "等社区看过再公开"):
        assert text in page


def test_search_feed_and_sitemap(district: District, hall: Any) -> None:
    topic = TopicFactory(hall=hall, title="车棚里装不装充电桩")
    TopicFactory(hall=hall, title="没公开的充电桩", is_public=False)
    call_command("update_index", verbosity=0)
    client = Client()
    found = client.get("/search/?q=充电桩&in=topics").content.decode()
    assert (topic.title in found, "没公开的充电桩" in found) == (True, False)
    compact = topic.number.replace("-", "").lower()
    assert client.get(f"/search/?q={compact}")["Location"] == topic.get_absolute_url()
    feed = client.get("/feeds/topics.xml").content.decode()
    assert (topic.title in feed, "没公开的充电桩" in feed, topic.proposer.name in feed) == (True, False, False)
    assert topic.number in client.get("/sitemap-topics.xml").content.decode()


def test_the_clock_stands_on_the_desk(district: District, hall: Any) -> None:
    moderator = moderator_of(district.community)
    TopicFactory(hall=hall, title="等确认的充电桩", endorsement_count=2)
    desk = as_user(moderator).get("/desk/").content.decode()
    assert ("等确认的充电桩" in desk, "去答复" in desk) == (True, True)
    TopicFactory(hall=hall_of(district.other_community), title="沙洲的祠堂", endorsement_count=2)
    assert "沙洲的祠堂" in as_user(district.other_worker).get("/desk/").content.decode()
