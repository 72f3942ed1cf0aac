"""Addresses that only take a form: whoever opens one, by a link, Back or a reload, is led to the page above it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils.cache import add_never_cache_headers

READING = ("GET", "HEAD")
# Wagtail takes every address that nobody else does; whether a page is there only the database tells.
ANY_PAGE = "wagtail_serve"


class PostOnlyMiddleware:
    """Leads who reads such an address to the nearest page above, by the path alone: it tells of no record."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the way up in place of an empty page."""
        response = self.get_response(request)
        if response.status_code != 405 or request.method not in READING or "GET" in response.headers.get("Allow", ""):
            return response
        up = HttpResponseRedirect(page_at_or_above(above(request.path)))
        add_never_cache_headers(up)
        return up


def page_at_or_above(path: str) -> str:
    """Return the nearest address, this one or one above it, that can be opened; at last the home page."""
    while path != "/" and not is_opened(path):
        path = above(path)
    return path


def above(path: str) -> str:
    """Return the address one step up."""
    return path.rstrip("/").rpartition("/")[0].rstrip("/") + "/"


def is_opened(path: str) -> bool:
    """Return whether a page of ours answers at an address when it is read."""
    try:
        match = resolve(path)
    except Resolver404:
        return False
    return match.url_name != ANY_PAGE and "GET" in methods_of(match.func)


def methods_of(view: Any) -> list[str]:
    """Return what a view takes, as Django's decorators keep it; one that names nothing is taken to be read."""
    view_class = getattr(view, "view_class", None)
    if view_class is not None and not hasattr(view_class, "get"):
        return ["POST"]
    while view is not None:
        names = getattr(getattr(view, "__code__", None), "co_freevars", ())
        if "request_method_list" in names:
            methods: list[str] = view.__closure__[names.index("request_method_list")].cell_contents
            return methods
        view = getattr(view, "__wrapped__", None)
    return ["GET"]
