"""Forms sent from elsewhere: without the token, with fields that they do not have, and with a way out of the site."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import pytest
from django import forms
from django.test import Client
from rest_framework.authentication import SessionAuthentication
from rest_framework.views import APIView
from wagtail.admin.forms import WagtailAdminModelForm

import community.forms
import deliberation.forms
from community.models import User
from tests.attacks.addresses import Address, every_address, is_reached, nothing_written, ours, read, signed_in
from tests.attacks.forms import forms_of
from tests.community.signing_in import PASSWORD, PHONE, enter
from tests.confirming import confirm
from tests.factories import District, UserFactory

pytestmark = pytest.mark.django_db
# A mailbox posts there by itself (RFC 8058): the signed token in the address stands for the form's own.
EXEMPT = {"notices_unsubscribe"}
PEOPLE = (
    "anonymous",
    "resident",
    "worker",
    "handler",
    "town_officer",
    "district_officer",
    "administrator",
    "superuser",
)


# --- CSRF ------------------------------------------------------------------------------------------
def test_every_sample_leads_to_a_view() -> None:
    found = every_address()
    assert len(found) > 400
    assert [one.route for one in found if not is_reached(one)] == []


def test_one_view_alone_asks_for_no_token() -> None:
    exempt = [one for one in every_address() if getattr(one.view, "csrf_exempt", False) and not asks_itself(one)]
    assert {one.name for one in exempt} == EXEMPT


def asks_itself(address: Address) -> bool:
    """Return whether a view of Wagtail's own API asks for the token where it looks who is there, and nowhere else."""
    view = getattr(address.view, "cls", None)
    return view is not None and issubclass(view, APIView) and view.authentication_classes == [SessionAuthentication]


@pytest.mark.parametrize("role", PEOPLE)
def test_no_address_takes_a_form_without_the_token(district: District, role: str) -> None:
    """Whoever is signed in, and however lately: a form of another site is refused everywhere, and changes nothing."""
    client = signed_in(getattr(district, role, None), enforce_csrf_checks=True)
    if role != "anonymous":
        confirm(client)
    addresses = every_address() if role in ("worker", "superuser") else [one for one in every_address() if ours(one)]
    wrong = []
    with nothing_written():
        for one in addresses:
            for method in ("post", "put", "patch", "delete"):
                status = getattr(client, method)(one.sample).status_code
                # Who may not enter the admin is led to sign-in before the API looks at anything.
                if status != 403 and one.name not in EXEMPT and not (asks_itself(one) and status == 302):
                    wrong.append((method, one.sample, status))
    assert wrong == []


def test_a_token_of_another_browser_is_none(district: District) -> None:
    client, stranger = signed_in(district.resident, enforce_csrf_checks=True), Client()
    stranger.get("/accounts/login/")
    token = stranger.cookies["csrftoken"].value
    with nothing_written():
        assert client.post("/my/notices/read/", {"csrfmiddlewaretoken": token}).status_code == 403
        client.cookies["csrftoken"] = token
        evil = client.post("/my/notices/read/", {"csrfmiddlewaretoken": token}, HTTP_ORIGIN="https://evil.example")
        assert evil.status_code == 403
        assert client.post("/accounts/logout/", {}, HTTP_ORIGIN="null").status_code == 403


def test_the_address_without_a_token_writes_nothing_for_a_forged_one(district: District) -> None:
    client = signed_in(district.resident)
    for token in ("x", "MQ:1abc:xyz", "%00", "1", "a" * 3000):
        with nothing_written():
            expected = 404 if token == "%00" else 410
            assert client.post(f"/my/notices/unsubscribe/{token}/").status_code == expected


def test_a_safe_request_changes_nothing(district: District) -> None:
    """GET and HEAD write nowhere, but that a notice counts as read, a setting-up begins and a draft is looked at."""
    client = confirm(signed_in(district.worker))
    for one in every_address():
        if ours(one) and not one.arguments and one.name not in {"mfa_activate_totp"}:
            with nothing_written():
                client.head(one.sample)
                answer = client.get(one.sample)
                read(answer)


# --- Ways out of the site --------------------------------------------------------------------------
OUT = (
    "https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
    "/\\/evil.example", "https:evil.example", "http:///evil.example", "https:///evil.example",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "/%0a/evil.example/../", "\n//evil.example",
    "/\t/evil.example", "//evil%E3%80%82example", "//evil。example", "／／evil.example", "https://testserver@evil.example/",
    "https://testserver.evil.example/", "ftp://testserver/", "//testserver:80@evil.example/", " //evil.example",
    "\x00//evil.example", "/\r\nSet-Cookie:x=1",
)  # fmt: skip


