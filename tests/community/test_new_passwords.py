"""A new password after a code, and what a verified person hears of a device that is not known."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.test import Client
from wagtail.models import ModelLogEntry

from community.errors import NotAllowed, WrongState
from community.models import Notice, PhoneCode, Rule, User
from community.workflow.accounts import set_new_password
from tests.community.signing_in import PASSWORD, PHONE, enter, who
from tests.confirming import confirm
from tests.factories import MOMENT, ResidentFactory, UserFactory

pytestmark = pytest.mark.django_db
OWN_PASSWORD = "another-horse-battery"
NEW_DEVICE = "一台新的设备用短信验证码登录了您的账号。不是您本人，请马上带身份证到社区。"
MINE, ANOTHERS = "Mozilla/5.0 (iPhone) Safari/605", "Mozilla/5.0 (Android) Chrome/120"


@pytest.fixture
def holder() -> User:
    return UserFactory(username="holder", phone=PHONE, password=PASSWORD)


# --- A new password ------------------------------------------------------------------------------
def test_a_new_password_is_one_act(holder: User, django_capture_on_commit_callbacks: Any) -> None:
    elsewhere, kept = Client(), Client()
    for client in (elsewhere, kept):
        client.post("/accounts/login/", {"login": "holder", "password": PASSWORD})
    with django_capture_on_commit_callbacks(execute=True):
        set_new_password(holder, by=holder, at=MOMENT, password=OWN_PASSWORD, keep=kept.session.session_key)
    holder.refresh_from_db()
    assert holder.check_password(OWN_PASSWORD)
    line = ModelLogEntry.objects.get(action="account.password")
    assert (line.user, line.timestamp, line.object_id) == (holder, MOMENT, str(holder.pk))
    assert "密码改了" in Notice.objects.get(recipient=holder).text
    assert list(UserSession.objects.values_list("session_key", flat=True)) == [kept.session.session_key]
    assert elsewhere.get("/accounts/phone/").status_code == 302


@pytest.mark.parametrize("way", ["code", "page"])
def test_a_first_password_is_no_changed_one(way: str, django_capture_on_commit_callbacks: Any) -> None:
    user = UserFactory(username="newcomer", phone=PHONE, password=None)
    with django_capture_on_commit_callbacks(execute=True):
        if way == "code":
            set_new_password(user, by=user, at=MOMENT, password=OWN_PASSWORD)
        else:
            client = Client()
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            fields = {"password1": OWN_PASSWORD, "password2": OWN_PASSWORD}
            assert confirm(client).post("/accounts/password/set/", fields).status_code == 302
    told = "您设了密码。不是您本人设的，请马上带身份证到社区。"
    assert [one.text for one in Notice.objects.filter(recipient=user)] == [told]


def test_nobody_sets_anothers_password(holder: User) -> None:
    with pytest.raises(NotAllowed, match="只有本人"):
        set_new_password(holder, by=UserFactory(), at=MOMENT, password=OWN_PASSWORD)
    User.objects.filter(pk=holder.pk).update(is_active=False)
    with pytest.raises(WrongState, match="停用"):
        set_new_password(holder, by=holder, at=MOMENT, password=OWN_PASSWORD)
    holder.refresh_from_db()
    assert holder.check_password(PASSWORD)
    assert not ModelLogEntry.objects.filter(action="account.password").exists()


def test_how_long_a_proof_holds_is_a_rule(client: Client, holder: User) -> None:
    Rule.objects.filter(key="code.proved").update(value=20)
    enter(client, path="/accounts/password/reset/phone/")
    session = client.session
    session["phone_reset"] = {**session["phone_reset"], "at": session["phone_reset"]["at"] - 1199}
    session.save()
    assert client.get("/accounts/password/reset/phone/new/").status_code == 200
    session["phone_reset"] = {**session["phone_reset"], "at": session["phone_reset"]["at"] - 2}
    session.save()
    assert client.get("/accounts/password/reset/phone/new/").status_code == 302


# --- A device that is not known ------------------------------------------------------------------
def told_of_devices(user: User) -> list[bool]:
    """Return of each notice about a device whether it is urgent."""
    return list(Notice.objects.filter(recipient=user, message=NEW_DEVICE).values_list("is_urgent", flat=True))


@pytest.fixture
def verified(holder: User) -> User:
    ResidentFactory(user=holder)
    return holder


def by_code(user: User, agent: str, django_capture_on_commit_callbacks: Any) -> Client:
    """Sign in by a code to somebody's phone, from a browser of this name."""
    PhoneCode.objects.all().delete()
    client = Client(headers={"user-agent": agent})
    with django_capture_on_commit_callbacks(execute=True):
        assert enter(client).status_code == 302
    assert who(client) == str(user.pk)
    return client


def test_a_verified_person_is_told_of_a_new_device(verified: User, django_capture_on_commit_callbacks: Any) -> None:
    by_code(verified, MINE, django_capture_on_commit_callbacks)
    assert told_of_devices(verified) == []  # nobody is signed in anywhere else who could read it
    by_code(verified, MINE, django_capture_on_commit_callbacks)
    assert told_of_devices(verified) == []
    by_code(verified, ANOTHERS, django_capture_on_commit_callbacks)
    assert told_of_devices(verified) == [True]


def test_a_proven_email_address_is_told_though_nobody_is_signed_in(
    verified: User, django_capture_on_commit_callbacks: Any
) -> None:
    EmailAddress.objects.create(user=verified, email="li@example.invalid", verified=True, primary=True)
    by_code(verified, ANOTHERS, django_capture_on_commit_callbacks)
    assert told_of_devices(verified) == [True]


def test_who_is_not_verified_or_gives_a_password_is_not_told(
    holder: User, django_capture_on_commit_callbacks: Any
) -> None:
    Client().post("/accounts/login/", {"login": "holder", "password": PASSWORD})
    by_code(holder, ANOTHERS, django_capture_on_commit_callbacks)
    ResidentFactory(user=holder)
    with django_capture_on_commit_callbacks(execute=True):
        Client(headers={"user-agent": MINE}).post("/accounts/login/", {"login": "holder", "password": PASSWORD})
    assert told_of_devices(holder) == []
