"""The register as staff see it: masked, found through indexes alone, one value at a time with a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from community.models import Guardianship, Representation, Resident, Reveal, Rule, VerificationRequest
from community.models.people import Verification
from community.workflow.representing import represent
from tests.confirming import confirm
from tests.factories import AppointmentFactory, District, ResidentFactory
from tests.factories.verifying import asked, id_number_of, looked_at
from tests.test_addresses import ROLES, client_for

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Any], Client]
SEARCH = "/desk/residents/"
SERVING = {"worker", "town_officer"}


@pytest.fixture
def confirmed_client_of(client_of: ClientOf) -> ClientOf:
    """Whoever signs in has just confirmed being themself."""
    return lambda user: confirm(client_of(user))


@pytest.fixture
def resident(district: District) -> Resident:
    return ResidentFactory(
        home=district.compound, name="王秀英", phone="13800138000", id_number=id_number_of(), address="3 栋 501"
    )


def search(client: Client, by: str, text: str, area: Any, after: Any = "") -> Any:
    return client.post(SEARCH, {"by": by, "text": text, "area": area.pk, "after": after})


def found(client: Client, by: str, text: str, area: Any) -> list[int]:
    return [one.pk for one in search(client, by, text, area).context["rows"]]


def test_found_by_number_or_surname(client_of: ClientOf, district: District, resident: Resident) -> None:
    worker = client_of(district.worker)
    for by, text in [
        ("phone", "138 0013-8000"), ("id_number", f" {id_number_of().lower()}"), ("surname", "王"),
        ("surname", "王秀英"),
    ]:  # fmt: skip
        assert found(worker, by, text, district.community) == [resident.pk], by
    for by, text in [("phone", "13800138001"), ("id_number", "9"), ("surname", "秀"), ("phone", "王")]:
        assert found(worker, by, text, district.community) == [], by
    page = search(worker, "phone", "13800138000", district.community)
    assert "王秀英" not in page.content.decode()
    assert "138******00" in page.content.decode()
    assert page["Cache-Control"] == "no-store, private"


def test_found_by_the_accounts_phone_and_those_who_share_it(client_of: ClientOf, district: District) -> None:
    district.resident.set_phone("13900139000")
    district.resident.save()
    district.neighbour.shares_phone_of = district.resident
    district.neighbour.save()
    ids = set(Resident.objects.filter(user__in=[district.resident, district.neighbour]).values_list("pk", flat=True))
    assert set(found(client_of(district.worker), "phone", "13900139000", district.community)) == ids


def test_only_of_ones_own_area(client_of: ClientOf, district: District, resident: Resident) -> None:
    other = client_of(district.other_worker)
    for by, text in [("phone", "13800138000"), ("id_number", id_number_of()), ("surname", "王")]:
        assert found(other, by, text, district.other_community) == []
    # An area that one does not serve is no choice.
    answer = search(other, "surname", "王", district.community)
    assert (answer.status_code, "不归您管" in answer.content.decode()) == (422, True)
    officer = client_of(district.town_officer)
    assert found(officer, "surname", "王", district.community) == [resident.pk]
    assert found(officer, "surname", "王", district.neighbour_community) == []
    assert found(officer, "surname", "王", district.town) == [resident.pk]


def test_nothing_of_a_tombstone(client_of: ClientOf, district: District, resident: Resident) -> None:
    resident.name = resident.phone = resident.id_number = ""
    resident.verification, resident.erased_at = Verification.UNVERIFIED, timezone.now()
    resident.save()
    assert found(client_of(district.worker), "phone", "13800138000", district.community) == []
    assert client_of(district.worker).get(reverse("desk_resident", args=[resident.pk])).status_code == 404


@pytest.mark.parametrize("count", [2, 45])
def test_pages_with_constant_queries(
    client_of: ClientOf, district: District, django_assert_max_num_queries: Any, count: int
) -> None:
    ids = [ResidentFactory(home=district.compound, name="赵一").pk for _ in range(count)]
    worker, after, seen = client_of(district.worker), "", []
    while True:
        with django_assert_max_num_queries(11):
            page = search(worker, "surname", "赵", district.community, after)
        seen += [one.pk for one in page.context["rows"]]
        after = page.context["after"]
        if not after:
            break
    assert seen == ids


def test_who_gets_which_page(district: District, resident: Resident) -> None:
    person = ResidentFactory(user=None, home=district.compound, verification=Verification.UNVERIFIED)
    page, asking = reverse("desk_resident", args=[resident.pk]), reverse("ask_for_resident", args=[person.pk])
    for role in ROLES:
        client = client_for(role, district)
        expected = (302, 302) if role == "anonymous" else (
            200 if role in SERVING else 404, 200 if role == "worker" else 404
        )  # fmt: skip
        assert (client.get(page).status_code, client.get(asking).status_code) == expected, role


def test_searches_by_number_are_counted_and_logged_without_it(
    client_of: ClientOf, district: District, resident: Resident
) -> None:
    Rule.objects.filter(key="resident.search").update(value=2)
    worker, area = client_of(district.worker), district.community
    assert found(worker, "phone", "13800138000", area) == [resident.pk]
    assert found(worker, "id_number", id_number_of(order=61), area) == []
    for by, text in (("id_number", id_number_of()), ("phone", "13800138000")):
        refused = search(worker, by, text, area)
        assert (refused.status_code, "rows" in refused.context) == (422, False), by
        assert "今天按证件号和电话已经查了 2 次。请按姓查，或者明天再查。" in refused.content.decode(), by
    assert found(worker, "surname", "王", area) == [resident.pk]
    lines = ModelLogEntry.objects.filter(action="resident.search").order_by("pk")
    assert [(one.user, one.label, one.data) for one in lines] == [
        (district.worker, str(district.worker.pk), {"way": "phone"}),
        (district.worker, str(district.worker.pk), {"way": "id_number"}),
    ]
    # Each has their own count, and tomorrow is another day.
    assert found(client_of(district.worker2), "id_number", id_number_of(), area) == [resident.pk]
    lines.filter(user=district.worker).update(timestamp=timezone.now() - timedelta(days=1))
    assert found(worker, "id_number", id_number_of(), area) == [resident.pk]


def test_page_is_masked(client_of: ClientOf, district: District, resident: Resident) -> None:
    page = client_of(district.worker).get(reverse("desk_resident", args=[resident.pk])).content.decode()
    for value in ("王秀英", "13800138000", id_number_of(), "3 栋 501"):
        assert value not in page
    assert "王*" in page


FORMS = {
    "reveal": {"field": "phone", "reason": "handling", "note": "EC-2023-000001"},
    "revoke": {"reason": "冒用"},
    "guardian": {"guardian_id_number": id_number_of("19850101"), "paper": "户口簿"},
    "consent": {},
}
MAY = {"reveal": SERVING, "revoke": {"town_officer"}, "guardian": {"worker"}, "consent": {"worker"}}


# What an empty form gets from whoever may: asked for what is missing; a consent without a guardian is refused.
EMPTY = {"reveal": 422, "revoke": 422, "guardian": 422, "consent": 409}


@pytest.mark.parametrize("verb", list(FORMS))
def test_who_does_what(district: District, resident: Resident, verb: str) -> None:
    """Nobody outside the area finds the person; inside, who may not is told so, and nothing changes."""
    before = snapshot(resident)
    for role in ROLES:
        client = client_for(role, district)
        if role != "anonymous":
            confirm(client)
        form = {} if role in MAY[verb] else FORMS[verb]
        answer = client.post(reverse("resident_action", args=[resident.pk, verb]), form)
        if role == "anonymous":
            assert answer.status_code == 302, role
        elif role in MAY[verb]:
            assert answer.status_code == EMPTY[verb], role
        else:
            assert answer.status_code == (403 if role in SERVING else 404), role
        assert snapshot(resident) == before, role


def snapshot(resident: Resident) -> list[Any]:
    tables = (Reveal, Guardianship, VerificationRequest, Representation)
    row = Resident.objects.filter(pk=resident.pk).values().get()
    return [row, *(table.objects.count() for table in tables)]


def test_reveal_is_shown_once_and_is_in_the_persons_log(
    confirmed_client_of: ClientOf, district: District, resident: Resident
) -> None:
    worker = confirmed_client_of(district.worker)
    address = reverse("resident_action", args=[resident.pk, "reveal"])
    wrong = worker.post(address, {**FORMS["reveal"], "note": ""})
    assert (wrong.status_code, Reveal.objects.count()) == (422, 0)
    shown = worker.post(address, FORMS["reveal"])
    assert "13800138000" in shown.content.decode()
    assert shown["Cache-Control"] == "no-store, private"
    assert "13800138000" not in worker.get(reverse("desk_resident", args=[resident.pk])).content.decode()
    log = confirmed_client_of(resident.user).get(reverse("reveal_log")).content.decode()
    for words in ("看了电话：办理本人反映的事", "EC-2023-000001", "社区工作者", "东园社区"):
        assert words in log
    assert "没有人看过" in confirmed_client_of(district.neighbour).get(reverse("reveal_log")).content.decode()


def test_a_look_asks_who_is_there(client_of: ClientOf, district: District, resident: Resident) -> None:
    """A session that was left open reveals nothing."""
    district.worker.set_password("demo-only-2023")
    district.worker.save()
    answer = client_of(district.worker).post(reverse("resident_action", args=[resident.pk, "reveal"]), FORMS["reveal"])
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("account_reauthenticate"))
    assert not Reveal.objects.exists()


def test_log_pages(client_of: ClientOf, district: District, resident: Resident) -> None:
    now = timezone.now()
    looks = [
        Reveal(resident=resident, field="phone", reason="handling", note=f"第{n}次", by=district.worker,
               role="community_worker", area=district.community, at=now)
        for n in range(25)
    ]  # fmt: skip
    Reveal.objects.bulk_create(looks)
    client = client_of(resident.user)
    first = client.get(reverse("reveal_log"))
    second = client.get(reverse("reveal_log") + first.context["next_url"])
    notes = [row.note for row in [*first.context["rows"], *second.context["rows"]]]
    assert notes == [f"第{n}次" for n in reversed(range(25))]
    assert client.get(reverse("reveal_log"), {"before": "x" * 40}).status_code == 200


def test_guardian_and_consent_by_form(client_of: ClientOf, district: District) -> None:
    parent = ResidentFactory(home=district.compound, id_number=id_number_of("19850101"), name="张父")
    child = ResidentFactory(home=district.compound, id_number=id_number_of("20200101"))
    worker, page = client_of(district.worker), reverse("desk_resident", args=[child.pk])
    assert "不满 14 周岁" in worker.get(page).content.decode()
    assert worker.post(reverse("resident_action", args=[child.pk, "guardian"]), FORMS["guardian"]).status_code == 302
    row = Guardianship.objects.get()
    assert row.guardian == parent
    assert worker.post(reverse("resident_action", args=[child.pk, "consent"])).status_code == 302
    assert "监护人已书面同意" in worker.get(page).content.decode()
    ending = reverse("end_guardianship", args=[child.pk, row.pk])
    assert client_of(district.town_officer).post(ending).status_code == 403
    assert client_of(district.other_worker).post(ending).status_code == 404
    elsewhere = reverse("end_guardianship", args=[parent.pk, row.pk])
    assert worker.post(elsewhere).status_code == 404
    assert worker.post(ending).status_code == 302
    row.refresh_from_db()
    assert row.ended_at is not None


def test_register_looks_for_the_same_person_first(client_of: ClientOf, district: District) -> None:
    worker = client_of(district.worker)
    form = {"person_name": "李奶奶", "person_phone": "", "home": district.compound.pk}
    assert worker.post("/desk/residents/new/", form).status_code == 302
    person = Resident.objects.get(user=None)
    again = worker.post("/desk/residents/new/", {**form, "person_name": "李秀"})
    assert reverse("desk_resident", args=[person.pk]) in again.content.decode()
    assert Resident.objects.filter(user=None).count() == 1
    assert worker.post("/desk/residents/new/", {**form, "person_name": "李秀", "is_new": "1"}).status_code == 302
    assert Resident.objects.filter(user=None).count() == 2
    outside = worker.post("/desk/residents/new/", {**form, "home": district.other_compound.pk, "is_new": "1"})
    assert outside.status_code == 422


def test_worker_asks_for_somebody(client_of: ClientOf, district: District) -> None:
    person = ResidentFactory(user=None, home=district.compound, verification=Verification.UNVERIFIED)
    form = {
        "home": 1,
        "name": "李奶奶",
        "id_number": id_number_of(),
        "address": "3 栋 501",
        "way": "paper",
        "agreed": "on",
    }
    worker, address = client_of(district.worker), reverse("ask_for_resident", args=[person.pk])
    assert worker.post(address, {**form, "id_number": "1"}).status_code == 422
    assert worker.post(address, form).status_code == 302
    assert VerificationRequest.objects.get().home == district.compound


def test_receipt(client_of: ClientOf, district: District) -> None:
    person = ResidentFactory(user=None, home=district.compound, name="李奶奶", phone="07113381234")
    row = represent(person, by=district.worker, at=timezone.now(), act="反映问题", subject="EC-2023-000001", url="/")
    page = reverse("receipt", args=[row.number])
    for role in ROLES:
        expected = {"anonymous": 302, "worker": 200, "town_officer": 200}.get(role, 404)
        assert client_for(role, district).get(page).status_code == expected, role
    text = client_of(district.worker).get(page).content.decode()
    for words in (row.number, "李*", "反映问题", "EC-2023-000001", "0711-0000000", "东园社区居民委员会"):
        assert words in text
    assert "李奶奶" not in text
    assert "07113381234" not in text
    # Whoever acted still sees it from another post; for whom nobody works, it is gone.
    AppointmentFactory(user=district.worker, area=district.other_community)
    district.worker.appointments.filter(area=district.community).delete()
    assert client_of(district.worker).get(page).status_code == 200
    assert client_of(district.worker).get(reverse("receipt", args=["DB-2023-999999"])).status_code == 404


def test_erased_on_paper_by_the_page(confirmed_client_of: ClientOf, district: District) -> None:
    person = ResidentFactory(user=None, home=district.compound, name="王秀英", phone="13800138000")
    address = reverse("resident_action", args=[person.pk, "erase"])
    page = reverse("desk_resident", args=[person.pk])
    assert "本人要求删除" not in confirmed_client_of(district.town_officer).get(page).content.decode()
    assert confirmed_client_of(district.town_officer).post(address, {"signed": "on"}).status_code == 403
    assert confirmed_client_of(district.other_worker).post(address, {"signed": "on"}).status_code == 404
    worker = confirmed_client_of(district.worker)
    assert "本人要求删除" in worker.get(page).content.decode()
    refused = worker.post(address, {})
    assert (refused.status_code, "先请本人在纸上签字" in refused.content.decode()) == (422, True)
    answer = worker.post(address, {"signed": "on"})
    receipt = Representation.objects.get()
    assert answer["Location"] == reverse("receipt", args=[receipt.number])
    printed = worker.get(answer["Location"]).content.decode()
    assert "删除个人信息" in printed
    assert "王" not in printed.split("<main")[1]
    assert worker.get(page).status_code == 404


def test_erasing_on_paper_asks_who_is_there(client_of: ClientOf, district: District) -> None:
    person = ResidentFactory(user=None, home=district.compound)
    answer = client_of(district.worker).post(reverse("resident_action", args=[person.pk, "erase"]), {"signed": "on"})
    assert (answer.status_code, "没法确认是您本人" in answer.content.decode()) == (403, True)
    person.refresh_from_db()
    assert person.erased_at is None


def test_the_receipt_of_an_application_is_handed_over(client_of: ClientOf, district: District) -> None:
    person = ResidentFactory(user=None, home=district.compound, verification=Verification.UNVERIFIED)
    now = timezone.now()
    request = asked(district.worker, district.compound, now, resident=person)
    receipt, worker = person.representations.get(), client_of(district.worker)
    address, paper = reverse("verification", args=[request.pk]), reverse("receipt", args=[receipt.number])
    page = worker.get(address).content.decode()
    assert ("代填的" in page, "本人填的" in page, paper in page) == (True, False, True)
    looked_at(request, district.worker, now)
    done = worker.post(reverse("verification_action", args=[request.pk, "verify"]), {"paper": "id_card"}, follow=True)
    page = done.content.decode()
    assert done.redirect_chain == [(address, 302)]
    assert "核验通过了。请把回执交给本人。" in page
    assert "已经告诉本人" not in page
    assert paper in page
    printed = worker.get(paper).content.decode()
    assert ("实名核验申请" in printed, "事情编号" in printed, "哪天办的" in printed) == (True, False, True)
