"""What is kept of pages, by browsers and by the site's own cache; and what gets into the log."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client

from deliberation.states import IssueState
from portal.redaction import RedactingFormatter
from tests.attacks.addresses import every_address, ours, read, signed_in
from tests.confirming import confirm
from tests.factories import District
from tests.test_addresses import make_issue

pytestmark = pytest.mark.django_db
OF_SOMEBODY = ("my/", "desk/", "accounts/", "receipts/")
SECRETS = ("欧阳隐名", "13800000000", "hidden@example.invalid")


@pytest.mark.parametrize("role", ["resident", "worker", "town_officer", "district_officer", "administrator"])
def test_no_browser_keeps_a_page_of_somebody(district: District, role: str) -> None:
    """Each page of one's own, of the desk and of signing in, whatever its status, is kept by nobody."""
    client, checked = confirm(signed_in(getattr(district, role))), 0
    for one in every_address():
        if not one.route.startswith(OF_SOMEBODY):
            continue
        response = client.get(one.sample)
        read(response)
        control = response.headers["Cache-Control"]
        assert "no-store" in control, (one.sample, control)
        assert "public" not in control
        checked += 1
    assert checked > 70


@pytest.mark.parametrize("role", ["resident", "worker", "superuser"])
def test_no_page_of_who_is_signed_in_is_kept_for_others(district: District, role: str) -> None:
    """Nothing lands in the cache of pages, and no shared cache on the way may take it."""
    issue = make_issue(district, IssueState.DISPATCHED, is_public=True)
    client = signed_in(getattr(district, role))
    pages = caches["pages"]
    for address in [
        *(one.sample for one in every_address() if ours(one) and not one.arguments),
        issue.get_absolute_url(),
    ]:
        response = client.get(address)
        read(response)
        if response.status_code == 200 and "text/html" in response.headers["Content-Type"]:
            assert "private" in response.headers["Cache-Control"], address
            assert "Cookie" in response.headers.get("Vary", "") or "no-store" in response.headers["Cache-Control"], (
                address
            )
    if isinstance(pages, LocMemCache):
        assert len(pages._cache) == 0


def test_who_signs_out_reads_what_everybody_reads(district: District) -> None:
    """A page kept for everybody holds neither a token, nor a message, nor a name of who was there before."""
    client = signed_in(district.resident)
    client.get("/issues/")
    client.logout()
    stranger, other = Client(), Client()
    for address in ("/", "/issues/", "/contacts/", "/places/", "/privacy/", "/figures/"):
        first, again = stranger.get(address), other.get(address)
        assert first.content == again.content
        assert first.content == client.get(address).content
        assert "csrfmiddlewaretoken" not in first.content.decode()
        assert not again.cookies


def undated(content: bytes) -> bytes:
    """Return a page without the second in which a feed was made."""
    return re.sub(rb"<lastBuildDate>[^<]*", b"", content)


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_X_FORWARDED_HOST": "evil.example"}, {"HTTP_X_ORIGINAL_URL": "/my/"}, {"HTTP_X_REWRITE_URL": "/my/"},
        {"HTTP_HX_REQUEST": "true"}, {"HTTP_X_FORWARDED_PROTO": "evil"}, {"HTTP_X_HTTP_METHOD_OVERRIDE": "POST"},
        {"HTTP_ACCEPT": "application/json"}, {"HTTP_RANGE": "bytes=0-1"}, {"HTTP_REFERER": "https://evil.example/<x>"},
        {"HTTP_USER_AGENT": "evil.example"}, {"HTTP_HOST": "localhost:6666"},
    ],
)  # fmt: skip
def test_no_header_poisons_a_page_that_is_kept(district: District, headers: dict[str, str]) -> None:
    for address in ("/", "/issues/", "/contacts/", "/sitemap.xml", "/feeds/issues.xml"):
        Client().get(address, **headers)
        kept = Client().get(address)
        caches["pages"].clear()
        assert undated(kept.content) == undated(Client().get(address).content)
        for word in ("evil", "6666"):
            assert word not in kept.content.decode()


@pytest.mark.parametrize(
    "path", ["/%0aERROR forged", "/%250aERROR forged", "/%0d%0aforged", "/%e2%80%a8forged", "/%1b[31m", "/%00"]
)
def test_nobody_writes_a_line_of_the_log(client: Client, caplog: pytest.LogCaptureFixture, path: str) -> None:
    with caplog.at_level(logging.WARNING):
        client.get(path)
    formatter = RedactingFormatter("%(levelname)s %(name)s: %(message)s")
    for record in caplog.records:
        line = formatter.format(record).split("\nTraceback")[0]
        assert line.isprintable(), repr(line)


@pytest.mark.parametrize("text", ["a%0aERROR root: forged", "a%0D%0Aforged", "a%1b[31mred", "a%E2%80%AEdrow"])
def test_decoding_begins_no_line(text: str) -> None:
    record = logging.LogRecord("x", logging.WARNING, "", 0, "asked for %s", (text,), None)
    assert RedactingFormatter("%(message)s").format(record).isprintable()


def test_error_pages_repeat_nothing(client: Client, district: District) -> None:
    for path in (
        "/<script>alert(1)</script>/",
        "/issues/%3Cscript%3Ealert(1)/",
        "/search/?q=<script>alert(1)</script>",
    ):
        for one in (client, signed_in(district.worker)):
            assert "<script>alert" not in one.get(path).content.decode()


def unmasked(text: str) -> list[Any]:
    """Return the secrets in a text."""
    return [secret for secret in SECRETS if secret in text]


def test_anonymous_pages_hold_nothing_of_staffs(district: District) -> None:
    """At every address without arguments, and on an issue's page."""
    person = district.resident
    person.name, person.email = SECRETS[0], SECRETS[2]
    person.set_phone(SECRETS[1], verified=True)
    person.save()
    issue = make_issue(district, IssueState.DISPATCHED, is_public=True)
    for address in [
        *(one.sample for one in every_address() if ours(one) and not one.arguments),
        issue.get_absolute_url(),
    ]:
        response = Client().get(address)
        assert unmasked(read(response).decode(errors="replace")) == [], address
