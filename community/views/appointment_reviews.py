"""The yearly review of appointments: kept by one tap, ended after a look at what that means."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from community import permissions, workflow
from community.errors import Refused
from community.holding import (
    REVIEW_ORDER,
    due_for_review,
)
from community.models import Appointment, User
from community.paging import next_url, page
from community.queries import today
from community.refusing import status_of
from community.stepup import recently_confirmed
from community.views.appointments import PAGE_SIZE, find_appointment, manager_of, work_of
from community.workflow.leaving import is_last


@login_required
@require_safe
def review_list(request: HttpRequest) -> HttpResponse:
    """What nobody has looked at for a year: keep or end each."""
    return render_reviews(request, manager_of(request))


def render_reviews(request: HttpRequest, user: User, *, sentence: str = "", status: int = 200) -> HttpResponse:
    """Show what is due for review."""
    rows, cursor = page(due_for_review(user, today()), REVIEW_ORDER, request.GET.get("after", ""), PAGE_SIZE)
    shown = {"rows": rows, "next_url": next_url(request.GET, cursor), "sentence": sentence}
    return render(request, "community/appointment_review.html", shown, status=status)


@recently_confirmed
@require_http_methods(["GET", "HEAD", "POST"])
def review_act(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep one for another year by one tap, or end it with today after a look at what that means."""
    held, user = find_appointment(request, pk), manager_of(request)
    if request.method != "POST":
        return confirm_end(request, held, user)
    keep = request.POST.get("answer") == "keep"
    if not keep and request.POST.get("answer") != "end":
        return render_reviews(request, user, sentence=_("请选留任或者结束。"), status=422)
    if not keep and "confirm" not in request.POST:
        return confirm_end(request, held, user)
    try:
        workflow.review_appointment(held, keep=keep, by=user, at=timezone.now())
    except Refused as refused:
        return render_reviews(request, user, sentence=str(refused), status=status_of(refused))
    # Whose it was: the next row stands where this one stood.
    said = _("已记下：%(who)s留任。") if keep else _("已记下：%(who)s今天结束。")
    messages.success(request, said % {"who": held.user.masked_name})
    return redirect("appointment_reviews")


def confirm_end(request: HttpRequest, held: Appointment, user: User) -> HttpResponse:
    """Show what ends with today and what is open, and ask once more; the last one there is handed over first."""
    if held.delegated_from_id is not None or not permissions.can_manage_appointment(user, held):
        return render_reviews(request, user, sentence=_("这项任职不归您复核，所以没有改动。"), status=403)
    if held.ended_at is not None:
        return render_reviews(request, user, sentence=_("这项任职已经定了哪天结束，不用再办。"), status=409)
    day = today()
    shown = {
        "held": held,
        "today": day,
        "tomorrow": day + timedelta(days=1),
        "work": work_of(held),
        "lent": held.delegations.not_over(day).filter(ended_at=None).select_related("user").order_by("pk"),
        "is_last": is_last(held, day + timedelta(days=1)),
    }
    return render(request, "community/appointment_review_end.html", shown)
