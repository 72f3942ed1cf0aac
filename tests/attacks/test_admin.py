"""What an administrator, or whoever sits down at an administrator's open session, can not do to an account."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.test import Client
from wagtail.models import ModelLogEntry

from community.errors import NotAllowed, WrongState
from community.models import Notice, User
from community.workflow.rights import set_rights
from tests.attacks.addresses import nothing_written, signed_in
from tests.confirming import confirm
from tests.factories import MOMENT, District, UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "Long-enough-2023"
NEW = {"username": "new-editor", "email": "new@example.org"}


@pytest.fixture
def admin(district: District) -> Client:
    return confirm(signed_in(district.superuser))


@pytest.fixture
def victim(district: District) -> User:
    person = district.resident
    person.email = "own@example.org"
    person.set_password(PASSWORD)
    person.save()
    return person


def edit(client: Client, person: User, **sent: Any) -> Any:
    return client.post(f"/admin/users/edit/{person.pk}/", {"is_active": "on", **sent})


def rights_log(person: User) -> list[dict[str, Any]]:
    lines = ModelLogEntry.objects.filter(object_id=str(person.pk), action="account.rights").order_by("pk")
    return [line.data for line in lines]


def told(person: User) -> list[str]:
    return list(Notice.objects.filter(recipient=person).order_by("pk").values_list("message", flat=True))


def test_how_another_signs_in_is_not_set(admin: Client, victim: User) -> None:
    typed = {
        "username": "mine",
        "email": "mine@example.org",
        "password1": "Other-one-2023",
        "password2": "Other-one-2023",
    }
    assert edit(admin, victim, **typed).status_code == 302
    now = User.objects.get(pk=victim.pk)
    assert (now.username, now.email, now.password) == (victim.username, "own@example.org", victim.password)
    page = admin.get(f"/admin/users/edit/{victim.pk}/").content.decode()
    assert ('name="password1"' in page, 'value="own@example.org"' in page) == (False, True)
    assert (rights_log(victim), told(victim)) == ([], [])


def test_the_admin_has_no_second_way_to_an_own_password(admin: Client, district: District) -> None:
    before = User.objects.get(pk=district.superuser.pk)
    page = admin.get("/admin/account/")
    assert page.status_code == 200
    assert ('name="password-' in page.content.decode(), 'name="name_email-email"' in page.content.decode()) == (
        False,
        False,
    )
    typed = {
        "password-new_password1": PASSWORD,
        "password-new_password2": PASSWORD,
        "name_email-email": "x@example.org",
    }
    admin.post("/admin/account/", typed)
    now = User.objects.get(pk=before.pk)
    assert (now.password, now.email) == (before.password, before.email)


@pytest.mark.parametrize("seconds_ago", [None, 301])
def test_an_unattended_session_changes_nothing(district: District, victim: User, seconds_ago: int | None) -> None:
    client = signed_in(district.superuser)
    district.superuser.set_password(PASSWORD)
    district.superuser.save()
    client.force_login(district.superuser, backend="django.contrib.auth.backends.ModelBackend")
    if seconds_ago is not None:
        confirm(client, seconds_ago)
    with nothing_written():
        answers = [edit(client, victim, is_superuser="on"), client.post("/admin/users/new/", NEW)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert [answer.headers["Location"].partition("?")[0] for answer in answers] == ["/accounts/reauthenticate/"] * 2
    assert not User.objects.get(pk=victim.pk).is_superuser
    assert not User.objects.filter(username=NEW["username"]).exists()


def test_what_changes_is_logged_and_told(admin: Client, victim: User, django_capture_on_commit_callbacks: Any) -> None:
    group = Group.objects.create(name="editors-here")
    with django_capture_on_commit_callbacks(execute=True):
        edit(admin, victim, is_superuser="on", groups=[group.pk])
    assert rights_log(victim) == [{"is_superuser": True, "given": ["editors-here"], "taken": []}]
    assert told(victim) == [
        "您的账号成了后台的管理员。您不知道这件事，请马上联系区里的管理员。",
        "您的账号在后台能做的事改了。您不知道这件事，请马上联系区里的管理员。",
    ]
    Notice.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(f"/admin/users/edit/{victim.pk}/", {})
        edit(admin, victim)
        edit(admin, victim)
    assert rights_log(victim)[1:] == [
        {"is_active": False, "is_superuser": False, "given": [], "taken": ["editors-here"]},
        {"is_active": True, "given": [], "taken": []},
    ]
    assert told(victim) == [
        "您的账号停用了。不知道为什么，请打平台的电话问。",
        "您的账号不再是后台的管理员。",
        "您的账号在后台能做的事改了。您不知道这件事，请马上联系区里的管理员。",
        "您的账号恢复使用了。",
    ]


@pytest.mark.parametrize("action", ["assign_role", "set_active_state", "delete"])
def test_many_at_once_are_not_changed(admin: Client, victim: User, action: str) -> None:
    group = Group.objects.create(name="editors-here")
    typed = {"role": group.pk, "mark_as_active": "False"}
    assert admin.post(f"/admin/bulk/community/user/{action}/?id={victim.pk}", typed).status_code == 302
    now = User.objects.get(pk=victim.pk)
    assert (now.is_active, now.groups.exists()) == (True, False)
    assert "data-bulk-action-checkbox" not in admin.get("/admin/users/").content.decode()


def test_a_new_account_is_opened_by_its_owner(admin: Client, victim: User) -> None:
    sent = {**NEW, "password1": PASSWORD, "password2": PASSWORD}
    taken = admin.post("/admin/users/new/", {**sent, "email": "OWN@example.org"})
    assert taken.context["form"].errors["email"] == ["这个邮箱登记在另一个账号上。"]
    assert admin.post("/admin/users/new/", {"username": "no-email"}).context["form"].errors.keys() == {"email"}
    assert admin.post("/admin/users/new/", {**sent, "is_superuser": "on"}).status_code == 302
    made = User.objects.get(username=NEW["username"])
    assert (made.has_usable_password(), made.is_superuser) == (False, True)
    assert rights_log(made) == [{"is_superuser": True, "given": [], "taken": []}]
    Client().post("/accounts/password/reset/", {"email": made.email})
    assert [one.to for one in mail.outbox] == [["new@example.org"]]
    assert "/accounts/password/reset/key/" in str(mail.outbox[0].body)


def test_an_erased_account_stays_so(admin: Client, victim: User) -> None:
    User.objects.filter(pk=victim.pk).update(erased_at=MOMENT, is_active=False)
    edit(admin, victim, is_superuser="on")
    now = User.objects.get(pk=victim.pk)
    assert (now.is_active, now.is_superuser) == (False, False)
    with pytest.raises(WrongState):
        set_rights(
            victim, by=User.objects.get(username="superuser"), at=MOMENT, is_active=True, is_superuser=False, groups=[]
        )


def test_the_verb_asks_who_gives(victim: User) -> None:
    rights = {"is_active": True, "is_superuser": True, "groups": []}
    stranger = UserFactory()
    with pytest.raises(NotAllowed):
        set_rights(victim, by=stranger, at=MOMENT, **rights)
    assert not User.objects.get(pk=victim.pk).is_superuser


def test_a_group_is_no_ladder(victim: User, django_user_model: Any) -> None:
    """Who may edit accounts and is no administrator gives nobody a group, shuts no administrator out, raises nobody."""
    editor = UserFactory(username="editor")
    editor.user_permissions.add(Permission.objects.get(codename="change_user", content_type__app_label="community"))
    group = Group.objects.create(name="编辑")
    administrator = django_user_model.objects.create_superuser("root")
    rights = {"is_active": True, "is_superuser": False, "groups": []}
    for person, change in (
        (editor, {"is_active": False}), (victim, {"groups": [group]}), (victim, {"is_superuser": True}),
        (administrator, {"is_superuser": True, "is_active": False}),
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            set_rights(person, by=editor, at=MOMENT, **rights | change)
    assert set_rights(victim, by=editor, at=MOMENT, **rights | {"is_active": False}).is_active is False