def leads_out(target: str) -> bool:
    """Return whether a browser would leave the site: whatever is no path of ours by itself."""
    plain = target.replace("\t", "").replace("\n", "").replace("\r", "").strip().replace("\\", "/")
    # A target without a scheme and a slash is a path below this page.
    return plain.startswith("//") or bool(re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", plain))


def assert_stays(response: Any, target: str) -> None:
    """Fail where an answer sends somebody off, or offers a link that does."""
    location = response.headers.get("Location", "")
    path = location.removeprefix("http://testserver")
    assert not leads_out(path), (target, location)
    assert "\r" not in location
    assert "\n" not in location
    if response.status_code == 200:
        page = response.content.decode()
        assert f'href="{target}"' not in page, target
        assert f'action="{target}"' not in page, target


def takers(client: Client) -> list[tuple[str, str]]:
    """Return the addresses without arguments that do something with `next`: lead there, or write it into the page."""
    found = []
    for one in every_address():
        if ours(one) and not one.arguments and one.name != "account_logout":
            for method in ("get", "post") if one.sample.startswith(("/accounts/", "/my/")) else ("get",):
                response = getattr(client, method)(one.sample, {"next": "/privacy/erased/"})
                page = read(response).decode(errors="replace")
                if "/privacy/erased/" in page + unquote(response.headers.get("Location", "")):
                    found.append((method, one.sample))
    return found


def test_next_never_leads_out(district: District) -> None:
    """At every address that does something with it: by query and by form, before and after sign-in."""
    counted = 0
    for role in (None, "resident", "worker"):
        client = signed_in(getattr(district, role) if role else None)
        if role:
            confirm(client)
        for method, address in takers(client):
            for target in OUT:
                assert_stays(getattr(client, method)(address, {"next": target}), target)
                counted += 1
    assert counted > len(OUT) * 5
    for target in OUT:
        assert_stays(signed_in(district.resident).post("/accounts/logout/", {"next": target}), target)


@pytest.mark.parametrize("target", OUT)
def test_sign_in_by_whichever_way_never_leads_out(target: str) -> None:
    UserFactory(username="lilei1", phone=PHONE, password=PASSWORD)
    assert_stays(enter(Client(), next=target), target)
    entering = {"login": "lilei1", "password": PASSWORD, "next": target}
    assert_stays(Client().post("/accounts/login/", entering), target)
    client = Client()
    client.get("/accounts/login/", {"next": target})
    assert_stays(client.post("/accounts/login/", {**entering, "next": ""}), target)
    assert_stays(client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": target}), target)


def test_paths_with_two_slashes_are_no_redirect_out(district: District) -> None:
    """What adds a missing slash must not take the first part of a path for a host."""
    for path in ("//evil.example/my", "/%2fevil.example/my", "/\\evil.example/my", "//evil.example/%2e%2e"):
        for client in (Client(), signed_in(district.worker)):
            location = client.get(path).headers.get("Location", "")
            assert not leads_out(location), (path, location)


# --- Fields that a form does not have ---------------------------------------------------------------
def test_names_of_privileges_are_no_form_field_of_ours() -> None:
    """No form has a field by which somebody could make themself more than they are."""
    found = [*forms_of(community.forms), *forms_of(deliberation.forms)]
    assert len(found) > 30
    for form in found:
        declared = set(getattr(form, "base_fields", {}))
        # A list is filtered by a state and searched by something; nothing is set to it.
        chosen = {"state", "by"} if form.__name__.endswith(("Filter", "SearchForm")) else set()
        assert not declared & PRIVILEGES - chosen, form
        # Wagtail's own forms take their fields from the panels of a snippet, which name each.
        is_open = issubclass(form, forms.ModelForm) and not issubclass(form, WagtailAdminModelForm)
        assert not is_open or form._meta.fields not in (None, "__all__"), form


PRIVILEGES = {
    "is_staff", "is_superuser", "is_active", "user_permissions", "groups", "verification", "verified_at", "user",
    "owner", "by", "at", "phone_verified", "phone_index", "id_index", "surname_index", "id_number_index", "erased_at",
    "state", "reporter", "recipient", "author", "is_public", "appointed_by", "delegated_from", "shares_phone_of",
}  # fmt: skip


def test_sign_in_opens_no_privilege(client: Client) -> None:
    """Sent with every step of entering, none of it sticks."""
    extra = dict.fromkeys(PRIVILEGES, "1") | {"username": "chosen", "verification": "verified", "password": PASSWORD}
    enter(client, **extra)
    user = User.objects.get(phone_index__isnull=False)
    assert not any((user.is_staff, user.is_superuser, user.shares_phone_of, user.erased_at, user.has_usable_password()))
    assert (user.username == "chosen", user.resident.verification, user.resident.verified_at) == (
        False,
        "unverified",
        None,
    )
    assert user.groups.count() + user.user_permissions.count() + user.appointments.count() == 0
