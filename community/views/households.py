"""Households on the desk of those who keep the homes of a place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community import permissions
from community.errors import Refused
from community.forms.households import HouseholdForm, SeenForm
from community.models import Area, Dwelling, Household, Resident
from community.models.people import Verification
from community.paging import next_url, page
from community.queries import today, within_any
from community.refusing import never_kept, put_on, status_of
from community.stepup import ask_to_confirm
from community.views.compounds import kept_paths, refuse_others
from community.workflow.households import (
    create_household,
    end_household,
    house_household,
    join_household,
    leave_household,
    unhouse_household,
)

PAGE_SIZE = 30
OFFERED_MOST = 20
ID_DIGITS = 18
# What is done with a household, and of which record the form sends the id.
ACTS: dict[str, tuple[Callable[..., Any], str]] = {
    "join": (join_household, "resident"),
    "leave": (leave_household, "resident"),
    "house": (house_household, "dwelling"),
    "unhouse": (unhouse_household, "dwelling"),
}


SHOWN_DIGITS = 2


@dataclass(frozen=True)
class Person:
    """A resident of a list, and what the list calls them."""

    resident: Resident
    name: str
    phone: str


def called(resident: Resident) -> Person:
    """Return a resident under their masked name, or where none is written down, by the last digits of the phone."""
    name, phone = resident.masked_name, resident.known_phone
    if not name and phone:
        name = _("未填姓名 · 电话 …%(digits)s") % {"digits": phone[-SHOWN_DIGITS:]}
    return Person(resident, name or _("未填姓名"), resident.masked_phone if resident.masked_name else "")


@login_required
@require_safe
@never_kept
def household_list(request: HttpRequest) -> HttpResponse:
    """The households of a worker's places, by number on request."""
    refuse_others(request)
    rows = Household.objects.filter(within_any(kept_paths(request), "area__path"))
    rows = rows.filter(ended_at__isnull=request.GET.get("ended") != "1")
    query = request.GET.get("q", "").strip()[:20]
    if query and query.isprintable():
        rows = rows.filter(Q(number=query) | Q(area__name__contains=query))
    rows = rows.select_related("area").defer("address", "area__boundary")
    shown, cursor = page(rows, ("area__path", "number", "pk"), request.GET.get("after", ""), PAGE_SIZE)
    context = {"rows": with_people(shown), "next_url": next_url(request.GET, cursor), "q": query}
    return render(request, "community/household_list.html", {**context, "is_ended": request.GET.get("ended") == "1"})


