"""Appointments through the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from community import workflow
from community.holding import managed_appointments, roles_to_give
from community.models import Appointment, Rule
from community.queries import today
from tests.community.appointed import PEOPLE, fresh, held_by, in_days, lend, looks, now
from tests.confirming import confirm
from tests.factories import AppointmentFactory, AreaFactory, District, IssueFactory

pytestmark = pytest.mark.django_db


def test_a_list_asks_as_often_for_many(district: District, client_of: Callable[[Any], Client]) -> None:
    client, counts = client_of(district.town_officer), []
    client.get(reverse("appointments"))
    for _round in range(2):
        for name in ("appointments", "appointment_reviews"):
            with CaptureQueriesContext(connection) as counted:
                assert client.get(reverse(name)).status_code == 200
            counts.append(len(counted))
        for _number in range(25):
            AppointmentFactory(area=district.community)
    assert counts[:2] == counts[2:]


def test_appointing_on_the_page(district: District, client_of: Callable[[Any], Client]) -> None:
    client = confirm(client_of(district.town_officer))
    district.newcomer.set_phone("13900000001")
    district.newcomer.save()
    address = f"{reverse('new_appointment')}?role=community_worker"
    sent = {"place": district.community.pk, "person": "13900000001", "starts_on": str(today()), "ends_on": ""}
    shown = client.post(address, sent).content.decode()
    assert "newcomer" in shown
    # By a number one learns a name, masked; the number itself is on no page any more.
    assert "139" not in shown
    assert 'name="person" value="newcomer"' in shown
    assert not Appointment.objects.filter(user=district.newcomer).exists()
    back = client.post(address, {**sent, "edit": "1"})
    assert 'value="13900000001"' in back.content.decode()
    assert len(looks(district.town_officer)) == 1
    sent["person"] = "newcomer"
    done = client.post(address, {**sent, "confirm": "1"})
    assert done["Location"] == held_by(district.newcomer).get_absolute_url()
    assert len(looks(district.town_officer)) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"person": "nobody"}, "没有找到这个账号"),
        ({"person": ""}, "请写用户名或者手机号"),
        ({"place": "other_community"}, "这里不归您任命"),
        ({"starts_on": "gestern"}, "请写成 2023-11-06 这样的日期"),
        ({"starts_on": ""}, "请选日期"),
        ({"starts_on": "2020-01-01"}, "开始的日子不能早于今天"),
        ({"person": "worker"}, "在这里已经是社区工作者"),
        ({"person": "town_officer"}, "自己不能任命自己"),
    ],
)
def test_a_mistake_on_the_page(
    district: District, client_of: Callable[[Any], Client], changes: dict[str, str], sentence: str
) -> None:
    sent = {"place": str(district.community.pk), "person": "newcomer", "starts_on": str(today()), **changes}
    if changes.get("place"):
        sent["place"] = str(district.other_community.pk)
    before = Appointment.objects.count()
    answer = confirm(client_of(district.town_officer)).post(
        f"{reverse('new_appointment')}?role=community_worker", {**sent, "confirm": "1"}
    )
    assert answer.status_code == (403 if changes == {"person": "town_officer"} else 422)
    assert sentence in answer.content.decode()
    assert Appointment.objects.count() == before


@pytest.mark.parametrize("role", ["town_officer", "administrator", "resident", "nonsense"])
def test_a_role_that_is_not_given_here_shows_those_that_are(
    district: District, client_of: Callable[[Any], Client], role: str
) -> None:
    client = confirm(client_of(district.town_officer))
    answer = client.get(f"{reverse('new_appointment')}?role={role}")
    assert list(answer.context["roles"][0]) == ["role", "source"]
    assert roles_to_give(district.town_officer) == [one["role"] for one in answer.context["roles"]]


def test_dangerous_acts_ask_who_is_there(district: District, client_of: Callable[[Any], Client]) -> None:
    district.town_officer.set_password("a password to confirm with")
    district.town_officer.save()
    client, held = client_of(district.town_officer), held_by(district.worker)
    addresses = [
        reverse("new_appointment"), reverse("appointment_action", args=[held.pk, "end"]),
        reverse("appointment_review", args=[held.pk]),
    ]  # fmt: skip
    for address in addresses:
        answer = client.post(address, {"answer": "end", "reason": "left", "at_once": "on"})
        assert answer["Location"].startswith("/accounts/reauthenticate/")
    held.refresh_from_db()
    assert held.ended_at is None


def test_whom_an_appointment_concerns(district: District, client_of: Callable[[Any], Client]) -> None:
    held = held_by(district.worker)
    allowed = {"worker", "town_officer", "district_officer", "auditor", "administrator"}
    for name in PEOPLE:
        expected = 200 if name in allowed else 404
        assert client_of(getattr(district, name)).get(held.get_absolute_url()).status_code == expected, name
    assert Client().get(held.get_absolute_url()).status_code == 302


@pytest.mark.parametrize("verb", ["end", "hand_over", "lend", "whatever"])
def test_acting_on_what_is_not_ones_own(district: District, client_of: Callable[[Any], Client], verb: str) -> None:
    held = held_by(district.worker)
    address = reverse("appointment_action", args=[held.pk, verb])
    sent = {
        "reason": "left", "at_once": "on", "person": "newcomer", "last_day": str(today()), "confirm": "1",
        "to": district.worker2.pk, "starts_on": str(today()), "ends_on": str(today()),
    }  # fmt: skip
    for name, status in [("other_town_officer", 404), ("worker2", 404), ("auditor", 403), ("district_officer", 403)]:
        answer = confirm(client_of(getattr(district, name))).post(address, sent)
        assert answer.status_code == (404 if verb == "whatever" else status), name
    held.refresh_from_db()
    assert held.ended_at is None
    assert not held.delegations.exists()


def test_ending_on_the_page(district: District, client_of: Callable[[Any], Client]) -> None:
    client, held = confirm(client_of(district.town_officer)), held_by(district.worker)
    address = reverse("appointment_action", args=[held.pk, "end"])
    answer = client.post(address, {"reason": "left", "last_day": ""})
    assert answer.status_code == 422
    assert "请选最后一天，或者选“马上停止”" in answer.content.decode()
    answer = client.post(address, {"reason": "left", "last_day": str(in_days(-1))})
    assert answer.status_code == 422
    assert client.post(address, {"reason": "left", "last_day": str(in_days(3))})["Location"] == held.get_absolute_url()
    assert held_by(district.worker).ends_on == in_days(3)
    answer = client.post(address, {"reason": "left", "last_day": str(in_days(2))})
    assert answer.status_code == 409
    assert "已经定了哪天结束" in answer.content.decode()


def test_handing_over_on_the_page(district: District, client_of: Callable[[Any], Client]) -> None:
    client, held = confirm(client_of(district.town_officer)), held_by(district.neighbour_worker)
    IssueFactory(area=district.neighbour_community)
    address = reverse("appointment_action", args=[held.pk, "hand_over"])
    sent = {"person": "newcomer", "last_day": str(today()), "reason": "moved"}
    assert "这里只有这一位社区工作者" in client.get(held.get_absolute_url()).content.decode()
    shown = client.post(address, sent).content.decode()
    assert "newcomer" in shown
    assert "问题 1" in shown
    assert client.post(address, {**sent, "confirm": "1"}).status_code == 302
    assert held_by(district.newcomer).area == district.neighbour_community


def test_handing_over_to_a_colleague_on_the_page(district: District, client_of: Callable[[Any], Client]) -> None:
    client, held = confirm(client_of(district.town_officer)), held_by(district.worker)
    address = reverse("appointment_action", args=[held.pk, "hand_over"])
    sent = {"person": "worker2", "last_day": str(today()), "reason": "moved"}
    assert "worker2" in client.post(address, sent).content.decode()
    assert client.post(address, {**sent, "confirm": "1"})["Location"] == held.get_absolute_url()
    assert held_by(district.worker).ends_on == today()
    Appointment.objects.filter(user=district.worker2).update(ends_on=in_days(1))
    other = AppointmentFactory(area=district.community, user=district.newcomer)
    address = reverse("appointment_action", args=[other.pk, "hand_over"])
    answer = client.post(address, {**sent, "last_day": str(in_days(1)), "confirm": "1"})
    assert answer.status_code == 422
    assert f"此人在这里任职到 {in_days(1)} 为止" in answer.content.decode()


def test_a_phone_is_looked_up_so_often_a_day_on_the_pages(
    district: District, client_of: Callable[[Any], Client]
) -> None:
    """On both pages, by everybody who gives a role: counted together, told in the same words."""
    Rule.objects.filter(key="appointment.look_up").update(value=2)
    client, held = confirm(client_of(district.town_officer)), held_by(district.worker)
    pages = [
        (f"{reverse('new_appointment')}?role=community_worker", {"place": district.community.pk}),
        (reverse("appointment_action", args=[held.pk, "hand_over"]), {"last_day": str(today()), "reason": "left"}),
    ]
    days = {"starts_on": str(today()), "ends_on": ""}
    for expected in ("没有找到这个账号", "今天按手机号找人已经到 2 次"):
        for address, values in pages:
            answer = client.post(address, {**days, **values, "person": "13900000009"})
            assert (answer.status_code, expected in answer.content.decode()) == (422, True)
    assert len(looks(district.town_officer)) == 2
    address, values = pages[0]
    assert client.post(address, {**days, **values, "person": "newcomer"}).status_code == 200


def test_absence(district: District, client_of: Callable[[Any], Client]) -> None:
    client, held = confirm(client_of(district.worker)), held_by(district.worker)
    page = client.get(reverse("absence")).content.decode()
    assert "neighbour_worker" in page
    assert "other_worker" not in page
    sent = {
        "to": district.neighbour_worker.pk,
        "starts_on": str(today()),
        "ends_on": str(in_days(3)),
        "from": "absence",
    }
    answer = client.post(reverse("appointment_action", args=[held.pk, "lend"]), sent)
    assert answer["Location"] == reverse("absence")
    assert "neighbour_worker" in client.get(reverse("absence")).content.decode()
    assert "代 张*" in client_of(district.neighbour_worker).get(reverse("absence")).content.decode()
    assert client_of(district.resident).get(reverse("absence")).status_code == 403


def test_one_tap_reviews(district: District, client_of: Callable[[Any], Client]) -> None:
    client, held = confirm(client_of(district.town_officer)), held_by(district.worker)
    address = reverse("appointment_review", args=[held.pk])
    assert client.post(address, {"answer": "perhaps"}).status_code == 422
    assert client.post(address, {"answer": "keep"})["Location"] == reverse("appointment_reviews")
    held.refresh_from_db()
    assert held.reviewed_on == today()


@pytest.mark.parametrize("method", ["get", "post"])
def test_ending_at_the_review_takes_two_steps(
    district: District, client_of: Callable[[Any], Client], method: str
) -> None:
    client, held = confirm(client_of(district.town_officer)), held_by(district.worker)
    IssueFactory(area=district.community)
    lend(district)
    address = reverse("appointment_review", args=[held.pk])
    assert f'href="{address}"' in client.get(reverse("appointment_reviews")).content.decode()
    shown = getattr(client, method)(address, {"answer": "end"})
    page = shown.content.decode()
    assert shown.status_code == 200
    assert shown.context["work"] == [{"label": "问题", "count": 1}]
    assert ("问题 1" in page, "neighbour_worker" in page, "确认今天结束" in page) == (True, True, True)
    held.refresh_from_db()
    assert held.ended_at is None
    assert client.post(address, {"answer": "end", "confirm": "1"})["Location"] == reverse("appointment_reviews")
    held.refresh_from_db()
    assert (held.ends_on, held.end_reason) == (today(), "review")
    again = client.get(address)
    assert (again.status_code, "已经定了哪天结束" in again.content.decode()) == (409, True)


def test_the_last_one_is_handed_over_and_not_ended_at_the_review(
    district: District, client_of: Callable[[Any], Client]
) -> None:
    client, held = confirm(client_of(district.town_officer)), held_by(district.neighbour_worker)
    address = reverse("appointment_review", args=[held.pk])
    page = client.get(address).content.decode()
    assert ("先交接，才能离任" in page, "确认今天结束" in page) == (True, False)
    assert client.post(address, {"answer": "end", "confirm": "1"}).status_code == 409
    assert held_by(district.neighbour_worker).ended_at is None


@pytest.mark.parametrize("who", ["worker", "district_officer", "administrator"])
def test_who_only_sees_it_is_not_asked_to_end_it(
    district: District, client_of: Callable[[Any], Client], who: str
) -> None:
    client = confirm(client_of(getattr(district, who)))
    answer = client.get(reverse("appointment_review", args=[held_by(district.worker).pk]))
    assert (answer.status_code, "不归您复核" in answer.content.decode()) == (403, True)


def test_the_list_keeps_to_ones_own(district: District, client_of: Callable[[Any], Client]) -> None:
    rows = set(managed_appointments(fresh(district.town_officer)))
    assert rows == {
        held_by(one)
        for one in (district.worker, district.worker2, district.neighbour_worker, district.handler, district.steward)
    }
    client = client_of(district.town_officer)
    asked = (
        {"role": "handler"},
        {"who": "neighbour"},
        {"area": district.town.pk},
        {"state": "over"},
        {"area": "x", "role": "y"},
    )
    counts = [len(client.get(reverse("appointments"), one).context["rows"]) for one in asked]
    assert counts == [1, 1, 5, 0, 5]


def test_who_can_stand_in_is_shown_by_place(district: District, client_of: Callable[[Any], Client]) -> None:
    client = client_of(district.worker)
    page = client.get(reverse("absence"))
    assert page.context["here"] == [district.worker2]
    assert "这里的同事本来就能办，不用代" in page.content.decode()
    groups = dict(page.context["form"].fields["to"].choices)
    assert str(held_by(district.neighbour_worker)) in groups
    offered = {key for label, people in groups.items() if label for key, _name in people}
    assert str(district.worker2.pk) not in offered


def test_several_are_lent_at_once_or_none(district: District, client_of: Callable[[Any], Client]) -> None:
    client, first = confirm(client_of(district.worker)), held_by(district.worker)
    third = AreaFactory(kind="community", name="北园社区", parent=district.town)
    second = AppointmentFactory(user=district.worker, role=first.role, area=third)
    address = reverse("appointment_action", args=[first.pk, "lend"])
    days = {"starts_on": str(today()), "ends_on": str(in_days(3)), "from": "absence"}
    sent = {"to": district.neighbour_worker.pk, "also": [second.pk], **days}
    assert client.post(address, sent)["Location"] == reverse("absence")
    lent = Appointment.objects.filter(user=district.neighbour_worker).exclude(delegated_from=None)
    assert set(lent.values_list("delegated_from", flat=True)) == {first.pk, second.pk}
    # The second is lent for these days already: the first is not lent without it.
    again = client.post(address, {**sent, "starts_on": str(in_days(2)), "ends_on": str(in_days(9))})
    assert (again.status_code, lent.count()) == (422, 2)
    assert f"{first}：" in again.content.decode()


def test_after_a_handover_the_page_says_what_went_to_whom(
    district: District, client_of: Callable[[Any], Client]
) -> None:
    held = held_by(district.neighbour_worker)
    IssueFactory(area=district.neighbour_community)
    workflow.hand_over(
        held, successor=district.newcomer, last_day=in_days(2), reason="moved", by=district.town_officer, at=now()
    )
    page = client_of(district.town_officer).get(held.get_absolute_url())
    assert page.context["handed"] == {"to": district.newcomer, "work": [{"label": "问题", "count": 1}]}
    assert (page.context["work"], "lend" in page.context["forms"]) == ([], False)
    assert "手上没办完的" not in page.content.decode()
