from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from community.channels import unsubscribe_token
from community.forms.notices import NoticeTemplateForm
from community.models import Delivery, Notice, NoticePreference, NoticeTemplate, User
from community.models.notices import DeliveryState
from community.wagtail_hooks import DeliveryViewSet, NoticeTemplateViewSet
from tests.factories import MOMENT, District, ResidentFactory, UserFactory
from tests.factories.notices import AT_ONCE, DAILY, EMAIL, SMS, reachable, waiting

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Any], Client]
CHOICE = {"email": "daily", "quiet_from": "21", "quiet_to": "8", "digest_hour": "9", "language": "zh-hans"}


@pytest.fixture
def person() -> User:
    user = reachable("zhangsan@example.invalid", phone="13812345678")
    ResidentFactory(user=user)
    return user


def tell(person: User, count: int, **columns: Any) -> list[Notice]:
    rows = [
        Notice(recipient=person, message=f"第{n}条", url="/issues/", created_at=MOMENT, **columns) for n in range(count)
    ]
    return Notice.objects.bulk_create(rows)


# --- The list ----------------------------------------------------------------------------------
def test_the_list_is_paged_and_filtered(client_of: ClientOf, person: User) -> None:
    tell(person, 25, read_at=MOMENT)
    tell(person, 3)
    tell(UserFactory(), 1)
    client = client_of(person)
    first = client.get("/my/notices/")
    assert len(first.context["notices"]) == 20
    assert "有 3 条还没看。" in first.content.decode()
    second = client.get(f"/my/notices/{first.context['next_url']}")
    assert (len(second.context["notices"]), second.context["next_url"]) == (8, "")
    unread = client.get("/my/notices/?show=unread")
    assert [one.text for one in unread.context["notices"]] == ["第2条", "第1条", "第0条"]


def test_the_list_costs_the_same_for_one_and_for_many(client_of: ClientOf, person: User) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client, counts = client_of(person), []
    # One, three, and one more than a page.
    for more in (1, 2, 18):
        tell(person, more)
        client.get("/my/notices/")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get("/my/notices/")
        counts.append(len(queries))
    assert counts == [counts[0]] * 3


def test_more_than_a_hundred_are_not_counted(client_of: ClientOf, person: User) -> None:
    tell(person, 101)
    for address, words in (("/my/notices/", "有 100 条以上还没看。"), ("/my/", "100 条以上新通知")):
        assert words in client_of(person).get(address).content.decode()


def test_opening_one_marks_it_read_and_leads_on(client_of: ClientOf, person: User) -> None:
    one, other = tell(person, 2)
    response = client_of(person).get(one.get_absolute_url())
    assert (response.status_code, response["Location"]) == (302, "/issues/")
    assert list(person.notices.unread()) == [other]


def test_nobody_opens_or_reads_anothers(client_of: ClientOf, person: User) -> None:
    (one,) = tell(person, 1)
    client = client_of(UserFactory())
    assert client.get(one.get_absolute_url()).status_code == 404
    assert client.post(reverse("notice_read", args=[one.pk])).status_code == 404
    assert list(person.notices.unread()) == [one]
    assert Client().get(one.get_absolute_url())["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_no_address_leads_away_from_the_site(client_of: ClientOf, person: User, url: str) -> None:
    (one,) = tell(person, 1)
    Notice.objects.filter(pk=one.pk).update(url=url)
    client = client_of(person)
    assert client.get(one.get_absolute_url())["Location"] == "/my/notices/"
    assert client.post(reverse("notice_read", args=[one.pk]), {"next": url})["Location"] == "/my/notices/"
    assert client.post(reverse("notices_read"), {"next": url})["Location"] == "/my/"


def test_marking_one_and_all(client_of: ClientOf, person: User) -> None:
    one, _other = tell(person, 2)
    client = client_of(person)
    response = client.post(reverse("notice_read", args=[one.pk]), {"next": "/my/notices/?show=unread"})
    assert response["Location"] == "/my/notices/?show=unread"
    assert person.notices.unread().count() == 1
    client.post(reverse("notices_read"), {"next": "/my/notices/"})
    assert person.notices.unread().count() == 0
    assert client.get(reverse("notices_read"))["Location"] == "/my/notices/"


# --- Choosing ----------------------------------------------------------------------------------
def test_settings_show_masked_addresses_alone(client_of: ClientOf, person: User) -> None:
    text = client_of(person).get("/my/notices/settings/").content.decode()
    assert "z***@example.invalid" in text
    assert "138******78" in text
    assert "zhangsan@" not in text
    assert "13812345678" not in text


def test_settings_are_saved(client_of: ClientOf, person: User) -> None:
    response = client_of(person).post("/my/notices/settings/", {**CHOICE, "sms": "at_once"}, follow=True)
    assert "记下了，以后就这样通知您。" in response.content.decode()
    row = NoticePreference.objects.get(user=person)
    assert (row.email, row.sms, row.language) == ("daily", "at_once", "zh-hans")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"email": "hourly"}, "请从列出的里选一个。"),
        ({"quiet_from": "25"}, "请从列出的里选一个。"),
        ({"quiet_from": ""}, "请选一个。"),
        ({"digest_hour": "22"}, "汇总的时间在免打扰的时段里。"),
    ],
)
def test_bad_settings_come_back_with_a_sentence(
    client_of: ClientOf, person: User, change: dict[str, str], sentence: str
) -> None:
    response = client_of(person).post("/my/notices/settings/", {**CHOICE, "sms": "never", **change})
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert NoticePreference.objects.get(user=person).email == "never"