def with_people(households: list[Household]) -> list[tuple[Household, int]]:
    """Return the households of a page with the number of their members, counted for this page alone."""
    members = Resident.objects.filter(household__in=[one.pk for one in households]).order_by()
    counts = dict(members.values_list("household").annotate(Count("pk")))
    return [(one, counts.get(one.pk, 0)) for one in households]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_household(request: HttpRequest) -> HttpResponse:
    """Write down a household."""
    refuse_others(request)
    mine = Area.objects.valid_on(today()).homes().filter(within_any(kept_paths(request), "path"))
    dwelling = dwelling_asked_for(request)
    areas = list(mine.defer("boundary")) if dwelling is None else [dwelling.area]
    initial = {"dwelling": dwelling.pk, "area": dwelling.area_id} if dwelling else {}
    form = HouseholdForm(request.POST or None, areas=areas, initial=initial)
    template, context = "community/household_new.html", {"form": form, "dwelling": dwelling}
    if request.method != "POST" or not form.is_valid():
        return render(request, template, context, status=422 if form.errors else 200)
    given = form.arguments()
    try:
        household = create_household(given.pop("area"), **given, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except Refused as refused:
        return render(request, template, context, status=put_on(form, refused))
    if dwelling is None and household.area.dwellings.exists():
        messages.success(request, _("这一户已登记。接着选它住哪套房，也可以以后再选。"))
    else:
        messages.success(request, _("这一户已登记。"))
    return redirect("household", pk=household.pk)


def dwelling_asked_for(request: HttpRequest) -> Dwelling | None:
    """Return the dwelling whose household is to be written down, where the way led over its page."""
    pk = number_of(request.POST.get("dwelling") or request.GET.get("dwelling", ""))
    found = Dwelling.objects.select_related("area").defer("area__boundary").filter(pk=pk).first() if pk else None
    return found if found is not None and permissions.can_keep_homes(request.user, found.area) else None


def number_of(text: str) -> int:
    """Return an id, or 0 for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= ID_DIGITS else 0


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
    shown, cursor = page(offered.select_related("user"), ("pk",), request.GET.get("after", ""), OFFERED_MOST)
    return {
        "household": household,
        "members": [called(one) for one in household.members.kept().select_related("user").order_by("pk")],
        "dwellings": list(household.dwellings.all()),
        **free_dwellings(request, household),
        "offered": [called(one) for one in shown] if household.ended_at is None else None,
        "next_url": next_url(request.GET, cursor),
        "surname": surname,
    }


def free_dwellings(request: HttpRequest, household: Household) -> dict[str, Any]:
    """Return the buildings of the compound, and of the one that is asked for the dwellings nobody lives in."""
    if household.ended_at is not None:
        return {}
    inside = Dwelling.objects.filter(area=household.area_id)
    buildings = list(inside.order_by("building").values_list("building", flat=True).distinct())
    building = request.GET.get("building", "").strip()[:20]
    if len(buildings) == 1:
        building = buildings[0]
    free = inside.filter(building=building, household=None) if building in buildings else []
    return {"buildings": buildings, "building": building, "free": list(free)}


@login_required
@require_POST
@never_kept
def change_household(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Let a resident join or leave a household, tie a dwelling to it or loosen one, or end it.

    What can't be taken back by one tap is shown and asked for once more, and so is somebody without verification.
    """
    household = find_household(request, pk)
    # Who is of one household decides who is family, and the law's one vote a household.
    if verb in ("join", "leave", "end") and (confirming := ask_to_confirm(request)) is not None:
        return confirming
    if (question := question_about(request, household, verb)) is not None:
        return question
    try:
        if verb == "end":
            end_household(household, by=request.user, at=timezone.now())  # type: ignore[arg-type]  # find_household
        elif verb in ACTS:
            act, key = ACTS[verb]
            given: dict[str, Any] = {key: number_of(request.POST.get(key, ""))}
            if verb == "join":
                given["papers_seen"] = request.POST.get("papers_seen") == "on"
            act(household, **given, by=request.user, at=timezone.now())
        else:
            raise Http404
    except Refused as refused:
        context = {**detail_context(request, find_household(request, pk)), "sentence": str(refused)}
        return render(request, "community/household_detail.html", context, status=status_of(refused))
    done = {
        "join": _("已移入。"),
        "leave": _("已移出。"),
        "house": _("房屋已登记。"),
        "unhouse": _("房屋已去掉。"),
        "end": _("这一户已注销。"),
    }
    messages.success(request, done[verb])
    return redirect("household", pk=pk)


def question_about(request: HttpRequest, household: Household, verb: str) -> HttpResponse | None:
    """Return the page that asks before something is done, or None where there is nothing to ask any more."""
    if household.ended_at is not None or verb not in ("join", "leave", "end"):
        return None
    form, status = SeenForm(), 200
    people = Resident.objects.kept().select_related("user")
    person = people.filter(pk=number_of(request.POST.get("resident", ""))).filter(may_be_named(household, verb)).first()
    if verb == "join":
        if person is None or person.verification == Verification.VERIFIED:
            return None
        if "confirm" in request.POST:
            form, status = SeenForm(request.POST), 422
            if form.is_valid():
                return None
    elif "confirm" in request.POST or (verb == "leave" and person is None):
        return None
    context = {
        "household": household,
        "verb": verb,
        "person": called(person) if person is not None and verb != "end" else None,
        "members": household.members.kept().count(),
        "dwellings": list(household.dwellings.all()),
        "form": form,
    }
    return render(request, "community/household_confirm.html", context, status=status)


def may_be_named(household: Household, verb: str) -> Q:
    """Return the condition for the residents whom a question about a household may name: those of its page."""
    return Q(household=household) if verb == "leave" else Q(home=household.area_id, household=None)
