"""Where somebody is signed in, and ending it; and the page that leads staff to a second factor."""

from __future__ import annotations

from typing import Any

from allauth.account.utils import get_next_redirect_url
from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from community.factors import lacks_second_factor
from community.sessions import device_of, place_of


class SessionsView(ListUserSessionsView):
    """Each session with device, network and last visit; all others end at once by the form."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the sessions in words, this one first."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        rows = [
            {
                "pk": session.pk,
                "device": device_of(session.user_agent),
                "place": place_of(session.ip),
                "since": session.created_at,
                "seen": session.last_seen_at,
                "is_current": session.is_current(),
            }
            for session in context["sessions"]
        ]
        rows.sort(key=lambda row: (not row["is_current"], -row["seen"].timestamp()))
        return {**context, "rows": rows}


@login_required
@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign out on one other device."""
    session = get_object_or_404(UserSession, pk=pk, user=request.user)
    if session.session_key == request.session.session_key:
        return redirect("account_logout")
    session.end()
    messages.success(request, _("那台设备退出登录了。"))
    return redirect("usersessions_list")


@never_cache
@login_required
@require_safe
def second_factor(request: HttpRequest) -> HttpResponse:
    """Why staff sign in in two steps, and the way to set it up."""
    next_url = get_next_redirect_url(request) or ""
    if not lacks_second_factor(request.user):
        return redirect(next_url or "mfa_index")
    return render(request, "account/second_factor.html", {"next": next_url, "is_refusal": False})
