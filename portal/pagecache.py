"""A cache of whole pages for readers who are not signed in; every publication makes it stale.

A page is kept under the current generation. What changes the public side calls `invalidate`, which
starts the next generation: no list of addresses has to be known, and what is old simply ages out.
The generation is a row of the database, so that it holds for every process and command; each process
reads it again after PAGE_GENERATION_SECONDS.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from pickle import PickleError
from time import monotonic, time_ns

from django.conf import settings
from django.core.cache import caches
from django.db import DatabaseError
from django.db.models import F
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language_from_request
from redis.exceptions import RedisError

from portal.models import PageGeneration

# Pages, feeds and data; pictures would fill the cache and are kept by the browser.
KEPT_TYPES = {"text/html", "application/json", "application/xml", "application/rss+xml"}
# Pages of one person, of staff, or that answer a form are never kept.
NEVER_KEPT = ("/admin/", "/accounts/", "/my/", "/desk/", "/healthz", "/readyz", "/metrics", "/styleguide/")
# Of one person or of staff: on a shared computer the next one must not step back into them.
OF_SOMEBODY = ("/accounts/", "/my/", "/desk/", "/receipts/", "/demo/outbox/")
# What our pages ask their address for. Anything else could be made up without end, so such a page is not kept.
KNOWN_PARAMETERS = {"after", "area", "category", "in", "page", "q", "state", "subject", "town", "weight", "year"}
CACHE_FAULTS = (RedisError, OSError, PickleError)
ROW = 1
logger = logging.getLogger(__name__)


class Known:
    """The generation as this process has read it last, and until when it goes by it."""

    number = 0
    until = 0.0

    @classmethod
    def learn(cls, number: int) -> int:
        """Take over a number that was read just now."""
        cls.number, cls.until = number, monotonic() + settings.PAGE_GENERATION_SECONDS
        return number


class Faults:
    """Whether the cache has failed since it last answered; one line in the log says so, not one a request."""

    are_known = False

    @classmethod
    def note(cls) -> None:
        """Log the first failure in a row."""
        if not cls.are_known:
            logger.exception("the page cache does not answer; pages are made anew until it does")
        cls.are_known = True


def invalidate() -> None:
    """Make every kept page stale, in every process."""
    if not PageGeneration.objects.filter(pk=ROW).update(number=F("number") + 1):
        # A number from the clock is above any that an emptied database has had before.
        PageGeneration.objects.get_or_create(pk=ROW, defaults={"number": time_ns()})
    Known.learn(stored_generation())


def stored_generation() -> int:
    """Return the generation as the database has it; 0 before the first change."""
    return PageGeneration.objects.filter(pk=ROW).values_list("number", flat=True).first() or 0


def generation() -> int:
    """Return the current generation, as this process knows it."""
    return Known.number if monotonic() < Known.until else Known.learn(stored_generation())


def page_key(request: HttpRequest) -> str:
    """Return the key of a page: address, language and mode."""
    parts = (
        request.scheme or "",
        request.get_host(),
        request.get_full_path(),
        get_language_from_request(request),
        getattr(request, "mode", "normal"),
        str(generation()),
    )
    return "page:" + hashlib.sha256("\n".join(parts).encode()).hexdigest()


def is_for_everybody(request: HttpRequest) -> bool:
    """Return whether the answer can depend on nobody in particular."""
    return (
        request.method == "GET"
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and not request.path.startswith(NEVER_KEPT)
        and request.GET.keys() <= KNOWN_PARAMETERS
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


def find(request: HttpRequest) -> tuple[str, HttpResponseBase | None]:
    """Return a page's key and what is kept under it; a store that fails has no key and keeps nothing."""
    try:
        key = page_key(request)
        kept: HttpResponseBase | None = caches["pages"].get(key)
    except (*CACHE_FAULTS, DatabaseError):
        Faults.note()
        return "", None
    Faults.are_known = False
    return key, kept


def keep(key: str, response: HttpResponseBase) -> None:
    """Keep a page; where the cache fails, the next reader's is made anew."""
    try:
        caches["pages"].set(key, response, settings.PAGE_CACHE_SECONDS)
    except CACHE_FAULTS:
        Faults.note()


class PageCacheMiddleware:
    """Answer readers who are not signed in from the cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the kept page, or make it and keep it."""
        if not settings.PAGE_CACHE_SECONDS or not is_for_everybody(request):
            response = self.get_response(request)
            patch_cache_control(response, private=True)
            if request.path.startswith(OF_SOMEBODY):
                patch_cache_control(response, no_store=True)
            return response
        key, kept = find(request)
        if kept is not None:
            return kept
        response = self.get_response(request)
        if is_keepable(response):
            # Browsers ask again each time: only the server knows when a page has become stale.
            patch_cache_control(response, public=True, max_age=0, must_revalidate=True)
            if key:
                keep(key, response)
        return response