def test_without_addresses_the_page_says_how_to_verify_one(client_of: ClientOf) -> None:
    person = UserFactory()
    client = client_of(person)
    text = client.get("/my/notices/settings/").content.decode()
    assert "您还没有验证过的邮箱。" in text
    assert "您还没有验证过的手机号。" in text
    assert reverse("account_email") in text
    assert reverse("my_phone") in text
    assert 'name="email"' not in text
    # What is sent all the same is not taken.
    client.post("/my/notices/settings/", {**CHOICE, "sms": "at_once"})
    row = NoticePreference.objects.get(user=person)
    assert (row.email, row.sms) == ("never", "never")


def test_a_paused_channel_says_so(client_of: ClientOf, person: User) -> None:
    NoticePreference.objects.filter(user=person).update(sms=AT_ONCE, sms_paused_at=MOMENT)
    assert "短信接连没送到，先停了。" in client_of(person).get("/my/notices/settings/").content.decode()


def test_a_test_message_is_put_on_its_way(client_of: ClientOf, person: User) -> None:
    NoticePreference.objects.filter(user=person).update(email=DAILY)
    client = client_of(person)
    said = client.post("/my/notices/settings/test/", {"channel": "email"}, follow=True).content.decode()
    assert "试发的一条已经交出去，一两分钟内就到。" in said
    assert "最近一条：等发送" in said
    refused = client.post("/my/notices/settings/test/", {"channel": "sms"})
    assert refused.status_code == 409
    assert "这条路还没有打开。" in refused.content.decode()
    assert Delivery.objects.count() == 1


# --- Leaving -----------------------------------------------------------------------------------
def test_unsubscribing_asks_first_and_signs_nobody_in(person: User) -> None:
    NoticePreference.objects.filter(user=person).update(email=DAILY)
    client, address = Client(enforce_csrf_checks=True), reverse("notices_unsubscribe", args=[unsubscribe_token(person)])
    asked = client.get(address)
    assert asked.status_code == 200
    assert NoticePreference.objects.get(user=person).email == "daily"
    # As a mailbox sends it (RFC 8058).
    done = client.post(address, {"List-Unsubscribe": "One-Click"})
    assert "以后不再发邮件给您。" in done.content.decode()
    assert NoticePreference.objects.get(user=person).email == "never"
    assert "_auth_user_id" not in client.session
    for page in (asked, done):
        assert not {person.username, person.name, "zhangsan"} & set(re.findall(r"\w+", page.content.decode()))
        assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_forged_link_changes_nothing(person: User, method: str) -> None:
    NoticePreference.objects.filter(user=person).update(email=DAILY)
    address = reverse("notices_unsubscribe", args=[unsubscribe_token(person)[:-2] + "xx"])
    response = getattr(Client(), method)(address)
    assert response.status_code == 410
    assert "这个链接不对，可能没有复制完整。" in response.content.decode()
    assert NoticePreference.objects.get(user=person).email == "daily"


# --- The admin ---------------------------------------------------------------------------------
def edited(kind: str, **fields: str) -> NoticeTemplateForm:
    view = NoticeTemplateViewSet()
    template = NoticeTemplate.objects.get(kind=kind)
    return view.get_edit_handler().get_form_class()(
        {"subject": template.subject, "body": template.body, **fields}, instance=template
    )


