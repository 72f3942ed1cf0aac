"""Households on the desk of those who keep the homes of a place."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community import permissions
from community.errors import Refused
from community.forms.households import HouseholdForm
from community.models import Area, Household, Resident
from community.queries import today, within_any
from community.views.compounds import kept_paths, refuse_others
from community.views.refusing import never_kept, put_on, status_of
from community.workflow.households import create_household, end_household, join_household, leave_household

PAGE_SIZE = 30
OFFERED_MOST = 20
ACTS = {"join": join_household, "leave": leave_household}


@login_required
@require_safe
@never_kept
def household_list(request: HttpRequest) -> HttpResponse:
    """The households of a worker's places, by number on request."""
    refuse_others(request)
    rows = Household.objects.filter(within_any(kept_paths(request), "area__path"))
    rows = rows.filter(ended_at__isnull=request.GET.get("ended") != "1").annotate(people=Count("members"))
    query = request.GET.get("q", "").strip()[:20]
    if query and query.isprintable():
        rows = rows.filter(Q(number=query) | Q(area__name__contains=query))
    page = Paginator(
        rows.select_related("area").defer("address", "area__boundary").order_by("area__path", "number"), PAGE_SIZE
    )
    params = request.GET.copy()
    params.pop("page", None)
    context = {"page": page.get_page(request.GET.get("page")), "q": query, "query": params.urlencode()}
    return render(request, "community/household_list.html", {**context, "is_ended": request.GET.get("ended") == "1"})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_household(request: HttpRequest) -> HttpResponse:
    """Write down a household."""
    refuse_others(request)
    mine = Area.objects.valid_on(today()).homes().filter(within_any(kept_paths(request), "path"))
    form = HouseholdForm(request.POST or None, areas=list(mine.defer("boundary")))
    template = "community/household_new.html"
    if request.method != "POST" or not form.is_valid():
        return render(request, template, {"form": form}, status=422 if form.errors else 200)
    given = form.arguments()
    try:
        household = create_household(given.pop("area"), **given, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except Refused as refused:
        return render(request, template, {"form": form}, status=put_on(form, refused))
    messages.success(request, _("这一户已登记。"))
    return redirect("household", pk=household.pk)


def find_household(request: HttpRequest, pk: int) -> Household:
    """Return a household that this person keeps; any other is not found."""
    refuse_others(request)
    household = get_object_or_404(Household.objects.select_related("area"), pk=pk)
    if not permissions.can_keep_homes(request.user, household.area):
        raise Http404
    return household


@login_required
@require_safe
@never_kept
def household_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One household: its members, and who could join it."""
    return render(request, "community/household_detail.html", detail_context(request, find_household(request, pk)))


def detail_context(request: HttpRequest, household: Household) -> dict[str, Any]:
    """Return what the page of a household shows; names are masked."""
    surname = request.GET.get("surname", "").strip()[:10]
    offered = Resident.objects.kept().filter(home=household.area_id, household=None)
    if surname:
        offered = offered.with_surname(surname)
    page = Paginator(offered.select_related("user").order_by("pk"), OFFERED_MOST)
    return {
        "household": household,
        "members": list(household.members.kept().select_related("user").order_by("pk")),
        "dwellings": list(household.dwellings.all()),
        "offered": page.get_page(request.GET.get("page")) if household.ended_at is None else None,
        "surname": surname,
        "query": urlencode({"surname": surname}) if surname else "",
    }


@login_required
@require_POST
@never_kept
def change_household(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Let a resident join or leave a household, or end it."""
    household = find_household(request, pk)
    resident = request.POST.get("resident", "")
    number = int(resident) if resident.isdecimal() and len(resident) < 19 else 0
    try:
        if verb == "end":
            end_household(household, by=request.user, at=timezone.now())  # type: ignore[arg-type]  # find_household
        elif verb in ACTS:
            ACTS[verb](household, resident=number, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        else:
            raise Http404
    except Refused as refused:
        context = {**detail_context(request, find_household(request, pk)), "sentence": str(refused)}
        return render(request, "community/household_detail.html", context, status=status_of(refused))
    done = {"join": _("已移入。"), "leave": _("已移出。"), "end": _("这一户已注销。")}
    messages.success(request, done[verb])
    return redirect("household", pk=pk)
