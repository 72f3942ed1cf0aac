"""What somebody types stands in no error page, no line of the log and no mail: a crawler over every address.

A page may give a sender's words back where they typed them: as the value of a field of the form that they sent
(`value="…"`, the inside of a `<textarea>`), and only where it says what to mend (409, 422). A link may lead back to the
address that was asked for (`href`, `action`): the reader's own browser shows it anyway. Whatever else of a page holds
a needle is a leak.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

import community.forms
import deliberation.forms
from portal.redaction import RedactingFormatter
from portal.views import errors
from tests.attacks.addresses import SAMPLES, Address, every_address, ours, read, signed_in
from tests.attacks.forms import forms_of
from tests.confirming import confirm
from tests.factories import District
from tests.needles import Needles

pytestmark = pytest.mark.django_db
NAME, PHONE, NUMBER = "慕容露露", "13912340987", "420704196801010017"
WORDS = f"{NAME} {PHONE} {NUMBER}"
NEEDLES = Needles([NAME, PHONE, NUMBER])
# Whoever signs out asks for nothing more.
ENDS = {"account_logout", "wagtailadmin_logout"}
MENDED = {409, 422}
FIELD = re.compile(r'(<input\b[^>]*?\bvalue=)"[^"]*"|(<textarea\b[^>]*>).*?(?=</textarea>)', re.DOTALL)
LINK = re.compile(r'(<(?:a|form|link)\b[^>]*?\b(?:href|action)=)"[^"]*"')
ROLES = ("anonymous", "resident", "worker", "superuser")


def broken(request: HttpRequest, rest: str) -> HttpResponse:
    """Break over all that was sent."""
    typed = request.POST.get("person_name", "")
    raise ValueError(f"cannot take {rest}, {typed}, {dict(request.GET)}, {dict(request.POST)}, {request.path}")


handler400, handler403, handler404, handler500 = (
    errors.bad_request, errors.forbidden, errors.not_found, errors.server_error,
)  # fmt: skip
urlpatterns = [path("broken/<path:rest>/", broken), path("", include("portal.urls"))]


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Give everything that the site's own handlers write, from the least line on."""
    described = settings.LOGGING["handlers"]["console"]
    assert settings.LOGGING["formatters"][described["formatter"]]["()"] == "portal.redaction.RedactingFormatter"
    stream, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(RedactingFormatter("%(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


def fields() -> dict[str, str]:
    """Return every field of every form of ours, each with all needles, and some that no form has."""
    found = [*forms_of(community.forms), *forms_of(deliberation.forms)]
    names = {name for form in found for name in getattr(form, "base_fields", {})}
    assert len(names) > 60
    return dict.fromkeys(names | {"login", "password", "email", "next", "q", "username"}, WORDS)


def spelled(address: Address) -> list[str]:
    """Return an address with needles for its words, and with needles behind it."""
    words = {"str": NAME, "slug": PHONE, "path": f"{NAME}/{NUMBER}"}
    found = re.sub(
        r"<(?:(\w+):)?\w+>", lambda one: words.get(one[1] or "str", SAMPLES.get(one[1] or "str", "one")), address.route
    )
    return list(dict.fromkeys([address.sample, f"/{quote(found)}"]))


def leaks(response: Any) -> set[str]:
    """Return the needles that an answer holds where none may stand."""
    page = read(response).decode(errors="replace")
    if response.status_code < 400:
        return set()
    page = LINK.sub(r'\1""', page)
    if response.status_code in MENDED:
        page = FIELD.sub(lambda one: f'{one[1]}""' if one[1] else one[2], page)
    return NEEDLES.found_in(page)


def client_of(district: District, role: str) -> Client:
    """Return a browser that gets the page of an error, and no exception."""
    user = getattr(district, role, None)
    client = signed_in(user, raise_request_exception=False)
    return client if user is None else confirm(client)


def addresses_for(role: str) -> list[Address]:
    """Return the addresses that a role is to ask for: the admin's only to whom it opens, or nobody at all."""
    opens = role in ("anonymous", "superuser")
    return [one for one in every_address() if one.name not in ENDS and (opens or ours(one))]


@pytest.mark.parametrize("role", ROLES)
def test_no_error_repeats_what_was_typed(
    district: District, role: str, logged: io.StringIO, mailoutbox: list[EmailMessage], settings: Any
) -> None:
    """At every address, by reading and by sending, with needles in the path, the query and every field."""
    settings.ADMINS = [("admin", "admin@example.invalid")]
    client, typed = client_of(district, role), fields()
    statuses, found, broke = set(), [], []
    for one in addresses_for(role):
        for target in spelled(one):
            asked = f"{target}?{'&'.join(f'{name}={quote(WORDS)}' for name in ('q', 'text', 'page', 'home', 'role'))}"
            for response in (client.get(asked), client.post(asked, typed)):
                statuses.add(response.status_code)
                if response.status_code >= 500 and ours(one):
                    # A fault of its own, whatever the page says; what breaks in Wagtail's admin is Wagtail's.
                    broke.append((response.request["REQUEST_METHOD"], target, response.status_code))
                if held := leaks(response):
                    found.append((response.request["REQUEST_METHOD"], target, response.status_code, held))
    assert found == []
    assert statuses >= {302, 404, 405} | ({403, 422} if role != "anonymous" else set())
    assert broke == []
    assert NEEDLES.found_in(logged.getvalue()) == set()
    assert NEEDLES.found_in("".join(f"{mail.subject}\n{mail.body}" for mail in mailoutbox)) == set()


@pytest.mark.parametrize("role", ROLES)
def test_a_view_that_breaks_repeats_nothing(
    district: District, role: str, logged: io.StringIO, mailoutbox: list[EmailMessage], settings: Any
) -> None:
    """Neither its page, nor its trace in the log, nor the report by mail."""
    settings.ADMINS = [("admin", "admin@example.invalid")]
    settings.ROOT_URLCONF = __name__
    client, target = client_of(district, role), f"/broken/{quote(NAME)}/{PHONE}/?q={quote(WORDS)}"
    typed = fields() if role != "anonymous" else {"person_name": NAME}
    for response in (client.get(target), client.post(target, typed)):
        assert response.status_code == 500
        assert leaks(response) == set()
    assert "ValueError: cannot take" in logged.getvalue()
    assert NEEDLES.found_in(logged.getvalue()) == set()
    assert len(mailoutbox) == 2
    for mail in mailoutbox:
        assert "ValueError" in mail.body
        alternatives = [str(one[0]) for one in getattr(mail, "alternatives", [])]
        for text in (mail.subject, str(mail.body), *alternatives):
            assert NEEDLES.found_in(text) == set(), text[:300]


def test_a_form_without_its_token_is_not_repeated(district: District, logged: io.StringIO) -> None:
    """The page that refuses it names no field of it."""
    client = signed_in(district.worker, enforce_csrf_checks=True)
    for target in ("/accounts/login/", "/issues/new/", "/desk/residents/"):
        response = client.post(f"{target}?q={quote(WORDS)}", fields())
        assert response.status_code == 403
        assert leaks(response) == set()
    assert NEEDLES.found_in(logged.getvalue()) == set()


def test_the_crawler_would_find_one() -> None:
    """In a sentence of the page, in an option, in a message; not in the field itself."""
    for text in (f"<p>没有{NAME}这个人</p>", f"<option>{PHONE}</option>", f"<li class=error>{quote(NAME)}</li>"):
        assert leaks(HttpResponse(text, status=422))
        assert leaks(HttpResponse(text, status=404))
    field = f'<input name="q" value="{NAME}"><textarea name="t">{PHONE}</textarea>'
    assert leaks(HttpResponse(field, status=422)) == set()
    assert leaks(HttpResponse(field, status=404))