@pytest.mark.parametrize(
    ("kind", "fields", "field", "sentence"),
    [
        ("sms", {"body": "{text} {url}"}, "body",
         "{text} 在这里用不了。能用的有：{count} {site} {url}。短信里不能写通知的内容，里面可能有个人信息。"),
        ("email", {"body": "{text} {nmae}"}, "body", "{nmae} 在这里用不了。能用的有：{site} {text} {url}。"),
        ("email", {"subject": "{text}"}, "subject", "{text} 在这里用不了。能用的有：{site}。"),
        ("email", {"body": "您好"}, "body", "正文里少了 {text}，收到的人就看不到要紧的内容。"),
        ("sms", {"subject": "标题"}, "subject", "短信没有标题。请清空。"),
    ],
)  # fmt: skip
def test_a_template_that_would_not_work_is_refused(
    kind: str, fields: dict[str, str], field: str, sentence: str
) -> None:
    assert edited(kind, **fields).errors == {field: [sentence]}


def test_a_template_is_changed_and_never_added_or_deleted(client_of: ClientOf, district: District) -> None:
    view = NoticeTemplateViewSet()
    template = NoticeTemplate.objects.get(kind="sms")
    client = client_of(district.superuser)
    address = reverse(view.get_url_name("edit"), args=[template.pk])
    assert "一条短信 70 个字，网址也算；超过就按几条收费。" in client.get(address).content.decode()
    assert client.post(address, {"body": "{count} 件，{url}", "subject": ""}).status_code == 302
    assert NoticeTemplate.objects.get(pk=template.pk).body == "{count} 件，{url}"
    for name, arguments in (("add", []), ("delete", [template.pk])):
        assert client.post(reverse(view.get_url_name(name), args=arguments)).status_code == 302
    assert NoticeTemplate.objects.count() == 5


def test_the_log_shows_no_person_and_no_address(client_of: ClientOf, district: District, person: User) -> None:
    person.name = "欧阳独一"
    person.save()
    failed = waiting(person, SMS, text="13812345678 的井盖", state=DeliveryState.FAILED, attempts=6, error="busy")
    waiting(person, EMAIL)
    client, view = client_of(district.superuser), DeliveryViewSet()
    index = reverse(view.get_url_name("list"))
    pages = [client.get(index), client.get(reverse(view.get_url_name("inspect"), args=[failed.pk]))]
    for page in pages:
        assert page.status_code == 200
        text = page.content.decode()
        assert [secret for secret in ("欧阳", "13812345678", "zhangsan", person.username) if secret in text] == []
    assert "busy" in pages[0].content.decode()
    assert "再发一次" not in pages[1].content.decode()
    for query, count in (("state=failed", 1), ("channel=email", 1), ("state=sent", 0)):
        assert len(client.get(f"{index}?{query}").context["object_list"]) == count
    for name in ("edit", "delete"):
        address = reverse(view.get_url_name(name), args=[failed.pk])
        assert client.post(address).status_code == 302
    assert Delivery.objects.count() == 2


def test_an_administrator_sends_a_failed_one_again(client_of: ClientOf, district: District, person: User) -> None:
    failed = waiting(person, SMS, state=DeliveryState.FAILED, attempts=6, error="busy")
    User.objects.filter(pk=district.administrator.pk).update(is_staff=True, is_superuser=True)
    client = client_of(district.administrator)
    inspect = reverse(DeliveryViewSet().get_url_name("inspect"), args=[failed.pk])
    assert "再发一次" in client.get(inspect).content.decode()
    address = reverse("delivery_retry", args=[failed.pk])
    assert client.get(address).status_code == 302  # to the page above
    before = timezone.now()
    assert client.post(address)["Location"] == inspect
    row = Delivery.objects.get(pk=failed.pk)
    assert (row.state, row.attempts, row.error) == ("waiting", 0, "")
    assert row.send_at >= before
    assert "不用再发" in client.post(address, follow=True).content.decode()


def test_nobody_else_sends_again(client_of: ClientOf, district: District, person: User) -> None:
    failed = waiting(person, SMS, state=DeliveryState.FAILED, attempts=6, error="busy")
    address = reverse("delivery_retry", args=[failed.pk])
    for role in ("resident", "worker", "auditor", "superuser"):
        assert client_of(getattr(district, role)).post(address).status_code in (302, 403)
    assert Client().post(address).status_code == 302
    assert Delivery.objects.get(pk=failed.pk).state == "failed"
