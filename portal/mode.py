"""The two switches that any page takes in its address: `?mode=elder` and `?lang=en`.

Both are links, not forms: the header then needs no CSRF token and a page can be cached for everybody.
A switch sets its cookie and leads back to the same page without the parameter.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.http import escape_leading_slashes

from portal.post_only import page_at_or_above

MODE_COOKIE = "mode"
MODES = ("normal", "elder")
YEAR = 60 * 60 * 24 * 365

GetResponse = Callable[[HttpRequest], HttpResponse]


class ModeMiddleware:
    """Sets `request.mode`, and answers a switch before anything else is asked.

    It stands before the page cache, whose key holds the mode, and before LocaleMiddleware.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a switch, or let the page be made in the mode of its reader."""
        request.mode = read_mode(request)  # type: ignore[attr-defined]
        switched = wanted_cookies(request)
        if switched:
            return switch(request, switched)
        response = self.get_response(request)
        patch_vary_headers(response, ["Cookie"])
        return response


def read_mode(request: HttpRequest) -> str:
    """Return the mode that the cookie names; anything unknown is the normal one."""
    mode = request.COOKIES.get(MODE_COOKIE, "")
    return mode if mode in MODES else "normal"


def wanted_cookies(request: HttpRequest) -> dict[str, str]:
    """Return the cookies that the address asks for; a form that is being sent is never redirected."""
    if request.method not in ("GET", "HEAD"):
        return {}
    wanted: dict[str, str] = {}
    if request.GET.get("mode") in MODES:
        wanted[MODE_COOKIE] = request.GET["mode"]
    if request.GET.get("lang") in dict(settings.LANGUAGES):
        wanted[settings.LANGUAGE_COOKIE_NAME] = request.GET["lang"]
    return wanted


def switch(request: HttpRequest, cookies: dict[str, str]) -> HttpResponse:
    """Set the cookies and lead back to the same page without the parameters."""
    response = HttpResponseRedirect(address_with(request, mode=None, lang=None))
    for name, value in cookies.items():
        response.set_cookie(
            name, value, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, httponly=True
        )
    add_never_cache_headers(response)
    return response


def address_with(request: HttpRequest, **changes: str | None) -> str:
    """Return the path and query of this page with some parameters set, or removed where None.

    Never leaves the site: the path is the request's own and cannot start with two slashes. Where it only takes
    the form that was sent to it, the page above stands for it.
    """
    if request.method == "POST" and page_at_or_above(request.path) != request.path:
        return address_at(page_at_or_above(request.path), QueryDict(mutable=True), changes)
    return address_at(request.path, request.GET.copy(), changes)


def address_at(path: str, query: QueryDict, changes: dict[str, str | None]) -> str:
    """Return a path and query with some parameters set, or removed where None."""
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    path = escape_leading_slashes(path)
    return f"{path}?{query.urlencode()}" if query else path
