"""The pages of halls, venues and methods, and their calendars."""

from __future__ import annotations

from datetime import timedelta

import icalendar
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from community.queries import today
from deliberation.models import Hall, Method, Venue
from deliberation.states import SessionState
from tests.factories import HallFactory, VenueFactory, build_district
from tests.factories.halls import MethodFactory, NoticedSessionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def district():
    return build_district()


@pytest.fixture
def hall(district):
    return HallFactory(area=district.community, name="东园议事厅", brand="长廊夜话", introduction="每月一次")


def client_of(user=None):
    client = Client(headers={"accept-language": "zh-CN"})
    if user is not None:
        client.force_login(user)
    return client


def queries_of(address):
    client_of().get(address)
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert client_of().get(address).status_code == 200
    return len(found)


@pytest.mark.parametrize("name", ["halls", "venues", "methods"])
def test_lists_take_as_many_queries_for_one_row_as_for_three(district, hall, name, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    VenueFactory(area=district.compound, hall=hall)
    MethodFactory(hall=hall)
    one = queries_of(f"{reverse(name)}?q=&n=1")
    for area in (district.neighbour_community, district.other_community):
        more = HallFactory(area=area)
        VenueFactory(area=area, hall=more)
        MethodFactory(hall=more)
    assert queries_of(f"{reverse(name)}?q=&n=2") == one


def test_the_list_goes_on_page_by_page(district):
    names = [f"议事厅 {number:02d}" for number in range(33)]
    for name in names:
        HallFactory(area=district.community, name=name)
    first = client_of().get(reverse("halls"))
    second = client_of().get(f"{reverse('halls')}{first.context['next_url']}")
    assert [hall.name for hall in [*first.context["rows"], *second.context["rows"]]] == names
    assert second.context["next_url"] == ""


def test_a_hall_shows_what_is_public_of_it(district, hall):
    method = MethodFactory(hall=hall, name="廊下夜谈")
    venue = VenueFactory(hall=hall, area=district.compound, name="凉亭议事点")
    soon = timezone.now() + timedelta(days=2)
    NoticedSessionFactory(hall=hall, title="下次的会", starts_at=soon, ends_at=soon + timedelta(hours=2))
    planned = NoticedSessionFactory(hall=hall, title="没通知的会", state=SessionState.PLANNED, noticed_at=None)
    page = client_of().get(hall.get_absolute_url()).content.decode()
    for text in ("东园议事厅", "长廊夜话", "每月一次", "廊下夜谈", "凉亭议事点", "下次的会"):
        assert text in page
    assert planned.title not in page
    assert "改介绍和地址" not in page
    assert "凉亭议事点" in client_of().get(venue.get_absolute_url()).content.decode()
    steps = client_of().get(method.get_absolute_url()).content.decode()
    assert "第 1 步" in steps
    assert "第 3 步" not in steps


@pytest.mark.parametrize("name", ["hall", "venue", "method", "hall_calendar"])
def test_what_does_not_exist_is_not_found(district, name):
    assert client_of().get(reverse(name, args=[987654])).status_code == 404


def test_the_calendar_holds_noticed_sessions_alone(hall):
    shown = NoticedSessionFactory(hall=hall, title="停车位，怎么分；先听听", place="凉亭")
    NoticedSessionFactory(hall=hall, state=SessionState.PLANNED, noticed_at=None)
    NoticedSessionFactory(title="别处的会", state=SessionState.CANCELLED, cancelled_reason="下雨")
    answer = client_of().get(reverse("hall_calendar", args=[hall.pk]))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    (event,) = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert (event["SUMMARY"], event["LOCATION"], event["STATUS"]) == (shown.title, "凉亭", "CONFIRMED")
    assert event.decoded("DTSTART") == shown.starts_at
    assert str(event["URL"]).endswith(shown.get_absolute_url())
    every = icalendar.Calendar.from_ical(client_of().get(reverse("halls_calendar")).content).walk("VEVENT")
    assert sorted(str(one["STATUS"]) for one in every) == ["CANCELLED", "CONFIRMED"]


def test_a_worker_keeps_the_hall_by_forms(district, hall):
    client = client_of(district.worker)
    page = client.get(hall.get_absolute_url()).content.decode()
    assert "改介绍和地址" in page
    assert "撤销这个议事厅" not in page
    sent = {"brand": "边角乐议事", "introduction": "谁都能来", "address": "1 号"}
    assert client.post(reverse("edit_hall", args=[hall.pk]), sent).url == hall.get_absolute_url()
    hall.refresh_from_db()
    assert (hall.brand, hall.introduction, hall.address) == ("边角乐议事", "谁都能来", "1 号")
    venue = {"kind": "discussion_point", "area": district.compound.pk, "name": "亭子", "address": ""}
    assert client.post(reverse("new_venue", args=[hall.pk]), venue).status_code == 302
    method = {"name": "板凳会", "summary": "半小时", "steps": "一\n二"}
    assert client.post(reverse("new_method", args=[hall.pk]), method).status_code == 302
    made = Venue.objects.get(), Method.objects.get()
    assert client.post(reverse("edit_venue", args=[made[0].pk]), {**venue, "name": "凉亭"}).status_code == 302
    assert client.post(reverse("edit_method", args=[made[1].pk]), {**method, "name": "凳子会"}).status_code == 302
    assert (Venue.objects.get().name, Method.objects.get().name) == ("凉亭", "凳子会")
    day = {"closed_on": today().isoformat()}
    assert client.post(reverse("close_venue", args=[made[0].pk]), day).status_code == 302
    assert client.post(reverse("close_method", args=[made[1].pk]), day).status_code == 302


def test_a_form_comes_back_with_what_was_typed_and_a_sentence(district, hall):
    MethodFactory(hall=hall, name="板凳会")
    client = client_of(district.worker)
    sent = {"name": "板凳会", "summary": "坐着说", "steps": "一"}
    answer = client.post(reverse("new_method", args=[hall.pk]), sent)
    assert answer.status_code == 422
    assert "这个地方已经有同名的。请换个名称。" in answer.content.decode()
    assert "坐着说" in answer.content.decode()
    assert client.post(reverse("new_method", args=[hall.pk]), {"name": "别的"}).status_code == 422
    assert Method.objects.count() == 1


def test_others_get_no_form(district, hall):
    for name in ("edit_hall", "new_venue", "new_method", "close_hall"):
        assert client_of().get(reverse(name, args=[hall.pk])).status_code == 302
        assert client_of(district.resident).get(reverse(name, args=[hall.pk])).status_code == 403
        assert client_of(district.other_worker).post(reverse(name, args=[hall.pk]), {}).status_code == 403
    assert client_of(district.worker).get(reverse("new_hall")).status_code == 403


def test_the_district_opens_and_closes_halls(district, hall):
    client = client_of(district.district_officer)
    assert "设立一个议事厅" in client.get(reverse("halls")).content.decode()
    sent = {"area": district.compound.pk, "name": "东园小区议事厅", "address": ""}
    assert client.post(reverse("new_hall"), sent).status_code == 302
    assert Hall.objects.filter(name="东园小区议事厅", area=district.compound).count() == 1
    answer = client.post(reverse("close_hall", args=[hall.pk]), {"closed_on": today().isoformat()})
    assert answer.status_code == 302
    hall.refresh_from_db()
    assert hall.closed_on == today()
    assert "撤销了，以前的记录都在" in client_of().get(hall.get_absolute_url()).content.decode()
