"""Second factors raced and passed by, other people's passkeys, step-up passed by, and sessions kept too long."""

from __future__ import annotations

import time
from typing import Any

import pytest
from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.test import Client
from django.utils import timezone

from community.models import FactorGuess, User
from community.stepup import CONFIRMED_VIEWS
from community.workflow.erasing import erase_person
from tests.attacks.addresses import every_address, is_led_up, nothing_written, read, signed_in
from tests.attacks.passkeys import Passkey, challenge_of, present
from tests.community.signing_in import PASSWORD, who
from tests.community.test_signing_in_factors import code_now, with_totp
from tests.community.threads import together
from tests.confirming import confirm
from tests.factories import District, ResidentFactory, UserFactory

SECOND = "/accounts/2fa/authenticate/"
STAFF = (
    "worker", "town_officer", "district_officer", "handler", "steward", "auditor", "administrator", "superuser",
)  # fmt: skip


def waiting(user: User) -> Client:
    """Return a client on which somebody has given their password and is asked for the second step."""
    client = Client()
    client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    return client


def answered(client: Client, code: str) -> str | None:
    """Give a code; return who is signed in then."""
    client.post(SECOND, {"code": code})
    return who(client)


# --- The second step, several times at once ----------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_one_code_at_once_lets_one_in() -> None:
    user = with_totp(UserFactory(username="lilei1", password=PASSWORD))
    code, clients = code_now(), [waiting(user) for _ in range(4)]
    found = together(*[lambda client=client: answered(client, code) for client in clients])
    assert sorted(found, key=str) == [str(user.pk), None, None, None]
    assert FactorGuess.objects.filter(is_right=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_recovery_code_at_once_lets_one_in() -> None:
    user = with_totp(UserFactory(username="lilei1", password=PASSWORD))
    code = RecoveryCodes.activate(user).generate_codes()[0]
    clients = [waiting(user) for _ in range(4)]
    found = together(*[lambda client=client: answered(client, code) for client in clients])
    assert sorted(found, key=str) == [str(user.pk), None, None, None]


@pytest.mark.django_db(transaction=True)
def test_wrong_codes_at_once_are_all_counted() -> None:
    user = with_totp(UserFactory(username="lilei1", password=PASSWORD))
    clients = [waiting(user) for _ in range(8)]
    together(*[lambda n=n, client=client: answered(client, f"00000{n}") for n, client in enumerate(clients)])
    assert FactorGuess.objects.filter(is_right=False).count() == 5
    assert answered(waiting(user), code_now()) is None


# --- Passkeys ----------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_passkey_signs_its_own_person_in_and_nobody_else() -> None:
    # Ids of several digits: their form in an answer is not the number itself.
    mine, other = UserFactory(pk=6097), UserFactory(pk=6098)
    key, client = Passkey(mine), Client()
    present(client, key.signs(challenge_of(client), for_user=other))
    assert who(client) is None
    others = Passkey(other)
    present(client, key.signs(challenge_of(client), for_user=other))
    assert who(client) is None
    # Given out as the other's own key, with a signature of mine.
    key.id, own = others.id, key.id
    present(client, key.signs(challenge_of(client), for_user=other))
    assert who(client) is None
    key.id = own
    answer = key.signs(challenge_of(client), for_user=mine)
    present(client, answer)
    assert who(client) == str(mine.pk)
    # Said again, in the same browser or in another one, it is no answer to anything.
    client.post("/accounts/logout/")
    for again in (client, Client()):
        present(again, answer)
        assert who(again) is None
        challenge_of(again)
        present(again, answer)
        assert who(again) is None


@pytest.mark.django_db
@pytest.mark.parametrize("flags", [0x00, 0x01, 0x04])
def test_a_passkey_without_finger_or_pin_is_none(flags: int) -> None:
    user = UserFactory()
    key, client = Passkey(user), Client()
    present(client, key.signs(challenge_of(client), for_user=user, flags=flags))
    assert who(client) is None


@pytest.mark.django_db
def test_another_site_gets_no_answer_that_counts_here(settings: Any) -> None:
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False
    user = UserFactory()
    key = Passkey(user)
    for origin in ("https://evil.example", "https://testserver.evil.example", "http://testserver"):
        client = Client()
        present(client, key.signs(challenge_of(client), for_user=user, origin=origin))
        assert who(client) is None, origin


@pytest.mark.django_db
def test_an_inactive_persons_passkey_opens_nothing() -> None:
    user = UserFactory()
    key, client = Passkey(user), Client()
    User.objects.filter(pk=user.pk).update(is_active=False)
    present(client, key.signs(challenge_of(client), for_user=user))
    assert who(client) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "credential", ["", "{}", "[]", "null", "1", '{"id": 1}', '{"response": {"userHandle": "OQ"}}', "x" * 9999]
)
def test_no_answer_breaks_the_page(credential: str) -> None:
    client = Client()
    challenge_of(client)
    assert present(client, credential).status_code < 500
    assert who(client) is None


