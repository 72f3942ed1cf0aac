"""Every page of ours is on one of the lists by which axe, both modes and a browser without scripts look at pages.

The lists stand in tests/journeys/; here it is only asked whether a page is missing, which needs no browser.
"""

from __future__ import annotations

import ast
import inspect
import re

import pytest
from django.urls import Resolver404, resolve

from tests.attacks.addresses import every_address, is_led_up, ours, read, signed_in
from tests.confirming import confirm
from tests.factories import District
from tests.journeys import (
    test_account_pages,
    test_deliberating_pages,
    test_notices,
    test_pages,
    test_people_pages,
    test_signing_in,
    test_verifying,
)

pytestmark = pytest.mark.django_db
LISTS = (
    test_account_pages,
    test_deliberating_pages,
    test_notices,
    test_pages,
    test_people_pages,
    test_signing_in,
    test_verifying,
)
# The number of a ballot.
NUMBERED = re.compile(r"\{\w+\}")
# What is no page: data, files, feeds, and ways that lead on.
NO_PAGES = {
    "issue_points", "area_outlines", "matrix_csv", "capabilities_csv", "dwelling_template", "issue_feed", "news_feed",
    "disclosure_feed", "sitemap_index", "django.contrib.sitemaps.views.sitemap", "robots", "healthz", "readyz", "media",
    "photo_draft", "issue_photo", "stored_file", "notice", "topic_feed", "halls_calendar",
    "hall_calendar", "ballot_papers", "ballot_receipts", "commitment_photo", "mfa_download_recovery_codes", "mfa_login_webauthn",
    "wagtaildocs_serve", "wagtailcore_login", "account_signup",
}  # fmt: skip
# Shown on the way by tests/journeys/test_signing_in.py and test_people_pages.py, which look at each with axe.
BY_JOURNEYS = {"phone_code", "phone_who", "second_factor", "mfa_authenticate", "mfa_view_recovery_codes", "hiding"}
# Pages of libraries that the site never leads to.
UNUSED = {
    "account_confirm_login_code", "account_email_verification_sent", "account_inactive", "styleguide",
    "wagtaildocs_authenticate_with_password", "wagtailcore_authenticate_with_password",
}  # fmt: skip


def words_of(module: object) -> set[str]:
    """Return every word of a module of journeys that stands in it as it is."""
    tree = ast.parse(inspect.getsource(module))  # type: ignore[arg-type]
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def listed() -> set[str]:
    """Return the names of the addresses on the lists: by name, or by the path that they spell out."""
    names: set[str] = set()
    for module in LISTS:
        for word in words_of(module):
            try:
                names.add(
                    resolve(NUMBERED.sub("1", word.split("?")[0].replace("{number}", "EC-2023-000001"))).url_name or ""
                )
            except Resolver404:
                names.add(word)
    return names


def pages(district: District) -> set[str]:
    """Return the names of the addresses of ours that somebody opens as a page."""
    found = set()
    for role in ("anonymous", "worker"):
        user = getattr(district, role, None)
        client = signed_in(user) if user is None else confirm(signed_in(user))
        for one in every_address():
            if ours(one):
                response = client.get(one.sample)
                read(response)
                # Who has not signed in is asked to, whatever lies there.
                asks = role == "anonymous" and response.headers.get("Location", "").startswith("/accounts/login/?")
                found |= {one.name} if not is_led_up(response) and not asks else set()
    return found - {""}


def test_every_page_is_on_a_list(district: District) -> None:
    """A new one comes with its place on one of them, or is named above with the reason."""
    assert pages(district) - listed() == NO_PAGES | BY_JOURNEYS | UNUSED
