"""Who gets which page of signing in: those to enter by are for strangers, one's own for oneself."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from community.models import PhoneCode, User
from portal.post_only import above, page_at_or_above
from tests.community.signing_in import PASSWORD, PHONE
from tests.confirming import confirm
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
LOGIN, MY = "/accounts/login/", "/my/"
# name: what a stranger, somebody signed in, and somebody who has just confirmed it get: a status or where they are led.
TABLE: dict[str, tuple[object, object, object]] = {
    "sign_up": (200, MY, MY),
    "sign_up_by_name": (200, MY, MY),
    "enter_by_phone": (200, MY, MY),
    "reset_by_phone": (200, MY, MY),
    "use_slip": (200, MY, MY),
    "phone_code": (LOGIN, MY, MY),
    "phone_who": (LOGIN, "/my/", "/my/"),
    "new_password": ("/accounts/password/reset/phone/",) * 3,
    "confirm_by_phone": (LOGIN, 200, 200),
    "my_phone": (LOGIN, 200, 200),
    "usersessions_list": (LOGIN, 200, 200),
    "second_factor": (LOGIN, "/accounts/2fa/", "/accounts/2fa/"),
    "change_phone": (LOGIN, "/accounts/reauthenticate/", 200),
    "share_phone": (LOGIN, "/accounts/reauthenticate/", 200),
    "outbox": (200, 200, 200),
}
OF_A_RECORD = ("stop_sharing", "end_session")


@pytest.fixture
def user() -> User:
    user = UserFactory(password=PASSWORD)
    user.set_phone(PHONE, verified=True)
    user.save()
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("name", TABLE)
def test_who_gets_the_page(user: User, name: str) -> None:
    for client, expected in zip((Client(), signed_in(user), confirm(signed_in(user))), TABLE[name], strict=True):
        answer = client.get(reverse(name))
        found = answer.status_code if answer.status_code != 302 else answer.headers["Location"].split("?")[0]
        assert found == expected


@pytest.mark.parametrize("name", OF_A_RECORD)
def test_acts_on_a_record_are_sent_and_ask_for_sign_in(user: User, name: str) -> None:
    address = reverse(name, args=[1])
    assert Client().post(address).headers["Location"].startswith(LOGIN)
    led = signed_in(user).get(address)
    assert (led.status_code, led["Location"]) == (302, page_at_or_above(above(address)))
    assert signed_in(user).post(reverse(name, args=[10**12])).status_code == 404


@pytest.mark.parametrize("name", [*TABLE, *OF_A_RECORD])
def test_every_writing_page_asks_for_the_csrf_token(user: User, name: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse(name, args=[1] if name in OF_A_RECORD else [])
    assert client.post(address, {"phone": "13900139000"}).status_code == 403
    assert not PhoneCode.objects.exists()


def test_no_field_beyond_the_form_is_taken(client: Client) -> None:
    form = {"username": "newname", "password1": PASSWORD, "password2": PASSWORD}
    extra = {"is_staff": "1", "is_superuser": "1", "phone": PHONE, "shares_phone_of": "1", "verification": "verified"}
    client.post("/accounts/signup/name/", {**form, **extra})
    user = User.objects.get(username="newname")
    assert (user.is_staff, user.is_superuser, user.phone, user.shares_phone_of) == (False, False, None, None)
    assert user.resident.verification == "unverified"
