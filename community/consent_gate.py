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

from community.models import User
from community.queries import texts_to_agree

# Pages on which one starts to write, or that belong to a person who takes part.
FIRST_PAGES = frozenset({"my", "new_issue"})
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

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        """Lead to the texts, or let the view run."""
        if not is_writing(request) or not isinstance(request.user, User) or not texts_to_agree(request.user):
            return None
        if request.method == "POST":
            messages.info(request, _("还没有送出。请先看看下面的文本，同意以后回到刚才那一页，再送一次。"))
        target = request.get_full_path() if request.method in ("GET", "HEAD") else reverse("my")
        return HttpResponseRedirect(f"{reverse('consent')}?{urlencode({'next': target})}")


def is_writing(request: HttpRequest) -> bool:
    """Return whether a request writes, or opens a page on which one writes."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    if name in ALWAYS_OPEN or request.path.startswith(OPEN_PATHS):
        return False
    return request.method not in ("GET", "HEAD", "OPTIONS") or name in FIRST_PAGES
