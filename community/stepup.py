"""Dangerous acts ask who is there once more: `@recently_confirmed` on a view, or a name in CONFIRMED_VIEWS.

Use it for what an unattended or stolen session must not do: changing how somebody signs in, export,
erasure, appointing, revealing personal data from the register (docs/decisions/0007 says which looks do not ask).

    @recently_confirmed
    def export(request): ...

It also asks for sign-in, so `login_required` beside it is not needed. Whoever signed in or confirmed
within the last ACCOUNT_REAUTHENTICATION_TIMEOUT seconds (five minutes) goes on. Otherwise a GET comes
back to the same page after confirming. A POST that came too late changes nothing: the person confirms
and is led back to the page with the form (the Referer, if it lies on this site), with a sentence that
asks to send it again. What was typed is not put aside on the server: it may be a password or somebody's
data. Where the browser's drafts are on, they keep it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from community.leading import is_ours
from community.models import User

# allauth's own pages on how one signs in; ours carry the decorator.
CONFIRMED_VIEWS = frozenset(
    {
        "account_change_password",
        "account_email",
        "account_set_password",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_deactivate_totp",
        "mfa_download_recovery_codes",
        "mfa_edit_webauthn",
        "mfa_generate_recovery_codes",
        "mfa_remove_webauthn",
        "mfa_view_recovery_codes",
    }
)


def confirmed_lately(request: HttpRequest) -> bool:
    """Return whether the person signed in, or confirmed being themself, within the last minutes."""
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        return False
    since = time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    return any(float(record.get("at", 0)) > since for record in get_authentication_records(request, user))


def recently_confirmed(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let a view run only for who signed in or confirmed lately; lead everybody else to confirm."""

    @wraps(view)
    def confirmed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return ask_to_confirm(request) or view(request, *args, **kwargs)

    return confirmed


def ask_to_confirm(request: HttpRequest) -> HttpResponse | None:
    """Return the way to where one confirms being oneself, or None where that was done lately."""
    if not request.user.is_authenticated:
        return redirect_to_login(page_of_form(request))
    if confirmed_lately(request):
        return None
    if not get_adapter(request).get_reauthentication_methods(request.user):
        return render(request, "account/cannot_confirm.html", status=403)
    if request.method not in ("GET", "HEAD"):
        messages.info(request, _("隔得久了，要先确认是您本人。确认以后，请再提交一次。"))
    asking = urlencode({"next": page_of_form(request)})
    return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{asking}")


def page_of_form(request: HttpRequest) -> str:
    """Return the page to come back to: this one, or for what was sent the page it was sent from."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    source = request.META.get("HTTP_REFERER", "")
    if url_has_allowed_host_and_scheme(source, {request.get_host()}, require_https=request.is_secure()):
        parts = urlsplit(source)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        # A path that begins with two slashes would lead to another host.
        return path if is_ours(path, request) else request.path
    return request.path


class StepUpMiddleware:
    """Asks the same before those pages of allauth that change how one signs in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Let the request go on; the view is known only later."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        """Lead to confirming where the view's name asks for it."""
        found = request.resolver_match
        return ask_to_confirm(request) if found and found.url_name in CONFIRMED_VIEWS else None
