"""Forwarded headers count from a trusted proxy alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from community.forwarding import FORWARDED, ForwardingMiddleware

SAID = dict.fromkeys(FORWARDED, "said")


def left(remote: str, settings: Any, trusted: list[str]) -> set[str]:
    """Return which forwarded headers reach what stands behind the middleware."""
    settings.TRUSTED_PROXIES = trusted
    seen: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    ForwardingMiddleware(view)(RequestFactory().get("/", REMOTE_ADDR=remote, **SAID))
    return {name for name in FORWARDED if name in seen[0].META}


@pytest.mark.parametrize(
    ("remote", "trusted", "believed"),
    [
        ("203.0.113.7", [], False),
        ("127.0.0.1", [], False),
        ("", ["10.0.0.0/8"], False),
        ("203.0.113.7", ["10.0.0.0/8"], False),
        ("10.1.2.3", ["10.0.0.0/8"], True),
        ("::1", ["10.0.0.0/8", "::1"], True),
    ],
)
def test_headers_of_strangers_are_taken_away(settings: Any, remote: str, trusted: list[str], believed: bool) -> None:
    assert left(remote, settings, trusted) == (set(FORWARDED) if believed else set())


def test_a_stranger_cannot_say_that_the_connection_is_safe(client: Any, settings: Any, db: None) -> None:
    settings.SECURE_SSL_REDIRECT, settings.TRUSTED_PROXIES = True, ["10.0.0.0/8"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    asked = {"HTTP_X_FORWARDED_PROTO": "https"}
    assert client.get("/issues/", REMOTE_ADDR="203.0.113.7", **asked).status_code == 301
    assert client.get("/issues/", REMOTE_ADDR="10.0.0.1", **asked).status_code == 200
    assert client.get("/issues/", REMOTE_ADDR="10.0.0.1").headers["Location"] == "https://testserver/issues/"
    assert [client.get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]
