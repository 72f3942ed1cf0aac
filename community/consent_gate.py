"""Leads who has not agreed to the terms yet to where one does, before they write anything.

A new person comes here after signing up, everybody else when a new version comes into force. Reading
stays open, and so do the ways out: signing out, export, erasure.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from community.keeping import put_aside
from community.models import User
from community.queries import texts_to_agree
from community.stepup import page_of_form

# Pages on which one starts to write, or that belong to a person who takes part.
FIRST_PAGES = frozenset({"my", "new_issue", "my_verification", "my_home"})
ALWAYS_OPEN = frozenset(
    {
        "consent", "withdraw_consent", "erase_me", "export_me",
        "notice_read", "notice_settings", "notices_read", "notices_unsubscribe",
    }
)  # fmt: skip
# Signing in and out, and how one does it; Wagtail's admin has its own rights.
OPEN_PATHS = ("/accounts/", "/admin/", "/_util/", "/documents/")


class ConsentMiddleware:
    """Asks before a view that writes; stands after authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Let the request go on; the view is known only later."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., object], _args: object, kwargs: dict[str, object]
    ) -> HttpResponse | None:
        """Lead to the texts, or let the view run; what was sent is kept where the view says how."""
        if not is_writing(request) or not isinstance(request.user, User) or not texts_to_agree(request.user):
            return None
        if request.method == "POST":
            messages.info(request, _("还没有送出。请先看看下面的文本，同意以后回到刚才那一页，再送一次。"))
        return HttpResponseRedirect(f"{reverse('consent')}?{urlencode({'next': way_back(request, view, kwargs)})}")


def way_back(request: HttpRequest, view: Callable[..., object], kwargs: dict[str, object]) -> str:
    """Return the page to go on with after agreeing, on which what was sent stands again where its view keeps it."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    source = page_of_form(request) if "HTTP_REFERER" in request.META else reverse("my")
    return put_aside(view, request, kwargs) or source


def is_writing(request: HttpRequest) -> bool:
    """Return whether a request writes, or opens a page on which one writes."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    if name in ALWAYS_OPEN or request.path.startswith(OPEN_PATHS):
        return False
    return request.method not in ("GET", "HEAD", "OPTIONS") or name in FIRST_PAGES
