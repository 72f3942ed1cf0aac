"""A cache of whole pages for readers who are not signed in; every publication makes it stale.

A page is kept under the current generation. What changes the public side calls `invalidate`, which
starts the next generation: no list of addresses has to be known, and what is old simply ages out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from time import time_ns

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language_from_request

GENERATION = "pagecache:generation"
# Pages, feeds and data; pictures would fill the cache and are kept by the browser.
KEPT_TYPES = {"text/html", "application/json", "application/xml", "application/rss+xml"}
# Pages of one person, of staff, or that answer a form are never kept.
NEVER_KEPT = ("/admin/", "/accounts/", "/my/", "/desk/", "/healthz", "/readyz", "/metrics", "/styleguide/")


def invalidate() -> None:
    """Make every kept page stale."""
    try:
        cache.incr(GENERATION)
    except ValueError:
        # No generation yet, or it was evicted: one from the clock is newer than any that came before.
        cache.add(GENERATION, new_generation(), timeout=None)


def new_generation() -> int:
    """Return a number above all earlier generations."""
    return time_ns()


def generation() -> int:
    """Return the current generation."""
    kept = cache.get(GENERATION)
    if kept is None:
        cache.add(GENERATION, new_generation(), timeout=None)
        kept = cache.get(GENERATION)
    return int(kept)


def page_key(request: HttpRequest) -> str:
    """Return the key of a page: address, language, mode, and how it was asked for."""
    parts = (
        request.get_host(),
        request.get_full_path(),
        get_language_from_request(request),
        getattr(request, "mode", "normal"),
        request.headers.get("HX-Request", ""),
        str(generation()),
    )
    return "page:" + hashlib.sha256("\n".join(parts).encode()).hexdigest()


def is_for_everybody(request: HttpRequest) -> bool:
    """Return whether the answer can depend on nobody in particular."""
    return (
        request.method == "GET"
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and not request.path.startswith(NEVER_KEPT)
    )


def is_keepable(response: HttpResponseBase) -> bool:
    """Return whether an answer may be given to the next reader."""
    return (
        response.status_code == 200
        and response.get("Content-Type", "").split(";")[0] in KEPT_TYPES
        and not response.streaming
        and not response.cookies
        and "private" not in response.get("Cache-Control", "")
        and "no-store" not in response.get("Cache-Control", "")
    )


class PageCacheMiddleware:
    """Answer readers who are not signed in from the cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the kept page, or make it and keep it."""
        if not settings.PAGE_CACHE_SECONDS or not is_for_everybody(request):
            response = self.get_response(request)
            patch_cache_control(response, private=True)
            return response
        key = page_key(request)
        kept: HttpResponseBase | None = cache.get(key)
        if kept is not None:
            return kept
        response = self.get_response(request)
        if is_keepable(response):
            # Browsers ask again each time: only the server knows when a page has become stale.
            patch_cache_control(response, public=True, max_age=0, must_revalidate=True)
            cache.set(key, response, settings.PAGE_CACHE_SECONDS)
        return response
