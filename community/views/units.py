"""Units on the desk of town and district officers: the list, a new one, one with its members."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community import permissions, workflow
from community.errors import Refused
from community.forms.units import EndUnitForm, NewUnitForm, UnitFilter, UnitForm
from community.holding import with_names
from community.models import Appointment, Area, Unit, User
from community.paging import asked, next_url, page
from community.queries import areas_of, today, within_any
from community.refusing import put_on
from community.roles import Role
from community.stepup import recently_confirmed

PAGE_SIZE = 30


def officer_of(request: HttpRequest) -> User:
    """Return who is signed in, if they keep the units of some place; refuse everybody else."""
    user = request.user
    if not isinstance(user, User) or not permissions.keeps_units(user):
        raise PermissionDenied(_("单位由镇街和区里管。"))
    return user


def paths_of(user: User) -> list[str]:
    """Return the tree paths of the places whose units somebody keeps."""
    return [area.path for area in areas_of(user, Role.TOWN_OFFICER, Role.DISTRICT_OFFICER)]


def standing(units: QuerySet[Unit]) -> QuerySet[Unit]:
    """Keep the units that have not ended."""
    return units.filter(Q(valid_to=None) | Q(valid_to__gte=today()))


@login_required
@require_safe
def unit_list(request: HttpRequest) -> HttpResponse:
    """The units of a person's places."""
    user = officer_of(request)
    form = UnitFilter(request.GET or None)
    chosen = form.chosen() if form.is_bound else {}
    units = Unit.objects.filter(within_any(paths_of(user), "area__path")).select_related("area", "town")
    units = units.defer("area__boundary", "town__boundary")
    if not chosen.get("ended"):
        units = standing(units)
    if kind := chosen.get("kind"):
        units = units.filter(kind=kind)
    if name := chosen.get("q"):
        units = units.filter(name__contains=name)
    rows, cursor = page(units, ("area__path", "name", "pk"), request.GET.get("after", ""), PAGE_SIZE)
    context = {"form": form, "rows": rows, "next_url": next_url(request.GET, cursor), "query": asked(request.GET)}
    return render(request, "community/unit_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_unit(request: HttpRequest) -> HttpResponse:
    """Found a unit."""
    user = officer_of(request)
    areas = Area.objects.valid_on(today()).filter(within_any(paths_of(user), "path")).defer("boundary")
    form = NewUnitForm(request.POST or None, areas=list(areas))
    if request.method == "POST" and form.is_valid():
        try:
            unit = workflow.create_unit(**form.arguments(), by=user, at=timezone.now())
        except Refused as refused:
            return render(request, "community/unit_new.html", {"form": form}, status=put_on(form, refused))
        messages.success(request, _("单位已新设。"))
        return redirect("unit", pk=unit.pk)
    return render(request, "community/unit_new.html", {"form": form}, status=422 if form.errors else 200)


def find_unit(request: HttpRequest, pk: int) -> Unit:
    """Return the unit, or 404 for who does not keep it."""
    officer_of(request)
    unit = get_object_or_404(Unit.objects.select_related("area", "town"), pk=pk)
    if not permissions.is_officer_of_unit(request.user, unit):
        raise Http404
    return unit


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def unit_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One unit: its members, and its name and public contact to edit."""
    unit = find_unit(request, pk)
    if request.method != "POST":
        return render_unit(request, unit)
    form = UnitForm(request.POST)
    if not form.is_valid():
        return render_unit(request, unit, form=form, status=422)
    try:
        workflow.change_unit(unit, **form.arguments(), by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except Refused as refused:
        return render_unit(request, unit, form=form, status=put_on(form, refused))
    messages.success(request, _("已保存。"))
    return redirect("unit", pk=unit.pk)


@require_POST
@recently_confirmed
def unit_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a unit on a day."""
    unit = find_unit(request, pk)
    form = EndUnitForm(request.POST)
    if not form.is_valid():
        return render_unit(request, unit, ending=form, status=422)
    try:
        workflow.end_unit(unit, **form.arguments(), by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except Refused as refused:
        return render_unit(request, unit, ending=form, status=put_on(form, refused))
    messages.success(request, _("已定下撤销的日子。"))
    return redirect("unit", pk=unit.pk)


def render_unit(
    request: HttpRequest, unit: Unit, *, form: Any = None, ending: Any = None, status: int = 200
) -> HttpResponse:
    """Show a unit; a form that came back keeps what was typed."""
    members = with_names(Appointment.objects.not_over(today()).filter(unit=unit))
    rows, cursor = page(members, ("role", "starts_on", "pk"), request.GET.get("after", ""), PAGE_SIZE)
    context = {
        "unit": unit,
        "rows": rows,
        "next_url": next_url(request.GET, cursor),
        "form": form or UnitForm.of(unit),
        "ending": None if unit.valid_to else ending or EndUnitForm(),
        "today": today(),
    }
    return render(request, "community/unit_detail.html", context, status=status)