@pytest.mark.django_db
def test_the_second_step_takes_no_strangers_passkey() -> None:
    user, thief = UserFactory(username="lilei1", password=PASSWORD), UserFactory()
    Passkey(user)
    stolen, client = Passkey(thief), waiting(user)
    page = client.get(SECOND)
    challenge = page.context["js_data"]["request_options"]["publicKey"]["challenge"]
    client.post(SECOND, {"credential": stolen.signs(challenge, for_user=user)})
    client.post(SECOND, {"credential": stolen.signs(challenge, for_user=thief)})
    assert who(client) is None


# --- Doors of staff ----------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("role", STAFF)
def test_no_door_of_staff_opens_without_the_second_step(district: District, settings: Any, role: str) -> None:
    """Every address of the desk and of Wagtail's admin, JSON and all, by every method."""
    settings.STAFF_SECOND_FACTOR = True
    client = confirm(signed_in(getattr(district, role)))
    doors = [one.sample for one in every_address() if one.route.startswith(("desk/", "admin/"))]
    assert len(doors) > 350
    methods = ("get", "post") if role in ("worker", "superuser") else ("get",)
    with nothing_written():
        for door in [*doors, "/admin", "/desk", "/admin/x", "/admin/../admin/", "/ADMIN/"]:
            for method in methods:
                response = getattr(client, method)(door)
                location = response.headers.get("Location", "")
                # Without the slash one is led to the door first, and a made-up path leads nowhere.
                is_shut = location.startswith(("/accounts/second-factor/", "/my/consent/"))
                is_shut = is_shut or location in ("/admin/", "/desk/")
                assert is_shut or response.status_code == 404, (method, door, response.status_code)


@pytest.mark.django_db
def test_wagtails_api_takes_no_name_and_password(district: District) -> None:
    views = [getattr(one.view, "cls", None) for one in every_address() if one.route.startswith("admin/api/")]
    found = {one.__name__ for view in views if view for one in view.authentication_classes}
    assert found == {"SessionAuthentication"}


# --- Step-up -----------------------------------------------------------------------------------------
def confirmed_addresses() -> list[str]:
    """Return the addresses whose views ask once more, ours by their decorator and allauth's by their name."""
    found = []
    for one in every_address():
        module = getattr(one.view, "__module__", "")
        asks = (
            one.name in CONFIRMED_VIEWS
            or "recently_confirmed" in str(getattr(one.view, "__wrapped__", ""))
            or (module.startswith("community") and closes_over_confirmed(one.view))
        )
        if asks:
            found.append(one.sample)
    return found


def closes_over_confirmed(view: Any) -> bool:
    """Return whether one of the wrappers of a view is that of `recently_confirmed`."""
    while view is not None:
        if view.__code__.co_name == "confirmed":
            return True
        view = getattr(view, "__wrapped__", None)
    return False


def recorded(user: User, by: User, seconds_ago: float) -> Client:
    """Return a client of somebody whose session says that `by` confirmed it so long ago."""
    client = signed_in(user)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time() - seconds_ago}]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(by.pk)
    session.save()
    return client


@pytest.mark.django_db
def test_whoever_did_not_confirm_lately_passes_nowhere(district: District) -> None:
    """An old session, one that somebody else confirmed, one that was never confirmed; by every method."""
    user = district.worker
    user.set_password(PASSWORD)
    user.save()
    addresses = confirmed_addresses()
    assert len(addresses) >= 15
    for client in (recorded(user, user, 301), recorded(user, district.resident, 0), signed_in(user)):
        with nothing_written():
            for address in addresses:
                for method in ("get", "head", "post", "put"):
                    response = getattr(client, method)(address)
                    read(response)
                    location = response.headers.get("Location", "").split("?")[0]
                    refused = response.status_code == 405 or is_led_up(response)
                    assert location == "/accounts/reauthenticate/" or refused, (method, address)


# --- Sessions that outlive their right ----------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("how", ["password", "deactivated", "erased"])
def test_no_session_outlives_its_right(how: str) -> None:
    user = ResidentFactory(user=UserFactory(username="lilei1", password=PASSWORD)).user
    kept = [signed_in(user) for _ in range(2)]
    assert [client.get("/my/").status_code for client in kept] == [200, 200]
    if how == "password":
        mine = confirm(signed_in(user))
        form = {"oldpassword": PASSWORD, "password1": "another-good-horse", "password2": "another-good-horse"}
        assert mine.post("/accounts/password/change/", form).status_code == 302
        assert mine.get("/my/").status_code == 200
    elif how == "deactivated":
        User.objects.filter(pk=user.pk).update(is_active=False)
    else:
        erase_person(user, by=user, at=timezone.now())
    assert [client.get("/my/").status_code for client in kept] == [302, 302]
    assert (
        Client().post("/accounts/login/", {"login": "lilei1", "password": PASSWORD}).headers.get("Location") != "/my/"
    )
