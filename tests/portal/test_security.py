"""The headers that every answer of the public site carries."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/issues/", 200), ("/nowhere/", 404)])
@pytest.mark.parametrize("round_", ["made", "kept"])
def test_headers_of_the_public_site(path: str, status: int, round_: str) -> None:
    client = Client()
    for _ in range(1 if round_ == "made" else 2):
        answer = client.get(path)
    assert answer.status_code == status
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    assert {policy[name] for name in ("default-src", "script-src", "style-src", "base-uri", "form-action")} == {
        "'self'"
    }
    assert (policy["object-src"], policy["frame-ancestors"]) == ("'none'", "'none'")
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/admin/password_reset/", "/admin/password_reset/confirm/MQ/x-y/"])
def test_there_is_one_way_to_a_new_password(path: str) -> None:
    assert Client().get(path).status_code == 404


@pytest.mark.django_db
def test_wagtail_has_no_second_sign_in(client):
    """One sign-in, with its limits and its lock-out."""
    for address in ("/_util/login/", "/admin/login/"):
        assert client.get(address, headers={"host": "localhost"}).headers["Location"] == "/accounts/login/"


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 19, "999999999999999999", "0", "1"])
@pytest.mark.parametrize("path", ["/documents/{}/x", "/documents/{}/"])
def test_a_document_that_can_not_be_is_not_found(path: str, number: str) -> None:
    assert Client().get(path.format(number)).status_code == 404
